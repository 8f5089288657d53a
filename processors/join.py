"""join, and what scripts of 0.5.12 import from beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.groups.aggregates import AGGREGATES as AGGREGATORS
from dataflows.processors.groups.aggregates import Aggregate as Aggregator
from dataflows.processors.groups.key_spec import ROW_NUMBER, KeySpec
from dataflows.processors.joins.join import join
from dataflows.processors.joins.join_self import join_self
from dataflows.processors.joins.join_with_self import join_with_self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.processor import Processor

__all__ = [
    "AGGREGATORS",
    "Aggregator",
    "KeyCalc",
    "join",
    "join_aux",
    "join_self",
    "join_with_self",
]


class KeyCalc:
    """The text of a key, for a script that wants it; joins compare values, not such texts.

    Args:
        spec: A list of fields, or a text with the fields in braces; ``#`` is the number of the row.

    Attributes:
        key_list: The fields.
        key_spec: The text with the fields in braces.

    Examples:
        >>> KeyCalc(["city", "#"])({"city": "Rome"}, 3)
        'Rome:3'
        >>> KeyCalc("House of {house}").key_list
        ['house']
    """

    def __init__(self, spec: str | Sequence[str]) -> None:
        if not isinstance(spec, str):
            spec = ":".join(f"{{{field}}}" for field in spec)
        self.key_spec = spec
        self.key_list = KeySpec.read(spec).fields

    def __call__(self, row: Mapping[str, Any], row_number: int) -> str:
        """Return the text of the key of a row."""
        return self.key_spec.format_map({**row, ROW_NUMBER: row_number})


def join_aux(
    source_name: str,
    source_key: str | Sequence[str],
    source_delete: bool,
    target_name: str,
    target_key: str | Sequence[str] | None,
    fields: Mapping[str, Any],
    full: bool | None,
    mode: str,
) -> Processor:
    """Return the processor that `join` gives, or without a target key `join_with_self`.

    Examples:
        >>> join_aux("sales", "city", True, "cities", "name", {}, None, "inner")
        join('sales', 'city', 'cities', 'name', {}, None, 'inner', True)
    """
    if target_key is None:
        return join_with_self(target_name, source_key, fields)
    return join(source_name, source_key, target_name, target_key, fields, full, mode, source_delete)
