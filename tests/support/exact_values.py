"""Values of every type that a store must give back, and what it means that two are the same."""

from __future__ import annotations

import datetime
import math
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any

import isodate
from hypothesis import strategies as st

from dataflows.types.geo import geopoint
from dataflows.types.periods import yearmonth
from strategies import natives

ROME = zoneinfo.ZoneInfo("Europe/Rome")
AWKWARD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**63, -(2**70), -(10**4299)),
    *(0.0, -0.0, 1.5, 1e300, 5e-324, 0.1, math.inf, -math.inf, math.nan),
    *(Decimal("1.50"), Decimal("-0"), Decimal("1E+40"), Decimal("NaN"), Decimal("sNaN")),
    *("", " ", "null", "\x00", "\ud800", "a\udfffb", "🌍", "$decimal", '{"$decimal":"1"}'),
    *(b"", b"\x00\xff", bytearray(b"a"), uuid.UUID(int=7)),
    *(datetime.date.min, datetime.date.max),
    datetime.datetime(1, 1, 1),  # noqa: DTZ001 - naive is meant
    datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001 - naive is meant
    datetime.datetime(2026, 1, 2, 3, 4, 5, 123456),  # noqa: DTZ001 - naive is meant
    datetime.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ROME),
    datetime.datetime(2026, 10, 25, 2, 30, tzinfo=ROME),
    datetime.datetime(2026, 1, 2, fold=1),  # noqa: DTZ001 - naive is meant
    datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    datetime.datetime(2020, 1, 2, 12, 0, 0, 5, datetime.timezone(datetime.timedelta(hours=-5))),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(seconds=1), "odd")),
    datetime.time(10, 11, 12, 345),
    datetime.time(10, fold=1),
    datetime.time(10, tzinfo=ROME),
    datetime.time(10, tzinfo=datetime.timezone(datetime.timedelta(microseconds=-7))),
    datetime.timedelta(-3, 4, 5),
    isodate.Duration(years=1, months=2, days=3),
    isodate.Duration(years=Decimal("1.5"), minutes=-4),
    yearmonth(2026, 1),
    geopoint(Decimal("4.90"), Decimal("52.4")),
    *((), (1, (2,)), [], [1, [2]], {}, {"a": [{}]}, {"$decimal": "1"}, {"$x": 1, "y": 2}),
    *({1: "a", None: "b"}, {(1, 2): {3}}, set(), {1, "a"}, frozenset({b"a"})),
    {"$dict": [[1, 2]]},
)


def values() -> st.SearchStrategy[Any]:
    """Values of every type, nested in each other too."""
    zones = st.sampled_from([ROME, zoneinfo.ZoneInfo("Asia/Kathmandu"), datetime.UTC])
    scalars = st.one_of(
        st.sampled_from(AWKWARD_VALUES),
        natives(),
        st.text(st.characters(), max_size=4),
        st.datetimes(timezones=zones),
        st.times(timezones=zones),
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=2).map(tuple)
            | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3)
        ),
        max_leaves=4,
    )


def same(one: Any, other: Any) -> bool:
    """Tell whether a value is equal to the other, which it was, and of its type."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return all(map(same, one.items(), other.items())) and len(one) == len(other)
    if isinstance(one, (float, Decimal)):
        return repr(one) == repr(other)
    if isinstance(one, (datetime.datetime, datetime.time)):
        plain = repr(one.replace(tzinfo=None)) == repr(other.replace(tzinfo=None))
        return plain and one.utcoffset() == other.utcoffset() and _same_zone(one, other)
    return bool(one == other)


def _same_zone(one: Any, other: Any) -> bool:
    """Tell whether two zones are of the same name; those of other libraries may be offsets."""
    own = isinstance(other.tzinfo, (datetime.timezone, zoneinfo.ZoneInfo, type(None)))
    return repr(one.tzinfo) == repr(other.tzinfo) if own else one.tzname() == other.tzname()
