"""Runs a notebook, as Jupyter would for these purposes, and compares what its cells show.

A cell shows what it prints, and the value of its last line: as text, and as HTML where it has
`_repr_html_`. Seconds may differ. `rewrite=True` stores what the cells show now.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import linecache
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["run_notebook"]

_SECONDS = re.compile(r"\b\d+\.\d+(?= s\b)")


def run_notebook(path: Path, *, rewrite: bool = False) -> int:
    """Run the cells in their order, and return how many; a difference is an AssertionError."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for count, cell in enumerate(cells, 1):
        outputs = _run("".join(cell["source"]), f"Cell In[{count}]", names, count)
        if not rewrite:
            assert _comparable(outputs) == _comparable(cell["outputs"]), f"{path.name}, {count}"
        elif _comparable(outputs) != _comparable(cell["outputs"]):
            cell["outputs"] = outputs
        cell["execution_count"] = count
    if rewrite:
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
    return len(cells)


def _run(source: str, name: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    body = ast.parse(source, name).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), name, "exec"), names)  # noqa: S102 - running it is the purpose
        if last is not None:
            assert isinstance(last, ast.Expr)
            code = compile(ast.Expression(last.value), name, "eval")
            value = eval(code, names)  # noqa: S307 - the same
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        outputs.append({"name": "stdout", "output_type": "stream", "text": text})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            data = {"text/html": value._repr_html_().splitlines(keepends=True)} | data
        if hasattr(value, "_repr_svg_"):
            data = {"image/svg+xml": value._repr_svg_().splitlines(keepends=True)} | data
        result = {"data": data, "execution_count": count, "metadata": {}}
        outputs.append({**result, "output_type": "execute_result"})
    return outputs


def _comparable(outputs: list[dict[str, Any]]) -> str:
    return _SECONDS.sub("0.0", json.dumps(outputs, indent=1, ensure_ascii=False))
