"""Write a data package to S3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, SourceLoadError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.dumpers.dump_options import describe_files, dump_options
from dataflows.processors.dumpers.file_dump import DESCRIPTOR, FileDump, hashed_path, write_files
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.s3_client import parts_of, s3_options
from dataflows.processors.storage.s3_output import StagedPrefix

if TYPE_CHECKING:
    from dataflows.chain import Run, Step
    from dataflows.package import Package

__all__ = ["dump_to_s3"]

_S3_OPTIONS = ("profile", "retries", "s3_endpoint_url", "timeout_seconds")
_MAGIC = re.compile(r"[*?\[]")


@processor
def dump_to_s3(out_prefix: Any, **options: Any) -> Hooks:
    r"""Write each resource to S3, with a ``datapackage.json``.

    Files are sent in parts while the rows pass, and become objects after the last row, the
    descriptor last; when anything goes wrong before, what was there stays, and the parts are
    removed. An object that stands there as it would be written is left alone; those of a former
    dump that the new one does not have go with it. The rows go on, cast to the types of the schema.

    Of two runs that write to one prefix at once, the one that ends first wins, and the other gets
    an error and changes nothing. A run that is killed in the middle of its commit is finished by
    the next dump to the prefix, or the next `load` of its descriptor; other programs can tell by
    the hashes in the descriptor, and so can those who read during a commit, for S3 cannot change
    several objects at one instant. With ``add_filehash_to_path=True`` no object ever gets other
    content, so that whoever has read a descriptor reads the data of that one.

    What a killed run has uploaded, the next one to the prefix removes: at once where it was killed
    on this machine, else after a day. Give the bucket a rule that aborts incomplete uploads, too.

    Schema: formats of dates and the like become those that are written; paths get the ending of
        the format.
    Rows: one for one.
    Memory: one batch, and 8 megabytes a resource. In a private temporary file: of what is written
        over a former dump, one file at a time; with ``partition_by``, all files of a resource.

    Args:
        out_prefix: ``s3://bucket/prefix``; the bucket must exist.
        options: Those of `dump_to_path`, and those of S3.

    Options of S3:
        profile: The login, by its name in the files of AWS. Without one it is found as every
            program of AWS finds it.
        s3_endpoint_url: Another server that speaks S3.
        timeout_seconds: How long nothing may arrive: 60.
        retries: How often it is tried again: 3.

    It needs ``pip install 'dataflows[s3]'``.

    Raises:
        ArgumentError: What is no address of S3, or an unknown option or format.
        FlowError: Two resources would be written to one path, or two dumps to one prefix.
        OutputError: S3 refuses, or another run has written there meanwhile; what was there before
            this run is untouched by it.
        RowError: A row has a key that is not in the schema.
        ValidationError: A value does not fit its field (unless ``on_error`` says otherwise).

    Examples:
        >>> from dataflows import Flow, dump_to_s3
        >>> dump = dump_to_s3("s3://data/cities", format="parquet")
        >>> Flow([{"city": "Rome"}], dump).check().package.resource_names
        ['res_1']
    """
    address = _address(out_prefix)
    asked, _ = s3_options({name: options[name] for name in _S3_OPTIONS if name in options})
    if "@" in (asked.endpoint or ""):
        what = f"s3_endpoint_url={masked_source(asked.endpoint)!r} holds a login"
        raise ArgumentError(what, fix="leave it out: the login comes from the environment.")
    others = {name: value for name, value in options.items() if name not in _S3_OPTIONS}
    wanted, policy = dump_options("dump_to_s3", others)
    bucket, key = _parts(address)
    prefix = f"{key.strip('/')}/".lstrip("/")

    def package(package: Package, step: Step) -> None:
        describe_files(package, wanted)
        staged = StagedPrefix(
            bucket,
            prefix,
            asked,
            final_path=hashed_path if wanted.add_filehash_to_path else None,
            held=bool(wanted.partition_by),
        )
        place = str(staged)
        dump = FileDump(step, staged, wanted)
        dump.former = lambda kept: (
            set() if _reads_from(step.run, place) else staged.former_files(kept)
        )
        dump.stands = lambda one: staged.stands(one.path)
        dump.join_run(place, address, f"{place}{DESCRIPTOR}")

    return Hooks(package=package, batches=write_files, on_error=policy, drains=True)


def _reads_from(run: Run, place: str) -> bool:
    """Return whether a step of a run loads from a place, so that its objects are sources, too."""
    starts = [_MAGIC.split(one, maxsplit=1)[0] for one in run.inputs if one.startswith("s3://")]
    return any(one.startswith(place) or place.startswith(one) for one in starts)


def _address(given: Any) -> str:
    address = str(given) if isinstance(given, str) else ""
    if not address.lower().startswith("s3://"):
        what = f"out_prefix is a place on S3, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance dump_to_s3('s3://bucket/prefix').")
    return address


def _parts(address: str) -> tuple[str, str]:
    try:
        return parts_of(address)
    except SourceLoadError as error:
        raise ArgumentError(error.what, fix=error.fix) from None
