"""JSON and NDJSON files from columns."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, set_type, update_resource
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, rows: Any, *links: Any, format_: str = "json") -> str:
    """Dump rows and return the text of their file."""
    Flow(rows, *links, dump_to_path(folder, format=format_)).process()
    return (folder / f"res_1.{format_}").read_bytes().decode()


ROWS = [{"b": 1, "a": "é"}, {"b": None, "a": 'x"\n'}]


def test_json_is_one_array_with_sorted_keys_in_ascii(tmp_path: Path) -> None:
    assert written(tmp_path, ROWS) == (
        '[{"a": "\\u00e9", "b": 1},{"a": "x\\"\\n", "b": null}]'
    )  # fmt: skip


def test_ndjson_is_one_object_a_line_with_the_fields_in_their_order(tmp_path: Path) -> None:
    assert written(tmp_path, ROWS, format_="ndjson") == (
        '{"b": 1, "a": "é"}\n{"b": null, "a": "x\\"\\n"}\n'
    )


@pytest.mark.parametrize(("format_", "mediatype"), [("json", "text/json"), ("ndjson", None)])
def test_the_descriptor_says_how_it_is_written(
    tmp_path: Path, format_: str, mediatype: str | None
) -> None:
    written(tmp_path, [{"day": datetime.date(2020, 1, 2)}], format_=format_)
    (found,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    assert (found["format"], found["encoding"], found["profile"]) == (
        format_,
        "utf-8",
        "tabular-data-resource",
    )
    assert found["mediatype"] == (mediatype or "application/x-ndjson")
    assert "dialect" not in found
    assert found["schema"]["fields"] == [{"name": "day", "type": "date", "format": "%Y-%m-%d"}]


def test_a_table_without_rows_is_an_empty_array_or_an_empty_file(tmp_path: Path) -> None:
    def none(rows: Any) -> Any:
        return (row for row in rows if False)

    assert written(tmp_path / "json", ROWS, none) == "[]"
    assert written(tmp_path / "ndjson", ROWS, none, format_="ndjson") == ""


def test_many_batches_make_one_array(tmp_path: Path) -> None:
    rows = [{"a": number} for number in range(30_000)]
    assert json.loads(written(tmp_path, rows)) == rows


def test_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    rows = [{"a": Decimal("0." + "123456789" * 4)}, {"a": Decimal("1E+400")}, {"a": 10**30}]
    text = written(tmp_path, rows, set_type("a", type="number"))
    assert text == (
        f'[{{"a": 0.{"123456789" * 4}}},{{"a": 1E+400}},{{"a": {10**30}}}]'
    )  # fmt: skip
    mixed = written(tmp_path, [{"a": Decimal("0.10")}, {"a": "x"}], set_type("a", type="any"))
    assert mixed == '[{"a": 0.10},{"a": "x"}]'


@pytest.mark.parametrize(
    ("value", "kind", "shown", "reason"),
    [
        (Decimal("NaN"), "number", "Decimal('NaN')", "it is not a finite number"),
        (Decimal("-Infinity"), "number", "Decimal('-Infinity')", "it is not a finite number"),
        ({"x": float("nan")}, "object", "{'x': nan}", "Out of range float values"),
    ],
)  # fmt: skip
def test_what_json_cannot_say_is_an_error_with_its_row(
    tmp_path: Path, value: Any, kind: str, shown: str, reason: str
) -> None:
    rows = [{"a": None}, {"a": value}]
    step = dump_to_path(tmp_path / "out", format="json")
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, set_type("a", type=kind), step).process()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"JSON has no form for {shown}: {reason}")
    assert lines[1:] == [
        f"  at processor 3 of 3: {step!r}",
        "     resource 'res_1', row 2, field 'a'",
        "  fix: turn it into a missing value or a text first, or dump as CSV.",
    ]
    assert not (tmp_path / "out").exists()


def test_values_inside_arrays_and_objects_are_plain_json(tmp_path: Path) -> None:
    rows = [{"a": {"n": Decimal("1.5"), "at": datetime.datetime(2020, 1, 2)}, "b": [Decimal(1)]}]  # noqa: DTZ001 - naive is meant
    assert written(tmp_path, rows) == (
        '[{"a": {"n": 1.5, "at": "2020-01-02T00:00:00"}, "b": [1.0]}]'
    )


def test_a_set_is_an_error(tmp_path: Path) -> None:
    def spoil(row: dict[str, Any]) -> None:
        row["a"]["x"] = {1}

    with pytest.raises(ProcessorError) as caught:
        written(tmp_path / "out", [{"a": {}}], spoil)
    assert str(caught.value).splitlines()[0] == (
        "JSON has no form for {'x': {1}}: a value of type set cannot be written as JSON"
    )


@pytest.mark.parametrize("format_", ["json", "ndjson", "geojson"])
def test_an_option_that_there_is_not_is_refused(tmp_path: Path, format_: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], dump_to_path(tmp_path, format=format_, options={"indent": 2})).process()
    assert caught.value.what == f"the format {format_!r} has no option 'indent'"


def test_of_several_formats_each_takes_the_options_that_it_has(tmp_path: Path) -> None:
    paths = [update_resource(number, path=f"x.{one}") for number, one in enumerate(("csv", "json"))]
    rows = [{"a": 1, "b": 2}]
    step = dump_to_path(tmp_path, force_format=False, options={"delimiter": ";"})
    Flow(rows, rows, *paths, step).process()
    assert (tmp_path / "x.csv").read_text() == "a;b\n1;2\n"
    wrong = dump_to_path(tmp_path, force_format=False, options={"delimeter": ";"})
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, rows, *paths, wrong).process()
    assert caught.value.what == "none of the formats that are written has an option 'delimeter'"
