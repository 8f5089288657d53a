"""A Python row function and a Python filter, which use two fields by name."""

import sys

from dataflows import Flow, add_field, delete_fields, dump_to_path, filter_rows, load


def total(row):
    row["total"] = row["amount"] * row["qty"]


source, target = sys.argv[1:]
Flow(
    load(source, name="sales"),
    add_field("total", "number"),
    total,
    filter_rows(lambda row: row["qty"] > 2),
    delete_fields(["region"]),
    dump_to_path(target),
).process()
