# /// script
# requires-python = ">=3.11"
# dependencies = ["dataflows>=1.0"]
# ///
"""Hello, world: a flow of two tables into a folder of CSV and a workbook, with all that one needs.

Written by `dataflows init hello-world`, to be changed. Run it: dataflows run hello_world.py
"""

from __future__ import annotations

from typing import Any

from dataflows import (
    Flow,
    add_field,
    dump_to_file,
    dump_to_path,
    filter_rows,
    join,
    set_type,
    update_resource,
)

# Rows can come from anywhere: a list, a generator, load("orders.csv"), load("https://…").
CUSTOMERS = [
    {"id": 1, "customer": "Ada", "city": "London"},
    {"id": 2, "customer": "Grace", "city": "New York"},
    {"id": 3, "customer": "Edsger", "city": "Rotterdam"},
]
ORDERS = [
    {"order": 1, "customer_id": 1, "price": "12.50", "quantity": 4},
    {"order": 2, "customer_id": 2, "price": "3.99", "quantity": 1},
    {"order": 3, "customer_id": 1, "price": "0.20", "quantity": 1000},
    {"order": 4, "customer_id": 3, "price": "7.00", "quantity": 3},
]


def total(row: dict[str, Any]) -> None:
    """Change a row: any function whose parameter is named `row` is a step."""
    row["total"] = row["price"] * row["quantity"]


def flow() -> Flow:
    """Return the flow: nothing happens before it runs."""
    return Flow(
        CUSTOMERS,
        update_resource(-1, name="customers"),
        ORDERS,
        update_resource(-1, name="orders", path="orders.csv"),
        # The prices came as text; from here on they are exact numbers.
        set_type("price", type="number", resources="orders"),
        # Each order gets the name and the city of its customer; the table of customers ends here.
        join("customers", "id", "orders", "customer_id", ["customer", "city"]),
        # A field that a function sets has to be in the schema.
        add_field("total", "number"),
        total,
        # All orders, as CSV with a description of their fields.
        dump_to_path("hello_world"),
        # The large ones, as a workbook.
        filter_rows("total > 20"),
        dump_to_file("hello_world_large.xlsx"),
    )


if __name__ == "__main__":
    print(flow().run())
