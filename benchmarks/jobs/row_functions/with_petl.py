"""petl, with exact decimals."""

import sys
from datetime import date
from decimal import Decimal

import petl

source, target = sys.argv[1:]
table = petl.fromcsv(source, encoding="utf-8")
table = petl.convert(
    table,
    {
        "id": int,
        "amount": Decimal,
        "qty": int,
        "day": date.fromisoformat,
        "paid": {"true": True, "false": False},
    },
)
table = petl.addfield(table, "total", lambda row: row["amount"] * row["qty"])
table = petl.select(table, lambda row: row["qty"] > 2)
table = petl.cutout(table, "region")
petl.tocsv(table, target, encoding="utf-8", lineterminator="\n")
