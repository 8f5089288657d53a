"""JSON and NDJSON files as tables: an array of objects (or of arrays), or one a line."""

from __future__ import annotations

import io
import json
import re
import sys
from contextlib import closing, suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dataflows.errors import SourceLoadError, shorten
from dataflows.processors.formats.csv_stream import ByteSource
from dataflows.processors.formats.json_keys import (
    ObjectOfPairs,
    TwiceError,
    count_keys,
    decode_object,
    key_twice,
)
from dataflows.processors.formats.json_place import check_place_of_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Iterator, Mapping

__all__ = ["JsonTable", "names_of_items", "ndjson_items", "rows_of_items"]

_DEEPEST = 500
_FIRST_ROWS = 100
_NESTED = {dict, list}
_ENDED = re.compile(rb"\{:*\}")
_MOST_DIGITS = 100_000
_DIGITS = b"0123456789"
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}:'))
_CHUNK_ROWS = 4096
_NOTHING = object()
_TOO_LARGE = "a number has an exponent out of all measure"
_ONE_OF_THEM = "give one of the two another name: only one value could be kept."
_AT_THE_END = "premature EOF"
_MOST_BYTES_READ_TWICE = 16_777_216
_NEW_KEYS = "rows with keys that the sample does not have, left out"
_SHORT = "short rows, filled with missing values"
_LONG = "long rows, cut"


class JsonTable:
    """A JSON or NDJSON file on this machine.

    The names are the sorted keys of the first object, then those of the other objects in the
    sample; a key that an object lacks is a missing value. Of arrays the first is the header; a
    column with a blank header is left out. Numbers with a point are exact.

    Args:
        path: The file, or one that is still arriving.
        format_: ``"json"`` or ``"ndjson"``.
        options: ``encoding``, ``property`` (the key under which the array is), ``sample_size``,
            ``names`` (the keys of the objects, where they are known).

    Raises:
        SourceLoadError: The file is not JSON, or holds no array.
    """

    def __init__(
        self, path: str | os.PathLike[str], format_: str, options: Mapping[str, Any]
    ) -> None:
        self.format = format_
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._path = path
        self._encoding = options.get("encoding") or "utf-8-sig"
        self._property = options.get("property")
        wanted = options.get("sample_size", 1000)
        with closing(self._items()) as items:
            sample = list(islice(items, wanted + 1))
        self._check_keys(len(sample))
        found_names, self._listed = names_of_items(sample)
        # A key may well be in no object of the sample; but if others are there, it is misspelt.
        known = [] if self._listed else options.get("names", [])
        self._all_names = list(known) if set(found_names) <= set(known) else found_names
        self._kept = [
            place for place, name in enumerate(self._all_names) if name or not self._listed
        ]
        self.names = [self._all_names[place] for place in self._kept]
        rows = iter(sample[1:] if self._listed else sample[:wanted])
        found = rows_of_items(rows, self._all_names, {}, listed=self._listed)
        self.sample = [[row[place] for place in self._kept] for row in found]

    def _items(self) -> Generator[Any, None, None]:
        if self.format == "ndjson":
            return _lines(self._path, self._encoding)
        return _array(self._path, self._encoding, self._property)

    def _check_keys(self, rows: int) -> None:
        """Refuse a key that is twice in an object of these rows, of which the end is not read."""
        if self.format != "ndjson":
            _check_keys(self._path, self._encoding, self._property, rows)

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns of values.

        Raises:
            SourceLoadError: The rest of the file is not JSON, or a row is neither object nor array.
        """
        if limit_rows is not None:
            self._check_keys(limit_rows + self._listed)
        with closing(self._items()) as items:
            found = islice(items, 1 if self._listed else 0, None)
            rows = rows_of_items(found, self._all_names, self.notes, listed=self._listed)
            rows = islice(rows, limit_rows)
            while chunk := list(islice(rows, _CHUNK_ROWS)):
                columns = [list(column) for column in zip(*chunk, strict=True)]
                yield [columns[place] for place in self._kept], len(chunk)


def names_of_items(items: list[Any]) -> tuple[list[str], bool]:
    """Return the field names that items give, and whether they are lists, the first the header.

    Examples:
        >>> names_of_items([{"b": 1, "a": 2}, {"c": 3}]), names_of_items([["b", "a"], [1, 2]])
        ((['a', 'b', 'c'], False), (['b', 'a'], True))
    """
    first = items[0] if items else {}
    if isinstance(first, list):
        return ["" if name is None else str(name).strip() for name in first], True
    names = dict.fromkeys(sorted(first) if isinstance(first, dict) else ())
    for item in items:
        if isinstance(item, dict):
            names.update(dict.fromkeys(item))
    return list(names), False


def rows_of_items(
    items: Iterator[Any], names: list[str], notes: dict[str, int], *, listed: bool
) -> Iterator[list[Any]]:
    """Yield items as rows of cells in the order of the names; count in `notes` what did not fit.

    Raises:
        SourceLoadError: An item is not what the first one was; it is named.
    """
    known, width = set(names), len(names)
    for number, item in enumerate(items, 1):
        if isinstance(item, dict) and not listed:
            if not item.keys() <= known:
                notes[_NEW_KEYS] = notes.get(_NEW_KEYS, 0) + 1
            yield [item.get(name) for name in names]
        elif isinstance(item, list) and listed:
            if len(item) != width:
                note = _SHORT if len(item) < width else _LONG
                notes[note] = notes.get(note, 0) + 1
            yield [*item, *[None] * (width - len(item))][:width]
        else:
            kind = "array" if listed else "object"
            what = f"row {number:,} is not a JSON {kind} but {shorten(item)}"
            fix = "give one object a row, or one array a row with the header first."
            raise SourceLoadError(what, fix=fix)


def _open_text(path: str | os.PathLike[str], encoding: str, newline: str | None = None) -> TextIO:
    if isinstance(path, ByteSource):
        return io.TextIOWrapper(path.open_bytes(), encoding=encoding, newline=newline)
    return Path(path).open(encoding=encoding, newline=newline)


def _lines(path: str | os.PathLike[str], encoding: str) -> Generator[Any, None, None]:
    with _open_text(path, encoding, newline="\n") as lines:
        yield from ndjson_items(lines, str(path))


def ndjson_items(lines: Iterable[str], source: str) -> Iterator[Any]:
    """Yield the value of each line that is not blank.

    Raises:
        SourceLoadError: A line is not JSON; the line is named.
    """
    number = 0
    try:
        for line in lines:
            number += 1
            if line.strip():
                yield decode_object(line)
    except UnicodeDecodeError as error:
        what = f"{source}: line {number + 1:,} or one soon after it cannot be decoded: {error}"
        raise SourceLoadError(what, fix="pass the encoding=… of the file.") from error
    except TwiceError as error:
        what = f"{source}: line {number:,} has the key {str(error)!r} twice in one object"
        raise SourceLoadError(what, fix=_ONE_OF_THEM) from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = _TOO_LARGE if isinstance(error, ArithmeticError) else error
        what = f"{source}: line {number:,} is not JSON: {reason}"
        fix = "correct the line, or load the file with format='json' if it is one array."
        raise SourceLoadError(what, fix=fix) from error


def _check_keys(
    path: str | os.PathLike[str],
    encoding: str,
    property_: str | None,
    rows: int | None = None,
) -> None:
    """Read the first rows again, slowly, and refuse an object that has a key twice."""
    import ijson  # type: ignore[import-untyped] # it ships no types

    prefix = f"{property_}.item" if property_ else "item"
    with _open_text(path, encoding) as file, suppress(ijson.JSONError, ArithmeticError):
        items = ijson.items(_Bytes(file), prefix, map_type=ObjectOfPairs)
        for number, item in enumerate(islice(items, rows), 1):
            key = key_twice(item)
            if key is not None:
                what = f"{path}: row {number:,} has the key {key!r} twice in one object"
                raise SourceLoadError(what, fix=_ONE_OF_THEM)


def _array(
    path: str | os.PathLike[str], encoding: str, property_: str | None
) -> Generator[Any, None, None]:
    import ijson

    prefix = f"{property_}.item" if property_ else "item"
    with _open_text(path, encoding) as file:
        data, keys, is_flat = _Bytes(file, is_object=bool(property_)), 0, True
        found = ijson.items(data, prefix)
        try:
            first = next(found, _NOTHING)
            if first is _NOTHING:
                _explain_nothing(path, encoding, property_)
                return
            for item in chain([first], islice(found, _FIRST_ROWS)):
                keys += count_keys(item)
                is_flat &= isinstance(item, dict) and not _NESTED & set(map(type, item.values()))
                yield item
            # Where this misses some keys, the file is read again below.
            count = len if is_flat else count_keys
            for item in found:
                keys += count(item)
                yield item
            if keys != data.keys - data.outer_keys:
                _check_keys(path, encoding, property_)
        except UnicodeDecodeError as error:
            what = f"{path}: the text cannot be decoded: {error}"
            raise SourceLoadError(what, fix="pass the encoding=… of the file.") from error
        except (ijson.JSONError, ArithmeticError, RecursionError) as error:
            reason = _TOO_LARGE if isinstance(error, ArithmeticError) else _first_line(error)
            flaw = None if _AT_THE_END in reason else _flaw(path, encoding)
            what = f"{path}: not valid JSON: {flaw or reason}"
            fix = "check that the file is whole" if flaw is None else "correct that line"
            fix += "; one object a line is format='ndjson'."
            raise SourceLoadError(what, fix=fix) from error


def _flaw(path: str | os.PathLike[str], encoding: str) -> str | None:
    """Return what is wrong with a small file, and in which line: the fast parser counts none."""
    if isinstance(path, ByteSource) or Path(path).stat().st_size > _MOST_BYTES_READ_TWICE:
        return None
    try:
        with _open_text(path, encoding) as file:
            json.load(file)
    except json.JSONDecodeError as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def _first_line(error: Exception) -> str:
    """Return what a parser says, without the lines that point into the text."""
    return str(error).strip().partition("\n")[0]


def _still_open(marks: bytes) -> bytes:
    """Return the marks of JSON without the arrays and objects that end in them.

    The outermost stays, with the marks of its own keys.
    """
    before = -1
    while before != len(marks):
        before = len(marks)
        marks = marks[:1] + _ENDED.sub(b"", marks[1:].replace(b"[]", b""))
    return marks


class _Bytes:
    """A text file read as UTF-8 bytes, which is what ijson's fast parser wants.

    Args:
        file: The text.
        is_object: Whether the rows are in an object, whose own keys are to be told.

    Attributes:
        keys: How many keys the objects have that have been read.
    """

    def __init__(self, file: Any, *, is_object: bool = False) -> None:
        self.keys = 0
        self._open: bytes | None = b"" if is_object else None
        self._file = file
        self._rest = b""
        self._in_text = False
        self._depth = 0
        self._digits = 0

    def read(self, size: int = -1) -> bytes:
        """Return about `size` bytes.

        Raises:
            RecursionError: Arrays or objects stand too deep in each other.
            SourceLoadError: A number has more digits than Python reads.
        """
        text: str = self._file.read(size)
        data = text.encode()
        self._measure(data)
        return data

    @property
    def outer_keys(self) -> int:
        """How many keys the object has in which the rows are, once all is read."""
        return 0 if self._open is None else self._open.count(b":")

    def _measure(self, data: bytes) -> None:
        """Follow the depth of the nesting, for which ijson pays with memory in its square."""
        data = self._rest + data
        if b"\\" in data:
            data = _ESCAPED.sub(b"", data)
        self._rest = data[-1:] if data.endswith(b"\\") else b""
        self._check_digits(data)
        parts = data.translate(None, _NO_MARKS).split(b'"')
        marks = b"".join(parts[self._in_text :: 2])
        self._in_text ^= len(parts) % 2 == 0
        self.keys += marks.count(b":")
        if self._open is not None:
            self._open = _still_open(self._open + marks)
        marks = marks.translate(None, b":")
        levels = 0
        while levels < _DEEPEST and (b"[]" in marks or b"{}" in marks):
            marks = marks.replace(b"[]", b"").replace(b"{}", b"")
            levels += 1
        opened = marks.count(b"[") + marks.count(b"{")
        if self._depth + max(opened, levels) > _DEEPEST:
            message = f"more than {_DEEPEST} arrays and objects inside each other"
            raise RecursionError(message)
        self._depth += 2 * opened - len(marks)

    def _check_digits(self, data: bytes) -> None:
        """Refuse a number in which ijson would end the process, for Python refuses it.

        So many digits in a row fill at least one of the blocks that are half as long.
        """
        most = sys.get_int_max_str_digits() or _MOST_DIGITS
        behind = len(data) - len(data.rstrip(_DIGITS))
        before = behind if behind == len(data) else len(data) - len(data.lstrip(_DIGITS))
        too_long = self._digits + before > most and not self._in_text
        self._digits = behind + (self._digits if behind == len(data) else 0)
        block = most // 2
        for start in range(0, len(data), block):
            if data[start : start + block].isdigit():
                first = len(data[:start].rstrip(_DIGITS))
                digits = len(data) - first - len(data[first:].lstrip(_DIGITS))
                is_text = (data.count(b'"', 0, first) + self._in_text) % 2
                too_long |= digits > most and not is_text
        if too_long:
            name = getattr(self._file, "name", "the source")
            what = f"{name}: a number of more than {most:,} digits"
            raise SourceLoadError(what, fix="write it as a text, in quotes.")


def _explain_nothing(path: str | os.PathLike[str], encoding: str, property_: str | None) -> None:
    """Tell an empty array, which is an empty table, from a file that holds none."""
    with _open_text(path, encoding) as file:
        try:
            value = json.load(file)
        except (ValueError, RecursionError) as error:
            what = f"{path}: not valid JSON: {error}"
            fix = "check that the file was written to its end."
            raise SourceLoadError(what, fix=fix) from error
    check_place_of_rows(value, property_, str(path))
