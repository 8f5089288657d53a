"""Files on the web that are kept here, and fetched anew only when they have changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError
from dataflows.processors.storage import http_request
from http_server import Answer, HttpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = b"id\n" + b"".join(b"%d\n" % one for one in range(300_000))


class Versions:
    """A file that changes: whoever has the version that there is gets no body."""

    def __init__(self, header: str, question: str, *versions: bytes) -> None:
        self.header, self.question = header, question
        self.versions = versions
        self.current = 0
        self.sent: list[int] = []

    def __call__(self, headers: Any) -> Answer:
        tag = f'"{self.current}"'
        told = {self.header: tag, "Content-Type": "text/csv; charset=latin-1"}
        status = 304 if headers.get(self.question) == tag else 200
        self.sent.append(status)
        body = b"" if status == 304 else self.versions[self.current]
        return Answer(body, status, headers=dict(told))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_request, "sleep", [].append)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as served:
        yield served


def rows_of(url: str, **options: Any) -> list[dict[str, Any]]:
    return Flow(load(url, **options)).results(on_error=None)[0][0]


@pytest.mark.parametrize(
    ("header", "question"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
)
def test_a_file_is_fetched_when_it_has_changed(
    server: HttpServer, tmp_path: Path, header: str, question: str
) -> None:
    city = Versions(header, question, "city\nÅrhus\n".encode("latin-1"), b"city\nOslo\n")
    server.answers["/a.csv"] = city
    url, folder = server.url + "/a.csv?key=S3CRET", tmp_path / "cache"
    assert rows_of(url, cache=folder) == [{"city": "Århus"}]
    assert rows_of(url, cache=folder) == [{"city": "Århus"}]
    city.current = 1
    assert rows_of(url, cache=str(folder)) == [{"city": "Oslo"}]
    assert city.sent == [200, 304, 200]
    assert len(list(folder.iterdir())) == 2
    assert all(b"S3CRET" not in path.read_bytes() for path in folder.iterdir())


def test_f11_what_is_kept_is_private(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    url = server.put("/a.csv", b"id\n1\n")
    previous = os.umask(0)
    try:
        assert rows_of(url, cache=True) == [{"id": 1}]
    finally:
        os.umask(previous)
    folder = tmp_path / "dataflows" / "http"
    assert folder.stat().st_mode & 0o777 == 0o700
    bodies = [path for path in folder.iterdir() if path.suffix == ".body"]
    assert [path.stat().st_mode & 0o777 for path in bodies] == [0o600]


def test_what_is_asked_in_another_way_is_another_file(server: HttpServer, tmp_path: Path) -> None:
    url = server.put("/a.csv", b"id\n1\n", b"id\n2\n")
    assert rows_of(url, cache=tmp_path, params={"page": 1}) == [{"id": 1}]
    assert rows_of(url, cache=tmp_path, params={"page": 2}) == [{"id": 2}]
    assert len(list(tmp_path.iterdir())) == 4


def test_what_is_not_read_to_its_end_is_not_kept(server: HttpServer, tmp_path: Path) -> None:
    much = b"id\n" + b"123456789\n" * 1_500_000
    url = server.put("/a.csv", Answer(much, headers={"ETag": '"1"'}))
    assert len(rows_of(url, cache=tmp_path, limit_rows=2)) == 2
    broken = server.put("/b.csv", Answer(MANY, headers={"ETag": '"1"'}, cut=1_500_000))
    with pytest.raises(ProcessorError):
        rows_of(broken, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"body": "../a.csv", "bytes": 5}'])
def test_what_is_kept_but_damaged_is_fetched_anew(
    server: HttpServer, tmp_path: Path, text: str
) -> None:
    url = server.put("/a.csv", Answer(b"id\n1\n", headers={"ETag": '"1"'}))
    assert rows_of(url, cache=tmp_path) == [{"id": 1}]
    next(tmp_path.glob("*.json")).write_text(text)
    assert rows_of(url, cache=tmp_path) == [{"id": 1}]
    next(tmp_path.glob("*.body")).write_bytes(b"id")
    assert rows_of(url, cache=tmp_path) == [{"id": 1}]
    assert "if-none-match" not in server.requests[1][1]


def test_a_folder_that_cannot_be_used_is_named(server: HttpServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProcessorError, match=r"the cache folder '.*file' cannot be used"):
        rows_of(server.put("/a.csv", b"id\n1\n"), cache=tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_named(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataflows.processors.storage.http_cache import CacheEntry

    def start(entry: CacheEntry) -> None:
        full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the entry closes it
        entry._part, entry._file = tmp_path / "part", full

    monkeypatch.setattr(CacheEntry, "start", start)
    with pytest.raises(ProcessorError, match="No space left on device"):
        rows_of(server.put("/a.csv", b"id\n1\n"), cache=tmp_path)
