"""Strategies for expressions and for the rows that they read."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

INTEGERS = ("i", "j")
DECIMALS = ("n", "m")
TEXTS = ("s", "t")

_WORDS = ["", "a", "A b", "é", "İ", " x\u00a0", "ß", "ab" * 3, "\U0001f600"]
_small = st.integers(-3, 9)
_sized = st.one_of(_small, st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**53, 2**31]))


@st.composite
def _decimals(draw: Callable[..., Any], length: int) -> tuple[list[Any], pa.DataType]:
    scale = draw(st.sampled_from([0, 1, 2, 2, 5]))
    digits = draw(st.sampled_from([3, 3, 8, 20, 30]))
    numbers = st.integers(-(10**digits) + 1, 10**digits - 1)
    # Built from digits: `scaleb` would round to those of the context.
    values = [
        Decimal((int(number < 0), tuple(map(int, str(abs(number)))), -scale))
        for number in draw(st.lists(numbers, min_size=length, max_size=length))
    ]
    return values, pa.decimal128(max(digits, scale), scale)


@st.composite
def tables(draw: Callable[..., Any]) -> dict[str, tuple[list[Any], pa.Array]]:
    """Draw a table: for each field its values and the same as an Arrow array."""
    length = draw(st.integers(0, 4))
    table: dict[str, tuple[list[Any], pa.Array]] = {}
    plain: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
        "i": (_small, pa.int64()),
        "j": (_sized, pa.int64()),
        "s": (st.sampled_from(_WORDS), pa.string()),
        "t": (st.text(max_size=4), pa.string()),
        "b": (st.booleans(), pa.bool_()),
        "d": (st.dates(datetime.date(1999, 1, 1), datetime.date(2002, 1, 1)), pa.date32()),
        "w": (st.datetimes(datetime.datetime(1, 1, 1)), pa.timestamp("us")),  # noqa: DTZ001 - naive
    }
    columns = [
        (name, draw(st.lists(values, min_size=length, max_size=length)), arrow_type)
        for name, (values, arrow_type) in plain.items()
    ]
    columns += [(name, *draw(_decimals(length))) for name in DECIMALS]
    for name, values, arrow_type in columns:
        missing = draw(st.sampled_from([0, 0, 1])) and draw(
            st.lists(st.booleans(), min_size=length, max_size=length)
        )
        cells = [None if missing and missing[at] else cell for at, cell in enumerate(values)]
        table[name] = cells, pa.array(cells, arrow_type)
    return table


def _formed(*forms: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Fill each ``{part}`` of one of the forms; a part is drawn anew for every place."""

    @st.composite
    def fill(draw: Callable[..., Any]) -> str:
        form: str = draw(st.sampled_from(forms))
        while "{" in form:
            name = form[form.index("{") + 1 : form.index("}")]
            form = form.replace("{" + name + "}", draw(parts[name]), 1)
        return form

    return fill()


_number_leaves = st.sampled_from(
    [*INTEGERS, *DECIMALS, "i", "n", "b", "0", "1", "2", "7", "1.5", "0.25", "-3", "1e2", "None"]
)
_text_leaves = st.sampled_from([*TEXTS, "s", "'a'", "''", "'é'", "'A b'"])

numbers: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(_number_leaves, _number_leaves, _inner_numbers)
)
texts: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(_text_leaves, _text_leaves, _inner_texts)
)
conditions: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(_tests, _tests, _inner_conditions)
)
_inner_numbers = _formed(
    "({n} + {n})",
    "({n} - {n})",
    "({n} * {n})",
    "({n} * {n})",
    "({n} / {n})",
    "({n} // {n})",
    "({n} % {n})",
    "({n} ** 2)",
    "(-{n})",
    "abs({n})",
    "min({n}, {n})",
    "max({n}, {n}, {n})",
    "round({n}, 1)",
    "round({n}, 3)",
    "int({n})",
    "len({t})",
    "d.year",
    "w.hour",
    "({n} if {c} else {n})",
    "({n} or {n})",
    "({n} and {n})",
    "Decimal({n})",
    n=numbers,
    t=texts,
    c=conditions,
)
_inner_texts = _formed(
    "({t} + {t})",
    "{t}.lower()",
    "{t}.upper()",
    "{t}.title()",
    "{t}.strip()",
    "{t}.rstrip('b')",
    "{t}.replace('a', 'bb')",
    "{t}.replace('', 'b')",
    "({t})[:2]",
    "({t})[1:]",
    "({t} or {t})",
    "({t} if {c} else {t})",
    "str({n})",
    t=texts,
    n=numbers,
    c=conditions,
)
_tests = _formed(
    "({n} < {n})",
    "({n} >= {n})",
    "({n} == {n})",
    "({n} != {n})",
    "({n} < {n} <= {n})",
    "({t} == {t})",
    "({t} != {n})",
    "({t} < {t})",
    "({n} in (1, 2.50, True, None, 'a'))",
    "({t} not in ('a', 'é', None))",
    "({n} in ({n}, 2))",
    "({n} is None)",
    "({t} is not None)",
    "(b is True)",
    "('b' in {t})",
    "{t}.startswith('a')",
    "{t}.endswith(('b', 'é'))",
    "(d > date(2000, 2, 29))",
    "(d == None)",
    "(d == w)",
    "(w < datetime(2000, 1, 1))",
    "bool({n})",
    n=numbers,
    t=texts,
)
_inner_conditions = _formed(
    "({c} and {c})",
    "({c} or {c})",
    "(not {c})",
    "({c} and {c} or {c})",
    "(i is not None and i {o} 2)",
    "(n is None or n {o} 1.5)",
    "({v} and {c})",
    c=conditions,
    v=st.one_of(numbers, texts),
    o=st.sampled_from(["<", ">=", "=="]),
)
expressions = st.one_of(numbers, texts, conditions, _inner_conditions, _inner_numbers)
