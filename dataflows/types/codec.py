"""What every type has in common: one field's values as text, as Arrow and as Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import CastError, shorten
from dataflows.types.cast import Cast, NotColumnar, replace_cells, to_python
from dataflows.types.constraints import Constraints
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Cast", "Codec", "NotColumnar"]

_NONE = frozenset({type(None)})
_TEXT = frozenset({str, type(None)})
_UNFIT = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
_HANDLE = "or handle such rows with on_error=rejects()"
_STANDS_FOR_NOTHING = frozenset(
    ("n/a", "na", "n.a.", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", ".", "..", "...")
)


class Codec:
    """How the text, the Arrow values and the Python values of one field go into each other.

    Made by `codec_for`. A family of types overrides what it knows to do in C; what it leaves
    alone is done value by value, with the same result.

    Attributes:
        type: The Table Schema type.
        format: Its format; mostly ``default``.
        missing_values: The texts that stand for None.
        raw: Whether the values of a kept text are the very texts.
        mutable: Whether a value can be changed in place.
        arrow_type: What the values are in Arrow; None where Arrow has no one exact form.
        kind: How an error calls a value of this type.
    """

    raw = False
    mutable = False
    arrow_type: pa.DataType | None = None
    kind = "a value"
    form = ""
    exact: frozenset[type] = frozenset()

    def __init__(self, descriptor: Mapping[str, Any], missing_values: tuple[Any, ...]) -> None:
        self.descriptor = dict(descriptor)
        self.type: str = descriptor.get("type", "string")
        self.format: str | None = descriptor.get("format", "default")
        self.missing_values = missing_values
        self.missing_texts = frozenset(v for v in missing_values if isinstance(v, str))
        self._only_texts_are_missing = len(self.missing_texts) == len(set(missing_values))
        self._missing_array = pa.array(sorted(self.missing_texts), pa.string())
        self._exact_or_none = self.exact | _NONE
        self._serialize = plain_serializer(self.type, self.format)
        self._prepare()
        self._constraints = Constraints.of(self)

    def __repr__(self) -> str:
        """Return the type and format."""
        return f"<Codec {self.type} {self.format!r}>"

    # For the families

    def _prepare(self) -> None:
        """Read the options of the descriptor."""

    def parse(self, value: Any) -> Any:
        """Return a value, that is neither None nor missing, in this type.

        Raises:
            ValueError: It does not fit (any error of Python's own parsers says the same).
        """
        raise NotImplementedError

    def keeps(self, text: str) -> bool:  # noqa: ARG002 - for the families
        """Return whether a text fits and is spelt as other tools read it, too."""
        return False

    def advise(self, value: Any) -> str | None:  # noqa: ARG002 - for the families
        """Return the change of the field that would accept a value, if one is known."""
        return None

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells may be kept as text (a null may be); None means all of them."""
        encoded = text.dictionary_encode()
        keeps = self.keeps
        kept = [i for i, value in enumerate(encoded.dictionary.to_pylist()) if keeps(value)]
        if len(kept) == len(encoded.dictionary):
            return None
        kept_array = pa.array(kept, pa.int32())
        mask = pc.is_in(encoded.indices, kept_array)
        return pc.or_(mask, pc.is_null(text))

    # One value

    def cast(self, value: Any) -> Any:
        """Return a value in this type, or None if it is missing.

        Raises:
            CastError: It does not fit the type or a constraint.

        Examples:
            >>> from dataflows.types import codec_for
            >>> codec_for({"type": "number"}).cast("1.50")
            Decimal('1.50')
        """
        result, error = self._try(value)
        if error is not None:
            raise error
        return result

    def _try(self, value: Any) -> tuple[Any, CastError | None]:
        """Return a value in this type, or the error; one that is never raised holds no frames."""
        result, fits = None, True
        if value is not None and value not in self.missing_values:
            try:
                result = self.parse(value)
            except _UNFIT:
                fits = False
        if not fits:
            return None, self._misfit(value)
        if self._constraints:
            broken = self._constraints.broken_by(result)
            if broken is not None:
                return None, self._violation(value, broken)
        return result, None

    def _misfit(self, value: Any) -> CastError:
        form = self.form if self.format == "default" else f" with the format {self.format!r}"
        what = f"{shorten(value)} is not {self.kind}{form}"
        token = value.strip().casefold() if isinstance(value, str) else None
        advice = self.advise(value)
        if token in _STANDS_FOR_NOTHING:
            missing = [*self.missing_values, value]
            advice = f"if it stands for a missing value, set missingValues={missing!r}"
        elif advice is None and isinstance(value, str):
            advice = "make the field a string: set_type(..., type='string')"
        elif advice is None:
            advice = "make the field take any value: set_type(..., type='any')"
        return CastError(what, fix=f"{advice}, {_HANDLE}")

    def _violation(self, value: Any, constraint: tuple[str, Any]) -> CastError:
        name, limit = constraint
        fix = f"change the constraint {name!r} of the field, {_HANDLE}"
        if name == "required":
            return CastError("a value is missing where one is required", fix=fix)
        return CastError(f"{shorten(value)} breaks the constraint {name}={shorten(limit)}", fix=fix)

    # Casting columns

    def missing_to_null(self, text: pa.StringArray) -> pa.StringArray:
        """Return the text with null for each missing value; the same array if there is none."""
        if not self.missing_texts:
            return text
        if self.missing_texts == {""}:
            missing = pc.equal(pc.binary_length(text), 0)
        else:
            missing = pc.is_in(text, self._missing_array)
        if not pc.any(missing).as_py():
            return text
        return pc.if_else(missing, pa.scalar(None, pa.string()), text)

    def cast_text(self, text: pa.StringArray) -> Cast:
        """Cast text in which missing values are null already."""
        fitting = self.fitting(text) if len(text) > text.null_count else None
        if fitting is None:
            return self._constrained(Cast(text=text), text.__getitem__)
        kept = pc.if_else(fitting, text, pa.scalar(None, pa.string()))
        odd = pc.indices_nonzero(pc.invert(fitting))
        cells = zip(odd.to_pylist(), text.take(odd).to_pylist(), strict=True)
        accepted, errors = self._cast_each(cells)
        if accepted:
            values = self.text_to_values(kept)
            for index, value in accepted:
                values[index] = value
            cast = Cast(values=values, errors=errors)
        else:
            cast = Cast(text=kept, errors=errors)
        return self._constrained(cast, text.__getitem__, {index for index, _, _ in errors})

    def cast_values(self, values: list[Any]) -> Cast:
        """Cast Python values, text among them."""
        types = set(map(type, values))
        fast = self._accept(values, types)
        if fast is not None:
            return self._constrained(Cast(values=fast), values.__getitem__)
        if types <= _TEXT and str not in self.exact:
            try:
                text = pa.array(values, pa.string())
            except (UnicodeEncodeError, pa.ArrowInvalid):
                pass  # half a surrogate pair: Arrow holds none
            else:
                return self.cast_text(self.missing_to_null(text))
        accepted, errors = self._cast_each(enumerate(values))
        result = [None] * len(values)
        for index, value in accepted:
            result[index] = value
        return Cast(values=result, errors=errors)

    def _accept(self, values: list[Any], types: set[type]) -> list[Any] | None:
        """Return the values if they are seen to fit as they are (but for missing ones)."""
        if not types <= self._exact_or_none:
            return None
        return self._without_missing(values, types)

    def _without_missing(self, values: list[Any], types: set[type]) -> list[Any]:
        if not self._only_texts_are_missing:
            missing = self.missing_values
            return [None if value in missing else value for value in values]
        if str in types:
            texts = self.missing_texts
            if len(types | _TEXT) > len(_TEXT):
                return [None if type(v) is str and v in texts else v for v in values]
            if not texts.isdisjoint(values):
                return [None if value in texts else value for value in values]
        return values

    def _cast_each(
        self, cells: Iterable[tuple[int, Any]]
    ) -> tuple[list[tuple[int, Any]], list[tuple[int, Any, CastError]]]:
        accepted, errors = [], []
        known: dict[str, Any] = {}
        for index, raw in cells:
            remember = type(raw) is str and not self.mutable
            if remember and raw in known:
                accepted.append((index, known[raw]))
                continue
            value, error = self._try(raw)
            if error is not None:
                errors.append((index, raw, error))
                continue
            accepted.append((index, value))
            if remember:
                known[raw] = value
        return accepted, errors

    def cast_arrow(self, array: pa.Array) -> Cast:
        """Cast an Arrow array of any type, as a data frame or a reader of another format has it."""
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        kind = array.type
        if pa.types.is_null(kind):
            return self.cast_text(array.cast(pa.string()))
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
            return self.cast_text(self.missing_to_null(array.cast(pa.string())))
        try:
            fitting = self.adopt(array) if self._only_texts_are_missing else None
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            fitting = None  # one value at least does not fit: the loop below finds it
        if fitting is not None:
            return self._constrained(Cast(arrow=fitting), lambda i: fitting[i])
        return self.cast_values(to_python(array))

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Return an Arrow array in the Arrow type of this field, if it fits without loss."""
        return array if array.type == self.arrow_type else None

    def _constrained(
        self, cast: Cast, raw: Callable[[int], Any], failed: set[int] | None = None
    ) -> Cast:
        if not self._constraints:
            return cast
        broken = self._constraints.broken_in(self, cast)
        for index in failed or ():
            broken.pop(index, None)
        if not broken:
            return cast
        for index, constraint in broken.items():
            value = raw(index)
            value = value.as_py() if isinstance(value, pa.Scalar) else value
            cast.errors.append((index, value, self._violation(value, constraint)))
        cast.errors.sort(key=lambda error: error[0])
        if cast.values is not None:
            cast.values = list(cast.values)
            for index in broken:
                cast.values[index] = None
        elif cast.text is not None:
            cast.text = replace_cells(cast.text, broken)
        elif cast.arrow is not None:
            cast.arrow = replace_cells(cast.arrow, broken)
        return cast

    # From view to view

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return the values of a text that was kept by `cast_text`."""
        parse = self.parse
        return [None if value is None else parse(value) for value in text.to_pylist()]

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return a text that was kept by `cast_text` as Arrow values.

        Raises:
            NotColumnar: Arrow cannot hold them exactly.
        """
        return self.values_to_arrow(self.text_to_values(text))

    def arrow_to_values(self, array: pa.Array) -> list[Any]:
        """Return Arrow values, as they come from this codec, as Python values."""
        return to_python(array)

    def values_to_arrow(self, values: list[Any]) -> pa.Array:
        """Return values, as they come from this codec, as Arrow values.

        Raises:
            NotColumnar: Arrow cannot hold them exactly.
        """
        if self.arrow_type is None or not set(map(type, values)) <= self._exact_or_none:
            message = f"no exact Arrow form of {self.type}"
            raise NotColumnar(message)
        try:
            return pa.array(values, self.arrow_type)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
            raise NotColumnar(str(error)) from error

    # To the text that a file gets

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the text that a file gets for a kept text; the same array where they agree."""
        return self.values_to_plain(self.text_to_values(text))

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return the text that a file gets for Python values; null for None."""
        serialize = self._serialize
        # By type: `None in values` would ask every Decimal, slowly, whether it equals None.
        if type(None) in set(map(type, values)):
            return pa.array([None if v is None else serialize(v) for v in values], pa.string())
        return pa.array(list(map(serialize, values)), pa.string())

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return the text that a file gets for Arrow values; null stays null."""
        return self.values_to_plain(self.arrow_to_values(array))
