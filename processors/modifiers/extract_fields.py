"""extract_fields: a field for each named group of a regular expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, CastError, nearest, shorten
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
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["extract_fields"]

_EXAMPLE = r"extract_fields('code', r'(?P<letters>[A-Z]+)(?P<digits>\d+)')"


@processor
def extract_fields(
    name: str,
    pattern: str,
    *,
    types: Mapping[str, str] | None = None,
    no_match: str = "missing",
    keep: bool = True,
    on_error: Any = None,
    resources: Resources = None,
) -> Hooks:
    r"""Extract parts of a text into new fields, with a regular expression.

    The pattern is searched for anywhere in the text; ``^`` and ``$`` tie it to the ends. The text
    of a value is what was read from the file, where no step has changed it.

    Other tools call this a regex extract.

    Schema: a field for each named group, behind the field they are taken from.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        name: The field to look into.
        pattern: A regular expression of Python's, with named groups: ``(?P<year>\d{4})``.
        types: The types of the groups that are not to be strings.
        no_match: What to do with a text in which the pattern is not found: ``"missing"`` leaves the
            new fields without values, ``"error"`` hands the row to `on_error`. A missing value is
            not looked into.
        keep: Whether the old field stays.
        on_error: What to do with such a text, and with a group that does not fit its type:
            `raise_exception` (the default), `drop`, `ignore`, `clear`, `rejects()` or a function.
        resources: The resources to change; all by default. One may lack the field.

    Raises:
        ArgumentError: The pattern is not a regular expression, or has no named group; or a type is
            given for a group that is not there.
        UnknownFieldError: No resource has the field.
        FlowError: There is a field of the name of a group already.
        ValidationError: A value does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, extract_fields
        >>> rows = [{"code": "AB-12"}, {"code": "none"}]
        >>> pattern = r"(?P<letters>[A-Z]+)-(?P<number>\d+)"
        >>> step = extract_fields("code", pattern, types={"number": "integer"}, keep=False)
        >>> Flow(rows, step).results()[0]
        [[{'letters': 'AB', 'number': 12}, {'letters': None, 'number': None}]]
    """
    check_name(name, _EXAMPLE)
    check_one_of("no_match", no_match, ("missing", "error"))
    check_policy(on_error)
    expression = compile_pattern(pattern, of_names=False)
    groups = list(expression.groupindex)
    if not groups:
        what = f"the pattern {pattern!r} has no named group"
        raise ArgumentError(what, fix=f"name what is to be a field: {_EXAMPLE}.")
    given: Any = {} if types is None else types
    if not hasattr(given, "keys"):
        what = f"types is a dict of groups and types, got {shorten(types)}"
        raise ArgumentError(what, fix="write for instance types={'year': 'integer'}.")
    for group in given:
        if group not in groups:
            what = f"there is no group named {group!r} in the pattern"
            raise ArgumentError(what, fix=nearest(group, groups, "groups"))
    made = {**dict.fromkeys(groups, "string"), **given}
    name_types("types", made, "string", "types={'year': 'integer'}")

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            put_fields(schema, made, sources=[name], keep=keep)

        edit_chosen(package, step, [name], edit, regex=False)

    def find(text: str) -> list[str | None]:
        match = expression.search(text)
        return [] if match is None else [match[group] for group in groups]

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        own = codecs_of(stream.resource, [name]).get(name)
        if own is None:
            return as_it_is
        codecs = codecs_of(stream.target, groups)
        stream.retype = typed_by("types")

        def work(batch: Batch) -> Batch:
            column = batch.column(name)
            parts = map_texts(column, own, find)
            failures: list[Failure] = []
            if no_match == "error":
                missed = [index for index, some in enumerate(parts) if some == []]
                failures = [
                    (i, column.values[i], _no_match(column.values[i], pattern)) for i in missed
                ]
            return with_fields(batch, name, parts, codecs, failures, stream)

        return work

    return Hooks(package=package, batch=batch, select=resources, on_error=on_error)


def _no_match(value: Any, pattern: str) -> CastError:
    what = f"the pattern {pattern!r} is not found in {value!r}"
    fix = "correct the pattern, say no_match='missing', or handle such rows with on_error=rejects()"
    return CastError(what, fix=fix)
