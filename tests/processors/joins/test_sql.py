from __future__ import annotations

import datetime
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import isodate  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.joins import sql_table
from dataflows.processors.joins.sql import sql
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.update_resource import update_resource
from dataflows.processors.rows.head import head
from dataflows.spill import database as spill
from processor_contract import ROWS, VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

SALES = [
    {"city": "Rome", "total": Decimal("0.10"), "n": 1},
    {"city": "Oslo", "total": Decimal("7.5"), "n": None},
    {"city": "Rome", "total": Decimal("0.2"), "n": 2},
]
STORES = [{"city": "Rome", "name": "A"}, {"city": "Rome", "name": "B"}]
NAMED = update_resource("res_1", name="sales")
EXAMPLE = (
    "  fix: write one SELECT, such as 'SELECT city, sum(total) AS total FROM sales GROUP BY city'."
)


def answer(query: str, *links: Any) -> list[dict[str, Any]]:
    """Return the rows of a query, the first link being the resource `sales`."""
    first, *more = links
    rows: list[dict[str, Any]] = Flow(first, NAMED, *more, sql(query)).results()[0][-1]
    return rows


def test_groups_are_summed_exactly_and_sorted_as_the_query_says() -> None:
    query = "select city, sum(total) as total, count(*) as n from sales group by city order by 1"
    data, package, _ = Flow(SALES, NAMED, sql(query, name="by_city")).results()
    assert data == [
        SALES,
        [
            {"city": "Oslo", "total": Decimal("7.50"), "n": 1},
            {"city": "Rome", "total": Decimal("0.30"), "n": 2},
        ],
    ]
    assert [field.type for field in package.resources[1].fields.fields] == [
        *("string", "number", "integer"),
    ]
    assert package.resources[1].descriptor["path"] == "by_city.csv"


def test_several_resources_are_joined_and_may_end_here() -> None:
    query = 'select sales.n, name from sales left join "res_2" using (city) order by all'
    step = sql(query, path="joined.csv", source_delete=True)
    data, package, _ = Flow(SALES, NAMED, STORES, [{"x": 1}], step).results()
    assert data == [
        [{"x": 1}],
        [
            *({"n": 1, "name": "A"}, {"n": 1, "name": "B"}, {"n": 2, "name": "A"}),
            *({"n": 2, "name": "B"}, {"n": None, "name": None}),
        ],
    ]
    assert package.resource_names == ["res_3", "sql"]
    assert package.resources[1].descriptor["path"] == "joined.csv"


def test_only_what_the_query_names_is_read_and_names_may_be_written_in_any_case() -> None:
    data = Flow(SALES, NAMED, [{"A b": 1}], sql('SELECT "a B" + 1 AS m FROM RES_2')).results()[0]
    assert data == [SALES, [{"A b": 1}], [{"m": 2}]]
    assert answer("with sales as (select n from sales) select max(n) as n from sales", SALES) == [
        {"n": 2}
    ]
    assert answer("select 1 as one", SALES) == [{"one": 1}]


def test_the_rows_stay_in_their_order_without_another() -> None:
    rows = [{"n": n * 7919 % 100_003} for n in range(100_003)]
    assert answer("select n from sales where n % 2 = 0", rows) == [
        row for row in rows if row["n"] % 2 == 0
    ]


def test_every_type_goes_in_and_comes_back() -> None:
    utc = datetime.UTC
    row = {
        "string": "é\n\x00'\"",
        "integer": 2**63 - 1,
        "large": 10**38 - 1,
        "number": Decimal("-12345678901234567890.123456789012345678"),
        "boolean": True,
        "date": datetime.date(1, 1, 1),
        "datetime": datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001 - it has none
        "moment": datetime.datetime(2020, 2, 29, 1, 2, 3, 4, utc),
        "time": datetime.time(23, 59, 59, 999_999),
        "year": 2020,
        "duration": datetime.timedelta(days=-3, seconds=5, microseconds=7),
        "months": isodate.Duration(years=1, months=2, days=3),
    }
    types = [set_type(name, type=name) for name in ("time", "year", "duration")]
    (found,) = answer(
        "select * from sales",
        [row, dict.fromkeys(row)],
        *types,
        set_type("months", type="duration"),
        sql("select * from sales limit 1", name="again", source_delete=True),
        update_resource("again", name="sales"),
    )
    assert found == row
    assert found["moment"].utcoffset() == datetime.timedelta(0)


def test_missing_values_stay_missing() -> None:
    rows = [dict(ROWS[0]), dict.fromkeys(ROWS[0])]
    found = result_of(sql("select * from data", source_delete=True), Watched(rows))
    assert found == [rows]


def test_lists_and_objects_are_json() -> None:
    rows = [{"tags": [1, 2.5], "o": {"a": ["x"]}}, {"tags": [], "o": None}]
    query = (
        "select tags, tags->1 as second, o->>'$.a[0]' as a, json_array_length(tags) as n from sales"
    )
    assert answer(query, rows) == [
        {"tags": [1, Decimal("2.5")], "second": Decimal("2.5"), "a": "x", "n": 2},
        {"tags": [], "second": None, "a": None, "n": 0},
    ]


def test_what_sql_makes_has_a_type() -> None:
    query = (
        "select n + 1 as a, total / 3 as b, 0.1::float as c, [n, 2] as d, {'x': total} as e,"
        " null as f, interval '1 month -2 days' as g, sum(n) over () as h, '' as i,"
        " 'x'::enum('x') as j, map {'k': n} as k, timestamptz '2020-01-01 00:00+02' as l"
        " from sales limit 1"
    )
    flow = Flow(SALES, NAMED, sql(query, source_delete=True))
    data, package, _ = flow.results()
    assert data == [
        [
            {
                "a": 2,
                "b": Decimal("0.03333333333333333"),
                "c": Decimal("0.1"),
                "d": [1, 2],
                "e": {"x": Decimal("0.10")},
                "f": None,
                "g": isodate.Duration(months=1, days=-2),
                "h": 3,
                "i": "",
                "j": "x",
                "k": {"k": 1},
                "l": datetime.datetime(2019, 12, 31, 22, tzinfo=datetime.UTC),
            }
        ]
    ]
    assert [field.type for field in package.resources[0].fields.fields] == [
        *("integer", "number", "number", "array", "object", "any", "duration", "integer"),
        *("string", "string", "object", "datetime"),
    ]


def test_no_rows_give_what_sql_says() -> None:
    empty = Watched([], name="sales")
    query = "select max(n) as n, sum(amount) as amount, count(*) as rows from sales"
    step = sql(query, source_delete=True)
    assert result_of(step, empty) == [[{"n": None, "amount": None, "rows": 0}]]
    assert result_of(sql("select * from sales", source_delete=True), empty) == [[]]


def test_the_account_balances() -> None:
    for delete in (True, False):
        step = sql("select n from sales where n is not null", source_delete=delete)
        account = Flow(SALES, NAMED, step).run().accounts[2]
        found = {t.resource: (t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies}
        assert found == {"sales": (3, 0, 0, 3) if delete else (3, 0, 3, 0), "sql": (0, 2, 2, 0)}


def test_all_rows_are_read_when_a_later_step_stops(tmp_path: Path) -> None:
    step = sql("select count(*) as rows from sales")
    assert Flow(SALES, NAMED, step, head(1)).results()[0] == [SALES[:1], [{"rows": 3}]]
    Flow(SALES, NAMED, step, dump_to_path(tmp_path), head(0)).process()
    assert (tmp_path / "sql.csv").read_text(encoding="utf-8").split() == ["rows", "3"]
    assert len((tmp_path / "res_1.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_more_than_memory_holds_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(spill.MEMORY_VARIABLE, "90MB")
    monkeypatch.setattr(sql_table, "_ROWS_AT_ONCE", 5_000)
    rows = ({"n": n * 7919 % 400_009, "text": f"{n:0200d}"} for n in range(400_009))
    (found,) = Flow(
        rows, NAMED, sql("select * from sales order by text desc", source_delete=True), _ends
    ).results()[0]
    assert [(row["n"], int(row["text"])) for row in found] == [
        (400_008 * 7919 % 400_009, 400_008),
        (0, 0),
    ]


def _ends(rows: Any) -> Any:
    first = last = next(rows.it)
    for last in rows:  # noqa: B007 - the last one is wanted
        pass
    yield from (first, last)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Decimal("NaN"), "it is no number of SQL's"),
        (Decimal("1E+40"), "its field would need 42 digits, and SQL has 38"),
        (10**38, "SQL has integers of 38 digits"),
        ("half \ud800", "it has no text, or half of a character"),
        (
            datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
            "some have an offset, others none",
        ),
    ],
)
def test_a_value_that_no_type_holds_is_an_error_with_its_row(value: Any, reason: str) -> None:
    before = {
        Decimal: Decimal("0.5"),
        datetime.datetime: datetime.datetime(2020, 1, 1),  # noqa: DTZ001 - it has none
    }
    rows = [{"x": before.get(type(value))}, {"x": None}, {"x": value}]
    with pytest.raises(ProcessorError) as caught:
        answer("select x from sales", rows)
    assert str(caught.value) == (
        f"the value {value!r} cannot be in a table of SQL: {reason}\n"
        "  at processor 3 of 3: sql('select x from sales')\n"
        "     resource 'sales', row 3, field 'x'\n"
        "  fix: leave its row out before this, or make the field a text:"
        " set_type('x', type='string')."
    )


@pytest.mark.parametrize(
    ("query", "what", "fix"),
    [
        (
            "select * from sale",
            "the query reads 'sale', and no resource is named so",
            "did you mean 'sales'? The resources here are: sales, res_2.",
        ),
        (
            "select * from sales join stores using (city)",
            "the query reads 'stores', and no resource is named so",
            "the resources here are: sales, res_2.",
        ),
        (
            "select citi from sales",
            "the query names 'citi', and no field is named so",
            "did you mean 'city'? The fields here are: city, total, n.",
        ),
        (
            "select s.nam from res_2 s",
            "the query names 'nam', and no field is named so",
            "did you mean 'name'? The fields here are: city, name.",
        ),
        (
            "select name from sales join res_2 using (name)",
            "the query names 'name', and no field is named so",
            "did you mean 'name'? The fields here are: city, total, n, name.",
        ),
        (
            "select city, n as city from sales",
            "two columns of the result are named 'city'",
            "give each a name of its own: SELECT … AS ….",
        ),
        (
            "select 'x'::blob as b",
            "the column 'b' of the result is BLOB, which no field can hold",
            'make it a text: CAST(… AS VARCHAR) AS "b".',
        ),
        (
            "select * from read_csv('/etc/passwd')",
            (
                'a query reads nothing but resources: cannot access file "/etc/passwd"'
                " - file system operations are disabled by configuration"
            ),
            "load the file before this, and name its resource.",
        ),
        (
            "select * from '/etc/passwd'",
            "the query reads '/etc/passwd', and no resource is named so",
            "the resources here are: sales, res_2.",
        ),
        (
            "select * from stored_1",
            "the query reads 'stored_1', and no resource is named so",
            "the resources here are: sales, res_2.",
        ),
        (
            "select n, sum(total) from sales",
            (
                'the query cannot be run: column "n" must appear in the GROUP BY clause or must be'
                " part of an aggregate function. Either add it to the GROUP BY list, or use"
                ' ANY_VALUE("n") if the exact value of "n" is not important.'
            ),
            "correct the query: it is a SELECT in the SQL of DuckDB.",
        ),
        (
            "select sum(city) from sales",
            (
                "the query cannot be run: no function matches the given name and argument types"
                " 'sum(VARCHAR)'. You might need to add explicit type casts."
            ),
            (
                "make the types fit, with CAST or with set_type before this:"
                " 'city' is of the type 'string'."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(query: str, what: str, fix: str) -> None:
    step = sql(query)
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, NAMED, STORES, step).datastream()
    assert str(caught.value) == f"{what}\n  at processor 4 of 4: {step!r}\n  fix: {fix}"


def test_names_that_sql_does_not_tell_apart_are_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1, "A": 2}], sql("select * from res_1")).datastream()
    assert str(caught.value) == (
        "SQL does not tell the fields of 'res_1', 'a' and 'A' apart\n"
        "  at processor 2 of 2: sql('select * from res_1')\n"
        "  fix: give one another name before this, with rename_fields."
    )


def test_a_resource_of_the_new_name_or_one_that_is_not_selected_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, sql("select * from res_1", name="res_1")).datastream()
    assert str(caught.value) == (
        "there is a resource named 'res_1' already\n"
        "  at processor 2 of 2: sql('select * from res_1', name='res_1')\n"
        "  fix: give the result another name: name='…'."
    )
    replaced = sql("select n from res_1", name="res_1", source_delete=True)
    assert Flow(SALES, replaced).results()[0] == [[{"n": 1}, {"n": None}, {"n": 2}]]
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, STORES, sql("select * from res_1", resources=["res_2"])).datastream()
    assert caught.value.fix == "did you mean 'res_2'? The resources here are: res_2."


def test_a_row_that_cannot_be_computed_is_an_error() -> None:
    with pytest.raises(ProcessorError) as caught:
        answer("select city::integer as n from sales", SALES)
    assert str(caught.value) == (
        "the query fails: could not convert string 'Rome' to INT32 when casting from source"
        " column city\n"
        "  at processor 3 of 3: sql('select city::integer as n from sales')\n"
        "     resource 'sql'\n"
        "  fix: write TRY_CAST(… AS …), which gives no value where one does not fit."
    )


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("selec 1", 'the query does not parse: syntax error at or near "selec"'),
        ("", "a query is one SELECT, this is nothing"),
        ("select 1; select 2", "a query is one SELECT, this is SELECT and SELECT"),
        ("copy sales to 'x.csv'", "a query is one SELECT, this is COPY"),
        ("attach 'x.db'", "a query is one SELECT, this is ATTACH"),
        ("insert into sales values (1)", "a query is one SELECT, this is INSERT"),
        ("set memory_limit = '1GB'", "a query is one SELECT, this is SET"),
        ("pragma version", "a query is one SELECT, this is PRAGMA"),
        (3, "a query is a text, got 3"),
    ],
)
def test_what_is_not_one_select_is_refused_at_the_call(query: Any, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        sql(query)
    assert str(caught.value) == f"{what}\n{EXAMPLE}"


def test_a_wrong_name_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        sql("select 1 as one", name="")
    assert str(caught.value) == (
        "the name of a resource is a text, got ''\n  fix: write for instance name='by_city'."
    )


QUERIES = [
    "select * from t order by k, v, s",
    "select k, sum(v) as total, count(v) as n, max(s) as s from t group by k order by k",
    "select t.k, u.s from t join u on t.k = u.k order by t.k, u.s, t.v",
    "select k from t where v > (select min(v) from u) order by k",
    "select distinct s from t union select s from u order by s",
]
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.integers(0, 3),
            "v": st.integers(-(2**31), 2**31) | st.none(),
            "s": st.sampled_from(["a", "B", "é", "ab"]) | st.none(),
        }
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(
    first=rows_of,
    second=rows_of,
    query=st.sampled_from(QUERIES),
    view=st.sampled_from(VIEWS),
    at_once=st.sampled_from([1, 3, 50_000]),
)
def test_it_says_what_sqlite_says(
    first: list[Any], second: list[Any], query: str, view: str, at_once: int
) -> None:
    types = {"k": "integer", "v": "integer", "s": "string"}
    database = sqlite3.connect(":memory:")
    for name, rows in (("t", first), ("u", second)):
        database.execute(f"create table {name} (k integer, v integer, s text)")
        database.executemany(
            f"insert into {name} values (?, ?, ?)", [(row["k"], row["v"], row["s"]) for row in rows]
        )
    nulls_last = query.replace("k, v, s", "k, v nulls last, s nulls last")
    nulls_last = nulls_last.replace("order by s", "order by s nulls last")
    nulls_last = nulls_last.replace("u.s, t.v", "u.s nulls last, t.v nulls last")
    wanted = database.execute(nulls_last).fetchall()
    database.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql_table, "_ROWS_AT_ONCE", at_once)
        sources = [
            Watched(rows, view, 2, name, types) for name, rows in (("t", first), ("u", second))
        ]
        found = result_of(sql(query), *sources)[-1]
    assert [tuple(row.values()) for row in found] == wanted


@settings(max_examples=40)
@given(
    values=st.lists(
        st.decimals(
            allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9
        )
        | st.integers(-(10**12), 10**12).map(Decimal)
        | st.sampled_from([Decimal("1E+5"), Decimal("-0.00"), Decimal("1E-7"), None]),
        max_size=9,
    ),
    view=st.sampled_from(VIEWS),
)
def test_numbers_are_exact(values: list[Decimal | None], view: str) -> None:
    source = Watched([{"x": value} for value in values], view, 2, "t", {"x": "number"})
    query = "select x, sum(x) over () as total, x * 2 as twice from t"
    (found,) = result_of(sql(query, source_delete=True), source)
    total = sum((value for value in values if value is not None), Decimal(0))
    empty = all(value is None for value in values)
    assert [(row["x"], row["total"], row["twice"]) for row in found] == [
        (value, None if empty else total, None if value is None else value * 2) for value in values
    ]
