"""A dump that finds no room leaves the old output, whatever it writes (A4, A5)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
CANNOT_MOUNT = 77
KINDS = [
    *("csv", "parquet", "xlsx", "compressed", "partitioned"),
    *("zip", "zipped-xlsx", "zipped-partitions"),
]


def runs(tmp_path: Path, how: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(TESTS / "crash/no_room.py"), str(tmp_path), how, *KINDS],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == CANNOT_MOUNT:
        pytest.skip("needs to mount a small disk")
    assert done.stderr == ""
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def assert_sound(results: list[dict[str, Any]], reason: str) -> None:
    for result in results:
        expected = "OLD" if result["status"] == 1 else "NEW"
        assert (result["state"], result["left"]) == (expected, []), result
        if result["status"] == 1:
            assert f": {reason}" in result["message"], result
            assert "\n  fix: " in result["message"], result
        else:
            assert result["status"] == 0, result
    for kind in KINDS:
        refused = [one for one in results if one["kind"] == kind and one["status"] == 1]
        assert len(refused) >= 4, kind


@pytest.mark.platform
def test_a_disk_that_is_full_anywhere_leaves_the_old_output(quick_path: Path) -> None:
    results = runs(quick_path, "disk")
    assert_sound(results, "no space left on device")


@pytest.mark.platform
@pytest.mark.skipif(os.name == "nt", reason="needs a system that limits the size of files")
def test_a_limit_met_anywhere_leaves_the_old_output(quick_path: Path) -> None:
    results = runs(quick_path, "limit")
    assert_sound(results, "file too large")
