"""mask_fields: texts of which only the ends can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import as_it_is, chosen, retyping
from dataflows.processors.modifiers.field_texts import map_texts, with_texts
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["mask_fields"]


@processor
def mask_fields(
    fields: Iterable[str] | str,
    *,
    keep_first: int = 0,
    keep_last: int = 0,
    mask: str = "*",
    length: int | None = None,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Mask the values of fields, except for their first or last characters.

    A text that is no longer than what would be kept is masked whole. Missing values stay missing.
    A masked value still tells its length, without `length`, and equal values look the same; to join
    by a value that nobody may read, use `hash_fields`.

    Schema: the fields become strings; of their constraints ``required`` stays.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name.
        keep_first: How many characters stay at the start.
        keep_last: How many characters stay at the end.
        mask: The character that takes the place of each other one.
        length: How many of them are written, however many there were; so the length is hidden, too.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack the fields.

    Raises:
        ArgumentError: A number is negative, or the mask is not one character.
        UnknownFieldError: A name means no field in any of the resources.

    Examples:
        >>> from dataflows import Flow, mask_fields
        >>> rows = [{"card": "4556737586899855"}, {"card": "123"}, {"card": None}]
        >>> Flow(rows, mask_fields("card", keep_last=4)).results()[0]
        [[{'card': '************9855'}, {'card': '***'}, {'card': None}]]
    """
    patterns = check_patterns(fields, regex=regex)
    for option, value in (("keep_first", keep_first), ("keep_last", keep_last), ("length", length)):
        _check_count(option, value)
    given: Any = mask
    if not isinstance(given, str) or len(given) != 1:
        what = f"the mask is one character, got {mask!r}"
        raise ArgumentError(what, fix="write for instance mask='•'.")

    def masked(text: str) -> str:
        hidden = len(text) - keep_first - keep_last
        if hidden <= 0:
            return mask * (len(text) if length is None else length)
        middle = mask * (hidden if length is None else length)
        return f"{text[:keep_first]}{middle}{text[len(text) - keep_last :]}"

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        if not names:
            return as_it_is
        before = codecs_of(stream.resource, names)
        after = codecs_of(stream.target, names)

        def work(batch: Batch) -> Batch:
            columns = {}
            for name in names:
                column = batch.column(name)
                texts = map_texts(column, before[name], masked)
                columns[name] = with_texts(column, after[name], texts)
            batch.set_columns(columns)
            return batch

        return work

    return Hooks(package=retyping(patterns, "string", regex=regex), batch=batch, select=resources)


def _check_count(option: str, value: Any) -> None:
    if value is None and option == "length":
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        what = f"{option} must be 0 or more, got {value!r}"
        raise ArgumentError(what, fix="give a number of characters.")
