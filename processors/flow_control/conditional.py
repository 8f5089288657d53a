"""conditional: steps that run only when the data is of a certain kind."""

from __future__ import annotations

from inspect import isgeneratorfunction
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.flow import Flow
from dataflows.functions import describe_function, parameters
from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["conditional"]


@processor
def conditional(predicate: Callable[[Package], Any], flow: Any) -> Hooks:
    """Run more steps if a condition on the package holds.

    The condition is looked at before any row moves: it can ask for resources, fields, types and
    metadata, not for values.

    Schema: that of the steps where the condition holds, else unchanged.
    Rows: those of the steps where the condition holds, else all, in their order.
    Memory: one batch, and what the steps need.

    Args:
        predicate: Called with the `Package` as it comes in; what it returns is true or false.
        flow: The steps: a `Flow`, one link of a flow (a processor, a function of ``row`` or
            ``rows``, a list of rows), or a function that is called with the package, only where
            the condition holds, and returns one of these. A generator function of ``package``
            is a link.

    Errors, accounts and pictures show the steps as steps of the flow, with their positions in
    their own flow.

    Raises:
        ArgumentError: The condition is not a function.
        LinkError: What is given as steps cannot stand in a flow.
        FlowError: The function that makes the steps returned nothing.

    Examples:
        >>> from dataflows import Flow, add_field, conditional
        >>> def has_no_size(package):
        ...     return all("size" not in one.schema.field_names for one in package.resources)
        >>> with_size = conditional(has_no_size, add_field("size", "integer", 0))
        >>> Flow([{"city": "Rome"}], with_size).results()[0]
        [[{'city': 'Rome', 'size': 0}]]
        >>> Flow([{"city": "Rome", "size": 5}], with_size).results()[0]
        [[{'city': 'Rome', 'size': 5}]]
    """
    given: Any = predicate
    if not callable(given):
        what = f"the condition of conditional is a function of the package, got {shorten(given)}"
        fix = "write for instance conditional(lambda package: len(package.resources) > 1, …)."
        raise ArgumentError(what, fix=fix)
    made = None if _makes_the_flow(flow) else _as_flow(flow)

    def package(package: Package, step: Step) -> None:
        try:
            holds = predicate(package)
        except Exception as cause:  # noqa: BLE001 - it is raised again
            names = ", ".join(package.resource_names) or "none"
            fix = f"correct the condition; the resources that it can ask for are: {names}."
            step.fail(cause, fix=fix)
        if not holds:
            return
        chosen = made if made is not None else _returned(flow, package)
        step.following = step.inner_steps(chosen.chain())

    return Hooks(package=package)


def _as_flow(link: Any) -> Flow:
    return link if isinstance(link, Flow) else Flow(link)


def _makes_the_flow(flow: Any) -> bool:
    """Tell a function that returns the steps from what is a link itself."""
    if not callable(flow) or isinstance(flow, type) or hasattr(flow, "process_datapackage"):
        return False
    return not isgeneratorfunction(flow) and parameters(flow) not in (["row"], ["rows"])


def _returned(function: Callable[[Package], Any], package: Package) -> Flow:
    """Return the flow that a user's function makes for the package."""
    flow = function(package)
    if flow is None:
        what = f"{describe_function(function)} returned nothing where a flow was expected"
        raise FlowError(what, fix="let it return the steps: return Flow(…).")
    return _as_flow(flow)
