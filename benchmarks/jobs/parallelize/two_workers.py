"""The function in two processes."""

import sys

from edit_distance import set_distance

from dataflows import Flow, add_field, dump_to_path, load, parallelize

source, target = sys.argv[1:]
Flow(
    load(source, name="sales"),
    add_field("distance", "integer"),
    parallelize(set_distance, 2),
    dump_to_path(target),
).process()
