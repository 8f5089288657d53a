"""Guessing how a CSV file is written, and where its header is."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError
from dataflows.processors.formats.csv_dialect import (
    CsvDialect,
    find_header,
    sniff_delimiter,
    sniff_skipinitialspace,
)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a;b\n1;2\n", ";"),
        ("a|b\n1|2\n", "|"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("name;price\nx;1,234,567\ny;2,345,678\n", ";"),
        ("a;b;c\n1,5;2,5;3,5\n1,25;2,75;3,0\n", ";"),
        ("id\ttext\n1\tone, two, three\n2\tfour; five\n", "\t"),
        ("id,tags\n1,a;b\n2,c;d\n3,e;f\n", ","),
        ("id,time,place\n1,10:20,x|y\n2,11:30,z|w\n", ","),
        ('id,note\n1,"a;b;c"\n2,"d;e;f"\n', ","),
        ('"a";"b"\n"1,2";"3,4"\n', ";"),
        ("Sales of 2020\n\nid;name\n1;x\n2;y\n", ";"),
        ("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\n", ","),
        ("word\nhello\nworld\n", ","),
        ("text\nHello, world\nSo long, world\n", "\t"),
        ("text\nOne, two\nthree\nfour, five, six\n", "\t"),
        ("a,b\n", ","),
        ("", ","),
        ("\n\n", ","),
        ('note,id\n"a\nb;c;d\ne;f;g",1\n"h;i;j",2\n', ","),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert sniff_delimiter(text, CsvDialect()) == delimiter


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    delimiter=st.sampled_from(",\t;|"),
    table=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=5)
    ),
)
def test_the_delimiter_of_a_table_with_every_cell_in_quotes_is_found(
    delimiter: str, table: list[list[str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    assert sniff_delimiter(text.getvalue(), CsvDialect()) == delimiter


def test_a_quote_character_that_is_given_is_no_delimiter() -> None:
    assert sniff_delimiter("|a|,|b;c|\n|1|,|2;3|\n", CsvDialect(quotechar="|")) == ","


@pytest.mark.parametrize(
    ("text", "blanks"),
    [
        ('a, b\n1, "2, 3"\n', True),
        ("a, b\n1, 2\n", False),
        ('a,b\n1,"2, ""3"""\n', False),
        ('a, b\n1, say "x"\n', False),
    ],
)
def test_blanks_before_quotes_are_found(text: str, blanks: bool) -> None:
    assert sniff_skipinitialspace(text, CsvDialect()) is blanks


def rows(text: str) -> list[list[str]]:
    """Return the rows of a text."""
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("id,name\n1,x\n2,y\n", 0),
        ("List of ages\nby member\n\nid,name\n1,x\n2,y\n", 3),
        ("Title,,\nid,name,age\n1,x,3\n2,y,4\n", 1),
        ("\n\nid,name\n1,x\n", 2),
        ("word\none\ntwo\n", 0),
        ("id,name\n1,x,extra\n2,y,more\n", 0),
        ("Report,2020\nid,name,age\n1,x,3\n2,y,4\n", 1),
        ("Report,final\nid,name,age\n1,x,3\n2,y,4\n", 1),
        ("Sales\n1,x,3\n2,y,4\n", 1),
        ("first,last\na,b,c\nd,e,f\n", 0),
        ("id,name,note\n1,x\n2,y\n3,z,long\n", 0),
        ("id,id\n1,x,3\n2,y,4\n", 1),
        ("", None),
        ("\n,,\n  \n", None),
    ],
)
def test_the_header_is_found(text: str, header: int | None) -> None:
    assert find_header(rows(text)) == header


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"delimiter": "||"},
            (
                "the delimiter must be one character, got '||'\n"
                "  fix: pass the one character that separates the cells, such as ';'."
            ),
        ),
        (
            {"quotechar": ","},
            (
                "the delimiter ',' cannot also be the quote or the escape\n"
                "  fix: pass different characters."
            ),
        ),
        (
            {"lineterminator": "|"},
            (
                "lines cannot end with '|'\n"
                r"  fix: leave lineterminator out: \n, \r and \r\n are read."
            ),
        ),
    ],
)
def test_what_no_csv_file_can_have_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        CsvDialect(**options)
    assert str(caught.value) == message


def test_a_very_long_cell_does_not_stop_the_sniffing() -> None:
    assert sniff_delimiter("a;b\n1;" + "x" * 500_000 + "\n2;y\n", CsvDialect()) == ";"
