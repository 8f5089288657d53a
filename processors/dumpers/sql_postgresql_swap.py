"""How a rewritten table of PostgreSQL takes the place of the old one, and what it keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from dataflows.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflows.processors.dumpers.sql_backend import Backend, Swap

__all__ = ["PostgresqlSwap", "columns_of", "dependents", "refuse_columns"]

# What runs a query and returns its rows.
_Ask = Callable[[str], list[tuple[Any, ...]]]

_LONGEST_NAME = 63
# The catalogues of PostgreSQL: https://www.postgresql.org/docs/current/catalogs.html
_DEPENDENTS = """
SELECT 'the view ' || c.oid::regclass FROM pg_depend d
  JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
  AND d.refobjid = {table} AND c.oid <> {table}
UNION SELECT 'the foreign key ' || conname || ' of ' || conrelid::regclass FROM pg_constraint
  WHERE contype = 'f' AND confrelid = {table} AND conrelid <> {table}
  AND conrelid::bigint <> ALL (ARRAY[{also}]::bigint[])
UNION SELECT 'the trigger ' || tgname FROM pg_trigger WHERE tgrelid = {table} AND NOT tgisinternal
UNION SELECT 'the policy ' || polname FROM pg_policy WHERE polrelid = {table}
UNION SELECT 'the rule ' || rulename FROM pg_rewrite
  WHERE ev_class = {table} AND rulename <> '_RETURN'
UNION SELECT 'the table ' || inhrelid::regclass FROM pg_inherits WHERE inhparent = {table}
UNION SELECT 'the table ' || inhparent::regclass FROM pg_inherits WHERE inhrelid = {table}
ORDER BY 1
"""
_GRANTS = """
SELECT NULL, a.privilege_type, a.grantee::bigint, a.is_grantable FROM pg_class c,
  aclexplode(c.relacl) a WHERE c.oid = {table} AND a.grantee <> c.relowner
UNION ALL SELECT t.attname, a.privilege_type, a.grantee::bigint, a.is_grantable FROM pg_attribute t,
  aclexplode(t.attacl) a WHERE t.attrelid = {table}
"""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _number(place: str) -> str:
    return f"to_regclass({_literal(place)})"


def dependents(ask: _Ask, place: str, also: Collection[str]) -> list[str]:
    """Return what would be lost with a table, in words.

    Args:
        ask: Asks the database.
        place: The full name of the table, quoted.
        also: The full names of the tables that go as well.
    """
    others = ", ".join(_number(one) for one in also)
    return [str(row[0]) for row in ask(_DEPENDENTS.format(table=_number(place), also=others))]


def columns_of(ask: _Ask, place: str) -> list[tuple[str, str]]:
    """Return the columns of a table, each with its type."""
    found = ask(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"  # noqa: S608 - a literal
        f" WHERE attrelid = {_number(place)} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [(str(name), str(kind)) for name, kind in found]


def refuse_columns(table: str, depending: list[str]) -> NoReturn:
    """Refuse to make a table anew, with other columns, that something depends on.

    Raises:
        FlowError: Always.
    """
    what = f"the table {table!r} would get other columns, but {', '.join(depending)} depends on it"
    fix = "drop what depends on it first, or give the rows the columns that the table has."
    raise FlowError(what, fix=fix)


class PostgresqlSwap:
    """Tables with new rows that take the places of others, in the transaction of both.

    Args:
        backend: The database.
        swaps: The tables.
    """

    def __init__(self, backend: Backend, swaps: list[Swap]) -> None:
        self._backend = backend
        self._swaps = swaps

    def _target(self, swap: Swap) -> str:
        return self._backend.place(swap.schema, swap.table)

    def _staged(self, swap: Swap) -> str:
        return self._backend.place(swap.schema, swap.staged)

    def run(self) -> set[str]:
        """Do it, and return the places of the tables that are still the old ones, refilled."""
        backend = self._backend
        refilled = self._to_refill()
        moved = [one for one in self._swaps if self._target(one) not in refilled]
        grants = [line for one in moved if one.exists for line in self._grants(one)]
        dropped = [self._target(one) for one in moved if one.exists]
        if dropped:
            backend.execute(f"DROP TABLE {', '.join(dropped)}")
        backend.execute("SET CONSTRAINTS ALL DEFERRED")
        for swap in self._swaps:
            if swap in moved:
                self._rename(swap)
            else:
                self._refill(swap)
        for statement in grants:
            backend.execute(statement)
        for swap in moved:
            for foreign in swap.foreign:
                backend.execute(
                    f"ALTER TABLE {self._target(swap)} ADD {foreign.clause(foreign.parent.target)}"
                    " DEFERRABLE INITIALLY DEFERRED"
                )
        return refilled

    def _to_refill(self) -> set[str]:
        """Return the places of the tables that must stay: a table may depend on another such."""
        waiting = {self._target(one): one for one in self._swaps if one.exists}
        refilled: set[str] = set()
        while True:
            found = [
                (swap, depending)
                for place, swap in waiting.items()
                if (depending := dependents(self._backend.rows, place, waiting))
            ]
            if not found:
                return refilled
            for swap, depending in found:
                place, rows = self._target(swap), self._backend.rows
                if set(columns_of(rows, place)) != set(columns_of(rows, self._staged(swap))):
                    refuse_columns(swap.table, depending)
                refilled.add(place)
                del waiting[place]

    def _refill(self, swap: Swap) -> None:
        """Change the rows of a table: unlike after TRUNCATE, readers go on to see the old ones."""
        backend, place, staged = self._backend, self._target(swap), self._staged(swap)
        columns = columns_of(backend.rows, staged)
        names = ", ".join(backend.quote(name) for name, _ in columns)
        backend.execute(f"DELETE FROM {place}")  # noqa: S608 - quoted names only
        backend.execute(f"INSERT INTO {place} ({names}) SELECT {names} FROM {staged}")  # noqa: S608 - quoted names only
        backend.execute(f"DROP TABLE {staged}")

    def _rename(self, swap: Swap) -> None:
        backend, target = self._backend, self._target(swap)
        backend.execute(f"ALTER TABLE {self._staged(swap)} RENAME TO {backend.quote(swap.table)}")
        for (name,) in backend.rows(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid ="  # noqa: S608 - a literal
            f" {_number(target)}"
        ):
            plain = name.rpartition(".")[2].strip('"')
            renamed = plain.replace(swap.staged, swap.table, 1)
            if renamed != plain and len(renamed.encode()) <= _LONGEST_NAME:
                backend.execute(
                    f"ALTER INDEX {backend.place(swap.schema, plain)} RENAME TO"
                    f" {backend.quote(renamed)}"
                )

    def _grants(self, swap: Swap) -> list[str]:
        """Return the statements that give a table the owner and the grants of the one before it."""
        backend, place, staged = self._backend, self._target(swap), self._staged(swap)
        known = {name for name, _ in columns_of(backend.rows, staged)}
        made = []
        owner = backend.rows(
            "SELECT pg_get_userbyid(relowner), pg_get_userbyid(relowner) = current_user"  # noqa: S608 - a literal
            f" FROM pg_class WHERE oid = {_number(place)}"
        )
        for column, privilege, grantee, again in backend.rows(_GRANTS.format(table=_number(place))):
            if column is not None and column not in known:
                continue
            role = "PUBLIC"
            if grantee:
                name = backend.rows(f"SELECT pg_get_userbyid({int(grantee)})")[0][0]
                role = backend.quote(str(name))
            which = "" if column is None else f" ({backend.quote(column)})"
            option = " WITH GRANT OPTION" if again else ""
            made.append(f"GRANT {privilege}{which} ON {place} TO {role}{option}")
        made += [
            f"ALTER TABLE {place} OWNER TO {backend.quote(str(name))}"
            for name, same in owner
            if not same
        ]
        return made
