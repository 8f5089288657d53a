from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.groups import grouping
from dataflows.processors.joins.append_missing import append_missing
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows.head import head
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

NEW = [{"id": 2, "city": "Roma"}, {"id": 3, "city": "Oslo"}, {"id": None, "city": "?"}]
OLD = [{"id": 1, "city": "Bonn"}, {"id": 2, "city": "Rome"}]


def test_rows_with_a_new_key_or_none_come_after_those_that_are_there() -> None:
    step = append_missing("res_1", "id", "res_2", "id")
    data, package, _ = Flow(NEW, OLD, step).results()
    assert (data, package.resource_names) == ([[*OLD, *NEW[1:]]], ["res_2"])


def test_the_source_may_stay_and_others_pass() -> None:
    step = append_missing("res_1", "id", "res_3", "id", source_delete=False)
    assert Flow(NEW, [{"x": 1}], OLD, step).results()[0] == [NEW, [{"x": 1}], [*OLD, *NEW[1:]]]


def test_all_rows_with_the_same_new_key_are_appended() -> None:
    found = Flow(NEW[1:2] * 2, OLD, append_missing("res_1", "id", "res_2", "id")).results()[0]
    assert found == [[*OLD, NEW[1], NEW[1]]]


def test_fields_are_united_by_name_and_keys_go_into_keys() -> None:
    source = [{"number": 2, "size": 3, "tags": ["x"]}, {"number": 3, "size": 4, "tags": None}]
    target = [{"id": 2, "city": "Rome", "size": Decimal("1.5")}]
    step = append_missing("res_1", "number", "res_2", "id")
    data, package, _ = Flow(source, target, step).results()
    assert data == [
        [
            {"id": 2, "city": "Rome", "size": Decimal("1.5"), "tags": None},
            {"id": 3, "city": None, "size": Decimal(4), "tags": None},
        ]
    ]
    assert [field.type for field in package.resources[0].fields.fields] == [
        *("integer", "string", "number", "array"),
    ]


def test_the_primary_key_stays_where_it_is_the_key() -> None:
    for key, kept in ((["id"], ["id"]), (["id", "city"], [])):
        flow = Flow(
            NEW,
            OLD,
            set_primary_key(key, resources="res_2"),
            append_missing("res_1", "id", "res_2", "id"),
        )
        assert flow.process()[0].resources[0].fields.primary_key == kept


def test_no_rows_on_one_side() -> None:
    types = {"a": "integer"}
    for first, second in (([], [{"a": 1}]), ([{"a": 1}], []), ([], [])):
        sources = [
            Watched(rows, name=name, types=types)
            for rows, name in zip((first, second), "xy", strict=True)
        ]
        assert result_of(append_missing("x", "a", "y", "a"), *sources) == [[*second, *first]]


def test_the_account_balances() -> None:
    account = Flow(NEW, OLD, append_missing("res_1", "id", "res_2", "id")).run().accounts[2]
    assert [(t.resource, t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 3, 0, 0, 3),
        ("res_2", 2, 2, 4, 0),
    ]


def test_the_target_comes_as_it_is_asked_for() -> None:
    target = Watched([{"a": n} for n in range(9)], size=1, name="y", types={"a": "integer"})
    flow = Flow([{"a": 7}], target.link(), append_missing("res_1", "a", "y", "a"), head(2))
    assert (flow.results()[0], target.pulled) == ([[{"a": 0}, {"a": 1}]], 2)


def test_all_rows_come_when_a_later_step_stops_in_the_source(tmp_path: Path) -> None:
    step = append_missing("res_1", "id", "res_2", "id", source_delete=False)
    found = Flow(NEW, OLD, step, head(1, resources="res_1")).results()[0]
    assert found == [NEW[:1], [*OLD, *NEW[1:]]]
    Flow(NEW, OLD, step, dump_to_path(tmp_path), head(1)).process()
    lines = (tmp_path / "res_2.csv").read_text(encoding="utf-8").split()
    assert lines == ["id,city", "1,Bonn", "2,Rome", "3,Oslo", ",?"]


def test_a_row_that_does_not_fit_the_target_is_an_error_with_its_number() -> None:
    limited = set_type("city", type="string", constraints={"maxLength": 4}, resources="res_2")
    rows = [*NEW, {"id": 9, "city": "Madrid"}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, OLD, limited, append_missing("res_1", "id", "res_2", "id")).results()
    assert str(caught.value) == (
        "'Madrid' breaks the constraint maxLength=4\n"
        "  in {'id': 9, 'city': 'Madrid'}\n"
        "  at processor 4 of 4: append_missing('res_1', 'id', 'res_2', 'id')\n"
        "     resource 'res_2', row 4, field 'city'\n"
        "  fix: change the constraint 'maxLength' of the field."
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            append_missing("res_1", "id", "res_2", "ID"),
            (
                "no field named 'ID'\n"
                "  at processor 3 of 3: append_missing('res_1', 'id', 'res_2', 'ID')\n"
                "  fix: did you mean 'id'? The fields here are: id, city, size, other."
            ),
        ),
        (
            append_missing("res_1", "id", "res_2", "id"),
            (
                "the field 'size' of 'res_1' is a string, what it would be appended to,"
                " 'size' of 'res_2', is an integer\n"
                "  at processor 3 of 3: append_missing('res_1', 'id', 'res_2', 'id')\n"
                "  fix: make them alike before this:"
                " set_type('size', type='integer', resources='res_1')."
            ),
        ),
        (
            append_missing("res_1", "id", "res_2", "other"),
            (
                "two fields of 'res_1' would go into 'other': 'id' and 'other'\n"
                "  at processor 3 of 3: append_missing('res_1', 'id', 'res_2', 'other')\n"
                "  fix: leave one out before this: delete_fields(['other'], resources='res_1')."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    source = [{"id": 1, "size": "S", "other": 1}]
    target = [{"id": 1, "city": "Rome", "size": 1, "other": 1}]
    with pytest.raises(ProcessorError) as caught:
        Flow(source, target, step).datastream()
    assert str(caught.value) == message


def test_a_wrong_argument_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        append_missing("a", "{x", "b", "x")
    assert str(caught.value) == (
        "the key '{x' cannot be read: expected '}' before end of string\n"
        "  fix: name each field in braces: '{city}{day}'."
    )


keys = st.integers(0, 6) | st.none()


@given(
    source=st.lists(keys, max_size=12),
    target=st.lists(keys, max_size=12),
    view=st.sampled_from(VIEWS),
    spilled=st.booleans(),
)
def test_it_is_a_nested_loop(
    source: list[int | None], target: list[int | None], view: str, spilled: bool
) -> None:
    types = {"a": "integer", "at": "integer"}
    rows = [[{"a": a, "at": at} for at, a in enumerate(one)] for one in (source, target)]
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 1)
        (found,) = result_of(
            append_missing("x", "a", "y", "a"),
            Watched(rows[0], view, 2, "x", types),
            Watched(rows[1], view, 3, "y", types),
        )
    new = [row for row in rows[0] if row["a"] is None or row["a"] not in target]
    assert found == [*rows[1], *new]
