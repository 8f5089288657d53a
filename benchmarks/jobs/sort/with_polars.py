"""polars, lazily and as a stream, with exact decimals and a stable sort."""

import sys

import polars as pl

source, target = sys.argv[1:]
schema = {
    "id": pl.Int64,
    "customer": pl.String,
    "region": pl.String,
    "amount": pl.Decimal(18, 2),
    "qty": pl.Int64,
    "day": pl.Date,
    "paid": pl.Boolean,
    "note": pl.String,
}
pl.scan_csv(source, schema=schema).sort("customer", maintain_order=True).sink_csv(target)
