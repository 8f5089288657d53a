"""Dicts of rows from lists of values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.dict_maker import dict_maker


@given(st.lists(st.text(), unique=True, min_size=1, max_size=8), st.integers(0, 4))
def test_dicts_are_those_of_zip_whatever_the_names(names: list[str], length: int) -> None:
    lists = [[f"{name}{row}" for row in range(length)] for name in names]
    wanted = [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]
    assert dict_maker(names)(lists) == wanted


@pytest.mark.parametrize("count", [1, 200, 201])
def test_any_number_of_names_will_do(count: int) -> None:
    names = [str(number) for number in range(count)]
    assert dict_maker(names)([[number] for number in range(count)]) == [
        dict(zip(names, range(count), strict=True))
    ]
