"""SingleFileDump: what one file gets of a flow, without a descriptor beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processors.dumpers.file_dump import FileDump

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.processors.dumpers.dump_options import DumpOptions
    from dataflows.processors.dumpers.file_dump import OutputPlace

__all__ = ["SingleFileDump"]


class SingleFileDump(FileDump):
    """The dump of the selected resources of a step into one file.

    Args:
        step: The step of the dumper; there is one selected resource, or all are the parts of the
            file.
        place: Where the file is staged.
        options: The options.
    """

    def __init__(self, step: Step, place: OutputPlace, options: DumpOptions) -> None:
        super().__init__(step, place, options)
        self._file = place

    def prepare(self) -> None:
        """Complete the file, and count what is in it."""
        self.open()
        self._complete_gathered()
        resources = self._step.package.descriptor["resources"]
        written = {
            "name": self._step.package.descriptor.get("name"),
            "resources": [one for one in resources if one["name"] in self._done],
        }
        self._count(written)
        one = self._written[0]
        self._file.prepare()
        if self.stands(one):
            self._file.discard(one.path)
        self._report(written, 0)
        self._step.package.commit()

    def commit(self) -> None:
        """Make the file visible."""
        self._file.commit(last=None)
