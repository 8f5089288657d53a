"""The parsers of 0.5.12, which scripts subclass and pass to `load` in ``custom_parsers``."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, ClassVar

from tabulator.parser import Parser

from dataflows.processors.formats.known import reader_named
from dataflows.processors.storage.sql_table import SqlTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.processors.loaders.tables import Table

__all__ = ["ExcelXMLParser", "ExtendedSQLParser", "GeoJsonParser", "XMLParser"]


class _TableParser(Parser):  # type: ignore[misc] # tabulator has no types
    """A parser, as the library tabulator has them, that reads by one of our own tables."""

    options: ClassVar[list[str]] = []
    format = ""

    def __init__(self, loader: Any, force_parse: bool = False, **options: Any) -> None:
        self._loader = loader
        self._force_parse = force_parse
        self._options = options
        self._table: Table | None = None
        self._rows: Iterator[tuple[int, list[str], list[Any]]] = iter(())
        self._encoding: str | None = None
        self._path: str | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing is open."""
        return self._table is None

    def open(self, source: Any, encoding: str | None = None) -> None:
        """Look at a source."""
        self.close()
        self._encoding = encoding
        self._table = self.read(source, encoding)
        self.reset()

    def read(self, source: Any, encoding: str | None) -> Table:
        """Return the table of a source."""
        stream = self._loader.load(source, mode="b", encoding=encoding)
        with closing(stream), NamedTemporaryFile(suffix=f".{self.format}", delete=False) as file:
            self._path = file.name
            shutil.copyfileobj(stream, file)
        made: Table = reader_named(self.format)(self._path, self.format, self._options)
        return made

    def close(self) -> None:
        """Let go of the source."""
        self._rows, self._table = iter(()), None
        if self._path is not None:
            os.unlink(self._path)  # noqa: PTH108 - a name that we made
            self._path = None

    def reset(self) -> None:
        """Begin again with the first row."""
        self._rows = self._numbered()

    @property
    def encoding(self) -> str | None:
        """The encoding that was asked for."""
        return self._encoding

    @property
    def extended_rows(self) -> Iterator[tuple[int, list[str], list[Any]]]:
        """The rows that are left: their number, the names of the fields, the values."""
        return self._rows

    def _numbered(self) -> Iterator[tuple[int, list[str], list[Any]]]:
        assert self._table is not None, "opened"
        names, number = self._table.names, 0
        for columns, length in self._table.chunks(None):
            lists = [one if isinstance(one, list) else one.to_pylist() for one in columns]
            for cells in zip(*lists, strict=True) if lists else [()] * length:
                number += 1
                yield number, names, list(cells)


class XMLParser(_TableParser):
    """Reads XML: each child of the root of the first kind is a row."""

    format = "xml"
    options: ClassVar[list[str]] = ["attributes", "record"]


class ExcelXMLParser(_TableParser):
    """Reads the first table of Excel's XML of 2003."""

    format = "excel-xml"
    options: ClassVar[list[str]] = ["sheet"]


class GeoJsonParser(_TableParser):
    """Reads GeoJSON: each feature is a row of its properties and ``__geometry``."""

    format = "geojson"


class ExtendedSQLParser(_TableParser):
    """Reads a table of a database, or the rows of a query.

    Args:
        loader: What tabulator loads by: not used.
        force_parse: Taken because tabulator passes it.
        table: The table.
        order_by: The fields by which its rows are sorted.
        query: The query, instead of a table.
    """

    format = "sql"
    options: ClassVar[list[str]] = ["table", "order_by", "query"]

    def __init__(
        self,
        loader: Any,
        force_parse: bool = False,
        table: str | None = None,
        order_by: Any = None,
        query: str | None = None,
    ) -> None:
        given = {"table": table, "order_by": order_by, "query": query}
        wanted = {name: value for name, value in given.items() if value is not None}
        super().__init__(loader, force_parse, **wanted)

    def read(self, source: Any, encoding: str | None) -> Table:  # noqa: ARG002 - a database has none
        """Return the table of a database."""
        return SqlTable(source, self.format, self._options)
