"""Ready-made steps, typed and exact."""

import sys

from dataflows import Flow, dump_to_path, load, sort_rows

source, target = sys.argv[1:]
Flow(load(source, name="sales"), sort_rows("customer"), dump_to_path(target)).process()
