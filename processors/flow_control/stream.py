"""stream: the package and its rows as lines of JSON, for another program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.flow_control.json_lines_writer import FileLines, Lines, PathLines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["stream"]


@processor
def stream(file: str | os.PathLike[str] | TextIO | BinaryIO | None = None) -> Hooks:
    """Write the package and all rows as lines of JSON, which `unstream` reads.

    The first line is the descriptor of the package. Then come the rows of each resource, one a
    line, and an empty line after the last. Numbers, dates and the like keep their types: see
    `dataflows.helpers.extended_json`.

    Schema: unchanged.
    Rows: unchanged.
    Memory: one batch; more where a later step leaves rows of one resource and goes on to the next.

    Args:
        file: A path, or a file that is open for writing; by default the standard output. A path
            gets its new content when the whole flow has succeeded. A file is closed at the end,
            but for the standard output and standard error, which are flushed.

    Raises:
        ArgumentError: What is given is no path and cannot be written to.
        OutputError: The file cannot be written.
        RowError: A value that has no form in JSON, such as bytes.

    Examples:
        >>> import sys
        >>> from dataflows import Flow, stream
        >>> _ = Flow([{"day": "2026-01-31", "qty": 2.5}], stream(sys.stdout)).process()
        ... # doctest: +ELLIPSIS
        {"profile": "data-package", "resources": [{"name": "res_1", ...
        {"day": "2026-01-31", "qty": {"type{decimal}": "2.5"}}
        <BLANKLINE>
    """
    given: Any = file
    if not (given is None or isinstance(given, (str, os.PathLike)) or hasattr(given, "write")):
        what = f"stream writes to a path or to an open file, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance stream('sales.ndjson').")

    if _is_path(given):
        given = home_path(str(os.fspath(given)))

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        sink = PathLines(Path(given), step) if _is_path(given) else FileLines(given, step)
        step.state["lines"] = sink
        step.run.sinks.add(sink, step.blamed)
        step.run.opened.append(sink)

    def batches(stream: Stream) -> Iterator[Batch]:
        lines: Lines = stream.step.state["lines"]
        return lines.passing(stream)

    return Hooks(package=package, batches=batches, drains=True)


def _is_path(file: object) -> bool:
    return isinstance(file, (str, os.PathLike))
