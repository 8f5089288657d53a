"""Databases by their address: connections, errors that tell no secret, names as they are quoted."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import DataflowsException, SourceLoadError, shorten
from dataflows.processors.loaders.masking import masked_source, masked_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Connection, Dialect, Engine

__all__ = [
    "BUSY_SECONDS",
    "connected",
    "engine_of",
    "explained",
    "is_database",
    "is_lost",
    "is_passing",
    "quoted_by",
    "reason_of",
    "reflected_name",
    "shown_address",
    "split_table_name",
    "value_advice",
]

_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "dataflows[postgresql]"),
    "postgres": ("postgresql+psycopg", "dataflows[postgresql]"),
    "mysql": ("mysql+pymysql", "dataflows[mysql]"),
    "mariadb": ("mariadb+pymysql", "dataflows[mysql]"),
}
_PASSING_STATES = ("40001", "40P01", "55P03")
_PASSING_NUMBERS = (1205, 1213)
_LOST_NUMBERS = (0, 2006, 2013, 4031)
_CHECK_NUMBERS = (3819, 4025)  # a broken CHECK of MySQL and of MariaDB
_FIXES = {
    "IntegrityError": (
        "give rows that keep the rules of the table: each key once (deduplicate()),"
        " nothing missing where a value is required."
    ),
    "DataError": "give values that the columns hold, or fields of another type: set_type(…).",
}
# What PostgreSQL and MySQL say before anybody is logged in, when there is no SQLSTATE yet.
_REFUSED_LOGIN = re.compile(
    "authentication failed for user|no password supplied|Access denied for user .*using password"
)
BUSY_SECONDS = 60.0
_CONNECT_SECONDS = 10


def is_database(source: Any) -> bool:
    """Tell whether something is an `Engine` or a `Connection` of SQLAlchemy.

    Examples:
        >>> is_database("sqlite:///sales.db")
        False
    """
    module = type(source).__module__
    return module.startswith("sqlalchemy.") and type(source).__name__ in ("Engine", "Connection")


def engine_of(address: str) -> Engine:
    """Return the engine of an address; nothing is connected yet.

    Raises:
        SourceLoadError: It is no address of a database, or its driver is not installed.

    Examples:
        >>> engine_of("sqlite:///sales.db").dialect.name
        'sqlite'
    """
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    fix = "write it as dialect://user:password@host/database, such as sqlite:///sales.db."
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        what = f"{masked_source(address)!r} is no address of a database"
        raise SourceLoadError(what, fix=fix) from None
    driver, extra = _DRIVERS.get(url.drivername, (url.drivername, None))
    url = url.set(drivername=driver)
    try:
        return create_engine(url, poolclass=NullPool, connect_args=_connect_args(url))
    except NoSuchModuleError:
        what = f"there is no database {url.drivername!r} that SQLAlchemy knows"
        raise SourceLoadError(what, fix=fix) from None
    except ImportError as error:
        name = extra or error.name
        what = f"the driver of {url.drivername!r} is not installed: {error.name}"
        raise SourceLoadError(what, fix=f"install it: pip install {name!r}.") from None


def _connect_args(url: URL) -> dict[str, Any]:
    """Return waits that end: for a lock that somebody else holds, and for a server."""
    if url.drivername.startswith("sqlite"):
        return {"timeout": BUSY_SECONDS}
    if url.drivername.endswith(("+psycopg", "+pymysql")) and "connect_timeout" not in url.query:
        return {"connect_timeout": _CONNECT_SECONDS}
    return {}


def quoted_by(dialect: Dialect, name: str) -> str:
    """Return a name as an identifier, for a statement that goes to the driver as it is.

    SQLAlchemy's own quoting doubles every ``%`` for drivers that would take it for a parameter.

    Examples:
        >>> from sqlalchemy.dialects.sqlite import dialect
        >>> print(quoted_by(dialect(), 'a"; DROP TABLE x; --'))
        "a""; DROP TABLE x; --"
    """
    preparer = dialect.identifier_preparer
    inner = name.replace(preparer.escape_quote, preparer.escape_to_quote)
    return f"{preparer.initial_quote}{inner}{preparer.final_quote}"


def reflected_name(dialect: Dialect, name: str) -> str:
    """Return the name of a column that SQLAlchemy has found; of MySQL it leaves them quoted.

    Examples:
        >>> from sqlalchemy.dialects.mysql import dialect
        >>> reflected_name(dialect(), "a``b")
        'a`b'
    """
    return name.replace("``", "`") if dialect.name in ("mysql", "mariadb") else name


def shown_address(source: Any) -> str:
    """Return how messages call a database.

    Examples:
        >>> shown_address("postgresql://me:pa55@db/sales")
        'postgresql://me:***@db/sales'
    """
    if isinstance(source, str):
        return str(masked_source(source))
    return str(getattr(source, "url", None) or getattr(source, "engine", source).url)


def _secret_address(source: Any) -> Any:
    """Return the address with its password, from which messages have to be cleaned."""
    if isinstance(source, str):
        return source
    url = getattr(source, "url", None) or getattr(source, "engine", source).url
    return url.render_as_string(hide_password=False)


def reason_of(error: BaseException, source: Any) -> str:
    """Return what a database says, on one line, with its SQLSTATE and without secrets."""
    original = getattr(error, "orig", None) or error
    arguments: tuple[Any, ...] = getattr(original, "args", ())
    numbered = len(arguments) > 1 and isinstance(arguments[0], int)
    text = f"{arguments[1]} ({arguments[0]})" if numbered else str(original)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    reason = "; ".join(lines[:3]) or type(original).__name__
    state = getattr(original, "sqlstate", None)
    if state and state not in reason:
        reason = f"{reason} (SQLSTATE {state})"
    return masked_text(reason, _secret_address(source))


def is_passing(error: BaseException) -> bool:
    """Tell whether what a database said is about other sessions, so that a second try may do.

    The states are those of the SQL standard and of PostgreSQL (appendix A of its manual), the
    numbers those of MySQL and MariaDB.
    """
    return any(
        getattr(one, "sqlstate", None) in _PASSING_STATES or _number_of(one) in _PASSING_NUMBERS
        for one in _causes(error)
    )


def is_lost(error: BaseException) -> bool:
    """Tell whether a connection to MySQL or MariaDB was lost."""
    return any(_number_of(one) in _LOST_NUMBERS for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield getattr(error, "orig", None) or error
        error = error.__context__


def _number_of(error: BaseException) -> int | None:
    is_numbered = type(error).__module__.startswith("pymysql") and error.args
    return error.args[0] if is_numbered and type(error.args[0]) is int else None


@contextmanager
def explained(
    source: Any, kind: type[DataflowsException] = SourceLoadError, fix: str | None = None
) -> Iterator[None]:
    """Turn what a database raises into an error of ours, without the secrets of its address.

    Args:
        source: The address, or what it was given as.
        kind: The class of the error.
        fix: What to do about it.
    """
    try:
        yield
    except DataflowsException:
        raise
    except Exception as error:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        original = getattr(error, "orig", None) or error
        names = {one.__name__ for one in type(original).__mro__}
        if not isinstance(error, SQLAlchemyError) and "DatabaseError" not in names:
            raise
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            fix = "check that the server runs, then run again: nothing has been changed."
        reason = reason_of(error, source)
        if _REFUSED_LOGIN.search(reason):
            fix = "check the user and the password in the address."
        fix = value_advice(original, fix)
        raise kind(f"{shown_address(source)}: {reason}", fix=fix) from None


def value_advice(error: BaseException, fix: str | None = None) -> str | None:
    """Return what to do about values that a database refuses.

    Args:
        error: What the driver raised.
        fix: What to do about errors that are not about values; it counts more than that a value
            does not fit its column, not more than that rows break the rules of the table.

    Examples:
        >>> import sqlite3
        >>> value_advice(sqlite3.DataError("too big"))
        'give values that the columns hold, or fields of another type: set_type(…).'
    """
    names = [one.__name__ for one in type(error).__mro__]
    if "IntegrityError" in names or _number_of(error) in _CHECK_NUMBERS:
        return _FIXES["IntegrityError"]
    return fix or next((_FIXES[name] for name in names if name in _FIXES), None)


@contextmanager
def connected(source: Any) -> Iterator[Connection]:
    """Yield a connection to read from; one that was given stays open.

    Raises:
        SourceLoadError: The database cannot be reached.
    """
    from sqlalchemy.engine import Connection

    if isinstance(source, Connection):
        yield source
        return
    engine = engine_of(source) if isinstance(source, str) else source
    _must_exist(engine)
    fix = "check the address, and that the database can be reached from this machine."
    with explained(source, fix=fix):
        connection = engine.connect()
    try:
        yield connection
    finally:
        connection.close()
        if isinstance(source, str):
            engine.dispose()


def _must_exist(engine: Engine) -> None:
    """Refuse a file of SQLite that is not there: it would be made, and be empty."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return
    if not path.startswith("file:") and not Path(path).is_file():
        fix = "check the path: three slashes for one from the current folder, four for a full one."
        raise SourceLoadError(f"there is no file {path!r}", fix=fix)


def split_table_name(name: Any, schema: Any, known: list[str]) -> tuple[str | None, str]:
    """Return the schema and the name of a table, which may be written ``schema.name``.

    Args:
        name: The table as it was written.
        schema: Its schema, where that is given beside it.
        known: The tables that are there: one may have a point in its name.

    Examples:
        >>> split_table_name("public.sales", None, []), split_table_name("a.b", None, ["a.b"])
        (('public', 'sales'), (None, 'a.b'))
    """
    if not isinstance(name, str) or not name:
        what = f"table must be the name of a table, got {shorten(name)}"
        raise SourceLoadError(what, fix="write table='name' or table='schema.name'.")
    if schema is not None or name in known or "." not in name.strip("."):
        return (None if schema is None else str(schema)), name
    before, _, after = name.rpartition(".")
    return before, after
