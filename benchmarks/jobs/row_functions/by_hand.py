"""The loop that one would write by hand, with exact decimals."""

import csv
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

source, target = sys.argv[1:]
columns = ["id", "customer", "amount", "qty", "day", "paid", "note", "total"]
with (
    Path(source).open(encoding="utf-8", newline="") as incoming,
    Path(target).open("w", encoding="utf-8", newline="") as outgoing,
):
    writer = csv.DictWriter(outgoing, columns, lineterminator="\n")
    writer.writeheader()
    for row in csv.DictReader(incoming):
        row["id"] = int(row["id"])
        row["amount"] = Decimal(row["amount"])
        row["qty"] = int(row["qty"])
        row["day"] = date.fromisoformat(row["day"])
        row["paid"] = row["paid"] == "true"
        row["total"] = row["amount"] * row["qty"]
        if row["qty"] > 2:
            del row["region"]
            writer.writerow(row)
