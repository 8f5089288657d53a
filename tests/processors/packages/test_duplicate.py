from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import rejects
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.duplicate import duplicate
from dataflows.processors.packages.update_resource import update_resource
from dataflows.spill import spool
from processor_contract import ROWS, VIEWS, Watched

LETTERS = [{"a": 1}, {"a": 2}]
OTHERS = [{"b": "x"}]


@pytest.mark.parametrize(
    ("options", "names", "paths"),
    [
        ({}, ["res_1", "res_1_copy", "res_2"], ["res_1.csv", "res_1_copy.csv", "res_2.csv"]),
        (
            {"source": "res_2", "target_name": "b", "target_path": "data/b.csv"},
            ["res_1", "res_2", "b"],
            ["res_1.csv", "res_2.csv", "data/b.csv"],
        ),
        (
            {"duplicate_to_end": True},
            ["res_1", "res_2", "res_1_copy"],
            ["res_1.csv", "res_2.csv", "res_1_copy.csv"],
        ),
    ],
)
def test_the_copy_has_its_name_path_and_place(
    options: dict[str, Any], names: list[str], paths: list[str]
) -> None:
    data, package, _ = Flow(LETTERS, OTHERS, duplicate(**options)).results()
    assert package.resource_names == names
    assert [one["path"] for one in package.descriptor["resources"]] == paths
    rows = {"res_1": LETTERS, "res_1_copy": LETTERS, "res_2": OTHERS, "b": OTHERS}
    assert data == [rows[name] for name in names]


def test_the_copy_has_the_schema_and_what_else_is_known() -> None:
    flow = Flow(LETTERS, update_resource(None, title="Letters"), duplicate())
    one, other = flow.process()[0].descriptor["resources"]
    assert other == {**one, "name": "res_1_copy", "path": "res_1_copy.csv"}


@pytest.mark.parametrize("to_end", [True, False])
@pytest.mark.parametrize("memory_bytes", [0, 1 << 20])
@pytest.mark.parametrize("batch_size", [0, 1000])
def test_what_later_steps_do_to_the_one_is_not_seen_in_the_other(
    to_end: bool, memory_bytes: int, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WEAKNESSES A2: edits of the original leaked into the copy."""
    monkeypatch.setattr(spool.Spool.__init__, "__kwdefaults__", {"memory_bytes": memory_bytes})

    def change(rows: Any) -> Any:
        for row in rows:
            if rows.res.name == "res_1":
                row["tags"].append("x")
                row["a"] += 10
            yield row

    rows = [{"a": number, "tags": [number]} for number in range(3)]
    step = duplicate(batch_size=batch_size, duplicate_to_end=to_end)
    data = Flow(rows, step, change).results()[0]
    assert data == [
        [{"a": number + 10, "tags": [number, "x"]} for number in range(3)],
        [{"a": number, "tags": [number]} for number in range(3)],
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_both_have_all_rows_in_every_view(view: str) -> None:
    data = Flow(Watched(ROWS, view).link(), duplicate()).results(on_error=None)[0]
    assert data == [ROWS, ROWS]


@given(st.lists(st.fixed_dictionaries({"a": st.integers() | st.none()}), max_size=30))
def test_the_copy_is_the_same(rows: list[dict[str, Any]]) -> None:
    flow = Flow([{"a": 0}, *rows], duplicate())
    assert flow.results()[0] == [[{"a": 0}, *rows]] * 2
    assert flow.results()[0] == [[{"a": 0}, *rows]] * 2


def test_no_rows_give_no_rows_twice() -> None:
    assert Flow(Watched([]).link(), duplicate()).results()[0] == [[], []]


def test_keys_that_are_not_in_the_schema_are_copied_too() -> None:
    def more(row: dict[str, Any]) -> None:
        row["more"] = {row["a"]}

    assert Flow(LETTERS, more, duplicate()).results(on_error=None)[0][1] == [
        {"a": 1, "more": {1}},
        {"a": 2, "more": {2}},
    ]


def test_a_row_of_the_copy_keeps_its_number() -> None:
    rows = [{"a": "1"}, {"a": "2"}, {"a": "x"}]
    step = set_type("a", type="integer", resources="res_1_copy", on_error=rejects())
    (rejected,) = Flow(rows, duplicate(), step).results()[0][2]
    assert (rejected["resource"], rejected["row_number"]) == ("res_1_copy", 3)


def test_the_copy_is_whole_when_a_later_step_asks_for_part_of_the_source() -> None:
    def two(package: Any) -> Any:
        yield package.pkg
        for rows in package:
            yield islice(rows, 1) if rows.res.name == "data" else rows

    source = Watched(ROWS, size=1)
    data = Flow(source.link(), duplicate(), two).results(on_error=None)[0]
    assert data == [ROWS[:1], ROWS]


def test_the_source_may_be_read_on_after_the_copy() -> None:
    stream = Flow(Watched(ROWS, size=1).link(), duplicate()).datastream()
    source, copy = next(stream.res_iter), next(stream.res_iter)
    first = iter(source)
    found = [next(first)]
    assert list(copy) == ROWS
    assert [*found, *first] == ROWS


def test_rows_are_seen_before_the_next_is_asked_for() -> None:
    source = Watched(ROWS, size=1)
    resources = Flow(source.link(), duplicate()).datastream().res_iter
    next(iter(next(resources)))
    assert source.pulled == 1
    resources.close()
    assert source.closed


def test_the_account_says_that_the_copy_was_added() -> None:
    account = Flow(Watched(ROWS).link(), duplicate()).run().accounts[1]
    assert (account.rows_in, account.added, account.rows_out) == (5, 5, 10)


def test_copies_of_copies_have_names_of_their_own() -> None:
    flow = Flow(LETTERS, duplicate(), duplicate(), duplicate("res_1_copy"))
    data, package, _ = flow.results()
    assert package.resource_names == [
        *("res_1", "res_1_copy_2", "res_1_copy", "res_1_copy_copy"),
    ]
    assert data == [LETTERS] * 4


def test_an_unknown_source_is_refused_with_the_nearest() -> None:
    """PARITY 15: it did nothing."""
    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, duplicate("res1")).datastream()
    assert str(caught.value) == (
        "no resource is named 'res1'\n"
        "  at processor 2 of 2: duplicate('res1')\n"
        "  fix: did you mean 'res_1'? The resources here are: res_1."
    )


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, OTHERS, duplicate("res_1", "res_2")).datastream()
    assert str(caught.value) == (
        "there is a resource named 'res_2' already\n"
        "  at processor 3 of 3: duplicate('res_1', 'res_2')\n"
        "  fix: give the copy another name: target_name='…'."
    )


@pytest.mark.parametrize("options", [{"source": 1}, {"target_name": ""}, {"target_path": b"x"}])
def test_a_name_must_be_a_text(options: dict[str, Any]) -> None:
    ((option, value),) = options.items()
    with pytest.raises(ArgumentError) as caught:
        duplicate(**options)
    assert str(caught.value) == (
        f"{option} must be a text that is not empty, got {value!r}\n"
        f"  fix: write for instance {option}='sales'."
    )
