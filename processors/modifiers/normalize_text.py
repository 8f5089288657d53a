"""normalize_text: texts without stray blanks, in one case and one Unicode form."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.choices import check_one_of
from dataflows.column import Column
from dataflows.errors import FlowError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns, field_types
from dataflows.processors.modifiers.chosen_fields import chosen, edit_chosen
from dataflows.processors.modifiers.field_texts import with_texts
from dataflows.streams import codecs_of
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["normalize_text"]

_CASES: dict[str | None, Callable[[str], str]] = {
    None: str,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "casefold": str.casefold,
}
_ASCII_CASES = {
    "lower": pc.ascii_lower,
    "upper": pc.ascii_upper,
    "title": pc.ascii_title,
    "casefold": pc.ascii_lower,
}
_FORMS = (None, "NFC", "NFD", "NFKC", "NFKD")
_BLANKS = re.compile(r"[^\S\r\n]+")
_ASCII_BLANKS = "[\t\x0b\x0c\x1c-\x1f ]+"
_ASCII_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "


@processor
def normalize_text(
    fields: Iterable[str] | str | None = None,
    *,
    trim: bool = True,
    collapse_spaces: bool = True,
    case: str | None = None,
    unicode: str | None = "NFC",
    blanks_to_missing: bool = True,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Normalize texts: spaces, upper and lower case, Unicode form.

    What is white space, and what a letter is in another case, is as Python's own ``str`` has it.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name; all string fields by
            default. Of the fields that an expression matches, the strings are taken.
        trim: Whether white space is taken away at both ends.
        collapse_spaces: Whether blanks, tabs and the like become one blank; line breaks stay.
        case: ``"lower"``, ``"upper"``, ``"title"`` or ``"casefold"`` (lower case for comparing:
            ``"ß"`` becomes ``"ss"``); none of them by default.
        unicode: The normal form (Unicode Standard Annex 15) in which equal looking texts are equal:
            ``"NFC"``, ``"NFD"``, ``"NFKC"``, ``"NFKD"``; None leaves it.
        blanks_to_missing: Whether a text without any character left becomes a missing value.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack the fields.

    Raises:
        ArgumentError: There is no such case or normal form.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: A field that is named is not a string.

    Examples:
        >>> from dataflows import Flow, normalize_text
        >>> rows = [{"city": "  New   York "}, {"city": "ROME"}, {"city": "  "}]
        >>> Flow(rows, normalize_text("city", case="title")).results()[0]
        [[{'city': 'New York'}, {'city': 'Rome'}, {'city': None}]]
    """
    patterns = None if fields is None else check_patterns(fields, regex=regex)
    check_one_of("case", case, tuple(_CASES))
    check_one_of("unicode", unicode, _FORMS)
    changes = _Changes(trim, collapse_spaces, case, unicode, blanks_to_missing)

    def package(package: Package, step: Step) -> None:
        def check(schema: Schema) -> None:
            types = field_types(schema.descriptor)
            for name in patterns or ():
                if types.get(name, "string") != "string":
                    what = f"the field {name!r} is not a string but of the type {types[name]!r}"
                    fix = f"leave it out, or set_type({name!r}, type='string') before this."
                    raise FlowError(what, fix=fix)

        edit_chosen(package, step, patterns, check, regex=regex)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        codecs = codecs_of(stream.target, names)
        texts = {name: codec for name, codec in codecs.items() if codec.type == "string"}

        def work(batch: Batch) -> Batch:
            for name, codec in texts.items():
                column = batch.column(name)
                changed = _changed(column, codec, changes)
                if changed is not column:
                    batch.set_columns({name: changed})
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


class _Changes(NamedTuple):
    """What is done with a text, in this order: case, form, blanks inside, blanks at the ends."""

    trim: bool
    collapse: bool
    case: str | None
    form: Any
    blanks_to_missing: bool

    def text(self, text: str) -> str | None:
        """Return a text as it is wanted."""
        text = _CASES[self.case](text)
        if self.form is not None:
            text = unicodedata.normalize(self.form, text)
        if self.collapse:
            text = _BLANKS.sub(" ", text)
        if self.trim:
            text = text.strip()
        return None if self.blanks_to_missing and not text else text

    def ascii(self, texts: pa.StringArray) -> pa.StringArray:
        """Return texts of ASCII alone as they are wanted: the same, in C."""
        if self.case is not None:
            texts = _ASCII_CASES[self.case](texts)
        if self.collapse:
            texts = pc.replace_substring_regex(texts, _ASCII_BLANKS, " ")
        if self.trim:
            texts = pc.ascii_trim(texts, _ASCII_SPACE)
        if self.blanks_to_missing:
            blank = pc.equal(pc.binary_length(texts), 0)
            texts = pc.if_else(blank, pa.scalar(None, pa.string()), texts)
        return texts


def _changed(column: Column, codec: Codec, changes: _Changes) -> Column:
    try:
        texts = None if column.codec is None else column.arrow(codec)
    except NotColumnar:
        texts = None
    if texts is None:
        return _changed_values(column, codec, changes)
    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return with_texts(column, codec, changes.ascii(texts))
    encoded = texts.dictionary_encode()
    made = pa.array(map(changes.text, encoded.dictionary.to_pylist()), pa.string())
    return with_texts(column, codec, made.take(encoded.indices))


def _changed_values(column: Column, codec: Codec, changes: _Changes) -> Column:
    """Return the column after the change of its texts; what is none stays as it is."""
    known = {text: changes.text(text) for text in {v for v in column.values if type(v) is str}}
    values: list[Any] = [known[v] if type(v) is str else v for v in column.values]
    if set(map(type, values)) <= {str, type(None)}:
        return with_texts(column, codec, values)
    return Column(values=values)
