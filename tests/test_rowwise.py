"""Row functions: what they are given, what they may return, and what stays as it was."""

from __future__ import annotations

import copy
import itertools
import linecache
from collections import OrderedDict, UserDict, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from dataflows import Flow, filter_rows, rowwise, set_type
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch

_numbers = itertools.count()


def results(*links: Any) -> list[dict[str, Any]]:
    """Return the rows of a flow of one resource."""
    rows, _, _ = Flow(*links).results()
    assert len(rows) == 1
    return rows[0]


def function(source: str) -> Callable[..., Any]:
    """Return the function `f` of a source, which can be read like that of a file."""
    name = f"<sample {next(_numbers)} of row functions>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec", dont_inherit=True), names)  # noqa: S102 - our own text
    made: Callable[..., Any] = names["f"]
    return made


ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]


def test_a_row_that_is_changed_in_place_goes_on() -> None:
    def change(row: dict[str, Any]) -> None:
        row["a"] *= 10

    assert results(ROWS, change) == [
        {"a": 10, "b": "x"},
        {"a": 20, "b": "y"},
        {"a": 30, "b": "z"},
    ]


def test_what_is_returned_takes_the_place_of_the_row() -> None:
    assert results(ROWS, lambda row: {"b": row["b"] * 2} if row["a"] == 2 else row) == [
        {"a": 1, "b": "x"},
        {"a": None, "b": "yy"},
        {"a": 3, "b": "z"},
    ]


def test_any_number_of_rows_may_be_returned() -> None:
    def times(row: dict[str, Any]) -> Any:
        for number in range(row["a"] - 1):
            yield {**row, "n": number}

    assert results(ROWS, times) == [
        {"a": 2, "b": "y", "n": 0},
        {"a": 3, "b": "z", "n": 0},
        {"a": 3, "b": "z", "n": 1},
    ]
    assert results(ROWS, lambda row: []) == []
    assert results(ROWS, lambda row: [row, row])[:2] == [{"a": 1, "b": "x"}] * 2


def test_all_kinds_of_results_may_be_mixed() -> None:
    def mixed(row: dict[str, Any]) -> Any:
        number = row["a"]
        row["b"] = f"{number}"
        return [None, row, {"a": number, "b": "new"}, [row, {"a": 9}], (), iter([row])][number]

    rows = [{"a": number, "b": "-"} for number in range(6)]
    assert results(rows, mixed) == [
        {"a": 0, "b": "0"},
        {"a": 1, "b": "1"},
        {"a": 2, "b": "new"},
        {"a": 3, "b": "3"},
        {"a": 9, "b": None},
        {"a": 5, "b": "5"},
    ]


def test_a_function_may_reuse_what_it_returns() -> None:
    shared: dict[str, Any] = {}
    many: list[dict[str, Any]] = []

    def one(row: dict[str, Any]) -> Any:
        shared.update(row, b="one")
        return shared

    def several(row: dict[str, Any]) -> Any:
        many.clear()
        many.append(dict(row))
        return many

    expected = [{"a": number, "b": "one"} for number in (1, 2, 3)]
    assert results(ROWS, one, several) == expected


def test_every_kind_of_mapping_becomes_a_plain_row() -> None:
    kinds = [OrderedDict, lambda row: defaultdict(int, row), UserDict]
    made = results(ROWS, lambda row: kinds[row["a"] - 1]({"a": row["a"]}))
    assert made == [{"a": 1, "b": None}, {"a": 2, "b": None}, {"a": 3, "b": None}]
    assert {type(row) for row in made} == {dict}


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        (5, "the row function returned 5"),
        (False, "the row function returned False"),
        ("text", "the row function returned 'text'"),
        ([1], "the row function returned rows of which one is 1"),
        ([[1]], "the row function returned rows of which one is [1]"),
    ],
    ids=repr,
)
def test_what_is_no_row_is_refused_with_the_row_that_it_came_for(returned: Any, what: str) -> None:
    def wrong(row: dict[str, Any]) -> Any:
        return returned if row["a"] == 2 else None

    with pytest.raises(ProcessorError) as caught:
        results(ROWS, wrong)
    line = wrong.__code__.co_firstlineno
    assert str(caught.value) == (
        f"{what}\n"
        f"  at processor 2 of 2: wrong (test_rowwise.py, line {line})\n"
        "     resource 'res_1', row 2\n"
        "  fix: return None, a dict, or an iterable of dicts."
    )


def test_an_error_of_a_function_is_told_with_the_row_and_a_hint() -> None:
    def half(row: dict[str, Any]) -> None:
        row["a"] = 6 / (row["a"] - 2)

    with pytest.raises(ProcessorError) as caught:
        results(ROWS, half)
    line = half.__code__.co_firstlineno
    assert str(caught.value) == (
        "ZeroDivisionError: division by zero\n"
        f"  at processor 2 of 2: half (test_rowwise.py, line {line})\n"
        "     resource 'res_1', row 2"
    )
    assert caught.value.cause.__notes__ == ["in row 2: {'a': 2, 'b': 'y'}"]
    assert (caught.value.processor_name, caught.value.processor_position) == ("row_processor", 2)


def test_a_misspelt_field_is_offered_its_nearest_name() -> None:
    with pytest.raises(ProcessorError) as caught:
        results([{"price": 1}], lambda row: {"price": row["prize"]})
    assert caught.value.fix == "did you mean 'price'? The fields here are: price."
    assert caught.value.what == "KeyError: 'prize'"


def test_missing_values_are_named_where_a_function_stumbles_over_them() -> None:
    with pytest.raises(ProcessorError) as caught:
        results([{"a": 1, "b": 1}, {"a": None, "b": 2}], lambda row: {"a": row["a"] + 1})
    assert caught.value.fix == "missing values are None, here in 'a': test for them."


def test_a_stop_iteration_does_not_end_the_rows() -> None:
    def stop(row: dict[str, Any]) -> None:
        if row["a"] == 2:
            raise StopIteration

    for link in (stop, filter_rows(stop)):
        with pytest.raises(ProcessorError) as caught:
            results(ROWS, link)
        assert isinstance(caught.value.cause, StopIteration)
        assert caught.value.where.row == 2


def test_rows_are_numbered_as_they_came_through_filters_and_functions() -> None:
    def twice(row: dict[str, Any]) -> Any:
        return [row, dict(row)]

    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 20_000:
            raise ValueError

    rows = ({"n": number} for number in range(1, 30_000))
    with pytest.raises(ProcessorError) as caught:
        results(rows, filter_rows(lambda row: row["n"] % 2 == 0), twice, fail)
    assert caught.value.where.row == 20_000


def test_later_functions_see_keys_that_are_no_fields() -> None:
    def mark(row: dict[str, Any]) -> None:
        if row["a"] == 2:
            row["mark"] = row["b"]

    def use(row: dict[str, Any]) -> None:
        row["b"] = row.get("mark", "none")

    assert results(ROWS, mark, use) == [
        {"a": 1, "b": "none"},
        {"a": 2, "b": "y", "mark": "y"},
        {"a": 3, "b": "none"},
    ]


def batches(*links: Any) -> list[Batch]:
    """Return the batches of a flow of one resource as they leave its last link."""
    run = Flow(*links)._start()
    return [batch for _, batches in run.stream() for batch in batches]


def test_values_that_are_not_changed_keep_their_text_to_the_character() -> None:
    texts = ["1.50", "007", "+2", "1e3"]
    table = pa.table({"n": texts, "qty": ["1", "2", "3", "4"]})

    def narrow(row: dict[str, Any]) -> None:
        row["qty"] = row["n"] * row["qty"]

    def whole(row: dict[str, Any]) -> dict[str, Any]:
        row.update(qty=0)
        return row

    def other(row: dict[str, Any]) -> dict[str, Any]:
        return {"qty": 1, **row}

    for link in (narrow, whole, other):
        made = batches(table, set_type("n|qty", type="number"), link)
        assert [batch.column("n").text.to_pylist() for batch in made] == [texts]


def test_a_thousand_row_functions_are_run() -> None:
    def add(row: dict[str, Any]) -> None:
        row["a"] += 1

    assert results(ROWS, *[add] * 1000)[0] == {"a": 1001, "b": "x"}


def test_a_function_is_given_no_more_than_the_fields_it_uses() -> None:
    seen = []

    def spy(row: dict[str, Any]) -> None:
        seen.append(len(row))

    def uses(row: dict[str, Any]) -> None:
        row["a"] = row["a"]

    made = batches(pa.table({"a": [1], "b": ["x"]}), uses)
    assert made[0].held_rows() == [{"a": 1}]
    assert results(ROWS, spy)
    assert seen == [2, 2, 2]


STATEMENTS = (
    'row["a"] = row["a"] + 1',
    'row["a"] += 1',
    'row["b"].append(1)',
    'row["b"] = row["b"]',
    'row["b"] = [*row["b"], 2]',
    'row["o"]["k"] = row["a"]',
    'row["x"] = row.get("y", 0)',
    'row["y"] = row["s"]',
    'row["s"] = row.get("x")',
    'del row["a"]',
    'del row["x"]',
    'row.setdefault("x", 3)',
    'row["n"] = len(row.get("s") or "")',
    'row["s"] = str("x" in row) + str("a" in row)',
    'row["z"] = list(row.get("b") or [])',
    'row["s"] = row["s"] or "empty"',
    'row["x"].append(1)',
    'row["x"] = row["b"]',
)
RETURNS = (
    "",
    "return row",
    "return None",
    'return {"a": row["a"], "x": 5}',
    "return dict(row)",
    "return [row, dict(row)]",
    "return []",
    'return ({"a": n, "b": row["b"]} for n in range(2))',
    'return [{"s": row["s"]}]',
    'return row if row["a"] == 2 else [] if row["s"] else {"a": 1}',
    'return [row] if row.get("a") == 2 else None',
    'yield row; yield {"a": row["a"]}',
    'row["a"] = 1; yield row; row["a"] = 2; yield row',
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    body = []
    for statement in draw(st.lists(st.sampled_from(STATEMENTS), max_size=4)):
        if draw(st.booleans()):
            body.append(f'    if row.get("a") == {draw(st.integers(1, 3))}:\n        {statement}')
        else:
            body.append(f"    {statement}")
    body += [f"    {line}" for line in draw(st.sampled_from(RETURNS)).split("; ")]
    return "def f(row):\n" + "\n".join(body) + "\n    pass\n"


tables = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.sampled_from([1, 2, 3]) | st.none(),
            "b": st.lists(st.integers(0, 2), max_size=2),
            "s": st.sampled_from(["", "s", None]),
            "o": st.just({}),
        },
        optional={},
    ),
    min_size=1,
    max_size=6,
)


def outcome(rows: list[dict[str, Any]], functions: list[Any], *, narrow: bool) -> Any:
    """Return the rows and the accounts of a flow, or its error."""
    links: list[Any] = [copy.deepcopy(rows), *functions]
    with patch.object(rowwise, "narrow", narrow):
        try:
            made, _, _ = Flow(*links).results(on_error=None)
            accounts = [
                (one.rows_in, one.added, one.rows_out, one.filtered)
                for one in Flow(copy.deepcopy(rows), *functions).run().accounts
            ]
        except ProcessorError as error:
            return type(error.cause), error.what, error.where
        return made, accounts


@given(tables, st.lists(sources(), min_size=1, max_size=4))
@settings(max_examples=400)
def test_rows_of_few_fields_and_whole_rows_give_the_same(
    rows: list[dict[str, Any]], texts: list[str]
) -> None:
    functions = [function(text) for text in texts]
    whole = outcome(rows, functions, narrow=False)
    event("rows" if isinstance(whole[0], list) else whole[0].__name__)
    assert outcome(rows, functions, narrow=True) == whole


def by_hand(rows: list[dict[str, Any]], functions: list[Any]) -> list[dict[str, Any]]:
    """Return what a loop makes of the rows."""
    for each in functions:
        made: list[dict[str, Any]] = []
        for row in rows:
            result = each(row)
            if result is None:
                made.append(row)
            elif isinstance(result, dict):
                made.append(result)
            else:
                made += [dict(one) for one in result]
        rows = made
    return rows


@given(tables, st.lists(sources(), min_size=1, max_size=4))
@settings(max_examples=300)
def test_a_flow_does_what_a_loop_over_the_rows_does(
    rows: list[dict[str, Any]], texts: list[str]
) -> None:
    functions = [function(text) for text in texts]
    typed, package, _ = Flow(copy.deepcopy(rows)).results()
    names = package.resources[0].fields.field_names
    expected: list[dict[str, Any]] | None = None
    with suppress(Exception):
        expected = by_hand(typed[0], functions)
    if expected is None:
        with pytest.raises(ProcessorError):
            Flow(copy.deepcopy(rows), *functions).process()
        return
    made, _, _ = Flow(copy.deepcopy(rows), *functions).results(on_error=None)
    without = dict.fromkeys(names)
    assert [{**without, **row} for row in made[0]] == [{**without, **row} for row in expected]


@given(tables, sources())
@settings(max_examples=100)
def test_conditions_on_rows_of_few_fields_and_on_whole_rows_give_the_same(
    rows: list[dict[str, Any]], text: str
) -> None:
    condition = function(text)
    links = [filter_rows(condition), lambda row: row.update(s="after")]
    assert outcome(rows, links, narrow=True) == outcome(rows, links, narrow=False)


@given(tables, st.lists(sources(), max_size=3))
@settings(max_examples=60)
def test_the_callers_rows_stay_as_they_are(rows: list[dict[str, Any]], texts: list[str]) -> None:
    kept = [dict(row) for row in rows]
    with suppress(ProcessorError):
        results(rows, *(function(text) for text in texts))
    assert [list(row) for row in rows] == [list(row) for row in kept]
    for row, before in zip(rows, kept, strict=True):
        assert all(row[key] is before[key] for key in before)


def sets_b_of_some(row: dict[str, Any]) -> None:
    if row["a"] > 1:
        row["b"] = row["a"] * 10


def reads_b(row: dict[str, Any]) -> None:
    row["c"] = row["b"]


def sets_new_of_some(row: dict[str, Any]) -> None:
    if row["a"] > 1:
        row["new"] = row["a"]


def reads_new(row: dict[str, Any]) -> None:
    row["c"] = row.get("new", "none")


def test_what_a_function_only_sets_keeps_its_value_where_it_does_not() -> None:
    rows = [{"a": 1, "b": 7, "c": 0}, {"a": 2, "b": 8, "c": 0}]
    wanted = [{"a": 1, "b": 7, "c": 7}, {"a": 2, "b": 20, "c": 20}]
    assert Flow(rows, sets_b_of_some, reads_b).results()[0] == [wanted]
    assert Flow(rows, sets_b_of_some).results()[0] == [
        [{"a": 1, "b": 7, "c": 0}, {"a": 2, "b": 20, "c": 0}]
    ]
    assert Flow(rows, reads_b, sets_b_of_some, reads_b).results()[0] == [wanted]


def test_the_same_for_a_key_that_is_no_field() -> None:
    rows = [{"a": 1, "c": None}, {"a": 2, "c": None}]
    flow = Flow(rows, sets_new_of_some, reads_new, sets_new_of_some)
    assert flow.results(on_error=None)[0] == [[{"a": 1, "c": "none"}, {"a": 2, "c": 2, "new": 2}]]
