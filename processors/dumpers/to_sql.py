"""dump_to_sql, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.processors.dumpers.dump_to_sql import dump_to_sql as SQLDumper  # noqa: N812 - as there

__all__ = ["SQLDumper"]
