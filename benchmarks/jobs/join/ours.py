"""Ready-made steps, typed and exact."""

import sys

from dataflows import Flow, dump_to_path, join, load

customers, orders, target = sys.argv[1:]
Flow(
    load(customers, name="customers"),
    load(orders, name="orders"),
    join(
        "customers",
        "name",
        "orders",
        "customer",
        {"credit": {"aggregate": "sum"}, "since": {"aggregate": "max"}},
    ),
    dump_to_path(target),
).process()
