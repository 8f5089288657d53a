"""Writes the table that all jobs read: `python benchmarks/data.py ROWS PATH`.

The same rows each time, and a shorter table is the start of a longer one.
About 66 bytes a row: an integer id, two texts, a decimal amount, an integer quantity, an ISO date,
a boolean, and a note with commas, doubled quotes and line breaks, which is sometimes missing.
"""

from __future__ import annotations

import csv
import datetime
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = ["id", "customer", "region", "amount", "qty", "day", "paid", "note"]
CUSTOMERS = ["Ada", "Björn", "Chloë", "Dmitri", "Esther", "Fatima", "Gustavo", "Hiroko"]
REGIONS = ["North", "South", "East", "West", "Overseas", "Île-de-France"]
NOTES = [
    "",
    "",
    "ok",
    "paid late",
    "asked for a discount",
    "call back, then ship",
    'said "maybe", twice',
    "first line\nsecond line",
    "leave at the door, not at the neighbour's",
]
FIRST_DAY = datetime.date(2015, 1, 1)
DAYS = [(FIRST_DAY + datetime.timedelta(days=number)).isoformat() for number in range(3650)]


def rows(count: int) -> Iterator[tuple[int, str, str, str, int, str, str, str]]:
    """Yield the first rows of the table."""
    chance = random.Random(20_150_101)
    for number in range(1, count + 1):
        cents = chance.randrange(1, 5_000_000)
        yield (
            number,
            f"{chance.choice(CUSTOMERS)} {chance.randrange(10_000)}",
            chance.choice(REGIONS),
            f"{cents // 100}.{cents % 100:02}",
            chance.randrange(1, 11),
            chance.choice(DAYS),
            "true" if chance.random() < 0.7 else "false",
            chance.choice(NOTES),
        )


def write(count: int, path: Path) -> None:
    """Write the table to a file, which is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(count))
    unfinished.replace(path)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
