"""The predecessor, asked for typed rows, as it must be asked."""

import sys

from dataflows import Flow, dump_to_path, load, sort_rows

source, target = sys.argv[1:]
Flow(
    load(source, name="sales", cast_strategy=load.CAST_WITH_SCHEMA),
    sort_rows("{customer}"),
    dump_to_path(target),
).process()
