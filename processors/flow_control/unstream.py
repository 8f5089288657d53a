"""unstream: the package and the rows that `stream` has written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.flow_control.json_lines_reader import Lines, LinesSource
from dataflows.processors.passing.added_rows import added
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["unstream"]


@processor
def unstream(file: str | os.PathLike[str] | TextIO | BinaryIO | None = None) -> Hooks:
    """Read the package and the rows that `stream` wrote.

    A stream that was interrupted is an error, and never a table with fewer rows.

    Schema: that of the package which was written; it takes the place of what is there.
    Rows: those which were written, in their order; what is there before is not read.
    Memory: one batch; more where a later step leaves rows of one resource and goes on to the next.

    Args:
        file: A path, or a file that is open for reading; by default the standard input.

    Raises:
        ArgumentError: What is given is no path and cannot be read.
        SourceLoadError: It cannot be opened, was interrupted, or is no such stream.

    Examples:
        >>> import tempfile
        >>> from dataflows import Flow, stream, unstream
        >>> path = f"{tempfile.mkdtemp()}/cities.ndjson"
        >>> _ = Flow([{"city": "Rome", "size": 2.5}], stream(path)).process()
        >>> Flow(unstream(path)).results()[0]
        [[{'city': 'Rome', 'size': Decimal('2.5')}]]
    """
    given: Any = file
    if not (given is None or isinstance(given, (str, os.PathLike)) or hasattr(given, "readline")):
        what = f"unstream reads a path or an open file, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance unstream('sales.ndjson').")
    is_path = isinstance(given, (str, os.PathLike))
    source = LinesSource(home_path(str(os.fspath(given))) if is_path else given)

    def package(package: Package, step: Step) -> None:
        lines = step.state["lines"] = source.lines()
        step.run.opened.append(lines)
        package.descriptor = lines.descriptor()

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:  # noqa: ARG001 - what comes is not wanted
        lines: Lines = step.state["lines"]
        lines.begin()
        for resource in step.package.resources:
            yield Batches(added(lines.batches(resource), resource.name, step))

    return Hooks(package=package, resources=resources)
