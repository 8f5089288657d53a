"""ValueSummary: what is told of distinct values that come in their order, with their counts."""

from __future__ import annotations

import datetime
import math
from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from heapq import nsmallest
from itertools import accumulate, count
from operator import neg
from typing import Any

__all__ = ["Numbers", "ValueSummary", "position"]

_BINS = 10
_BARS = "▁▂▃▄▅▆▇█"
_DIGITS = 15
_EXACT_DIGITS = 100
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - only the distances count
_QUARTERS = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


@dataclass
class Numbers:
    """The sum of the finite numbers, and where the values of a histogram begin and end."""

    count: int = 0
    total: Decimal = Decimal(0)
    first: float = math.inf
    last: float = -math.inf

    def take(self, values: list[Any], positions: list[float | None], counts: list[int]) -> None:
        """Take in values, where they stand, and how often they are there."""
        known = [at for at in positions if at is not None]
        if not known:
            return
        self.first = min(self.first, *known)
        self.last = max(self.last, *known)
        with localcontext() as context:
            context.prec = _EXACT_DIGITS
            for value, count in zip(values, counts, strict=True):
                if type(value) is int or (type(value) is Decimal and value.is_finite()):
                    self.count += count
                    self.total += value * count

    @property
    def mean(self) -> Decimal | None:
        """The mean, to 15 digits; None without numbers."""
        if not self.count:
            return None
        with localcontext() as context:
            context.prec = _DIGITS
            return (self.total / self.count).normalize() + 0


@dataclass
class ValueSummary:
    """What is told of distinct values that come in their order."""

    known: int
    numbers: Numbers
    top: int
    distinct: int = 0
    seen: int = 0
    told_values: dict[str, str] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    frequent: list[tuple[int, int, str]] = field(default_factory=list)
    bins: list[int] = field(default_factory=lambda: [0] * _BINS)

    def take(self, texts: list[str], positions: list[float | None], counts: list[int]) -> None:
        """Take in the next values, where they stand, and how often they are there."""
        if not texts:
            return
        lengths = [*self.lengths, *map(len, texts)]
        self.lengths = (min(lengths), max(lengths))
        self.told_values.setdefault("min", texts[0])
        self.told_values["max"] = texts[-1]
        ends = list(accumulate(counts, initial=self.seen))[1:]
        for name, part in _QUARTERS.items():
            index = bisect_left(ends, part * self.known)
            if index < len(ends):
                self.told_values.setdefault(name, texts[index])
        most_frequent = nsmallest(self.top, zip(map(neg, counts), count(self.distinct), texts))
        self.frequent = nsmallest(self.top, [*self.frequent, *most_frequent])
        self.distinct += len(texts)
        self.seen = ends[-1]
        # Halves, for the distance of two floats may be more than a float.
        first, last = self.numbers.first / 2, self.numbers.last / 2
        width = last - first
        for at, number in zip(positions, counts, strict=True):
            if at is not None:
                share = (at / 2 - first) / width if width else 0.0
                self.bins[min(_BINS - 1, int(share * _BINS))] += number

    def told(self, *, has_lengths: bool) -> dict[str, Any]:
        """Return what is told."""
        made: dict[str, Any] = {
            "distinct": self.distinct,
            **self.told_values,
            "mean": self.numbers.mean,
            "top": [{"value": text, "count": -count} for count, _, text in self.frequent],
        }
        if has_lengths and self.distinct:
            made["shortest"], made["longest"] = self.lengths
        most = max(self.bins)
        if most:
            made["histogram"] = "".join(
                _BARS[math.ceil(count / most * (len(_BARS) - 1))] for count in self.bins
            )
        return made


def position(value: Any) -> float | None:
    """Return where a value stands on a line, for a histogram; None where it stands on none.

    Examples:
        >>> position(Decimal("1.5")), position("a"), position(datetime.date(1970, 1, 2))
        (1.5, None, 719164.0)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        try:
            number = float(value)
        except (OverflowError, ValueError):
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset() or datetime.timedelta()
        return (value.replace(tzinfo=None) - offset - _EPOCH).total_seconds()
    return float(value.toordinal()) if isinstance(value, datetime.date) else None
