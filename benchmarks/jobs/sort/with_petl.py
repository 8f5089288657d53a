"""petl, with exact decimals; it sorts by way of temporary files."""

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
table = petl.sort(table, "customer")
petl.tocsv(table, target, encoding="utf-8", lineterminator="\n")
