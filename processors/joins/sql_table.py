"""SqlTable: the rows of a resource as a table for SQL, and the batches of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataflows.batch import Batch
from dataflows.errors import Place, RowError
from dataflows.processors.joins.select_query import reason_of
from dataflows.processors.joins.sql_columns import writer_for
from dataflows.processors.joins.sql_types import column_of_result, quoted
from dataflows.spill.database import Spill
from dataflows.spill.keys import key_values
from dataflows.streams import Stream, codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Run, Step
    from dataflows.package import Resource

__all__ = ["SqlTable", "query_batches"]

_ROWS_AT_ONCE = 50_000


class SqlTable:
    """A table that takes in the rows of a resource; what memory does not hold is on disk.

    What SQL type holds the values of a field exactly is known when all are there: the query gets a
    view with these types.

    Args:
        resource: The resource.
        run: The run.
    """

    def __init__(self, resource: Resource, run: Run) -> None:
        self._resource = resource.name
        self._codecs = codecs_of(resource)
        self._writers = [writer_for(name, codec) for name, codec in self._codecs.items()]
        self._schema = pa.schema([(f"c{n}", one.stored) for n, one in enumerate(self._writers)])
        self._spill = Spill.of(run)
        self._waiting: list[pa.RecordBatch] = []
        self._rows_waiting = 0
        self._name: str | None = None

    def add(self, batch: Batch) -> None:
        """Take in the next rows.

        Raises:
            RowError: A value does not fit its field, or no SQL type holds it.
        """
        try:
            columns = key_values(batch, self._codecs, self._codecs)
            arrays = [
                writer.array(column, batch)
                for writer, column in zip(self._writers, columns, strict=True)
            ]
        except RowError as error:
            error.where = error.where.within(Place(resource=self._resource))
            raise
        self._waiting.append(pa.record_batch(arrays, schema=self._schema))
        self._rows_waiting += batch.length
        if self._rows_waiting >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> str:
        if self._name is None:
            self._name = self._spill.make_table(self._schema)
        if self._waiting:
            self._spill.append(self._name, pa.Table.from_batches(self._waiting, self._schema))
            self._waiting, self._rows_waiting = [], 0
        return self._name

    def view(self) -> str:
        """Return the SQL that makes the view of the table, under the name of the resource."""
        stored = self._flush()
        columns = ", ".join(
            f"{writer.expression(f'c{number}')} AS {quoted(name)}"
            for number, (name, writer) in enumerate(zip(self._codecs, self._writers, strict=True))
        )
        return f"CREATE TEMP VIEW {quoted(self._resource)} AS SELECT {columns} FROM main.{stored}"  # noqa: S608 - names are quoted

    def drop(self) -> None:
        """Give the memory and the disk back."""
        if self._name is not None:
            self._spill.drop_table(self._name)
            self._name = None


def query_batches(query: str, tables: list[SqlTable], step: Step) -> Iterator[Batch]:
    """Yield the result of a query as batches of the last resource of a step.

    Args:
        query: The query.
        tables: Those that it reads, all rows taken in.
        step: The step.

    Raises:
        RowError: A row cannot be computed.
    """
    import duckdb

    target = step.package.resources[-1]
    codecs = codecs_of(target)
    tally = step.account.tally_of(target.name)
    stream = Stream(target, target, iter(()), step, tally, step.run)
    before = ["SET TimeZone = 'UTC'", *(table.view() for table in tables)]
    seen = 0
    try:
        for record in Spill.of(step.run).query(query, before):
            columns = {
                name: column_of_result(array, codec)
                for (name, codec), array in zip(codecs.items(), record.columns, strict=True)
            }
            batch = Batch(columns, record.num_rows, seen + 1)
            seen += batch.length
            tally.added += batch.length
            yield stream.cast(batch, codecs)
    except duckdb.Error as error:
        fix = "correct the query, or the values before it."
        if isinstance(error, duckdb.ConversionException):
            fix = "write TRY_CAST(… AS …), which gives no value where one does not fit."
        raise RowError(f"the query fails: {reason_of(error)}", fix=fix) from error
    finally:
        for table in tables:
            table.drop()
