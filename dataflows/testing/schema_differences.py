"""What is different between the schema that is expected and the one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import nearest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["schema_differences"]

# What counts where a property is not there.
_DEFAULTS: dict[str, Any] = {
    "type": "string",
    "format": "default",
    "constraints": {},
    "missingValues": [""],
}


def schema_differences(
    expected: Mapping[str, Any], got: Mapping[str, Any], *, only_given: bool
) -> list[str]:
    """Return a line for each difference; none where the schemas are the same.

    Args:
        expected: The Table Schema descriptor as it should be.
        got: The one as it is.
        only_given: Whether properties that `expected` does not have may be anything.

    Examples:
        >>> schema_differences(
        ...     {"fields": [{"name": "qty", "type": "integer"}]},
        ...     {"fields": [{"name": "qty", "type": "string"}, {"name": "city"}]},
        ...     only_given=True,
        ... )
        ["field 'qty': type: expected 'integer', got 'string'", "field 'city' is unexpected"]
    """
    wanted = {field["name"]: field for field in expected["fields"]}
    given = {field["name"]: field for field in got["fields"]}
    lines = []
    for name, field in wanted.items():
        if name not in given:
            lines.append(f"field {name!r} is missing: {nearest(name, given)}")
        else:
            lines += _properties(f"field {name!r}: ", field, given[name], only_given)
    lines += [f"field {name!r} is unexpected" for name in given if name not in wanted]
    if wanted.keys() == given.keys() and list(wanted) != list(given):
        lines.append(
            f"the fields are in another order: expected {', '.join(wanted)}; got {', '.join(given)}"
        )
    lines += _properties("", expected, got, only_given)
    return lines


def _properties(
    place: str, expected: Mapping[str, Any], got: Mapping[str, Any], only_given: bool
) -> Iterator[str]:
    names = [name for name in expected if name not in ("name", "fields")]
    if not only_given:
        names += [name for name in got if name not in expected and name not in ("name", "fields")]
    for name in names:
        default = _DEFAULTS.get(name)
        one, other = expected.get(name, default), got.get(name, default)
        if one != other:
            yield f"{place}{name}: expected {_told(one)}, got {_told(other)}"


def _told(value: Any) -> str:
    return "none" if value is None or value == {} else shorten(value)
