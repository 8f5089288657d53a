"""Expectations: what `assert_rows` can expect of the values of fields and of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from dataflows.column import Mask
from dataflows.errors import CastError, FlowError, shorten
from dataflows.expressions import compile_expression
from dataflows.processors.arguments.field_values import read_value
from dataflows.processors.computing.conditions import check_condition, condition_text
from dataflows.processors.computing.evaluation import mask_of
from dataflows.rowwise import value_work
from dataflows.spill.keys import hashables, key_values, kind_of
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.batch import Batch
    from dataflows.on_error import Failure
    from dataflows.package import Resource
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = [
    "FIX",
    "Condition",
    "Expectation",
    "InRange",
    "InSet",
    "Matches",
    "NotMissing",
    "failed",
    "keys_of",
    "shown",
    "value_of",
]

Check = Callable[["Batch"], "list[Failure]"]

FIX = "correct the row, or handle such rows with on_error=rejects()"
_MOST_SHOWN = 10


def shown(value: Any) -> str:
    """Return a value as a message shows it: texts in quotes, others as they are written.

    Examples:
        >>> from decimal import Decimal
        >>> shown("a"), shown(Decimal("1.5"))
        ("'a'", '1.5')
    """
    return shorten(value) if isinstance(value, (str, bytes, tuple)) else str(value)


def failed(
    indices: Iterable[int], values: Sequence[Any], what: Callable[[Any], str]
) -> list[Failure]:
    """Return the failures of the rows at some indices."""
    return [(i, values[i], CastError(what(values[i]), fix=FIX)) for i in indices]


class Expectation:
    """One expectation."""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields whose values it looks at."""
        return ()

    def read(self, resource: Resource) -> None:
        """Check that a resource can be expected to be so.

        Raises:
            FlowError: It cannot: it lacks a field, or its type does not go with the expectation.
        """

    def open(self, stream: Stream) -> Check:
        """Return what finds the failures in each batch of a stream."""
        raise NotImplementedError


@dataclass(frozen=True)
class Condition(Expectation):
    """A function of the row, or an expression, that must be true."""

    condition: Callable[[dict[str, Any]], Any] | str

    def read(self, resource: Resource) -> None:
        """Check the names and types of an expression."""
        if isinstance(self.condition, str):
            check_condition(self.condition, resource.fields.descriptor)

    def open(self, stream: Stream) -> Check:
        """Return what finds the rows for which it is not true."""
        results: Callable[[Batch], Any]
        condition = self.condition
        what = f"the row does not satisfy {condition_text(condition)}"
        if isinstance(condition, str):
            expression = compile_expression(condition)
            codecs = codecs_of(stream.resource, expression.names)
            results = partial(mask_of, expression, codecs=codecs, stream=stream)
        else:
            results = value_work(condition, stream)

        def check(batch: Batch) -> list[Failure]:
            found = results(batch)
            mask = Mask(list(map(bool, found)) if isinstance(found, list) else found)
            if mask.kept == batch.length:
                return []
            refused = compress(range(batch.length), map(not_, mask.bools))
            return [(index, None, CastError(what, fix=FIX)) for index in refused]

        return check


@dataclass(frozen=True)
class FieldExpectation(Expectation):
    """An expectation about one field."""

    field: str

    @property
    def names(self) -> tuple[str, ...]:
        """The field."""
        return (self.field,)


@dataclass(frozen=True)
class NotMissing(FieldExpectation):
    """A field that has a value in every row."""

    def read(self, resource: Resource) -> None:
        """Check that the field is there."""
        resource.fields.field(self.field)

    def open(self, stream: Stream) -> Check:  # noqa: ARG002 - as of the others
        """Return what finds the rows without a value."""

        def check(batch: Batch) -> list[Failure]:
            column = batch.column(self.field)
            if column.text is not None:
                indices = pc.indices_nonzero(pc.is_null(column.text)).to_pylist()
            else:
                indices = [i for i, value in enumerate(column.values) if value is None]
            what = f"the field {self.field!r} has no value"
            return [(index, None, CastError(what, fix=FIX)) for index in indices]

        return check


@dataclass(frozen=True)
class InSet(FieldExpectation):
    """A field whose values are among some."""

    allowed: tuple[Any, ...]

    def read(self, resource: Resource) -> None:
        """Check that the values are of the field's type."""
        self._values(resource)

    def _values(self, resource: Resource) -> list[Any]:
        return [read_value(resource.fields, self.field, value) for value in self.allowed]

    def open(self, stream: Stream) -> Check:
        """Return what finds other values."""
        allowed = self._values(stream.resource)
        texts = ", ".join(map(shown, allowed[:_MOST_SHOWN]))
        if len(allowed) > _MOST_SHOWN:
            texts += f", … ({len(allowed)} in all)"
        mutable = codecs_of(stream.resource, [self.field])[self.field].mutable
        among = [*allowed, None] if mutable else {*allowed, None}

        def check(batch: Batch) -> list[Failure]:
            values = batch.column(self.field).values
            indices = [index for index, value in enumerate(values) if value not in among]
            return failed(indices, values, lambda value: f"{shown(value)} is not one of {texts}")

        return check


@dataclass(frozen=True)
class InRange(FieldExpectation):
    """A field whose values are between two, which count as well."""

    least: Any
    most: Any

    def read(self, resource: Resource) -> None:
        """Check that the field has an order, and that the limits are of its type."""
        type_ = resource.fields.field(self.field).get("type", "string")
        if kind_of(type_) in ("bytes", "boolean") and type_ not in ("time", "yearmonth"):
            what = f"the values of the field {self.field!r} ({type_}) are in no range"
            raise FlowError(
                what, fix="take a field of numbers, texts or dates, or set_type before."
            )
        self._limits(resource)

    def _limits(self, resource: Resource) -> tuple[Any, Any]:
        limits = [
            None if limit is None else read_value(resource.fields, self.field, limit)
            for limit in (self.least, self.most)
        ]
        return limits[0], limits[1]

    def open(self, stream: Stream) -> Check:
        """Return what finds values below the one or above the other."""
        least, most = self._limits(stream.resource)

        def check(batch: Batch) -> list[Failure]:
            values = batch.column(self.field).values
            outside = [
                index
                for index, value in enumerate(values)
                if value is not None
                and not ((least is None or value >= least) and (most is None or value <= most))
            ]
            return failed(outside, values, what)

        def what(value: Any) -> str:
            if least is not None and not value >= least:
                return f"{shown(value)} is less than {shown(least)}"
            return f"{shown(value)} is more than {shown(most)}"

        return check


@dataclass(frozen=True)
class Matches(FieldExpectation):
    """A field of texts that match a regular expression as a whole."""

    pattern: str

    def read(self, resource: Resource) -> None:
        """Check that the field has texts."""
        type_ = resource.fields.field(self.field).get("type", "string")
        if type_ not in ("string", "any"):
            what = f"the field {self.field!r} has no texts to match: it is of the type {type_!r}"
            raise FlowError(what, fix=f"use in_range=, or set_type({self.field!r}, type='string').")

    def open(self, stream: Stream) -> Check:  # noqa: ARG002 - as of the others
        """Return what finds texts that do not match."""
        matches = re.compile(self.pattern).fullmatch

        def check(batch: Batch) -> list[Failure]:
            values = batch.column(self.field).values
            indices = [
                index
                for index, value in enumerate(values)
                if value is not None and not (isinstance(value, str) and matches(value))
            ]
            return failed(
                indices, values, lambda value: f"{shown(value)} does not match {self.pattern!r}"
            )

        return check


def value_of(batch: Batch, names: Sequence[str], index: int) -> Any:
    """Return the value of a row in a field, or those in several as a tuple."""
    values = tuple(batch.column(name).values[index] for name in names)
    return values[0] if len(values) == 1 else values


def keys_of(batch: Batch, names: Sequence[str], codecs: dict[str, Codec]) -> list[Any]:
    """Return the key of each row, equal for equal values; None where a part of it is missing."""
    columns = [
        hashables(column, kind_of(codecs[name].type), batch)
        for name, column in zip(names, key_values(batch, names, codecs), strict=True)
    ]
    if len(columns) == 1:
        return columns[0]
    return [None if None in key else key for key in zip(*columns, strict=True)]
