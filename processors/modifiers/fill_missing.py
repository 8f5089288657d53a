"""fill_missing: values in the place of missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import chosen, edit_chosen
from dataflows.processors.modifiers.fill_values import pieces_for
from dataflows.processors.modifiers.gap_runs import DownFill, UpFill
from dataflows.processors.modifiers.gaps import fill_across, fill_with
from dataflows.processors.modifiers.row_groups import groups_of
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.column import Column
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["fill_missing"]

_HINTS = {
    **dict.fromkeys(("ffill", "pad", "forward"), "write method='down'."),
    **dict.fromkeys(("bfill", "backfill", "backward"), "write method='up'."),
}
_METHODS = ("down", "up", "right", "left")
_EXAMPLE = "fill_missing('qty', 0) or fill_missing('country', method='down')"


@processor
def fill_missing(
    fields: Iterable[str] | str | Mapping[str, Any] | None = None,
    value: Any = None,
    *,
    method: str | None = None,
    by: Iterable[str] | str | None = None,
    limit: int | None = None,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Fill missing values with a given value or a neighbouring one.

    Values that are there stay as they are, to the character.

    Other tools call this fillna, coalesce, forward fill (ffill) or backward fill.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch; up also holds the rows from the first open gap on; with `by` a value or a gap
        for each group.

    Args:
        fields: Names, or regular expressions that must match a whole name; or a dict with a value
            for each. By default all fields; with a value those of its type.
        value: The value; a text is read as the field's type.
        method: Where else the value comes from: ``"down"``, the last one above; ``"up"``, the next
            one below; ``"right"``, the nearest of `fields` on the left of it in the same row;
            ``"left"``, the nearest on its right. A gap at the edge stays.
        by: Fields: values go down or up only between rows that are equal in them.
        limit: How many rows, or fields, a value goes at most.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to fill; all by default. One may lack the fields.

    Raises:
        ArgumentError: Not one of a value and a method is given, or an option does not go with them.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: The value does not fit a field; or fields of several types are to be filled from
            each other.

    Examples:
        >>> from dataflows import Flow, fill_missing
        >>> rows = [{"country": "IT", "qty": 3}, {"country": None, "qty": None}]
        >>> Flow(rows, fill_missing("qty", 0), fill_missing("country", method="down")).results()[0]
        [[{'country': 'IT', 'qty': 3}, {'country': 'IT', 'qty': 0}]]
        >>> Flow(rows, fill_missing({"country": "?", "qty": 0})).results()[0][0][1]
        {'country': '?', 'qty': 0}
    """
    given: Any = fields
    values: dict[str | None, Any] = dict(given) if hasattr(given, "items") else {}
    patterns = None if given is None else check_patterns(list(values) or given, regex=regex)
    _check_options(values, value, method, by, limit)
    if value is not None:
        values = {None: value} if patterns is None else dict.fromkeys(patterns, value)
    keys = [] if by is None else check_patterns(by, regex=False)

    def package(package: Package, step: Step) -> None:
        found: list[str] = []

        def edit(schema: Schema) -> None:
            for key in keys:
                schema.field(key)
            names = _names(patterns, schema, keys, regex=regex)
            if method in ("left", "right"):
                _check_alike(names, schema)
            pieces = pieces_for(values, names, schema, regex=regex)
            found.extend(names if method is not None else pieces)

        edit_chosen(package, step, patterns, edit, regex=regex)
        if not found:
            what = f"no field can hold {shorten(value)}"
            raise FlowError(what, fix="name the fields that are to be filled.")

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        schema = stream.resource.fields
        names = _names(patterns, schema, keys, regex=regex)
        codecs = codecs_of(stream.target, names)
        if method is None:
            return _with_pieces(pieces_for(values, names, schema, regex=regex), codecs)
        if method == "down":
            return _downwards(codecs, keys, limit)
        order = names if method == "right" else names[::-1]
        return _across(order, codecs, limit)

    def batches(stream: Stream) -> Iterator[Batch]:
        names = _names(patterns, stream.resource.fields, keys, regex=regex)
        return UpFill(codecs_of(stream.target, names), keys, limit).batches(stream)

    if method == "up":
        return Hooks(package=package, batches=batches, select=resources)
    return Hooks(package=package, batch=batch, select=resources)


def _check_options(values: Any, value: Any, method: Any, by: Any, limit: Any) -> None:
    ways = [bool(values), value is not None, method is not None]
    if sum(ways) != 1:
        what = "no value and no method is given" if not any(ways) else "a value is given twice"
        if method is not None and any(ways[:2]):
            what = "a value and a method are given"
        raise ArgumentError(what, fix=f"write for instance {_EXAMPLE}.")
    if method is not None:
        check_one_of("method", method, _METHODS, _HINTS)
    if by is not None and method not in ("down", "up"):
        what = "by= goes with method='down' and method='up' only"
        raise ArgumentError(what, fix="leave it out.")
    if limit is not None:
        if method is None:
            raise ArgumentError("limit= goes with a method only", fix="leave it out.")
        if type(limit) is not int or limit < 1:
            what = f"limit must be 1 or more, got {limit!r}"
            raise ArgumentError(what, fix="leave it out to fill every gap.")


def _names(
    patterns: list[str] | None, schema: Schema, keys: list[str], *, regex: bool
) -> list[str]:
    names = chosen(patterns, schema.field_names, regex=regex, by_name=True)
    return [name for name in names if name not in keys]


def _check_alike(names: list[str], schema: Schema) -> None:
    """Refuse fields that cannot take each other's values."""
    fields = {name: schema.field(name) for name in names}
    codecs = {name: codec_for(field, schema.missing_values) for name, field in fields.items()}
    for name in names[1:]:
        if codecs[name] is not codecs[names[0]]:
            what = f"the fields {names[0]!r} and {name!r} do not have the same type"
            raise FlowError(what, fix="name fields of one type, or set_type before this.")


def _with_pieces(pieces: dict[str, Column], codecs: dict[str, Codec]) -> Callable[[Batch], Batch]:
    def work(batch: Batch) -> Batch:
        for name, piece in pieces.items():
            column = batch.column(name)
            filled = fill_with(column, piece, codecs[name])
            if filled is not column:
                batch.set_columns({name: filled})
        return batch

    return work


def _downwards(
    codecs: dict[str, Codec], keys: list[str], limit: int | None
) -> Callable[[Batch], Batch]:
    fills = {name: DownFill(codec, limit) for name, codec in codecs.items()}

    def work(batch: Batch) -> Batch:
        groups = list(groups_of(batch, keys)) if keys else None
        for name, fill in fills.items():
            column = batch.column(name)
            filled = fill.apply(column, groups)
            if filled is not column:
                batch.set_columns({name: filled})
        return batch

    return work


def _across(
    order: list[str], codecs: dict[str, Codec], limit: int | None
) -> Callable[[Batch], Batch]:
    def work(batch: Batch) -> Batch:
        columns = [batch.column(name) for name in order]
        filled = fill_across(columns, codecs[order[0]], limit) if order else []
        changed = {
            name: new
            for name, old, new in zip(order, columns, filled, strict=True)
            if new is not old
        }
        if changed:
            batch.set_columns(changed)
        return batch

    return work
