"""Properties of packages, resources and schemas that are of one kind only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["check_properties"]


def check_properties(processor: str, properties: Mapping[str, Any]) -> None:
    """Check the properties that a step will set, as far as flows depend on their kind.

    Raises:
        ArgumentError: One is of another kind than the specification of Data Package says.

    Examples:
        >>> check_properties("update_resource", {"name": "sales", "price": 5})
        >>> check_properties("update_resource", {"name": 5})
        Traceback (most recent call last):
        dataflows.errors.ArgumentError: the property 'name' is a text, got 5
          fix: write for instance update_resource(…, name='sales').
    """
    for name, value in properties.items():
        if name not in _KINDS:
            continue
        fits, kind, example = _KINDS[name]
        if not fits(value):
            what = f"the property {name!r} is {kind}, got {shorten(value)}"
            start = "" if processor == "update_package" else "…, "
            fix = f"write for instance {processor}({start}{name}={example})."
            raise ArgumentError(what, fix=fix)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_list_of_texts(value: Any) -> bool:
    return _is_list(value) and all(isinstance(one, str) for one in value)


def _is_path(value: Any) -> bool:
    return _is_name(value) or _is_list_of_texts(value)


def _is_key(value: Any) -> bool:
    return _is_text(value) or _is_list_of_texts(value)


def _is_list_of_fields(value: Any) -> bool:
    return _is_list(value) and all(_is_dict(one) and _is_name(one.get("name")) for one in value)


def _is_list_of_dicts(value: Any) -> bool:
    return _is_list(value) and all(map(_is_dict, value))


_KINDS: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "name": (_is_name, "a text", "'sales'"),
    "path": (_is_path, "a text", "'data/sales.csv'"),
    "title": (_is_text, "a text", "'Sales'"),
    "description": (_is_text, "a text", "'All sales of a year.'"),
    "schema": (_is_dict, "a dict", "{'fields': [{'name': 'city', 'type': 'string'}]}"),
    "fields": (
        _is_list_of_fields,
        "a list of dicts with a name each",
        "[{'name': 'city', 'type': 'string'}]",
    ),
    "missingValues": (_is_list_of_texts, "a list of texts", "['', '-']"),
    "primaryKey": (_is_key, "a name or a list of names", "['city']"),
    "foreignKeys": (_is_list_of_dicts, "a list of dicts", "[{'fields': …, 'reference': …}]"),
}
