"""PathDumper: `dump_to_path` as the class that scripts of 0.5.12 subclass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.commit.staging import StagedFolder
from dataflows.processors.arguments.folder_argument import folder_argument
from dataflows.processors.dumpers.former_output import former_files, reads_from
from dataflows.processors.dumpers.staged_dumper import StagedDumper

if TYPE_CHECKING:
    from dataflows.chain import Run, Step
    from dataflows.processors.dumpers.file_dump import OutputPlace

__all__ = ["PathDumper"]


class PathDumper(StagedDumper):
    """Writes every resource to a file in a folder: subclass it; else `dump_to_path` is faster.

    Args:
        out_path: The folder.
        options: Those of `dump_to_path` that 0.5.12 has.

    Examples:
        >>> from dataflows import Flow
        >>> class Tell(PathDumper):
        ...     def write_file_to_output(self, filename, path):
        ...         print("writing", path)
        ...         return super().write_file_to_output(filename, path)
        >>> _ = Flow([{"city": "Rome"}], Tell("out")).process()
        writing ./res_1.csv
        writing datapackage.json
        >>> sorted(os.listdir("out"))
        ['datapackage.json', 'res_1.csv']
    """

    def __init__(self, out_path: Any = ".", **options: Any) -> None:
        self.out_path = folder_argument("out_path", out_path, "PathDumper('out')")
        self._run: Run | None = None
        super().__init__(self.out_path, options)

    def new_place(self, step: Step) -> OutputPlace:
        """Return where the files of a run are staged."""
        self._run = step.run
        output = str(Path(self.out_path, "datapackage.json"))
        self.claim(step, os.path.realpath(self.out_path), output)
        return StagedFolder(self.out_path)

    def former(self, kept: set[str]) -> set[str]:
        """Return the files of a former dump that the new one has no longer."""
        assert self._run is not None, "set by `new_place`"
        return set() if reads_from(self._run, self.out_path) else former_files(self.out_path, kept)
