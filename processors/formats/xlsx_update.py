"""A workbook that is there already, with one sheet more."""

from __future__ import annotations

import io
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

from dataflows.errors import OutputError

__all__ = ["with_sheet"]


def with_sheet(existing: str, file: bytes, name: str) -> bytes:
    """Return a workbook with the sheet of another; one of that name gives way to it.

    Where there is no such workbook yet, it is the other one.

    Args:
        existing: The path of the workbook.
        file: An Excel file with one sheet.
        name: The name of the sheet.

    Raises:
        OutputError: The workbook that is there cannot be read.
    """
    if not Path(existing).exists():
        return file
    import openpyxl

    with closing(_opened(openpyxl, existing)) as book:
        for taken in book.sheetnames:
            if taken.lower() == name.lower():
                del book[taken]
        sheet = book.create_sheet(name)
        with closing(openpyxl.load_workbook(io.BytesIO(file), read_only=True)) as made:
            for row in made.worksheets[0].iter_rows():
                for cell in row:
                    if cell.value is not None:
                        _copy(cell, sheet.cell(cell.row, cell.column))
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


def _opened(openpyxl: Any, existing: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # what it does not know, it leaves out
            return openpyxl.load_workbook(existing)
    except Exception as error:
        what = f"the workbook {existing!r} cannot be updated: {error}"
        fix = "check that it is an .xlsx file that opens, or leave update_existing out."
        raise OutputError(what, fix=fix) from error


def _copy(source: Any, target: Any) -> None:
    value = source.value
    if isinstance(value, str):
        # The text as such: never a formula, and with its carriage returns.
        target.value = value.replace("\r", "_x000D_")
        target.data_type = "s"
    else:
        target.value = value
        if source.is_date:
            target.number_format = source.number_format
