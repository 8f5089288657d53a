from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS, dataflows
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
from dataflows import (
    Flow, add_field, aggregate, delete_fields, dump_to_path, filter_rows, join, load, set_type,
    sort_rows,
)

def total(row):
    row["total"] = row["size"] * 2 if row["size"] else 0
    row["city"] = row["city"].upper() if row["city"] == "Oslo" else row["city"]

def small(rows):
    for row in rows:
        if row["total"] < 2000:
            yield row

def breaks(row):
    if row["city"] == "Paris":
        raise ValueError("no Paris")

def twice(row):
    return [row, row]

def flow(source="cities.csv"):
    return Flow(
        load(source),
        add_field("total", "integer"),
        total,
        filter_rows("total > 1500"),
        dump_to_path("out"),
    )

def others():
    return Flow(
        [{"city": "Rome", "pop": 3}],
        load("cities.csv"),
        join("res_1", ["city"], "cities", ["city"], {"pop": {}}),
        delete_fields(["founded"]),
        set_type("pop", type="number"),
        twice,
        sort_rows("size"),
        Flow(aggregate("city", {"count": "count"}), sort_rows("count")),
    )

def broken():
    return Flow(load("cities.csv"), breaks)

def of_rows():
    return Flow(load("cities.csv"), add_field("total", "integer", 1500), small)
"""
CITIES = "city,size,founded\nRome,2748,\nOslo,709,1048-01-01\nParis,2102,\nOslo,,1048-01-01\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "cities.csv").write_text(CITIES, encoding="utf-8")
    return tmp_path


def debug(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = dataflows(folder, "debug", "script.py", *arguments)
    return done.returncode, done.stdout, done.stderr


def test_changed_cells_are_marked_and_nothing_is_written(folder: Path) -> None:
    code, out, error = debug(folder, "flow", "--step", "3", "--rows", "2")
    assert (code, error) == (0, "")
    assert out == (
        "step 3 of 5: total (script.py, line 7)\n"
        "\n"
        "cities: 2 rows in, 2 out, 2 changed\n"
        "   #  city             size  founded         total\n"
        "      string        integer  date          integer\n"
        "─  ─  ────────────  ───────  ──────────  ─────────\n"
        "*  1  Rome             2748  ∅           *∅ → 5496\n"
        "*  2  *Oslo → OSLO      709  1048-01-01  *∅ → 1418\n"
    )
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "cities.csv",
        "script.py",
    ]
    assert not (folder / "out").exists()


def test_a_dump_lets_the_rows_pass_and_writes_nothing(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "dump_to")
    assert code == 0
    assert out.splitlines()[2] == "cities: 2 rows in, 2 out"
    assert not (folder / "out").exists()


def test_rows_that_are_left_out_are_marked(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "filter_rows", "--rows", "3")
    assert code == 0
    assert out == (
        "step 4 of 5: filter_rows('total > 1500')\n"
        "\n"
        "cities: 3 rows in, 2 out, 1 left out\n"
        "   #  city       size  founded       total\n"
        "      string  integer  date        integer\n"
        "─  ─  ──────  ───────  ──────────  ───────\n"
        "   1  Rome       2748  ∅              5496\n"
        "-  2  OSLO        709  1048-01-01     1418\n"
        "   3  Paris      2102  ∅              4204\n"
    )


def test_added_fields_are_marked(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "2")
    assert code == 0
    assert out.splitlines()[3:5] == [
        "  #  city       size  founded     + total",
        "     string  integer  date        integer",
    ]


def test_deleted_and_retyped_fields_are_marked(folder: Path) -> None:
    _, out, _ = debug(folder, "others", "--step", "4", "--rows", "1")
    assert out.splitlines()[-4:-2] == [
        "  #  city       size      pop  - founded",
        "     string  integer  integer  date",
    ]
    _, out, _ = debug(folder, "others", "--step", "set_type", "--rows", "1")
    assert out.splitlines()[-5:] == [
        "cities: 1 row in, 1 out, 1 changed",
        "   #  city       size                pop",
        "      string  integer  *integer → number",
        "─  ─  ──────  ───────  ─────────────────",
        "*  1  Rome       2748  *3 → Decimal('3')",
    ]


def test_a_source_has_rows_only_after_it(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "1", "--rows", "1")
    assert code == 0
    assert out.splitlines()[2:] == [
        "cities after: 1 row",
        "#  city       size  founded",
        "   string  integer  date",
        "─  ──────  ───────  ───────",
        "1  Rome       2748  ∅",
    ]


def test_rows_that_a_step_adds_are_marked(folder: Path) -> None:
    _, out, _ = debug(folder, "others", "--step", "twice", "--rows", "1")
    lines = out.splitlines()
    assert "cities: 1 row in, 2 out, 1 added" in lines
    assert [line.split()[0] for line in lines[-2:]] == ["1", "+"]


def test_rows_in_another_order_are_shown_before_and_after(folder: Path) -> None:
    _, out, _ = debug(folder, "others", "--step", "sort_rows('size')", "--rows", "2")
    assert [line for line in out.splitlines() if "rows" in line] == [
        "step 7 of 8: sort_rows('size')",
        "cities before: 2 rows",
        "cities after: 2 rows",
    ]


def test_a_step_of_an_inner_flow_is_named_by_its_text(folder: Path) -> None:
    code, out, _ = debug(folder, "others", "--step", "aggregate")
    assert code == 0
    assert out.splitlines()[0] == "step 8.1: aggregate('city', {'count': 'count'})"
    assert debug(folder, "others", "--step", "8.1") == (0, out, "")


def test_a_step_is_found_by_the_name_of_its_function(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "total")
    assert code == 0
    assert out.splitlines()[0] == "step 3 of 5: total (script.py, line 7)"


def test_printers_on_the_way_are_silent(folder: Path) -> None:
    (folder / "script.py").write_text(
        "from dataflows import Flow, head, printer, progress\n"
        "flow = Flow([{'a': 1}], printer(), progress(0), head(1))\n",
        encoding="utf-8",
    )
    code, out, error = debug(folder, "--step", "4")
    assert (code, error) == (0, "")
    assert out.splitlines()[:3] == ["step 4 of 4: head(1)", "", "res_1: 1 row in, 1 out"]


def test_a_function_of_rows_is_compared_by_what_is_the_same(folder: Path) -> None:
    (folder / "cities.csv").write_text("city,total\nRome,3000\nOslo,709\nParis,1\n", "utf-8")
    (folder / "script.py").write_text(
        SCRIPT + "\n\ndef three():\n    return Flow(load('cities.csv'), small)\n", "utf-8"
    )
    code, out, _ = debug(folder, "three", "--step", "small")
    assert code == 0
    assert out.splitlines()[2:] == [
        "cities: 3 rows in, 2 out, 1 left out",
        "   #  city      total",
        "      string  integer",
        "─  ─  ──────  ───────",
        "-  1  Rome       3000",
        "   2  Oslo        709",
        "   3  Paris         1",
    ]


def test_what_a_function_of_rows_left_out_is_told_of_the_first_rows(folder: Path) -> None:
    (folder / "script.py").write_text(
        "from dataflows import Flow, deduplicate\n"
        "def odd(rows):\n"
        "    for row in rows:\n"
        "        if row['a'] % 2:\n"
        "            yield row\n"
        "def flow():\n"
        "    rows = [{'a': number} for number in range(1000)]\n"
        "    return Flow(rows, odd, [{'a': number // 3} for number in range(1000)],\n"
        "                deduplicate(key='a', resources='res_2'))\n",
        encoding="utf-8",
    )
    _, out, _ = debug(folder, "--step", "odd", "--rows", "4")
    assert "res_1: 4 rows in, 2 out, 2 left out" in out.splitlines()
    assert [line.split() for line in out.splitlines()[6:]] == [
        ["-", "1", "0"],
        ["2", "1"],
        ["-", "3", "2"],
        ["4", "3"],
    ]
    _, out, _ = debug(folder, "--step", "deduplicate", "--rows", "4")
    assert out.splitlines()[2] == "res_2: 4 rows in, 2 out, 2 left out"


def test_the_rows_before_an_error_are_shown(folder: Path) -> None:
    code, out, error = debug(folder, "broken", "--step", "2")
    assert code == 1
    assert out.splitlines()[:3] == [
        "step 2 of 2: breaks (script.py, line 16)",
        "",
        "cities before: 4 rows",
    ]
    assert error == (
        "error: ValueError: no Paris\n"
        "  at processor 2 of 2: breaks (script.py, line 16)\n"
        "     resource 'cities', row 3\n"
        "     script.py, line 18, in breaks\n"
    )


def test_no_more_is_read_than_is_needed(folder: Path) -> None:
    (folder / "script.py").write_text(
        "from dataflows import Flow\n"
        "def source():\n"
        "    for number in range(100_000_000):\n"
        "        yield {'a': number}\n"
        "def never(row):\n"
        "    return []\n"
        "def flow():\n"
        "    return Flow(source(), never)\n",
        encoding="utf-8",
    )
    code, out, _ = debug(folder, "--step", "2", "--rows", "2")
    assert code == 0
    assert out.splitlines()[2] == "res_1: 2 rows in, 0 out, 2 left out"


def test_rows_are_json_for_a_script(folder: Path) -> None:
    code, out, _ = debug(folder, "flow", "--step", "3", "--rows", "1", "--json")
    assert code == 0
    row = {"city": "Rome", "size": 2748, "founded": None}
    assert json.loads(out) == {
        "step": "total (script.py, line 7)",
        "position": 3,
        "resources": [
            {
                "name": "cities",
                "before": [{**row, "total": None}],
                "after": [{**row, "total": 5496}],
            }
        ],
    }


def test_what_a_script_prints_stands_not_amid_the_json(folder: Path) -> None:
    (folder / "script.py").write_text(
        "from dataflows import Flow\nprint('here')\n"
        "def tell(row):\n    print(row)\nflow = Flow([{'a': 1}], tell)\n",
        encoding="utf-8",
    )
    code, out, error = debug(folder, "--step", "2", "--json")
    assert (code, error) == (0, "here\n{'a': 1}\n")
    assert json.loads(out)["resources"] == [
        {"name": "res_1", "before": [{"a": 1}], "after": [{"a": 1}]}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["broken"], "error: which step?\n  fix: add --step N; the steps are: "),
        (["broken", "--step", "3"], "error: there is no step 3\n  fix: choose one of these: "),
        (
            ["broken", "--step", "braeks"],
            "error: no step is written as 'braeks'\n  fix: choose one of these: ",
        ),
    ],
)
def test_a_step_that_is_not_there_is_refused(
    folder: Path, arguments: list[str], message: str
) -> None:
    steps = "1 load('cities.csv'); 2 breaks (script.py, line 16).\n"
    assert debug(folder, *arguments) == (2, "", message + steps)


def test_several_steps_of_one_text_are_listed(folder: Path) -> None:
    code, out, error = debug(folder, "others", "--step", "sort_rows")
    assert (code, out) == (2, "")
    assert error == (
        "error: there are 2 steps with 'sort_rows'\n"
        "  fix: give the number of one, or more of it: "
        "7 sort_rows('size'); 8.2 sort_rows('count').\n"
    )


def test_a_terminal_gets_colours(folder: Path) -> None:
    command = [*DATAFLOWS, "debug", "script.py", "flow", "--step", "3"]
    session = on_terminal(command, folder, columns=60)
    assert session.code == 0
    assert "\x1b[33m*\x1b[0m\x1b[31mOslo\x1b[0m" in session.raw
    assert "\x1b[1;32mOSLO" in session.raw
    assert "*  2  *Oslo → OSLO      709  1048-01-01  *∅ → 1418" in session.shown
    session = on_terminal(command, folder, columns=40, NO_COLOR="1", PYTHONIOENCODING="ascii")
    assert session.code == 0
    assert session.raw.isascii()
    assert "*Oslo -> OSLO" in session.raw
    assert max(map(len, session.raw.splitlines())) <= 40
