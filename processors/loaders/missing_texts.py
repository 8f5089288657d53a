"""The texts that stood for missing values, kept in a field of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, UnknownFieldError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MissingTexts", "missing_texts"]

_KEYS = ("source", "target", "values")


@dataclass(frozen=True, slots=True)
class MissingTexts:
    """Which texts of which fields are kept in which object field.

    Args:
        fields: The fields whose texts are kept.
        target: The field that keeps them.
        values: The texts.
    """

    fields: list[str]
    target: str
    values: list[str]

    def column(self, columns: Mapping[str, Column], length: int) -> Column:
        """Return the object field of a batch, from its columns as they were read."""
        found: list[dict[str, Any]] = [{} for _ in range(length)]
        wanted = set(self.values)
        for name in self.fields:
            column = columns[name]
            for row, value in zip(found, column.values, strict=True):
                text = "" if value is None and column.text is not None else value
                if isinstance(text, str) and text in wanted:
                    row[name] = text
        return Column(values=found)


def missing_texts(
    wanted: bool | dict[str, Any] | None, names: list[str], schema: dict[str, Any]
) -> MissingTexts | None:
    """Add to a schema the field that `extract_missing_values` asks for, and return what goes in.

    Args:
        wanted: The option of `load`.
        names: The fields of the source.
        schema: The descriptor of the schema, which gets the field.

    Raises:
        ArgumentError: A key that the option does not have, or a target that is already a field.
        UnknownFieldError: A field that is not in the source.

    Examples:
        >>> schema = {"fields": [{"name": "qty"}], "missingValues": ["", "n/a"]}
        >>> missing_texts({"source": "qty"}, ["qty"], schema)
        MissingTexts(fields=['qty'], target='missingValues', values=['', 'n/a'])
        >>> [field["name"] for field in schema["fields"]]
        ['qty', 'missingValues']
    """
    if wanted is None or wanted is False:
        return None
    given = wanted if isinstance(wanted, dict) else {}
    for key in given:
        if key not in _KEYS:
            what = f"extract_missing_values has an unknown key {key!r}"
            raise ArgumentError(what, fix=nearest(key, _KEYS, "keys"))
    source = given.get("source")
    fields = names if source is None else [source] if isinstance(source, str) else list(source)
    for name in fields:
        if name not in names:
            what = f"extract_missing_values names {name!r}, which is not a field of the source"
            raise UnknownFieldError(what, fix=nearest(name, names))
    target = given.get("target") or "missingValues"
    if target in names:
        what = f"extract_missing_values would put its texts into {target!r}, a field of the source"
        raise ArgumentError(what, fix="name another field: extract_missing_values={'target': '…'}.")
    values = list(given.get("values") or schema.get("missingValues", [""]))
    field = {"name": target, "type": "object", "format": "default", "values": values}
    schema["fields"].append(field)
    return MissingTexts(fields, target, values)
