r"""Turns what a job wrote into CSV: `python benchmarks/outputs.py FORM OUTPUT PATH`.

FORM is `postgresql` or `sqlite` (OUTPUT is the address or the file of a database with the table
`sales`, which is taken in the order of its ids) or `parquet`. What is missing becomes `\N`, as it
is not the same as an empty text.
"""

from __future__ import annotations

import csv
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = r"\N"
STATEMENT = "SELECT * FROM sales ORDER BY id"


def from_postgresql(address: str, path: Path) -> None:
    """Write the table of a PostgreSQL database as CSV."""
    import psycopg

    statement = f"COPY ({STATEMENT}) TO STDOUT (FORMAT csv, HEADER, NULL '{MISSING}')"
    with (
        psycopg.connect(address) as connection,
        connection.cursor().copy(statement) as copy,
        path.open("wb") as file,
    ):
        for piece in copy:
            file.write(piece)


def from_sqlite(database: str, path: Path) -> None:
    """Write the table of a SQLite file as CSV."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(STATEMENT)
        write([column[0] for column in found.description], found, path)


def from_parquet(file: str, path: Path) -> None:
    """Write the rows of a Parquet file as CSV."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as table:
        rows = (
            row
            for batch in table.iter_batches()
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        )
        write(table.schema_arrow.names, rows, path)


def write(names: list[str], rows: Iterable[Iterable[Any]], path: Path) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([MISSING if v is None else v for v in row] for row in rows)


FORMS = {"postgresql": from_postgresql, "sqlite": from_sqlite, "parquet": from_parquet}


if __name__ == "__main__":
    form, output, target = sys.argv[1:]
    path_of_csv = Path(target)
    path_of_csv.parent.mkdir(parents=True, exist_ok=True)
    FORMS[form](output, path_of_csv)
