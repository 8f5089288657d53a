"""Links: what may stand in a Flow, and how each becomes a processor."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError, LinkError, shorten
from dataflows.functions import describe_function, parameters
from dataflows.iterables import iterable_loader, table_loader
from dataflows.package import Package, PackageWrapper
from dataflows.processor import Hooks, Processor, example_call
from dataflows.stages import wrap_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = [
    "as_processor",
    "class_processor",
    "package_processor",
    "row_processor",
    "rows_processor",
]


def as_processor(link: Any) -> Processor:
    """Return a link as a processor.

    Args:
        link: A processor; an object with the methods of `DataStreamProcessor`; any callable whose
            one parameter is named ``row``, ``rows`` or ``package``; a table that speaks Arrow; an
            iterable of rows.

    Raises:
        LinkError: It is none of these.

    Examples:
        >>> as_processor([{"a": 1}])
        list of rows
        >>> as_processor(lambda rows: rows).name
        'rows_processor'
    """
    if isinstance(link, Processor):
        return link
    if isinstance(link, type):
        what = f"the class {link.__name__} stands in the flow"
        raise LinkError(what, fix=f"call it: {link.__name__}(…).")
    if hasattr(link, "process_datapackage") and hasattr(link, "process_resources"):
        return class_processor(link)
    if hasattr(link, "__arrow_c_stream__"):
        return table_loader(link)
    if callable(link):
        return _of_callable(link)
    if isinstance(link, (str, bytes)) or hasattr(link, "__fspath__"):
        what = f"the text {shorten(str(link))} stands in the flow"
        raise LinkError(what, fix=f"load it: load({shorten(str(link))}).")
    if hasattr(link, "keys"):
        what = f"the dict {shorten(link)} stands in the flow"
        raise LinkError(what, fix="give a list of dicts, one a row: [{…}].")
    if hasattr(link, "__iter__"):
        return iterable_loader(link)
    if hasattr(link, "__aiter__"):
        what = f"the {type(link).__name__} stands in the flow, which awaits nothing"
        raise LinkError(what, fix="gather its rows before: rows = [row async for row in …].")
    what = f"{shorten(link)} is not a processor"
    fix = (
        "give a processor, a function with one parameter named row, rows or package,"
        " or an iterable of rows."
    )
    raise LinkError(what, fix=fix)


def _of_callable(function: Callable[..., Any]) -> Processor:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        what = f"the async function {describe_function(function)} stands in the flow"
        raise LinkError(what, fix="define it without async: a flow awaits nothing.")
    names = parameters(function)
    kinds = {"row": row_processor, "rows": rows_processor, "package": package_processor}
    if len(names) == 1 and names[0] in kinds:
        return kinds[names[0]](function)
    call = example_call(function)
    if call is not None:
        what = f"the processor {getattr(function, '__name__', function)} stands in the flow"
        raise LinkError(what, fix=f"call it: {call}.")
    what = f"Failed to parse function signature {names!r} of {describe_function(function)}"
    fix = "give it exactly one parameter, named row, rows or package."
    raise LinkError(what, fix=fix)


def row_processor(function: Callable[..., Any]) -> Processor:
    """Return the processor that calls a function with each row."""
    return Processor("row_processor", Hooks(row=function), describe_function(function))


def rows_processor(function: Callable[..., Any]) -> Processor:
    """Return the processor that calls a function with all the rows of each resource."""
    return Processor("rows_processor", Hooks(rows=function), describe_function(function))


def package_processor(function: Callable[..., Any]) -> Processor:
    """Return the processor that runs a generator function of the package and its resources."""

    def package(package: Package, step: Step) -> None:
        wrapper = PackageWrapper(package)
        generator = function(wrapper)
        if not hasattr(generator, "__next__"):
            what = "the package function is not a generator"
            raise FlowError(
                what, fix="let it yield package.pkg first, then its resources: yield from package."
            )
        try:
            first = next(generator)
        except StopIteration:
            what = "the package function yielded nothing"
            raise FlowError(
                what, fix="let it yield package.pkg first, then its resources."
            ) from None
        step.state["wrapper"], step.state["generator"] = wrapper, generator
        if first is not None and first is not package:
            step.replacement = _as_package(first)

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        step.state["wrapper"].it = wrap_streams(streams, step)
        yield from step.state["generator"]

    hooks = Hooks(package=package, resources=resources, is_of_a_user=True)
    return Processor("datapackage_processor", hooks, describe_function(function))


def class_processor(instance: Any) -> Processor:
    """Return the processor for an instance of a subclass of `DataStreamProcessor`."""

    def package(package: Package, step: Step) -> None:
        instance.position = step.position
        instance.datapackage = package
        if not hasattr(instance, "stats"):
            instance.stats = {}  # a subclass that does not call the constructor it overrides
        step.run.stats.append(instance.stats)
        made = instance.process_datapackage(package)
        if made is None:
            what = "process_datapackage returned nothing"
            raise FlowError(what, fix="let it return the package: return dp.")
        if made is not package:
            step.replacement = _as_package(made)
        join_run = getattr(instance, "join_run", None)
        if join_run is not None:
            join_run(step)  # an output of a user's: it is told when all rows are through

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        instance.datapackage = step.package
        wrapped = wrap_streams(streams, step)
        process_stream = getattr(instance, "process_stream", None)
        if process_stream is None:
            yield from instance.process_resources(wrapped)
        else:
            yield from process_stream(step.package, wrapped, step.run.stats)

    attributes = {"processor_object": instance}
    hooks = Hooks(package=package, resources=resources, attributes=attributes, is_of_a_user=True)
    name = type(instance).__name__
    return Processor(name, hooks, f"{name}()")


def _as_package(made: Any) -> Package:
    """Return what a function gave for the package, which may be one of ``datapackage``."""
    if isinstance(made, Package):
        return made
    if not isinstance(getattr(made, "descriptor", None), dict):
        what = f"{shorten(made)} stands where the package was expected"
        raise FlowError(what, fix="yield package.pkg first (of a class: return dp).")
    return Package(dict(made.descriptor))
