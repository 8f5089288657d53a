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
        outer: The positions of those flows, the outermost first.
    """

    processor: Processor
    position: int
    steps: int
    inside: tuple[str, ...] = ()
    outer: tuple[int, ...] = ()

    @property
    def number(self) -> str:
        """Its position, after those of the flows that it is inside of.

        Examples:
            >>> ChainLink(None, 2, 3, outer=(4, 1)).number
            '4.1.2'
        """
        return ".".join(map(str, (*self.outer, self.position)))

    def within(self, *inside: str, outer: tuple[int, ...] = ()) -> ChainLink:
        """Return the link as a part of another one."""
        return self._replace(inside=(*self.inside, *inside), outer=(*outer, *self.outer))
