"""The types integer and number: exact, and kept as they were written."""

from __future__ import annotations

import contextlib
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.types.cast import Cast, NotColumnar
from dataflows.types.codec import Codec
from dataflows.types.octets import holds_any

__all__ = ["IntegerCodec", "NumberCodec"]

_INTEGER = r"^[+-]?[0-9]+$"
_DIGITS = r"^[0-9]+$"
# An exponent of more than six digits is left to Decimal, which has a limit of its own.
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,6})?"
_NUMBER = rf"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}$"
_LONGEST_INTEGER = 4300  # Python refuses to read more digits into an int, unless told
_MOST_DIGITS = 38
_BARE = re.compile(r"^\D*|\D*$")
_BLANKS = re.compile(r"\s")


class IntegerCodec(Codec):
    """Whole numbers of any size."""

    kind = "an integer"
    arrow_type = pa.int64()
    exact = frozenset({int})

    def _prepare(self) -> None:
        bare = self.descriptor.get("bareNumber")
        self._bare = bare is None or bool(bare)

    def parse(self, value: Any) -> Any:
        """Return an int; a float or Decimal must be whole."""
        if isinstance(value, int):
            if isinstance(value, bool):
                raise TypeError
            return value
        if isinstance(value, str):
            return int(value if self._bare else _BARE.sub("", value))
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _LONGEST_INTEGER:
            whole = value.to_integral_value()
            if whole == value:
                return int(whole)
        raise ValueError

    def advise(self, value: Any) -> str | None:
        """Return that a fraction or a grouped number needs the type number."""
        return _advise_number(value)

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells are ASCII digits, with a sign at most."""
        longest = pc.max(pc.binary_length(text)).as_py()
        digits = pc.ascii_is_decimal(text)
        if longest <= _LONGEST_INTEGER and pc.all(digits).as_py():
            return None
        fits = pc.match_substring_regex(text, _INTEGER if self._bare else _DIGITS)
        if longest > _LONGEST_INTEGER:
            fits = pc.and_(fits, pc.less_equal(pc.binary_length(text), _LONGEST_INTEGER))
        return _unless_all(fits)

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept integers, and floats that are whole."""
        kind = array.type
        if kind == self.arrow_type:
            return array
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return array.cast(pa.int64())
        return None

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return ints."""
        try:
            return list(text.cast(pa.int64()).to_pylist())
        except pa.ArrowInvalid:  # a plus sign, or more than 64 bits
            return [None if value is None else int(value) for value in text.to_pylist()]

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return 64-bit integers."""
        try:
            return text.cast(pa.int64())
        except pa.ArrowInvalid:
            return self.values_to_arrow(self.text_to_values(text))

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself: integers are written as they were read."""
        return text

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return the digits."""
        try:
            return self.values_to_arrow(values).cast(pa.string())
        except NotColumnar:
            return super().values_to_plain(values)

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return the digits."""
        return array.cast(pa.string())


class NumberCodec(Codec):
    """Decimal numbers, exact.

    `decimalChar`, `groupChar` and `bareNumber` are understood. In Arrow they are decimal128
    with the scale of the data, which must be the same in all of a column: otherwise the
    digits of a result would depend on its neighbours.
    """

    kind = "a number"
    exact = frozenset({Decimal})

    def _prepare(self) -> None:
        descriptor = self.descriptor
        self._decimal = "." if descriptor.get("decimalChar") is None else descriptor["decimalChar"]
        self._group = "" if descriptor.get("groupChar") is None else descriptor["groupChar"]
        bare = descriptor.get("bareNumber")
        self._bare = bare is None or bool(bare)
        self._default = self._bare and self._decimal == "." and self._group == ""
        self._pattern = self._written_pattern()

    def _written_pattern(self) -> str | None:
        """Return what text may be kept: None where the options leave nothing that is safe."""
        decimal, group = self._decimal, self._group
        if self._default:
            return _NUMBER
        if any(char.isalnum() or char in "+-_" for char in decimal + group):
            return None
        if len(decimal) != 1 or len(group) > 1 or decimal == group or decimal.isspace():
            return None
        sign = "[+-]?" if self._bare else ""
        exponent = _EXPONENT if self._bare else ""
        point = f"(?:{re.escape(decimal)}[0-9]+)?"
        whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+)" if group else "[0-9]+"
        return f"^{sign}{whole}{point}{exponent}$"

    def parse(self, value: Any) -> Any:
        """Return a Decimal with the digits as they are written."""
        kind = type(value)
        if kind is Decimal:
            return value
        if isinstance(value, str):
            return Decimal(self._in_default_dialect(value))
        if isinstance(value, Decimal):
            return value
        if kind is bool or not isinstance(value, (int, float)):
            raise TypeError
        return Decimal(str(value)) if isinstance(value, float) else Decimal(value)

    def _in_default_dialect(self, text: str) -> str:
        text = _BLANKS.sub("", text)
        if self._default:
            return text
        parts = text.split(self._decimal)
        if self._group:
            parts = [part.replace(self._group, "") for part in parts]
        text = ".".join(parts)
        return text if self._bare else _BARE.sub("", text)

    def advise(self, value: Any) -> str | None:
        """Return the options that would read a number written in another way."""
        return _advise_number(value)

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells are a number in ASCII, written with the options' characters."""
        if self._pattern is None:
            return pc.is_null(text)
        return _unless_all(pc.match_substring_regex(text, self._pattern))

    def cast_text(self, text: pa.StringArray) -> Cast:
        """Cast text; where it is decimals of one scale, that check gives them as well."""
        if self._default and not self._constraints and text.null_count < len(text):
            with contextlib.suppress(NotColumnar):
                return Cast(text=text, arrow=_to_decimals(text))
        return super().cast_text(text)

    def cast_values(self, values: list[Any]) -> Cast:
        """Cast Python values; floats are kept as text until somebody looks: half of the time."""
        if self._default and set(map(type, values)) in _WITH_FLOATS:
            with contextlib.suppress(ValueError):  # an int of more digits than Python writes
                text = pa.array(list(map(str, values)), pa.string())
                if not holds_any(text, "e", "n"):  # an exponent, NaN or infinity
                    return self._constrained(Cast(text=text), values.__getitem__)
        return super().cast_values(values)

    def _accept(self, values: list[Any], types: set[type]) -> list[Any] | None:
        if types == {float}:
            return list(map(Decimal, map(str, values)))
        if types == {int}:
            return list(map(Decimal, values))
        if types == {int, float}:
            with contextlib.suppress(ValueError):  # an int of more digits than Python writes
                return list(map(Decimal, map(str, values)))
        if types <= _NUMBERS and self._only_texts_are_missing and not types <= self._exact_or_none:
            parse = self.parse
            return [None if value is None else parse(value) for value in values]
        return super()._accept(values, types)

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept decimals, and integers of any size."""
        kind = array.type
        if pa.types.is_decimal128(kind):
            return array if kind.scale >= 0 else None
        if pa.types.is_decimal(kind) and 0 <= kind.scale <= _MOST_DIGITS:
            return array.cast(pa.decimal128(_MOST_DIGITS, kind.scale))
        if pa.types.is_integer(kind):
            return array.cast(pa.decimal128(20, 0))
        return None

    def _plainly(self, text: pa.StringArray) -> pa.StringArray:
        """Return kept text with a decimal point and no groups."""
        if self._group:
            text = pc.replace_substring(text, self._group, "")
        if self._decimal != ".":
            text = pc.replace_substring(text, self._decimal, ".")
        return text

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return Decimals."""
        cells = self._plainly(text).to_pylist()
        if text.null_count:
            return [None if cell is None else Decimal(cell) for cell in cells]
        return list(map(Decimal, cells))

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return decimal128 with the one scale that all cells have."""
        return _to_decimals(self._plainly(text))

    def arrow_to_values(self, array: pa.Array) -> list[Any]:
        """Return Decimals."""
        cells = array.cast(pa.string()).to_pylist()
        if array.null_count:
            return [None if cell is None else Decimal(cell) for cell in cells]
        return list(map(Decimal, cells))

    def values_to_arrow(self, values: list[Any]) -> pa.Array:
        """Return decimal128 with the one scale that all values have."""
        if not set(map(type, values)) <= self._exact_or_none:
            message = "not all are Decimals"
            raise NotColumnar(message)
        return _to_decimals(super().values_to_plain(values))

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return numbers as they were read, with a decimal point and no groups."""
        return self._plainly(text)

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return the digits."""
        return array.cast(pa.string())


_NUMBERS = frozenset({int, float, Decimal, type(None)})
_WITH_FLOATS = ({float}, {int, float})


def _unless_all(fits: pa.BooleanArray) -> pa.BooleanArray | None:
    if pc.all(fits).as_py():
        return None
    return fits.fill_null(fill_value=True)


def _to_decimals(text: pa.StringArray) -> pa.Array:
    """Return numbers with a decimal point as decimal128 of the one scale that they all have."""
    if len(text) == text.null_count:
        return pa.nulls(len(text), pa.decimal128(1, 0))
    point = pc.find_substring(text, ".")
    length = pc.binary_length(text)
    after = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(length, point), 1))
    extent = pc.min_max(after)
    scale = extent["max"].as_py()
    if extent["min"].as_py() != scale:
        message = "the numbers have different scales"
        raise NotColumnar(message)
    signed = holds_any(text, "-", "+")
    digits = length
    if signed:
        signs = pc.or_(pc.starts_with(text, "-"), pc.starts_with(text, "+"))
        digits = pc.subtract(length, signs.cast(pa.int32()))
    precision = pc.max(digits).as_py() - (1 if scale else 0)
    # More digits than it can hold are not refused by Arrow: they give another number.
    if precision > _MOST_DIGITS or holds_any(text, "e", "E"):
        message = "too many digits, or an exponent"
        raise NotColumnar(message)
    try:
        numbers = text.cast(pa.decimal128(max(precision, scale, 1), scale))
    except pa.ArrowInvalid as error:  # NaN, Infinity
        raise NotColumnar(str(error)) from error
    if signed:
        zero = pc.equal(numbers, pa.scalar(Decimal((0, (0,), -scale)), numbers.type))
        if pc.any(pc.and_(zero, pc.starts_with(text, "-"))).as_py():
            message = "a negative zero"
            raise NotColumnar(message)
    return numbers


_IS_NUMBER = re.compile(_NUMBER).fullmatch
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_WITH_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[+-]?[0-9]+,[0-9]+")
_WITH_UNIT = re.compile(r"[^\d+-]{0,3}[0-9]+(\.[0-9]+)?[^\d.+-]{0,3}")


def _advise_number(value: Any) -> str | None:
    """Return how a number as people write it would be accepted."""
    text = _BLANKS.sub("", value) if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        return None
    if _IS_NUMBER(text):
        return "make the field a number: set_type(..., type='number')"
    # A currency or a unit alone may go; with it a sign would go, too, so that is not advised.
    for written, options in (
        (_GROUPED, "groupChar=','"),
        (_WITH_COMMA, "decimalChar=',', groupChar='.'"),
        (_WITH_UNIT, "bareNumber=False"),
    ):
        if written.fullmatch(text):
            return f"say how it is written: set_type(..., type='number', {options})"
    return None
