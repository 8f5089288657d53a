"""Column: the values of one field in one batch, as text, as Arrow or as Python values.

A column holds one view and makes the others when somebody looks. What nobody looks at is never
converted: a number that is only passed on is written with the characters it was read with.
"""

from __future__ import annotations

from functools import partial
from itertools import compress, repeat
from operator import is_
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflows.types import Codec
    from dataflows.types.codec import Cast

__all__ = ["Column", "Mask"]


class Mask:
    """Which rows stay: booleans as a list and as an Arrow array, each made when asked for."""

    __slots__ = ("_array", "_bools", "kept", "length")

    def __init__(self, mask: Sequence[bool] | pa.BooleanArray) -> None:
        self._array: pa.BooleanArray | None = mask if isinstance(mask, pa.Array) else None
        self._bools: list[bool] | None = None if self._array is not None else list(mask)
        self.length = len(mask)
        self.kept = int(self._array.true_count) if self._array is not None else sum(self.bools)

    @property
    def array(self) -> pa.BooleanArray:
        """The mask as an Arrow array."""
        if self._array is None:
            self._array = pa.array(self._bools, pa.bool_())
        return self._array

    @property
    def bools(self) -> list[bool]:
        """The mask as a list."""
        if self._bools is None:
            self._bools = self._array.to_pylist() if self._array is not None else []
        return self._bools


class Column:
    """The values of one field in one batch.

    Args:
        codec: The type that the values are known to fit; None when nobody has checked.
        text: The values as they were read, null for a missing one; they fit `codec`.
        arrow: The values as an Arrow array of the type that `codec` says.
        values: The values as Python objects.
        source: The text from which the values were cast, for a step that wants to read it in
            another way; None once a step has changed a value.
    """

    __slots__ = ("_arrow", "_later", "_values", "codec", "source", "text")

    def __init__(
        self,
        codec: Codec | None = None,
        *,
        text: pa.StringArray | None = None,
        arrow: pa.Array | None = None,
        values: list[Any] | None = None,
        source: pa.StringArray | None = None,
    ) -> None:
        self.codec = codec
        self.text = text
        self.source = source
        self._arrow = arrow
        self._values = values
        # Makes the objects that rows hold: of a column that was filtered, or is stored elsewhere.
        self._later: Callable[[], list[Any]] | None = None

    @classmethod
    def null(cls, length: int) -> Column:
        """Return a column of missing values."""
        return cls(values=[None] * length)

    @classmethod
    def of_cast(cls, codec: Codec, cast: Cast, source: pa.StringArray | None = None) -> Column:
        """Return the column that a cast gave."""
        return cls(codec, text=cast.text, arrow=cast.arrow, values=cast.values, source=source)

    @classmethod
    def later(
        cls,
        make: Callable[[], list[Any]],
        codec: Codec | None = None,
        source: pa.StringArray | None = None,
    ) -> Column:
        """Return the column of the values that `make` will give when somebody looks at them."""
        column = cls(codec, source=source)
        column._later = make
        return column

    def __len__(self) -> int:
        """Return the number of rows."""
        if self._later is not None:
            return len(self.values)
        for view in (self._values, self.text, self._arrow):
            if view is not None:
                return len(view)
        return 0

    @property
    def values(self) -> list[Any]:
        """The values as Python objects; the list is the column's own, do not change it."""
        if self._values is None:
            if self._later is not None:
                self._values, self._later = self._later(), None
            elif self.text is not None and self.codec is not None:
                self._values = self.codec.text_to_values(self.text)
            elif self._arrow is not None:
                codec = self.codec
                self._values = (
                    self._arrow.to_pylist() if codec is None else codec.arrow_to_values(self._arrow)
                )
            else:
                self._values = []
        return self._values

    @property
    def only_arrow(self) -> pa.Array | None:
        """The Arrow array, where that is the only view there is."""
        if self.text is None and self._values is None and self._later is None:
            return self._arrow
        return None

    def arrow(self, codec: Codec) -> pa.Array:
        """Return the values as an Arrow array of the type of `codec`.

        Raises:
            NotColumnar: Arrow cannot hold them, or they do not fit `codec`.
        """
        from dataflows.types import NotColumnar

        if self.codec is not codec:
            cast, errors = self.cast(codec)
            if cast is None or errors:
                reason = "values that do not fit"
                raise NotColumnar(reason)
            return cast.arrow(codec)
        if self._arrow is None:
            if self.text is not None:
                self._arrow = codec.text_to_arrow(self.text)
            else:
                self._arrow = codec.values_to_arrow(self.values)
        return self._arrow

    def cast(
        self, codec: Codec, *, from_source: bool = False
    ) -> tuple[Column | None, list[tuple[int, Any, Exception]]]:
        """Return the column in the type of `codec`, and what did not fit.

        Args:
            codec: The type wanted.
            from_source: Read the source text again, where it is still there.

        Returns:
            The column, which holds None where a value did not fit, or None itself when the list of
            errors is not empty and nobody is to go on with the column.
        """
        if self.codec is codec:
            return self, []
        if from_source and self.source is not None:
            source = self.source
            result = codec.cast_text(codec.missing_to_null(source))
        elif self.text is not None and self.codec is not None and self.codec.type == "string":
            source = self.text
            known = self.codec.missing_texts >= codec.missing_texts
            result = codec.cast_text(source if known else codec.missing_to_null(source))
        elif self._values is None and self._later is None and self._arrow is not None:
            source = self.source
            result = codec.cast_arrow(self._arrow)
        else:
            source = self.source
            result = codec.cast_values(self.values)
        column = Column.of_cast(codec, result, source)
        errors: list[tuple[int, Any, Exception]] = list(result.errors)
        return column, errors

    def holds(self, other: Column) -> bool:
        """Tell whether rows made of another column stay true: this one has its very values."""
        return other._values is not None and self._values is other._values

    def changed(self, values: list[Any]) -> Column:
        """Return the column with these values: itself, when every one is the very object it had."""
        own = self._known_values()
        mutable = self.codec is None or self.codec.mutable
        if (
            own is not None
            and not mutable
            and len(own) == len(values)
            and all(map(is_, own, values))
        ):
            return self
        return Column(values=values)

    def plain(self, codec: Codec) -> pa.StringArray:
        """Return the text that a dumper writes; the column is known to fit `codec`."""
        return self.plain_maker(codec)()

    def plain_maker(self, codec: Codec) -> Callable[[], pa.StringArray]:
        """Return what makes the text of `plain`, in any thread.

        It holds arrays, which nobody changes; from Python values the text is made at once.
        """
        if self.text is not None and self.codec is codec:
            return partial(codec.text_to_plain, self.text)
        if self._values is None and self._arrow is not None:
            return partial(codec.arrow_to_plain, self._arrow)
        text = codec.values_to_plain(self.values)
        return lambda: text

    def filter(self, mask: Mask) -> Column:
        """Return the column with the rows that the mask keeps."""
        known = self._values is not None or self._later is not None
        if not known or (self.text is None and self._arrow is None):
            values = list(compress(self.values, mask.bools)) if known else None
            return self._narrowed(lambda array: array.filter(mask.array), values)
        column = self._narrowed(lambda array: array.filter(mask.array), None)
        # A later function may look at the values, but most often a file is written next.
        column._later = lambda: list(compress(self.values, mask.bools))  # noqa: SLF001 - its own class
        return column

    def take(self, indices: list[int]) -> Column:
        """Return the column with the rows at these indices, in that order."""
        wanted = pa.array(indices, pa.int64())
        own = self._known_values()
        values = None if own is None else [own[index] for index in indices]
        return self._narrowed(lambda array: array.take(wanted), values)

    def take_or_missing(self, indices: list[int | None]) -> Column:
        """Return the values at these indices, missing where there is no index."""
        if self.text is None and self._arrow is None:
            values = self.values
            return Column(values=[None if index is None else values[index] for index in indices])
        wanted = pa.array(indices, pa.int64())
        text = None if self.text is None else self.text.take(wanted)
        arrow = None if self._arrow is None or text is not None else self._arrow.take(wanted)
        return Column(self.codec, text=text, arrow=arrow)

    def slice(self, start: int, stop: int) -> Column:
        """Return the column with the rows from `start` up to `stop`."""
        own = self._known_values()
        values = None if own is None else own[start:stop]
        return self._narrowed(lambda array: array.slice(start, stop - start), values)

    def forget_source(self, indices: list[int]) -> None:
        """Forget the text of cells that did not fit: no later step is to find it again."""
        if self.source is not None:
            gone = pc.is_in(pa.array(range(len(self.source))), pa.array(indices, pa.int64()))
            self.source = pc.if_else(gone, None, self.source)

    def _known_values(self) -> list[Any] | None:
        return self._values if self._later is None else self.values

    def _narrowed(self, narrow: Callable[[pa.Array], pa.Array], values: list[Any] | None) -> Column:
        text = None if self.text is None else narrow(self.text)
        if self.source is None or self.source is self.text:
            source = None if self.source is None else text
        else:
            source = narrow(self.source)
        arrow = None if self._arrow is None else narrow(self._arrow)
        return Column(self.codec, text=text, arrow=arrow, values=values, source=source)

    def as_text(self) -> list[str | None]:
        """Return the values as texts: as they were read where that is known, else their ``str``."""
        if self.source is not None:
            return list(self.source.to_pylist())
        if self.text is not None:
            return list(self.text.to_pylist())
        return [None if value is None else str(value) for value in self.values]


def constant(value: Any, length: int) -> Column:
    """Return a column that holds one value in every row."""
    return Column(values=list(repeat(value, length)))
