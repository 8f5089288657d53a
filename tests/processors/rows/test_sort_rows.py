from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError, SignatureError
from dataflows.flow import Flow
from dataflows.functions import describe_function
from dataflows.processors.loaders.load import load
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.sort_rows import sort_rows
from dataflows.spill import row_store
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROME = datetime.timezone(datetime.timedelta(hours=2))
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-3, 3)
    | st.sampled_from([2**53, 2**53 + 1, 2**63, 2**64, 2**64 + 1, -(2**70)]),
    "number": st.decimals(allow_nan=False, places=2)
    | st.decimals(allow_nan=False)
    | st.sampled_from([Decimal("1e-30"), Decimal(10**39 + 1), Decimal(10**39), Decimal("2e-30")]),
    # An empty text is a missing value, by the schema.
    "string": st.text(st.sampled_from("a!0\x00-é🌍"), min_size=1, max_size=4),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.sampled_from([datetime.UTC, ROME])),
    "array": st.lists(st.integers(0, 2), max_size=3),
}


def values_of(rows: list[Any], *steps: Any, field: str = "a") -> list[Any]:
    return [row[field] for row in Flow(rows, *steps).results(on_error=None)[0][0]]


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


def wanted(
    rows: list[dict[str, Any]], fields: list[str], reverse: list[bool], *, missing_first: bool
) -> list[dict[str, Any]]:
    """Return the rows as Python's own stable sort puts them, from the last field to the first."""
    found = list(rows)
    for field, backwards in reversed(list(zip(fields, reverse, strict=True))):
        present = [row for row in found if row[field] is not None]
        missing = [row for row in found if row[field] is None]
        # With reverse=True Python keeps the order of ties.
        present.sort(key=lambda row: row[field], reverse=backwards)
        found = missing + present if missing_first else present + missing
    return found


@pytest.mark.parametrize("memory_bytes", [1, 1 << 20], ids=["on disk", "in memory"])
@pytest.mark.parametrize("type_", CELLS)
def test_rows_are_in_the_order_that_python_gives_them(
    type_: str, memory_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_store, "MEMORY_BYTES", memory_bytes)
    cells = CELLS[type_] | st.none()
    row = st.fixed_dictionaries({"a": cells, "b": st.integers(0, 2) | st.none()})

    @settings(max_examples=12)
    @given(st.lists(row, max_size=12), st.data())
    def check(rows: list[dict[str, Any]], data: st.DataObject) -> None:
        numbered = [{**row, "number": number} for number, row in enumerate(rows)]
        fields = data.draw(st.sampled_from([["a"], ["a", "b"], ["b", "a"]]))
        reverse = data.draw(st.lists(st.booleans(), min_size=len(fields), max_size=len(fields)))
        missing = data.draw(st.sampled_from(["first", "last"]))
        types = {"a": type_, "b": "integer", "number": "integer"}
        # The text of a datetime in a file has no offset.
        views = [view for view in VIEWS if (view, type_) != ("text", "datetime")]
        view, size = data.draw(st.sampled_from(views)), data.draw(st.sampled_from([1, 3, 100]))
        source = Watched(numbered, view, size, types=types)
        (found,) = result_of(sort_rows(fields, reverse=reverse, missing=missing), source)
        assert found == wanted(numbered, fields, reverse, missing_first=missing == "first")

    check()


def test_rows_with_equal_keys_stay_in_their_order() -> None:
    rows = [{"a": number % 3, "n": number} for number in range(9)]
    assert values_of(rows, sort_rows("a"), field="n") == [0, 3, 6, 1, 4, 7, 2, 5, 8]
    assert values_of(rows, sort_rows("a", reverse=True), field="n") == [2, 5, 8, 1, 4, 7, 0, 3, 6]


def test_a3_a_text_stands_before_those_that_begin_with_it() -> None:
    rows = [{"a": text} for text in ("a0", "a-", "a!", "a")]
    assert values_of(rows, sort_rows("a")) == ["a", "a!", "a-", "a0"]
    assert values_of(rows, sort_rows("{a}")) == ["a", "a!", "a-", "a0"]


def test_a3_several_fields_are_compared_one_by_one() -> None:
    rows = [{"a": "ab", "b": "c"}, {"a": "a", "b": "bz"}]
    for key in (["a", "b"], "{a}{b}", ("a", "b"), lambda row: (row["a"], row["b"])):
        assert values_of(rows, sort_rows(key)) == ["a", "ab"]


def test_a3_long_numbers_do_not_tie() -> None:
    for numbers in (
        [2**53, 2**53 + 1, 2**64, 2**64 + 1, 10**39, 10**39 + 1],
        [Decimal("0." + "1" * 39 + digit) for digit in "123"],
    ):
        rows = [{"a": number} for number in reversed(numbers)]
        assert values_of(rows, sort_rows("a")) == numbers


def test_a3_missing_values_come_last_or_first_never_between() -> None:
    rows = [{"a": value} for value in (1, None, -1, 0)]
    assert values_of(rows, sort_rows("a")) == [-1, 0, 1, None]
    assert values_of(rows, sort_rows("a", reverse=True)) == [1, 0, -1, None]
    assert values_of(rows, sort_rows("a", missing="first")) == [None, -1, 0, 1]
    assert values_of(rows, sort_rows("a", reverse=True, missing="first")) == [None, 1, 0, -1]
    assert values_of(rows, sort_rows(lambda row: row["a"])) == [-1, 0, 1, None]


def test_what_is_not_a_number_comes_after_all_numbers() -> None:
    numbers = ["Infinity", "NaN", "1", "-Infinity"]
    rows = [{"a": Decimal(number)} for number in numbers]
    found = values_of(rows, sort_rows("a"))
    assert list(map(str, found)) == ["-Infinity", "1", "Infinity", "NaN"]


def test_a_format_sorts_by_its_text_and_plain_braces_by_the_value() -> None:
    rows = [{"a": number} for number in (10, 9, 100)]
    assert values_of(rows, sort_rows("{a}")) == [9, 10, 100]
    assert values_of(rows, sort_rows("{a!s}")) == [10, 100, 9]
    assert values_of(rows, sort_rows("{a:03}")) == [9, 10, 100]


def test_a_function_may_return_what_has_an_order() -> None:
    rows = [{"a": number} for number in (3, 1, 2)]
    keys: list[Callable[[dict[str, Any]], Any]] = [
        lambda row: -row["a"],
        lambda row: (None, -row["a"]),
        lambda row: datetime.date(2000, 1, 9 - row["a"]),
        lambda row: [[-row["a"]]],
        lambda row: str(9 - row["a"]),
        lambda row: {"b": -row["a"]},
    ]
    for key in keys:
        assert values_of(rows, sort_rows(key)) == [3, 2, 1]


def test_each_resource_is_sorted_on_its_own() -> None:
    first, second = [{"a": 2}, {"a": 1}], [{"a": 4}, {"a": 3}]
    assert Flow(first, second, sort_rows("a")).results()[0] == [first[::-1], second[::-1]]
    assert Flow(first, second, sort_rows("a", "res_2")).results()[0] == [first, second[::-1]]


def test_no_rows_one_row_and_only_missing_values() -> None:
    types = {"a": "integer"}
    assert result_of(sort_rows("a"), Watched([], types=types)) == [[]]
    assert values_of([{"a": 1}], sort_rows("a")) == [1]
    nothing: list[dict[str, Any]] = [{"a": None}, {"a": None}]
    assert result_of(sort_rows("a"), Watched(nothing, types=types)) == [nothing]


def test_keys_that_are_not_in_the_schema_travel_with_their_rows() -> None:
    def more(row: dict[str, Any]) -> None:
        row["more"] = -row["a"]

    seen = []
    Flow([{"a": 2}, {"a": 1}], more, sort_rows("a"), lambda row: seen.append(row["more"])).process()
    assert seen == [-1, -2]


def test_a_later_error_still_names_the_row_of_the_source() -> None:
    rows = [{"a": number} for number in (1, 3, 0, 2)]
    steps = filter_rows(lambda row: row["a"]), sort_rows("a", reverse=True)
    error = refusal(rows, *steps, lambda row: 1 / (row["a"] - 2) and None)
    assert "row 4" in error.splitlines()[2]


def test_the_arguments_of_0_5_12_are_taken() -> None:
    assert values_of([{"a": 1}, {"a": 2}], sort_rows("{a}", None, True, 0)) == [2, 1]
    assert values_of([{"a": 1}, {"a": 2}], sort_rows("{a}", reverse=1, batch_size=0)) == [2, 1]


def test_a_flow_runs_twice_with_the_same_result() -> None:
    flow = Flow([{"a": 2}, {"a": 1}], sort_rows("a"))
    assert flow.results()[0] == flow.results()[0] == [[{"a": 1}, {"a": 2}]]


def test_numbers_keep_the_text_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("a,b\n10,1.50\n9,2.0\n")
    (rows,) = Flow(load(path.as_posix()), sort_rows("a")).results()[0]
    assert [str(row["b"]) for row in rows] == ["2.0", "1.50"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"key": 5},
            (
                "a key is a field, a list of fields or a function, got 5\n"
                "  fix: write for instance sort_rows('city') or sort_rows(['a', 'b'])."
            ),
        ),
        (
            {"key": []},
            (
                "a key is a field, a list of fields or a function, got []\n"
                "  fix: write for instance sort_rows('city') or sort_rows(['a', 'b'])."
            ),
        ),
        (
            {"key": "{a"},
            (
                "the key '{a' cannot be read: expected '}' before end of string\n"
                "  fix: name each field in braces: '{city}{day}'."
            ),
        ),
        (
            {"key": "{}"},
            "the key '{}' names no field\n  fix: name each field in braces: '{city}{day}'.",
        ),
        (
            {"key": ["a", "b"], "reverse": [True]},
            (
                "reverse has 1 entries, the key 2\n"
                "  fix: give one True or False, or one for each field."
            ),
        ),
        (
            {"key": "a", "reverse": "desc"},
            (
                "reverse is True or False, or a list of these, got 'desc'\n"
                "  fix: write for instance reverse=True or reverse=[True, False]."
            ),
        ),
        (
            {"key": "a", "missing": "top"},
            (
                "missing='top' is none of 'first', 'last'\n"
                "  fix: write for instance missing='first'."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        sort_rows(**arguments)
    assert str(caught.value) == message


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"city": 1}], sort_rows(["city", "ctiy"])).datastream()
    assert str(caught.value) == (
        "no field named 'ctiy'\n"
        "  at processor 2 of 2: sort_rows(['city', 'ctiy'])\n"
        "     resource 'res_1'\n"
        "  fix: did you mean 'city'? The fields here are: city."
    )


def test_a_key_without_an_order_is_shown_with_its_row() -> None:
    assert refusal([{"a": 1}, {"a": 2}], sort_rows(lambda row: object)) == (
        "<class 'object'> is of the type type, which has no order\n"
        "  at processor 2 of 2: sort_rows(<lambda>)\n"
        "     resource 'res_1', row 1\n"
        "  fix: make the key a number, a text, a date or a list of such values."
    )


def test_a_value_that_does_not_fit_is_shown_with_its_row() -> None:
    def spoil(row: dict[str, Any]) -> None:
        if row["a"] == 2:
            row["a"] = "x"

    assert refusal([{"a": 1}, {"a": 2}], spoil, sort_rows("a")) == (
        "a value does not fit its field: 'x' is not an integer\n"
        "  at processor 3 of 3: sort_rows('a')\n"
        "     resource 'res_1', row 2, field 'a'\n"
        f"     the field was last set by processor 2 of 3: {describe_function(spoil)}\n"
        "  fix: use set_type('a', …) or validate() before this."
    )


def test_a_format_that_does_not_fit_is_shown_with_its_row() -> None:
    assert refusal([{"a": "x"}], sort_rows("{a:02d}")) == (
        "'x' cannot be formatted with '{a:02d}':"
        " Unknown format code 'd' for object of type 'str'\n"
        "  at processor 2 of 2: sort_rows('{a:02d}')\n"
        "     resource 'res_1', row 1, field 'a'\n"
        "  fix: change the format in the key, or use set_type('a', …) before this."
    )


def test_check_finds_a_misspelt_field_in_the_function() -> None:
    check = Flow([{"amount": 1}], sort_rows(lambda row: row["amuont"])).check()
    assert check.problems[0].startswith("no field named 'amuont'")


def test_arrays_and_objects_are_compared_part_by_part() -> None:
    arrays = [[2], None, [1, 2], [], [1, 10], [1]]
    assert values_of([{"a": one} for one in arrays], sort_rows("a")) == [
        *([], [1], [1, 2], [1, 10], [2], None)
    ]
    objects = [{"y": 1}, {"x": 10}, None, {"x": 2, "y": 5}, {"y": 3, "x": 2}, {"x": 2}]
    assert values_of([{"a": one} for one in objects], sort_rows("a")) == [
        *({"x": 2}, {"x": 2, "y": 3}, {"x": 2, "y": 5}, {"x": 10}, {"y": 1}, None)
    ]


def test_values_of_several_kinds_follow_each_other_by_kind() -> None:
    keys: dict[int, Any] = {1: "a", 2: datetime.date(2000, 1, 1), 3: 10, 4: "B", 5: 9}
    step = sort_rows(lambda row: keys[row["a"]])
    assert values_of([{"a": number} for number in keys], step) == [5, 3, 4, 1, 2]


@pytest.mark.parametrize(("option", "meant"), [("revers", "reverse"), ("ascending", "reverse")])
def test_an_option_of_another_name_is_refused_with_ours(option: str, meant: str) -> None:
    with pytest.raises(SignatureError) as caught:
        sort_rows("n", **{option: False})
    assert str(caught.value) == (
        f"sort_rows has no option {option!r}\n  fix: did you mean {meant!r}? "
        "The options here are: key, resources, reverse, batch_size, missing."
    )


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("-n", "'n', reverse=True"),
        (["city", "-n"], "['city', 'n'], reverse=[False, True]"),
    ],
)
def test_a_minus_that_is_to_turn_the_order_is_answered_with_reverse(key: Any, advice: str) -> None:
    assert refusal([{"city": "Rome", "n": 1}], sort_rows(key)) == (
        "no field named '-n'\n"
        f"  at processor 2 of 2: sort_rows({key!r})\n"
        "     resource 'res_1'\n"
        f"  fix: to sort from the largest to the smallest, write {advice}."
    )


def test_a_field_whose_name_begins_with_a_minus_is_a_field() -> None:
    assert values_of([{"-n": 2}, {"-n": 1}], sort_rows("-n"), field="-n") == [1, 2]
