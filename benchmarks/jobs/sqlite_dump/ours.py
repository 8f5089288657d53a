"""A CSV file into a new table, as a user writes it."""

import sys

from dataflows import Flow, dump_to_sql, load

source, target = sys.argv[1:]
Flow(
    load(source, name="sales"),
    dump_to_sql({"sales": {"resource-name": "sales"}}, f"sqlite:///{target}"),
).process()
