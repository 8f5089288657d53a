"""The type boolean: the words for true and for false."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.types.codec import Codec

__all__ = ["BooleanCodec"]

_TRUE = ("true", "True", "TRUE", "1")
_FALSE = ("false", "False", "FALSE", "0")
_WORDS = (
    ("yes", "no"),
    ("y", "n"),
    ("t", "f"),
    ("on", "off"),
    ("true", "false"),
    ("1.0", "0.0"),
)


class BooleanCodec(Codec):
    """True and false; which words mean them is said by `trueValues` and `falseValues`."""

    kind = "a boolean"
    arrow_type = pa.bool_()
    exact = frozenset({bool})

    def _prepare(self) -> None:
        true, false = self.descriptor.get("trueValues"), self.descriptor.get("falseValues")
        self._true = list(_TRUE if true is None else true)
        self._false = list(_FALSE if false is None else false)
        # Cells are stripped before they are compared: a word with blanks around never matches.
        true_words = {v for v in self._true if isinstance(v, str) and v == v.strip()}
        false_words = {v for v in self._false if isinstance(v, str) and v == v.strip()}
        self._true_words = pa.array(sorted(true_words), pa.string())
        self._words = pa.array(sorted(true_words | false_words), pa.string())
        self._value_of = dict.fromkeys(false_words, False) | dict.fromkeys(true_words, True)
        self._value_of_cell: dict[str | None, bool | None] = {None: None}
        self._value_of_cell.update(self._value_of)
        self.form = f" ({_listed(self._true)} or {_listed(self._false)})"

    def parse(self, value: Any) -> Any:
        """Return what a word means."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str):
            value = value.strip()
        if value in self._true:
            return True
        if value in self._false:
            return False
        raise ValueError

    def advise(self, value: Any) -> str | None:
        """Return the words to declare for a pair that people write."""
        if not isinstance(value, str):
            return None
        word = value.strip()
        for pair in _WORDS:
            if word.casefold() in pair:
                cases = (str.lower, str.title, str.upper)
                case = next((case for case in cases if case(word) == word), str)
                true, false = map(case, pair)
                return f"declare the words: trueValues=[{true!r}], falseValues=[{false!r}]"
        return None

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells are one of the words, to the character."""
        fits = pc.is_in(text, self._words)
        if pc.all(fits).as_py():
            return None
        fits = pc.or_(fits, pc.is_null(text))
        return None if pc.all(fits).as_py() else fits

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept booleans."""
        return array if pa.types.is_boolean(array.type) else None

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return what the words mean."""
        return list(map(self._value_of_cell.__getitem__, text.to_pylist()))

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return what the words mean."""
        true = pc.is_in(text, self._true_words)
        return pc.if_else(pc.is_null(text), None, true) if text.null_count else true

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the words True and False; the same array if it has no others."""
        plain = pc.is_in(text, _PLAIN if text.null_count == 0 else _PLAIN_OR_NULL)
        if self._plain_words_mean_themselves and pc.all(plain).as_py() is not False:
            return text
        return self.arrow_to_plain(self.text_to_arrow(text))

    @property
    def _plain_words_mean_themselves(self) -> bool:
        return self._value_of.get("True", True) and not self._value_of.get("False", False)

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return the words True and False."""
        return self.arrow_to_plain(pa.array(values, pa.bool_()))

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return the words True and False."""
        return pc.if_else(array, "True", "False")


_PLAIN = pa.array(["True", "False"])
_PLAIN_OR_NULL = pa.array(["True", "False", None])


def _listed(words: list[Any]) -> str:
    return ", ".join(map(str, words))
