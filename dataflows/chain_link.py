"""ChainLink: a processor at its place in a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dataflows.processor import Processor

__all__ = ["ChainLink"]


class ChainLink(NamedTuple):
    """A processor at its place in a chain, before a run.

    Args:
        processor: The processor.
        position: Its position in its own Flow, from 1.
        steps: How many steps its own Flow has.
        inside: The links of other flows that its own Flow is a part of, for messages.
    """

    processor: Processor
    position: int
    steps: int
    inside: tuple[str, ...] = ()

    def within(self, *outer: str) -> ChainLink:
        """Return the link as a part of another one."""
        return self._replace(inside=(*self.inside, *outer))
