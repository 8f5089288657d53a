"""A dump that is killed at a random moment leaves the old output or the new one (A1, A2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
sys.path.insert(0, str(TESTS / "crash"))
from dump_job import PATH_OPTIONS, ZIP_OPTIONS  # noqa: E402 - a folder of its own


def kills(tmp_path: Path, times: int, kinds: list[str]) -> list[dict[str, Any]]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, str(TESTS / "crash/random_kills.py"), str(tmp_path), str(times)]
    done = subprocess.run(
        [*command, *kinds],
        env={**ENVIRONMENT, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert list(temporary.iterdir()) == [], "what a killed run leaves there, nobody removes"
    results: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(results) == times * len(kinds)
    return results


def assert_sound(result: dict[str, Any]) -> None:
    assert result["status"] == -9, result
    assert result["state"] in {"OLD", "NEW"}, result
    # Between the moves of a commit, the journal tells the next load to finish it.
    assert result["seen"] == result["state"] or result["recovered"], result
    if result["left"]:
        assert (result["next_state"], result["next_left"]) == ("NEW", []), result


def test_a_folder_survives_kills_at_random_moments(quick_path: Path) -> None:
    results = kills(quick_path, 9, list(PATH_OPTIONS))
    for result in results:
        assert_sound(result)
        assert all(name.startswith(".dataflows") for name in result["left"]), result
    assert any(result["left"] for result in results), "no kill has met a run that wrote"


def test_a_zip_survives_kills_at_random_moments(quick_path: Path) -> None:
    results = kills(quick_path, 12, list(ZIP_OPTIONS))
    for result in results:
        assert_sound(result)
        assert not result["recovered"], "a zip comes by one rename"
        assert set(result["left"]) <= {".out.zip.dataflows"}, result
    assert any(result["left"] for result in results), "no kill has met a run that wrote"
