"""What README.md shows is what happens; `UPDATE=1 pytest` writes what it prints."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from pages import run_page
from source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

UPDATE = bool(os.environ.get("UPDATE"))


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UPDATE", raising=False)
    assert run_page(ROOT / "README.md", tmp_path, rewrite=UPDATE) > 0
