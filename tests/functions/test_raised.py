from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import ProcessorError, ValidationError
from dataflows.flow import Flow
from dataflows.functions import raised_in
from dataflows.on_error import raise_exception
from dataflows.processors.modifiers.add_computed_field import add_computed_field
from dataflows.processors.modifiers.add_field import add_field
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.modifiers.validate import validate
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.sort_rows import sort_rows

if TYPE_CHECKING:
    from collections.abc import Callable


def inverse(number: Any) -> Any:
    return 1 / number


def outer(number: Any) -> Any:
    return inverse(number)


class Inverse:
    def __call__(self, number: Any) -> Any:
        return inverse(number)

    def method(self, number: Any) -> Any:
        return inverse(number)


@functools.wraps(inverse)
def wrapper(number: Any) -> Any:
    return inverse(number)


def line_of(function: Any) -> int:
    line: int = function.__code__.co_firstlineno
    return line


def error_of(function: Callable[[int], Any]) -> BaseException:
    with pytest.raises(ZeroDivisionError) as caught:
        function(0)
    return caught.value


@pytest.mark.parametrize(
    ("called", "given", "expected"),
    [
        (inverse, [inverse], f"inverse (test_raised.py, line {line_of(inverse)})"),
        (outer, [inverse, outer], f"inverse (test_raised.py, line {line_of(inverse)})"),
        (outer, [outer, 5, "outer"], f"outer (test_raised.py, line {line_of(outer)})"),
        (outer, [{"a": [outer]}], f"outer (test_raised.py, line {line_of(outer)})"),
        (
            *(outer, [functools.partial(outer)]),
            f"partial of outer (test_raised.py, line {line_of(outer)})",
        ),
        (wrapper, [wrapper], f"inverse (test_raised.py, line {line_of(inverse)})"),
        (
            *(Inverse(), [Inverse()]),
            f"Inverse object (test_raised.py, line {line_of(Inverse.__call__)})",
        ),
        (
            *(Inverse().method, [Inverse().method]),
            f"Inverse.method (test_raised.py, line {line_of(Inverse.method)})",
        ),
        (inverse, [outer, len, Inverse, None, {}], None),
        (inverse, [], None),
    ],
)
def test_the_innermost_of_the_functions_is_told(
    called: Any, given: list[Any], expected: str | None
) -> None:
    assert raised_in(error_of(called), given) == expected


def test_a_function_that_wraps_itself_is_looked_at_once() -> None:
    def looped(number: Any) -> Any:
        return 1 / number

    looped.__wrapped__ = looped  # type: ignore[attr-defined]  # what functools.wraps would set
    shown = f"looped (test_raised.py, line {line_of(looped)})"
    assert raised_in(error_of(looped), [looped]) == shown


def fails(row: Any) -> Any:
    return row / 0


@pytest.mark.parametrize(
    "step",
    [
        filter_rows(fails),
        validate(fails),
        validate("a", fails),
        sort_rows(fails),
        add_field("b", "integer", fails),
        add_computed_field([{"target": "b", "operation": fails}]),
        set_type("a", transform=fails),
    ],
    ids=repr,
)
def test_an_error_names_the_function_in_which_it_was_raised(step: Any) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], step).process()
    lines = str(caught.value).splitlines()
    assert lines[1:4] == [
        f"  at processor 2 of 2: {step!r}",
        f"     in fails (test_raised.py, line {line_of(fails)})",
        "     resource 'res_1', row 1",
    ]


def test_a_step_that_is_a_function_is_named_once() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], lambda row: row["a"] / 0).process()
    assert caught.value.where.function is None
    assert str(caught.value).count("test_raised.py") == 1


def test_a_policy_that_is_ours_is_not_named() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], validate("a > 1", on_error=raise_exception)).process()
    assert isinstance(caught.value.cause, ValidationError)
    assert caught.value.where.function is None
