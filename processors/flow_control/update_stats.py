"""update_stats: what a flow reports beside its rows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["update_stats"]


@processor
def update_stats(stats: Mapping[str, Any]) -> Hooks:
    """Add to the statistics that the flow returns.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        stats: Names and values. A copy is taken when the flow starts and again when all rows have
            passed, so that a function of the flow may count in it. Of equal names in several steps
            the last counts.

    Raises:
        ArgumentError: It is no dict.

    Examples:
        >>> from dataflows import Flow, update_stats
        >>> package, stats = Flow([{"city": "Rome"}], update_stats({"source": "A"})).process()
        >>> stats
        {'source': 'A'}
    """
    given: Any = stats
    if not isinstance(given, Mapping):
        what = f"stats are a dict of names and values, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance update_stats({'source': 'A'}).")

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the signature of the hook
        own = deepcopy(dict(stats))
        step.run.stats.append(own)

        def end(error: BaseException | None) -> None:
            if error is None:
                own.clear()
                own.update(deepcopy(dict(stats)))

        step.run.endings.append(end)

    return Hooks(package=package)
