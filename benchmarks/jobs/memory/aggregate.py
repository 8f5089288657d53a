"""A sum and a count for each customer."""

import sys

from dataflows import Flow, aggregate, dump_to_path, load

source, target = sys.argv[1:]
Flow(
    load(source, name="orders"),
    aggregate("customer", {"total": "sum(amount)", "orders": "count"}),
    dump_to_path(target),
).process()
