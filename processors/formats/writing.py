"""What the writers of files have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.types import Codec

__all__ = ["OutputField", "OutputFile", "Writer", "field_values", "formatted", "plain_makers"]


class OutputFile(Protocol):
    """Where a writer writes to: see `dataflows.commit.HashingWriter`."""

    def write(self, data: Any, /) -> int:
        """Write bytes."""

    def write_later(self, make: Callable[[], Any]) -> None:
        """Write the bytes that a function makes, in the order of the calls."""


@dataclass(frozen=True, slots=True)
class OutputField:
    """A field of an output.

    Args:
        name: Its name.
        title: Its title, its name where it has none.
        type: Its Table Schema type.
        codec: How its values came in.
        pattern: The strftime pattern of a temporal field that is written in one of its own.
        null_text: The text that stands for a missing value.
    """

    name: str
    title: str
    type: str
    codec: Codec
    pattern: str | None = None
    null_text: str = ""


class Writer:
    """Writes the rows of one resource to one file.

    Args:
        file: Takes bytes.
        fields: The fields, in their order.
        options: The writer's own options.
        resource: The resource's descriptor.
    """

    format: ClassVar[str] = ""
    extension: ClassVar[str] = ""
    mediatype: ClassVar[str | None] = None
    options_known: ClassVar[tuple[str, ...] | None] = None
    dialects: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def __init__(
        self,
        file: OutputFile,
        fields: list[OutputField],
        options: Mapping[str, Any],
        resource: Mapping[str, Any],
    ) -> None:
        self.file = file
        self.fields = fields
        self.options = options
        self.resource = resource
        self.begin()

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:  # noqa: ARG003 - for those that override it
        """Say in the resource's descriptor how the file will be written."""
        for field in descriptor.get("schema", {}).get("fields", []):
            field.update(cls.dialects.get(field.get("type", "string"), {}))
        path = descriptor.get("path")
        path = path[0] if isinstance(path, list) else path
        if not path or "://" in path:
            path = str(descriptor.get("name")).replace("://", "_")
        stem, dot, ending = path.rpartition(".")
        descriptor["path"] = (stem if dot and "/" not in ending else path) + cls.extension
        descriptor["format"] = cls.format
        if cls.mediatype is not None:
            descriptor["mediatype"] = cls.mediatype

    @classmethod
    def part(cls, descriptor: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:  # noqa: ARG003 - for those that override it
        """Return which part of its file a resource is; None where it has a file of its own."""
        return None

    def begin(self) -> None:
        """Write what comes before the first row."""

    def go_on(self, fields: list[OutputField], resource: Mapping[str, Any]) -> None:
        """Go on with another resource, where several are the parts of one file."""
        raise NotImplementedError

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch, whose columns fit the fields' codecs."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what comes after the last row."""


def plain_makers(batch: Batch, fields: list[OutputField]) -> list[Callable[[], pa.StringArray]]:
    """Return what makes the columns of a batch into the text that a file gets, in any thread."""
    return [_plain_maker(batch.column(field.name), field) for field in fields]


def _plain_maker(column: Column, field: OutputField) -> Callable[[], pa.StringArray]:
    if field.pattern is None:
        make = column.plain_maker(field.codec)
    else:
        make = partial(pa.array, _formatted(column.values, field.pattern), pa.string())
    return partial(_filled, make, field.null_text) if field.null_text else make


def _filled(make: Callable[[], pa.StringArray], null_text: str) -> pa.StringArray:
    text = make()
    return pc.fill_null(text, null_text) if text.null_count else text


def field_values(batch: Batch, field: OutputField) -> list[Any]:
    """Return the values of a field, those of a temporal one with a pattern of its own as text."""
    values = batch.column(field.name).values
    if field.pattern is None:
        return values
    return _formatted(values, field.pattern)


def _formatted(values: list[Any], pattern: str) -> list[str | None]:
    return [None if value is None else formatted(value, pattern) for value in values]


def formatted(value: Any, pattern: str) -> str:
    """Return a date, time or datetime in a strftime pattern, a year always of four digits.

    Examples:
        >>> import datetime
        >>> formatted(datetime.date(9, 2, 1), "%d/%m/%Y")
        '01/02/0009'
    """
    if getattr(value, "year", 1000) < 1000:

        def padded(directive: re.Match[str]) -> str:
            return f"{value.year:04d}" if directive[0] == "%Y" else directive[0]

        # Some systems write such a year without its zeros, and then cannot read it.
        pattern = re.sub("%.", padded, pattern)
    return str(value.strftime(pattern))
