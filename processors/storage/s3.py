"""Objects of S3, and of servers that speak as S3 does."""

from __future__ import annotations

import difflib
import re
from fnmatch import fnmatchcase
from glob import has_magic
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from dataflows.errors import OutputError, SourceLoadError
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.opened import OpenedFile
from dataflows.processors.storage.s3_client import explained, parts_of, s3_client, s3_options
from dataflows.processors.storage.s3_commit import DESCRIPTOR, JOURNAL, recover
from dataflows.processors.storage.s3_folder import S3Folder
from dataflows.processors.storage.s3_stream import S3Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.processors.storage.s3_client import S3Options

__all__ = ["list_s3", "open_s3"]

_PAGE_KEYS = 1000
_MAGIC = re.compile(r"[*?\[]")
_ENDINGS = (".gz", ".bz2", ".xz", ".zst")


def open_s3(address: str, options: Mapping[str, Any]) -> OpenedFile:
    """Open an object of S3.

    Args:
        address: ``s3://bucket/key``.
        options: ``version``, ``profile``, ``anonymous``, ``s3_endpoint_url``, ``timeout_seconds``
            (60: how long nothing may arrive), ``retries`` (3); the others are for the format.

    Raises:
        ArgumentError: One of the options is of the wrong kind.
        SourceLoadError: There is no such object, or it cannot be had.
    """
    wanted, left = s3_options(options)
    bucket, key = parts_of(address)
    shown = str(masked_source(address))
    if not key or key.endswith("/"):
        what = f"{shown} names no object"
        raise SourceLoadError(what, fix="name one, or a pattern such as s3://bucket/folder/*.csv.")
    try:
        stream = _stream(bucket, key, shown, wanted)
    except SourceLoadError as error:
        close = None if wanted.version else _close_to(key, bucket, wanted, error)
        if close is None:
            raise
        raise SourceLoadError(error.what, fix=f"did you mean 's3://{bucket}/{close}'?") from None
    name = key.rpartition("/")[2]
    if stream.coding.lower() == "gzip" and not name.lower().endswith(".gz"):
        # S3 hands out what is stored, compressed as it is.
        name += ".gz"
    return OpenedFile(cast("BinaryIO", stream), name, shown, None, left)


def _stream(bucket: str, key: str, shown: str, options: S3Options) -> S3Stream:
    """Open an object; where it is a descriptor, that of a commit that is finished."""
    is_descriptor = key.rpartition("/")[2] == DESCRIPTOR and options.version is None
    try:
        stream = S3Stream(bucket, key, shown, options)
    except SourceLoadError as error:
        is_missing = error.what.endswith(" is not there")
        if not (is_descriptor and is_missing and _has_finished(bucket, key, shown, options)):
            raise
        return S3Stream(bucket, key, shown, options)
    try:
        is_old = is_descriptor and _has_finished(bucket, key, shown, options)
    except BaseException:
        stream.close()
        raise
    if is_old:
        stream.close()
        return S3Stream(bucket, key, shown, options)
    return stream


def _has_finished(bucket: str, key: str, shown: str, options: S3Options) -> bool:
    """Return whether there was a commit to finish, that of a run that was killed meanwhile.

    Raises:
        SourceLoadError: It cannot be finished.
    """
    try:
        folder = S3Folder(bucket, key.removesuffix(DESCRIPTOR), options)
        try:
            if folder.get(JOURNAL) is None:
                return False
        finally:
            folder.close()
    except OutputError:
        # Who may read the descriptor need not be allowed to ask for what is not there.
        return False
    folder = S3Folder(bucket, key.removesuffix(DESCRIPTOR), options)
    try:
        return recover(folder)
    except OutputError as error:
        what = f"{shown} is in the middle of a commit that has to be finished before it is read"
        raise SourceLoadError(f"{what}: {error.what}", fix=error.fix) from None
    finally:
        folder.close()


def _close_to(key: str, bucket: str, options: S3Options, error: SourceLoadError) -> str | None:
    """Return the key beside a key that is not there which looks most like it."""
    if not error.what.endswith(" is not there"):
        return None
    folder = key.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    client = s3_client(options)
    try:
        with explained("", options):
            found = client.list_objects_v2(
                Bucket=bucket, Prefix=start, Delimiter="/", MaxKeys=_PAGE_KEYS
            )
    except SourceLoadError:
        # Who may read need not be allowed to list.
        return None
    finally:
        client.close()
    keys = [one["Key"] for one in found.get("Contents", [])]
    return next(iter(difflib.get_close_matches(key, keys, n=1)), None)


def list_s3(
    address: str, options: Mapping[str, Any], *, is_table: Callable[[str], bool]
) -> list[str] | None:
    """Return the addresses that a pattern or a prefix means, sorted; None for that of an object.

    Args:
        address: A pattern, as for files (``**`` is any number of folders), or a prefix, which ends
            with ``/`` and means the data package there or else all tables beneath it.
        options: As for `open_s3`.
        is_table: Tells of an ending whether files with it are tables.

    Raises:
        SourceLoadError: There is none, or the bucket cannot be listed.
    """
    bucket, key = parts_of(address)
    is_prefix = not key or key.endswith("/")
    if not is_prefix and not has_magic(key):
        return None
    wanted, left = s3_options(options)
    shown = str(masked_source(address))
    if wanted.version is not None:
        what = f"{shown} means several objects, which have no common version"
        raise SourceLoadError(what, fix="give the address of one object, or leave version= out.")
    magic = _MAGIC.search(key)
    if magic is not None:
        parts = key.split("/")
        found = [
            one
            for one in _keys(bucket, key[: magic.start()], shown, wanted)
            if not one.endswith("/") and _matches(one.split("/"), parts)
        ]
        fix = "check the pattern; capital letters count."
    else:
        found = list(_keys(bucket, key, shown, wanted))
        if f"{key}{DESCRIPTOR}" in found or f"{key}{JOURNAL}" in found:
            return [f"s3://{bucket}/{key}{DESCRIPTOR}"]
        found = [one for one in found if left.get("format") or is_table(_ending(one))]
        found = [one for one in found if not one.endswith("/") and "/.dataflows-" not in f"/{one}"]
        fix = "check the prefix, or say what the objects are: format='csv'."
    if not found:
        raise SourceLoadError(f"no object matches {shown}", fix=fix)
    return [f"s3://{bucket}/{one}" for one in sorted(found)]


def _keys(bucket: str, start: str, shown: str, options: S3Options) -> Iterator[str]:
    """Yield the keys with a prefix, page by page."""
    client = s3_client(options)
    try:
        with explained(shown, options):
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=start, PaginationConfig={"PageSize": _PAGE_KEYS}
            )
            for page in pages:
                for one in page.get("Contents", []):
                    yield one["Key"]
    finally:
        client.close()


def _ending(key: str) -> str:
    name = key.rpartition("/")[2].lower()
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name.rpartition(".")[2] if "." in name else ""


def _matches(names: list[str], parts: list[str]) -> bool:
    """Return whether a key matches a pattern, both cut at the slashes.

    Examples:
        >>> _matches(["a", "2024", "b.csv"], ["a", "**", "*.csv"])
        True
        >>> _matches(["a", "2024", "b.csv"], ["a", "*.csv"])
        False
    """
    # For each part of the pattern: which numbers of names all parts up to it may have taken.
    reached = {0}
    for part in parts:
        if part == "**":
            reached = set(range(min(reached), len(names) + 1))
        else:
            reached = {
                place + 1
                for place in reached
                if place < len(names) and fnmatchcase(names[place], part)
            }
        if not reached:
            return False
    return len(names) in reached
