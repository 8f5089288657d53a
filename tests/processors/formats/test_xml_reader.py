"""XML files as tables."""

from __future__ import annotations

import resource
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(folder: Path, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    """Write a file and return its rows."""
    path = folder / "t.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    rows: list[dict[str, Any]] = Flow(load(str(path), **options)).results()[0][0]
    return rows


def error_of(folder: Path, text: str | bytes, **options: Any) -> str:
    """Return what is wrong with a file."""
    with pytest.raises(ProcessorError) as caught:
        rows_of(folder, text, **options)
    return str(caught.value).replace(str(folder), "<folder>")


def test_each_element_under_the_root_is_a_row(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><!-- x --><books>
      <book><title>The &amp; Ring</title><year>1954</year>
        <price>1.50</price><read>true</read></book>
      <book><title>Zoë</title><year/><price>20</price><more>01</more></book></books>"""
    assert rows_of(tmp_path, text) == [
        {"title": "The & Ring", "year": 1954, "price": Decimal("1.50"), "read": True, "more": None},
        {"title": "Zoë", "year": None, "price": Decimal(20), "read": None, "more": "01"},
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<r><row><a>1</a></row></r>", [{"a": 1}]),
        ("<r><a>1</a><b>x</b></r>", [{"a": 1, "b": "x"}]),
        ("<r><v>1</v><v>2</v></r>", [{"v": 1}, {"v": 2}]),
        ("<r><a>1</a></r>", [{"a": 1}]),
        ('<r><row id="1" n="x"/><row id="2"/></r>', [{"id": 1, "n": "x"}, {"id": 2, "n": None}]),
        ("<r/>", []),
        ('<p:r xmlns:p="u"><p:row><p:a>1</p:a></p:row></p:r>', [{"a": 1}]),
        ("<r><x><a>1</a></x><y><a>2</a></y><x><a>3</a></x></r>", [{"a": 1}, {"a": 3}]),
        ("<r><x><a>1</a>stray</x></r>", [{"a": 1}]),
    ],
)
def test_other_shapes(tmp_path: Path, text: str, expected: list[dict[str, Any]]) -> None:
    assert rows_of(tmp_path, text) == expected


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    (tmp_path / "t.xml").write_text('<r><x k="1"><a>1</a>stray</x><y/><x><a>3</a></x></r>')
    run = Flow(load(str(tmp_path / "t.xml"))).run()
    assert "elements beside the rows, left out" in str(run.accounts)
    assert "attributes, left out" in str(run.accounts)
    assert "texts beside elements, left out" in str(run.accounts)


def test_elements_inside_a_cell_make_objects_and_arrays(tmp_path: Path) -> None:
    text = """<r><row><o><k>1</k><k>2.5</k><t>x</t></o><l>1</l><l>a</l></row>
      <row><o><k>true</k></o><l>7</l></row></r>"""
    assert rows_of(tmp_path, text) == [
        {"o": {"k": [1, 2.5], "t": "x"}, "l": [1, "a"]},
        {"o": {"k": True}, "l": [7]},
    ]


def test_attributes_are_there_when_asked_for(tmp_path: Path) -> None:
    text = '<r><row id="1"><a u="m">5</a></row></r>'
    assert rows_of(tmp_path, text, attributes=True) == [{"a": {"@u": "m", "#text": 5}, "@id": 1}]


def test_the_rows_may_stand_deeper(tmp_path: Path) -> None:
    text = (
        "<rss><channel><title>T</title><item><a>1</a></item><item><a>2</a></item></channel></rss>"
    )
    assert rows_of(tmp_path, text, record="item") == [{"a": 1}, {"a": 2}]
    found = error_of(tmp_path, text, record="itme")
    assert "t.xml: there is no element 'itme'" in found
    assert "fix: did you mean 'item'?" in found


def test_the_encoding_is_the_one_that_the_file_declares(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><r><row><a>é</a></row></r>'
    assert rows_of(tmp_path, text.encode("latin-1")) == [{"a": "é"}]


@pytest.mark.parametrize(
    ("doctype", "body"),
    [
        ('<!DOCTYPE r [<!ENTITY a "b">]>', "&a;"),
        ('<!DOCTYPE r [<!ENTITY a "b">]>', "not used"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
        ('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>', "x"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">', "x"),
        ('<!DOCTYPE r PUBLIC "-//X" "x.dtd">', "x"),
        ('<!DOCTYPE r [<!ENTITY a "1"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>', "&c;"),
    ],
)
def test_entities_and_external_definitions_are_refused(
    tmp_path: Path, doctype: str, body: str
) -> None:
    found = error_of(tmp_path, f"{doctype}<r><row><a>{body}</a></row></r>")
    assert "t.xml: the file defines entities of its own" in found
    assert "fix: remove its DOCTYPE" in found


@pytest.mark.parametrize(
    "text", ["", "no xml", "<r><row>", "<r></x>", "<r>&nbsp;</r>", b"<r>\xff</r>", "<r/><r/>"]
)
def test_what_is_not_xml_is_refused(tmp_path: Path, text: str | bytes) -> None:
    assert "<folder>/t.xml: not valid XML: " in error_of(tmp_path, text)


def test_elements_too_deep_are_refused(tmp_path: Path) -> None:
    found = error_of(tmp_path, "<r>" + "<a>" * 50_000 + "</a>" * 50_000 + "</r>")
    assert "t.xml: more than 500 elements inside each other" in found


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    assert "XML has no option 'recrod'" in error_of(tmp_path, "<r/>", recrod="x")


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    row = "<row><a>12345</a><b>some text here</b></row>\n"
    with path.open("w") as file:
        file.write("<r>")
        for _ in range(100):
            file.write(row * 2000)
        file.write("</r>")
    code = (
        "import sys\n"
        "from dataflows.processors.formats.xml_reader import XmlTable\n"
        "def peak():\n"
        # Not ru_maxrss, which begins with what the process had that started this one.
        "    return int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        "table = XmlTable(sys.argv[1], 'xml', {})\n"
        "before = peak()\n"
        "print(sum(length for _, length in table.chunks(None)))\n"
        "print(peak() - before)\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    found = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )
    rows, kilobytes = map(int, found.stdout.split())
    assert rows == 200_000
    assert kilobytes < 20_000
