"""The module paths of the engine of 0.5.12: each leads to what is behind it now."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = (
    "datastream",
    "datastream_processor",
    "exceptions",
    "flow",
    "package_wrapper",
    "resource_wrapper",
    "schema_validator",
)


def __getattr__(name: str) -> Any:
    """Import a module when it is first used: ``dataflows.base.exceptions`` needs no import."""
    if name in _MODULES:
        return import_module(f"dataflows.base.{name}")
    what = f"module 'dataflows.base' has no attribute {name!r}"
    raise AttributeError(what)
