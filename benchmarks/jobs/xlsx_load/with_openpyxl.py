"""openpyxl, which reads without keeping the sheet; rows end with their last value there."""

import csv
import sys
from datetime import datetime
from pathlib import Path

from openpyxl import load_workbook

source, target = sys.argv[1:]
rows = load_workbook(source, read_only=True).active.iter_rows(values_only=True)
header = next(rows)
with Path(target).open("w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        values = [value.date() if isinstance(value, datetime) else value for value in row]
        writer.writerow(values + [None] * (len(header) - len(values)))
