"""The texts that stand around a new processor: its test, and the files of a plugin.

`my_step` stands for the name of the processor, `my_module` for the module that it is in.
"""

from __future__ import annotations

__all__ = ["PLUGIN_FILES", "TESTS"]

_FIELD_TEST = """
def test_a_misspelt_field_is_refused_before_any_row_moves() -> None:
    with pytest.raises(ProcessorError, match="no field named 'citty'"):
        Flow([{"city": "Rome"}], my_step("citty")).datastream()
"""
_FIELD_IMPORTS = """from __future__ import annotations

import pytest
from dataflows import Flow
from dataflows.errors import ProcessorError

from my_module import my_step

"""
_IMPORTS = """from __future__ import annotations

from dataflows import Flow

from my_module import my_step

"""
_TWICE = """
def test_a_flow_can_run_twice() -> None:
    flow = Flow([{"city": "Rome"}], my_step("city"))
    assert flow.results()[0] == flow.results()[0]
"""

TESTS = {
    "row": f"""{_FIELD_IMPORTS}
def test_texts_are_in_capitals() -> None:
    rows = [{{"city": "Rome"}}, {{"city": None}}]
    assert Flow(rows, my_step("city", suffix="?")).results()[0] == [
        [{{"city": "ROME?"}}, {{"city": None}}]
    ]

{_FIELD_TEST}
{_TWICE}""",
    "rows": f"""{_FIELD_IMPORTS}
def test_the_first_row_of_each_run_stays() -> None:
    rows = [{{"city": name}} for name in ("Rome", "Rome", "Oslo", "Rome")]
    assert Flow(rows, my_step("city")).results()[0] == [
        [{{"city": "Rome"}}, {{"city": "Oslo"}}, {{"city": "Rome"}}]
    ]

{_FIELD_TEST}
{_TWICE}""",
    "package": f"""{_IMPORTS}
def test_package_and_resources_have_titles() -> None:
    package, _ = Flow([{{"city": "Rome"}}], my_step("World")).process()
    assert package.descriptor["title"] == "World"
    assert [one["title"] for one in package.descriptor["resources"]] == ["World: res_1"]


def test_rows_are_untouched() -> None:
    rows = [{{"city": "Rome"}}]
    assert Flow(rows, my_step("World")).results()[0] == [rows]
""",
    "class": f"""{_IMPORTS}
def test_rows_are_numbered() -> None:
    rows, package, stats = Flow([{{"city": "Rome"}}, {{"city": "Oslo"}}], my_step("n")).results()
    assert rows == [[{{"city": "Rome", "n": 1}}, {{"city": "Oslo", "n": 2}}]]
    assert package.resources[0].schema.get_field("n").type == "integer"
    assert stats["numbered"] == 2


def test_a_flow_can_run_twice() -> None:
    flow = Flow([{{"city": "Rome"}}], my_step("n"))
    assert flow.results()[0] == flow.results()[0]
""",
}
"""For each kind of processor its test."""

_PYPROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "dataflows-my-step"
version = "0.1.0"
description = "Adds my_step to dataflows"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["dataflows>=1.0.0.dev0"]

# What dataflows finds: `from dataflows.contrib import my_step`. Besides processors there are the
# groups dataflows.loaders, dataflows.formats and dataflows.schemes.
[project.entry-points."dataflows.processors"]
my_step = "dataflows_my_step.my_step:my_step"

[tool.setuptools]
packages = ["dataflows_my_step"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
"""
_README = """# dataflows-my-step

Adds the processor `my_step` to dataflows.

```sh
pip install -e .
pytest
dataflows processors my_step
```

```python
from dataflows import Flow
from dataflows.contrib import my_step
```
"""
_PACKAGE = '''"""my_step for dataflows."""

from __future__ import annotations

from dataflows_my_step.my_step import my_step

__all__ = ["my_step"]
'''

PLUGIN_FILES = {
    "pyproject.toml": _PYPROJECT,
    "README.md": _README,
    "dataflows_my_step/__init__.py": _PACKAGE,
    "dataflows_my_step/py.typed": "",
}
"""The files of a plugin beside its processor and the test."""
