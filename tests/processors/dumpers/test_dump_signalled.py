"""A dump that is told to end leaves the old output, and nothing else, soon (A7, A8)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
KINDS = ("zip", "zipped-partitions", "xlsx", "partitioned", "parquet")
STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_a_signal_leaves_the_old_output_and_two_do_no_harm(quick_path: Path) -> None:
    temporary = quick_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, str(TESTS / "crash/sent_signals.py"), str(quick_path), *KINDS],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout)
    assert len(results) == 12 * len(KINDS)
    for result in results:
        # A second one may come when the flow has ended and the process has not.
        expected = {STATUSES[result["signal"]]}
        expected |= set() if result["second"] is None else {-result["signal"], 1}
        assert result["status"] in expected, result
        assert result["seconds"] < 2, result
        assert result["state"] == "OLD", result
        assert result["second"] is not None or result["left"] == [], result
        assert (result["next_state"], result["next_left"]) == ("NEW", []), result
    assert list(temporary.iterdir()) == []
