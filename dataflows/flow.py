"""Flow: builds the chain, runs it, and answers."""

from __future__ import annotations

import pickle
from copy import deepcopy
from textwrap import indent
from time import perf_counter
from typing import TYPE_CHECKING, Any

from dataflows.as_table import AsTable
from dataflows.chain import Run
from dataflows.chain_link import ChainLink
from dataflows.errors import ArgumentError, FlowError, LinkError, Place
from dataflows.final_cast import final_cast
from dataflows.links import as_processor
from dataflows.on_error import raise_exception
from dataflows.reading import drain, reading
from dataflows.resource_rows import DataStream, ResourceRows
from dataflows.result import Check, Result
from dataflows.selectors import one_resource
from dataflows.streams import batches_of_rows, codecs_of, rows_of_their_own
from dataflows.tracebacks import short_traceback
from dataflows.watching.run_progress import check_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.package import Package, Resource
    from dataflows.processor import Processor
    from dataflows.showing.chain_picture import ChainPicture
    from dataflows.showing.rows import Rows

__all__ = ["Flow"]


class Flow(AsTable):
    """A chain of processors through which rows and their schema stream.

    Args:
        links: Processors, functions with a parameter named ``row``, ``rows`` or ``package``,
            iterables of rows, tables of pandas, polars, Arrow or DuckDB, and other flows. The
            method ``handle_flow_checkpoint`` of a link, if it has one, gets the links before it
            and returns those that take the place of these and its own, as `checkpoint` does.

    Nothing is read or written before one of the methods below is called, and each call is a run of
    its own.

    Raises:
        LinkError: One of the links is none of these.

    Examples:
        >>> from dataflows import Flow, filter_rows
        >>> def total(row):
        ...     row["total"] = row["price"] * row["qty"]
        >>> rows = [{"price": 2, "qty": 3, "total": None}, {"price": 5, "qty": 0, "total": None}]
        >>> Flow(rows, total, filter_rows("qty > 0")).results()[0]
        [[{'price': 2, 'qty': 3, 'total': 6}]]
    """

    @short_traceback
    def __init__(self, *links: Any) -> None:
        self._written = [_ready(link) for link in links]
        # Each link with its position. A checkpoint takes the place of all that stand before it.
        self._links: list[tuple[int, Flow | Processor]] = []
        for position, link in enumerate(self._written, 1):
            take_over = getattr(links[position - 1], "handle_flow_checkpoint", None)
            if take_over is None:
                self._links.append((position, link))
            else:
                self._links = self._taken_over(take_over, position)

    def _taken_over(
        self, take_over: Callable[[list[Any]], Iterable[Any]], position: int
    ) -> list[tuple[int, Flow | Processor]]:
        before = {id(link): position for position, link in self._links}
        links = [_ready(link) for link in take_over([link for _, link in self._links])]
        return [(before.get(id(link), position), link) for link in links]

    def chain(self) -> Iterator[ChainLink]:
        """Yield each processor with its place: its position in its own flow, and what is around.

        Examples:
            >>> [link.position for link in Flow([{"a": 1}], [{"b": 2}]).chain()]
            [1, 2]
        """
        steps = len(self._written)
        for position, link in self._links:
            if not isinstance(link, Flow):
                yield ChainLink(link, position, steps)
            elif steps == 1 or hasattr(link, "handle_flow_checkpoint"):
                yield from link.chain()
            else:
                place = Place(f"{type(link).__name__}(…)", position, steps).in_flow
                yield from (inner.within(place, outer=(position,)) for inner in link.chain())

    def _start(
        self,
        *more: Processor,
        ds: DataStream | None = None,
        limit_rows: int | None = None,
        ready: Callable[[Run], None] | None = None,
        progress: bool | str = False,
    ) -> Run:
        check_progress(progress)
        links = list(self.chain())
        if not links:
            what = "the flow is empty"
            raise FlowError(
                what, fix="give it a source, such as load('data.csv') or a list of dicts."
            )
        written = len(self._written)
        steps = written + len(more)
        links += [ChainLink(one, written + number, steps) for number, one in enumerate(more, 1)]
        run = Run(links, None if ds is None else ds.dp)
        run.limit_rows, run.progress = limit_rows, progress
        if ds is not None:
            run.stats += ds.stats
        try:
            run.describe()
            if ready is not None:
                ready(run)
        except BaseException:
            run.close()
            raise
        return run

    @short_traceback
    def process(self, *, progress: bool | str = False) -> tuple[Package, dict[str, Any]]:
        """Run the flow for what it writes; keep no rows.

        Args:
            progress: True: show how far the run has come, on standard error or in the notebook;
                ``"steps"``: with the rows and seconds of each step.

        Returns:
            The package after the last step, and the stats of all steps.

        Raises:
            ProcessorError: Anything that goes wrong, with the step where it did.

        Examples:
            >>> package, stats = Flow([{"a": 1}]).process()
            >>> package.resource_names, stats
            (['res_1'], {})
        """
        run = self._start(progress=progress)
        drain(run)
        return run.package, run.merged_stats()

    @short_traceback
    def run(
        self,
        *,
        limit_rows: int | None = None,
        ready: Callable[[Run], None] | None = None,
        progress: bool | str = False,
    ) -> Result:
        """Run the flow for what it writes, and tell what became of the rows.

        Args:
            limit_rows: Take at most so many rows of each source, to try the flow; what it writes is
                of these. Checkpoints are not saved.
            ready: Called after the package phase, before the first row moves; what it raises ends
                the run.
            progress: As for `process`.

        Returns:
            A `Result`: ``package``, ``stats``, ``accounts`` (rows in and out of every step),
            ``rejects``, ``seconds``.

        Raises:
            ArgumentError: A limit that is no whole number from 1 on.
            ProcessorError: Anything that goes wrong, with the step where it did.

        Examples:
            >>> result = Flow([{"a": 1}, {"a": 2}]).run()
            >>> result.accounts[0].rows_out
            2
            >>> Flow([{"a": 1}, {"a": 2}]).run(limit_rows=1).accounts[0].rows_out
            1
        """
        if limit_rows is not None and (type(limit_rows) is not int or limit_rows < 1):
            what = f"limit_rows is a whole number from 1 on, got {limit_rows!r}"
            raise ArgumentError(what, fix="write for instance limit_rows=100.")
        started = perf_counter()
        run = self._start(limit_rows=limit_rows, ready=ready, progress=progress)
        drain(run)
        return Result(run, perf_counter() - started)

    @short_traceback
    def results(
        self, on_error: Callable[..., Any] | None = raise_exception, *, progress: bool | str = False
    ) -> tuple[list[list[dict[str, Any]]], Package, dict[str, Any]]:
        """Run the flow and return its rows, which must all fit into memory.

        Args:
            on_error: What to do with values that do not fit the final schema; None: leave all
                values as they are.
            progress: As for `process`.

        Returns:
            A list of rows for each resource, the package, and the stats.

        Raises:
            ProcessorError: Anything that goes wrong, with the step where it did.

        Examples:
            >>> (rows, others), package, stats = Flow([{"a": 1}, {"a": 2}], [{"b": 3}]).results()
            >>> rows, others
            ([{'a': 1}, {'a': 2}], [{'b': 3}])
        """
        more = [] if on_error is None else [final_cast("results()", on_error)]
        run = self._start(*more, progress=progress)
        rows: list[list[dict[str, Any]]] = []
        with reading(run) as streams:
            for _, batches in streams:
                rows.append([row for batch in batches for row in batch.rows()])
        return rows, run.package, run.merged_stats()

    @short_traceback
    def datastream(self, ds: DataStream | None = None) -> DataStream:
        """Run the package phase; the rows stream when they are asked for.

        Args:
            ds: A stream to start from.

        Returns:
            A `DataStream`; the flow's outputs are complete when its ``res_iter`` has been read to
            the end.

        Examples:
            >>> stream = Flow([{"a": 1}, {"a": 2}]).datastream()
            >>> [list(rows) for rows in stream.res_iter]
            [[{'a': 1}, {'a': 2}]]
        """
        run = self._start(ds=ds)

        def seed() -> Iterator[tuple[Resource, Iterator[Batch]]]:
            for wrapper in ds.res_iter if ds is not None else ():
                codecs = codecs_of(wrapper.res)
                yield wrapper.res, batches_of_rows(rows_of_their_own(wrapper, codecs), list(codecs))

        return DataStream(run.package, ResourceRows(run.stream(seed())), run.stats)

    @short_traceback
    def check(self) -> Check:
        """Run the package phase only, and hold what the functions use against their schema.

        Returns:
            A `Check`: true when nothing was found; printed, it lists the steps, their schemas and
            the problems.

        Raises:
            ProcessorError: What the package phase finds: a misspelt field, a missing source.

        Examples:
            >>> def total(row):
            ...     row["total"] = row["prize"]
            >>> print(Flow([{"price": 2}], total).check().problems[0].splitlines()[0])
            no field named 'prize'
        """
        return Check(self._start())

    @short_traceback
    def explain(self) -> ChainPicture:
        """Return a picture of the chain: each step, how it runs, and what it does to the schema.

        No row moves. `Result.explain` has the rows and the seconds as well.

        Returns:
            A `ChainPicture`: printed, it is text; ``.svg()`` and ``.mermaid()`` draw it.

        Examples:
            >>> print(Flow([{"a": 1}]).explain())
            1. list of rows
               + resource res_1: a: integer
            = resource res_1: a: integer
        """
        return self.check().explain()

    @short_traceback
    def head(self, n: int = 10, resource: str | int | None = None) -> Rows:
        """Return the first rows of a resource; read no more than they need, write no outputs.

        The steps run as they would in `run`, but dumps let the rows pass.

        Args:
            n: How many rows.
            resource: The resource's name or position; not needed where there is only one.

        Returns:
            `Rows`: a list of dicts, which prints as a table, and has a ``schema``.

        Raises:
            UnknownResourceError: There is no such resource, or several and none was named.

        Examples:
            >>> Flow([{"city": "Rome", "size": 1285}, {"city": "Oslo", "size": 709}]).head(1)
            #  city       size
               string  integer
            ─  ──────  ───────
            1  Rome       1285
        """
        from dataflows.preview import check_count, first_rows, read_first

        run = self._start(first_rows(check_count(n, "n")), final_cast("head()", raise_exception))
        return read_first(run, one_resource(run.package, resource))[0]

    @short_traceback
    def show(self, rows: int = 10) -> None:
        """Print the first rows of each resource; read no more than they need, write no outputs.

        Args:
            rows: How many rows of each.

        Examples:
            >>> Flow([{"city": "Rome", "size": 1285}, {"city": "Oslo", "size": 709}]).show(1)
            res_1: first 1 row
            #  city       size
               string  integer
            ─  ──────  ───────
            1  Rome       1285
        """
        from dataflows.preview import check_count, first_rows, print_rows, read_first

        run = self._start(first_rows(check_count(rows, "rows")))
        for found in read_first(run):
            print_rows(found, rows)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the flow go to another process, with the functions of the script."""
        import cloudpickle

        try:
            return _unpacked, (cloudpickle.dumps((type(self), vars(self))),)
        except Exception as error:
            what = f"the flow cannot go to another process: {error}"
            fix = "make it there: send a function that returns the flow."
            raise LinkError(what, fix=fix) from error

    def __copy__(self) -> Flow:
        """Return a flow of the same links."""
        return _made(type(self), vars(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Flow:
        """Return a flow of copied links, which calls the same functions."""
        return _made(type(self), deepcopy(vars(self), memo))

    def __repr__(self) -> str:
        """Show the chain, a link a line."""
        lines = "".join(f"\n{indent(repr(link), '  ')}," for link in self._written)
        return f"Flow({lines}\n)" if lines else "Flow()"

    def _repr_html_(self) -> str:
        from dataflows.showing.reprs import flow_html

        return flow_html(self._written)


def _unpacked(packed: bytes) -> Flow:
    return _made(*pickle.loads(packed))  # noqa: S301 - it is part of a pickle that is being loaded


def _made(kind: type[Flow], state: dict[str, Any]) -> Flow:
    made = kind.__new__(kind)
    vars(made).update(state)
    return made


def _ready(link: Any) -> Flow | Processor:
    return link if isinstance(link, Flow) else as_processor(link)
