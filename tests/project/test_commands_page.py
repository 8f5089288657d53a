"""tutorial/reference/commands.md is what the help says; `UPDATE=1 pytest` writes it."""

from __future__ import annotations

import os
import re

from command_help import PAGE, command_page, commands
from source_tree import ROOT


def test_the_page_is_what_the_help_says() -> None:
    page = command_page()
    if os.environ.get("UPDATE"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    name = PAGE.relative_to(ROOT).as_posix()
    assert written.split("\n") == page.split("\n"), f"run `UPDATE=1 pytest`, look at {name}"


def test_the_page_has_a_section_for_every_command() -> None:
    headings = re.findall(r"^## (.+)$", command_page(), re.MULTILINE)
    assert headings == [path for path in commands() if path]


def test_the_links_of_the_page_lead_to_its_sections() -> None:
    page = command_page()
    anchors = {
        heading.replace(" ", "-") for heading in re.findall(r"^## (.+)$", page, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#(.+?)\)", page)) == anchors
