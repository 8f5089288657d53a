"""What is installed is what stands in the two source folders."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from source_tree import MODULES, ROOT, installed_path, packages

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and the wheel that is built from it."""
    source = tmp_path_factory.mktemp("source")
    for name in ("dataflows", "processors"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    # A build that finds nothing to download: setuptools is among the development packages.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."],
        cwd=source,
        check=True,
        capture_output=True,
        env={**os.environ, "PIP_NO_INDEX": "1"},
    )
    return source / "dist"


def test_the_package_list_is_the_folders() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert sorted(listed) == sorted(packages())


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in MODULES.values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_wheel_holds_every_module_and_the_type_marker(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    assert sorted(names) == sorted([*map(installed_path, MODULES), "dataflows/py.typed"])


def test_the_source_distribution_holds_every_module_and_the_type_marker(
    distributions: Path,
) -> None:
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    needed = {path.relative_to(ROOT).as_posix() for path in MODULES.values()}
    needed |= {"dataflows/py.typed", "LICENSE", "README.md", "pyproject.toml"}
    assert sorted(needed - names) == []


def test_the_processors_cannot_be_imported_under_their_folder_name() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import processors"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    last_line = (done.stderr.strip() or "it was imported").splitlines()[-1]
    assert last_line.startswith("ImportError: ")
    assert "dataflows.processors" in last_line


def test_no_module_is_installed_by_two_distributions() -> None:
    # Releases of tableschema and datapackage past our bounds install a fork over `tabulator`.
    owners = importlib.metadata.packages_distributions()
    found = {name: owners[name] for name in ("tabulator", "tableschema", "datapackage")}
    assert found == {name: [name] for name in found}
