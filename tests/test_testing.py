from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from dataflows import (
    DataStreamProcessor,
    Flow,
    add_field,
    filter_rows,
    rejects,
    set_primary_key,
    set_type,
    sort_rows,
    validate,
)
from dataflows.errors import ArgumentError, FlowError, ProcessorError
from dataflows.testing import assert_flow, assert_schema, rows_of, source_of
from dataflows.testing.row_differences import row_differences
from strategies import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": 1}, {"city": "Lima", "qty": 7}]


def unchanged(row: dict[str, Any]) -> None:
    assert row


def failure(*args: Any, **options: Any) -> str:
    """Return what `assert_flow` says of a flow that gives other rows."""
    with pytest.raises(AssertionError) as caught:
        assert_flow(*args, **options)
    return str(caught.value)


def refusal(call: Callable[..., Any], *args: Any, **options: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        call(*args, **options)
    return str(caught.value)


# What may be tested


def double(row: dict[str, Any]) -> None:
    row["qty"] *= 2


def doubled(source: Flow) -> Flow:
    return Flow(source, double)


def fixed() -> Flow:
    return Flow([{"qty": 4}])


class Doubling(DataStreamProcessor):  # type: ignore[misc] # the class of users is not typed
    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "qty": row["qty"] * 2}


@pytest.mark.parametrize(
    "flow", [double, [double], (double, unchanged), Flow(double), doubled, Doubling()]
)
def test_a_step_several_steps_a_flow_and_a_function_of_one_are_run_on_the_rows(flow: Any) -> None:
    assert_flow([{"qty": 2}, {"qty": 3}], flow, [{"qty": 4}, {"qty": 6}])
    assert failure([{"qty": 2}], flow, [{"qty": 5}]) == (
        "the flow does not give the expected rows\n  row 1, field 'qty': expected 5, got 4"
    )


def test_a_flow_may_have_a_source_of_its_own() -> None:
    assert_flow(None, fixed, [{"qty": 4}])
    assert_flow(None, fixed(), [{"qty": 4}])
    assert_flow(Flow([{"qty": 2}]), double, [{"qty": 4}])
    assert_flow(source_of([{"qty": "2"}], {"qty": "integer"}), double, [{"qty": 4}])


def test_resources_go_in_and_come_out_by_name() -> None:
    flow = set_type("qty", type="string", resources="b", transform=str)
    input = {"a": [{"qty": 1}], "b": [{"qty": 2}]}
    assert_flow(input, flow, {"a": [{"qty": 1}], "b": [{"qty": "2"}]})
    assert failure(input, flow, {"a": [{"qty": 1}], "b": [{"qty": 2}]}) == (
        "the flow does not give the expected rows\n"
        "  resource 'b', row 1, field 'qty': expected 2 (int), got '2' (str)"
    )
    assert failure(input, flow, {"a": [{"qty": 2}], "bb": []}) == (
        "the flow does not give the expected rows\n"
        "  resource 'bb' is missing: did you mean 'b'? The resources here are: a, b.\n"
        "  resource 'b' is unexpected, with 1 row\n"
        "  resource 'a', row 1, field 'qty': expected 2, got 1"
    )
    assert failure(input, flow, [{"qty": 1}]) == (
        "one resource is expected, the flow gives 2: a, b\n"
        "  fix: write the output by resource: {'name': rows}."
    )


def test_an_input_that_was_forgotten_is_asked_for() -> None:
    assert failure(None, unchanged, ROWS) == (
        "one resource is expected, the flow gives 0\n"
        "  fix: give the rows that go in, or a source, as the first argument."
    )


def test_rejected_rows_are_compared_in_the_fields_that_are_named() -> None:
    flow = set_type("qty", type="integer", on_error=rejects())
    rows = [{"qty": "1"}, {"qty": "x"}]
    assert_flow(rows, flow, [{"qty": 1}])
    assert_flow(rows, flow, {"res_1": [{"qty": 1}], "rejects": [{"row_number": 2, "value": "x"}]})
    assert failure(rows, flow, {"res_1": [{"qty": 1}], "rejects": [{"row_number": 3}]}) == (
        "the flow does not give the expected rows\n"
        "  resource 'rejects', row 1, field 'row_number': expected 3, got 2"
    )


def test_what_a_flow_raises_is_not_hidden() -> None:
    with pytest.raises(ProcessorError):
        assert_flow(ROWS, sort_rows("cty"), ROWS)


# What is different


def test_missing_and_unexpected_rows_are_told_in_order() -> None:
    assert failure(ROWS, unchanged, [*ROWS[:1], {"city": "Bonn", "qty": 2}, *ROWS[1:]]) == (
        "the flow does not give the expected rows\n  row 2 is missing: {'city': 'Bonn', 'qty': 2}"
    )
    assert failure(ROWS, unchanged, ROWS[1:]) == (
        "the flow does not give the expected rows\n"
        "  row 1 is unexpected: {'city': 'Rome', 'qty': 3}"
    )
    assert failure(ROWS, unchanged, []) == (
        "the flow does not give the expected rows\n"
        "  row 1 is unexpected: {'city': 'Rome', 'qty': 3}\n"
        "  row 2 is unexpected: {'city': 'Oslo', 'qty': 1}\n"
        "  row 3 is unexpected: {'city': 'Lima', 'qty': 7}"
    )
    assert failure(ROWS, filter_rows("qty > 9"), ROWS[:1]) == (
        "the flow does not give the expected rows\n  row 1 is missing: {'city': 'Rome', 'qty': 3}"
    )


def test_a_row_that_moved_and_changed_is_told_by_both_numbers() -> None:
    assert failure(ROWS, unchanged, [{"city": "Oslo", "qty": 2}, ROWS[2]]) == (
        "the flow does not give the expected rows\n"
        "  row 1 is unexpected: {'city': 'Rome', 'qty': 3}\n"
        "  row 2 (expected as row 1), field 'qty': expected 2, got 1"
    )


def test_fields_are_told_once_with_the_nearest_name() -> None:
    expected = [{"city": "Rome", "qyt": 3}, {"city": "Oslo", "qyt": 1}, {"city": "X", "qyt": 7}]
    assert failure(ROWS, unchanged, expected) == (
        "the flow does not give the expected rows\n"
        "  field 'qyt' is missing: did you mean 'qty'? The fields here are: city, qty.\n"
        "  field 'qty' is unexpected\n"
        "  row 3, field 'city': expected 'X', got 'Lima'"
    )


def test_the_order_counts_unless_it_is_said_not_to() -> None:
    assert_flow(ROWS, sort_rows("qty"), ROWS, ignore_order=True)
    assert failure(ROWS, sort_rows("qty"), ROWS) == (
        "the flow does not give the expected rows\n"
        "  the rows are the same, but in another order (ignore_order=True takes any order):"
        " row 1 is {'city': 'Oslo', 'qty': 1}, expected {'city': 'Rome', 'qty': 3}"
    )
    changed = [{"city": "Lima", "qty": 8}, ROWS[0], ROWS[1], ROWS[1]]
    assert failure(ROWS, unchanged, changed, ignore_order=True) == (
        "the flow does not give the expected rows\n"
        "  row 3 (expected as row 1), field 'qty': expected 8, got 7\n"
        "  row 4 is missing: {'city': 'Oslo', 'qty': 1}"
    )


def test_long_values_are_shown_where_they_differ() -> None:
    text = "x" * 300
    assert failure([{"a": f"{text}1{text}"}], unchanged, [{"a": f"{text}2"}]) == (
        "the flow does not give the expected rows\n"
        f"  row 1, field 'a': expected …{'x' * 20}2', got …{'x' * 20}1{'x' * 59}…"
    )
    numbers = list(range(100))
    assert failure([{"a": numbers}], unchanged, [{"a": [0, *numbers]}]) == (
        "the flow does not give the expected rows\n"
        f"  row 1, field 'a': expected {repr([0, *numbers])[:80]}…, got {repr(numbers)[:80]}…"
    )


def test_many_differences_are_counted() -> None:
    rows = [{"n": number} for number in range(2000)]
    told = failure(rows, unchanged, [{"n": number + 1} for number in range(2000)]).splitlines()
    assert told[1:] == ["  row 1 is unexpected: {'n': 0}", "  row 2,000 is missing: {'n': 2000}"][
        :0
    ] + [f"  row {n + 1}, field 'n': expected {n + 1}, got {n}" for n in range(20)] + [
        "  … and 1,980 more differences"
    ]


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (1.1, Decimal("1.1"), True),
        (1, Decimal("1.0"), True),
        (1, True, False),
        (True, True, True),
        (float("nan"), Decimal("NaN"), True),
        ((1, 2), [1, 2], True),
        ([1.5], [Decimal("1.5")], True),
        ({"a": [1]}, {"a": (1,)}, True),
        ({"a": True}, {"a": 1}, False),
        (None, "", False),
        ("1", 1, False),
        (datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), False),  # noqa: DTZ001 - naive
        (bytearray(b"a"), bytearray(b"a"), True),
    ],
)
def test_values_are_compared_as_a_person_reads_them(expected: Any, got: Any, same: bool) -> None:
    lines = row_differences([{"a": expected}], [{"a": got}], ["a"], ignore_order=False)
    assert (lines == []) == same


rows_of_digits = st.lists(
    st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.none() | st.integers(0, 2)}), max_size=7
)


def in_some_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(f"{row['a']} {row['b']}" for row in rows)


@given(rows_of_digits, rows_of_digits, st.booleans())
def test_no_line_means_the_same_rows(
    left: list[dict[str, Any]], right: list[dict[str, Any]], ignore_order: bool
) -> None:
    lines = row_differences(left, right, ["a", "b"], ignore_order=ignore_order)
    if ignore_order:
        assert (lines == []) == (in_some_order(left) == in_some_order(right))
    else:
        assert (lines == []) == (left == right)


@given(rows_of_digits, rows_of_digits, st.booleans())
def test_missing_and_unexpected_rows_balance(
    left: list[dict[str, Any]], right: list[dict[str, Any]], ignore_order: bool
) -> None:
    lines = row_differences(left, right, ["a", "b"], ignore_order=ignore_order)
    counts = [sum(word in line for line in lines) for word in ("is unexpected", "is missing")]
    assert counts[0] - counts[1] == len(right) - len(left)


# Schemas


def test_the_types_of_the_output_are_compared() -> None:
    assert_flow(ROWS, unchanged, ROWS, schema={"city": "string", "qty": "integer"})
    told = failure(ROWS, unchanged, ROWS, schema={"qty": "number", "town": "string"})
    assert told == (
        "the flow does not give the expected schema\n"
        "  field 'qty': type: expected 'number', got 'integer'\n"
        "  field 'town' is missing: the fields here are: city, qty.\n"
        "  field 'city' is unexpected"
    )
    assert failure(ROWS, unchanged, ROWS, schema={"qty": "integer", "city": "string"}) == (
        "the flow does not give the expected schema\n"
        "  the fields are in another order: expected qty, city; got city, qty"
    )


def test_the_whole_descriptor_can_be_expected_in_what_it_says() -> None:
    flow = [set_type("qty", constraints={"minimum": 1}), set_primary_key(["city"])]
    fields = [
        {"name": "city"},
        {"name": "qty", "type": "integer", "constraints": {"minimum": 1}},
    ]
    assert_flow(ROWS, flow, ROWS, schema={"fields": fields, "primaryKey": ["city"]})
    assert failure(ROWS, unchanged, ROWS, schema={"fields": fields, "primaryKey": ["city"]}) == (
        "the flow does not give the expected schema\n"
        "  field 'qty': constraints: expected {'minimum': 1}, got none\n"
        "  primaryKey: expected ['city'], got none"
    )


def test_the_schemas_of_resources_are_expected_by_name() -> None:
    input = {"a": [{"x": 1}], "b": [{"y": 1}]}
    schema = {"a": {"x": "integer"}, "b": {"y": "string"}}
    assert failure(input, unchanged, input, schema=schema) == (
        "the flow does not give the expected schema\n"
        "  resource 'b', field 'y': type: expected 'string', got 'integer'"
    )


def test_the_schema_of_the_input_is_there_without_rows() -> None:
    assert_flow([], sort_rows("qty"), [], input_schema={"qty": "integer"})
    assert_flow([{"qty": "2"}], double, [{"qty": 4}], input_schema={"qty": "integer"})
    assert_flow(
        {"a": [{"x": 1}], "b": []},
        sort_rows("y", resources="b"),
        {"a": [{"x": 1}], "b": []},
        input_schema={"b": {"y": "date"}},
    )


ONE_DICT_A_ROW = "write one dict a row: [{'city': 'Rome'}]."


@pytest.mark.parametrize(
    ("args", "options", "what", "fix"),
    [
        ((ROWS, unchanged, 5), {}, "output must be a list of rows, got 5", ONE_DICT_A_ROW),
        (
            ({"a": "x"}, unchanged, []),
            {},
            "input['a'] must be a list of rows, got 'x'",
            ONE_DICT_A_ROW,
        ),
        (
            (None, doubled, []),
            {},
            "doubled (test_testing.py, line …) needs a source, and there is no input",
            "give the rows that go in as the first argument.",
        ),
        (
            ([], lambda one: 5, []),
            {},
            "<lambda> (test_testing.py, line …) returned 5, not a Flow",
            "let it return a Flow; a step has one parameter, named row, rows or package.",
        ),
        (
            ([], unchanged, []),
            {"input_schema": 5},
            "5 is no schema",
            "write the type of each field: {'city': 'string'}.",
        ),
        (
            ([], unchanged, []),
            {"input_schema": [{"type": "string"}]},
            "{'type': 'string'} is no field of a schema",
            "write {'name': 'city', 'type': 'string'}.",
        ),
        (
            ({"a": []}, unchanged, []),
            {"input_schema": {"b": "string"}},
            "the schema of the input is not one for each resource: {'b': 'string'}",
            "write it by resource: a.",
        ),
    ],
)
def test_wrong_arguments_are_refused(
    args: tuple[Any, ...], options: dict[str, Any], what: str, fix: str
) -> None:
    told = re.sub(r"line \d+", "line …", refusal(assert_flow, *args, **options))
    assert told == f"{what}\n  fix: {fix}"


def test_sources_need_rows() -> None:
    assert refusal(source_of, "rows", {"a": "string"}) == (
        "'rows' is not a list of rows\n  fix: give a list of dicts, one a row: [{'city': 'Rome'}]."
    )


# Schema snapshots


def test_a_schema_is_written_once_and_compared_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UPDATE", raising=False)
    assert_schema([ROWS], "schemas/sales.json")
    assert json.loads((tmp_path / "schemas/sales.json").read_text()) == {
        "fields": [
            {"name": "city", "type": "string", "format": "default"},
            {"name": "qty", "type": "integer", "format": "default"},
        ],
        "missingValues": [""],
    }
    assert_schema(Flow(ROWS), "schemas/sales.json")
    changed = [ROWS, add_field("seen", "boolean"), set_type("qty", constraints={"minimum": 1})]
    with pytest.raises(AssertionError) as caught:
        assert_schema(changed, "schemas/sales.json")
    assert str(caught.value) == (
        "the schema is not the one in 'schemas/sales.json'\n"
        "  field 'qty': constraints: expected none, got {'minimum': 1}\n"
        "  field 'seen' is unexpected\n"
        "  fix: correct the flow, or if this is intended, write the file again: UPDATE=1 pytest."
    )
    assert_schema(changed, "schemas/sales.json", update=True)
    assert_schema(changed, "schemas/sales.json")
    monkeypatch.setenv("UPDATE", "1")
    assert_schema(Flow(ROWS), "schemas/sales.json")
    monkeypatch.delenv("UPDATE")
    assert_schema(Flow(ROWS), "schemas/sales.json")


def test_the_schemas_of_several_resources_are_kept_by_name(tmp_path: Path) -> None:
    file = tmp_path / "two.json"
    assert_schema([[{"a": 1}], [{"b": 2}]], file, update=False)
    assert_schema([[{"a": 1}], [{"b": 2}]], file, update=False)
    with pytest.raises(AssertionError) as caught:
        assert_schema([[{"a": 1}], [{"b": "x"}], [{"c": 1}]], file, update=False)
    assert str(caught.value).splitlines()[1:-1] == [
        "  resource 'res_2', field 'b': type: expected 'integer', got 'string'",
        "  resource 'res_3' is unexpected",
    ]
    with pytest.raises(AssertionError) as caught:
        assert_schema([[{"a": 1}]], file, update=False)
    assert str(caught.value).splitlines()[1:-1] == [
        "  resource 'res_2' is missing: did you mean 'res_1'? The resources here are: res_1."
    ]


def test_no_row_moves_for_a_schema(tmp_path: Path) -> None:
    def never(row: dict[str, Any]) -> None:
        raise AssertionError(row)

    assert_schema([ROWS, never], tmp_path / "schema.json")


@pytest.mark.parametrize("content", ["{", "[]", "5", '{"fields": [5]}', '{"resources": [{}]}'])
def test_a_file_that_holds_no_schema_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "schema.json"
    file.write_text(content)
    told = refusal(assert_schema, Flow(ROWS), file, update=False).splitlines()
    assert told[0].startswith(f"{str(file)!r} holds no schema: ")
    assert told[1:] == ["  fix: write it again: UPDATE=1 pytest."]


def test_only_a_flow_has_a_schema(tmp_path: Path) -> None:
    assert refusal(assert_schema, 5, tmp_path / "schema.json") == (
        "5 is not a Flow\n  fix: give a Flow: assert_schema(Flow(…), 'schemas/sales.json')."
    )


# Rows from a schema

LIMITS: list[dict[str, Any]] = [
    {"type": "integer", "constraints": {"minimum": 3, "maximum": "5"}},
    {"type": "integer", "constraints": {"minimum": 10**20}},
    {"type": "integer", "constraints": {"enum": ["1", 2], "unique": True}},
    {"type": "number", "constraints": {"minimum": "0.00005", "maximum": "0.00007"}},
    {"type": "number", "constraints": {"maximum": -(10**30)}},
    {"type": "number", "constraints": {"minimum": "1e15"}},
    {"type": "string", "constraints": {"minLength": 2, "maxLength": 3}},
    {"type": "string", "constraints": {"pattern": "[A-Z]{2}-[0-9]+", "maxLength": 8}},
    {"type": "string", "constraints": {"required": True, "unique": True}},
    {"type": "string", "format": "email", "constraints": {"minLength": 30}},
    {"type": "string", "format": "uri", "constraints": {"maxLength": 30}},
    {"type": "string", "format": "uuid", "constraints": {"unique": True}},
    {"type": "string", "format": "binary", "constraints": {"minLength": 8, "maxLength": 16}},
    {"type": "boolean", "constraints": {"required": True}},
    {"type": "date", "constraints": {"minimum": "2020-01-01", "maximum": "2020-01-03"}},
    {"type": "date", "format": "%d/%m/%Y", "constraints": {"minimum": "01/02/2020"}},
    {"type": "time", "constraints": {"minimum": "12:00:00"}},
    {"type": "datetime", "constraints": {"maximum": "2020-01-01T10:00:00Z"}},
    {
        "type": "datetime",
        "format": "%Y-%m-%dT%H:%M:%S%z",
        "constraints": {"minimum": "2020-01-01T10:00:00+0100"},
    },
    {"type": "year", "constraints": {"minimum": 1999, "unique": True}},
    {"type": "yearmonth", "constraints": {"minimum": "2019-11", "maximum": "2020-02"}},
    {"type": "duration", "constraints": {"minimum": "PT1H", "maximum": "P1D"}},
    {"type": "array", "constraints": {"minLength": 1, "maxLength": 2, "unique": True}},
    {"type": "object", "constraints": {"minLength": 1, "unique": True}},
    {"type": "geopoint", "constraints": {"unique": True}},
    {"type": "geojson", "constraints": {"minLength": 3}},
    {"type": "geojson", "format": "topojson"},
    {"type": "any", "constraints": {"enum": [1, "a", None]}},
]


@pytest.mark.parametrize("field", [*({"type": type} for type in TYPES), *LIMITS], ids=json.dumps)
def test_what_is_made_passes_validate(field: dict[str, Any]) -> None:
    schema = [{"name": "x", **field}, {"name": "other", "type": "string"}]

    @settings(max_examples=25)
    @given(rows_of(schema, max_size=8))
    def passes(rows: list[dict[str, Any]]) -> None:
        assert Flow(source_of(rows, schema), validate()).results()[0] == [rows]
        values = [row["x"] for row in rows if row["x"] is not None]
        constraints = field.get("constraints", {})
        if constraints.get("unique"):
            assert all(values.count(value) == 1 for value in values)
        if constraints.get("required"):
            assert len(values) == len(rows)

    passes()


def test_values_are_missing_where_they_may_be() -> None:
    rows = find(rows_of({"x": "date"}), lambda rows: rows == [{"x": None}])
    assert rows == [{"x": None}]

    @given(rows_of({"x": "date"}, missing=False))
    def never(rows: list[dict[str, Any]]) -> None:
        assert {"x": None} not in rows

    never()


def test_a_primary_key_is_unique_and_never_missing() -> None:
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "boolean"}]
    schema = {"fields": fields, "primaryKey": ["a", "b"]}

    @given(rows_of(schema, min_size=2))
    def is_key(rows: list[dict[str, Any]]) -> None:
        keys = [(row["a"], row["b"]) for row in rows]
        assert len(set(keys)) == len(rows) >= 2
        assert not any(None in key for key in keys)

    is_key()


def test_what_stands_for_a_missing_value_is_not_made() -> None:
    schema = {"fields": [{"name": "x"}], "missingValues": ["", "0"]}

    @given(rows_of(schema, missing=False))
    def has_values(rows: list[dict[str, Any]]) -> None:
        assert not [row for row in rows if row["x"] in ("", "0")]

    has_values()


def test_the_number_of_rows_is_bounded() -> None:
    @given(rows_of({"x": "integer"}, min_size=2, max_size=3))
    def is_bounded(rows: list[dict[str, Any]]) -> None:
        assert len(rows) in (2, 3)

    is_bounded()


def test_schemas_that_cannot_be_are_refused_at_the_call() -> None:
    with pytest.raises(FlowError) as caught:
        rows_of({"x": "integr"})
    assert str(caught.value).splitlines()[0] == "there is no type 'integr'"
    field = {"name": "x", "type": "integer", "constraints": {"enum": [1], "minimum": 2}}
    assert refusal(rows_of, [field]) == (
        "no value of enum=[1] fits the field 'x'\n  fix: correct the constraints of the field."
    )
    field["constraints"] = {"minimum": 5, "maximum": 4}
    assert refusal(rows_of, [field]) == (
        "no value fits the constraints of the field 'x': {'minimum': 5, 'maximum': 4}\n"
        "  fix: correct the constraints of the field."
    )
    assert refusal(rows_of, [{"name": "x"}, {"name": "x"}]) == (
        "two fields of the schema are named 'x'\n  fix: give every field a name of its own."
    )


def test_without_hypothesis_only_rows_of_is_refused() -> None:
    code = """
import sys
sys.modules["hypothesis"] = None
from dataflows.testing import assert_flow, rows_of
assert_flow([{"a": 1}], [], [{"a": 1}])
try:
    rows_of({"a": "string"})
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "rows_of needs Hypothesis, which is not installed\n"
        "  fix: run pip install 'dataflows[testing]'.\n"
    )


def test_a_failure_shows_the_line_of_the_test(tmp_path: Path) -> None:
    test = tmp_path / "test_sales.py"
    test.write_text(
        "import unittest\n"
        "from dataflows.testing import assert_flow\n"
        "class SalesTest(unittest.TestCase):\n"
        "    def test_sales(self):\n"
        "        assert_flow([{'a': 1}], [], [{'a': 2}])\n"
        "def test_sales():\n"
        "    assert_flow([{'a': 1}], [], [{'a': 2}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", str(test)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("E   AssertionError: the flow does not give the expected rows") == 2
    assert done.stdout.count("E     row 1, field 'a': expected 2, got 1") == 2
    assert "assert_flow.py" not in done.stdout


@pytest.mark.parametrize(
    "call",
    [
        "assert_flow([{'a': 1}], [], [{'a': 2}])",
        "assert_flow([{'a': 1}], [], [{'b': 2}], schema={'a': 'string'})",
        "assert_flow([{'a': 1}], [], 5)",
        "assert_flow([{'a': 1}], [{'b': 1}], [])",
        "assert_schema(5, 'sales.json')",
        "assert_schema([[{'b': 1}]], 'kept.json')",
        "rows_of({'a': 'intger'})",
        "source_of(5, {'a': 'integer'})",
    ],
)
def test_unittest_shows_the_line_of_the_test_and_none_of_ours(tmp_path: Path, call: str) -> None:
    assert_schema([[{"a": 1}]], tmp_path / "kept.json")
    (tmp_path / "sales.py").write_text(
        "import unittest\n"
        "from dataflows.testing import assert_flow, assert_schema, rows_of, source_of\n"
        "class SalesTest(unittest.TestCase):\n"
        "    def test_sales(self):\n"
        f"        {call}\n"
        "unittest.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "sales.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    places = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    assert places == [f'  File "{tmp_path}/sales.py", line 5, in test_sales']
