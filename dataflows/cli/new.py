"""`dataflows new`: write a processor, or a plugin with one, from a template."""

from __future__ import annotations

import keyword
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.groups import Commands
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.templates.texts import PLUGIN_FILES, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["command"]

_MODULES = {"row": "row", "rows": "rows", "package": "package", "class": "stream"}
_TEMPLATE = "my_step"
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows new processor add_vat          a function of each row, and its test
  dataflows new processor cut --kind rows  a function of all rows of a table
  dataflows new plugin add_vat             a package that others can install
"""
_PROCESSOR_EXAMPLES = """\b
Examples:
  dataflows new processor add_vat
  dataflows new processor drop_repeats --kind rows
"""
_PLUGIN_EXAMPLES = """\b
Examples:
  dataflows new plugin add_vat
  dataflows new plugin drop_repeats --kind rows
"""


@click.group("new", cls=Commands, epilog=_EXAMPLES)
def command() -> None:
    """Write a new processor, or a plugin, from a template that is ready to run.

    Existing files are never overwritten.
    """


def _kind_option(function: Callable[..., Any]) -> Callable[..., Any]:
    option = click.option(
        "--kind",
        type=click.Choice(list(_MODULES)),
        default="row",
        show_default=True,
        help="A function of each row, of all rows of a table, or of the package; or a class.",
    )
    return option(function)


@command.command("processor", epilog=_PROCESSOR_EXAMPLES)
@click.argument("name")
@_kind_option
@debug_option
def _processor(name: str, kind: str) -> None:
    """Write NAME.py with a processor, and test_NAME.py with its test.

    Both stand in the current folder and run at once: change them to what you need.
    """
    _check(name)
    test = TESTS[kind].replace("my_module", name)
    _write(Path(), {f"{name}.py": _template(kind), f"test_{name}.py": test}, name)
    print(f"try it: pytest test_{name}.py")


@command.command("plugin", epilog=_PLUGIN_EXAMPLES)
@click.argument("name")
@_kind_option
@debug_option
def _plugin(name: str, kind: str) -> None:
    """Write the folder dataflows-NAME: a package that adds the processor NAME to dataflows.

    Where it is installed, `from dataflows.contrib import NAME` finds the processor, and `dataflows
    processors` lists it.
    """
    _check(name)
    files = {
        **PLUGIN_FILES,
        f"dataflows_{name}/{name}.py": _template(kind),
        f"tests/test_{name}.py": TESTS[kind].replace("my_module", f"dataflows_{name}"),
    }
    folder = Path(f"dataflows-{name.replace('_', '-')}")
    _write(folder, files, name)
    print(f"try it: pip install -e {folder} && pytest {folder}")


def _check(name: str) -> None:
    """Check that a name can be that of a processor and of a module.

    Raises:
        CallError: It cannot.
    """
    from dataflows.catalog import entries

    plain = "".join(char if char.isalnum() and char.isascii() else "_" for char in name.lower())
    plain = plain.strip("_")
    if not name.isidentifier() or not name.isascii() or name != name.lower() or name[:1] == "_":
        good = plain if plain.isidentifier() and not keyword.iskeyword(plain) else "add_vat"
        what = f"{name!r} is no name for a processor: small letters, digits and underscores"
        raise CallError(what, fix=f"call it for instance {good}.")
    if keyword.iskeyword(name) or name in {"dataflows", "test", *sys.stdlib_module_names}:
        what = f"{name!r} is taken: it is a word or a module of Python, or of dataflows"
        raise CallError(what, fix=f"call it for instance {name}_rows.")
    if any(entry.name == name and "contrib" not in entry.import_line for entry in entries()):
        what = f"there is a processor {name!r} already"
        raise CallError(what, fix=f"choose another name, or see: dataflows processors {name}.")


def _template(kind: str) -> str:
    path = Path(__file__).parent / "templates" / f"{_MODULES[kind]}.py"
    return path.read_text(encoding="utf-8")


def _write(folder: Path, files: Mapping[str, str], name: str) -> None:
    """Write files, all of them new, with the name in the place of that of the template.

    Raises:
        CallError: One of them is there, or cannot be written.
    """
    dashed = _TEMPLATE.replace("_", "-"), name.replace("_", "-")
    texts = {
        folder / path.replace(_TEMPLATE, name): text.replace(_TEMPLATE, name).replace(*dashed)
        for path, text in files.items()
    }
    for path in texts:
        if path.exists():
            what = f"there is a file {path.as_posix()!r} already"
            raise CallError(
                what, fix="choose another name, or move it away: it is not overwritten."
            )
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            what = f"cannot write {path.as_posix()!r}: {error.strerror}"
            raise CallError(what, fix="go to a folder where you may write.") from None
        print(f"written: {path.as_posix()}")
