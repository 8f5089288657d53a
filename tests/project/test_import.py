"""`import dataflows` is instant: what is heavy comes in on first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from source_tree import ROOT

HEAVY = [
    "boto3",
    "click",
    "datapackage",
    "duckdb",
    "numpy",
    "openpyxl",
    "pandas",
    "polars",
    "pyarrow",
    "requests",
    "rich",
    "sqlalchemy",
    "tableschema",
    "tabulator",
]


@pytest.mark.parametrize("statement", ["import dataflows", "import dataflows.errors"])
def test_import_loads_nothing_heavy(statement: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(set(HEAVY) & set(done.stdout.split())) == []


def test_the_source_folder_alone_says_how_to_install_it() -> None:
    # -S: without what is installed in this environment, as when it is not an editable install.
    done = subprocess.run(
        [sys.executable, "-S", "-c", "from dataflows import load"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: the source folder of dataflows cannot be imported as it is: "
        "start Python in another folder, or install it here with pip install -e ."
    )
