"""What the pages of the tutorial show is what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages import run_page
from source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted((ROOT / "tutorial").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_page(page, tmp_path) > 0
