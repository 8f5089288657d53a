"""`import dataflows` is instant: what is heavy comes in on first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
