from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import drop, rejects
from dataflows.processors.groups import grouping
from dataflows.processors.joins.lookup import lookup
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.rows.head import head
from processor_contract import VIEWS, Watched, result_of

COUNTRIES = [
    {"code": "IT", "name": "Italy", "tags": ["eu"]},
    {"code": "NO", "name": "Norway", "tags": []},
    {"code": None, "name": "nowhere", "tags": []},
]
CITIES = [{"city": "Rome", "in": "IT"}, {"city": "Atlantis", "in": "?"}, {"city": "X", "in": None}]


def test_fields_are_taken_from_the_row_with_the_key() -> None:
    step = lookup("res_1", "code", "res_2", "in", ["name"])
    data, package, _ = Flow(COUNTRIES, CITIES, step).results()
    assert data == [
        [
            {"city": "Rome", "in": "IT", "name": "Italy"},
            {"city": "Atlantis", "in": "?", "name": None},
            {"city": "X", "in": None, "name": None},
        ]
    ]
    assert package.resource_names == ["res_2"]


def test_fields_get_other_names_and_defaults_in_the_order_given() -> None:
    fields, default = {"labels": "tags", "country": "name"}, {"country": "unknown"}
    step = lookup("res_1", "code", "res_2", "in", fields, default, source_delete=False)
    assert Flow(COUNTRIES, CITIES[:2], step).results()[0] == [
        COUNTRIES,
        [
            {"city": "Rome", "in": "IT", "labels": ["eu"], "country": "Italy"},
            {"city": "Atlantis", "in": "?", "labels": None, "country": "unknown"},
        ],
    ]


def test_a_field_that_is_there_already_keeps_what_it_has_where_nothing_is_found() -> None:
    prices = [{"id": 1, "price": Decimal("2.50")}, {"id": 2, "price": None}]
    items = [{"id": n, "price": Decimal(9)} for n in (1, 2, 3)]
    for default, last in ((None, Decimal(9)), ({"price": None}, None), ({"price": 7}, Decimal(7))):
        step = lookup("res_1", "id", "res_2", "id", "price", default)
        (found,) = Flow(prices, items, step).results()[0]
        assert [row["price"] for row in found] == [Decimal("2.50"), None, last]


def test_rows_that_find_the_same_share_no_value_that_can_be_changed() -> None:
    def add(row: dict[str, Any]) -> None:
        row["tags"].append(row.get("city"))

    cities = [{"city": "Rome", "in": "IT"}, {"city": "Bari", "in": "IT"}]
    step = lookup("res_1", "code", "res_2", "in", ["tags"], source_delete=False)
    assert Flow(COUNTRIES[:1], cities, step, add).results()[0] == [
        [{"code": "IT", "name": "Italy", "tags": ["eu", None]}],
        [
            {"city": "Rome", "in": "IT", "tags": ["eu", "Rome"]},
            {"city": "Bari", "in": "IT", "tags": ["eu", "Bari"]},
        ],
    ]


def test_a_default_that_can_be_changed_is_each_rows_own() -> None:
    def add(row: dict[str, Any]) -> None:
        row["tags"].append(row["city"])

    step = lookup("res_1", "code", "res_2", "in", ["tags"], {"tags": ["none"]})
    (found,) = Flow(COUNTRIES, CITIES[1:], step, add).results()[0]
    assert [row["tags"] for row in found] == [["none", "Atlantis"], ["none", "X"]]


def test_no_rows_on_one_side() -> None:
    types = {"a": "integer", "v": "string"}, {"b": "integer"}
    for first, second, wanted in (
        ([], [{"b": 1}], [{"b": 1, "v": None}]),
        ([{"a": 1, "v": "x"}], [], []),
    ):
        sources = [
            Watched(rows, name=name, types=one)
            for rows, name, one in zip((first, second), "xy", types, strict=True)
        ]
        assert result_of(lookup("x", "a", "y", "b", ["v"]), *sources) == [wanted]


def test_two_rows_of_the_source_with_one_key_are_an_error() -> None:
    twice = [*COUNTRIES, {"code": "IT", "name": "Italia", "tags": []}]
    with pytest.raises(ProcessorError) as caught:
        Flow(twice, CITIES, lookup("res_1", "code", "res_2", "in", ["name"])).results()
    assert str(caught.value) == (
        "two rows of 'res_1' have the key code='IT': the rows 1 and 4\n"
        "  at processor 3 of 3: lookup('res_1', 'code', 'res_2', 'in', ['name'])\n"
        "     resource 'res_1', row 4\n"
        "  fix: leave one of them out before this, with deduplicate() or filter_rows()."
    )


@pytest.mark.parametrize("most", [1, 250_000])
def test_the_first_key_that_is_there_twice_is_told_at_any_size(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", most)
    rows = [{"a": n, "b": "x", "v": n} for n in (5, 4, 3, 4, 3, 5)]
    source = Watched(rows, size=2, name="s", types={"a": "integer", "b": "string", "v": "integer"})
    step = lookup("s", ["a", "b"], "res_2", ["a", "b"], ["v"])
    with pytest.raises(ProcessorError) as caught:
        Flow(source.link(), [{"a": 1, "b": "x"}], step).results()
    assert caught.value.what == "two rows of 's' have the key a=5, b='x': the rows 1 and 6"


def test_a_row_that_finds_nothing_may_be_an_error() -> None:
    step = lookup("res_1", "code", "res_2", "in", ["name"], on_missing="error")
    with pytest.raises(ProcessorError) as caught:
        Flow(COUNTRIES, CITIES, step).results()
    assert str(caught.value) == (
        "no row of 'res_1' has the key in='?'\n"
        "  in {'city': 'Atlantis', 'in': '?'}\n"
        "  at processor 3 of 3: lookup('res_1', 'code', 'res_2', 'in', ['name'],"
        " on_missing='error')\n"
        "     resource 'res_2', row 2, field 'in'\n"
        "  fix: add it to 'res_1', or use default= with on_missing='default',"
        " or handle such rows with on_error=rejects()."
    )
    with pytest.raises(ProcessorError) as caught:
        Flow(COUNTRIES, CITIES[::2], step).results()
    assert caught.value.what == (
        "the row has no value in 'in', by which it is looked up\n  in {'city': 'X', 'in': None}"
    )


def test_rows_that_find_nothing_go_where_on_error_says() -> None:
    options: dict[str, Any] = {"on_missing": "error"}
    step = lookup("res_1", "code", "res_2", "in", ["name"], on_error=drop, **options)
    flow = Flow(COUNTRIES, CITIES, step)
    assert flow.results()[0] == [[{"city": "Rome", "in": "IT", "name": "Italy"}]]
    assert flow.run().accounts[2].rejected == 2
    step = lookup("res_1", "code", "res_2", "in", ["name"], on_error=rejects(), **options)
    found = Flow(COUNTRIES, CITIES, step).results()[0][1]
    assert [(row["row_number"], row["field"], row["value"], row["reason"]) for row in found] == [
        (2, "in", "?", "no row of 'res_1' has the key in='?'"),
        (3, "in", None, "the row has no value in 'in', by which it is looked up"),
    ]


def test_a_policy_of_ones_own_gets_the_index_of_the_row_at_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 1)
    seen = []

    def keep(name: str, row: dict[str, Any], index: int, error: Exception | None) -> bool:
        seen.append((name, row["b"], index))
        return True

    sources = (
        Watched(
            [{"a": n, "v": n} for n in range(6)], name="x", types=dict.fromkeys("av", "integer")
        ),
        Watched([{"b": n} for n in (0, 9, 3, 8, 7)], name="y", types={"b": "integer"}),
    )
    step = lookup("x", "a", "y", "b", ["v"], {"v": -1}, on_missing="error", on_error=keep)
    (found,) = result_of(step, *sources)
    assert [row["v"] for row in found] == [0, -1, 3, -1, -1]
    assert seen == [("y", 9, 1), ("y", 8, 3), ("y", 7, 4)]


def test_the_account_balances() -> None:
    step = lookup("res_1", "code", "res_2", "in", ["name"])
    account = Flow(COUNTRIES, CITIES, step).run().accounts[2]
    assert [(t.resource, t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 3, 0, 0, 3),
        ("res_2", 3, 0, 3, 0),
    ]


def test_rows_keep_their_numbers_and_come_as_they_are_asked_for() -> None:
    target = Watched([{"b": n} for n in range(9)], size=1, name="y", types={"b": "integer"})
    step = lookup("res_1", "a", "y", "b", ["v"])
    flow = Flow([{"a": 0, "v": "x"}], target.link(), step, head(1))
    assert (flow.results()[0], target.pulled) == ([[{"b": 0, "v": "x"}]], 1)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            lookup("res_1", "code", "res_2", "in", {"country": "nmae"}),
            (
                "no field named 'nmae'\n"
                "  at processor 3 of 3: lookup('res_1', 'code', 'res_2', 'in',"
                " {'country': 'nmae'})\n"
                "  fix: did you mean 'name'? The fields here are: code, name, tags."
            ),
        ),
        (
            lookup("res_1", "code", "res_2", "in", {"city": "tags"}),
            (
                "the field 'city' of 'res_2' is string, what is joined into it is array\n"
                "  at processor 3 of 3: lookup('res_1', 'code', 'res_2', 'in', {'city': 'tags'})\n"
                "  fix: give the joined field another name, or use set_type('city', …) before this."
            ),
        ),
        (
            lookup("res_1", "code", "res_2", "in", ["tags"], {"tags": 3}),
            (
                "the default of the field 'tags' does not fit: 3 is not an array (a JSON list)\n"
                "  at processor 3 of 3: lookup('res_1', 'code', 'res_2', 'in', ['tags'],"
                " {'tags': 3})\n"
                "  fix: give a default of the type 'array'."
            ),
        ),
        (
            lookup("res_2", "in", "res_1", "code", ["city"]),
            (
                "the source 'res_2' comes after the target 'res_1':"
                " its rows would be needed before they are there\n"
                "  at processor 3 of 3: lookup('res_2', 'in', 'res_1', 'code', ['city'])\n"
                "  fix: load the source first, or swap the two."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(COUNTRIES, CITIES, step).datastream()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"fields": []},
            (
                "the fields are a list or a dict of names, got []\n"
                "  fix: write for instance ['name'] or {'country': 'name'}."
            ),
        ),
        (
            {"fields": {"a": {"name": "b"}}},
            (
                "the fields are a list or a dict of names, got {'a': {'name': 'b'}}\n"
                "  fix: write for instance ['name'] or {'country': 'name'}."
            ),
        ),
        (
            {"default": {"nmae": 1}},
            (
                "there is a default for 'nmae', which is not looked up\n"
                "  fix: did you mean 'name'? The fields here are: name."
            ),
        ),
        (
            {"default": "?"},
            (
                "default is a dict of fields and values, got '?'\n"
                "  fix: write for instance default={'name': '?'}."
            ),
        ),
        (
            {"on_missing": "fail"},
            (
                "on_missing='fail' is none of 'default', 'error'\n"
                "  fix: write for instance on_missing='default'."
            ),
        ),
        (
            {"on_error": drop},
            (
                "on_error is given, but no row goes there\n"
                "  fix: add on_missing='error', or leave on_error out."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        lookup("a", "x", "b", "y", **{"fields": ["name"], **options})
    assert str(caught.value) == message


def test_a_constraint_of_the_source_holds_no_more_for_what_is_looked_up() -> None:
    required = set_type("name", type="string", constraints={"required": True, "minLength": 2})
    step = lookup("res_1", "code", "res_2", "in", ["name"])
    package = Flow(COUNTRIES, required, CITIES, step).process()[0]
    assert package.resources[0].fields.field("name")["constraints"] == {"minLength": 2}


@given(
    table=st.dictionaries(
        st.integers(-(2**70), 2**70) | st.integers(0, 9),
        st.tuples(st.text(max_size=3), st.lists(st.integers(), max_size=2) | st.none()),
        max_size=9,
    ),
    keys=st.lists(st.integers(0, 9) | st.none(), max_size=9),
    view=st.sampled_from(VIEWS),
    spilled=st.booleans(),
)
def test_it_is_a_dict(
    table: dict[int, tuple[str, list[int] | None]],
    keys: list[int | None],
    view: str,
    spilled: bool,
) -> None:
    rows = [{"a": key, "v": v or None, "w": w} for key, (v, w) in table.items()]
    types = {"a": "integer", "v": "string", "w": "array"}
    wanted = [*table, *keys]
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 1)
        (found,) = result_of(
            lookup("x", "a", "y", "b", ["v", "w"]),
            Watched(rows, view, 2, "x", types),
            Watched([{"b": key} for key in wanted], view, 2, "y", {"b": "integer"}),
        )
    known = {row["a"]: (row["v"], row["w"]) for row in rows}
    nothing = (None, None)
    assert [(row["v"], row["w"]) for row in found] == [known.get(key, nothing) for key in wanted]
