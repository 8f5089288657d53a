"""assert_flow: the rows that steps must give for rows that go in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, closest, nearest, shorten
from dataflows.flow import Flow
from dataflows.functions import describe_function, parameters
from dataflows.iterables import iterable_loader
from dataflows.processor import Processor, example_call
from dataflows.testing.given_schema import GivenSchema, read_schema
from dataflows.testing.row_differences import row_differences
from dataflows.testing.schema_differences import schema_differences
from dataflows.testing.source_of import source_of
from dataflows.tracebacks import cutting
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.package import Package, Resource

    Rows = Iterable[Mapping[str, Any]]

__all__ = ["assert_flow"]

_MOST_LINES = 20
__unittest = True  # unittest shows the line of the test
_PARAMETERS_OF_STEPS = {"row", "rows", "package"}


def assert_flow(
    input: Rows | Mapping[str, Rows] | Flow | Processor | None,
    flow: Any,
    output: Rows | Mapping[str, Rows],
    *,
    ignore_order: bool = False,
    schema: GivenSchema | Mapping[str, GivenSchema] | None = None,
    input_schema: GivenSchema | Mapping[str, GivenSchema] | None = None,
) -> None:
    """Run steps on rows, and fail unless they give the rows that are expected.

    Whole rows are compared. A float stands for the number that is written, as numbers are exact in
    a flow: 1.1 is ``Decimal('1.1')``. True is not 1, and a field that an expected row leaves out is
    a missing value. Of rejected rows, where they are expected, only the fields that are named are
    compared.

    Args:
        input: The rows that go in, or the rows of each resource by its name; or a source, such as
            ``load('sales.csv')``. None where `flow` has a source of its own.
        flow: What is tested: a step; a list or tuple of steps; a `Flow`; a function that gets the
            source and returns a Flow, or one without parameters.
        output: The rows that must come out, or the rows of each resource by its name.
        ignore_order: Whether the order of the rows says nothing.
        schema: The schema that must come out: the type of each field by its name, or a Table Schema
            descriptor, of which only what it says is compared. For several resources by their
            names.
        input_schema: The schema of the rows that go in, where they do not tell it: there are none,
            or their values need a cast. For several resources by their names.

    Raises:
        AssertionError: Something else came out. It says what: resource, row, field, expected, got.
        ArgumentError: An argument is not what it must be.
        ProcessorError: The flow fails.

    Examples:
        >>> from dataflows import filter_rows
        >>> from dataflows.testing import assert_flow
        >>> def dearer(row):
        ...     row["price"] += 1
        >>> rows = [{"price": 1.5, "qty": 2}, {"price": 9, "qty": 0}]
        >>> assert_flow(rows, [filter_rows("qty > 0"), dearer], [{"price": 2.5, "qty": 2}])
        >>> assert_flow(rows, filter_rows("qty > 0"), [{"price": 1.5, "qty": "2"}])
        Traceback (most recent call last):
        AssertionError: the flow does not give the expected rows
          row 1, field 'qty': expected '2' (str), got 2 (int)
        >>> from dataflows import Flow, add_field
        >>> def clean(source):
        ...     return Flow(source, add_field("seen", "boolean", True))
        >>> assert_flow([], clean, [], input_schema={"qty": "integer"}, schema={"qty": "integer"})
        Traceback (most recent call last):
        AssertionError: the flow does not give the expected schema
          field 'seen' is unexpected
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    with cutting():
        wanted = _by_resource("output", output)
        alone = _as_rows("output", output) if wanted is None else None
        rows, package, _ = _built(flow, _source(input, input_schema)).results()
        found = _row_lines(wanted or {}, alone, rows, package, ignore_order=ignore_order)
        what = "the flow does not give the expected rows"
        if not found and schema is not None:
            found = _schema_lines(schema, package)
            what = "the flow does not give the expected schema"
    if found:
        more = len(found) - _MOST_LINES
        last = [f"… and {counted(more, 'more difference')}"] if more > 0 else []
        raise AssertionError("\n  ".join([what, *found[:_MOST_LINES], *last]))


def _row_lines(
    wanted: dict[str, list[dict[str, Any]]],
    alone: list[dict[str, Any]] | None,
    streams: list[list[dict[str, Any]]],
    package: Package,
    *,
    ignore_order: bool,
) -> list[str]:
    """Return a line for each difference; `alone` are the rows of the only resource."""
    __tracebackhide__ = True
    resources = {one.name: one for one in package.resources}
    rows = dict(zip(resources, streams, strict=True))
    lines = _resource_lines(wanted, rows, resources) if alone is None else []
    if alone is not None:
        wanted = {_only_resource(package): alone}
    is_alone = len(wanted) == 1 and not lines
    for name, expected in wanted.items():
        if name in rows:
            found = _differences(expected, rows[name], resources[name], ignore_order=ignore_order)
            place = "" if is_alone else f"resource {name!r}, "
            lines += [f"{place}{line}" for line in found]
    return lines


def _differences(
    expected: list[dict[str, Any]],
    got: list[dict[str, Any]],
    resource: Resource,
    *,
    ignore_order: bool,
) -> list[str]:
    fields = resource.fields.field_names
    if _holds_rejects(resource):
        named = {name for row in expected for name in row}
        fields = [name for name in fields if name in named]
    return row_differences(expected, got, fields, ignore_order=ignore_order)


def _holds_rejects(resource: Resource) -> bool:
    return bool(resource.descriptor.get("dataflows:rejects", False))


def _resource_lines(
    wanted: dict[str, list[dict[str, Any]]],
    rows: dict[str, list[dict[str, Any]]],
    resources: dict[str, Resource],
) -> list[str]:
    lines = [
        f"resource {name!r} is missing: {nearest(name, rows, 'resources')}"
        for name in filterfalse(rows.__contains__, wanted)
    ]
    return lines + [
        f"resource {name!r} is unexpected, with {counted(len(rows[name]), 'row')}"
        for name, resource in resources.items()
        if name not in wanted and not _holds_rejects(resource)
    ]


def _only_resource(package: Package) -> str:
    __tracebackhide__ = True
    names = [one.name for one in package.resources if not _holds_rejects(one)]
    if len(names) != 1:
        named = f": {', '.join(names)}" if names else ""
        what = f"one resource is expected, the flow gives {len(names)}{named}"
        fix = "write the output by resource: {'name': rows}."
        if not names:
            fix = "give the rows that go in, or a source, as the first argument."
        raise AssertionError(f"{what}\n  fix: {fix}")
    return names[0]


def _schema_lines(schema: Any, package: Package) -> list[str]:
    resources = [one for one in package.resources if not _holds_rejects(one)]
    names = [one.name for one in resources]
    by_name = _schemas_by_resource(schema, names)
    if by_name is None:
        by_name = {_only_resource(package): schema}
    lines = []
    for name, given in by_name.items():
        if name not in names:
            lines.append(f"resource {name!r} is missing: {nearest(name, names, 'resources')}")
            continue
        got = resources[names.index(name)].fields.descriptor
        found = schema_differences(read_schema(given).descriptor, got, only_given=True)
        place = f"resource {name!r}, " if len(by_name) > 1 else ""
        lines += [f"{place}{line}" for line in found]
    return lines


def _schemas_by_resource(schema: Any, names: list[str]) -> dict[str, Any] | None:
    """Return a schema for each resource, or None where it is the one of the only resource."""
    if not isinstance(schema, Mapping) or isinstance(schema.get("fields"), (list, tuple)):
        return None
    if any(isinstance(value, str) for value in schema.values()):
        return None
    is_for_resources = any(closest(name, names) for name in schema) or len(names) != 1
    return dict(schema) if is_for_resources else None


def _source(input: Any, schema: Any) -> Flow | None:
    if input is None:
        return None
    if isinstance(input, Flow):
        return input
    by_resource = None if isinstance(input, Processor) else _by_resource("input", input)
    if by_resource is None:
        if isinstance(input, Processor) or hasattr(input, "__arrow_c_stream__"):
            return Flow(input)
        rows = _as_rows("input", input)
        return Flow(rows if schema is None else source_of(rows, schema))
    schemas = {} if schema is None else _schemas_by_resource(schema, list(by_resource))
    if schemas is None or set(schemas) - set(by_resource):
        what = f"the schema of the input is not one for each resource: {shorten(schema)}"
        raise ArgumentError(what, fix=f"write it by resource: {', '.join(by_resource)}.")
    return Flow(
        *(
            source_of(rows, schemas[name], name) if name in schemas else iterable_loader(rows, name)
            for name, rows in by_resource.items()
        )
    )


def _by_resource(argument: str, given: Any) -> dict[str, list[dict[str, Any]]] | None:
    """Return the rows of each resource, or None where the rows of one are given."""
    if not isinstance(given, Mapping):
        return None
    return {str(name): _as_rows(f"{argument}[{name!r}]", rows) for name, rows in given.items()}


def _as_rows(argument: str, given: Any) -> list[dict[str, Any]]:
    rows = given
    if not isinstance(given, (str, bytes)) and hasattr(given, "__iter__"):
        rows = list(given)
        if all(isinstance(row, Mapping) for row in rows):
            return [dict(row) for row in rows]
    what = f"{argument} must be a list of rows, got {shorten(given)}"
    raise ArgumentError(what, fix="write one dict a row: [{'city': 'Rome'}].")


def _built(flow: Any, source: Flow | None) -> Flow:
    """Return the source and the steps as one flow."""
    before = () if source is None else (source,)
    if isinstance(flow, (list, tuple)):
        return Flow(*before, *flow)
    if not _makes_a_flow(flow):
        return Flow(*before, flow)
    needed = parameters(flow)
    if len(needed) != len(before) and needed:
        what = f"{describe_function(flow)} needs a source, and there is no input"
        raise ArgumentError(what, fix="give the rows that go in as the first argument.")
    made = flow(*before) if needed else flow()
    if not isinstance(made, Flow):
        what = f"{describe_function(flow)} returned {shorten(made)}, not a Flow"
        fix = "let it return a Flow; a step has one parameter, named row, rows or package."
        raise ArgumentError(what, fix=fix)
    return made if needed or source is None else Flow(source, made)


def _makes_a_flow(flow: Any) -> bool:
    """Tell whether it is a function that returns a Flow, and not a step."""
    is_step = isinstance(flow, (Flow, Processor, type)) or hasattr(flow, "process_datapackage")
    if is_step or not callable(flow):
        return False
    if example_call(flow) is not None:
        return False
    names = parameters(flow)
    return len(names) == 0 or (len(names) == 1 and names[0] not in _PARAMETERS_OF_STEPS)
