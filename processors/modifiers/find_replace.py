"""find_replace: regular expressions, replaced in the texts of fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.column import Column
from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_matches, selected_schemas
from dataflows.processors.arguments.listed import listed
from dataflows.processors.modifiers.field_texts import texts_as_read
from dataflows.selectors import compile_pattern
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["find_replace"]

_EXAMPLE = "write {'name': 'city', 'patterns': [{'find': 'Roma', 'replace': 'Rome'}]}."


@processor
def find_replace(fields: Iterable[Mapping[str, Any]], resources: Resources = None) -> Hooks:
    r"""Replace what regular expressions match in the texts of fields.

    The text of a value is what was read from the file, where no step has changed it. The result is
    read as the field's type again; where it does not fit, it stays a text for a later `set_type`.
    Missing values stay missing.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: A dict for each field: its ``name``, and ``patterns``: a list of dicts with
            ``find``, a regular expression, and ``replace``, where ``\1`` stands for the first
            group. They are applied one after the other.
        resources: The resources with the fields; all by default. A resource may lack a field that
            another one has.

    Raises:
        ArgumentError: Something is missing, or not a regular expression.
        UnknownFieldError: A field is in none of the resources.

    Examples:
        >>> from dataflows import Flow, find_replace
        >>> rows = [{"city": "Roma (IT)"}, {"city": None}]
        >>> patterns = [{"find": "Roma", "replace": "Rome"}, {"find": r" \(..\)", "replace": ""}]
        >>> Flow(rows, find_replace([{"name": "city", "patterns": patterns}])).results()[0]
        [[{'city': 'Rome'}, {'city': None}]]
    """
    replacers = dict(map(_replacer, listed(fields)))

    def package(package: Package, step: Step) -> None:
        check_matches(replacers, selected_schemas(package, step).values(), regex=False)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codecs = codecs_of(stream.target, replacers)

        def work(batch: Batch) -> Batch:
            columns = {}
            for name, codec in codecs.items():
                columns[name] = _replaced(batch.column(name), replacers[name], codec)
            batch.set_columns(columns)
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


def _replacer(field: Any) -> tuple[str, Callable[[str], str]]:
    """Return the name of a field, and what is done with each of its texts."""
    if not hasattr(field, "keys"):
        raise ArgumentError(f"a field is given by a dict, got {shorten(field)}", fix=_EXAMPLE)
    _check_keys(field, ("name", "patterns"))
    pairs = []
    for pattern in field["patterns"]:
        _check_keys(pattern, ("find", "replace"))
        find = pattern["find"]
        find = find if isinstance(find, re.Pattern) else str(find)
        pairs.append((compile_pattern(find, of_names=False), str(pattern["replace"])))

    def replace(text: str) -> str:
        for find, new in pairs:
            text = find.sub(new, text)
        return text

    for find, new in pairs:
        _check_replacement(find, new)
    return str(field["name"]), replace


def _check_keys(given: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    for key in given:
        if key not in needed:
            raise ArgumentError(
                f"there is no keyword {key!r}", fix=nearest(key, needed, "keywords")
            )
    for key in needed:
        if key not in given:
            raise ArgumentError(f"{key!r} is missing in {shorten(dict(given))}", fix=_EXAMPLE)


def _check_replacement(find: re.Pattern[str], new: str) -> None:
    """Refuse a replacement that names a group which the pattern has not."""
    try:
        # The pattern, or nothing: so it matches the empty text, whatever it is.
        re.compile(f"{find.pattern}\n|").sub(new, "")
    except (re.error, IndexError) as error:
        what = f"{new!r} cannot replace {find.pattern!r}: {error}"
        raise ArgumentError(
            what, fix="name a group of the pattern, or write \\\\ for a backslash."
        ) from error


def _replaced(column: Column, replace: Callable[[str], str], codec: Codec) -> Column:
    """Return the column after the replacement: of equal texts, one is replaced."""
    texts = texts_as_read(column)
    if texts is None:
        return _replaced_values(column, replace, codec)
    encoded = texts.dictionary_encode()
    made = pa.array([replace(text) for text in encoded.dictionary.to_pylist()], pa.string())
    if made.equals(encoded.dictionary):
        return column
    texts = made.take(encoded.indices)
    cast = codec.cast_text(codec.missing_to_null(texts))
    if cast.errors or _made_empty(codec, made.to_pylist()):
        return Column(values=texts.to_pylist())
    return Column.of_cast(codec, cast, texts)


def _replaced_values(column: Column, replace: Callable[[str], str], codec: Codec) -> Column:
    """Return the column after the replacement, with the values in which nothing was found."""
    values = column.values
    made = {text: replace(text) for text in {str(value) for value in values if value is not None}}
    if all(text == new for text, new in made.items()):
        return column
    values = [v if v is None or made[str(v)] == str(v) else made[str(v)] for v in values]
    cast = codec.cast_values(values)
    if cast.errors or _made_empty(codec, made.values()):
        return Column(values=values)
    return Column.of_cast(codec, cast)


def _made_empty(codec: Codec, texts: Iterable[str]) -> bool:
    """Tell whether there are empty texts to keep: they are missing only where rows are written."""
    return codec.type in ("string", "any") and "" in texts
