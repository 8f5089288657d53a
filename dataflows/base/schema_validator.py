"""The schema validator and its policies, under the path that they have in 0.5.12."""

from __future__ import annotations

from dataflows.errors import ValidationError
from dataflows.on_error import clear, drop, ignore, raise_exception
from dataflows.validator import schema_validator

__all__ = ["ValidationError", "clear", "drop", "ignore", "raise_exception", "schema_validator"]
