"""Blueprints: scripts for standard set-ups, written by `dataflows init --blueprint`.

A blueprint is added by one entry here, and its module, with the function ``plan(request)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from dataflows.cli.report import CallError
from dataflows.errors import nearest

if TYPE_CHECKING:
    from dataflows.cli.init.plan import Plan, Request

__all__ = ["BLUEPRINTS", "Blueprint", "blueprint_named"]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A standard set-up.

    Args:
        name: Its name on the command line.
        summary: What its script does.
        example: A call that writes one.
    """

    name: str
    summary: str
    example: str

    def plan(self, request: Request) -> Plan:
        """Return the script for a source.

        Args:
            request: What was asked for.
        """
        module = import_module(f"{__name__}.{self.name.replace('-', '_')}")
        made: Plan = module.plan(request)
        return made


_ALL = (
    Blueprint(
        "clean-csv",
        "Clean a table: plain names, types, no empty fields, no repeated rows; bad rows aside",
        "dataflows init cities.csv --blueprint clean-csv",
    ),
    Blueprint(
        "merge-files",
        "Make one table of several files, also where fields are named a little differently",
        "dataflows init 'data/*.csv' --blueprint merge-files",
    ),
    Blueprint(
        "spreadsheet-to-database",
        "Write each sheet of a workbook into a table of a database",
        "dataflows init book.xlsx --blueprint spreadsheet-to-database --output sqlite:///book.db",
    ),
    Blueprint(
        "api-pages",
        "Fetch all pages of an API that answers in JSON, and write their records as one table",
        "dataflows init 'https://example.com/api/items?page=1' --blueprint api-pages",
    ),
    Blueprint(
        "package-to-s3",
        "Put a data package, or any table, on S3, whole or not at all",
        "dataflows init package/ --blueprint package-to-s3 --output s3://bucket/prefix",
    ),
)
BLUEPRINTS = {blueprint.name: blueprint for blueprint in _ALL}
"""The blueprints, by their names."""


def blueprint_named(name: str) -> Blueprint:
    """Return a blueprint.

    Args:
        name: Its name.

    Raises:
        CallError: There is none of that name.

    Examples:
        >>> blueprint_named("clean-csv").example
        'dataflows init cities.csv --blueprint clean-csv'
    """
    if name not in BLUEPRINTS:
        what = f"no blueprint named {name!r}"
        raise CallError(what, fix=nearest(name, BLUEPRINTS, "blueprints"))
    return BLUEPRINTS[name]
