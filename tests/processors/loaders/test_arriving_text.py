"""Texts that come slowly from the web: their rows do not wait for what comes later."""

from __future__ import annotations

import json
import tempfile
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError
from dataflows.processors.loaders import arriving_text
from http_server import Answer, HttpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = [{"id": number, "city": f"Århus {number}"} for number in range(1, 401)]
CSV = ("id,city\n" + "".join(f"{row['id']},{row['city']}\n" for row in ROWS)).encode()
TEXTS = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "ndjson": "".join(f"{json.dumps(row)}\n" for row in ROWS).encode(),
}


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as found:
        yield found


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give temporary files a folder of which nothing must remain."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("format_", TEXTS)
def test_rows_before_a_pause_do_not_wait_for_those_after_it(
    server: HttpServer, format_: str
) -> None:
    # More than a hundred rows have come, and then nothing more does.
    part = TEXTS[format_][:4000]
    url = server.put(f"/a.{format_}", Answer(TEXTS[format_], chunked=True, stall=4000, pause=0.01))
    whole_rows = part.count(b"\n") - 1
    start = monotonic()
    assert Flow(load(url, limit_rows=whole_rows - 1)).results()[0] == [ROWS[: whole_rows - 1]]
    assert 0.5 < monotonic() - start < 5


@pytest.mark.parametrize("format_", TEXTS)
def test_a_drip_gives_rows_as_they_come(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    monkeypatch.setattr(arriving_text, "_PATIENCE_SECONDS", 0.3)
    url = server.put(f"/a.{format_}", Answer(TEXTS[format_], pause=0.15))
    times = []

    def watch(row: dict[str, Any]) -> None:
        times.append(monotonic())

    assert Flow(load(url), watch).results()[0] == [ROWS]
    assert times[-1] - times[0] > 0.3


def test_a_file_that_comes_fast_is_read_as_ever(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: Any, **_options: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(arriving_text, "StandardInputTable", refused)
    assert Flow(load(server.put("/a.csv", CSV))).results()[0] == [ROWS]
    assert Flow(load(server.put("/b.csv", Answer(CSV, pause=0.01)))).results()[0] == [ROWS]


def test_the_encoding_of_what_comes_slowly_is_found(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving_text, "_PATIENCE_SECONDS", 0.2)
    for encoding in ("utf-8-sig", "utf-16"):
        body = CSV.decode().encode(encoding)
        url = server.put(f"/{encoding}.csv", Answer(body, pause=0.06))
        assert Flow(load(url)).results()[0] == [ROWS]
    url = server.put("/given.csv", Answer(CSV.decode().encode("latin-1"), pause=0.06))
    assert Flow(load(url, encoding="latin-1", headers=1)).results()[0] == [ROWS]


def test_what_breaks_off_while_it_is_waited_for_is_an_error(server: HttpServer) -> None:
    url = server.put("/a.csv", Answer(CSV, pause=0.01, stall=3000))
    with pytest.raises(ProcessorError) as caught:
        Flow(load(url, timeout_seconds=0.3, retries=0)).process()
    assert "Failed to load source" in str(caught.value) or "/a.csv" in str(caught.value)


def test_a_flow_that_is_only_checked_lets_go_of_what_it_waits_for(server: HttpServer) -> None:
    url = server.put("/a.csv", Answer(CSV, chunked=True, stall=4000, pause=0.01))
    start = monotonic()
    assert Flow(load(url)).datastream().dp.resource_names == ["a"]
    assert monotonic() - start < 5


def test_what_was_stopped_is_not_kept_as_whole(server: HttpServer, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    answer = Answer(CSV, chunked=True, stall=3000, pause=0.01, headers={"ETag": '"1"'})
    url = server.put("/a.csv", answer)
    assert Flow(load(url, limit_rows=5, cache=cache)).results()[0] == [ROWS[:5]]
    server.put("/a.csv", Answer(CSV, headers={"ETag": '"1"'}))
    assert Flow(load(url, cache=cache)).results()[0] == [ROWS]
