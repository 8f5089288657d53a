from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ArgumentError, BudgetError, ProcessorError, ValidationError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processors.modifiers.validate import validate
from dataflows.processors.packages.update_schema import update_schema
from processor_contract import VIEWS, Watched

ROWS: list[dict[str, Any]] = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": None, "b": "y"}]
CONDITIONS: list[tuple[Any, ...]] = [
    ("a is not None and a < 2",),
    (lambda row: row["a"] == 1,),
    ("a", lambda value: value == 1),
]
LINES = [one[-1].__code__.co_firstlineno for one in CONDITIONS[1:]]
SHOWN = {
    CONDITIONS[0]: "'a is not None and a < 2'",
    CONDITIONS[1]: f"<lambda> (test_validate.py, line {LINES[0]})",
    CONDITIONS[2]: f"<lambda> (test_validate.py, line {LINES[1]})",
}
conditions = pytest.mark.parametrize("args", CONDITIONS, ids=["expression", "row", "value"])


def test_without_arguments_every_value_is_cast() -> None:
    def as_text(row: dict[str, Any]) -> None:
        row["a"] = "7"

    seen: list[Any] = []
    Flow(ROWS, as_text, validate(), lambda row: seen.append(row["a"])).process()
    assert seen == [7, 7, 7]


def test_a_value_that_does_not_fit_is_an_error_here() -> None:
    def as_text(row: dict[str, Any]) -> None:
        row["a"] = "0.5"

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, as_text, validate()).process()
    assert isinstance(caught.value.cause, ValidationError)
    assert caught.value.what == "'0.5' is not an integer\n  in {'a': '0.5', 'b': 'x'}"
    assert (caught.value.where.position, caught.value.where.row) == (3, 1)


def test_new_missing_values_become_none() -> None:
    rows = [["a", "-"], ["a", 0]]
    data = Flow(rows, update_schema(-1, missingValues=["-"]), validate()).results()[0]
    assert data == [[{"col0": "a", "col1": None}, {"col0": "a", "col1": 0}]]


def test_constraints_are_checked() -> None:
    fields = [{"name": "a", "type": "integer", "constraints": {"maximum": 1}}]
    step = update_schema(-1, fields=fields)
    data = Flow([{"a": 1}, {"a": 2}], step, validate(on_error=drop)).results()[0]
    assert data == [[{"a": 1}]]


@conditions
def test_a_row_that_is_refused_is_an_error(args: tuple[Any, ...]) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, validate(*args)).process()
    cause = caught.value.cause
    assert isinstance(cause, ValidationError)
    assert (cause.resource_name, cause.row, cause.index, cause.cast_error) == (
        "res_1",
        ROWS[1],
        1,
        None,
    )
    field = ", field 'a'" if len(args) == 2 else ""
    assert str(caught.value) == (
        f"{'2' if field else 'the row'} does not satisfy {SHOWN[args]}\n"
        "  in {'a': 2, 'b': 'y'}\n"
        f"  at processor 2 of 2: {validate(*args)!r}\n"
        f"     resource 'res_1', row 2{field}\n"
        "  fix: correct the row, or handle such rows with on_error=rejects()."
    )


@conditions
@pytest.mark.parametrize(
    ("on_error", "kept", "rejected"), [(drop, 1, 2), (clear, 1, 2), (ignore, 3, 0)]
)
def test_a_policy_decides(args: tuple[Any, ...], on_error: Any, kept: int, rejected: int) -> None:
    flow = Flow(ROWS, validate(*args, on_error=on_error))
    assert flow.results()[0] == [ROWS[:kept]]
    account = flow.run().accounts[1]
    assert (account.rows_in, account.rows_out, account.rejected) == (3, kept, rejected)


@conditions
def test_rejected_rows_go_to_a_resource_of_their_own(args: tuple[Any, ...]) -> None:
    step = validate(*args, on_error=rejects())
    data = Flow(ROWS, step).results()[0]
    field = "a" if len(args) == 2 else None
    assert data[0] == ROWS[:1]
    assert data[1] == [
        {
            "resource": "res_1",
            "processor": repr(step),
            "position": 2,
            "row_number": number,
            "field": field,
            "value": "2" if field and number == 2 else None,
            "reason": f"{shown} does not satisfy {SHOWN[args]}",
            "row": ROWS[number - 1],
        }
        for number, shown in zip((2, 3), ("2", "None") if field else ("the row",) * 2, strict=True)
    ]


def test_too_many_rejected_rows_stop_the_flow() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, validate("a == 1", on_error=rejects(max_rows=1))).process()
    assert isinstance(caught.value.cause, BudgetError)


def test_the_flow_stops_as_soon_as_too_many_rows_were_rejected() -> None:
    source = Watched([{"a": 2}] * 9, size=1, types={"a": "integer"})
    with pytest.raises(ProcessorError):
        Flow(source.link(), validate("a == 1", on_error=rejects(max_rows=2))).process()
    assert source.pulled == 3


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_policy_changes_in_a_row_is_kept(view: str) -> None:
    def policy(resource_name: str, row: dict[str, Any], index: int, error: Any) -> bool:
        row["a"] = 0
        return True

    source = Watched([{"a": 1}, {"a": 2}], view, types={"a": "integer"}).link()
    steps = validate("a == 1", on_error=policy), validate("a < 2")
    assert Flow(source, *steps).results()[0] == [[{"a": 1}, {"a": 0}]]


def test_a_function_of_four_arguments_decides() -> None:
    calls = []

    def policy(resource_name: str, row: dict[str, Any], index: int, error: Any) -> bool:
        calls.append((resource_name, dict(row), index, error))
        row["b"] = "seen"
        return index == 1

    data = Flow(ROWS, validate("a == 1", on_error=policy)).results()[0]
    assert data == [[ROWS[0], {"a": 2, "b": "seen"}]]
    assert calls == [("res_1", ROWS[1], 1, None), ("res_1", ROWS[2], 2, None)]


def test_an_object_with_five_arguments_decides() -> None:
    class Policy:
        def __init__(self) -> None:
            self.calls: list[Any] = []

        def __call__(self, name: str, row: Any, index: int, error: Any, field: Any) -> bool:
            self.calls.append((index, error, field and field.name))
            return False

    policy = Policy()
    assert Flow(ROWS, validate("a", lambda value: value == 1, on_error=policy)).results()[0] == [
        ROWS[:1]
    ]
    assert policy.calls == [(1, None, None), (2, None, None)]


def test_whatever_is_true_satisfies_a_condition() -> None:
    assert Flow(ROWS, validate(lambda row: row["b"])).results()[0] == [ROWS]


def test_other_resources_pass() -> None:
    flow = Flow([{"a": 1}], [{"a": 2}], validate("a == 1", resources="res_1"))
    assert flow.results()[0] == [[{"a": 1}], [{"a": 2}]]


def test_a_function_that_fails_is_reported_with_its_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, validate("a", lambda value: value > 0)).process()
    assert isinstance(caught.value.cause, TypeError)
    assert caught.value.where.row == 3


@pytest.mark.parametrize("args", [("aa > 1",), ("aa", bool)])
def test_an_unknown_field_is_refused_before_the_first_row(args: tuple[Any, ...]) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, validate(*args)).datastream()
    assert caught.value.what == "no field named 'aa'"
    assert caught.value.cause.fix == "did you mean 'a'? The fields here are: a, b."


@pytest.mark.parametrize(
    ("name", "example"), [("b", "\"b != ''\""), ("a", "'a > 0'"), ("day", "'day is not None'")]
)
def test_the_name_of_a_field_is_no_condition(name: str, example: str) -> None:
    types = {"a": "integer", "b": "string", "day": "date"}
    source = Watched([dict.fromkeys(types)], types=types)
    with pytest.raises(ProcessorError) as caught:
        Flow(source.link(), validate(name)).process()
    assert str(caught.value) == (
        f"{name!r} is a field of the type {types[name]!r}, not a condition\n"
        f"  at processor 2 of 2: validate({name!r})\n"
        "     resource 'data'\n"
        f"  fix: write validate({name!r}, function), or an expression such as {example}."
    )
    assert source.pulled == 0


@pytest.mark.parametrize("type_", ["boolean", "any"])
def test_the_name_of_a_field_that_may_be_true_is_a_condition(type_: str) -> None:
    source = Watched([{"ok": True}, {"ok": False}], types={"ok": type_}).link()
    assert Flow(source, validate("ok", on_error=drop)).results()[0] == [[{"ok": True}]]


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ((3,), "3"),
        (("a", "b"), "'a', 'b'"),
        ((3, bool), "3, <class 'bool'>"),
        ((1, 2, 3), "1, 2, 3"),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(args: tuple[Any, ...], shown: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        validate(*args)
    assert str(caught.value) == (
        f"validate cannot be called with {shown}\n"
        "  fix: write validate(), validate('qty > 0'), validate(function) "
        "or validate('qty', function)."
    )
