"""Write a data package into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.commit.staging import StagedFolder
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.folder_argument import folder_argument
from dataflows.processors.dumpers.dump_options import describe_files, dump_options
from dataflows.processors.dumpers.file_dump import DESCRIPTOR, FileDump, write_files
from dataflows.processors.dumpers.former_output import former_files, reads_from, stands_there

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["dump_to_path"]


@processor
def dump_to_path(out_path: Any = ".", **options: Any) -> Hooks:
    r"""Write each resource to a file in a folder, with a ``datapackage.json``.

    All files become visible together after the last row; when anything goes wrong before, what was
    there stays. Files that a former dump wrote there, and that the new one does not have, go with
    it, unless the flow itself loads from the folder; a file that stands there as it would be
    written is left alone, and keeps its time. The rows go on, cast to the types of the schema.

    Schema: formats of dates and the like become those that are written; paths get the ending of
        the format.
    Rows: one for one.
    Memory: one batch; with ``partition_by`` some hundred thousand rows and a megabyte a value.

    Args:
        out_path: The folder; it is made where it does not exist.
        options: How the files are written, as listed below.

    Options:
        format: "csv" (the default), "tsv", "json", "ndjson", "geojson", "xlsx" or "excel",
            "parquet", "arrow" or "feather".
        force_format: False: each path has the format of its ending.
        compression: Of each file: "gz" or "zstd".
        max_rows_per_file: More rows go on in ``a-00002.csv`` and so on.
        partition_by: A list of fields: a file for each value, such as ``a/country=Italy/a.csv``;
            the field is also in the file.
        escape_formulas: In CSV and TSV, put a quote before what a spreadsheet would take for a
            formula.
        use_titles: Show the titles of the fields in the header.
        temporal_format_property: The property of a field that holds its strftime pattern.
        validator_options: ``{"on_error": policy}`` for values that do not fit.
        counters: Which property of the descriptor holds which count, None for none.
        add_filehash_to_path: Put a hash of the file into its path.
        pretty_descriptor: Whether ``datapackage.json`` is indented.
        file_formatters: Format name → `FileFormat` class.
        options: Of the writer, as follows.

    Options of the writer:
        delimiter, quotechar, lineterminator: Of CSV and TSV; and the others of `csv.writer`.
        sheetname: Of Excel: the name of the sheet.
        workbook: Of Excel: ``"book.xlsx"``, one file in which each resource is a sheet.
        update_existing: Of Excel: ``"book.xlsx"``, which gets a sheet more.
        compression: Of Parquet, Arrow and Feather, such as "lz4".

    Raises:
        ArgumentError: A folder that is no path, or an unknown option or format.
        FlowError: Two resources would be written to one path, or two dumps into one folder.
        OutputError: The folder cannot be written; what was there before is untouched.
        RowError: A row has a key that is not in the schema.
        ValidationError: A value does not fit its field (unless ``on_error`` says otherwise).

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, dump_to_path
        >>> package, stats = Flow([{"city": "Rome"}], dump_to_path("out")).process()
        >>> stats["count_of_rows"], Path("out/res_1.csv").read_text()
        (1, 'city\nRome\n')
    """
    folder = folder_argument("out_path", out_path, "dump_to_path('out')")
    wanted, policy = dump_options("dump_to_path", options)

    def package(package: Package, step: Step) -> None:
        describe_files(package, wanted)
        dump = FileDump(step, StagedFolder(folder), wanted)
        dump.former = lambda kept: (
            set() if reads_from(step.run, folder) else former_files(folder, kept)
        )
        dump.stands = lambda one: stands_there(folder, one.path, one.size, one.digest)
        dump.join_run(os.path.realpath(folder), folder, str(Path(folder, DESCRIPTOR)))

    return Hooks(package=package, batches=write_files, on_error=policy, drains=True)


def _class(_: tuple[Any, ...]) -> tuple[type]:
    from dataflows.processors.dumpers.to_path import PathDumper

    return (PathDumper,)


# As in 0.5.12 one can write `class Mine(dump_to_path)`: see PEP 560.
vars(dump_to_path)["__mro_entries__"] = _class
