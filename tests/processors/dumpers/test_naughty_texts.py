"""Texts that trip programs up, as cells and as names: dumped and loaded equal, or refused (C20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("csv", "tsv", "json", "ndjson", "xlsx", "parquet", "arrow", "geojson")
WITH_HEADER = ("csv", "tsv", "xlsx")
HALVES = ("\ud800", "a\udfffb")
NOT_IN_EXCEL = ("\x00", "a\x00b", "\x07", "\x1b[31mred", "\ufffe", "\uffff")
BLANK = ("\t", "\u2028\u2029", "\x85", "\ufeff")
# In the manner of the "big list of naughty strings", by what they are mistaken for.
TEXTS = (
    *("undefined", "null", "None", "NULL", "nil", "NaN", "true", "False", "-", "--", "\\N", "n/a"),
    *("0", "00", "00501", "1.00", "$1.00", "1/2", "1E2", "0x0", "Infinity", "1,000", "1.000,5"),
    *("2020-13-01", "2020-01-01T00:00:00Z", "10:30", "P1D", "[1", '{"a": 1}', "1, 2"),
    *(",./;'[]\\-=", '<>?:"{}|_+', "!@#$%^&*()`~", '"', '""', "'", "''", 'a"b,c', "\\", "a\\"),
    *("a\tb", "a\nb", "a\r\nb", "a\rb", " leading", "trailing ", "\xa0between\xa0", "a\u2028b"),
    *("\u200b", "\ufeffmark", "\u202eback\u202c", "\x7f", "a\x85b", "\U0010ffff", "\ue000"),
    *("Ω≈ç√∫µ≤≥÷", "田中さんにあげて下さい", "사회과학원", "ﷺ", "مُنَاقَشَةُ", "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤"),
    *("👩🏽\u200d🚒", "🇺🇸🇷🇺", "e\u0301", "\u00e9", "İ", "\u0131", "ß", "ẞ"),
    *("1;DROP TABLE users", "' OR 1=1 --", "<script>alert(0)</script>", "&lt;b&gt;", "]]>", "<!--"),
    *("=1+1", "@SUM(1)", "+1", "-2+3+cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "\uff1d1"),
    *("%s%x", "{0}", "{row.__class__}", "{{7*7}}", "${HOME}", "$(touch x)", "`ls`", "%d", "%2e%2e"),
    *("../../etc/passwd", "C:\\CON", "NUL.txt", "~root", "a/b", "a.b", "..", ".", "con"),
    *("__proto__", "constructor", "_x0041_", "__index_level_0__", "#text", "# comment", "x" * 200),
)
# As paths, these lead out of a folder, or do so for somebody.
REFUSED_AS_PATHS = (
    *("$1.00", "%s%x", "${HOME}", "$(touch x)", "../../etc/passwd", "C:\\CON", "~root"),
    *("\\N", "\\", "%2e%2e"),
)


def table(names: list[str], rows: list[dict[str, Any]], name: str = "t") -> Any:
    """Return a source of text fields whose empty texts are no missing values."""
    fields = [{"name": one, "type": "string", "format": "default"} for one in names]
    schema = {"fields": fields, "missingValues": ["(missing)"]}
    return load(({"resources": [{"name": name, "path": "t.csv", "schema": schema}]}, [rows]))


def loaded(path: Path) -> Any:
    return Flow(load(path, format="datapackage", strip=False)).results()


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


@pytest.mark.parametrize("format_", FORMATS)
def test_cells_load_back_equal(tmp_path: Path, format_: str) -> None:
    texts = [*TEXTS, *BLANK, "", None, *(() if format_ == "xlsx" else NOT_IN_EXCEL)]
    rows = [{"before": "x", "text": text} for text in texts]
    source = table(["before", "text"], rows)
    Flow(source, dump_to_path(tmp_path, format=format_)).process()
    assert loaded(tmp_path / "datapackage.json")[0][0] == rows
    Flow(source, dump_to_zip(tmp_path / "a.zip", format=format_)).process()
    assert loaded(tmp_path / "a.zip")[0][0] == rows


@pytest.mark.parametrize("format_", FORMATS)
def test_names_of_fields_load_back_equal(tmp_path: Path, format_: str) -> None:
    names = [*TEXTS, *(() if format_ in WITH_HEADER else (*BLANK, *NOT_IN_EXCEL))]
    row = {name: str(number) for number, name in enumerate(names)}
    Flow(table(names, [row]), dump_to_path(tmp_path, format=format_)).process()
    assert loaded(tmp_path / "datapackage.json")[0][0] == [row]


@pytest.mark.parametrize("name", ["", " ", *BLANK])
@pytest.mark.parametrize("format_", WITH_HEADER)
def test_a_blank_name_is_refused_where_no_reader_finds_it(
    tmp_path: Path, format_: str, name: str
) -> None:
    text = refusal(table([name], [{name: "1"}]), dump_to_path(tmp_path, format=format_))
    assert text.splitlines()[0] == f"the field {name!r} of the resource 't' has no name"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("format_", ["csv", "tsv", "json", "ndjson", "xlsx", "geojson"])
def test_half_a_character_is_refused_with_its_place(
    tmp_path: Path, format_: str, half: str
) -> None:
    rows = [{"a": "x"}, {"a": half}]
    text = refusal(table(["a"], rows), dump_to_path(tmp_path, format=format_))
    assert "half a character" in text.splitlines()[0]
    assert "row 2, field 'a'" in text
    assert "\n  fix: " in text
    for name in ("field", "resource"):
        names = [half if name == "field" else "a"], half if name == "resource" else "t"
        source = table(names[0], [{names[0][0]: "x"}], names[1])
        text = refusal(source, dump_to_path(tmp_path, format=format_))
        assert text.startswith("the descriptor holds half a character, which no file can hold: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_inside_an_object_is_refused(tmp_path: Path, half: str) -> None:
    text = refusal([{"a": {"b": [half]}}], dump_to_path(tmp_path, format="json"))
    assert "half a character" in text.splitlines()[0]


@pytest.mark.parametrize("format_", ["csv", "xlsx", "parquet"])
def test_names_of_resources_load_back_equal(tmp_path: Path, format_: str) -> None:
    names = [*TEXTS, *BLANK, *NOT_IN_EXCEL]
    fields = [{"name": "a", "type": "string"}]
    resources = [
        {"name": name, "path": f"t{number}.csv", "schema": {"fields": fields}}
        for number, name in enumerate(names)
    ]
    rows = [[{"a": str(number)}] for number in range(len(names))]
    source = load(({"resources": resources}, rows))
    Flow(source, dump_to_path(tmp_path, format=format_)).process()
    data, package, _ = loaded(tmp_path / "datapackage.json")
    assert [one["name"] for one in package.descriptor["resources"]] == names
    assert data == rows


@pytest.mark.parametrize("text", TEXTS)
def test_a_name_as_a_path_loads_back_or_is_refused(tmp_path: Path, text: str) -> None:
    schema = {"fields": [{"name": "a", "type": "string"}]}
    outside = tmp_path / "inner" / "out"
    pair = {"resources": [{"name": text, "path": f"{text}.csv", "schema": schema}]}
    flow = Flow(load((pair, [[{"a": "x"}]])), dump_to_path(outside))
    if text in REFUSED_AS_PATHS:
        assert "\n  fix: " in refusal(flow)
        assert not (tmp_path / "inner").exists()
    else:
        flow.process()
        assert loaded(outside / "datapackage.json")[0] == [[{"a": "x"}]]
    assert {path.name for path in tmp_path.iterdir()} <= {"inner"}
