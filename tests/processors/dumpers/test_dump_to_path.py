"""What dump_to_path writes: files, descriptors, counts, and its options."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    add_field,
    dump_to_path,
    filter_rows,
    load,
    rejects,
    set_type,
    update_resource,
    update_schema,
)
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.functions import describe_function
from dataflows.processors.formats.file_format import FileFormat
from dataflows.processors.formats.known import WRITERS

if TYPE_CHECKING:
    from pathlib import Path


def descriptor_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_bytes())
    return found


def files_of(folder: Path) -> list[str]:
    """Return all files in a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def error_of(*links: Any) -> str:
    """Return the whole text of the error that stops a flow."""
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": None}]
CSV = b"id,city\r\n1,Rome\r\n2,\r\n"


def test_the_files_and_the_descriptor_are_exactly_these(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path / "out")).process()
    assert files_of(tmp_path) == ["out/datapackage.json", "out/res_1.csv"]
    assert (tmp_path / "out/res_1.csv").read_bytes() == CSV
    descriptor = descriptor_of(tmp_path / "out")
    assert isinstance(descriptor.pop("hash"), str)
    assert descriptor == {
        "bytes": len(CSV),
        "count_of_rows": 2,
        "profile": "data-package",
        "resources": [
            {
                "bytes": len(CSV),
                "count_of_rows": 2,
                "dialect": {
                    "caseSensitiveHeader": False,
                    "delimiter": ",",
                    "doubleQuote": True,
                    "header": True,
                    "lineTerminator": "\r\n",
                    "quoteChar": '"',
                    "skipInitialSpace": False,
                },
                "encoding": "utf-8",
                "format": "csv",
                "hash": md5(CSV),
                "name": "res_1",
                "path": "res_1.csv",
                "profile": "tabular-data-resource",
                "schema": {
                    "fields": [
                        {"format": "default", "name": "id", "type": "integer"},
                        {"format": "default", "name": "city", "type": "string"},
                    ],
                    "missingValues": [""],
                },
            }
        ],
    }


def test_stats_are_those_of_the_descriptor_with_its_own_size(tmp_path: Path) -> None:
    _, stats = Flow(ROWS, dump_to_path(tmp_path)).process()
    descriptor = descriptor_of(tmp_path)
    size = (tmp_path / "datapackage.json").stat().st_size
    assert stats == {
        "bytes": len(CSV) + size,
        "count_of_rows": 2,
        "dataset_name": None,
        "hash": descriptor["hash"],
    }


def test_the_hash_of_a_package_is_that_of_its_descriptor_without_it(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path)).process()
    descriptor = descriptor_of(tmp_path)
    found = descriptor.pop("hash")
    assert found == md5(json.dumps(descriptor, sort_keys=True).encode())


def test_counts_do_not_add_up_when_a_package_is_dumped_again(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path / "a")).process()
    for number in range(2):
        Flow(load(tmp_path / "a/datapackage.json"), dump_to_path(tmp_path / "b")).process()
        assert descriptor_of(tmp_path / "b") == descriptor_of(tmp_path / "a"), number


def test_counts_of_a_former_dump_do_not_stay(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path / "a", counters={"resource-bytes": "a.size"})).process()
    counters = {"resource-bytes": "a.size", "resource-rowcount": None, "resource-hash": None}
    Flow(
        load(tmp_path / "a/datapackage.json"),
        filter_rows("id > 1"),
        dump_to_path(tmp_path / "b", counters=counters),
    ).process()
    (resource,) = descriptor_of(tmp_path / "b")["resources"]
    assert {key: resource[key] for key in ("a", "hash", "count_of_rows") if key in resource} == {
        "a": {"size": len("id,city\r\n2,\r\n")}
    }


def test_counters_go_where_they_are_told_or_nowhere(tmp_path: Path) -> None:
    counters = {
        "datapackage-rowcount": "stats.rows",
        "datapackage-bytes": None,
        "datapackage-hash": "stats.of.hash",
        "resource-rowcount": "stats.rows",
        "resource-bytes": "stats.bytes",
        "resource-hash": None,
    }
    _, stats = Flow(ROWS, dump_to_path(tmp_path, counters=counters)).process()
    descriptor = descriptor_of(tmp_path)
    assert sorted(descriptor) == ["profile", "resources", "stats"]
    assert descriptor["stats"] == {"rows": 2, "of": {"hash": stats["hash"]}}
    assert descriptor["resources"][0]["stats"] == {"rows": 2, "bytes": len(CSV)}
    assert not {"hash", "bytes", "count_of_rows"} & set(descriptor["resources"][0])
    assert (stats["count_of_rows"], stats["bytes"]) == (2, None)


def test_the_descriptor_can_be_written_on_one_line(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path / "a", pretty_descriptor=False)).process()
    Flow(ROWS, dump_to_path(tmp_path / "b")).process()
    assert (tmp_path / "a/datapackage.json").read_text().count("\n") == 0
    assert (tmp_path / "b/datapackage.json").read_text().startswith('{\n  "bytes": ')
    assert descriptor_of(tmp_path / "a") == descriptor_of(tmp_path / "b")


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_a_hash_in_the_path_is_where_the_file_is(tmp_path: Path, format_: str) -> None:
    step = dump_to_path(tmp_path, add_filehash_to_path=True, format=format_)
    Flow(ROWS, update_resource(-1, path=f"data/a.{format_}"), step).process()
    (resource,) = descriptor_of(tmp_path)["resources"]
    assert resource["path"] == f"data/{resource['hash']}/a.{format_}"
    assert files_of(tmp_path) == sorted(["datapackage.json", resource["path"]])
    assert md5((tmp_path / resource["path"]).read_bytes()) == resource["hash"]
    assert rows_of(load(tmp_path / "datapackage.json")) == [ROWS]


def test_the_header_can_show_titles_and_such_a_package_loads_again(tmp_path: Path) -> None:
    flow = Flow(
        ROWS,
        set_type("city", title="City, or town"),
        dump_to_path(tmp_path, use_titles=True),
    )
    flow.process()
    assert (tmp_path / "res_1.csv").read_bytes() == CSV.replace(b"id,city", b'id,"City, or town"')
    assert rows_of(load(tmp_path / "datapackage.json")) == [ROWS]


def test_rows_go_on_typed_to_later_steps(tmp_path: Path) -> None:
    seen: list[Any] = []

    def text(row: dict[str, Any]) -> None:
        row["a"] = str(row["a"])

    def look(row: dict[str, Any]) -> None:
        seen.append(row["a"])

    Flow([{"a": 1}, {"a": 2}], text, dump_to_path(tmp_path), look).process()
    assert seen == [1, 2]


DAY = datetime.date(9, 2, 1)
MOMENT = datetime.datetime(2020, 1, 2, 3, 4, 5)  # noqa: DTZ001 - naive is meant


def test_temporal_fields_may_have_a_pattern_of_their_own(tmp_path: Path) -> None:
    rows = [{"day": DAY, "at": MOMENT, "time": MOMENT.time(), "plain": DAY}, {"day": None}]
    flow = Flow(
        rows,
        set_type("day", type="date", outputFormat="%d/%m/%Y"),
        set_type("at", type="datetime", outputFormat="%Y, %d %m %H:%M:%S"),
        set_type("time", type="time", outputFormat="%H.%M.%S"),
        dump_to_path(tmp_path, temporal_format_property="outputFormat"),
    )
    flow.process()
    assert (tmp_path / "res_1.csv").read_text() == (
        "day,at,time,plain\n"
        '01/02/0009,"2020, 02 01 03:04:05",03.04.05,0009-02-01\n'
        ",,,\n"
    )  # fmt: skip
    (resource,) = descriptor_of(tmp_path)["resources"]
    assert resource["schema"]["fields"] == [
        {"name": "day", "type": "date", "format": "%d/%m/%Y"},
        {"name": "at", "type": "datetime", "format": "%Y, %d %m %H:%M:%S"},
        {"name": "time", "type": "time", "format": "%H.%M.%S"},
        {"name": "plain", "type": "date", "format": "%Y-%m-%d"},
    ]
    nothing = dict.fromkeys(["at", "time", "plain"])
    assert rows_of(load(tmp_path / "datapackage.json")) == [[rows[0], {**rows[1], **nothing}]]


def test_the_same_patterns_are_written_in_json(tmp_path: Path) -> None:
    flow = Flow(
        [{"day": DAY}],
        set_type("day", type="date", outputFormat="%d/%m/%Y"),
        dump_to_path(tmp_path, format="json", temporal_format_property="outputFormat"),
    )
    flow.process()
    assert (tmp_path / "res_1.json").read_text() == '[{"day": "01/02/0009"}]'
    assert rows_of(load(tmp_path / "datapackage.json")) == [[{"day": DAY}]]


def test_other_formats_of_the_source_are_replaced_by_those_that_are_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        'yes,day,at,amount\ntrue,13/02/2020,2020-01-02T03:04:05Z,"1,5"\n'
    )
    step = load(
        tmp_path / "t.csv", override_fields={"amount": {"type": "number", "decimalChar": ","}}
    )
    Flow(step, dump_to_path(tmp_path / "out")).process()
    assert (tmp_path / "out/t.csv").read_text() == (
        "yes,day,at,amount\nTrue,2020-02-13,2020-01-02T03:04:05,1.5\n"
    )
    (row,) = rows_of(load(tmp_path / "out/datapackage.json"))[0]
    assert row == {
        "yes": True,
        "day": datetime.date(2020, 2, 13),
        "at": MOMENT,
        "amount": Decimal("1.5"),
    }


def test_values_in_the_format_that_is_written_are_taken_as_well(tmp_path: Path) -> None:
    flow = Flow(
        [{"at": "2020-01-02T03:04:05"}, {"at": "02.01.2020 03:04"}],
        update_schema(-1, fields=[{"name": "at", "type": "datetime", "format": "%d.%m.%Y %H:%M"}]),
        dump_to_path(tmp_path),
    )
    flow.process()
    assert (tmp_path / "res_1.csv").read_text() == (
        "at\n2020-01-02T03:04:05\n2020-01-02T03:04:00\n"
    )


def test_a_text_that_nobody_touched_keeps_its_characters(tmp_path: Path) -> None:
    cells = ["00501", "1e5", " a ", "é\u0301", '""', "x\r\ny", "\t", "=1+1", "\u2028", "0.10"]
    text = "t\r\n" + "".join(f'"{cell.replace(chr(34), chr(34) * 2)}"\r\n' for cell in cells)
    (tmp_path / "t.csv").write_bytes(text.encode())
    Flow(load(tmp_path / "t.csv", strip=False), dump_to_path(tmp_path / "out")).process()
    again = rows_of(load(tmp_path / "out/datapackage.json", strip=False))
    assert [row["t"] for row in again[0]] == cells


def test_numbers_that_nobody_touched_keep_their_digits(tmp_path: Path) -> None:
    text = "n,i\n1.50,7\n-0.0,-3\n100,12345678901234567890123\n"
    (tmp_path / "t.csv").write_text(text)
    Flow(load(tmp_path / "t.csv"), dump_to_path(tmp_path / "out")).process()
    assert (tmp_path / "out/t.csv").read_text() == text


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("a/b.json", "a/b.json"),
        ("b.csv", "b.csv"),
        ("b.ndjson", "b.ndjson"),
    ],
)
def test_without_a_forced_format_the_ending_of_the_path_counts(
    tmp_path: Path, path: str, written: str
) -> None:
    Flow(ROWS, update_resource(-1, path=path), dump_to_path(tmp_path, force_format=False)).process()
    assert files_of(tmp_path) == sorted([written, "datapackage.json"])
    assert rows_of(load(tmp_path / "datapackage.json")) == [ROWS]


@pytest.mark.parametrize(
    ("path", "written"),
    [("data.v1/a", "data.v1/a.json"), ("a.b.csv", "a.b.json"), ("a", "a.json")],
)
def test_a_forced_format_changes_the_ending_of_the_path(
    tmp_path: Path, path: str, written: str
) -> None:
    Flow(ROWS, update_resource(-1, path=path), dump_to_path(tmp_path, format="json")).process()
    assert files_of(tmp_path) == sorted([written, "datapackage.json"])


class Lines(FileFormat):
    """Rows as words."""

    def __init__(self, file: Any, schema: Any, **options: Any) -> None:
        super().__init__(file, schema, **options)
        self.file.write(f"{' '.join(self.headers)} of {options['resource'].name}\n")

    @classmethod
    def prepare_resource(cls, resource: Any) -> None:
        resource.descriptor.update(path="rows.txt", format="txt")
        super().prepare_resource(resource)

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        self.file.write(" ".join(str(value) for value in row.values()) + "\n")

    def finalize_file(self) -> None:
        self.file.write("end\n")


def test_a_format_of_ones_own_can_be_written(tmp_path: Path) -> None:
    rows = [{"a": 1, "day": DAY}, {"a": None, "day": None}]
    step = dump_to_path(tmp_path, format="lines", file_formatters={"lines": Lines})
    Flow(rows, step).process()
    assert (tmp_path / "rows.txt").read_text() == ("a day of res_1\n1 0009-02-01\nNone None\nend\n")
    (resource,) = descriptor_of(tmp_path)["resources"]
    assert (resource["path"], resource["format"]) == ("rows.txt", "txt")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"formt": "csv"},
            (
                "dump_to_path has no option 'formt'\n"
                "  fix: did you mean 'format'? The options here are: add_filehash_to_path, "
                "compression, counters, escape_formulas, file_formatters, force_format, format, "
                "max_rows_per_file, options, partition_by, pretty_descriptor, "
                "temporal_format_property, use_titles, validator_options."
            ),
        ),
        (
            {"format": "cvs"},
            (
                "no writer for the format 'cvs'\n"
                f"  fix: did you mean 'csv'? The formats here are: {', '.join(WRITERS)}."
            ),
        ),
        (
            {"counters": {"resource-rows": "x"}},
            (
                "counters has an unknown key 'resource-rows'\n"
                "  fix: did you mean 'resource-rowcount'? The counters here are: "
                "datapackage-rowcount, datapackage-bytes, datapackage-hash, resource-rowcount, "
                "resource-bytes, resource-hash."
            ),
        ),
        (
            {"validator_options": {"onerror": None}},
            (
                "validator_options has an unknown key 'onerror'\n"
                "  fix: did you mean 'on_error'? The keys here are: on_error."
            ),
        ),
    ],
)
def test_an_unknown_option_is_refused_at_the_call(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_path("out", **options)
    assert str(caught.value) == text


def test_a_path_without_a_known_ending_is_refused_before_the_first_row(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path / "out", force_format=False)
    text = error_of(ROWS, update_resource(-1, path="a.png"), step)
    assert text == (
        "no writer for the format 'png'\n"
        f"  at processor 3 of 3: {step!r}\n"
        f"  fix: the formats here are: {', '.join(WRITERS)}."
    )
    assert not (tmp_path / "out").exists()


def test_two_resources_with_one_path_are_refused_before_the_first_row(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path / "out")
    flow = [ROWS, ROWS, update_resource("res_2", path="res_1.csv"), step]
    assert error_of(*flow) == (
        "the resources 'res_1' and 'res_2' would both be written to 'res_1.csv'\n"
        f"  at processor 4 of 4: {step!r}\n"
        "  fix: give one another path: update_resource('res_2', path='…')."
    )
    assert not (tmp_path / "out").exists()


def test_two_dumps_into_one_folder_are_refused(tmp_path: Path) -> None:
    folder = str(tmp_path / "out")
    step = dump_to_path(f"{folder}/../out")
    assert error_of(ROWS, dump_to_path(folder), step) == (
        f"two steps of this flow write into {folder + '/../out'!r}\n"
        f"  at processor 3 of 3: {step!r}\n"
        "  fix: give each dump a place of its own."
    )


def test_two_dumps_into_two_folders_are_both_written(tmp_path: Path) -> None:
    steps = [dump_to_path(tmp_path / "a"), dump_to_path(tmp_path / "b", format="json")]
    Flow(ROWS, *steps).process()
    assert files_of(tmp_path) == [
        *("a/datapackage.json", "a/res_1.csv"),
        *("b/datapackage.json", "b/res_1.json"),
    ]
    assert rows_of(load(tmp_path / "a/datapackage.json")) == [ROWS]
    assert rows_of(load(tmp_path / "b/datapackage.json")) == [ROWS]


def test_a_key_that_is_not_in_the_schema_is_an_error_and_not_a_loss(tmp_path: Path) -> None:
    def total(row: dict[str, Any]) -> None:
        if row["id"] == 2:
            row["total"] = 7

    step = dump_to_path(tmp_path / "out")
    assert error_of(ROWS, total, step) == (
        "the row has a key 'total' that is not in the schema: its value 7 would be lost\n"
        f"  at processor 3 of 3: {step!r}\n"
        "     resource 'res_1', row 2\n"
        "  fix: put add_field('total', type) before the step that sets it, or remove the key."
    )
    assert not (tmp_path / "out").exists()
    Flow(ROWS, add_field("total", "integer"), total, step).process()
    assert (tmp_path / "out/res_1.csv").read_text() == "id,city,total\n1,Rome,\n2,,7\n"


GOOD = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]


def spoil(row: dict[str, Any]) -> None:
    if row["a"] == 2:
        row["a"] = "two"


def test_a_value_that_does_not_fit_is_an_error_with_its_place(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path / "out")
    assert error_of(GOOD, spoil, step) == (
        "'two' is not an integer\n"
        "  in {'a': 'two', 'b': 'y'}\n"
        f"  at processor 3 of 3: {step!r}\n"
        "     resource 'res_1', row 2, field 'a'\n"
        f"     the field was last set by processor 2 of 3: {describe_function(spoil)}\n"
        "  fix: make the field a string: set_type('a', type='string')."
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (load.ERRORS_DROP, "a,b\n1,x\n3,z\n"),
        (load.ERRORS_CLEAR, "a,b\n1,x\n,y\n3,z\n"),
        (load.ERRORS_IGNORE, "a,b\n1,x\ntwo,y\n3,z\n"),
    ],
)
def test_validator_options_say_what_becomes_of_it(tmp_path: Path, policy: Any, text: str) -> None:
    step = dump_to_path(tmp_path, validator_options={"on_error": policy})
    Flow(GOOD, spoil, step).process()
    assert (tmp_path / "res_1.csv").read_text() == text
    assert descriptor_of(tmp_path)["count_of_rows"] == text.count("\n") - 1


@pytest.mark.parametrize("format_", ["json", "ndjson"])
def test_an_ignored_value_is_written_in_json_as_it_is(tmp_path: Path, format_: str) -> None:
    policy = {"on_error": load.ERRORS_IGNORE}
    Flow(GOOD, spoil, dump_to_path(tmp_path, format=format_, validator_options=policy)).process()
    text = (tmp_path / f"res_1.{format_}").read_text()
    assert '{"a": "two", "b": "y"}' in text


def test_the_rows_that_a_dump_rejects_are_in_the_dump(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path, validator_options={"on_error": rejects()})
    rows, package, _ = Flow(GOOD, spoil, step).results()
    assert package.resource_names == ["res_1", "rejects"]
    assert files_of(tmp_path) == ["datapackage.json", "rejects.csv", "res_1.csv"]
    assert (tmp_path / "res_1.csv").read_text() == "a,b\n1,x\n3,z\n"
    again = rows_of(load(tmp_path / "datapackage.json"))
    assert again[0] == rows[0] == [GOOD[0], GOOD[2]]
    assert again[1] == rows[1]
    assert [row["value"] for row in again[1]] == ["two"]
    assert descriptor_of(tmp_path)["count_of_rows"] == 3


def test_earlier_rejects_are_dumped_as_a_resource_like_others(tmp_path: Path) -> None:
    checked = set_type("a", type="integer", on_error=rejects())
    Flow([{"a": "1"}, {"a": "x"}], checked, dump_to_path(tmp_path)).process()
    rows = rows_of(load(tmp_path / "datapackage.json"))
    assert (rows[0], [row["value"] for row in rows[1]]) == ([{"a": 1}], ["x"])


def test_writer_options_are_written_and_stand_in_the_dialect(tmp_path: Path) -> None:
    rows = [{"a": "x;y", "n": Decimal("1.5")}, {"a": "it's", "n": None}]
    options = {"delimiter": ";", "quotechar": "'", "lineterminator": "\n"}
    Flow(rows, dump_to_path(tmp_path, options=options)).process()
    assert (tmp_path / "res_1.csv").read_bytes() == b"a;n\n'x;y';1.5\n'it''s';\n"
    dialect = descriptor_of(tmp_path)["resources"][0]["dialect"]
    assert (dialect["delimiter"], dialect["quoteChar"], dialect["lineTerminator"]) == (
        ";",
        "'",
        "\n",
    )
    assert rows_of(load(tmp_path / "datapackage.json")) == [rows]


@pytest.mark.parametrize("delimiter", [".", "-", "1", ":", "T", "e"])
def test_an_odd_delimiter_is_quoted_in_numbers_and_dates(tmp_path: Path, delimiter: str) -> None:
    rows = [{"n": Decimal("-1.5"), "i": -11, "day": DAY, "at": MOMENT, "yes": True}]
    Flow(rows, dump_to_path(tmp_path, options={"delimiter": delimiter})).process()
    assert rows_of(load(tmp_path / "datapackage.json")) == [rows]


def test_quoting_of_another_kind_is_left_to_the_csv_module(tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(tmp_path, options={"quoting": 1})).process()
    assert (tmp_path / "res_1.csv").read_bytes() == b'"id","city"\r\n"1","Rome"\r\n"2",""\r\n'
    assert rows_of(load(tmp_path / "datapackage.json")) == [ROWS]


def test_a_flow_that_dumps_can_run_twice(tmp_path: Path) -> None:
    flow = Flow(ROWS, dump_to_path(tmp_path))
    flow.process()
    before = {name: (tmp_path / name).read_bytes() for name in files_of(tmp_path)}
    flow.process()
    assert {name: (tmp_path / name).read_bytes() for name in files_of(tmp_path)} == before


def test_nothing_is_written_when_the_step_is_made_or_checked(tmp_path: Path) -> None:
    flow = Flow(ROWS, dump_to_path(tmp_path / "out"))
    assert flow.check()
    assert not (tmp_path / "out").exists()


def test_a_table_without_rows_or_without_fields_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    Flow(load(tmp_path / "t.csv"), [], dump_to_path(tmp_path / "csv")).process()
    assert (tmp_path / "csv/t.csv").read_bytes() == b"a,b\r\n"
    assert (tmp_path / "csv/res_2.csv").read_bytes() == b""
    Flow(load(tmp_path / "t.csv"), dump_to_path(tmp_path / "json", format="json")).process()
    assert (tmp_path / "json/t.json").read_bytes() == b"[]"
    assert rows_of(load(tmp_path / "json/datapackage.json")) == [[]]


def test_a_remote_path_is_written_under_the_name_of_the_resource(tmp_path: Path) -> None:
    path = "http://h/../../../../PLANTED.csv"
    Flow(ROWS, update_resource(-1, path=path), dump_to_path(tmp_path / "a/b")).process()
    assert files_of(tmp_path) == ["a/b/datapackage.json", "a/b/res_1.csv"]


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_the_package_validates_with_frictionless(tmp_path: Path, format_: str) -> None:
    # Of JSON frictionless counts no bytes, and expects the keys in the order of the fields.
    counters = {"resource-bytes": None, "datapackage-bytes": None} if format_ == "json" else {}
    frictionless = pytest.importorskip("frictionless", reason="needs the package frictionless")
    rows = [
        {"at": MOMENT, "day": DAY, "id": 1, "n": Decimal("1.50"), "t": 'a"b\r\nc', "yes": True},
        {"at": None, "day": None, "id": 2, "n": None, "t": None, "yes": None},
    ]
    Flow(rows, dump_to_path(tmp_path, format=format_, counters=counters)).process()
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


def test_an_early_stop_of_a_later_step_still_gives_a_whole_dump(tmp_path: Path) -> None:
    def first(rows: Any) -> Any:
        for number, row in enumerate(rows):
            if number == 3:
                return
            yield row

    source = [{"a": number} for number in range(50_000)]
    rows, _, stats = Flow(source, source[:5], dump_to_path(tmp_path), first).results()
    assert rows == [source[:3], source[:3]]
    assert stats["count_of_rows"] == 50_005
    assert rows_of(load(tmp_path / "datapackage.json")) == [source, source[:5]]


def test_files_are_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    script = (
        "import sys; from dataflows import Flow, dump_to_path, load\n"
        "rows = [{'\\xe9': '\\u4e2d'}]\n"
        "for name in ('csv', 'json', 'ndjson'):\n"
        "    Flow(rows, dump_to_path(f'{sys.argv[1]}/{name}', format=name)).process()\n"
        "    found = Flow(load(f'{sys.argv[1]}/{name}/datapackage.json')).results()[0]\n"
        "    assert found == [rows], found\n"
    )
    ancient = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={**os.environ, **ancient},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "csv/res_1.csv").read_bytes() == "é\r\n中\r\n".encode()
