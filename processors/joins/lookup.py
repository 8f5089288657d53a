"""lookup: fields of the one row of another resource that has the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.on_error import check_policy
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.key_spec import KeySpec, alike
from dataflows.processors.joins.looking_up import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["lookup"]


@processor
def lookup(
    source_name: str,
    source_key: str | Sequence[str],
    target_name: str,
    target_key: str | Sequence[str],
    fields: Sequence[str] | Mapping[str, str],
    default: Mapping[str, Any] | None = None,
    on_missing: str = "default",
    source_delete: bool = True,
    on_error: Any = None,
) -> Hooks:
    """Look up fields in another resource, which has one row for each key.

    As `join`, but two rows of the source with the same key are an error, and so may be a key that
    the source does not have. To look values up in a dict, use `map_values`.

    Other tools call this VLOOKUP, or a left join.

    Schema: the target gets the fields, in the order given, as the source describes them.
    Rows: those of the target, in their order, except those that `on_error` removes.
    Memory: the fields of the source; many rows spill to disk.

    Args:
        source_name: The resource to look in; it stands before the target.
        source_key: Its key: a field, a list of fields, or a text such as ``"{city}-{year}"``. Rows
            without a value in it are never found.
        target_name: The resource that gets the fields.
        target_key: Its key, with as many fields. Keys are compared as values: 1 is 1.0, and is not
            ``"1"``.
        fields: The fields to take, as a list, or as a dict: for each field of the target, that of
            the source.
        default: For some of the fields of the target, the value in rows that find nothing. Without
            one it is missing; a field that the target has already keeps what it has.
        on_missing: What to do with a row that finds nothing, also one without a value in its key:
            ``"default"``, or ``"error"``: hand it to `on_error`.
        source_delete: Whether the source ends here; else it goes on, as it was.
        on_error: What to do with such rows: `raise_exception` (the default), `drop`, `ignore`,
            `rejects()` or a function.

    Raises:
        ArgumentError: An option is none of these, or a default is for no field.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: The source stands after the target, the keys can never be equal, or a default
            does not fit its field.
        RowError: Two rows of the source have the same key.
        ValidationError: A row finds nothing, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, lookup
        >>> countries = [{"code": "IT", "name": "Italy"}, {"code": "NO", "name": "Norway"}]
        >>> cities = [{"city": "Rome", "in": "IT"}, {"city": "Atlantis", "in": None}]
        >>> step = lookup("res_1", "code", "res_2", "in", {"country": "name"}, {"country": "?"})
        >>> for row in Flow(countries, cities, step).results()[0][0]:
        ...     print(row)
        {'city': 'Rome', 'in': 'IT', 'country': 'Italy'}
        {'city': 'Atlantis', 'in': None, 'country': '?'}
    """
    check_one_of("on_missing", on_missing, ("default", "error"))
    check_policy(on_error)
    if on_error is not None and on_missing != "error":
        what = "on_error is given, but no row goes there"
        raise ArgumentError(what, fix="add on_missing='error', or leave on_error out.")
    wanted = _names(fields)
    defaults = _defaults(default, wanted)
    keys = alike(KeySpec.read(source_key), KeySpec.read(target_key))
    made = Lookup(
        source=(source_name, keys[0]),
        target=(target_name, keys[1]),
        fields=wanted,
        defaults=defaults,
        must_match=on_missing == "error",
        delete=source_delete,
    )
    return Hooks(package=made.package, resources=made.resources, on_error=on_error)


def _names(fields: Any) -> dict[str, str]:
    """Return for each field of the target that of the source."""
    if isinstance(fields, str):
        fields = [fields]
    listed = isinstance(fields, (list, tuple))
    named = {name: name for name in fields} if listed else fields
    if not hasattr(named, "items") or not named or not _all_text((*named, *named.values())):
        what = f"the fields are a list or a dict of names, got {shorten(fields)}"
        raise ArgumentError(what, fix="write for instance ['name'] or {'country': 'name'}.")
    return dict(named)


def _all_text(names: Sequence[Any]) -> bool:
    return all(isinstance(name, str) for name in names)


def _defaults(default: Any, fields: dict[str, str]) -> dict[str, Any]:
    defaults = {} if default is None else default
    if not hasattr(defaults, "items"):
        what = f"default is a dict of fields and values, got {shorten(default)}"
        fix = f"write for instance default={{{next(iter(fields))!r}: {shorten(default)}}}."
        raise ArgumentError(what, fix=fix)
    for name in defaults:
        if name not in fields:
            what = f"there is a default for {name!r}, which is not looked up"
            raise ArgumentError(what, fix=nearest(name, fields))
    return dict(defaults)
