from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, BudgetError, ProcessorError, ValidationError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processors.checks.assert_rows import assert_rows
from dataflows.processors.checks.unique_keys import UniqueKeys
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.rows.head import head
from processor_contract import ROWS, TYPES, VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

CITIES = [
    {"id": 1, "city": "Rome", "qty": 3},
    {"id": 2, "city": None, "qty": None},
    {"id": 1, "city": "Oslo!", "qty": 70},
]


def failure_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


def kept_by(step: Any) -> list[int]:
    """Return the positions of the rows of CITIES that a step keeps."""
    return [CITIES.index(row) for row in Flow(CITIES, step).results()[0][0]]


def test_rows_that_are_as_expected_pass() -> None:
    step = assert_rows(
        "id < 5",
        lambda row: row["id"] > 0,
        unique=["id", "city"],
        not_missing=["id"],
        in_set={"id": [1, "2"]},
        in_range={"qty": (1, 100), "id": (None, 2)},
        matches={"city": "[A-Z].*"},
        row_count=3,
    )
    assert Flow(CITIES, step).results()[0] == [CITIES]


@pytest.mark.parametrize(
    ("options", "row", "field", "what"),
    [
        ({"unique": "id"}, 3, "id", "1 is in row 1 already"),
        ({"not_missing": ["id", "city"]}, 2, "city", "the field 'city' has no value"),
        (
            {"in_set": {"city": ["Rome", "Oslo"]}},
            *(3, "city", "'Oslo!' is not one of 'Rome', 'Oslo'"),
        ),
        ({"in_range": {"qty": (4, None)}}, 1, "qty", "3 is less than 4"),
        ({"in_range": {"qty": (None, 5)}}, 3, "qty", "70 is more than 5"),
        ({"matches": {"city": "[A-Za-z]+"}}, 3, "city", "'Oslo!' does not match '[A-Za-z]+'"),
    ],
)
def test_a_value_that_is_otherwise_is_shown_with_its_row_and_field(
    options: dict[str, Any], row: int, field: str, what: str
) -> None:
    step = assert_rows(**options)
    assert failure_of(CITIES, step) == (
        f"{what}\n"
        f"  in {CITIES[row - 1]!r}\n"
        f"  at processor 2 of 2: {step!r}\n"
        f"     resource 'res_1', row {row}, field {field!r}\n"
        "  fix: correct the row, or handle such rows with on_error=rejects()."
    )


def test_a_row_that_is_otherwise_is_shown() -> None:
    def small(row: dict[str, Any]) -> bool:
        return row["id"] < 2

    line = small.__code__.co_firstlineno
    shown = f"small (test_assert_rows.py, line {line})"
    for step, text in ((assert_rows("id < 2"), "'id < 2'"), (assert_rows(small), shown)):
        assert failure_of(CITIES, step) == (
            f"the row does not satisfy {text}\n"
            f"  in {CITIES[1]!r}\n"
            f"  at processor 2 of 2: {step!r}\n"
            "     resource 'res_1', row 2\n"
            "  fix: correct the row, or handle such rows with on_error=rejects()."
        )


def test_the_first_row_that_is_otherwise_is_told() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(CITIES, assert_rows("id != 2", in_range={"qty": (None, 5)})).process()
    assert isinstance(caught.value.cause, ValidationError)
    assert caught.value.where.row == 2


def test_several_fields_are_unique_together() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 1, "b": "y"}]
    assert failure_of(rows, assert_rows(unique=["a", "b"])).startswith(
        "(1, 'y') is in row 2 already\n  in {'a': 1, 'b': 'y'}\n"
    )


def test_missing_values_are_unique() -> None:
    rows = [{"a": None, "b": 1}, {"a": None, "b": 1}]
    assert Flow(rows, assert_rows(unique=["a", "b"])).results()[0] == [rows]


def test_values_are_unique_over_all_batches_and_types() -> None:
    values: list[Any] = [{"x": [1]}, {"x": [2]}, {"x": [1]}]
    source = Watched([{"a": value} for value in values], size=1, types={"a": "object"})
    with pytest.raises(ProcessorError) as caught:
        result_of(assert_rows(unique="a"), source)
    assert caught.value.where.row == 3


def test_every_type_that_has_an_order_has_ranges() -> None:
    rows = [{"n": Decimal("1.5"), "day": datetime.date(2026, 1, 2), "text": "m"}]
    right = {"n": ("1.5", 2), "day": ("2026-01-01", None), "text": ("a", "n")}
    assert Flow(rows, assert_rows(in_range=right)).results()[0] == [rows]
    for name, limits, what in (
        ("n", (2, None), "1.5 is less than 2"),
        ("day", (None, "2026-01-01"), "2026-01-02 is more than 2026-01-01"),
        ("text", ("n", None), "'m' is less than 'n'"),
    ):
        step = assert_rows(in_range={name: limits})
        assert failure_of(rows, step).splitlines()[0] == what


def test_lists_may_be_in_a_set() -> None:
    step = assert_rows(in_set={"tags": [[0], [1]]}, on_error=drop)
    assert result_of(step, Watched(ROWS)) == [ROWS[:2]]


def test_a_value_that_does_not_fit_its_type_is_none_that_is_expected() -> None:
    def spoil(row: dict[str, Any]) -> None:
        row["qty"] = "many"

    text = failure_of(CITIES, spoil, assert_rows(in_range={"qty": (1, 5)}))
    assert text.startswith("'many' is not an integer\n")


@pytest.mark.parametrize(
    ("rows", "expected", "what"),
    [
        (3, 4, "there are 3 rows, fewer than 4"),
        (3, 2, "there are more rows than 2"),
        (0, (1, None), "there are 0 rows, fewer than 1"),
        (3, (None, 2), "there are more rows than 2"),
    ],
)
def test_the_number_of_rows_is_expected(rows: int, expected: Any, what: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        result_of(assert_rows(row_count=expected), Watched(ROWS[:rows]))
    assert str(caught.value) == (
        f"{what}\n  at processor 2 of 2: assert_rows(row_count={expected!r})\n"
        "     resource 'data'\n"
        "  fix: correct the source, or expect another number: row_count=(least, most)."
    )
    assert result_of(assert_rows(row_count=rows), Watched(ROWS[:rows])) == [ROWS[:rows]]


def test_the_number_of_rows_is_not_looked_at_where_nobody_asks_for_all() -> None:
    assert Flow(CITIES, assert_rows(row_count=(3, 3)), head(1)).results()[0] == [CITIES[:1]]


COUNTRIES = [{"code": "IT"}, {"code": "NO"}]


def test_values_are_in_the_other_resource() -> None:
    key = {"country": ("res_1", "code")}
    good = [{"country": "IT"}, {"country": None}]
    assert Flow(COUNTRIES, good, assert_rows(foreign_key=key)).results()[0] == [COUNTRIES, good]
    step = assert_rows(foreign_key=key, resources="res_2")
    assert failure_of(COUNTRIES, [*good, {"country": "XX"}], step) == (
        "'XX' is not in the field 'code' of 'res_1'\n"
        "  in {'country': 'XX'}\n"
        f"  at processor 3 of 3: {step!r}\n"
        "     resource 'res_2', row 3, field 'country'\n"
        "  fix: correct the row, or handle such rows with on_error=rejects()."
    )


def test_several_fields_together_are_in_the_other_resource() -> None:
    others = [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]
    rows = [{"a": 1, "b": "a"}, {"a": 1, "b": "b"}]
    step = assert_rows(foreign_key={("a", "b"): ("res_1", ("x", "y"))}, resources="res_2")
    assert failure_of(others, rows, step).startswith(
        "(1, 'b') is not in the fields 'x' and 'y' of 'res_1'\n  in {'a': 1, 'b': 'b'}\n"
    )


def test_the_other_resource_is_read_to_its_end_whoever_stops_asking(tmp_path: Path) -> None:
    step = assert_rows(foreign_key={"country": ("res_1", "code")}, resources="res_2")
    rows = [{"country": "NO"}]
    flow = Flow(COUNTRIES, rows, step, head(1))
    assert flow.results()[0] == [COUNTRIES[:1], rows]
    flow = Flow(COUNTRIES, rows, step, dump_to_path(tmp_path), head(1))
    assert flow.results()[0] == [COUNTRIES[:1], rows]
    assert (tmp_path / "res_1.csv").read_text(encoding="utf-8").split() == ["code", "IT", "NO"]


def test_rejected_rows_say_why() -> None:
    step = assert_rows("id != 2", unique="id", on_error=rejects())
    data = Flow(CITIES, step).results()[0]
    assert data[0] == CITIES[:1]
    assert [(r["row_number"], r["field"], r["value"], r["reason"]) for r in data[1]] == [
        (2, None, None, "the row does not satisfy 'id != 2'"),
        (3, "id", "1", "1 is in row 1 already"),
    ]
    key = {"country": ("res_1", "code")}
    step = assert_rows(foreign_key=key, resources="res_2", on_error=rejects(max_rate=0.4))
    with pytest.raises(ProcessorError) as caught:
        Flow(COUNTRIES, [{"country": "XX"}, {"country": "IT"}], step).process()
    assert isinstance(caught.value.cause, BudgetError)


def test_the_policies_do_what_they_say() -> None:
    options: dict[str, Any] = {"in_range": {"qty": (None, 5)}}
    assert kept_by(assert_rows(**options, on_error=drop)) == [0, 1]
    assert kept_by(assert_rows(**options, on_error=ignore)) == [0, 1, 2]
    assert Flow(CITIES, assert_rows(**options, on_error=clear)).results()[0] == [
        [*CITIES[:2], {**CITIES[2], "qty": None}]
    ]
    assert kept_by(assert_rows("id == 1", on_error=clear)) == [0, 2]
    seen = []

    def policy(name: str, row: dict[str, Any], index: int, error: Any, field: Any) -> bool:
        seen.append((name, row, index, error.what, field and field.name))
        return True

    assert kept_by(assert_rows("id == 1", not_missing="qty", on_error=policy)) == [0, 1, 2]
    assert seen == [
        ("res_1", CITIES[1], 1, "the row does not satisfy 'id == 1'", None),
        ("res_1", CITIES[1], 1, "the field 'qty' has no value", "qty"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"unique": "idd"},
            (
                "no field named 'idd'\n"
                "  at processor 2 of 2: assert_rows(unique='idd')\n     resource 'res_1'\n"
                "  fix: did you mean 'id'? The fields here are: id, city, qty."
            ),
        ),
        (
            {"in_set": {"qty": ["many"]}},
            (
                "the field 'qty' (integer) can never be 'many'\n"
                "  at processor 2 of 2: assert_rows(in_set={'qty': ['many']})\n"
                "     resource 'res_1'\n"
                "  fix: give a value of the type 'integer', or set_type('qty', …) before this."
            ),
        ),
        (
            {"matches": {"qty": "[0-9]"}},
            (
                "the field 'qty' has no texts to match: it is of the type 'integer'\n"
                "  at processor 2 of 2: assert_rows(matches={'qty': '[0-9]'})\n"
                "     resource 'res_1'\n"
                "  fix: use in_range=, or set_type('qty', type='string')."
            ),
        ),
        (
            {"foreign_key": {"city": ("towns", "name")}},
            (
                "no resource is named 'towns'\n"
                "  at processor 2 of 2: assert_rows(foreign_key={'city': ('towns', 'name')})\n"
                "  fix: the resources here are: res_1."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(CITIES, assert_rows(**options)).datastream()
    assert str(caught.value) == message


def test_the_resource_that_is_referred_to_stands_before() -> None:
    step = assert_rows(foreign_key={"country": ("res_2", "code")}, resources="res_1")
    with pytest.raises(ProcessorError) as caught:
        Flow([{"country": "IT"}], COUNTRIES, step).datastream()
    assert str(caught.value) == (
        "the resource 'res_1' stands before 'res_2', which it refers to\n"
        f"  at processor 3 of 3: {step!r}\n"
        "  fix: load 'res_2' before 'res_1'."
    )


def test_a_key_of_another_type_is_refused() -> None:
    step = assert_rows(foreign_key={"n": ("res_1", "code")}, resources="res_2")
    with pytest.raises(ProcessorError) as caught:
        Flow(COUNTRIES, [{"n": 1}], step).datastream()
    assert caught.value.what == (
        "the field 'n' (integer) can never be equal to 'code' (string) of 'res_1'"
    )


@pytest.mark.parametrize(
    ("args", "options", "what"),
    [
        ((), {}, "assert_rows has nothing to expect"),
        ((3,), {}, "a condition is an expression or a function, got 3"),
        ((), {"unique": 3}, "unique is a field or a list of fields, got 3"),
        ((), {"not_missing": [3]}, "not_missing is a field or a list of fields, got [3]"),
        ((), {"in_set": ["a"]}, "in_set is a dict with fields as its keys, got ['a']"),
        ((), {"in_set": {"a": "b"}}, "the values of 'a' are a list, got 'b'"),
        (
            (),
            {"in_range": {"a": 3}},
            "the range of 'a' is a pair, the least and the most, got 3",
        ),
        (
            (),
            {"matches": {"a": "("}},
            (
                "'(' for 'a' is not a regular expression:"
                " missing ), unterminated subpattern at position 0"
            ),
        ),
        (
            (),
            {"row_count": (5, 1)},
            "row_count is a number of rows, or the least and the most, got (5, 1)",
        ),
        (
            (),
            {"foreign_key": {"a": "b"}},
            "a foreign key is a resource and as many fields of it, got 'b'",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    args: tuple[Any, ...], options: dict[str, Any], what: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        assert_rows(*args, **options)
    assert caught.value.what == what
    assert caught.value.fix


def test_no_rows_are_as_expected() -> None:
    step = assert_rows("n > 1", unique="n", not_missing="city", in_range={"n": (1, 2)})
    assert result_of(step, Watched([])) == [[]]


def test_the_account_tells_what_was_refused() -> None:
    step = assert_rows(in_range={"n": (0, None)}, on_error=drop)
    account = Flow(Watched(ROWS, types=TYPES).link(), step).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.rejected) == (5, 4, 1)


CELLS = st.none() | st.integers(-3, 3)


@given(
    rows=st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS}), max_size=10),
    size=st.integers(1, 4),
    view=st.sampled_from(VIEWS),
    most=st.sampled_from([0, 2, 1000]),
)
def test_it_is_a_loop_over_the_rows(
    rows: list[dict[str, Any]], size: int, view: str, most: int
) -> None:
    step = assert_rows(unique=["a", "b"], not_missing="a", in_range={"b": (-2, 2)}, on_error=drop)
    seen, expected = set(), []
    for row in rows:
        key = (row["a"], row["b"])
        good = row["a"] is not None and (row["b"] is None or -2 <= row["b"] <= 2)
        if good and key not in seen:
            expected.append(row)
            seen.update([key] if None not in key else [])
    source = Watched(rows, view, size, types={"a": "integer", "b": "integer"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UniqueKeys.__init__, "__defaults__", (most,))
        assert result_of(step, source) == [expected]


def test_many_keys_go_to_disk_with_the_rows_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UniqueKeys.__init__, "__defaults__", (3,))
    rows = [{"id": f"{number % 70}", "tags": [number % 70], "n": number} for number in range(73)]
    for key in ("id", "tags", ["id", "tags"]):
        sources = [Watched(rows, size=2, types={"id": "string", "tags": "array", "n": "integer"})]
        data = result_of(assert_rows(unique=key, on_error=rejects()), *sources)
        assert data[0] == rows[:70]
        assert [(one["row_number"], one["reason"].split(" is ")[1]) for one in data[1]] == [
            (71, "in row 1 already"),
            (72, "in row 2 already"),
            (73, "in row 3 already"),
        ]
        with pytest.raises(ProcessorError) as caught:
            result_of(assert_rows(unique=key), *sources)
        assert (caught.value.where.row, caught.value.cause.index) == (71, 70)
