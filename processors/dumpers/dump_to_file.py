"""Write a resource into one file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, nearest, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.dumpers.compressed_file import COMPRESSION_ENDINGS
from dataflows.processors.dumpers.dump_options import DumpOptions, dump_options
from dataflows.processors.dumpers.file_dump import write_files
from dataflows.processors.dumpers.former_output import stands_there
from dataflows.processors.dumpers.single_file import SingleFileDump
from dataflows.processors.formats.known import WRITERS, writer_named
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.file_output import StagedOutput, StreamOutput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["dump_to_file"]

_OTHERS = ("add_filehash_to_path", "max_rows_per_file", "partition_by")


@processor
def dump_to_file(out_file: Any, resources: Resources = None, **options: Any) -> Hooks:
    r"""Write one resource to one file; its extension says the format.

    The file takes its place after the last row, whole; when anything goes wrong before, what was
    there stays. Into an Excel file go several resources, too, each as a sheet. The rows go on, cast
    to the types of the schema.

    Schema: formats of dates and the like become those that are written; the path becomes that of
        the file.
    Rows: one for one.
    Memory: one batch.

    Args:
        out_file: The path, such as ``"cities.parquet"`` or ``"cities.csv.gz"``; or an open binary
            file, such as ``sys.stdout.buffer``, which gets the bytes as they come.
        resources: Which resource; not needed where there is only one.
        options: Those of `dump_to_path` that are about one file: ``format`` (for an open file
            "csv", unless it is given), ``compression``, ``options``, ``use_titles``,
            ``escape_formulas``, ``file_formatters``, ``temporal_format_property``, ``counters``,
            ``validator_options``.

    Raises:
        ArgumentError: What is neither a path nor a file; an unknown option or format.
        FlowError: There are several resources, or two steps write to the file.
        OutputError: The file cannot be written; what was there before is untouched.
        RowError: A row has a key that is not in the schema.
        ValidationError: A value does not fit its field (unless ``on_error`` says otherwise).

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, dump_to_file
        >>> _ = Flow([{"city": "Rome"}], dump_to_file("cities.csv")).process()
        >>> Path("cities.csv").read_text()
        'city\nRome\n'
    """
    for name in _OTHERS:
        if name in options:
            what = f"dump_to_file takes no {name}: it writes one file"
            raise ArgumentError(what, fix="use dump_to_path for several.")
    path = _path(out_file)
    wanted, policy = dump_options("dump_to_file", {**_told_by(path, options), **options})
    name = PurePath(path).name if path is not None else f"data.{wanted.format}"

    def package(package: Package, step: Step) -> None:
        chosen = [one for one in package.descriptor["resources"] if one["name"] in step.selected]
        mine = _with_workbook(wanted, name, len(chosen))
        if len(chosen) > 1 and mine is wanted:
            names = [one["name"] for one in chosen]
            what = f"there are {len(chosen)} resources for one file: {', '.join(names)}"
            fix = f"choose one: resources={names[0]!r}; or write all with dump_to_path."
            raise FlowError(what, fix=fix)
        for descriptor in chosen:
            mine.describe(descriptor)
            descriptor["path"] = name
        if path is None:
            stream = StreamOutput(out_file, str(getattr(out_file, "name", "an open file")))
            dump = SingleFileDump(step, stream, mine)
            dump.join_run(f"open file {id(out_file)}", str(stream), str(stream))
            return
        dump = SingleFileDump(step, StagedOutput(path), mine)
        folder = os.path.dirname(path)  # noqa: PTH120 - the path is shown as it was given
        dump.stands = lambda one: stands_there(folder, name, one.size, one.digest)
        dump.join_run(os.path.realpath(path), path, path)

    return Hooks(package=package, batches=_written, select=resources, on_error=policy, drains=True)


def _written(stream: Stream) -> Iterator[Batch]:
    """Write the rows of a chosen resource; those of others pass by."""
    is_chosen = stream.resource.name in stream.step.selected
    return write_files(stream) if is_chosen else iter(stream)


def _path(out_file: Any) -> str | None:
    """Return the path of the file; None of one that is open."""
    if isinstance(out_file, str) and "://" in out_file:
        what = f"dump_to_file writes to this machine, not to {masked_source(out_file)!r}"
        raise ArgumentError(what, fix="use dump_to_s3 or dump_to_sql for other places.")
    if isinstance(out_file, (str, os.PathLike)) and os.fspath(out_file):
        return home_path(str(os.fspath(out_file)))
    if hasattr(out_file, "write") and not hasattr(out_file, "encoding"):
        return None
    what = f"out_file is the path of a file, or a file open for bytes, got {shorten(out_file)}"
    raise ArgumentError(what, fix="write for instance dump_to_file('cities.csv').")


def _told_by(path: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return the format and the compression that the endings of a path tell.

    Raises:
        ArgumentError: No format is written to files with that ending, and none is given.
    """
    if path is None:
        return {}
    endings = [one.lower() for one in PurePath(path).suffixes[-2:]]
    packings = {ending: name for name, ending in COMPRESSION_ENDINGS.items()}
    told: dict[str, Any] = {}
    if endings and endings[-1] in packings:
        told["compression"] = packings[endings.pop()]
    if "format" in options:
        return told
    ending = endings[-1].removeprefix(".") if endings else ""
    if ending not in (options.get("file_formatters") or ()) and writer_named(ending) is None:
        shown = f"that end in {ending!r}" if ending else "without an ending"
        what = f"no format is written to files {shown}: {path!r}"
        raise ArgumentError(what, fix=f"{nearest(ending, WRITERS, 'formats')} Or pass format=….")
    return {**told, "format": ending}


def _with_workbook(options: DumpOptions, name: str, count: int) -> DumpOptions:
    """Return the options that make several resources the sheets of one Excel file."""
    is_excel = options.format in ("xlsx", "excel") and name.lower().endswith(".xlsx")
    if count < 2 or not is_excel or options.compression is not None:
        return options
    return replace(options, writer_options={**options.writer_options, "workbook": name})
