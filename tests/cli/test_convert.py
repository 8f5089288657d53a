from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from command_calls import DATAFLOWS
from dataflows import Flow, load
from dataflows.cli import main
from terminal import on_terminal

CITIES = "id,city,area\n1,Rome,1285\n2,Oslo,454\n3,Paris,105\n"
ROWS = [
    {"id": 1, "city": "Rome", "area": 1285},
    {"id": 2, "city": "Oslo", "area": 454},
    {"id": 3, "city": "Paris", "area": 105},
]
FORMATS = "excel, xlsx, arrow, feather, parquet, csv, json, geojson, ndjson, tsv."


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_text(CITIES, encoding="utf-8")
    return tmp_path


def convert(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    """Call the command in this process."""
    result = CliRunner().invoke(main, ["convert", *arguments], input=stdin)
    return result.exit_code, result.stdout, result.stderr


def convert_outside(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [*DATAFLOWS, "convert", *arguments],
        input=stdin.encode(),
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    "target",
    [
        "o.csv",
        "o.tsv",
        "o.json",
        "o.ndjson",
        "o.xlsx",
        "o.parquet",
        "o.arrow",
        "o.csv.gz",
        "d/o.csv",
    ],
)
def test_a_file_becomes_a_file_of_another_format(target: str) -> None:
    assert convert("c.csv", target) == (0, "", f"3 rows written to {target}\n")
    assert Flow(load(target)).results()[0] == [ROWS]
    assert [one.name for one in Path().rglob("*.dataflows")] == []


def test_a_pipe_goes_in_and_out() -> None:
    assert convert_outside("-", "-", stdin=CITIES) == (
        0,
        CITIES,
        "3 rows written to standard output\n",
    )
    lines = '{"x": 1}\n{"x": 2}\n'
    assert convert_outside("-", "-", "--from", "ndjson", "--format", "tsv", stdin=lines) == (
        0,
        "x\n1\n2\n",
        "2 rows written to standard output\n",
    )


def test_nobody_who_reads_on_is_no_error() -> None:
    Path("c.csv").write_text("a\n" + "12345678\n" * 200_000, encoding="utf-8")
    call = f"{sys.executable} -m dataflows.cli convert c.csv - | head -1"
    done = subprocess.run(["sh", "-c", call], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("a\n", "")


def test_the_first_rows_are_taken_and_types_set() -> None:
    assert convert("c.csv", "o.json", "--limit", "1", "--set-type", "id=string") == (
        0,
        "",
        "1 row written to o.json\n",
    )
    rows = json.loads(Path("o.json").read_text(encoding="utf-8"))
    assert rows == [{"id": "1", "city": "Rome", "area": 1285}]


def test_a_table_is_made_merged_and_read() -> None:
    world = "sqlite:///w.db"
    assert convert("c.csv", world, "--table", "cities")[0] == 0
    Path("d.csv").write_text("id,city,area\n1,Roma,1285\n4,Bonn,141\n", encoding="utf-8")
    assert convert("d.csv", world, "--table", "cities", "--merge", "id") == (
        0,
        "",
        "2 rows written to sqlite:///w.db\n",
    )
    _, out, _ = convert_outside(world, "-")
    assert out == "id,city,area\n1,Roma,1285\n2,Oslo,454\n3,Paris,105\n4,Bonn,141\n"
    convert("d.csv", world, "--table", "cities", "--merge", "id", "--delete-missing")
    _, out, _ = convert_outside(world, "-", "--table", "cities")
    assert out == "id,city,area\n1,Roma,1285\n4,Bonn,141\n"


def test_a_key_may_have_several_fields() -> None:
    world = "sqlite:///w.db"
    convert("c.csv", world, "--table", "t")
    Path("d.csv").write_text("id,city,area\n1,Rome,1\n1,Oslo,2\n", encoding="utf-8")
    assert convert("d.csv", world, "--table", "t", "--merge", "id", "--merge", "city")[0] == 0
    assert sorted(row["area"] for row in Flow(load(world, table="t")).results()[0][0]) == [
        *(1, 2, 105, 454)
    ]


def test_standard_input_becomes_a_table() -> None:
    assert convert_outside("-", "sqlite:///w.db", stdin=CITIES)[0] == 0
    assert Flow(load("sqlite:///w.db", table="stdin")).results()[0] == [ROWS]


def test_a_database_becomes_another() -> None:
    convert("c.csv", "sqlite:///w.db")
    assert convert("sqlite:///w.db", "duckdb:///w.duckdb", "--table", "c")[0] == 0
    assert Flow(load("duckdb:///w.duckdb", table="c")).results()[0] == [ROWS]


@pytest.mark.parametrize("target", ["package/", "package/datapackage.json"])
def test_a_folder_becomes_a_data_package(target: str) -> None:
    assert convert("c.csv", target)[0] == 0
    assert sorted(one.name for one in Path("package").iterdir()) == ["c.csv", "datapackage.json"]


def test_a_package_becomes_a_zip_a_workbook_or_tables() -> None:
    Flow([{"x": 1}]).process()
    convert("c.csv", "package/")
    for target in ("o.zip", "o.xlsx", "sqlite:///p.db"):
        assert convert("package/datapackage.json", target)[0] == 0
    assert Flow(load("o.zip", format="datapackage")).results()[0] == [ROWS]
    assert Flow(load("o.xlsx")).results()[0] == [ROWS]
    assert Flow(load("sqlite:///p.db", table="c")).results()[0] == [ROWS]


def two_tables() -> None:
    with sqlite3.connect("two.db") as connection:
        connection.execute("create table a (x integer)")
        connection.execute("create table b (y integer)")
        connection.execute("insert into a values (1)")
    connection.close()


def test_an_environment_variable_holds_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD", "sqlite:///secret.db")
    assert convert("c.csv", "env://WORLD", "--table", "t") == (
        0,
        "",
        "3 rows written to env://WORLD\n",
    )
    assert Path("secret.db").exists()
    assert convert("env://WORLD", "o.json")[0] == 0
    assert convert("env://WORLD", "p.json", "--table", "t")[0] == 0
    assert Flow(load("p.json")).results()[0] == [ROWS]


@pytest.mark.parametrize("target", ["o.csv", "o.zip", "package/", "sqlite:///w.db"])
def test_what_stands_there_is_replaced_by_force_only(target: str) -> None:
    assert convert("c.csv", target)[0] == 0
    code, out, err = convert("c.csv", target)
    assert (code, out) == (2, "")
    assert err.endswith(" is there already\n  fix: add --force to replace it.\n")
    assert convert("c.csv", target, "--force", "--limit", "1")[0] == 0


def on_a_terminal(*arguments: str, answer: str) -> tuple[int | None, str]:
    session = on_terminal([*DATAFLOWS, "convert", *arguments], Path(), typed=answer)
    return session.code, session.raw


def test_a_terminal_is_asked() -> None:
    convert("c.csv", "o.csv")
    code, shown = on_a_terminal("c.csv", "o.csv", "--limit", "1", answer="n\n")
    assert code == 1
    assert "'o.csv' is there already. Replace it? [y/N]:" in shown
    assert shown.endswith("nothing was written\n")
    assert Flow(load("o.csv")).results()[0] == [ROWS]
    code, shown = on_a_terminal("c.csv", "o.csv", "--limit", "1", answer="y\n")
    assert (code, shown.endswith("1 row written to o.csv\n")) == (0, True)
    assert Flow(load("o.csv")).results()[0] == [ROWS[:1]]


def test_parquet_is_not_written_to_a_terminal() -> None:
    assert on_a_terminal("c.csv", "-", "--format", "parquet", answer="") == (
        2,
        "error: parquet is not for a terminal\n  fix: name a file: out.parquet.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["c.csv", "o.cvs"],
            2,
            (
                "error: no format is written to files that end in 'cvs': 'o.cvs'\n"
                f"  fix: did you mean 'csv'? The formats here are: {FORMATS}\n"
            ),
        ),
        (
            ["c.csv", "data/w.db"],
            2,
            (
                "error: no format is written to files that end in 'db': 'data/w.db'\n"
                "  fix: write sqlite:///data/w.db.\n"
            ),
        ),
        (
            ["c.csv", "out"],
            2,
            (
                "error: 'out' has no ending that tells a format\n"
                "  fix: add --format csv, or / for a folder.\n"
            ),
        ),
        (
            ["c.csv", "o.csv", "--format", "cvs"],
            2,
            (
                "error: no format named 'cvs' is written\n"
                f"  fix: did you mean 'csv'? The formats here are: {FORMATS}\n"
            ),
        ),
        (
            ["c.cvs", "o.csv"],
            1,
            "error: no such file or directory: 'c.cvs'\n  fix: did you mean 'c.csv'?\n",
        ),
        (
            ["c.csv", "ftp://x/o.csv"],
            2,
            (
                "error: nothing is written to an address that begins with ftp://\n"
                "  fix: write to a file, a folder/, a database or s3://bucket/prefix/.\n"
            ),
        ),
        (
            ["c.csv", "s3://x/o.csv"],
            2,
            (
                "error: 's3://x/o.csv' is one object: to S3, a data package is written\n"
                "  fix: name a prefix, with / at its end: s3://x/o.csv/.\n"
            ),
        ),
        (
            ["c.csv", "o.csv", "--merge", "id"],
            2,
            (
                "error: --merge is for the table of a database, and 'o.csv' is none\n"
                "  fix: write to a database, such as sqlite:///data.db, or leave it out.\n"
            ),
        ),
        (
            ["c.csv", "sqlite:///w.db", "--delete-missing"],
            2,
            "error: --delete-missing is for --merge\n  fix: add --merge KEY.\n",
        ),
        (
            ["c.csv", "o.csv", "--table", "x"],
            2,
            (
                "error: --table is for a database, and neither SOURCE nor TARGET is one\n"
                "  fix: leave it out; --sheet is for Excel, --resource for a package.\n"
            ),
        ),
        (
            ["c.csv", "sqlite:///w.db", "--format", "csv"],
            2,
            "error: a database has no --format\n  fix: leave it out.\n",
        ),
        (
            ["c.csv", "sqlite:///w.db", "--merge", "idd"],
            1,
            (
                "error: update_keys of 'c' names 'idd', which is no field\n"
                "  fix: did you mean 'id'? The fields here are: id, city, area.\n"
            ),
        ),
        (
            ["c.csv", "o.csv", "--set-type", "are=string"],
            1,
            (
                "error: no field named 'are'\n"
                "  fix: did you mean 'area'? The fields here are: id, city, area.\n"
            ),
        ),
        (
            ["c.csv", "o.csv", "--set-type", "area"],
            2,
            (
                "error: --set-type takes a field and a type, got 'area'\n"
                "  fix: write for instance --set-type id=string.\n"
            ),
        ),
        (
            ["c.csv", "env://NO_SUCH_NAME"],
            2,
            (
                "error: the environment variable 'NO_SUCH_NAME' is not set\n"
                "  fix: set NO_SUCH_NAME to the address to write to.\n"
            ),
        ),
        (
            ["sqlite:///two.db", "o.csv"],
            2,
            (
                "error: there are 2 tables in 'sqlite:///two.db': a, b\n"
                "  fix: choose one: --table a.\n"
            ),
        ),
    ],
)
def test_a_wrong_call_names_the_culprit_and_the_fix(
    arguments: list[str], code: int, message: str
) -> None:
    two_tables()
    assert convert(*arguments) == (code, "", message)
    assert sorted(one.name for one in Path().iterdir()) == ["c.csv", "two.db"]


def test_several_tables_do_not_go_into_one_file() -> None:
    Path("d.csv").write_text("x\n1\n", encoding="utf-8")
    assert convert("*.csv", "o.parquet") == (
        2,
        "",
        (
            "error: there are several tables in the source: c, d\n"
            "  fix: choose one: --resource c; or write all into a folder/.\n"
        ),
    )
    assert convert("*.csv", "o.parquet", "--resource", "d") == (
        0,
        "",
        "1 row written to o.parquet\n",
    )
    assert Flow(load("o.parquet")).results()[0] == [[{"x": 1}]]


def test_bad_data_leaves_what_was_there() -> None:
    Path("o.json").write_text("before", encoding="utf-8")
    rows = "".join(f"{number}\n" for number in range(5000)) + "x\n" + "1\n" * 5000
    Path("c.csv").write_text("n\n" + rows * 2, encoding="utf-8")
    code, out, err = convert("c.csv", "o.json", "--set-type", "n=integer", "--force")
    assert (code, out) == (1, "")
    assert "row 5,001" in err
    assert Path("o.json").read_text(encoding="utf-8") == "before"


def test_ctrl_c_leaves_nothing_half_written() -> None:
    command = [*DATAFLOWS, "convert", "-", "o.csv"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"a\n" + b"1\n" * 100_000)
        process.stdin.flush()
        deadline = time.monotonic() + 20
        while not Path(".o.csv.dataflows/new.csv").exists():
            assert time.monotonic() < deadline, "nothing is written"
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read() == b"stopped\n"
    assert (process.returncode, [one.name for one in Path().iterdir()]) == (130, ["c.csv"])
