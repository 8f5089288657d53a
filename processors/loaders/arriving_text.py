"""Texts from elsewhere that come slowly: their rows go on as they come.

A file that comes fast is read from its first megabyte on, as one of this machine is. One that comes
slowly is not waited for so long: its header and its types come from what has arrived.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from dataflows.processors.formats.csv_stream import HEAD_BYTES, detect_encoding
from dataflows.processors.loaders.standard_input import StandardInputTable, reads_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.opened import Arriving

__all__ = ["slow_table"]

_PAUSE_SECONDS = 0.5
_ROWS_BEFORE_A_PAUSE = 100
_PATIENCE_SECONDS = 5
_FEWEST_LINES = 2  # a header and a row


def slow_table(
    arriving: Arriving, format_: str, options: Mapping[str, Any]
) -> StandardInputTable | None:
    """Return the table in a text that comes slowly; None for one that need not be read like that.

    It comes slowly when less than a megabyte of it has arrived after five seconds, or when it
    pauses for half a second after a hundred rows.

    Args:
        arriving: The file.
        format_: ``"csv"``, ``"tsv"`` or ``"ndjson"``.
        options: The options of the format.

    Raises:
        SourceLoadError: The file does not arrive, or is no table.
    """
    known = reads_options(options) and options.get("compression", "no") == "no"
    if format_ not in ("csv", "tsv", "ndjson") or not known or not _is_slow(arriving):
        return None
    size = arriving.size
    encoding, _ = detect_encoding(arriving.head(size), options.get("encoding"), whole=False)
    given = {**options, "encoding": "utf-8-sig" if encoding == "utf-8" else encoding}
    shown = arriving.opened.shown
    stream = arriving.open_bytes()
    return StandardInputTable(stream, format_, given, shown=shown, first_bytes=size)


def _is_slow(arriving: Arriving) -> bool:
    """Wait for the first megabyte; tell whether that would take too long."""
    start, counted, lines = monotonic(), 0, 0
    while arriving.size < HEAD_BYTES:
        has_paused = not arriving.arrives_within(_PAUSE_SECONDS)
        while counted < arriving.size:
            data = arriving.read_at(counted, arriving.size - counted)
            lines += data.count(b"\n")
            counted += len(data)
        if arriving.ended:
            return False
        if has_paused and lines > _ROWS_BEFORE_A_PAUSE:
            return True
        if lines >= _FEWEST_LINES and monotonic() - start >= _PATIENCE_SECONDS:
            return True
    return False
