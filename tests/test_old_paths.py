"""The module paths of 0.5.12 lead to what is behind them now."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

import dataflows
from dataflows import Flow, PackageWrapper
from dataflows.helpers import datapackage_processor, iterable_loader, row_processor, rows_processor

FORMATS = {
    "CSVFormat": "dataflows.processors.formats.csv_format",
    "ExcelFormat": "dataflows.processors.formats.excel_format",
    "FileFormat": "dataflows.processors.formats.file_format",
    "GeoJSONFormat": "dataflows.processors.formats.geojson_format",
    "JSONFormat": "dataflows.processors.formats.json_format",
}
PATHS = {
    "dataflows.base.exceptions": {
        "DataflowsException": "dataflows.errors",
        "ProcessorError": "dataflows.errors",
        "SourceLoadError": "dataflows.errors",
    },
    "dataflows.base.schema_validator": {
        "ValidationError": "dataflows.errors",
        "clear": "dataflows.on_error",
        "drop": "dataflows.on_error",
        "ignore": "dataflows.on_error",
        "raise_exception": "dataflows.on_error",
        "schema_validator": "dataflows.validator",
    },
    "dataflows.base.resource_wrapper": {"ResourceWrapper": "dataflows.package"},
    "dataflows.base.package_wrapper": {"PackageWrapper": "dataflows.package"},
    "dataflows.base.flow": {"Flow": "dataflows.flow"},
    "dataflows.base.datastream": {"DataStream": "dataflows.flow"},
    "dataflows.base.datastream_processor": {"DataStreamProcessor": "dataflows.datastream"},
    "dataflows.helpers.resource_matcher": {"ResourceMatcher": "dataflows.selectors"},
    "dataflows.helpers": {
        "ResourceMatcher": "dataflows.selectors",
        "iterable_loader": "dataflows.iterables",
        "row_processor": "dataflows.links",
        "rows_processor": "dataflows.links",
    },
    "dataflows.processors.load": {"load": "dataflows.processors.loaders.load"},
    "dataflows.processors.dumpers.formats": FORMATS,
    "dataflows.processors.dumpers.file_formats": FORMATS,
    "dataflows.processors.add_computed_field": {
        "add_computed_field": "dataflows.processors.modifiers.add_computed_field",
    },
}


@pytest.mark.parametrize(
    ("path", "name", "now"),
    [(path, name, now) for path, names in PATHS.items() for name, now in names.items()],
)
def test_an_old_path_gives_the_same_object(path: str, name: str, now: str) -> None:
    assert getattr(import_module(path), name) is getattr(import_module(now), name)


@pytest.mark.parametrize(
    "expression",
    [
        "dataflows.base.exceptions.ProcessorError",
        "dataflows.base.schema_validator.ignore",
        "dataflows.base.flow.Flow",
        "dataflows.exceptions.ProcessorError",
        "dataflows.helpers.ResourceMatcher",
        "dataflows.processors.load",
        "dataflows.processors.set_type",
        "dataflows.schema_validator.drop",
        "dataflows.ValidationError",
    ],
)
def test_the_packages_are_attributes_that_need_no_import(expression: str) -> None:
    code = f"import dataflows; print({expression}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expression.rpartition(".")[2]


@pytest.mark.parametrize("name", ["load", "add_computed_field"])
def test_the_attribute_is_the_processor_though_a_module_has_its_name(name: str) -> None:
    code = f"""
import dataflows.processors.{name}
from dataflows.processors import {name}
from dataflows.processors.{name} import {name} as same
print({name} is same is dataflows.{name} is dataflows.processors.{name})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_folders_of_the_processors_stay_modules() -> None:
    code = "import dataflows.processors.loaders.load as one; print(one.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "dataflows.processors.loaders.load"


@pytest.mark.parametrize("name", ["nothing", "Flow", "_private"])
def test_what_is_no_processor_is_no_attribute_of_their_package(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(dataflows.processors, name)
    assert str(caught.value) == f"module 'dataflows.processors' has no attribute {name!r}"


def test_the_new_fields_of_a_computation_can_be_asked_for() -> None:
    module = import_module("dataflows.processors.add_computed_field")
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}]
    resource = {"name": "r", "schema": {"fields": fields}}
    target = {"name": "c", "type": "string", "title": "C"}
    made = module.get_new_fields(
        resource,
        [
            {"target": target},
            {"target": "d", "operation": "sum", "source": ["a", "b"]},
            {"target": "e", "operation": "join", "source": ["c", "d"], "with": " "},
        ],
    )
    assert made == [target, {"name": "d", "type": "number"}, {"name": "e", "type": "string"}]
    assert made[0] is not target
    assert len(fields) == 2
    assert module.get_new_fields({"name": "r"}, []) == []


def test_the_aggregators_compute() -> None:
    aggregators = import_module("dataflows.processors.add_computed_field").AGGREGATORS
    found = {name: function([1, 2, 6]) for name, function in aggregators.items()}
    assert found == {"sum": 9, "avg": 3, "max": 6, "min": 1, "multiply": 12}


def test_a_name_that_was_never_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError) as caught:
        dataflows.base.nothing  # noqa: B018 - what is tested
    assert str(caught.value) == "module 'dataflows.base' has no attribute 'nothing'"


def test_the_helpers_make_processors() -> None:
    def package(package: PackageWrapper) -> Any:
        yield package.pkg
        yield from package

    flow = Flow(
        iterable_loader([{"a": 1}], name="mine"),
        row_processor(lambda row: {"a": row["a"] + 1}),
        rows_processor(lambda rows: (row for row in rows)),
        datapackage_processor(package),
    )
    rows, made, _ = flow.results()
    assert (rows, made.resource_names) == ([[{"a": 2}]], ["mine"])
