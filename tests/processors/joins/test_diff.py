from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.groups import grouping
from dataflows.processors.joins.diff import diff
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.rows.head import head
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

OLD = [
    {"id": 1, "city": "Bonn", "size": 3},
    {"id": 2, "city": "Rome", "size": None},
    {"id": 3, "city": "Oslo", "size": 5},
    {"id": 4, "city": "Lima", "size": 6},
]
NEW = [
    {"id": 5, "city": "Baku", "size": 1},
    {"id": 4, "city": "Lima", "size": 6},
    {"id": 2, "city": "Roma", "size": 2},
    {"id": 3, "city": "Oslo", "size": None},
]
NAMES = ["change", "id", "changed", "old_city", "new_city", "old_size", "new_size"]
FOUND = [
    dict(zip(NAMES, row, strict=True))
    for row in [
        ("added", 5, None, None, "Baku", None, 1),
        ("changed", 2, ["city", "size"], "Rome", "Roma", None, 2),
        ("changed", 3, ["size"], "Oslo", "Oslo", 5, None),
        ("removed", 1, None, "Bonn", None, 3, None),
    ]
]


def test_what_was_added_changed_and_removed() -> None:
    data, package, _ = Flow(OLD, NEW, diff("res_1", "res_2", "id")).results()
    assert (data, package.resource_names) == ([FOUND], ["diff"])
    assert package.resources[0].fields.primary_key == ["id"]


def test_both_may_stay_and_the_differences_come_after_both() -> None:
    step = diff("res_1", "res_2", "id", name="changes", source_delete=False)
    data, package, _ = Flow(OLD, NEW, [{"x": 1}], step).results()
    assert package.resource_names == ["res_1", "res_2", "changes", "res_3"]
    assert data == [OLD, NEW, FOUND, [{"x": 1}]]


@pytest.mark.parametrize("delete", [True, False])
def test_the_new_resource_may_stand_before_the_old_one(delete: bool) -> None:
    found = Flow(NEW, OLD, diff("res_2", "res_1", "id", source_delete=delete)).results()[0]
    assert found[-1] == FOUND


def test_only_some_fields() -> None:
    found = Flow(OLD, NEW, diff("res_1", "res_2", "id", fields=["city"])).results()[0][0]
    names = NAMES[:5]
    assert [list(row) for row in found] == [names] * 3
    assert [(row["change"], row["id"]) for row in found] == [
        *(("added", 5), ("changed", 2), ("removed", 1)),
    ]


def test_a_key_of_several_fields_and_fields_of_one_side() -> None:
    old = [{"a": 1, "b": "x", "v": 1, "only": 1}, {"a": 1, "b": "y", "v": 1, "only": 1}]
    new = [{"b": "y", "a": 1, "v": 2, "more": 1}, {"b": "x", "a": 1, "v": 1, "more": 1}]
    assert Flow(old, new, diff("res_1", "res_2", ["a", "b"])).results()[0] == [
        [{"change": "changed", "a": 1, "b": "y", "changed": ["v"], "old_v": 1, "new_v": 2}]
    ]


def test_values_are_compared_as_values() -> None:
    one = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
    other = one.astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    old = [{"id": 1, "n": 1, "d": Decimal("1.50"), "t": one, "o": {"a": 1, "b": [1]}, "x": True}]
    new = [
        {
            "id": Decimal(1),
            "n": Decimal("1.0"),
            "d": Decimal("1.5"),
            "t": other,
            "o": {"b": [Decimal(1)], "a": 1},
            "x": 1,
        }
    ]
    step = diff("res_1", "res_2", "id")
    (found,) = Flow(old, set_type("x", type="any"), new, step).results()[0]
    assert [(row["id"], row["changed"]) for row in found] == [(Decimal(1), ["x"])]


def test_not_a_number_is_equal_to_itself() -> None:
    rows = [{"id": 1, "n": Decimal("NaN")}, {"id": 2, "n": Decimal("NaN")}]
    new = [rows[0], {"id": 2, "n": Decimal(0)}]
    (found,) = Flow(rows, new, diff("res_1", "res_2", "id")).results()[0]
    assert [(row["id"], row["changed"]) for row in found] == [(2, ["n"])]


def test_values_of_types_that_are_never_equal_are_changed() -> None:
    old, new = [{"id": 1, "n": "1"}, {"id": 2, "n": None}], [{"id": 1, "n": 1}, {"id": 2, "n": 0}]
    (found,) = Flow(old, new, diff("res_1", "res_2", "id")).results()[0]
    assert [(row["old_n"], row["new_n"]) for row in found] == [("1", 1), (None, 0)]


def test_no_rows_on_one_side() -> None:
    types = {"a": "integer", "v": "string"}
    row = {"a": 1, "v": "x"}
    for first, second, found in (
        ([], [row], ["added"]),
        ([row], [], ["removed"]),
        ([row], [row], []),
        ([], [], []),
    ):
        sources = [
            Watched(rows, name=name, types=types)
            for rows, name in zip((first, second), "xy", strict=True)
        ]
        (rows,) = result_of(diff("x", "y", "a"), *sources)
        assert [one["change"] for one in rows] == found


def test_the_account_balances() -> None:
    for order, names in (((OLD, NEW), ("res_1", "res_2")), ((NEW, OLD), ("res_2", "res_1"))):
        account = Flow(*order, diff(*names, "id")).run().accounts[2]
        found = {t.resource: (t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies}
        assert found == {"res_1": (4, 0, 0, 4), "res_2": (4, 0, 0, 4), "diff": (0, 4, 4, 0)}


def test_a_live_resource_stays_live() -> None:
    new = Watched([{"a": n} for n in range(9)], size=1, name="y", types={"a": "integer"})
    flow = Flow([{"a": 0}], new.link(), diff("res_1", "y", "a"), head(1))
    found = flow.results()[0]
    assert (found, new.pulled) == ([[{"change": "added", "a": 1, "changed": None}]], 2)


def test_all_rows_are_compared_when_a_later_step_stops(tmp_path: Path) -> None:
    step = diff("res_1", "res_2", "id", source_delete=False)
    assert Flow(OLD, NEW, step, head(1, resources="res_.")).results()[0] == [
        *(OLD[:1], NEW[:1], FOUND),
    ]
    Flow(OLD, NEW, step, dump_to_path(tmp_path), head(0)).process()
    lines = (tmp_path / "diff.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == [
        "added,5,,,Baku,,1",
        'changed,2,"[""city"", ""size""]",Rome,Roma,,2',
        'changed,3,"[""size""]",Oslo,Oslo,5,',
        "removed,1,,Bonn,,3,",
    ]


def test_the_differences_have_the_numbers_of_their_rows() -> None:
    step = diff("res_1", "res_2", "id")
    for change, number in (("'added'", 1), ("'changed'", 3), ("'removed'", 1)):
        limited = set_type(
            "change", type="string", constraints={"pattern": f"(?!{change[1:-1]}).*"}
        )
        with pytest.raises(ProcessorError) as caught:
            Flow(OLD, NEW, step, limited).results()
        assert caught.value.where.row == number


@pytest.mark.parametrize("delete", [True, False])
@pytest.mark.parametrize("most", [1, 250_000])
def test_two_rows_with_one_key_are_an_error_on_either_side(
    most: int, delete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", most)
    step = diff("res_1", "res_2", "id", source_delete=delete)
    for sources, name in (((OLD + OLD[1:], NEW), "res_1"), ((NEW, OLD + OLD[1:]), "res_2")):
        with pytest.raises(ProcessorError) as caught:
            Flow(*sources, step).results()
        assert str(caught.value) == (
            f"two rows of '{name}' have the key id=2: the rows 2 and 5\n"
            f"  at processor 3 of 3: diff('res_1', 'res_2', 'id', source_delete={delete})\n"
            f"     resource '{name}', row 5\n"
            "  fix: leave one of them out before this, with deduplicate() or filter_rows()."
        )


def test_a_row_without_a_key_is_an_error_on_either_side() -> None:
    rows = [{"a": 1, "b": 1}, {"a": 1, "b": None}]
    for sources, name in (((rows, rows[:1]), "res_1"), ((rows[:1], rows), "res_2")):
        with pytest.raises(ProcessorError) as caught:
            Flow(*sources, diff("res_1", "res_2", ["a", "b"])).results()
        assert str(caught.value) == (
            "the row has no value in its key 'b'\n"
            "  at processor 3 of 3: diff('res_1', 'res_2', ['a', 'b'])\n"
            f"     resource '{name}', row 2\n"
            "  fix: use fill_missing('b', …) or filter_rows('b is not None') before."
        )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            diff("res_1", "res_9", "id"),
            (
                "no resource is named 'res_9'\n"
                "  at processor 3 of 3: diff('res_1', 'res_9', 'id')\n"
                "  fix: did you mean 'res_2'? The resources here are: res_1, res_2."
            ),
        ),
        (
            diff("res_1", "res_2", "iid"),
            (
                "no field named 'iid'\n"
                "  at processor 3 of 3: diff('res_1', 'res_2', 'iid')\n"
                "  fix: did you mean 'id'? The fields here are: id, city, size."
            ),
        ),
        (
            diff("res_1", "res_2", "id", fields=["town"]),
            (
                "no field named 'town'\n"
                "  at processor 3 of 3: diff('res_1', 'res_2', 'id', fields=['town'])\n"
                "     resource 'res_1'\n"
                "  fix: the fields here are: id, city, size."
            ),
        ),
        (
            diff("res_1", "res_2", "id", name="res_2", source_delete=False),
            (
                "there is a resource named 'res_2' already\n"
                "  at processor 3 of 3: diff('res_1', 'res_2', 'id', name='res_2',"
                " source_delete=False)\n"
                "  fix: give the result another name: name='…'."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(OLD, NEW, step).datastream()
    assert str(caught.value) == message


def test_two_fields_of_one_name_are_refused() -> None:
    rows = [{"change": 1, "x": 1}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, rows, diff("res_1", "res_2", "change")).datastream()
    assert str(caught.value) == (
        "the differences would have two fields named 'change'\n"
        "  at processor 3 of 3: diff('res_1', 'res_2', 'change')\n"
        "  fix: give the field another name before this: rename_fields({'change': '…'})."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"key": "{a}{b}"},
            (
                "the key is a field or a list of fields, got '{a}{b}'\n"
                "  fix: write for instance 'id' or ['city', 'day']."
            ),
        ),
        (
            {"new_name": "a"},
            "the old and the new resource are both 'a'\n  fix: name two resources.",
        ),
        (
            {"fields": [3]},
            (
                "the fields are a list of names, got [3]\n"
                "  fix: write for instance fields=['price', 'stock']."
            ),
        ),
        (
            {"fields": ["id"]},
            (
                "the field 'id' is to be compared, and is the key\n"
                "  fix: leave it out of fields=, or out of the key."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        diff(**{"old_name": "a", "new_name": "b", "key": "id", **options})
    assert str(caught.value) == message


tables = st.dictionaries(
    st.integers(0, 9),
    st.tuples(st.integers(0, 2) | st.none(), st.lists(st.integers(0, 2), max_size=2)),
)


@given(
    old=tables,
    new=tables,
    size=st.integers(1, 3),
    view=st.sampled_from(VIEWS),
    spilled=st.booleans(),
    delete=st.booleans(),
)
def test_the_differences_make_the_new_rows_of_the_old_ones(
    old: dict[int, Any], new: dict[int, Any], size: int, view: str, spilled: bool, delete: bool
) -> None:
    types = {"k": "integer", "a": "integer", "b": "array"}
    sources = [
        Watched([{"k": k, "a": a, "b": b} for k, (a, b) in one.items()], view, size, name, types)
        for one, name in ((old, "x"), (new, "y"))
    ]
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 1)
        found = result_of(diff("x", "y", "k", source_delete=delete), *sources)[-1]
    made = dict(old)
    for row in found:
        if row["change"] == "removed":
            assert made.pop(row["k"]) == (row["old_a"], row["old_b"])
            continue
        assert (row["k"] in made) is (row["change"] == "changed")
        before = made.get(row["k"], (None, None))
        assert before == (row["old_a"], row["old_b"])
        made[row["k"]] = (row["new_a"], row["new_b"])
        if row["change"] == "changed":
            pairs = zip("ab", before, made[row["k"]], strict=True)
            assert row["changed"] == [name for name, one, other in pairs if one != other] != []
    assert made == new
    order = [k for k in new if old.get(k) != new[k]] + [k for k in old if k not in new]
    assert [row["k"] for row in found] == order
