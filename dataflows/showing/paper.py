"""Paper: what a text is written on, and lines of words in styles."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from dataflows.showing.words import in_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

__all__ = ["PLAIN", "Line", "Paper", "Word"]

Word = tuple[str, str]
"""A text, and its style: "", or words such as "bold" and "red"."""
Line = list[Word]

_NARROWEST = 20
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff")
_ESCAPED = _DIRECTIONS | _UNSEEN
_HARMFUL = frozenset(("Cc", "Cs", "Zl", "Zp"))
_SIGNS = {
    "…": "...",
    "∅": "null",
    "─": "-",
    "→": "->",
    "×": "x",
    "·": "-",
    **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)),
}
_DRAWN = "".join(_SIGNS)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a text is written on.

    Args:
        width: How many columns it has; None: as many as are needed.
        styles: Whether it shows colours and bold letters.
        encoding: The characters that it has.
    """

    width: int | None = None
    styles: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: TextIO) -> Paper:
        """Return that of a stream: a terminal has a width, and styles unless NO_COLOR is set."""
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if not stream.isatty():
            return cls(encoding=encoding)
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        width = max(_NARROWEST, get_terminal_size().columns)
        return cls(width, not plain, encoding)

    @property
    def draws(self) -> bool:
        """Whether it has more characters than ASCII for lines and bars."""
        try:
            _DRAWN.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def sign(self, text: str) -> str:
        """Return a text of ours as this paper can show it.

        Examples:
            >>> Paper(encoding="ascii").sign("1 → 2 …"), PLAIN.sign("1 → 2 …")
            ('1 -> 2 ...', '1 → 2 …')
        """
        if self.draws:
            return text
        return "".join(_SIGNS.get(one, one) for one in text)

    def shown(self, text: str) -> str:
        r"""Return a text of others: what would act on a terminal, or cannot be shown, is escaped.

        Examples:
            >>> print(PLAIN.shown("red: \x1b[31m, two\nlines"))
            red: \x1b[31m, two\nlines
            >>> print(Paper(encoding="ascii").shown("Orléans"))
            Orl\xe9ans
        """
        if text.isascii() and text.isprintable():
            return text
        text = "".join(
            repr(one)[1:-1] if one in _ESCAPED or unicodedata.category(one) in _HARMFUL else one
            for one in text
        )
        inner = text.strip()
        if text.strip(" ") != inner:
            # A blank that is none of the keyboard's, where nobody would see it.
            start, _, end = text.partition(inner) if inner else (text, "", "")
            text = f"{_told(start)}{inner}{_told(end)}"
        try:
            return text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        except LookupError:
            return text

    def cut(self, text: str, longest: int) -> str:
        """Return a text with no more columns than these; a mark stands for what is left out.

        Examples:
            >>> PLAIN.cut("abcdef", 4), PLAIN.cut("北京上海", 5)
            ('abc…', '北京…')
        """
        if len(text) * 2 <= longest or in_columns(text) <= longest:
            return text
        mark = self.sign("…")
        room, kept = longest - len(mark), []
        for one in text:
            room -= in_columns(one)
            if room < 0:
                break
            kept.append(one)
        return "".join(kept) + mark

    def text(self, lines: Iterable[Line]) -> str:
        """Return lines as text for this paper, each with its end."""
        found = list(lines)
        if self.styles:
            return _styled(found)
        return "".join("".join(word for word, _ in line).rstrip() + "\n" for line in found)


PLAIN = Paper()
"""As wide as needed, without styles, with all characters."""


def _told(blanks: str) -> str:
    return "".join(one if one == " " else repr(one)[1:-1] for one in blanks)


def _styled(lines: list[Line]) -> str:
    """Return lines with the codes of a terminal, as many colours as it has."""
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    console = Console(file=StringIO(), force_terminal=True, highlight=False, markup=False)
    with console.capture() as captured:
        for line in lines:
            console.print(Text.assemble(*line), soft_wrap=True)
    return captured.get()
