"""What `dataflows init SOURCE` means: a file, a folder, a workbook, a database, an address."""

from __future__ import annotations

import os
import warnings
from contextlib import closing
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from dataflows.cli.init.addresses import name_of
from dataflows.cli.report import CallError
from dataflows.cli.targets import Target, database_address
from dataflows.errors import SourceLoadError, nearest

__all__ = ["Loading", "find_loadings", "resolved"]

_DESCRIPTOR = "datapackage.json"
_BOOKS = {".xlsx", ".xlsm", ".xls", ".ods"}
_MOST_TABLES = 200


@dataclass(frozen=True, slots=True)
class Loading:
    """A call of `load`.

    Args:
        source: What it loads.
        options: Its options.
        notes: What is to be said of it.
    """

    source: str
    options: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find_loadings(source: str, table: str | None = None) -> list[Loading]:
    """Return the calls of `load` that a source needs: one for each table of a database, and so on.

    Args:
        source: A file, a folder, a pattern, an address, or ``env://NAME``.
        table: The only table of a database, or sheet of a workbook, that is wanted.

    Raises:
        CallError: There is no such file or table.
    """
    if source == "-":
        what = "a flow that can run again cannot come from standard input"
        raise CallError(what, fix="write the data to a file, and name that.")
    source = database_address(source)
    address = resolved(source)
    if Target.is_database(address):
        return _tables(source, address, table)
    if not _is_path(address):
        return [_only(source, table)]
    _must_be_there(address)
    path = Path(address)
    if path.is_dir():
        return _files(path, table)
    if path.suffix.lower() in _BOOKS:
        return _sheets(source, path, table)
    return [_only(source, table)]


def _only(source: str, table: str | None) -> Loading:
    if table is not None:
        what = f"--table is for databases and workbooks, and {source!r} is neither"
        raise CallError(what, fix="leave it out.")
    return Loading(source)


def resolved(source: str) -> str:
    """Return what an environment variable says, where the source is one.

    Args:
        source: The address of the data.

    Raises:
        CallError: There is no such variable.
    """
    if not source.startswith("env://"):
        return source
    name = source.removeprefix("env://")
    if name not in os.environ:
        what = f"the environment variable {name!r} is not set"
        raise CallError(what, fix=f"set {name} to the address of the data.")
    return os.environ[name]


def _is_path(address: str) -> bool:
    return "://" not in address and (
        not any(char in address for char in "*?[") or Path(address).exists()
    )


def _must_be_there(source: str) -> None:
    path = Path(source)
    try:
        if path.exists():
            return
    except (OSError, ValueError):
        pass
    folder = path.parent if path.parent.is_dir() else Path()
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    raise CallError(
        f"no file named {source!r}",
        fix=nearest(path.name, names, "files")
        if names
        else "call dataflows init hello-world for an example.",
    )


def _files(folder: Path, table: str | None) -> list[Loading]:
    """Return what loads the tables of a folder; those with the same ending by one pattern."""
    from dataflows.processors.loaders.folder_source import table_ending, tables_in_folder

    if table is not None:
        _only(str(folder), table)
    found: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is no table is of no interest here
        try:
            paths = tables_in_folder(folder, {})
        except SourceLoadError as error:
            fix = "name a folder with files of CSV, Excel, JSON, Parquet …"
            raise CallError(error.what, fix=fix) from None
    for path in paths:
        name = PurePosixPath(path).name
        ending = name[name.rindex(table_ending(name)) :]
        found.setdefault(ending, []).append(path)
    loadings = []
    start = escape(folder.as_posix())
    for ending, ones in found.items():
        if len(ones) == 1:
            loadings += find_loadings(ones[0])
        else:
            loadings.append(Loading(f"{start}/*{escape(ending)}"))
    return loadings


def _sheets(source: str, path: Path, table: str | None) -> list[Loading]:
    """Return what loads the sheets of a workbook that hold something."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            names = list(book.sheet_names)
            if table is None and len(names) > 1:
                filled = [name for name in names if book.get_sheet_by_name(name).height > 1]
                names = filled or names[:1]
    except (CalamineError, OSError, ValueError):
        return [Loading(source)]  # `load` says what is wrong, in full
    if table is not None:
        if table not in names:
            what = f"no sheet named {table!r} in {source!r}"
            raise CallError(what, fix=nearest(table, names, "sheets"))
        return [Loading(source, {"sheet": table})]
    if len(names) == 1:
        return [Loading(source)]
    return _named(source, "sheet", names)


def _tables(source: str, address: str, table: str | None) -> list[Loading]:
    """Return what loads the tables of a database; `?table=` at its address chooses one."""
    from dataflows.processors.dumpers.sql_backend import backend_of

    bare, wanted = _without_table(address)
    shown = source
    if wanted is not None:
        if source != address:
            what = f"{source!r} has ?table= at its end, which a script cannot take off"
            raise CallError(what, fix=f"leave it out there, and add --table {wanted}.")
        shown = bare
    table = table or wanted
    if table is not None:
        return [Loading(shown, {"table": table})]
    _must_have_file(bare)
    with closing(backend_of(bare)) as backend:
        names = sorted(backend.table_names(None))
    if not names:
        raise CallError(f"there are no tables in {_masked(bare)!r}", fix="name another database.")
    if len(names) > _MOST_TABLES:
        what = f"there are {len(names):,} tables in {_masked(bare)!r}"
        raise CallError(what, fix=f"choose one: --table {names[0]}.")
    if len(names) == 1:
        return [Loading(shown, {"table": names[0]})]
    return _named(shown, "table", names)


def _masked(address: str) -> str:
    from dataflows.processors.loaders.masking import masked_source

    return str(masked_source(address))


def _without_table(address: str) -> tuple[str, str | None]:
    parts = urlsplit(address)
    given = parse_qsl(parts.query, keep_blank_values=True)
    table = next((value for name, value in given if name == "table"), None)
    if table is None:
        return address, None
    query = urlencode([one for one in given if one[0] != "table"])
    head = address.partition("?")[0]
    return (f"{head}?{query}" if query else head), table


def _must_have_file(address: str) -> None:
    """Refuse the file of a database that is not there: asking the database would make it."""
    from sqlalchemy.engine import make_url

    if address.startswith(("sqlite", "duckdb")):
        file = make_url(address).database
        if file and file != ":memory:":
            _must_be_there(file)


def _named(source: str, option: str, names: list[str]) -> list[Loading]:
    taken: set[str] = set()
    loadings = []
    for name in names:
        base = name_of(name) or option
        unique, number = base, 2
        while unique in taken:
            unique, number = f"{base}_{number}", number + 1
        taken.add(unique)
        loadings.append(Loading(source, {option: name, "name": unique}))
    return loadings
