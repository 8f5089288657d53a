"""The keys that rows have had so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows import Flow, deduplicate, load
from dataflows.processors.groups import seen_keys

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_rows_that_waited_keep_their_text_and_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen_keys, "MOST_KEYS", 1)
    path = tmp_path / "numbers.csv"
    path.write_text("a,n\nx,1.50\ny,+2\nx,3\nz,4.0\ny,5\nw,06.5\n")
    data = Flow(load(str(path), name="n"), deduplicate(key="a")).results(on_error=None)[0]
    assert [(row["a"], str(row["n"])) for row in data[0]] == [
        ("x", "1.50"),
        ("y", "+2"),
        ("z", "4.0"),
        ("w", "06.5"),
    ]


def test_long_keys_wait_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"a": letter * 100} for letter in "abcabcd"]
    plain = Flow(rows, deduplicate(key="a")).results()[0]
    waited: list[int] = []

    class WatchedSpool(seen_keys.Spool):
        def write(self, batch: Any) -> None:
            waited.append(batch.length)
            super().write(batch)

    monkeypatch.setattr(seen_keys, "MOST_TEXT", 150)
    monkeypatch.setattr(seen_keys, "Spool", WatchedSpool)
    assert Flow(rows, deduplicate(key="a")).results()[0] == plain
    assert sum(waited) > 0
