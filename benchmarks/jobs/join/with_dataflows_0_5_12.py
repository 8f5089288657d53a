"""The predecessor, asked for typed rows, as it must be asked."""

import sys

from dataflows import Flow, dump_to_path, join, load

customers, orders, target = sys.argv[1:]
Flow(
    load(customers, name="customers", cast_strategy=load.CAST_WITH_SCHEMA),
    load(orders, name="orders", cast_strategy=load.CAST_WITH_SCHEMA),
    join(
        "customers",
        ["name"],
        "orders",
        ["customer"],
        {"credit": {"aggregate": "sum"}, "since": {"aggregate": "max"}},
    ),
    dump_to_path(target),
).process()
