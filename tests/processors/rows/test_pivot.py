from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.groups import grouping
from dataflows.processors.loaders.load import load
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows.pivot import pivot
from dataflows.processors.rows.unpivot import unpivot
from processor_contract import ROWS as CONTRACT_ROWS
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"city": "Rome", "year": 1990, "size": 3},
    {"city": "Rome", "year": 2000, "size": 4},
    {"city": "Oslo", "year": 2000, "size": 7},
]
YEARS = {1990: "then", 2000: "now"}


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def refusal(*links: Any) -> ProcessorError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return caught.value


@pytest.fixture(params=["in memory", "on disk"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "on disk":
        monkeypatch.setattr(grouping, "MOST_GROUPS", 0)
        monkeypatch.setattr(grouping, "MOST_VALUES", 0)


@pytest.mark.usefixtures("_either_way")
def test_each_value_becomes_a_field_of_the_row_of_its_key() -> None:
    data, package, _ = Flow(ROWS, pivot("year", "size", [1990, 2000], by="city")).results()
    assert data == [
        [{"city": "Rome", "1990": 3, "2000": 4}, {"city": "Oslo", "1990": None, "2000": 7}]
    ]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "city", "type": "string", "format": "default"},
        {"name": "1990", "type": "integer", "format": "default"},
        {"name": "2000", "type": "integer", "format": "default"},
    ]


def test_a_dict_names_the_fields_and_all_other_fields_are_the_key() -> None:
    assert rows_of(ROWS, pivot("year", "size", YEARS)) == [
        {"city": "Rome", "then": 3, "now": 4},
        {"city": "Oslo", "then": None, "now": 7},
    ]


def test_a_text_is_read_as_the_type_of_the_field() -> None:
    assert rows_of(ROWS, pivot("year", "size", ["2000", "1990"]))[0] == {
        "city": "Rome",
        "2000": 4,
        "1990": 3,
    }


def test_no_rows_give_no_rows() -> None:
    source = Watched([], types={"city": "string", "year": "integer", "size": "integer"})
    assert result_of(pivot("year", "size", YEARS), source) == [[]]


def test_one_row_gives_one_row_in_the_order_of_by() -> None:
    row = {"a": 1, "b": 2, "k": "x", "v": Decimal("1.50")}
    assert rows_of([row], pivot("k", "v", ["x", "y"], by=["b", "a"], default=0)) == [
        {"b": 2, "a": 1, "x": Decimal("1.50"), "y": Decimal(0)}
    ]


@pytest.mark.usefixtures("_either_way")
def test_missing_values_are_equal_in_a_key_and_may_have_a_field() -> None:
    rows = [
        {"city": None, "year": None, "size": 1},
        {"city": "Rome", "year": 2000, "size": None},
        {"city": None, "year": 2000, "size": 2},
    ]
    assert rows_of(rows, pivot("year", "size", {2000: "now", None: "unknown"})) == [
        {"city": None, "now": 2, "unknown": 1},
        {"city": "Rome", "now": None, "unknown": None},
    ]


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("sum", {"then": Decimal("3.50"), "now": None}),
        ("count", {"then": 2, "now": 0}),
        ("array", {"then": [Decimal("1.50"), Decimal(2)], "now": []}),
        ("last", {"then": Decimal(2), "now": None}),
    ],
)
def test_several_rows_in_a_cell_are_aggregated(aggregate: str, expected: dict[str, Any]) -> None:
    rows = [
        {"year": 1990, "v": Decimal("1.50")},
        {"year": 1990, "v": None},
        {"year": 1990, "v": Decimal(2)},
    ]
    assert rows_of(rows, pivot("year", "v", YEARS, by=[], aggregate=aggregate)) == [expected]


@pytest.mark.usefixtures("_either_way")
def test_two_rows_in_a_cell_are_an_error_even_where_a_value_is_missing() -> None:
    rows = [*ROWS, {"city": "Rome", "year": 1990, "size": None}]
    assert str(refusal(rows, pivot("year", "size", YEARS))) == (
        "rows 1 and 4 both fill the field 'then' of the row with city='Rome'\n"
        "  at processor 2 of 2: pivot('year', 'size', {1990: 'then', 2000: 'now'})\n"
        "     resource 'res_1', row 4, field 'size'\n"
        "  fix: say what becomes of such rows, with aggregate='first' or 'sum' for instance."
    )


def test_a_value_that_is_not_listed_is_an_error_with_its_row() -> None:
    assert str(refusal(ROWS, pivot("year", "size", [1990]))) == (
        "the value 2000 is not listed in names=\n"
        "  at processor 2 of 2: pivot('year', 'size', [1990])\n"
        "     resource 'res_1', row 2, field 'year'\n"
        "  fix: list it, or leave such rows out: pivot('year', …, others='drop')."
    )


def test_a_missing_value_that_has_no_field_is_an_error_with_its_row() -> None:
    rows = [{"city": "Rome", "year": None, "size": 1}, *ROWS]
    assert str(refusal(rows, pivot("year", "size", YEARS))) == (
        "the value is missing, and names= has no field for that\n"
        "  at processor 2 of 2: pivot('year', 'size', {1990: 'then', 2000: 'now'})\n"
        "     resource 'res_1', row 1, field 'year'\n"
        "  fix: give it one: names={None: 'unknown', …}, or leave such rows out: others='drop'."
    )


def test_rows_with_other_values_may_be_left_out_and_are_counted() -> None:
    report = Flow(ROWS, pivot("year", "size", [1990], others="drop")).run()
    tally = report.accounts[-1].tallies[0]
    assert (tally.rows_in, tally.rows_out, tally.added, tally.filtered) == (3, 1, 0, 2)
    assert rows_of(ROWS, pivot("year", "size", [1990], others="drop")) == [
        {"city": "Rome", "1990": 3}
    ]


def test_keys_and_names_of_any_type_are_compared_as_values() -> None:
    rows = [
        {"k": [1], "n": [2], "v": 1},
        {"k": [Decimal("1.0")], "n": [3], "v": 2},
    ]
    source = Watched(rows, types={"k": "array", "n": "array", "v": "integer"})
    assert result_of(pivot("n", "v", {"[2]": "two", "[3]": "three"}), source) == [
        [{"k": [1], "two": 1, "three": 2}]
    ]


def test_what_is_no_number_can_be_a_name() -> None:
    rows = [{"k": Decimal("NaN"), "v": 1}, {"k": Decimal(2), "v": 3}]
    step = pivot("k", "v", {"NaN": "none", "2": "two"}, by=[], aggregate="sum")
    assert result_of(step, Watched(rows, types={"k": "number", "v": "integer"})) == [
        [{"none": 1, "two": 3}]
    ]


def test_a_field_named_with_a_number_sign_is_a_field() -> None:
    rows = [{"#": 7, "year": 1990, "size": 3}, {"#": 7, "year": 2000, "size": 4}]
    assert rows_of(rows, pivot("year", "size", YEARS)) == [{"#": 7, "then": 3, "now": 4}]


def test_a_cell_keeps_the_format_but_not_what_holds_for_all_rows() -> None:
    limits = {"required": True, "minimum": "01/01/2000"}
    typed = set_type("v", type="date", format="%d/%m/%Y", constraints=limits)
    rows = [{"k": "a", "v": "02/01/2026"}]
    data, package, _ = Flow(rows, typed, pivot("k", "v", ["a", "b"])).results()
    assert data == [[{"a": datetime.date(2026, 1, 2), "b": None}]]
    assert package.descriptor["resources"][0]["schema"]["fields"][1] == {
        "name": "b",
        "type": "date",
        "format": "%d/%m/%Y",
        "constraints": {"minimum": "01/01/2000"},
    }


def test_each_row_has_its_own_copy_of_a_default() -> None:
    rows = [{"id": 1, "k": "a", "v": [1]}, {"id": 2, "k": "a", "v": [2]}]
    made = rows_of(rows, pivot("k", "v", ["a", "b"], default=[]))
    assert made == [{"id": 1, "a": [1], "b": []}, {"id": 2, "a": [2], "b": []}]
    assert made[0]["b"] is not made[1]["b"]


def test_a_primary_key_becomes_the_fields_of_the_key() -> None:
    keyed = set_primary_key(["city", "year"])
    for by, expected in (("city", ["city"]), ([], None)):
        step = pivot("year", "size", YEARS, by=by, aggregate="sum")
        schema = Flow(ROWS, keyed, step).process()[0].descriptor["resources"][0]["schema"]
        assert schema.get("primaryKey") == expected


def test_foreign_keys_of_fields_that_are_gone_go_too() -> None:
    def link(package: Any) -> Any:
        schema = package.pkg.descriptor["resources"][0]["schema"]
        reference = {"resource": "", "fields": "x"}
        schema["foreignKeys"] = [
            {"fields": "year", "reference": reference},
            {"fields": "city", "reference": reference},
        ]
        yield package.pkg
        yield from package

    schema = Flow(ROWS, link, pivot("year", "size", YEARS)).datastream().dp.descriptor
    assert [key["fields"] for key in schema["resources"][0]["schema"]["foreignKeys"]] == ["city"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            (3, "size", [1]),
            {},
            (
                "the name of a field is a text, got 3\n"
                "  fix: write for instance pivot('year', 'size', [1990, 2000], by='city')."
            ),
        ),
        (
            ("year", "size", "1990"),
            {},
            (
                "names= lists the values that become fields, got '1990'\n"
                "  fix: write for instance pivot('year', 'size', [1990, 2000], by='city')."
            ),
        ),
        (
            ("year", "size", []),
            {},
            "names= is empty: there would be no field\n  fix: list the values that become fields.",
        ),
        (
            ("year", "size", [1990, None]),
            {},
            (
                "names= lists None, which has no name\n"
                "  fix: name its field: names={None: 'unknown', …}."
            ),
        ),
        (
            ("year", "size", {1: "a", 2: "a"}),
            {},
            "names= gives two values the name 'a'\n  fix: give each field a name of its own.",
        ),
        (
            ("year", "size", [[1]]),
            {},
            (
                "a value of names= cannot be the key of a dict: unhashable type: 'list'\n"
                "  fix: list texts, numbers, dates or booleans."
            ),
        ),
        (
            ("year", "year", [1]),
            {},
            (
                "the names and the values would both come from 'year'\n"
                "  fix: name the field with the values second."
            ),
        ),
        (
            ("year", "size", [1]),
            {"by": ["city", "size"]},
            "by= names 'size', which is taken apart\n  fix: leave it out of by=.",
        ),
        (
            ("year", "size", [1]),
            {"others": "skip"},
            "others='skip' is none of 'error', 'drop'\n  fix: write for instance others='error'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    arguments: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        pivot(*arguments, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(("name", "meant"), [("summ", "sum"), ("mean", "avg")])
def test_an_unknown_aggregate_is_refused_at_the_call(name: str, meant: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        pivot("year", "size", [1], aggregate=name)
    assert str(caught.value) == (
        f"aggregate={name!r} is none of 'sum', 'avg', 'median', 'max', 'min', 'first', 'last',"
        " 'any', 'count', 'count_distinct', 'stddev', 'variance', 'mode', 'set', 'array',"
        " 'counters'\n"
        f"  fix: did you mean aggregate={meant!r}?"
    )


@pytest.mark.parametrize(
    ("step", "what", "fix"),
    [
        (
            pivot("yaer", "size", [1]),
            "no field named 'yaer'",
            "did you mean 'year'? The fields here are: city, year, size.",
        ),
        (
            pivot("year", "size", [1], by="town"),
            "no field named 'town'",
            "the fields here are: city, year, size.",
        ),
        (
            pivot("year", "size", ["then"]),
            "the name 'then' is no value of the field 'year': 'then' is not an integer",
            "list values of the type 'integer'.",
        ),
        (
            pivot("year", "size", {1990: "a", "1990": "b"}),
            "the names 1990 and '1990' are the same value of 'year'",
            "list it once.",
        ),
        (
            pivot("year", "size", {1990: "city"}),
            "there would be two fields named 'city'",
            "give the new one another name: names={…: 'other'}.",
        ),
        (
            pivot("year", "size", [1990], default="none"),
            "the default of the field '1990' does not fit: 'none' is not an integer",
            "give a default of the type 'integer'.",
        ),
        (
            pivot("size", "city", [3], aggregate="sum"),
            "the aggregate 'sum' cannot be made of 'city': it is a string",
            (
                "use one of max, min, first, last, any, count, count_distinct, mode, set, array,"
                " counters, or set_type('city', …) before this."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, what: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    assert (caught.value.what, caught.value.cause.fix) == (what, fix)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_the_rows_gives_the_same(view: str) -> None:
    step = pivot("ok", "amount", {True: "yes", False: "no"}, by=["city"], aggregate="array")
    assert result_of(step, Watched(CONTRACT_ROWS, view)) == [
        [
            {"city": "Rome", "yes": [Decimal("1.50")], "no": [Decimal("1.50")]},
            {"city": "Oslo", "yes": [], "no": [Decimal("0.25")]},
            {"city": "a, b", "yes": [Decimal(40)], "no": []},
            {"city": "Malmö", "yes": [Decimal("-0.125")], "no": []},
        ]
    ]


CELLS = st.dictionaries(
    st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.text("ab", min_size=1, max_size=2)),
    st.lists(st.one_of(st.none(), st.decimals(-5, 5, places=2)), min_size=2, max_size=2),
    max_size=8,
)


@given(cells=CELLS, spilled=st.booleans())
def test_to_pivot_what_was_unpivoted_gives_it_back(cells: dict[Any, Any], spilled: bool) -> None:
    types = {"id": "integer", "name": "string", "a": "number", "b": "number"}
    rows = [{"id": id_, "name": name, "a": a, "b": b} for (id_, name), (a, b) in cells.items()]
    there = unpivot(
        [{"name": "[ab]", "keys": {"key": r"\g<0>"}}],
        [{"name": "key", "type": "string"}],
        {"name": "value", "type": "number"},
    )
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 0)
        links = Watched(rows, types=types).link(), there, pivot("key", "value", ["a", "b"])
        assert Flow(*links).results(on_error=None)[0] == [rows]


def test_the_real_table_comes_back_from_its_long_form(real_data: Path) -> None:
    path = real_data / "covid/key-countries-pivoted.csv"
    there = unpivot(
        [{"name": "(?!Date).*", "keys": {"Country": r"\g<0>"}}],
        [{"name": "Country", "type": "string"}],
        {"name": "Cases", "type": "integer"},
    )
    before, package, _ = Flow(load(path, name="covid")).results()
    names = package.resources[0].fields.field_names[1:]
    after = Flow(load(path, name="covid"), there, pivot("Country", "Cases", names)).results()
    assert after[0] == before
    assert after[1].descriptor == package.descriptor
