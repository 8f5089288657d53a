"""What the pages of the tutorial show is what happens; `UPDATE=1 pytest` writes what they print."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pages import run_page
from s3_server import SECRET, serving_s3
from source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted((ROOT / "tutorial").glob("*.md"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, as the root of the repository has them."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


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
    assert run_page(page, folder, rewrite=bool(os.environ.get("UPDATE"))) > 0
