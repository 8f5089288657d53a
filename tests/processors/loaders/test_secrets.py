"""No password and no key of an address is told: not by errors, logs, `repr`, nor by descriptors."""

from __future__ import annotations

import http.server
import logging
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_sql, dump_to_zip, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HIDDEN = "S3CRET"
BODIES = {
    "t.csv": b"a,b\n1,2\n",
    "late.csv": b"a\n" + b"1\n" * 100_000 + b"x\n",
    "bad.json": b"{",
    "bad.parquet": b"PAR1" + bytes(99),
    "bad.xlsx": b"a,b\n",
    "bad.csv.gz": b"\x1f\x8b" + bytes(99),
    "a/datapackage.json": b"{",
    "b/datapackage.json": b'{"resources": [{"name": "t", "path": "t.csv", "schema": {}}]}',
}
DATABASES = ("postgresql", "mysql", "mariadb", "mssql", "oracle", "postgresql+nodriver")
NOWHERE = "127.0.0.1:1"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with a table, something broken, or a way to somewhere else with another secret."""

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        if name in BODIES:
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODIES[name])))
            self.end_headers()
            self.wfile.write(BODIES[name])
            return
        targets = {
            "loop.csv": f"/{name}?token={HIDDEN}",
            "away.csv": f"http://u:{HIDDEN}@{NOWHERE}/",
        }
        self.send_response(302 if name in targets else 404)
        if name in targets:
            self.send_header("Location", targets[name])
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep the tests quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


def told(make: Callable[[], Any], folder: Path, caplog: pytest.LogCaptureFixture) -> str:
    """Return all that is told of a step and its run, by whatever way."""
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            step = make()
            texts += [repr(step), repr(Flow([{"a": 1}], step))]
            result = Flow([{"a": 1}], step, dump_to_path(folder)).run()
            texts += [repr(result), result._repr_html_()]
        except Exception as error:  # noqa: BLE001 - all of them are looked at
            lines = traceback.format_exception(error, limit=0)
            texts += [*lines, repr(error), repr(error.args)]
    texts += [str(one.message) for one in caught]
    texts += [record.getMessage() for record in caplog.records]
    texts += [path.read_text() for path in folder.rglob("*.*") if path.is_file()]
    return "\n".join(texts)


def leaks(
    makers: list[Callable[[], Any]], folder: Path, caplog: pytest.LogCaptureFixture
) -> list[str]:
    found = []
    for number, make in enumerate(makers):
        text = told(make, folder / str(number), caplog)
        found += [line for line in text.splitlines() if HIDDEN in line]
    return found


@pytest.mark.parametrize("path", [*BODIES, "none.csv", "loop.csv", "away.csv"])
def test_f10_a_secret_of_an_address_on_the_web(
    server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    makers = [
        lambda: load(f"http://u:{HIDDEN}@{server}/{path}", retries=0),
        lambda: load(f"http://{server}/{path}?token={HIDDEN}", retries=0),
        lambda: load(f"http://{server}/{path}#access_token={HIDDEN}", retries=0),
        lambda: load(f"http://{server}/{path}", retries=0, params={"key": HIDDEN}),
        lambda: load(f"http://{server}/{path}", retries=0, auth=("u", HIDDEN)),
        lambda: load(f"http://{server}/{path}", retries=0, http_headers={"X-Key": HIDDEN}),
    ]
    assert leaks(makers, tmp_path, caplog) == []


@pytest.mark.parametrize("scheme", DATABASES)
def test_f10_a_password_of_a_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    addresses = [
        f"{scheme}://u:{HIDDEN}@{NOWHERE}/db",
        f"{scheme}://{NOWHERE}/db?user=u&password={HIDDEN}",
        f"{scheme}://u:{HIDDEN}@127.0.0.1:99999/db",
        f"{scheme}://u:p@{HIDDEN}@{NOWHERE}/db",
        f"{scheme}://u:p/{HIDDEN}@{NOWHERE}/db",
        f"{scheme}://u:{HIDDEN}%2F@{NOWHERE}/db",
    ]
    dump = {"t": {"resource-name": "res_1"}}
    makers = [
        make
        for address in addresses
        for make in (
            lambda address=address: load(address, table="t"),
            lambda address=address: dump_to_sql(dump, engine=address),
        )
    ]
    assert leaks(makers, tmp_path, caplog) == []


def test_f10_a_secret_of_an_address_that_nothing_answers_or_that_is_misspelt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB", f"postgresql://u:{HIDDEN}@{NOWHERE}/db")
    addresses = [
        *(f"{scheme}://u:{HIDDEN}@{NOWHERE}/t.csv" for scheme in ("s3", "ftp", "sftp", "foo")),
        *(f"{scheme}://{NOWHERE}/t.csv?key={HIDDEN}" for scheme in ("http", "HTTP", "foo")),
        f"http://u:{HIDDEN}@[::1/t.csv",
        f"http://u:{HIDDEN}@no such host/t.csv",
        f"//u:{HIDDEN}@{NOWHERE}/t.csv",
        f"postgresql:u:{HIDDEN}@{NOWHERE}/db",
        f"postgresql:/u:{HIDDEN}@{NOWHERE}/db",
        f"sqlite:////no/where.db?password={HIDDEN}",
        "env://DB",
    ]
    makers = [lambda address=address: load(address, retries=0) for address in addresses[:9]]
    makers += [lambda address=address: load(address, table="t") for address in addresses[9:]]
    makers += [
        lambda: dump_to_path(f"http://u:{HIDDEN}@h/out"),
        lambda: dump_to_zip(f"http://u:{HIDDEN}@h/out.zip"),
    ]
    assert leaks(makers, tmp_path, caplog) == []
