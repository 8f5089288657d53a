"""assert_schema: the schema that a flow gave when it was last looked at."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.flow import Flow
from dataflows.package import clone
from dataflows.testing.schema_differences import schema_differences
from dataflows.tracebacks import cutting

if TYPE_CHECKING:
    from dataflows.package import Package

__all__ = ["assert_schema"]

_UPDATE = "UPDATE"
__unittest = True  # unittest shows the line of the test


def assert_schema(flow: Any, path: str | Path, *, update: bool | None = None) -> None:
    """Fail unless a flow has the schema that is kept in a file; the first time it is written there.

    Only the package phase runs: no rows move, and nothing else is written.

    Args:
        flow: A `Flow`, or a list of its steps.
        path: The file, to be committed with the tests. Of one resource it holds the Table Schema,
            of several a data package of names and schemas.
        update: Whether to write the file anew; by default, whether the environment has ``UPDATE``
            set to something.

    Raises:
        AssertionError: The schema is another one. It says which field is, and how.
        ArgumentError: The file is none of `assert_schema`, or `flow` is no flow.
        ProcessorError: The package phase fails.

    Examples:
        >>> from dataflows import Flow, add_field, set_type
        >>> from dataflows.testing import assert_schema
        >>> rows = [{"city": "Rome", "qty": 3}]
        >>> assert_schema(Flow(rows), "schemas/sales.json")  # writes it
        >>> assert_schema(Flow(rows), "schemas/sales.json")
        >>> assert_schema(Flow(rows, set_type("qty", type="string")), "schemas/sales.json")
        Traceback (most recent call last):
        AssertionError: the schema is not the one in 'schemas/sales.json'
          field 'qty': type: expected 'integer', got 'string'
          fix: correct the flow, or if this is intended, write the file again: UPDATE=1 pytest.
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    with cutting():
        lines = _lines(_flow(flow).check().package, Path(path), update=update)
    if lines:
        fix = "correct the flow, or if this is intended, write the file again: UPDATE=1 pytest."
        what = f"the schema is not the one in {str(path)!r}"
        raise AssertionError("\n  ".join([what, *lines, f"fix: {fix}"]))


def _lines(package: Package, file: Path, *, update: bool | None) -> list[str]:
    """Return a line for each difference; none where the file is written."""
    got = {
        one.name: clone(one.fields.descriptor)
        for one in package.resources
        if not one.descriptor.get("dataflows:rejects")
    }
    wants_update = bool(os.environ.get(_UPDATE)) if update is None else update
    if wants_update or not file.exists():
        _write(file, got)
        return []
    return _differences(_read(file), got, package)


def _flow(flow: Any) -> Flow:
    if isinstance(flow, Flow):
        return flow
    if isinstance(flow, (list, tuple)):
        return Flow(*flow)
    what = f"{shorten(flow)} is not a Flow"
    raise ArgumentError(what, fix="give a Flow: assert_schema(Flow(…), 'schemas/sales.json').")


def _write(file: Path, schemas: dict[str, dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content: Any = {"resources": [{"name": one, "schema": schemas[one]} for one in schemas]}
    if len(schemas) == 1:
        (content,) = schemas.values()
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    file.write_text(f"{text}\n", encoding="utf-8")


def _read(file: Path) -> dict[str | None, dict[str, Any]]:
    """Return the schema of each resource by its name; of the only one the name is None."""
    fix = "write it again: UPDATE=1 pytest."
    try:
        content = json.loads(file.read_bytes())
        if "fields" in content:
            return {None: {**content, "fields": list(map(_field, content["fields"]))}}
        return {one["name"]: one["schema"] for one in content["resources"]}
    except (ValueError, TypeError, LookupError) as error:
        what = f"{str(file)!r} holds no schema: {type(error).__name__}: {error}"
        raise ArgumentError(what, fix=fix) from error


def _field(field: Any) -> dict[str, Any]:
    return {**field, "name": field["name"]}


def _differences(
    expected: dict[str | None, dict[str, Any]], got: dict[str, dict[str, Any]], package: Package
) -> list[str]:
    if None in expected and len(got) == 1:
        expected = {next(iter(got)): expected[None]}
    names = package.resource_names
    lines = []
    for name, schema in expected.items():
        if name is None:
            lines.append(f"one resource is expected, there are {len(got)}: {', '.join(got)}")
        elif name not in got:
            lines.append(f"resource {name!r} is missing: {nearest(name, names, 'resources')}")
        else:
            place = f"resource {name!r}, " if len(expected) > 1 else ""
            plain = json.loads(json.dumps(got[name], default=str))  # as the file has it
            found = schema_differences(schema, plain, only_given=False)
            lines += [f"{place}{line}" for line in found]
    if None not in expected:
        lines += [f"resource {name!r} is unexpected" for name in got if name not in expected]
    return lines
