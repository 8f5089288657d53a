"""The rules of tests/conftest.py, tried on tests that break them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


SOURCES = {
    "needs_data": "def test_it(real_data): assert real_data.is_dir()",
    "skips_whole": "import pytest; pytest.skip('no server', allow_module_level=True)",
    "skips_elsewhere": """
import pytest
@pytest.mark.platform
@pytest.mark.skipif(True, reason='needs another system')
def test_it(): ...
""",
    "fails_as_expected": """
import pytest
@pytest.mark.xfail(reason='known')
def test_it(): assert False
""",
}
USUAL = {
    "needs_data": ["SKIPPED"],
    "skips_whole": ["SKIPPED"],
    "skips_elsewhere": ["SKIPPED"],
    "fails_as_expected": ["XFAIL"],
}
STRICT = {**USUAL, "skips_whole": ["ERROR"]}


def outcomes(
    folder: Path, sources: dict[str, str], *options: str, **environment: str
) -> dict[str, list[str]]:
    """Return what pytest says of files of tests that stand beside our conftest."""
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = platform\n")
    for name, source in sources.items():
        (folder / f"test_{name}.py").write_text(source)
    told = ["-rA", "--tb=no", "--continue-on-collection-errors", "-p", "no:cacheprovider"]
    clean = {name: value for name, value in os.environ.items() if "DATAFLOWS" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *told, *options],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = re.findall(r"^([A-Z]+)(?: \[1\])? test_(\w+)\.py", done.stdout, re.MULTILINE)
    return {name: [what for what, where in lines if where == name] for name in sources}


def test_skips_are_failures_where_that_is_asked(tmp_path: Path) -> None:
    assert outcomes(tmp_path, SOURCES) == USUAL
    assert outcomes(tmp_path, SOURCES, DATAFLOWS_NO_SKIPS="1") == STRICT
    several = ("--numprocesses=2", "--dist=worksteal")
    assert outcomes(tmp_path, SOURCES, *several, DATAFLOWS_NO_SKIPS="1") == STRICT


def test_real_data_is_the_folder_of_the_environment(tmp_path: Path) -> None:
    for folder, expected in ((tmp_path, "PASSED"), (tmp_path / "no", "SKIPPED")):
        found = outcomes(tmp_path, SOURCES, DATAFLOWS_REAL_DATA=str(folder))
        assert found == {**USUAL, "needs_data": [expected]}


def test_a_folder_of_real_data_that_is_named_is_to_be_there(tmp_path: Path) -> None:
    named = {"DATAFLOWS_NO_SKIPS": "1", "DATAFLOWS_REAL_DATA": str(tmp_path / "no")}
    assert outcomes(tmp_path, SOURCES, **named) == {**STRICT, "needs_data": ["ERROR"]}


@pytest.mark.platform
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_an_open_file_is_noticed(tmp_path: Path) -> None:
    source = "held = []\ndef test_it(tmp_path): held.append(open(tmp_path / 'x', 'w'))\n"
    assert outcomes(tmp_path, {"it": source}) == {"it": ["PASSED", "ERROR"]}


def test_a_running_thread_is_noticed(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "def test_it(): threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
    )
    assert outcomes(tmp_path, {"it": source}) == {"it": ["PASSED", "ERROR"]}
