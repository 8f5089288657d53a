"""What a spreadsheet file says of itself is not believed: its cells are counted before it is read.

The reader holds a sheet as one block from its first cell to its last. Two cells far apart make a
small file a huge block, and so do repetitions in an ODS file or a few bytes that unzip to many.
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["Extent", "check_ods", "check_xlsx", "opened_zip", "xlsx_extent"]

_CHUNK_BYTES = 1 << 20
_ALWAYS_CELLS = 4_000_000
_TIMES_FILLED = 12
_MOST_ROWS = 1_048_576
_ALWAYS_BYTES = 64 << 20
_MOST_RATIO = 200
_PLACE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
# These patterns find the few that there are in half the time that `bytes.count` takes.
_PREFIX = re.compile(rb":[cv]")  # may be that of a namespace, before the name of a cell or value
_ERROR = re.compile(rb't="e"')
_FORMULA = re.compile(rb"<f")
_NO_VALUE = re.compile(rb"(?:</f>|<f[^>]*/>)(?:<v ?/>|<v></v>)?</c>")
_HEAD_BYTES = 1 << 14
_OVERLAP_BYTES = 256
_TEXTS = re.compile(rb"<(?:[^<>\s]*:)?sst[\s/>]")
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, NotImplementedError, OSError, ValueError),
)
_LONGEST_REASON = 200
_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(slots=True)
class Extent:
    """How far the cells of a sheet reach, and what some of them are.

    Args:
        rows: The number of its last row with a value.
        columns: The number of its last column with a value.
        filled: How many cells have a value.
        errors: How many of them are errors such as ``#N/A``.
        unknown: How many are formulas whose value is not in the file.
    """

    rows: int = 0
    columns: int = 0
    filled: int = 0
    errors: int = 0
    unknown: int = 0

    def check(self, path: str, sheet: str) -> None:
        """Raise for a sheet that is next to empty, but huge.

        Raises:
            SourceLoadError: It is.
        """
        if not self.is_fair():
            what = (
                f"{path}: the sheet {sheet!r} has {self.filled:,} filled cells"
                f" in {self.rows:,} rows × {self.columns:,} columns"
            )
            fix = "delete the cells that stand far away from the table, and save the file again."
            raise SourceLoadError(what, fix=fix)

    def is_fair(self) -> bool:
        """Tell whether as much is in the sheet as the block of its cells takes."""
        cells = self.rows * self.columns
        return cells <= max(_ALWAYS_CELLS, _TIMES_FILLED * self.filled)

    def cover(self, row: int, column: int) -> None:
        """Count a filled cell."""
        self.filled += 1
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)


def check_xlsx(path: str) -> None:
    """Unzip what a reader takes into memory when it opens an Excel file, and throw it away.

    Raises:
        SourceLoadError: The file is broken, or unzips to far more than a workbook does.
    """
    with opened_zip(path) as file:
        for part in file.namelist():
            if part.lower().endswith((".xml", ".rels")) and "/worksheets/" not in part.lower():
                _check_counts(_chunks(file, part, path), file.getinfo(part).file_size, path)


def _check_counts(chunks: Generator[bytes, None, None], size: int, path: str) -> None:
    """Read a part to its end; a table of texts may not claim more of them than it has bytes.

    The reader takes memory for as many as it claims.
    """
    seen: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        seen.append(name)
        for key, value in given.items():
            if "ount" in key and _count(value, most=size) > size:
                raise _broken(path, f"{name} claims to hold {value} of them")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    rest = b""
    with closing(chunks):
        for chunk in chunks:
            if not rest:
                try:
                    parser.Parse(chunk[:_HEAD_BYTES], False)  # noqa: FBT003 - expat takes it by position only
                except expat.ExpatError as error:
                    raise _broken(path, error) from error
            found = len(_TEXTS.findall(rest + chunk))
            if found > (not rest) or (found and not seen):
                raise _broken(path, "a table of texts where none can be")
            rest = chunk[-_OVERLAP_BYTES:]


def xlsx_extent(path: str, sheet: str) -> Extent:
    """Return how far the cells of a sheet of an Excel file reach.

    Raises:
        SourceLoadError: The file is broken, or unzips to far more than a workbook does.
    """
    with opened_zip(path) as file:
        names = set(file.namelist())
        place = _place_of(file, sheet) if set(_PARTS) <= names else None
        # Where a reader that is less strict may find the sheet nobody knows: each may be it.
        places = [place] if place in names else [one for one in names if one.endswith(".xml")]
        found = Extent()
        for one in places:
            extent = _measure(partial(_chunks, file, str(one), path), path)
            extent.errors += found.errors
            extent.unknown += found.unknown
            found = extent
            if not found.is_fair():
                break
    return found


def check_ods(path: str) -> None:
    """Count the cells of all sheets of an ODS file, with what is repeated.

    Raises:
        SourceLoadError: The file is broken, unzips to far more than a spreadsheet does, or its
            sheets are next to empty, but huge.
    """
    sheets: list[tuple[str, Extent]] = []
    state = {"above": 0, "repeat": 0, "column": 0}

    def start(name: str, given: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "table":
            sheets.append((given.get("table:name", ""), Extent()))
            state.update(above=0, repeat=0, column=0)
        elif kind == "table-row":
            state["above"] += state["repeat"]
            state["repeat"] = _count(given.get("table:number-rows-repeated"))
            state["column"] = 0
        elif sheets and kind in ("table-cell", "covered-table-cell"):
            state["column"] += _count(given.get("table:number-columns-repeated"))
            if "office:value-type" in given:
                sheets[-1][1].cover(state["above"] + state["repeat"], state["column"])

    with opened_zip(path) as file:
        _parse(_chunks(file, "content.xml", path), start, path)
    for sheet, extent in sheets:
        extent.check(path, sheet)


def _count(text: str | None, most: int = 10**9) -> int:
    """Return a number; one more than the most where it is out of all measure."""
    if text is None or not text.strip().isdecimal():
        return 1
    return int(text) if len(text) < 10 else most + 1


def opened_zip(path: str) -> zipfile.ZipFile:
    """Open a spreadsheet that is a zip.

    Raises:
        SourceLoadError: It is damaged.
    """
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _broken(path, error) from error


def _broken(path: str, reason: Any) -> SourceLoadError:
    told = str(reason).partition("\n")[0][:_LONGEST_REASON]
    what = f"{path}: the file cannot be read as a spreadsheet: {told}"
    return SourceLoadError(what, fix="check that the file is whole: does it open elsewhere?")


def _chunks(file: zipfile.ZipFile, part: str, path: str) -> Generator[bytes, None, None]:
    """Yield the bytes of a part, if it is not too long."""
    info = file.getinfo(part)
    most = max(_ALWAYS_BYTES, _MOST_RATIO * info.compress_size)
    if info.file_size > most:
        what = f"{path}: {part} unzips to {info.file_size:,} bytes from {info.compress_size:,}"
        raise SourceLoadError(what, fix="if you trust it, save it anew with another program.")
    try:
        with file.open(info) as stream:
            # Of a part that is longer than it says, the checksum is wrong.
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except _DAMAGES as error:
        raise _broken(path, error) from error


def _ahead(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield the bytes of a part, of which the next are unzipped while the last are looked at.

    Both are about as long, and unzipping needs no lock of Python: with two cores the whole takes a
    third less time.
    """
    with closing(chunks), ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, chunks, None)
        while (chunk := following.result()) is not None:
            following = thread.submit(next, chunks, None)
            yield chunk


def _place_of(file: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        book = fromstring(file.read("xl/workbook.xml"))
        relations = fromstring(file.read("xl/_rels/workbook.xml.rels"))
    except (ParseError, DefusedXmlException, ValueError):
        return None
    key = next((one.get(_OFFICE) for one in book.iter() if one.get("name") == sheet), None)
    target = next((one.get("Target") for one in relations if one.get("Id") == key), None)
    if target is None:
        return None
    return str(target).lstrip("/") if target.startswith("/") else f"xl/{target}"


def _measure(chunks: Callable[[], Generator[bytes, None, None]], path: str) -> Extent:
    """Measure the cells of a sheet, as coarsely as is enough to see that it is no block of blanks.

    Where all cells are written as Excel writes them, a pattern finds those that are far away.
    """
    coarse, bounds = Extent(), _Bounds()
    with closing(_whole_cells(_ahead(chunks()))) as pieces:
        for data in pieces:
            if _PREFIX.search(data) or not bounds.widen(data):
                break
            coarse.errors += len(_ERROR.findall(data))
            coarse.unknown += len(_NO_VALUE.findall(data)) if _FORMULA.search(data) else 0
        else:
            coarse.rows, coarse.columns = bounds.rows, bounds.columns
            if not coarse.is_fair():
                # How many have a value counts only in a sheet that may be too large without.
                coarse.filled = sum(data.count(b"</c>") for data in _whole_cells(chunks()))
            if coarse.is_fair():
                return coarse
    return _parsed_cells(chunks(), path)


class _Bounds:
    """How far cells can reach at most: by the number of letters and digits, and the first ones."""

    def __init__(self) -> None:
        self._letters, self._letter = 1, 65
        self._digits, self._digit = 1, 48
        self._compile()

    def _compile(self) -> None:
        more, fewer = b"[A-Z]{%d}" % (self._letters - 1), b"[A-Z]{1,%d}" % (self._letters - 1)
        columns = b"[A-%c]" % self._letter + (more + b"|" + fewer if self._letters > 1 else b"")
        more, fewer = b"[0-9]{%d}" % (self._digits - 1), b"[0-9]{1,%d}" % (self._digits - 1)
        # The last rows first, as most cells of a part are among them: it takes two thirds the time.
        rows = b"[0-%c]" % self._digit + more + (b"|" + fewer if self._digits > 1 else b"")
        # A cell whose place is not its first attribute, with a blank before it, is beyond as well.
        self._beyond = re.compile(rb'<c(?! r="(?:%s)(?:%s)")[\s/>]' % (columns, rows))

    def widen(self, data: bytes) -> bool:
        """Take in the cells that are written in some bytes; False where one is not as usual."""
        last = _PLACE.match(data, max(data.rfind(b'<c r="'), 0))
        if last is not None and self._beyond.match(data, last.start()):
            self._take_in(last)  # most often it is further down than all others
        start = 0
        while found := self._beyond.search(data, start):
            place = _PLACE.match(data, found.start())
            start = found.start()
            if place is None:
                return False
            self._take_in(place)
        return True

    def _take_in(self, place: re.Match[bytes]) -> None:
        letters, digits = place[1], place[2]
        furthest = max((self._letters, self._letter), (len(letters), letters[0]))
        self._letters, self._letter = furthest
        self._digits, self._digit = max((self._digits, self._digit), (len(digits), digits[0]))
        self._compile()

    @property
    def rows(self) -> int:
        """The last row whose number has so many digits, and begins with that one."""
        return int((self._digit - 47) * 10 ** (self._digits - 1) - 1)

    @property
    def columns(self) -> int:
        """The last column whose name has so many letters, and begins with that one."""
        return _column_number(bytes([self._letter]) + b"Z" * (self._letters - 1))


def _whole_cells(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield the bytes of a sheet, cut where a cell begins."""
    rest = b""
    with closing(chunks):
        for chunk in chunks:
            data = rest + chunk
            cut = data.rfind(b"<c ")
            if cut > 0:
                yield data[:cut]
                rest = data[cut:]
            else:
                rest = data
    yield rest


def _column_number(letters: bytes | str) -> int:
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + letter - 64
    return number


def _parsed_cells(chunks: Generator[bytes, None, None], path: str) -> Extent:
    extent = Extent()
    state = {"row": 0, "column": 0}

    def start(name: str, given: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            state["row"] = _count(given["r"]) if "r" in given else state["row"] + 1
            if state["row"] > _MOST_ROWS:
                raise _broken(path, f"a row {state['row']:,}")
            state["column"] = 0
        elif kind == "c":
            place = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", given.get("r", "").upper())
            if "r" in given and not place:
                raise _broken(path, f"{given['r']!r} is no place of a cell")
            state["column"] = _column_number(place[1]) if place else state["column"] + 1
            state["at"] = int(place[2]) if place else max(state["row"], 1)
            extent.errors += given.get("t") == "e"
        elif kind in ("v", "is") and state["column"]:
            extent.cover(state["at"], state["column"])

    _parse(chunks, start, path)
    return extent


def _parse(
    chunks: Generator[bytes, None, None], start: Callable[[str, dict[str, str]], None], path: str
) -> None:
    """Call a function for the start of every element; a document type is refused."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start

    def refuse(*_: Any) -> None:
        raise _broken(path, "its XML declares a document type")

    parser.StartDoctypeDeclHandler = refuse
    try:
        with closing(chunks):
            for chunk in chunks:
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position only
        parser.Parse(b"", True)  # noqa: FBT003 - the same
    except expat.ExpatError as error:
        raise _broken(path, error) from error
