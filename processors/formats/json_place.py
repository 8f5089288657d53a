"""Where in a JSON file the rows are: what to do where there is no array of them."""

from __future__ import annotations

from typing import Any

from dataflows.errors import SourceLoadError, nearest

__all__ = ["check_place_of_rows"]

_KINDS = {dict: "object", str: "string", bool: "boolean"}


def check_place_of_rows(value: Any, property_: str | None, path: str) -> None:
    """Refuse what a JSON file holds where its rows are looked for, unless it is an array.

    Args:
        value: All that the file holds.
        property_: The path of keys to the rows; None where the file itself is to be the array.
        path: Of the file.

    Raises:
        SourceLoadError: There is no such key, or no array.

    Examples:
        >>> check_place_of_rows({"data": {"rows": []}}, "data.rows", "c.json")
        >>> check_place_of_rows({"data": {"rows": []}}, None, "c.json")
        Traceback (most recent call last):
            ...
        dataflows.errors.SourceLoadError: c.json: an array of rows was expected, got a JSON object
    """
    found = value
    for name in property_.split(".") if property_ else ():
        if isinstance(found, dict) and name not in found:
            what = f"{path}: there is no key {name!r}"
            raise SourceLoadError(what, fix=nearest(name, found, "keys"))
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, list):
        return
    place = _place_of_array(value)
    fix = "give an array of objects."
    if place is not None:
        fix = f"name the key that holds the rows: property={place!r}."
    kind = "nothing" if found is None else f"a JSON {_KINDS.get(type(found), 'number')}"
    raise SourceLoadError(f"{path}: an array of rows was expected, got {kind}", fix=fix)


def _place_of_array(value: Any) -> str | None:
    """Return the path of keys to what may be rows: arrays of objects first, then of few keys."""
    level, arrays = {"": value}, []
    while level:
        level = {
            f"{path}.{key}" if path else key: item
            for path, one in level.items()
            if isinstance(one, dict)
            for key, item in one.items()
        }
        arrays += [(path, item) for path, item in level.items() if isinstance(item, list)]
    of_objects = [path for path, item in arrays if item and isinstance(item[0], dict)]
    return next(iter([*of_objects, *(path for path, _ in arrays)]), None)
