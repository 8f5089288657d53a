"""How a CSV file is written: delimiter and quotes, given or guessed, and where its header is."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from dataflows.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "CsvDialect",
    "find_header",
    "foreign_format",
    "sniff_delimiter",
    "sniff_skipinitialspace",
]

_DELIMITERS = (",", "\t", ";", "|")
_LINES_TO_SNIFF = 100
_LARGEST_CELL = 1 << 26
_LARGEST_SNIFF = 1 << 18
_LEAST_AGREEMENT = 0.5
_FEWEST_CELLS_OF_A_HEADER = 2
_BINARY = {b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "xls"}
_PACKED = {b"[Content_Types].xml": "xlsx", b"xl/": "xlsx", b"opendocument.spreadsheet": "ods"}
_FOREIGN = re.compile(
    r"""\s*(?:
        (?P<html><!doctype\s+html|<html[\s>])
        |(?P<xml><\?xml\s)
        |(?P<geojson>\{\s*"type"\s*:\s*"FeatureCollection")
        |(?P<ndjson>\{[ ]*"[^"\n]*"[ ]*:[^\n]*\}[ \r]*(?:\n|\Z))
        |(?P<json>\[\s*[\[{]\s*"|\{\s*"[^"\n]*"\s*:)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?[\d][\d.,\s]*%?|[-+]?\.\d+")


@dataclass(frozen=True, slots=True)
class CsvDialect:
    r"""How the cells and rows of a CSV file are written.

    Args:
        delimiter: The character between cells.
        quotechar: The character around cells that hold delimiters, quotes or line ends.
        doublequote: A quote inside a quoted cell is written twice.
        escapechar: The character that takes the meaning away from the one after it.
        skipinitialspace: Blanks after a delimiter are no part of the cell.
        quoting: ``csv.QUOTE_NONE`` when quotes mean nothing; every other value reads alike.
        lineterminator: What the file ends its lines with; the readers accept each of the three.
        header_row: The row that holds the header, counted from 1, blank rows too; None without.
        encoding: Python's name of the encoding; ``utf-8-sig`` with a byte order mark.

    Raises:
        ArgumentError: An option that no CSV file can have.

    Examples:
        >>> CsvDialect(delimiter=";").rows(["a;b\n", '1;"2;3"\n'])
        [['a', 'b'], ['1', '2;3']]
        >>> CsvDialect(delimiter="||")
        Traceback (most recent call last):
        dataflows.errors.ArgumentError: the delimiter must be one character, got '||'
          fix: pass the one character that separates the cells, such as ';'.
    """

    delimiter: str = ","
    quotechar: str | None = '"'
    doublequote: bool = True
    escapechar: str | None = None
    skipinitialspace: bool = False
    quoting: int = csv.QUOTE_MINIMAL
    lineterminator: str = "\r\n"
    header_row: int | None = 1
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        _one_character("delimiter", self.delimiter, "separates the cells, such as ';'")
        if self.quotechar:
            _one_character("quotechar", self.quotechar, "stands around cells, such as '\"'")
        if self.escapechar:
            _one_character("escapechar", self.escapechar, "escapes the next, such as '\\\\'")
        named = [name for name in (self.delimiter, self.quotechar, self.escapechar) if name]
        if len(named) != len(set(named)) and self.quotechar != self.escapechar:
            message = f"the delimiter {self.delimiter!r} cannot also be the quote or the escape"
            raise ArgumentError(message, fix="pass different characters.")
        if self.lineterminator not in ("\n", "\r", "\r\n"):
            message = f"lines cannot end with {self.lineterminator!r}"
            raise ArgumentError(message, fix=r"leave lineterminator out: \n, \r and \r\n are read.")

    @property
    def quotes(self) -> str | None:
        """The quote character, None when quotes mean nothing."""
        return None if self.quoting == csv.QUOTE_NONE else self.quotechar or None

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        """Return Python's own CSV reader over lines that keep their ends."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quotes,
            doublequote=self.doublequote,
            escapechar=self.escapechar or None,
            skipinitialspace=self.skipinitialspace,
            quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
            strict=strict,
        )

    def rows(self, lines: Iterable[str]) -> list[list[str]]:
        """Return the rows in these lines, however long their cells."""
        csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
        return list(self.reader(lines))


def _one_character(name: str, value: object, use: str) -> None:
    """Refuse what is not one character, or ends a line."""
    if not isinstance(value, str) or len(value) != 1 or value in "\r\n":
        message = f"the {name} must be one character, got {value!r}"
        raise ArgumentError(message, fix=f"pass the one character that {use}.")


def foreign_format(text: str | bytes) -> str | None:
    r"""Return what a file is by its beginning, where it is surely no CSV; else None.

    Args:
        text: The beginning: text, or the bytes that may be no text at all.

    Examples:
        >>> foreign_format("<!DOCTYPE html><p>Please log in"), foreign_format("a,b")
        ('html', None)
        >>> foreign_format(b"PAR1..."), foreign_format(b"PK\3\4[Content_Types].xml")
        ('parquet', 'xlsx')
    """
    if isinstance(text, bytes):
        if text.startswith(b"PK\3\4"):  # what kind of zip it is, the names in it tell
            return next((one for mark, one in _PACKED.items() if mark in text), None)
        return next((one for mark, one in _BINARY.items() if text.startswith(mark)), None)
    found = _FOREIGN.match(text)
    return None if found is None else found.lastgroup


def sniff_delimiter(text: str, base: CsvDialect) -> str:
    r"""Return which of ``, tab ; |`` separates the cells of a text.

    The text's first hundred lines are read with each. What counts is that rows agree in how many
    cells they have, then how many cells that is; a candidate that the first row does not bear out
    counts half. A text whose rows agree on none of them has one column.

    Args:
        text: The beginning of a file.
        base: What else is known of the dialect: the quotes, above all.

    Examples:
        >>> sniff_delimiter("name;price\nx;1,5\ny;2,75\n", CsvDialect())
        ';'
        >>> sniff_delimiter("word\none, two\nthree\n", CsvDialect())
        '\t'
    """
    lines = list(islice(io.StringIO(text[:_LARGEST_SNIFF], newline=""), _LINES_TO_SNIFF))
    if len(text) > _LARGEST_SNIFF and len(lines) > 1:
        lines.pop()
    scores = {mark: _score(lines, mark, base) for mark in _DELIMITERS if _possible(mark, base)}
    best = max(scores, key=lambda mark: scores[mark], default=",")
    if scores.get(best):
        return best
    if not any(line.count(",") for line in lines):
        return ","
    head = next((line for line in lines if line.strip()), "")
    absent = [mark for mark in scores if not any(mark in line for line in lines)]
    return absent[0] if absent and "," not in head else ","


def _possible(mark: str, base: CsvDialect) -> bool:
    """Tell whether a character is free to be the delimiter."""
    return mark not in (base.quotechar, base.escapechar)


def _score(lines: list[str], mark: str, base: CsvDialect) -> float:
    """Return how well the rows agree when `mark` separates their cells; 0 for not at all."""
    if not any(mark in line for line in lines):
        return 0.0
    dialect = CsvDialect(
        delimiter=mark,
        quotechar=base.quotechar,
        doublequote=base.doublequote,
        escapechar=base.escapechar,
        quoting=base.quoting,
        skipinitialspace=True,
    )
    rows = [row for row in dialect.rows(lines) if any(cell.strip() for cell in row)]
    if not rows:
        return 0.0
    width, agreeing = max(Counter(map(len, rows)).items(), key=itemgetter(1, 0))
    agreement = agreeing / len(rows)
    if width == 1 and len(rows[0]) > 1:
        width, agreement = len(rows[0]), sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    if width == 1 or (agreement < _LEAST_AGREEMENT and len(rows[0]) == 1):
        return 0.0
    if mark == "," and len(rows[0]) == 1 and _is_prose(lines):
        return 0.0
    borne_out = len(rows[0]) >= width
    return agreement**2 * math.log2(width + 1) * (1.0 if borne_out else 0.5)


def _is_prose(lines: list[str]) -> bool:
    """Tell whether every comma is one of a sentence: a blank after it, none before."""
    text = "".join(lines)
    return text.count(",") == len(re.findall(r"(?<=\S),[ \r\n]", text))


def sniff_skipinitialspace(text: str, dialect: CsvDialect) -> bool:
    r"""Tell whether quotes stand behind blanks, so that cells are whole only without them.

    Blanks that do no harm are kept: they are part of the text.

    Examples:
        >>> sniff_skipinitialspace('a, b\n1, "2, 3"\n', CsvDialect())
        True
        >>> sniff_skipinitialspace("a, b\n1, 2\n", CsvDialect())
        False
    """
    if not dialect.quotes:
        return False
    mark, quote = re.escape(dialect.delimiter), re.escape(dialect.quotes)
    head = "".join(islice(io.StringIO(text[:_LARGEST_SNIFF], newline=""), _LINES_TO_SNIFF))
    spaced = re.findall(f"{mark} +{quote}[^{quote}]*{quote}(?= *(?:{mark}|[\r\n]|$))", head)
    return bool(spaced) and not re.search(f"{mark}{quote}", head)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the header among the first rows of a file; None when all are blank.

    The header is the first row that is at least as long as most rows are, not counting blank
    cells at a row's end: what stands above it are titles. A shorter row above it is taken for the
    header when it reads like one: two cells or more, none blank, none twice, no numbers; and
    the longer row does not, or the rows below do not set that one apart.

    Examples:
        >>> find_header([["Sales 2020"], [], ["id", "name"], ["1", "x"], ["2", "y"]])
        2
        >>> find_header([["id", "name"], ["1", "x", "extra"], ["2", "y", "more"]])
        0
    """
    lengths = [_length(row) for row in rows]
    counted = Counter(length for length in lengths if length)
    if not counted:
        return None
    usual = counted.most_common(1)[0][0]
    full = next(index for index, length in enumerate(lengths) if length >= usual)
    for index in range(full):
        if not _reads_like_header(rows[index], lengths[index]):
            continue
        if _is_set_apart(rows, full, lengths[full]):
            break
        return index
    return full


def _length(row: Sequence[str]) -> int:
    """Return how many cells a row has up to its last that is not blank."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)


def _reads_like_header(row: Sequence[str], length: int) -> bool:
    """Tell whether a row has the cells of a header: several, filled, distinct, no numbers."""
    cells = [cell.strip() for cell in row[:length]]
    return (
        length >= _FEWEST_CELLS_OF_A_HEADER
        and all(cells)
        and len(set(cells)) == length
        and not any(map(_NUMBER.fullmatch, cells))
    )


def _is_set_apart(rows: Sequence[Sequence[str]], index: int, length: int) -> bool:
    """Tell whether a row reads like a header above columns that hold numbers."""
    if not _reads_like_header(rows[index], length):
        return False
    below = [row for row in rows[index + 1 :] if _length(row)]
    for column in range(length):
        cells = [row[column].strip() for row in below if len(row) > column and row[column].strip()]
        numbers = sum(map(bool, map(_NUMBER.fullmatch, cells)))
        if cells and numbers * 2 > len(cells):
            return True
    return False
