"""How a column is stored: what its texts are, and which type they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dataflows.types import codec_for

if TYPE_CHECKING:
    import pyarrow as pa

    from dataflows.types import Codec

__all__ = ["SAME", "SOURCE", "TEXT", "Form", "StoredColumn", "described", "form_of", "stored_text"]

TEXT = "text"
"""The texts are a kept text."""

SAME = "same"
"""The texts are a kept text, which is its own source."""

SOURCE = "source"
"""The texts are a source, of which the kept text is all but the missing values."""


class Form(NamedTuple):
    """How the texts of a column are to be read.

    `kind` is one of those above or a kind of values (see `cell_text`), `codec` what they are known
    to fit, `source` whether there is a source beside them.
    """

    kind: str
    codec: Codec | None
    source: bool = False


class StoredColumn(NamedTuple):
    """A column as it is stored: its form, its texts, and the source beside them."""

    form: Form
    texts: pa.StringArray
    source: pa.StringArray | None = None


def stored_text(text: pa.StringArray, codec: Codec, source: pa.StringArray | None) -> StoredColumn:
    """Return how a kept text is stored: most often its source says it all."""
    if source is None:
        return StoredColumn(Form(TEXT, codec), text)
    known = codec.missing_to_null(source)
    if known is text or known.equals(text):
        return StoredColumn(Form(SOURCE, codec), source)
    if source is text:
        return StoredColumn(Form(SAME, codec), text)
    return StoredColumn(Form(TEXT, codec, source=True), text, source)


def described(form: Form, own: Codec) -> list[Any]:
    """Return a form as JSON; `own` is the codec of the field."""
    if form.codec is None:
        return [form.kind, None, form.source]
    if form.codec is own:
        return [form.kind, "own", form.source]
    return [form.kind, [form.codec.descriptor, list(form.codec.missing_values)], form.source]


def form_of(described: list[Any], own: Codec) -> Form:
    """Return the form that `described` gave as JSON."""
    kind, codec, source = described
    if codec == "own":
        return Form(kind, own, source)
    return Form(kind, None if codec is None else codec_for(*codec), source)
