from __future__ import annotations

import datetime
import warnings
from collections import Counter
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.functions import describe_function
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.groups import grouping
from dataflows.processors.joins.join import join
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.modifiers.validate import validate
from dataflows.spill import row_store
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[dict[str, Any]]

MODES = ("inner", "half-outer", "full-outer")
SALES = [
    {"city": "Rome", "amount": 3},
    {"city": "Oslo", "amount": None},
    {"city": "Rome", "amount": 4},
    {"city": "Bonn", "amount": 1},
]
CITIES = [{"name": "Rome"}, {"name": "Lima"}, {"name": "Oslo"}]
TOTAL = {"total": {"name": "amount", "aggregate": "sum"}}


def joined(
    source: Rows, target: Rows, source_key: Any, target_key: Any, fields: Any = (), **options: Any
) -> Rows:
    step = join("res_1", source_key, "res_2", target_key, fields, **options)
    return Flow(source, target, step).results()[0][-1]


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).datastream()
    return str(caught.value)


@pytest.fixture(params=[False, True], ids=["in memory", "on disk"])
def _wherever_groups_are(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr(grouping, "MOST_GROUPS", 1)
        monkeypatch.setattr(grouping, "MOST_VALUES", 2)
        monkeypatch.setattr(row_store, "MEMORY_BYTES", 1)


wherever_groups_are = pytest.mark.usefixtures("_wherever_groups_are")


@wherever_groups_are
@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("inner", []),
        ("half-outer", [{"name": "Lima", "total": None}]),
        ("full-outer", [{"name": "Lima", "total": None}, {"name": "Bonn", "total": 1}]),
    ],
)
def test_a_mode_says_which_rows_come_out(mode: str, more: Rows) -> None:
    rome, oslo = {"name": "Rome", "total": 7}, {"name": "Oslo", "total": None}
    found = joined(SALES, CITIES, "city", "name", TOTAL, mode=mode)
    assert found == [rome, *more[:1], oslo, *more[1:]]


def naive(values: list[Any], aggregate: str) -> Any:
    """Return an aggregate of the values of a group, those missing left out."""
    kept = [value for value in values if value is not None]
    if aggregate in ("array", "set", "counters"):
        once = list(dict.fromkeys(kept))
        counts = sorted(Counter(kept).items(), key=lambda pair: -pair[1])
        return {"array": kept, "set": once, "counters": counts}[aggregate]
    if aggregate in ("count", "count_distinct"):
        return len(kept) if aggregate == "count" else len(set(kept))
    if not kept:
        return None
    mean = sum(kept) / Decimal(len(kept))
    spread = sum((value - mean) ** 2 for value in map(Decimal, kept))
    variance = spread / (len(kept) - 1) if len(kept) > 1 else None
    return {
        "sum": lambda: sum(kept),
        "avg": lambda: mean,
        "median": lambda: Decimal(median(map(Decimal, kept))),
        "min": lambda: min(kept),
        "max": lambda: max(kept),
        "first": lambda: kept[0],
        "last": lambda: kept[-1],
        "any": lambda: kept[-1],
        "mode": lambda: max(dict.fromkeys(kept), key=kept.count),
        "variance": lambda: variance,
        "stddev": lambda: None if variance is None else variance.sqrt(),
    }[aggregate]()


NAMES = (
    *("sum", "avg", "median", "min", "max", "first", "last", "any", "count", "count_distinct"),
    *("set", "array", "counters", "mode", "variance", "stddev"),
)


def close(one: Any, other: Any) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) < Decimal("1e-20")
    return bool(one == other)


@wherever_groups_are
@pytest.mark.parametrize("mode", MODES)
def test_a_join_is_a_nested_loop(mode: str) -> None:
    part = st.sampled_from([None, "a", "a:b", "b", "1", "None"])
    key = st.fixed_dictionaries({"k": part, "n": st.none() | st.integers(0, 1)})
    source_row = st.tuples(key, st.integers(-2, 2) | st.none())

    @settings(max_examples=25)
    @given(
        st.lists(source_row, max_size=10),
        st.lists(key, max_size=6),
        st.sampled_from(VIEWS),
        st.sampled_from([1, 2, 50]),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
    )
    def check(
        source: list[tuple[dict[str, Any], int | None]],
        target: list[dict[str, Any]],
        view: str,
        size: int,
        names: list[str],
    ) -> None:
        rows = [{**key, "v": value} for key, value in source]
        types = {"k": "string", "n": "number", "v": "integer"}
        others = {"key": "string", "number": "integer"}
        asking = [{"key": key["k"], "number": key["n"]} for key in target]
        sources = [
            Watched(rows, view, size, "source", types),
            Watched(asking, view, size, "target", others),
        ]
        fields = {name: {"name": "v", "aggregate": name} for name in names}
        step = join("source", ["k", "n"], "target", ["key", "number"], fields, mode=mode)
        (found,) = result_of(step, *sources)
        names = sorted(names)
        expected = []
        for row in asking:
            matching = [
                one["v"]
                for one in rows
                if (one["k"], one["n"]) == tuple(row.values()) and None not in row.values()
            ]
            if matching:
                expected.append({**row, **{name: naive(matching, name) for name in names}})
            elif mode != "inner":
                expected.append({**row, **dict.fromkeys(names)})
        if mode == "full-outer":
            wanted = [tuple(row.values()) for row in asking]
            keys = dict.fromkeys((row["k"], row["n"]) for row in rows)
            for key in sorted(
                keys, key=lambda parts: [(part is None, part or 0) for part in parts]
            ):
                if None in key or key not in wanted:
                    values = [one["v"] for one in rows if (one["k"], one["n"]) == key]
                    made = {name: naive(values, name) for name in names}
                    expected.append({"key": key[0], "number": key[1], **made})
        assert [list(row) for row in found] == [list(row) for row in expected]
        for row, other in zip(found, expected, strict=True):
            assert all(close(row[name], other[name]) for name in row), (row, other)

    check()


def test_the_worked_example_of_0_5_12() -> None:
    characters = [
        {"first_name": "Jon", "last_name": "Snow", "house": "Stark", "age": "17"},
        {"first_name": "Arya", "last_name": "Stark", "house": "Stark", "age": "11"},
        {"first_name": "Sansa", "last_name": "Stark", "house": "Stark", "age": "13"},
        {"first_name": "Rickon", "last_name": "Stark", "house": "Stark", "age": "6"},
        {"first_name": "Bran", "last_name": "Stark", "house": "Stark", "age": "10"},
        {"first_name": "Tywin", "last_name": "Lannister", "house": "Lannister", "age": "67"},
    ]
    houses = [{"name": "House of Stark"}, {"name": "House of Greyjoy"}]
    fields = {
        "max_age": {"name": "age", "aggregate": "max"},
        "avg_age": {"name": "age", "aggregate": "avg"},
        "representative_age": {"name": "age"},
        "number_of_characters": {"aggregate": "count"},
        "last_names": {"name": "last_name", "aggregate": "counters"},
    }
    with pytest.warns(UserWarning, match="full= is deprecated"):
        step = join("res_1", "House of {house}", "res_2", "{name}", fields, full=False)
    ages = set_type("age", type="number", resources="res_1")
    assert Flow(characters, houses, ages, step).results()[0] == [
        [
            {
                "name": "House of Stark",
                "avg_age": Decimal("11.4"),
                "last_names": [("Stark", 4), ("Snow", 1)],
                "max_age": Decimal(17),
                "number_of_characters": 5,
                "representative_age": Decimal(10),
            }
        ]
    ]


def test_an_average_has_the_digits_of_python() -> None:
    source = [{"k": 1, "v": value} for value in (25, 32, 38)]
    found = joined(source, [{"k": 1}], "k", "k", {"v": {"aggregate": "avg"}})
    assert found == [{"k": 1, "v": Decimal("31.66666666666666666666666667")}]


def test_a4_keys_are_values_not_texts() -> None:
    source = [{"k": value, "v": number} for number, value in enumerate(("1", "None", "x"))]
    assert joined(source, [{"k": None}, {"k": "x"}], "k", "k", ["v"]) == [
        {"k": None, "v": None},
        {"k": "x", "v": 2},
    ]
    pairs = [{"a": "a:b", "b": "c", "v": 1}]
    found = joined(pairs, [{"a": "a", "b": "b:c"}], ["a", "b"], ["a", "b"], ["v"])
    assert found == [{"a": "a", "b": "b:c", "v": None}]
    found = joined(pairs, [{"a": "a", "b": "b:c"}], "{a}:{b}", "{a}:{b}", ["v"])
    assert found == [{"a": "a", "b": "b:c", "v": None}]
    numbers = [{"k": Decimal("1.0"), "v": 1}]
    assert joined(numbers, [{"k": 1}], "k", "k", ["v"]) == [{"k": 1, "v": 1}]


def test_a4_an_integer_field_has_an_average_with_decimals() -> None:
    source = [{"k": 1, "v": 1}, {"k": 1, "v": 2}, {"k": 2, "v": None}]
    fields = {name: {"name": "v", "aggregate": name} for name in ("avg", "median")}
    step = join("res_1", "k", "res_2", "k", fields)
    data, package, _ = Flow(source, [{"k": 1}, {"k": 2}], step, validate()).results()
    assert data == [
        [
            {"k": 1, "avg": Decimal("1.5"), "median": Decimal("1.5")},
            {"k": 2, "avg": None, "median": None},
        ]
    ]
    assert package.descriptor["resources"][0]["schema"]["fields"][1:] == [
        {"name": "avg", "type": "number", "format": "default"},
        {"name": "median", "type": "number", "format": "default"},
    ]


def test_a4_texts_are_not_added_up() -> None:
    step = join("res_1", "k", "res_2", "k", {"v": {"aggregate": "sum"}})
    assert refusal([{"k": 1, "v": "q"}], [{"k": 1}], step) == (
        "the aggregate 'sum' cannot be made of 'v': it is a string\n"
        "  at processor 3 of 3: join('res_1', 'k', 'res_2', 'k', {'v': {'aggregate': 'sum'}})\n"
        "     resource 'res_1'\n"
        "  fix: use one of max, min, first, last, any, count, count_distinct, mode, set, array,"
        " counters, or set_type('v', …) before this."
    )


def test_a4_count_with_a_name_counts_values_without_one_rows() -> None:
    fields = {"rows": {"aggregate": "count"}, "values": {"name": "amount", "aggregate": "count"}}
    assert joined(SALES, CITIES, "city", "name", fields) == [
        {"name": "Rome", "rows": 2, "values": 2},
        {"name": "Lima", "rows": None, "values": None},
        {"name": "Oslo", "rows": 1, "values": 0},
    ]


def test_a4_counters_of_numbers_and_of_the_items_of_lists() -> None:
    source = [{"k": 1, "n": n, "tags": tags} for n, tags in ((5, ["a", "b"]), (7, ["b"]), (7, []))]
    fields = {name: {"aggregate": "counters"} for name in ("n", "tags")}
    assert joined(source, [{"k": 1}], "k", "k", fields) == [
        {"k": 1, "n": [(7, 2), (5, 1)], "tags": [("b", 2), ("a", 1)]}
    ]


def test_a4_a_resource_is_not_joined_with_itself() -> None:
    assert refusal(SALES, join("res_1", "city", "res_1", "city", TOTAL)) == (
        "the source and the target are both 'res_1'\n"
        "  at processor 2 of 2: join('res_1', 'city', 'res_1', 'city',"
        " {'total': {'name': 'amount', 'aggregate': 'sum'}})\n"
        "  fix: use join_with_self to gather the rows of one resource, or duplicate it before this."
    )


@wherever_groups_are
def test_a4_a_full_join_on_row_numbers_has_no_field_for_them(tmp_path: Path) -> None:
    source = [{"v": "a"}, {"v": "b"}, {"v": "c"}]
    for key in (["#"], "#", "{#}", "row {#}"):
        step = join("res_1", key, "res_2", key, ["v"], mode="full-outer")
        found = Flow(source, [{"t": 1}], step, dump_to_path(tmp_path)).results()[0]
        assert found == [[{"t": 1, "v": "a"}, {"t": None, "v": "b"}, {"t": None, "v": "c"}]]


def test_c_what_the_caller_gave_is_not_changed() -> None:
    fields: dict[str, Any] = {"amount": {}, "*": {"aggregate": "first"}}
    step = join("res_1", "city", "res_2", "name", fields)
    for _ in range(2):
        assert Flow(SALES, CITIES[:1], step).results()[0] == [
            [{"name": "Rome", "city": "Rome", "amount": 4}]
        ]
    assert fields == {"amount": {}, "*": {"aggregate": "first"}}


def test_fields_come_in_the_order_of_the_source_then_by_name() -> None:
    source = [{"k": 1, "b": 2, "a": 3}]
    fields = {"z": {"name": "a"}, "a": None, "c": {"aggregate": "count"}, "b": {}}
    (row,) = joined(source, [{"k": 1}], "k", "k", fields)
    assert list(row.items()) == [("k", 1), ("b", 2), ("a", 3), ("c", 1), ("z", 3)]


def test_an_aggregate_may_be_written_as_a_text() -> None:
    fields = {"total": "sum(amount)", "sales": "count()", "most": {"name": "amount"}}
    sales = [{"city": "Rome", "amount": 3}, {"city": "Rome", "amount": 4}]
    (rows,) = Flow(
        sales, [{"name": "Rome"}], join("res_1", "city", "res_2", "name", fields)
    ).results()[0]
    assert rows == [{"name": "Rome", "most": 4, "sales": 2, "total": 7}]


def test_the_name_of_a_field_goes_before_an_aggregate() -> None:
    rows = [{"city": "Rome", "sum(n)": 5, "n": 1, "count": 9}]
    fields = {"a": "sum(n)", "b": "count"}
    (joined,) = Flow(
        rows, [{"name": "Rome"}], join("res_1", "city", "res_2", "name", fields)
    ).results()[0]
    assert joined == [{"name": "Rome", "a": 5, "b": 9}]


def test_a_star_stands_for_the_fields_that_are_not_named() -> None:
    source = [{"k": 1, "b": 2, "a": 3}, {"k": 1, "b": 5, "a": 1}]
    fields = {"*": {"aggregate": "min"}, "largest": {"name": "a", "aggregate": "max"}}
    assert joined(source, [{"id": 1}], "k", "id", fields) == [
        {"id": 1, "k": 1, "b": 2, "largest": 3}
    ]


def test_a_set_keeps_the_order_of_its_values_and_takes_lists() -> None:
    source = [{"k": 1, "v": value} for value in ([2], [1], [2], None)]
    assert joined(source, [{"k": 1}], "k", "k", {"v": {"aggregate": "set"}}) == [
        {"k": 1, "v": [[2], [1]]}
    ]


def test_the_source_may_stay_and_others_pass_by() -> None:
    step = join("res_1", "city", "res_3", "name", TOTAL, source_delete=False)
    found = Flow(SALES, [{"x": 1}], CITIES[:1], step).results()[0]
    assert found == [SALES, [{"x": 1}], [{"name": "Rome", "total": 7}]]


def test_a_source_that_stays_and_the_target_share_no_list() -> None:
    def spoil(row: dict[str, Any]) -> None:
        if "tags" in row:
            row["tags"].append("spoilt")

    source = [{"k": 1, "tags": ["a"]}]
    targets = [{"k": 1}, {"k": 1}]
    step = join("res_1", "k", "res_2", "k", ["tags"], source_delete=False)
    spoilt = {"k": 1, "tags": ["a", "spoilt"]}
    assert Flow(source, targets, step, spoil).results()[0] == [[spoilt], [spoilt, spoilt]]


def test_a_field_that_is_there_keeps_its_value_in_rows_without_a_match() -> None:
    source = [{"k": 1, "v": 10}]
    target = [{"k": 1, "v": 1}, {"k": 2, "v": 2}]
    assert joined(source, target, "k", "k", ["v"]) == [{"k": 1, "v": 10}, {"k": 2, "v": 2}]


def test_constraints_that_a_match_can_break_are_not_copied() -> None:
    limits = {"required": True, "unique": True, "minimum": 1}
    typed = set_type("v", type="integer", constraints=limits, resources="res_1")
    step = join("res_1", "k", "res_2", "k", ["v"])
    data, package, _ = Flow([{"k": 1, "v": 1}], [{"k": 1}, {"k": 2}], typed, step).results()
    assert data == [[{"k": 1, "v": 1}, {"k": 2, "v": None}]]
    assert package.descriptor["resources"][0]["schema"]["fields"][1] == {
        "name": "v",
        "type": "integer",
        "format": "default",
        "constraints": {"minimum": 1},
    }


def test_keys_that_a_full_join_adds_have_the_type_of_their_field() -> None:
    seen = []
    step = join("res_1", "k", "res_2", "k", ["v"], mode="full-outer")
    source, target = [{"k": 2, "v": 1}], [{"k": Decimal("1.5")}]
    Flow(source, target, step, lambda row: seen.append(row["k"])).process()
    assert list(map(type, seen)) == [Decimal, Decimal]


@pytest.mark.parametrize(
    ("source_key", "target_key"),
    [
        (["a", "b"], ["c", "d"]),
        ("{a}{b}", ["c", "d"]),
        (["a", "b"], "{c}:{d}"),
        ("{a}-{b}", "{c}-{d}"),
        ("{a} {b:>3}", "{c} {d:>3}"),
        ("{a}", "{c!s}"),
    ],
)
def test_keys_may_be_lists_or_texts(source_key: Any, target_key: Any) -> None:
    source = [{"a": "x", "b": "y", "v": 1}]
    target = [{"c": "x", "d": "y"}]
    assert joined(source, target, source_key, target_key, ["v"]) == [{**target[0], "v": 1}]


def test_a_text_key_names_fields_with_any_name() -> None:
    source = [{"a.b": "x", "v": 1}]
    assert joined(source, [{"c": "<x>"}], "<{a.b}>", ["c"], ["v"]) == [{"c": "<x>", "v": 1}]


def test_moments_are_equal_wherever_their_clock_stands() -> None:
    utc = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    east = utc.astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    (row,) = joined([{"k": utc, "v": 1}], [{"k": east}], "k", "k", ["v"])
    assert row["v"] == 1


@wherever_groups_are
def test_a_source_whose_rows_have_no_keys_matches_nothing() -> None:
    types = {"k": "string", "v": "integer"}
    empty = Watched([{"k": None, "v": 1}] * 5, name="a", types=types)
    target = Watched([{"t": "x"}], name="b", types={"t": "string"})
    for mode, expected in (("inner", []), ("half-outer", [{"t": "x", "v": None}])):
        step = join("a", "k", "b", "t", {"v": {"aggregate": "array"}}, mode=mode)
        assert result_of(step, empty, target) == [expected]


@wherever_groups_are
@pytest.mark.parametrize("mode", MODES)
def test_no_rows_on_either_side(mode: str) -> None:
    sides = {"a": "integer", "v": "integer"}, {"t": "integer"}
    for source, target in (([], []), ([], [{"t": 1}]), ([{"a": 1, "v": 2}], [])):
        watched = [
            Watched(rows, name=name, types=types)
            for rows, name, types in zip((source, target), "xy", sides, strict=True)
        ]
        (found,) = result_of(join("x", "a", "y", "t", ["v"], mode=mode), *watched)
        expected = [{"t": 1, "v": None}] if target and mode != "inner" else []
        if source and mode == "full-outer":
            expected = [{"t": 1, "v": 2}]
        assert found == expected


def test_the_account_balances() -> None:
    for mode, filtered, added in (("inner", 1, 0), ("half-outer", 0, 0), ("full-outer", 0, 1)):
        step = join("res_1", "city", "res_2", "name", TOTAL, mode=mode)
        account = Flow(SALES, CITIES, step).run().accounts[2]
        assert [(t.resource, t.rows_in, t.filtered, t.added) for t in account.tallies] == [
            ("res_1", 4, 4, 0),
            ("res_2", 3, filtered, added),
        ]


def test_full_is_deprecated_and_says_so_at_the_call() -> None:
    with pytest.warns(UserWarning, match="full= is deprecated: use mode=") as caught:
        step = join("res_1", "city", "res_2", "name", TOTAL, full=False)
    assert caught[0].filename == __file__
    assert len(Flow(SALES, CITIES, step).results()[0][0]) == 2
    with warnings.catch_warnings(action="ignore"):
        step = join("res_1", "city", "res_2", "name", TOTAL, full=True)
    assert len(Flow(SALES, CITIES, step).results()[0][0]) == 3


CALL = "  at processor 3 of 3: "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("sales", "city", "res_2", "name"),
            (
                "no resource is named 'sales', which is to be the source\n"
                f"{CALL}join('sales', 'city', 'res_2', 'name')\n"
                "  fix: the resources here are: res_1, res_2."
            ),
        ),
        (
            ("res_1", "city", "res_3", "name"),
            (
                "no resource is named 'res_3', which is to be the target\n"
                f"{CALL}join('res_1', 'city', 'res_3', 'name')\n"
                "  fix: did you mean 'res_2'? The resources here are: res_1, res_2."
            ),
        ),
        (
            ("res_2", "name", "res_1", "city"),
            (
                "the source 'res_2' comes after the target 'res_1':"
                " its rows would be needed before they are there\n"
                f"{CALL}join('res_2', 'name', 'res_1', 'city')\n"
                "  fix: load the source first, or swap the two."
            ),
        ),
        (
            ("res_1", "ctiy", "res_2", "name"),
            (
                "no field named 'ctiy'\n"
                f"{CALL}join('res_1', 'ctiy', 'res_2', 'name')\n"
                "     resource 'res_1'\n"
                "  fix: did you mean 'city'? The fields here are: city, amount."
            ),
        ),
        (
            ("res_1", "city", "res_2", "{nmae}"),
            (
                "no field named 'nmae'\n"
                f"{CALL}join('res_1', 'city', 'res_2', '{{nmae}}')\n"
                "     resource 'res_2'\n"
                "  fix: did you mean 'name'? The fields here are: name."
            ),
        ),
        (
            ("res_1", "city", "res_2", "name", {"n": "count"}),
            (
                "no field named 'count'\n"
                f"{CALL}join('res_1', 'city', 'res_2', 'name', {{'n': 'count'}})\n"
                "     resource 'res_1'\n"
                "  fix: write 'count()' for the aggregate; the fields here are: city, amount."
            ),
        ),
        (
            ("res_1", "city", "res_2", "name", {"n": {"aggregate": "max"}}),
            (
                "the field 'n' is to be the aggregate 'max' of no field\n"
                f"{CALL}join('res_1', 'city', 'res_2', 'name', {{'n': {{'aggregate': 'max'}}}})\n"
                "     resource 'res_1'\n"
                "  fix: name one, such as 'max(amount)'."
            ),
        ),
        (
            ("res_1", "city", "res_2", "name", ["amuont"]),
            (
                "no field named 'amuont'\n"
                f"{CALL}join('res_1', 'city', 'res_2', 'name', ['amuont'])\n"
                "     resource 'res_1'\n"
                "  fix: did you mean 'amount'? The fields here are: city, amount."
            ),
        ),
        (
            ("res_1", "amount", "res_2", "name"),
            (
                "the keys can never be equal: 'amount' of 'res_1' is an integer,"
                " 'name' of 'res_2' is a string\n"
                f"{CALL}join('res_1', 'amount', 'res_2', 'name')\n"
                "  fix: make them alike before this:"
                " set_type('name', type='integer', resources='res_2')."
            ),
        ),
        (
            ("res_1", "city", "res_2", "#"),
            (
                "the keys can never be equal: 'city' of 'res_1' is a string,"
                " '#' of 'res_2' is an integer\n"
                f"{CALL}join('res_1', 'city', 'res_2', '#')\n"
                "  fix: make them alike before this:"
                " set_type('city', type='integer', resources='res_1')."
            ),
        ),
        (
            ("res_1", "city", "res_2", "name", {"name": "amount"}),
            (
                "the field 'name' of 'res_2' is string, what is joined into it is integer\n"
                f"{CALL}join('res_1', 'city', 'res_2', 'name', {{'name': 'amount'}})\n"
                "  fix: give the joined field another name,"
                " or use set_type('name', …) before this."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(arguments: Any, message: str) -> None:
    assert refusal(SALES, CITIES, join(*arguments)) == message


@pytest.mark.parametrize(
    ("key", "other", "fields", "options", "message"),
    [
        (
            *("a", "b", (), {"mode": "outer"}),
            (
                "mode='outer' is none of 'half-outer', 'inner', 'full-outer'\n"
                "  fix: write mode='full-outer': it keeps the rows of both resources."
            ),
        ),
        (
            *("a", "b", (), {"mode": "LEFT"}),
            (
                "mode='LEFT' is none of 'half-outer', 'inner', 'full-outer'\n"
                "  fix: write mode='half-outer': that is the left join, which keeps every row of"
                " the target."
            ),
        ),
        (
            *("a", "b", (), {"mode": "innner"}),
            (
                "mode='innner' is none of 'half-outer', 'inner', 'full-outer'\n"
                "  fix: did you mean mode='inner'?"
            ),
        ),
        (
            *(["a", "b"], "c", (), {}),
            (
                "the keys ['a', 'b'] and ['c'] have not the same number of fields\n"
                "  fix: give a field of the one for each field of the other."
            ),
        ),
        (
            *(5, "b", (), {}),
            (
                "a key is a field, a list of fields or a text with braces, got 5\n"
                "  fix: write for instance ['city', 'day'] or '{city}-{day}'."
            ),
        ),
        (
            *("{}", "b", (), {}),
            (
                "a key is a field, a list of fields or a text with braces, got '{}'\n"
                "  fix: write for instance ['city', 'day'] or '{city}-{day}'."
            ),
        ),
        (
            *("{a", "b", (), {}),
            (
                "the key '{a' cannot be read: expected '}' before end of string\n"
                "  fix: name each field in braces: '{city}{day}'."
            ),
        ),
        (
            *("a", "b", 5, {}),
            (
                "the fields of a join are a dict, got 5\n"
                "  fix: write for instance {'total': {'name': 'amount', 'aggregate': 'sum'}}."
            ),
        ),
        (
            *("a", "b", {"x": 5}, {}),
            (
                "a field of the join is 'x', given as 5\n"
                "  fix: write for instance {'total': {'name': 'amount', 'aggregate': 'sum'}}."
            ),
        ),
        (
            *("a", "b", {"x": {"agregate": "sum"}}, {}),
            (
                "the field 'x' of the join has an unknown option 'agregate'\n"
                "  fix: the options are 'name' and 'aggregate'."
            ),
        ),
        (
            *("a", "b", {"x": {"aggregate": "summ"}}, {}),
            (
                "there is no aggregate named 'summ'\n"
                "  fix: did you mean 'sum'? The aggregates here are: sum, avg, median, max, min,"
                " first, last, any, count, count_distinct, stddev, variance, mode, set, array,"
                " counters."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    key: Any, other: Any, fields: Any, options: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        join("s", key, "t", other, fields, **options)
    assert str(caught.value) == message


def test_a_key_that_does_not_fit_is_shown_with_its_resource_and_row() -> None:
    def spoil(row: dict[str, Any]) -> None:
        if row.get("amount") == 4:
            row["amount"] = "x"

    step = join("res_1", "amount", "res_2", "#", TOTAL)
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, CITIES, spoil, step).process()
    assert str(caught.value) == (
        "a value does not fit its field: 'x' is not an integer\n"
        "  at processor 4 of 4: join('res_1', 'amount', 'res_2', '#',"
        " {'total': {'name': 'amount', 'aggregate': 'sum'}})\n"
        "     resource 'res_1', row 3, field 'amount'\n"
        f"     the field was last set by processor 3 of 4: {describe_function(spoil)}\n"
        "  fix: use set_type('amount', …) or validate() before this."
    )
