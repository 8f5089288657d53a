"""Standard input as a source: a real pipe into a real process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from dataflows.errors import FlowError, SourceLoadError
from dataflows.processors.loaders.standard_input import StandardInputTable

SCRIPT = """
import json
import sys
from dataflows import Flow, load

def show(row):
    print(json.dumps(row, default=str), flush=True)

Flow(load("-", **json.loads(sys.argv[1])), show).process()
"""


def start(**options: Any) -> subprocess.Popen[bytes]:
    """Start a script that prints the rows of its standard input as they come."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def rows_of(data: bytes, **options: Any) -> list[dict[str, Any]]:
    out, err = start(**options).communicate(data, timeout=60)
    assert not err, err.decode()
    return [json.loads(line) for line in out.splitlines()]


def table(data: bytes, format_: str = "csv", **options: Any) -> list[dict[str, Any]]:
    """Return the rows of a stream of bytes."""
    found = StandardInputTable(io.BytesIO(data), format_, options)
    columns = [cells for cells, _ in found.chunks(None)]
    rows = [row for cells in columns for row in zip(*cells, strict=True)]
    return [dict(zip(found.names, row, strict=True)) for row in rows]


def test_a_table_can_be_piped_in() -> None:
    data = "id,city\n1,Rome\n2,Århus\n".encode()
    assert rows_of(data) == [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
    assert rows_of(data, limit_rows=1) == [{"id": 1, "city": "Rome"}]


def test_a_large_pipe_arrives_whole() -> None:
    data = b"id,city\n" + b"".join(b"%d,x\n" % number for number in range(50_000))
    rows = rows_of(data)
    assert [row["id"] for row in rows] == list(range(50_000))


def test_rows_come_through_before_the_pipe_ends() -> None:
    with start() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2, 3):
            process.stdin.write(b"id,city\n" * (number == 1) + b"%d,Rome\n" % number)
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"id": number, "city": "Rome"}
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(timeout=60) == 0


def test_ndjson_comes_through_live_as_well() -> None:
    with start(format="ndjson") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": 1}\n{"id": 2}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"id": 1}
        assert json.loads(process.stdout.readline()) == {"id": 2}
        process.stdin.write(b'{"id": 3}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"id": 3}
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_an_empty_pipe_is_said_to_be_empty() -> None:
    out, err = start().communicate(b"", timeout=60)
    assert out == b""
    assert err.decode().splitlines()[-3:] == [
        (
            "dataflows.errors.ProcessorError: Failed to load source '-' and options {}: "
            "standard input is empty"
        ),
        "  at processor 1 of 2: load('-')",
        "  fix: pipe a table into the script.",
    ]


@pytest.mark.parametrize(
    ("format_", "data", "options", "rows"),
    [
        ("csv", b"a;b\n1;2\n", {}, [{"a": "1", "b": "2"}]),
        ("tsv", b"a\tb\n1\t2,3\n", {}, [{"a": "1", "b": "2,3"}]),
        ("csv", b"title\n\na,b\n1,2\n", {}, [{"a": "1", "b": "2"}]),
        ("csv", b"x\na,b\n1,2\n", {"headers": 2}, [{"a": "1", "b": "2"}]),
        ("csv", b"1,2\n3,4", {"headers": ["a", "b"]}, [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("csv", b"1,2\n", {"headers": None}, [{"field1": "1", "field2": "2"}]),
        ("csv", b"a,,c\n1,2,3\n", {}, [{"a": "1", "c": "3"}]),
        ("csv", "a\nÅ\n".encode("latin-1"), {"encoding": "latin-1"}, [{"a": "Å"}]),
        ("csv", b"\xef\xbb\xbfa,b\n1,2\n", {}, [{"a": "1", "b": "2"}]),
        ("csv", b'a,b\n1,"x\n\r\ny"\n', {}, [{"a": "1", "b": "x\n\r\ny"}]),
        ("csv", b"a,b\n1\n2,3,\n", {}, [{"a": "1", "b": None}, {"a": "2", "b": "3"}]),
        ("csv", b"a\tb\n1\t2\n", {"delimiter": "\t"}, [{"a": "1", "b": "2"}]),
        ("ndjson", b'{"a": 1}\n\n{"a": 2}\n', {}, [{"a": 1}, {"a": 2}]),
        ("ndjson", b'["a"]\n[1]\n', {}, [{"a": 1}]),
    ],
)
def test_options_say_how_the_stream_is_read(
    format_: str, data: bytes, options: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    assert table(data, format_, **options) == rows


def test_a_cell_may_be_large() -> None:
    assert table(b"a,b\n1," + b"x" * 300_000 + b"\n") == [{"a": "1", "b": "x" * 300_000}]


@pytest.mark.parametrize(
    ("format_", "data", "options", "what", "fix"),
    [
        (
            "json",
            b"[]",
            {},
            "standard input cannot be read as 'json'",
            "pass format='csv', 'tsv' or 'ndjson', or save it to a file first.",
        ),
        (
            "csv",
            b"a\n\xff\n",
            {},
            (
                "standard input cannot be decoded: "
                "'utf-8' codec can't decode byte 0xff in position 2: invalid start byte"
            ),
            "pass the encoding=… in which it is.",
        ),
        (
            "csv",
            b"a\n1\n",
            {"headers": 5},
            "standard input has no row 5 to be the header",
            "pass headers= the number of the header's row.",
        ),
        (
            "ndjson",
            b'{"a": 1}\n{"a"\n',
            {},
            "standard input: line 2 is not JSON: Expecting ':' delimiter: line 2 column 1 (char 5)",
            "correct the line, or load the file with format='json' if it is one array.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    format_: str, data: bytes, options: dict[str, Any], what: str, fix: str
) -> None:
    with pytest.raises(SourceLoadError) as caught:
        table(data, format_, **options)
    assert (caught.value.what, caught.value.fix) == (what, fix)


def test_a_quote_left_open_is_an_error() -> None:
    with pytest.raises(SourceLoadError) as caught:
        table(b'a,b\n1,2\n3,"open\n4,5\n')
    assert "line 3" in caught.value.what


def test_it_can_be_read_once() -> None:
    found = StandardInputTable(io.BytesIO(b"a\n1\n"), "csv", {})
    assert [length for _, length in found.chunks(None)] == [1]
    with pytest.raises(FlowError) as caught:
        next(iter(found.chunks(None)))
    assert str(caught.value) == (
        "standard input has been read already\n"
        "  fix: run the flow once, or save the input to a file first."
    )
