"""The engine knows no formats, processors know no command line, nothing imports upwards.

cli → flow → links → processor → batch, package → types → errors
processors.* → dataflows.*, by module
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from source_tree import MODULES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES = 400

# From the top to the bottom: a module imports only what stands in its own layer or in a lower one.
LAYERS = [
    {"dataflows.__main__", "dataflows.cli"},
    {"dataflows.testing"},
    {"dataflows.flow"},
    {"dataflows.links"},
    {"dataflows.processor"},
    {"dataflows.batch", "dataflows.column", "dataflows.package"},
    {"dataflows.types"},
    {"dataflows.errors"},
]
# These two name the processors: the one for users to import, the other for people to look up.
MAY_NAME_PROCESSORS = {"dataflows", "dataflows.catalog"}
# The thin module paths of 0.5.12 lead to whatever is behind them now.
OLD_PATHS = {"dataflows.base", "dataflows.helpers"}


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield what runs: all statements but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield other
                yield from statements(other)
            continue
        if isinstance(node, ast.stmt):
            yield node
        yield from statements(node)


def imported(statement: ast.stmt) -> list[str]:
    """Return the modules that a statement names; of `from a import b` that is `a`, or `a.b`."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        names = [f"{module}.{alias.name}" for alias in statement.names]
        return [name if name in MODULES else module for name in names]
    return []


def imports(module: str) -> set[str]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return {name for statement in statements(tree) for name in imported(statement)}


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def layer(module: str) -> int | None:
    """Return how high a module stands, 0 at the top; None: it has no fixed place."""
    return next((level for level, names in enumerate(LAYERS) if within(module, names)), None)


def is_processor(module: str) -> bool:
    return within(module, {"dataflows.processors"})


@pytest.mark.parametrize("module", MODULES)
def test_nothing_imports_upwards(module: str) -> None:
    level = layer(module)
    if level is None:
        # What has no place in the drawing stands below the command line, whatever else it uses.
        level = 0 if within(module, OLD_PATHS) else 1
    above = set().union(*LAYERS[:level])
    upwards = sorted(name for name in imports(module) if within(name, above))
    assert not upwards, "\n".join(upwards)


@pytest.mark.parametrize("module", [name for name in MODULES if not is_processor(name)])
def test_the_engine_names_no_processor(module: str) -> None:
    if module in MAY_NAME_PROCESSORS or within(module, OLD_PATHS | {"dataflows.cli"}):
        return
    named = sorted(name for name in imports(module) if is_processor(name))
    assert not named, "\n".join(named)


@pytest.mark.parametrize("module", [name for name in MODULES if is_processor(name)])
def test_processors_import_the_engine_by_module(module: str) -> None:
    allowed = {"dataflows.processors"} if module == "dataflows.processors" else set()
    refused = sorted(imports(module) & ({"dataflows", "dataflows.processors"} - allowed))
    assert not refused, "\n".join(refused)


def test_no_relative_imports() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, "\n".join(relative)


def test_imports_go_round_in_no_circle() -> None:
    graph = {module: imports(module) & set(MODULES) - {module} for module in MODULES}
    # The packages' own files name what is below them on first use only.
    graph = {module: below - {"dataflows"} for module, below in graph.items()}
    while graph:
        used = set().union(*graph.values())
        ends = {module for module, below in graph.items() if not below or module not in used}
        if not ends:
            break
        graph = {module: below - ends for module, below in graph.items() if module not in ends}
    assert not graph, "\n".join(f"{name} → {', '.join(graph[name])}" for name in sorted(graph))


@pytest.mark.parametrize("module", MODULES)
def test_no_module_grows_past_one_idea(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES
