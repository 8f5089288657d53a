"""What is instant stays so: help, completion and the catalogue import nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from command_help import commands

HEAVY = ["duckdb", "openpyxl", "pandas", "polars", "pyarrow", "rich", "sqlalchemy", "tableschema"]
CODE = """
import sys
from dataflows.cli import main
try:
    main(sys.argv[1:], prog_name="dataflows")
finally:
    print(*sorted({heavy!r} & set(sys.modules)), file=sys.stderr)
"""


def imported(*arguments: str, **environment: str) -> tuple[str, str]:
    """Return what a command prints, and which heavy packages it imports."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.replace("{heavy!r}", repr(set(HEAVY))), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr.strip()


@pytest.mark.parametrize("path", commands())
def test_help_imports_nothing_heavy(path: str) -> None:
    out, heavy = imported(*path.split(), "--help")
    assert out.startswith(f"Usage: dataflows {path}".rstrip())
    assert heavy == ""


@pytest.mark.parametrize(
    "line",
    [
        "",
        "run ",
        "processors ",
        "processors fill",
        "show --",
        "new ",
        "convert a.csv - --format ",
        "init a.csv --blueprint ",
    ],
)
def test_completion_imports_nothing_heavy(line: str) -> None:
    words = f"dataflows {line}"
    count = str(words.count(" "))
    environment = {"COMP_WORDS": words, "COMP_CWORD": count, "_DATAFLOWS_COMPLETE": "bash_complete"}
    out, heavy = imported(**environment)
    assert out.strip()
    assert heavy == ""


@pytest.mark.parametrize("arguments", [["--version"], ["processors"], ["completion", "zsh"]])
def test_what_reads_no_data_imports_nothing_heavy(arguments: list[str]) -> None:
    out, heavy = imported(*arguments)
    assert out
    assert heavy == ""
