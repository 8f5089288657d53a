"""What the pages of the tutorial show is what happens; `UPDATE=1 pytest` writes what they print."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from notebooks import run_notebook
from pages import run_page
from s3_server import SECRET, serving_s3
from source_tree import ROOT, repository_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UPDATE = bool(os.environ.get("UPDATE"))
PAGES = sorted(set((ROOT / "tutorial").glob("*.md")) - {ROOT / "tutorial" / "README.md"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the examples, as the root of the repository has them."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    # What `pip install` of a page installs goes into a folder of its own, and is found there.
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    for option, value in {"TARGET": str(plugins), "NO_DEPS": "1", "NO_INDEX": "1"}.items():
        monkeypatch.setenv(f"PIP_{option}", value)
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # as pip reads it: no isolation
    monkeypatch.setenv("PYTHONPATH", str(plugins))
    monkeypatch.syspath_prepend(plugins)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("UPDATE", raising=False)  # what a page runs shall not update anything
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket named "data", where the settings of AWS point to."""
    import boto3

    with serving_s3() as address:
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="data")
        client.close()
        yield


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_page_runs(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    if "s3://" in page.read_text(encoding="utf-8"):
        request.getfixturevalue("bucket")
    assert run_page(page, folder, rewrite=UPDATE) > 0


def test_the_notebook_runs(folder: Path) -> None:
    assert folder.is_dir()
    assert run_notebook(ROOT / "tutorial" / "notebook.ipynb", rewrite=UPDATE) > 0


def anchors_of(page: Path) -> set[str]:
    """Return what the headings of a page are called in links, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_links_between_the_pages_lead_somewhere() -> None:
    pages = repository_files(".md")
    links = [
        (page, page.parent / file if file else page, anchor, link)
        for page in pages
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link
        for file, _, anchor in [link.partition("#")]
    ]
    dead = [
        f"{page.name}: {link}"
        for page, target, anchor, link in links
        if not target.exists() or (anchor and anchor not in anchors_of(target))
    ]
    assert links
    assert not dead, "\n".join(dead)


def test_the_index_has_every_page() -> None:
    index = (ROOT / "tutorial" / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in [*PAGES, ROOT / "tutorial" / "notebook.ipynb"]]
    assert [name for name in pages if f"({name})" not in index] == []
