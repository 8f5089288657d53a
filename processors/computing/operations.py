"""The operations of add_computed_field: what each does with the values of its sources."""

from __future__ import annotations

from functools import reduce
from operator import length_hint, mul
from string import Formatter
from typing import TYPE_CHECKING, Any

from dataflows.column import Column, constant
from dataflows.errors import Place, RowError, shorten
from dataflows.expressions import compile_expression
from dataflows.processors.computing.evaluation import arrays_of
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["AGGREGATES", "aggregated", "formatted", "joined", "names_in_format"]


def _average(values: Sequence[Any]) -> Any:
    return sum(values) / len(values)


def _product(values: Sequence[Any]) -> Any:
    return reduce(mul, values)


AGGREGATES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": sum,
    "avg": _average,
    "max": max,
    "min": min,
    "multiply": _product,
}
"""Operations on the values of a row that are there; all but ``sum`` give None when there are
none."""

_WRITTEN: dict[str, Callable[[list[str]], str]] = {
    "sum": " + ".join,
    "avg": lambda names: f"({' + '.join(names)}) / {len(names)}",
    "multiply": " * ".join,
    "max": lambda names: f"max({', '.join(names)})",
    "min": lambda names: f"min({', '.join(names)})",
}
_ARITHMETIC = ("sum", "avg", "multiply")
_NUMERIC = ("integer", "number")


def aggregated(
    operation: str,
    sources: Sequence[str],
    batch: Batch,
    codecs: Mapping[str, Codec],
    stream: Stream,
) -> Column:
    """Return what an operation gives for each row.

    Where no value is missing it is the expression that one would write for it, on whole columns.

    Raises:
        RowError: The values of a row do not go together.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1, "b": 5}, {"a": 2, "b": None}], ["a", "b"])
        >>> aggregated("sum", ["a", "b"], batch, {}, None).values
        [6, 2]
    """
    whole = _without_gaps(operation, sources, batch, codecs)
    if whole is not None:
        return whole
    compute = AGGREGATES[operation]
    empty = 0 if operation == "sum" else None
    results: list[Any] = []
    for values in _present(sources, batch):
        try:
            results.append(compute(values) if values else empty)
        except Exception as cause:
            what = f"cannot compute the {operation} of {', '.join(map(shorten, values))}: {cause}"
            fix = "give the sources one type that can be computed with: set_type(…, type='number')."
            place = Place(resource=stream.resource.name, row=batch.number(len(results)))
            raise RowError(what, where=place, fix=fix) from cause
    return Column(values=results)


def _without_gaps(
    operation: str, sources: Sequence[str], batch: Batch, codecs: Mapping[str, Codec]
) -> Column | None:
    """Return the result where every value is there and the expression means the very same."""
    numeric = all(name in codecs and codecs[name].type in _NUMERIC for name in sources)
    if len(sources) < 2 or (operation in _ARITHMETIC and not numeric):
        return None
    expression = compile_expression(_WRITTEN[operation]([f"row[{name!r}]" for name in sources]))
    try:
        arrays = arrays_of(expression.names, batch, codecs)
        return Column(arrow=expression.columns(arrays, batch.length))
    except NotColumnar:
        columns = [batch.column(name) for name in expression.names]
    if any(column.codec is None or None in column.values for column in columns):
        return None
    return Column(values=expression.rows([column.values for column in columns], batch.length))


def joined(separator: str, sources: Sequence[str], batch: Batch) -> Column:
    """Return the texts of the values that are there, with a separator between them.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1, "b": "x"}, {"a": None, "b": "y"}], ["a", "b"])
        >>> joined("-", ["a", "b"], batch).values
        ['1-x', 'y']
    """
    return Column(values=[separator.join(map(str, values)) for values in _present(sources, batch)])


def formatted(template: str, batch: Batch, stream: Stream) -> Column:
    """Return a format, as of ``str.format``, filled in with the fields of each row.

    Raises:
        RowError: A value does not go with its part of the format.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1, "b": 2.5}], ["a", "b"])
        >>> formatted("{a:02} {b}", batch, None).values
        ['01 2.5']
    """
    names = names_in_format(template)
    if not names:
        return constant(template.format(), batch.length)
    lists = [batch.column(name).values for name in names]
    left = iter(lists[0])
    try:
        return Column(values=list(map(_by_position(template, names).format, left, *lists[1:])))
    except Exception as cause:
        index = batch.length - length_hint(left) - 1
        row = {name: values[index] for name, values in zip(names, lists, strict=True)}
        what = f"cannot format {shorten(row)} with {template!r}: {cause}"
        place = Place(resource=stream.resource.name, row=batch.number(index))
        fix = "change the format, or the values before it."
        raise RowError(what, where=place, fix=fix) from cause


def names_in_format(template: str) -> list[str]:
    """Return the fields that a format names, those inside of a format's own options too.

    Raises:
        ValueError: It is not a format.

    Examples:
        >>> names_in_format("{lat:.{digits}f}, {place[name]}")
        ['lat', 'digits', 'place']
    """
    names: dict[str, None] = {}
    for _, field, options, _ in Formatter().parse(template):
        if field is not None:
            names[field.partition(".")[0].partition("[")[0]] = None
        if options:
            names.update(dict.fromkeys(names_in_format(options)))
    return list(names)


def _by_position(template: str, names: list[str]) -> str:
    """Return the format with the positions of the names in their place: no dict is made for it."""
    parts = []
    for literal, field, options, conversion in Formatter().parse(template):
        parts.append(literal.replace("{", "{{").replace("}", "}}"))
        if field is not None:
            name = field.partition(".")[0].partition("[")[0]
            converted = f"!{conversion}" if conversion else ""
            inner = f":{_by_position(options, names)}" if options else ""
            parts.append(f"{{{names.index(name)}{field[len(name) :]}{converted}{inner}}}")
    return "".join(parts)


def _rows(names: Sequence[str], batch: Batch) -> Iterator[tuple[Any, ...]]:
    if not names:
        return iter([()] * batch.length)
    return zip(*(batch.column(name).values for name in names), strict=True)


def _present(sources: Sequence[str], batch: Batch) -> Iterator[list[Any]]:
    """Yield for each row the values of the sources that are there."""
    for values in _rows(sources, batch):
        yield [value for value in values if value is not None]
