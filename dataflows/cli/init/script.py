"""Writing the script of a flow: calls of our own processors with literals, and nothing else.

What comes from outside (addresses, names of fields, values) gets into the script only by `literal`,
or by `comment`; neither can end the text that it stands in.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "Name", "Script", "Step", "comment", "literal", "write_script"]

_WIDTH = 100
_INDENT = " " * 4

_SCRIPT = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = [{requires}]
# ///
"""{summary}

Written by `dataflows init`, to be changed. Run it: {call}
"""

{imports}from dataflows import {names}

{prelude}
def flow({parameters}) -> Flow:
    """Return the flow: nothing is read before it runs."""
    return Flow(
{steps}
    )


if __name__ == "__main__":
    print(flow().run())
'''


@dataclass(frozen=True, slots=True)
class Call:
    """A call among the options of a step, such as `rejects(max_rate=0.01)`.

    Args:
        name: What is called, a name of our own.
        options: Its keyword arguments: names of our own, and literals.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the script defines, such as that of a function or of a parameter.

    Args:
        text: The name, or a call of it: text of our own.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One call in the script.

    Args:
        name: The processor, a name of our own; "" for a function of the script itself, which is
            the argument then.
        arguments: Its arguments: literals.
        options: Its keyword arguments: names of our own; literals, or a `Call`.
        comments: What was seen in the data, a line or more each.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """What a script holds besides the steps of its flow.

    Args:
        summary: Its first line, with ``{}`` for the address of the data.
        imports: Its imports besides ours: lines of our own.
        prelude: What stands before the function: code of our own, with literals in it.
        parameters: The parameters of the function: code of our own, with literals in it.
        options: What is to be given to `dataflows run` besides the script.
        names: What is imported of ours besides the steps.
        requires: Distributions that it needs, with ours first.
    """

    summary: str = "Load {}, with the types of its fields, and write it out."
    imports: tuple[str, ...] = ()
    prelude: str = ""
    parameters: str = ""
    options: str = ""
    names: tuple[str, ...] = ()
    requires: tuple[str, ...] = ("dataflows>=1.0",)


def write_script(script: str, source: str, steps: list[Step], rest: Script | None = None) -> str:
    """Return the text of a script.

    Args:
        script: The name of its file: a slug and `.py`.
        source: The address of the data.
        steps: The steps of the flow.
        rest: What it holds besides.
    """
    rest = rest or Script()
    names = {"Flow", *rest.names, *(step.name for step in steps if step.name)}
    names |= {
        option.name
        for step in steps
        for option in step.options.values()
        if isinstance(option, Call)
    }
    line = f"from dataflows import {', '.join(sorted(names))}"
    listed = ", ".join(sorted(names))
    if len(line) > _WIDTH:
        listed = "(\n" + "".join(f"{_INDENT}{name},\n" for name in sorted(names)) + ")"
    return _SCRIPT.format(
        requires=", ".join(map(_quote, rest.requires)),
        summary=rest.summary.format(_in_docstring(source)),
        call=f"dataflows run {script} {rest.options}".rstrip(),
        imports="".join(f"{line}\n" for line in rest.imports) + ("\n" if rest.imports else ""),
        names=listed,
        prelude=f"\n{rest.prelude.rstrip()}\n\n" if rest.prelude else "",
        parameters=rest.parameters,
        steps="\n".join(_write_step(step) for step in steps),
    )


def literal(value: Any, indent: str = "", width: int = _WIDTH) -> str:
    """Return the Python literal of a value, on more than one line if it is long.

    Args:
        value: Text, a number, a boolean, None, or a list or dict of such.
        indent: What stands before the lines after the first.
        width: How long a line may be.

    Raises:
        TypeError: There is something else in it.

    Examples:
        >>> print(literal({"fields": ["it's", 1]}))
        {"fields": ["it's", 1]}
    """
    short = _short_literal(value)
    if len(indent) + len(short) <= width or not isinstance(value, (list, dict)) or not value:
        return short
    inner = indent + _INDENT
    if isinstance(value, list):
        items = [literal(item, inner, width - 1) for item in value]
        opening, closing = "[]"
    else:
        items = [
            f"{_short_literal(key)}: {literal(item, inner, width - 1)}"
            for key, item in value.items()
        ]
        opening, closing = "{}"
    return "\n".join([opening, *(f"{inner}{item}," for item in items), indent + closing])


def _short_literal(value: Any) -> str:
    if isinstance(value, dict):
        items = (f"{_short_literal(key)}: {_short_literal(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short_literal, value)) + "]"
    if type(value) is str:
        return _quote(value)
    if value is None or type(value) in (bool, int, float):
        return repr(value)
    raise TypeError(f"a script holds literals only, not {type(value).__name__}")


def _quote(text: str) -> str:
    """Return the `repr` of a text, in the quotes that a formatter would choose."""
    written = repr(text)
    if written.startswith("'") and '"' not in written:
        return f'"{written[1:-1]}"'
    return written


def comment(text: str, indent: str = "") -> str:
    r"""Return the lines of a comment; what could end a line, or hide one, is escaped.

    Examples:
        >>> print(comment(chr(10) + "import os"))
        # \nimport os
    """
    plain = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    lines = textwrap.wrap(plain, _WIDTH - len(indent) - 2, break_on_hyphens=False)
    return "\n".join(f"{indent}# {line}" for line in lines)


def _in_docstring(text: str) -> str:
    """Return a text as it may stand in a docstring of three double quotes."""
    shown = repr(text)[1:-1].replace("\\'", "'")
    return shown.replace("\\", "\\\\").replace('"', '\\"')


def _write_step(step: Step) -> str:
    indent = _INDENT * 2
    comments = [comment(text, indent) for text in step.comments]
    arguments = [("", value) for value in step.arguments]
    arguments += [(f"{name}=", value) for name, value in step.options.items()]
    if not step.name:
        return "\n".join([*comments, f"{indent}{_write_argument(arguments[0][1])},"])
    on_one_line = ", ".join(prefix + _write_argument(value) for prefix, value in arguments)
    call = f"{indent}{step.name}({on_one_line}),"
    if len(call) > _WIDTH:
        inner = indent + _INDENT
        lines = [
            f"{inner}{prefix}{_write_argument(value, inner, _WIDTH - len(prefix) - 1)},"
            for prefix, value in arguments
        ]
        call = "\n".join([f"{indent}{step.name}(", *lines, f"{indent}),"])
    return "\n".join([*comments, call])


def _write_argument(value: Any, indent: str = "", width: int | None = None) -> str:
    if isinstance(value, Name):
        return value.text
    if isinstance(value, Call):
        options = (f"{name}={_short_literal(one)}" for name, one in value.options.items())
        return f"{value.name}({', '.join(options)})"
    return _short_literal(value) if width is None else literal(value, indent, width)
