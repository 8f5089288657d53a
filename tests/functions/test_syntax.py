"""The syntax of a function is found, and proven to be what it was compiled from."""

from __future__ import annotations

import ast
import doctest
import functools
import linecache
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.functions.syntax import function_syntax

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FunctionType


def _imported(path: Path, source: str) -> dict[str, Any]:
    """Write a source to a file and return the names that it defines."""
    path.write_text(source, encoding="utf-8")
    names: dict[str, Any] = {"__name__": "sample"}
    exec(compile(source, str(path), "exec", dont_inherit=True), names)  # noqa: S102 - our own text
    return names


def _text(function: FunctionType) -> str | None:
    node = function_syntax(function)
    return None if node is None else ast.unparse(node)


def test_lambdas_on_one_line_are_told_apart() -> None:
    first, second, third = lambda row: row["a"], lambda row: row["b"], lambda row: row["a"]
    nodes = [function_syntax(function) for function in (first, second, third)]
    assert [node and ast.unparse(node) for node in nodes] == [
        "lambda row: row['a']",
        "lambda row: row['b']",
        "lambda row: row['a']",
    ]
    columns = [node.col_offset for node in nodes if node is not None]
    assert columns == sorted(set(columns))


def test_lambdas_inside_lambdas_are_told_apart() -> None:
    outer = lambda row: lambda row: [lambda row: row["x"], row["y"]]  # noqa: E731 - what is tested
    middle = outer({})
    inner = middle({"y": 1})[0]
    assert [_text(function) for function in (outer, middle, inner)] == [
        "lambda row: lambda row: [lambda row: row['x'], row['y']]",
        "lambda row: [lambda row: row['x'], row['y']]",
        "lambda row: row['x']",
    ]


def test_a_lambda_that_the_compiler_leaves_out_is_not_taken_for_the_one_around_it(
    tmp_path: Path,
) -> None:
    source = 'f, g = lambda row: (lambda row: 1) if 0 else row["a"], lambda: 1\n'
    outer = _imported(tmp_path / "a.py", source)["f"]
    assert _text(outer) == "lambda row: (lambda row: 1) if 0 else row['a']"


def test_text_beyond_ascii_and_long_lambdas_are_found() -> None:
    functions = ["äöü" and (lambda row: row["ß"]), lambda row: (
        row["ä"] if row["ö"]
        else row["ü"]
    )]  # fmt: skip
    assert [_text(function) for function in functions] == [
        "lambda row: row['ß']",
        "lambda row: row['ä'] if row['ö'] else row['ü']",
    ]


def test_lambdas_that_leave_no_trace_of_their_place_are_given_up(tmp_path: Path) -> None:
    names = _imported(
        tmp_path / "a.py", "f = lambda row: None\ng, h = lambda row: 1, lambda row: 1\n"
    )
    assert _text(names["f"]) == "lambda row: None"
    assert _text(names["g"]) in {None, "lambda row: 1"}


def test_a_decorated_function_is_found_when_the_decorator_returns_it() -> None:
    def register(function: FunctionType) -> FunctionType:
        return function

    @register
    @register
    def total(row: dict[str, int]) -> None:
        row["total"] = 1

    node = function_syntax(total)
    assert isinstance(node, ast.FunctionDef)
    assert (node.name, len(node.decorator_list)) == ("total", 2)


def test_a_wrapper_is_itself_and_not_what_it_wraps() -> None:
    def total(row: dict[str, int]) -> None:
        row["total"] = 1

    @functools.wraps(total)
    def wrapper(row: dict[str, int]) -> None:
        total(row)

    node = function_syntax(wrapper)
    assert isinstance(node, ast.FunctionDef)
    assert node.name == "wrapper"


def test_methods_closures_and_generators_are_found() -> None:
    class Cleaner:
        def clean(self, row: dict[str, int]) -> None:
            row["a"] = 1

    def made(factor: int) -> Callable[..., object]:
        def scale(row: dict[str, int]) -> object:
            yield {"a": row["a"] * factor}

        return scale

    found = [function_syntax(each) for each in (Cleaner.clean, made(2))]  # type: ignore[arg-type]  # a method and a lambda do as well
    assert [node and ast.unparse(node.body[0]) for node in found] == [
        "row['a'] = 1",
        "yield {'a': row['a'] * factor}",
    ]


def test_coroutines_are_not_looked_at() -> None:
    async def f(row: dict[str, int]) -> None:
        row["a"] = 1

    async def g(row: dict[str, int]) -> object:
        yield row["a"]

    assert function_syntax(f) is None
    assert function_syntax(g) is None


# The first ones keep every place in the file: only the code can tell.
EDITS = {
    "another operator": ("+= 1.0", "-= 1.0"),
    "another variable": ("x = lambda", "y = lambda"),
    "another attribute": ("row.get", "row.pop"),
    "another constant": ('"a"', '"b"'),
    "an equal constant of another type": ("1.0", "0x1"),
    "an equal set of other types": ("{1, 0x2}", "{1, 2.0}"),
    "an inner function": ("row: 2", "row: 3"),
    "another name": ("def f", "def g"),
    "another place": ("def f", "\ndef f"),
    "another width": ("+= 1.0", "+=  1.0"),
    "another parameter": ("def f(row)", "def f(row, *rest)"),
    "async": ("def f", "async def f"),
    "broken": ("def f", "def def f"),
    "not text": ("def f", "def f\0"),
}
SOURCE = """\
def f(row):
    row["a"] += 1.0
    x = lambda row: 2
    return row.get(3) in {1, 0x2}
"""


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_file_is_not_taken_for_the_source(edit: str, tmp_path: Path) -> None:
    path = tmp_path / "flow.py"
    function = _imported(path, SOURCE)["f"]
    assert isinstance(function_syntax(function), ast.FunctionDef)
    old, new = EDITS[edit]
    edited = SOURCE.replace(old, new)
    assert edited != SOURCE
    path.write_text(edited, encoding="utf-8")
    assert function_syntax(function) is None
    path.write_text(SOURCE + "# a line below\n", encoding="utf-8")
    assert isinstance(function_syntax(function), ast.FunctionDef)


def test_a_source_that_cannot_be_had_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    gone = _imported(path, "def f(row): pass")["f"]
    path.unlink()
    binary = _imported(tmp_path / "binary.py", "def f(row): pass")["f"]
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00def f(row): pass")
    names: dict[str, Any] = {}
    exec("def f(row): pass", names)  # noqa: S102 - what is tested
    for function in (gone, binary, names["f"]):
        assert function_syntax(function) is None


def test_very_deep_source_gives_none() -> None:
    source = "def f(row): pass\n"
    deep = source + "x = " + "(" * 5000 + ")" * 5000
    names: dict[str, Any] = {}
    exec(compile(source, "<deep>", "exec"), names)  # noqa: S102 - our own text
    linecache.cache["<deep>"] = (len(deep), None, deep.splitlines(keepends=True), "<deep>")
    assert function_syntax(names["f"]) is None


def test_what_the_compiler_warned_of_once_is_not_warned_of_again(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = _imported(tmp_path / "a.py", 'def f(row):\n    row["\\d"]\n')["f"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(function_syntax(function), ast.FunctionDef)


def test_functions_of_doctests_are_found() -> None:
    found: list[str | None] = []
    source = '>>> def f(row):\n...     row["a"] = 1\n>>> found.append(text(f))\n'
    example = doctest.DocTestParser().get_doctest(
        source, {"found": found, "text": _text}, "sample", None, None
    )
    assert doctest.DocTestRunner().run(example).failed == 0
    assert found == ["def f(row):\n    row['a'] = 1"]


def test_functions_under_a_future_import_of_their_session_are_found() -> None:
    source = "def f(row):\n    def g(x: row): pass\n    return row\n"
    names: dict[str, Any] = {}
    flags = __import__("__future__").annotations.compiler_flag
    exec(compile(source, "<cell>", "exec", flags), names)  # noqa: S102 - our own text
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    assert isinstance(function_syntax(names["f"]), ast.FunctionDef)


@pytest.mark.parametrize(
    "option", [[], ["-O"], ["-OO"], ["-X", "no_debug_ranges"], ["-W", "error"]]
)
def test_functions_of_a_script_are_found(option: list[str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import ast\n"
        "from dataflows.functions.syntax import function_syntax\n"
        "def f(row):\n    'doc'\n    assert row['a']\n    row['b'] = 1\n"
        "g = lambda row: row['c']\n"
        "print(*(ast.unparse(function_syntax(each).args) for each in (f, g)))\n",
        encoding="utf-8",
    )
    command = [sys.executable, *option, script.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("row row\n", "")


def test_an_unusual_constant_is_compared_exactly(tmp_path: Path) -> None:
    source = "f = lambda row: (-0.0, 1e400, 1j, ..., b'x', (1, (True, None)), {*'ab'} & {1, 1.5})\n"
    assert isinstance(function_syntax(_imported(tmp_path / "a.py", source)["f"]), ast.Lambda)
