"""The predecessor, which has its driver by another name."""

import sys

from dataflows import Flow, dump_to_path, load

source, target = sys.argv[1:]
Flow(load(source, table="sales", name="sales"), dump_to_path(target)).process()
