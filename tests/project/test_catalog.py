"""One processor, one file, one function, one test file, same name; and a whole docstring each.

Every message names what was forgotten.
"""

from __future__ import annotations

import ast
import doctest
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

import dataflows
from dataflows.catalog import GROUPS, Entry, entries
from dataflows.docstrings import read_docstring
from dataflows.processors.dumpers.dump_options import DumpOptions
from source_tree import MODULES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = [entry for entry in entries() if entry.group in GROUPS]
FIRST = [entry for entry in ENTRIES if entry.alias_of is None]
EXPORTED = {
    name: module
    for name, module in dataflows._PLACES.items()
    if module.startswith("dataflows.processors.")
}
# Third person and gerund, which an imperative is not, end so; these imperatives do as well.
IMPERATIVE = "Bring|Compress|Embed|Express|Feed|Guess|Pass|Press|Process|Seed"
NOT_IMPERATIVE = re.compile(rf"(?!({IMPERATIVE})$)\w*(s|ing|ed)")
ADJECTIVES_AND_THE_LIKE = {"A", "An", "The", "This", "One", "It"}


def is_marked(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and "processor" in map(
        ast.unparse, node.decorator_list
    )


def defined_processors() -> list[tuple[str, str]]:
    """Return the module and the name of every function under `processors` that is marked as one."""
    return [
        (module, node.name)
        for module, path in MODULES.items()
        if module.startswith("dataflows.processors")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and is_marked(node)
    ]


def test_no_module_hides_an_exported_name() -> None:
    """An imported module stands in its package under its name, before `__getattr__` is asked."""
    hiding = [f"dataflows.{name}" for name in dataflows._PLACES if f"dataflows.{name}" in MODULES]
    assert not hiding, "\n".join(hiding)


def test_every_exported_processor_has_its_file() -> None:
    found = {entry.name for entry in ENTRIES}
    forgotten = [
        f"{module} has no {name}" for name, module in EXPORTED.items() if name not in found
    ]
    assert not forgotten, "\n".join(forgotten)


def test_every_processor_has_the_name_of_its_file() -> None:
    wrong = [
        f"{module} defines the processor {name}: give it a file of its own"
        for module, name in [*defined_processors(), *((one.module, one.name) for one in ENTRIES)]
        if module.rpartition(".")[2] != name
    ]
    assert not wrong, "\n".join(wrong)


def test_every_processor_stands_in_a_group() -> None:
    lost = [
        f"{module}: processors stand in one of {', '.join(GROUPS)}"
        for module, _ in defined_processors()
        if module.split(".")[2:-1] not in [[group] for group in GROUPS]
    ]
    assert not lost, "\n".join(lost)


def test_every_processor_is_exported() -> None:
    forgotten = [
        f"{name} is not exported: add it to _PLACES in dataflows/__init__.py"
        for module, name in defined_processors()
        if EXPORTED.get(name) != module
    ]
    assert not forgotten, "\n".join(forgotten)


def test_every_exported_processor_is_known_to_type_checkers() -> None:
    tree = ast.parse(MODULES["dataflows"].read_text(encoding="utf-8"))
    imported = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    forgotten = [
        f"from {module} import {name} as {name}"
        for name, module in EXPORTED.items()
        if imported.get(name) != module
    ]
    assert not forgotten, "add below `if TYPE_CHECKING:` in dataflows/__init__.py:\n" + "\n".join(
        forgotten
    )


def test_the_exported_names_stand_in_their_order() -> None:
    names = list(dataflows._PLACES)
    assert names == sorted(names, key=str.casefold)


def test_every_processor_has_its_tests() -> None:
    paths = [ROOT / f"tests/processors/{one.group}/test_{one.name}.py" for one in ENTRIES]
    forgotten = [path.relative_to(ROOT).as_posix() for path in paths if not path.is_file()]
    assert not forgotten, "write the tests in\n" + "\n".join(forgotten)


def gaps(entry: Entry) -> list[str]:
    """Return what the docstring of a processor lacks."""
    word = entry.summary.split(" ")[0]
    wrong = []
    if NOT_IMPERATIVE.fullmatch(word) or word in ADJECTIVES_AND_THE_LIKE or not word.istitle():
        wrong.append(f"the summary begins with an imperative, not with {word!r}")
    if not entry.summary.endswith("."):
        wrong.append("the summary is a sentence, with a full stop")
    wrong += [
        f"a line '{fact}: …', with a full stop"
        for fact in ("Schema", "Rows", "Memory")
        if not getattr(entry, fact.lower()).endswith(".")
    ]
    ends = (".", "…")
    wrong += [
        f"'{one.name}: ….' in Args" for one in entry.parameters if not one.text.endswith(ends)
    ]
    if not entry.examples.startswith(">>> "):
        wrong.append("an example")
    elif not re.search(rf"from dataflows import .*\b{entry.name}\b", entry.examples):
        wrong.append(f"an example that imports {entry.name} from dataflows")
    return wrong


@pytest.mark.parametrize("entry", FIRST, ids=[entry.name for entry in FIRST])
def test_the_docstring_says_all(entry: Entry) -> None:
    found = gaps(entry)
    assert not found, f"the docstring of {entry.name} lacks:\n" + "\n".join(found)


@pytest.mark.parametrize("entry", FIRST, ids=[entry.name for entry in FIRST])
def test_the_docstring_tells_of_no_argument_that_there_is_not(entry: Entry) -> None:
    doc = read_docstring(getattr(dataflows, entry.name).__doc__)
    strangers = sorted(set(doc.arguments) - {one.name for one in entry.parameters})
    assert not strangers, f"{entry.name} takes no " + ", ".join(strangers)


def test_the_options_of_a_dump_are_those_that_its_docstring_lists() -> None:
    (entry,) = (one for one in FIRST if one.name == "dump_to_path")
    names = {"options" if one.name == "writer_options" else one.name for one in fields(DumpOptions)}
    assert set(entry.options["Options"]) == names | {"validator_options"}


@pytest.mark.parametrize("entry", FIRST, ids=[entry.name for entry in FIRST])
def test_an_example_needs_nothing_but_what_it_imports(
    entry: Entry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest(entry.examples, {}, entry.name, None, None)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(examples)
    report = capsys.readouterr().out
    assert runner.summarize(verbose=False).failed == 0, report


def test_a_gap_is_named() -> None:
    entry = FIRST[0]
    assert gaps(entry) == []
    empty = Entry("x", "rows", "m", "", None, "Adds it", "", "", "all", "", (), {}, {}, {}, ">>> 1")
    assert gaps(empty) == [
        "the summary begins with an imperative, not with 'Adds'",
        "the summary is a sentence, with a full stop",
        "a line 'Schema: …', with a full stop",
        "a line 'Rows: …', with a full stop",
        "a line 'Memory: …', with a full stop",
        "an example that imports x from dataflows",
    ]
