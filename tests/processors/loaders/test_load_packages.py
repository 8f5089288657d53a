"""Data packages as a source: whole, in part, in a zip, hostile."""

from __future__ import annotations

import json
import warnings
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load, update_resource
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = [{"name": "id", "type": "integer"}, {"name": "city", "type": "string"}]


def package(folder: Path, resources: list[Any], files: dict[str, str], **more: Any) -> str:
    """Write a data package and return the path of its descriptor."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"resources": resources, **more}))
    return str(path)


def resource(name: str, path: Any, **more: Any) -> dict[str, Any]:
    """Return the descriptor of a table of cities."""
    table = {"profile": "tabular-data-resource", "schema": {"fields": FIELDS}}
    return {"name": name, "path": path, **table, **more}


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def error_of(*links: Any) -> str:
    """Return the whole text of the error that stops a flow."""
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


CITIES = "id,city\n1,Rome\n2,Oslo\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Oslo"}]


def test_every_table_of_a_package_is_loaded_with_its_schema(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        [resource("a", "data/a.csv", title="Cities"), resource("b", "b.csv")],
        {"data/a.csv": CITIES, "b.csv": "id,city\n"},
        title="All of it",
    )
    rows, loaded, _ = Flow(load(path)).results()
    assert rows == [ROWS, []]
    assert "title" not in loaded.descriptor
    assert loaded.descriptor["resources"][0] == {
        "name": "a",
        "path": "data/a.csv",
        "profile": "tabular-data-resource",
        "title": "Cities",
        "schema": {
            "fields": [{**field, "format": "default"} for field in FIELDS],
            "missingValues": [""],
        },
    }


def test_some_of_its_resources_can_be_selected(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        [resource(name, f"{name}.csv") for name in ("a", "b", "ab")],
        {f"{name}.csv": f"id,city\n1,{name}\n" for name in ("a", "b", "ab")},
    )
    assert rows_of(load(path, resources="b")) == [[{"id": 1, "city": "b"}]]
    assert [rows[0]["city"] for rows in rows_of(load(path, resources=["ab", "a"]))] == ["a", "ab"]
    assert [rows[0]["city"] for rows in rows_of(load(path, resources="a.*"))] == ["a", "ab"]


def test_a_package_may_be_in_a_zip(tmp_path: Path) -> None:
    package(tmp_path, [resource("a", "data/a(1).csv")], {"data/a(1).csv": CITIES})
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "datapackage.json", "inner/datapackage.json")
        archive.write(tmp_path / "data/a(1).csv", "inner/data/a(1).csv")
    assert rows_of(load(path, format="datapackage")) == [ROWS]
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "datapackage.json", "datapackage.json")
    step = load(str(path), format="datapackage")
    assert error_of(step) == (
        f"Failed to load source {str(path)!r} and options {{'format': 'datapackage'}}: "
        f"{str(path)!r} holds 2 files named datapackage.json\n"
        f"  at processor 1 of 1: {step!r}\n"
        "  fix: give a zip with exactly one."
    )


def test_a_zip_without_a_file_of_its_descriptor_is_refused_before_the_first_row(
    tmp_path: Path,
) -> None:
    package(tmp_path, [resource("a", "a.csv")], {"b.csv": CITIES})
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("datapackage.json", "b.csv"):
            archive.write(tmp_path / name, name)
    step = load(str(path), format="datapackage")
    with pytest.raises(ProcessorError) as caught:
        Flow(step).check()
    assert str(caught.value) == (
        f"Failed to load source {str(path)!r} and options {{'format': 'datapackage'}}: "
        f"{str(path)!r} holds no file 'a.csv'\n"
        f"  at processor 1 of 1: {step!r}\n"
        "  fix: the files here are: datapackage.json, b.csv."
    )


@pytest.mark.parametrize("path", ["data(1).csv", "[a]*.csv", "a?b.csv", "é ü.csv"])
def test_characters_of_patterns_in_paths_mean_nothing(tmp_path: Path, path: str) -> None:
    assert rows_of(load(package(tmp_path, [resource("a", path)], {path: CITIES}))) == [ROWS]


def test_limit_strip_missing_values_and_cast_apply(tmp_path: Path) -> None:
    schema = {"fields": FIELDS, "missingValues": ["", "-"]}
    path = package(
        tmp_path,
        [resource("a", "a.csv", schema=schema)],
        {"a.csv": 'id,city\n1," Rome "\n-,\n3,x\n'},
    )
    assert rows_of(load(path, limit_rows=1, strip=False)) == [[{"id": 1, "city": " Rome "}]]
    assert rows_of(load(path, limit_rows=1, cast_strategy=load.CAST_DO_NOTHING)) == [
        [{"id": "1", "city": "Rome"}]
    ]
    assert rows_of(load(path, limit_rows=2, extract_missing_values=True)) == [
        [
            {"id": 1, "city": "Rome", "missingValues": {}},
            {"id": None, "city": None, "missingValues": {"id": "-", "city": ""}},
        ]
    ]


def with_key(**more: Any) -> dict[str, Any]:
    return {"fields": FIELDS, "primaryKey": "id", **more}


def test_a_primary_key_that_occurs_twice_is_an_error_with_its_row(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        [resource("a", "a.csv", schema=with_key())],
        {"a.csv": "id,city\n" + "".join(f"{n},x\n" for n in range(6000)) + "17,y\n"},
    )
    assert error_of(load(path)) == (
        "the key id = 17 occurs twice\n"
        f"  at processor 1 of 1: {load(path)!r}\n"
        "     resource 'a', row 6,001\n"
        "  fix: remove one of the rows, or the key from the schema."
    )
    assert len(rows_of(load(path, cast_strategy=load.CAST_DO_NOTHING))[0]) == 6001


def test_a_key_of_several_fields_counts_as_a_whole(tmp_path: Path) -> None:
    schema = with_key(primaryKey=["id", "city"])
    text = "id,city\n1,a\n1,b\n2,a\n"
    path = package(tmp_path, [resource("a", "a.csv", schema=schema)], {"a.csv": text})
    assert len(rows_of(load(path))[0]) == 3
    (tmp_path / "a.csv").write_text(text + "1,b\n")
    assert error_of(load(path)).splitlines()[0] == "the key id, city = (1, 'b') occurs twice"


def test_a_unique_field_may_lack_several_values_but_hold_none_twice(tmp_path: Path) -> None:
    fields = [FIELDS[0], {**FIELDS[1], "constraints": {"unique": True}}]
    schema = {"fields": fields}
    text = "id,city\n1,\n2,\n3,Rome\n"
    path = package(tmp_path, [resource("a", "a.csv", schema=schema)], {"a.csv": text})
    assert len(rows_of(load(path))[0]) == 3
    (tmp_path / "a.csv").write_text(text + "4,Rome\n")
    assert error_of(load(path)).splitlines()[0] == "the key city = 'Rome' occurs twice"


def test_a_bad_cell_is_an_error_and_on_error_takes_it(tmp_path: Path) -> None:
    path = package(tmp_path, [resource("a", "a.csv")], {"a.csv": CITIES + "oops,Bern\n"})
    assert error_of(load(path)) == (
        "'oops' is not an integer\n"
        "  in {'id': 'oops', 'city': 'Bern'}\n"
        f"  at processor 1 of 1: {load(path)!r}\n"
        "     resource 'a', row 3, field 'id'\n"
        "  fix: make the field a string: in the schema of the package, "
        "or handle such rows with on_error=rejects()."
    )
    assert rows_of(load(path, on_error=load.ERRORS_DROP)) == [ROWS]


def test_a_header_that_lacks_a_field_names_the_column(tmp_path: Path) -> None:
    path = package(tmp_path, [resource("a", "a.csv")], {"a.csv": "id,ciyt,more\n1,Rome,x\n"})
    assert error_of(load(path)) == (
        "the header of the resource 'a' lacks the field 'city' of its schema\n"
        f"  at processor 1 of 1: {load(path)!r}\n"
        "     resource 'a'\n"
        "  fix: did you mean 'ciyt'? The columns of the file here are: id, ciyt, more."
    )


def test_columns_may_stand_in_another_order_and_be_more(tmp_path: Path) -> None:
    path = package(tmp_path, [resource("a", "a.csv")], {"a.csv": "x,city,id\n0,Rome,1\n"})
    assert rows_of(load(path)) == [[{"id": 1, "city": "Rome"}]]


def test_the_dialect_and_encoding_of_the_descriptor_are_used(tmp_path: Path) -> None:
    dialect = {"delimiter": ";", "quoteChar": "'", "doubleQuote": True, "header": True}
    one = resource("a", "a.csv", dialect=dialect, encoding="latin-1")
    path = package(tmp_path, [one], {})
    (tmp_path / "a.csv").write_bytes("id;city\n1;'År;h''us'\n".encode("latin-1"))
    assert rows_of(load(path)) == [[{"id": 1, "city": "År;h'us"}]]


def test_a_dialect_without_a_header_takes_the_fields_in_their_order(tmp_path: Path) -> None:
    one = resource("a", "a.csv", dialect={"header": False})
    assert rows_of(load(package(tmp_path, [one], {"a.csv": "1,Rome\n2,Oslo\n"}))) == [ROWS]


def test_the_schema_and_dialect_may_stand_in_files_of_the_package(tmp_path: Path) -> None:
    one = resource("a", "a.csv", schema="schemas/city.json", dialect="dialect.json")
    files = {
        "schemas/city.json": json.dumps({"fields": FIELDS}),
        "dialect.json": json.dumps({"delimiter": ";"}),
        "a.csv": "id;city\n1;Rome\n2;Oslo\n",
    }
    assert rows_of(load(package(tmp_path, [one], files))) == [ROWS]


def test_a_table_without_a_schema_gets_one_from_its_rows(tmp_path: Path) -> None:
    one = {"name": "a", "path": "a.csv"}
    path = package(tmp_path, [one], {"a.csv": "id,area\n1,2.5\n"})
    assert rows_of(load(path)) == [[{"id": 1, "area": Decimal("2.5")}]]


@pytest.mark.parametrize(
    "data",
    [
        [{"id": 1, "city": "Rome"}, {"city": "Oslo", "id": 2}],
        [["city", "id"], ["Rome", 1], ["Oslo", 2]],
    ],
)
def test_rows_may_stand_in_the_descriptor_itself(tmp_path: Path, data: Any) -> None:
    one = {"name": "a", "data": data, "schema": {"fields": FIELDS}}
    path = package(tmp_path, [one], {})
    assert rows_of(load(path)) == [ROWS]
    assert rows_of(load(path, limit_rows=1)) == [ROWS[:1]]
    Flow(load(path), dump_to_path(tmp_path / "out")).process()
    assert (tmp_path / "out/a.csv").read_text() == CITIES
    del one["schema"]
    names = ["city", "id"]
    assert [list(row) for row in rows_of(load(package(tmp_path, [one], {})))[0]] == [names] * 2


def test_a_resource_may_consist_of_several_files(tmp_path: Path) -> None:
    one = resource("a", ["1.csv", "2.csv"], schema=with_key())
    files = {"1.csv": CITIES, "2.csv": "city,id\nBern,3\n"}
    path = package(tmp_path, [one], files)
    assert rows_of(load(path)) == [[*ROWS, {"id": 3, "city": "Bern"}]]
    assert rows_of(load(path, limit_rows=2)) == [ROWS]
    (tmp_path / "2.csv").write_text("id,city\n2,again\n")
    assert error_of(load(path)).splitlines()[2] == "     resource 'a', row 3"


def test_what_is_not_a_table_is_left_out_with_a_warning(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        [resource("a", "a.csv"), {"name": "map", "path": "map.png"}],
        {"a.csv": CITIES, "map.png": "not a table"},
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert rows_of(load(path)) == [ROWS]
    assert [str(one.message) for one in caught if one.category is UserWarning] == [
        f"the resource 'map' of {path!r} is not a table: it is left out"
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "/etc/passwd",
        "../outside.csv",
        "data/../../outside.csv",
        "~/outside.csv",
        "~root/x.csv",
        "$HOME/x.csv",
        "C:\\x.csv",
        "\\\\host\\share\\x.csv",
        "a\x00b.csv",
        "link.csv",
        "folder/outside.csv",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file://etc/passwd",
        "env://HOME",
        "sqlite:///x.db",
        "s3://bucket/x.csv",
        "text://a,b",
        "stream://x",
        "ftp://127.0.0.1/x.csv",
        ["a.csv", "../outside.csv"],
    ],
)
def test_a_path_that_leads_out_of_the_package_is_refused(tmp_path: Path, hostile: Any) -> None:
    (tmp_path / "outside.csv").write_text(CITIES)
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "folder").symlink_to(tmp_path)
    path = package(folder, [resource("a", hostile, format="csv")], {"a.csv": CITIES})
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path)).check()
    text = str(caught.value)
    assert text.startswith(f"Failed to load source {path!r} and options {{}}: the ")
    assert "leads out of the package" in text or "is not safe" in text


@pytest.mark.parametrize("name", ["schema", "dialect"])
@pytest.mark.parametrize("hostile", ["/etc/hostname", "../x.json", "file:///etc/hostname"])
def test_so_is_one_to_a_schema_or_dialect(tmp_path: Path, name: str, hostile: str) -> None:
    folder = tmp_path / "package"
    (tmp_path / "x.json").write_text("{}")
    folder.mkdir()
    path = package(folder, [resource("a", "a.csv", **{name: hostile})], {"a.csv": CITIES})
    text = error_of(load(path))
    assert "leads out of the package" in text or "is not safe" in text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", ("{path!r} is not valid JSON: Expecting property name enclosed in double quotes: "
              "line 1 column 2 (char 1)")),
        ("[]", "{path!r} holds no JSON object but a list"),
        ("{}", "{path!r} is not a data package descriptor: it has no list of resources"),
        ('{"resources": [{"path": "a.csv"}]}', "resource 1 of the package has no name"),
    ],
)  # fmt: skip
def test_what_is_not_a_descriptor_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "datapackage.json"
    path.write_text(text)
    line = error_of(load(str(path))).splitlines()[0]
    assert line.partition("options {}: ")[2] == what.format(path=str(path))


def test_a_file_that_was_deleted_is_named_with_its_resource(tmp_path: Path) -> None:
    path = package(tmp_path, [resource("a", "a.csv")], {})
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path)).check()
    fix = "put the file of the resource 'a' there, or write the package again."
    assert caught.value.fix == fix


def test_a_file_that_is_not_there_is_found_before_the_first_row(tmp_path: Path) -> None:
    path = package(tmp_path, [resource("a", "a.csv")], {"b.csv": CITIES})
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path)).check()
    missing = str(tmp_path / "a.csv")
    assert str(caught.value) == (
        f"Failed to load source {path!r} and options {{}}: "
        f"[Errno 2] No such file or directory: {missing!r}\n"
        f"  at processor 1 of 1: {load(path)!r}\n"
        "  fix: put the file of the resource 'a' there, or write the package again."
    )


def test_a_package_whose_header_holds_titles_loads_again(tmp_path: Path) -> None:
    fields = [{**FIELDS[0], "title": "Number"}, {**FIELDS[1], "title": "City of birth"}]
    one = resource("a", "a.csv", schema={"fields": fields})
    path = package(tmp_path, [one], {"a.csv": "Number,City of birth\n1,Rome\n2,Oslo\n"})
    assert rows_of(load(path)) == [ROWS]


def test_the_real_package_loads(real_data: Path) -> None:
    rows = rows_of(load(real_data / "population/datapackage.json", limit_rows=1))
    assert rows == [
        [
            {
                "Country Name": "Aruba",
                "Country Code": "ABW",
                "Year": 1960,
                "Value": Decimal(54922),
            }
        ]
    ]


def test_a_file_in_a_zip_may_begin_with_a_dot_where_the_package_names_it(tmp_path: Path) -> None:
    path = str(tmp_path / "t.zip")
    Flow([{"a": 1}], update_resource(None, path=".x.csv"), dump_to_zip(path)).process()
    assert Flow(load(path)).results()[0] == [[{"a": 1}]]


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson", "xlsx", "parquet", "arrow", "tsv"])
def test_a_dump_of_nothing_loads_as_nothing(tmp_path: Path, format_: str) -> None:
    Flow([], [{"a": 1}], dump_to_path(tmp_path, format=format_)).process()
    data, found, _ = Flow(load(tmp_path / "datapackage.json")).results()
    assert (data, found.resource_names) == ([[], [{"a": 1}]], ["res_1", "res_2"])
