"""The runner of notebooks notices when a notebook is not true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from notebooks import run_notebook

if TYPE_CHECKING:
    from pathlib import Path


SHOWN = """class Shown:
    def __repr__(self):
        return "<Shown in 0.5 s>"

    def _repr_html_(self):
        return "<b>shown</b>"


value = 2
"""
CELLS = [SHOWN, "print('printed')\nvalue", "Shown()"]


def written(folder: Path, cells: list[str]) -> Path:
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "source": [source], "outputs": [], "execution_count": None}
        for source in cells
    ]
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": []}, *code]}))
    return path


def outputs(path: Path) -> list[Any]:
    return [cell.get("outputs") for cell in json.loads(path.read_text())["cells"][1:]]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = written(tmp_path, CELLS)
    assert run_notebook(path, rewrite=True) == 3
    return path


def test_what_the_cells_show_is_stored(notebook: Path) -> None:
    result = {"execution_count": 2, "metadata": {}, "output_type": "execute_result"}
    shown = {"text/html": ["<b>shown</b>"], "text/plain": ["<Shown in 0.5 s>"]}
    assert outputs(notebook) == [
        [],
        [
            {"name": "stdout", "output_type": "stream", "text": ["printed\n"]},
            {**result, "data": {"text/plain": ["2"]}},
        ],
        [{**result, "data": shown, "execution_count": 3}],
    ]


def test_a_true_notebook_runs(notebook: Path) -> None:
    assert run_notebook(notebook) == 3


def test_seconds_may_differ(notebook: Path) -> None:
    text = notebook.read_text()
    assert ' "<Shown in 0.5 s>"' in text
    notebook.write_text(text.replace(' "<Shown in 0.5 s>"', ' "<Shown in 1.25 s>"'))
    assert run_notebook(notebook) == 3


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("value = 2", "value = 3"),
        ("printed\\n", "other\\n"),
        (' "<b>shown</b>"', ' "<b>other</b>"'),
        ("print(", "len("),
    ],
)
def test_a_false_notebook_fails(notebook: Path, was: str, becomes: str) -> None:
    text = notebook.read_text()
    assert was in text
    notebook.write_text(text.replace(was, becomes))
    with pytest.raises(AssertionError):
        run_notebook(notebook)
