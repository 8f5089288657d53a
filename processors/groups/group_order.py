"""The order of the groups of a stream that is said to be sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import Place, RowError
from dataflows.spill.order_keys import order_key

if TYPE_CHECKING:
    from dataflows.batch import Batch

__all__ = ["GroupOrder"]

_NOTHING = object()
_MISSING = order_key(None)


class GroupOrder:
    """Watches that each group comes in one piece."""

    def __init__(self) -> None:
        self._last: Any = _NOTHING
        self._first_part: bytes | None = None
        self._present: bytes | None = None
        self._goes_up: bool | None = None
        self._had_missing = False
        self._of_first_part: set[Any] = set()

    def check(self, keys: list[Any], batch: Batch) -> None:
        """Check that the next rows are in order.

        Raises:
            RowError: One is not.
        """
        for position, key in enumerate(keys):
            if key is self._last or key == self._last:
                continue
            if not self._follows(key):
                what = f"the rows are not sorted: the group {key!r} begins again, or too late"
                fix = "use sort_rows before this, or leave is_sorted=True out."
                raise RowError(what, where=Place(row=batch.number(position)), fix=fix)
            self._last = key

    def _follows(self, key: Any) -> bool:
        first = key[0] if isinstance(key, tuple) and key else key
        part = order_key(first)
        before = self._first_part
        if part == before:
            if key in self._of_first_part:
                return False
            self._of_first_part.add(key)
            return True
        self._of_first_part = {key}
        self._first_part = part
        if part == _MISSING:
            # Rows without the key stand together, wherever.
            again, self._had_missing = self._had_missing, True
            return not again
        present, self._present = self._present, part
        if present is None:
            return True
        goes_up = part > present
        if self._goes_up is None:
            self._goes_up = goes_up
        return goes_up == self._goes_up and part != present
