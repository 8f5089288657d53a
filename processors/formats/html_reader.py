"""Tables of HTML pages."""

from __future__ import annotations

import codecs
import re
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.csv_dialect import find_header
from dataflows.processors.formats.csv_stream import detect_encoding
from dataflows.processors.formats.html_rows import HtmlRow, HtmlRows
from dataflows.processors.loaders.chunks import CHUNK_ROWS, chunk_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from dataflows.processors.loaders.tables import Chunk

__all__ = ["HtmlTable", "open_html"]

_OPTIONS = {"encoding", "sample_size", "selector", "table"}
_SELECTOR = re.compile(r"(?:table)?(?:(?P<sort>[#.])(?P<name>[\w\-]+))?").fullmatch
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:\-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 1 << 14
_READ_BYTES = 1 << 16
_SAMPLE_ROWS = 1000
_FOOT = "rows of the foot of the table, left out"


def open_html(path: str, format_: str, options: Mapping[str, Any]) -> Any:
    """Return a table of a page; by tabulator where an option is for it."""
    selector = options.get("selector", "table")
    if not set(options) <= _OPTIONS or not isinstance(selector, str) or not _SELECTOR(selector):
        from dataflows.processors.loaders.tables import TabulatorTable

        return TabulatorTable(path, {**options, "format": format_})
    return HtmlTable(path, format_, options)


class HtmlTable:
    """One table of an HTML page on this machine, read row by row.

    The header is the rows of ``<th>`` at its beginning, joined where there are several, else the
    first row that looks like one. Columns without a name are left out.

    Args:
        path: The file.
        format_: The name of the format.
        options: ``table``: which table, its number counted from 1 or its ``id``; or ``selector``:
            ``"#id"`` or ``".class"``; ``encoding``, else as the page says; ``sample_size``.

    Raises:
        SourceLoadError: There is no such table, or it has no row.
    """

    format = "html"

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - all readers are given it
        self._path = path
        self._wanted = options.get("table")
        selected = _SELECTOR(options.get("selector", "table"))
        self._sort: str | None = selected["sort"] if selected else None
        self._name: str | None = selected["name"] if selected else None
        self._encoding = self._told_encoding(options.get("encoding"))
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        with closing(self._rows()) as found:
            rows = list(islice(found, options.get("sample_size", _SAMPLE_ROWS) + 1))
        self._above, header = _header(rows)
        cells = [cell.strip() for cell in header]
        self._kept = [place for place, cell in enumerate(cells) if cell]
        if not self._kept:
            what = f"{path}: the table is empty"
            raise SourceLoadError(what, fix="choose another one by its number: table=2.")
        self.names = [cells[place] for place in self._kept]
        columns = chunk_of([row.cells for row in rows[self._above :]], len(cells), {})
        self._width = len(cells)
        kept = [columns[place] for place in self._kept] if rows[self._above :] else []
        self.sample = [list(row) for row in zip(*kept, strict=True)]
        self.notes.clear()

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns of text."""
        stop = None if limit_rows is None else self._above + limit_rows
        with closing(self._rows()) as found:
            rows = islice(found, self._above, stop)
            while chunk := [row.cells for row in islice(rows, CHUNK_ROWS)]:
                columns = chunk_of(chunk, self._width, self.notes)
                yield [columns[place] for place in self._kept], len(chunk)

    def _told_encoding(self, given: str | None) -> str:
        with Path(self._path).open("rb") as file:
            start = file.read(_HEAD_BYTES)
        declared = None if start.startswith(codecs.BOM_UTF8) else _CHARSET.search(start)
        name = given or (declared[1].decode("ascii") if declared else None)
        if declared and not given:
            try:
                codecs.lookup(str(name))
            except LookupError:
                name = None
        return detect_encoding(start, name, whole=len(start) < _HEAD_BYTES)[0]

    def _is_wanted(self, number: int, attributes: Mapping[str, str]) -> bool:
        if isinstance(self._wanted, int):
            return number == self._wanted
        if self._wanted is not None:
            return bool(attributes.get("id") == self._wanted)
        if self._sort == ".":
            return self._name in attributes.get("class", "").split()
        return self._sort is None or attributes.get("id") == self._name

    def _rows(self) -> Generator[HtmlRow, None, None]:
        etree = _parsers()
        rows = HtmlRows(self._is_wanted)
        parser = etree.HTMLParser(target=rows, encoding="utf-8")
        seen = False
        try:
            with Path(self._path).open(encoding=self._encoding, newline="") as file:
                while not rows.ended and (text := file.read(_READ_BYTES)):
                    parser.feed(text.encode())
                    for row in rows.taken():
                        seen = True
                        yield from self._body(row)
            rows.close()
            for row in rows.taken():
                seen = True
                yield from self._body(row)
        except (ValueError, etree.LxmlError) as error:
            what = f"{self._path}: not a page with a table: {error}"
            raise SourceLoadError(what, fix="check the file, or pass its encoding=….") from error
        if not seen:
            raise self._refusal(rows)

    def _body(self, row: HtmlRow) -> Iterator[HtmlRow]:
        if row.is_foot:
            self.notes[_FOOT] = self.notes.get(_FOOT, 0) + 1
        else:
            yield row

    def _refusal(self, rows: HtmlRows) -> SourceLoadError:
        which = (
            self._wanted if self._wanted is not None else f"{self._sort or ''}{self._name or ''}"
        )
        shown = f" {which!r}" if which else ""
        what = f"{self._path}: there is no table{shown} with rows"
        fix = "load another file: it has no table."
        if rows.tables:
            ids = f", or by its id: {', '.join(map(repr, rows.ids))}" if rows.ids else ""
            fix = f"choose one by its number, table=1 to {rows.tables}{ids}."
        return SourceLoadError(what, fix=fix)


def _parsers() -> Any:
    """Return lxml, which is installed with an extra: Python's own parser is slow, and can hang."""
    try:
        from lxml import etree
    except ImportError as error:
        what = "tables of HTML pages need the package lxml"
        raise SourceLoadError(what, fix="install it: pip install 'dataflows[html]'.") from error
    return etree


def _header(rows: list[HtmlRow]) -> tuple[int, list[str]]:
    """Return the number of the rows up to the first one of data, and the header."""
    count = 0
    while count < len(rows) and rows[count].is_header:
        count += 1
    if 0 < count < len(rows) or (count == 1 == len(rows)):
        width = max(len(row.cells) for row in rows[:count])
        header = []
        for place in range(width):
            parts = [row.cells[place] for row in rows[:count] if place < len(row.cells)]
            # A cell over several rows says its name once.
            header.append(" ".join(part for part in dict.fromkeys(parts) if part))
        return count, header
    index = find_header([row.cells for row in rows])
    return (0, []) if index is None else (index + 1, rows[index].cells)
