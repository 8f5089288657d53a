"""Where an error comes from: the step, the function of a user, the step that set the value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflows.errors import Place, RowError
from dataflows.functions import field_usage, raised_in

if TYPE_CHECKING:
    from dataflows.chain import Step

__all__ = ["origin_of_misfit", "place_of"]


def place_of(cause: BaseException, step: Step, where: Place | None) -> Place:
    """Return the whole place of an error that was met at a step.

    Args:
        cause: The error.
        step: The step.
        where: What is known of the place.
    """
    function = raised_in(cause, (*step.hooks.attributes.values(), step.hooks.on_error))
    place = replace(
        step.place,
        function=None if function == step.label else function,
        source=origin_of_misfit(cause, step, where),
    )
    return (where or Place()).within(place)


def origin_of_misfit(cause: BaseException, step: Step, where: Place | None) -> str | None:
    """Return the earlier step that may have set the value that an error is about, for people.

    Args:
        cause: The error; only one that has `came_in` is about such a value.
        step: The step that met the value.
        where: Where it did, as far as `cause` does not know it.
    """
    error = getattr(cause, "cast_error", None) or cause
    if not isinstance(cause, RowError) or not getattr(error, "came_in", False):
        return None
    name = cause.where.resource or (where.resource if where is not None else None)
    field = cause.where.field
    chain = next((chain for chain in step.run.chains() if step in chain), [])
    for earlier in reversed(chain[: chain.index(step)] if chain else []):
        if name is None or field is None:
            break
        name = _name_before(earlier, name)
        if name is None:
            break
        told = _hand_in(earlier, name, field)
        if told:
            return f"{told} {earlier.place.in_flow}"
    return None


def _name_before(step: Step, name: str) -> str | None:
    """Return the name of a resource before a step, which may have renamed it; None if it made it.

    A step that adds or removes resources renames none.
    """
    before, after = step.source.resource_names, step.package.resource_names
    if name in before:
        return name
    return before[after.index(name)] if len(before) == len(after) and name in after else None


def _hand_in(step: Step, resource: str, field: str) -> str | None:
    """Return what a step has to do with the values of a field, None if nothing."""
    if resource not in step.selected:
        return None
    hooks = step.hooks
    functions = [*hooks.functions, *([] if hooks.row is None else [hooks.row])]
    usages = [field_usage(function) for function in functions]
    if any(usage is not None and field in usage.writes for usage in usages):
        return "the field was last set by"
    if hooks.rows is not None or hooks.is_of_a_user or None in usages:
        return "the value may have been set by"
    before = step.source.get_resource(resource)
    if before is not None and field not in before.fields.field_names:
        return "the field was made by"
    return None
