"""Passwords that nobody sees, whatever goes wrong, and names that are only names."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load, set_primary_key
from dataflows.errors import DataflowsException
from dataflows.processors.storage.sql_engine import engine_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "S3CRET"  # noqa: S105 - of the servers of the tests
NAMES = [
    'a"; DROP TABLE kept; --',
    "a`; DROP TABLE kept; --",
    "a'; DROP TABLE kept; --",
    "select",
    "100% :x %s %(y)s ?",
    "Ω b",
    "a.b",
    "back\\slash",
    "]",
]


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> str:
    made: str = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["sqlite", "duckdb", "postgresql", "mariadb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param in ("postgresql", "mariadb"):
        return str(request.getfixturevalue(request.param))
    return f"{request.param}:///{tmp_path}/out.{request.param}"


def dump(source: Any, *, table: str = "t", mode: str = "rewrite", rows: Any = ()) -> Flow:
    tables = {table: {"resource-name": "res_1", "mode": mode, "update_keys": ["id"]}}
    return Flow(list(rows) or [{"id": 1}], dump_to_sql(tables, source))


def twice(source: str) -> Flow:
    tables = {"t": {"resource-name": "res_1"}}
    return Flow([{"id": 1}, {"id": 1}], set_primary_key(["id"]), dump_to_sql(tables, source))


FAILURES: dict[str, Callable[[str], Any]] = {
    "no such host": lambda it: Flow(
        load(it.replace("127.0.0.1", "no-such-host.invalid"), table="t")
    ),
    "no such host for a dump": lambda it: dump(it.replace("127.0.0.1", "no-such-host.invalid")),
    "nobody listens": lambda it: dump(it.rpartition(":")[0] + ":1/db"),
    "no such user": lambda it: Flow(load(it.replace("tester", "nobody"), table="t")),
    "no such user for a dump": lambda it: dump(it.replace("tester", "nobody")),
    "no such database": lambda it: dump(it.rpartition("/")[0] + "/nowhere"),
    "no such table": lambda it: Flow(load(it, table="nowhere")),
    "no such column": lambda it: Flow(load(it, query="SELECT nothing FROM kept")),
    "no query": lambda it: Flow(load(it, query="CREATE")),
    "no such option": lambda it: Flow(load(it, tabel="t")),
    "no such schema": lambda it: dump(it, table="nowhere.t"),
    "a column that lacks": lambda it: dump(it, table="kept", mode="append", rows=[{"new": 1}]),
    "a name that cannot be": lambda it: dump(it, rows=[{"x" * 200: 1}]),
    "no port": lambda it: dump(it.rpartition(":")[0] + ":port/db"),
    "equal keys": twice,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_f10_no_failure_shows_the_password(
    server: str, failure: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    dump(server, table="kept").process()
    with pytest.raises(DataflowsException) as caught:
        FAILURES[failure](server).process()
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    shown += "".join(capfd.readouterr()) + repr(error.__cause__) + repr(vars(error))
    assert SECRET not in shown


def test_f10_the_descriptor_and_the_steps_do_not_have_the_password(server: str) -> None:
    dump(server, table="kept").process()
    step = load(server, table="kept")
    rows, package, stats = Flow(step).results()
    shown = json.dumps([package.descriptor, stats], default=str) + repr(step) + repr(dump(server))
    assert rows == [[{"id": 1}]]
    assert SECRET not in shown
    engine = engine_of(server)
    assert SECRET not in repr(dump_to_sql({"t": {"resource-name": "r"}}, engine))
    engine.dispose()


def test_f8_columns_have_the_names_that_were_given(address: str) -> None:
    dump(address, table="kept").process()
    rows = [{"id": number, **dict.fromkeys(NAMES, name)} for number, name in enumerate(NAMES)]
    for mode in ("rewrite", "append", "update", "merge"):
        dump(address, mode=mode, rows=map(dict, rows)).process()
    found = Flow(load(address, table="t", order_by=["id", NAMES[0]])).results()[0][0]
    assert found[::2] == found[1::2] == rows
    assert Flow(load(address, table="kept")).results()[0][0] == [{"id": 1}]


def test_f8_tables_have_the_names_that_were_given(address: str) -> None:
    dump(address, table="kept").process()
    for name in NAMES:
        table = name.replace(".", "-")  # which stands between a schema and a table
        for mode in ("rewrite", "update"):
            dump(address, table=table, mode=mode, rows=[{"id": 1, "v": name}]).process()
        assert Flow(load(address, table=table)).results()[0][0] == [{"id": 1, "v": name}]
    assert Flow(load(address, table="kept")).results()[0][0] == [{"id": 1}]
