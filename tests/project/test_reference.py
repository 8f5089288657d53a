"""tutorial/reference/processors.md is what the docstrings say; `UPDATE=1 pytest` writes it."""

from __future__ import annotations

import os
import re

from dataflows.catalog import GROUPS, entries
from reference_page import PAGE, reference_page
from source_tree import ROOT


def test_the_page_is_what_the_docstrings_say() -> None:
    page = reference_page()
    if os.environ.get("UPDATE"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    name = PAGE.relative_to(ROOT).as_posix()
    assert written.split("\n") == page.split("\n"), f"run `UPDATE=1 pytest`, look at {name}"


def test_the_page_has_a_section_for_every_processor() -> None:
    headings = re.findall(r"^### (\w+)$", reference_page(), re.MULTILINE)
    assert headings == [entry.name for entry in entries() if entry.group in GROUPS]


def test_the_links_of_the_page_lead_somewhere() -> None:
    page = reference_page()
    headings = re.findall(r"^##+ (.+)$", page, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\((.+?)\)", page))
    dead = [
        link
        for link in sorted(links)
        if not (link[1:] in anchors if link[0] == "#" else (PAGE.parent / link).is_file())
    ]
    assert not dead, "\n".join(dead)
