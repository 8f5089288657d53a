"""What load makes of a table: names, types, descriptors, and its options."""

from __future__ import annotations

import gzip
import io
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dataflows import Flow, dump_to_file, dump_to_path, load
from dataflows.errors import ArgumentError, ProcessorError


def write(folder: Path, text: str, name: str = "t.csv") -> str:
    """Put a file there and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return str(path)


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    """Return the rows of all resources, as they stream: nothing casts them at the end."""
    return Flow(*links).results(on_error=None)[0]


def resource_of(*links: Any) -> dict[str, Any]:
    """Return the descriptor of the last resource."""
    descriptor: dict[str, Any] = Flow(*links).datastream().dp.descriptor["resources"][-1]
    return descriptor


def error_of(*links: Any) -> str:
    """Return the whole text of the error that stops a flow."""
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).results()
    return str(caught.value)


def string(name: str) -> dict[str, str]:
    return {"name": name, "type": "string", "format": "default"}


def test_rows_arrive_typed(tmp_path: Path) -> None:
    path = write(tmp_path, "id,area,city\n1,1285.5,Rome\n2,,Oslo\n")
    assert rows_of(load(path)) == [
        [
            {"id": 1, "area": Decimal("1285.5"), "city": "Rome"},
            {"id": 2, "area": None, "city": "Oslo"},
        ]
    ]


def test_the_descriptor_has_exactly_the_keys_that_scripts_compare(tmp_path: Path) -> None:
    path = write(tmp_path, "id,day\n1,2020-01-02\n", "sales.csv")
    assert resource_of(load(path)) == {
        "name": "sales",
        "path": "sales.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "schema": {
            "fields": [
                {"name": "id", "type": "integer", "format": "default"},
                {"name": "day", "type": "date", "format": "%Y-%m-%d"},
            ],
            "missingValues": [""],
        },
    }


def test_a_given_encoding_stands_in_the_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("city\nÅrhus\n".encode("latin-1"))
    assert resource_of(load(str(path), encoding="latin-1"))["encoding"] == "latin-1"
    assert rows_of(load(str(path), encoding="latin-1")) == [[{"city": "Århus"}]]


def test_a_path_may_be_a_pathlib_path(tmp_path: Path) -> None:
    step = load(Path(write(tmp_path, "a\n1\n")))
    assert rows_of(step) == [[{"a": 1}]]
    assert step.load_source == str(tmp_path / "t.csv")
    assert repr(load(Path("sales.csv"), limit_rows=3)) == "load('sales.csv', limit_rows=3)"


def test_a_name_can_be_given(tmp_path: Path) -> None:
    found = resource_of(load(write(tmp_path, "a\n1\n"), name="cities"))
    assert (found["name"], found["path"]) == ("cities", "cities.csv")


def test_one_file_loaded_twice_gives_two_resources(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    package = Flow(load(path), load(path)).datastream().dp
    assert package.resource_names == ["t", "t_2"]
    assert rows_of(load(path), load(path)) == [[{"a": 1}], [{"a": 1}]]


def test_resources_that_are_there_stay_before_the_loaded_one(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    assert rows_of([{"b": 2}], load(path)) == [[{"b": 2}], [{"a": 1}]]


def test_a_pattern_loads_one_resource_a_file_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, "a\n2\n", "data/b.csv")
    write(tmp_path, "a\n1\n", "data/a.csv")
    write(tmp_path, "a\n3\n", "data/deep/c.csv")
    flat, deep = str(tmp_path / "data/*.csv"), str(tmp_path / "data/**/*.csv")
    assert Flow(load(flat)).datastream().dp.resource_names == ["a", "b"]
    assert rows_of(load(flat)) == [[{"a": 1}], [{"a": 2}]]
    assert rows_of(load(deep)) == [[{"a": 1}], [{"a": 2}], [{"a": 3}]]


def test_several_files_with_one_given_name_are_numbered(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "1.csv")
    write(tmp_path, "a\n2\n", "2.csv")
    package = Flow(load(str(tmp_path / "*.csv"), name="part")).datastream().dp
    assert package.resource_names == ["part", "part_2"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    assert rows_of(load(write(tmp_path, "a\n1\n", "t[1].csv"))) == [[{"a": 1}]]


def test_a_pattern_that_nothing_matches_is_an_error(tmp_path: Path) -> None:
    pattern = str(tmp_path / "*.csv")
    assert error_of(load(pattern)) == (
        f"Failed to load source {pattern!r} and options {{}}: no file matches {pattern!r}\n"
        f"  at processor 1 of 1: {load(pattern)!r}\n"
        "  fix: check the pattern; it starts at the current folder."
    )


def test_the_source_may_stand_in_an_environment_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a\n1\n")
    monkeypatch.setenv("SALES", path)
    step = load("env://SALES")
    flow = Flow(step)
    assert flow.results()[0] == [[{"a": 1}]]
    assert step.load_source == path
    monkeypatch.setenv("SALES", write(tmp_path, "b\n2\n", "u.csv"))
    assert flow.results()[0] == [[{"b": 2}]]
    monkeypatch.delenv("SALES")
    assert error_of(load("env://SALES")) == (
        "Failed to load source 'env://SALES' and options {}: "
        "Couldn't find value for env var 'SALES'\n"
        "  at processor 1 of 1: load('env://SALES')"
    )


def test_a_gz_file_is_named_without_both_endings(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,x\n"))
    found = resource_of(load(path))
    assert (found["name"], found["path"], found["format"]) == ("sales", "sales.csv", "csv")
    assert rows_of(load(path)) == [[{"a": 1, "b": "x"}]]


def test_titles_above_the_header_and_columns_without_a_header_are_left_out(tmp_path: Path) -> None:
    text = 'The Beatles\nages\n\n name ,"instrument ",,born\nJohn,guitar,,1940\nPaul,bass,,1942\n'
    assert rows_of(load(write(tmp_path, text))) == [
        [
            {"name": "John", "instrument": "guitar", "born": 1940},
            {"name": "Paul", "instrument": "bass", "born": 1942},
        ]
    ]


def test_headers_can_be_a_row_number_or_names(tmp_path: Path) -> None:
    path = write(tmp_path, "x,y\na,b\n1,2\n")
    assert rows_of(load(path, headers=2)) == [[{"a": 1, "b": 2}]]
    assert rows_of(load(path, headers=["p", "q"]))[0][2] == {"p": "1", "q": "2"}


def test_blanks_around_texts_go_unless_strip_is_false(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n" x\t"," 1 "\n')
    assert rows_of(load(path)) == [[{"a": "x", "b": 1}]]
    kept = rows_of(load(path, strip=False, infer_strategy=load.INFER_STRINGS))
    assert kept == [[{"a": " x\t", "b": " 1 "}]]


@pytest.mark.parametrize("format_", ["parquet", "arrow", "feather"])
@pytest.mark.parametrize("packing", ["", ".gz"])
def test_a_format_with_texts_of_its_own_keeps_their_blanks(
    tmp_path: Path, format_: str, packing: str
) -> None:
    texts = [" x\t", "\nÄ ", "y", None]
    rows = [{"a": text, "n": number} for number, text in enumerate(texts)]
    path = tmp_path / f"a.{format_}{packing}"
    Flow(rows, dump_to_file(path)).run()
    assert rows_of(load(path)) == [rows]
    assert [row["a"] for row in rows_of(load(path, strip=True))[0]] == ["x", "Ä", "y", None]
    Flow(rows, dump_to_path(tmp_path / "package", format=format_)).run()
    assert rows_of(load(tmp_path / "package")) == [rows]


@pytest.mark.parametrize(("limit", "rows"), [(3, 3), (0, 20), (None, 20), (100, 20), (1, 1)])
def test_limit_rows_stops_after_so_many(tmp_path: Path, limit: int | None, rows: int) -> None:
    path = write(tmp_path, "a\n" + "1\n" * 20)
    assert rows_of(load(path, limit_rows=limit)) == [[{"a": 1}] * rows]


NATIVE = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
TEXTS = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


@pytest.mark.parametrize(
    ("infer", "cast", "from_json", "from_csv"),
    [
        ("full", "nothing", NATIVE, TEXTS),
        ("full", "schema", NATIVE, NATIVE),
        ("full", "strings", TEXTS, TEXTS),
        ("pytypes", "nothing", NATIVE, TEXTS),
        ("pytypes", "schema", NATIVE, TEXTS),
        ("pytypes", "strings", TEXTS, TEXTS),
        ("strings", "nothing", TEXTS, TEXTS),
        ("strings", "schema", TEXTS, TEXTS),
        ("strings", "strings", TEXTS, TEXTS),
        (None, None, NATIVE, NATIVE),
    ],
)
def test_what_the_strategies_make_of_values(
    tmp_path: Path, infer: str | None, cast: str | None, from_json: Any, from_csv: Any
) -> None:
    json = write(tmp_path, '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]', "t.json")
    csv = write(tmp_path, "a,b\n1,x\n2,y\n")
    options = {"infer_strategy": infer, "cast_strategy": cast}
    assert rows_of(load(json, **options)) == [from_json]
    assert rows_of(load(csv, **options)) == [from_csv]


def test_casting_to_strings_keeps_a_missing_value_out_of_the_text(tmp_path: Path) -> None:
    json = write(tmp_path, '[{"a": 1.50}, {"a": null}]', "t.json")
    assert rows_of(load(json, cast_strategy=load.CAST_TO_STRINGS)) == [[{"a": "1.50"}, {"a": ""}]]


def test_an_unknown_strategy_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        load("t.csv", infer_strategy="guess")
    assert str(caught.value) == (
        "infer_strategy='guess' is none of 'full', 'pytypes', 'strings'\n"
        "  fix: write for instance infer_strategy='full'."
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"load_source": [{"a": 1}]},
            (
                "load takes the place of data, got [{'a': 1}]\n"
                "  fix: put the rows into the flow themselves: Flow([{…}, …])."
            ),
        ),
        (
            {"load_source": 5},
            "load cannot read 5\n  fix: give a path, a URL, '-' or a pair (descriptor, iterables).",
        ),
        (
            {"load_source": "t.csv", "limit_rows": -1},
            (
                "limit_rows must be a number of rows, got -1\n"
                "  fix: give a whole number, or None for all rows."
            ),
        ),
        (
            {"load_source": "t.csv", "deduplicate_headers_format": "_2"},
            (
                "deduplicate_headers_format must hold one '%s', got '_2'\n"
                "  fix: write it as ' (%s)' or '_%s'."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        load(**arguments)
    assert str(caught.value) == text


def test_the_schema_can_be_overridden(tmp_path: Path) -> None:
    path = write(tmp_path, "id,name\n1,-\n2,b\n")
    override = {
        "title": "people",
        "missingValues": ["", "-"],
        "fields": [string("id"), string("name")],
    }
    assert resource_of(load(path, override_schema=override))["schema"] == override
    rows = rows_of(load(path, override_schema=override))
    assert rows == [[{"id": "1", "name": None}, {"id": "2", "name": "b"}]]


def test_overriding_the_fields_takes_these_columns_by_their_names(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,c\n1,2,3\n")
    override = {"fields": [string("c"), {"name": "a", "type": "integer", "format": "default"}]}
    assert rows_of(load(path, override_schema=override)) == [[{"c": "3", "a": 1}]]


def test_missing_values_of_the_overridden_schema_count_in_inference(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n-\n")
    found = resource_of(load(path, override_schema={"missingValues": ["-"]}))["schema"]
    assert found == {
        "fields": [{"name": "a", "type": "integer", "format": "default"}],
        "missingValues": ["-"],
    }


def test_single_fields_can_be_overridden(tmp_path: Path) -> None:
    path = write(tmp_path, "id,name\n1,b\n")
    step = load(path, override_fields={"id": {"type": "string", "title": "Id"}})
    assert resource_of(step)["schema"]["fields"] == [
        {**string("id"), "title": "Id"},
        string("name"),
    ]
    assert rows_of(step) == [[{"id": "1", "name": "b"}]]


def test_an_overridden_field_may_get_another_name(tmp_path: Path) -> None:
    path = write(tmp_path, "id\n1\n")
    assert rows_of(load(path, override_fields={"id": {"name": "number"}})) == [[{"number": 1}]]


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        (
            {"override_fields": {"nmae": {"type": "string"}}},
            "override_fields names 'nmae', which is not a field of the source",
            "did you mean 'name'? The fields here are: id, name.",
        ),
        (
            {"override_schema": {"fields": [{"name": "nmae"}]}},
            "override_schema names 'nmae', which is not a field of the source",
            "did you mean 'name'? The fields here are: id, name.",
        ),
        (
            {"extract_missing_values": {"source": "nmae"}},
            "extract_missing_values names 'nmae', which is not a field of the source",
            "did you mean 'name'? The fields here are: id, name.",
        ),
        (
            {"extract_missing_values": {"sources": "name"}},
            "extract_missing_values has an unknown key 'sources'",
            "did you mean 'source'? The keys here are: source, target, values.",
        ),
        (
            {"extract_missing_values": {"target": "name"}},
            "extract_missing_values would put its texts into 'name', a field of the source",
            "name another field: extract_missing_values={'target': '…'}.",
        ),
    ],
)
def test_a_misspelt_field_is_found_before_the_first_row(
    tmp_path: Path, options: dict[str, Any], what: str, fix: str
) -> None:
    path = write(tmp_path, "id,name\n1,b\n")
    step = load(path, **options)
    assert error_of(step) == (
        f"Failed to load source {path!r} and options {{}}: {what}\n"
        f"  at processor 1 of 1: {step!r}\n"
        f"  fix: {fix}"
    )


def missing_field(name: str, values: list[str]) -> dict[str, Any]:
    return {"name": name, "type": "object", "format": "default", "values": values}


MISSING = "id,name\n1,-\n-,\n3,b\n"


@pytest.mark.parametrize(
    ("wanted", "field", "found"),
    [
        (
            True,
            missing_field("missingValues", ["", "-"]),
            [{"name": "-"}, {"id": "-", "name": ""}, {}],
        ),
        (None, None, None),
        (False, None, None),
        (
            {"source": "name"},
            missing_field("missingValues", ["", "-"]),
            [{"name": "-"}, {"name": ""}, {}],
        ),
        (
            {"source": ["id"], "target": "gone", "values": ["-"]},
            missing_field("gone", ["-"]),
            [{}, {"id": "-"}, {}],
        ),
        (
            {"values": []},
            missing_field("missingValues", ["", "-"]),
            [{"name": "-"}, {"id": "-", "name": ""}, {}],
        ),
    ],
)
def test_the_texts_of_missing_values_can_be_kept(
    tmp_path: Path, wanted: Any, field: dict[str, Any] | None, found: list[dict[str, str]] | None
) -> None:
    step = load(
        write(tmp_path, MISSING),
        override_schema={"missingValues": ["", "-"]},
        extract_missing_values=wanted,
    )
    plain = [{"id": 1, "name": None}, {"id": None, "name": None}, {"id": 3, "name": "b"}]
    if field is None or found is None:
        assert rows_of(step) == [plain]
        return
    assert resource_of(step)["schema"]["fields"][-1] == field
    expected = [{**row, field["name"]: texts} for row, texts in zip(plain, found, strict=True)]
    assert rows_of(step) == [expected]


def test_force_strings_still_works_with_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    text = "force_strings is deprecated: pass infer_strategy and cast_strategy"
    with pytest.warns(DeprecationWarning, match=f"^{text}$") as caught:
        step = load(path, force_strings=True)
    assert caught[0].filename == __file__
    assert rows_of(step) == [[{"a": "1"}]]
    assert resource_of(step)["schema"]["fields"] == [string("a")]


def test_validate_still_works_with_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    with pytest.warns(
        DeprecationWarning, match="^validate is deprecated: rows are cast by default$"
    ):
        step = load(path, validate=True, cast_strategy=load.CAST_DO_NOTHING)
    assert rows_of(step) == [[{"a": 1}]]


def test_an_option_that_no_format_knows_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = rows_of(load(path, unknown_option=1))
    assert rows == [[{"a": 1}]]
    messages = {str(one.message) for one in caught if one.category is UserWarning}
    assert messages == {
        'Not supported option(s) "unknown_option" for scheme "file" and format "csv"'
    }


def test_a_flow_that_loads_can_run_twice(tmp_path: Path) -> None:
    flow = Flow(load(write(tmp_path, "a\n1\n2\n")))
    assert flow.results()[0] == flow.results()[0] == [[{"a": 1}, {"a": 2}]]


def test_nothing_is_opened_when_the_step_is_made() -> None:
    assert repr(load("no such file.csv")) == "load('no such file.csv')"


def test_other_schemes_and_formats_are_read(tmp_path: Path) -> None:
    assert rows_of(load("text://a,b\n1,2", format="csv")) == [[{"a": 1, "b": 2}]]
    path = write(tmp_path, "a;b\n1;x\n", "t.txt")
    assert rows_of(load(path, format="csv")) == [[{"a": 1, "b": "x"}]]
    assert rows_of(load(f"file://{path}", format="csv", delimiter=";")) == [[{"a": 1, "b": "x"}]]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("table.csv", {}),
        ("table.tsv", {}),
        ("table.csv.gz", {}),
        ("table.csv.zip", {}),
        ("table-dicts.json", {}),
        ("table-lists.json", {}),
        ("table.ndjson", {}),
        ("table.xls", {}),
        ("table.xlsx", {}),
        ("table.ods", {}),
        ("table1.html", {}),
    ],
)
def test_one_table_is_the_same_in_every_format(
    real_data: Path, name: str, options: dict[str, Any]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = rows_of(load(real_data / "formats" / name, **options))
    more = [{"id": 3, "name": "\\N"}] if name.endswith(".tsv") else []
    assert rows == [[{"id": 1, "name": "english"}, {"id": 2, "name": "中国人"}, *more]]


@pytest.mark.parametrize("mode", ["rb", "r"])
def test_an_open_file_is_read_once(tmp_path: Path, mode: str) -> None:
    path = write(tmp_path, "id,city\n1,Århus\n" + "2,Rome\n" * 20_000)
    with open(path, mode, encoding=None if "b" in mode else "utf-8") as file:  # noqa: PTH123 - by mode
        flow = Flow(load(file))
        rows, package, _ = flow.results()
        with pytest.raises(ProcessorError) as caught:
            flow.results()
    assert package.resource_names == ["t"]
    assert rows[0][:2] == [{"id": 1, "city": "Århus"}, {"id": 2, "city": "Rome"}]
    assert len(rows[0]) == 20_001
    assert caught.value.what.endswith(": the stream is empty")


def test_bytes_in_memory_are_read_as_the_format_that_is_named() -> None:
    assert rows_of(load(io.BytesIO(b'{"a": 1}\n'), format="ndjson")) == [[{"a": 1}]]
    assert rows_of(load(io.StringIO("a;b\n1;é\n"), name="x")) == [[{"a": 1, "b": "é"}]]
    assert resource_of(load(io.BytesIO(b"a\n1\n")))["name"] == "data"
    shown = error_of(load(io.BytesIO(b"x"), format="xlsx"))
    assert "the stream: not a spreadsheet: it begins with b'x'" in shown
