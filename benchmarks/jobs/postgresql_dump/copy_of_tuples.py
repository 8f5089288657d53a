"""psycopg's COPY of typed tuples; what made them is not counted, connecting and the table are."""

import csv
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time

import psycopg

COLUMNS = """
    id bigint, customer text, region text, amount numeric, qty bigint, day date, paid boolean,
    note text
"""
source, target = sys.argv[1:]
with Path(source).open(encoding="utf-8", newline="") as file:
    reader = csv.reader(file)
    next(reader)
    rows = [
        (
            int(id),
            customer,
            region,
            Decimal(amount),
            int(qty),
            date.fromisoformat(day),
            paid == "true",
            note or None,
        )
        for id, customer, region, amount, qty, day, paid, note in reader
    ]
start, cpu_start = perf_counter(), process_time()
with psycopg.connect(target) as connection, connection.cursor() as cursor:
    cursor.execute(f"CREATE TABLE sales ({COLUMNS})")
    with cursor.copy("COPY sales FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
print(perf_counter() - start, process_time() - cpu_start)
