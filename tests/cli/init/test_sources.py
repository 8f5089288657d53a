from __future__ import annotations

import shlex
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from command_calls import dataflows
from dataflows import Flow, dump_to_file
from dataflows.cli.init import look
from dataflows.cli.init.addresses import name_of
from dataflows.cli.init.sources import Loading, find_loadings
from dataflows.cli.report import CallError
from http_server import Answer, serving
from s3_server import serving_s3

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def init(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return dataflows(folder, "init", *arguments, **variables)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_tables(path: Path) -> str:
    """Write a database of two tables; return its address."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('create table "Big Cities" (id integer primary key, name text)')
        connection.execute("create table rivers (id integer, name text)")
        connection.execute("insert into \"Big Cities\" values (1, 'Rome'), (2, 'Oslo')")
        connection.execute("insert into rivers values (1, 'Po'), (1, 'Po')")
        connection.commit()
    return f"sqlite:///{path.name}"


def write_book(path: Path) -> None:
    """Write a workbook of two sheets."""
    rows = [{"id": 1, "name": "Rome"}, {"id": 2, "name": "Oslo"}]
    Flow(rows, rows, dump_to_file(str(path), ["res_1", "res_2"])).process()


def test_a_database_is_loaded_table_by_table(data: Path) -> None:
    address = write_tables(data / "world.db")
    assert find_loadings(address) == [
        Loading(address, {"table": "Big Cities", "name": "big_cities"}),
        Loading(address, {"table": "rivers", "name": "rivers"}),
    ]
    only = [Loading(address, {"table": "rivers"})]
    assert find_loadings(address, "rivers") == only
    assert find_loadings(f"{address}?table=rivers") == only


def test_the_script_of_a_database_writes_all_tables(data: Path) -> None:
    done = init(data, write_tables(data / "world.db"))
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (data / "world").iterdir()) == [
        "big_cities.csv",
        "datapackage.json",
        "rivers.csv",
    ]
    script = (data / "world.py").read_text(encoding="utf-8")
    assert (
        """\
        # a table of a database; 2 rows of 2 fields
        load("sqlite:///world.db", table="Big Cities", name="big_cities"),
        # a table of a database; 2 rows of 2 fields
        # 1 of 2 rows repeats an earlier one: row 2 is row 1; deduplicate(key="*") would keep the
        # first of each
        # 'id' looks like a key, but 1 value comes again: 1 (rows 1 and 2); deduplicate(key='id')
        # would keep the first row of each
"""
        in script
    )


def test_a_database_in_the_environment_stays_there(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD", write_tables(data / "world.db"))
    assert [one.source for one in find_loadings("env://WORLD")] == ["env://WORLD"] * 2


@pytest.mark.parametrize(
    ("source", "table", "told"),
    [
        ("sqlite:///none.db", None, "no file named 'none.db'"),
        ("sqlite:///empty.db", None, "there are no tables in 'sqlite:///empty.db'"),
        ("env://NOT_THERE", None, "the environment variable 'NOT_THERE' is not set"),
        ("book.xlsx", "res_3", "no sheet named 'res_3' in 'book.xlsx'"),
        ("empty", None, "there are no tables in the folder 'empty'"),
        ("a.csv", "x", "--table is for databases and workbooks, and 'a.csv' is neither"),
    ],
)
def test_what_is_not_there_is_refused(
    source: str, table: str | None, told: str, data: Path
) -> None:
    with closing(sqlite3.connect(data / "empty.db")):
        pass
    (data / "empty.db").touch()
    (data / "empty").mkdir()
    (data / "a.csv").write_text("a\n1\n", encoding="utf-8")
    write_book(data / "book.xlsx")
    with pytest.raises(CallError) as caught:
        find_loadings(source, table)
    assert caught.value.what == told
    assert not (data / "none.db").exists()


def test_a_workbook_is_loaded_sheet_by_sheet(data: Path) -> None:
    write_book(data / "book.xlsx")
    assert find_loadings("book.xlsx") == [
        Loading("book.xlsx", {"sheet": "res_1", "name": "res_1"}),
        Loading("book.xlsx", {"sheet": "res_2", "name": "res_2"}),
    ]
    assert find_loadings("book.xlsx", "res_2") == [Loading("book.xlsx", {"sheet": "res_2"})]


def test_a_folder_is_loaded_by_the_endings_of_its_files(data: Path) -> None:
    folder = data / "in [1]"
    folder.mkdir()
    for name in ("a.csv", "b.csv", "c.csv.gz", "d.json", ".hidden.csv", "notes.txt"):
        (folder / name).write_text("", encoding="utf-8")
    assert [one.source for one in find_loadings("in [1]")] == [
        "in [[]1]/*.csv",
        "in [1]/c.csv.gz",
        "in [1]/d.json",
    ]
    (folder / "datapackage.json").write_text("{}", encoding="utf-8")
    assert [one.source for one in find_loadings("in [1]")] == ["in [1]/datapackage.json"]


def test_the_types_of_a_pattern_hold_for_all_its_files(data: Path) -> None:
    (data / "a1.csv").write_text("day,n\n01.02.2020,n/a\n", encoding="utf-8")
    (data / "a2.csv").write_text("day,n\n25.12.2020,2\n", encoding="utf-8")
    done = init(data, "a*.csv", "--no-run")
    assert (done.returncode, done.stderr) == (0, "")
    script = (data / "a.py").read_text(encoding="utf-8")
    assert (
        """\
        # 2 tables: 'a1', 'a2'
        # their fields are the same: dataflows init --blueprint merge-files makes one table
        # 2 rows of 2 fields
        # 1 of 2 values of 'n' is not a whole number: 'n/a' (row 1)
        # so these are missing values: 'n/a'
        load("a*.csv", override_schema={"missingValues": ["", "n/a"]}),
"""
        in script
    )


def test_a_prefix_of_s3_is_loaded(data: Path) -> None:
    boto3 = pytest.importorskip("boto3", reason="needs S3: boto3 is not installed")
    secret = "nobody"  # noqa: S105 - of nobody
    with serving_s3() as address:
        client = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id="me",
            aws_secret_access_key=secret,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket="data")
        for name in ("a", "b"):
            client.put_object(Bucket="data", Key=f"in/{name}.csv", Body=b"id\n1\n2\n")
        login = {
            "AWS_ENDPOINT_URL_S3": address,
            "AWS_ACCESS_KEY_ID": "me",
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        done = init(data, "s3://data/in/", "--name", "both", **login)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (data / "both").iterdir()) == [
        "a.csv",
        "b.csv",
        "datapackage.json",
    ]


def test_text_of_windows_is_read_as_such(data: Path) -> None:
    (data / "sales.csv").write_text("city;size\nKöln;1\nOrléans;2\n", encoding="cp1252")
    done = init(data, "sales.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Köln" in (data / "sales" / "sales.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("call", ["--output out", "--output out/x.csv", "--name out --output out"])
def test_what_stands_there_is_refused_in_a_pipe(call: str, data: Path) -> None:
    (data / "sales.csv").write_text("a\n1\n", encoding="utf-8")
    (data / "out").mkdir()
    (data / "out" / "x.csv").write_text("mine", encoding="utf-8")
    done = init(data, "sales.csv", *shlex.split(call))
    place = shlex.split(call)[-1]
    assert (done.returncode, done.stderr) == (
        2,
        (
            f"error: there is something in '{place}' already\n"
            "  fix: name another place with --output, or add --force to write there.\n"
        ),
    )
    assert sorted(path.name for path in data.iterdir()) == ["out", "sales.csv"]


def test_a_script_may_be_written_and_not_run(data: Path) -> None:
    (data / "sales.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(data, "sales.csv", "--no-run", "--name", "My Flow", "--output", "there")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nwrote my_flow.py\n")
    assert sorted(path.name for path in data.iterdir()) == ["my_flow.py", "sales.csv"]
    assert 'dump_to_path("there")' in (data / "my_flow.py").read_text(encoding="utf-8")


def test_names_become_plain() -> None:
    assert [name_of(text) for text in ("Größe (m²)", "A  b!", "日本", "-")] == [
        "grosse_m2",
        "a_b",
        "",
        "",
    ]


def test_a_live_source_is_looked_at_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "_MOST_SECONDS", 0.5)
    body = Answer(b"id\n" + b"1234567\n" * 100_000, pause=0.5, chunked=True)
    with serving() as server:
        started = time.monotonic()
        (seen,) = look.look_at(server.put("/live.csv", body))
        seconds = time.monotonic() - started
    assert (seen.is_whole, seen.inferences[0].descriptor["type"]) == (False, "integer")
    assert seconds < 20


def test_of_a_large_file_a_table_is_shown_before_all_of_it_is_read(data: Path) -> None:
    lines = [b"%d,Dmitri,31412.10,false\n" % number for number in range(300_000)]
    (data / "big.csv").write_bytes(b"id,customer,amount,paid\n" + b"".join(lines))
    done = init(data, "big.csv")
    starts = [line.split()[0] for line in done.stdout.splitlines() if line]
    # One line, the table, and only then the script that reads the whole file.
    assert starts[1:4] == ["#", "integer", "─"]
    assert starts.index("wrote") > 4


def test_tables_of_the_same_name_are_told_apart(data: Path) -> None:
    folder = data / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("id,flag\n1,yes\n2,no\n", encoding="utf-8")
    (folder / "a.json").write_text('[{"id": 3, "flag": "x"}]', encoding="utf-8")
    done = init(data, "in", "--name", "both")
    assert (done.returncode, done.stderr) == (0, "")
    script = (data / "both.py").read_text(encoding="utf-8")
    assert script[script.index("        load(") : script.index("        update_package")] == (
        """\
        load("in/a.csv"),
        # JSON; 1 row of 2 fields
        load("in/a.json", name="a_2"),
        # all 2 values of 'flag' are 'yes' or 'no'
        set_type("flag", type="boolean", trueValues=["yes"], falseValues=["no"], resources=["a"]),
        # all 2 values of 'id' are there, and no two are the same
        set_primary_key(["id"], resources=["a"]),
"""
    )
