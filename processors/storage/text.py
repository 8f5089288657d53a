"""Tables that stand in the address itself: ``text://id,city``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from dataflows.processors.storage.opened import OpenedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["open_text"]


def open_text(address: str, options: Mapping[str, Any]) -> OpenedFile:
    r"""Open the text behind ``text://``.

    Args:
        address: The text, with that before it.
        options: They are for the format, which is CSV unless ``format`` says another.

    Examples:
        >>> open_text("text://id\n1", {}).stream.read()
        b'id\n1'
    """
    text = address.partition("://")[2]
    left = {name: value for name, value in options.items() if name != "encoding"}
    return OpenedFile(io.BytesIO(text.encode()), "data", "the text", None, left)
