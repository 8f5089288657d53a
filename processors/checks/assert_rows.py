"""assert_rows: what is expected of the rows of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError
from dataflows.on_error import check_policy
from dataflows.processor import Hooks, processor
from dataflows.processors.checks.checking import Checking
from dataflows.processors.checks.expectation_arguments import (
    read_conditions,
    read_count,
    read_foreign_keys,
    read_names,
    read_patterns,
    read_ranges,
    read_sets,
)
from dataflows.processors.checks.expectations import NotMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.processors.checks.expectations import Expectation
    from dataflows.selectors import Resources

__all__ = ["assert_rows"]


@processor
def assert_rows(
    *conditions: Callable[[dict[str, Any]], Any] | str,
    unique: str | Iterable[str] | None = None,
    not_missing: str | Iterable[str] | None = None,
    in_set: Mapping[str, Iterable[Any]] | None = None,
    in_range: Mapping[str, tuple[Any, Any]] | None = None,
    matches: Mapping[str, str] | None = None,
    row_count: int | tuple[int | None, int | None] | None = None,
    foreign_key: Mapping[Any, tuple[str, Any]] | None = None,
    on_error: Any = None,
    resources: Resources = None,
) -> Hooks:
    """Check what you expect: conditions, unique keys, ranges, patterns, row counts.

    Missing values are expected by `not_missing` alone: the other expectations about fields pass
    them by. Values must fit the types of their fields, too.

    Schema: unchanged.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch; with `foreign_key` the keys of the other resource; with `unique` all keys,
    of which many spill to disk, with the rows that come after them.

    Args:
        *conditions: Expressions such as ``"qty > 0"``, or functions of the row, that must be true.
        unique: The field, or the fields together, whose values are in one row only.
        not_missing: The fields that have a value in every row.
        in_set: For fields the list of their values: ``{"region": ["north", "south"]}``.
        in_range: For fields the least and the most, which count as well; None for no limit:
            ``{"qty": (1, None)}``.
        matches: For fields the regular expression that must match their whole texts.
        row_count: How many rows there are, or the least and the most: ``(1, None)``. No policy
            changes that; it is looked at when all rows have come, and not where a later step stops
            asking.
        foreign_key: For fields the resource that has their values, which stands before this one,
            and its field: ``{"country": ("countries", "code")}``; of several fields together
            ``{("a", "b"): ("others", ("x", "y"))}``.
        on_error: What to do with rows that are otherwise: `raise_exception` (the default), `drop`,
            `ignore`, `clear` (the value; the row, where no one value is to blame), `rejects()`, or
            a function as for `validate`.
        resources: The resources of which this is expected; all by default.

    Raises:
        ArgumentError: Nothing is expected, or an expectation is not what it must be.
        UnknownFieldError: There is no such field.
        UnknownResourceError: There is no such resource.
        FlowError: The type of a field does not go with what is expected of it, or a resource stands
            before the one that it refers to.
        ValidationError: A row is otherwise, and `on_error` is to raise.
        RowError: There are fewer or more rows than expected.

    Examples:
        >>> from dataflows import Flow, assert_rows
        >>> from dataflows.on_error import drop
        >>> rows = [{"id": 1, "city": "Rome"}, {"id": 1, "city": "Oslo"}, {"id": 2, "city": None}]
        >>> Flow(rows, assert_rows(unique="id", not_missing="city", on_error=drop)).results()[0]
        [[{'id': 1, 'city': 'Rome'}]]
        >>> Flow(rows, assert_rows("id < 2", row_count=3)).process()
        Traceback (most recent call last):
        dataflows.errors.ProcessorError: the row does not satisfy 'id < 2'
          in {'id': 2, 'city': None}
          at processor 2 of 2: assert_rows('id < 2', row_count=3)
             resource 'res_1', row 3
          fix: correct the row, or handle such rows with on_error=rejects().
    """
    check_policy(on_error)
    keys = read_foreign_keys(foreign_key)
    expected: list[Expectation] = [
        *read_conditions(conditions),
        *(NotMissing(name) for name in read_names("not_missing", not_missing)),
        *read_sets(in_set),
        *read_ranges(in_range),
        *read_patterns(matches),
    ]
    count = read_count(row_count)
    together = tuple(read_names("unique", unique))
    if not expected and not keys and not together and count is None:
        what = "assert_rows has nothing to expect"
        raise ArgumentError(what, fix="write for instance assert_rows('qty > 0', unique='id').")
    checking = Checking(expected, keys, together, count)

    def package(package: Package, step: Step) -> None:
        for key in keys:
            key.check(package, step)

    def schema(resource: Resource) -> None:
        for one in expected:
            one.read(resource)
        for name in together:
            resource.fields.field(name)

    functions = tuple(one for one in conditions if callable(one))
    hooks = Hooks(
        package=package, schema=schema, select=resources, on_error=on_error, functions=functions
    )
    if keys:
        hooks.resources = checking.resources
    else:
        hooks.batches = checking.batches
    return hooks
