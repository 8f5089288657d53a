"""The errors: what they say, what they are, and that they travel."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from dataflows import Flow
from dataflows.errors import (
    AccountError,
    ArgumentError,
    BudgetError,
    CastError,
    DataflowsException,
    FlowError,
    LinkError,
    OutputError,
    Place,
    ProcessorError,
    RowError,
    SourceLoadError,
    UnknownFieldError,
    UnknownResourceError,
    ValidationError,
    nearest,
    shorten,
)

PLACE = Place("fill_down('a')", 2, 5, "sales", 1234, "a", "sales.csv")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (ArgumentError, ValueError),
        (FlowError, ValueError),
        (UnknownFieldError, KeyError),
        (UnknownResourceError, KeyError),
        (LinkError, TypeError),
        (SourceLoadError, DataflowsException),
        (RowError, ValueError),
        (CastError, RowError),
        (BudgetError, RowError),
        (AccountError, DataflowsException),
        (OutputError, OSError),
    ],
)
def test_every_error_is_the_builtin_that_fits_and_says_all_it_knows(
    kind: type[DataflowsException], builtin: type[Exception]
) -> None:
    error = kind("no field named 'a'", where=PLACE, fix="write 'b'.")
    assert isinstance(error, builtin)
    assert isinstance(error, DataflowsException)
    assert (error.what, error.where, error.fix) == ("no field named 'a'", PLACE, "write 'b'.")
    if kind is SourceLoadError:
        assert str(error) == "no field named 'a'"
    else:
        assert str(error) == (
            "no field named 'a'\n"
            "  at processor 2 of 5: fill_down('a')\n"
            "     resource 'sales', row 1,234, field 'a'\n"
            "     sales.csv\n"
            "  fix: write 'b'."
        )


@pytest.mark.parametrize("end", ["", ".", "?", "…"])
def test_a_fix_is_shown_as_a_sentence(end: str) -> None:
    shown = str(DataflowsException("no field", fix=f"write 'b'{end}"))
    assert shown == f"no field\n  fix: write 'b'{end or '.'}"


def test_what_is_not_known_is_not_said() -> None:
    assert str(DataflowsException("all is lost")) == "all is lost"
    known = DataflowsException("all is lost", where=Place(row=3))
    assert str(known) == "all is lost\n     row 3"


def test_functions_are_shown_by_their_names() -> None:
    def own() -> None:
        """Do nothing."""

    line = own.__code__.co_firstlineno
    assert shorten(own) == f"own (test_errors.py, line {line})"
    assert shorten({"a": [own, len], "b": lambda: None}) == (
        "{'a': [own, <built-in function len>], 'b': <lambda>}"
    )


def test_a_place_is_completed_and_never_changed() -> None:
    inner = Place(resource="a", row=3)
    outer = Place("step", 1, 2, "b", 9, "f")
    assert inner.within(outer) == Place("step", 1, 2, "a", 3, "f")
    assert inner == Place(resource="a", row=3)


def test_a_processor_error_tells_its_cause_its_processor_and_the_place() -> None:
    cause = ZeroDivisionError("division by zero")
    error = ProcessorError(
        cause,
        processor_name="row_processor",
        processor_object=42,
        processor_position=3,
        where=Place("half (flow.py, line 7)", 3, 4, "res_1", 5),
    )
    assert (error.cause, error.__cause__) == (cause, cause)
    assert (error.processor_name, error.processor_object) == ("row_processor", 42)
    assert error.processor_position == 3
    assert str(error) == (
        "ZeroDivisionError: division by zero\n"
        "  at processor 3 of 4: half (flow.py, line 7)\n"
        "     resource 'res_1', row 5"
    )


def test_a_processor_error_knows_the_step_without_a_place_too() -> None:
    error = ProcessorError(
        KeyError(), processor_name="load", processor_object=None, processor_position=1
    )
    assert str(error) == "KeyError\n  at processor 1: load"


def test_a_processor_error_takes_the_fix_and_the_place_of_its_cause() -> None:
    cause = CastError("'x' is not an integer", where=Place(field="a", row=2), fix="mend it.")
    error = ProcessorError(
        cause,
        processor_name="set_type",
        processor_object=None,
        processor_position=2,
        where=Place("set_type('a')", 2, 2, "res_1", 1),
        fix="never shown",
    )
    assert str(error) == (
        "'x' is not an integer\n"
        "  at processor 2 of 2: set_type('a')\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: mend it."
    )


def test_a_validation_error_says_why_and_shows_the_row() -> None:
    cause = CastError("'x' is not an integer", where=Place(field="a"), fix="mend it.")
    error = ValidationError("res_1", {"a": "x", "b": 1}, 6, cause)
    assert (error.resource_name, error.row, error.index) == ("res_1", {"a": "x", "b": 1}, 6)
    assert error.cast_error is cause
    assert str(error) == (
        "'x' is not an integer\n"
        "  in {'a': 'x', 'b': 1}\n"
        "     resource 'res_1', row 7, field 'a'\n"
        "  fix: mend it."
    )


def test_a_validation_error_without_a_cast_says_that_a_condition_is_not_met() -> None:
    assert str(ValidationError("res_1", {"a": 1}, 0, None)) == (
        "the row does not satisfy the condition\n  in {'a': 1}\n     resource 'res_1', row 1"
    )
    assert str(ValidationError("res_1", {}, 0, ValueError("odd"))) == (
        "odd\n  in {}\n     resource 'res_1', row 1"
    )


def test_a_cast_error_of_one_value_has_no_errors_inside() -> None:
    assert list(CastError("x").errors) == []


@pytest.mark.parametrize(
    ("name", "names", "text"),
    [
        (
            "cuontry",
            ["city", "country"],
            "did you mean 'country'? The fields here are: city, country.",
        ),
        ("COUNTRY", ["country"], "did you mean 'country'? The fields here are: country."),
        ("xyz", ["city", "country"], "the fields here are: city, country."),
        ("x", [], "there are no fields here."),
        (
            "f3",
            [f"field {n}" for n in range(30)],
            f"the fields here are: {', '.join(f'field {n}' for n in range(20))}, … (30 in all).",
        ),
        (5, ["a"], "the fields here are: a."),
    ],
)
def test_the_nearest_name_is_offered(name: object, names: list[str], text: str) -> None:
    assert nearest(name, names) == text


def test_a_long_value_is_cut_in_its_middle() -> None:
    assert shorten("short") == "'short'"
    text = shorten("a" * 100 + "b" * 100)
    assert text == f"'{'a' * 50}' … '{'b' * 50}' (200 characters)"
    row = {"key": ["x" * 10] * 20}
    assert len(shorten(row)) <= 122
    assert shorten(row, 40) == "{'key': ['xxxxxxxx … x', 'xxxxxxxxxx']}"


def _fail(kind: str) -> None:
    """Raise an error in another process."""
    if kind == "row":
        Flow([{"a": 1}], lambda row: row["b"]).process()
    if kind == "value":
        Flow(iter([{"a": 1}] * 200 + [{"a": "x"}])).process()
    Flow([{"a": 1}]).to_arrow("nothing")


@pytest.mark.parametrize(
    "error",
    [
        FlowError("what", where=PLACE, fix="fix."),
        UnknownFieldError("what", where=PLACE, fix="fix."),
        OutputError("what", where=PLACE, fix="fix."),
        SourceLoadError("what"),
        ValidationError("res_1", {"a": 1}, 0, CastError("odd")),
        ProcessorError(
            ValueError("odd"),
            processor_name="row_processor",
            processor_object=lambda: None,
            processor_position=1,
        ),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_survives_pickling(error: DataflowsException) -> None:
    again: Any = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.what, again.where, again.fix) == (error.what, error.where, error.fix)
    assert repr(again.__cause__) == repr(error.__cause__)


def test_an_error_in_a_pool_of_processes_is_told_to_its_caller() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(ProcessorError) as caught:
            pool.submit(_fail, "row").result()
        assert isinstance(caught.value.cause, KeyError)
        assert caught.value.where.row == 1
        with pytest.raises(ProcessorError) as caught:
            pool.submit(_fail, "value").result()
        assert isinstance(caught.value.cause, ValidationError)
        with pytest.raises(UnknownResourceError):
            pool.submit(_fail, "resource").result()
