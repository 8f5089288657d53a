"""The picture of a chain on a terminal, in colour where that is shown, or in a pipe."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from dataflows.showing.paper import Line, Paper

if TYPE_CHECKING:
    from dataflows.showing.chain_picture import ChainPicture

__all__ = ["print_picture", "styled_line"]

_STEP = re.compile(r"( *)((?:\d+\.)+ )(.*?)(  \[.*\]?)?")
_LOOKS = {"+ resource": "green", "- resource": "red", "= resource": "bold"}


def print_picture(picture: ChainPicture, *, schemas: bool = False) -> None:
    """Print a picture as text, within the width of a terminal.

    Args:
        picture: The picture.
        schemas: Whether to show all fields of the resources that a step changes.
    """
    paper = Paper.of(sys.stdout)
    text = picture.text(paper.width, schemas=schemas)
    shown = (paper.shown(paper.sign(line)) for line in text.splitlines())
    print(paper.text(map(styled_line, shown)), end="")


def styled_line(line: str) -> Line:
    """Return a line of a picture as words with their styles.

    Examples:
        >>> styled_line("2. total (sales.py, line 3)  [rows: reads qty]")
        [('2. ', 'cyan'), ('total (sales.py, line 3)', 'bold'), ('  [rows: reads qty]', 'cyan')]
        >>> styled_line("   + resource sales: qty: integer")
        [('   + resource sales: qty: integer', 'green')]
    """
    step = _STEP.fullmatch(line)
    if step is not None:
        indent, position, label, manner = step.groups()
        words = [(indent, ""), (position, "cyan"), (label, "bold"), (manner or "", "cyan")]
        return [word for word in words if word[0]]
    return [(line, _LOOKS.get(line.strip()[:10], ""))]
