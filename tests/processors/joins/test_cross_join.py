from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.joins.cross_join import cross_join
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows.head import head
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [{"size": "S"}, {"size": None}]
SHIRTS = [{"colour": "red"}, {"colour": "blue"}]
PAIRS = [
    {"colour": "red", "size": "S"},
    {"colour": "red", "size": None},
    {"colour": "blue", "size": "S"},
    {"colour": "blue", "size": None},
]


def test_every_row_stands_beside_every_row() -> None:
    data, package, _ = Flow(SIZES, SHIRTS, cross_join("res_1", "res_2")).results()
    assert (data, package.resource_names) == ([PAIRS], ["res_2"])


def test_the_source_may_stay() -> None:
    found = Flow(SIZES, SHIRTS, [{"x": 1}], cross_join("res_1", "res_2", source_delete=False))
    assert found.results()[0] == [SIZES, PAIRS, [{"x": 1}]]


def test_some_fields_with_other_names() -> None:
    sizes = [{"size": "S", "colour": "none"}]
    for fields, name in ((["size"], "size"), ("size", "size"), ({"fit": "size"}, "fit")):
        found = Flow(sizes, SHIRTS[:1], cross_join("res_1", "res_2", fields)).results()[0]
        assert found == [[{"colour": "red", name: "S"}]]


def test_no_rows_on_one_side_give_no_rows() -> None:
    types = {"a": "integer"}, {"b": "integer"}
    for first, second in (([], [{"b": 1}]), ([{"a": 1}], []), ([], [])):
        sources = [
            Watched(rows, name=name, types=one)
            for rows, name, one in zip((first, second), "xy", types, strict=True)
        ]
        assert result_of(cross_join("x", "y"), *sources) == [[]]


def test_the_account_balances() -> None:
    account = Flow(SIZES, SHIRTS, cross_join("res_1", "res_2")).run().accounts[2]
    assert [(t.resource, t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 2, 0, 0, 2),
        ("res_2", 2, 2, 4, 0),
    ]
    account = Flow([{"a": 1}], head(0), SHIRTS, cross_join("res_1", "res_2")).run().accounts[3]
    assert account.filtered == 2


def test_the_primary_key_goes() -> None:
    flow = Flow(SIZES, SHIRTS, set_primary_key(["colour"], "res_2"), cross_join("res_1", "res_2"))
    assert flow.process()[0].resources[0].fields.primary_key == []


def test_pairs_share_no_value_that_can_be_changed() -> None:
    def add(row: dict[str, Any]) -> None:
        row["tags"].append(row["n"])
        row["marks"].append(row["n"])

    sources = [{"tags": [0]}], [{"n": 1, "marks": []}, {"n": 2, "marks": []}]
    found = Flow(*sources, cross_join("res_1", "res_2"), add).results()[0]
    assert found == [
        [{"n": 1, "marks": [1], "tags": [0, 1]}, {"n": 2, "marks": [2], "tags": [0, 2]}]
    ]


def test_a_source_that_goes_on_and_is_changed_there_is_taken_as_it_was() -> None:
    def change(rows: Any) -> Any:
        for row in rows:
            if "tags" in row and "n" not in row:
                row["tags"].append("changed")
            yield row

    step = cross_join("res_1", "res_2", source_delete=False)
    assert Flow([{"tags": [0]}], [{"n": 1}], step, change).results()[0] == [
        [{"tags": [0, "changed"]}],
        [{"n": 1, "tags": [0]}],
    ]


def test_all_pairs_come_when_a_later_step_stops_in_the_source(tmp_path: Path) -> None:
    sizes = Watched(
        [{"size": n} for n in range(9)], size=1, name="sizes", types={"size": "integer"}
    )
    step = cross_join("sizes", "res_2", source_delete=False)
    flow = Flow(sizes.link(), SHIRTS, step, head(2, resources="sizes"))
    assert [len(rows) for rows in flow.results()[0]] == [2, 18]
    flow = Flow(sizes.link(), SHIRTS, step, dump_to_path(tmp_path), head(2))
    assert [len(rows) for rows in flow.results()[0]] == [2, 2]
    assert len((tmp_path / "sizes.csv").read_text(encoding="utf-8").splitlines()) == 10
    assert len((tmp_path / "res_2.csv").read_text(encoding="utf-8").splitlines()) == 19


def test_a_large_source_comes_in_parts() -> None:
    sources = [{"a": n} for n in range(40_000)], [{"b": 1}, {"b": 2}]
    found = Flow(*sources, cross_join("res_1", "res_2")).results()[0][0]
    assert [row["a"] for row in found] == [*range(40_000), *range(40_000)]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            cross_join("res_2", "res_1"),
            (
                "the target 'res_1' stands before the source 'res_2'\n"
                "  at processor 3 of 3: cross_join('res_2', 'res_1')\n"
                "  fix: load 'res_2' first, or swap them: cross_join('res_1', 'res_2')."
            ),
        ),
        (
            cross_join("sizes", "res_2"),
            (
                "no resource is named 'sizes'\n"
                "  at processor 3 of 3: cross_join('sizes', 'res_2')\n"
                "  fix: the resources here are: res_1, res_2."
            ),
        ),
        (
            cross_join("res_1", "res_2", ["sise"]),
            (
                "no field named 'sise'\n"
                "  at processor 3 of 3: cross_join('res_1', 'res_2', ['sise'])\n"
                "  fix: did you mean 'size'? The fields here are: size."
            ),
        ),
        (
            cross_join("res_1", "res_2", {"colour": "size"}),
            (
                "there would be two fields named 'colour'\n"
                "  at processor 3 of 3: cross_join('res_1', 'res_2', {'colour': 'size'})\n"
                "  fix: give the one of 'res_1' another name: fields={'…': 'size'}."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SIZES, SHIRTS, step).datastream()
    assert str(caught.value) == message


def test_a_wrong_argument_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        cross_join("a", "a")
    assert str(caught.value) == (
        "the source and the target are the same resource, 'a'\n"
        "  fix: make a copy of it first: duplicate(…)."
    )
    with pytest.raises(ArgumentError) as caught:
        cross_join("a", "b", {"x": 3})  # type: ignore[dict-item]  # the mistake under test
    assert str(caught.value) == (
        "the fields are a list or a dict of names, got {'x': 3}\n"
        "  fix: write for instance fields={'shirt_size': 'size'}."
    )


@given(
    source=st.lists(st.integers() | st.none(), max_size=5),
    target=st.lists(st.integers(), max_size=5),
    size=st.integers(1, 3),
    view=st.sampled_from(VIEWS),
)
def test_it_is_a_nested_loop(
    source: list[int | None], target: list[int], size: int, view: str
) -> None:
    sources = (
        Watched([{"a": value} for value in source], view, size, "x", {"a": "integer"}),
        Watched([{"b": value} for value in target], view, size, "y", {"b": "integer"}),
    )
    assert result_of(cross_join("x", "y"), *sources) == [
        [{"b": b, "a": a} for b in target for a in source]
    ]
