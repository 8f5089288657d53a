"""Says what a job wrote, whatever its spelling.

    python benchmarks/agreement.py --in-order PATH   the number of rows and a digest of all values
    python benchmarks/agreement.py --any-order PATH  the same, whatever the order of the rows
    python benchmarks/agreement.py PATH OTHER        the first row in which two files differ

Each value is read as what it is, so that `1.50` and `1.5`, or `True` and `true`, are one; and the
columns are taken in the order of their names.
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


def number(text: str) -> Decimal | None:
    """Return the number without the zeros at its end; nothing for an empty cell."""
    return Decimal(text).normalize() if text else None


def day(text: str) -> datetime.date | None:
    """Return the date; nothing for an empty cell."""
    return datetime.date.fromisoformat(text) if text else None


TRUE, FALSE = ("true", "True", "t", "1"), ("false", "False", "f", "0")
BOOLEANS = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
MEANING: dict[str, Callable[[str], Any]] = {
    "amount": number,
    "credit": number,
    "customer": str,
    "day": day,
    "distance": int,
    "id": int,
    "note": str,
    "paid": BOOLEANS.__getitem__,
    "qty": int,
    "region": str,
    "since": day,
    "total": number,
}


def values(path: Path) -> Iterator[list[Any]]:
    """Yield the names of the columns and then the rows of a file, typed."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        if not set(header) <= set(MEANING):
            sys.exit(f"{path}: the columns are {header}")
        names = sorted(header)
        yield names
        columns = [(header.index(name), MEANING[name]) for name in names]
        for row in reader:
            yield [meaning(row[index]) for index, meaning in columns]


def digest(path: Path, *, any_order: bool = False) -> str:
    """Return the number of rows in a file, and a digest of their values."""
    state, count = 0, -1
    for row in values(path):
        chained = b"" if any_order else state.to_bytes(16)
        made = hashlib.blake2b(chained + repr(row).encode(), digest_size=16).digest()
        state = int.from_bytes(made) + (state if any_order else 0) & (1 << 128) - 1
        count += 1
    return f"{count:,} rows, {state:032x}"


def first_difference(path: Path, other: Path) -> str:
    """Return the first row in which two files differ, as it is in each."""
    pairs = itertools.zip_longest(values(path), values(other))
    for count, (left, right) in enumerate(pairs):
        if left != right:
            return f"row {count:,}:\n  {left}\n  {right}" if count else f"{left}\n  {right}"
    return "none"


if __name__ == "__main__":
    first, second = sys.argv[1:]
    if first in ("--in-order", "--any-order"):
        print(digest(Path(second), any_order=first == "--any-order"))
    else:
        print(first_difference(Path(first), Path(second)))
