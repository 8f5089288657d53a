"""The key that rows are sorted by, as users write it and as Arrow columns."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, Place, RowError, UnknownFieldError, shorten
from dataflows.rowwise import value_work
from dataflows.selectors import no_such_field
from dataflows.spill.keys import Key, key_values, kind_of
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.streams import Stream

__all__ = ["SortKey", "formatted"]

_TEXT = codec_for({"type": "string"}, ())
_ANY = codec_for({"type": "any"}, ())


@dataclass(frozen=True)
class _Part:
    """A field, or the text that a format gives of it; without a field, what a function returns."""

    field: str | None
    format: str = ""


class SortKey:
    """A key as it was given.

    Args:
        key: A field's name, several, a text with names in braces, or a function of the row.
        reverse: Whether the order is reversed, for all parts or for each.

    Raises:
        ArgumentError: The key is none of these, or `reverse` has another length.

    Examples:
        >>> SortKey("{city}: {age:02}", reverse=False).fields
        ['city', 'age']
    """

    def __init__(self, key: Any, reverse: bool | Sequence[bool]) -> None:
        self.function: Callable[[dict[str, Any]], Any] | None = key if callable(key) else None
        self._given = key
        self._parts = _read(key)
        if isinstance(reverse, (list, tuple)):
            self.reverse = [bool(one) for one in reverse]
        else:
            self.reverse = [_checked(reverse)] * len(self._parts)
        if len(self.reverse) != len(self._parts):
            what = f"reverse has {len(self.reverse)} entries, the key {len(self._parts)}"
            raise ArgumentError(what, fix="give one True or False, or one for each field.")

    @property
    def fields(self) -> list[str]:
        """The fields that it names."""
        return [part.field for part in self._parts if part.field is not None]

    def parts(self, resource: Resource) -> list[_Part]:
        """Return the parts.

        Raises:
            UnknownFieldError: The resource has no such field.
        """
        names = resource.fields.field_names
        for name in self.fields:
            if name not in names:
                raise self._with_minus(names) or no_such_field(name, names)
        return self._parts

    def _with_minus(self, names: list[str]) -> UnknownFieldError | None:
        """Return the error for a minus that is to turn the order, as other tools have it."""
        fields = [one if one in names else one.removeprefix("-") for one in self.fields]
        if not set(fields) <= set(names):
            return None
        turned = [field != one for field, one in zip(fields, self.fields, strict=True)]
        name = self.fields[turned.index(True)]
        key, reverse = (fields, turned) if len(fields) > 1 else (fields[0], True)
        fix = f"to sort from the largest to the smallest, write {key!r}, reverse={reverse!r}."
        return UnknownFieldError(f"no field named {name!r}", fix=fix)

    def bound(self, stream: Stream) -> _BoundKey:
        """Return the key for the rows of a stream."""
        return _BoundKey(self, stream)


class _BoundKey:
    """A key that makes the columns by which the rows of one stream are sorted."""

    def __init__(self, key: SortKey, stream: Stream) -> None:
        self._parts = key.parts(stream.resource)
        self._reverse = key.reverse
        self._codecs = codecs_of(stream.resource, key.fields)
        self._function = None if key.function is None else value_work(key.function, stream)
        self._keys = [
            Key(self._kind(part), f"key_{number}") for number, part in enumerate(self._parts)
        ]

    @property
    def names(self) -> list[str]:
        """The names of the Arrow columns."""
        return [name for key in self._keys for name in key.names]

    def order(self, *, missing_first: bool) -> str:
        """Return the SQL that orders by them."""
        return ", ".join(
            key.order(reverse=reverse, missing_first=missing_first)
            for key, reverse in zip(self._keys, self._reverse, strict=True)
        )

    def arrays(self, batch: Batch) -> list[pa.Array]:
        """Return the Arrow columns for a batch."""
        arrays = []
        for part, key in zip(self._parts, self._keys, strict=True):
            column, codec = self._column(part, batch)
            arrays += key.arrays(column, codec, batch)
        return arrays

    def _kind(self, part: _Part) -> str:
        if part.field is None:
            return "bytes"
        return "text" if part.format else kind_of(self._codecs[part.field].type)

    def _column(self, part: _Part, batch: Batch) -> tuple[Column, Any]:
        if self._function is not None or part.field is None:
            values = self._function(batch) if self._function is not None else []
            return Column(_ANY, values=values), _ANY
        (column,) = key_values(batch, [part.field], self._codecs)
        if not part.format:
            return column, self._codecs[part.field]
        texts = formatted(part.format, part.field, column.values, batch)
        return Column(_TEXT, values=texts), _TEXT


def formatted(format_: str, field: str, values: list[Any], batch: Batch) -> list[str | None]:
    """Return what a format such as ``{0:02}`` gives of the values of a field; None of None.

    Raises:
        RowError: It cannot be applied to a value.
    """
    index = 0
    texts: list[str | None] = []
    try:
        for index, value in enumerate(values):  # noqa: B007 - the index tells the row in an error
            texts.append(None if value is None else format_.format(value))
    except (ValueError, TypeError, ArithmeticError) as error:
        spec = format_.replace("0", field, 1)
        what = f"{shorten(values[index])} cannot be formatted with {spec!r}: {error}"
        fix = f"change the format in the key, or use set_type({field!r}, …) before this."
        raise RowError(what, where=Place(row=batch.number(index), field=field), fix=fix) from error
    return texts


def _checked(reverse: Any) -> bool:
    if reverse in (True, False):
        return bool(reverse)
    what = f"reverse is True or False, or a list of these, got {shorten(reverse)}"
    raise ArgumentError(what, fix="write for instance reverse=True or reverse=[True, False].")


def _read(key: Any) -> list[_Part]:
    if callable(key):
        return [_Part(None)]
    if isinstance(key, str) and "{" not in key:
        return [_Part(key)]
    if isinstance(key, str):
        return _read_format(key)
    if isinstance(key, (list, tuple)) and key and all(isinstance(name, str) for name in key):
        return [_Part(name) for name in key]
    what = f"a key is a field, a list of fields or a function, got {shorten(key)}"
    raise ArgumentError(what, fix="write for instance sort_rows('city') or sort_rows(['a', 'b']).")


def _read_format(key: str) -> list[_Part]:
    try:
        pieces = list(Formatter().parse(key))
    except ValueError as error:
        what = f"the key {key!r} cannot be read: {error}"
        raise ArgumentError(what, fix="name each field in braces: '{city}{day}'.") from error
    parts = []
    for _, name, format_, conversion in pieces:
        if name is not None:
            shown = f"!{conversion}" if conversion else ""
            shown += f":{format_}" if format_ else ""
            parts.append(_Part(name, f"{{0{shown}}}" if shown else ""))
    if not parts or not all(part.field for part in parts):
        what = f"the key {key!r} names no field"
        raise ArgumentError(what, fix="name each field in braces: '{city}{day}'.")
    return parts
