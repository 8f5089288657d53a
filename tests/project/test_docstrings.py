"""Every example in a docstring runs, and whatever a user can import has one.

The modules are collected by the name under which they are imported: pytest's own collector would
import `processors` a second time, under another name.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib
import inspect
import re
from typing import TYPE_CHECKING

import pytest

import dataflows
from dataflows import result, testing
from dataflows.as_table import AsTable
from source_tree import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(
    module: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(verbose=False)
    for examples in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module)):
        runner.run(examples)
    report = capsys.readouterr().out
    assert runner.summarize(verbose=False).failed == 0, report
    assert not report, f"an example prints where nobody reads it:\n{report}"


def free_names(source: str) -> set[str]:
    """Return the names that a piece of code uses and does not bind."""
    bound = set(dir(builtins))
    used = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {(one.asname or one.name).partition(".")[0] for one in names}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name):
                bound.add(name)
    return used - bound


@pytest.mark.parametrize("name", sorted(dataflows.__all__))
def test_the_examples_of_a_public_name_import_what_they_use(name: str) -> None:
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(dataflows, name)) or "")
    assert free_names("".join(one.source for one in examples)) == set()


def public(module: str) -> Iterator[tuple[str, object]]:
    """Yield what `__all__` names, as far as it was defined in the module itself or below it."""
    loaded = importlib.import_module(module)
    for name in getattr(loaded, "__all__", ()):
        value = getattr(loaded, name)
        if inspect.isclass(value) or callable(value):
            yield f"{module}.{name}", value


def methods(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield the public methods and properties that a class of ours defines."""
    if not inspect.isclass(value):
        return
    for name, member in vars(value).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            yield f"{path}.{name}", getattr(value, name)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_and_public_name_has_a_docstring(module: str) -> None:
    found = [(module, importlib.import_module(module)), *public(module)]
    found += [member for path, value in list(found) for member in methods(path, value)]
    without = [path for path, value in found if not (inspect.getdoc(value) or "").strip()]
    assert not without, "\n".join(without)


def needs_an_example(value: object) -> bool:
    """Tell whether a name is one that people call; an error is only ever caught."""
    return not (inspect.isclass(value) and issubclass(value, BaseException))


# One processor, one file, one function of the same name; other modules stand behind them.
PROCESSORS = [
    (module, name)
    for module, path in MODULES.items()
    for name in [module.rpartition(".")[2]]
    if module.startswith("dataflows.processors.")
    and re.search(rf"^(def|class) {name}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize(
    ("module", "name"), [*(("dataflows", name) for name in dataflows.__all__), *PROCESSORS]
)
def test_what_users_call_has_an_example(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)
    if callable(value) and needs_an_example(value):
        assert ">>> " in (inspect.getdoc(value) or "")


# What `run` and `check` return is what people call on, as they do on a flow.
ANSWERS = [AsTable, dataflows.Flow, result.Result, result.Check]
CALLED = [
    *(path for one in ANSWERS for path in methods(one.__name__, one)),
    *((f"testing.{name}", getattr(testing, name)) for name in testing.__all__),
]


@pytest.mark.parametrize("value", [pytest.param(value, id=path) for path, value in CALLED])
def test_what_users_call_on_a_flow_has_an_example(value: object) -> None:
    assert ">>> " in (inspect.getdoc(value) or "")


def test_the_public_names_are_there() -> None:
    missing = [name for name in dataflows.__all__ if not hasattr(dataflows, name)]
    assert not missing, "\n".join(missing)
