"""CSV files from columns: whole batches at a time, quoted only where it is needed (RFC 4180)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import ArgumentError, nearest
from dataflows.processors.formats.writing import Writer, plain_makers
from dataflows.types.octets import holds_any, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = ["CsvWriter", "csv_bytes"]

_NEVER_QUOTED = {"integer", "number", "boolean", "date", "time", "datetime", "year", "yearmonth"}
_USUAL_DELIMITERS = (",", ";", "\t", "|")
_FIRST_CELLS = 256
_FEW_TEXTS = 64
_COLUMNAR_OPTIONS = {"delimiter", "quotechar", "lineterminator"}
_OPTIONS = (
    "delimiter",
    "dialect",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
    "use_titles",
)


class CsvWriter(Writer):
    """Writes one CSV file.

    Options: those of Python's `csv.writer`, and `use_titles` for a header of titles.
    """

    format = "csv"
    extension = ".csv"
    options_known: ClassVar[tuple[str, ...]] = _OPTIONS
    dialects: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "number": {"decimalChar": ".", "groupChar": ""},
        "date": {"format": "%Y-%m-%d"},
        "time": {"format": "%H:%M:%S"},
        "datetime": {"format": "%Y-%m-%dT%H:%M:%S"},
        "boolean": {"trueValues": ["True"], "falseValues": ["False"]},
    }

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written.

        Raises:
            ArgumentError: `csv.writer` has no such option, or does not take what is given.
        """
        for option in options:
            if option not in _OPTIONS:
                what = f"the options of a {cls.format} file have no {option!r}"
                raise ArgumentError(what, fix=nearest(option, list(_OPTIONS), "options"))
        given = {name: value for name, value in options.items() if name != "use_titles"}
        try:
            dialect = csv.writer(io.StringIO(), **given).dialect
        except (TypeError, ValueError, csv.Error) as error:
            what = f"csv.writer does not take the options {given!r}: {error}"
            fix = "write them as for csv.writer, for instance options={'delimiter': ';'}."
            raise ArgumentError(what, fix=fix) from error
        super().describe(descriptor, options)
        descriptor["encoding"] = "utf-8"
        descriptor["dialect"] = {
            "lineTerminator": dialect.lineterminator,
            "delimiter": dialect.delimiter,
            "doubleQuote": bool(dialect.doublequote),
            "quoteChar": dialect.quotechar or '"',
            "skipInitialSpace": False,
        }
        if dialect.escapechar is not None:
            descriptor["dialect"]["escapeChar"] = dialect.escapechar

    def begin(self) -> None:
        """Write the header."""
        titled = self.options.get("use_titles")
        self._options = {key: value for key, value in self.options.items() if key != "use_titles"}
        self._columnar = set(self._options) <= _COLUMNAR_OPTIONS
        self._delimiter = self._options.get("delimiter", ",")
        self._quote = self._options.get("quotechar", '"')
        self._end = self._options.get("lineterminator", "\r\n")
        if self.fields:
            self._write_texts([[field.title if titled else field.name] for field in self.fields])

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        if not self.fields:
            return
        columns = plain_makers(batch, self.fields)
        if not self._columnar:
            self._write_texts([make().to_pylist() for make in columns])
            return
        quoted = [self._may_need_quotes(field) for field in self.fields]
        options = (self._delimiter, self._quote, self._end)
        # The thread of the file has less to do than this one: so the text is made there, too.
        self.file.write_later(lambda: csv_bytes([make() for make in columns], quoted, *options))

    def _may_need_quotes(self, field: OutputField) -> bool:
        plain = field.type in _NEVER_QUOTED and field.pattern is None and not field.null_text
        return not plain or self._delimiter not in _USUAL_DELIMITERS or self._quote != '"'

    def _write_texts(self, columns: list[list[str | None]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, **self._options)
        writer.writerows(zip(*columns, strict=True))
        self.file.write(text.getvalue().encode())


def csv_bytes(
    columns: list[pa.StringArray],
    quoted: Iterable[bool],
    delimiter: str = ",",
    quote: str = '"',
    end: str = "\r\n",
) -> memoryview:
    r"""Return rows as the bytes of CSV lines, as `csv.writer` writes them with its default quoting.

    Args:
        columns: One array of text a field; null is an empty cell.
        quoted: For each, whether its text may need quotes at all.
        delimiter: The character between cells.
        quote: The character around cells that need it, doubled within.
        end: The end of every line.

    Examples:
        >>> import pyarrow as pa
        >>> bytes(csv_bytes([pa.array(["1", "2"]), pa.array(["a,b", None])], [False, True]))
        b'1,"a,b"\r\n2,\r\n'
    """
    special = [delimiter, quote, "\r", "\n"]
    cells = [
        _quoted(column, special, quote) if may else column
        for column, may in zip(columns, quoted, strict=True)
    ]
    if len(cells) == 1:
        # A lone empty cell would be a blank line, which readers leave out.
        empty = pc.equal(pc.fill_null(pc.binary_length(cells[0]), 0), 0)
        cells = [pc.if_else(empty, quote * 2, cells[0])]
    filled = {"null_handling": "replace", "null_replacement": ""}
    cells[-1] = pc.binary_join_element_wise(cells[-1], "", end, **filled)
    lines = (
        cells[0] if len(cells) == 1 else pc.binary_join_element_wise(*cells, delimiter, **filled)
    )
    return text_bytes(lines)


def _quoted(column: pa.StringArray, special: list[str], quote: str) -> pa.StringArray:
    """Return cells with quotes around those that need them."""
    # A look at the bytes of the whole column is enough for most, and a hundred times as fast.
    found = [mark for mark in special if holds_any(column, mark)]
    if not found:
        return column
    if len(column.slice(0, _FIRST_CELLS).unique()) > _FEW_TEXTS:
        return _quoted_cells(column, found, quote)
    # Where the texts recur, each is looked at once: a quarter of the time.
    texts = column.dictionary_encode()
    return _quoted_cells(texts.dictionary, found, quote).take(texts.indices)


def _quoted_cells(column: pa.StringArray, found: list[str], quote: str) -> pa.StringArray:
    needs = pc.match_substring(column, found[0])
    for mark in found[1:]:
        needs = pc.or_(needs, pc.match_substring(column, mark))
    needs = pc.fill_null(needs, False)  # noqa: FBT003 - what is to stand for null
    cells = column.filter(needs)
    if quote in found:
        cells = pc.replace_substring(cells, quote, quote * 2)
    return pc.replace_with_mask(column, needs, pc.binary_join_element_wise(quote, cells, quote, ""))
