"""ExcelFormat: the class that scripts subclass to write Excel files of their own, row by row."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.processors.formats.file_format import FileFormat
from dataflows.processors.formats.xlsx_parts import sheet_name
from dataflows.processors.formats.xlsx_update import with_sheet
from dataflows.processors.formats.xlsx_writer import XlsxWriter
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.package import Resource, Schema

__all__ = ["ExcelFormat"]

_MOST_DIGITS = 15
_FIRST_DAY = datetime.date(1900, 3, 1)
_SERIALIZED = ("array", "object", "geojson", "duration", "yearmonth")


class ExcelFormat(FileFormat):
    """Writes a workbook of one sheet; subclass it and pass it to a dumper in ``file_formatters``.

    It holds all rows in memory: `dump_to_path` with ``format="xlsx"`` alone does not.

    Args:
        file: The file, open for bytes.
        schema: The schema.
        use_titles: Whether the header shows the titles of the fields.
        options: Those of `FileFormat`; ``sheetname`` (the resource's name by default), and
            ``update_existing``, the path of a workbook whose other sheets come along.

    Examples:
        >>> from dataflows import Flow, dump_to_path, load
        >>> class Frozen(ExcelFormat):
        ...     def finalize_file(self):
        ...         self.writer.freeze_panes = "A2"
        ...         super().finalize_file()
        >>> dump = dump_to_path("out", format="xlsx", file_formatters={"xlsx": Frozen})
        >>> _ = Flow([{"city": "Rome"}], dump).process()
        >>> Flow(load("out/res_1.xlsx")).results()[0]
        [[{'city': 'Rome'}]]
    """

    SERIALIZERS: ClassVar[dict[str, Callable[[Any], Any]]] = {
        kind: plain_serializer(kind) for kind in _SERIALIZED
    }
    NULL_VALUE = ""
    PYTHON_DIALECT: ClassVar[dict[str, dict[str, Any]]] = {
        kind: dict(dialect) for kind, dialect in XlsxWriter.dialects.items()
    }
    FILE_MODE = "wb+"

    def __init__(self, file: Any, schema: Schema, use_titles: bool = False, **options: Any) -> None:
        import openpyxl

        self.sheetname = options.pop("sheetname", None)
        self.update_existing = options.pop("update_existing", None)
        options.setdefault("default_serializer", _as_it_is)
        super().__init__(file, schema, **options)
        if self.sheetname is None:
            resource = self.options.get("resource")
            self.sheetname = sheet_name(str(getattr(resource, "name", "") or "Sheet1"))
        self.workbook = openpyxl.Workbook()
        self.writer = self.workbook.active
        self.writer.title = self.sheetname
        self._row_number = 0
        titles = {name: one.descriptor.get("title") or name for name, one in self.fields.items()}
        self.write_transformed_row(titles if use_titles else {name: name for name in titles})

    @classmethod
    def prepare_resource(cls, resource: Resource, options: Mapping[str, Any] | None = None) -> None:
        """Say in ``resource.descriptor`` how the file will be written."""
        # A class of the user's may have options of its own.
        given = {
            name: one for name, one in (options or {}).items() if name in XlsxWriter.options_known
        }
        XlsxWriter.describe(resource.descriptor, given)
        super().prepare_resource(resource)

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        """Write a row: numbers, booleans, dates and times as such, the rest as text."""
        self._row_number += 1
        from openpyxl.cell.rich_text import CellRichText

        values = [_cell_value(row.get(name)) for name in self.headers]
        if values and all(value is None for value in values):
            # Without a cell the row would not be there; of a plain empty text none is written.
            values[0] = CellRichText("")
        for column, value in enumerate(values, 1):
            if value is not None:
                cell = self.writer.cell(self._row_number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # also a text that looks like a formula

    def finalize_file(self) -> None:
        """Write the workbook."""
        if self.update_existing is None:
            self.workbook.save(self.file)
            return
        made = io.BytesIO()
        self.workbook.save(made)
        self.file.write(with_sheet(str(self.update_existing), made.getvalue(), self.sheetname))


def _as_it_is(value: Any) -> Any:
    return value


def _cell_value(value: Any) -> Any:
    """Return what a cell gets: the value where Excel holds it exactly, else its text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(str(value))
        kept = "".join(map(str, number.as_tuple().digits)).strip("0")
        return value if number.is_finite() and len(kept) <= _MOST_DIGITS else str(value)
    if isinstance(value, datetime.time):
        return value if value.tzinfo is None else value.isoformat()
    if isinstance(value, datetime.date):
        day = datetime.date(value.year, value.month, value.day)
        return value if day >= _FIRST_DAY and not getattr(value, "tzinfo", None) else str(value)
    return str(value)
