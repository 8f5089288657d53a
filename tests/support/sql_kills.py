"""What runs leave in a database that are killed while they write into it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["check_killed_runs"]

_JOB = Path(__file__).parents[1] / "crash" / "sql_job.py"
_SECONDS = 120
_FEWEST_STATEMENTS = 6


def check_killed_runs(address: str, moments: int) -> None:
    """Kill runs before each statement and at moments of chance; all tables must be old or new."""
    at_statements, at_moments = (_outcomes(address, one) for one in ("statements", str(moments)))
    assert _broken(at_statements) == _broken(at_moments) == []
    assert len(at_statements) >= _FEWEST_STATEMENTS
    assert len(at_moments) == moments
    assert {"OLD", "NEW"} <= {one["state"] for one in at_statements}


def _outcomes(address: str, points: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(_JOB), address, points],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _broken(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs after which a table was half written, or the next run did not mend all."""
    return [
        one
        for one in found
        if one["state"] not in ("OLD", "NEW", "NOTHING")
        or not one.get("next", {"right": True})["right"]
        or one.get("next", {"besides": []})["besides"]
    ]
