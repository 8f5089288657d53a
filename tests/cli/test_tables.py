from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from dataflows.cli.tables import print_table

if TYPE_CHECKING:
    import pytest


def test_a_piped_table_is_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["id", "name"], ["integer", "string"], [["1", "english"], ["12", "中国"]])
    assert capsys.readouterr().out == (
        "     id  name\ninteger  string\n      1  english\n     12  中国\n"
    )


def test_wide_characters_keep_the_columns_straight(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a", "b"], ["string", "string"], [["中国", "x"], ["e\u0301", "y"]])
    assert capsys.readouterr().out == ("a       b\nstring  string\n中国    x\ne\u0301       y\n")


def test_control_characters_are_shown_not_sent(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a"], ["string"], [["\x1b[31mred\nline\u202e\xa0."]])
    assert capsys.readouterr().out == "a\nstring\n\\x1b[31mred\\nline\\u202e .\n"


def test_long_cells_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a"], ["string"], [["x" * 1000]])
    assert capsys.readouterr().out.splitlines()[2] == "x" * 29 + "…"


def test_what_is_too_wide_is_left_out_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"a field with a number {number}" for number in range(10)]
    print_table(names, ["string"] * 10, [["x"] * 10])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 120
    assert lines[-1] == "… and 6 more fields"


def test_one_field_is_always_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a"], ["string"], [])
    assert capsys.readouterr().out == "a\nstring\n"


def test_a_terminal_gets_the_same_cells_without_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(["id", "[red]name"], ["integer", "string"], [["1", "[b]x"], ["12", "中国"]])
    plain = re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out)
    assert [line.split() for line in plain.splitlines()] == [
        ["id", "[red]name"],
        ["integer", "string"],
        ["1", "[b]x"],
        ["12", "中国"],
    ]
