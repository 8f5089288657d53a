"""polars, lazily and as a stream, with exact decimals and the order kept."""

import sys

import polars as pl

source, target_rows, target = sys.argv[1:]
customers = pl.scan_csv(
    source, schema={"name": pl.String, "credit": pl.Decimal(18, 2), "since": pl.Date}
)
orders = pl.scan_csv(
    target_rows,
    schema={
        "id": pl.Int64,
        "customer": pl.String,
        "amount": pl.Decimal(18, 2),
        "qty": pl.Int64,
    },
)
groups = customers.group_by("name").agg(pl.col("credit").sum(), pl.col("since").max())
orders.join(
    groups, left_on="customer", right_on="name", how="left", maintain_order="left"
).sink_csv(target)
