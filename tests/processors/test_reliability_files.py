"""Faults and threats in files that no module of ours has for itself: rows of one list of them.

Where the others are: kills, full disks, signals, targets and odd texts in `dumpers/test_dump_*`,
`dumpers/test_naughty_texts.py` and `dumpers/test_fidelity.py`; the commit in `test_commit.py`;
ragged, cut and hostile files beside the reader of each format; archives in `storage`.
"""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load, printer, set_type
from dataflows.errors import ProcessorError

SECONDS_FOR_LINEAR_WORK = 5


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = Flow(*links).results()[0]
    return found


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_c5_a_byte_order_mark_is_no_part_of_a_quoted_header(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes('"a",b\r\n1,é\r\n'.encode(encoding))
    assert rows_of(load(tmp_path / "a.csv")) == [[{"a": 1, "b": "é"}]]


def test_c7_line_ends_of_all_kinds_stay_in_quoted_cells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'a,b\r\n"x\r\ny",1\n"z\nw",2\r"v\rq",3\r\n')
    expected = [{"a": "x\r\ny", "b": 1}, {"a": "z\nw", "b": 2}, {"a": "v\rq", "b": 3}]
    assert rows_of(load(tmp_path / "a.csv"), dump_to_path(tmp_path / "out")) == [expected]
    assert rows_of(load(tmp_path / "out/datapackage.json")) == [expected]


@pytest.mark.parametrize("format_", ["csv", "ndjson", "parquet"])
def test_c9_ten_thousand_fields_are_a_table(tmp_path: Path, format_: str) -> None:
    names = [f"c{number}" for number in range(10_000)]
    (tmp_path / "a.csv").write_text(",".join(names) + "\n" + ",".join("7" * 10_000) + "\n")
    Flow(load(tmp_path / "a.csv"), dump_to_path(tmp_path / "out", format=format_)).process()
    assert rows_of(load(tmp_path / "out/datapackage.json")) == [[dict.fromkeys(names, 7)]]


def test_f3_a_member_that_would_leave_its_folder_is_read_and_written_inside(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    with zipfile.ZipFile(inner / "slip.zip", "w") as archive:
        archive.writestr("../../evil.csv", "a\n1\n")
        archive.writestr("ok.csv", "a\n2\n")
    Flow(load(inner / "slip.zip"), dump_to_path(inner / "out")).process()
    assert sorted(path.name for path in (inner / "out").iterdir()) == [
        "datapackage.json",
        "evil.csv",
        "ok.csv",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    Flow(load(inner / "slip.zip"), dump_to_zip(inner / "out.zip")).process()
    with zipfile.ZipFile(inner / "out.zip") as archive:
        assert sorted(archive.namelist()) == ["datapackage.json", "evil.csv", "ok.csv"]


@pytest.mark.parametrize(
    "path",
    [
        *("env://HOME", "file:///etc/passwd", "sqlite:///x.db", "s3://b/k.csv", "ftp://h/x.csv"),
        *("/etc/passwd", "../a.csv", "..%2f..%2fetc/passwd", "~/a.csv", "$HOME/a.csv", "C:\\a.csv"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_f1_f5_a_descriptor_names_files_of_its_package_only(
    tmp_path: Path, path: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "a.csv").write_text("a\nsecret\n")
    schema = {"fields": [{"name": "a", "type": "string"}]}
    resource = {"name": "r", "path": path, "format": "csv", "schema": schema}
    descriptor = json.dumps({"name": "p", "resources": [resource]})
    source = inner / "datapackage.json"
    if kind == "zip":
        source = inner / "p.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("datapackage.json", descriptor)
            archive.writestr(path, "a\nsecret\n")
    else:
        source.write_text(descriptor)
    if kind == "zip" and path == "..%2f..%2fetc/passwd":
        # In a zip this is a name like others: nothing decodes it.
        assert rows_of(load(source, format="datapackage")) == [[{"a": "secret"}]]
        return
    text = refusal(load(source, format="datapackage"))
    assert repr(path)[1:-1] in text
    assert "\n  fix: " in text


def test_f19_looking_for_types_and_dialects_takes_no_longer_than_the_file(tmp_path: Path) -> None:
    lines = ["a,b", "a" * 50_000 + "!,1", "1" * 50_000 + "e,2", "1-" * 25_000 + ",3"]
    lines += ["'" * 50_000 + ",4", "0" * 50_000 + ".,5", " " * 50_000 + "x,6", "[" * 5_000 + ",7"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    begun = time.monotonic()
    [rows] = rows_of(load(tmp_path / "a.csv"))
    assert len(rows) == len(lines) - 1
    assert time.monotonic() - begun < SECONDS_FOR_LINEAR_WORK


def test_f20_no_text_of_data_reaches_a_terminal_as_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b[31mred\nERROR forged\r\x07"
    rows = [{"a": hostile}]
    Flow(rows, printer()).process()
    Path(tmp_path / f"{hostile}.csv").write_text("a\nx\n")
    shown = str(Flow(load(tmp_path / f"{hostile}.csv"), dump_to_path(tmp_path / "out")).run())
    error = refusal(rows, set_type("a", type="integer"))
    out = capsys.readouterr().out
    for text in (out, shown, error):
        assert "\x1b" not in text, text
        assert "\x07" not in text, text
        assert "\nERROR forged" not in text, text
