"""Expressions such as ``qty > 2 and city != 'Paris'``: parsed once, run on columns.

An expression is a safe part of Python, and means what the same Python on a row means, with one
difference: a number with a point or an exponent is exact, ``1.19`` is ``Decimal('1.19')``, because
the numbers of rows are Decimals.
A name is a field; ``row["unit price"]`` is a field whose name is not a Python name.

It may use ``and or not``, comparisons, ``in``, ``is None``, ``+ - * / // % **``,
``a if c else b`` and ``code[:2]``; the functions ``len abs min max round int str Decimal float bool
date datetime``; of texts ``lower upper title strip lstrip rstrip startswith endswith replace
split``; of dates and times ``year month day hour minute second``, and ``days`` of the difference of
two dates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.expressions import codegen, syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

__all__ = ["Expression", "compile_expression"]


class Expression:
    """A compiled expression; made by `compile_expression`.

    Attributes:
        text: The expression as it was written.
        names: The fields that it reads, in the order of their first use.
        row: Its meaning: takes a row (any mapping), returns the value.

    Examples:
        >>> total = compile_expression("amount * 1.10")
        >>> total.names
        ('amount',)
        >>> total.row({"amount": 3})
        Decimal('3.30')
        >>> total.rows([[1, 2]], 2)
        [Decimal('1.10'), Decimal('2.20')]
    """

    __slots__ = ("_numeric_rows", "_product_fields", "_rows", "_syntax", "names", "row", "text")

    def __init__(self, text: str) -> None:
        read = syntax.read(text)
        count = len(read.names)
        self.text = text
        self.names = read.names
        self.row: Callable[[Mapping[str, Any]], Any] = codegen.compile_row(
            read.tree, read.names, read.optional, read.constants
        )
        self._syntax = read
        self._rows = codegen.compile_rows(read.tree, count, read.constants, numeric=False)
        self._product_fields = codegen.product_fields(read.tree)
        self._numeric_rows = self._rows
        if self._product_fields:
            self._numeric_rows = codegen.compile_rows(
                read.tree, count, read.constants, numeric=True
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def rows(self, lists: Sequence[list[Any]], length: int) -> list[Any]:
        """Return the values for lists of cells, one list for each of `names`.

        Args:
            lists: The cells, in the order of `names`.
            length: The number of rows, for an expression that reads no field.

        Raises:
            Exception: That of the first row that fails; `failed_at` tells which it is.
        """
        if all(codegen.only_numbers(lists[index]) for index in self._product_fields):
            return self._numeric_rows(lists, length)
        return self._rows(lists, length)

    def failed_at(self, lists: Sequence[list[Any]], length: int) -> int | None:
        """Return the index of the first row that fails, None when none does."""
        value = codegen.compile_value(self._syntax.tree, len(self.names), self._syntax.constants)
        for index in range(length):
            try:
                value(*(cells[index] for cells in lists))
            except Exception:  # noqa: BLE001 - raised by `rows` before; this looks for its row
                return index
        return None

    def columns(self, arrays: Sequence[pa.Array], length: int) -> pa.Array:
        """Return the values for Arrow arrays, one for each of `names`.

        Args:
            arrays: The columns, in the order of `names`; all values of a decimal array were
                written with as many digits after the point as its scale says.
            length: The number of rows.

        Raises:
            NotColumnar: The result might differ from that of `rows`, in value, type or exponent,
                or a row would fail.
        """
        from dataflows.expressions.columnar import Evaluation

        return Evaluation(self._syntax, arrays, length).result()

    def mask(self, arrays: Sequence[pa.Array], length: int) -> pa.BooleanArray:
        """Return for Arrow arrays where Python takes the value as true; never null.

        Args:
            arrays: The columns, in the order of `names`.
            length: The number of rows.

        Raises:
            NotColumnar: The result might differ from that of `rows`, or a row would fail.
        """
        from dataflows.expressions.columnar import Evaluation

        return Evaluation(self._syntax, arrays, length).mask()

    def result_type(self, types: Mapping[str, str]) -> str:
        """Return the Table Schema type of the values, ``any`` where it cannot be told.

        Args:
            types: The types of the fields by their names.

        Raises:
            FlowError: The types clash: no row could be computed.

        Examples:
            >>> compile_expression("qty / 2 > 1").result_type({"qty": "integer"})
            'boolean'
        """
        from dataflows.expressions.kinds import result_type

        return result_type(self._syntax, types)

    def explain_failure(self, error: Exception, row: Mapping[str, Any]) -> tuple[str, str]:
        """Return what is wrong and how to fix it, for a row that failed.

        Args:
            error: The exception that the row raised.
            row: The fields that the expression reads, or more.

        Examples:
            >>> expression = compile_expression("qty > 2")
            >>> expression.explain_failure(TypeError(), {"qty": None})
            ("cannot compare None > 2: 'qty' is missing", 'write: qty is not None and qty > 2')
        """
        from dataflows.expressions.failures import explain

        return explain(self._syntax, error, row)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Expression:
    return Expression(text)


def compile_expression(text: str) -> Expression:
    """Compile an expression; the same text gives the same object.

    Args:
        text: An expression of fields, such as ``qty > 2 and city != 'Paris'``.

    Raises:
        ArgumentError: It is not a text, not Python, or uses more of Python than an expression may.
    """
    if not isinstance(text, str):
        raise ArgumentError(
            f"an expression is a text, got {shorten(text)}",
            fix="write it as a text, such as 'qty > 2'.",
        )
    return _compiled(text)
