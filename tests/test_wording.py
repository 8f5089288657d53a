from __future__ import annotations

import pytest

from dataflows.wording import counted, with_article


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_234_567, "1,234,567 rows")],
)
def test_one_thing_is_not_counted_as_several(count: int, expected: str) -> None:
    assert counted(count, "row") == expected


def test_what_has_a_plural_of_its_own_is_called_by_it() -> None:
    assert (counted(1, "entry", "entries"), counted(2, "entry", "entries")) == (
        "1 entry",
        "2 entries",
    )


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("string", "a string"),
        ("integer", "an integer"),
        ("array", "an array"),
        ("object", "an object"),
        ("yearmonth", "a yearmonth"),
        ("any", "of any type"),
    ],
)
def test_a_type_has_its_article(type_: str, expected: str) -> None:
    assert with_article(type_) == expected
