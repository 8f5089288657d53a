"""Targets of `dataflows convert`: what an address or a path means as a place to write to."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dataflows.cli.report import CallError
from dataflows.errors import DataflowsException, nearest

__all__ = ["Target", "database_address", "only_table", "read_target"]

_BINARY = ("arrow", "excel", "feather", "parquet", "xlsx")
_DATABASE_FILES = {"db": "sqlite", "sqlite": "sqlite", "sqlite3": "sqlite", "duckdb": "duckdb"}
_DESCRIPTOR = "datapackage.json"

Kind = Literal["database", "file", "folder", "s3", "stream", "zip"]


@dataclass
class Target:
    """A place to write to.

    Args:
        kind: What kind of place it is.
        place: Its path or address.
        shown: What it is called; of an address, without its secrets.
        format: The format that was asked for.
        table: The table that was asked for.
        keys: The fields by which rows are merged into a table.

    `tables` are the tables to be written, once they are known: see `name_tables`.
    """

    kind: Kind
    place: str
    shown: str
    format: str | None = None
    table: str | None = None
    keys: tuple[str, ...] = ()
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @staticmethod
    def is_database(address: str) -> bool:
        """Tell whether an address is that of a database; it may be in an environment variable.

        Examples:
            >>> Target.is_database("postgresql+psycopg://db/sales"), Target.is_database("a.csv")
            (True, False)
        """
        from dataflows.processors.storage.known import TABLES

        scheme, sign, rest = address.partition("://")
        if scheme == "env":
            scheme, sign, _ = os.environ.get(rest, "").partition("://")
        return bool(sign) and scheme.lower().partition("+")[0] in TABLES

    def name_tables(self, names: list[str], *, deletes: bool) -> None:
        """Say which resources become which tables.

        Args:
            names: The names of the resources.
            deletes: Whether rows whose keys do not come are deleted.

        Raises:
            CallError: There are several, and one table was named.
        """
        if self.kind != "database":
            return
        if self.table is not None and len(names) > 1:
            what = f"there are {len(names)} tables in the source: {', '.join(names)}"
            raise CallError(what, fix=f"choose one: --resource {names[0]}; or leave out --table.")
        for name in names:
            options: dict[str, Any] = {"resource-name": name}
            if self.keys:
                options["mode"] = "merge" if deletes else "update"
                options["update_keys"] = list(self.keys)
            self.tables[self.table or name] = options

    def standing(self) -> str | None:
        """Return what stands there already, and would be replaced; None for nothing."""
        path = Path(self.place)
        if self.kind in ("file", "zip"):
            return f"{self.shown!r}" if os.path.lexists(path) else None
        if self.kind == "folder":
            return f"a data package in {self.shown!r}" if (path / _DESCRIPTOR).exists() else None
        if self.kind == "database":
            found = [table for table in self.tables if self._has_table(table)]
            return f"the table {found[0]!r} in {self.shown!r}" if found else None
        return None

    def _has_table(self, table: str) -> bool:
        from dataflows.processors.dumpers.sql_backend import backend_of
        from dataflows.processors.storage.sql_engine import split_table_name

        try:
            if not _has_file(self.place):
                return False
            with closing(backend_of(self.place)) as backend:
                known = backend.table_names(None)
                return backend.columns(*split_table_name(table, None, known)) is not None
        except (DataflowsException, ValueError, ImportError):
            return False  # the dump says what is wrong, in full

    def dumper(self, resource: str | None, *, adds_columns: bool = False) -> Any:
        """Return the step that writes there.

        Args:
            resource: Which resource of several.
            adds_columns: Whether the table of a database gets the columns that it lacks.
        """
        import dataflows as df

        format = {} if self.format is None else {"format": self.format}
        match self.kind:
            case "database":
                return df.dump_to_sql(self.tables, self.place, add_columns=adds_columns)
            case "folder":
                return df.dump_to_path(self.place, **format)
            case "zip":
                return df.dump_to_zip(self.place, **format)
            case "s3":
                return df.dump_to_s3(self.place, **format)
            case "stream":
                ends = {"options": {"lineterminator": "\n"}} if self.format in _LINES else {}
                return df.dump_to_file(
                    sys.stdout.buffer, resource, format=self.format or "csv", **ends
                )
            case "file":
                return df.dump_to_file(self.place, resource, **format)


_LINES = ("csv", "tsv")


def read_target(
    given: str, format: str | None, *, table: str | None, keys: tuple[str, ...], source: str
) -> Target:
    """Return what a TARGET means.

    Args:
        given: As it was written.
        format: The format that was asked for.
        table: The table that was asked for.
        keys: The fields by which rows are to be merged.
        source: The source, for which an option may have been meant.

    Raises:
        CallError: There is no such format or scheme, or an option that it does not take.

    Examples:
        >>> read_target("out/", None, table=None, keys=(), source="a.csv").kind
        'folder'
    """
    place = given
    if given.startswith("env://"):
        name = given.removeprefix("env://")
        if not os.environ.get(name):
            what = f"the environment variable {name!r} is not set"
            raise CallError(what, fix=f"set {name} to the address to write to.")
        place = os.environ[name]
    kind = _kind_of(place)
    shown = given if place != given else _masked(place)
    if keys and kind != "database":
        what = f"--merge is for the table of a database, and {shown!r} is none"
        raise CallError(
            what, fix="write to a database, such as sqlite:///data.db, or leave it out."
        )
    if table is not None and kind != "database" and not Target.is_database(source):
        what = "--table is for a database, and neither SOURCE nor TARGET is one"
        raise CallError(what, fix="leave it out; --sheet is for Excel, --resource for a package.")
    if kind == "database" and format is not None:
        raise CallError("a database has no --format", fix="leave it out.")
    if kind == "stream":
        format = format or "csv"
        shown = "standard output"
    _check_format(kind, place, format)
    if kind == "stream" and format in _BINARY and sys.stdout.isatty():
        what = f"{format} is not for a terminal"
        raise CallError(what, fix=f"name a file: out.{format}.")
    place = place.removesuffix(_DESCRIPTOR) or "."
    return Target(kind, place, shown, format, table, keys)


def database_address(source: str) -> str:
    """Return the address of a database where the file of one is named; else the source itself.

    Args:
        source: A path or an address.

    Examples:
        >>> _ = Path("shop.db").write_bytes(b"")
        >>> database_address("shop.db"), database_address("shop.csv")
        ('sqlite:///shop.db', 'shop.csv')
    """
    scheme = _DATABASE_FILES.get(Path(source).suffix.lower().removeprefix("."))
    is_file = scheme is not None and "://" not in source and Path(source).is_file()
    return f"{scheme}:///{source}" if is_file else source


def only_table(address: str) -> str | None:
    """Return the table of a database that has no other; None where that cannot be told.

    Args:
        address: The address of the database.

    Raises:
        CallError: It has several tables.
    """
    from dataflows.processors.dumpers.sql_backend import backend_of

    place = os.environ.get(address.removeprefix("env://"), address)
    try:
        if not _has_file(place):
            return None
        with closing(backend_of(place)) as backend:
            names = backend.table_names(None)
    except (DataflowsException, ValueError, ImportError):
        return None  # `load` says what is wrong, in full
    if len(names) > 1:
        what = f"there are {len(names)} tables in {_masked(address)!r}: {', '.join(names)}"
        raise CallError(what, fix=f"choose one: --table {names[0]}.")
    return names[0] if names else None


def _has_file(address: str) -> bool:
    """Tell whether the file of a database is there: asking the database would make it."""
    from sqlalchemy.engine import make_url

    if not address.startswith(("sqlite", "duckdb")):
        return True
    file = make_url(address).database
    return bool(file) and Path(str(file)).exists()


def _kind_of(place: str) -> Kind:
    if place == "-":
        return "stream"
    if Target.is_database(place):
        return "database"
    scheme, sign, rest = place.partition("://")
    if sign and scheme == "s3":
        if not rest.endswith(("/", _DESCRIPTOR)):
            what = f"{place!r} is one object: to S3, a data package is written"
            raise CallError(what, fix=f"name a prefix, with / at its end: {place}/")
        return "s3"
    if sign:
        what = f"nothing is written to an address that begins with {scheme}://"
        raise CallError(what, fix="write to a file, a folder/, a database or s3://bucket/prefix/.")
    if place.endswith(("/", os.sep)) or Path(place).is_dir() or Path(place).name == _DESCRIPTOR:
        return "folder"
    return "zip" if place.lower().endswith(".zip") else "file"


def _check_format(kind: Kind, place: str, format: str | None) -> None:
    from dataflows.processors.formats.known import WRITERS, writer_named

    if format is not None:
        if writer_named(format) is None:
            what = f"no format named {format!r} is written"
            raise CallError(what, fix=nearest(format, WRITERS, "formats"))
        return
    if kind != "file":
        return
    endings = [one.removeprefix(".").lower() for one in Path(place).suffixes[-2:]]
    if endings and endings[-1] in ("gz", "zst"):
        endings.pop()
    ending = endings[-1] if endings else ""
    if not ending:
        what = f"{place!r} has no ending that tells a format"
        raise CallError(what, fix="add --format csv, or / for a folder.")
    if writer_named(ending) is None:
        what = f"no format is written to files that end in {ending!r}: {place!r}"
        scheme = _DATABASE_FILES.get(ending)
        fix = nearest(ending, WRITERS, "formats")
        raise CallError(what, fix=f"write {scheme}:///{place}." if scheme else fix)


def _masked(place: str) -> str:
    from dataflows.processors.loaders.masking import masked_source

    return str(masked_source(place))
