"""Where progress is shown: on a terminal, in a notebook, or as lines elsewhere."""

from __future__ import annotations

import sys
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataflows.watching.progress_text import end_told, state_told, steps_told

if TYPE_CHECKING:
    from typing import TextIO

    from dataflows.watching.run_progress import ProgressView, RunState

__all__ = ["Cell", "LineView", "NotebookView", "TerminalView", "is_notebook", "view_for"]

SECONDS_OF_A_FRAME = 0.1
"""How often what is drawn is drawn anew."""

SECONDS_OF_A_LINE = 5.0
"""How often a line is written; what takes less time says nothing."""

_SECONDS_OF_A_CELL = 0.5
_BAR_COLUMNS = 12
_COLUMNS_FOR_A_BAR = 60


def view_for(file: TextIO | None, *, per_step: bool) -> ProgressView:
    """Return the view that suits where somebody looks.

    Args:
        file: Where progress is written to outside of notebooks.
        per_step: Whether every step is shown.
    """
    if is_notebook():
        return NotebookView(per_step=per_step)
    if file and file.isatty():  # pythonw has no standard error
        return TerminalView(file, per_step=per_step)
    return LineView(file, per_step=per_step)


def is_notebook() -> bool:
    """Tell whether the code runs in a cell of a notebook.

    Examples:
        >>> is_notebook()
        False
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


class LineView:
    """Writes a line now and then, and one at the end if there was one before.

    Args:
        file: Where to; None, as standard error is in a program without a console, for nowhere.
        per_step: Whether a line for each step follows.
    """

    def __init__(self, file: TextIO | None, *, per_step: bool = False) -> None:
        self.every_seconds = SECONDS_OF_A_LINE
        self._file = file
        self._per_step = per_step
        self._has_shown = False

    def show(self, state: RunState) -> None:
        """Write how far the run has come."""
        self._has_shown = True
        self._write(f"progress: {state_told(state)}", state)

    def end(self, state: RunState, *, stopped: bool) -> str | None:
        """Write what it has come to."""
        if not self._has_shown:
            return None
        told = end_told(state, stopped=stopped)
        self._write(f"progress: {told}", state)
        return told

    def _write(self, line: str, state: RunState) -> None:
        lines = [line, *(steps_told(state) if self._per_step else [])]
        if self._file is not None:
            print("\n".join(lines), file=self._file, flush=True)


class TerminalView:
    """Draws a bar that stays in its place and ends in one line.

    Args:
        file: The terminal.
        per_step: Whether a line for each step stands below the bar.
    """

    def __init__(self, file: TextIO, *, per_step: bool = False) -> None:
        self.every_seconds = SECONDS_OF_A_FRAME
        self._file = file
        self._per_step = per_step
        self._live: Any = None

    def show(self, state: RunState) -> None:
        """Draw the bar, what is known beside it, and the steps."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Column, Table
        from rich.text import Text

        if self._live is None:
            self._live = self._started()
        encoding, room = self._live.console.encoding, self._live.console.width
        has_bar = room >= _COLUMNS_FOR_A_BAR
        room -= (_BAR_COLUMNS + 1) * has_bar
        lines = [state_told(state, room), *(steps_told(state) if self._per_step else [])]
        first, *steps = [
            Text(line.encode(encoding, "replace").decode(encoding), no_wrap=True, overflow="crop")
            for line in lines
        ]
        head: Any = first
        if has_bar:
            head = Table.grid(Column(width=_BAR_COLUMNS), Column(no_wrap=True), padding=(0, 1))
            total = None if state.share is None else 1.0
            bar = ProgressBar(
                total, state.share or 0.0, width=_BAR_COLUMNS, animation_time=state.seconds
            )
            head.add_row(bar, first)
        self._live.update(Group(head, *steps), refresh=True)

    def _started(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        live = Live(
            console=Console(file=self._file),
            auto_refresh=False,  # no thread: it is drawn anew when batches pass
            transient=True,
            # What a step prints stands above the bar, unless it goes somewhere else.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
            redirect_stderr=sys.stderr is not None and sys.stderr.isatty(),
        )
        live.start()
        return live

    def end(self, state: RunState, *, stopped: bool) -> str | None:
        """Take the bar away, and leave one line."""
        if self._live is None:
            return None
        self._live.stop()
        told = end_told(state, stopped=stopped)
        lines = [told, *(steps_told(state) * self._per_step)]
        print("\n".join(lines), file=self._file, flush=True)
        return told


class NotebookView:
    """Shows a bar below the cell of a notebook, through IPython's display alone.

    Args:
        per_step: Whether a line for each step stands below the bar.
    """

    def __init__(self, *, per_step: bool = False) -> None:
        self.every_seconds = _SECONDS_OF_A_CELL
        self._per_step = per_step
        self._cell = Cell()

    def show(self, state: RunState) -> None:
        """Show the bar, or bring it up to date."""
        self._cell.put(self._lines(state_told(state), state), bar=True, share=state.share)

    def end(self, state: RunState, *, stopped: bool) -> str | None:
        """Put one line in the place of the bar."""
        if not self._cell.is_shown:
            return None
        told = end_told(state, stopped=stopped)
        self._cell.put(self._lines(told, state))
        return told

    def _lines(self, first: str, state: RunState) -> list[str]:
        return [first, *(steps_told(state) if self._per_step else [])]


class Cell:
    """What stands below the cell of a notebook: one display, brought up to date."""

    def __init__(self) -> None:
        self._handle: Any = None

    @property
    def is_shown(self) -> bool:
        """Whether something stands there."""
        return self._handle is not None

    def put(self, lines: list[str], *, bar: bool = False, share: float | None = None) -> None:
        """Put lines in the place of what stands there.

        Args:
            lines: The lines; those after the first are of equal width.
            bar: Whether a bar stands before them.
            share: How much of it is full, from 0 to 1; None where that is not known.
        """
        value = "" if share is None else f' value="{share:.4f}"'
        drawn = f'<progress max="1"{value}></progress> ' if bar else ""
        html = f"<div>{drawn}{escape(lines[0])}</div>"
        html += f"<pre>{escape(chr(10).join(lines[1:]))}</pre>" if lines[1:] else ""
        data = {"text/plain": "\n".join(lines), "text/html": html}
        if self._handle is None:
            display = import_module("IPython.display").display  # there, for `view_for` saw it

            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)
