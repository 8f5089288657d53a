"""The rules of tests/conftest.py, tried on tests that break them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


def outcome(folder: Path, source: str, *options: str, **environment: str) -> str:
    """Return the closing line of pytest for a file of tests beside our conftest."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = platform\n")
    clean = {name: value for name, value in os.environ.items() if "DATAFLOWS" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1].partition(" in ")[0]


NEEDS_DATA = "def test_it(real_data): assert real_data.is_dir()\n"
SKIPS_WHOLE = "import pytest\npytest.skip('no server', allow_module_level=True)\n"
SKIPS_ELSEWHERE = """
import pytest
@pytest.mark.platform
@pytest.mark.skipif(True, reason='needs another system')
def test_it(): ...
"""
FAILS_AS_EXPECTED = """
import pytest
@pytest.mark.xfail(reason='known')
def test_it(): assert False
"""


@pytest.mark.parametrize(
    ("source", "usual", "strict"),
    [
        (NEEDS_DATA, "1 skipped", "1 error"),
        (SKIPS_WHOLE, "1 skipped", "1 error"),
        (SKIPS_ELSEWHERE, "1 skipped", "1 skipped"),
        (FAILS_AS_EXPECTED, "1 xfailed", "1 xfailed"),
    ],
)
def test_skips_are_failures_where_that_is_asked(
    tmp_path: Path, source: str, usual: str, strict: str
) -> None:
    assert outcome(tmp_path, source) == usual
    assert outcome(tmp_path, source, DATAFLOWS_NO_SKIPS="1") == strict
    assert outcome(tmp_path, source, "--numprocesses=1", DATAFLOWS_NO_SKIPS="1") == strict


def test_real_data_is_the_folder_of_the_environment(tmp_path: Path) -> None:
    assert outcome(tmp_path, NEEDS_DATA, DATAFLOWS_REAL_DATA=str(tmp_path)) == "1 passed"
    assert outcome(tmp_path, NEEDS_DATA, DATAFLOWS_REAL_DATA=str(tmp_path / "no")) == "1 skipped"


@pytest.mark.platform
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_an_open_file_is_noticed(tmp_path: Path) -> None:
    source = "held = []\ndef test_it(tmp_path): held.append(open(tmp_path / 'x', 'w'))\n"
    assert outcome(tmp_path, source) == "1 passed, 1 error"


def test_a_running_thread_is_noticed(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "def test_it(): threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
    )
    assert outcome(tmp_path, source) == "1 passed, 1 error"
