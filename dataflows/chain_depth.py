"""How many steps of a chain can stand inside each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dataflows.errors import FlowError
from dataflows.stages import is_one_to_one

if TYPE_CHECKING:
    from dataflows.chain import Step

__all__ = ["allow_depth"]

_FRAMES_OF_A_STEP = 5
_FRAMES_AROUND = 1000
_MOST_GENERATORS = 2000  # half of what a stack of 8 MiB holds; beyond, the interpreter dies


def allow_depth(steps: list[Step]) -> None:
    """Let the generators of a long chain stand inside each other.

    Python's limit is made for functions that call themselves by mistake. It stays raised, for
    another chain may run in between.

    Raises:
        FlowError: The chain is too long.
    """
    alone = sum(1 for step in steps if not is_one_to_one(step))
    needed = _FRAMES_OF_A_STEP * alone + _FRAMES_AROUND
    if alone > _MOST_GENERATORS:
        what = (
            f"{alone:,} steps of the chain have a generator of their own,"
            f" more than {_MOST_GENERATORS:,}"
        )
        raise FlowError(what, fix="join some of the functions of rows or package into one.")
    if sys.getrecursionlimit() < needed:
        sys.setrecursionlimit(needed)
