from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from command_calls import DATAFLOWS, dataflows
from dataflows.cli import main
from stopped_flow import stopped_flow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
from dataflows import Flow

def flow():
    return Flow([{"a": 1}, {"a": 2}])
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a new folder the current one, for commands that run in the process of the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    sys.modules.pop("script", None)


def run_here(folder: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    (folder / "script.py").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["run", "script.py", *arguments])
    return result.exit_code, result.stdout, result.stderr


def run(folder: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    (folder / "script.py").write_text(text, encoding="utf-8")
    done = dataflows(folder, "run", "script.py", *arguments)
    return done.returncode, done.stdout, done.stderr


def test_a_flow_is_run_and_its_account_printed(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, SCRIPT)
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        "#  step          rows in  added  rows out",
        "1  list of rows        0      2         2",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from dataflows import Flow\nflow = Flow([{'a': 1}])",
        "from dataflows import Flow\nsales = Flow([{'a': 1}])",
        "import dataflows\ndef sales():\n    return dataflows.Flow([{'a': 1}])",
        "import dataflows as d\ndef sales() -> 'd.Flow':\n    x = d.Flow([{}])\n    return x",
        "import dataflows\ndef flow(rows=1):\n    x = dataflows.Flow([{}])\n    return x",
        "from dataflows import Flow\ndef f(): return Flow([{}])\ndef flow(): return Flow(f())",
        "from dataflows import Flow\ndef flow(): return Flow([{}])\nif __name__ == '__main__': 1/0",
    ],
)
def test_the_flow_of_a_script_is_found(here: Path, text: str) -> None:
    code, out, err = run_here(here, text)
    assert (code, err) == (0, "")
    assert "list of rows" in out


def test_a_name_chooses_one_of_several(here: Path) -> None:
    text = "from dataflows import Flow\none = Flow([{}])\ntwo = Flow([{}, {}])\n"
    code, out, _ = run_here(here, text, "two")
    assert code == 0
    assert out.splitlines()[1].split()[-1] == "2"


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (
            "x = 1",
            [],
            (
                "error: there is no flow in 'script.py'\n"
                "  fix: write a function that returns a Flow: def flow(): return Flow(...).\n"
            ),
        ),
        (
            "from dataflows import Flow\none = Flow([{}])\ntwo = Flow([{}, {}])\n",
            [],
            (
                "error: there are 2 flows in 'script.py': one, two\n"
                "  fix: write dataflows run script.py one, or name another.\n"
            ),
        ),
        (
            "from dataflows import Flow\nsales = Flow([{}])\n",
            ["sails"],
            (
                "error: no flow named 'sails' in 'script.py'\n"
                "  fix: did you mean 'sales'? The flows here are: sales.\n"
            ),
        ),
        (
            "def flow():\n    return 5\n",
            [],
            (
                "error: flow() in 'script.py' returned an int, not a Flow\n"
                "  fix: let it return the Flow, without .process(), .run() or .results().\n"
            ),
        ),
        (
            "\nx = (",
            [],
            (
                "error: line 2 of 'script.py' is not Python: '(' was never closed\n"
                "  fix: correct that line.\n"
            ),
        ),
    ],
)
def test_a_script_without_a_flow_to_run_is_refused(
    here: Path, text: str, arguments: list[str], message: str
) -> None:
    assert run_here(here, text, *arguments) == (2, "", message)


def test_a_misspelt_script_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "sales.py").write_text(SCRIPT, encoding="utf-8")
    done = dataflows(tmp_path, "run", "sails.py")
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: no script named 'sails.py'\n"
            "  fix: did you mean 'sales.py'? The scripts here are: sales.py.\n"
        ),
    )


def test_data_are_not_a_script(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("id,day\n01,2020-01-02\n", encoding="utf-8")
    done = dataflows(tmp_path, "run", "sales.csv")
    assert (done.returncode, done.stderr) == (
        2,
        ("error: 'sales.csv' is not Python\n  fix: to look at data: dataflows show sales.csv.\n"),
    )


def test_a_folder_is_not_a_script(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    done = dataflows(tmp_path, "run", "folder.py")
    assert (done.returncode, done.stderr) == (
        2,
        "error: cannot read the script 'folder.py': Is a directory\n  fix: name a Python file.\n",
    )


def test_an_error_in_the_data_is_told_without_a_traceback(tmp_path: Path) -> None:
    text = (
        "from dataflows import Flow\n"
        "def half(row):\n"
        "    row['a'] = 1 / row['a']\n"
        "def flow():\n"
        "    return Flow([{'a': 1}, {'a': 0}], half)\n"
    )
    code, out, err = run(tmp_path, text)
    assert (code, out) == (1, "")
    assert err == (
        "error: ZeroDivisionError: division by zero\n"
        "  at processor 2 of 2: half (script.py, line 2)\n"
        "     resource 'res_1', row 2\n"
        "     script.py, line 3, in half\n"
    )


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    text = "from dataflows import Flow\ndef flow():\n    return Flow([{'a': 1}], lambda row: 1 / 0)"
    code, _, err = run(tmp_path, text, "--debug")
    assert code == 1
    assert "Traceback (most recent call last)" in err
    assert "ZeroDivisionError" in err


def test_an_error_of_the_script_itself_is_told_by_its_line(here: Path) -> None:
    code, _, err = run_here(here, "x = 1\ny = x / 0\n")
    assert code == 1
    assert err == (
        "error: ZeroDivisionError: division by zero\n  at script.py, line 2, in <module>\n"
    )


def test_a_script_finds_its_neighbours_and_its_own_name(tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "neighbour.py").write_text("rows = [{'a': 1}]", encoding="utf-8")
    (folder / "statistics.py").write_text(
        "import neighbour, random\nfrom dataflows import Flow\n"
        "def flow():\n    return Flow(neighbour.rows)\n",
        encoding="utf-8",
    )
    done = dataflows(tmp_path, "run", "flows/statistics.py")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_warning_is_one_line_on_stderr(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "import warnings\nwarnings.warn('mind the gap')\n" + SCRIPT)
    assert (code, err) == (0, "warning: mind the gap\n")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_flow_that_is_stopped_cleans_up(tmp_path: Path, sent: int, code: int) -> None:
    returned, err = stopped_flow(tmp_path, [*DATAFLOWS, "run", "script.py"], sent)
    assert returned == code
    assert "Traceback" not in err
    assert (tmp_path / "cleaned").exists()
