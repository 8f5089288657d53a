"""Spill: sorting, grouping and SQL on streams of any size, in bounded memory.

The one module of the engine that talks to DuckDB. It runs in the process, under a memory limit;
what is more goes to a private folder of temporary files, which is removed at the end of the run,
however that ends.

The rows are pulled by the thread that asks, as everywhere in a run; DuckDB works in a thread of its
own and gets them through a short queue. So a user's code never runs in a thread of the database,
and reading and sorting overlap.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from dataflows.errors import FlowError
from dataflows.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

    from dataflows.chain import Run

__all__ = ["MEMORY_VARIABLE", "Spill"]

Returned = TypeVar("Returned")

MEMORY_VARIABLE = "DATAFLOWS_MEMORY_LIMIT"
"""The environment variable for the memory that sorting may take, such as ``1GB``."""

_LOGGER = logger_of(__name__)
_MEMORY_LIMIT = "128MB"
_MOST_THREADS = 2  # each needs memory of its own: with the limit, more of them fail sooner
_BATCHES_WAITING = 4
_ROWS_OUT = 16_384
_PATIENCE_SECONDS = 0.1


class Spill:
    """A database of one run, made when it is first needed.

    Examples:
        >>> spill = Spill()
        >>> batch = pa.record_batch({"city": ["Rome", "Oslo"], "n": [1, 2]})
        >>> [rows.to_pylist() for rows in spill.sorted([batch], "city", ["n"])]
        [[{'city': 'Oslo'}, {'city': 'Rome'}]]
        >>> spill.close()
    """

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._folder = ""
        self._feeds: list[_Feed] = []
        self._tables = 0

    @classmethod
    def of(cls, run: Run) -> Spill:
        """Return the database of a run, which closes it; all steps share its memory limit."""
        found = run.spill
        if not isinstance(found, cls):
            found = run.spill = cls()
            # Before whatever is open already: those generators may still read from it.
            run.opened.insert(0, found)
        return found

    def sorted(
        self, batches: Iterable[pa.RecordBatch], order: str, drop: Sequence[str] = ()
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some batches in another order.

        Args:
            batches: Arrow batches of one schema; all are pulled before the first is yielded.
            order: SQL, what stands after ORDER BY.
            drop: Columns that only tell the order, and are not wanted any more.

        Raises:
            FlowError: The disk is full, or the memory limit too small.
        """
        left = f" EXCLUDE ({', '.join(drop)})" if drop else ""
        yield from self.over(batches, f"SELECT *{left} FROM feed ORDER BY {order}")  # noqa: S608 - made of our own names

    def over(self, batches: Iterable[pa.RecordBatch], sql: str) -> Iterator[pa.RecordBatch]:
        """Yield what a query gives that must see all rows of ``feed``, the batches, first.

        Raises:
            FlowError: The disk is full, or the memory limit too small.
        """
        feed = self._fed(batches, sql)
        if feed is None:
            return
        try:
            if feed.reader is not None:
                yield from self._read(feed.reader.read_next_batch)
        finally:
            self._end(feed)

    def store(self, batches: Iterable[pa.RecordBatch]) -> str | None:
        """Store batches as a table and return its name; None when there are no batches.

        Raises:
            FlowError: The disk is full, or the memory limit too small.
        """
        self._tables += 1
        name = f"stored_{self._tables}"
        feed = self._fed(batches, f"CREATE TABLE {name} AS SELECT * FROM feed")  # noqa: S608 - made of our own names
        if feed is None:
            return None
        self._end(feed)
        return name

    def make_table(self, schema: pa.Schema) -> str:
        """Make an empty table for rows of a schema, and return its name."""
        self._tables += 1
        name = f"stored_{self._tables}"
        self._execute(f"CREATE TABLE {name} AS SELECT * FROM given", schema.empty_table())  # noqa: S608 - made of our own names
        return name

    def append(self, name: str, rows: pa.Table) -> None:
        """Put rows after those that a table has.

        Raises:
            FlowError: The disk is full, or the memory limit too small.
        """
        self._execute(f"INSERT INTO {name} SELECT * FROM given", rows)  # noqa: S608 - made of our own names

    def drop_table(self, name: str) -> None:
        """Remove a table; once all is closed there is nothing to remove."""
        if self._connection is not None:
            with self.cursor() as cursor:
                cursor.execute(f"DROP TABLE {name}")

    def _execute(self, sql: str, rows: pa.Table) -> None:
        with self.cursor() as cursor, _Explained():
            cursor.register("given", rows)
            cursor.execute(sql)

    def query(
        self, sql: str, before: Sequence[str] = (), **tables: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Yield what a query over stored tables, and these in memory, gives.

        Args:
            sql: The query.
            before: Statements that are for this query alone, such as those that make views.
            **tables: What stands for a table of that name.

        Raises:
            FlowError: The disk is full, or the memory limit too small.
            duckdb.Error: The SQL is wrong.
        """
        cursor = self.cursor()
        thread = _QueryThread(cursor)
        try:
            for name, table in tables.items():
                cursor.register(name, table)
            with _Explained():
                for statement in before:
                    cursor.execute(statement)
                reader = thread.call(lambda: cursor.sql(sql).to_arrow_reader(_ROWS_OUT))
            yield from self._read(lambda: thread.call(reader.read_next_batch))
        finally:
            thread.end()
            cursor.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the database.

        Raises:
            FlowError: The memory limit in the environment is not an amount.
        """
        if self._connection is None:
            self._folder = tempfile.mkdtemp(prefix="dataflows-")
            try:
                self._connection = _database(self._folder)
            except BaseException:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        return self._connection.cursor()

    def close(self) -> None:
        """End what runs, and remove the temporary files."""
        for feed in list(self._feeds):
            self._end(feed)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            shutil.rmtree(self._folder, ignore_errors=True)

    def _fed(self, batches: Iterable[pa.RecordBatch], sql: str) -> _Feed | None:
        source = iter(batches)
        first = next(source, None)
        if first is None:
            return None
        feed = _Feed(self.cursor(), sql, first.schema)
        self._feeds.append(feed)
        try:
            feed.run(first, source)
        except BaseException:
            self._end(feed)
            raise
        if _LOGGER.isEnabledFor(logging.INFO):
            spilled = sum(file.stat().st_size for file in Path(self._folder).iterdir())
            if spilled:
                _LOGGER.info("more than the memory limit: %s bytes are on disk", f"{spilled:,}")
        return feed

    def _end(self, feed: _Feed) -> None:
        # Who takes it from the list ends it: an abandoned generator may be freed in any thread.
        try:
            self._feeds.remove(feed)
        except ValueError:
            return
        try:
            feed.stop()
        except BaseException:
            self._feeds.append(feed)  # Ctrl-C: `close` ends it
            raise

    def _read(self, read_next_batch: Callable[[], pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        while True:
            with _Explained():
                try:
                    batch = read_next_batch()
                except StopIteration:
                    return
            yield batch


def _database(folder: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    limit = os.environ.get(MEMORY_VARIABLE) or _MEMORY_LIMIT
    config: dict[str, Any] = {
        "memory_limit": limit,
        "threads": min(_MOST_THREADS, os.cpu_count() or 1),
        "temp_directory": folder,
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    try:
        connection = duckdb.connect(config=config)
    except duckdb.Error as error:
        what = f"the environment variable {MEMORY_VARIABLE} is no amount of memory: {limit!r}"
        raise FlowError(what, fix="write a number with a unit, such as 500MB or 2GB.") from error
    # The SQL of a user's reads tables, and neither files nor the network.
    with _Explained():
        connection.execute("SET enable_external_access = false")
    return connection


class _Feed:
    """A query in a thread of its own, and the queue through which it gets its rows.

    DuckDB refuses a call on a cursor that is in a call of another thread, so the cursor belongs to
    one thread at a time: from `_entered` to `_left` to that of the query, which others may only
    interrupt; else to the one that asks. A thread that is waited for when Ctrl-C comes counts as
    ended for Python 3.11, though it is not: `is_alive` would not tell whose the cursor is.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, sql: str, schema: pa.Schema) -> None:
        self._cursor = cursor
        self._schema = schema
        self._queue: Queue[pa.RecordBatch | None] = Queue(_BATCHES_WAITING)
        self._stopped = False
        self._entered = False
        self._left = Event()
        self.reader: pa.RecordBatchReader | None = None
        self._error: BaseException | None = None
        self._thread = Thread(target=self._query, args=(sql,), name="dataflows-spill", daemon=True)

    def run(self, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> None:
        """Hand over all rows; `reader` is what the query gives."""
        self._thread.start()
        self._put(first)
        for batch in rest:
            self._put(batch)
        self._put(None)
        self._left.wait()
        self._thread.join()
        self._raise()

    def stop(self) -> None:
        """End the query, wherever it stands, and close its cursor."""
        # Each thread first writes its own mark, then reads the other's: one of them sees it.
        self._stopped = True
        while self._entered and not self._left.is_set():
            self._cursor.interrupt()
            with suppress(Full):  # then it does not wait for a batch
                self._queue.put_nowait(None)
            self._left.wait(_PATIENCE_SECONDS)
        if self._entered:
            self._thread.join()
        self.reader = None
        self._cursor.close()

    def _put(self, batch: pa.RecordBatch | None) -> None:
        while not self._left.is_set():
            with suppress(Full):
                self._queue.put(batch, timeout=_PATIENCE_SECONDS)
                break
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            with _Explained():
                raise self._error

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._queue.get()) is not None and not self._stopped:
            yield batch

    def _query(self, sql: str) -> None:
        self._entered = True
        try:
            if not self._stopped:
                self._ask(sql)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that asked
            # Without its frames, which would keep the connection from being freed.
            self._error = error.with_traceback(None)
        finally:
            self._left.set()

    def _ask(self, sql: str) -> None:
        feed = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        self._cursor.register("feed", feed)
        result = self._cursor.sql(sql)
        if result is not None:
            self.reader = result.to_arrow_reader(_ROWS_OUT)


class _QueryThread:
    """Makes the calls of a cursor in a thread, so that signals are answered while it works."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._pool = ThreadPoolExecutor(1, "dataflows-query")

    def call(self, function: Callable[[], Returned]) -> Returned:
        """Return what a function gives, or raise what it raises."""
        return self._pool.submit(function).result()

    def end(self) -> None:
        """End what is called, wherever it stands; then the cursor belongs to nobody."""
        last = self._pool.submit(bool)  # there is one thread: this is done when all before it is
        while not wait([last], _PATIENCE_SECONDS).done:
            self._cursor.interrupt()
        self._pool.shutdown()


class _Explained:
    """Say what to do where the database ran out of disk or memory; keep Ctrl-C what it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        text = str(error)
        if type(error) is RuntimeError and text == "Query interrupted":
            # The database has seen a signal, and swallowed what the handler of that raised.
            raise KeyboardInterrupt from error
        full = any(sign in text for sign in ("No space left", "File too large", "quota exceeded"))
        if full or "max_temp_directory_size" in text or "temporary directory size" in text:
            what = f"the disk of the temporary folder {tempfile.gettempdir()!r} is full"
            fix = "make room there, or let the environment variable TMPDIR name another folder."
            raise FlowError(what, fix=fix) from error
        if "Out of Memory" in text or "OutOfMemory" in type(error).__name__:
            limit = os.environ.get(MEMORY_VARIABLE, _MEMORY_LIMIT)
            what = f"sorting these rows takes more memory than the limit of {limit}"
            fix = f"set the environment variable {MEMORY_VARIABLE}, to 1GB for instance."
            raise FlowError(what, fix=fix) from error
