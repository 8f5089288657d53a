from __future__ import annotations

import importlib.util
import json.decoder
import pickletools
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest

from dataflows.flow import Flow
from dataflows.processors.flow_control.parallelize import parallelize
from dataflows.processors.flow_control.shipped_function import shipped

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
NUMBER = 5

def helper(value):
    return value + NUMBER

def function(row):
    row["a"] = helper(row["a"])
"""


def names_in(packed: bytes) -> set[Any]:
    return {argument for _, argument, _ in pickletools.genops(packed)}


def test_a_function_of_an_importable_module_goes_by_its_name() -> None:
    assert {"json.decoder", "JSONDecoder"} <= names_in(shipped(json.decoder.JSONDecoder))


@pytest.mark.parametrize("name", ["loaded_by_path", "package_of_none.loaded_by_path", "json"])
def test_a_function_of_a_file_that_no_import_finds_goes_with_its_code(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "loaded.py"
    path.write_text(CODE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    packed = shipped(module.function)
    monkeypatch.undo()
    row = {"a": 1}
    cloudpickle.loads(packed)(row)
    assert row == {"a": 6}
    assert cloudpickle.list_registry_pickle_by_value() == set()


def test_it_runs_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "found_by_path.py").write_text(CODE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("found_by_path")
    assert "found_by_path" in names_in(shipped(module.function))
    assert Flow([{"a": 1}], parallelize(module.function, 1)).results()[0] == [[{"a": 6}]]
    monkeypatch.delitem(sys.modules, "found_by_path")
