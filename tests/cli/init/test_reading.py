"""Data that is not as its name says, and what is told of how it is laid out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from command_calls import dataflows
from dataflows import Flow, dump_to_file

if TYPE_CHECKING:
    from pathlib import Path

NUMBERED = "\n".join(f"{number},n{number},{number}.5" for number in range(1, 11))


def told(folder: Path) -> tuple[list[str], str]:
    """Return what init tells of the only file in a folder, and how its script loads it."""
    (path,) = folder.iterdir()
    done = dataflows(folder, "init", path.name, "--name", "seen", "--no-run")
    assert (done.returncode, done.stderr) == (0, "")
    script = (folder / "seen.py").read_text(encoding="utf-8")
    call = re.search(r"^ {8}load\(.*", script, re.MULTILINE)
    assert call is not None
    return [line for line in done.stdout.split("\n") if line.startswith("- ")], call[0].strip()


@pytest.mark.parametrize(
    ("name", "data", "note", "call"),
    [
        (
            "a.csv",
            b"id,v,v\n1,x,y\n",
            "found duplicate headers: 'v', 'v'; so it is read with deduplicate_headers=True",
            'load("a.csv", deduplicate_headers=True, name="seen"),',
        ),
        (
            "a.json",
            json.dumps({"data": {"items": [{"id": 1}]}}).encode(),
            (
                "an array of rows was expected, got a JSON object; "
                "so it is read with property='data.items'"
            ),
            'load("a.json", property="data.items", name="seen"),',
        ),
        (
            "a.csv",
            "id,v\n1,x\n2,y\n".encode("utf-16-le"),
            (
                "the file is full of NUL bytes, as utf-16-le text without a byte order mark is; "
                "so it is read with encoding='utf-16-le'"
            ),
            'load("a.csv", encoding="utf-16-le", name="seen"),',
        ),
        (
            "a.csv",
            "名前,都市\n山田,東京\n鈴木,大阪\n".encode("shift_jis"),
            "it is neither UTF-8 nor cp1252, so it is read as CP932, which is a guess",
            'load("a.csv", encoding="CP932", name="seen"),',
        ),
        (
            "a.txt",
            b"id~v\n1~x\n2~y\n3~z\n",
            "each row has 1 sign '~', taken for what is between cells",
            'load("a.txt", format="csv", delimiter="~", name="seen"),',
        ),
    ],
    ids=["headers", "property", "utf-16", "shift_jis", "text"],
)
def test_what_a_person_would_try_next_is_tried(
    tmp_path: Path, name: str, data: bytes, note: str, call: str
) -> None:
    (tmp_path / name).write_bytes(data)
    notes, found = told(tmp_path)
    assert (f"- {note}" in notes, found) == (True, call)


def test_a_workbook_with_the_name_of_a_csv_is_read_as_one(tmp_path: Path) -> None:
    Flow([{"id": 1, "v": "x"}], dump_to_file(tmp_path / "a.xlsx")).process()
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    assert told(tmp_path) == (
        [
            (
                "- the file 'a.csv' is not CSV but XLSX, an Excel workbook; "
                "so it is read with format='xlsx'"
            )
        ],
        'load("a.csv", format="xlsx", name="seen"),',
    )


def test_another_format_is_not_taken_for_text(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 a,b")
    done = dataflows(tmp_path, "init", "a.pdf")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        (
            'error: a.pdf: format "pdf" is not supported\n'
            "  fix: say which format it is: --load format=csv.\n"
        ),
    )


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (
            f"id,name,v\n{NUMBERED}\n11,x\n12,x,1,more\n",
            [
                "1 row has fewer cells than the header; those are missing values: row 11",
                "1 row has more cells than the header, which are cut off: 'more' (row 12)",
                "all 12 values of 'id' are there, and no two are the same",
            ],
        ),
        (
            f"id,,v\n{NUMBERED}\n",
            [
                "column 2 has no name in the header, and is left out",
                "all 10 values of 'id' are there, and no two are the same",
            ],
        ),
        (
            NUMBERED,
            [
                (
                    "the header looks like data: '1', 'n1', '1.5'; "
                    "load(…, headers=None) takes it for a row"
                ),
            ],
        ),
        ("name,2024,2025\na,1,2\nb,3,4\n", []),
        (
            f"id,name,v\n,,kg\n{NUMBERED}\n",
            [
                "1 of 11 values of 'v' is not a number: 'kg' (row 1)",
                (
                    "row 1 looks like units or notes, not values: 'kg'; "
                    "load(…, skip_rows=[2]) leaves it out"
                ),
            ],
        ),
        (
            f"id,name,v\n{NUMBERED}\nTotal,,60\n",
            [
                "1 of 11 values of 'id' is not a whole number: 'Total' (row 11)",
                (
                    "the last row looks like a total or a note, not values; "
                    "load(…, skip_rows=['Total']) leaves it out"
                ),
                "all 11 values of 'id' are there, and no two are the same",
            ],
        ),
        (
            f"id,name,v\n{NUMBERED}\n11,,-\n",  # no total: one of its cells is there
            [
                "1 of 11 values of 'v' is not a number: '-' (row 11)",
                "so these are missing values: '-'",
                "all 11 values of 'id' are there, and no two are the same",
            ],
        ),
        (
            f"id,name,v\n{NUMBERED}\n1,,x\n",  # no total: another row begins so
            [
                "1 of 11 values of 'v' is not a number: 'x' (row 11)",
                (
                    "'id' looks like a key, but 1 value comes again: '1' (rows 1 and 11); "
                    "deduplicate(key='id') would keep the first row of each"
                ),
            ],
        ),
    ],
    ids=["ragged", "nameless", "no header", "years", "units", "sum", "gap", "repeated"],
)
def test_how_a_table_is_laid_out_is_told(tmp_path: Path, text: str, notes: list[str]) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert told(tmp_path)[0] == [f"- {note}" for note in notes]


def test_what_a_json_file_loses_is_told(tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": number} | ({"late": 1} if number > 1500 else {}))
        for number in range(1600)
    ]
    (tmp_path / "a.ndjson").write_text("\n".join(rows), encoding="utf-8")
    assert told(tmp_path)[0] == [
        "- 99 rows with keys that the sample does not have, left out",
        "- all 1,600 values of 'id' are there, and no two are the same",
    ]


def test_a_strange_value_beyond_what_was_looked_at_is_named(tmp_path: Path) -> None:
    lines = ["id,v", *(f"{number},{number}" for number in range(1, 25_001)), "25001,oops"]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    notes, _ = told(tmp_path)
    assert notes[-1] == "- 1 of 20,200 values of 'v' is not a whole number: 'oops'"
    script = (tmp_path / "seen.py").read_text(encoding="utf-8")
    assert 'set_type("v", type="integer", on_error=rejects()),' in script


def test_each_table_is_named_where_there_are_several(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("id,v\n1,x\n2,y\n", encoding="utf-8")
    (tmp_path / "b.csv").rename(tmp_path / "b.tsv")
    done = dataflows(tmp_path, "init", ".", "--name", "seen", "--no-run")
    assert [line for line in done.stdout.split("\n") if " values of " in line] == [
        "- a: all 2 values of 'id' are there, and no two are the same",
    ]
