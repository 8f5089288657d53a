"""The first row of each customer."""

import sys

from dataflows import Flow, deduplicate, dump_to_path, load

source, target = sys.argv[1:]
Flow(load(source, name="orders"), deduplicate(key="customer"), dump_to_path(target)).process()
