"""Stream typed rows and their schema through chains of processors.

The public names are resolved when they are first used (PEP 562), so that importing the package is
instant.
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
    from dataflows.on_error import rejects as rejects
    from dataflows.package import PackageWrapper as PackageWrapper
    from dataflows.package import ResourceWrapper as ResourceWrapper
    from dataflows.processor import Hooks as Hooks
    from dataflows.processors.dumpers.dump_to_path import dump_to_path as dump_to_path
    from dataflows.processors.dumpers.printer import printer as printer
    from dataflows.processors.loaders.load import load as load
    from dataflows.processors.loaders.sources import sources as sources
    from dataflows.processors.modifiers.add_computed_field import (
        add_computed_field as add_computed_field,
    )
    from dataflows.processors.modifiers.add_field import add_field as add_field
    from dataflows.processors.modifiers.delete_fields import delete_fields as delete_fields
    from dataflows.processors.modifiers.find_replace import find_replace as find_replace
    from dataflows.processors.modifiers.rename_fields import rename_fields as rename_fields
    from dataflows.processors.modifiers.select_fields import select_fields as select_fields
    from dataflows.processors.modifiers.set_type import set_type as set_type
    from dataflows.processors.modifiers.validate import validate as validate
    from dataflows.processors.packages.add_metadata import add_metadata as add_metadata
    from dataflows.processors.packages.set_primary_key import set_primary_key as set_primary_key
    from dataflows.processors.packages.update_package import update_package as update_package
    from dataflows.processors.packages.update_resource import update_resource as update_resource
    from dataflows.processors.packages.update_schema import update_schema as update_schema
    from dataflows.processors.rows.filter_rows import filter_rows as filter_rows
    from dataflows.validator import schema_validator as schema_validator

__version__ = "1.0.0.dev0"

_PLACES = {
    "add_computed_field": "dataflows.processors.modifiers.add_computed_field",
    "add_field": "dataflows.processors.modifiers.add_field",
    "add_metadata": "dataflows.processors.packages.add_metadata",
    "DataStream": "dataflows.flow",
    "DataStreamProcessor": "dataflows.datastream",
    "delete_fields": "dataflows.processors.modifiers.delete_fields",
    "dump_to_path": "dataflows.processors.dumpers.dump_to_path",
    "filter_rows": "dataflows.processors.rows.filter_rows",
    "find_replace": "dataflows.processors.modifiers.find_replace",
    "Flow": "dataflows.flow",
    "Hooks": "dataflows.processor",
    "load": "dataflows.processors.loaders.load",
    "PackageWrapper": "dataflows.package",
    "printer": "dataflows.processors.dumpers.printer",
    "rejects": "dataflows.on_error",
    "rename_fields": "dataflows.processors.modifiers.rename_fields",
    "ResourceWrapper": "dataflows.package",
    "schema_validator": "dataflows.validator",
    "select_fields": "dataflows.processors.modifiers.select_fields",
    "set_primary_key": "dataflows.processors.packages.set_primary_key",
    "set_type": "dataflows.processors.modifiers.set_type",
    "sources": "dataflows.processors.loaders.sources",
    "update_package": "dataflows.processors.packages.update_package",
    "update_resource": "dataflows.processors.packages.update_resource",
    "update_schema": "dataflows.processors.packages.update_schema",
    "validate": "dataflows.processors.modifiers.validate",
    "ValidationError": "dataflows.errors",
}
_MODULES = {
    "base": "dataflows.base",
    "exceptions": "dataflows.errors",
    "helpers": "dataflows.helpers",
    "processors": "dataflows.processors",
}

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
