"""A look at data, for `dataflows init`: its rows as they come, and the types that they suggest."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflows.types.inference import infer_schema

if TYPE_CHECKING:
    from dataflows.types.inference import Inference

__all__ = ["Look", "look_at", "weigh_rows"]

_MOST_ROWS = 100_000
_MOST_CELLS = 2_000_000

_MISSING_WORDS = {
    *("-", "--", "---", "–", "—", "?", ".", "..", "...", "*"),
    *("n/a", "na", "n.a.", "n.a", "#n/a", "null", "none", "nil", "nan", "<na>", "(null)", "\\n"),
    *("missing", "unknown", "not available", "not applicable"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at data found.

    Args:
        resources: The names of the tables.
        rows: How many rows of the only table were looked at; None for data of several, or of
            declared types.
        is_whole: Whether these are all of them.
        loaded: The field descriptors as `load` gives them.
        inferences: The types that the rows suggest, with the evidence.
        missing_values: The texts that are taken for missing values.
    """

    resources: tuple[str, ...]
    rows: int | None = None
    is_whole: bool = True
    loaded: tuple[dict[str, Any], ...] = ()
    inferences: tuple[Inference, ...] = ()
    missing_values: tuple[str, ...] = ("",)


def look_at(source: str) -> Look:
    """Read the beginning of a source, and find the types of its fields.

    Args:
        source: What `load` takes.

    Raises:
        ProcessorError: It cannot be read.
    """
    from dataflows import Flow, load

    stream = Flow(load(source, cast_strategy=load.CAST_DO_NOTHING)).datastream()
    assert stream.dp is not None
    resources = stream.dp.descriptor["resources"]
    names = tuple(resource["name"] for resource in resources)
    if len(resources) != 1 or _is_declared(source):
        return Look(names)
    fields = resources[0]["schema"]["fields"]
    field_names = [descriptor["name"] for descriptor in fields]
    most = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, len(fields))))
    tables = iter(stream.res_iter)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run of the script shows them
            table = iter(next(tables))
            rows = [[row.get(name) for name in field_names] for row in islice(table, most)]
            is_whole = next(table, None) is None
    finally:
        if isinstance(tables, Generator):
            tables.close()
    return weigh_rows(names[0], fields, rows, is_whole=is_whole)


def weigh_rows(
    resource: str,
    loaded: list[dict[str, Any]],
    rows: list[list[Any]],
    *,
    is_whole: bool,
) -> Look:
    """Find the types that rows suggest, with words for missing values taken as such.

    Args:
        resource: The name of the table.
        loaded: Its field descriptors as `load` gives them.
        rows: The cells of its rows, as they come.
        is_whole: Whether these are all rows.
    """
    names = [descriptor["name"] for descriptor in loaded]
    _, inferences = infer_schema(names, rows)
    words = _missing_words(inferences, rows)
    if words:
        _, inferences = infer_schema(names, rows, missing_values=["", *words])
    return Look((resource,), len(rows), is_whole, tuple(loaded), tuple(inferences), ("", *words))


def _is_declared(source: str) -> bool:
    return source.split("?", maxsplit=1)[0].rstrip("/").lower().endswith("datapackage.json")


def _missing_words(inferences: list[Inference], rows: list[list[Any]]) -> list[str]:
    """Return the words that are all that keeps a field from its type, and are text nowhere else.

    A schema has missing values for all its fields: in a field of texts, `NA` may be Namibia.
    """
    words: dict[str, None] = {}
    kept_from_type: set[int] = set()
    for column, inference in enumerate(inferences):
        if inference.descriptor["type"] not in ("string", "any") or not inference.against:
            continue
        against = inference.against[0]
        strangers = [value for value, _ in against.examples]
        if against.distinct == len(strangers) and all(map(_means_missing, strangers)):
            words |= dict.fromkeys(strangers)
            kept_from_type.add(column)
    if not words:
        return []
    for column, inference in enumerate(inferences):
        if column not in kept_from_type and inference.descriptor["type"] in ("string", "any"):
            for row in rows:
                if isinstance(row[column], str):
                    words.pop(row[column], None)
    return list(words)


def _means_missing(value: Any) -> bool:
    return isinstance(value, str) and value.strip().casefold() in _MISSING_WORDS
