"""Runs that write two tables of one database, killed at one moment after another.

``python sql_job.py <address> statements`` kills a run before each statement that it sends;
``python sql_job.py <address> <number>`` kills as many runs, each at a moment that chance names.
Both print a JSON list with what the database holds after each. Each run is a child process, forked
here, so that a hundred of them take seconds.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from dataflows import Flow, dump_to_sql
from dataflows.processors.dumpers.sql_backend import backend_of
from dataflows.processors.dumpers.sqlite_backend import SqliteBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.processors.dumpers.sql_backend import Backend

ROWS = 1500
TABLES = {"cities": {"resource-name": "res_1"}, "rivers": {"resource-name": "res_2"}}
OTHER = {"OLD": "NEW", "NEW": "OLD", "NOTHING": "NEW"}
# SQLite is fast enough to try each statement that inserts rows, too.
STATEMENTS = ("open", "execute", "commit", "close")
RUNS_BETWEEN = 3


def rows(tag: str, rows: int = ROWS) -> Iterator[dict[str, Any]]:
    """Yield the rows of a tag, many enough for several batches."""
    for number in range(rows):
        yield {"id": number, "tag": tag, "text": "x" * 50}


def run(address: str, tag: str) -> None:
    """Write both tables."""
    Flow(rows(tag), rows(tag), dump_to_sql(TABLES, address)).process()


def check(address: str) -> dict[str, Any]:
    """Return OLD, NEW or NOTHING for whole tables, else BROKEN; and what is there besides."""
    backend = backend_of(address)
    found: list[Any] = []
    try:
        names = backend.table_names(None)
        if set(TABLES) <= set(names):
            backend.open([])
            for table in TABLES:
                found += backend.rows(f"SELECT tag, count(*) FROM {table} GROUP BY tag")
    finally:
        backend.rollback()
        backend.close()
    besides = sorted(set(names) - set(TABLES))
    for tag in OTHER:
        if found == [(tag, ROWS)] * len(TABLES):
            return {"state": tag, "besides": besides}
    if not set(TABLES) & set(names):
        return {"state": "NOTHING", "besides": besides}
    return {"state": f"BROKEN: {found} {names}", "besides": besides}


def killed(address: str, tag: str, prepare: Callable[[], None], seconds: float | None) -> bool:
    """Run in a child that is killed, and tell whether it was."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            prepare()
            run(address, tag)
            status = 0
        finally:
            os._exit(status)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status > 0:
        message = f"the run failed by itself: {status}"
        raise RuntimeError(message)
    return status < 0


def dies_before(kind: type[Backend], statement: int) -> Callable[[], None]:
    """Return what lets this process die before a statement of a kind of database."""
    counted = 0

    def wrap(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal counted
            counted += 1
            if counted == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return call

    def prepare() -> None:
        for name in (*STATEMENTS, "insert") if kind is SqliteBackend else STATEMENTS:
            setattr(kind, name, wrap(getattr(kind, name)))

    return prepare


def points(address: str) -> Iterator[tuple[Callable[[], None], float | None]]:
    """Yield how each run is to be killed."""
    if sys.argv[2] == "statements":
        kind = type(backend_of(address))
        for number in range(1, 1000):
            yield dies_before(kind, number), None
        return
    run(address, "OLD")
    begin = time.monotonic()
    run(address, "OLD")
    length, chance = time.monotonic() - begin, random.Random(7)
    for _ in range(int(sys.argv[2])):
        yield (lambda: None), chance.uniform(0, 1.1 * length)


def main() -> None:
    """Print what each point leaves, and what the run after some of them does."""
    address, results = sys.argv[1], []
    state = None
    gc.freeze()  # so that the children do not copy what they only look at
    for number, (prepare, seconds) in enumerate(points(address)):
        tag = OTHER[state or check(address)["state"]]
        if not killed(address, tag, prepare, seconds) and seconds is None:
            break
        result = check(address)
        if number % RUNS_BETWEEN == 0:
            run(address, tag)
            result["next"] = check(address)
            result["next"]["right"] = result["next"]["state"] == tag
        results.append(result)
        state = result.get("next", result)["state"]
    print(json.dumps(results))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main()
