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
        "dataflows.schema_validator.drop",
        "dataflows.ValidationError",
    ],
)
def test_the_packages_are_attributes_that_need_no_import(expression: str) -> None:
    code = f"import dataflows; print({expression}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expression.rpartition(".")[2]


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
