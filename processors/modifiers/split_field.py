"""split_field: a field for each part of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, CastError, FlowError, shorten
from dataflows.on_error import check_policy
from dataflows.processor import Hooks, processor
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    check_name,
    edit_chosen,
    name_types,
    put_fields,
)
from dataflows.processors.modifiers.field_texts import map_texts
from dataflows.processors.modifiers.made_fields import typed_by, with_fields
from dataflows.selectors import compile_pattern
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["split_field"]

_EXAMPLE = "split_field('name', ['given', 'family'], separator=' ')"
_OTHERS = "use flatten for an array or an object."


@processor
def split_field(
    name: str,
    into: Iterable[str] | Mapping[str, str],
    *,
    separator: str | None = None,
    pattern: str | None = None,
    extra: str = "error",
    keep: bool = False,
    on_error: Any = None,
    resources: Resources = None,
) -> Hooks:
    r"""Split the text of a field into several fields.

    The text of a value is what was read from the file, where no step has changed it. An empty part,
    and one that is not there, is a missing value. To take a text apart by its form, use
    `extract_fields`; for the items of an array, `flatten`.

    Other tools call this text to columns.

    Schema: the new fields, in the place of the old one.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        name: The field to split.
        into: The names of the new fields, which are strings; or a dict of names and types.
        separator: What stands between the parts; any run of white space by default.
        pattern: The same as a regular expression, such as ``r"\s*[,;]\s*"``.
        extra: What to do with more parts than fields: ``"error"``; ``"merge"`` leaves the rest
            unsplit in the last field; ``"drop"`` leaves it out.
        keep: Whether the old field stays, before the new ones.
        on_error: What to do with too many parts, and with a part that does not fit its type:
            `raise_exception` (the default), `drop`, `ignore`, `clear`, `rejects()` or a function.
        resources: The resources to change; all by default. One may lack the field.

    Raises:
        ArgumentError: An option cannot be, or a separator and a pattern are given.
        UnknownFieldError: No resource has the field.
        FlowError: There is a field of one of the new names already.
        ValidationError: A value does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, split_field
        >>> rows = [{"name": "Ada Lovelace"}, {"name": "Plato"}]
        >>> Flow(rows, split_field("name", ["given", "family"])).results()[0]
        [[{'given': 'Ada', 'family': 'Lovelace'}, {'given': 'Plato', 'family': None}]]
        >>> split = split_field("size", {"width": "integer", "height": "integer"}, separator="x")
        >>> Flow([{"size": "20x30"}], split).results()[0]
        [[{'width': 20, 'height': 30}]]
    """
    check_name(name, _EXAMPLE)
    check_one_of("extra", extra, ("error", "merge", "drop"))
    check_policy(on_error)
    types = name_types("into", into, "string", _EXAMPLE)
    names = list(types)
    split = _splitter(separator, pattern, len(names) - 1 if extra == "merge" else None)

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            kind = schema.field(name).get("type", "string")
            if kind in ("array", "object", "geojson"):
                what = f"the field {name!r} is of the type {kind!r}, not a text to be split"
                raise FlowError(what, fix=_OTHERS)
            put_fields(schema, types, sources=[name], keep=keep)

        edit_chosen(package, step, [name], edit, regex=False)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        own = codecs_of(stream.resource, [name]).get(name)
        if own is None:
            return as_it_is
        codecs = codecs_of(stream.target, names)
        stream.retype = typed_by("into")

        def work(batch: Batch) -> Batch:
            column = batch.column(name)
            parts = map_texts(column, own, split)
            failures: list[Failure] = []
            if extra == "error":
                long = [i for i, some in enumerate(parts) if some and len(some) > len(names)]
                failures = [(i, column.values[i], _too_many(parts[i], names)) for i in long]
                for index in long:
                    parts[index] = None
            return with_fields(batch, name, parts, codecs, failures, stream)

        return work

    return Hooks(package=package, batch=batch, select=resources, on_error=on_error)


def _splitter(
    separator: str | None, pattern: str | None, most: int | None
) -> Callable[[str], list[str | None]]:
    """Return what splits a text, at most so many times."""
    if separator is not None and pattern is not None:
        what = "a separator and a pattern are given"
        raise ArgumentError(what, fix="give one of them.")
    if pattern is not None:
        expression = compile_pattern(pattern, of_names=False)
        if expression.groups:
            what = f"the pattern {pattern!r} has groups, but it says what stands between the parts"
            fix = "write (?:…) for a group, or use extract_fields to take the groups."
            raise ArgumentError(what, fix=fix)
        return _whole if most == 0 else lambda text: list(expression.split(text, most or 0))
    given: Any = separator
    if given is not None and (not isinstance(given, str) or not given):
        what = f"the separator is a text of one character or more, got {separator!r}"
        raise ArgumentError(what, fix="leave it out to split at white space.")
    return _whole if most == 0 else lambda text: list(text.split(separator, most or -1))


def _whole(text: str) -> list[str | None]:
    return [text]


def _too_many(parts: list[str | None], names: list[str]) -> CastError:
    what = f"{len(parts)} parts for {len(names)} fields: {shorten(parts)}"
    fix = (
        "name more fields in into=, say extra='merge' or extra='drop',"
        " or handle such rows with on_error=rejects()"
    )
    return CastError(what, fix=fix)
