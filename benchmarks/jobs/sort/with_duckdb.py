"""DuckDB, with exact decimals; the id keeps the order of equal keys."""

import sys

import duckdb

source, target = sys.argv[1:]
columns = {
    "id": "BIGINT",
    "customer": "VARCHAR",
    "region": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "qty": "INTEGER",
    "day": "DATE",
    "paid": "BOOLEAN",
    "note": "VARCHAR",
}
table = duckdb.read_csv(source, columns=columns, header=True)
table.order("customer, id").write_csv(target, header=True)
