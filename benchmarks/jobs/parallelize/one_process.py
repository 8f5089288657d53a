"""The function as a step of its own."""

import sys

from edit_distance import set_distance

from dataflows import Flow, add_field, dump_to_path, load

source, target = sys.argv[1:]
Flow(
    load(source, name="sales"),
    add_field("distance", "integer"),
    set_distance,
    dump_to_path(target),
).process()
