"""The Tab key, in a real bash, zsh and fish."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dataflows.cli.flow_names import flow_names
from plugin_packages import install
from terminal import Session

BINARIES = Path(sys.executable).parent
SCRIPT = """
from dataflows import Flow
daily = Flow([{"a": 1}])
def yearly() -> Flow: raise SystemExit("a script is not run to complete its flows")
def helper(): ...
"""
# `compopt` works only where a person presses the key: here it says what it was asked for.
ASK = """
compopt() { COMPREPLY=("<$2>"); }
eval "$(dataflows completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_dataflows_completion dataflows
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sales.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "fails.py").write_text(f"{SCRIPT}\n1 / 0", encoding="utf-8")
    (tmp_path / "broken.py").write_text("def flow(:", encoding="utf-8")
    return tmp_path


def _path() -> str:
    return f"{BINARIES}{os.pathsep}{os.environ['PATH']}"


def offered(folder: Path, *words: str, **variables: str) -> list[str]:
    """Return what bash would offer for the last of the words."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    environment = {**os.environ, "PATH": _path(), **variables}
    done = subprocess.run(
        [bash, "--norc", "-c", ASK, "bash", "dataflows", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["pro"], ["processors"]),
        (["new", ""], ["plugin", "processor"]),
        (["run", "--pro"], ["--progress", "--profile"]),
        (["processors", "filter"], ["filter_rows"]),
        (["processors", "join"], ["join", "join_self", "join_with_self", "joins"]),
        (["new", "processor", "x", "--kind", "r"], ["row", "rows"]),
        (["run", "fails.py", ""], ["daily", "yearly"]),
        (["check", "sales.py", "d"], ["daily"]),
        (["run", "broken.py", ""], []),
        (["run", "none.py", ""], []),
        (["run", "sal"], ["<default>"]),
        (["init", ""], ["<default>"]),
        (["show", ""], ["<default>"]),
        (["validate", ""], ["<default>"]),
        (["convert", "a.csv", ""], ["<default>"]),
        (["convert", "a.csv", "-", "--format", "js"], ["json"]),
        (["init", "a.csv", "--blueprint", "cl"], ["clean-csv"]),
        (["validate", "a.csv", "--schema", ""], ["<default>"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
    ],
)
def test_bash_is_offered(folder: Path, words: list[str], expected: list[str]) -> None:
    assert offered(folder, *words) == expected


def test_a_person_in_bash_presses_tab(folder: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    environment = {"PATH": _path(), "PS1": "$ "}
    with Session([bash, "--norc", "--noprofile", "-i"], folder, **environment) as session:
        session.type(
            'bind "set bell-style none"; eval "$(dataflows completion bash)"; echo re""ady\n'
        )
        session.wait_for("ready")
        session.type("dataflows ru\tsal\tda\t --lim\t1\n")
        session.wait_for("list of rows")
        session.type("exit\n")
        assert session.end() == 0
    assert "dataflows run sales.py daily  --limit 1" in session.shown


def test_a_person_in_zsh_presses_tab(folder: Path) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("needs zsh")
    (folder / ".zshrc").write_text(
        'eval "$(dataflows completion zsh)"\nPROMPT="$ "; echo re""ady\n', encoding="utf-8"
    )
    places = {"HOME": str(folder), "ZDOTDIR": str(folder), "PATH": _path()}
    with Session([zsh, "-i"], folder, **places) as session:
        session.wait_for("ready")
        session.type("dataflows ru\tsal\tda\t --lim\t1\n")
        session.wait_for("list of rows")
        session.type("exit\n")
        assert session.end() == 0
    assert "command not found" not in session.shown


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dataflows valid", ["validate"]),
        ("dataflows run fails.py y", ["yearly"]),
        ("dataflows run sal", ["sales.py"]),
        ("dataflows new processor x --kind r", ["row", "rows"]),
    ],
)
def test_fish_is_offered(folder: Path, typed: str, expected: list[str]) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("needs fish")
    settings = folder / ".config" / "fish"
    settings.mkdir(parents=True)
    (settings / "config.fish").write_text("dataflows completion fish | source", encoding="utf-8")
    done = subprocess.run(
        [fish, "-c", f"complete -C '{typed}'"],
        cwd=folder,
        env={"HOME": str(folder), "PATH": _path(), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert (names, done.stderr) == (expected, "")


def test_a_broken_plugin_says_nothing_amid_what_is_typed(folder: Path) -> None:
    points = {"dataflows.processors": {"broken": "broken_plugin:f"}}
    install(folder, "broken", {"broken_plugin": "def f(:"}, points)
    assert offered(folder, "processors", "filter_r", PYTHONPATH=str(folder)) == ["filter_rows"]


def test_the_flows_of_a_script_stand_in_its_text() -> None:
    source = """
a = b = Flow()
c: int = 3
d = Flow().run()
def _private() -> Flow: ...
def e(): return dataflows.Flow()
def flow(): ...
def g() -> "d.Flow": ...
class H: ...
"""
    assert flow_names(source.encode()) == ["a", "b", "e", "flow", "g"]
