"""Write a data package into a zip."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.dumpers.dump_options import describe_files, dump_options
from dataflows.processors.dumpers.file_dump import FileDump, write_files
from dataflows.processors.dumpers.out_file import OutFile
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.zip_output import StagedZip

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["dump_to_zip"]


@processor
def dump_to_zip(out_file: Any, **options: Any) -> Hooks:
    r"""Write each resource to a file in a zip, with a ``datapackage.json``.

    The zip appears after the last row, in the place of the former one; when anything goes wrong
    before, the former one stays. Nothing is touched before the flow runs. The rows go on, cast to
    the types of the schema. ``load(out_file, format="datapackage")`` reads it.

    Schema: formats of dates and the like become those that are written; paths get the ending of
        the format.
    Rows: one for one.
    Memory: one batch.

    Args:
        out_file: The path of the zip; folders above it are made where they do not exist.
        options: Those of `dump_to_path`, but ``compression``.

    Raises:
        ArgumentError: A file that is no path, or an unknown option or format.
        FlowError: Two resources would be written to one path, or two dumps into one zip.
        OutputError: The zip cannot be written; the former one is untouched.
        RowError: A row has a key that is not in the schema.
        ValidationError: A value does not fit its field (unless ``on_error`` says otherwise).

    Examples:
        >>> from dataflows import Flow, dump_to_zip, load
        >>> _ = Flow([{"city": "Rome"}], dump_to_zip("out.zip")).process()
        >>> Flow(load("out.zip", format="datapackage")).results()[0]
        [[{'city': 'Rome'}]]
    """
    if not isinstance(out_file, (str, os.PathLike)) or not os.fspath(out_file):
        what = f"out_file is the path of a zip, got {shorten(out_file)}"
        raise ArgumentError(what, fix="write for instance dump_to_zip('out.zip').")
    path = home_path(str(os.fspath(out_file)))
    if "://" in path:
        what = f"out_file is the path of a zip, got the address {masked_source(path)!r}"
        raise ArgumentError(what, fix="write for instance dump_to_zip('out.zip').")
    wanted, policy = dump_options("dump_to_zip", options)

    if wanted.compression is not None:
        what = f"dump_to_zip takes no compression={wanted.compression!r}: a zip is compressed"
        raise ArgumentError(what, fix="leave it out.")
    is_spooled = wanted.add_filehash_to_path or bool(wanted.partition_by)
    # A workbook of all resources stays open while other files are written.
    is_spooled |= "workbook" in wanted.writer_options and not wanted.force_format
    file = OutFile(path)

    def package(package: Package, step: Step) -> None:
        describe_files(package, wanted)
        staged = StagedZip(path, spooled=is_spooled)
        file.staged.add(staged)
        dump = FileDump(step, staged, wanted)
        dump.join_run(os.path.realpath(path), path, path)

    attributes = {"out_file": file}
    return Hooks(
        package=package,
        batches=write_files,
        on_error=policy,
        drains=True,
        attributes=attributes,
    )


def _class(_: tuple[Any, ...]) -> tuple[type]:
    from dataflows.processors.dumpers.to_zip import ZipDumper

    return (ZipDumper,)


# As in 0.5.12 one can write `class Mine(dump_to_zip)`: see PEP 560.
vars(dump_to_zip)["__mro_entries__"] = _class
