"""Writes the tables that the jobs read: `python benchmarks/data.py KIND ROWS PATH`.

The ending of the path says how: .csv, or with typed values .xlsx and .parquet (for sales only).

The same rows each time, and a shorter table is the start of a longer one (but for `customers`).

sales           about 66 bytes a row: an integer id, two texts, a decimal amount, an integer
                quantity, an ISO date, a boolean, and a note with commas, doubled quotes and line
                breaks, which is sometimes missing
customers       a unique name, a decimal credit and an ISO date, in no order
orders          an id, the name of one of 100,000 customers, or in a row of eleven of nobody there,
                an amount and a quantity
orders_of_many  the same of 3,000,000 customers
"""

from __future__ import annotations

import csv
import datetime
import itertools
import random
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PEOPLE = ["Ada", "Björn", "Chloë", "Dmitri", "Esther", "Fatima", "Gustavo", "Hiroko"]
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
ROWS_IN_GROUP = 100_000
DAYS = [(FIRST_DAY + datetime.timedelta(days=number)).isoformat() for number in range(3650)]


def sales(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield the header and the first rows of the table."""
    chance = random.Random(20_150_101)
    yield ("id", "customer", "region", "amount", "qty", "day", "paid", "note")
    for number in range(1, count + 1):
        amount = money(chance)
        yield (
            number,
            f"{chance.choice(PEOPLE)} {chance.randrange(10_000)}",
            chance.choice(REGIONS),
            amount,
            chance.randrange(1, 11),
            chance.choice(DAYS),
            "true" if chance.random() < 0.7 else "false",
            chance.choice(NOTES),
        )


def customers(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield the header and the rows of all customers, each once, shuffled."""
    chance = random.Random(20_160_101)
    yield ("name", "credit", "since")
    numbers = list(range(count))
    chance.shuffle(numbers)
    for number in numbers:
        yield (customer(number), money(chance), chance.choice(DAYS))


def orders(of: int, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield the header and the first rows of the orders of so many customers."""
    chance = random.Random(20_170_101)
    yield ("id", "customer", "amount", "qty")
    for number in range(1, count + 1):
        name = customer(chance.randrange(of + of // 10))
        yield (number, name, money(chance), chance.randrange(1, 11))


def money(chance: random.Random) -> str:
    """Return an amount with two decimal places."""
    cents = chance.randrange(1, 5_000_000)
    return f"{cents // 100}.{cents % 100:02}"


def customer(number: int) -> str:
    """Return the name of a customer."""
    return f"C{number:08}"


TABLES: dict[str, Callable[[int], Iterator[tuple[Any, ...]]]] = {
    "sales": sales,
    "customers": customers,
    "orders": partial(orders, 100_000),
    "orders_of_many": partial(orders, 3_000_000),
}


def write_csv(rows: Iterator[tuple[Any, ...]], path: Path) -> None:
    """Write rows, the header first, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def typed(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of sales with their types."""
    for id, customer, region, amount, qty, day, paid, note in rows:
        date = datetime.date.fromisoformat(day)
        yield id, customer, region, Decimal(amount), qty, date, paid == "true", note or None


def write_xlsx(rows: Iterator[tuple[Any, ...]], path: Path) -> None:
    """Write the rows of sales into a sheet, as the numbers, dates and booleans they are."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("sales")
    sheet.append(next(rows))
    for row in typed(rows):
        sheet.append(row)
    book.save(path)


def write_parquet(rows: Iterator[tuple[Any, ...]], path: Path) -> None:
    """Write the rows of sales as Parquet, so many in a row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"id": pa.int64(), "amount": pa.decimal128(18, 2), "qty": pa.int64()}
    kinds |= {"day": pa.date32(), "paid": pa.bool_()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in next(rows)])
    ready = typed(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(itertools.islice(ready, ROWS_IN_GROUP)):
            columns = zip(*group, strict=True)
            arrays = list(map(pa.array, columns, schema.types))
            writer.write_table(pa.table(arrays, schema=schema))


WRITERS: dict[str, Callable[[Iterator[tuple[Any, ...]], Path], None]] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".parquet": write_parquet,
}


def write(kind: str, count: int, path: Path) -> None:
    """Write a table to a file, which is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    WRITERS[path.suffix](TABLES[kind](count), unfinished)
    unfinished.replace(path)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
