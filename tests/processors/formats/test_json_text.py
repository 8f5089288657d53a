"""JSON by whole columns is JSON value by value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.processors.formats.json_text import _in_columns, _one_by_one, json_texts
from dataflows.processors.formats.writing import OutputField
from dataflows.types import codec_for
from strategies import columns

KINDS = ["integer", "number", "boolean", "date", "time", "datetime", "string", "year", "array"]


def batch_of(kind: str, texts: list[str | None]) -> tuple[Batch, OutputField]:
    """Return a batch of one column, read from text and cast, with what does not fit missing."""
    codec = codec_for({"name": "a", "type": kind}, [""])
    raw = Column(codec_for({"type": "string"}, ()), text=pa.array(texts, pa.string()))
    column, _ = raw.cast(codec)
    assert column is not None
    return Batch({"a": column}, len(texts)), OutputField("a", "a", kind, codec)


def parsed(texts: list[str]) -> list[Any]:
    return [json.loads(text, parse_float=Decimal, parse_int=Decimal) for text in texts]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_columns_and_values_give_the_same_json(kind: str, *, ascii_only: bool) -> None:
    @settings(max_examples=60)
    @given(texts=columns({"type": kind}))
    @example(texts=["007", "+5", " 5", "1_0", "-0", "1e5", ".5", "5.", None])
    @example(texts=['a"b', "\\", "\x00\x1f", "\x7f\x80", "é中😀", "\u2028", "plain", ""])
    def same(texts: list[str | None]) -> None:
        batch, field = batch_of(kind, texts)
        values = batch.column("a").values
        if kind == "number" and any(
            value is not None and not value.is_finite() for value in values
        ):
            return
        found = json_texts(batch, field, ascii_only=ascii_only).to_pylist()
        expected = _one_by_one(batch, field, ascii_only=ascii_only)
        assert parsed(found) == parsed(expected)
        if kind not in ("integer", "number"):
            assert found == expected
        if ascii_only:
            assert "".join(found).isascii()

    same()


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("integer", ["1", None, "-20"]),
        ("number", ["1.50", "2e-3", None]),
        ("boolean", ["true", "0", None]),
        ("date", ["2020-01-02", None]),
        ("datetime", ["2020-01-02T03:04:05Z", None]),
        ("string", ["x", 'y"', None]),
    ],
)
def test_ordinary_columns_never_become_values(kind: str, texts: list[str | None]) -> None:
    batch, field = batch_of(kind, texts)
    assert _in_columns(batch, field, ascii_only=True) is not None


def test_numbers_keep_the_characters_they_were_read_with() -> None:
    batch, field = batch_of("number", ["1.50", "2e-3", "0", None])
    assert json_texts(batch, field, ascii_only=True).to_pylist() == ["1.50", "2e-3", "0", "null"]


def test_values_made_by_a_function_are_written_as_well() -> None:
    _, field = batch_of("number", [])
    batch = Batch({"a": Column(values=[Decimal("1.50"), None])}, 2)
    assert json_texts(batch, field, ascii_only=True).to_pylist() == ["1.50", "null"]
