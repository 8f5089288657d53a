from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.functions import describe_function
from dataflows.processors.loaders.load import load
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows import window_group, windowing
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.window import window
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    {"city": "Rome", "n": 2},
    {"city": "Oslo", "n": 5},
    {"city": "Rome", "n": None},
    {"city": "Rome", "n": 4},
]
BACK = {"total": "cumsum(n)", "before": "lag(n)"}


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def made_of(values: list[Any], function: str, **options: Any) -> list[Any]:
    """Return the field that a function gives of a field `v` of a number."""
    rows = [{"v": value} for value in values]
    source = Watched(rows, types={"v": "number"})
    return [row["made"] for row in result_of(window({"made": function}, **options), source)[0]]


@pytest.fixture(params=["in memory", "on disk"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "on disk":
        monkeypatch.setattr(windowing, "MOST_KEPT", 0)
        monkeypatch.setattr(window_group, "MOST_HELD", 0)


def test_the_fields_come_last_with_the_types_of_their_functions() -> None:
    fields = {
        "number": "row_number()",
        "mean": "cumavg(n)",
        "town": "lag(city)",
        "part": "share(n)",
        "rows": "count()",
        "towns": "set(city)",
    }
    _, package, _ = Flow(ROWS, window(fields)).results()
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "city", "type": "string", "format": "default"},
        {"name": "n", "type": "integer", "format": "default"},
        {"name": "number", "type": "integer", "format": "default"},
        {"name": "mean", "type": "number", "format": "default"},
        {"name": "town", "type": "string", "format": "default"},
        {"name": "part", "type": "number", "format": "default"},
        {"name": "rows", "type": "integer", "format": "default"},
        {"name": "towns", "type": "array", "format": "default"},
    ]


@pytest.mark.usefixtures("_either_way")
def test_without_an_order_the_rows_are_computed_as_they_come() -> None:
    assert rows_of(ROWS, window(BACK)) == [
        {"city": "Rome", "n": 2, "total": 2, "before": None},
        {"city": "Oslo", "n": 5, "total": 7, "before": 2},
        {"city": "Rome", "n": None, "total": 7, "before": 5},
        {"city": "Rome", "n": 4, "total": 11, "before": None},
    ]


@pytest.mark.usefixtures("_either_way")
def test_each_group_is_computed_on_its_own() -> None:
    rows = [*ROWS, {"city": None, "n": 1}, {"city": None, "n": 2}]
    assert rows_of(rows, window(BACK, by="city")) == [
        {"city": "Rome", "n": 2, "total": 2, "before": None},
        {"city": "Oslo", "n": 5, "total": 5, "before": None},
        {"city": "Rome", "n": None, "total": 2, "before": 2},
        {"city": "Rome", "n": 4, "total": 6, "before": None},
        {"city": None, "n": 1, "total": 1, "before": None},
        {"city": None, "n": 2, "total": 3, "before": 1},
    ]


@pytest.mark.usefixtures("_either_way")
def test_the_rows_stay_where_they_are_whatever_the_order() -> None:
    fields = {"total": "cumsum(n)", "next": "lead(n)", "all": "sum(n)", "number": "row_number()"}
    assert rows_of(ROWS, window(fields, by="city", order="n", reverse=True)) == [
        {"city": "Rome", "n": 2, "total": 6, "next": None, "all": 6, "number": 2},
        {"city": "Oslo", "n": 5, "total": 5, "next": None, "all": 5, "number": 1},
        {"city": "Rome", "n": None, "total": 6, "next": None, "all": 6, "number": 3},
        {"city": "Rome", "n": 4, "total": 4, "next": 2, "all": 6, "number": 1},
    ]


def test_ranks_are_equal_for_equal_rows_and_missing_values_come_last() -> None:
    rows = [{"a": a, "b": b} for a, b in [(2, "x"), (None, "x"), (1, "x"), (2, "x"), (2, "y")]]
    fields = {"rank": "rank()", "dense": "dense_rank()", "number": "row_number()"}
    found = rows_of(rows, window(fields, order=["a", "b"], reverse=[False, True]))
    assert [tuple(row.values())[2:] for row in found] == [
        *[(3, 3, 3), (5, 4, 5), (1, 1, 1), (3, 3, 4), (2, 2, 2)],
    ]


@pytest.mark.usefixtures("_either_way")
def test_what_is_no_number_is_one_group_and_one_rank() -> None:
    nan = Decimal("NaN")
    rows = [{"x": x, "n": n} for n, x in enumerate([nan, nan, Decimal(1), nan, nan])]
    source = Watched(rows, types={"x": "number", "n": "integer"})
    ranks = window({"rank": "rank()", "dense": "dense_rank()"}, order="x")
    found = result_of(ranks, source)[0]
    assert [(row["rank"], row["dense"]) for row in found] == [
        (2, 2),
        (2, 2),
        (1, 1),
        (2, 2),
        (2, 2),
    ]
    for order in (None, "n"):
        sums = window({"sum": "cumsum(n)"}, by="x", order=order)
        assert [row["sum"] for row in result_of(sums, source)[0]] == [0, 1, 2, 4, 8]


def test_both_hours_of_the_end_of_summer_time_are_ranked_and_compared() -> None:
    first = datetime.datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Rome"))
    second, third = first.replace(fold=1), datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.UTC)
    rows = [{"v": value} for value in (second, first, third)]
    fields = {"place": "rank()", "least": "min(v)", "so_far": "cummax(v)"}
    found = result_of(window(fields, order="v"), Watched(rows, types={"v": "datetime"}))[0]
    assert [row["place"] for row in found] == [2, 1, 2]
    assert {(row["least"], row["least"].fold) for row in found} == {(first, 0)}
    assert [row["so_far"].fold for row in found] == [1, 0, 1]


def test_rows_that_are_equal_in_the_order_stay_in_theirs() -> None:
    rows = [{"a": 1, "n": n} for n in (3, 1, 2)]
    assert [row["t"] for row in rows_of(rows, window({"t": "cumsum(n)"}, order="a"))] == [3, 4, 6]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("lag(v)", [None, 1, None, 3, -2]),
        ("lag(v, 3)", [None, None, None, 1, None]),
        ("lag(v, 9)", [None] * 5),
        ("lead(v)", [None, 3, -2, 4, None]),
        ("lead(v, 3)", [-2, 4, None, None, None]),
        ("lead(v, 9)", [None] * 5),
        ("diff(v)", [None, None, None, -5, 6]),
        ("diff(v, 2)", [None, None, 2, None, 1]),
        ("cumsum(v)", [1, 1, 4, 2, 6]),
        ("cumavg(v)", [1, 1, 2, Decimal(2) / 3, Decimal("1.5")]),
        ("cummin(v)", [1, 1, 1, -2, -2]),
        ("cummax(v)", [1, 1, 3, 3, 4]),
        ("moving_sum(v, 2)", [1, 1, 3, 1, 2]),
        ("moving_avg(v, 3)", [1, 1, 2, Decimal("0.5"), Decimal(5) / 3]),
        ("moving_min(v, 2)", [1, 1, 3, -2, -2]),
        ("moving_max(v, 3)", [1, 1, 3, 3, 4]),
        ("moving_max(v, 1)", [1, None, 3, -2, 4]),
        ("share(v)", [Decimal(1) / 6, None, Decimal("0.5"), -Decimal(2) / 6, Decimal(4) / 6]),
        ("sum(v)", [6] * 5),
        ("avg(v)", [Decimal("1.5")] * 5),
        ("count(v)", [4] * 5),
        ("count()", [5] * 5),
        ("last(v)", [4] * 5),
        ("median(v)", [2] * 5),
        ("row_number()", [1, 2, 3, 4, 5]),
    ],
)
@pytest.mark.usefixtures("_either_way")
def test_each_function_gives_what_it_says(function: str, expected: list[Any]) -> None:
    values = [Decimal(1), None, Decimal(3), Decimal(-2), Decimal(4)]
    assert made_of(values, function) == expected


def test_sums_are_exact_and_what_is_too_large_does_no_harm_once_it_is_out() -> None:
    values = [Decimal("0.1"), Decimal("1e300"), Decimal("NaN"), Decimal("0.20"), Decimal("0.1")]
    assert list(map(str, made_of(values, "moving_sum(v, 2)"))) == [
        *(
            "0.1",
            "1.000000000000000000000000000000000000000000000000000000000000" + "0" * 139 + "E+300",
        ),
        *("NaN", "NaN", "0.30"),
    ]
    cents = [Decimal("1e27"), Decimal("0.01"), Decimal("0.02")]
    assert str(made_of(cents, "cumsum(v)")[-1]) == "1000000000000000000000000000.03"


def test_what_is_no_number_is_the_largest_and_makes_no_errors() -> None:
    nan, infinity = Decimal("NaN"), Decimal("Infinity")
    values = [Decimal(1), nan, infinity, -infinity]
    assert list(map(str, made_of(values, "cummin(v)"))) == ["1", "1", "1", "-Infinity"]
    assert list(map(str, made_of(values, "moving_max(v, 3)"))) == ["1", "NaN", "NaN", "NaN"]
    assert list(map(str, made_of([infinity, infinity], "diff(v)"))) == ["None", "NaN"]
    assert list(map(str, made_of([infinity, infinity], "share(v)"))) == ["NaN", "NaN"]


def test_values_of_several_types_have_the_order_in_which_they_are_sorted() -> None:
    rows = [{"v": value} for value in ["b", 2, datetime.date(2026, 1, 1), "a"]]
    step = window({"least": "cummin(v)", "most": "cummax(v)"})
    found = result_of(step, Watched(rows, types={"v": "any"}))[0]
    assert [row["least"] for row in found] == ["b", 2, 2, 2]
    assert [row["most"] for row in found] == ["b", "b", *[datetime.date(2026, 1, 1)] * 2]


def test_a_share_of_nothing_is_missing() -> None:
    assert made_of([Decimal(1), Decimal(-1), None], "share(v)") == [None, None, None]
    assert made_of([None], "share(v)") == [None]


def test_texts_dates_and_durations_have_neighbours_and_extremes() -> None:
    days = [datetime.date(2026, 1, day) for day in (3, 1, 2)]
    rows = [{"day": day, "time": day - days[1], "s": str(day.day)} for day in days]
    fields = {"last": "cummax(day)", "min": "moving_min(s, 2)", "sum": "cumsum(time)"}
    types = {"day": "date", "time": "duration", "s": "string"}
    found = result_of(window(fields), Watched(rows, types=types))[0]
    assert [(row["last"], row["min"], row["sum"]) for row in found] == [
        (days[0], "3", datetime.timedelta(2)),
        (days[0], "1", datetime.timedelta(2)),
        (days[0], "1", datetime.timedelta(3)),
    ]


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("order", [None, "n"])
def test_no_rows_give_no_rows_and_one_gives_one(order: str | None) -> None:
    step = window({"a": "cumsum(n)", "b": "lead(n)", "c": "share(n)"}, by="k", order=order)
    types = {"k": "string", "n": "integer"}
    assert result_of(step, Watched([], types=types)) == [[]]
    one = {"k": None, "n": 2}
    assert result_of(step, Watched([one], types=types)) == [[{**one, "a": 2, "b": None, "c": 1}]]


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("options", [{}, {"by": "k"}, {"order": "k"}])
def test_what_no_function_names_passes_as_it_is(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,price,day\nb,1.50,02/01/2026\na,01.5,x\n", encoding="utf-8")
    read = load(str(tmp_path / "in.csv"), override_fields={"price": {"type": "number"}})
    seen: list[Any] = []

    def extra(row: dict[str, Any]) -> None:
        row["note"] = row["k"] * 2

    step = window({"n": "row_number()", "next": "lead(k)"}, **options)
    Flow(read, extra, step, lambda row: seen.append(dict(row))).process()
    assert [(row["k"], row["price"], row["day"], row["note"]) for row in seen] == [
        ("b", Decimal("1.50"), "02/01/2026", "bb"),
        ("a", Decimal("1.5"), "x", "aa"),
    ]


@pytest.mark.parametrize("options", [{}, {"by": "n"}, {"order": "n"}])
def test_each_row_has_its_own_copy_of_a_value_of_another(options: dict[str, Any]) -> None:
    def append(row: dict[str, Any]) -> None:
        row["all"].append("own")
        row["before"] = (row["before"] or []) + ["b"]

    rows = [{"n": 1, "tags": [1]}, {"n": 1, "tags": [2]}]
    step = window({"all": "first(tags)", "before": "lag(tags)"}, **options)
    assert rows_of(rows, step, append) == [
        {"n": 1, "tags": [1], "all": [1, "own"], "before": ["b"]},
        {"n": 1, "tags": [2], "all": [1, "own"], "before": [1, "b"]},
    ]


@pytest.mark.parametrize("order", [None, "n"])
def test_the_number_of_a_row_is_that_of_its_source(order: str | None) -> None:
    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 4:
            raise ValueError

    step = window({"total": "cumsum(n)", "next": "lead(n)"}, order=order)
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, filter_rows("n != 5"), step, fail).process()
    assert caught.value.where.row == 4


def test_a_value_that_does_not_fit_its_field_is_an_error_with_its_row() -> None:
    def spoil(row: dict[str, Any]) -> None:
        if row["n"] == 5:
            row["n"] = "five"

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, spoil, window(BACK)).process()
    assert str(caught.value) == (
        "a value does not fit its field: 'five' is not an integer\n"
        "  at processor 3 of 3: window({'total': 'cumsum(n)', 'before': 'lag(n)'})\n"
        "     resource 'res_1', row 2, field 'n'\n"
        f"     the field was last set by processor 2 of 3: {describe_function(spoil)}\n"
        "  fix: use set_type('n', …) or validate() before this."
    )


def test_functions_that_look_back_let_each_row_through_at_once() -> None:
    for function, most in (
        ("cumsum(n)", 1),
        ("lag(n)", 1),
        ("moving_sum(n, 3)", 1),
        ("lead(n)", 2),
    ):
        source = Watched(ROWS, size=1, types={"city": "string", "n": "integer"})
        resources = Flow(source.link(), window({"made": function})).datastream().res_iter
        next(iter(next(resources)))
        resources.close()
        assert source.pulled <= most, function


def test_a_neighbour_may_be_missing_where_its_field_may_not() -> None:
    limits = {"required": True, "unique": True, "maximum": 5}
    keyed = set_primary_key(["city", "n"])
    rows = [row for row in ROWS if row["n"] is not None]
    typed = set_type("n", type="integer", constraints=limits)
    data, package, _ = Flow(rows, keyed, typed, window(BACK)).results()
    assert [row["total"] for row in data[0]] == [2, 7, 11]
    schema = package.descriptor["resources"][0]["schema"]
    assert schema["primaryKey"] == ["city", "n"]
    assert [field.get("constraints") for field in schema["fields"]] == [None, limits, None, None]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (" lag ( unit price , 1 ) ", "unit price"),
        ("lag('a, b')", "a, b"),
        ('lag("f(x)")', "f(x)"),
        ("lag(from)", "from"),
    ],
)
def test_a_field_may_have_any_name(text: str, field: str) -> None:
    assert rows_of([{field: 1}, {field: 2}], window({"made": text})) == [
        {field: 1, "made": None},
        {field: 2, "made": 1},
    ]


@pytest.mark.parametrize(
    ("fields", "options", "message"),
    [
        (
            ["cumsum(n)"],
            {},
            (
                "the fields are a dict of names and functions, got ['cumsum(n)']\n"
                "  fix: write for instance window({'total': 'cumsum(amount)'}, by='city')."
            ),
        ),
        (
            {"": "cumsum(n)"},
            {},
            (
                "the name of a field is a text, got ''\n"
                "  fix: write for instance window({'total': 'cumsum(amount)'}, by='city')."
            ),
        ),
        (
            {"t": "cumsum n"},
            {},
            (
                "the field 't' is not given as a function, but as 'cumsum n'\n"
                "  fix: write for instance 'cumsum(amount)'; put a name with commas or brackets in"
                " quotes."
            ),
        ),
        (
            {"t": " cumsum "},
            {},
            (
                "the field 't' is not given as a function, but as ' cumsum '\n"
                "  fix: say what it is computed of: 'cumsum(amount)'."
            ),
        ),
        (
            {"t": 5},
            {},
            (
                "the field 't' is not given as a function, but as 5\n"
                "  fix: write for instance 'cumsum(amount)'; put a name with commas or brackets in"
                " quotes."
            ),
        ),
        (
            {"t": "cumsum()"},
            {},
            "'cumsum()' names no field\n  fix: write 'cumsum(amount)'.",
        ),
        (
            {"t": "row_number(n)"},
            {},
            "'row_number(n)' takes no field\n  fix: write 'row_number()'.",
        ),
        (
            {"t": "cumsum(n, 2)"},
            {},
            "'cumsum(n, 2)' takes no number of rows\n  fix: write 'cumsum(amount)'.",
        ),
        (
            {"t": "moving_sum(n)"},
            {},
            "'moving_sum(n)' names no number of rows\n  fix: write 'moving_sum(amount, 3)'.",
        ),
        (
            {"t": "lag(n, 0)"},
            {},
            (
                "the number of rows in 'lag(n, 0)' is not a number from 1 on\n"
                "  fix: write for instance 'lag(amount, 1)'."
            ),
        ),
        (
            {"t": "rank()"},
            {"by": "city"},
            (
                "'rank' is computed of an order, and there is none\n"
                "  fix: name the fields that it is about: order='amount'."
            ),
        ),
        (
            {"t": "cumsum(n)"},
            {"reverse": True},
            (
                "reverse= goes with order= only\n"
                "  fix: leave it out, or name the fields: order='amount'."
            ),
        ),
        (
            {"t": "cumsum(n)"},
            {"order": "n", "reverse": [True, False]},
            (
                "reverse has 2 entries, the key 1\n"
                "  fix: give one True or False, or one for each field."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    fields: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        window(fields, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "meant"),
    [("cumsun", "cumsum"), ("shift", "lag"), ("rolling_mean", "moving_avg"), ("mean", "avg")],
)
def test_an_unknown_function_is_refused_at_the_call_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        window({"t": f"{name}(n)"})
    assert str(caught.value).startswith(
        f"there is no window function named {name!r}\n"
        f"  fix: did you mean {meant!r}? The functions here are: row_number, rank, dense_rank, "
        "lag, "
    )


@pytest.mark.parametrize(
    ("step", "what", "fix"),
    [
        (
            window({"t": "cumsum(m)"}),
            "no field named 'm'",
            "the fields here are: city, n.",
        ),
        (
            window({"t": "cumsum(n)"}, by="ctiy"),
            "no field named 'ctiy'",
            "did you mean 'city'? The fields here are: city, n.",
        ),
        (
            window({"t": "cumsum(n)"}, order="ctiy"),
            "no field named 'ctiy'",
            "did you mean 'city'? The fields here are: city, n.",
        ),
        (
            window({"n": "cumsum(n)"}),
            "there is a field named 'n' already",
            "choose another name, or delete_fields before this.",
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, what: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    assert (caught.value.what, caught.value.cause.fix) == (what, fix)


@pytest.mark.parametrize(
    "function", ["cumsum", "cumavg", "diff", "share", "sum", "avg", "variance", "moving_sum"]
)
def test_numbers_are_not_computed_of_text(function: str) -> None:
    rows = ", 2" if function == "moving_sum" else ""
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, window({"t": f"{function}(city{rows})"})).datastream()
    assert caught.value.what == f"{function!r} cannot be computed of 'city': it is a string"
    assert caught.value.cause.fix.startswith("use one of lag, lead, cummin, cummax, moving_min, ")
    assert caught.value.cause.fix.endswith(", or set_type('city', …) before this.")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("order", [None, "day"])
def test_every_view_of_the_rows_gives_the_same(view: str, order: str | None) -> None:
    days = [datetime.date(2026, 1, day) for day in (1, 3, 2)]
    rows = [{"ok": day.day != 3, "n": 2**70 + day.day, "day": day} for day in days]
    types = {"ok": "boolean", "n": "integer", "day": "date"}
    step = window({"total": "cumsum(n)", "next": "lead(day)"}, by=["ok"], order=order)
    found = result_of(step, Watched(rows, view, types=types))[0]
    assert [(row["total"], row["next"]) for row in found] == [
        (2**70 + 1, days[2]),
        (2**70 + 3, None),
        (2**71 + 3, None),
    ]


Values = list[Decimal | None]


def _present(values: Values) -> list[Decimal]:
    return [value for value in values if value is not None]


def _mean(values: Values) -> Decimal | None:
    found = _present(values)
    return sum(found, Decimal(0)) / len(found) if found else None


def _sum(values: Values) -> Decimal | None:
    found = _present(values)
    return sum(found, Decimal(0)) if found else None


def _share(value: Decimal | None, total: Decimal | None) -> Decimal | None:
    return None if value is None or not total else value / total


# What each function gives for the row at `i` of the values of its group, in their order.
NAIVE: dict[str, Callable[[Values, int], Any]] = {
    "row_number()": lambda v, i: i + 1,
    "lag(v, 2)": lambda v, i: v[i - 2] if i >= 2 else None,
    "lead(v, 2)": lambda v, i: v[i + 2] if i + 2 < len(v) else None,
    "cumsum(v)": lambda v, i: _sum(v[: i + 1]),
    "cumavg(v)": lambda v, i: _mean(v[: i + 1]),
    "cummax(v)": lambda v, i: max(_present(v[: i + 1]), default=None),
    "moving_sum(v, 3)": lambda v, i: _sum(v[max(i - 2, 0) : i + 1]),
    "moving_avg(v, 2)": lambda v, i: _mean(v[max(i - 1, 0) : i + 1]),
    "moving_min(v, 3)": lambda v, i: min(_present(v[max(i - 2, 0) : i + 1]), default=None),
    "share(v)": lambda v, i: _share(v[i], _sum(v)),
    "max(v)": lambda v, i: max(_present(v), default=None),
    "count()": lambda v, i: len(v),
}
ROW = st.fixed_dictionaries(
    {
        "g": st.sampled_from([None, "a", "b"]),
        "o": st.one_of(st.none(), st.integers(-2, 2)),
        "v": st.one_of(st.none(), st.decimals(-9, 9, places=2)),
    }
)


@given(
    rows=st.lists(ROW, max_size=12),
    functions=st.sets(st.sampled_from(sorted(NAIVE)), min_size=1, max_size=4),
    by=st.booleans(),
    order=st.booleans(),
    reverse=st.booleans(),
    most_held=st.sampled_from([0, 5, 1000]),
)
def test_the_results_are_those_of_a_loop_in_python(
    rows: list[dict[str, Any]],
    functions: set[str],
    by: bool,
    order: bool,
    reverse: bool,
    most_held: int,
) -> None:
    fields = {f"made_{number}": text for number, text in enumerate(sorted(functions))}
    expected = [dict(row) for row in rows]
    for group in {row["g"] if by else None for row in rows}:
        members = [row for row in expected if not by or row["g"] == group]
        if order:
            members.sort(key=lambda row: row["o"] or 0, reverse=reverse)
            members.sort(key=lambda row: row["o"] is None)
        values = [row["v"] for row in members]
        for index, row in enumerate(members):
            row |= {name: NAIVE[text](values, index) for name, text in fields.items()}
    options: dict[str, Any] = {"by": "g" if by else None}
    if order:
        options |= {"order": "o", "reverse": reverse}
    source = Watched(rows, "values", types={"g": "string", "o": "integer", "v": "number"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windowing, "MOST_KEPT", most_held)
        patch.setattr(window_group, "MOST_HELD", most_held)
        assert result_of(window(fields, **options), source) == [expected]


@given(
    keys=st.lists(st.one_of(st.none(), st.integers(-2, 2)), max_size=12),
    reverse=st.booleans(),
)
def test_a_rank_counts_the_rows_and_values_before_it(keys: list[Any], reverse: bool) -> None:
    def place(key: int | None) -> int:
        return 9 if key is None else -key if reverse else key

    rows = [{"o": key} for key in keys]
    step = window({"rank": "rank()", "dense": "dense_rank()"}, order="o", reverse=reverse)
    found = result_of(step, Watched(rows, types={"o": "integer"}))[0]
    places = list(map(place, keys))
    assert [(row["rank"], row["dense"]) for row in found] == [
        (1 + sum(p < own for p in places), 1 + len({p for p in places if p < own}))
        for own in places
    ]


def test_the_cases_of_a_day_are_those_less_the_day_before(real_data: Path) -> None:
    read = load(real_data / "covid/key-countries-pivoted.csv")
    step = window({"new": "diff(Italy)", "total": "last(Italy)"}, order="Date")
    rows = rows_of(read, step)
    assert rows[0]["new"] is None
    assert sum(row["new"] for row in rows[1:]) == rows[-1]["Italy"] - rows[0]["Italy"]
    assert {row["total"] for row in rows} == {rows[-1]["Italy"]}


def test_a_function_that_takes_no_field_needs_no_brackets() -> None:
    step = window({"a": "row_number", "b": "rank", "c": "count"}, order="n")
    assert rows_of(ROWS[:2], step) == [
        {"city": "Rome", "n": 2, "a": 1, "b": 1, "c": 2},
        {"city": "Oslo", "n": 5, "a": 2, "b": 2, "c": 2},
    ]
