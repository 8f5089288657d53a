"""Runs that are killed while they write into PostgreSQL and MariaDB."""

from __future__ import annotations

from sql_kills import check_killed_runs


def test_a3_a_run_killed_at_postgresql_leaves_all_tables_old_or_all_new(postgresql: str) -> None:
    check_killed_runs(postgresql, moments=20)


def test_a3_a_run_killed_at_mariadb_leaves_all_tables_old_or_all_new(mariadb: str) -> None:
    # To set up TLS takes longer than to write the tables.
    check_killed_runs(f"{mariadb}?ssl_disabled=true", moments=10)
