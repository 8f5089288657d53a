"""Which flow of a script is meant, and what is said where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dataflows.cli import main
from dataflows.cli.flow_names import flow_names, functions_returning_flow

if TYPE_CHECKING:
    from pathlib import Path

SEVERAL = """
from dataflows import Flow

class Sales(Flow):
    pass

def daily():
    made = Flow([{"a": 1}])
    return made

def yearly(year: int) -> Flow:
    return Flow([{"year": year}])

def monthly():
    return Sales([{"a": 1}])

def weekly():
    return monthly()

def chosen():
    return {"daily": daily}["daily"]()

def total(row):
    row["total"] = 1
"""
NO_RUN = "without .process(), .run() or .results()"


def called(folder: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.path", [*sys.path])
        patch.delitem("sys.modules", "script", raising=False)
        result = CliRunner().invoke(main, ["run", "script.py", *arguments])
        patch.delitem("sys.modules", "script", raising=False)
    return result.exit_code, result.stdout, result.stderr


def test_what_returns_a_flow_is_seen_in_the_text() -> None:
    expected = {"daily", "yearly", "monthly", "weekly"}
    assert functions_returning_flow(SEVERAL.encode()) == expected
    assert flow_names(SEVERAL.encode()) == ["daily", "yearly", "monthly", "weekly"]


def test_names_may_be_annotated_and_inner_functions_return_for_themselves() -> None:
    text = b"""
sales: Flow = Flow([{"a": 1}])

def daily():
    made: Flow = Flow([{"a": 1}])
    return made

def timed(function):
    def inner():
        return Flow(function())
    return inner
"""
    assert flow_names(text) == ["sales", "daily"]
    assert functions_returning_flow(text) == {"daily"}


@pytest.mark.parametrize("name", ["daily", "monthly", "weekly", "chosen"])
def test_a_function_that_is_named_is_called(tmp_path: Path, name: str) -> None:
    code, out, err = called(tmp_path, SEVERAL, name)
    assert (code, err) == (0, "")
    assert out.splitlines()[1].split() == ["1", "list", "of", "rows", "0", "1", "1"]


@pytest.mark.parametrize(
    "made",
    [
        "flow = partial(make, 3)",
        "flow = lambda: make(3)",
        "class flow(Flow):\n    def __init__(self): super().__init__([{'n': 3}])",
    ],
)
def test_whatever_is_named_flow_and_can_be_called_is_called(tmp_path: Path, made: str) -> None:
    text = f"from functools import partial\nfrom dataflows import Flow\n{made}\n"
    text = text.replace("class", "def make(n): return Flow([{'n': n}])\nclass", 1)
    if "def make" not in text:
        text = text.replace("flow =", "def make(n): return Flow([{'n': n}])\nflow =", 1)
    code, out, err = called(tmp_path, text)
    assert (code, err) == (0, "")
    assert "list of rows" in out


@pytest.mark.parametrize(
    ("text", "arguments", "what", "fix"),
    [
        (
            SEVERAL,
            [],
            "there are 4 flows in 'script.py': daily, yearly, monthly, weekly",
            "write dataflows run script.py daily, or name another.",
        ),
        (
            SEVERAL,
            ["total"],
            "no flow named 'total' in 'script.py'",
            "the flows here are: daily, yearly, monthly, weekly.",
        ),
        (
            "from dataflows import Flow\nif __name__ == '__main__':\n    Flow([{}]).process()\n",
            [],
            "there is no flow in 'script.py'",
            (
                "write a function that returns a Flow: def flow(): return Flow(...); "
                "or run it as it is: python script.py."
            ),
        ),
        (
            "from dataflows import Flow\nflow = Flow([{}]).process()\n",
            [],
            "'flow' in 'script.py' is a tuple, not a Flow",
            f"write flow = Flow(...), {NO_RUN}.",
        ),
        (
            "from dataflows import Flow\ndef flow():\n    Flow([{}]).process()\n",
            [],
            "flow() in 'script.py' returned nothing, not a Flow",
            f"let it return the Flow, {NO_RUN}.",
        ),
        (
            "from dataflows import Flow\nasync def flow():\n    return Flow([{}])\n",
            [],
            "flow() in 'script.py' returned a coroutine, not a Flow",
            "write def flow, not async def.",
        ),
    ],
)
def test_a_script_whose_flow_cannot_be_had_is_told_why(
    tmp_path: Path, text: str, arguments: list[str], what: str, fix: str
) -> None:
    assert called(tmp_path, text, *arguments) == (2, "", f"error: {what}\n  fix: {fix}\n")
