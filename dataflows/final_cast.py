"""The cast at the end of a flow: rows are handed out as the final schema says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processor import Hooks, Processor
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.streams import Stream

__all__ = ["final_cast"]


def final_cast(label: str, on_error: Any) -> Processor:
    """Return the step that casts every value to its field's type.

    Args:
        label: What errors call it, such as the method that was called.
        on_error: The policy for values that do not fit.
    """

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codecs = codecs_of(stream.resource)
        return lambda batch: stream.cast(batch, codecs, came_in=True)

    return Processor(label, Hooks(batch=batch, on_error=on_error))
