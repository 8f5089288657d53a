"""Ready-made steps only."""

import sys

from dataflows import Flow, add_computed_field, delete_fields, dump_to_path, filter_rows, load

source, target = sys.argv[1:]
Flow(
    load(source, name="sales"),
    add_computed_field("total", "amount * qty"),
    filter_rows("qty > 2"),
    delete_fields(["region"]),
    dump_to_path(target, format="parquet"),
).process()
