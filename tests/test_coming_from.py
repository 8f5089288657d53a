"""The tables of "coming from …" are true: both columns of a line give the same rows."""

from __future__ import annotations

import datetime
import math
import re
import warnings
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow
from pages import blocks
from source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TUTORIAL = ROOT / "tutorial"
# How many lines each page has, and of how many the rows can be compared.
LINES = {"pandas": (61, 53), "petl": (52, 46)}
LINE = re.compile(r"^\| `(.+)` \| `(.+)` \|$", re.MULTILINE)


def pairs(page: str) -> list[tuple[str, str]]:
    """Return the lines of a page's tables that have code in both columns."""
    return LINE.findall((TUTORIAL / f"coming_from_{page}.md").read_text(encoding="utf-8"))


def names_of(page: str) -> dict[str, Any]:
    """Return the names that the Python blocks of a page define."""
    names: dict[str, Any] = {}
    for block in blocks((TUTORIAL / f"coming_from_{page}.md").read_text(encoding="utf-8")):
        if block.language == "python":
            exec(block.text, names)  # noqa: S102 - running the page is the purpose
    return names


def others(code: str, names: dict[str, Any]) -> Any:
    """Run the other column; what the other library warns of is not our matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(code, names)  # noqa: S307 - running the page is the purpose


def ours(code: str, names: dict[str, Any]) -> Any:
    """Run our column: a flow, or what stands in one behind `rows`."""
    value = eval(code, names)  # noqa: S307 - the same
    if not isinstance(value, Flow):
        links = value if isinstance(value, tuple) else (value,)
        if not all(callable(link) or hasattr(link, "hooks") for link in links):
            return value
        value = Flow(names["rows"], *links)
    return value.results()[0][-1]


def plain(value: Any) -> Any:
    """Return a value as it is compared: numbers by size, what is missing as None."""
    if isinstance(value, (Decimal, float, int)) and not isinstance(value, bool):
        return None if math.isnan(value) else round(float(value), 6)
    if isinstance(value, datetime.datetime):
        return value.date()
    return value


def plain_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{str(name): plain(value) for name, value in row.items()} for row in rows]


def in_any_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


def compare(theirs: list[dict[str, Any]], mine: Any, code: str) -> None:
    left, right = plain_rows(theirs), plain_rows(mine)
    if "sort" not in code:
        assert in_any_order(right) == in_any_order(left)
    else:
        assert right == left


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", ["pandas", "petl"])
def test_every_line_of_the_page_is_true(page: str, folder: Path) -> None:
    library = pytest.importorskip(page, reason=f"needs {page}: it is not installed")
    names = names_of(page)
    found = pairs(page)
    compared = 0
    for theirs, mine in found:
        left, right = others(theirs, names), ours(mine, names)
        assert right is not None
        if page == "pandas" and isinstance(left, library.DataFrame):
            left = left.to_dict("records")
        elif page == "petl" and isinstance(left, library.Table):
            left = list(library.dicts(left))
        if isinstance(left, list) and isinstance(right, list) and "describe" not in theirs:
            compare(left, right, theirs)
            compared += 1
    assert (len(found), compared) == LINES[page]
    assert (folder / "sales.csv").exists()
