"""A PostgreSQL server for the jobs: it runs until its input ends, whoever ends it.

Commands come in as lines, with tabs between their parts; each is answered by the address of a
database.

    empty NAME         a new database; the one of this name before goes
    filled NAME PATH   a database with the table `sales` of a CSV file; made when missing
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

# The servers of the tests: in folders of their own, on loopback, without waiting for the disk.
sys.path.append(str(Path(__file__).resolve().parent.parent / "tests" / "support"))

import psycopg
import pytest
from psycopg import sql

from servers import postgresql_server

COLUMNS = """
    id integer, customer text, region text, amount numeric(18, 2), qty integer, day date,
    paid boolean, note text
"""
PIECE = 1 << 20


def database(server: str, name: str) -> str:
    """Return the address of a database."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def empty(server: str, name: str) -> str:
    """Make a database anew and return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return database(server, name)


def filled(server: str, name: str, path: Path) -> str:
    """Return the address of a database with the table of a CSV file."""
    with psycopg.connect(server) as connection:
        known = connection.execute("SELECT datname FROM pg_database").fetchall()
    if (name,) in known:
        return database(server, name)
    address = empty(server, name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE sales ({COLUMNS})")
        statement = "COPY sales FROM STDIN (FORMAT csv, HEADER)"
        with connection.cursor().copy(statement) as copy, path.open("rb") as file:
            while piece := file.read(PIECE):
                copy.write(piece)
        # Else the first who reads the table does this.
        connection.execute("VACUUM ANALYZE sales")
    return address


def main() -> None:
    with postgresql_server() as server:
        print(server, flush=True)
        for line in sys.stdin:
            command, name, *path = line.rstrip("\n").split("\t")
            address = filled(server, name, Path(path[0])) if path else empty(server, name)
            assert command == ("filled" if path else "empty")
            print(address, flush=True)


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception as reason:
        sys.exit(str(reason))
