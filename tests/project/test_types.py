"""Mypy in strict mode on everything that ships, in the layout in which it ships.

In the repository `dataflows.processors` is the folder `processors`, which mypy cannot follow;
so both trees are copied to where an installation puts them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_mypy_finds_nothing(tmp_path: Path) -> None:
    for source, target in (("dataflows", "dataflows"), ("processors", "dataflows/processors")):
        shutil.copytree(
            ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__")
        )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            f"--config-file={ROOT / 'pyproject.toml'}",
            f"--cache-dir={ROOT / '.mypy_cache'}",
            "--no-error-summary",
            "--package=dataflows",
        ],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = (done.stdout + done.stderr).replace("dataflows/processors/", "processors/")
    assert done.returncode == 0, report
