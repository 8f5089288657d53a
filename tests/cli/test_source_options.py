"""How SOURCE is read: the same options for every command, and errors in their words."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS, dataflows
from terminal import CTRL_D, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = {"result": {"items": [{"id": 1, "v": "x"}, {"id": 2, "v": "y"}]}}
READ = "id,v\r\n1,x\r\n2,y\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items.json").write_text(json.dumps(ITEMS), encoding="utf-8")
    (tmp_path / "twice.csv").write_text("id,v,v\n1,x,y\n", encoding="utf-8")
    (tmp_path / "cities.csv").write_bytes("id,city\n1,Ljubljana\n2,\u4eac\n".encode("gb18030"))
    (tmp_path / "long.csv").write_text("id\n100000000000000000001\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "plain.txt").write_text("id^v\n1^x\n2^y\n", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("create table sales (id integer, v text)")
        shop.executemany("insert into sales values (?, ?)", [(1, "x"), (2, "y")])
        shop.commit()
    return tmp_path


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "show items.json",
            (
                "error: items.json: an array of rows was expected, got a JSON object\n"
                "  fix: name the key that holds the rows: --load property=result.items.\n"
            ),
        ),
        (
            "validate twice.csv",
            (
                "error: twice.csv: found duplicate headers: 'v', 'v'\n"
                "  fix: pass --load deduplicate_headers=true to have them numbered.\n"
            ),
        ),
        (
            "convert plain.txt out.csv",
            (
                'error: plain.txt: format "txt" is not supported\n'
                "  fix: say which format it is: --from csv.\n"
            ),
        ),
        (
            "show plain.txt",
            (
                'error: plain.txt: format "txt" is not supported\n'
                "  fix: say which format it is: --format csv.\n"
            ),
        ),
        (
            "show empty.csv",
            (
                "error: the file 'empty.csv' is empty\n"
                "  fix: check that the file was written to its end, or leave it out.\n"
            ),
        ),
        (
            "init none.csv",
            (
                "error: no file named 'none.csv'\n"
                "  fix: the files here are: cities.csv, empty.csv, items.json, long.csv, "
                "plain.txt, shop.db, twice.csv.\n"
            ),
        ),
        (
            "convert cities.csv out.csv --encoding utf-8",
            (
                "error: cities.csv: the byte 0xbe at offset 22 (line 3) is not utf-8 text\n"
                "  fix: pass the encoding of the file, such as --encoding latin-1 or "
                "--encoding cp1252.\n"
            ),
        ),
        (
            "convert shop.db out.db --table sales",
            (
                "error: no format is written to files that end in 'db': 'out.db'\n"
                "  fix: write sqlite:///out.db.\n"
            ),
        ),
        (
            "convert long.csv sqlite:///long.db",
            (
                "error: 100000000000000000001 has more than the 64 bits that the column holds\n"
                "     resource 'long', row 1, field 'id'\n"
                "  fix: keep it as text: --set-type id=string.\n"
            ),
        ),
        (
            "show items.json --load property",
            (
                "error: --load takes a name and a value, got 'property'\n"
                "  fix: write for instance --load encoding=cp1252.\n"
            ),
        ),
        (
            "show items.json --load on_error=drop",
            "error: --load does not take 'on_error'\n  fix: leave it out.\n",
        ),
    ],
)
def test_an_error_speaks_of_what_was_typed(folder: Path, call: str, message: str) -> None:
    done = dataflows(folder, *call.split())
    assert (done.returncode != 0, done.stdout, done.stderr) == (True, "", message)


def test_an_error_speaks_of_what_was_typed_at_a_question(folder: Path) -> None:
    asked = on_terminal([*DATAFLOWS, "init"], folder, typed=f"empty.csv\n{CTRL_D}")
    question = "Where is the data (a file, a folder, an address, a database): "
    assert (asked.code, asked.shown[asked.shown.index(question) :]) == (
        130,
        (
            f"{question}error: the file 'empty.csv' is empty\n"
            "  fix: check that the file was written to its end, or leave it out.\n"
            f"{question}\nstopped\n"
        ),
    )


def test_debug_shows_the_step_behind_the_error(folder: Path) -> None:
    done = dataflows(folder, "show", "empty.csv", "--debug")
    assert "at processor 1 of 1: load('empty.csv'" in done.stderr
    assert done.stderr.endswith(
        "dataflows.errors.DataflowsException: the file 'empty.csv' is empty\n"
        "  fix: check that the file was written to its end, or leave it out.\n"
    )


@pytest.mark.parametrize(
    "call",
    [
        "items.json - --load property=result.items",
        "items.json - --load property=result.items --load name=2020",
        "shop.db - --load limit_rows=2",
        "plain.txt - --from csv --delimiter ^",
        "shop.db -",
        "shop.db - --table sales",
    ],
)
def test_what_the_fix_says_works(folder: Path, call: str) -> None:
    done = dataflows(folder, "convert", *call.split())
    assert (done.stdout, done.stderr) == (
        READ.replace("\r", ""),
        "2 rows written to standard output\n",
    )


def test_a_field_that_a_table_lacks_is_added_when_asked_for(folder: Path) -> None:
    (folder / "more.csv").write_text("id,note\n2,new\n3,other\n", encoding="utf-8")
    call = ("convert", "more.csv", "sqlite:///shop.db", "--table", "sales", "--merge", "id")
    refused = dataflows(folder, *call)
    assert (refused.returncode, refused.stderr) == (
        1,
        (
            "error: the table 'sales' has no column for 'note': the values would be lost\n"
            "     resource 'more'\n"
            "  fix: add the columns with --add-columns.\n"
        ),
    )
    done = dataflows(folder, *call, "--add-columns")
    assert (done.returncode, done.stderr) == (0, "2 rows written to sqlite:///shop.db\n")
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        rows = shop.execute("select * from sales order by id").fetchall()
    assert rows == [(1, "x", None), (2, "y", "new"), (3, None, "other")]


@pytest.mark.parametrize("option", ["--add-columns", "--delete-missing"])
def test_what_is_for_merging_needs_a_key(folder: Path, option: str) -> None:
    done = dataflows(folder, "convert", "shop.db", "sqlite:///new.db", option)
    message = f"error: {option} is for --merge\n  fix: add --merge KEY.\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_a_page_that_is_there_is_replaced_when_somebody_says_so(
    folder: Path, answer: str, code: int
) -> None:
    page = folder / "page.html"
    page.write_text("mine", encoding="utf-8")
    call = [*DATAFLOWS, "show", "twice.csv", "--load", "deduplicate_headers=true"]
    shown = on_terminal([*call, "--html", "page.html"], folder, typed=f"{answer}\n")
    assert shown.code == code
    assert shown.shown == (
        f"{answer}\npage.html is there already. Replace it? [y/N]: "
        + ("nothing was written\n" if code else "wrote page.html\n")
    )
    assert (page.read_text(encoding="utf-8") == "mine") == bool(code)


def test_what_is_left_out_is_told(folder: Path) -> None:
    (folder / "odd.csv").write_text("id,,v\n1,lost,x\n2,lost\n", encoding="utf-8")
    told = ["1 column without a name, left out", "1 short row, filled with missing values"]
    shown = dataflows(folder, "show", "odd.csv", "--html", "page.html").returncode
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert (shown, [f'<p class="soft">{note}</p>' in page for note in told]) == (0, [True, True])
    assert dataflows(folder, "show", "odd.csv").stdout.splitlines()[-2:] == told
    assert dataflows(folder, "convert", "odd.csv", "-").stderr == (
        f"2 rows written to standard output; {'; '.join(told)}\n"
    )
    assert dataflows(folder, "validate", "odd.csv").returncode == 1
