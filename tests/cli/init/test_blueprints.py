from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from command_calls import dataflows
from dataflows import Flow, dump_to_file, dump_to_path, load
from dataflows.cli.init.blueprints.api_pages import paging_of
from http_server import Answer, serving
from s3_server import serving_s3

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

API = ("--blueprint", "api-pages")
HOSTILE = "\"\"\")\n__import__('os').system('touch hacked') #"


def init(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return dataflows(folder, "init", *arguments, **variables)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of the only table at a path."""
    return Flow(load(str(path))).results()[0][0]


def test_the_blueprints_are_listed_with_a_call_each(tmp_path: Path) -> None:
    done = init(tmp_path, "--list-blueprints")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "clean-csv\n"
        "  Clean a table: plain names, types, no empty fields, no repeated rows; bad rows aside\n"
        "  dataflows init cities.csv --blueprint clean-csv\n"
        "merge-files\n"
        "  Make one table of several files, also where fields are named a little differently\n"
        "  dataflows init 'data/*.csv' --blueprint merge-files\n"
        "spreadsheet-to-database\n"
        "  Write each sheet of a workbook into a table of a database\n"
        "  dataflows init book.xlsx --blueprint spreadsheet-to-database --output sqlite:///book.db\n"
        "api-pages\n"
        "  Fetch all pages of an API that answers in JSON, and write their records as one table\n"
        "  dataflows init 'https://example.com/api/items?page=1' --blueprint api-pages\n"
        "package-to-s3\n"
        "  Put a data package, or any table, on S3, whole or not at all\n"
        "  dataflows init package/ --blueprint package-to-s3 --output s3://bucket/prefix\n"
    )


def test_a_misspelt_blueprint_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(tmp_path, "a.csv", "--blueprint", "clean-cvs")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        (
            "error: no blueprint named 'clean-cvs'\n"
            "  fix: did you mean 'clean-csv'? The blueprints here are: clean-csv, merge-files, "
            "spreadsheet-to-database, api-pages, package-to-s3.\n"
        ),
    )


def test_clean_csv_takes_out_what_is_empty_and_repeated_and_names_plainly(tmp_path: Path) -> None:
    (tmp_path / "Sales.csv").write_text(
        "Order ID;Größe (m²);Notes;sum\n1;12,5;;7\n2;3,25;;8\n2;3,25;;8\n", encoding="cp1252"
    )
    done = init(tmp_path, "Sales.csv", "--blueprint", "clean-csv")
    assert (done.returncode, done.stderr) == (0, "")
    script = (tmp_path / "sales.py").read_text(encoding="utf-8")
    assert (
        script[script.index("    return") : script.index("if __name__")]
        == """\
    return Flow(
        # CSV in cp1252, separated by semicolons, quoted with ", header in row 1; 3 rows of 4 fields
        # it is not UTF-8, so it is read as cp1252: look at the letters with accents
        load("Sales.csv", encoding="cp1252", name="sales"),
        # all 3 values of 'Größe (m²)' are numbers with ',' as the decimal mark
        set_type("Größe (m²)", type="number", decimalChar=",", regex=False),
        # 1 field without any value in 3 rows
        delete_fields(["Notes"], regex=False),
        # 1 of 3 rows repeats an earlier one: row 3 is row 2
        deduplicate("sales", key="*"),
        # 2 names with blanks, capitals or signs, such as 'Order ID'
        rename_fields({"Order ID": "order_id", "Größe (m²)": "grosse_m2"}, regex=False),
        update_package(name="sales", title="Sales"),
        # CSV in UTF-8, beside a description of its fields; bad rows in a table of their own
        dump_to_path("sales"),
    )


"""
    )
    rows = rows_of(tmp_path / "sales" / "datapackage.json")
    assert [(row["order_id"], float(row["grosse_m2"]), row["sum"]) for row in rows] == [
        (1, 12.5, 7),
        (2, 3.25, 8),
    ]


def test_clean_csv_is_for_one_table(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(tmp_path, "*.csv", "--blueprint", "clean-csv")
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: clean-csv is for one table, and there are several in the source\n"
            "  fix: name one of them, or take the blueprint merge-files.\n"
        ),
    )


def test_merge_files_puts_together_what_is_named_a_little_differently(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "2020.csv").write_text("ID,Amount,code\n1,2.5,7\n2,3,8\n", encoding="utf-8")
    (data / "2021.csv").write_text("id,amount,note,code\n3,4,late,X9\n", encoding="utf-8")
    done = init(tmp_path, "data", "--blueprint", "merge-files")
    assert (done.returncode, done.stderr) == (0, "")
    rows = rows_of(tmp_path / "data_output" / "datapackage.json")
    assert [{**row, "Amount": float(row["Amount"])} for row in rows] == [
        {"ID": 1, "Amount": 2.5, "code": "7", "note": None},
        {"ID": 2, "Amount": 3, "code": "8", "note": None},
        {"ID": 3, "Amount": 4, "code": "X9", "note": "late"},
    ]
    script = (tmp_path / "data.py").read_text(encoding="utf-8")
    assert "        # 'code' is of several types: integer in '2020', string in '2021'\n" in script
    assert "        # 'ID' is also 'id'\n" in script
    assert "        # 'note' is missing in 1 table\n" in script


def test_merge_files_needs_several(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(tmp_path, "a.csv", "--blueprint", "merge-files")
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: merge-files is for several tables, and there is one in the source\n"
            "  fix: name a folder, a workbook, or a pattern in quotes, such as 'data/*.csv'.\n"
        ),
    )


def test_merge_files_takes_real_files(tmp_path: Path) -> None:
    folder = os.environ.get("DATAFLOWS_REAL_DATA")
    if not folder:
        pytest.skip("DATAFLOWS_REAL_DATA names no folder of real data")
    source = f"{folder}/world-cities"
    done = init(tmp_path, f"{folder}/country-codes/country-codes.csv", "--blueprint", "clean-csv")
    assert (done.returncode, done.stderr) == (0, "")
    done = init(tmp_path, source)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_spreadsheet_becomes_a_database(tmp_path: Path) -> None:
    Flow(
        [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Oslo"}],
        [{"id": 1, "size": 3.5}, {"id": 2, "size": 4.5}],
        dump_to_file(str(tmp_path / "Book.xlsx"), ["res_1", "res_2"]),
    ).process()
    done = init(tmp_path, "Book.xlsx", "--blueprint", "spreadsheet-to-database")
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        assert connection.execute("select * from res_1").fetchall() == [(1, "Rome"), (2, "Oslo")]
        assert connection.execute("select * from res_2").fetchall() == [(1, 3.5), (2, 4.5)]
    again = init(tmp_path, "Book.xlsx", "--blueprint", "spreadsheet-to-database")
    assert (again.returncode, again.stderr) == (0, "")


def test_a_spreadsheet_goes_to_an_address_of_a_database_only(tmp_path: Path) -> None:
    Flow([{"id": 1}], dump_to_file(str(tmp_path / "a.xlsx"))).process()
    call = ("a.xlsx", "--blueprint", "spreadsheet-to-database", "--output", "book.db")
    done = init(tmp_path, *call)
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: 'book.db' is not the address of a database\n"
            "  fix: write for instance --output sqlite:///book.db.\n"
        ),
    )


def page(*names: str, **more: Any) -> Answer:
    records = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    return Answer(json.dumps({"items": records, **more}).encode())


def test_pages_that_tell_the_next_are_all_fetched(tmp_path: Path) -> None:
    with serving() as server:
        address = server.put("/items", page("Rome", HOSTILE, paging={"next": "/items2"}))
        server.put("/items2", page("Oslo", paging={"next": None}))
        done = init(tmp_path, address, *API)
    assert (done.returncode, done.stderr) == (0, "")
    rows = rows_of(tmp_path / "items" / "datapackage.json")
    assert [row["name"] for row in rows] == ["Rome", HOSTILE, "Oslo"]
    script = (tmp_path / "items.py").read_text(encoding="utf-8")
    assert "# each page has the address of the next in 'paging' / 'next'\n" in script


def test_pages_that_are_counted_are_fetched_to_the_first_without_records(tmp_path: Path) -> None:
    with serving() as server:
        address = server.put("/items", page("Rome"), page("Rome"), page("Oslo"), page())
        done = init(tmp_path, f"{address}?page=1&key=a%20b", "--name", "cities", *API, KEY="x")
        asked = [path for path, _ in server.requests]
    assert (done.returncode, done.stderr) == (2, done.stderr)
    assert "SOURCE" in done.stderr  # a key is refused: it would stand in the script
    assert asked == []
    with serving() as server:
        address = server.put("/items", page("Rome"), page("Rome"), page("Oslo"), page())
        done = init(tmp_path, f"{address}?page=1&sort=a%20b", "--name", "cities", *API)
        asked = [path for path, _ in server.requests]
    assert (done.returncode, done.stderr) == (0, "")
    rows = rows_of(tmp_path / "cities" / "datapackage.json")
    assert [row["name"] for row in rows] == ["Rome", "Oslo"]
    assert asked == [
        "/items?page=1&sort=a%20b",
        "/items?page=1&sort=a%20b",
        "/items?page=2&sort=a+b",
        "/items?page=3&sort=a+b",
    ]


def test_fields_that_the_first_record_lacks_are_kept(tmp_path: Path) -> None:
    first = {"items": [{"id": 1}, {"id": 2, "note": "x"}], "next": "/items2"}
    second = {"items": [{"note": "y", "id": 3}], "next": None}
    with serving() as server:
        server.put("/items2", Answer(json.dumps(second).encode()))
        address = server.put("/items", Answer(json.dumps(first).encode()))
        done = init(tmp_path, address, *API)
    assert (done.returncode, done.stderr) == (0, "")
    assert rows_of(tmp_path / "items" / "datapackage.json") == [
        {"id": 1, "note": None},
        {"id": 2, "note": "x"},
        {"id": 3, "note": "y"},
    ]


def test_names_from_an_api_never_run(tmp_path: Path) -> None:
    body = json.dumps({HOSTILE: [{HOSTILE: HOSTILE}], "next": None})
    with serving() as server:
        address = server.put("/items", body.encode())
        done = init(tmp_path, address, *API)
    assert (done.returncode, done.stderr) == (0, "")
    assert rows_of(tmp_path / "items" / "datapackage.json") == [{HOSTILE: HOSTILE}]
    assert not (tmp_path / "hacked").exists()


def test_an_address_and_a_key_of_an_api_stay_in_the_environment(tmp_path: Path) -> None:
    with serving() as server:
        secrets = {"PLACE": server.put("/items", page("Rome")), "API_TOKEN": "S3CRET"}
        done = init(tmp_path, "env://PLACE", *API, **secrets)
        asked = [headers["authorization"] for _, headers in server.requests]
    assert (done.returncode, done.stderr) == (0, "")
    assert asked == ["Bearer S3CRET"] * 2
    script = (tmp_path / "place.py").read_text(encoding="utf-8")
    assert 'ADDRESS = os.environ["PLACE"]\n' in script
    assert "S3CRET" not in script + done.stdout


def test_a_key_of_an_api_goes_to_no_other_server(tmp_path: Path) -> None:
    with serving() as server, serving() as other:
        elsewhere = other.put("/items", page("Oslo"))
        address = server.put("/items", page("Rome", next=elsewhere))
        done = init(tmp_path, address, *API, API_TOKEN="S3CRET")  # noqa: S106 - of nobody
        told = [headers.get("authorization") for _, headers in [*server.requests, *other.requests]]
    assert (done.returncode, done.stderr) == (0, "")
    assert told == ["Bearer S3CRET", "Bearer S3CRET", None]


def test_an_api_that_gives_the_same_page_for_ever_comes_to_an_end(tmp_path: Path) -> None:
    with serving() as server:
        address = server.put("/items", page("Rome"))
        done = init(tmp_path, f"{address}?page=1", *API)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows_of(tmp_path / "items" / "datapackage.json")) == 1


@pytest.mark.parametrize(
    ("address", "answer", "links", "found"),
    [
        ("http://a/?offset=0", [{"id": 1}], {}, ((), None, False, "offset", "len(records(page))")),
        ("http://a/", {"data": {"rows": [{"id": 1}]}, "next": "http://a/2"}, {},
         (("data", "rows"), ("next",), False, None, "1")),
        ("http://a/", {"rows": [{"id": 1}], "_links": {"next": {"href": "/2"}}}, {},
         (("rows",), ("_links", "next", "href"), False, None, "1")),
        ("http://a/", [{"id": 1}], {"next": {"url": "/2"}}, ((), None, True, None, "1")),
        ("http://a/?page=first", [{"id": 1}], {}, ((), None, False, None, "1")),
    ],
)  # fmt: skip
def test_the_first_page_tells_how_the_pages_follow(
    address: str, answer: Any, links: dict[str, Any], found: tuple[Any, ...]
) -> None:
    paging = paging_of(address, answer, links)
    assert (
        paging.records,
        paging.next_keys,
        paging.is_in_header,
        paging.counter,
        paging.step,
    ) == found


def test_an_api_without_records_or_json_is_refused(tmp_path: Path) -> None:
    with serving() as server:
        calls = [
            server.put("/none", b'{"a": 1}'),
            server.put("/html", b"<p>"),
            server.put("/no", Answer(status=403)),
        ]
        none, html, no = (init(tmp_path, call, *API) for call in calls)
    assert (none.returncode, none.stderr) == (
        2,
        (
            "error: there is no list of records in the first page\n"
            "  fix: name an address that answers with a list of objects, or an object that holds "
            "one.\n"
        ),
    )
    assert (html.returncode, html.stderr) == (
        2,
        (
            f"error: '{calls[1]}' does not answer in JSON\n"
            "  fix: name the address of an API, or leave out the blueprint.\n"
        ),
    )
    assert (no.returncode, no.stderr) == (
        2,
        (
            f"error: cannot fetch '{calls[2]}': it answers 403\n"
            "  fix: check the address; a key for it is taken from the variable API_TOKEN.\n"
        ),
    )
    assert list(tmp_path.iterdir()) == []


def test_a_package_goes_to_s3(tmp_path: Path) -> None:
    boto3 = pytest.importorskip("boto3", reason="needs S3: boto3 is not installed")
    Flow([{"id": 1, "city": "Rome"}], dump_to_path(str(tmp_path / "cities"))).process()
    with serving_s3() as address:
        login = {
            "AWS_ENDPOINT_URL_S3": address,
            "AWS_ACCESS_KEY_ID": "me",
            "AWS_SECRET_ACCESS_KEY": "nobody",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id="me",
            aws_secret_access_key="nobody",  # noqa: S106 - of nobody
            region_name="us-east-1",
        )
        client.create_bucket(Bucket="data")
        call = ("cities", "--blueprint", "package-to-s3", "--output", "s3://data/cities")
        done = init(tmp_path, *call, **login)
        assert (done.returncode, done.stderr) == (0, "")
        target = "target=s3://data/other"
        other = dataflows(tmp_path, "run", "cities.py", "--set", target, **login)
        assert (other.returncode, other.stderr) == (0, "")
        listed = client.list_objects_v2(Bucket="data")["Contents"]
    assert sorted(one["Key"] for one in listed) == [
        "cities/datapackage.json",
        "cities/res_1.csv",
        "other/datapackage.json",
        "other/res_1.csv",
    ]


def test_a_package_without_a_place_on_s3_is_written_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(tmp_path, "a.csv", "--blueprint", "package-to-s3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [
        "wrote a.py",
        ("say where to write to, and run it: dataflows run a.py --set target=s3://bucket/prefix"),
    ]
