from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS, dataflows
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

CITIES = """city,size,founded
Rome,2748,
Oslo,709,1048-01-01
Paris,2102,
Oslo,,1048-01-01
"""
SHOW = [*DATAFLOWS, "show", "cities.csv"]
SHOWN = """\
cities: 4 rows, 3 fields

#  city       size  founded
   string  integer  date
─  ──────  ───────  ──────────
1  Rome       2748  ∅
2  Oslo        709  1048-01-01

field    type     missing  distinct  min         median      max         mean  shape      \
 most frequent
───────  ───────  ───────  ────────  ──────────  ──────────  ──────────  ────  \
──────────  ─────────────────────────────
city     string         0         3  Oslo        Oslo        Rome                         \
 Oslo (2), Paris (1), Rome (1)
size     integer  1 (25%)         3  709         2102        2748        1853  █▁▁▁▁▁█▁▁█
founded  date     2 (50%)         1  1048-01-01  1048-01-01  1048-01-01        \
█▁▁▁▁▁▁▁▁▁  1048-01-01 (2)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cities.csv").write_text(CITIES, encoding="utf-8")
    return tmp_path


def show(folder: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    variables = {"PYTHONIOENCODING": "utf-8", **variables}
    done = dataflows(folder, "show", *arguments, **variables)
    return done.returncode, done.stdout, done.stderr


def test_a_source_is_shown(folder: Path) -> None:
    code, out, error = show(folder, "cities.csv", "--rows", "2")
    assert (code, out, error) == (0, SHOWN, "")


def test_without_a_profile_no_more_is_read_than_shown(folder: Path) -> None:
    code, out, error = show(folder, "cities.csv", "--rows", "1", "--no-profile")
    assert (code, error) == (0, "")
    assert out == (
        "cities: more than 1 row, 3 fields\n"
        "\n"
        "#  city       size  founded\n"
        "   string  integer  date\n"
        "─  ──────  ───────  ───────\n"
        "1  Rome       2748  ∅\n"
        "\n"
        "field    type\n"
        "───────  ───────\n"
        "city     string\n"
        "size     integer\n"
        "founded  date\n"
    )


def test_what_is_shown_is_json_for_a_script(folder: Path) -> None:
    code, out, error = show(folder, "cities.csv", "--rows", "1", "--json")
    assert (code, error) == (0, "")
    (table,) = json.loads(out)["tables"]
    assert (table["name"], table["rows_seen"], table["is_whole"]) == ("cities", 4, True)
    assert table["rows"] == [{"city": "Rome", "size": 2748, "founded": None}]
    assert [field["type"] for field in table["schema"]["fields"]] == ["string", "integer", "date"]
    assert [field["mean"] for field in table["profile"]] == [None, 1853, None]


def test_constraints_and_missing_values_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,kind\n1,-\n2,b\n", encoding="utf-8")
    fields = [
        {"name": "id", "type": "integer", "constraints": {"required": True, "minimum": 1}},
        {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b"]}},
    ]
    schema = {"fields": fields, "missingValues": ["", "-"]}
    resource = {"name": "a", "path": "a.csv", "schema": schema}
    descriptor = {"resources": [{**resource, "profile": "tabular-data-resource"}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    code, out, _ = show(tmp_path, "datapackage.json", "--no-profile")
    assert code == 0
    assert out.endswith(
        "field  type     rules\n"
        "─────  ───────  ───────────────────\n"
        "id     integer  required, minimum 1\n"
        "kind   string   enum a | b\n"
        "missing values: '', '-'\n"
    )


def test_cells_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    rows = "\n".join(["a", *map(str, range(3000)), "x", "y"])
    (tmp_path / "a.csv").write_text(f"{rows}\n", encoding="utf-8")
    code, out, _ = show(tmp_path, "a.csv", "--rows", "0", "--json")
    assert code == 0
    told = json.loads(out)["tables"][0]["profile"][0]
    assert told["rows"] == 3002
    assert told["invalid"] == (2 if told["type"] == "integer" else 0)


def test_of_a_large_source_the_first_rows_are_looked_at(tmp_path: Path) -> None:
    rows = "\n".join(["a", *map(str, range(100_001))])
    (tmp_path / "a.csv").write_text(f"{rows}\n", encoding="utf-8")
    code, out, _ = show(tmp_path, "a.csv", "--rows", "1")
    assert code == 0
    assert out.splitlines()[0] == "a: the first 100,000 rows, 1 field"
    assert out.splitlines()[-1] == "There are more rows: --all looks at all of them."
    code, out, _ = show(tmp_path, "a.csv", "--rows", "1", "--all")
    assert code == 0
    assert out.splitlines()[0] == "a: 100,001 rows, 1 field"
    assert "100000" in out.splitlines()[-1]


def test_one_of_several_tables_is_shown(folder: Path) -> None:
    (folder / "other.csv").write_text("a\n1\n", encoding="utf-8")
    code, out, _ = show(folder, "*.csv", "--resource", "other", "--no-profile")
    assert (code, out.splitlines()[0]) == (0, "other: 1 row, 1 field")
    code, out, _ = show(folder, "*.csv", "--no-profile")
    assert [line for line in out.splitlines() if ": " in line] == [
        "cities: 4 rows, 3 fields",
        "other: 1 row, 1 field",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["cities.csv", "--resource", "citys"],
            2,
            (
                "error: no table is named 'citys'\n"
                "  fix: did you mean 'cities'? The tables here are: cities.\n"
            ),
        ),
        (
            ["cities.csv", "--html", "there.html"],
            2,
            "error: there.html is there already\n  fix: add --force to replace it.\n",
        ),
        (
            ["cities.csv", "--html", "nowhere/page.html"],
            2,
            (
                "error: there is no folder 'nowhere' for the page\n"
                "  fix: make it first, or name another.\n"
            ),
        ),
    ],
)
def test_what_cannot_be_shown_is_told(
    folder: Path, arguments: list[str], code: int, message: str
) -> None:
    (folder / "there.html").write_text("mine", encoding="utf-8")
    assert show(folder, *arguments) == (code, "", message)
    assert (folder / "there.html").read_text(encoding="utf-8") == "mine"


def test_a_page_is_written(folder: Path) -> None:
    code, out, error = show(folder, "cities.csv", "--html", "page.html")
    assert (code, out, error) == (0, "", "wrote page.html\n")
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "<h1>cities.csv</h1>" in page
    assert not re.findall(r"https?://|<script|@import|url\(| on\w+=| style=", page)


def test_secrets_of_an_address_are_masked_on_a_page(folder: Path) -> None:
    path = folder / "cities.csv"
    address = f"file://{path}?token=pa55"
    show(folder, address, "--html", "page.html")
    if (folder / "page.html").exists():
        assert "pa55" not in (folder / "page.html").read_text(encoding="utf-8")


def test_a_terminal_gets_a_folded_table_in_colours(folder: Path) -> None:
    session = on_terminal(SHOW, folder, columns=40)
    assert session.code == 0
    assert "\x1b[1mcity" in session.raw
    lines = session.shown.splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[2:5] == [
        "#  city       size  founded",
        "   string  integer  date",
        "─  ──────  ───────  ──────────",
    ]
    assert "field    most frequent" in lines


def test_no_colour_and_no_utf8_will_do(folder: Path) -> None:
    session = on_terminal(SHOW, folder, columns=40, NO_COLOR="1", PYTHONIOENCODING="ascii")
    assert session.code == 0
    assert "\x1b" not in session.raw
    assert session.raw.isascii()
    assert "1  Rome       2748  null\n" in session.raw
    assert "#_____#__#" in session.raw


def test_hostile_cells_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\x1b[2J\n\x1b]0;title\x07x\n", encoding="utf-8")
    code, out, _ = show(tmp_path, "a.csv")
    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "a\\x1b[2J" in out


def test_standard_input_is_shown(folder: Path) -> None:
    done = dataflows(folder, "show", "-", "--format", "csv", "--json", given=CITIES)
    assert done.returncode == 0
    assert json.loads(done.stdout)["tables"][0]["rows_seen"] == 4
