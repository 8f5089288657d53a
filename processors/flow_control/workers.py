"""Workers: processes that call one function with rows, as many as there is work for."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from dataflows.errors import FlowError, Place, RowError
from dataflows.processors.flow_control.row_parcel import read_message, write_message

if TYPE_CHECKING:
    from typing import IO

    from dataflows.processors.flow_control.worker import Answer, RowTask

__all__ = ["Reply", "Workers"]

_PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, lambda *_: None);"  # the flow gets it, too
    " sys.path[:] = sys.argv[1:];"
    " from dataflows.processors.flow_control.worker import main; main()"
)
_SECONDS_TO_END = 5.0

Reply = tuple["Answer", bytes]


class _Job(NamedTuple):
    task: RowTask
    packed: bytes
    resource: str
    rows: str
    future: Future[Reply]


class Workers:
    """Worker processes; one is started when there is work and all others have some.

    They are new interpreters, not copies of this process, so that threads, locks and connections
    here do them no harm; and each ends when this process does. A thread for each hands it the
    work.

    Args:
        function: The function, pickled.
        most: How many there may be.
    """

    def __init__(self, function: bytes, most: int) -> None:
        self.most = most
        self._function = function
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = 0
        self._closing = False
        self._crashed: Future[Reply] = Future()
        self._workers: list[tuple[subprocess.Popen[bytes], threading.Thread]] = []

    def submit(self, task: RowTask, packed: bytes, resource: str, rows: str) -> Future[Reply]:
        """Give a parcel of rows to the next worker that is free.

        Args:
            task: What is to be done.
            packed: The rows.
            resource: The resource that they are of, and
            rows: which rows they are: for an error.
        """
        future: Future[Reply] = Future()
        with self._lock:
            self._open += 1
            needed = self._open > len(self._workers) and len(self._workers) < self.most
        if needed:
            self._start()
        self._jobs.put(_Job(task, packed, resource, rows, future))
        return future

    def result(self, future: Future[Reply]) -> Reply:
        """Wait for what became of a parcel.

        Raises:
            RowError: A worker process, whichever it is, has ended.
            FlowError: The function cannot be loaded there.
        """
        wait([future, self._crashed], return_when=FIRST_COMPLETED)
        if self._crashed.done():
            return self._crashed.result()
        return future.result()

    def close(self) -> None:
        """End all worker processes: at once, where one has work that nobody waits for."""
        with self._lock:
            self._closing = True
            busy = self._open > 0
        while not self._jobs.empty():
            self._jobs.get()
        for process, _ in self._workers:
            self._jobs.put(None)
            if busy:
                process.kill()
        for _, thread in self._workers:
            thread.join()
        self._workers.clear()

    def _start(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - it is our own program
            [sys.executable, "-c", _PROGRAM, *map(str, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        thread = threading.Thread(
            target=self._serve, args=(process,), name=f"rows for process {process.pid}", daemon=True
        )
        self._workers.append((process, thread))
        thread.start()

    def _serve(self, process: subprocess.Popen[bytes]) -> None:
        """Hand work to one process until there is no more, or the process has ended."""
        job: _Job | None = None
        requests, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            write_message(requests, sys.argv, self._function)
            answer, _ = read_message(answers)
            if answer is not None:
                self._fail(_unloadable(answer))
                return
            while (job := self._jobs.get()) is not None:
                write_message(requests, job.task, job.packed)
                reply = read_message(answers)
                with self._lock:
                    self._open -= 1
                job.future.set_result(reply)
        except (OSError, EOFError):
            self._fail(_crash(process, job))
        except Exception as error:  # noqa: BLE001 - an answer that cannot be read: the flow tells it
            self._fail(error)
        finally:
            _end(process)

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if not self._closing and not self._crashed.done():
                self._crashed.set_exception(error)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes, upon which a worker ends; see to it that it does."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # the rest of a message to a process that has ended
            cast("IO[bytes]", pipe).close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _crash(process: subprocess.Popen[bytes], job: _Job | None) -> Exception:
    """Return the error for a worker process that has ended before its work."""
    try:
        code = process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    fix = "look at what the function calls: something there ended the process."
    if code < 0:
        manner = f"was killed by {_signal_name(-code)}"
        if -code == getattr(signal, "SIGKILL", None):
            fix = "the system may have run out of memory: use fewer processes (num_processors=…)."
    else:
        manner = f"ended with the exit code {code}"
    what = f"the worker process {process.pid} {manner}"
    if job is None:
        return FlowError(f"{what} before it got any row", fix=fix)
    return RowError(f"{what}; it had the {job.rows}", where=Place(resource=job.resource), fix=fix)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _unloadable(answer: Any) -> Exception:
    _, _, kind, text, trace = answer.failure
    error = FlowError(
        f"the function cannot be loaded in a worker process: {kind}: {text}",
        fix="define it, and what it uses, in the script or in a module that can be imported.",
    )
    error.add_note(f"in the worker process:\n{trace}")
    return error
