"""DuckDB, with exact decimals and the order kept."""

import sys

import duckdb

source, target_rows, target = sys.argv[1:]
customers = duckdb.read_csv(
    source,
    columns={"name": "VARCHAR", "credit": "DECIMAL(18, 2)", "since": "DATE"},
    header=True,
)
orders = duckdb.read_csv(
    target_rows,
    columns={"id": "BIGINT", "customer": "VARCHAR", "amount": "DECIMAL(18, 2)", "qty": "INTEGER"},
    header=True,
)
groups = customers.aggregate("name, sum(credit) AS credit, max(since) AS since")
joined = orders.join(groups, "customer = name", how="left")
joined.order("id").project("* EXCLUDE (name)").write_csv(target, header=True)
