"""JSON and NDJSON files from columns; numbers are written exactly."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import ArgumentError
from dataflows.processors.formats.json_text import json_texts
from dataflows.processors.formats.writing import Writer
from dataflows.types.octets import text_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = ["JsonWriter", "NdjsonWriter"]

_TEMPORAL: dict[str, dict[str, str]] = {
    "date": {"format": "%Y-%m-%d"},
    "time": {"format": "%H:%M:%S"},
    "datetime": {"format": "%Y-%m-%dT%H:%M:%S"},
}


class JsonWriter(Writer):
    """Writes a JSON file: an array of objects with sorted keys."""

    format = "json"
    extension = ".json"
    mediatype = "text/json"
    dialects: ClassVar[Mapping[str, Mapping[str, Any]]] = _TEMPORAL
    ascii_only = True
    options_known: ClassVar[tuple[str, ...]] = ("use_titles",)  # which JSON has no use for

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written.

        Raises:
            ArgumentError: There are no options.
        """
        for name in options:
            if name not in cls.options_known:
                what = f"the format {cls.format!r} has no option {name!r}"
                raise ArgumentError(what, fix="leave it out of options={…}.")
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
        if batch.length:
            self._write_rows(batch, self._order, "" if self._first else ",", ",")
            self._first = False

    def end(self) -> None:
        """Write the closing bracket."""
        self.file.write(b"]")

    def _write_rows(
        self, batch: Batch, fields: list[OutputField], before: str, between: str, after: str = ""
    ) -> None:
        """Write each row of a batch as a JSON object, with these texts around and between them."""
        names = [json.dumps(field.name, ensure_ascii=self.ascii_only) for field in fields]
        columns = [json_texts(batch, field, ascii_only=self.ascii_only) for field in fields]
        columns = columns or [pa.array([""] * batch.length, pa.string())]
        parts: list[Any] = []
        for number, column in enumerate(columns):
            opening = ", " if number else "{"
            parts += [f"{opening}{names[number]}: " if names else opening, column]
        self.file.write_later(partial(_joined, parts, before, between, after))


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
        if batch.length:
            self._write_rows(batch, self.fields, "", "\n", "\n")

    def end(self) -> None:
        """Write nothing: the last line is the last row."""


def _joined(parts: list[Any], before: str, between: str, after: str) -> bytes:
    """Return the parts of the rows as one text."""
    rows = text_bytes(pc.binary_join_element_wise(*parts, "}" + between, ""))
    return b"".join([before.encode(), rows[: len(rows) - len(between)], after.encode()])
