"""Stages: how the batches of every resource go through the steps of a chain, in the data phase."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import GEN_CREATED, getgeneratorstate
from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError, Place, shorten
from dataflows.on_error import check_budget
from dataflows.package import Resource, ResourceWrapper
from dataflows.rowwise import row_work, rows_at_once
from dataflows.source_limit import limited_source
from dataflows.streams import Stream, batches_of_rows, codecs_of, rows_of_their_own

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Run, Step

    Streams = Iterator[tuple[Resource, Iterator[Batch]]]
    Work = Callable[[Batch], Batch]

__all__ = ["Batches", "is_one_to_one", "open_stages", "wrap_streams"]


@dataclass(slots=True)
class Batches:
    """What a `resources` hook yields for a resource whose batches it makes itself."""

    batches: Iterable[Batch]


class StreamWrapper(ResourceWrapper):
    """A resource with its rows; handed on untouched, its batches go on as they are."""

    def __init__(self, res: Resource, stream: Stream) -> None:
        self.stream = stream
        self.rows = stream.rows()
        super().__init__(res, self.rows)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has taken a row or put other rows in the place of these."""
        return self.it is self.rows and getgeneratorstate(self.rows) == GEN_CREATED


def open_stages(steps: list[Step], seed: Iterable[tuple[Resource, Iterator[Batch]]]) -> Streams:
    """Return the resources as they leave the last step, with their batches; pull nothing yet."""
    current: Streams = iter(seed)
    waiting: list[Step] = []
    for step in steps:
        if is_one_to_one(step):
            waiting.append(step)
            continue
        if waiting:
            current = _loop(waiting, current)
            waiting = []
        current = _resources(step, current) if step.hooks.resources else _alone(step, current)
    return _loop(waiting, current) if waiting else current


def is_one_to_one(step: Step) -> bool:
    """Tell whether a step makes one batch of one, so that it shares a loop with its neighbours."""
    hooks = step.hooks
    return not (hooks.resources or hooks.batches or hooks.rows or step.rejects or hooks.drains)


def _work(step: Step, stream: Stream) -> Work | None:
    with step.blamed(stream.resource.name):
        if step.hooks.batch is not None:
            return step.hooks.batch(stream)
        if step.hooks.row is not None:
            return row_work(step.hooks.row, stream)
    return None


def _loop(steps: list[Step], upstream: Streams) -> Streams:
    for index, (resource, incoming) in enumerate(upstream):
        batches = incoming
        works = []
        current = resource
        for step in steps:
            target = step.package.resources[index]
            if current.name in step.selected:
                stream = step.stream(current, target, batches)
                work = _work(step, stream)
                if work is not None:
                    works.append((step, stream, work, target.fields.field_names))
                    current = target
                    continue
            names = target.fields.field_names
            if names != current.fields.field_names:
                stream = step.stream(current, target, batches)
                works.append((step, stream, _unchanged, names))
            current = target
        if works:
            most = rows_at_once([step.hooks for step, *_ in works])
            batches = _opened(steps[0].run, _run_works(batches, works, most))
        yield current, batches


def _unchanged(batch: Batch) -> Batch:
    return batch


def _run_works(
    batches: Iterator[Batch], works: list[tuple[Step, Stream, Work, list[str]]], most: int | None
) -> Generator[Batch, None, None]:
    watch = works[0][0].run.watch
    for incoming in (part for batch in batches for part in batch.parts(most)):
        batch = incoming
        asking = watch.enter(works[0][0].account)
        for step, stream, work, names in works:
            watch.enter(step.account)
            before = batch.length
            stream.tally.rows_in += before
            try:
                batch = work(batch)
            except Exception as cause:  # noqa: BLE001 - it is raised again
                step.fail(cause, Place(resource=stream.resource.name))
            batch.conform(names)
            stream.seen += before
            stream.tally.rows_out += batch.length
            if not batch.length:
                break
        watch.leave(asking)
        if batch.length:
            yield batch


def _alone(step: Step, upstream: Streams) -> Streams:
    """Run a step with a generator of its own for each resource."""
    position = 0
    for resource, batches in upstream:
        if step.rejects and resource.name == step.rejects.name:
            _take_in_rejects(step, batches)
            continue
        target = step.package.resources[position]
        position += 1
        if resource.name not in step.selected and not step.hooks.drains:
            yield target, _conformed(batches, resource, target)
            continue
        stream = step.stream(resource, target, batches)
        stream.tally.settles = step.hooks.rows is not None
        made = _opened(step.run, guard(_batches_of(step, stream), stream))
        if step.hooks.drains:
            step.run.to_drain.append(made)
        yield target, made
    yield from _rejects_of(step)


def _conformed(batches: Iterator[Batch], resource: Resource, target: Resource) -> Iterator[Batch]:
    """Return the batches of an untouched resource with the fields of its schema after the step."""
    names = target.fields.field_names
    return batches if names == resource.fields.field_names else _conforming(batches, names)


def _conforming(batches: Iterator[Batch], names: list[str]) -> Iterator[Batch]:
    for batch in batches:
        batch.conform(names)
        yield batch


def _rejects_of(step: Step) -> Streams:
    if step.rejects:
        target = step.package.resources[-1]
        rows = step.run.rejected_rows(step, step.rejects)
        yield target, batches_of_rows(rows, target.fields.field_names)


def _take_in_rejects(step: Step, batches: Iterator[Batch]) -> None:
    if step.rejects:
        mine = step.run.rejected_rows(step, step.rejects)
        for batch in batches:
            for row in batch.rows():
                mine.hand_on(row)


def _batches_of(step: Step, stream: Stream) -> Iterable[Batch]:
    with step.blamed(stream.resource.name):
        if step.hooks.batches is not None:
            return step.hooks.batches(stream)
        if step.hooks.rows is not None:
            wrapper = StreamWrapper(stream.target, stream)
            rows = step.hooks.rows(wrapper)
            if rows is wrapper and wrapper.is_untouched:
                return iter(stream)
            return _batches_of_user(rows, stream.target)
        work = _work(step, stream)
    return iter(stream) if work is None else map(work, stream)


def _batches_of_user(rows: Any, target: Resource) -> Iterator[Batch]:
    codecs = codecs_of(target)
    return batches_of_rows(rows_of_their_own(_must_be_rows(rows), codecs), list(codecs))


def _must_be_rows(rows: Any) -> Any:
    if not (hasattr(rows, "__iter__") or hasattr(rows, "__getitem__")):
        returned = "nothing" if rows is None else shorten(rows)
        what = f"the function returned {returned} where rows were expected"
        raise FlowError(what, fix="let it yield rows: for row in rows: …; yield row.")
    return rows


def guard(batches: Iterable[Batch], stream: Stream) -> Generator[Batch, None, None]:
    """Pass on what a hook yields: count it, give it the schema's fields, and blame the right step.

    Args:
        batches: What the hook yields.
        stream: The stream that it was made from.
    """
    stream.tally.stopped = True  # unless it is asked to the end
    return _guarded(batches, stream)


def _guarded(batches: Iterable[Batch], stream: Stream) -> Generator[Batch, None, None]:
    step, tally, names = stream.step, stream.tally, stream.target.fields.field_names
    watch, account = step.run.watch, step.account
    asking = watch.enter(account)
    try:
        for batch in batches:
            batch.conform(names)
            tally.rows_out += batch.length
            if batch.length:
                watch.leave(asking)
                yield batch
                asking = watch.enter(account)
        if step.rejects:
            check_budget(stream, 0, stream.seen or tally.added, at_end=True)
        tally.stopped = False
    except Exception as cause:  # noqa: BLE001 - it is raised again
        step.fail(cause, Place(resource=stream.target.name, row=_row_of(stream)))
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            with step.blamed(stream.target.name):
                close()
        watch.leave(asking)


def _row_of(stream: Stream) -> int | None:
    """Return the number of the row that a user's function asked for last, of this resource."""
    own = stream.last_row()
    reading = stream.step.reading
    if own is not None or reading is None or reading.resource.name != stream.target.name:
        return own
    return reading.last_row()


def _opened(run: Run, batches: Generator[Batch, None, None]) -> Generator[Batch, None, None]:
    run.opened.append(batches)
    return batches


def wrap_streams(streams: Iterable[Stream], step: Step) -> Iterator[StreamWrapper]:
    """Return the streams as a package function sees them: with the resource as it will be."""
    for stream in streams:
        stream.tally = step.account.common_tally()
        own = step.package.get_resource(stream.resource.name)
        yield StreamWrapper(own or stream.resource, stream)


def _resources(step: Step, upstream: Streams) -> Streams:
    """Run a step that sees all resources, and pair what it yields with those of its package."""
    hook = step.hooks.resources
    if hook is None:
        return
    position = 0

    def incoming() -> Iterator[Stream]:
        for resource, batches in upstream:
            if step.rejects and resource.name == step.rejects.name:
                _take_in_rejects(step, batches)
                continue
            stream = Stream(
                resource, resource, batches, step, step.account.tally_of(resource.name), step.run
            )
            stream.use_policy(step.hooks.on_error)
            yield stream

    targets = step.package.resources[:-1] if step.rejects else step.package.resources
    with step.blamed():
        waiting = incoming()
        for item in _timed(hook(waiting, step), step):
            if position == len(targets):
                what = f"more resources were yielded than the package has: {len(targets)}"
                fix = "add each new resource to package.pkg.descriptor before the first yield."
                raise FlowError(what, fix=fix)
            target = targets[position]
            position += 1
            _check_place(item, target, step)
            yield target, _item_batches(item, target, step)
        if any(one.hooks.drains for one in step.run.every_step()):
            # What the hook did not ask for still has to reach the outputs before it.
            for _ in waiting:
                pass
        if position < len(targets):
            names = ", ".join(repr(target.name) for target in targets)
            what = f"{position} of {len(targets)} resources were yielded; the package has {names}"
            raise FlowError(
                what, fix="yield one iterator of rows for each resource, in their order."
            )
    yield from _rejects_of(step)


def _timed(items: Iterable[Any], step: Step) -> Iterator[Any]:
    """Yield what a hook yields; its time until then is that of the step."""
    watch = step.run.watch
    asking = watch.enter(step.account)
    try:
        for item in items:
            watch.leave(asking)
            yield item
            asking = watch.enter(step.account)
    finally:
        watch.leave(asking)


def _check_place(item: Any, target: Resource, step: Step) -> None:
    """Refuse a resource in the place of another; renamed, its old name is not in the package."""
    if isinstance(item, StreamWrapper):
        name = item.stream.resource.name
        if name != target.name and name in step.package.resource_names:
            what = f"the resource {name!r} was yielded in the place of {target.name!r}"
            fix = "yield the resources in the order of package.pkg.descriptor['resources']."
            raise FlowError(what, fix=fix)


def _item_batches(item: Any, target: Resource, step: Step) -> Iterator[Batch]:
    """Return the batches of what a `resources` hook yielded for one resource."""
    if isinstance(item, Stream):
        return _conformed(item.untouched(), item.resource, target)
    if isinstance(item, StreamWrapper) and item.is_untouched:
        return _conformed(item.stream.untouched(), item.stream.resource, target)
    if isinstance(item, Batches):
        tally = step.account.tally_of(target.name)
        stream = Stream(target, target, iter(()), step, tally, step.run)
        stream.use_policy(step.hooks.on_error)
        batches: Iterable[Batch] = item.batches
    else:
        stream = Stream(target, target, iter(()), step, step.account.common_tally(), step.run)
        batches = _batches_of_user(item, target)
    limit = step.run.limit_rows
    if limit is not None and step.source.get_resource(target.name) is None:
        batches = limited_source(batches, limit, stream)
    return _opened(step.run, guard(batches, stream))
