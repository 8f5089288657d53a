"""The pages that we write, in a real browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from browser import Browser, browser
from dataflows.cli import main
from dataflows.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = [
    "<img src=x onerror=\"document.title='broken into'\">",
    "<script>document.title='broken into'</script>",
    "\"'><svg onload=alert(1)>",
    "</style><b>bold</b>",
    "<!-- & &amp; &#x3c;b&#x3e;",
    "javascript:alert(1)",
    "\u202eright to left\u202c",
    "line\nbreak\ttab\x00\x1b[31m",
    "=cmd|' /C calc'!A0",
]
STRANGERS = (
    "return [...document.querySelectorAll("
    "'script,img,iframe,object,embed,form,input,base,audio,video,b,[style],[onload],[onerror]')]"
    ".map(one => one.outerHTML).filter(one => !/^<b>[0-9., %()<+&;lt]*<\\/b>$/.test(one))"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def page_of(folder: Path, source: Path, *options: str) -> Path:
    target = folder / "page.html"
    result = CliRunner().invoke(main, ["show", str(source), "--html", str(target), *options])
    assert result.exit_code == 0, result.stderr
    return target


def hostile_package(folder: Path) -> Path:
    """Write a data package with hostile names of everything, and return its descriptor."""
    names = [f"{text} {number}".replace("\n", " ") for number, text in enumerate(HOSTILE)]
    fields = [
        {"name": name, "type": "string", "title": f"{name}!", "description": name} for name in names
    ]
    fields[0]["constraints"] = {"enum": HOSTILE, "pattern": "<b>.*"}
    schema = {"fields": fields, "missingValues": ["", "<i>none</i>"], "primaryKey": names[:1]}
    resource = {
        "name": "cells",
        "title": HOSTILE[0],
        "path": "cells.json",
        "profile": "tabular-data-resource",
        "schema": schema,
    }
    rows = [dict(zip(names, [text] * len(names), strict=True)) for text in HOSTILE]
    (folder / "cells.json").write_text(json.dumps(rows), encoding="utf-8")
    descriptor = {"name": "p", "title": HOSTILE[0], "resources": [resource]}
    path = folder / "datapackage.json"
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True])
def test_real_data_is_shown_at_the_width_of_a_phone(
    real_data: Path, tmp_path: Path, chromium: Browser, *, dark: bool
) -> None:
    page = page_of(tmp_path, real_data / "covid" / "reference.csv")
    assert chromium.open(page, 360, dark=dark) == []
    assert chromium.widths == (360, 360)
    assert chromium.ask("return document.querySelectorAll('.card').length") == 12
    assert chromium.ask("return document.querySelectorAll('.df-bars').length") == 5
    size = "return parseFloat(getComputedStyle(document.querySelector('dd')).fontSize)"
    assert chromium.ask(size) >= 12
    # The style is applied: what the page allows itself is the style that it has.
    background = "return getComputedStyle(document.body).backgroundColor"
    assert chromium.ask(background) == ("rgb(18, 22, 29)" if dark else "rgb(246, 247, 249)")


def test_wide_tables_scroll_in_their_own_place(tmp_path: Path, chromium: Browser) -> None:
    source = tmp_path / "wide.csv"
    names = [f"a_field_with_a_name_that_is_rather_long_and_has_no_blank_{n}" for n in range(30)]
    source.write_text(",".join(names) + "\n" + ",".join(["x" * 500] * 30) + "\n", encoding="utf-8")
    page = page_of(tmp_path, source)
    for width in (360, 1200):
        assert chromium.open(page, width) == []
        page_width, screen = chromium.widths
        assert page_width <= screen


def test_hostile_cells_names_and_headers_are_text(tmp_path: Path, chromium: Browser) -> None:
    page = page_of(tmp_path, hostile_package(tmp_path))
    assert chromium.open(page, 360) == []
    assert chromium.ask(STRANGERS) == []
    assert chromium.ask("return document.title").endswith("datapackage.json")
    assert chromium.widths == (360, 360)
    cells = chromium.ask(
        "return [...document.querySelectorAll('tbody tr')].map(row => row.cells[1].textContent)"
    )
    assert cells[:6] == HOSTILE[:6]
    assert cells[6] == "\\u202eright to left\\u202c"


def test_a_page_asks_the_network_for_nothing(tmp_path: Path, chromium: Browser) -> None:
    source = tmp_path / "a.csv"
    source.write_text("a\n1\n", encoding="utf-8")
    chromium.open(page_of(tmp_path, source), 360)
    asked = "return performance.getEntriesByType('resource').map(one => one.name)"
    assert [name for name in chromium.ask(asked) if not name.startswith("data:")] == []


def test_what_a_notebook_shows_is_text(tmp_path: Path, chromium: Browser) -> None:
    rows = [{f"<u>{number}</u>{text}": text for number, text in enumerate(HOSTILE)}]
    flow = Flow(rows)
    package = flow.process()[0]
    shown = [flow.head(), flow, flow.run(), package, package.resources[0]]
    page = tmp_path / "notebook.html"
    parts = [one._repr_html_() for one in shown]
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(parts)}", encoding="utf-8")
    assert chromium.open(page, 800) == []
    found = chromium.ask("return document.querySelectorAll('img,script,svg,u,i').length")
    assert found == 0


def test_the_picture_of_a_chain_is_shown(tmp_path: Path, chromium: Browser) -> None:
    rows = [dict.fromkeys(HOSTILE, "x")]
    page = tmp_path / "chain.svg"
    page.write_text(Flow(rows).explain().svg(), encoding="utf-8")
    assert chromium.open(page, 360) == []
    assert chromium.ask("return document.querySelectorAll('script,img,foreignObject').length") == 0


def test_what_these_tests_look_for_would_be_found(tmp_path: Path, chromium: Browser) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
        "<meta name=viewport content='width=device-width'>"
        "<script>1</script><img src=x onerror=alert(1)><table><td>" + "x" * 500 + "</table>",
        encoding="utf-8",
    )
    complaints = chromium.open(page, 360)
    assert any("Content Security Policy" in one for one in complaints)
    assert len(chromium.ask(STRANGERS)) == 2
    assert chromium.widths[0] > 360
