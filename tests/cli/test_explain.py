"""`dataflows explain`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from command_calls import DATAFLOWS, dataflows
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
from dataflows import Flow, dump_to_path, filter_rows

print("of the script")

def twice(row):
    row["a"] = row["a"] * 2


flow = Flow([{"a": 1}, {"a": 2}], twice, filter_rows("a > 2"), dump_to_path("out"))
"""
PICTURE = """\
1. list of rows
   + resource res_1: a: integer
2. twice (sales.py, line 5)  [rows: reads a; writes a]
3. filter_rows('a > 2')  [columns]
4. dump_to_path('out')  [columns]
= resource res_1: a: integer
"""
AFTER_A_RUN = """\
1. list of rows
   + resource res_1: a: integer
   0 rows in, 2 added, 2 out, T s
2. twice (sales.py, line 5)  [rows: reads a; writes a]
   2 rows in, 2 out, T s
3. filter_rows('a > 2')  [columns]
   2 rows in, 1 out, 1 filtered, T s
4. dump_to_path('out')  [columns]
   1 row in, 1 out, T s
= resource res_1: a: integer
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "sales.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d{3} s", "T s", text)


def test_the_chain_is_shown_and_nothing_is_run(sales: Path) -> None:
    done = dataflows(sales, "explain", "sales.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, PICTURE, "of the script\n")
    assert not (sales / "out").exists()


def test_after_a_run_it_has_rows_and_seconds(sales: Path) -> None:
    done = dataflows(sales, "explain", "sales.py", "--run")
    assert (done.returncode, without_times(done.stdout)) == (0, AFTER_A_RUN)
    assert (sales / "out" / "res_1.csv").read_text(encoding="utf-8") == "a\n4\n"


def test_it_is_drawn_into_a_file(sales: Path) -> None:
    for run in ([], ["--run", "--force"]):
        done = dataflows(sales, "explain", "sales.py", "--svg", "chain.svg", *run)
        assert (done.returncode, done.stdout) == (0, "written: chain.svg\n")
    text = (sales / "chain.svg").read_text(encoding="utf-8")
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own text
    assert ">1 row<" in text


def test_it_is_printed_as_a_flowchart(sales: Path) -> None:
    done = dataflows(sales, "explain", "sales.py", "--mermaid")
    assert done.stdout.splitlines()[:3] == [
        "flowchart TD",
        '  s1["1#46; list of rows<br/>#43; resource res_1"]',
        '  s2["2#46; twice (sales.py, line 5)<br/>rows: reads a#59; writes a"]:::rows',
    ]


def test_a_picture_that_cannot_be_written_is_refused(sales: Path) -> None:
    done = dataflows(sales, "explain", "sales.py", "--svg", "none/chain.svg")
    message = "error: there is no folder 'none' for the picture\n"
    fix = "  fix: make it first, or name another.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message + fix)


def test_a_picture_that_is_there_is_replaced_only_when_somebody_says_so(sales: Path) -> None:
    call = ("explain", "sales.py", "--svg", "chain.svg")
    (sales / "chain.svg").write_text("mine", encoding="utf-8")
    done = dataflows(sales, *call, given="")
    message = "error: chain.svg is there already\n  fix: add --force to replace it.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    shown = on_terminal([*DATAFLOWS, *call], sales, typed="n\n")
    assert (shown.code, shown.shown.partition("\n")[2]) == (
        1,
        "chain.svg is there already. Replace it? [y/N]: nothing was written\n",
    )
    assert (sales / "chain.svg").read_text(encoding="utf-8") == "mine"
    assert dataflows(sales, *call, "--force").stdout == "written: chain.svg\n"


def test_a_run_for_its_picture_replaces_no_foreign_files_unasked(sales: Path) -> None:
    (sales / "out").mkdir()
    (sales / "out" / "res_1.csv").write_text("mine", encoding="utf-8")
    assert dataflows(sales, "explain", "sales.py").returncode == 0
    assert dataflows(sales, "explain", "sales.py", "--run").returncode == 2
    assert (sales / "out" / "res_1.csv").read_text(encoding="utf-8") == "mine"
    assert dataflows(sales, "explain", "sales.py", "--run", "--force").returncode == 0


def test_a_terminal_of_40_columns_gets_folded_lines(sales: Path) -> None:
    session = on_terminal([*DATAFLOWS, "explain", "sales.py"], sales, columns=40)
    assert (session.code, session.shown) == (
        0,
        (
            "of the script\n"
            "1. list of rows\n"
            "   + resource res_1: a: integer\n"
            "2. twice (sales.py, line 5)  [rows:\n"
            "   reads a; writes a]\n"
            "3. filter_rows('a > 2')  [columns]\n"
            "4. dump_to_path('out')  [columns]\n"
            "= resource res_1: a: integer\n"
        ),
    )


def test_names_and_signs_that_an_output_does_not_have_are_written_by_their_codes(
    sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "from dataflows import Flow, set_type\n"
        "flow = Flow([{'größe\\x1b[31m': '1'}], set_type('größe.*', type='integer'))\n"
    )
    (sales / "sales.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = dataflows(sales, "explain", "sales.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "1. list of rows\n"
        r"   + resource res_1: gr\xf6\xdfe\x1b[31m: string"
        "\n"
        r"2. set_type('gr\xf6\xdfe.*', type='integer')  [columns]"
        "\n"
        r"   res_1: gr\xf6\xdfe\x1b[31m: string -> integer"
        "\n"
        r"= resource res_1: gr\xf6\xdfe\x1b[31m: integer"
        "\n"
    )
