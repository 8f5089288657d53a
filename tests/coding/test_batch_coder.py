from __future__ import annotations

import datetime
import io
from collections import OrderedDict
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.batch import ABSENT, Batch
from dataflows.coding.batch_coder import BatchCoder
from dataflows.column import Column
from dataflows.errors import RowError
from dataflows.types import Codec, NotColumnar, codec_for
from exact_values import AWKWARD_VALUES, same, values
from strategies import FIELDS, columns

INTEGER = codec_for({"type": "integer"})
NUMBER = codec_for({"type": "number"})
STRING = codec_for({"type": "string"})
ANY = codec_for({"type": "any"})


def there_and_back(*batches: Batch, codecs: dict[str, Codec], pickles: bool = False) -> list[Batch]:
    """Return batches that went through an Arrow stream, to be read by another coder."""
    coder = BatchCoder(codecs, pickles=pickles)
    records = [coder.encode(batch) for batch in batches]
    file = io.BytesIO()
    with pa.ipc.new_stream(file, coder.schema) as writer:
        for record in records:
            writer.write_batch(record)
    reader = pa.ipc.open_stream(file.getvalue())
    other = BatchCoder.of_schema(reader.schema, pickles=pickles)
    assert other.codecs == codecs
    return [other.decode(record) for record in reader]


def column_of(column: Column, codec: Codec) -> Column:
    """Return a column that went through an Arrow stream, beside another batch."""
    first = Batch({"a": Column(codec, values=[None])}, 1)
    second = Batch({"a": column}, len(column))
    assert len(there_and_back(first, second, codecs={"a": codec})[1].column("a")) == len(column)
    return there_and_back(second, codecs={"a": codec})[0].column("a")


def texts(column: Column) -> tuple[Any, Any, Any]:
    """Return the texts of a column, with the codec that they fit."""
    text = None if column.text is None else column.text.to_pylist()
    source = None if column.source is None else column.source.to_pylist()
    return text, source, column.codec


def test_a_kept_text_comes_back_as_it_is_and_is_not_read() -> None:
    text = pa.array(["007", "+5", None])
    found = column_of(Column(INTEGER, text=text), INTEGER)
    assert texts(found) == (["007", "+5", None], None, INTEGER)
    assert found.values == [7, 5, None]


def test_a_source_that_is_the_text_is_stored_once() -> None:
    text = pa.array(["1.50", "2"])
    batch = Batch({"a": Column(NUMBER, text=text, source=text)}, 2)
    record = BatchCoder({"a": NUMBER}).encode(batch)
    assert record.schema.names == ["field_0", "number", "forms", "more"]
    found = column_of(batch.column("a"), NUMBER)
    assert texts(found) == (["1.50", "2"], ["1.50", "2"], NUMBER)
    assert found.text is found.source


def test_a_source_that_is_the_text_but_for_missing_values_is_stored_once() -> None:
    column = Column(NUMBER, text=pa.array(["1.50", None]), source=pa.array(["1.50", ""]))
    assert texts(column_of(column, NUMBER)) == (["1.50", None], ["1.50", ""], NUMBER)
    record = BatchCoder({"a": NUMBER}).encode(Batch({"a": column}, 2))
    assert record.schema.names == ["field_0", "number", "forms", "more"]


def test_a_source_in_which_a_missing_text_stands_for_itself_comes_back() -> None:
    text = pa.array(["", "b"])
    found = column_of(Column(STRING, text=text, source=text), STRING)
    assert texts(found) == (["", "b"], ["", "b"], STRING)


@pytest.mark.parametrize("first", [True, False])
def test_another_source_comes_back(first: bool) -> None:
    given = Batch({"a": Column(NUMBER, values=[Decimal(1)], source=pa.array(["1 000"]))}, 1)
    plain = Batch({"a": Column(NUMBER, text=pa.array(["5"]), source=pa.array(["5"]))}, 1)
    order = [given, plain] if first else [plain, given]
    found = there_and_back(*order, codecs={"a": NUMBER})
    columns = [batch.column("a") for batch in (found if first else found[::-1])]
    assert texts(columns[0]) == (None, ["1 000"], NUMBER)
    assert texts(columns[1]) == (["5"], ["5"], NUMBER)
    assert columns[0].values == [Decimal(1)]


@given(st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), columns(field))))
def test_what_a_cast_gave_comes_back(case: tuple[dict[str, Any], list[str | None]]) -> None:
    field, cells = case
    codec = codec_for(field)
    source = pa.array(cells, pa.string())
    cast = codec.cast_text(codec.missing_to_null(source))
    column = Column.of_cast(codec, cast, source)
    found = column_of(column, codec)
    assert texts(found) == texts(column)
    assert same(found.values, column.values)


@given(st.lists(st.sampled_from(AWKWARD_VALUES) | values(), max_size=5), st.booleans())
def test_values_come_back_whether_they_fit_or_not(found: list[Any], checked: bool) -> None:
    codec = ANY if checked else None
    column = column_of(Column(codec, values=found), ANY)
    assert same(column.values, found)
    assert column.codec is codec
    assert not same([*column.values, 1], found)


@pytest.mark.parametrize("value", AWKWARD_VALUES, ids=lambda value: type(value).__name__)
def test_a_column_of_one_value_comes_back(value: Any) -> None:
    assert same(
        column_of(Column(values=[value, None, value]), INTEGER).values, [value, None, value]
    )


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("integer", [1, None, -(2**63)]),
        ("number", [Decimal("0.0000012"), None]),
        ("boolean", [True, None]),
        ("date", [datetime.date(1, 1, 1), None]),
        ("time", [datetime.time(1, 2, 3, 4), None]),
        ("datetime", [datetime.datetime(1, 1, 1, 0, 0, 0, 7), None]),  # noqa: DTZ001 - naive is meant
        ("string", ["a", "", None]),
    ],
)
def test_an_arrow_array_comes_back_as_its_values(type: str, values: list[Any]) -> None:
    codec = codec_for({"type": type})
    column = Column(codec, arrow=codec.values_to_arrow(values))
    assert column.only_arrow is not None
    found = column_of(column, codec)
    assert same(found.values, values)
    assert found.codec is codec


def test_an_arrow_array_of_another_type_comes_back_as_its_values() -> None:
    array = pa.array([1.5, None])
    assert same(column_of(Column(ANY, arrow=array), ANY).values, [1.5, None])


def test_a_column_that_fits_another_type_keeps_that() -> None:
    day = codec_for(
        {"type": "date", "format": "%d/%m/%Y", "constraints": {"minimum": "01/01/2000"}}
    )
    found = column_of(Column(day, text=pa.array(["31/12/2026"])), STRING)
    assert texts(found) == (["31/12/2026"], None, day)


def test_keys_that_are_not_in_the_schema_come_back() -> None:
    batch = Batch.from_rows([{"a": 1, "b": (1,)}, {"a": 2}, {"a": 3, "b": None, 4: "c"}], ["a"])
    (found,) = there_and_back(batch, codecs={"a": INTEGER})
    assert found.extras == {"b": [(1,), ABSENT, None], 4: [ABSENT, ABSENT, "c"]}
    assert found.rows() == [{"a": 1, "b": (1,)}, {"a": 2}, {"a": 3, "b": None, 4: "c"}]


@pytest.mark.parametrize(
    "narrow",
    [
        lambda batch: batch,
        lambda batch: batch.slice(1, 3),
        lambda batch: batch.filter([True, False, True, True]),
        lambda batch: batch.take([3, 0, 3]),
        lambda batch: batch.slice(1, 4).filter([True, False, True]),
        lambda batch: batch.slice(0, 0),
    ],
)
def test_row_numbers_come_back(narrow: Any) -> None:
    batch = narrow(Batch({"a": Column(values=[1, 2, 3, 4])}, 4, first_row=8001))
    (found,) = there_and_back(batch, codecs={"a": INTEGER})
    expected = [batch.number(index) for index in range(batch.length)]
    assert [found.number(index) for index in range(found.length)] == expected
    assert found.length == batch.length
    again = found.slice(1, 2)
    assert [again.number(index) for index in range(again.length)] == expected[1:2]


def test_rows_may_be_given_other_numbers() -> None:
    coder = BatchCoder({"a": INTEGER})
    record = coder.encode(Batch({"a": Column(values=[1, 2])}, 2))
    batch = coder.decode(record, [9, 5])
    assert [batch.number(0), batch.number(1)] == [9, 5]


@given(
    st.lists(
        st.lists(st.sampled_from(AWKWARD_VALUES), min_size=1, max_size=3), min_size=1, max_size=5
    ),
    st.randoms(),
)
def test_rows_of_several_batches_may_be_mixed_by_another_engine(
    parts: list[list[Any]], order: Any
) -> None:
    coder = BatchCoder({"a": INTEGER})
    records = [coder.encode(Batch({"a": Column(values=part)}, len(part))) for part in parts]
    records += [
        coder.encode(
            Batch({"a": Column(INTEGER, text=pa.array(["01"]), source=pa.array(["01"]))}, 1)
        )
    ]
    expected = [value for part in parts for value in part] + [1]
    table = pa.Table.from_batches(records)
    indices = list(range(len(expected)))
    order.shuffle(indices)
    (record,) = table.take(indices).combine_chunks().to_batches()
    found = coder.decode(record)
    assert same(found.column("a").values, [expected[index] for index in indices])
    assert found.column("a").codec in (None, INTEGER)


def test_the_rows_may_pass_through_a_database() -> None:
    coder = BatchCoder({"a": INTEGER, "A": STRING})
    batch = Batch.from_rows([{"a": 2, "A": "x\0y"}, {"a": [1], "A": None, "b": "é"}], ["a", "A"])
    records = pa.Table.from_batches([coder.encode(batch)])
    database = duckdb.connect()
    database.register("records", records)
    found = database.sql("select * from records order by number desc").to_arrow_table()
    (record,) = found.combine_chunks().to_batches()
    assert coder.decode(record).rows() == [
        {"a": [1], "A": None, "b": "é"},
        {"a": 2, "A": "x\0y"},
    ]


def test_rows_that_are_changed_later_are_stored_as_they_were() -> None:
    row = {"a": [1], "b": "x"}
    batch = Batch.from_rows([row], ["a", "b"])
    coder = BatchCoder({"a": ANY, "b": STRING})
    record = coder.encode(batch)
    row["a"].append(2)
    row["b"] = "y"
    assert coder.decode(record).rows() == [{"a": [1], "b": "x"}]


def test_the_schema_can_be_had_before_the_first_batch() -> None:
    coder = BatchCoder({"a": NUMBER})
    schema = coder.schema
    source = pa.array(["1,5"])
    batches = [
        Batch({"a": Column(values=[Decimal("1.50"), 2])}, 2),
        Batch({"a": Column(NUMBER, values=[Decimal("1.5")], source=source)}, 1),
    ]
    found = [BatchCoder.of_schema(schema).decode(coder.encode(batch)) for batch in batches]
    assert coder.schema is schema
    assert same(found[0].column("a").values, [Decimal("1.50"), 2])
    assert texts(found[1].column("a")) == (None, ["1,5"], NUMBER)


class Own(str):
    __slots__ = ()


def test_an_object_without_exact_text_is_refused_with_its_place() -> None:
    coder = BatchCoder({"a": ANY, "b": ANY})
    batch = Batch({"a": Column(values=[1, 1]), "b": Column(values=[1, OrderedDict(x=1)])}, 2, 7)
    with pytest.raises(RowError) as caught:
        coder.encode(batch)
    assert str(caught.value) == (
        f"the value {OrderedDict(x=1)!r} cannot be stored exactly: its type is"
        " collections.OrderedDict\n"
        "     row 8, field 'b'\n"
        "  fix: make it a value of a type of Python's own,"
        " such as a list, a dict, a str or a number."
    )


def test_an_extra_without_exact_text_is_refused_with_its_place() -> None:
    batch = Batch.from_rows([{"a": 1}, {"a": 1, "b": 1, "c": Own("x")}], ["a"])
    with pytest.raises(RowError) as caught:
        BatchCoder({"a": ANY}).encode(batch)
    assert "     row 2, field 'c'\n" in str(caught.value)


def test_any_object_goes_where_it_may_be_pickled() -> None:
    batch = Batch.from_rows([{"a": Own("x"), "b": Own("y")}], ["a"])
    (found,) = there_and_back(batch, codecs={"a": ANY}, pickles=True)
    assert found.rows() == [{"a": Own("x"), "b": Own("y")}]
    assert type(found.rows()[0]["a"]) is Own
    assert type(found.rows()[0]["b"]) is Own


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {b"other": b""},
        {b"dataflows:batches": b"1"},
        {b"dataflows:batches": b"[0,[]]"},
        {b"dataflows:batches": b"[1,[[1]]]"},
        {b"dataflows:batches": b'[1,[["a",[{"type":"integer"},[""]],["text","own"]]]]'},
        {b"dataflows:batches": b'[1,[["a",[{"type":"nothing"},[""]],["text","own",false]]]]'},
    ],
)
def test_another_schema_is_refused(metadata: Any) -> None:
    with pytest.raises(ValueError):
        BatchCoder.of_schema(pa.schema([("field_0", pa.string())], metadata=metadata))


def test_nothing_of_a_text_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> Any:
        raise NotColumnar(repr(arguments))

    for method in ("cast", "parse", "text_to_values", "text_to_arrow", "cast_text"):
        monkeypatch.setattr(NUMBER, method, refuse)
    text = pa.array(["1", "2", "x"])
    (batch,) = there_and_back(
        Batch({"a": Column(NUMBER, text=text, source=text)}, 3), codecs={"a": NUMBER}
    )
    assert texts(batch.column("a")) == (["1", "2", "x"], ["1", "2", "x"], NUMBER)
    assert [b - a for a, b in pairwise([batch.number(0), batch.number(1), batch.number(2)])] == [
        1,
        1,
    ]
