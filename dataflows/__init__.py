"""Stream typed rows and their schema through chains of processors.

The public names are resolved when they are first used (PEP 562), so that importing the package is
instant.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from dataflows import errors as exceptions
    from dataflows.datastream import DataStreamProcessor as DataStreamProcessor
    from dataflows.errors import ValidationError as ValidationError
    from dataflows.flow import Flow as Flow
    from dataflows.on_error import rejects as rejects
    from dataflows.package import PackageWrapper as PackageWrapper
    from dataflows.package import ResourceWrapper as ResourceWrapper
    from dataflows.processor import Hooks as Hooks
    from dataflows.processors.checks.assert_rows import assert_rows as assert_rows
    from dataflows.processors.checks.profile import profile as profile
    from dataflows.processors.dumpers.dump_to_file import dump_to_file as dump_to_file
    from dataflows.processors.dumpers.dump_to_path import dump_to_path as dump_to_path
    from dataflows.processors.dumpers.dump_to_s3 import dump_to_s3 as dump_to_s3
    from dataflows.processors.dumpers.dump_to_sql import dump_to_sql as dump_to_sql
    from dataflows.processors.dumpers.dump_to_zip import dump_to_zip as dump_to_zip
    from dataflows.processors.dumpers.printer import printer as printer
    from dataflows.processors.flow_control.breakpoint_at import breakpoint_at as breakpoint_at
    from dataflows.processors.flow_control.checkpoint import checkpoint as checkpoint
    from dataflows.processors.flow_control.conditional import conditional as conditional
    from dataflows.processors.flow_control.finalizer import finalizer as finalizer
    from dataflows.processors.flow_control.parallelize import parallelize as parallelize
    from dataflows.processors.flow_control.progress import progress as progress
    from dataflows.processors.flow_control.stream import stream as stream
    from dataflows.processors.flow_control.unstream import unstream as unstream
    from dataflows.processors.flow_control.update_stats import update_stats as update_stats
    from dataflows.processors.joins.anti_join import anti_join as anti_join
    from dataflows.processors.joins.append_missing import append_missing as append_missing
    from dataflows.processors.joins.concatenate import concatenate as concatenate
    from dataflows.processors.joins.cross_join import cross_join as cross_join
    from dataflows.processors.joins.diff import diff as diff
    from dataflows.processors.joins.join import join as join
    from dataflows.processors.joins.join_self import join_self as join_self
    from dataflows.processors.joins.join_with_self import join_with_self as join_with_self
    from dataflows.processors.joins.lookup import lookup as lookup
    from dataflows.processors.joins.semi_join import semi_join as semi_join
    from dataflows.processors.joins.sql import sql as sql
    from dataflows.processors.loaders.load import load as load
    from dataflows.processors.loaders.sources import sources as sources
    from dataflows.processors.modifiers.add_computed_field import (
        add_computed_field as add_computed_field,
    )
    from dataflows.processors.modifiers.add_field import add_field as add_field
    from dataflows.processors.modifiers.add_row_number import add_row_number as add_row_number
    from dataflows.processors.modifiers.delete_fields import delete_fields as delete_fields
    from dataflows.processors.modifiers.extract_fields import extract_fields as extract_fields
    from dataflows.processors.modifiers.fill_missing import fill_missing as fill_missing
    from dataflows.processors.modifiers.find_replace import find_replace as find_replace
    from dataflows.processors.modifiers.flatten import flatten as flatten
    from dataflows.processors.modifiers.hash_fields import hash_fields as hash_fields
    from dataflows.processors.modifiers.map_values import map_values as map_values
    from dataflows.processors.modifiers.mask_fields import mask_fields as mask_fields
    from dataflows.processors.modifiers.merge_fields import merge_fields as merge_fields
    from dataflows.processors.modifiers.move_fields import move_fields as move_fields
    from dataflows.processors.modifiers.nest import nest as nest
    from dataflows.processors.modifiers.normalize_text import normalize_text as normalize_text
    from dataflows.processors.modifiers.parse_dates import parse_dates as parse_dates
    from dataflows.processors.modifiers.rename_fields import rename_fields as rename_fields
    from dataflows.processors.modifiers.select_fields import select_fields as select_fields
    from dataflows.processors.modifiers.set_type import set_type as set_type
    from dataflows.processors.modifiers.split_field import split_field as split_field
    from dataflows.processors.modifiers.validate import validate as validate
    from dataflows.processors.packages.add_metadata import add_metadata as add_metadata
    from dataflows.processors.packages.delete_resource import delete_resource as delete_resource
    from dataflows.processors.packages.duplicate import duplicate as duplicate
    from dataflows.processors.packages.set_primary_key import set_primary_key as set_primary_key
    from dataflows.processors.packages.update_package import update_package as update_package
    from dataflows.processors.packages.update_resource import update_resource as update_resource
    from dataflows.processors.packages.update_schema import update_schema as update_schema
    from dataflows.processors.rows.aggregate import aggregate as aggregate
    from dataflows.processors.rows.deduplicate import deduplicate as deduplicate
    from dataflows.processors.rows.explode import explode as explode
    from dataflows.processors.rows.filter_rows import filter_rows as filter_rows
    from dataflows.processors.rows.head import head as head
    from dataflows.processors.rows.pivot import pivot as pivot
    from dataflows.processors.rows.sample_rows import sample_rows as sample_rows
    from dataflows.processors.rows.skip_rows import skip_rows as skip_rows
    from dataflows.processors.rows.sort_rows import sort_rows as sort_rows
    from dataflows.processors.rows.split_rows import split_rows as split_rows
    from dataflows.processors.rows.tail import tail as tail
    from dataflows.processors.rows.unpivot import unpivot as unpivot
    from dataflows.processors.rows.window import window as window
    from dataflows.resource_rows import DataStream as DataStream
    from dataflows.validator import schema_validator as schema_validator


__version__ = "1.0.0.dev0"

_PLACES = {
    "add_computed_field": "dataflows.processors.modifiers.add_computed_field",
    "add_field": "dataflows.processors.modifiers.add_field",
    "add_metadata": "dataflows.processors.packages.add_metadata",
    "add_row_number": "dataflows.processors.modifiers.add_row_number",
    "aggregate": "dataflows.processors.rows.aggregate",
    "anti_join": "dataflows.processors.joins.anti_join",
    "append_missing": "dataflows.processors.joins.append_missing",
    "assert_rows": "dataflows.processors.checks.assert_rows",
    "breakpoint_at": "dataflows.processors.flow_control.breakpoint_at",
    "checkpoint": "dataflows.processors.flow_control.checkpoint",
    "concatenate": "dataflows.processors.joins.concatenate",
    "conditional": "dataflows.processors.flow_control.conditional",
    "cross_join": "dataflows.processors.joins.cross_join",
    "DataStream": "dataflows.resource_rows",
    "DataStreamProcessor": "dataflows.datastream",
    "deduplicate": "dataflows.processors.rows.deduplicate",
    "delete_fields": "dataflows.processors.modifiers.delete_fields",
    "delete_resource": "dataflows.processors.packages.delete_resource",
    "diff": "dataflows.processors.joins.diff",
    "dump_to_file": "dataflows.processors.dumpers.dump_to_file",
    "dump_to_path": "dataflows.processors.dumpers.dump_to_path",
    "dump_to_s3": "dataflows.processors.dumpers.dump_to_s3",
    "dump_to_sql": "dataflows.processors.dumpers.dump_to_sql",
    "dump_to_zip": "dataflows.processors.dumpers.dump_to_zip",
    "duplicate": "dataflows.processors.packages.duplicate",
    "explode": "dataflows.processors.rows.explode",
    "extract_fields": "dataflows.processors.modifiers.extract_fields",
    "fill_missing": "dataflows.processors.modifiers.fill_missing",
    "filter_rows": "dataflows.processors.rows.filter_rows",
    "finalizer": "dataflows.processors.flow_control.finalizer",
    "find_replace": "dataflows.processors.modifiers.find_replace",
    "flatten": "dataflows.processors.modifiers.flatten",
    "Flow": "dataflows.flow",
    "hash_fields": "dataflows.processors.modifiers.hash_fields",
    "head": "dataflows.processors.rows.head",
    "Hooks": "dataflows.processor",
    "join": "dataflows.processors.joins.join",
    "join_self": "dataflows.processors.joins.join_self",
    "join_with_self": "dataflows.processors.joins.join_with_self",
    "load": "dataflows.processors.loaders.load",
    "lookup": "dataflows.processors.joins.lookup",
    "map_values": "dataflows.processors.modifiers.map_values",
    "mask_fields": "dataflows.processors.modifiers.mask_fields",
    "merge_fields": "dataflows.processors.modifiers.merge_fields",
    "move_fields": "dataflows.processors.modifiers.move_fields",
    "nest": "dataflows.processors.modifiers.nest",
    "normalize_text": "dataflows.processors.modifiers.normalize_text",
    "PackageWrapper": "dataflows.package",
    "parallelize": "dataflows.processors.flow_control.parallelize",
    "parse_dates": "dataflows.processors.modifiers.parse_dates",
    "pivot": "dataflows.processors.rows.pivot",
    "printer": "dataflows.processors.dumpers.printer",
    "profile": "dataflows.processors.checks.profile",
    "progress": "dataflows.processors.flow_control.progress",
    "rejects": "dataflows.on_error",
    "rename_fields": "dataflows.processors.modifiers.rename_fields",
    "ResourceWrapper": "dataflows.package",
    "sample_rows": "dataflows.processors.rows.sample_rows",
    "schema_validator": "dataflows.validator",
    "select_fields": "dataflows.processors.modifiers.select_fields",
    "semi_join": "dataflows.processors.joins.semi_join",
    "set_primary_key": "dataflows.processors.packages.set_primary_key",
    "set_type": "dataflows.processors.modifiers.set_type",
    "skip_rows": "dataflows.processors.rows.skip_rows",
    "sort_rows": "dataflows.processors.rows.sort_rows",
    "sources": "dataflows.processors.loaders.sources",
    "split_field": "dataflows.processors.modifiers.split_field",
    "split_rows": "dataflows.processors.rows.split_rows",
    "sql": "dataflows.processors.joins.sql",
    "stream": "dataflows.processors.flow_control.stream",
    "tail": "dataflows.processors.rows.tail",
    "unpivot": "dataflows.processors.rows.unpivot",
    "unstream": "dataflows.processors.flow_control.unstream",
    "update_package": "dataflows.processors.packages.update_package",
    "update_resource": "dataflows.processors.packages.update_resource",
    "update_schema": "dataflows.processors.packages.update_schema",
    "update_stats": "dataflows.processors.flow_control.update_stats",
    "validate": "dataflows.processors.modifiers.validate",
    "ValidationError": "dataflows.errors",
    "window": "dataflows.processors.rows.window",
}
_MODULES = {
    "base": "dataflows.base",
    "exceptions": "dataflows.errors",
    "helpers": "dataflows.helpers",
    "processors": "dataflows.processors",
    "testing": "dataflows.testing",
}

__all__ = ["__version__", "exceptions", *_PLACES]  # noqa: PLE0604 - all are names


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _PLACES:
        value = getattr(_module(_PLACES[name]), name)
    elif name in _MODULES:
        value = _module(_MODULES[name])
    else:
        asking = sys._getframe(1)  # noqa: SLF001 - who asks, see there
        from dataflows.tracebacks import cutting

        with cutting():
            raise _unknown(name, asking)
    globals()[name] = value
    return value


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "dataflows.processors":
            raise
        # Python prefers the folder it is started in to what is installed.
        what = "the source folder of dataflows cannot be imported as it is: "
        fix = "start Python in another folder, or install it here with pip install -e ."
        raise ModuleNotFoundError(f"{what}{fix}", name=error.name) from None


def _unknown(name: str, asking: FrameType) -> AttributeError | ImportError:
    """Return the error for a name that there is not.

    Of an `AttributeError` the statement ``from dataflows import name`` makes an error of its own,
    without our advice; an `ImportError` it lets through.
    """
    what = f"module 'dataflows' has no attribute {name!r}"
    if name.startswith("__") or f"{__name__}.{name}" in sys.modules:
        return AttributeError(what)  # what Python asks for itself, and is content to miss
    from opcode import opmap

    from dataflows.errors import UnknownImportError, UnknownNameError, closest

    close = closest(name, __dir__())
    meant = [] if name.startswith("_") else import_module("dataflows.catalog").known_elsewhere(name)
    if close is not None and (not meant or close in meant):
        meant = [close]
    start = f"did you mean {' or '.join(map(repr, meant))}? " if meant else ""
    fix = f"{start}dataflows.__all__ has the names, `dataflows processors` says what they do."
    if asking.f_code.co_code[asking.f_lasti] == opmap["IMPORT_FROM"]:
        return UnknownImportError(f"cannot import name {name!r} from 'dataflows'", fix=fix)
    return UnknownNameError(what, fix=fix)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
