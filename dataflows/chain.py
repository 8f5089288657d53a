"""Chain: the steps of one run, bound to their place, and the way the batches go through them.

::

    package phase: Package → Package → Package            (all of it first)
      load ──▶ total(row) ──▶ filter_rows ──▶ dump_to_path
    data phase:  Batch ─▶ Batch ─▶ Batch, pulled from the right, resource by resource

Steps that turn one batch into one batch are run in one loop, however many stand in a row: a
thousand row functions are a loop over a thousand functions, not a thousand generators inside each
other.
"""

from __future__ import annotations

import posixpath
from bdb import BdbQuit
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from dataflows.accounts import Account
from dataflows.chain_depth import allow_depth
from dataflows.commit.sinks import Commit
from dataflows.errors import FlowError, Place, ProcessorError
from dataflows.on_error import RejectedRows, Rejects
from dataflows.origins import place_of
from dataflows.package import Package, Resource, edit_schemas, unique_name
from dataflows.selectors import select_resources
from dataflows.stages import open_stages
from dataflows.streams import Stream
from dataflows.telling import warn
from dataflows.watching.run_log import log_package_phase
from dataflows.watching.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain_link import ChainLink
    from dataflows.watching.run_progress import SourceProgress

__all__ = ["Run", "Step", "closing_streams", "describe_chain"]


class Step:
    """A processor at its place in a chain, in one run.

    Args:
        link: The processor, and its place in the flow.
        run: The run.

    `source` and `package` are the package before and after it; `selected` the names, before it, of
    the resources that it is for; `reading` the stream whose rows were asked for last;
    `replacement` a package that a function puts in the place of its own.
    """

    def __init__(self, link: ChainLink, run: Run) -> None:
        self.processor = link.processor
        self.hooks = link.processor.hooks
        self.position = link.position
        self.steps = link.steps
        self.inside = link.inside
        self.outer = (*link.outer, link.position)
        self.run = run
        self.source = Package()
        self.package = Package()
        self.selected: set[str] = set()
        self.account = Account(link.processor.label, link.position, number=link.number)
        self.state: dict[str, Any] = {}
        self.replacement: Package | None = None
        self.reading: Stream | None = None
        self.following: list[Step] = []
        self.inner: list[list[Step]] = []

    @property
    def label(self) -> str:
        """How the step was written."""
        return self.processor.label

    @property
    def place(self) -> Place:
        """Where the step stands."""
        return Place(self.label, self.position, self.steps, inside=self.inside or None)

    def inner_steps(self, links: Iterable[ChainLink]) -> list[Step]:
        """Return the steps of a flow that this step runs itself, or puts after itself."""
        inside = (self.place.in_flow, *self.inside)
        return [Step(link.within(*inside, outer=self.outer), self.run) for link in links]

    def error(
        self, cause: BaseException, where: Place | None = None, fix: str | None = None
    ) -> ProcessorError:
        """Return the error with this step's place; one that has a place already stays as it is.

        Raises:
            BdbQuit: That is the error: somebody has quit the debugger.
        """
        if isinstance(cause, ProcessorError):
            return cause
        if isinstance(cause, BdbQuit):
            raise cause
        return ProcessorError(
            cause,
            processor_name=self.processor.name,
            processor_object=self.processor.hooks.attributes.get(
                "processor_object", self.processor
            ),
            processor_position=self.position,
            where=place_of(cause, self, where),
            fix=fix,
        )

    def fail(
        self, cause: BaseException, where: Place | None = None, fix: str | None = None
    ) -> NoReturn:
        """Raise the error with this step's place; its cause stays that of an error which has one.

        Raises:
            ProcessorError: Always, but for a debugger that was quit.
        """
        raise self.error(cause, where, fix)

    @contextmanager
    def blamed(self, resource: str | None = None) -> Iterator[None]:
        """Give what goes wrong inside to this step."""
        try:
            yield
        except Exception as cause:  # noqa: BLE001 - it is raised again
            self.fail(cause, Place(resource=resource))

    # Package phase

    def describe(self, source: Package) -> Package:
        """Run the package phase of this step; return the package after it."""
        self.source = source
        with self.blamed():
            arguments = self.hooks.attributes
            self.selected = select_resources(
                self.hooks.select, source, self.processor.name, arguments
            )
            if self.hooks.package is None and self.hooks.schema is None and not self.rejects:
                self.package = source
                return source
            package = source.copy()
            if self.hooks.package is not None:
                self.hooks.package(package, self)
            if self.hooks.schema is not None:
                edit_schemas(package, self.selected, self.hooks.schema)
            self._add_rejects(package)
            package = self.replacement or package
            self.replacement = None
            _make_names_unique(package)
            package.commit()
        self.package = package
        return package

    @property
    def rejects(self) -> Rejects | None:
        """The policy, where it sends rows to a resource of their own."""
        return self.hooks.on_error if isinstance(self.hooks.on_error, Rejects) else None

    def _add_rejects(self, package: Package) -> None:
        if self.rejects is not None:
            name = self.rejects.name
            kept = []
            for one in package.descriptor["resources"]:
                if one.get("name") != name:
                    kept.append(one)
                elif not one.get("dataflows:rejects"):
                    what = f"there is a resource named {name!r} already"
                    fix = "give the rejected rows another name: rejects(name='…')."
                    raise FlowError(what, fix=fix)
            package.descriptor["resources"] = [*kept, self.rejects.descriptor()]

    # Data phase

    def stream(self, resource: Resource, target: Resource, batches: Iterator[Batch]) -> Stream:
        """Return the stream of a resource into this step, with its tally."""
        made = Stream(resource, target, batches, self, self.account.tally_of(target.name), self.run)
        made.use_policy(self.hooks.on_error)
        return made


class Closable(Protocol):
    """What is closed at the end of a run."""

    def close(self) -> None: ...


class Run:
    """One run of a chain: its steps, its sinks, its rejected rows; all state lives here.

    Args:
        links: Each processor with its place.
        package: The package that the chain starts from.
    """

    def __init__(self, links: Iterable[ChainLink], package: Package | None = None) -> None:
        self.steps = [Step(link, self) for link in links]
        self.seed = package or Package()
        self.sinks = Commit()
        self.watch = Stopwatch()
        self.sources: list[SourceProgress] = []
        self.stats: list[dict[str, Any]] = []
        self.opened: list[Closable] = []
        self.to_drain: list[Generator[Batch, None, None]] = []
        self.rejects: list[dict[str, Any]] = []
        self.rejected_count = 0
        self.limit_rows: int | None = None
        self.progress: bool | str = False
        self.inputs: set[str] = set()
        self.outputs: list[str] = []
        self.claims: set[str] = set()
        self.spill: object = None
        self.endings: list[Callable[[BaseException | None], None]] = []
        self._rejected: dict[int, RejectedRows] = {}

    @property
    def package(self) -> Package:
        """The package after the last step."""
        return self.steps[-1].package if self.steps else self.seed

    def describe(self) -> Package:
        """Run the package phase of every step.

        Raises:
            FlowError: The chain is too long.
        """
        allow_depth(self.steps)
        package = describe_chain(self.steps, self.seed)
        allow_depth(self.steps)
        return package

    def chains(self) -> Iterator[list[Step]]:
        """Yield the chain of the run, and those that its steps run themselves."""
        waiting = [self.steps]
        while waiting:
            chain = waiting.pop(0)
            yield chain
            waiting += [inner for step in chain for inner in step.inner]

    def every_step(self) -> Iterator[Step]:
        """Yield all steps in their order; those that a step runs itself before that step."""
        return _every_step(self.steps)

    def merged_stats(self, first: int | None = None) -> dict[str, Any]:
        """Return what the steps report in one dict; of equal keys the last counts.

        Args:
            first: How many of the steps that report are asked, from the first on; all by default.
        """
        merged: dict[str, Any] = {}
        for stats in self.stats[:first]:
            merged.update(stats)
        return merged

    def rejected_rows(self, step: Step, policy: Rejects) -> RejectedRows:
        """Return the rows that a step rejects."""
        if id(step) not in self._rejected:
            self._rejected[id(step)] = RejectedRows(policy)
        return self._rejected[id(step)]

    def stream(self, seed: Any = ()) -> Any:
        """Run the data phase: yield (resource, batches) for each resource, lazily.

        The sinks commit when the last resource has been drawn, and are aborted when anything fails.
        Then `endings` are called, in their order, with the error that ended the run or None; not
        when nobody wanted to have more rows.
        """
        finished = False
        failure: BaseException | None = None
        try:
            yield from open_stages(self.steps, seed)
            self._complete()
            finished = True
        except FailedRun as end:
            failure = end.error
            raise
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            failure = error
            raise
        finally:
            try:
                if not finished:
                    self.close()
            finally:
                if not finished:
                    self.sinks.abort()
                for rows in self._rejected.values():
                    rows.close()
                if failure is not None:
                    self._tell(failure)
        for ending in self.endings:
            ending(None)

    def _complete(self) -> None:
        # A sink holds every row even when nobody downstream asked for all of them.
        for batches in self.to_drain:
            for _ in batches:
                pass
        self.close()
        for step in self.steps:
            step.account.check(step.steps)
        for rejected in self._rejected.values():
            self.rejects += rejected.first
            self.rejected_count += rejected.count
        self.sinks.finish()

    def _tell(self, failure: BaseException) -> None:
        for ending in self.endings:
            with noting_a_second_error(failure):
                ending(failure)

    def close(self) -> None:
        """Close what is still open, the last opened first: files, threads, generators of users.

        What fails to close keeps nothing else open; the first such error is raised in the end.
        """
        with ExitStack() as stack:
            for one in self.opened:
                stack.callback(one.close)
            self.opened.clear()


def describe_chain(steps: list[Step], package: Package) -> Package:
    """Run the package phase of steps, and of those that they put after themselves.

    Args:
        steps: The chain; it grows by what follows its steps.
        package: The package that the chain starts from.
    """
    for position, step in enumerate(steps, 1):
        asking = step.run.watch.enter(step.account)
        package = step.describe(package)
        step.run.watch.leave(asking)
        log_package_phase(step)
        steps[position:position] = step.following
    return package


def _every_step(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        for chain in step.inner:
            yield from _every_step(chain)
        yield step


class FailedRun(GeneratorExit):
    """Closes a run that an error has ended.

    Args:
        error: The error.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


@contextmanager
def closing_streams(streams: Generator[Any, None, None]) -> Iterator[Generator[Any, None, None]]:
    """End a run with the block; the error that ended it counts, one while closing is its note."""
    try:
        yield streams
    except BaseException as error:
        with noting_a_second_error(error, "and while the run was closed"), suppress(FailedRun):
            streams.throw(FailedRun(error))
        raise
    streams.close()


@contextmanager
def noting_a_second_error(first: BaseException, when: str = "and then") -> Iterator[None]:
    """Make what goes wrong in the block a note of the error before it, which counts."""
    try:
        yield
    except Exception as second:  # noqa: BLE001 - whatever it is, the first error counts
        first.add_note(f"{when}: {type(second).__name__}: {second}")


def _make_names_unique(package: Package) -> None:
    taken: list[str] = []
    for descriptor in package.descriptor["resources"]:
        name = str(descriptor.get("name"))
        free = unique_name(name, taken)
        if free != name:
            warn(
                f"there are two resources named {name!r}: the later one is now {free!r};"
                " give it a name of its own"
            )
            descriptor["name"] = free
            path = descriptor.get("path")
            paths = [one.get("path") for one in package.descriptor["resources"]]
            if isinstance(path, str) and paths.count(path) > 1:
                stem, ending = posixpath.splitext(path)
                descriptor["path"] = f"{stem}_{free.rpartition('_')[2]}{ending}"
        taken.append(free)
