"""BatchCoder: batches as Arrow record batches of one schema, and back, exactly.

Every field is one column of texts. Beside them, for each row:

- ``number``: the number of the row.
- ``forms``: how the texts of the row are to be read, where not as those of the first batch.
- ``more``: exact JSON of what has no column: keys that are not in the schema, rare sources.

As each row tells all about itself, the rows of several batches may be filtered, sorted and joined
by another engine. A column that was kept as text is stored and given back without a look at it.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.batch import ABSENT, Batch
from dataflows.coding.cell_text import (
    as_strings,
    kind_of_nothing,
    text_of_array,
    text_of_values,
    values_of_text,
)
from dataflows.coding.column_form import (
    SAME,
    SOURCE,
    TEXT,
    Form,
    StoredColumn,
    described,
    form_of,
    stored_text,
)
from dataflows.coding.exact_json import InexactError, dumps, loads
from dataflows.coding.row_numbers import numbers_of, restore_numbers
from dataflows.column import Column
from dataflows.errors import Place, RowError, shorten
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.types import Codec

__all__ = ["BatchCoder"]

VERSION = 1
_METADATA = b"dataflows:batches"


class BatchCoder:
    """Turns the batches of one resource into record batches of one Arrow schema, and back.

    Everything survives: kept texts, to the character, with their source; values of every type,
    whether they fit their field or not; keys that are not in the schema; row numbers.

    Args:
        codecs: The codec of each field, in their order.
        pickles: Whether objects of types that have no exact text may be pickled: only for what
            nobody else can change before it is read.

    Examples:
        >>> coder = BatchCoder({"qty": codec_for({"type": "integer"})})
        >>> rows = [{"qty": 2}, {"qty": "n/a", "note": 1.5}]
        >>> record = coder.encode(Batch.from_rows(rows, ["qty"]))
        >>> BatchCoder.of_schema(record.schema).decode(record).rows()
        [{'qty': 2}, {'qty': 'n/a', 'note': 1.5}]
    """

    def __init__(self, codecs: Mapping[str, Codec], *, pickles: bool = False) -> None:
        self.codecs = dict(codecs)
        self._pickles = pickles
        self._schema: pa.Schema | None = None
        self._usual = tuple(Form(SOURCE, codec) for codec in self.codecs.values())
        self._forms_of_text = lru_cache(1024)(self._read_forms)

    @classmethod
    def of_schema(cls, schema: pa.Schema, *, pickles: bool = False) -> Self:
        """Return the coder that made record batches of this schema: in another process, or later.

        Raises:
            ValueError: No coder did, or one of another version.
        """
        try:
            version, fields = loads(schema.metadata[_METADATA].decode(), pickles=pickles)
            if version != VERSION:
                message = f"its version is {version!r}, this is {VERSION}"
                raise ValueError(message)
            codecs = {name: codec_for(*codec) for name, codec, _ in fields}
            coder = cls(codecs, pickles=pickles)
            usual = [
                form_of(form, codec)
                for (_, _, form), codec in zip(fields, codecs.values(), strict=True)
            ]
        except (TypeError, KeyError) as error:
            message = f"the Arrow schema is not one of a BatchCoder: {error!r}"
            raise ValueError(message) from error
        coder._fix(usual)
        return coder

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of all record batches; fixed by the first batch, or by asking for it."""
        if self._schema is None:
            self._schema = self._fix(self._usual)
        return self._schema

    def _fix(self, usual: Sequence[Form]) -> pa.Schema:
        self._usual = tuple(usual)
        fields = [
            [name, [codec.descriptor, list(codec.missing_values)], described(form, codec)]
            for (name, codec), form in zip(self.codecs.items(), usual, strict=True)
        ]
        metadata = dumps([VERSION, fields], pickles=self._pickles)
        columns = [(f"field_{index}", pa.string()) for index in range(len(fields))]
        columns += [(f"source_{i}", pa.string()) for i, form in enumerate(usual) if form.source]
        columns += [("number", pa.int64()), ("forms", pa.string()), ("more", pa.string())]
        self._schema = pa.schema(columns, metadata={_METADATA: metadata})
        return self._schema

    # Batch → record batch

    def encode(self, batch: Batch) -> pa.RecordBatch:
        """Return a batch as a record batch.

        Raises:
            RowError: A value that has no exact text, and objects may not be pickled.
        """
        length = batch.length
        coded = [
            self._coded(name, codec, column, batch)
            for (name, codec), column in zip(self.codecs.items(), batch.columns(), strict=True)
        ]
        if self._schema is None:
            self._fix([one.form for one in coded])
        arrays = [one.texts for one in coded]
        unplaced: dict[int, list[str | None]] = {}
        for index, (one, usual) in enumerate(zip(coded, self._usual, strict=True)):
            if usual.source:
                arrays.append(pa.nulls(length, pa.string()) if one.source is None else one.source)
            elif one.source is not None:
                unplaced[index] = one.source.to_pylist()
        arrays.append(numbers_of(batch))
        text = self._described_forms([one.form for one in coded])
        arrays.append(pa.repeat(pa.scalar(text, pa.string()), length))
        arrays.append(self._more(batch, unplaced))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _coded(self, name: str, codec: Codec, column: Column, batch: Batch) -> StoredColumn:
        source = column.source
        if column.text is not None and column.codec is not None:
            return stored_text(column.text, column.codec, source)
        array = column.only_arrow
        found = None if array is None else text_of_array(array)
        if found is None:
            try:
                nothing = kind_of_nothing(codec)
                found = text_of_values(column.values, nothing=nothing, pickles=self._pickles)
            except InexactError:
                raise self._refusal(name, column.values, batch) from None
        kind, texts = found
        return StoredColumn(Form(kind, column.codec, source is not None), texts, source)

    def _described_forms(self, forms: list[Form]) -> str | None:
        """Return how the texts are to be read, for those that are not as usual; None for none."""
        others = {
            str(index): described(form, codec)
            for index, (form, usual, codec) in enumerate(
                zip(forms, self._usual, self.codecs.values(), strict=True)
            )
            if form != usual
        }
        return dumps(others, pickles=self._pickles) if others else None

    def _more(self, batch: Batch, sources: dict[int, list[str | None]]) -> pa.StringArray:
        """Return what has no column, a text a row; null for nothing."""
        if not batch.extras and not sources:
            return pa.nulls(batch.length, pa.string())
        cells = []
        for row in range(batch.length):
            extras = {k: v[row] for k, v in batch.extras.items() if v[row] is not ABSENT}
            more = [extras, {str(index): texts[row] for index, texts in sources.items()}]
            try:
                cells.append(dumps(more, pickles=self._pickles) if any(more) else None)
            except InexactError:
                for name, value in extras.items():
                    if not self._is_exact(value):
                        raise self._refusal(name, [None] * row + [value], batch) from None
                raise
        return pa.array(cells, pa.string())

    def _is_exact(self, value: Any) -> bool:
        try:
            dumps(value, pickles=self._pickles)
        except InexactError:
            return False
        return True

    def _refusal(self, name: str, values: list[Any], batch: Batch) -> RowError:
        """Return the error for the first value that has no exact text."""
        index = next(i for i, value in enumerate(values) if not self._is_exact(value))
        kind = type(values[index])
        what = (
            f"the value {shorten(values[index])} cannot be stored exactly: its type is"
            f" {kind.__module__}.{kind.__qualname__}"
        )
        fix = (
            "make it a value of a type of Python's own, such as a list, a dict, a str or a number."
        )
        return RowError(what, where=Place(row=batch.number(index), field=name), fix=fix)

    # Record batch → batch

    def decode(self, record: pa.RecordBatch, numbers: Sequence[int] | None = None) -> Batch:
        """Return a record batch as a batch.

        Args:
            record: A record batch of `schema`, whether or not it has its metadata still; its rows
                may come from several that were encoded.
            numbers: The numbers of the rows; by default those they had.

        Raises:
            ValueError: It is none of this coder's.
        """
        more = _read_more(as_strings(record.column("more")), pickles=self._pickles)
        groups = self._groups(as_strings(record.column("forms")))
        columns = {}
        for index, name in enumerate(self.codecs):
            texts = as_strings(record.column(f"field_{index}"))
            source = self._source(index, record, more)
            parts = [(forms[index], rows) for forms, rows in groups]
            columns[name] = self._column(parts, texts, source)
        batch = Batch(columns, record.num_rows, extras=_extras_of(more, record.num_rows))
        if numbers is None:
            restore_numbers(batch, record.column("number"))
        else:
            batch.set_numbers(numbers)
        return batch

    def _groups(self, forms: pa.StringArray) -> list[tuple[tuple[Form, ...], pa.Array | None]]:
        """Return the forms of all fields with the rows that have them; None: all rows."""
        if forms.null_count == len(forms):
            return [(self._usual, None)]
        encoded = forms.dictionary_encode(null_encoding="encode")
        texts = encoded.dictionary.to_pylist()
        if len(texts) == 1:
            return [(self._forms_of_text(texts[0]), None)]
        return [
            (self._forms_of_text(text), pc.indices_nonzero(pc.equal(encoded.indices, code)))
            for code, text in enumerate(texts)
        ]

    def _read_forms(self, text: str | None) -> tuple[Form, ...]:
        if text is None:
            return self._usual
        forms = list(self._usual)
        codecs = list(self.codecs.values())
        for index, form in loads(text, pickles=self._pickles).items():
            forms[int(index)] = form_of(form, codecs[int(index)])
        return tuple(forms)

    def _source(self, index: int, record: pa.RecordBatch, more: _More) -> pa.StringArray | None:
        """Return the sources of a field that stand beside it; None where no row has one."""
        if self._usual[index].source:
            return as_strings(record.column(f"source_{index}"))
        key = str(index)
        found = {row: sources[key] for row, (_, sources) in more.items() if key in sources}
        if not found:
            return None
        return pa.array([found.get(row) for row in range(record.num_rows)], pa.string())

    def _column(
        self,
        parts: list[tuple[Form, pa.Array | None]],
        texts: pa.StringArray,
        source: pa.StringArray | None,
    ) -> Column:
        """Return the column of texts that have, row by row, one of several forms."""
        forms = {form for form, _ in parts}
        if len(forms) == 1:
            return self._uniform(forms.pop(), texts, source)
        values: list[Any] = [None] * len(texts)
        sources: list[str | None] = [None] * len(texts)
        known = True
        for form, rows in parts:
            taken = None if source is None else source.take(rows)
            part = self._uniform(form, texts.take(rows), taken)
            places = [] if rows is None else rows.to_pylist()
            for place, value in zip(places, part.values, strict=True):
                values[place] = value
            if part.source is None:
                known = False
                continue
            for place, cell in zip(places, part.source.to_pylist(), strict=True):
                sources[place] = cell
        codecs = {form.codec for form in forms}
        return Column(
            codecs.pop() if len(codecs) == 1 else None,
            values=values,
            source=pa.array(sources, pa.string()) if known else None,
        )

    def _uniform(self, form: Form, texts: pa.StringArray, source: pa.StringArray | None) -> Column:
        kind, codec, has_source = form
        if codec is not None and kind == SOURCE:
            return Column(codec, text=codec.missing_to_null(texts), source=texts)
        if codec is not None and kind == SAME:
            return Column(codec, text=texts, source=texts)
        source = source if has_source else None
        if codec is not None and kind == TEXT:
            return Column(codec, text=texts, source=source)
        make = partial(values_of_text, kind, texts, pickles=self._pickles)
        return Column.later(make, codec, source)


_More = dict[int, tuple[dict[Any, Any], dict[str, str | None]]]


def _read_more(more: pa.StringArray, *, pickles: bool) -> _More:
    """Return, for the rows that have any, their extras and sources."""
    if more.null_count == len(more):
        return {}
    cells = enumerate(more.to_pylist())
    return {row: loads(cell, pickles=pickles) for row, cell in cells if cell is not None}


def _extras_of(more: _More, length: int) -> dict[str, list[Any]]:
    extras: dict[str, list[Any]] = {}
    for row, (found, _) in more.items():
        for name, value in found.items():
            if name not in extras:
                extras[name] = [ABSENT] * length
            extras[name][row] = value
    return extras
