"""What runs in a worker process: it gets rows, calls the function with each, and answers.

The program is this module alone; the script that started the flow is not run again.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from operator import length_hint
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import cloudpickle

from dataflows.batch import Batch
from dataflows.collector import collecting_less
from dataflows.processors.flow_control.row_parcel import (
    pack,
    read_message,
    unpack,
    write_message,
)
from dataflows.rowwise import taken
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Answer", "RowTask", "answer_to", "main"]

_SECONDS_TO_END = 1.0


class RowTask(NamedTuple):
    """What is to be done with a parcel of rows.

    `reads` and `writes` are the fields that the function uses, None: whole rows; `touched` those
    whose values may differ afterwards, None: all.
    """

    reads: frozenset[str] | None
    writes: frozenset[str]
    touched: frozenset[str] | None


class Answer(NamedTuple):
    """What became of a parcel of rows.

    `changed` names the fields in the answer; `results` are what the function returned for each
    row, None where the row itself goes on, and None altogether where all do. `failure` is set
    where it raised: the index of the row, the error as pickle, its type and text, its traceback.
    """

    seconds: float
    changed: tuple[str, ...] = ()
    results: list[Any] | None = None
    failure: tuple[int, bytes | None, str, str, str] | None = None


def main() -> None:
    """Serve the process that started this one until it closes the pipe, or ends."""
    requests, answers = _own_pipes()
    waiting: queue.SimpleQueue[tuple[Any, bytes] | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(requests, waiting), daemon=True)
    reader.start()
    with contextlib.suppress(BrokenPipeError), collecting_less():
        _serve(waiting, answers)


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the pipes for ourselves; what the function prints goes to standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a file of ours
    return requests, answers


def _read(requests: IO[bytes], waiting: queue.SimpleQueue[tuple[Any, bytes] | None]) -> None:
    """Hand on the messages; end the process when there will be no more, even in mid-row."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            waiting.put(read_message(requests))
    waiting.put(None)
    time.sleep(_SECONDS_TO_END)
    os._exit(1)


def _serve(waiting: queue.SimpleQueue[tuple[Any, bytes] | None], answers: IO[bytes]) -> None:
    function: Callable[[dict[str, Any]], Any] | None = None
    while (message := waiting.get()) is not None:
        header, body = message
        if function is None:
            sys.argv[:] = header  # a function of a script may look at the script's arguments
            try:
                function = cloudpickle.loads(body)
            except Exception as error:  # noqa: BLE001 - whatever it is, the flow tells it
                write_message(answers, _failed(0.0, -1, error))
                return
            write_message(answers, None)
            continue
        try:
            write_message(answers, *answer_to(header, body, function))
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - a value that cannot travel: the flow tells it
            write_message(answers, _failed(0.0, -1, error))


def answer_to(
    task: RowTask, packed: bytes, function: Callable[[dict[str, Any]], Any]
) -> tuple[Answer, bytes]:
    """Call the function with each row of a parcel; return the answer, and the changed fields."""
    batch = unpack(packed)
    before = dict(zip(batch.names, batch.columns(), strict=True))
    if task.reads is None:
        rows = batch.rows()
    else:
        rows = batch.rows_of(task.reads, task.writes - task.reads)
    left = iter(rows)
    started = perf_counter()
    try:
        results = [
            made if made is None or made is row else taken(made)
            for row in left
            for made in (function(row),)
        ]
    except Exception as error:  # noqa: BLE001 - whatever it is, the flow tells it
        index = batch.length - length_hint(left) - 1
        return _failed(perf_counter() - started, index, error), b""
    seconds = perf_counter() - started
    own = [None if made is row else made for made, row in zip(results, rows, strict=True)]
    batch.touch(task.touched)
    after = dict(zip(batch.names, batch.columns(), strict=True))
    changed = {name: column for name, column in after.items() if column is not before[name]}
    made = Batch(changed, batch.length, extras=batch.extras)
    made.set_numbers(batch.numbers())
    codecs = {
        name: before[name].codec or codec_for({"name": name, "type": "any"}) for name in changed
    }
    others = own if any(item is not None for item in own) else None
    return Answer(seconds, tuple(changed), others), pack(made, codecs)


def _failed(seconds: float, index: int, error: Exception) -> Answer:
    trace = error.__traceback__
    while trace is not None and trace.tb_next and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    failure = (index, _pickled(error), type(error).__qualname__, str(error), "".join(lines))
    return Answer(seconds, failure=failure)


def _pickled(error: Exception) -> bytes | None:
    """Return an error as pickle, None where it would not come out as it goes in."""
    try:
        packed: bytes = cloudpickle.dumps(error)
        again = cloudpickle.loads(packed)
    except Exception:  # noqa: BLE001 - any error while an error is pickled means that it cannot be
        return None
    same = type(again) is type(error) and str(again) == str(error)
    return packed if same else None
