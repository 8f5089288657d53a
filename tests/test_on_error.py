"""What becomes of rows that do not fit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import (
    Flow,
    PackageWrapper,
    ValidationError,
    add_field,
    explode,
    extract_fields,
    flatten,
    load,
    rejects,
    set_type,
    split_field,
)
from dataflows.errors import ArgumentError, BudgetError, CastError, ProcessorError
from dataflows.iterables import iterable_loader
from dataflows.on_error import RejectedRows, clear, drop, ignore, raise_exception
from dataflows.package import Field

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"a": "1", "b": "x"}, {"a": "n/a", "b": "y"}, {"a": "3", "b": "z"}]


def to_integer(on_error: Any, **options: Any) -> Any:
    return set_type("a", type="integer", on_error=on_error, **options)


def rows_of(*links: Any, on_error: Any = None) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=on_error)[0]


@pytest.mark.parametrize("policy", [None, raise_exception])
def test_the_default_is_to_stop_at_the_first_row(policy: Any) -> None:
    with pytest.raises(ProcessorError) as caught:
        rows_of(ROWS, to_integer(policy))
    shown = "" if policy is None else "raise_exception"
    step = "set_type('a', type='integer', on_error=" + (shown or "None") + ")"
    assert str(caught.value) == (
        "'n/a' is not an integer\n"
        "  in {'a': 'n/a', 'b': 'y'}\n"
        f"  at processor 2 of 2: {step}\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: if it stands for a missing value,"
        " put update_schema('res_1', missingValues=['', 'n/a']) before it,"
        " or handle such rows with on_error=rejects()."
    )
    error = caught.value.cause
    assert isinstance(error, ValidationError)
    assert (error.resource_name, error.row, error.index) == ("res_1", ROWS[1], 1)
    assert isinstance(error.cast_error, CastError)
    assert list(error.cast_error.errors) == []


@pytest.mark.parametrize(
    ("policy", "expected", "rejected"),
    [
        (drop, [{"a": 1, "b": "x"}, {"a": 3, "b": "z"}], 1),
        (ignore, [{"a": 1, "b": "x"}, {"a": "n/a", "b": "y"}, {"a": 3, "b": "z"}], 0),
        (clear, [{"a": 1, "b": "x"}, {"a": None, "b": "y"}, {"a": 3, "b": "z"}], 0),
    ],
)
def test_ready_made_policies(policy: Any, expected: Any, rejected: int) -> None:
    flow = Flow(ROWS, to_integer(policy))
    assert flow.results(on_error=None)[0] == [expected]
    assert flow.run().accounts[1].rejected == rejected


def test_the_policies_answer_as_functions_of_scripts_do() -> None:
    row = {"a": "x"}
    error = CastError("odd")
    assert ignore("res_1", row, 0, error) is True
    assert drop("res_1", row, 0, error) is False
    assert clear("res_1", row, 0, error) is False
    assert clear("res_1", row, 0, error, Field({"name": "a"})) is True
    assert row == {"a": None}
    with pytest.raises(ValidationError):
        raise_exception("res_1", row, 0, error)


def test_the_last_cast_of_results_has_a_policy_too() -> None:
    def spoil(row: dict[str, Any]) -> None:
        if row["b"] == "y":
            row["a"] = "odd"

    links = (ROWS, set_type("a", type="any"), to_integer(clear), spoil)
    assert Flow(*links).results(on_error=drop)[0] == [[{"a": 1, "b": "x"}, {"a": 3, "b": "z"}]]
    assert rows_of(*links)[0][1] == {"a": "odd", "b": "y"}
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).results()
    assert str(caught.value).splitlines()[2] == "  at processor 5 of 5: results()"


def test_a_policy_of_four_arguments_sees_the_row_as_it_is() -> None:
    seen = []

    def policy(resource_name: str, row: dict[str, Any], index: int, error: Exception) -> bool:
        seen.append((resource_name, dict(row), index, str(error).splitlines()[0]))
        return index == 1

    assert rows_of(ROWS, to_integer(policy)) == [
        [{"a": 1, "b": "x"}, {"a": "n/a", "b": "y"}, {"a": 3, "b": "z"}]
    ]
    assert seen == [("res_1", {"a": "n/a", "b": "y"}, 1, "'n/a' is not an integer")]


def test_a_policy_of_five_arguments_gets_the_field() -> None:
    def policy(
        resource_name: str, row: dict[str, Any], index: int, error: Exception, field: Field
    ) -> bool:
        row[field.name] = f"{field.name} of type {field.type}"
        return True

    assert rows_of(ROWS, to_integer(policy))[0][1] == {"a": "a of type integer", "b": "y"}


class Collector:
    """A policy that is an object."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.names: list[str] = []

    def __call__(self, resource_name: str, row: Any, index: int, error: Any, field: Field) -> bool:
        self.names.append(field.name)
        return self.keep

    def method(self, resource_name: str, row: Any, index: int, error: Any) -> int:
        self.names.append("method")
        return self.keep


@pytest.mark.parametrize("keep", [True, False])
def test_objects_and_their_methods_may_be_policies(keep: bool) -> None:
    collector = Collector(keep)
    assert len(rows_of(ROWS, to_integer(collector))[0]) == 2 + keep
    assert len(rows_of(ROWS, to_integer(collector.method))[0]) == 2 + keep
    assert collector.names == ["a", "method"]


def test_a_policy_is_asked_about_every_field_of_a_row_that_does_not_fit() -> None:
    asked = []

    def policy(resource_name: str, row: Any, index: int, error: Any, field: Field) -> bool:
        asked.append((index, field.name))
        return field.name == "b"

    rows = [{"a": "x", "b": "y", "c": "1"}, {"a": "1", "b": "y", "c": "1"}]
    made = rows_of(rows, set_type("a|b|c", type="integer", on_error=policy))
    assert asked == [(0, "a"), (0, "b"), (1, "b")]
    assert made == [[{"a": 1, "b": "y", "c": 1}]]


def test_what_a_policy_sets_in_a_row_stays() -> None:
    def policy(resource_name: str, row: dict[str, Any], index: int, error: Exception) -> bool:
        row["a"] = -1
        row["b"] = "mended"
        row["why"] = "not a number"
        return True

    assert rows_of(ROWS, to_integer(policy)) == [
        [
            {"a": 1, "b": "x"},
            {"a": -1, "b": "mended", "why": "not a number"},
            {"a": 3, "b": "z"},
        ]
    ]


def test_an_error_of_a_policy_is_that_of_its_step() -> None:
    def policy(resource_name: str, row: Any, index: int, error: Any) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ProcessorError) as caught:
        rows_of(ROWS, to_integer(policy))
    assert isinstance(caught.value.cause, ZeroDivisionError)
    assert str(caught.value) == (
        "ZeroDivisionError\n"
        "  at processor 2 of 2: set_type('a', type='integer', on_error=policy)\n"
        f"     in policy (test_on_error.py, line {policy.__code__.co_firstlineno})\n"
        "     resource 'res_1', row 2, field 'a'"
    )


@pytest.mark.parametrize("policy", ["drop", 5, ["drop"]])
def test_what_is_no_policy_is_refused_at_the_call(policy: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        to_integer(policy)
    assert str(caught.value) == (
        f"on_error must be a policy, got {policy!r}\n"
        "  fix: use raise_exception, drop, ignore, clear, rejects() or a function"
        " (resource_name, row, index, error)."
    )
    with pytest.raises(ArgumentError):
        Flow(ROWS).results(on_error=policy)


REJECTED = {
    "resource": "res_1",
    "processor": "set_type('a', type='integer', on_error=rejects())",
    "position": 2,
    "row_number": 2,
    "field": "a",
    "value": "n/a",
    "reason": "'n/a' is not an integer",
    "row": {"a": "n/a", "b": "y"},
}


def test_rejected_rows_go_to_a_resource_of_their_own() -> None:
    flow = Flow(ROWS, to_integer(rejects()))
    rows, package, _ = flow.results()
    assert rows == [[{"a": 1, "b": "x"}, {"a": 3, "b": "z"}], [REJECTED]]
    assert package.resource_names == ["res_1", "rejects"]
    assert package.descriptor["resources"][1] == {
        "name": "rejects",
        "path": "rejects.csv",
        "profile": "tabular-data-resource",
        "schema": {
            "fields": [
                {"name": name, "type": type_, "format": "default"}
                for name, type_ in (
                    *(("resource", "string"), ("processor", "string"), ("position", "integer")),
                    *(("row_number", "integer"), ("field", "string"), ("value", "string")),
                    *(("reason", "string"), ("row", "object")),
                )
            ],
            "missingValues": [""],
        },
        "dataflows:rejects": True,
    }
    result = flow.run()
    assert result.rejects == [REJECTED]
    assert result.notes == ["1 rejected (step 2): field 'a': 'n/a' is not an integer"]


def test_a_row_is_rejected_once_however_many_fields_do_not_fit() -> None:
    rows = [{"a": "x", "b": "y"}]
    made = rows_of(rows, set_type("a|b", type="integer", on_error=rejects()))
    assert [len(one) for one in made] == [0, 1]
    assert made[1][0]["field"] == "a"


def test_rejected_rows_of_two_steps_come_together_and_are_told_once() -> None:
    rows = [{"a": "1"}, {"a": "q"}, {"a": "2.5"}, {"a": "2"}]
    flow = Flow(
        rows,
        set_type("a", type="number", on_error=rejects()),
        to_integer(rejects()),
    )
    made, package, _ = flow.results()
    assert made[0] == [{"a": 1}, {"a": 2}]
    told = {(one["position"], one["row_number"], one["value"]) for one in made[1]}
    assert told == {(2, 2, "q"), (3, 3, "2.5")}
    assert package.resource_names == ["res_1", "rejects"]
    assert [one["position"] for one in flow.run().rejects] == [2, 3]


def test_rejected_rows_may_have_names_of_their_own() -> None:
    rows = [{"a": "1"}, {"a": "q"}, {"a": "2.5"}]
    made, package, _ = Flow(
        rows,
        set_type("a", type="number", on_error=rejects(name="odd")),
        to_integer(rejects(name="broken")),
    ).results()
    assert package.resource_names == ["res_1", "odd", "broken"]
    assert [len(one) for one in made] == [1, 1, 1]


def test_steps_pass_rejected_rows_by_unless_they_name_them() -> None:
    def shout(row: dict[str, Any]) -> None:
        row["b"] = row["b"].upper()

    named = set_type("value", type="any", resources="rejects")
    flow = Flow(ROWS, to_integer(rejects()), shout, set_type("b", type="string"), named)
    rows, package, _ = flow.results()
    assert rows == [[{"a": 1, "b": "X"}, {"a": 3, "b": "Z"}], [REJECTED]]
    assert package.resources[1].fields.field("value")["type"] == "any"


def test_a_resource_that_has_the_name_of_the_rejected_rows_is_not_touched() -> None:
    named = iterable_loader(ROWS, name="rejects")
    with pytest.raises(ProcessorError) as caught:
        rows_of(named, to_integer(rejects()))
    assert str(caught.value) == (
        "there is a resource named 'rejects' already\n"
        "  at processor 2 of 2: set_type('a', type='integer', on_error=rejects())\n"
        "  fix: give the rejected rows another name: rejects(name='…')."
    )
    assert [len(one) for one in rows_of(named, to_integer(rejects(name="odd")))] == [2, 1]


def test_sources_after_rejected_rows_are_numbered_as_without_them() -> None:
    flow = Flow(ROWS, to_integer(rejects()), ROWS, to_integer(rejects()))
    rows, package, _ = flow.results()
    assert package.resource_names == ["res_1", "res_2", "rejects"]
    assert [len(one) for one in rows] == [2, 2, 2]


def test_rejected_rows_may_be_removed_and_are_told_all_the_same() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.remove_resource("rejects")
        yield package.pkg
        yield from (resource for resource in package if resource.res.name != "rejects")

    flow = Flow(ROWS, to_integer(rejects()), package)
    assert [len(one) for one in rows_of(flow)] == [2]
    assert flow.run().rejects == [REJECTED]


def test_rejected_rows_of_several_resources_come_together() -> None:
    made = rows_of(ROWS, ROWS, to_integer(rejects(), resources=None))
    assert [one["resource"] for one in made[2]] == ["res_1", "res_2"]


@pytest.mark.parametrize(
    ("limits", "good", "bad", "what"),
    [
        ({"max_rows": 2}, 5, 2, None),
        ({"max_rows": 2}, 5, 3, "3 rows were rejected, more than max_rows=2"),
        ({"max_rows": 0}, 0, 1, "1 row was rejected, more than max_rows=0"),
        ({"max_rate": 0.5}, 2, 2, None),
        ({"max_rate": 0.5}, 2, 3, "3 of 5 rows were rejected, more than max_rate=0.5"),
        ({"max_rate": 0.01}, 5000, 50, None),
        ({"max_rate": 0}, 5, 1, "1 of 6 rows were rejected, more than max_rate=0"),
        ({"max_rate": 1}, 0, 5, None),
    ],
)
def test_a_budget_bounds_the_rejected_rows(
    limits: dict[str, Any], good: int, bad: int, what: str | None
) -> None:
    rows = [{"a": "1"}] * good + [{"a": "x"}] * bad
    flow = Flow(rows, to_integer(rejects(**limits)))
    if what is None:
        assert flow.run().accounts[1].rejected == bad
        return
    with pytest.raises(ProcessorError) as caught:
        flow.process()
    assert isinstance(caught.value.cause, BudgetError)
    shown = ", ".join(f"{name}={value}" for name, value in limits.items())
    assert str(caught.value) == (
        f"{what}\n"
        f"  at processor 2 of 2: set_type('a', type='integer', on_error=rejects({shown}))\n"
        "     resource 'res_1'\n"
        "  fix: correct the data or allow more: the reasons are in the rejected rows."
    )


def test_a_rate_fails_early_once_enough_rows_were_seen() -> None:
    pulled = []

    def source() -> Any:
        for number in range(100_000):
            pulled.append(number)
            yield {"a": "x" if number > 2000 else "1"}

    with pytest.raises(ProcessorError) as caught:
        Flow(source(), to_integer(rejects(max_rate=0.1))).process()
    assert isinstance(caught.value.cause, BudgetError)
    assert len(pulled) < 50_000


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (
            {"max_rows": -1},
            (
                "max_rows must be a number, 0 or more, got -1\n"
                "  fix: give the number of rows that may be rejected."
            ),
        ),
        (
            {"max_rate": 1.5},
            (
                "max_rate must be a number from 0 to 1, got 1.5\n"
                "  fix: give a part of the rows: 0.01 is one in a hundred."
            ),
        ),
    ],
)
def test_a_budget_that_cannot_be_is_refused_at_the_call(limits: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        rejects(**limits)
    assert str(caught.value) == text


def test_a_policy_is_shown_as_it_was_called() -> None:
    assert repr(rejects()) == "rejects()"
    assert repr(rejects(max_rows=1, max_rate=0.5, name="odd")) == (
        "rejects(max_rows=1, max_rate=0.5, name='odd')"
    )


def test_many_rejected_rows_go_through_a_file_and_come_back_in_their_order() -> None:
    rows = [{"a": f"x{number}", "b": "long " * 20} for number in range(6000)]
    flow = Flow(rows, to_integer(rejects()))
    made = rows_of(flow)
    assert [one["row_number"] for one in made[1]] == list(range(1, 6001))
    assert made[1][-1]["row"] == rows[-1]
    assert len(flow.run().rejects) == 1000


def test_rejected_rows_are_written_to_disk_past_a_megabyte() -> None:
    kept = RejectedRows(rejects())
    kept.add({"a": 1})
    assert kept._file._rolled is False  # type: ignore[attr-defined] # what is tested
    kept.add({"a": "x" * (1 << 20)})
    assert kept._file._rolled is True  # type: ignore[attr-defined] # what is tested
    assert [row["a"] for row in kept] == [1, "x" * (1 << 20)]
    kept.close()


def test_rows_that_json_does_not_know_are_kept_readable() -> None:
    rows = [{"a": "x", "n": Decimal("1.50"), "t": None, "ok": True, "odd": {1}}]
    made = rows_of(rows, to_integer(rejects()))
    assert made[1][0]["row"] == {"a": "x", "n": "1.50", "t": None, "ok": True, "odd": "{1}"}
    assert json.loads(json.dumps(made[1])) == made[1]


cells = st.lists(st.sampled_from(["1", "22", "x", "", "1.5"]), min_size=1, max_size=60)


@given(cells, st.sampled_from(["drop", "clear", "rejects", "keep even"]))
@settings(max_examples=80)
def test_a_policy_decides_about_the_same_rows_however_they_are_batched(
    texts: list[str], name: str
) -> None:
    def keep_even(resource_name: str, row: Any, index: int, error: Any) -> bool:
        return index % 2 == 0

    policy = {"drop": drop, "clear": clear, "rejects": rejects()}.get(name, keep_even)
    rows = [{"n": number, "a": text} for number, text in enumerate(texts)]
    made = rows_of(rows, to_integer(policy))
    expected = []
    for number, text in enumerate(texts):
        if text in ("1", "22", ""):
            expected.append({"n": number, "a": int(text) if text else None})
        elif name == "clear":
            expected.append({"n": number, "a": None})
        elif name == "keep even" and number % 2 == 0:
            expected.append({"n": number, "a": text})
    assert made[0] == expected
    if name == "rejects":
        left = [number for number, text in enumerate(texts, 1) if text in ("x", "1.5")]
        assert [one["row_number"] for one in made[1]] == left


def test_what_is_ignored_keeps_the_value_that_it_had_also_where_the_source_is_read_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n3\n4\n")
    step = set_type("a", type="integer", constraints={"minimum": 4}, on_error=ignore)
    assert Flow(load(path), step).results(on_error=None)[0] == [[{"a": 3}, {"a": 4}]]


@pytest.mark.parametrize(
    ("step", "fix"),
    [
        (
            explode("tags", type="integer"),
            (
                "make the field a string: explode('tags', type='string'),"
                " or handle such rows with on_error=rejects()."
            ),
        ),
        (
            split_field("b", {"c": "integer", "d": "string"}),
            (
                "make the field a string: into={'c': 'string'},"
                " or handle such rows with on_error=rejects()."
            ),
        ),
        (
            extract_fields("n", "(?P<c>.+)", types={"c": "number"}),
            (
                "say how it is written: types={'c': 'string'}, then set_type('c', type='number',"
                " groupChar=','), or handle such rows with on_error=rejects()."
            ),
        ),
        (
            flatten("at", {"floor": "integer"}),
            (
                "make the field a string: keys={'floor': 'string'},"
                " or handle such rows with on_error=rejects()."
            ),
        ),
        (
            add_field("c", "integer", lambda row: row["b"]),
            "make the field a string: add_field('c', type='string', …)",
        ),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
def test_the_fix_names_the_option_of_the_step_that_gives_a_field_its_type(
    step: Any, fix: str
) -> None:
    rows = [{"b": "x y", "n": "1,200.5", "tags": ["x"], "at": {"floor": "x"}}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, step).process()
    assert caught.value.fix is not None
    assert caught.value.fix.removesuffix(".") == fix.removesuffix(".")
