from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dataflows.cli import main
from dataflows.cli.templates.texts import TESTS

KINDS = list(TESTS)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["new", *arguments])
    return result.exit_code, result.stdout, result.stderr


def passing_tests(*arguments: str) -> int:
    """Run pytest as the user would; return how many tests passed, none failing."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return int(done.stdout.splitlines()[-1].split()[0])


def test_a_processor_and_its_test_are_written() -> None:
    assert new("processor", "add_vat") == (
        0,
        "written: add_vat.py\nwritten: test_add_vat.py\ntry it: pytest test_add_vat.py\n",
        "",
    )
    text = Path("add_vat.py").read_text(encoding="utf-8")
    assert text.startswith('"""add_vat: a processor that looks at one row after the other."""\n')
    assert "my_step" not in text + Path("test_add_vat.py").read_text(encoding="utf-8")


def test_tests_and_examples_of_every_kind_pass_at_once() -> None:
    for kind in KINDS:
        assert new("processor", f"step_{kind}", "--kind", kind)[0] == 0
    modules = [f"step_{kind}.py" for kind in KINDS]
    assert passing_tests("--doctest-modules", *modules) == len(KINDS)
    assert passing_tests() == sum(text.count("\ndef test_") for text in TESTS.values())


def test_what_is_written_is_in_order() -> None:
    for kind in KINDS:
        new("processor", f"step_{kind}", "--kind", kind)
        new("plugin", f"plugged_{kind}", "--kind", kind)
    style = ["--isolated", "--line-length", "100", "--exclude", "dataflows-*"]
    checks = [*("--select", "E,F,I,UP,B,ANN"), *("--ignore", "ANN401")]
    for folder in (Path(), *Path().glob("dataflows-*")):
        for arguments in (["format", "--check", *style], ["check", *style, *checks]):
            command = [sys.executable, "-m", "ruff", *arguments, "."]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout


def test_a_plugin_is_installed_and_found() -> None:
    code, out, err = new("plugin", "add_vat")
    assert (code, err) == (0, "")
    assert out == (
        "written: dataflows-add-vat/pyproject.toml\n"
        "written: dataflows-add-vat/README.md\n"
        "written: dataflows-add-vat/dataflows_add_vat/__init__.py\n"
        "written: dataflows-add-vat/dataflows_add_vat/py.typed\n"
        "written: dataflows-add-vat/dataflows_add_vat/add_vat.py\n"
        "written: dataflows-add-vat/tests/test_add_vat.py\n"
        "try it: pip install -e dataflows-add-vat && pytest dataflows-add-vat\n"
    )
    assert passing_tests("dataflows-add-vat") == 3
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-deps", "--no-index", "--no-build-isolation", "--target", "site"]
    subprocess.run([*pip, "./dataflows-add-vat"], check=True, capture_output=True)
    code = (
        "from dataflows import Flow\n"
        "from dataflows.contrib import add_vat\n"
        "print(Flow([{'a': 'x'}], add_vat('a')).results()[0])\n"
        "from dataflows.cli import main\n"
        "main(['processors', 'dataflows-add-vat'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": "site"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout) == (
        "",
        (
            "[[{'a': 'X!'}]]\n"
            "dataflows-add-vat\n"
            "  add_vat  Write the texts of a field in capitals.\n"
        ),
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "Add-VAT",
            (
                "error: 'Add-VAT' is no name for a processor: small letters, digits and "
                "underscores\n  fix: call it for instance add_vat.\n"
            ),
        ),
        (
            "1",
            (
                "error: '1' is no name for a processor: small letters, digits and underscores\n"
                "  fix: call it for instance add_vat.\n"
            ),
        ),
        (
            "../x",
            (
                "error: '../x' is no name for a processor: small letters, digits and underscores\n"
                "  fix: call it for instance x.\n"
            ),
        ),
        (
            "json",
            (
                "error: 'json' is taken: it is a word or a module of Python, or of dataflows\n"
                "  fix: call it for instance json_rows.\n"
            ),
        ),
        (
            "class",
            (
                "error: 'class' is taken: it is a word or a module of Python, or of dataflows\n"
                "  fix: call it for instance class_rows.\n"
            ),
        ),
        (
            "load",
            (
                "error: there is a processor 'load' already\n"
                "  fix: choose another name, or see: dataflows processors load.\n"
            ),
        ),
    ],
)
@pytest.mark.parametrize("what", ["processor", "plugin"])
def test_a_name_that_cannot_be_is_refused(what: str, name: str, message: str) -> None:
    assert new(what, name) == (2, "", message)
    assert list(Path().iterdir()) == []


def test_what_is_there_is_not_overwritten() -> None:
    Path("test_add_vat.py").write_text("mine", encoding="utf-8")
    assert new("processor", "add_vat") == (
        2,
        "",
        (
            "error: there is a file 'test_add_vat.py' already\n"
            "  fix: choose another name, or move it away: it is not overwritten.\n"
        ),
    )
    assert [one.name for one in Path().iterdir()] == ["test_add_vat.py"]
    assert Path("test_add_vat.py").read_text(encoding="utf-8") == "mine"


def test_a_kind_that_there_is_not_is_refused() -> None:
    code, out, err = new("processor", "add_vat", "--kind", "table")
    assert (code, out) == (2, "")
    assert err == (
        "error: --kind is one of row, rows, package, class, got 'table'\n"
        "  fix: see dataflows new processor --help.\n"
    )
