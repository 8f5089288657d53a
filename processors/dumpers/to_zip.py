"""ZipDumper: `dump_to_zip` as the class that scripts of 0.5.12 subclass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.dumpers.out_file import OutFile
from dataflows.processors.dumpers.staged_dumper import StagedDumper
from dataflows.processors.storage.zip_output import StagedZip

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.processors.dumpers.file_dump import OutputPlace

__all__ = ["ZipDumper"]


class ZipDumper(StagedDumper):
    """Writes every resource to a file in a zip: subclass it; else `dump_to_zip` is faster.

    Args:
        out_file: The path of the zip.
        options: Those of `dump_to_path` that 0.5.12 has.

    Examples:
        >>> from zipfile import ZipFile
        >>> from dataflows import Flow
        >>> class Foldered(ZipDumper):
        ...     def write_file_to_output(self, filename, path):
        ...         return super().write_file_to_output(filename, f"data/{path}")
        >>> _ = Flow([{"city": "Rome"}], Foldered("out.zip")).process()
        >>> ZipFile("out.zip").namelist()
        ['data/res_1.csv', 'data/datapackage.json']
    """

    def __init__(self, out_file: Any, **options: Any) -> None:
        if not isinstance(out_file, (str, os.PathLike)) or not os.fspath(out_file):
            what = f"out_file is the path of a zip, got {shorten(out_file)}"
            raise ArgumentError(what, fix="write for instance ZipDumper('out.zip').")
        path = home_path(str(os.fspath(out_file)))
        self.out_file = OutFile(path)
        super().__init__(path, options)

    def new_place(self, step: Step) -> OutputPlace:
        """Return where the files of a run are staged."""
        path = self.out_file.name
        self.claim(step, os.path.realpath(path), path)
        staged = StagedZip(path)
        self.out_file.staged.add(staged)
        return staged
