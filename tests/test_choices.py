from __future__ import annotations

from typing import Any

import pytest

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("LASTT", "write for instance place='first'."),
        ("LAST", "did you mean place='last'?"),
        ("lst", "did you mean place='last'?"),
        ("Top", "write place='first'."),
        (5, "write for instance place='first'."),
    ],
)
def test_what_is_no_choice_is_refused_with_the_nearest(value: Any, fix: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_one_of("place", value, (None, "first", "last"), {"top": "write place='first'."})
    assert str(caught.value) == f"place={value!r} is none of None, 'first', 'last'\n  fix: {fix}"


def test_what_is_a_choice_is_taken() -> None:
    check_one_of("place", None, (None, "first"))
    check_one_of("place", "first", (None, "first"))
