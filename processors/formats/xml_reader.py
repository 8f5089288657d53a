"""XML files as tables: one row for each of the elements that repeat."""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from dataflows.errors import ArgumentError, SourceLoadError, nearest
from dataflows.processors.formats.json_reader import rows_of_items
from dataflows.processors.formats.xml_records import Records, TooMuch, typed
from dataflows.processors.loaders.chunks import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from dataflows.processors.loaders.tables import Chunk

__all__ = ["XmlTable"]

_OPTIONS = ("attributes", "encoding", "record", "sample_size")
_SAMPLE_ROWS = 1000
_READ_BYTES = 1 << 16
_LARGEST_TOKEN = 1 << 26


class XmlTable:
    """An XML file on this machine, read element by element.

    A row is an element directly under the root, of the name that the first of them has; or, where
    the root holds cells of different names, the root itself. Its elements are the cells: text, an
    object where there are elements inside, an array where there are several of one name. Names
    are without their namespace. Attributes count where the rows have nothing else.

    Entities and external definitions are refused before they are expanded or fetched.

    Args:
        path: The file.
        format_: The name of the format.
        options: ``record``, the name of the elements that are rows, wherever they stand;
            ``attributes``, True to have them as ``@name``; ``encoding``; ``sample_size``.

    Raises:
        ArgumentError: There is no such option.
        SourceLoadError: The file is not XML, or does what a table needs not.
    """

    format = "xml"

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - all readers are given it
        for name in options:
            if name not in _OPTIONS:
                what = f"XML has no option {name!r}"
                raise ArgumentError(what, fix=nearest(name, _OPTIONS, "options"))
        self._path = path
        self._encoding = options.get("encoding")
        self._record = options.get("record")
        self._attributes = options.get("attributes")
        self._root_is_row = False
        self._lists: set[str] = set()
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        sample = self._look(options.get("sample_size", _SAMPLE_ROWS))
        names: dict[str, None] = {}
        for row in sample:
            names.update(dict.fromkeys(row))
        self.names = list(names)
        self.sample = list(rows_of_items(iter(sample), self.names, {}, listed=False))
        self.notes.clear()

    def _look(self, wanted: int) -> list[dict[str, Any]]:
        """Return the first rows; find out which elements are rows, and which cells are lists."""
        with closing(self._rows()) as rows:
            sample = list(islice(rows, wanted))
        records = self._records
        if records.leaves and self._record is None and records.others:
            self._root_is_row = True
            with closing(self._rows()) as rows:
                sample = list(islice(rows, wanted))
            records = self._records
        if self._record is not None and not sample:
            what = f"{self._path}: there is no element {self._record!r}"
            fix = nearest(self._record, sorted(records.names), "elements")
            raise SourceLoadError(what, fix=fix)
        if self._attributes is None and records.leaves and records.attributes:
            # Rows that have attributes alone.
            self._attributes = "alone"
            return self._look(wanted)
        self._lists = {
            name for row in sample for name, value in row.items() if isinstance(value, list)
        }
        return [self._with_lists(row) for row in sample]

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns of values.

        Raises:
            SourceLoadError: The rest of the file is not XML.
        """
        with closing(self._rows()) as found:
            items = (self._with_lists(row) for row in found)
            rows = rows_of_items(items, self.names, self.notes, listed=False)
            rows = islice(rows, limit_rows)
            while chunk := list(islice(rows, CHUNK_ROWS)):
                yield [list(column) for column in zip(*chunk, strict=True)], len(chunk)
        self.notes.update(self._records.notes())

    def _with_lists(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row, in which a cell of several values elsewhere is an array also of one."""
        for name in self._lists:
            if row.get(name) is not None and not isinstance(row[name], list):
                row[name] = [typed(row[name])]
        return row

    def _rows(self) -> Generator[dict[str, Any], None, None]:
        from defusedxml.ElementTree import DefusedXMLParser

        self._records = records = Records(
            self._record, attributes=self._attributes, root_is_row=self._root_is_row
        )
        parser = DefusedXMLParser(target=records, encoding=self._encoding)
        expat = parser.parser
        expat.StartDoctypeDeclHandler = _refuse_external
        fed = 0
        with self._explained(), Path(self._path).open("rb") as file:
            while data := file.read(_READ_BYTES):
                fed += len(data)
                parser.feed(data)
                if fed - expat.CurrentByteIndex > _LARGEST_TOKEN:
                    message = "a tag or a comment of more than 64 MB"
                    raise TooMuch(message)
                yield from records.taken()
            parser.close()
            yield from records.taken()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the parser says into errors of ours."""
        from defusedxml.common import DefusedXmlException

        try:
            yield
        except DefusedXmlException as error:
            what = f"{self._path}: the file defines entities of its own: {error}"
            fix = "remove its DOCTYPE: entities can be made to fill the memory or to read files."
            raise SourceLoadError(what, fix=fix) from error
        except TooMuch as error:
            what = f"{self._path}: {error}"
            fix = "check where the file comes from; the rows may stand deeper: record='…'."
            raise SourceLoadError(what, fix=fix) from error
        except (ParseError, ValueError, LookupError) as error:
            what = f"{self._path}: not valid XML: {error}"
            raise SourceLoadError(
                what, fix="correct that line, or check that the file was written to its end."
            ) from error


def _refuse_external(name: str, system: str | None, public: str | None, internal: int) -> None:  # noqa: ARG001 - the parser says them all
    from defusedxml.common import ExternalReferenceForbidden

    if system is not None or public is not None:
        raise ExternalReferenceForbidden(name, None, system, public)
