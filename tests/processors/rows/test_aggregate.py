"""aggregate: one row for each group."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Flow, aggregate, set_primary_key, set_type, sort_rows
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.processors.groups import grouping

SALES = [
    {"city": "Rome", "year": 2025, "amount": Decimal("1.50")},
    {"city": "Oslo", "year": 2025, "amount": Decimal("2.25")},
    {"city": "Rome", "year": 2026, "amount": None},
    {"city": None, "year": 2025, "amount": Decimal("4.00")},
    {"city": "Rome", "year": 2026, "amount": Decimal("3.00")},
]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    (rows,) = Flow(*links).results()[0]
    return rows


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).results()
    return str(caught.value)


def test_groups_come_in_the_order_of_their_first_rows() -> None:
    fields = {"total": "sum(amount)", "sales": "count", "amounts": "count(amount)"}
    assert rows_of(SALES, aggregate("city", fields)) == [
        {"city": "Rome", "total": Decimal("4.50"), "sales": 3, "amounts": 2},
        {"city": "Oslo", "total": Decimal("2.25"), "sales": 1, "amounts": 1},
        {"city": None, "total": Decimal("4.00"), "sales": 1, "amounts": 1},
    ]


def test_all_rows_are_counted_as_sql_writes_it() -> None:
    expected = [
        {"city": "Rome", "sales": 3},
        {"city": "Oslo", "sales": 1},
        {"city": None, "sales": 1},
    ]
    assert rows_of(SALES, aggregate("city", {"sales": "count(*)"})) == expected


def test_a_group_may_have_several_fields() -> None:
    assert rows_of(SALES, aggregate(["year", "city"], {"n": "count"})) == [
        {"year": 2025, "city": "Rome", "n": 1},
        {"year": 2025, "city": "Oslo", "n": 1},
        {"year": 2026, "city": "Rome", "n": 2},
        {"year": 2025, "city": None, "n": 1},
    ]


def test_without_a_field_all_rows_are_one_group_and_none_are_too() -> None:
    fields = {"total": "sum(year)", "n": "count"}
    assert rows_of(SALES, aggregate([], fields)) == [{"total": 10127, "n": 5}]
    nothing = SALES[:1], lambda rows: iter(())
    assert rows_of(*nothing, aggregate([], fields)) == [{"total": None, "n": 0}]
    assert rows_of(*nothing, aggregate("city", fields)) == []


def test_the_schema_has_the_fields_of_the_group_as_they_were() -> None:
    flow = Flow(
        [{"day": "2026-01-02", "n": 3}],
        set_type("day", type="date", format="%Y-%m-%d", title="Day"),
        set_primary_key(["day"]),
        aggregate("day", {"mean": "avg(n)", "first": "first(n)", "all": "array(n)", "n": "max(n)"}),
    )
    data, package, _ = flow.results()
    assert data == [
        [{"day": datetime.date(2026, 1, 2), "mean": Decimal(3), "first": 3, "all": [3], "n": 3}]
    ]
    schema = package.resources[0].descriptor["schema"]
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert types == {
        "day": "date",
        "mean": "number",
        "first": "integer",
        "all": "array",
        "n": "integer",
    }
    assert schema["fields"][0]["title"] == "Day"
    assert "primaryKey" not in schema


def test_an_option_may_be_a_dict_and_a_field_may_have_any_name() -> None:
    rows = [{"a": 1, "b (net)": 2}, {"a": 1, "b (net)": 3}]
    fields = {"x": {"aggregate": "sum", "name": "b (net)"}, "y": "max(b (net))"}
    assert rows_of(rows, aggregate("a", fields)) == [{"a": 1, "x": 5, "y": 3}]


def test_every_row_is_accounted_for() -> None:
    account = Flow(SALES, aggregate("city", {"n": "count"})).run().accounts[1]
    assert (account.rows_in, account.added, account.rows_out, account.filtered) == (5, 3, 3, 5)


def test_the_sum_of_texts_is_refused_before_the_first_row() -> None:
    assert refusal(SALES, aggregate("year", {"all": "sum(city)"})) == (
        "the aggregate 'sum' cannot be made of 'city': it is a string\n"
        "  at processor 2 of 2: aggregate('year', {'all': 'sum(city)'})\n"
        "     resource 'res_1'\n"
        "  fix: use one of max, min, first, last, any, count, count_distinct, mode, set, array,"
        " counters, or set_type('city', …) before this."
    )


def test_a_field_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    assert refusal(SALES, aggregate("ctiy", {"n": "count"})) == (
        "no field named 'ctiy'\n"
        "  at processor 2 of 2: aggregate('ctiy', {'n': 'count'})\n"
        "     resource 'res_1'\n"
        "  fix: did you mean 'city'? The fields here are: city, year, amount."
    )
    assert "no field named 'amuont'" in refusal(SALES, aggregate("city", {"n": "sum(amuont)"}))


def test_an_aggregate_without_a_field_is_of_the_field_of_its_own_name() -> None:
    assert rows_of(SALES[:2], aggregate([], {"amount": "sum"})) == [{"amount": Decimal("3.75")}]


@pytest.mark.parametrize("given", ["sum", "sum()", {"aggregate": "sum"}])
def test_an_aggregate_of_no_field_is_refused(given: Any) -> None:
    assert refusal(SALES, aggregate("city", {"n": given})) == (
        "the field 'n' is to be the aggregate 'sum' of no field\n"
        f"  at processor 2 of 2: aggregate('city', {{'n': {given!r}}})\n"
        "     resource 'res_1'\n"
        "  fix: name one, such as 'sum(amount)'."
    )


@pytest.mark.parametrize("given", ["smu(amount)", "smu", {"aggregate": "smu"}])
def test_an_unknown_aggregate_is_refused_at_the_call(given: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        aggregate("city", {"n": given})
    assert str(caught.value) == (
        "there is no aggregate named 'smu'\n"
        "  fix: did you mean 'sum'? The aggregates here are: sum, avg, median, max, min, first,"
        " last, any, count, count_distinct, stddev, variance, mode, set, array, counters."
    )


def test_a_field_of_the_group_cannot_be_made_anew() -> None:
    assert refusal(SALES, aggregate("city", {"city": "count"})) == (
        "'city' is grouped by and is to be a new field too\n"
        "  at processor 2 of 2: aggregate('city', {'city': 'count'})\n"
        "     resource 'res_1'\n"
        "  fix: give the new field another name."
    )


@pytest.mark.parametrize(
    ("by", "fields", "what"),
    [
        ("city", {}, "the fields of aggregate are a dict, got {}"),
        ("city", ["amount"], "the fields of aggregate are a dict, got ['amount']"),
        ("city", {"n": 3}, "the field 'n' of aggregate cannot be made of 3"),
        ("city", {"n": "sum("}, "the field 'n' of aggregate cannot be made of 'sum('"),
        ("{city}", {"n": "count"}, "aggregate takes fields to group by, got the text '{city}'"),
        (3, {"n": "count"}, "a key is a field, a list of fields or a text with braces, got 3"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(by: Any, fields: Any, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        aggregate(by, fields)
    assert caught.value.what == what


def test_what_is_no_number_is_one_group_of_sorted_rows() -> None:
    rows = [{"x": Decimal(x), "n": 1} for x in ("1", "NaN", "NaN")]
    step = aggregate("x", {"n": "count"}, is_sorted=True)
    assert str(rows_of(rows, step)) == (
        "[{'x': Decimal('1'), 'n': 1}, {'x': Decimal('NaN'), 'n': 2}]"
    )


def test_sorted_rows_go_out_when_their_group_is_complete() -> None:
    seen: list[str] = []

    def source() -> Any:
        for name in "abc":
            for _ in range(5000):
                seen.append(name)
                yield {"name": name}

    step = aggregate("name", {"n": "count"}, is_sorted=True)
    stream = Flow(source(), step).datastream()
    rows = iter(next(iter(stream.res_iter)))
    assert next(rows) == {"name": "a", "n": 5000}
    assert "c" not in seen
    assert list(rows) == [{"name": "b", "n": 5000}, {"name": "c", "n": 5000}]


@pytest.mark.parametrize(
    ("names", "number"), [(["a", "b", "a"], 3), (["b", "a", "c"], 3), (["a", "b", None, "a"], 4)]
)
def test_rows_that_are_said_to_be_sorted_and_are_not_are_an_error(
    names: list[str | None], number: int
) -> None:
    rows = [{"name": name} for name in names]
    text = refusal(rows, aggregate("name", {"n": "count"}, is_sorted=True))
    assert text.startswith("the rows are not sorted: the group ")
    assert f"resource 'res_1', row {number}\n" in text
    assert text.endswith("fix: use sort_rows before this, or leave is_sorted=True out.")


KEYS = st.sampled_from([None, 1, 2, 3])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": KEYS,
            "b": st.sampled_from(["x", "y", None]),
            "v": st.one_of(st.none(), st.integers()),
        }
    ),
    min_size=1,
)
FIELDS = {
    "n": "count",
    "values": "count(v)",
    "sum": "sum(v)",
    "max": "max(v)",
    "first": "first(v)",
    "last": "last(v)",
}
HOLDING = {**FIELDS, "all": "array(v)"}


def by_hand(rows: list[dict[str, Any]], *, holding: bool) -> list[dict[str, Any]]:
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault((row["a"], row["b"]), []).append(row["v"])
    made = []
    for (a, b), every in groups.items():
        values = [value for value in every if value is not None]
        one = {
            "a": a,
            "b": b,
            "n": len(every),
            "values": len(values),
            "sum": sum(values) if values else None,
            "max": max(values, default=None),
            "first": values[0] if values else None,
            "last": values[-1] if values else None,
        }
        made.append({**one, "all": values} if holding else one)
    return made


TYPES = [
    set_type("a", type="integer"),
    set_type("b", type="string"),
    set_type("v", type="integer"),
]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.booleans(), st.sampled_from([0, 2, 1000]))
def test_it_is_what_a_dict_gives_in_memory_and_on_disk(
    rows: list[dict[str, Any]], holding: bool, most: int
) -> None:
    fields = HOLDING if holding else FIELDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "MOST_GROUPS", most)
        patch.setattr(grouping, "MOST_VALUES", most)
        found = rows_of(rows, *TYPES, aggregate(["a", "b"], fields))
    assert found == by_hand(rows, holding=holding)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.booleans())
def test_sorted_rows_give_the_same(rows: list[dict[str, Any]], reverse: bool) -> None:
    ordered = rows_of(rows, *TYPES, sort_rows(["a", "b"], reverse=reverse))
    step = aggregate(["a", "b"], HOLDING, is_sorted=True)
    assert rows_of(ordered, *TYPES, step) == by_hand(ordered, holding=True)
