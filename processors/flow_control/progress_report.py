"""ProgressReport: the rows that have passed, as a bar on a terminal or as lines elsewhere."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Self

from dataflows.watching.progress_views import Cell, is_notebook
from dataflows.wording import counted

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from rich.progress import Progress, TaskID

__all__ = ["ProgressReport"]


class ProgressReport:
    """A report of one resource, from its first row until the `with` block ends.

    Args:
        name: What the rows are called.
        every_seconds: How often something is shown; nothing before this time has passed.
        total: How many rows there will be, if that is known.
        file: Where to; None for standard error, or for the cell of the notebook.
    """

    def __init__(
        self, name: str, every_seconds: float, total: int | None, file: TextIO | None
    ) -> None:
        self.name = name
        self.every_seconds = every_seconds
        self.total = total
        self.file = sys.stderr if file is None else file
        self._cell = Cell() if file is None and is_notebook() else None
        self.rows = 0
        self._started = self._shown = perf_counter()
        self._has_shown = False
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        self._started = self._shown = perf_counter()
        return self

    def add(self, rows: int) -> None:
        """Count rows that pass; show them when it is time."""
        self.rows += rows
        now = perf_counter()
        if now - self._shown >= self.every_seconds:
            self._shown = now
            self._show(now - self._started)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        seconds = perf_counter() - self._started
        if self._has_shown:
            self._end(seconds, stopped=kind is not None)

    def _show(self, seconds: float) -> None:
        line = f"{self._rows_text()}, {self.rows / seconds:,.0f} rows/s{self._left(seconds)}"
        if self._cell is not None:
            share = min(self.rows / self.total, 1.0) if self.total else None
            self._cell.put([f"{self.name}: {line}"], bar=True, share=share)
        elif self.file.isatty():
            self._show_bar()
        else:
            self._print(line)
        self._has_shown = True

    def _end(self, seconds: float, *, stopped: bool) -> None:
        if self._bar is not None:
            self._show_bar(ended=not stopped)
            self._bar[0].stop()
            return
        manner = "stopped after " if stopped else ""
        rate = f"{self.rows / seconds:,.0f} rows/s"
        line = f"{manner}{counted(self.rows, 'row')} in {seconds:,.1f} s, {rate}"
        if self._cell is not None:
            self._cell.put([f"{self.name}: {line}"])
        else:
            self._print(line)

    def _print(self, text: str) -> None:
        print(f"{self.name}: {text}", file=self.file, flush=True)

    def _rows_text(self) -> str:
        if not self.total:
            return counted(self.rows, "row")
        return f"{self.rows:,} of {counted(self.total, 'row')} ({self.rows / self.total:.0%})"

    def _left(self, seconds: float) -> str:
        if not self.total or not self.rows or self.rows > self.total:
            return ""
        return f", {seconds / self.rows * (self.total - self.rows):,.0f} s left"

    def _show_bar(self, *, ended: bool = False) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        if self._bar is None:
            bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[rows]}, {task.fields[rate]} rows/s"),
                TimeElapsedColumn(),
                console=Console(file=self.file),
                auto_refresh=False,  # no thread: it is brought up to date when rows pass
                # What a step prints into a pipe must not turn up on the terminal.
                redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
                redirect_stderr=sys.stderr is not None and sys.stderr.isatty(),
            )
            self._bar = bar, bar.add_task(escape(self.name), total=self.total, rows="", rate="")
            bar.start()
        bar, task = self._bar
        seconds = perf_counter() - self._started
        bar.update(
            task,
            completed=self.rows,
            total=self.rows if ended else self.total,
            rows=self._rows_text(),
            rate=f"{self.rows / seconds:,.0f}",
        )
        bar.refresh()
