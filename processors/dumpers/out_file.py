"""OutFile: the zip of a dump, for scripts that ask about it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from dataflows.processors.storage.zip_output import StagedZip

__all__ = ["OutFile"]


class OutFile:
    """The zip of a dump, as scripts of 0.5.12 ask for it: ``dump.out_file.closed``.

    Examples:
        >>> from dataflows import dump_to_zip
        >>> dump_to_zip("out.zip").out_file.closed
        True
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.staged: WeakSet[StagedZip] = WeakSet()

    @property
    def closed(self) -> bool:
        """Whether no run is writing it."""
        return not any(one.is_open for one in self.staged)

    def __fspath__(self) -> str:
        """Return its path."""
        return self.name
