"""DuckDB, with exact decimals and the order kept."""

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
table.filter("qty > 2").project("* EXCLUDE (region), amount * qty AS total").write_csv(
    target, header=True
)
