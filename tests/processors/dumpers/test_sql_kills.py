"""Runs that are killed while they write into files of SQLite and DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sql_kills import check_killed_runs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("kind", "moments"), [("sqlite", 100), ("duckdb", 20)])
def test_a3_a_killed_run_leaves_all_tables_old_or_all_new(
    kind: str, moments: int, quick_path: Path
) -> None:
    check_killed_runs(f"{kind}:///{quick_path}/out.{kind}", moments)
