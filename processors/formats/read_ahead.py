"""Run an iterator ahead, in a thread of its own."""

from __future__ import annotations

import atexit
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["prefetch", "stop_all"]

_Item = TypeVar("_Item")

_running: set[Callable[[], None]] = set()


def prefetch(make: Callable[[], Iterator[_Item]], depth: int = 4) -> Generator[_Item, None, None]:
    """Yield the items of an iterator that a thread of its own runs, a few items ahead.

    Closing the generator stops the thread and waits for it; an error in the thread is raised here.

    Examples:
        >>> list(prefetch(lambda: iter("abc")))
        ['a', 'b', 'c']
    """
    ready: SimpleQueue[tuple[bool, _Item | BaseException | None]] = SimpleQueue()
    room = Semaphore(depth)
    stopped = False

    def work() -> None:
        items: Iterator[_Item] = iter(())
        try:
            items = make()
            while room.acquire() and not stopped:
                ready.put((True, next(items)))
        except StopIteration:
            ready.put((False, None))
        except BaseException as error:  # noqa: BLE001 - raised where the items are used
            ready.put((False, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = Thread(target=work, name="dataflows-csv-reader", daemon=True)

    def stop() -> None:
        nonlocal stopped
        stopped = True
        room.release()
        thread.join()
        _running.discard(stop)

    _running.add(stop)
    thread.start()
    try:
        while True:
            going_on, item = ready.get()
            if not going_on:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]  # an item whenever it goes on
            room.release()
    finally:
        stop()


@atexit.register
def stop_all() -> None:
    """Stop all threads: Python may not end while they run code of a library that calls it."""
    for stop in list(_running):
        stop()
