"""A sheet, loaded with its types, into a data package."""

import sys

from dataflows import Flow, dump_to_path, load

source, target = sys.argv[1:]
Flow(load(source, name="sales"), dump_to_path(target)).process()
