"""The constraints of a field: required, lengths, limits, pattern, enum."""

from __future__ import annotations

import operator
import re
from decimal import InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import CastError, FlowError
from dataflows.types.cast import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflows.types.cast import Cast
    from dataflows.types.codec import Codec

__all__ = ["Constraints"]

_LIMITS = frozenset({"required", "enum", "minimum", "maximum"})
_LENGTHS = frozenset({"required", "enum", "minLength", "maxLength"})
_OF_TYPE: dict[str, frozenset[str]] = {
    "any": frozenset({"required", "enum"}),
    "string": _LENGTHS | {"pattern"},
    "boolean": frozenset({"required", "enum"}),
    "geopoint": frozenset({"required", "enum"}),
    "array": _LENGTHS,
    "object": _LENGTHS,
    "geojson": _LENGTHS,
}
_COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (operator.ge, "greater_equal"),
    "maximum": (operator.le, "less_equal"),
    "minLength": (operator.ge, "greater_equal"),
    "maxLength": (operator.le, "less_equal"),
}


class Constraints:
    """The checks of one field, in the order in which its descriptor has them.

    Which constraints a type has is in the Table Schema specification; others do nothing,
    and so does `unique`, which no single value can break.
    """

    def __init__(self, checks: Sequence[tuple[str, Any]]) -> None:
        self._checks = tuple((name, limit, _passes(name, limit)) for name, limit in checks)

    def __bool__(self) -> bool:
        """Return whether there is anything to check."""
        return bool(self._checks)

    @classmethod
    def of(cls, codec: Codec) -> Constraints:
        """Read the constraints of a codec's descriptor; limits are cast as the values are.

        Raises:
            FlowError: A constraint that no value could be held against.
        """
        given = codec.descriptor.get("constraints") or {}
        allowed = _OF_TYPE.get(codec.type, _LIMITS)
        checks = []
        limited = cls(())
        codec._constraints = limited  # noqa: SLF001 - casts its own limits, unconstrained
        for name, limit in given.items():
            if name in allowed and (name != "required" or limit):
                checks.append((name, _read(codec, name, limit)))
        return cls(checks)

    def broken_by(self, value: Any) -> tuple[str, Any] | None:
        """Return the first constraint, name and limit, that a value breaks."""
        for name, limit, passes in self._checks:
            if name == "required":
                if value is None:
                    return name, limit
            elif value is not None and not passes(value):
                return name, limit
        return None

    def broken_in(self, codec: Codec, cast: Cast) -> dict[int, tuple[str, Any]]:
        """Return the first constraint that each cell of a column breaks, by index."""
        broken: dict[int, tuple[str, Any]] = {}
        column = _Column(codec, cast)
        for name, limit, passes in self._checks:
            indices = column.nulls() if name == "required" else column.breaking(name, limit, passes)
            for index in indices:
                broken.setdefault(index, (name, limit))
        return broken


class _Column:
    """A cast column, as constraints look at it."""

    def __init__(self, codec: Codec, cast: Cast) -> None:
        self._codec = codec
        self._text = cast.text
        self._values = cast.values
        self._arrow = cast.arrow

    def nulls(self) -> list[int]:
        """Return where nothing is."""
        array = self._text if self._text is not None else self._arrow
        if array is None:
            return [index for index, value in enumerate(self._values or ()) if value is None]
        if not array.null_count:
            return []
        return _true(pc.is_null(array))

    def breaking(self, name: str, limit: Any, passes: Callable[[Any], bool]) -> list[int]:
        """Return where a value breaks a constraint."""
        if self._values is not None:
            values = enumerate(self._values)
            return [i for i, value in values if value is not None and not passes(value)]
        held = self._compare(name, limit)
        if held is not None:
            return _true(pc.invert(held))
        array: pa.Array = self._text if self._text is not None else self._arrow
        try:
            encoded = array.dictionary_encode()
        except pa.ArrowNotImplementedError:
            self._values = self._codec.arrow_to_values(array)
            return self.breaking(name, limit, passes)
        if self._text is not None:
            distinct = self._codec.text_to_values(encoded.dictionary)
        else:
            distinct = self._codec.arrow_to_values(encoded.dictionary)
        bad = [index for index, value in enumerate(distinct) if not passes(value)]
        return _true(pc.is_in(encoded.indices, pa.array(bad, pa.int32()))) if bad else []

    def _compare(self, name: str, limit: Any) -> pa.BooleanArray | None:
        """Return which cells hold a limit, if Arrow can compare them exactly."""
        if name not in _COMPARISONS:
            return None
        compare = getattr(pc, _COMPARISONS[name][1])
        if name.endswith("Length"):
            text = self._text if self._codec.type == "string" else None
            return None if text is None else compare(pc.utf8_length(text), limit)
        try:
            if self._arrow is None:
                self._arrow = self._codec.text_to_arrow(self._text)
            return compare(self._arrow, self._codec.values_to_arrow([limit])[0])
        except (NotColumnar, pa.ArrowException):
            return None


def _true(mask: pa.BooleanArray) -> list[int]:
    return list(pc.indices_nonzero(mask).to_pylist())


def _passes(name: str, limit: Any) -> Callable[[Any], bool]:
    """Return the check of one value that is not None."""
    if name in ("minLength", "maxLength"):
        compare = _COMPARISONS[name][0]
        return lambda value: compare(len(value), limit)
    if name in ("minimum", "maximum"):
        compare = _COMPARISONS[name][0]

        def within(value: Any) -> bool:
            try:
                return bool(compare(value, limit))
            except (TypeError, InvalidOperation):
                return False  # a NaN, or a datetime with a zone against one without

        return within
    if name == "pattern":
        matches = re.compile(limit).fullmatch
        return lambda value: matches(value) is not None
    return lambda value: value in limit


def _read(codec: Codec, name: str, limit: Any) -> Any:
    try:
        if name in ("minLength", "maxLength"):
            return _length(limit)
        if name == "pattern":
            re.compile(limit)
            return limit
        if name == "enum":
            return [codec.cast(value) for value in _choices(limit)]
        if name in ("minimum", "maximum"):
            return _present(codec.cast(limit))
    except (CastError, TypeError, ValueError, re.error) as error:
        reason = error.what if isinstance(error, CastError) else str(error)
        what = f"the constraint {name}={limit!r} cannot be held against {codec.kind}: {reason}"
        raise FlowError(what, fix=f"correct the constraint {name!r} of the field.") from error
    return limit


def _length(limit: Any) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int):
        message = "a whole number is expected"
        raise TypeError(message)
    return limit


def _choices(limit: Any) -> list[Any]:
    if isinstance(limit, (str, bytes)):
        message = "a list of values is expected"
        raise TypeError(message)
    return list(limit)


def _present(limit: Any) -> Any:
    if limit is None:
        message = "it is a missing value"
        raise ValueError(message)
    return limit
