"""JSON and NDJSON files from columns; numbers are written exactly."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.errors import Place, RowError, shorten
from dataflows.processors.formats.writing import Writer, field_values
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = ["JsonWriter", "NdjsonWriter"]

_TEMPORAL: dict[str, dict[str, str]] = {
    "date": {"format": "%Y-%m-%d"},
    "time": {"format": "%H:%M:%S"},
    "datetime": {"format": "%Y-%m-%dT%H:%M:%S"},
}
_PYTHON: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (Decimal,),
    "date": (date,),
    "time": (time,),
    "datetime": (datetime,),
    "geopoint": (tuple,),
    "yearmonth": (tuple,),
}
_AS_TEXT = ("date", "time", "datetime", "yearmonth", "duration")


class JsonWriter(Writer):
    """Writes a JSON file: an array of objects with sorted keys."""

    format = "json"
    extension = ".json"
    mediatype = "text/json"
    dialects: ClassVar[Mapping[str, Mapping[str, Any]]] = _TEMPORAL
    ascii_only = True

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written."""
        super().describe(descriptor, options)
        descriptor["encoding"] = "utf-8"
        descriptor["profile"] = "tabular-data-resource"
        descriptor.pop("dialect", None)

    def begin(self) -> None:
        """Write the opening bracket."""
        self._first = True
        self._order = sorted(self.fields, key=lambda field: field.name)
        self.file.write(b"[")

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        text = ",".join(self.rows(batch, self._order))
        self.file.write((text if self._first else f",{text}").encode())
        self._first = False

    def end(self) -> None:
        """Write the closing bracket."""
        self.file.write(b"]")

    def rows(self, batch: Batch, fields: list[OutputField]) -> list[str]:
        """Return each row of a batch as the text of a JSON object."""
        if not fields:
            return ["{}"] * batch.length
        columns = []
        for field in fields:
            name = json.dumps(field.name, ensure_ascii=self.ascii_only)
            encoded = _encoded(batch, field, ascii_only=self.ascii_only)
            columns.append([f"{name}: {text}" for text in encoded])
        return [f"{{{', '.join(cells)}}}" for cells in zip(*columns, strict=True)]


class NdjsonWriter(JsonWriter):
    """Writes an NDJSON file: one object a line, in the order of the fields."""

    format = "ndjson"
    extension = ".ndjson"
    mediatype = "application/x-ndjson"
    ascii_only = False

    def begin(self) -> None:
        """Write nothing: the first line is the first row."""

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        self.file.write("".join(f"{row}\n" for row in self.rows(batch, self.fields)).encode())

    def end(self) -> None:
        """Write nothing: the last line is the last row."""


def _encoded(batch: Batch, field: OutputField, *, ascii_only: bool) -> list[str]:
    encode = _encoder(field, ascii_only=ascii_only)
    values = field_values(batch, field)
    fitting = _PYTHON.get(field.type) if field.pattern is None else None
    if fitting and not set(map(type, values)) <= {*fitting, type(None)}:
        # A policy has kept values that do not fit.
        encode = _by_value(fitting, encode, _encoder(replace(field, type="any"), ascii_only=False))
    try:
        return ["null" if value is None else encode(value) for value in values]
    except (ValueError, TypeError):
        index, reason = next(_unfit(encode, values))
    what = f"JSON has no form for {shorten(values[index])}: {reason}"
    fix = "turn it into a missing value or a text first, or dump as CSV."
    raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def _by_value(
    kinds: tuple[type, ...], encode: Callable[[Any], str], other: Callable[[Any], str]
) -> Callable[[Any], str]:
    return lambda value: encode(value) if isinstance(value, kinds) else other(value)


def _unfit(encode: Callable[[Any], str], values: list[Any]) -> Iterator[tuple[int, str]]:
    for index, value in enumerate(values):
        try:
            value is None or encode(value)
        except (ValueError, TypeError) as error:
            yield index, str(error)


def _encoder(field: OutputField, *, ascii_only: bool) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        if isinstance(value, Decimal):
            return _number(value)
        return json.dumps(value, ensure_ascii=ascii_only, default=_nested, allow_nan=False)

    if field.pattern is not None or field.type == "string":
        return text
    if field.type == "integer":
        return str
    if field.type == "number":
        return _number
    if field.type in _AS_TEXT:
        serialize = plain_serializer(field.type)
        return lambda value: json.dumps(serialize(value))
    if field.type == "geopoint":
        return lambda value: f"[{_number(value[0])}, {_number(value[1])}]"
    return text


def _number(value: Any) -> str:
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite:
        message = "it is not a finite number"
        raise ValueError(message)
    return str(value)


def _nested(value: Any) -> Any:
    """Return what JSON has for a value inside an array or object."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    message = f"a value of type {type(value).__name__} cannot be written as JSON"
    raise TypeError(message)
