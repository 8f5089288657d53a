"""Tables and data packages at an address: a real server on this machine."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, load
from dataflows.errors import ProcessorError, SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and keeps quiet about it."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve the folder of the test; give its address."""
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{served.server_port}"
        finally:
            served.shutdown()
            thread.join()


CITIES = "id,city\n1,Rome\n2,Århus\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "city", "type": "string"}]}


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def package(folder: Path, path: Any, **more: Any) -> None:
    (folder / "a.csv").write_text(CITIES, encoding="utf-8")
    table = {"name": "a", "profile": "tabular-data-resource", "schema": SCHEMA, "format": "csv"}
    resources = [{**table, "path": path, **more}]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))


def test_a_table_is_read_from_an_address(tmp_path: Path, server: str) -> None:
    (tmp_path / "cities.csv").write_text(CITIES, encoding="utf-8")
    rows, found, _ = Flow(load(f"{server}/cities.csv?key=S3CRET")).results()
    assert rows == [ROWS]
    assert found.resource_names == ["cities"]
    assert "S3CRET" not in json.dumps(found.descriptor)


# tabulator leaves the connection of a refused request to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_address_that_is_not_there_is_an_error_without_its_secret(server: str) -> None:
    url = f"{server}/no.csv?key=S3CRET"
    with pytest.raises(ProcessorError) as caught:
        rows_of(load(url))
    assert isinstance(caught.value.cause, SourceLoadError)
    assert f"{server}/no.csv?***" in str(caught.value)
    assert "404" in str(caught.value)
    assert "S3CRET" not in str(caught.value)


def test_a_data_package_is_read_from_an_address(tmp_path: Path, server: str) -> None:
    package(tmp_path, "a.csv")
    assert rows_of(load(f"{server}/datapackage.json")) == [ROWS]
    assert rows_of(load(f"{server}/datapackage.json?key=1", format="datapackage")) == [ROWS]


def test_a_package_here_may_name_a_file_there(tmp_path: Path, server: str) -> None:
    package(tmp_path, f"{server}/a.csv")
    steps = [load(tmp_path / "datapackage.json"), dump_to_path(tmp_path / "out")]
    assert rows_of(*steps) == [ROWS]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.csv",
        "datapackage.json",
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "../../etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "~/x.csv",
        "C:\\x.csv",
        "\\\\host\\share",
        "s3://bucket/x",
        "sqlite:///x.db",
        "env://HOME",
    ],
)
def test_a_package_there_may_not_name_a_file_here(
    tmp_path: Path, server: str, hostile: str
) -> None:
    package(tmp_path, hostile)
    with pytest.raises(ProcessorError) as caught:
        rows_of(load(f"{server}/datapackage.json"))
    assert isinstance(caught.value.cause, SourceLoadError)
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("name", ["schema", "dialect"])
def test_nor_may_its_schema_or_dialect(tmp_path: Path, server: str, name: str) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"fields": [{"name": "S3CRET"}]}')
    package(tmp_path, "a.csv", **{name: f"file://{secret}"})
    with pytest.raises(ProcessorError) as caught:
        rows_of(load(f"{server}/datapackage.json"))
    assert "S3CRET" not in str(caught.value)
