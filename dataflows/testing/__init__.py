"""Test flows: rows in, rows out; schemas that stay; rows by the thousand, made from a schema.

It needs no test runner of its own: what fails is an `AssertionError`, under pytest and unittest.
"""

from __future__ import annotations

from dataflows.testing.assert_flow import assert_flow
from dataflows.testing.assert_schema import assert_schema
from dataflows.testing.rows_of import rows_of
from dataflows.testing.source_of import source_of

__all__ = ["assert_flow", "assert_schema", "rows_of", "source_of"]
