"""The elements of an XML file that are rows, as the parser comes upon them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Records", "TooMuch", "typed"]

_DEEPEST = 500
_LONGEST = 1 << 26
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})").fullmatch
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][+-]?[0-9]{1,3})?").fullmatch
_TRUTH = {"true": True, "false": False}
_TEXT_KEY = "#text"


class TooMuch(Exception):  # noqa: N818 - its text is what is too much
    """The file has more in one place than a table has."""


class _Node:
    """An element that is open."""

    __slots__ = ("attributes", "children", "name", "texts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: dict[str, Any] = {}
        self.texts: list[str] = []

    def add(self, name: str, value: Any) -> None:
        """Add what an element in this one holds; several of one name make a list."""
        if name not in self.children:
            self.children[name] = value
        elif isinstance(self.children[name], _Several):
            self.children[name].append(value)
        else:
            self.children[name] = _Several([self.children[name], value])

    def text(self) -> str | None:
        """Return the text of the element itself, None where it has none."""
        return "".join(self.texts) or None


class _Several(list[Any]):
    """The values of several elements of one name."""


class Records:
    """Takes the events of a parser, and makes rows of the elements that are rows.

    Args:
        record: The name of these elements; None for that of the first element under the root.
        attributes: True for attributes as ``@name``, ``"alone"`` for those of rows that have
            nothing else, else None.
        root_is_row: Whether the root itself is the one row.
    """

    def __init__(
        self, record: str | None, *, attributes: bool | str | None, root_is_row: bool = False
    ) -> None:
        self.names: set[str] = set()
        self.others = 0
        self.leaves = True
        self.attributes = 0
        self._texts = 0
        self._record = record
        self._anywhere = record is not None
        self._with_attributes = attributes
        self._root_is_row = root_is_row
        self._open: list[_Node] = []
        self._rows: list[dict[str, Any]] = []
        self._depth = self._size = 0

    def taken(self) -> list[dict[str, Any]]:
        """Return the rows that have come since it was last asked."""
        rows, self._rows = self._rows, []
        return rows

    def notes(self) -> dict[str, int]:
        """Return how much was left out, by what it was."""
        found = {
            "elements beside the rows, left out": self.others,
            "attributes, left out": 0 if self._with_attributes else self.attributes,
            "texts beside elements, left out": self._texts,
        }
        return {note: count for note, count in found.items() if count}

    # What the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        self._depth += 1
        if self._depth > _DEEPEST:
            message = f"more than {_DEEPEST} elements inside each other"
            raise TooMuch(message)
        name = tag.rpartition("}")[2]
        if self._open or self._is_row(name):
            self.attributes += len(attributes)
            self._open.append(_Node(name, attributes))
            self._measure(len(name) + sum(map(len, attributes.values())))
        elif self._depth > 1:
            self.others += 1
        if len(self.names) < 1000:
            self.names.add(name)

    def data(self, text: str) -> None:
        """Take text."""
        if self._open:
            self._open[-1].texts.append(text)
            self._measure(len(text))

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser knows that it fits
        """Take the end of an element."""
        self._depth -= 1
        if not self._open:
            return
        node = self._open.pop()
        if self._open:
            inside = node.children or (node.attributes and self._with_attributes)
            if len(self._open) == 1 and not inside:
                self._open[0].add(node.name, node.text())
            else:
                self._open[-1].add(node.name, self._nested(node))
            return
        self._rows.append(self._row(node))
        self._size = 0

    def close(self) -> None:
        """Do nothing more."""

    def _is_row(self, name: str) -> bool:
        if self._root_is_row or self._anywhere:
            return self._root_is_row or name == self._record
        if self._depth != 2:
            return False
        if self._record is None:
            self._record = name
        return name == self._record

    def _measure(self, size: int) -> None:
        # What an element costs beside its text.
        self._size += size + 64
        if self._size > _LONGEST:
            message = f"one row, <{self._open[0].name}>, of more than 64 MB"
            raise TooMuch(message)

    def _row(self, node: _Node) -> dict[str, Any]:
        row = {
            name: [typed(one) for one in value] if isinstance(value, _Several) else value
            for name, value in node.children.items()
        }
        text = node.text()
        blank = text is None or not text.strip()
        if row:
            self.leaves = False
            self._texts += not blank
        elif not blank:
            row[node.name] = text
        if self._with_attributes:
            mark = "" if self._with_attributes == "alone" else "@"
            row.update(_named(node.attributes, mark))
        return row

    def _nested(self, node: _Node) -> Any:
        """Return what an element inside a cell holds."""
        text = node.text()
        blank = text is None or not text.strip()
        attributes = _named(node.attributes, "@") if self._with_attributes else {}
        if not node.children and not attributes:
            return typed(text)
        found: dict[str, Any] = {**attributes}
        for name, value in node.children.items():
            found[name] = [typed(one) for one in value] if isinstance(value, _Several) else value
            found[name] = typed(found[name])
        if not blank:
            found[_TEXT_KEY] = typed(text)
        return found


def _named(attributes: Mapping[str, str], mark: str) -> dict[str, str]:
    return {f"{mark}{name.rpartition('}')[2]}": value for name, value in attributes.items()}


def typed(value: Any) -> Any:
    """Return the number or the truth that a text inside a cell says, else the value itself.

    Examples:
        >>> typed("12"), typed("012"), typed(" 1.50 "), typed("true")
        (12, '012', 1.5, True)
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _INTEGER(text):
        return int(text)
    if _NUMBER(text):
        return float(text)
    return _TRUTH.get(text, value)
