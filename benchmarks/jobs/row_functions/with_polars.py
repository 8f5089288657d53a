"""polars, lazily and as a stream, with exact decimals."""

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
(
    pl.scan_csv(source, schema=schema)
    .with_columns((pl.col("amount") * pl.col("qty")).alias("total"))
    .filter(pl.col("qty") > 2)
    .drop("region")
    .sink_csv(target)
)
