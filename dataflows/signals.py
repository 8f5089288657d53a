"""A polite end: SIGTERM becomes an exception, so that outputs are undone."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ending_politely"]


@contextmanager
def ending_politely() -> Iterator[None]:
    """Let SIGTERM raise `SystemExit` (143) inside the block, as Ctrl-C raises `KeyboardInterrupt`.

    A handler that the program has set stays, and in other threads than the main one nothing is
    done, for only the main thread may set one.

    Examples:
        >>> import os, signal
        >>> try:
        ...     with ending_politely():
        ...         os.kill(os.getpid(), signal.SIGTERM)
        ... except SystemExit as end:
        ...     print(end.code)
        143
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
