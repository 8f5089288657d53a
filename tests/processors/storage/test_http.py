"""Tables on the web: a real server on this machine that misbehaves as real ones do."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import time
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError, SourceLoadError
from dataflows.processors.storage import http, http_addresses, http_request, http_stream
from http_server import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from http_server import HttpServer

CITIES = "id,city\n1,Rome\n2,Århus\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
MANY = b"id,city\n" + b"".join(
    b"%d,city %d\n" % (one, one * 7919 % 104729) for one in range(100_000)
)
TAGGED: dict[str, str | None] = {"ETag": '"one"', "Content-Type": "text/csv"}


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as served:
        yield served


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[float]]:
    """Wait for nothing, but keep how long it would have been; leave no temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    waited: list[float] = []
    monkeypatch.setattr(http_request, "sleep", waited.append)
    yield waited
    assert list(folder.iterdir()) == []


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results(on_error=None)[0][0]


def count_of(*links: Any) -> int:
    return sum(1 for _ in rows_of(*links))


def failure_of(*links: Any) -> SourceLoadError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    assert isinstance(caught.value.cause, SourceLoadError)
    return caught.value.cause


@pytest.mark.parametrize(
    ("path", "body", "type_"),
    [
        ("/a.csv", CITIES.encode(), None),
        ("/a.csv", CITIES.encode("latin-1"), "text/csv; charset=ISO-8859-1"),
        ("/a.csv", CITIES.encode(), "text/csv; charset=nonsense"),
        ("/a.csv.gz", gzip.compress(CITIES.encode()), "application/gzip"),
        ("/export", json.dumps(ROWS).encode(), "application/json; charset=utf-8"),
        ("/export.php", CITIES.encode(), "text/csv"),
        ("/a.ndjson", "\n".join(map(json.dumps, ROWS)).encode(), "text/plain"),
    ],
)
def test_a_table_is_read_by_its_name_or_its_type(
    server: HttpServer, path: str, body: bytes, type_: str | None
) -> None:
    url = server.put(path, Answer(body, headers={"Content-Type": type_}))
    assert rows_of(load(url)) == [{key: row[key] for key in rows_of(load(url))[0]} for row in ROWS]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "bare deflate"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_compressed_transfer_is_undone(server: HttpServer, coding: str, chunked: bool) -> None:
    url = server.put("/a.csv", Answer(MANY, coding=coding, chunked=chunked))
    assert count_of(load(url)) == 100_000
    url = server.put("/b.csv.gz", Answer(CITIES.encode(), coding=coding, chunked=chunked))
    assert rows_of(load(url)) == ROWS


def test_a_compressed_transfer_that_is_broken_is_an_error(server: HttpServer) -> None:
    cut = gzip.compress(MANY)[:-100]
    url = server.put("/a.csv", Answer(cut, headers={"Content-Encoding": "gzip"}))
    assert "the compressed body is broken: it ends too early" in str(failure_of(load(url)))
    url = server.put("/b.csv", Answer(b"id\n1\n", headers={"Content-Encoding": "gzip"}))
    assert "the compressed body is broken: " in str(failure_of(load(url)))
    url = server.put("/c.csv", Answer(b"id\n1\n", headers={"Content-Encoding": "br"}))
    assert "the coding 'br', which is not asked for" in str(failure_of(load(url)))


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("coding", [None, "gzip"])
@pytest.mark.parametrize(
    ("cut", "reset"), [(0, False), (5, False), (100_001, False), (100_001, True)]
)
def test_d1_a_body_that_breaks_off_is_resumed(
    server: HttpServer, cut: int, reset: bool, coding: str | None, ranges: bool
) -> None:
    broken = Answer(MANY, headers=TAGGED, coding=coding, cut=cut, reset=reset, ranges=ranges)
    whole = Answer(MANY, headers=TAGGED, coding=coding, ranges=ranges)
    rows = rows_of(load(server.put("/a.csv", broken, broken if ranges else whole, whole)))
    assert [row["id"] for row in rows] == list(range(100_000))
    # A reset may take away what had been sent before it.
    if cut and not reset:
        assert server.requests[1][1]["range"] == f"bytes={cut}-"
        assert server.requests[1][1]["if-range"] == '"one"'


@pytest.mark.parametrize("validator", [None, '"two"', 'W/"two"'])
def test_d1_d7_the_rest_of_another_version_is_refused(
    server: HttpServer, validator: str | None
) -> None:
    other = MANY.replace(b"city 0", b"town 0")
    url = server.put(
        "/a.csv",
        Answer(MANY, headers=TAGGED, cut=1_100_000, ranges=True),
        Answer(other, headers={"ETag": validator}, ranges=True),
    )
    assert "broke off, and changed before the rest could be had" in str(failure_of(load(url)))


def test_d1_a_server_without_validators_must_send_the_same_again(server: HttpServer) -> None:
    url = server.put("/a.csv", Answer(MANY, cut=1_300_000), MANY)
    assert count_of(load(url)) == 100_000
    assert "range" not in server.requests[1][1]


def test_d1_what_always_breaks_off_is_an_error(server: HttpServer, waits: list[float]) -> None:
    url = server.put("/a.csv", Answer(MANY, headers=TAGGED, cut=100))
    error = failure_of(load(url))
    assert "the body breaks off" in str(error) or "IncompleteRead" in str(error)
    assert len(waits) == 3
    assert error.fix == "check the address, and that it can be reached from this machine."


@pytest.mark.usefixtures("waits")
def test_a_server_that_has_a_problem_is_to_be_asked_later(server: HttpServer) -> None:
    error = failure_of(load(server.put("/a.csv", Answer(status=503))))
    assert "the server answers 503 Service Unavailable (4 attempts)" in str(error)
    assert error.fix == "try again later: the server is there, but cannot answer now."


def test_d1_a_length_that_is_too_large_is_an_error(server: HttpServer) -> None:
    url = server.put("/a.csv", Answer(CITIES.encode(), headers={"Content-Length": "99"}, cut=99))
    assert "(4 attempts)" in str(failure_of(load(url)))


def test_d2_a_chunked_body_that_is_cut_is_resumed_or_an_error(server: HttpServer) -> None:
    cut = Answer(MANY, chunked=True, cut=300_000)
    assert count_of(load(server.put("/a.csv", cut, MANY))) == 100_000
    assert "(4 attempts)" in str(failure_of(load(server.put("/b.csv", cut))))


def test_d3_a_body_without_length_is_checked_by_its_digest(server: HttpServer) -> None:
    cut = Answer(MANY, headers={"Content-Length": None, "Connection": "close"}, cut=1_200_000)
    digest = hashlib.sha256(MANY).hexdigest()
    url = server.put("/a.csv", cut)
    assert "instead of " + digest in str(failure_of(load(url, sha256=digest)))
    url = server.put("/b.csv", MANY)
    assert count_of(load(url, sha256=f"sha256:{digest}")) == 100_000


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_d4_a_server_that_is_busy_is_asked_again(
    server: HttpServer, waits: list[float], status: int
) -> None:
    url = server.put("/a.csv", Answer(status=status), CITIES.encode())
    assert rows_of(load(url)) == ROWS
    assert len(waits) == 1
    assert 0.25 <= waits[0] <= 0.5


def test_d4_each_wait_is_longer_until_it_is_enough(server: HttpServer, waits: list[float]) -> None:
    error = failure_of(load(server.put("/a.csv", Answer(status=503))))
    assert "the server answers 503 Service Unavailable (4 attempts)" in str(error)
    assert len(waits) == 3
    assert waits[0] <= 0.5 <= waits[1] <= 1 <= waits[2] <= 2
    assert (
        "(" not in str(failure_of(load(server.put("/b.csv", Answer(status=503)), retries=0)))[-9:]
    )


@pytest.mark.parametrize(
    ("said", "waited"), [("7", 7), ("100000", 120), ("soon", 0.5), ("-5", 0.5)]
)
def test_d4_the_server_says_how_long_to_wait(
    server: HttpServer, waits: list[float], said: str, waited: float
) -> None:
    url = server.put("/a.csv", Answer(status=429, headers={"Retry-After": said}), CITIES.encode())
    assert rows_of(load(url)) == ROWS
    assert waited / 2 <= waits[0] <= waited


def test_d4_the_server_may_say_it_as_a_date(server: HttpServer, waits: list[float]) -> None:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    url = server.put("/a.csv", Answer(status=503, headers={"Retry-After": date}), CITIES.encode())
    assert rows_of(load(url)) == ROWS
    assert 25 <= waits[0] <= 30


def test_d4_a_connection_that_is_refused_is_tried_again(waits: list[float]) -> None:
    error = failure_of(load("http://127.0.0.1:1/a.csv"))
    assert str(error).endswith("[Errno 111] Connection refused (4 attempts)")
    assert len(waits) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_d4_a_refusal_is_an_error_at_once(
    server: HttpServer, waits: list[float], status: int
) -> None:
    error = failure_of(load(server.put("/a.csv", Answer(status=status))))
    assert f"/a.csv: the server answers {status} " in str(error)
    assert error.fix
    assert waits == []


def test_d5_a_server_that_sends_nothing_is_given_up(server: HttpServer) -> None:
    slow = Answer(MANY, pause=5)
    started = time.monotonic()
    error = failure_of(load(server.put("/a.csv", slow), timeout_seconds=0.2, retries=1))
    assert "nothing arrives for 0.2 seconds (2 attempts)" in str(error)
    assert time.monotonic() - started < 3


def test_d5_a_server_that_drips_meets_the_end_of_all(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 100_000, 7))
    url = server.put("/a.csv", Answer(MANY))
    monkeypatch.setattr(http_request, "monotonic", lambda: next(ticks))
    error = failure_of(load(url, total_seconds=10))
    assert "takes longer than 10 seconds" in str(error)
    assert error.fix == "pass a larger total_seconds."


def test_d6_redirects_are_followed_but_not_for_ever(server: HttpServer) -> None:
    server.put("/a.csv", CITIES.encode())
    for status in (301, 302, 303, 307, 308):
        url = server.put("/b", Answer(status=status, headers={"Location": "a.csv"}))
        assert rows_of(load(url, format="csv")) == ROWS
    url = server.put("/loop", Answer(status=302, headers={"Location": "/loop"}))
    server.requests.clear()
    assert "redirects more than 10 times" in str(failure_of(load(url)))
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/a.csv", "data:text/csv,a", "s3://b/a"]
)
def test_d6_a_redirect_to_elsewhere_than_the_web_is_refused(
    server: HttpServer, target: str
) -> None:
    url = server.put("/a.csv", Answer(status=302, headers={"Location": target}))
    assert "which is not on the web" in str(failure_of(load(url)))


def test_d6_a_redirect_to_less_safety_is_refused() -> None:
    with pytest.raises(SourceLoadError, match=r"from https to 'http://h/a\.csv\?\*\*\*'"):
        http_addresses.redirect_target("https://h/b.csv", "http://h/a.csv?key=S3CRET")


def test_d6_another_host_is_not_told_who_we_are(server: HttpServer) -> None:
    with serving() as other:
        target = other.put("/a.csv", CITIES.encode())
        url = server.put("/b.csv", Answer(status=302, headers={"Location": target}))
        headers = {"X-Api-Key": "S3CRET", "Accept": "text/csv"}
        link = load(url, http_headers=headers, auth=("me", "S3CRET"), params={"key": "S3CRET"})
        assert rows_of(link) == ROWS
        assert "S3CRET" not in repr(other.requests)
        assert other.requests[0][1]["accept"] == "text/csv"
    path, sent = server.requests[0]
    assert path == "/b.csv?key=S3CRET"
    assert sent["x-api-key"] == "S3CRET"
    assert sent["authorization"].startswith("Basic ")


def test_d7_a_load_is_one_request(server: HttpServer) -> None:
    versions = [b"id\n%d\n" % number for number in range(9)]
    url = server.put("/a.csv", *versions)
    flow = Flow(load(url))
    assert [flow.results()[0][0] for _ in range(2)] == [[{"id": 0}], [{"id": 1}]]
    assert len(server.requests) == 2


def test_no_more_is_fetched_than_is_wanted(server: HttpServer) -> None:
    lines = MANY.partition(b"\n")[2]
    url = server.put("/a.csv", b"id,city\n" + lines * 8)
    assert count_of(load(url, limit_rows=3)) == 3


def test_nobody_waits_for_what_is_not_wanted(server: HttpServer) -> None:
    answer = Answer(MANY * 2, stall=len(MANY))
    started = time.monotonic()
    assert count_of(load(server.put("/a.csv", answer), limit_rows=3)) == 3
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("size", [1 << 20, 1 << 24])
def test_a_compressed_transfer_that_explodes_is_refused(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(http_stream, "_UNSUSPICIOUS_BYTES", 1 << 19)
    url = server.put("/a.csv", Answer(b"a\n" + b"0" * size, coding="gzip"))
    assert "grows more than 300 times when decompressed" in str(failure_of(load(url)))


@pytest.mark.parametrize(
    "options",
    [
        {"http_headers": {"Authorization": "Bearer S3CRET"}},
        {"headers": {"Authorization": "Bearer S3CRET"}},
        {"auth": ("me", "S3CRET")},
        {"params": {"key": "S3CRET"}},
        {"params": [("key", "S3CRET")]},
    ],
)
@pytest.mark.parametrize("status", [200, 404, 503])
def test_f10_what_tells_who_we_are_appears_nowhere(
    server: HttpServer, options: dict[str, Any], status: int
) -> None:
    url = server.put("/a.csv", Answer(CITIES.encode(), status=status)).replace("//", "//me:S3CRET@")
    url += "?sig=S3CRET"
    step = load(url, **options)
    assert "S3CRET" not in repr(step)
    if status == 200:
        rows, package, stats = Flow(step).results()
        assert package.resource_names == ["a"]
        assert "S3CRET" not in json.dumps([package.descriptor, stats, rows], default=str)
    else:
        with pytest.raises(ProcessorError) as caught:
            Flow(step).process()
        import traceback

        assert "S3CRET" not in "".join(traceback.format_exception(caught.value)).replace(url, "")


def test_a_google_sheet_is_read_as_csv(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("/spreadsheets/d/1a2b/export", CITIES.encode())

    def local(address: str) -> str | None:
        found = http_addresses.export_address(address)
        return found and found.replace("https://docs.google.com", server.url)

    monkeypatch.setattr(http, "export_address", local)
    url = "https://docs.google.com/spreadsheets/d/1a2b/edit#gid=7"
    assert rows_of(load(url)) == ROWS
    assert rows_of(load(url, format="gsheet")) == ROWS
    assert Flow(load(url)).process()[0].resource_names == ["sheet"]
    assert server.requests[0][0] == "/spreadsheets/d/1a2b/export?format=csv&gid=7"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"timeout_seconds": 0}, "timeout_seconds must be a number of seconds, got 0"),
        ({"retries": -1}, "retries must be a whole number, got -1"),
        ({"auth": "me"}, "auth must be a pair of texts, got str"),
        ({"http_headers": "a: b"}, "http_headers must be a dict, got str"),
        ({"cache": 1}, "cache must be True or a folder, got 1"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(load("http://127.0.0.1:1/a.csv", **options)).process()
    assert what in str(caught.value)
