"""Tables with faults: what load makes good and counts, what it refuses, and how it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dataflows import Flow, dump_to_path, load, rejects
from dataflows.errors import ProcessorError, SourceLoadError


def write(folder: Path, data: str | bytes, name: str = "t.csv") -> str:
    """Put a file there and return its path."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def rows_of(*links: Any) -> list[dict[str, Any]]:
    """Return the rows of the only resource."""
    (rows,) = Flow(*links).results(on_error=None)[0]
    return rows


def failure_of(*links: Any) -> ProcessorError:
    """Return the error that stops a flow."""
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return caught.value


def load_error(path: str, reason: str, fix: str | None = None, options: str = "{}") -> str:
    """Return the text of an error in the package phase."""
    lines = [
        f"Failed to load source {path!r} and options {options}: {reason}",
        f"  at processor 1 of 1: {load(path)!r}",
    ]
    return "\n".join([*lines, f"  fix: {fix}"] if fix else lines)


def test_a_missing_file_is_named_and_the_nearest_name_offered(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "sales.csv")
    path = str(tmp_path / "slaes.csv")
    error = failure_of(load(path))
    reason = f"[Errno 2] No such file or directory: {path!r}"
    near = str(tmp_path / "sales.csv")
    assert str(error) == load_error(path, reason, f"did you mean {near!r}?")
    assert isinstance(error.cause, SourceLoadError)
    assert str(error.cause).endswith(reason)
    assert error.processor_name == "load"
    assert error.processor_object.load_source == path
    assert error.processor_position == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet", "a.csv.gz", "datapackage.json"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    error = failure_of(load(path))
    assert f"{str(path)!r} is a pipe, which can be read only once" in str(error)
    assert error.fix == "open it: load(open(path, 'rb'), format='csv')."


def test_a_missing_file_in_a_missing_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(failure_of(load("no/such.csv"))) == load_error(
        "no/such.csv",
        "[Errno 2] No such file or directory: 'no/such.csv'",
        "there is no folder 'no': check the path; it starts at the current folder.",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.platform
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    Path(path).chmod(0)
    assert str(failure_of(load(path))) == load_error(
        path, f"[Errno 13] Permission denied: {path!r}", "let this user read the file."
    )


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path, data)
    assert str(failure_of(load(path))) == load_error(
        path,
        f"the file {path!r} is empty",
        "check that the file was written to its end, or leave it out.",
    )


def test_a_file_with_a_header_only_has_no_rows_and_text_fields(tmp_path: Path) -> None:
    rows, package, _ = Flow(load(write(tmp_path, "a,b\n"))).results()
    assert rows == [[]]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "a", "type": "string", "format": "default"},
        {"name": "b", "type": "string", "format": "default"},
    ]


DOUBLE = "id,name,Name,name\n1,a,b,c\n"


def test_equal_headers_are_an_error_that_names_them(tmp_path: Path) -> None:
    path = write(tmp_path, DOUBLE)
    assert str(failure_of(load(path))) == load_error(
        path,
        "Found duplicate headers: 'name', 'name'",
        "pass deduplicate_headers=True to have them numbered.",
    )


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["id", "name (1)", "Name", "name (2)"]),
        (
            {"deduplicate_headers_case_sensitive": False},
            ["id", "name (1)", "Name (2)", "name (3)"],
        ),
        ({"deduplicate_headers_format": "__%s"}, ["id", "name__1", "Name", "name__2"]),
    ],
)
def test_equal_headers_can_be_numbered(
    tmp_path: Path, options: dict[str, Any], names: list[str]
) -> None:
    rows = rows_of(load(write(tmp_path, DOUBLE), deduplicate_headers=True, **options))
    assert rows == [dict(zip(names, [1, "a", "b", "c"], strict=True))]


def test_a_numbered_header_never_meets_one_that_is_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a,a,a (1)\n1,2,3\n")
    assert rows_of(load(path, deduplicate_headers=True)) == [{"a (2)": 1, "a (3)": 2, "a (1)": 3}]


def test_ragged_rows_are_filled_or_cut_and_counted_in_the_account(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1\n2,x\n3,y,EXTRA\n4,z,,\n\n5\n")
    result = Flow(load(path)).run()
    assert rows_of(load(path)) == [
        {"a": 1, "b": None},
        {"a": 2, "b": "x"},
        {"a": 3, "b": "y"},
        {"a": 4, "b": "z"},
        {"a": None, "b": None},
        {"a": 5, "b": None},
    ]
    assert result.notes == [
        f"2 short rows, filled with missing values (step 1: {load(path)!r})",
        f"1 long row, cut (step 1: {load(path)!r})",
    ]


def test_the_same_ragged_rows_are_counted_by_the_library_for_other_formats(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1\n2,x\n3,y,EXTRA\n4,z,,\n\n5\n")
    result = Flow(load(path, pick_rows=[1, 2, 3, 4, 5, 6, 7])).run()
    assert [note.partition(" (step")[0] for note in result.notes] == [
        "2 short rows, filled with missing values",
        "1 long row, cut",
    ]


def test_a_nul_character_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\nx\x00y,1\n")
    assert rows_of(load(path)) == [{"a": "x\x00y", "b": 1}]
    Flow(load(path), dump_to_path(tmp_path / "out")).process()
    assert (tmp_path / "out" / "t.csv").read_bytes() == b"a,b\r\nx\x00y,1\r\n"


def test_a_given_encoding_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "city\nÅrhus\n".encode("latin-1"))
    text = str(failure_of(load(path, encoding="utf-8")))
    assert text.splitlines()[0].startswith(
        f"Failed to load source {path!r} and options {{'encoding': 'utf-8'}}: "
    )
    assert "0xc5" in text
    assert "encoding" in text.splitlines()[-1]


def test_another_encoding_after_many_rows_is_an_error_and_the_output_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Flow([{"a": 1}], dump_to_path(out)).process()
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    path = write(tmp_path, b"a,b\n" + b"1,x\n" * 5000 + "1,Århus\n".encode("latin-1"))
    error = failure_of(load(path), dump_to_path(out))
    assert isinstance(error.cause, SourceLoadError)
    assert error.processor_name == "load"
    assert "5,002" in str(error) or "5,001" in str(error)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_cell_of_ten_megabytes_goes_through_unchanged(tmp_path: Path) -> None:
    cell = ("é" * 500 + "\n") * 10_000
    path = write(tmp_path, f'a,b\n1,"{cell}"\n2,x\n')
    step = load(path, strip=False)
    assert [row["b"] == text for row, text in zip(rows_of(step), [cell, "x"], strict=True)] == [
        True,
        True,
    ]
    Flow(step, dump_to_path(tmp_path / "out")).process()
    again = rows_of(load(tmp_path / "out" / "t.csv", strip=False))
    assert again[0]["b"] == cell


def test_a_quote_left_open_names_the_line_where_it_was_opened(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + "1,x\n" * 20 + '1,"open\n' + "1,x\n" * 20)
    error = failure_of(load(path))
    assert isinstance(error.cause, SourceLoadError)
    assert "line 22" in str(error)


def test_a_late_value_that_does_not_fit_says_which_where_and_what_to_write(tmp_path: Path) -> None:
    filling = "1,2," + "x" * 40 + "\n"
    path = write(tmp_path, "id,qty,text\n" + filling * 100_000 + "1,none,y\n" + filling * 20_000)
    error = failure_of(load(path))
    assert str(error) == (
        "'none' is not an integer\n"
        "  in {'id': '1', 'qty': 'none', 'text': 'y'}\n"
        f"  at processor 1 of 1: {load(path)!r}\n"
        "     resource 't', row 100,001, field 'qty'\n"
        "  fix: if it stands for a missing value, pass override_schema="
        "{'missingValues': ['', 'none']} to load, or handle such rows with on_error=rejects()."
    )


def test_what_the_message_says_to_write_accepts_the_value(tmp_path: Path) -> None:
    path = write(tmp_path, "id,qty\n" + "1,2\n" * 9_000 + "1,many\n" + "1,2\n" * 60_000)
    assert str(failure_of(load(path))).splitlines()[-1] == (
        "  fix: make the field a string: override_fields={'qty': {'type': 'string'}}, "
        "or handle such rows with on_error=rejects()."
    )
    step = load(path, override_fields={"qty": {"type": "string"}})
    assert rows_of(step)[9_000] == {"id": 1, "qty": "many"}


LATE = "id,qty\n" + "1,2\n" * 3000 + "2,none\n" + "3,4\n" * 3000


@pytest.mark.parametrize(
    ("policy", "last", "rejected"),
    [
        (load.ERRORS_DROP, None, 1),
        (load.ERRORS_CLEAR, {"id": 2, "qty": None}, 0),
        (load.ERRORS_IGNORE, {"id": 2, "qty": "none"}, 0),
        (lambda name, row, index, error: index != 6000, None, 1),
        (lambda name, row, index, error, field: field.name == "qty", {"id": 2, "qty": "none"}, 0),
    ],
    ids=["drop", "clear", "ignore", "own", "own with the field"],
)
def test_a_policy_says_what_becomes_of_it(
    tmp_path: Path, policy: Any, last: dict[str, Any] | None, rejected: int
) -> None:
    # The value stands where neither the first rows nor those from the middle and end show it.
    path = write(tmp_path, LATE.replace("2,none\n", "") + "2,none\n" + "3,4\n" * 60_000)
    step = load(path, on_error=policy, override_fields={"qty": {"type": "integer"}})
    rows = [row for row in rows_of(step) if row["id"] == 2]
    assert rows == ([] if last is None else [last])
    assert Flow(step).run().accounts[0].rejected == rejected


def test_rejected_rows_go_to_a_resource_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, "id,qty\n1,2\n2,none\n3,4\n")
    step = load(path, on_error=rejects(), override_fields={"qty": {"type": "integer"}})
    rows, package, _ = Flow(step).results()
    assert package.resource_names == ["t", "rejects"]
    assert rows[0] == [{"id": 1, "qty": 2}, {"id": 3, "qty": 4}]
    (reject,) = rows[1]
    assert {**reject, "processor": "load"} == {
        "resource": "t",
        "processor": "load",
        "position": 1,
        "row_number": 2,
        "field": "qty",
        "value": "none",
        "reason": "'none' is not an integer",
        "row": {"id": "2", "qty": "none"},
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:S3CRET@127.0.0.1:1/db", "postgresql://u:***@127.0.0.1:1/db"),
        ("http://u:S3CRET@127.0.0.1:1/t.csv", "http://u:***@127.0.0.1:1/t.csv"),
        (
            "http://127.0.0.1:1/t.csv?api_key=S3CRET&sig=S3CRET%2F1",
            "http://127.0.0.1:1/t.csv?***",
        ),
        (
            "http://127.0.0.1:1/datapackage.json?key=S3CRET",
            "http://127.0.0.1:1/datapackage.json?***",
        ),
    ],
)
def test_secrets_in_an_address_appear_nowhere(tmp_path: Path, url: str, shown: str) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        f"from dataflows import Flow, load\n"
        f"step = load({url!r}, table='x', api_token='S3CRET')\n"
        f"print(repr(step))\n"
        f"Flow(step).process()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    output = (done.stdout + done.stderr).replace(f"load({url!r}, table='x'", "")
    assert done.returncode == 1
    assert "SourceLoadError" in output
    assert shown in output
    assert "S3CRET" not in output


def test_an_address_that_nobody_answers_at_is_said_to_be_that() -> None:
    lines = str(failure_of(load("http://127.0.0.1:1/t.csv"))).splitlines()
    assert "Connection refused" in lines[0]
    assert lines[1:] == [
        "  at processor 1 of 1: load('http://127.0.0.1:1/t.csv')",
        "  fix: check the address, and that it can be reached from this machine.",
    ]


def test_the_name_of_a_resource_holds_no_secret(tmp_path: Path) -> None:
    from dataflows.processors.loaders.source_name import source_name

    assert source_name("https://h/x?api_key=S3CRET&sig=S3CRET") == "x"
    assert source_name("postgresql://u:S3CRET@h") == "h"
    assert source_name("postgresql://u:S3C/RET@h/db") == "db"


@pytest.mark.parametrize(
    ("name", "reason", "fix"),
    [
        ("t.md", 'Format "md" is not supported', "say which format it is: format='csv'."),
        (
            "t",
            'Format "None" is not supported',
            "its name has no ending that tells the format: say which it is: format='csv'.",
        ),
        (
            "t.db",
            'Format "db" is not supported',
            "a database has an address: load('sqlite:///<folder>/t.db', table='name').",
        ),
        (
            "t.duckdb",
            'Format "duckdb" is not supported',
            "a database has an address: load('duckdb:///<folder>/t.duckdb', table='name').",
        ),
    ],
)
def test_what_the_library_cannot_read_is_an_error_of_ours(
    tmp_path: Path, name: str, reason: str, fix: str
) -> None:
    path = write(tmp_path, b"a\n1\n", name)
    step = load(path)
    error = failure_of(step)
    assert isinstance(error.cause, SourceLoadError)
    assert str(error) == (
        f"Failed to load source {path!r} and options {{}}: {reason}\n"
        f"  at processor 1 of 1: {step!r}\n"
        f"  fix: {fix.replace('<folder>', str(tmp_path))}"
    )


@pytest.mark.parametrize(("text", "format_"), [("<html>\t<b>", "html"), ('[{"a":\t1}]', "json")])
def test_what_is_called_tsv_only_is_refused(tmp_path: Path, text: str, format_: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(text)
    told = rf"is not TSV but {format_.upper()}\n(.*\n)*.*format='{format_}'"
    with pytest.raises(ProcessorError, match=told):
        Flow(load(str(path))).process()
    assert Flow(load(str(path), delimiter="\t", headers=1)).results()[0] == [[]]


@pytest.mark.parametrize("name", ["$1", "~x", "a$HOME", "a${HOME}", "%a%"])
def test_a_file_may_be_called_as_it_likes_where_a_person_names_it(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.csv").write_text("a\n1\n")
    Flow(load(str(tmp_path / f"{name}.csv")), dump_to_path(str(tmp_path / "out"))).process()
    found, package, _ = Flow(load(str(tmp_path / "out" / "datapackage.json"))).results()
    assert (found, package.descriptor["resources"][0]["name"]) == ([[{"a": 1}]], name)


def test_an_option_that_excel_xml_does_not_have_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.xml"
    path.write_text("<Workbook/>")
    with pytest.raises(ProcessorError, match=r"has no option 'sheeet'\n(.*\n)*.*mean 'sheet'"):
        Flow(load(str(path), format="excel-xml", sheeet=1)).process()
