"""The catalogue: every ready-made processor as data, read from its source without importing it."""

from __future__ import annotations

import ast
import contextlib
import functools
import re
from collections import Counter
from dataclasses import dataclass, replace
from importlib.abc import InspectLoader
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dataflows import _PLACES
from dataflows.docstrings import read_docstring
from dataflows.plugins import GROUPS as PLUGIN_GROUPS
from dataflows.plugins import plugins_of
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GROUPS",
    "PLUGINS",
    "Entry",
    "Parameter",
    "entries",
    "group_summary",
    "known_elsewhere",
    "search",
]

GROUPS = (
    *("loaders", "modifiers", "rows", "joins", "packages", "checks", "flow_control", "dumpers"),
)
"""The folders of processors, in the order in which a newcomer meets them."""

PLUGINS = PLUGIN_GROUPS["processors"]
"""The entry point group by which another distribution adds its processors to the catalogue."""

_HOME = "dataflows.processors"
_WEIGHTS = {"name": 8, "part of the name": 4, "other names": 3, "summary": 2, "text": 1}
_OTHER_NAMES = re.compile(r"Other tools call this (.*?)\.?(?:\n\n|$)", re.DOTALL)
_KEPT = re.compile(
    r"((read|from|scan|open|load)|(?P<there>to|write|save|dump|sink))_?"
    r"(csv|tsv|n?d?json|excel|xlsx?|parquet|sql|db|table|file|html|xml)"
)
_FEWEST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a processor.

    Args:
        name: Its name, without asterisks.
        kind: ``"positional-only"``, ``"positional"``, ``"variadic"``, ``"keyword-only"`` or
            ``"keywords"``.
        annotation: Its type, as written.
        default: Its default, as written; None where there is none.
        text: What the docstring says of it.
    """

    name: str
    kind: str
    annotation: str | None
    default: str | None
    text: str

    @property
    def starred(self) -> str:
        """The name with its asterisks."""
        return {"variadic": "*", "keywords": "**"}.get(self.kind, "") + self.name

    def __str__(self) -> str:
        """Return it as it stands in a signature."""
        written = self.starred
        if self.annotation is not None:
            written += f": {self.annotation}"
        if self.default is not None:
            written += f" = {self.default}" if self.annotation is not None else f"={self.default}"
        return written


@dataclass(frozen=True, slots=True)
class Entry:
    """One processor of the catalogue.

    Args:
        name: The function's name.
        group: The folder that it stands in; of a plugin, the distribution that it comes from.
        module: The module that defines it.
        import_line: The line of Python that imports it.
        alias_of: The processor that it is another name for.
        summary: What it does, in a sentence.
        description: More about it.
        schema: What happens to the fields.
        rows: Which rows come out, and in which order.
        memory: What it holds in memory.
        parameters: Its parameters.
        options: What ``**options`` takes, as in `dataflows.docstrings.Docstring`.
        attributes: What can be asked of it, once it is made.
        raises: When it raises which error.
        examples: Doctests.
    """

    name: str
    group: str
    module: str
    import_line: str
    alias_of: str | None
    summary: str
    description: str
    schema: str
    rows: str
    memory: str
    parameters: tuple[Parameter, ...]
    options: dict[str, dict[str, str]]
    attributes: dict[str, str]
    raises: dict[str, str]
    examples: str

    @property
    def lists(self) -> dict[str, dict[str, str]]:
        """Its arguments, options, attributes and errors: what is said of each, by their titles."""
        return {
            "Arguments": {one.starred: one.text for one in self.parameters},
            **self.options,
            "Attributes": self.attributes,
            "Errors": self.raises,
        }

    def signature(self, width: int = 80) -> str:
        """Return the call with all parameters, a parameter a line where it would be too wide.

        Examples:
            >>> next(one for one in entries() if one.name == "update_package").signature()
            'update_package(**metadata: Any)'
        """
        parts = list(_with_separators(self.parameters))
        line = f"{self.name}({', '.join(parts)})"
        if len(line) <= width:
            return line
        return "\n".join([f"{self.name}(", *(f"    {part}," for part in parts), ")"])


def entries() -> list[Entry]:
    """Return every processor, group by group, and by name within a group.

    Plugins come last. One that cannot be read is left out, with a warning.

    Examples:
        >>> {entry.name: entry.summary for entry in entries()}["add_field"]
        'Add a field.'
    """
    return [*_ours(), *sorted(_plugins(), key=lambda entry: (entry.group, entry.name))]


def search(word: str) -> list[Entry]:
    """Return the processors in whose name or docstring every word begins a word, best first.

    Args:
        word: A word or several.

    Examples:
        >>> [entry.name for entry in search("primary key")][0]
        'set_primary_key'
    """
    words = re.findall(r"\w+", word.casefold().replace("_", " "))
    scores = [(_score(entry, words), entry) for entry in entries()] if words else []
    found = [(score, entry) for score, entry in scores if score]
    found.sort(key=lambda one: -one[0])
    return [entry for _, entry in found]


def known_elsewhere(name: str) -> list[str]:
    """Return what may be meant by a name that is none of ours, three processors at most.

    These are the ones whose names begin with it, and those that other tools call so.

    Examples:
        >>> known_elsewhere("melt"), known_elsewhere("rename"), known_elsewhere("read_csv")
        (['unpivot'], ['rename_fields'], ['load'])
        >>> known_elsewhere("merge"), known_elsewhere("groupby"), known_elsewhere("something")
        (['merge_fields', 'join'], ['aggregate'], [])
    """
    if kept := _KEPT.match(name):
        return ["dump_to_file", "dump_to_path"] if kept["there"] else ["load"]
    letters = re.sub(r"[^a-z]", "", name.casefold())
    if len(letters) < _FEWEST_LETTERS:
        return []
    spaced = r"[^a-z]*".join(letters)
    ours = _ours()
    begin = [entry.name for entry in ours if entry.name.startswith(name)]
    called = []
    for entry in ours:
        other = _OTHER_NAMES.search(entry.description)
        if other and re.search(rf"\b{spaced}", other[1].casefold()):
            called.append(entry.name)
    return list(dict.fromkeys(begin + called))[:3]


def group_summary(group: str) -> str:
    """Return what the processors of a group do; "" of plugins.

    Examples:
        >>> group_summary("joins")
        'combine several resources'
    """
    if group not in GROUPS:
        return ""
    summary = read_docstring(ast.get_docstring(_tree(f"{_HOME}.{group}")) or "").summary
    return re.sub(r"^(\w+: |Processors that )", "", summary).rstrip(".")


@functools.cache
def _ours() -> tuple[Entry, ...]:
    found = []
    for name, module in _PLACES.items():
        if module.startswith(f"{_HOME}."):
            # One that is not there yet is named by tests/project, and no reason to list none.
            with contextlib.suppress(ImportError, LookupError):
                line = f"from dataflows import {name}"
                found.append(_read(module, name, module.split(".")[2], line))
    order = {group: position for position, group in enumerate(GROUPS)}
    found.sort(key=lambda entry: (order.get(entry.group, len(order)), entry.group, entry.name))
    return tuple(found)


def _plugins() -> Iterator[Entry]:
    found = plugins_of("processors", "loaders")
    names = Counter(plugin.name for plugin in found)
    for plugin in found:
        group, is_twice = plugin.distribution, names[plugin.name] > 1
        if is_twice:
            what = f"{names[plugin.name]} plugins are named {plugin.name!r}: this one is of {group}"
            warn(what)
        line = f"from {plugin.module} import {plugin.attribute}"
        line = line if is_twice else f"from dataflows.contrib import {plugin.name}"
        try:
            entry = _read(plugin.module, plugin.attribute, group, line)
        except Exception as error:  # noqa: BLE001 - the packages around it are imported
            what = f"the processor {plugin.name!r} of {group} cannot be read: {error}"
            warn(what)
        else:
            yield replace(entry, name=plugin.name)


def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    loader = None if spec is None else spec.loader
    source = loader.get_source(module) if isinstance(loader, InspectLoader) else None
    if source is None:
        message = f"no source of a module named {module!r}"
        raise ModuleNotFoundError(message)
    return ast.parse(source)


def _read(module: str, name: str, group: str, import_line: str) -> Entry:
    """Return the entry of one function or class, as its source has it."""
    tree = _tree(module)
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Name)
            and _names(statement) == [name]
        ):
            origin = ast.unparse(statement.value)
            there = _origin(tree, origin, module)
            return replace(
                _read(there, origin, group, import_line), name=name, module=module, alias_of=origin
            )
    for statement in reversed(tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement.name == name:
            return _entry(statement, module, group, import_line)
    message = f"no function named {name!r} in {module!r}"
    raise LookupError(message)


def _names(statement: ast.Assign) -> list[str]:
    return [target.id for target in statement.targets if isinstance(target, ast.Name)]


def _origin(tree: ast.Module, name: str, module: str) -> str:
    """Return the module that a name was imported from."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and name in [
            alias.asname or alias.name for alias in statement.names
        ]:
            return statement.module or module
    return module


def _entry(
    definition: ast.FunctionDef | ast.ClassDef, module: str, group: str, import_line: str
) -> Entry:
    doc = read_docstring(ast.get_docstring(definition) or "")
    call = _call(definition)
    parameters = [] if call is None else list(_parameters(call.args, doc.arguments))
    if isinstance(definition, ast.ClassDef):
        del parameters[:1]  # self
    return Entry(
        name=definition.name,
        group=group,
        module=module,
        import_line=import_line,
        alias_of=None,
        summary=doc.summary,
        description=doc.description,
        schema=doc.facts.get("Schema", ""),
        rows=doc.facts.get("Rows", ""),
        memory=doc.facts.get("Memory", ""),
        parameters=tuple(parameters),
        options=doc.options,
        attributes=doc.attributes,
        raises=doc.raises,
        examples=doc.examples,
    )


def _call(definition: ast.FunctionDef | ast.ClassDef) -> ast.FunctionDef | None:
    """Return the function that takes the arguments."""
    if isinstance(definition, ast.FunctionDef):
        return definition
    methods = (node for node in definition.body if isinstance(node, ast.FunctionDef))
    return next((node for node in methods if node.name == "__init__"), None)


def _parameters(arguments: ast.arguments, texts: dict[str, str]) -> Iterator[Parameter]:
    plain = [*arguments.posonlyargs, *arguments.args]
    none: list[ast.expr | None] = [None]
    defaults = [*(none * (len(plain) - len(arguments.defaults))), *arguments.defaults]
    kinds = ["positional-only"] * len(arguments.posonlyargs) + ["positional"] * len(arguments.args)
    found = list(zip(plain, kinds, defaults, strict=True))
    if arguments.vararg:
        found.append((arguments.vararg, "variadic", None))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append((one, "keyword-only", default))
    if arguments.kwarg:
        found.append((arguments.kwarg, "keywords", None))
    for one, kind, default in found:
        annotation = None if one.annotation is None else ast.unparse(one.annotation)
        yield Parameter(one.arg, kind, annotation, _shown(default), texts.get(one.arg, ""))


def _shown(default: ast.expr | None) -> str | None:
    """Return a default as written; a private name says nothing to a reader."""
    if default is None:
        return None
    return "..." if isinstance(default, ast.Name) and default.id[0] == "_" else ast.unparse(default)


def _with_separators(parameters: tuple[Parameter, ...]) -> Iterator[str]:
    before = "positional"
    for one in parameters:
        if before == "positional-only" != one.kind:
            yield "/"
        if one.kind == "keyword-only" and before not in ("keyword-only", "variadic"):
            yield "*"
        yield str(one)
        before = one.kind
    if before == "positional-only":
        yield "/"


def _score(entry: Entry, words: list[str]) -> int:
    """Return how well an entry answers; 0: one of the words is nowhere in it."""
    name = entry.name.replace("_", " ")
    texts = [entry.description, entry.schema, entry.rows, *entry.raises.values()]
    texts += [f"{one.name} {one.text}" for one in entry.parameters]
    texts += [f"{one} {text}" for items in entry.options.values() for one, text in items.items()]
    other = _OTHER_NAMES.search(entry.description)
    places = {"name": name, "summary": entry.summary, "text": " ".join(texts)}
    places["other names"] = other[1] if other else ""
    total = 0
    for word in words:
        begins = re.compile(rf"\b{re.escape(word)}")
        best = max(
            (_WEIGHTS[place] for place, text in places.items() if begins.search(text.casefold())),
            default=_WEIGHTS["part of the name"] if word in name else 0,
        )
        if not best:
            return 0
        total += best + (_WEIGHTS["name"] if word == name else 0)
    return total
