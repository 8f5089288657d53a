"""The house rules that ruff knows."""

from __future__ import annotations

import subprocess
import sys

from source_tree import ROOT

# Not the root: there stands what one writes who follows the tutorial.
FOLDERS = ("benchmarks", "dataflows", "examples", "processors", "tests", "tutorial")


def ruff(*arguments: str) -> str:
    """Return what ruff has to say about the code of the repository: "" when that is nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    report = ruff("check", "--quiet", "--output-format=concise")
    assert not report, report


def test_the_code_is_formatted() -> None:
    report = ruff("format", "--check", "--output-format=concise")
    assert not report, report
