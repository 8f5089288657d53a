"""StagedDumper: what `PathDumper` and `ZipDumper` have in common."""

from __future__ import annotations

import posixpath
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, nearest
from dataflows.processors.dumpers.dump_options import dump_options
from dataflows.processors.dumpers.file_dumper import FileDumper, FileDumperSink

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.processors.dumpers.dumper_base import DumperSink
    from dataflows.processors.dumpers.file_dump import OutputPlace

__all__ = ["StagedDumper"]

_OPTIONS = (
    "add_filehash_to_path",
    "counters",
    "file_formatters",
    "force_format",
    "format",
    "options",
    "pretty_descriptor",
    "temporal_format_property",
    "use_titles",
    "validator_options",
)


class StagedDumper(FileDumper):
    """A dumper whose files become visible together.

    Args:
        shown: The place as the user wrote it.
        options: The options.
    """

    def __init__(self, shown: str, options: dict[str, Any]) -> None:
        name = type(self).__name__
        for one in options:
            if one not in _OPTIONS:
                what = f"{name} has no option {one!r}"
                raise ArgumentError(what, fix=nearest(one, _OPTIONS, "options"))
        dump_options(name, options)
        super().__init__(options)
        self._shown = shown
        self._place: OutputPlace | None = None
        self._paths: set[str] = set()

    def write_file_to_output(self, filename: str, path: str) -> Any:
        """Stage a file: it becomes visible with all others."""
        assert self._place is not None, "made by `join_run`"
        plain = posixpath.normpath(path)
        with Path(filename).open("rb") as source, self._place.create(plain) as target:
            shutil.copyfileobj(source, target)
        self._paths.add(plain)
        return posixpath.join(self._shown, plain)

    def new_place(self, step: Step) -> OutputPlace:
        """Return where the files of a run are staged."""
        raise NotImplementedError

    def former(self, kept: set[str]) -> set[str]:  # noqa: ARG002 - for those that override it
        """Return the paths of a former output that the new one, of these paths, has no longer."""
        return set()

    def handle_datapackage(self) -> None:
        """Complete the descriptor with what was counted, and stage all files."""
        assert self._place is not None, "made by `join_run`"
        super().handle_datapackage()
        self._place.remove |= self.former(self._paths)

    def claim(self, step: Step, place: str, output: str) -> None:
        """Say where a run writes to.

        Raises:
            FlowError: Another step of it writes there.
        """
        if place in step.run.claims:
            what = f"two steps of this flow write into {self._shown!r}"
            raise FlowError(what, fix="give each dump a place of its own.")
        step.run.claims.add(place)
        step.run.outputs.append(output)

    def _sink(self, step: Step) -> DumperSink:
        self._paths = set()
        self._place = self.new_place(step)
        return _StagedSink(self, step, self._place)


class _StagedSink(FileDumperSink):
    def __init__(self, dumper: StagedDumper, step: Step, place: OutputPlace) -> None:
        super().__init__(dumper, step)
        self._place = place
        self._opened = False

    def __str__(self) -> str:
        return str(self._place)

    def prepare(self) -> None:
        self._place.open()
        self._opened = True
        super().prepare()
        self._place.prepare()

    def commit(self) -> None:
        self._place.commit(last="datapackage.json")
        super().commit()

    def abort(self) -> None:
        super().abort()
        if self._opened:
            self._place.abort()
