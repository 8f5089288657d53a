"""What is logged of a request, without the keys that its address may hold."""

from __future__ import annotations

import logging
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["masked_log"]

_QUERY = re.compile(r"\?[^\s\"']+")
_LOGGER = logging.getLogger("urllib3.connectionpool")
_at_work = threading.local()


class _WithoutQueries(logging.Filter):
    """Masks the queries of addresses in what is logged of our own requests, and of no others."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(_at_work, "here", False):
            record.msg, record.args = _QUERY.sub("?***", record.getMessage()), ()
        return True


_FILTER = _WithoutQueries()


@contextmanager
def masked_log() -> Iterator[None]:
    """Keep queries out of the log as long as a request is made in this thread."""
    _LOGGER.addFilter(_FILTER)  # a second time it does nothing
    _at_work.here = True
    try:
        yield
    finally:
        _at_work.here = False
