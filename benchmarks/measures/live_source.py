"""How late a row of a slow source is seen downstream: prints the longest delay in seconds."""

import time

from dataflows import Flow, add_field

ROWS = 30
SECONDS_BETWEEN = 0.1
made = []
delays = []


def slow():
    for number in range(ROWS):
        made.append(time.monotonic())
        yield {"number": number}
        time.sleep(SECONDS_BETWEEN)


def see(row):
    delays.append(time.monotonic() - made[row["number"]])


Flow(slow(), add_field("seen", "boolean", True), see).process()
if len(delays) != ROWS:
    raise SystemExit(f"{len(delays)} rows were seen, not {ROWS}")
print(max(delays))
