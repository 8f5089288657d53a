"""JSON and NDJSON files as tables: an array of objects (or of arrays), or one a line."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from dataflows.errors import Place, SourceLoadError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["JsonTable", "ndjson_items", "rows_of_items"]

_CHUNK_ROWS = 4096
_NEW_KEYS = "rows with keys that the sample does not have, left out"
_SHORT = "short rows, filled with missing values"


class JsonTable:
    """A JSON or NDJSON file on this machine.

    The names are the sorted keys of the first object, then those of the other objects in the sample; a key that
    an object lacks is a missing value. Of arrays the first is the header. Numbers with a point are exact.

    Args:
        path: The file.
        format_: ``"json"`` or ``"ndjson"``.
        options: ``encoding``, ``property`` (the key under which the array is), ``sample_size``.

    Raises:
        SourceLoadError: The file is not JSON, or holds no array.
    """

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:
        self.format = format_
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._path = path
        self._encoding = options.get("encoding") or "utf-8-sig"
        self._property = options.get("property")
        items = self._items()
        try:
            sample = list(islice(items, options.get("sample_size", 1000) + 1))
        finally:
            items.close()
        self.names, self._listed = names_of_items(sample)
        rows = sample[1:] if self._listed else sample[: len(sample) - 1 or 1]
        self.sample = list(rows_of_items(iter(rows), self.names, self._listed, {}))

    def _items(self) -> Any:
        if self.format == "ndjson":
            return _lines(self._path, self._encoding)
        return _array(self._path, self._encoding, self._property)

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns of values."""
        items = self._items()
        try:
            skip = 1 if self._listed else 0
            rows = rows_of_items(islice(items, skip, None), self.names, self._listed, self.notes)
            rows = islice(rows, limit_rows)
            while chunk := list(islice(rows, _CHUNK_ROWS)):
                yield [list(column) for column in zip(*chunk, strict=True)], len(chunk)
        finally:
            items.close()


def names_of_items(items: list[Any]) -> tuple[list[str], bool]:
    """Return the field names that items give, and whether the items are lists, the first of them the header."""
    first = items[0] if items else {}
    if isinstance(first, list):
        return [str(name).strip() for name in first], True
    names = dict.fromkeys(sorted(first) if isinstance(first, dict) else ())
    for item in items:
        if isinstance(item, dict):
            names.update(dict.fromkeys(item))
    return list(names), False


def rows_of_items(
    items: Iterator[Any], names: list[str], listed: bool, notes: dict[str, int]  # noqa: FBT001
) -> Iterator[list[Any]]:
    """Yield items as rows of cells in the order of the names; count in `notes` what did not fit."""
    known = set(names)
    for number, item in enumerate(items, 1):
        if isinstance(item, dict) and not listed:
            if not item.keys() <= known:
                notes[_NEW_KEYS] = notes.get(_NEW_KEYS, 0) + 1
            yield [item.get(name) for name in names]
        elif isinstance(item, list) and listed:
            if len(item) < len(names):
                notes[_SHORT] = notes.get(_SHORT, 0) + 1
            elif len(item) > len(names):
                notes["long rows, cut"] = notes.get("long rows, cut", 0) + 1
            yield [*item, *[None] * (len(names) - len(item))][: len(names)]
        else:
            what = f"row {number:,} is not a {'list' if listed else 'JSON object'}: {shorten(item)}"
            raise SourceLoadError(what, fix="give one object a row, or one array a row with the header first.")


def _lines(path: str, encoding: str) -> Iterator[Any]:
    with open(path, encoding=encoding, newline="\n") as lines:  # noqa: PTH123
        yield from ndjson_items(lines, path)


def ndjson_items(lines: Iterator[str] | Any, source: str) -> Iterator[Any]:
    """Yield the value of each line that is not blank.

    Raises:
        SourceLoadError: A line is not JSON; the line is named.
    """
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield json.loads(line, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = f"{source}: line {number + isinstance(error, UnicodeDecodeError)} is not JSON: {error}"
        fix = "correct the line, or load the file with format='json' if it is one array."
        raise SourceLoadError(what, fix=fix, where=Place(source=f"line {number}")) from error


def _no_constant(name: str) -> Any:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


def _array(path: str, encoding: str, property_: str | None) -> Iterator[Any]:
    import ijson

    prefix = f"{property_}.item" if property_ else "item"
    with open(path, encoding=encoding) as file:  # noqa: PTH123
        found = ijson.items(_Bytes(file), prefix)
        try:
            first = next(found, None)
            if first is None:
                _explain_nothing(path, encoding, property_)
                return
            yield from chain([first], found)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            what = f"{path}: not valid JSON: {error}"
            raise SourceLoadError(what, fix="check that the file is whole; one object a line is format='ndjson'.") from error


class _Bytes:
    """A text file read as UTF-8 bytes, which is what ijson's fast parser wants."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return about `size` bytes."""
        data: str = self._file.read(size)
        return data.encode()


def _explain_nothing(path: str, encoding: str, property_: str | None) -> None:
    """Tell an empty array, which is an empty table, from a file that holds none."""
    with open(path, encoding=encoding) as file:  # noqa: PTH123
        try:
            value = json.load(file)
        except ValueError as error:
            what = f"{path}: not valid JSON: {error}"
            raise SourceLoadError(what, fix="check that the file was written to its end.") from error
    for name in property_.split(".") if property_ else ():
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        return
    if isinstance(value, dict):
        arrays = [key for key, item in value.items() if isinstance(item, list)]
        fix = f"name the key that holds the rows: property={arrays[0]!r}." if arrays else "give an array of objects."
    else:
        fix = "give an array of objects."
    what = f"{path}: an array of rows was expected, got {'nothing' if value is None else type(value).__name__}"
    raise SourceLoadError(what, fix=fix)
