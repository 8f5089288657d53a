from __future__ import annotations

import functools
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import rowwise
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.flow_control import parallel_rows
from dataflows.processors.flow_control.parallelize import parallelize
from dataflows.processors.rows.filter_rows import filter_rows
from processor_contract import ROWS, VIEWS, Watched, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    RowFunction = Callable[[dict[str, Any]], Any]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results(on_error=None)[0][0]


def double(row: dict[str, Any]) -> None:
    row["b"] = row["a"] * 2


def numbers(count: int) -> Iterator[dict[str, Any]]:
    return ({"a": number, "b": None, "c": str(number)} for number in range(count))


def test_the_rows_keep_their_order_and_go_through_the_function() -> None:
    found = rows_of(numbers(3000), parallelize(double, 2))
    assert found == [{"a": n, "b": 2 * n, "c": str(n)} for n in range(3000)]


def test_the_function_may_return_rows() -> None:
    def several(row: dict[str, Any]) -> Any:
        if row["a"] == 0:
            return None
        if row["a"] == 1:
            return {"a": 10, "c": "x"}
        return ({"a": row["a"], "c": str(n)} for n in range(row["a"] - 2))

    result = Flow(numbers(5), parallelize(several, 2)).run()
    account = result.accounts[1]
    assert (account.rows_in, account.added, account.filtered, account.rows_out) == (5, 1, 1, 5)
    assert Flow(numbers(5), parallelize(several, 2)).results()[0][0] == [
        {"a": 0, "b": None, "c": "0"},
        {"a": 10, "c": "x", "b": None},
        {"a": 3, "c": "0", "b": None},
        {"a": 4, "c": "0", "b": None},
        {"a": 4, "c": "1", "b": None},
    ]


def test_missing_values_are_none_there() -> None:
    def tell(row: dict[str, Any]) -> None:
        row["c"] = repr(row["b"])

    assert rows_of([{"b": None, "c": "x"}, {"b": 1, "c": None}], parallelize(tell, 1)) == [
        {"b": None, "c": "None"},
        {"b": 1, "c": "1"},
    ]


def test_a_predicate_lets_the_other_rows_pass_as_they_are() -> None:
    step = parallelize(double, 2, predicate=lambda row: row["a"] % 3 == 1)
    assert rows_of(numbers(700), step) == [
        {"a": n, "b": 2 * n if n % 3 == 1 else None, "c": str(n)} for n in range(700)
    ]


def test_a_predicate_that_is_never_true_starts_no_process() -> None:
    before = set(psutil.Process().children())
    found = rows_of(numbers(20), parallelize(double, 2, predicate=lambda row: False), seen(before))
    assert found == list(numbers(20))


def seen(children: set[psutil.Process]) -> RowFunction:
    def look(row: dict[str, Any]) -> None:
        assert set(psutil.Process().children()) == children

    return look


def test_rows_that_a_function_makes_of_chosen_rows_stand_in_their_places() -> None:
    step = parallelize(lambda row: [row, row], 2, predicate=lambda row: row["a"] == 1)
    assert [row["a"] for row in rows_of(numbers(3), step)] == [0, 1, 1, 2]


def test_keys_outside_the_schema_come_and_go() -> None:
    def put(row: dict[str, Any]) -> None:
        row["x"] = {"a": {row["a"]}}

    def more(row: dict[str, Any]) -> None:
        row["y"] = (row["x"], row.get("z"))
        if row["a"] == 1:
            del row["x"]

    found = rows_of(numbers(2), put, parallelize(more, 1), lambda row: row.update(c=None))
    assert found == [
        {"a": 0, "b": None, "c": None, "x": {"a": {0}}, "y": ({"a": {0}}, None)},
        {"a": 1, "b": None, "c": None, "y": ({"a": {1}}, None)},
    ]


def test_what_the_function_does_not_use_keeps_its_text() -> None:
    source = Watched(ROWS[:2], "text")
    step = parallelize(lambda row: row.update() if row["n"] else None, 1)
    assert result_of(step, source)[0] == ROWS[:2]

    def raise_n(row: dict[str, Any]) -> None:
        row["n"] += 1

    assert [row["n"] for row in result_of(parallelize(raise_n, 1), source)[0]] == [2, -6]


class Adder:
    def __init__(self, number: int) -> None:
        self.number = number

    def add(self, row: dict[str, Any]) -> None:
        row["a"] += self.number

    __call__ = add


def add_to(number: int, row: dict[str, Any]) -> None:
    row["a"] += number


def closure(number: int) -> RowFunction:
    def function(row: dict[str, Any]) -> None:
        row["a"] += number

    return function


@pytest.mark.parametrize(
    "function",
    [
        lambda row: row.update(a=row["a"] + 5),
        closure(5),
        functools.partial(add_to, 5),
        Adder(5).add,
        Adder(5),
    ],
    ids=["lambda", "closure", "partial", "method", "object"],
)
def test_every_kind_of_function_can_be_sent(function: RowFunction) -> None:
    assert rows_of([{"a": 1}, {"a": 2}], parallelize(function, 1)) == [{"a": 6}, {"a": 7}]


def in_place(row: dict[str, Any]) -> None:
    row["b"], row["tags"] = row["c"], [row["a"]]


def whole(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in sorted(row) if row[key] is not None}


def mutating(row: dict[str, Any]) -> None:
    if row["tags"]:
        row["tags"].append("more")
    row["new"] = str(row["a"])


def filtering(row: dict[str, Any]) -> Any:
    return [] if row["c"] == "" else row


def multiplying(row: dict[str, Any]) -> Any:
    row["c"] = "first"
    return [row, {**row, "c": "second"}]


cells = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.booleans(), st.decimals())
random_rows = st.lists(
    st.fixed_dictionaries(
        {
            "a": cells,
            "b": cells,
            "c": st.text(max_size=2),
            "tags": st.none() | st.lists(st.integers(), max_size=2),
        },
        optional={"extra": cells},
    ),
    max_size=6,
)


@settings(max_examples=8)
@given(
    rows=random_rows,
    function=st.sampled_from([in_place, whole, mutating, filtering, multiplying]),
    only_some=st.booleans(),
)
def test_the_rows_are_those_of_the_function_itself(
    rows: list[dict[str, Any]], function: RowFunction, only_some: bool
) -> None:
    types = {"a": "any", "b": "any", "c": "any", "tags": "array"}

    def chosen(row: dict[str, Any]) -> bool:
        return not only_some or row["b"] is None

    def by_hand(row: dict[str, Any]) -> Any:
        return function(row) if chosen(row) else None

    there = Watched(rows, "rows", 4, types=types)
    here = Watched(rows, "rows", 4, types=types)
    parallel = parallelize(function, 1, predicate=chosen if only_some else None)
    found = result_of(parallel, there)[0]
    expected = Flow(here.link(), by_hand).results(on_error=None)[0][0]
    # As text, for NaN differs from itself; the order of keys is free.
    assert [sorted(map(repr, row.items())) for row in found] == [
        sorted(map(repr, row.items())) for row in expected
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("narrow", [True, False])
def test_every_view_gives_the_same(
    view: str, narrow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rowwise, "narrow", narrow)

    def change(row: dict[str, Any]) -> None:
        row["city"] = f"{row['n']} {row['amount'] * 2}"

    found = result_of(parallelize(change, 1), Watched(ROWS, view))[0]
    expected = [{**row, "city": f"{row['n']} {row['amount'] * 2}"} for row in ROWS]
    if view == "arrow":
        for one in (*found, *expected):
            left, _, right = one["city"].partition(" ")
            one["city"] = left, Decimal(right)
    assert found == expected


# Errors


class OddError(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


class HeldError(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


def failing(error: Callable[[], Exception]) -> RowFunction:
    def function(row: dict[str, Any]) -> None:
        if row["a"] == 70:
            raise error()

    return function


def error_of(*links: Any) -> ProcessorError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return caught.value


def test_an_error_of_the_function_has_its_place() -> None:
    """WEAKNESSES A16: the error was printed, and the row passed as it was."""

    def divide(row: dict[str, Any]) -> None:
        row["b"] = 1 / (70 - row["a"])

    error = error_of(numbers(100), filter_rows("a != 3"), parallelize(divide, 2))
    assert str(error) == (
        "ZeroDivisionError: division by zero\n"
        "  at processor 3 of 3: parallelize(divide, 2)\n"
        f"     in divide (test_parallelize.py, line {divide.__code__.co_firstlineno})\n"
        "     resource 'res_1', row 71"
    )
    assert isinstance(error.cause, ZeroDivisionError)
    trace, row = error.cause.__notes__
    assert trace.startswith("in a worker process:\nTraceback (most recent call last):\n")
    assert 'row["b"] = 1 / (70 - row["a"])' in trace
    assert row == "in row 71: {'a': 70, 'b': None, 'c': '70'}"


def test_the_first_row_that_fails_is_told() -> None:
    def fail(row: dict[str, Any]) -> None:
        time.sleep(0.05 if row["a"] == 9 else 0)
        if row["a"] >= 9:
            raise ValueError(row["a"])

    assert str(error_of(numbers(40), parallelize(fail, 2)).cause) == "9"


def test_an_error_with_attributes_comes_as_it_is() -> None:
    error = error_of(numbers(100), parallelize(failing(lambda: KeyError("b")), 2))
    assert error.cause.args == ("b",)


@pytest.mark.parametrize(
    "make", [lambda: OddError("it", "is"), lambda: HeldError("it")], ids=["odd", "held"]
)
def test_an_error_that_cannot_travel_keeps_its_name_and_text(make: Callable[[], Exception]) -> None:
    error = error_of(numbers(100), parallelize(failing(make), 2))
    assert str(error).splitlines()[0] == f"{type(make()).__name__}: it"


def test_a_value_that_cannot_travel_has_its_place() -> None:
    def lock(row: dict[str, Any]) -> None:
        row["b"] = threading.Lock() if row["a"] == 70 else 0

    text = str(error_of(numbers(100), filter_rows("a != 3"), parallelize(lock, 2)))
    first, *rest = text.splitlines()
    assert first.endswith(" cannot be stored exactly: its type is _thread.lock")
    *place, fix = rest
    assert place == [
        "  at processor 3 of 3: parallelize(lock, 2)",
        "     resource 'res_1', row 71, field 'b'",
    ]
    assert fix.startswith("  fix: make it a value of a type of Python's own, ")


def test_a_returned_row_that_cannot_travel_is_an_error() -> None:
    def lock(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "b": threading.Lock()}

    assert str(error_of(numbers(3), parallelize(lock, 2))) == (
        "TypeError: cannot pickle '_thread.lock' object\n"
        "  at processor 2 of 2: parallelize(lock, 2)\n"
        "     resource 'res_1'"
    )


class Unreadable:
    def __reduce__(self) -> Any:
        return int, ("x",)


def test_an_answer_that_cannot_be_read_is_an_error() -> None:
    def strange(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "b": Unreadable()}

    assert str(error_of(numbers(3), parallelize(strange, 2))).splitlines()[0] == (
        "ValueError: invalid literal for int() with base 10: 'x'"
    )


def test_what_is_no_row_is_refused() -> None:
    def five(_: dict[str, Any]) -> int:
        return 5

    assert str(error_of(numbers(3), parallelize(five, 1))) == (
        "the row function returned 5\n"
        "  at processor 2 of 2: parallelize(five, 1)\n"
        f"     in five (test_parallelize.py, line {five.__code__.co_firstlineno})\n"
        "     resource 'res_1', row 1\n"
        "  fix: return None, a dict, or an iterable of dicts."
    )


def test_an_error_before_it_comes_through_as_itself() -> None:
    """WEAKNESSES A16: it took ten seconds, and another error was shown."""

    def broken() -> Iterator[dict[str, Any]]:
        yield from numbers(2000)
        raise OSError("the line is dead")

    started = time.monotonic()
    error = error_of(broken(), parallelize(lambda row: time.sleep(0.0001), 2))
    assert time.monotonic() - started < 5
    assert isinstance(error.cause, OSError)
    assert str(error).splitlines()[:2] == [
        "OSError: the line is dead",
        "  at processor 1 of 2: generator broken of rows",
    ]


def test_a_function_that_cannot_be_sent_is_refused_before_any_row_moves() -> None:
    lock = threading.Lock()

    def function(row: dict[str, Any]) -> None:
        lock.acquire()

    place = f"function (test_parallelize.py, line {function.__code__.co_firstlineno})"
    with pytest.raises(ProcessorError) as caught:
        Flow(numbers(1), parallelize(function)).check()
    assert str(caught.value) == (
        f"{place} cannot be sent to another process: cannot pickle '_thread.lock' object\n"
        "  at processor 2 of 2: parallelize(function)\n"
        "  fix: create what cannot be sent inside the function."
    )


class Fragile:
    def __call__(self, row: dict[str, Any]) -> None:
        """Do nothing."""

    def __reduce__(self) -> Any:
        return int, ("x",)


def test_a_function_that_cannot_be_loaded_there_is_an_error() -> None:
    assert str(error_of(numbers(1), parallelize(Fragile(), 1))) == (
        "the function cannot be loaded in a worker process: ValueError: invalid literal for int()"
        " with base 10: 'x'\n"
        "  at processor 2 of 2: parallelize(Fragile, 1)\n"
        "     resource 'res_1'\n"
        "  fix: define it, and what it uses, in the script or in a module that can be imported."
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: parallelize(5),  # type: ignore[arg-type]  # what is tested
            (
                "row_func is a function of the row, got 5\n"
                "  fix: write for instance parallelize(my_function)."
            ),
        ),
        (
            lambda: parallelize(double, predicate="a > 1"),  # type: ignore[arg-type]  # the same
            (
                "predicate is a function of the row, got 'a > 1'\n"
                "  fix: write for instance parallelize(my_function)."
            ),
        ),
        (
            lambda: parallelize(double, 0),
            (
                "num_processors is a number of processes from 1 on, got 0\n"
                "  fix: give a number, or leave it out."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


def test_a_misspelt_field_is_found_before_any_row_moves() -> None:
    def wrong(row: dict[str, Any]) -> None:
        row["b"] = row["aa"]

    check = Flow(numbers(1), parallelize(wrong)).check()
    assert [problem.splitlines()[0] for problem in check.problems] == ["no field named 'aa'"]


def test_what_the_function_sets_is_known_to_later_steps() -> None:
    def more(row: dict[str, Any]) -> None:
        row["x"] = row["a"]

    def use(row: dict[str, Any]) -> None:
        row["b"] = row["x"]

    check = Flow(numbers(1), parallelize(more), use).check()
    assert [problem.splitlines()[0] for problem in check.problems] == [
        "the field 'x' is set, but it is not in the schema"
    ]


# Streaming and ending


def test_a_slow_source_sees_each_row_come_out_before_the_next() -> None:
    events = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(4):
            time.sleep(0.03)
            events.append(f"in {number}")
            yield {"a": number, "b": None}

    def note(row: dict[str, Any]) -> None:
        events.append(f"out {row['a']}")

    Flow(source(), parallelize(double, 2), note).process()
    after_the_sample = [event for event in events if event.startswith("out")]
    assert after_the_sample == ["out 0", "out 1", "out 2", "out 3"]
    watched = Watched([{"n": n} for n in range(5)], size=1, types={"n": "integer"})

    def late(rows: Any) -> Iterator[Any]:
        for row in rows:
            time.sleep(0.03)
            yield row

    rows = iter(
        next(
            iter(Flow(watched.link(), late, parallelize(lambda row: None, 2)).datastream().res_iter)
        )
    )
    for number in range(5):
        assert next(rows) == {"n": number}
        assert watched.pulled == number + 1
    assert list(rows) == []


def test_a_fast_source_is_not_read_far_ahead() -> None:
    watched = Watched([{"n": n} for n in range(500)], size=1, types={"n": "integer"})
    flow = Flow(watched.link(), parallelize(lambda row: time.sleep(0.1), 2))
    resources = flow.datastream().res_iter
    rows = iter(next(iter(resources)))
    next(rows)
    next(rows)
    assert watched.pulled <= 1 + 2 * parallel_rows._PARCELS_A_WORKER
    resources.close()
    assert watched.closed


def test_other_resources_pass_as_they_are() -> None:
    data = Flow([{"a": 1, "b": 0}], [{"a": 1, "b": 0}], parallelize(double, 1, "res_2")).results()[
        0
    ]
    assert data == [[{"a": 1, "b": 0}], [{"a": 1, "b": 2}]]
