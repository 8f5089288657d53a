"""rows_of: a Hypothesis strategy for the rows of a schema."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError
from dataflows.testing.given_schema import GivenSchema, read_schema
from dataflows.tracebacks import short_traceback

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from hypothesis.strategies import SearchStrategy

    from dataflows.schema import Schema

__all__ = ["rows_of"]


@short_traceback
def rows_of(
    schema: GivenSchema,
    missing: bool = True,
    *,
    min_size: int = 0,
    max_size: int | None = None,
) -> SearchStrategy[list[dict[str, Any]]]:
    """Return a Hypothesis strategy for lists of rows that fit a schema: `validate` passes them.

    The values are those of Python that a flow gives its functions: numbers are ``Decimal``, dates
    are dates. All types of Table Schema are known, and the constraints required, unique, enum,
    minimum, maximum, minLength, maxLength and pattern; a primary key is unique and never missing.
    It needs ``pip install dataflows[testing]``.

    Args:
        schema: A Table Schema descriptor, its list of fields, or the type of each field by its
            name.
        missing: Whether values may be missing (None), where they are not required.
        min_size: The least number of rows.
        max_size: The greatest number of rows; as many as Hypothesis likes by default.

    Raises:
        ArgumentError: `schema` is no schema, no value can fit a field, or Hypothesis is not
            installed.
        FlowError: A field has a type, a format or a constraint that cannot be.

    Examples:
        >>> from hypothesis import given
        >>> from dataflows import Flow, filter_rows
        >>> from dataflows.testing import rows_of, source_of
        >>> sales = [
        ...     {"name": "id", "type": "integer", "constraints": {"unique": True}},
        ...     {"name": "city", "type": "string", "constraints": {"enum": ["Rome", "Oslo"]}},
        ...     {"name": "qty", "type": "integer", "constraints": {"minimum": 0}},
        ... ]
        >>> @given(rows_of(sales))
        ... def test_no_row_is_made_up(rows):
        ...     step = filter_rows("qty is not None and qty > 2")  # without the first half it fails
        ...     kept = Flow(source_of(rows, sales), step).results()[0][0]
        ...     assert all(row in rows for row in kept)
        >>> test_no_row_is_made_up()
    """
    if find_spec("hypothesis") is None:
        what = "rows_of needs Hypothesis, which is not installed"
        raise ArgumentError(what, fix="run pip install 'dataflows[testing]'.")
    from hypothesis import strategies

    from dataflows.testing.cell_strategies import cells_of

    given = read_schema(schema)
    key = given.primary_key
    row = strategies.fixed_dictionaries(
        {
            field.name: cells_of(field, missing=missing and field.name not in key)
            for field in given.fields
        }
    )
    return strategies.lists(
        row, min_size=min_size, max_size=max_size, unique_by=_unique_by(given) or None
    )


def _unique_by(schema: Schema) -> tuple[Callable[[dict[str, Any]], Hashable], ...]:
    """Return the functions of a row whose results are different in every row."""
    names = [field.name for field in schema.fields if field.constraints.get("unique")]
    together = [[name] for name in names]
    if schema.primary_key:
        together.append(schema.primary_key)
    return tuple(map(_key_of, together))


def _key_of(names: list[str]) -> Callable[[dict[str, Any]], Hashable]:
    def key(row: dict[str, Any]) -> Hashable:
        values = [row[name] for name in names]
        if None in values:
            return _Missing()
        return tuple(map(_hashed, values))

    return key


class _Missing:
    """The key of a row that has none: no two are equal, so missing values may be many."""


def _hashed(value: Any) -> Hashable:
    """Return what is equal for equal values, and has a hash."""
    if isinstance(value, dict):
        return frozenset((name, _hashed(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashed, value))
    hashed: Hashable = value
    return hashed
