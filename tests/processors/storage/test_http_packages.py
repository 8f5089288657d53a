"""Data packages on the web: what somebody else has written may not lead anywhere it likes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError, SourceLoadError
from dataflows.processors.storage import http_connection, http_request
from http_server import Answer, HttpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CITIES = b"id,city\n1,Rome\n"
ROWS = [{"id": 1, "city": "Rome"}]
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "city", "type": "string"}]}
REFUSED = "an address of this machine or its network"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_request, "sleep", [].append)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as served:
        yield served


@pytest.fixture
def other() -> Iterator[HttpServer]:
    with serving() as served:
        yield served


def package(server: HttpServer, path: Any, **more: Any) -> str:
    resource = {"name": "a", "path": path, "schema": SCHEMA, **more}
    descriptor = json.dumps({"resources": [resource]}).encode()
    return server.put("/data/datapackage.json", descriptor)


def rows_of(url: str, **options: Any) -> list[dict[str, Any]]:
    return Flow(load(url, **options)).results(on_error=None)[0][0]


def failure_of(url: str, **options: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        rows_of(url, **options)
    assert isinstance(caught.value.cause, SourceLoadError)
    return str(caught.value)


def test_a_package_is_one_request_a_file(server: HttpServer) -> None:
    server.put("/data/a.csv", CITIES)
    server.put("/data/b%20c.csv", CITIES)
    assert rows_of(package(server, ["a.csv", "b c.csv"])) == ROWS * 2
    assert [path for path, _ in server.requests] == [
        "/data/datapackage.json",
        "/data/a.csv",
        "/data/b%20c.csv",
    ]


def test_its_schema_and_dialect_may_lie_beside_it(server: HttpServer) -> None:
    server.put("/data/a.csv", CITIES.replace(b",", b";"))
    server.put("/data/schema.json", json.dumps(SCHEMA).encode())
    server.put("/data/dialect.json", b'{"delimiter": ";"}')
    assert rows_of(package(server, "a.csv", schema="schema.json", dialect="dialect.json")) == ROWS


def test_f1_its_schema_lies_in_no_file_here(server: HttpServer, tmp_path: Path) -> None:
    secret = tmp_path / "schema.json"
    secret.write_text('{"fields": [{"name": "S3CRET"}]}')
    for path in (str(secret), f"file://{secret}", "../../schema.json"):
        assert "S3CRET" not in failure_of(package(server, "a.csv", schema=path))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "127.1"])
def test_f4_it_names_no_private_address(server: HttpServer, other: HttpServer, host: str) -> None:
    address = other.put("/a.csv", CITIES).replace("127.0.0.1", host)
    url = package(server, address)
    assert REFUSED in failure_of(url)
    assert other.requests == []
    assert rows_of(url, allow_private=True) == ROWS


@pytest.mark.parametrize("name", ["schema", "dialect"])
def test_f4_nor_do_its_schema_and_dialect(server: HttpServer, other: HttpServer, name: str) -> None:
    address = other.put("/x.json", b"{}")
    assert REFUSED in failure_of(package(server, "a.csv", **{name: address}))
    assert other.requests == []


def test_f4_nor_does_a_redirect_lead_there(server: HttpServer, other: HttpServer) -> None:
    location = other.put("/a.csv", CITIES)
    server.put("/data/a.csv", Answer(status=302, headers={"Location": location}))
    assert REFUSED in failure_of(package(server, "a.csv"))
    assert other.requests == []


def test_f4_nor_does_a_proxy_lead_there(
    server: HttpServer, other: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/data/a.csv", CITIES)
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.setenv("no_proxy", "localhost")
    url = package(server, "a.csv").replace("127.0.0.1", "localhost")
    assert rows_of(url) == ROWS
    package(server, "http://10.0.0.1/a.csv")
    assert REFUSED in failure_of(url)
    assert other.requests == []


def test_f4_an_address_that_the_user_names_may_be_private(server: HttpServer) -> None:
    assert rows_of(server.put("/a.csv", CITIES)) == ROWS


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
    ],
)
def test_f4_what_is_public(host: str, public: bool) -> None:
    assert http_connection.is_public(host) is public


def test_f10_another_server_is_not_told_who_we_are(server: HttpServer, other: HttpServer) -> None:
    server.put("/data/a.csv", CITIES)
    options: dict[str, Any] = {"allow_private": True, "http_headers": {"X-Key": "S3CRET"}}
    assert rows_of(package(server, "a.csv"), **options) == ROWS
    assert [sent.get("x-key") for _, sent in server.requests] == ["S3CRET", "S3CRET"]
    assert rows_of(package(server, other.put("/a.csv", CITIES)), **options) == ROWS
    assert "S3CRET" not in repr(other.requests)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"[]", "holds no JSON object but a list"),
        (b"{", "is not valid JSON"),
        (b'{"resources": 1}', "it has no list of resources"),
    ],
)
def test_what_is_no_descriptor_is_refused(server: HttpServer, body: bytes, what: str) -> None:
    text = failure_of(server.put("/datapackage.json", body) + "?key=S3CRET")
    assert what in text
    assert "S3CRET" not in text
