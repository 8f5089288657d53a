"""What the writers of files have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.types import Codec

__all__ = ["OutputField", "OutputFile", "Writer", "field_values", "plain_columns"]


class OutputFile(Protocol):
    """Where a writer writes to: see `dataflows.commit.HashingWriter`."""

    def write(self, data: Any, /) -> int: ...

    def write_later(self, make: Callable[[], Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class OutputField:
    """A field of an output.

    Args:
        name: Its name.
        title: Its title, its name where it has none.
        type: Its Table Schema type.
        codec: How its values came in.
        pattern: The strftime pattern that a temporal field is written with, where it has one of its own.
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
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:  # noqa: ARG003
        """Say in the resource's descriptor how the file will be written."""
        for field in descriptor.get("schema", {}).get("fields", []):
            field.update(cls.dialects.get(field.get("type", "string"), {}))
        path = descriptor.get("path")
        path = path[0] if isinstance(path, list) else path or str(descriptor.get("name"))
        stem, dot, ending = path.rpartition(".")
        descriptor["path"] = (stem if dot and "/" not in ending else path) + cls.extension
        descriptor["format"] = cls.format
        if cls.mediatype is not None:
            descriptor["mediatype"] = cls.mediatype

    def begin(self) -> None:
        """Write what comes before the first row."""

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch, whose columns fit the fields' codecs."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what comes after the last row."""


def plain_columns(batch: Batch, fields: list[OutputField]) -> list[pa.StringArray]:
    """Return the columns of a batch as the text that a file gets."""
    columns = []
    for field in fields:
        column = batch.column(field.name)
        if field.pattern is None:
            text = column.plain(field.codec)
        else:
            text = pa.array(
                [
                    None if value is None else value.strftime(field.pattern)
                    for value in column.values
                ],
                pa.string(),
            )
        if field.null_text and text.null_count:
            text = pc.fill_null(text, field.null_text)
        columns.append(text)
    return columns


def field_values(batch: Batch, field: OutputField) -> list[Any]:
    """Return the values of a field, those of a temporal one with a pattern of its own as text."""
    values = batch.column(field.name).values
    if field.pattern is None:
        return values
    return [None if value is None else value.strftime(field.pattern) for value in values]
