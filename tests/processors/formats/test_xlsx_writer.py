"""Excel files as they are written: typed cells, exact values, and what loads back from them."""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dataflows import Flow, dump_to_path, load
from dataflows.errors import ProcessorError
from dataflows.processors.formats import xlsx_writer
from dataflows.processors.formats.xlsx_cells import is_exact

few = settings(max_examples=40, phases=(Phase.explicit, Phase.generate), deadline=None)

texts = st.text(
    st.one_of(
        st.sampled_from(list("\"<>&;\r\n\t_x0041_ é中😀=+@-'")),
        st.characters(
            exclude_categories=["Cs", "Cc"],
            exclude_characters="\ufffe\uffff",
            include_characters="\t\r\n",
        ),
    ),
    min_size=1,
    max_size=12,
)
moments = st.datetimes().map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000, fold=0)
)
times = st.times().map(lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000, fold=0))
nested = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda items: st.lists(items, max_size=2) | st.dictionaries(texts, items, max_size=2),
    max_leaves=4,
)
coordinates = st.decimals(-90, 90, places=3)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "integer": st.integers() | st.sampled_from([10**15, 10**20, 10**22, 123456789012345 * 10**10]),
    "number": st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([Decimal("0.1"), Decimal("9" * 30), Decimal("1E+400"), Decimal("-0.000")]),
    "boolean": st.booleans(),
    "date": st.dates(),
    "time": times,
    "datetime": moments | moments.map(lambda one: one.replace(tzinfo=datetime.UTC)),
    "year": st.integers(0, 9999),
    "yearmonth": st.tuples(st.integers(1, 9999), st.integers(1, 12)),
    "duration": st.integers(0, 10**8).map(lambda seconds: datetime.timedelta(seconds=seconds)),
    "array": st.lists(nested, max_size=3),
    "object": st.dictionaries(texts, nested, max_size=3),
    "geopoint": st.tuples(coordinates, coordinates),
    "any": texts | st.booleans() | st.integers(-(10**14), 10**14),
}
MIDNIGHT = datetime.datetime.fromisoformat("2020-01-02")
MOMENT = datetime.datetime.fromisoformat("2020-01-02T03:04:05.678")
DESCRIPTOR = {
    "name": "t",
    "path": "t.csv",
    "schema": {
        "fields": [{"name": name, "type": name, "format": "default"} for name in VALUES],
        "missingValues": [""],
    },
}
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    min_size=1,
    max_size=4,
)


def dumped(folder: Any, *links: Any, **options: Any) -> Path:
    Flow(*links, dump_to_path(folder, format="xlsx", **options)).process()
    return Path(folder)


def cells(path: Path) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active]


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


@few
@given(data=rows)
def test_every_type_reads_back_equal(data: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dumped(f"{folder}/a", load(({"resources": [DESCRIPTOR]}, [data])))
        again = load(f"{folder}/a/datapackage.json", strip=False)
        for found, row in zip(Flow(again).results()[0][0], data, strict=True):
            assert found == row
        dumped(f"{folder}/b", load(f"{folder}/a/datapackage.json", strip=False))
        assert Flow(load(f"{folder}/b/datapackage.json", strip=False)).results()[0][0] == data


@few
@given(data=rows)
def test_other_programs_read_the_same_texts_and_numbers(data: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = dumped(folder, load(({"resources": [DESCRIPTOR]}, [data]))) / "t.xlsx"
        header, *found = cells(path)
        assert header == list(VALUES)
        for row, cell in zip(data, found, strict=True):
            number, whole = row["number"], row["integer"]
            if number is not None and is_exact(str(number)):
                assert Decimal(repr(cell[2])) == number
            if whole is not None and is_exact(str(whole), whole=True):
                assert cell[1] == whole
            assert cell[3] is row["boolean"]
            if row["string"] is not None and "_x" not in row["string"]:
                assert cell[0] == row["string"]


def test_cells_have_the_types_of_their_values(tmp_path: Path) -> None:
    row = {
        "n": Decimal("1.50"),
        "i": 3,
        "b": True,
        "d": datetime.date(2020, 1, 2),
        "dt": MOMENT,
        "t": datetime.time(3, 4, 5),
        "s": "x",
        "none": None,
    }
    book = openpyxl.load_workbook(dumped(tmp_path, [row]) / "res_1.xlsx")
    assert book.sheetnames == ["res_1"]
    assert [(cell.data_type, cell.value) for cell in book.active[2]] == [
        ("n", 1.5),
        ("n", 3),
        ("b", True),
        ("d", MIDNIGHT),
        ("d", MOMENT),
        ("d", datetime.time(3, 4, 5)),
        ("s", "x"),
        ("n", None),
    ]
    assert [cell.number_format for cell in book.active[2]][3:6] == [
        "yyyy\\-mm\\-dd",
        "yyyy\\-mm\\-dd\\ hh:mm:ss",
        "hh:mm:ss",
    ]


def test_what_no_cell_holds_exactly_is_text(tmp_path: Path) -> None:
    row = {
        "n": Decimal("1.2345678901234567"),
        "i": 1234567890123456,
        "d": datetime.date(1900, 2, 28),
        "dt": datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
    }
    path = dumped(tmp_path, [row]) / "res_1.xlsx"
    assert cells(path)[1] == [
        "1.2345678901234567",
        "1234567890123456",
        "1900-02-28",
        "2020-01-02T00:00:00+00:00",
    ]
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == [row]


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+1", "-2+3+cmd|' /C calc'!A0", "\t=1", "\uff1d1"]
)
def test_a_text_is_never_a_formula(tmp_path: Path, text: str) -> None:
    path = dumped(tmp_path, [{"=head": text}]) / "res_1.xlsx"
    sheet = openpyxl.load_workbook(path).active
    assert [(cell.data_type, cell.value) for cell in sheet["A"]] == [("s", "=head"), ("s", text)]
    assert Flow(load(tmp_path / "datapackage.json", strip=False)).results()[0][0] == [
        {"=head": text}
    ]


def test_a_control_character_is_refused_with_its_row_and_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = dump_to_path("out", format="xlsx")
    assert error_of([{"a": "x"}, {"a": "nul\0"}], target) == (
        "'nul\\x00' holds '\\x00', a character that no Excel file can hold\n"
        "  at processor 2 of 2: dump_to_path('out', format='xlsx')\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: remove such characters with find_replace(…), or dump another format."
    )
    assert not (tmp_path / "out").exists()


def test_a_text_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    dumped(tmp_path / "a", [{"a": "é" * 32_767}])
    assert Flow(load(tmp_path / "a/datapackage.json")).results()[0][0] == [{"a": "é" * 32_767}]
    assert "a text of 32,768 characters is too long for a cell" in error_of(
        [{"a": "é" * 32_768}], dump_to_path(tmp_path / "b", format="xlsx")
    )


def test_more_rows_than_a_sheet_takes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_writer, "_MOST_ROWS", 6)
    dumped(tmp_path / "a", [{"a": n} for n in range(5)])
    data = ({"a": n} for n in range(6))
    shown = error_of(data, dump_to_path(tmp_path / "b", format="xlsx"))
    assert shown.startswith("an Excel sheet ends after 5 rows\n")
    assert "row 6\n" in shown


def test_titles_make_the_header_on_request(tmp_path: Path) -> None:
    from dataflows import set_type

    flow = Flow(
        [{"a": 1}],
        set_type("a", title="The A"),
        dump_to_path(tmp_path, format="xlsx", use_titles=True),
    )
    flow.process()
    assert cells(tmp_path / "res_1.xlsx") == [["The A"], [1]]
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == [{"a": 1}]


def test_an_existing_workbook_gets_the_sheet_and_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "res_1.xlsx"
    for name, value in [("test1", "=x\r"), ("test2", 1), ("test2", datetime.date(2020, 1, 2))]:
        options = {"sheetname": name, "update_existing": str(path)}
        dumped(tmp_path, [{"a": value}], options=options)
    assert openpyxl.load_workbook(path).sheetnames == ["test1", "test2"]
    assert Flow(load(path, sheet="test1", strip=False)).results()[0][0] == [{"a": "=x\r"}]
    assert Flow(load(path, sheet=2)).results()[0][0] == [{"a": datetime.date(2020, 1, 2)}]
    # The descriptor says which sheet is the resource's.
    found = Flow(load(tmp_path / "datapackage.json")).results()[0][0]
    assert found == [{"a": datetime.date(2020, 1, 2)}]
    dumped(tmp_path, [{"a": 1}], options={"sheetname": "one"})
    assert openpyxl.load_workbook(path).sheetnames == ["one"]


def test_a_workbook_that_cannot_be_updated_stays(tmp_path: Path) -> None:
    path = tmp_path / "res_1.xlsx"
    path.write_bytes(b"no workbook")
    options = {"update_existing": str(path)}
    shown = error_of([{"a": 1}], dump_to_path(tmp_path, format="xlsx", options=options))
    assert shown.startswith(
        f"the workbook {str(path)!r} cannot be updated: File is not a zip file\n"
    )
    assert path.read_bytes() == b"no workbook"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"sheetname": "a/b"}, "no sheet of an Excel file can be named 'a/b'"),
        ({"sheetname": "x" * 32}, f"no sheet of an Excel file can be named {'x' * 32!r}"),
        ({"delimiter": ";"}, "the options of an xlsx file have no 'delimiter'"),
    ],
)
def test_wrong_options_are_refused_before_the_first_row(
    tmp_path: Path, options: dict[str, Any], what: str
) -> None:
    def never() -> Any:
        pytest.fail("a row was asked for")
        yield

    flow = Flow(
        load(({"resources": [DESCRIPTOR]}, [never()])),
        dump_to_path(tmp_path, format="xlsx", options=options),
    )
    with pytest.raises(ProcessorError) as caught:
        flow.process()
    assert str(caught.value).startswith(what + "\n")


def test_the_name_of_a_resource_is_made_fit_for_a_sheet(tmp_path: Path) -> None:
    from dataflows import update_resource

    name = "a-very-long-name-of-a-resource-2020"
    dumped(tmp_path, [{"a": 1}], update_resource("res_1", name=name, path="x.csv"))
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames == [name[:31]]


def test_an_empty_resource_is_a_header(tmp_path: Path) -> None:
    descriptor = {**DESCRIPTOR, "schema": {"fields": [{"name": "a", "type": "integer"}]}}
    dumped(tmp_path, load(({"resources": [descriptor]}, [[]])))
    assert cells(tmp_path / "t.xlsx") == [["a"]]
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == []


def test_the_same_rows_give_the_same_bytes_without_a_time_in_them(tmp_path: Path) -> None:
    first = (dumped(tmp_path / "a", [{"a": 1}]) / "res_1.xlsx").read_bytes()
    assert first == (dumped(tmp_path / "b", [{"a": 1}]) / "res_1.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a/res_1.xlsx") as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert file.testzip() is None


def test_missing_values_are_blank_cells_or_the_text_of_the_schema(tmp_path: Path) -> None:
    schema = {
        "fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}],
        "missingValues": ["-"],
    }
    data = [{"a": None, "b": None}, {"a": 1, "b": ""}]
    dumped(tmp_path, load(({"resources": [{**DESCRIPTOR, "schema": schema}]}, [data])))
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == data


def test_rows_of_missing_values_are_rows(tmp_path: Path) -> None:
    data = [{"a": None, "b": None}, {"a": 1, "b": None}, {"a": None, "b": None}]
    dumped(tmp_path, data)
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == data
    assert Flow(load(tmp_path / "res_1.xlsx")).results()[0][0] == data
