"""finalizer: what is done when the flow has ended."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["finalizer"]


@processor
def finalizer(
    callback: Callable[..., Any] | None = None,
    *,
    on_failure: Callable[[BaseException], Any] | None = None,
) -> Hooks:
    """Call a function when the flow has ended.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        callback: Called once, when all rows have gone through the whole flow and its outputs are
            complete. If it has a parameter named ``stats``, it gets what the steps before this one
            report: a dict of its own.
        on_failure: Called with the error, when one ends the flow while its rows stream, or Ctrl-C
            does. The outputs are undone then, and the error goes on. An error in the package
            phase, when nothing has been begun, calls neither of the two.

    Neither is called when somebody stops asking for rows.

    Raises:
        ArgumentError: There is nothing to call.

    Examples:
        >>> from dataflows import Flow, finalizer, update_stats
        >>> def tell(stats):
        ...     print("done:", stats)
        >>> _ = Flow([{"city": "Rome"}], update_stats({"source": "A"}), finalizer(tell)).process()
        done: {'source': 'A'}
    """
    options: dict[str, Any] = {"callback": callback, "on_failure": on_failure}
    for option, given in options.items():
        if given is not None and not callable(given):
            what = f"the {option} of finalizer is a function, got {shorten(given)}"
            raise ArgumentError(what, fix="write for instance finalizer(lambda: print('done')).")
    if callback is None and on_failure is None:
        what = "finalizer has nothing to call"
        raise ArgumentError(what, fix="write for instance finalizer(lambda: print('done')).")
    wants_stats = callback is not None and _has_parameter(callback, "stats")

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the signature of the hook
        before = len(step.run.stats)

        def end(error: BaseException | None) -> None:
            with step.blamed():
                if error is not None:
                    if on_failure is not None:
                        on_failure(error)
                elif callback is not None:
                    more = {"stats": step.run.merged_stats(before)} if wants_stats else {}
                    _call(callback, more, step)

        step.run.endings.append(end)

    return Hooks(package=package)


def _call(callback: Callable[..., Any], more: dict[str, Any], step: Step) -> None:
    try:
        callback(**more)
    except Exception as cause:  # noqa: BLE001 - it is raised again
        fix = "correct the function; the rows have gone through, and what was written stays."
        stats = more.get("stats", {})
        if isinstance(cause, KeyError) and "stats" in more and cause.args[0] not in stats:
            fix = nearest(cause.args[0], stats, "stats")
        step.fail(cause, fix=fix)


def _has_parameter(function: Callable[..., Any], name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
