from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.printer import printer
from dataflows.processors.packages.update_resource import update_resource
from processor_contract import Watched
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path


def printed(capsys: pytest.CaptureFixture[str], *links: Any) -> str:
    Flow(*links).process()
    return capsys.readouterr().out


def test_each_resource_is_printed_under_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"city": "Rome", "size": Decimal("1285.30")}, {"city": None, "size": Decimal(7)}]
    assert printed(capsys, rows, [{"a": True}], printer()) == (
        "res_1:\n"
        "  #  city              size\n"
        "     (string)      (number)\n"
        "---  ----------  ----------\n"
        "  1  Rome           1285.30\n"
        "  2  None                 7\n"
        "res_2:\n"
        "  #  a\n"
        "     (boolean)\n"
        "---  -----------\n"
        "  1  True\n"
    )


@pytest.mark.parametrize("resources", [-1, "res_2", ["res_2"], 1])
def test_only_the_selected_resources_are_printed(
    capsys: pytest.CaptureFixture[str], resources: Any
) -> None:
    found = printed(capsys, [{"a": 1}], [{"b": 2}], printer(resources=resources))
    assert [line for line in found.splitlines() if line.endswith(":")] == ["res_2:"]


def test_only_the_fields_that_are_named_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, [{"a": 1, "b": 2}], printer(fields=["b"], tablefmt="plain"))
    assert found == "res_1:\n  #            b\n       (integer)\n  1            2\n"


def test_no_rows_are_printed_as_headings(capsys: pytest.CaptureFixture[str]) -> None:
    source = Watched([], types={"a": "string"}).link()
    assert printed(capsys, source, printer()) == ("data:\n#    a\n     (string)\n---  ----------\n")


def test_long_cells_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": "x" * 7}]
    for size, expected in ((5, "xxxxx ..."), (7, "xxxxxxx"), (None, "xxxxxxx")):
        found = printed(capsys, rows, printer(max_cell_size=size, tablefmt="plain"))
        assert found.splitlines()[-1] == f"  1  {expected}"


def test_the_name_is_printed_before_the_first_row_is_asked_for() -> None:
    source = Watched([{"a": 1}, {"a": 2}], size=1, types={"a": "integer"})
    calls: list[Any] = []
    step = printer(
        header_print=lambda name, options: calls.append((name, options, source.pulled)),
        table_print=lambda text, options: calls.append((text, options, source.pulled)),
        tablefmt="plain",
    )
    Flow(source.link(), step).process()
    table = "  #            a\n       (integer)\n  1            1\n  2            2"
    assert calls == [("data", {"tablefmt": "plain"}, 0), (table, {"tablefmt": "plain"}, 2)]


def test_what_later_steps_change_is_printed_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    def change(row: dict[str, Any]) -> None:
        row["a"].append(2)

    found = printed(capsys, [{"a": [1]}], printer(tablefmt="plain"), change)
    assert found.splitlines()[-1] == "  1  [1]"


def test_html(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": "<b>"}]
    found = printed(capsys, rows, update_resource(-1, name="<x>"), printer(tablefmt="html"))
    assert found.startswith("<h3>&lt;x&gt;</h3>\n<table>")
    assert "<td>&lt;b&gt;" in found


def test_control_characters_are_printed_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a\x1b[31m": "x\ny\x07 \u202e\ud800 ü👍"}]
    found = printed(capsys, rows, update_resource(-1, name="n\x1b[2J"), printer(tablefmt="plain"))
    assert found == (
        "n\\x1b[2J:\n  #  a\\x1b[31m\n     (string)\n  1  x\\ny\\x07 \\u202e\\ud800 ü👍\n"
    )


def test_the_options_of_tabulate_count(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": Decimal("1.50")}]
    found = printed(capsys, rows, printer(tablefmt="plain", floatfmt=".1f"))
    assert found.splitlines()[-1] == "  1         1.5"


@pytest.mark.parametrize("option", ["num_rows", "last_rows", "max_cell_size"])
@pytest.mark.parametrize("number", [-1, "3"])
def test_a_wrong_argument_is_refused_at_the_call(option: str, number: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        printer(**{option: number})
    assert str(caught.value) == (
        f"{option} must be a number, 0 or more, got {number!r}\n"
        f"  fix: write for instance {option}=10."
    )


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"city": 1}], printer(fields=["ctiy"])).datastream()
    assert str(caught.value) == (
        "no field named 'ctiy'\n"
        "  at processor 2 of 2: printer(fields=['ctiy'])\n"
        "  fix: did you mean 'city'? The fields here are: city."
    )


TERMINAL = """
from dataflows import Flow, printer
rome = {"city": "Rome", "size": 1285, "note": None}
rows = [rome, {"city": "北京", "size": 6336, "note": "x" * 50}]
Flow(rows, printer()).process()
"""


def test_a_terminal_gets_a_table_that_is_folded(tmp_path: Path) -> None:
    session = on_terminal([sys.executable, "-c", TERMINAL], tmp_path, columns=40)
    assert session.code == 0
    assert "\x1b[1mcity" in session.raw
    assert "\x1b[2m∅" in session.raw
    assert session.shown == (
        "res_1:\n"
        "#  city           size\n"
        "   (string)  (integer)\n"
        "─  ────────  ─────────\n"
        "1  Rome           1285\n"
        "2  北京           6336\n"
        "\n"
        "#  note\n"
        "   (string)\n"
        "─  ──────────────────────────────\n"
        "1  ∅\n"
        f"2  {'x' * 29}…\n"
    )


def test_a_terminal_without_colours_and_letters_will_do(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TERMINAL]
    session = on_terminal(command, tmp_path, NO_COLOR="1", PYTHONIOENCODING="ascii")
    assert session.code == 0
    assert session.raw.isascii()
    assert "\x1b" not in session.raw
    assert "2  \\u5317\\u4eac       6336" in session.raw
    assert "1  Rome               1285  null" in session.raw


def test_options_of_tabulate_are_kept_on_a_terminal(tmp_path: Path) -> None:
    script = TERMINAL.replace("printer()", "printer(tablefmt='plain')")
    session = on_terminal([sys.executable, "-c", script], tmp_path)
    assert session.code == 0
    assert "  1  Rome               1285  None" in session.raw
    assert "\x1b" not in session.raw
