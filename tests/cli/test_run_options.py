"""The options of `dataflows run`."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS, dataflows
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
from dataflows import Flow, dump_to_path, filter_rows

print("of the script")
flow = Flow([{"a": n} for n in range(9)], filter_rows("a != 1"), dump_to_path("out"))
"""
REFUSED = (
    "error: {} would be replaced, which no flow has written\n"
    "  fix: add --force to replace them, or write to another folder.\n"
)
RUN = [*DATAFLOWS, "run", "sales.py", "--no-progress"]


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "sales.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d{2,3}( s)?", r"T\1", text)


def test_a_limit_takes_the_first_rows_of_each_source_and_says_so(sales: Path) -> None:
    done = dataflows(sales, "run", "sales.py", "--limit", "3")
    assert (done.returncode, without_times(done.stdout), done.stderr) == (
        0,
        (
            "of the script\n"
            "#  step                   rows in  added  rows out  filtered\n"
            "1  list of rows                 0      3         3         0\n"
            "2  filter_rows('a != 1')        3      0         2         1\n"
            "3  dump_to_path('out')          2      0         2         0\n"
            "written: out/datapackage.json\n"
            "T s\n"
            "only the first 3 rows of each source\n"
        ),
        "",
    )
    assert (sales / "out" / "res_1.csv").read_text(encoding="utf-8") == "a\n0\n2\n"


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_a_limit_that_is_none_is_a_usage_error(sales: Path, limit: str) -> None:
    assert dataflows(sales, "run", "sales.py", "--limit", limit).returncode == 2


def test_the_profile_tells_where_the_time_went(sales: Path) -> None:
    done = dataflows(sales, "run", "sales.py", "--profile")
    table = done.stdout.split("\n\n")[1].splitlines()
    assert table[0].split() == ["#", "step", "seconds", "share", "%", "rows/s"]
    pattern = r"(\d| )  (.+?) +(\d+\.\d{3}) +(\d+)( +[\d,]+)?"
    rows = [re.fullmatch(pattern, line) for line in table[1:]]
    steps = ["list of rows", "filter_rows('a != 1')", "dump_to_path('out')", "in no step"]
    assert [row and row[2] for row in rows] == steps
    assert 98 <= sum(int(row[4]) for row in rows if row) <= 102


def test_the_account_as_json(sales: Path) -> None:
    done = dataflows(sales, "run", "sales.py", "--json")
    assert (done.returncode, done.stderr) == (0, "of the script\n")
    data = json.loads(done.stdout)
    assert list(data) == ["seconds", "steps", "notes", "outputs", "stats"]
    assert {**data["steps"][1], "seconds": 0} == {
        "position": 2,
        "step": "filter_rows('a != 1')",
        "rows_in": 9,
        "added": 0,
        "rows_out": 8,
        "filtered": 1,
        "rejected": 0,
        "seconds": 0,
        "notes": {},
    }
    assert (data["outputs"], data["stats"]["count_of_rows"]) == (["out/datapackage.json"], 8)


def test_a_former_output_is_replaced_without_a_question(sales: Path) -> None:
    for _ in range(2):
        assert dataflows(sales, "run", "sales.py").returncode == 0


def test_files_of_others_are_kept_in_a_pipe_without_force(sales: Path) -> None:
    (sales / "out").mkdir()
    for name in ("res_1.csv", "notes.txt"):
        (sales / "out" / name).write_text("mine", encoding="utf-8")
    done = dataflows(sales, "run", "sales.py")
    assert (done.returncode, done.stderr) == (2, REFUSED.format("out/res_1.csv"))
    assert sorted(path.name for path in (sales / "out").iterdir()) == ["notes.txt", "res_1.csv"]
    assert (sales / "out" / "res_1.csv").read_text(encoding="utf-8") == "mine"
    assert dataflows(sales, "run", "sales.py", "--force").returncode == 0
    assert (sales / "out" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert dataflows(sales, "run", "sales.py").returncode == 0


def test_resources_that_a_later_step_deletes_are_written_and_looked_at(sales: Path) -> None:
    script = SCRIPT.replace("filter_rows\n", "filter_rows, delete_resource\n")
    script = script.replace('("out"))', '("out"), delete_resource("res_1"))')
    (sales / "sales.py").write_text(script, encoding="utf-8")
    (sales / "out").mkdir()
    (sales / "out" / "res_1.csv").write_text("mine", encoding="utf-8")
    done = dataflows(sales, "run", "sales.py")
    assert (done.returncode, done.stderr) == (2, REFUSED.format("out/res_1.csv"))


@pytest.mark.parametrize("text", ["{}", "not JSON", "[]", '{"resources": [{"path": "b.csv"}, 5]}'])
def test_a_descriptor_of_others_is_kept(sales: Path, text: str) -> None:
    (sales / "out").mkdir()
    (sales / "out" / "datapackage.json").write_text(text, encoding="utf-8")
    done = dataflows(sales, "run", "sales.py")
    assert (done.returncode, done.stderr) == (2, REFUSED.format("out/datapackage.json"))


def test_an_output_whose_resources_had_other_names_is_a_former_one(sales: Path) -> None:
    assert dataflows(sales, "run", "sales.py").returncode == 0
    renamed = "update_resource(None, name='b', path='b.csv'), dump_to_path("
    changed = SCRIPT.replace("dump_to_path(", renamed)
    changed = changed.replace("filter_rows\n", "filter_rows, update_resource\n")
    (sales / "sales.py").write_text(changed, encoding="utf-8")
    done = dataflows(sales, "run", "sales.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(one.name for one in (sales / "out").iterdir()) == ["b.csv", "datapackage.json"]


def test_a_zip_of_others_is_kept(sales: Path) -> None:
    script = sales / "sales.py"
    script.write_text(SCRIPT.replace("dump_to_path", "dump_to_zip").replace('"out"', '"out.zip"'))
    with zipfile.ZipFile(sales / "out.zip", "w") as file:
        file.writestr("mine.txt", "mine")
    done = dataflows(sales, "run", "sales.py")
    assert (done.returncode, done.stderr) == (2, REFUSED.format("out.zip"))
    for force in (["--force"], []):
        assert dataflows(sales, "run", "sales.py", *force).returncode == 0


@pytest.mark.parametrize(
    ("typed", "code", "content"), [("n\n", 1, "mine"), ("y\n", 0, "a\n0\n2\n3\n4\n5\n6\n7\n8\n")]
)
def test_on_a_terminal_one_is_asked(sales: Path, typed: str, code: int, content: str) -> None:
    (sales / "out").mkdir()
    (sales / "out" / "res_1.csv").write_text("mine", encoding="utf-8")
    session = on_terminal(RUN, sales, typed=typed)
    assert session.code == code
    asked = "out/res_1.csv would be replaced, which no flow has written. Replace? [y/N]:"
    assert asked in session.shown
    assert ("nothing was written" in session.shown) is (code == 1)
    assert (sales / "out" / "res_1.csv").read_text(encoding="utf-8") == content


def test_a_terminal_of_40_columns_gets_the_account_as_a_list(sales: Path) -> None:
    session = on_terminal(RUN, sales, columns=40)
    assert (session.code, without_times(session.shown)) == (
        0,
        (
            "of the script\n"
            "1. list of rows\n"
            "   0 rows in, 9 added, 9 out\n"
            "2. filter_rows('a != 1')\n"
            "   9 rows in, 8 out, 1 filtered\n"
            "3. dump_to_path('out')\n"
            "   8 rows in, 8 out\n"
            "written: out/datapackage.json\n"
            "T s\n"
        ),
    )


@pytest.mark.parametrize(("options", "is_shown"), [((), True), (("--no-progress",), False)])
def test_a_terminal_is_shown_how_far_it_is(
    tmp_path: Path, options: tuple[str, ...], is_shown: bool
) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "from dataflows import Flow\n"
        "def rows():\n"
        "    for number in range(20):\n"
        "        time.sleep(0.1)\n"
        "        yield {'a': number}\n"
        "flow = Flow(rows())\n",
        encoding="utf-8",
    )
    session = on_terminal([*DATAFLOWS, "run", "slow.py", *options], tmp_path)
    assert session.code == 0
    assert ("20 rows in" in session.shown) is is_shown
    assert without_times(session.shown).endswith(
        "#  step                    rows in  added  rows out\n"
        "1  generator rows of rows        0     20        20\n"
        "T s\n"
    )
