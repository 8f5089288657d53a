"""FileFormat: the class that scripts subclass to write a format of their own, row by row."""

from __future__ import annotations

import inspect
import io
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.package import Resource
from dataflows.processors.formats.writing import Writer, formatted
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.package import Field, Schema

__all__ = ["FileFormat", "prepare", "writer_of"]


class FileFormat:
    r"""Writes rows to a file; subclass it and pass it to a dumper in ``file_formatters``.

    Args:
        file: The file, open in `FILE_MODE`.
        schema: The schema.
        temporal_format_property: The property of temporal fields that holds a strftime pattern.
        default_serializer: What turns values into text where `SERIALIZERS` says nothing.
        options: The ``options`` of the dumper, ``resource`` and, when asked, ``use_titles``.

    Examples:
        >>> class Lines(FileFormat):
        ...     @classmethod
        ...     def prepare_resource(cls, resource):
        ...         resource.descriptor["path"] = "rows.txt"
        ...     def write_transformed_row(self, row):
        ...         self.file.write(" ".join(row.values()) + "\n")
        >>> Lines.FILE_MODE
        'w+'
    """

    SERIALIZERS: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    NULL_VALUE: ClassVar[Any] = None
    PYTHON_DIALECT: ClassVar[dict[str, dict[str, Any]]] = {}
    FILE_MODE: ClassVar[str] = "w+"

    def __init__(
        self,
        file: Any,
        schema: Schema,
        temporal_format_property: str | None = None,
        default_serializer: Callable[[Any], Any] = str,
        **options: Any,
    ) -> None:
        self.file = file
        self.writer: Any = file
        self.fields: dict[str, Field] = {field.name: field for field in schema.fields}
        self.headers = list(self.fields)
        self.missing_values = schema.missing_values
        self.temporal_format_property = temporal_format_property
        self.default_serializer = default_serializer
        self.options = options

    @classmethod
    def prepare_resource(
        cls,
        resource: Resource,
        options: Mapping[str, Any] | None = None,  # noqa: ARG003 - for those that override it
    ) -> None:
        """Say in ``resource.descriptor`` how the file will be written.

        Args:
            resource: The resource.
            options: The ``options`` of the dumper.
        """
        for field in resource.fields.descriptor["fields"]:
            field.update(cls.PYTHON_DIALECT.get(field.get("type", "string"), {}))

    def write_row(self, row: dict[str, Any]) -> None:
        """Turn the values of a row into what the file gets, and write it."""
        self.write_transformed_row(
            {name: self._transformed(self.fields[name], value) for name, value in row.items()}
        )

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        """Write a row."""
        raise NotImplementedError

    def finalize_file(self) -> None:
        """Write what comes after the last row."""

    def _transformed(self, field: Field, value: Any) -> Any:
        if value is None:
            return self.NULL_VALUE
        if isinstance(value, str) and value in self.missing_values:
            return value
        pattern = field.descriptor.get(self.temporal_format_property or "")
        if pattern and field.type in ("date", "time", "datetime"):
            return formatted(value, pattern)
        if field.type in self.SERIALIZERS:
            return self.SERIALIZERS[field.type](value)
        if self.default_serializer is str:
            return plain_serializer(field.type, field.format)(value)
        return self.default_serializer(value)


def prepare(format_class: type[FileFormat], resource: Resource, options: Mapping[str, Any]) -> None:
    """Let a format say in the descriptor of a resource how the file will be written.

    One of ours is told the options of the dumper, too; one of the user's may not expect them.
    """
    takes = "options" in inspect.signature(format_class.prepare_resource).parameters
    if takes:
        format_class.prepare_resource(resource, options)
    else:
        format_class.prepare_resource(resource)


def writer_of(format_class: type[FileFormat], temporal_format_property: str | None) -> type[Writer]:
    """Return the writer that feeds a `FileFormat` with the rows of every batch."""

    class FormatWriter(Writer):
        """Writes through a format of the user's."""

        @classmethod
        def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
            prepare(format_class, Resource(descriptor), options)

        def begin(self) -> None:
            binary = "b" in format_class.FILE_MODE
            self._target: Any = io.BytesIO() if binary else io.StringIO(newline="")
            resource = Resource(dict(self.resource))
            self._format = format_class(
                self._target,
                resource.fields,
                temporal_format_property=temporal_format_property,
                resource=resource,
                **self.options,
            )

        def write(self, batch: Batch) -> None:
            for row in batch.rows():
                self._format.write_row({field.name: row.get(field.name) for field in self.fields})
            if "b" not in format_class.FILE_MODE:
                self._flush()

        def end(self) -> None:
            self._format.finalize_file()
            self._flush()

        def _flush(self) -> None:
            data = self._target.getvalue()
            self.file.write(data if isinstance(data, bytes) else data.encode())
            self._target.seek(0)
            self._target.truncate()

    return FormatWriter
