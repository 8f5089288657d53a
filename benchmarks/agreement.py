"""Says what a job wrote, whatever its spelling.

    python benchmarks/agreement.py PATH            the number of rows and a digest of all values
    python benchmarks/agreement.py PATH OTHER      the first row in which two files differ

Each value is read as what it is, so that `1.50` and `1.5`, or `True` and `true`, are one.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import itertools
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEANING: dict[str, Callable[[str], Any]] = {
    "id": int,
    "customer": str,
    "amount": lambda text: Decimal(text).normalize(),
    "qty": int,
    "day": datetime.date.fromisoformat,
    "paid": {"true": True, "True": True, "false": False, "False": False}.__getitem__,
    "note": str,
    "total": lambda text: Decimal(text).normalize(),
}


def values(path: Path) -> Iterator[list[Any]]:
    """Yield the rows of a file, typed, with the columns in one order."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        if sorted(header) != sorted(MEANING):
            sys.exit(f"{path}: the columns are {header}")
        columns = [(header.index(name), meaning) for name, meaning in MEANING.items()]
        for row in reader:
            yield [meaning(row[index]) for index, meaning in columns]


def digest(path: Path) -> str:
    """Return the number of rows in a file, and a digest of their values."""
    state, count = hashlib.blake2b(digest_size=16), 0
    for row in values(path):
        state.update(repr(row).encode())
        count += 1
    return f"{count:,} rows, {state.hexdigest()}"


def first_difference(path: Path, other: Path) -> str:
    """Return the first row in which two files differ, as it is in each."""
    pairs = itertools.zip_longest(values(path), values(other))
    for number, (left, right) in enumerate(pairs, start=1):
        if left != right:
            return f"row {number:,}:\n  {left}\n  {right}"
    return "none"


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:]]
    print(digest(*paths) if len(paths) == 1 else first_difference(*paths))
