# /// script
# requires-python = ">=3.11"
# dependencies = ["dataflows>=1.0"]
# ///
"""Hello, world: a flow from rows to two folders of CSV, with every step that you need to begin.

Written by `dataflows init hello-world`, to be changed. Run it: dataflows run hello_world.py
"""

from __future__ import annotations

from typing import Any

from dataflows import Flow, add_field, dump_to_path, filter_rows, set_type, update_resource

# Rows can come from anywhere: a list, a generator, load("orders.csv"), load("https://…").
ORDERS = [
    {"order": 1, "customer": "Ada", "price": "12.50", "quantity": 4},
    {"order": 2, "customer": "Grace", "price": "3.99", "quantity": 1},
    {"order": 3, "customer": "Ada", "price": "0.20", "quantity": 1000},
    {"order": 4, "customer": "Edsger", "price": "7.00", "quantity": 3},
]


def total(row: dict[str, Any]) -> None:
    """Change a row: any function whose parameter is named `row` is a step."""
    row["total"] = row["price"] * row["quantity"]


def flow() -> Flow:
    """Return the flow: nothing happens before it runs."""
    return Flow(
        ORDERS,
        update_resource(-1, name="orders", path="orders.csv"),
        # The prices came as text; from here on they are exact numbers.
        set_type("price", type="number"),
        # A field that a function sets has to be in the schema.
        add_field("total", "number"),
        total,
        dump_to_path("hello_world/all"),
        filter_rows("total > 20"),
        dump_to_path("hello_world/large"),
    )


if __name__ == "__main__":
    print(flow().run())
