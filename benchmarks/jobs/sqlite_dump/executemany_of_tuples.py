"""`executemany` of tuples that hold what SQLite keeps, in one transaction.

What made the tuples is not counted; connecting and the table are.
"""

import csv
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from time import perf_counter, process_time

COLUMNS = "id INTEGER, customer TEXT, region TEXT, amount FLOAT, qty INTEGER, day DATE, \
paid BOOLEAN, note TEXT"
source, target = sys.argv[1:]
with Path(source).open(encoding="utf-8", newline="") as file:
    reader = csv.reader(file)
    next(reader)
    rows = [
        (
            int(id),
            customer,
            region,
            float(amount),
            int(qty),
            day,
            int(paid == "true"),
            note or None,
        )
        for id, customer, region, amount, qty, day, paid, note in reader
    ]
start, cpu_start = perf_counter(), process_time()
with closing(sqlite3.connect(target)) as connection, connection:
    connection.execute(f"CREATE TABLE sales ({COLUMNS})")
    connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
print(perf_counter() - start, process_time() - cpu_start)
