"""Unpivoting: the schema and the batches of fields that were turned into rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import CastError, FlowError, Place
from dataflows.on_error import ignore
from dataflows.package import clone
from dataflows.processors.arguments.field_patterns import follow_keys
from dataflows.processors.passing.stacked import mutable_fields, stack, take_repeatedly
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["Unpivoting", "matched_fields", "unpivoted"]

_MOST_ROWS = 65_536


def matched_fields(
    schema: dict[str, Any],
    specs: list[dict[str, Any]],
    keys: list[dict[str, Any]],
    *,
    regex: bool,
) -> dict[str, list[Any]]:
    r"""Return the fields to unpivot, in the order of their rows, with the value of each key.

    Raises:
        FlowError: A value does not fit the type of its key.

    Examples:
        >>> schema = {"fields": [{"name": "y1"}, {"name": "city"}, {"name": "y2"}]}
        >>> specs = [{"name": r"y(\d)", "keys": {"nr": r"\1"}}]
        >>> matched_fields(schema, specs, [{"name": "nr", "type": "integer"}], regex=True)
        {'y1': [1], 'y2': [2]}
    """
    matched: dict[str, list[Any]] = {}
    missing = schema.get("missingValues", [""])
    for spec in specs:
        for name in (field["name"] for field in schema["fields"]):
            match = re.fullmatch(spec["name"], name) if regex else None
            if name not in matched and (match or (not regex and name == spec["name"])):
                matched[name] = [_key_value(key, spec, name, match, missing) for key in keys]
    return matched


def _key_value(
    key: dict[str, Any],
    spec: dict[str, Any],
    name: str,
    match: re.Match[str] | None,
    missing: list[str],
) -> Any:
    value = spec["keys"].get(key["name"])
    if match is not None and isinstance(value, str):
        try:
            value = match.expand(value)
        except (re.error, IndexError) as error:
            what = f"the key {value!r} does not go with the pattern {spec['name']!r}: {error}"
            fix = "name a group of the pattern, or pass regex=False."
            raise FlowError(what, where=Place(field=name), fix=fix) from error
    try:
        return codec_for(key, missing).cast(value)
    except CastError as error:
        what = f"the key {key['name']!r} of the field {name!r} does not fit: {error.what}"
        fix = f"give another type to {key['name']!r} in extra_keys, or another value in keys."
        raise FlowError(what, fix=fix) from error


def unpivoted(
    schema: dict[str, Any],
    gone: list[str],
    keys: list[dict[str, Any]],
    value: dict[str, Any],
    resource: str,
) -> None:
    """Change a schema into that of the rows that its fields were turned into.

    Raises:
        FlowError: Two fields would have the same name.
    """
    fields = [field for field in schema["fields"] if field["name"] not in gone]
    for new in (*keys, value):
        if any(field["name"] == new["name"] for field in fields):
            what = f"there would be two fields named {new['name']!r}"
            fix = "choose another name for the key or the value, or rename_fields before this."
            raise FlowError(what, where=Place(resource=resource), fix=fix)
        fields.append(clone(new))
        codec_for(new, schema.get("missingValues", [""]))
    had_key = bool(schema.get("primaryKey"))
    follow_keys(schema, lambda name: None if name in gone else name)
    schema["fields"] = fields
    if had_key:
        left = schema.get("primaryKey", [])
        schema["primaryKey"] = [left] if isinstance(left, str) else list(left)
        schema["primaryKey"] += [key["name"] for key in keys]
        if not keys:
            del schema["primaryKey"]


class Unpivoting:
    """Turns fields of the batches of a stream into rows.

    Args:
        matched: The fields, with the value of each key.
        keys: The names of the fields for the keys.
        value: The name of the field for the values.
        stream: The stream.
    """

    def __init__(
        self, matched: dict[str, list[Any]], keys: list[str], value: str, stream: Stream
    ) -> None:
        self._stream = stream
        self._matched = matched
        self._value = value
        self._names = stream.target.fields.field_names
        self._own = codecs_of(stream.resource)
        self._codecs = codecs_of(stream.target, [*keys, value])
        self._keys = {key: [row[i] for row in matched.values()] for i, key in enumerate(keys)}
        self._kept = [name for name in stream.resource.fields.field_names if name not in matched]
        self._mutable = [name for name in mutable_fields(stream) if name not in matched]
        # A value that does not fit is no concern of this step.
        stream.use_policy(ignore)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows."""
        most = max(1, _MOST_ROWS // len(self._matched))
        for batch in self._stream:
            for part in batch.parts(most):
                yield self._unpivot(part)

    def _unpivot(self, batch: Batch) -> Batch:
        count, length = len(self._matched), batch.length
        target = self._codecs[self._value]
        columns = [self._column(batch, name, target) for name in self._matched]
        batch.arrange(self._kept)
        indices = [index for index in range(length) for _ in range(count)]
        rows = take_repeatedly(batch, indices, self._mutable)
        places = range(0, count * length, length) if length else ()
        values = stack(columns).take([index + at for index in range(length) for at in places])
        rows.set_columns({self._value: values})
        rows.set_columns({key: self._key_column(key, length) for key in self._keys})
        rows.arrange(self._names)
        self._stream.tally.added += (count - 1) * length
        return self._stream.cast(rows, {self._value: target})

    def _key_column(self, key: str, length: int) -> Column:
        codec = self._codecs[key]
        values = self._keys[key] * length
        return Column(codec, values=clone(values) if codec.mutable else values)

    def _column(self, batch: Batch, name: str, target: Codec) -> Column:
        """Return the values of a field: for texts what was read, or would be written."""
        column, codec = batch.column(name), self._own[name]
        if target.type != "string" or codec.type in ("string", "any"):
            return column
        texts = column.source
        if texts is None:
            cast, errors = column.cast(codec)
            if cast is None or errors:
                return column
            texts = cast.plain(codec)
        plain = codec_for({"type": "string"}, self._stream.target.fields.missing_values)
        return Column(plain, text=plain.missing_to_null(texts), source=texts)
