"""How long 1,000 row functions take on 1,000 rows: prints seconds and peak megabytes."""

import resource
import time

from dataflows import Flow

FUNCTIONS = 1_000
ROWS = 1_000


def add_one(row):
    row["a"] += 1


start = time.perf_counter()
results, _, _ = Flow(({"a": 0} for _ in range(ROWS)), *[add_one] * FUNCTIONS).results()
seconds = time.perf_counter() - start
if results != [[{"a": FUNCTIONS}] * ROWS]:
    raise SystemExit("the rows are not what they must be")
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
