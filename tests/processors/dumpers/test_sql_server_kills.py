"""Runs that are killed while they write into PostgreSQL and MariaDB."""

from __future__ import annotations

from servers import mariadb_server, postgresql_server
from sql_kills import check_killed_runs


def test_a3_a_run_killed_at_postgresql_leaves_all_tables_old_or_all_new() -> None:
    with postgresql_server() as address:
        check_killed_runs(address, moments=20)


def test_a3_a_run_killed_at_mariadb_leaves_all_tables_old_or_all_new() -> None:
    with mariadb_server() as address:
        check_killed_runs(address, moments=10)
