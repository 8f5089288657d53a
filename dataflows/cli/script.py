"""Writing the script of a flow: calls of our own processors with literals, and nothing else.

What comes from outside (addresses, names of fields, values) gets into the script only by `literal`,
or by `comment`; neither can end the text that it stands in.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "Step", "comment", "literal", "write_script"]

_WIDTH = 100
_INDENT = " " * 4

_SCRIPT = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["dataflows>=1.0"]
# ///
"""{summary}

Written by `dataflows init`, to be changed. Run it: dataflows run {script}
"""

from dataflows import {names}


def flow() -> Flow:
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
class Step:
    """One call in the script.

    Args:
        name: The processor, a name of our own.
        arguments: Its arguments: literals.
        options: Its keyword arguments: names of our own; literals, or a `Call`.
        comments: What was seen in the data, a line or more each.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


def write_script(script: str, source: str, steps: list[Step]) -> str:
    """Return the text of a script.

    Args:
        script: The name of its file: a slug and `.py`.
        source: The address of the data.
        steps: The steps of the flow.
    """
    names = {"Flow", *(step.name for step in steps)}
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
        summary=f"Load {_in_docstring(source)}, with the types of its fields, and write it out.",
        script=script,
        names=listed,
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
    if isinstance(value, Call):
        options = (f"{name}={_short_literal(one)}" for name, one in value.options.items())
        return f"{value.name}({', '.join(options)})"
    return _short_literal(value) if width is None else literal(value, indent, width)
