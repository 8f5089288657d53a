"""printer: some rows of each resource, as a table on the screen."""

from __future__ import annotations

import sys
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    check_patterns,
    selected_schemas,
)
from dataflows.processors.passing.row_sample import RowSample, harmless
from dataflows.showing.paper import PLAIN, Paper
from dataflows.showing.rows import cell_of
from dataflows.showing.text_table import NUMERIC, TableColumn, table_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["printer"]

_OWN_ALIGNMENT = {"colalign", "disable_numparse", "floatfmt", "intfmt", "numalign"}


def _print_header(name: str, options: dict[str, Any]) -> None:
    if options.get("tablefmt") == "html":
        _show_html(f"<h3>{escape(harmless(name))}</h3>")
    else:
        print(f"{harmless(name)}:")  # noqa: T201 - it prints


def _print_table(text: str, options: dict[str, Any]) -> None:
    if options.get("tablefmt") == "html":
        _show_html(text)
    else:
        print(text)  # noqa: T201 - it prints


@processor
def printer(
    num_rows: int = 10,
    last_rows: int | None = None,
    fields: Iterable[str] | None = None,
    resources: Resources = None,
    header_print: Callable[[str, dict[str, Any]], Any] = _print_header,
    table_print: Callable[[str, dict[str, Any]], Any] = _print_table,
    max_cell_size: int | None = 100,
    **tabulate_kwargs: Any,
) -> Hooks:
    """Print some rows of each resource, as a table.

    The name is printed before the first row is asked for, the table when all rows have passed.
    Characters that would do something to a terminal are printed as escapes.

    On a terminal the table has its colours, missing values have a sign of their own, and what is
    wider than the terminal is folded; elsewhere, and with options of ``tabulate``, the table is the
    text that ``tabulate`` makes.

    Schema: unchanged.
    Rows: untouched.
    Memory: the rows that are printed.

    Args:
        num_rows: How many rows to print from the start, and again from every power of this number
            on: rows 10, 100, 1,000 …
        last_rows: How many rows to print from the end; as many as `num_rows` by default.
        fields: The fields to print; all by default.
        resources: The resources to print; all by default.
        header_print: Called with the name of the resource and `tabulate_kwargs`.
        table_print: Called with the table as a text and `tabulate_kwargs`.
        max_cell_size: The most characters of a value to print; None for all.
        **tabulate_kwargs: Options of ``tabulate``, such as ``tablefmt="html"``.

    Raises:
        ArgumentError: A number of rows or characters is none, or a field is not given by its name.
        UnknownFieldError: One of `fields` is in none of the resources.

    Examples:
        >>> from dataflows import Flow, printer
        >>> flow = Flow([{"city": "Rome", "size": 1285}], printer(tablefmt="github"))
        >>> package, stats = flow.process()
        res_1:
        |   # | city       |        size |
        |     | (string)   |   (integer) |
        |-----|------------|-------------|
        |   1 | Rome       |        1285 |
    """
    wanted = None if fields is None else check_patterns(fields, regex=False)
    counts: dict[str, Any] = {
        "num_rows": num_rows,
        "last_rows": last_rows,
        "max_cell_size": max_cell_size,
    }
    for option, number in counts.items():
        if number is not None and (not isinstance(number, int) or number < 0):
            what = f"{option} must be a number, 0 or more, got {number!r}"
            raise ArgumentError(what, fix=f"write for instance {option}=10.")

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step).values()
        check_matches(wanted or (), schemas, regex=False)

    def batches(stream: Stream) -> Iterator[Batch]:
        header_print(stream.resource.name, tabulate_kwargs)
        types = {field.name: field.type for field in stream.resource.fields.fields}
        shown = [name for name in types if wanted is None or name in wanted]
        draws = table_print is _print_table and not tabulate_kwargs and sys.stdout.isatty()
        paper = Paper.of(sys.stdout) if draws else PLAIN
        missing = cell_of(None, paper)[0] if draws else "None"
        sample = RowSample(shown, num_rows, last_rows, max_cell_size, missing)
        for batch in stream:
            sample.take(batch)
            yield batch
        if draws:
            sys.stdout.write(_drawn(sample.rows(), {name: types[name] for name in shown}, paper))
            return
        headers = ["#", *(f"{harmless(name)}\n({types[name]})" for name in shown)]
        right = [True, *(types[name] in NUMERIC for name in shown)]
        table_print(_table(sample.rows(), headers, right, tabulate_kwargs), tabulate_kwargs)

    return Hooks(package=package, batches=batches, select=resources, watches=True)


def _table(
    rows: list[list[str]], headers: list[str], right: list[bool], options: dict[str, Any]
) -> str:
    """Return the table; numbers keep their digits, unless the options say otherwise."""
    from tabulate import tabulate

    given = dict(options)
    if not _OWN_ALIGNMENT & given.keys():
        given["disable_numparse"] = True
        if rows:
            given["colalign"] = ["right" if one else "left" for one in right]
    return str(tabulate(rows, **{"headers": headers, **given}))


def _drawn(rows: list[list[str]], types: dict[str, str], paper: Paper) -> str:
    """Return the table for a terminal."""
    missing = cell_of(None, paper)
    columns = [TableColumn([("#", "dim")], [[(row[0], "dim")] for row in rows], to_right=True)]
    for index, (name, kind) in enumerate(types.items(), 1):
        words = [row[index] if index < len(row) else "" for row in rows]
        cells = [[missing if word == missing[0] else (paper.shown(word), "")] for word in words]
        headings = [(paper.shown(name), "bold"), (f"({paper.shown(kind)})", "dim")]
        columns.append(TableColumn(headings, cells, to_right=kind in NUMERIC))
    return paper.text(table_lines(columns, paper))


def _show_html(text: str) -> None:
    """Show HTML in a notebook, print it elsewhere."""
    notebook = sys.modules.get("IPython")
    if notebook is not None and notebook.get_ipython() is not None:
        import_module("IPython.display").display_html(text, raw=True)
        return
    print(text)  # noqa: T201 - it prints
