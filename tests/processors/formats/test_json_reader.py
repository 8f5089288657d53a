"""JSON and NDJSON files as tables."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.json_reader import JsonTable, names_of_items, rows_of_items

if TYPE_CHECKING:
    from pathlib import Path


def table(folder: Path, text: str | bytes, format_: str = "json", **options: Any) -> JsonTable:
    """Write a file and look at it."""
    path = folder / f"t.{format_}"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return JsonTable(str(path), format_, options)


def rows_of(found: JsonTable, limit_rows: int | None = None) -> list[list[Any]]:
    """Return all rows."""
    chunks = [cells for cells, _ in found.chunks(limit_rows)]
    return [list(row) for cells in chunks for row in zip(*cells, strict=True)]


def error_of(folder: Path, text: str | bytes, format_: str = "json", **options: Any) -> str:
    """Return what is wrong with a file, and the fix, without the path."""
    with pytest.raises(SourceLoadError) as caught:
        rows_of(table(folder, text, format_, **options))
    return f"{caught.value.what}\nfix: {caught.value.fix}".replace(str(folder), "<folder>")


def test_the_names_are_the_sorted_keys_of_the_first_object_and_then_the_others(
    tmp_path: Path,
) -> None:
    found = table(tmp_path, '[{"b": 1, "a": "x"}, {"d": true, "a": null, "c": [1]}]')
    assert found.names == ["a", "b", "d", "c"]
    assert rows_of(found) == [["x", 1, None, None], [None, None, True, [1]]]
    assert found.sample == rows_of(found)
    assert found.notes == {}


@pytest.mark.parametrize("format_", ["json", "ndjson"])
def test_numbers_are_exact(tmp_path: Path, format_: str) -> None:
    text = '{"a": 0.10, "b": 12345678901234567890, "c": 1e3, "d": -0.0}'
    found = table(tmp_path, f"[{text}]" if format_ == "json" else text, format_)
    assert [[str(cell) for cell in row] for row in rows_of(found)] == [
        ["0.10", "12345678901234567890", "1E+3", "-0.0"]
    ]
    assert {type(cell) for cell in rows_of(found)[0]} == {Decimal, int}


@pytest.mark.parametrize("format_", ["json", "ndjson"])
def test_of_arrays_the_first_is_the_header(tmp_path: Path, format_: str) -> None:
    lines = ['[" b ", "", null, "a"]', '[1, 2, 3, "x"]', "[4]", '[5, 6, 7, "y", 8]']
    text = f"[{','.join(lines)}]" if format_ == "json" else "\n".join(lines)
    found = table(tmp_path, text, format_)
    assert found.names == ["b", "a"]
    assert rows_of(found) == [[1, "x"], [4, None], [5, "y"]]
    assert found.notes == {"short rows, filled with missing values": 1, "long rows, cut": 1}
    assert found.sample == [[1, "x"], [4, None], [5, "y"]]


def test_limit_rows_reads_no_further(tmp_path: Path) -> None:
    found = table(tmp_path, '[{"a": 1}, {"a": 2}, {"a": 3}, oops', sample_size=1)
    assert rows_of(found, 2) == [[1], [2]]


def test_the_rows_may_stand_under_a_property(tmp_path: Path) -> None:
    text = '{"meta": {"n": [1]}, "data": {"rows": [{"a": 1}]}}'
    assert rows_of(table(tmp_path, text, property="data.rows")) == [[1]]


@pytest.mark.parametrize(("text", "names"), [("[]", []), ("[{}]", []), (" [ ] ", [])])
def test_an_empty_array_is_an_empty_table(tmp_path: Path, text: str, names: list[str]) -> None:
    found = table(tmp_path, text)
    assert (found.names, rows_of(found)) == (names, [])


def test_known_names_count_where_a_key_is_in_no_object(tmp_path: Path) -> None:
    found = table(tmp_path, '[{"b": 1}]', names=["a", "b"])
    assert (found.names, rows_of(found)) == (["a", "b"], [[None, 1]])
    assert table(tmp_path, '[{"c": 1}]', names=["a", "b"]).names == ["c"]


def test_keys_behind_the_sample_are_left_out_and_counted(tmp_path: Path) -> None:
    text = "\n".join(['{"a": 1}'] * 3 + ['{"a": 2, "b": 3}'] * 2)
    found = table(tmp_path, text, "ndjson", sample_size=2)
    assert rows_of(found) == [[1], [1], [1], [2], [2]]
    assert found.notes == {"rows with keys that the sample does not have, left out": 2}


def test_encodings_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    for format_ in ("json", "ndjson"):
        text = '[{"a": "Å"}]' if format_ == "json" else '{"a": "Å"}\n'
        assert rows_of(table(tmp_path, text.encode("utf-8-sig"), format_)) == [["Å"]]
        latin = table(tmp_path, text.encode("latin-1"), format_, encoding="latin-1")
        assert rows_of(latin) == [["Å"]]
        assert rows_of(table(tmp_path, text.encode("utf-16"), format_, encoding="utf-16")) == [
            ["Å"]
        ]


def test_a_misspelt_key_of_the_rows_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SourceLoadError) as caught:
        table(tmp_path, '{"data": {"items": [{"a": 1}], "total": 1}}', "json", property="data.item")
    assert caught.value.what == f"{tmp_path}/t.json: there is no key 'item'"
    assert caught.value.fix == "did you mean 'items'? The keys here are: items, total."


def test_line_ends_inside_and_between_lines_are_told_apart(tmp_path: Path) -> None:
    found = table(tmp_path, '{"a": "x\u2028y\u0085"}\r\n\r\n{"a": "\\r\\n"}', "ndjson")
    assert rows_of(found) == [["x\u2028y\u0085"], ["\r\n"]]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "",
            (
                "<folder>/t.json: not valid JSON: {premature}\nfix: check that the file is whole; "
                "one object a line is format='ndjson'."
            ),
        ),
        (
            '{"a": [1], "n": 5}',
            (
                "<folder>/t.json: an array of rows was expected, got a JSON object\n"
                "fix: name the key that holds the rows: property='a'."
            ),
        ),
        (
            '{"tags": ["x"], "data": {"count": 1, "items": [{"a": 1}]}}',
            (
                "<folder>/t.json: an array of rows was expected, got a JSON object\n"
                "fix: name the key that holds the rows: property='data.items'."
            ),
        ),
        (
            "5",
            (
                "<folder>/t.json: an array of rows was expected, got a JSON number\n"
                "fix: give an array of objects."
            ),
        ),
        (
            '"[]"',
            (
                "<folder>/t.json: an array of rows was expected, got a JSON string\n"
                "fix: give an array of objects."
            ),
        ),
        (
            "[1, 2]",
            (
                "row 1 is not a JSON object but 1\n"
                "fix: give one object a row, or one array a row with the header first."
            ),
        ),
        (
            '[null, {"a": 1}]',
            (
                "row 1 is not a JSON object but None\n"
                "fix: give one object a row, or one array a row with the header first."
            ),
        ),
        (
            '[{"a": 1}, ["x"]]',
            (
                "row 2 is not a JSON object but ['x']\n"
                "fix: give one object a row, or one array a row with the header first."
            ),
        ),
        (
            '[["a"], {"a": 1}]',
            (
                "row 1 is not a JSON array but {'a': 1}\n"
                "fix: give one object a row, or one array a row with the header first."
            ),
        ),
    ],
)
def test_what_is_not_a_table_is_refused(tmp_path: Path, text: str, error: str) -> None:
    premature = "parse error: premature EOF"
    assert error_of(tmp_path, text) == error.replace("{premature}", premature)


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"a"', '[{"a": NaN}]', '[{"a": 1}] x', "[{'a': 1}]", '{"a": 1}\n{"a": 2}']
)
def test_what_is_not_json_is_refused(tmp_path: Path, text: str) -> None:
    error = error_of(tmp_path, text)
    assert error.startswith("<folder>/t.json: not valid JSON: ")
    assert error.count("\n") == 1


def test_bytes_that_do_not_decode_are_refused(tmp_path: Path) -> None:
    assert error_of(tmp_path, b'[{"a": "\xc5"}]') == (
        "<folder>/t.json: the text cannot be decoded: "
        "'utf-8' codec can't decode byte 0xc5 in position 8: invalid continuation byte\n"
        "fix: pass the encoding=… of the file."
    )
    error = error_of(tmp_path, b'{"a": "\xc5"}', "ndjson")
    assert error.startswith("<folder>/t.ndjson: line 1 or one soon after it cannot be decoded: ")


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    text = '{"a": 1}\n' * 2500 + '{"a": NaN}\n'
    assert error_of(tmp_path, text, "ndjson") == (
        "<folder>/t.ndjson: line 2,501 is not JSON: NaN is not a JSON value\n"
        "fix: correct the line, or load the file with format='json' if it is one array."
    )


@pytest.mark.parametrize("format_", ["json", "ndjson"])
def test_deep_nesting_is_an_error_in_little_memory(tmp_path: Path, format_: str) -> None:
    (tmp_path / f"t.{format_}").write_text("[" * 100_000)
    script = (
        "from dataflows.errors import SourceLoadError\n"
        "from dataflows.processors.formats.json_reader import JsonTable\n"
        f"try: JsonTable('t.{format_}', {format_!r}, {{}})\n"
        "except SourceLoadError: print('refused')\n"
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr[-500:]


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.none(), max_size=3)))
def test_rows_hold_what_the_objects_hold(items: list[dict[str, Any]]) -> None:
    names, listed = names_of_items(items)
    notes: dict[str, int] = {}
    rows = list(rows_of_items(iter(items), names, notes, listed=listed))
    assert not listed
    assert [dict(zip(names, row, strict=True)) for row in rows] == [
        {name: item.get(name) for name in names} for item in items
    ]
    assert {name for item in items for name in item} == set(names)
    assert notes == {}


@pytest.mark.parametrize("depth", [100, 400])
def test_what_is_nested_less_deep_is_read(tmp_path: Path, depth: int) -> None:
    text = '[{"a": ' + "[" * depth + "]" * depth + ', "b": "\\\\[[[\\"{{{' + "[" * 600 + '"}]'
    found = rows_of(table(tmp_path, text))
    assert found[0][1] == '\\[[["{{{' + "[" * 600


def test_many_brackets_inside_and_outside_of_texts_do_no_harm(tmp_path: Path) -> None:
    items = [
        {"a": ["[" * (n % 7), {"b": '"\\' * (n % 5)}], "c": "}{"[n % 2]} for n in range(20_000)
    ]
    found = table(tmp_path, json.dumps(items))
    assert [dict(zip(found.names, row, strict=True)) for row in rows_of(found)] == items


TWICE = "has the key 'a' twice in one object"
OTHER_NAME = "fix: give one of the two another name: only one value could be kept."


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('[{"a": 1, "b": 2, "a": 3}]', 1),
        ('[{"a": 1}, {"b": ": \\" :", "a" : "{", "\\u0061": 1}]', 2),
        ('[{"a": 1}, {"a": 2}, {"b": [{"a": 1, "a": 1}]}]', 3),
        ('[["x"], [1], [{"a": 1, "a": 2}]]', 3),
        ("[" + '{"a": 1}, ' * 3000 + '{"a": 1, "a": 2}, {"a": 1}]', 3001),
        ("[" + '{"a": {"b": [1, {"a": ":"}]}}, ' * 3000 + '{"a": {"a": 1, "a": 2}}]', 3001),
    ],
)
def test_an_object_with_a_key_twice_is_refused_by_its_row(
    tmp_path: Path, text: str, row: int
) -> None:
    message = error_of(tmp_path, text)
    assert message == f"<folder>/t.json: row {row:,} {TWICE}\n{OTHER_NAME}"
    under = error_of(tmp_path, f'{{"n": 1, "rows": {text}, "m": {{"x": 1}}}}', property="rows")
    assert under == message


def test_a_key_twice_in_the_rows_that_are_wanted_is_refused_and_behind_them_unread(
    tmp_path: Path,
) -> None:
    text = "[" + '{"a": 1}, ' * 1999 + '{"a": 1, "a": 2}]'
    found = table(tmp_path, text)
    assert len(rows_of(found, 1999)) == 1999
    with pytest.raises(SourceLoadError, match=r"row 2,000 has the key 'a' twice"):
        rows_of(found, 2000)


def test_a_line_with_a_key_twice_is_named(tmp_path: Path) -> None:
    text = '{"a": 1}\n\n{"b": {"a": 1, "c": 2, "a": 3}}\n'
    message = error_of(tmp_path, text, "ndjson")
    assert message == f"<folder>/t.ndjson: line 3 {TWICE}\n{OTHER_NAME}"


@pytest.mark.parametrize("row", ['{"a" : ":\\":", "b": [{"c": {}}, {"c": {"d": 1}}]}', '{"a": 1}'])
def test_a_whole_file_is_read_once_where_every_key_is_there_once(
    tmp_path: Path, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = f"[{', '.join([row] * 200)}]"
    found = table(tmp_path, rows)
    (tmp_path / "under").mkdir()
    under = table(tmp_path / "under", f'{{"n": [[2], 3], "rows": {rows}, "o": 1}}', property="rows")
    monkeypatch.setattr("dataflows.processors.formats.json_reader._check_keys", None)
    assert len(rows_of(found)) == len(rows_of(under)) == 200
