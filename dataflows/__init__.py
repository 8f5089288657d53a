"""Stream typed rows and their schema through chains of processors.

The public names are resolved when they are first used (PEP 562), so that importing the package is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflows import errors as exceptions
    from dataflows.datastream import DataStreamProcessor as DataStreamProcessor
    from dataflows.errors import ValidationError as ValidationError
    from dataflows.flow import DataStream as DataStream
    from dataflows.flow import Flow as Flow
    from dataflows.package import PackageWrapper as PackageWrapper
    from dataflows.package import ResourceWrapper as ResourceWrapper
    from dataflows.processor import Hooks as Hooks
    from dataflows.on_error import rejects as rejects

__version__ = "1.0.0.dev0"

_PLACES = {
    "DataStream": "dataflows.flow",
    "DataStreamProcessor": "dataflows.datastream",
    "Flow": "dataflows.flow",
    "Hooks": "dataflows.processor",
    "PackageWrapper": "dataflows.package",
    "ResourceWrapper": "dataflows.package",
    "ValidationError": "dataflows.errors",
    "rejects": "dataflows.on_error",
}
_MODULES = {"exceptions": "dataflows.errors", "processors": "dataflows.processors"}

__all__ = ["__version__", "exceptions", *_PLACES]  # noqa: PLE0604 - all are names


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _PLACES:
        value = getattr(import_module(_PLACES[name]), name)
    elif name in _MODULES:
        value = import_module(_MODULES[name])
    else:
        what = f"module 'dataflows' has no attribute {name!r}"
        raise AttributeError(what)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
