"""What all steps of a run write to one database: one transaction, a sink of the run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from dataflows.processors.dumpers.dump_options import DumpOptions, get_property, set_property

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dataflows.chain import Run, Step
    from dataflows.processors.dumpers.sql_backend import Backend
    from dataflows.processors.dumpers.sql_tables import TableDump

__all__ = ["SqlCounts", "SqlDump"]

_dumps: WeakKeyDictionary[Run, dict[str, SqlDump]] = WeakKeyDictionary()


class SqlDump:
    """A transaction in one run, for all of its steps that write to the same database.

    Args:
        backend: The database.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.tables: list[TableDump] = []
        self._steps: list[Step] = []
        self.counts: list[SqlCounts] = []
        self._opened = False

    @classmethod
    def of(cls, run: Run, backend: Backend) -> SqlDump:
        """Return the transaction of a run with a database."""
        known = _dumps.setdefault(run, {})
        if backend.key not in known:
            known[backend.key] = cls(backend)
            run.sinks.add(known[backend.key], known[backend.key].blamed)
        return known[backend.key]

    def __str__(self) -> str:
        return str(self.backend)

    def add(self, step: Step, tables: list[TableDump]) -> None:
        """Add the tables of a step."""
        self.tables += tables
        self._steps += [step] * len(tables)

    def blamed(self) -> AbstractContextManager[None]:
        """Give what goes wrong inside to the last of the steps: all end with it."""
        return self._steps[-1].blamed()

    def open(self) -> None:
        """Begin, before the first row is asked for."""
        if not self._opened:
            self._opened = True
            self.backend.open([one.plan.shown for one in self.tables])
            if self.backend.commits_early:
                for table in self.tables:
                    table.begin()

    # As a sink of the run

    def prepare(self) -> None:
        """Do all that can fail."""
        self.open()
        for step, table in zip(self._steps, self.tables, strict=True):
            with step.blamed(table.plan.resource):
                table.finish()
        swaps = [table.swap for table in self.tables]
        left = self.backend.swap([one for one in swaps if one is not None]) if any(swaps) else ()
        for step, table in zip(self._steps, self.tables, strict=True):
            if table.target not in left:
                with step.blamed(table.plan.resource):
                    table.complete()
        self.backend.settle()
        for counts in self.counts:
            counts.report()

    def commit(self) -> None:
        """Make the rows visible."""
        self.backend.commit()
        self.backend.close()

    def abort(self) -> None:
        """Leave everything as it was."""
        self.backend.rollback()
        self.backend.close()


class SqlCounts:
    """What one step has written, for its stats and the descriptor.

    Args:
        step: The step.
        options: Which property holds which count.
    """

    def __init__(self, step: Step, options: DumpOptions) -> None:
        self._step = step
        self._options = options
        self.rows: dict[str, int] = {}
        self.stats: dict[str, Any] = {}

    def report(self) -> None:
        """Put the counts where the options say."""
        options, package = self._options, self._step.package
        descriptor = package.descriptor
        for resource in descriptor["resources"]:
            if resource["name"] in self.rows:
                rows = self.rows[resource["name"]]
                set_property(resource, options.counter("resource-rowcount"), rows)
        total = sum(self.rows.values())
        set_property(descriptor, options.counter("datapackage-rowcount"), total)
        set_property(descriptor, options.counter("datapackage-hash"), None)
        text = json.dumps(descriptor, sort_keys=True).encode()
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        set_property(descriptor, options.counter("datapackage-hash"), digest)
        self.stats.update(
            {
                "count_of_rows": get_property(descriptor, options.counter("datapackage-rowcount")),
                "bytes": None,
                "hash": get_property(descriptor, options.counter("datapackage-hash")),
                "dataset_name": descriptor.get("name"),
            }
        )
        package.commit()
