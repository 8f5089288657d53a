"""A loop over a cursor of the server, which yields typed rows."""

import csv
import sys
from pathlib import Path

import psycopg

source, target = sys.argv[1:]
with (
    psycopg.connect(source) as connection,
    connection.cursor("sales") as cursor,
    Path(target).open("w", encoding="utf-8", newline="") as file,
):
    cursor.itersize = 10_000
    cursor.execute("SELECT * FROM sales")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in cursor.description])
    writer.writerows(cursor)
