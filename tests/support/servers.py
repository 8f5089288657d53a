"""Real database servers on loopback, each with a folder of its own that goes with it."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ending_with_us", "mariadb_server", "new_database", "postgresql_server", "program"]

_NUMBERS = itertools.count(1)
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 20
# Nothing outlives a server of the tests, so nothing of it has to be safe on the disk.
_MARIADB_OPTIONS = (
    "--debug-no-sync",
    "--innodb-file-per-table=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-log-file-size=8M",
    "--skip-innodb-doublewrite",
)
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/sbin", "/usr/bin", "/usr/local/bin")


def program(name: str, package: str) -> str:
    """Return the path of a program; the test is skipped, and says why, where there is none."""
    found = shutil.which(name)
    if found is not None:
        return found
    for place in _PLACES:
        folders = sorted(Path("/").glob(place.lstrip("/")), reverse=True)
        for folder in folders:
            if (folder / name).is_file():
                return str(folder / name)
    pytest.skip(f"needs the program {name!r}: install the package {package}")


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ending_with_us(command: list[str], ending: signal.Signals = signal.SIGTERM) -> list[str]:
    """Return the command so that, on Linux, a signal ends it when we are killed."""
    if shutil.which("setpriv") is None:
        return command
    return ["setpriv", "--pdeathsig", ending.name.removeprefix("SIG"), *command]


@contextmanager
def _running(
    command: list[str],
    folder: Path,
    user: str | None,
    is_ready: Callable[[], bool],
    ending: signal.Signals,
) -> Iterator[None]:
    """Run a server until the block ends, or we do; `ending` tells it to end without delay."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ending_with_us(command, ending),
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            cwd=folder,
        )
    try:
        end = time.monotonic() + _SECONDS_TO_START
        while not is_ready():
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(
                    f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(ending)
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="dataflows-server-"))
    try:
        if user is not None:
            shutil.chown(path, user, user)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _user(name: str) -> str | None:
    """Return whom a server runs as: it refuses to be root."""
    return name if os.geteuid() == 0 else None


def new_database(address: str) -> str:
    """Make one more database, which is empty, at a running server, and return its address."""
    from sqlalchemy import create_engine, make_url

    url = make_url(address)
    name = f"shop_{next(_NUMBERS)}"
    if url.drivername == "postgresql":
        driver, options = "postgresql+psycopg", "TEMPLATE template0"
    else:
        driver, options = "mariadb+pymysql", "CHARACTER SET utf8mb4"
    engine = create_engine(url.set(drivername=driver), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {options}")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start PostgreSQL and yield the address of an empty database."""
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg: dataflows[postgresql]")
    initdb = program("initdb", "postgresql")
    postgres = str(Path(os.path.realpath(initdb)).with_name("postgres"))
    user, port = _user("postgres"), free_port()
    with _folder(user) as folder:
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            group=user,
            cwd=folder,
        )
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        command = [postgres, "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]

        def is_ready() -> bool:
            try:
                psycopg.connect(
                    host="127.0.0.1", port=port, user="tester", dbname="postgres"
                ).close()
            except psycopg.OperationalError:
                return False
            return True

        with _running(command, folder, user, is_ready, signal.SIGINT):
            yield f"postgresql://tester:S3CRET@127.0.0.1:{port}/postgres"


@contextmanager
def mariadb_server() -> Iterator[str]:
    """Start MariaDB and yield the address of an empty database."""
    pymysql = pytest.importorskip("pymysql", reason="needs pymysql: dataflows[mysql]")
    install = program("mariadb-install-db", "mariadb-server")
    server = program("mariadbd", "mariadb-server")
    user, port = _user("mysql"), free_port()
    with _folder(user) as folder:
        data = folder / "data"
        subprocess.run(
            [
                install,
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *_MARIADB_OPTIONS,
            ],
            check=True,
            capture_output=True,
            user=user,
            group=user,
            cwd=folder,
        )
        command = [
            server,
            "--no-defaults",
            f"--datadir={data}",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--socket={folder / 'server.sock'}",
            f"--pid-file={folder / 'server.pid'}",
            "--innodb-fast-shutdown=2",
            *_MARIADB_OPTIONS,
        ]

        def connect() -> object:
            return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)

        def is_ready() -> bool:
            try:
                connect().close()  # type: ignore[attr-defined] # a connection of pymysql
            except pymysql.OperationalError:
                return False
            return True

        with _running(command, folder, user, is_ready, signal.SIGTERM):
            with connect() as connection, connection.cursor() as cursor:  # type: ignore[attr-defined] # the same
                cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
                cursor.execute("CREATE USER tester@'127.0.0.1' IDENTIFIED BY 'S3CRET'")
                cursor.execute("GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION")
            yield f"mariadb://tester:S3CRET@127.0.0.1:{port}/shop"
