"""The fields that a step changes, in the resources that have them; and the fields it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.package import edit_schemas
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    follow_keys,
    selected_schemas,
)
from dataflows.selectors import match_fields
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Resource, Schema

__all__ = [
    "as_it_is",
    "check_name",
    "chosen",
    "edit_chosen",
    "name_types",
    "put_fields",
    "retype",
    "retyping",
]


def check_name(name: Any, example: str) -> str:
    """Return the name of one field.

    Raises:
        ArgumentError: It is not a text.

    Examples:
        >>> check_name("city", "…")
        'city'
    """
    if not isinstance(name, str) or not name:
        what = f"the name of a field is a text, got {shorten(name)}"
        raise ArgumentError(what, fix=f"write for instance {example}.")
    return name


def name_types(option: str, given: Any, default: str, example: str) -> dict[str, str]:
    """Return the type of each field to be made: names in a list get the default type.

    Raises:
        ArgumentError: There are none, or what is given is not made of names and types.

    Examples:
        >>> name_types("into", ["a", "b"], "string", "…")
        {'a': 'string', 'b': 'string'}
        >>> name_types("into", {"a": "integer"}, "string", "…")
        {'a': 'integer'}
    """
    types: dict[Any, Any]
    if hasattr(given, "items"):
        types = dict(given)
    else:
        names: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given]
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            what = f"{option}= names {repeated[0]!r} twice"
            raise ArgumentError(what, fix="give each field a name of its own.")
        types = dict.fromkeys(names, default)
    if not types or not all(isinstance(one, str) and one for one in (*types, *types.values())):
        what = f"{option}= lists names, or is a dict of names and types, got {shorten(given)}"
        raise ArgumentError(what, fix=f"write for instance {example}.")
    for type_ in types.values():
        try:
            codec_for({"type": type_})
        except FlowError as error:
            raise ArgumentError(error.what, fix=error.fix) from error
    return types


def chosen(
    patterns: Iterable[str] | None,
    names: Sequence[str],
    *,
    regex: bool = True,
    by_name: bool = False,
) -> list[str]:
    """Return the names that patterns mean, all for None.

    Args:
        patterns: The patterns.
        names: The names of the fields.
        regex: Whether the patterns are regular expressions.
        by_name: Whether they come in the order of `names`, not in that of the patterns.

    Examples:
        >>> chosen(["c", "a|b"], ["a", "b", "c"])
        ['c', 'a', 'b']
        >>> chosen(["c", "a|b"], ["a", "b", "c"], by_name=True)
        ['a', 'b', 'c']
    """
    if patterns is None:
        return list(names)
    found = match_fields(patterns, names, regex=regex)
    meant = dict.fromkeys(name for some in found.values() for name in some)
    return [name for name in names if name in meant] if by_name else list(meant)


def edit_chosen(
    package: Package,
    step: Step,
    patterns: Sequence[str] | None,
    edit: Callable[[Schema], None],
    *,
    regex: bool = True,
) -> None:
    """Call `edit` with the schema of each selected resource that has one of the fields.

    Raises:
        UnknownFieldError: A name means no field in any of the resources.

    Examples:
        >>> from types import SimpleNamespace
        >>> from dataflows.package import Package
        >>> fields = [{"name": "a"}]
        >>> package = Package({"resources": [{"name": "x", "schema": {"fields": fields}}]})
        >>> step = SimpleNamespace(selected={"x"})
        >>> edit_chosen(package, step, ["a"], lambda schema: print(schema.field_names))
        ['a']
    """
    schemas = selected_schemas(package, step)
    check_matches(patterns or (), schemas.values(), regex=regex)
    having = {
        resource
        for resource, schema in schemas.items()
        if chosen(patterns, [field["name"] for field in schema["fields"]], regex=regex)
    }

    def edit_one(resource: Resource) -> None:
        edit(resource.fields)

    edit_schemas(package, having, edit_one)


def put_fields(
    schema: Schema,
    types: Mapping[str, str],
    *,
    sources: Sequence[str],
    keep: bool,
) -> None:
    """Put new fields into a schema: in the place of those they are made from, or behind them.

    Args:
        schema: The schema, changed in place.
        types: The name and type of each new field.
        sources: The fields that they are made from.
        keep: Whether these stay.

    Raises:
        FlowError: There is another field of one of the names.

    Examples:
        >>> from dataflows.package import Schema
        >>> schema = Schema({"fields": [{"name": "a"}, {"name": "b"}]})
        >>> put_fields(schema, {"x": "string", "y": "string"}, sources=["a"], keep=False)
        >>> schema.field_names
        ['x', 'y', 'b']
    """
    before = schema.descriptor["fields"]
    kept = [field for field in before if keep or field["name"] not in sources]
    for name in types:
        if any(field["name"] == name for field in kept):
            what = f"there is a field named {name!r} already"
            raise FlowError(what, fix="choose another name, or delete_fields or rename it before.")
    places = [index for index, field in enumerate(before) if field["name"] in sources]
    place = places[-1] + 1 if keep else places[0]
    made = [{"name": name, "type": type_, "format": "default"} for name, type_ in types.items()]
    schema.descriptor["fields"] = [*kept[:place], *made, *kept[place:]]
    if not keep:
        names = [field["name"] for field in before if field["name"] not in sources]
        follow_keys(schema.descriptor, {name: name for name in names}.get)


def retype(field: dict[str, Any], type: str) -> None:
    """Give a field another type; options that its values need not keep are dropped.

    Examples:
        >>> field = {"name": "a", "type": "number", "decimalChar": ",", "title": "A"}
        >>> retype(field, "string")
        >>> field
        {'name': 'a', 'type': 'string', 'title': 'A', 'format': 'default'}
    """
    for option in (
        *("format", "decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues"),
    ):
        field.pop(option, None)
    field.update(type=type, format="default")
    constraints = field.pop("constraints", {})
    left = {key: constraints[key] for key in ("required", "unique") if key in constraints}
    if left:
        field["constraints"] = left


def as_it_is(batch: Batch) -> Batch:
    """Return the batch: there is nothing to do.

    Examples:
        >>> as_it_is("a batch")
        'a batch'
    """
    return batch


def retyping(patterns: Sequence[str], type: str, *, regex: bool) -> Callable[[Package, Step], None]:
    """Return the hook of the package phase that gives the fields of these names another type."""

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            for name in chosen(patterns, schema.field_names, regex=regex):
                retype(schema.field(name), type)

        edit_chosen(package, step, patterns, edit, regex=regex)

    return package
