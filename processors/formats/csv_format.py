"""CSVFormat: the class that scripts subclass to write CSV files of their own, row by row."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.processors.formats.csv_writer import CsvWriter
from dataflows.processors.formats.file_format import FileFormat
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.package import Resource, Schema

__all__ = ["CSVFormat"]

_SERIALIZED = (
    "array",
    "date",
    "datetime",
    "duration",
    "geojson",
    "object",
    "time",
    "year",
    "yearmonth",
)


class CSVFormat(FileFormat):
    r"""Writes the rows of a CSV file; subclass it and pass it to a dumper in ``file_formatters``.

    Args:
        file: The file, open for text.
        schema: The schema.
        use_titles: Whether the header shows the titles of the fields.
        options: Those of `FileFormat`, and of Python's `csv.writer`.

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, dump_to_path
        >>> class Yes(CSVFormat):
        ...     SERIALIZERS = {**CSVFormat.SERIALIZERS, "boolean": {True: "yes", False: "no"}.get}
        >>> dump = dump_to_path("out", file_formatters={"csv": Yes})
        >>> _ = Flow([{"paid": True}], dump).process()
        >>> Path("out/res_1.csv").read_bytes()
        b'paid\r\nyes\r\n'
    """

    SERIALIZERS: ClassVar[dict[str, Callable[[Any], Any]]] = {
        kind: plain_serializer(kind) for kind in _SERIALIZED
    }
    NULL_VALUE = ""
    PYTHON_DIALECT: ClassVar[dict[str, dict[str, Any]]] = {
        kind: dict(dialect) for kind, dialect in CsvWriter.dialects.items()
    }

    def __init__(self, file: Any, schema: Schema, use_titles: bool = False, **options: Any) -> None:
        given = {
            name: options.pop(name)
            for name in ("temporal_format_property", "default_serializer", "resource")
            if name in options
        }
        super().__init__(file, schema, **given)
        self.writer = csv.DictWriter(file, self.headers, **options)
        titles = {name: one.descriptor.get("title") or name for name, one in self.fields.items()}
        self.writer.writerow(titles if use_titles else {name: name for name in titles})

    @classmethod
    def prepare_resource(cls, resource: Resource, options: Mapping[str, Any] | None = None) -> None:
        """Say in ``resource.descriptor`` how the file will be written."""
        # A class of the user's may have options of its own.
        given = {
            name: one for name, one in (options or {}).items() if name in CsvWriter.options_known
        }
        CsvWriter.describe(resource.descriptor, given)
        super().prepare_resource(resource)

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        """Write a row of texts."""
        self.writer.writerow(row)
