from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.processors.modifiers.canonical_text import canonical_text

ROME = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "s:"),
        ("1", "s:1"),
        (1, "n:1"),
        (True, "b:true"),
        (Decimal("-1.50"), "n:-1.5"),
        (Decimal("-0.00"), "n:0"),
        (Decimal("1E+2"), "n:100"),
        (Decimal("1.20E+1000"), "n:12e999"),
        (Decimal("-120E-1000"), "n:-12e-999"),
        (Decimal("NaN"), "n:NaN"),
        (0.1, "n:0.1"),
        (2**70, "n:1180591620717411303424"),
        (datetime.date(2026, 1, 2), "d:2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3), "m:2026-01-02T03:00:00"),  # noqa: DTZ001 - one without
        (datetime.datetime(2026, 1, 2, 3, tzinfo=ROME), "m:2026-01-02T02:00:00+00:00"),
        (datetime.time(3), "t:03:00:00"),
        (datetime.timedelta(hours=1), "x:timedelta:1:00:00"),
        (None, "x:NoneType:None"),
        ((2026, 1), "a:6:n:20263:n:1"),
        ({"b": 1, "a": "x"}, "o:3:s:a3:s:x3:s:b3:n:1"),
    ],
)
def test_every_kind_has_its_text(value: Any, text: str) -> None:
    assert canonical_text(value) == text


PLAIN = (
    st.text("a1:", max_size=3)
    | st.integers(-2, 200)
    | st.decimals(-2, 2, places=1)
    | st.sampled_from([Decimal("1E+2"), Decimal("1.00"), Decimal("1E-401"), Decimal("1E+401")])
)
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text("ab:", max_size=2), PLAIN)


@given(VALUES, VALUES)
def test_texts_are_equal_where_values_are(first: Any, second: Any) -> None:
    assert (canonical_text(first) == canonical_text(second)) == (first == second)


@given(st.floats(-1e9, 1e9))
def test_a_float_and_the_same_decimal_are_equal(value: float) -> None:
    assert canonical_text(value) == canonical_text(Decimal(repr(value)))
    assert math.isclose(float(canonical_text(value)[2:]), value)
