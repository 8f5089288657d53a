"""Runs that are killed while they write into databases, and disks that are full."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from servers import mariadb_server, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator

CRASH = Path(__file__).parents[2] / "crash"
SECONDS = 60


@contextmanager
def address_of(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind == "postgresql":
        with postgresql_server() as address:
            yield address
    elif kind == "mariadb":
        with mariadb_server() as address:
            yield address
    else:
        yield f"{kind}:///{folder}/out.{kind}"


def outcomes(address: str, points: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(CRASH / "sql_job.py"), address, points],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def broken(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs after which a table was half written, or the next run did not mend all."""
    return [
        one
        for one in found
        if one["state"] not in ("OLD", "NEW", "NOTHING")
        or not one.get("next", {"right": True})["right"]
        or one.get("next", {"besides": []})["besides"]
    ]


@pytest.mark.parametrize(
    ("kind", "moments"), [("sqlite", 100), ("duckdb", 20), ("postgresql", 20), ("mariadb", 10)]
)
def test_a3_a_killed_run_leaves_all_tables_old_or_all_new(
    kind: str, moments: int, tmp_path: Path
) -> None:
    with address_of(kind, tmp_path) as address:
        at_statements = outcomes(address, "statements")
        at_moments = outcomes(address, str(moments))
    assert broken(at_statements) == broken(at_moments) == []
    assert len(at_statements) > 5
    assert len(at_moments) == moments
    assert {"OLD", "NEW"} <= {one["state"] for one in at_statements}
