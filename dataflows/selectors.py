"""Which resources, and which fields, a processor is for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.errors import (
    ArgumentError,
    UnknownFieldError,
    UnknownResourceError,
    nearest,
    shorten,
)
from dataflows.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "ResourceMatcher",
    "Resources",
    "check_resources",
    "match_fields",
    "one_resource",
    "select_resources",
]

Resources = str | int | list[str] | tuple[str, ...] | None
"""What `resources=` takes: None for all, a regular expression, a position, or names."""

_FIELD_OPTIONS = ("key", "fields", "primary_key")
"""How processors call the fields that they take."""


def check_resources(resources: Any) -> Resources:
    """Return the selector as it is.

    Raises:
        ArgumentError: It is of no kind that can select.
    """
    if isinstance(resources, bool) or not (
        resources is None or isinstance(resources, (str, int, list, tuple))
    ):
        what = (
            "resources must be None, a regular expression, a position or a list of names,"
            f" got {resources!r}"
        )
        raise ArgumentError(
            what, fix="write for instance resources='sales' or resources=['sales', 'stores']."
        )
    if isinstance(resources, str):
        try:
            re.compile(resources)
        except re.error as error:
            what = f"resources={resources!r} is not a regular expression: {error}"
            raise ArgumentError(what, fix="give exact names as a list: resources=[…].") from error
    if isinstance(resources, (list, tuple)):
        for name in resources:
            if not isinstance(name, str):
                what = f"resources={resources!r} must list names, got {name!r}"
                raise ArgumentError(what, fix="give one position as a number, or names in a list.")
    return resources


def select_resources(
    resources: Resources,
    package: Package,
    processor: str = "",
    arguments: Mapping[str, Any] | None = None,
    *,
    must_match: bool = True,
) -> set[str]:
    """Return the names of the resources that a selector means, in a package as it stands.

    The resources of rejected rows are meant only by their exact name.

    Args:
        resources: The selector.
        package: The package.
        processor: The name of the processor that it was given to, for messages.
        arguments: The arguments of that processor, by name, for messages.
        must_match: Whether to refuse a selector that means none.

    Raises:
        UnknownResourceError: It means none; the nearest name is offered.
    """
    descriptors = package.descriptor["resources"]
    every = [str(one.get("name")) for one in descriptors]
    names = [str(one.get("name")) for one in descriptors if not one.get("dataflows:rejects")]
    if resources is None:
        return set(names)
    if isinstance(resources, int):
        if not -len(names) <= resources < len(names):
            what = f"no resource at position {resources}: there are {len(names)}"
            raise UnknownResourceError(what, fix=nearest("", names, "resources"))
        return {names[resources]}
    if isinstance(resources, str):
        pattern = re.compile(resources)
        found = {name for name in names if pattern.fullmatch(name)} or {
            n for n in every if n == resources
        }
        wanted = [resources] if not found else []
    else:
        found = {name for name in every if name in resources}
        wanted = [name for name in resources if name not in found]
    if wanted and must_match:
        what = (
            f"no resource {'matches' if isinstance(resources, str) else 'is named'} {wanted[0]!r}"
        )
        fix = _meant_as_field(wanted[0], package, processor, arguments or {})
        raise UnknownResourceError(what, fix=fix or nearest(wanted[0], every, "resources"))
    return found


def _meant_as_field(
    name: str, package: Package, processor: str, arguments: Mapping[str, Any]
) -> str | None:
    """Return what to write where the name of a field, or of a type, stands for a resource."""
    from dataflows.types.registry import TYPES  # it brings Arrow, which a package alone can spare

    if processor == "set_type" and name in TYPES and "name" in arguments:
        return f"{name!r} is a type: write set_type({arguments['name']!r}, type={name!r})."
    option = next((one for one in _FIELD_OPTIONS if one in arguments), None)
    if option is None or not any(name in one.fields.field_names for one in package.resources):
        return None
    given = arguments[option]
    if given is None:
        shown = name if option == "key" else [name]
        return f"{name!r} is a field: write {processor}({option}={shown!r})."
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or any("{" in str(one) for one in names):
        return None
    return f"{name!r} is a field: put the fields into one list: {processor}({[*names, name]})."


def one_resource(package: Package, resource: str | int | None) -> str:
    """Return the name of the one resource that was asked for.

    Args:
        package: The package.
        resource: Its name, or its position from 0; not needed where there is only one. Rejected
            rows are chosen by name only.

    Raises:
        UnknownResourceError: There is no such resource, or several and none was named.
    """
    every = package.resource_names
    names = [
        one.name for one in package.resources if not one.descriptor.get("dataflows:rejects", False)
    ]
    if isinstance(resource, str):
        if resource not in every:
            what = f"no resource is named {resource!r}"
            raise UnknownResourceError(what, fix=nearest(resource, every, "resources"))
        return resource
    if resource is None and len(names) != 1:
        what = f"one resource was expected, there are {len(names)}"
        raise UnknownResourceError(what, fix=f"name one: {nearest('', names, 'resources')}")
    position = 0 if resource is None else resource
    if not -len(names) <= position < len(names):
        what = f"no resource at position {position}: there are {len(names)}"
        raise UnknownResourceError(what, fix=nearest("", names, "resources"))
    return names[position]


def match_fields(
    patterns: Iterable[str], names: Sequence[str], *, regex: bool = True
) -> dict[str, list[str]]:
    """Return the fields that each pattern means, in their order; a pattern must match a whole name.

    Raises:
        ArgumentError: A pattern is not a regular expression.
    """
    found: dict[str, list[str]] = {}
    for pattern in patterns:
        if regex:
            found[pattern] = [name for name in names if compile_pattern(pattern).fullmatch(name)]
        else:
            found[pattern] = [name for name in names if name == pattern]
    return found


def compile_pattern(pattern: str | re.Pattern[str], *, of_names: bool = True) -> re.Pattern[str]:
    """Return the compiled regular expression.

    Args:
        pattern: The expression.
        of_names: Whether it is for the names of fields, by a processor that takes ``regex=False``.

    Raises:
        ArgumentError: It is none.
    """
    given: Any = pattern
    if not isinstance(given, (str, re.Pattern)):
        what = f"a pattern is a text, got {shorten(given)}"
        raise ArgumentError(what, fix="write it as a text: r'…'.")
    try:
        return re.compile(pattern)
    except re.error as error:
        what = f"{pattern!r} is not a regular expression: {error}"
        fix = "escape it, or pass regex=False for exact names."
        if not of_names:
            fix = f"escape what stands for itself, as re.escape({shorten(pattern)}) does."
        raise ArgumentError(what, fix=fix) from error


def no_such_field(name: str, names: Sequence[str]) -> UnknownFieldError:
    """Return the error for a field that is not there, with the nearest name."""
    return UnknownFieldError(f"no field named {name!r}", fix=nearest(name, names))


class ResourceMatcher:
    """Tells whether a resource is meant by a selector; for package functions of one's own.

    Args:
        resources: The selector.
        datapackage: The package (or its descriptor) at this point of the chain.

    Examples:
        >>> package = {"resources": [{"name": "sales_2026"}, {"name": "stores"}]}
        >>> matcher = ResourceMatcher("sales.*", package)
        >>> matcher.match("sales_2026"), matcher.match("stores")
        (True, False)
    """

    def __init__(self, resources: Resources, datapackage: Package | dict[str, Any]) -> None:
        package = datapackage if isinstance(datapackage, Package) else Package(datapackage)
        self.resources = check_resources(resources)
        self._names = select_resources(self.resources, package, must_match=False)
        self._pattern = re.compile(resources) if isinstance(resources, str) else None

    def match(self, name: str) -> bool:
        """Tell whether the resource of this name is meant."""
        if self.resources is None or name in self._names:
            return True
        return self._pattern is not None and self._pattern.fullmatch(name) is not None
