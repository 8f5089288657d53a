"""What a user's function reads and writes, from its code; and how messages call it."""

from __future__ import annotations

from dataflows.functions.raised import raised_in
from dataflows.functions.usage import Usage, describe_function, field_usage, parameters

__all__ = ["Usage", "describe_function", "field_usage", "parameters", "raised_in"]
