"""Golden flows: every folder of tests/cases is a flow with the files, or the error, it must give.

A case is a file `flow.py` with a function `flow(data_folder, out_folder)` that returns a Flow.
It runs with its own folder as working directory, and `data_folder` is the relative path to that;
with a line `needs = "real data"` both are the folder with the real data.
Beside it stands either `expected/`, which holds what `out_folder` must hold afterwards, or
`error.txt`, the text of the error, in which the output folder is written `<out>`.
`UPDATE=1 pytest` writes them.
"""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path

import pytest

from dataflows.errors import DataflowsException

CASES = Path(__file__).parent / "cases"
UPDATE = bool(os.environ.get("UPDATE"))


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of all files in a folder, by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def readable(content: dict[str, bytes]) -> dict[str, str]:
    """Return the same as text, for a difference that a person can read; bytes stay distinct."""
    return {name: data.decode(errors="backslashreplace") for name, data in content.items()}


def run(case: Path, data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Run the flow of a case and return the text of the error that stopped it, if any."""
    names = runpy.run_path(str(case / "flow.py"))
    monkeypatch.chdir(data)
    try:
        names["flow"](Path(), out).process()
    except DataflowsException as error:
        return f"{error}\n".replace(str(out), "<out>")
    return None


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/flow.py")))
def test_case(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    case = CASES / name
    needs_real_data = runpy.run_path(str(case / "flow.py")).get("needs") == "real data"
    data = request.getfixturevalue("real_data") if needs_real_data else case
    out = tmp_path / "out"
    error = run(case, data, out, monkeypatch)
    expected, expected_error = case / "expected", case / "error.txt"
    if UPDATE:
        shutil.rmtree(expected, ignore_errors=True)
        expected_error.unlink(missing_ok=True)
        if error is None:
            shutil.copytree(out, expected)
        else:
            expected_error.write_text(error, encoding="utf-8")
    assert expected.is_dir() != expected_error.is_file(), "run `UPDATE=1 pytest` and look at it"
    if expected_error.is_file():
        assert error == expected_error.read_bytes().decode()
        assert files(out) == {}
    else:
        assert error is None
        found, wanted = files(out), files(expected)
        assert readable(found) == readable(wanted)
        assert found == wanted
