"""What an expression may not say: the place, shown with carets, and what to write instead."""

from __future__ import annotations

import ast
import re
from decimal import InvalidOperation, Overflow
from typing import TYPE_CHECKING

from dataflows.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DEEPEST",
    "OPERATORS",
    "OTHERWISE",
    "REFUSED",
    "TOO_DEEP",
    "lines_of",
    "parse",
    "plain",
    "refusal",
    "source_of",
]

DEEPEST = 100
_WIDEST = 160

OTHERWISE = "for more than an expression can say, give a Python function of the row"

# Operators of Python that are refused, with what the person most likely means.
OPERATORS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.BitAnd: ("&", "write `and` for &"),
    ast.BitOr: ("|", "write `or` for |"),
    ast.BitXor: ("^", "write ** for a power"),
    ast.Invert: ("~", "write `not` for ~"),
    ast.UAdd: ("+ before a value", "leave it out"),
    ast.MatMult: ("@", "write * to multiply"),
    ast.LShift: ("<<", "write x * 2 ** n"),
    ast.RShift: (">>", "write x // 2 ** n"),
}

TOO_DEEP = (
    f"the expression is nested more than {DEEPEST} deep",
    "split it into several steps, or give a Python function of the row",
)

REFUSED: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("a lambda", "write only what it would return"),
    ast.ListComp: ("a comprehension", OTHERWISE),
    ast.SetComp: ("a comprehension", OTHERWISE),
    ast.DictComp: ("a comprehension", OTHERWISE),
    ast.GeneratorExp: ("a comprehension", OTHERWISE),
    ast.NamedExpr: ("an assignment with :=", "write == to compare"),
    ast.JoinedStr: ("an f-string", "join the texts with +, and write str(x) for a number"),
    ast.Dict: ("a dict", "choose with: a if condition else b"),
    ast.Starred: ("a star", "write the values one by one"),
    ast.Tuple: ("a tuple", "write it after `in`: x in (1, 2)"),
    ast.List: ("a list", "write it after `in`: x in [1, 2]"),
    ast.Set: ("a set", "write it after `in`: x in {1, 2}"),
    ast.Slice: ("a slice", "write it in brackets after a text: code[:2]"),
}

# What people write who come from other languages, and what it is in Python.
_SYNTAX_HINTS = (
    ("&&", "write `and` for &&"),
    ("||", "write `or` for ||"),
    ("<>", "write != for <>"),
    ("===", "write == for ==="),
    ("`", 'write row["name"] for a field whose name is no Python name'),
    ("“", "write straight quotes"),
    ("’", "write straight quotes"),
    ("$", 'write row["name"] for a field whose name is no Python name'),
    ("!", "write `not` for !"),
    ("?", "write: a if condition else b"),
    (";", "write one expression"),
    ("=", "write == to compare"),
)
_SQL_HINTS = {
    "AND": "write `and` in lower case",
    "OR": "write `or` in lower case",
    "NOT": "write `not` in lower case",
    "IN": "write `in` in lower case",
    "LIKE": "write name.startswith('A') or 'A' in name",
    "like": "write name.startswith('A') or 'A' in name",
    "IS": "write `is None` or `is not None`",
    "null": "write None for null",
    "between": "write: 1 <= x <= 5",
    "BETWEEN": "write: 1 <= x <= 5",
}


def source_of(text: str, node: ast.AST) -> str:
    """Return the piece of an expression's text that a node was read from."""
    return ast.get_source_segment(text, node) or text


def refusal(text: str, what: str, fix: str, node: ast.expr | None = None) -> ArgumentError:
    """Return the error that shows a place in the text, the whole text without `node`."""
    if node is None:
        line = lines_of(text)[0]
        return _refusal_at(line, 0, len(line), what, fix)
    line = lines_of(text)[node.lineno - 1]
    # Python counts the columns of a node in bytes.
    encoded, end_offset = line.encode(), node.end_col_offset
    start, end = len(encoded[: node.col_offset].decode()), len(line)
    if end_offset is not None and node.end_lineno == node.lineno:
        end = len(encoded[:end_offset].decode())
    return _refusal_at(line, start, end, what, fix)


def lines_of(text: str) -> list[str]:
    """Split a text where Python does, which is not everywhere where `str.splitlines` does."""
    return re.split(r"\r\n|\r|\n", text)


def _refusal_at(line: str, start: int, end: int, what: str, fix: str) -> ArgumentError:
    if len(line) > _WIDEST:
        cut = max(0, start - _WIDEST // 4)
        line, start, end = line[cut : cut + _WIDEST], start - cut, min(end - cut, _WIDEST)
    carets = " " * start + "^" * max(1, end - start)
    return ArgumentError(f"{what}\n    {line}\n    {carets}", fix=fix)


def plain(error: Exception) -> str:
    """Return the words of an error; those of `decimal` are the names of its signals."""
    if isinstance(error, InvalidOperation):
        signals = [signal.__name__ for signal in error.args[0]]
        known = "ConversionSyntax" in signals
        return "this is not a number" if known else "the result has more digits than can be held"
    if isinstance(error, Overflow):
        return "the result is too large"
    words = str(error) or type(error).__name__
    return words if len(words) <= _WIDEST else words[: _WIDEST - 2] + " …"


def parse(text: str) -> ast.expr:
    """Return the syntax tree of a text, or raise the error that shows where it is not Python."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        lines = lines_of(text)
        number = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
        line = lines[number]
        start = min(max((error.offset or 1) - 1, 0), len(line))
        end = (error.end_offset or 0) - 1 if error.end_lineno == error.lineno else 0
        what = "this is not a Python expression"
        # What Python guesses after these words is often `:=`, which is no help here.
        if not error.msg.startswith("invalid syntax"):
            what += f": {error.msg}"
        raise _refusal_at(line, start, end, what, _syntax_fix(text)) from None
    except ValueError:
        what = "the expression holds a character that cannot be"
        raise ArgumentError(what, fix="leave it out.") from None
    except (RecursionError, MemoryError):
        raise refusal(text, *TOO_DEEP) from None


def _syntax_fix(text: str) -> str:
    for word in text.split():
        if word in _SQL_HINTS:
            return _SQL_HINTS[word]
    bare = text.replace("!=", "").replace("==", "") if "===" not in text else text
    bare = bare.replace("<=", "").replace(">=", "")
    for sign, fix in _SYNTAX_HINTS:
        if sign in bare:
            return fix
    return (
        "write a Python expression of fields, such as qty > 2 and city != 'Paris', "
        'and row["name"] for a field whose name is no Python name'
    )
