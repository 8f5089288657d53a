"""Sources that are Python objects: iterables of rows, and tables that speak Arrow."""

from __future__ import annotations

import datetime
from collections import OrderedDict, UserDict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows import Flow, ValidationError
from dataflows.errors import ProcessorError
from dataflows.iterables import iterable_loader, table_loader

if TYPE_CHECKING:
    from collections.abc import Iterator


def results(*links: Any) -> list[dict[str, Any]]:
    rows = Flow(*links).results()[0]
    assert len(rows) == 1
    return rows[0]


def types(*links: Any) -> dict[str, str]:
    """Return the types of the fields of the first resource."""
    package = Flow(*links).check().package
    return {field.name: field.type for field in package.resources[0].fields.fields}


def test_the_descriptor_says_what_is_there_and_no_more() -> None:
    assert Flow([{"a": 1, "b": "x"}]).results()[1].descriptor == {
        "profile": "data-package",
        "resources": [
            {
                "name": "res_1",
                "path": "res_1.csv",
                "profile": "tabular-data-resource",
                "schema": {
                    "fields": [
                        {"name": "a", "type": "integer", "format": "default"},
                        {"name": "b", "type": "string", "format": "default"},
                    ],
                    "missingValues": [""],
                },
            }
        ],
    }


def test_resources_are_numbered_and_never_collide() -> None:
    def without_first(package: Any) -> Any:
        package.pkg.remove_resource("res_1")
        yield package.pkg
        next(iter(package))
        yield from package

    rows = [{"a": 1}]
    assert Flow(rows, rows).check().package.resource_names == ["res_1", "res_2"]
    after = Flow(rows, rows, without_first, rows).results()[1]
    assert after.resource_names == ["res_2", "res_3"]
    named = Flow(iterable_loader(rows, name="mine"), rows).results()[1]
    assert named.resource_names == ["mine", "res_2"]


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"a": 1}], [{"a": 1}]),
        ([OrderedDict(a=1), UserDict(a=2)], [{"a": 1}, {"a": 2}]),
        ([[1, "x"], [2, "y"]], [{"col0": 1, "col1": "x"}, {"col0": 2, "col1": "y"}]),
        ([(1,), [2]], [{"col0": 1}, {"col0": 2}]),
        ([Point(1, 2)], [{"col0": 1, "col1": 2}]),
        ([[1, 2], [3]], [{"col0": 1, "col1": 2}, {"col0": 3, "col1": None}]),
        ([], []),
        ([{}], [{}]),
        ([[]], [{}]),
        pytest.param(({"a": n} for n in range(2)), [{"a": 0}, {"a": 1}], id="generator"),
        pytest.param(map(dict, [[("a", 1)]]), [{"a": 1}], id="map"),
    ],
    ids=repr,
)
def test_rows_may_be_dicts_lists_and_tuples(rows: Any, expected: list[dict[str, Any]]) -> None:
    assert results(rows) == expected


def test_the_fields_are_the_keys_of_the_first_row() -> None:
    rows = [{"b": 1, "a": 2}, {"a": 3}]
    assert results(rows) == [{"b": 1, "a": 2}, {"b": None, "a": 3}]


@pytest.mark.parametrize(
    ("given", "expected", "key"),
    [
        ([{"a": 3}, {"a": 4, "c": 5}, {"d": 6}], [{"a": 3}, {"a": 4}, {"a": None}], "c"),
        ([[1], [2, 3, 4], [5]], [{"col0": 1}, {"col0": 2}, {"col0": 5}], "col1"),
    ],
)
def test_keys_that_the_first_row_lacks_are_left_out_with_a_warning_and_counted(
    given: list[Any], expected: list[dict[str, Any]], key: str
) -> None:
    with pytest.warns(UserWarning, match="is left out") as told:
        found = results(given)
    text = (
        f"{key!r} is left out: the first row of 'res_1' does not have it; give that row all keys,"
        " such as None where there is no value"
    )
    assert found == expected
    assert [(str(one.message), one.filename) for one in told] == [(text, __file__)]
    with pytest.warns(UserWarning, match="is left out"):
        notes = Flow(given).run().notes
    rows = "1 row" if key == "col1" else "2 rows"
    assert notes == [
        (
            f"{rows} with keys (or cells) that the first row does not have, left out"
            " (step 1: list of rows)"
        )
    ]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1"], "string"),
        ([""], "string"),
        ([True], "boolean"),
        ([1, None], "integer"),
        ([1.5], "number"),
        ([Decimal(1)], "number"),
        ([1.5, Decimal(1)], "number"),
        ([[1]], "array"),
        ([{"a": 1}], "object"),
        ([datetime.date(2020, 1, 1)], "date"),
        ([datetime.datetime.fromisoformat("2020-01-01T00:00:00")], "datetime"),
        ([datetime.time(1)], "any"),
        ([datetime.timedelta(1)], "any"),
        ([{1}], "any"),
        ([b"x"], "any"),
        ([1, 1.5], "any"),
        ([1, "x"], "any"),
        ([1, True], "any"),
        ([None], "any"),
    ],
    ids=repr,
)
def test_the_type_of_a_field_is_that_of_its_python_values(values: list[Any], type_: str) -> None:
    assert types([{"a": value} for value in values]) == {"a": type_}


def test_values_are_cast_to_the_schema() -> None:
    rows = [{"f": 1.531, "s": "", "l": [1]}, {"f": None, "s": "x", "l": (1, 2)}]
    assert results(rows) == [
        {"f": Decimal("1.531"), "s": None, "l": [1]},
        {"f": None, "s": "x", "l": [1, 2]},
    ]


def test_a_tuple_among_the_first_values_empties_nothing() -> None:
    assert results([{"e": (1, 2)}, {"e": (3,)}]) in (
        [{"e": [1, 2]}, {"e": [3]}],
        [{"e": (1, 2)}, {"e": (3,)}],
    )


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            [5],
            (
                "Bad item 5: a row must be a dict, a list or a tuple\n"
                "  at processor 1 of 1: list of rows\n"
                "  fix: give one dict (or one list) a row."
            ),
        ),
        (
            [{"a": 1}, 5],
            (
                "row 2 of the source is not a dict as the first is: 5\n"
                "  at processor 1 of 1: list of rows\n"
                "  fix: give one dict (or one list) a row."
            ),
        ),
        (
            [{"a": 1}, [5]],
            (
                "row 2 of the source is not a dict as the first is: [5]\n"
                "  at processor 1 of 1: list of rows\n"
                "  fix: give one dict (or one list) a row."
            ),
        ),
        (
            [[1], {"a": 5}],
            (
                "row 2 of the source is not a list as the first is: {'a': 5}\n"
                "  at processor 1 of 1: list of rows\n"
                "  fix: give one dict (or one list) a row."
            ),
        ),
        (
            [{"a": 1}] * 300 + [None],
            (
                "row 301 of the source is not a dict as the first is: None\n"
                "  at processor 1 of 1: list of rows\n"
                "     resource 'res_1'\n"
                "  fix: give one dict (or one list) a row."
            ),
        ),
    ],
    ids=lambda value: repr(value)[-30:],
)
def test_what_is_no_row_is_refused_with_its_number(rows: Any, text: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        results(rows)
    assert str(caught.value) == text


def test_a_later_value_that_does_not_fit_is_an_error_and_loses_nothing() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow({"a": i if i < 150 else "x"} for i in range(200)).results()
    assert isinstance(caught.value.cause, ValidationError)
    assert str(caught.value) == (
        "'x' is not an integer\n"
        "  in {'a': 'x'}\n"
        "  at processor 1 of 1: generator <genexpr> of rows\n"
        "     resource 'res_1', row 151, field 'a'\n"
        "  fix: give the field one type in every row of the source, or put a value of each type"
        " among its first 100 rows."
    )
    with pytest.raises(ProcessorError) as caught:
        results([{"a": 1}] * 150 + [{"a": 1.5}])
    assert (caught.value.where.row, caught.value.where.field) == (151, "a")


def test_the_callers_rows_are_never_changed() -> None:
    rows = [{"a": 1.5, "b": [1]}, {"a": 2.5}]
    before = [dict(row) for row in rows]

    def change(row: dict[str, Any]) -> None:
        row["a"] = row["new"] = 0

    Flow(rows, change).process()
    assert rows == before


def test_what_is_inside_the_callers_rows_is_never_changed() -> None:
    rows = [{"l": [1], "o": {"k": [1]}, "x": [1]}, {"l": [2], "o": {}, "x": "text"}]

    def change(row: dict[str, Any]) -> None:
        row["l"].append(9)
        row["o"]["k"] = 9
        row["x"] += "9"

    flow = Flow(rows, change)
    expected = [
        {"l": [1, 9], "o": {"k": 9}, "x": [1, "9"]},
        {"l": [2, 9], "o": {"k": 9}, "x": "text9"},
    ]
    assert flow.results()[0] == flow.results()[0] == [expected]
    assert rows == [{"l": [1], "o": {"k": [1]}, "x": [1]}, {"l": [2], "o": {}, "x": "text"}]


def test_a_list_inside_a_row_may_be_yielded_again_and_again() -> None:
    def source() -> Iterator[dict[str, Any]]:
        seen: list[int] = []
        for number in range(200):
            seen.append(number)
            yield {"seen": seen}

    def again(rows: Any) -> Iterator[dict[str, Any]]:
        seen: list[int] = []
        for row in rows:
            seen.append(len(row["seen"]))
            yield {"seen": seen}

    made = results(source(), again)
    assert [len(row["seen"]) for row in made] == list(range(1, 201))
    assert made[1] == {"seen": [1, 2]}


def test_the_same_object_may_be_yielded_again_and_again() -> None:
    def dicts() -> Iterator[dict[str, Any]]:
        row: dict[str, Any] = {}
        for number in range(300):
            row["n"] = number
            yield row

    def lists() -> Iterator[list[int]]:
        row = [0]
        for number in range(300):
            row[0] = number
            yield row

    assert results(dicts()) == [{"n": number} for number in range(300)]
    assert results(lists()) == [{"col0": number} for number in range(300)]


class Failing:
    """An iterator that fails at one item, and gives more when asked again."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.number = 0

    def __iter__(self) -> Failing:
        return self

    def __next__(self) -> dict[str, Any]:
        self.number += 1
        if self.number == self.at:
            message = "broken"
            raise OSError(message)
        if self.number > 400:
            raise StopIteration
        return {"n": self.number}


@pytest.mark.parametrize("at", [1, 2, 99, 150, 399])
def test_a_source_that_fails_gives_its_own_error_and_is_blamed(at: int) -> None:
    flow = Flow(Failing(at), lambda row: row)
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert isinstance(caught.value.cause, OSError)
    assert str(caught.value.cause) == "broken"
    assert (caught.value.processor_name, caught.value.processor_position) == ("iterable_loader", 1)
    assert str(caught.value).splitlines()[:2] == [
        "OSError: broken",
        "  at processor 1 of 2: Failing of rows",
    ]
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert caught.value.what == (
        "the source has been read already: it is an iterator, which gives its rows once"
    )


def test_a_generator_can_be_looked_at_before_it_is_read_once() -> None:
    flow = Flow({"n": number} for number in range(200))
    assert flow.check()
    assert flow.check()
    assert len(flow.results()[0][0]) == 200
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert str(caught.value) == (
        "the source has been read already: it is an iterator, which gives its rows once\n"
        "  at processor 1 of 1: generator <genexpr> of rows\n"
        "  fix: give a list, or make the Flow anew for every run."
    )


def test_a_collection_can_be_read_again_and_again() -> None:
    class Rows:
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return ({"n": number} for number in range(200))

    flow = Flow(Rows())
    assert flow.results()[0] == flow.results()[0] == [[{"n": number} for number in range(200)]]


def test_nothing_is_read_before_a_flow_runs() -> None:
    seen = []

    def source() -> Iterator[dict[str, Any]]:
        seen.append("read")
        yield {"a": 1}

    flow = Flow(source())
    assert seen == []
    flow.process()
    assert seen == ["read"]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"i": st.integers(), "s": st.text(min_size=1, alphabet=st.characters(codec="utf-8"))}
        ),
        max_size=20,
    )
)
def test_rows_come_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    assert results(rows) == rows


TABLE = pa.table(
    {
        "i": pa.array([1, None], pa.int32()),
        "f": [1.5, None],
        "d": pa.array([Decimal("1.50"), None]),
        "s": ["x", None],
        "b": [True, None],
        "day": [datetime.date(2020, 1, 2), None],
        "l": [[1, 2], None],
    }
)
TABLE_ROWS = [
    {
        "i": 1,
        "f": Decimal("1.5"),
        "d": Decimal("1.50"),
        "s": "x",
        "b": True,
        "day": datetime.date(2020, 1, 2),
        "l": [1, 2],
    },
    dict.fromkeys(("i", "f", "d", "s", "b", "day", "l")),
]


def test_an_arrow_table_is_a_source_with_its_types() -> None:
    assert types(TABLE) == {
        "i": "integer",
        "f": "number",
        "d": "number",
        "s": "string",
        "b": "boolean",
        "day": "date",
        "l": "array",
    }
    flow = Flow(TABLE)
    assert flow.results()[0] == flow.results()[0] == [TABLE_ROWS]
    assert repr(flow) == "Flow(\n  pyarrow Table,\n)"


@pytest.mark.parametrize(
    ("array", "type_"),
    [
        (pa.array(["a", "a"]).dictionary_encode(), "string"),
        (pa.array(["a"], pa.large_string()), "string"),
        (pa.array(["a"], pa.string_view()), "string"),
        (pa.array([datetime.timedelta(1)]), "duration"),
        (pa.array([datetime.time(1)]), "time"),
        (pa.array([{"a": 1}]), "object"),
        (pa.array([b"x"]), "any"),
        (pa.array([None]), "any"),
        (pa.array([1], pa.uint64()), "integer"),
    ],
    ids=lambda value: str(getattr(value, "type", value)),
)
def test_arrow_types_have_their_table_schema_types(array: pa.Array, type_: str) -> None:
    table = pa.table({"a": array})
    assert types(table) == {"a": type_}
    assert [row["a"] for row in results(table)] == array.to_pylist()


def test_other_tables_are_sources_too() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert results(pd.DataFrame(rows)) == rows
    assert results(pl.DataFrame(rows)) == rows
    assert results(pl.DataFrame(rows).lazy().collect()) == rows
    with duckdb.connect() as connection:
        relation = connection.sql("select 1 as a, 'x' as b union all select 2, null order by a")
        flow = Flow(relation)
        assert flow.results()[0] == flow.results()[0] == [rows]


def test_a_data_frame_without_some_rows_has_no_more_columns() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert results(frame[frame.a > 1]) == [{"a": 2}, {"a": 3}]


def test_a_reader_of_batches_is_read_once() -> None:
    flow = Flow(pa.RecordBatchReader.from_stream(TABLE))
    assert flow.check()
    assert flow.results()[0] == [TABLE_ROWS]
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert caught.value.what == (
        "the source has been read already: it is an iterator, which gives its rows once"
    )


def test_a_flow_is_a_source_for_whoever_speaks_arrow_and_for_another_flow() -> None:
    inner = Flow([{"a": 1}])
    assert results(inner, lambda row: {"a": row["a"] + 1}) == [{"a": 2}]
    assert results(table_loader(inner, name="mine")) == [{"a": 1}]


def test_large_tables_come_in_batches_with_their_numbers() -> None:
    table = pa.table({"n": list(range(1, 40_001))})

    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 30_000:
            raise ValueError

    with pytest.raises(ProcessorError) as caught:
        results(table, fail)
    assert caught.value.where.row == 30_000


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (
            pd.DataFrame({"a": [1, "x"]}),
            (
                "pandas DataFrame has no form in Arrow: Could not convert 'x' with type str:"
                " tried to convert to int64; Conversion failed for column a with type object"
            ),
        ),
        (
            pl.Series("a", [1]),
            (
                "polars Series has no form in Arrow: Cannot import schema: ArrowSchema describes"
                " non-struct type int64"
            ),
        ),
    ],
    ids=["mixed column", "no table"],
)
def test_what_has_no_form_in_arrow_is_refused(table: Any, what: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        results(table)
    assert str(caught.value) == (
        f"{what}\n"
        f"  at processor 1 of 1: {what.partition(' has')[0]}\n"
        "  fix: give each column one type, or give its rows, such as frame.to_dict('records')."
    )


def test_the_types_of_data_frames_have_their_values() -> None:
    day = datetime.datetime.fromisoformat("2020-01-01T00:00:00")
    frame = pl.DataFrame(
        {
            "c": pl.Series(["a", None], dtype=pl.Categorical),
            "e": pl.Series(["a", None], dtype=pl.Enum(["a"])),
            "s": [{"x": 1}, None],
            "dt": [day, None],
            "du": [datetime.timedelta(1), None],
            "t": [datetime.time(1), None],
            "n": pl.Series([None, None]),
            "d": pl.Series([Decimal("1.5"), None], dtype=pl.Decimal(10, 2)),
            "i": pl.Series([1, None], dtype=pl.Int8),
            "l": pl.Series([[1, 2], None], dtype=pl.Array(pl.Int64, 2)),
        }
    )
    first = {
        "c": "a",
        "e": "a",
        "s": {"x": 1},
        "dt": day,
        "du": datetime.timedelta(1),
        "t": datetime.time(1),
        "n": None,
        "d": Decimal("1.50"),
        "i": 1,
        "l": [1, 2],
    }
    assert results(frame) == [first, dict.fromkeys(first)]
    pandas_frame = pd.DataFrame(
        {
            "c": pd.Categorical(["a", None]),
            "n": pd.array([1, None], dtype="Int64"),
            "f": [1.5, float("nan")],
            "b": pd.array([True, None], dtype="boolean"),
            "td": pd.to_timedelta(["1 day", None]),
            "d": pd.to_datetime(["2020-01-01", None]),
        }
    )
    first = {
        "c": "a",
        "n": 1,
        "f": Decimal("1.5"),
        "b": True,
        "td": datetime.timedelta(1),
        "d": day,
    }
    assert results(pandas_frame) == [first, dict.fromkeys(first)]


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.table([[1], [2], [3]], names=["a", "b", "a"])
    with pytest.raises(ProcessorError) as caught:
        results(table)
    assert str(caught.value) == (
        "two columns of the table are named 'a'\n"
        "  at processor 1 of 1: pyarrow Table\n"
        "  fix: give every column a name of its own."
    )


@pytest.mark.parametrize("key", [1, None, ("a", "b"), b"a"])
def test_a_key_that_is_no_text_is_refused_before_the_first_row(key: object) -> None:
    rows: list[Any] = [{"a": 1, key: 2}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows).check()
    assert str(caught.value) == (
        f"the first row has the key {key!r}: the name of a field is a text\n"
        "  at processor 1 of 1: list of rows\n"
        f"  fix: write it as {str(key)!r}."
    )
