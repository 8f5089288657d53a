from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from command_calls import dataflows
from dataflows import Flow, dump_to_file
from dataflows.cli import main

BAD = "id,n,c\n1,5,x\n2,x,y\n2,50,\n3\n4,1,z,9\n"
SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "n", "type": "integer", "constraints": {"maximum": 9}},
        {"name": "c", "type": "string", "constraints": {"required": True}},
    ],
    "primaryKey": ["id"],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(BAD, encoding="utf-8")
    Path("s.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    return tmp_path


def validate(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["validate", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_bad_cell_is_told() -> None:
    assert validate("a.csv", "--schema", "s.json") == (
        1,
        (
            "a: 5 rows, 7 bad cells\n"
            "  row 2  n   'x' is not an integer\n"
            "  row 3  n   '50' breaks the constraint maximum=9\n"
            "  row 3  c   a value is missing where one is required\n"
            "  row 3  id  2 is in row 2 already\n"
            "  row 4  c   a value is missing where one is required\n"
            "  row 4      the row has fewer cells than the header\n"
            "  row 5      the row has more cells than the header: '9'\n"
        ),
        "",
    )


def test_no_more_than_so_many_are_shown_and_all_are_counted() -> None:
    assert validate("a.csv", "--schema", "s.json", "--limit-errors", "1") == (
        1,
        (
            "a: 5 rows, 7 bad cells\n"
            "  row 2  n  'x' is not an integer\n"
            "  … 6 more; of all\n"
            "    n: 1 type, 1 maximum\n"
            "    c: 2 required\n"
            "    id: 1 primary key\n"
            "    2 ragged row\n"
        ),
        "",
    )


def test_scripts_read_json() -> None:
    code, out, err = validate("a.csv", "--schema", "s.json", "--json", "--limit-errors", "2")
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "valid": False,
        "rows": {"a": 5},
        "errors": 7,
        "counts": [
            {"resource": "a", "field": "n", "rule": "type", "count": 1},
            {"resource": "a", "field": "n", "rule": "maximum", "count": 1},
            {"resource": "a", "field": "c", "rule": "required", "count": 2},
            {"resource": "a", "field": "id", "rule": "primary key", "count": 1},
            {"resource": "a", "field": "", "rule": "ragged row", "count": 2},
        ],
        "cells": [
            {
                "resource": "a",
                "row": 2,
                "field": "n",
                "value": "x",
                "rule": "type",
                "message": "'x' is not an integer",
            },
            {
                "resource": "a",
                "row": 3,
                "field": "n",
                "value": "50",
                "rule": "maximum",
                "message": "'50' breaks the constraint maximum=9",
            },
        ],
        "mended": [],
        "odd": [],
    }


def test_what_is_good_is_told_and_no_error() -> None:
    Path("good.csv").write_text("id,city\n1,Rome\n2,\n", encoding="utf-8")
    assert validate("good.csv") == (0, "good: 2 rows, nothing is bad\n", "")
    code, out, _ = validate("good.csv", "--json")
    assert (code, json.loads(out)["valid"]) == (0, True)


def test_without_a_schema_odd_cells_are_told() -> None:
    numbers = "".join(f"{number}\n" for number in range(50))
    Path("odd.csv").write_text(f"amount\n{numbers}n/a\n", encoding="utf-8")
    assert validate("odd.csv") == (
        0,
        (
            "odd: 51 rows, nothing is bad\n"
            "odd: amount: 1 of 51 values is not a whole number: 'n/a' (row 51)\n"
        ),
        "",
    )


def test_fractions_among_numbers_are_not_odd() -> None:
    Path("even.csv").write_text("amount\n1\n2\n3\n4\n5.5\n6\n7\n", encoding="utf-8")
    assert validate("even.csv") == (0, "even: 7 rows, nothing is bad\n", "")


def test_a_cell_beyond_the_sample_breaks_the_type_of_the_first_rows() -> None:
    rows = [str(number) for number in range(20_000)]
    rows[12_345] = "x"
    Path("late.csv").write_text("n\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, out, _ = validate("late.csv")
    assert code == 1
    assert out.startswith("late: 20,000 rows, 1 bad cell\n  row 12,346  n  'x' is not an integer\n")


def package(resources: list[dict[str, Any]]) -> None:
    for one in resources:
        one["profile"] = "tabular-data-resource"
    text = json.dumps({"name": "p", "resources": resources})
    Path("datapackage.json").write_text(text, encoding="utf-8")


def test_a_package_is_held_against_its_own_schema_and_its_keys() -> None:
    Path("cities.csv").write_text(
        "id,country,twin\n1,it,2\n2,no,9\n3,xx,1\n4,,\n", encoding="utf-8"
    )
    Path("countries.csv").write_text("code\nit\nno\nit\n", encoding="utf-8")
    fields = [
        {"name": "id", "type": "integer"},
        {"name": "country", "type": "string"},
        {"name": "twin", "type": "integer"},
    ]
    keys = [
        {"fields": "country", "reference": {"resource": "countries", "fields": "code"}},
        {"fields": ["twin"], "reference": {"resource": "", "fields": ["id"]}},
    ]
    unique = [{"name": "code", "type": "string", "constraints": {"unique": True}}]
    package(
        [
            {
                "name": "cities",
                "path": "cities.csv",
                "schema": {"fields": fields, "foreignKeys": keys},
            },
            {"name": "countries", "path": "countries.csv", "schema": {"fields": unique}},
        ]
    )
    assert validate("datapackage.json") == (
        1,
        (
            "cities: 4 rows, 2 bad cells\n"
            "  row 2  twin     9 is not in the field 'id' of 'cities'\n"
            "  row 3  country  'xx' is not in the field 'code' of 'countries'\n"
            "countries: 3 rows, 1 bad cell\n"
            "  row 3  code  'it' is in row 1 already\n"
        ),
        "",
    )


def test_ragged_rows_of_a_package_are_told() -> None:
    one = {"name": "a", "path": "a.csv", "schema": {"fields": SCHEMA["fields"][:1]}}
    two = {**one, "name": "b", "path": "b.csv", "dialect": {"delimiter": ";"}}
    package([one, two])
    Path("a.csv").write_text("id\n1\n2,3\n", encoding="utf-8")
    Path("b.csv").write_text("id\n1\n2\n3;4\n", encoding="utf-8")
    assert validate("datapackage.json") == (
        1,
        (
            "a: 2 rows, 1 bad cell\n"
            "  row 2    the row has more cells than the header: '3'\n"
            "b: 3 rows, 1 bad cell\n"
            "  row 3    the row has more cells than the header: '4'\n"
        ),
        "",
    )


def test_ragged_rows_are_told_whatever_load_is_told() -> None:
    Path("twice.csv").write_text("id,v,v\n1,2\n", encoding="utf-8")
    assert validate("twice.csv", "--load", "deduplicate_headers=true") == (
        1,
        "twice: 1 row, 1 bad cell\n  row 1    the row has fewer cells than the header\n",
        "",
    )


def test_ragged_rows_of_a_compressed_file_are_told() -> None:
    with gzip.open("z.csv.gz", "wt", encoding="utf-8") as file:
        file.write("id,n\n1\n2,3\n")
    assert validate("z.csv.gz") == (
        1,
        "z: 2 rows, 1 bad cell\n  row 1    the row has fewer cells than the header\n",
        "",
    )


def test_fields_that_a_schema_does_not_have_are_told() -> None:
    Path("a.csv").write_text("id,n,c,d\n1,5,x,y\n", encoding="utf-8")
    assert validate("a.csv", "--schema", "s.json") == (
        1,
        "a: 1 row, 0 bad cells\n  1 field that the schema does not have: d\n",
        "",
    )


def test_a_primary_key_needs_values() -> None:
    Path("a.csv").write_text("id,n,c\n1,1,x\n,1,x\nx,1,x\n", encoding="utf-8")
    assert validate("a.csv", "--schema", "s.json") == (
        1,
        (
            "a: 3 rows, 2 bad cells\n"
            "  row 2  id  a value is missing where one is required\n"
            "  row 3  id  'x' is not an integer\n"
        ),
        "",
    )


def test_other_formats_and_databases_are_validated() -> None:
    Flow([{"a": 1}], dump_to_file("a.xlsx")).process()
    assert validate("a.xlsx") == (0, "a: 1 row, nothing is bad\n", "")
    with sqlite3.connect("w.db") as connection:
        connection.execute("create table t (x integer)")
        connection.execute("insert into t values (1)")
    connection.close()
    code, out, _ = validate("sqlite:///w.db", "--table", "t")
    assert (code, out) == (0, "w: 1 row, nothing is bad\n")


def test_standard_input_is_validated() -> None:
    done = dataflows(Path(), "validate", "-", "--schema", "s.json", given=BAD)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("stdin: 5 rows, 5 bad cells\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["a.csv", "--schema", "none.json"],
            2,
            (
                "error: cannot read the schema 'none.json': No such file or directory\n"
                "  fix: name a file of JSON: --schema schema.json.\n"
            ),
        ),
        (
            ["a.csv", "--schema", "a.csv"],
            2,
            (
                "error: the schema 'a.csv' is not JSON: Expecting value: line 1 column 1 (char 0)\n"
                "  fix: correct it there.\n"
            ),
        ),
        (
            ["a.csv", "--schema", "list.json"],
            2,
            (
                "error: the schema 'list.json' has no list of fields\n"
                '  fix: {"fields": [{"name": "id", "type": "integer"}]} is one.\n'
            ),
        ),
        (
            ["b.csv"],
            1,
            (
                "error: no such file or directory: 'b.csv'\n"
                "  fix: check the path; it starts at the current folder.\n"
            ),
        ),
    ],
)
def test_a_wrong_call_names_the_culprit_and_the_fix(
    arguments: list[str], code: int, message: str
) -> None:
    Path("list.json").write_text("[]", encoding="utf-8")
    assert validate(*arguments) == (code, "", message)


def test_standard_output_without_utf_8_shows_plain_signs() -> None:
    Path("a.csv").write_text("id,n,c\n1,é,x\n2,é,x\n", encoding="utf-8")
    options = ("--schema", "s.json", "--limit-errors", "1")
    done = dataflows(Path(), "validate", "a.csv", *options, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr, done.stdout) == (
        1,
        "",
        (
            "a: 2 rows, 2 bad cells\n"
            "  row 1  n  '\\xe9' is not an integer\n"
            "  ... 1 more; of all\n"
            "    n: 2 type\n"
        ),
    )


def test_standard_output_without_utf_8_tells_a_long_dash_from_a_minus() -> None:
    numbers = "".join(f"{number}\n" for number in range(50))
    Path("a.csv").write_text(f"n\n{numbers}—\n", encoding="utf-8")
    done = dataflows(Path(), "validate", "a.csv", PYTHONIOENCODING="ascii")
    assert done.stdout == (
        "a: 51 rows, nothing is bad\n"
        "odd: n: 1 of 51 values is not a whole number: '\\u2014' (row 51)\n"
    )
