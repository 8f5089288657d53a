"""merge_fields: one field of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.column import Column
from dataflows.errors import ArgumentError
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    check_name,
    chosen,
    edit_chosen,
    put_fields,
)
from dataflows.processors.modifiers.field_texts import texts_of
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["merge_fields"]

_EXAMPLE = "merge_fields(['street', 'city'], into='address', separator=', ')"


@processor
def merge_fields(
    fields: Iterable[str] | str,
    into: str,
    *,
    separator: str = " ",
    as_array: bool = False,
    skip_missing: bool = True,
    keep: bool = False,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Merge several fields into one.

    The text of a value is what was read from the file, where no step has changed it. Where all the
    values of a row are missing, so is the merged one.

    Other tools call this concatenating columns.

    Schema: the new field, in the place of the first of the others.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name, in the order in which
            they are merged.
        into: The name of the new field; it may be one of the merged ones.
        separator: What stands between the texts.
        as_array: Whether the new field is an array of the values, as they are, not a text.
        skip_missing: Whether missing values are left out, separator and all; False puts an empty
            text in their place, or None into an array, so that every value keeps its position.
        keep: Whether the old fields stay; the new one comes behind the last of them then.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack fields.

    Raises:
        ArgumentError: A name or the separator is not a text.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: There is another field of the new name already.

    Examples:
        >>> from dataflows import Flow, merge_fields
        >>> rows = [{"street": "Main St", "number": 5}, {"street": "Long Row", "number": None}]
        >>> Flow(rows, merge_fields(["street", "number"], "address")).results()[0]
        [[{'address': 'Main St 5'}, {'address': 'Long Row'}]]
    """
    patterns = check_patterns(fields, regex=regex)
    check_name(into, _EXAMPLE)
    given: Any = separator
    if not isinstance(given, str):
        what = f"the separator is a text, got {separator!r}"
        raise ArgumentError(what, fix=f"write for instance {_EXAMPLE}.")

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            sources = chosen(patterns, schema.field_names, regex=regex)
            type_ = "array" if as_array else "string"
            put_fields(schema, {into: type_}, sources=sources, keep=keep)

        edit_chosen(package, step, patterns, edit, regex=regex)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        if not names:
            return as_it_is
        codecs = codecs_of(stream.resource, names)
        target = codecs_of(stream.target, [into])

        def work(batch: Batch) -> Batch:
            if as_array:
                merged: list[Any] = _arrays(batch, names, skip_missing=skip_missing)
            else:
                texts = [texts_of(batch.column(name), codecs[name]) for name in names]
                merged = _joined(texts, separator, skip_missing=skip_missing)
            batch.set_columns({into: Column(values=merged)})
            batch = stream.cast(batch, target)
            batch.arrange(stream.target.fields.field_names)
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


def _arrays(batch: Batch, names: list[str], *, skip_missing: bool) -> list[list[Any] | None]:
    rows = zip(*(batch.column(name).values for name in names), strict=True)
    merged = []
    for values in rows:
        there = [clone(value) for value in values if value is not None]
        merged.append((there if skip_missing else list(map(clone, values))) if there else None)
    return merged


def _joined(
    texts: list[list[str | None]], separator: str, *, skip_missing: bool
) -> list[str | None]:
    try:
        arrays = [pa.array(some, pa.string()) for some in texts]
    except UnicodeEncodeError:  # half a surrogate pair: Arrow holds none
        rows = zip(*texts, strict=True)
        return [_join(row, separator, skip_missing=skip_missing) for row in rows]
    none_there = pc.is_null(pc.coalesce(*arrays))
    # Arrow loses the rows in which it would skip every text: they get one, until they are null.
    arrays[0] = pc.if_else(none_there, "", arrays[0])
    missing = "skip" if skip_missing else "replace"
    merged = pc.binary_join_element_wise(*arrays, separator, null_handling=missing)
    return list(pc.if_else(none_there, pa.scalar(None, pa.string()), merged).to_pylist())


def _join(row: tuple[str | None, ...], separator: str, *, skip_missing: bool) -> str | None:
    there = [text for text in row if text is not None]
    if not there:
        return None
    return separator.join(there if skip_missing else [text or "" for text in row])
