"""Scripts run as Python itself would run them, whatever they are named and written in."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
from dataflows import Flow, dump_to_path, load

def flow():
    return Flow(load("data.txt", format="csv"), dump_to_path("out"))
"""
USES_CSV = "import {name}\nfrom dataflows import Flow\nflow = Flow([{{'a': {name}.here}}])\n"


def run(folder: Path, script: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dataflows.cli", "run", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "data.txt").write_text("a\n1\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["csv", "random", "rich", "click", "dataflows", "a b"])
def test_a_script_may_be_named_as_a_module(folder: Path, name: str) -> None:
    (folder / "flows" / f"{name}.py").write_text(SCRIPT, encoding="utf-8")
    code, out, err = run(folder, f"flows/{name}.py")
    assert (code, err) == (0, "")
    assert "written: out/datapackage.json" in out


def test_a_file_beside_a_script_takes_the_place_of_no_module_of_python(folder: Path) -> None:
    (folder / "flows" / "a.py").write_text(SCRIPT, encoding="utf-8")
    for name in ("csv", "random", "decimal", "zipfile"):
        (folder / "flows" / f"{name}.py").write_text("raise SystemExit(3)", encoding="utf-8")
    code, out, err = run(folder, "flows/a.py")
    assert (code, err) == (0, "")
    assert "written: out/datapackage.json" in out


@pytest.mark.parametrize("name", ["neighbour", "secrets"])
def test_a_script_imports_what_stands_beside_it(folder: Path, name: str) -> None:
    (folder / "flows" / "a.py").write_text(USES_CSV.format(name=name), encoding="utf-8")
    (folder / "flows" / f"{name}.py").write_text("here = 1", encoding="utf-8")
    code, out, err = run(folder, "flows/a.py")
    assert (code, err) == (0, "")
    assert "list of rows" in out


@pytest.mark.parametrize(
    "source",
    [
        b"# coding: latin-1\nfrom dataflows import Flow\nflow = Flow([{'a': 'caf\xe9'}])\n",
        b"\xef\xbb\xbffrom dataflows import Flow\r\nflow = Flow([{'a': 1}])\r\n",
        b"import sys\nfrom dataflows import Flow\nassert sys.argv == ['a.py']\nflow = Flow([{}])",
    ],
)
def test_a_script_is_read_and_called_as_by_python(folder: Path, source: bytes) -> None:
    (folder / "a.py").write_bytes(source)
    code, out, err = run(folder, "a.py")
    assert (code, err) == (0, "")
    assert "list of rows" in out


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            b"from dataflows import Flow\nflow = Flow([{'a': 'caf\xe9'}])\n",
            (
                2,
                (
                    "error: line 2 of 'a.py' is not Python: (unicode error) "
                    "'utf-8' codec can't decode "
                    "byte 0xe9 in position 3: unexpected end of data\n"
                    "  fix: save it as UTF-8, or write its encoding into the first line: "
                    "# coding: latin-1.\n"
                ),
            ),
        ),
        (
            b"import sys\nsys.exit()\n",
            (
                2,
                (
                    "error: 'a.py' called sys.exit() before its flow was there\n"
                    "  fix: put that call below if __name__ == '__main__':.\n"
                ),
            ),
        ),
        (
            b"import sys\ndef flow():\n    sys.exit(0)\n",
            (
                2,
                (
                    "error: 'a.py' called sys.exit() before its flow was there\n"
                    "  fix: put that call below if __name__ == '__main__':.\n"
                ),
            ),
        ),
        (b"import sys\nsys.exit('no settings')\n", (1, "no settings\n")),
        (
            b"import json\njson.loads('{')\n",
            (
                1,
                (
                    "error: JSONDecodeError: Expecting property name enclosed in double quotes: "
                    "line 1 column 2 (char 1)\n  at a.py, line 2, in <module>\n"
                ),
            ),
        ),
    ],
)
def test_a_script_that_ends_before_its_flow_is_told_so(
    folder: Path, source: bytes, expected: tuple[int, str]
) -> None:
    (folder / "a.py").write_bytes(source)
    code, out, err = run(folder, "a.py")
    assert (code, err, out) == (*expected, "")


def test_an_error_in_a_helper_is_told_by_its_line(folder: Path) -> None:
    (folder / "flows" / "helper.py").write_text(
        "def half(x):\n    return 1 / x\n", encoding="utf-8"
    )
    (folder / "flows" / "a.py").write_text(
        "from dataflows import Flow\nfrom helper import half\n"
        "def step(row):\n    row['a'] = half(row['a'])\n"
        "flow = Flow([{'a': 1}, {'a': 0}], step)\n",
        encoding="utf-8",
    )
    assert run(folder, "flows/a.py") == (
        1,
        "",
        (
            "error: ZeroDivisionError: division by zero\n"
            "  at processor 2 of 2: step (a.py, line 3)\n"
            "     resource 'res_1', row 2\n"
            "     flows/helper.py, line 2, in half\n"
        ),
    )
