"""The predecessor, asked for typed rows, as it must be asked."""

import sys

from dataflows import Flow, add_field, delete_fields, dump_to_path, filter_rows, load


def total(row):
    row["total"] = row["amount"] * row["qty"]


source, target = sys.argv[1:]
Flow(
    load(source, name="sales", cast_strategy=load.CAST_WITH_SCHEMA),
    add_field("total", "number"),
    total,
    filter_rows(condition=lambda row: row["qty"] > 2),
    delete_fields(["region"]),
    dump_to_path(target),
).process()
