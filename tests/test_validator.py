"""The schema validator, as functions of one's own call it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dataflows import Flow, ResourceWrapper, ValidationError, rejects, schema_validator
from dataflows.errors import ArgumentError, CastError
from dataflows.package import Resource

DESCRIPTOR: dict[str, Any] = {
    "name": "sales",
    "schema": {
        "fields": [
            {"name": "qty", "type": "integer"},
            {"name": "price", "type": "number"},
            {"name": "city"},
        ],
        "missingValues": ["", "-"],
    },
}


def test_values_are_cast_in_the_rows_themselves() -> None:
    rows = [{"qty": "1", "price": "1.50", "city": "-", "more": "x"}, {"qty": 2}]
    made = list(schema_validator(DESCRIPTOR, iter(rows)))
    assert made == [
        {"qty": 1, "price": Decimal("1.50"), "city": None, "more": "x"},
        {"qty": 2, "price": None, "city": None},
    ]
    assert [one is other for one, other in zip(made, rows, strict=True)] == [True, True]


def test_rows_are_cast_one_by_one_as_they_are_asked_for() -> None:
    pulled = []

    def source() -> Any:
        for number in range(3):
            pulled.append(number)
            yield {"qty": str(number)}

    made = schema_validator(DESCRIPTOR, source())
    assert pulled == []
    assert next(made)["qty"] == 0
    assert pulled == [0]


def test_only_the_fields_that_are_named_are_looked_at() -> None:
    rows = [{"qty": "x", "price": "2"}]
    made = list(schema_validator(DESCRIPTOR, rows, field_names=["price", "nothing"]))
    assert made == [{"qty": "x", "price": Decimal(2)}]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_resource_and_its_wrapper_will_do(wrapped: bool) -> None:
    resource: Any = Resource({**DESCRIPTOR, "path": "sales.csv"})
    if wrapped:
        resource = ResourceWrapper(resource, iter(()))
    assert next(schema_validator(resource, [{"qty": "1"}]))["qty"] == 1


def test_the_default_is_to_raise_with_the_row_and_the_reason() -> None:
    made = schema_validator(DESCRIPTOR, [{"qty": "1"}, {"qty": "n"}])
    next(made)
    with pytest.raises(ValidationError) as caught:
        next(made)
    error = caught.value
    assert (error.resource_name, error.index) == ("sales", 1)
    assert error.row == {"qty": "n"}
    assert isinstance(error.cast_error, CastError)
    assert str(error).splitlines()[:3] == [
        "'n' is not an integer",
        "  in {'qty': 'n'}",
        "     resource 'sales', row 2, field 'qty'",
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (schema_validator.ignore, [{"qty": "n", "price": Decimal(1), "city": None}]),
        (schema_validator.drop, []),
        (schema_validator.clear, [{"qty": None, "price": Decimal(1), "city": None}]),
    ],
)
def test_the_policies_are_at_hand(policy: Any, expected: list[dict[str, Any]]) -> None:
    assert list(schema_validator(DESCRIPTOR, [{"qty": "n", "price": "1"}], on_error=policy)) == (
        expected
    )


def test_a_policy_is_asked_about_every_field_and_the_others_are_cast() -> None:
    asked: list[Any] = []

    def policy(resource_name: str, row: Any, index: int, error: Any, field: Any) -> bool:
        asked.append((resource_name, dict(row), index, field.name))
        return field.name == "price"

    rows = [{"qty": "n", "price": "p", "city": "c"}, {"qty": "1", "price": "p", "city": "c"}]
    made = list(schema_validator(DESCRIPTOR, rows, on_error=policy))
    assert made == [{"qty": 1, "price": "p", "city": "c"}]
    assert asked == [
        ("sales", {"qty": "n", "price": "p", "city": "c"}, 0, "qty"),
        ("sales", {"qty": "n", "price": "p", "city": "c"}, 0, "price"),
        ("sales", {"qty": 1, "price": "p", "city": "c"}, 1, "price"),
    ]


def test_a_function_of_rows_may_use_it() -> None:
    def validated(rows: ResourceWrapper) -> Any:
        return schema_validator(rows.res, rows, on_error=schema_validator.drop)

    source = [{"a": 1}, {"a": 2}]

    def spoil(row: dict[str, Any]) -> None:
        row["a"] = "x" if row["a"] == 1 else "2"

    assert Flow(source, spoil, validated).results()[0] == [[{"a": 2}]]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            (5, []),
            (
                "the resource must be a Resource or its descriptor, got 5\n"
                "  fix: give the wrapper's resource: schema_validator(rows.res, rows)."
            ),
        ),
        (
            (DESCRIPTOR, [], None, "drop"),
            (
                "on_error must be a policy, got 'drop'\n"
                "  fix: use raise_exception, drop, ignore, clear, rejects() or a function"
                " (resource_name, row, index, error)."
            ),
        ),
        (
            (DESCRIPTOR, [], None, rejects()),
            (
                "on_error=rejects() needs a processor, which has a place for the rows\n"
                "  fix: use set_type or validate with on_error=rejects()."
            ),
        ),
    ],
    ids=["resource", "policy", "rejects"],
)
def test_wrong_arguments_are_refused_at_the_call(arguments: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        schema_validator(*arguments)
    assert str(caught.value) == text
