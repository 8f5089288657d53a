"""Descriptors that lead elsewhere, or are made of other things than a descriptor."""

from __future__ import annotations

import functools
import http.server
import json
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import FlowError, ProcessorError, SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLANTED = "planted"
PATHS = [
    *("../secret.csv", "a/../../secret.csv", "./../secret.csv", "..\\secret.csv", " ../secret.csv"),
    *("%2e%2e/secret.csv", "%2E%2E%2Fsecret.csv", "..%2fsecret.csv", "..%252fsecret.csv"),
    *("..%5csecret.csv", "/secret.csv", "//127.0.0.1/secret.csv", "\\\\host\\secret.csv"),
    *("~/secret.csv", "C:/secret.csv", "a\0.csv", "file:///etc/passwd", "FILE:///etc/passwd"),
    *("env://SECRETS", "sqlite:///x.db", "duckdb:///x.db", "s3://b/x.csv", "ftp://127.0.0.1/x.csv"),
    *("text://a,b", "stdin://", "data:text/csv,a", "..", "", ["ok.csv", "../secret.csv"]),
]
KINDS: list[tuple[dict[str, Any], str]] = [
    (
        {"path": None},
        "the path of resource 1 of the package is a text or a list of texts, got None",
    ),
    ({"path": 5}, "the path of resource 1 of the package is a text or a list of texts, got 5"),
    ({"path": {"a": 1}}, "a text or a list of texts, got {'a': 1}"),
    ({"path": ["ok.csv", 5]}, "the paths of resource 1 of the package are texts, got 5"),
    ({"schema": 5}, "the schema of resource 1 of the package is an object"),
    ({"schema": ["x"]}, "the schema of resource 1 of the package is an object"),
    ({"schema": {"fields": {}}}, "are not a list of objects with names"),
    ({"schema": {"fields": [5]}}, "are not a list of objects with names"),
    ({"schema": {"fields": [{"type": "string"}]}}, "are not a list of objects with names"),
    ({"dialect": 5}, "the dialect of resource 1 of the package is an object"),
    ({"format": 5}, "the format of resource 1 of the package is a text, got 5"),
    ({"encoding": []}, "the encoding of resource 1 of the package is a text, got []"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the files of a folder."""

    def log_message(self, *_: Any) -> None:
        """Keep the tests quiet."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package; a file that nobody may read stands beside it."""
    (tmp_path / "secret.csv").write_text(f"a\n{PLANTED}\n")
    monkeypatch.setenv("SECRETS", str(tmp_path / "secret.csv"))
    (tmp_path / "package").mkdir()
    (tmp_path / "package/ok.csv").write_text("a\n1\n")
    return tmp_path / "package"


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=folder.parent)
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


def describe(folder: Path, **properties: Any) -> str:
    schema = {"fields": [{"name": "a", "type": "string"}]}
    resource = {"name": "t", "path": "ok.csv", "format": "csv", "schema": schema, **properties}
    resource["profile"] = "tabular-data-resource"
    text = json.dumps({"name": "p", "resources": [resource]})
    (folder / "datapackage.json").write_text(text)
    return text


def refusal(source: str, **options: Any) -> Exception:
    with pytest.raises(ProcessorError) as caught:
        Flow(load(source, **options)).results()
    cause = caught.value.cause
    assert isinstance(cause, (SourceLoadError, FlowError))
    assert cause.fix
    assert PLANTED not in str(caught.value)
    return cause


def zipped(folder: Path, text: str) -> str:
    with zipfile.ZipFile(folder.parent / "p.zip", "w") as file:
        file.writestr("package/datapackage.json", text)
        file.writestr("package/ok.csv", "a\n1\n")
        for name in ("secret.csv", "../secret.csv", "package/../secret.csv", "/secret.csv"):
            file.writestr(name, f"a\n{PLANTED}\n")
    return str(folder.parent / "p.zip")


@pytest.mark.parametrize("key", ["path", "schema", "dialect"])
@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_f3_f4_no_path_leads_out_of_a_package(
    folder: Path, server: str, key: str, path: Any
) -> None:
    if key != "path" and not (path and isinstance(path, str)):
        path = "../secret.csv"
    text = describe(folder, **{key: path})
    refusal(str(folder / "datapackage.json"))
    refusal(f"{server}/package/datapackage.json", retries=0)
    refusal(zipped(folder, text), format="datapackage")


@pytest.mark.parametrize(("properties", "what"), KINDS)
def test_a_descriptor_of_other_kinds_is_told(
    folder: Path, properties: dict[str, Any], what: str
) -> None:
    describe(folder, **properties)
    assert what in str(refusal(str(folder / "datapackage.json")))


def test_a_resource_that_is_no_object_is_told(folder: Path) -> None:
    (folder / "datapackage.json").write_text('{"resources": [[]]}')
    what = "resource 1 of the package is not a JSON object but []"
    assert what in str(refusal(str(folder / "datapackage.json")))
