"""What the code of one function does with the row."""

from __future__ import annotations

import itertools
import linecache
import sys
from typing import TYPE_CHECKING

import pytest

from dataflows.functions.uses import Call, Uses, own_uses

if TYPE_CHECKING:
    from types import FunctionType

_numbers = itertools.count()


def _made(source: str) -> FunctionType:
    """Return the function `f` of a source, as if it stood in a file."""
    filename = f"<sample {next(_numbers)} of uses>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names: dict[str, FunctionType] = {}
    exec(compile(source, filename, "exec", dont_inherit=True), names)  # noqa: S102 - our own text
    return names["f"]


def _body(source: str) -> FunctionType:
    return _made("def f(row, other=None):\n" + "".join(f"    {s}\n" for s in source.split("\n")))


# statements, then what they read, write and delete
PLAIN = [
    ("pass", "", "", ""),
    ('row["a"]', "a", "", ""),
    ('row["a"] = 1', "", "a", ""),
    ('row["a"] = row["b"] = row["c"]', "c", "a b", ""),
    ('row["a"], (row["b"], *row["c"]) = 1, (2, 3)', "", "a b c", ""),
    ('row["a"] += row["b"]', "a b", "a", ""),
    ('row["a"]: int = row["b"]', "b", "a", ""),
    ('row["a"]["b"] = 1', "a", "", ""),
    ('row["a"]["b"] += 1', "a", "", ""),
    ('row["a"].append(row["b"])', "a b", "", ""),
    ('del row["a"]', "a", "a", "a"),
    ('del row["a"]["b"]', "a", "", ""),
    ('del row["a"], row["b"]', "a b", "a b", "a b"),
    ('row.get("a")', "a", "", ""),
    ('row.get("a", row.get("b", 3))', "a b", "", ""),
    ('row.setdefault("a", row["b"])', "a b", "a", ""),
    ('"a" in row', "a", "", ""),
    ('x = "a" not in row and "b" in row', "a b", "", ""),
    ('row["a" "b"]', "ab", "", ""),
    ('row["ß"] = row["ä"]', "ä", "ß", ""),
    ('if row["a"]:\n    row["b"] = 1\nelif row["c"]:\n    row["d"] = 2\nelse:\n    row["e"] = 3',
     "a c", "b d e", ""),
    ('while row["a"]:\n    row["a"] -= 1\nelse:\n    del row["b"]', "a b", "a b", "b"),
    ('for row["i"] in range(row["n"]):\n    row["s"] += row["i"]', "n s i", "i s", ""),
    ('try:\n    row["a"]\nexcept KeyError as e:\n    row["b"] = e', "a", "b", ""),
    ('try:\n    row["a"]\nfinally:\n    row["b"] = 2', "a", "b", ""),
    ('with open(row["a"]) as row["b"]:\n    row["c"] = 1', "a", "b c", ""),
    ('match row["a"]:\n    case {**y} if row["b"]:\n        row["c"] = y', "a b", "c", ""),
    ('assert row["a"], f"{row[\'b\']!r:>{row[\'c\']}}"', "a b c", "", ""),
    ('raise ValueError(row["a"]) from row["b"]', "a b", "", ""),
    ('import os.path as p, sys\nrow["a"] = sys.argv', "", "a", ""),
    ('global g\ng = row["a"]', "a", "", ""),
    ('x = (y := row["a"]) + y', "a", "", ""),
    ("return", "", "", ""),
    ("return None", "", "", ""),
    ('return {"a": row["b"]}', "b", "", ""),
    ('return [dict(a=row["b"]), {**row["c"]}]', "b c", "", ""),
    ('return not row["a"]', "a", "", ""),
    ('yield {"a": row["b"]}\nyield\nx = yield row["c"]\nrow["d"] = x', "b c", "d", ""),
    ('yield from row["a"]', "a", "", ""),
    ('x = [row["a"] for _ in row["b"] if row["c"]]', "a b c", "", ""),
    ('x = {row["a"]: row["b"] for _ in ()}', "a b", "", ""),
    ('x = {y for y in row["a"]}', "a", "", ""),
    ('return (n * row["a"] for n in row["b"])', "a b", "", ""),
    ('x = [[row["a"] for y in x] for x in row["b"]]', "a b", "", ""),
    ('x = [0 for row["a"] in range(3)]', "", "a", ""),
    ("x = sorted([1], key=lambda row: row)", "", "", ""),
    ('x = sorted(row["a"], key=lambda n, m=row["b"]: n + m)', "a b", "", ""),
    ('def g(row, *more):\n    row = 1\n    return row\nrow["a"] = g(2)', "", "a", ""),
    ('def g(*row, **more):\n    return row\nrow["a"] = g(2)', "", "a", ""),
    ('@print\ndef g(n=row["a"]) -> row["b"]:\n    return n', "a b", "", ""),
    ('async def g(n=row["a"]):\n    return n', "a", "", ""),
    ('class C:\n    a = 1\nrow["a"] = C.a', "", "a", ""),
    ('other.row = row["a"]', "a", "", ""),
    ('print(row=1, end=row["a"])', "a", "", ""),
    ('"""row"""\nrow["a"] = "row"', "", "a", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "reads", "writes", "deletes"), PLAIN)
def test_plain_uses_are_read_from_the_code(
    source: str, reads: str, writes: str, deletes: str
) -> None:
    uses = own_uses(_body(source), 0)
    assert uses is not None
    assert (uses.reads, uses.writes, uses.deletes, uses.returns_row) == (
        set(reads.split()),
        set(writes.split()),
        set(deletes.split()),
        False,
    )


ESCAPES = [
    # the row itself goes somewhere
    "row", "x = row", "x = [row]", "print(*row)", "print(**row)", "x = {**row}",
    "x = [*row]", "x, *y = row", 'x = f"{row}"', "x = (y := row)", "other.x = row",
    'row["a"] = row', 'other["x"] = row', "x = row or 1", "x = row if other else 1",
    "yield row", "yield from row", "yield [row]", "return [row]", "return row, 1", "raise row",
    "return {1: row}", "return (row for _ in [1])", "return [row for _ in [1]]",
    "return (yield row)", "return row or other", "return row and other",
    "return 1 if row else 2", "return not row", "return -row", "return row | {}",
    "return lambda: row", "return await_(row=row)",
    "with row:\n    pass", "assert row", "assert other, row", "global g\ng = row",
    # as a whole
    "if row:\n    pass", "while row:\n    pass", "not row", "row == other",
    "row is None", "other in row", "row in other", '"a" in row in other', '"a" in other == row',
    '"a" < row', "for x in row:\n    pass", "x = [y for y in row]", "match row:\n    case _: pass",
    # names that are not constants
    "row[other]", 'row["a" + "b"]', 'row[f"a"]', 'row["a", "b"]', 'row["a":]', "row[1]",
    'row[b"a"]', "row[other] = 1", "row[other] += 1", "del row[other]", "row.get(other)",
    "[row[k] for k in 'ab']", "for k in ('a', 'b'):\n    row[k] = 1", "row[None] = 1", "1 in row",
    # other methods and attributes
    "row.items()", "row.keys()", "row.values()", "row.update(a=1)", 'row.pop("a")', "row.copy()",
    "row.clear()", "row.popitem()", "row.get", "x = row.get", "row.x = 1", "del row.x", "row.get()",
    'row.get("a", 1, 2)', 'row.get(*"a")', 'row.get("a", **other)', 'row.get("a", row)',
    'row.get("a", *row)', 'row.setdefault("a", row)', 'row.__getitem__("a")', 'row.get.x("a")',
    'row.get("a", default=1)', "row()", "row.get(row)", 'map(row.get, ["a"])',
    # the name means something else on the way
    "row = {}", "row = row", "row += 1", "(row := 1)", "del row", "row: dict = {}", "row, x = 1, 2",
    "for row in other:\n    pass", "with other as row:\n    pass", "import row", "import row.x",
    "import x as row", "from x import row", "def row():\n    pass", "class row:\n    pass",
    "try:\n    pass\nexcept KeyError as row:\n    pass", "x = [row['a'] for row in other]",
    "match other:\n    case row: pass", "match other:\n    case [*row]: pass",
    "match other:\n    case {**row}: pass", "match other:\n    case str() as row: pass",
    # other scopes see it
    'lambda: row["a"]', 'x = sorted([1], key=lambda n: row["a"])', "lambda row=row: row",
    "lambda *, x=row: x",
    'def g():\n    return row["a"]', "def g():\n    row = 1", "def g(x=row):\n    pass",
    "def g():\n    nonlocal row\n    row = 1", "def g() -> row:\n    pass",
    "@row\ndef g():\n    pass",
    'async def g():\n    row["a"]', 'class C:\n    x = row["a"]', "class C(row):\n    pass",
    "class C:\n    row = 1", "def g(x: row):\n    pass",
    "def g(*x: row):\n    pass", "def g():\n    global row\n    row = 1",
    "def g():\n    def h():\n        return row", "lambda: [row for _ in ()]",
    # who looks at frames can see it
    "locals()", "vars()", "dir()", "globals()", 'eval("row")', 'exec("row")', "breakpoint()",
    "import sys\nsys._getframe()", "from sys import _getframe as g", "import inspect",
    "from inspect import stack as s", "import pdb as p", "import gc", "x = locals",
    "other.query('a == @row')", "other.eval('@row')", "other.f_locals", "[locals() for _ in [1]]",
    "lambda: eval('1')", "def g():\n    import inspect",
    "try:\n    pass\nexcept KeyError as e:\n    e.__traceback__.tb_frame",
]  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
def test_everything_else_is_an_escape(source: str) -> None:
    assert own_uses(_body(source), 0) is None


@pytest.mark.parametrize(
    "source",
    [
        "row",
        "(row)",
        'row if row["a"] else None',
        'None if row["a"] else row if row["a"] else 1',
        'row["a"] and row',
        'row["a"] or other or row',
    ],
)
def test_a_returned_row_is_told(source: str) -> None:
    plain = Uses({"a"} if "a" in source else set(), returns_row=True)
    for uses in (
        own_uses(_body(f"return {source}"), 0),
        own_uses(_made(f"f = lambda row, other=1: {source}"), 0),
    ):
        assert uses is not None
        assert (uses.reads, uses.writes, uses.returns_row) == (plain.reads, set(), True)


def test_calls_that_get_the_row_are_kept_with_what_becomes_of_their_value() -> None:
    source = """\
        helper(row)
        x = module.sub.helper(row["a"], row, k=row["b"])
        if other: return helper(row, *other)
        yield from helper(row)
        return row["c"] and helper(row)"""
    uses = own_uses(_body("\n".join(line.strip() for line in source.splitlines())), 0)
    assert uses == Uses(
        reads={"a", "b", "c"},
        lines={"a": 3, "b": 3, "c": 6},
        calls=[
            Call(("helper",), 0, 2, is_value=False, is_returned=False),
            Call(("module", "sub", "helper"), 1, 3, is_value=True, is_returned=False),
            Call(("helper",), 0, 4, is_value=False, is_returned=True),
            Call(("helper",), 0, 5, is_value=True, is_returned=False),
            Call(("helper",), 0, 6, is_value=False, is_returned=True),
        ],
        outer_names={"helper", "module"},
    )


@pytest.mark.parametrize(
    "source", ["helper(*other, row)", "other()(row)", "row(row)", "''.join(row)"]
)
def test_a_call_is_an_escape_where_nobody_can_tell_what_gets_the_row(source: str) -> None:
    assert own_uses(_body(source), 0) is None


def test_the_first_line_of_each_field_is_kept() -> None:
    uses = own_uses(_body('x = (\n    row["a"],\n    row["b"])\nrow["a"] = row["c"]'), 0)
    assert uses is not None
    assert uses.lines == {"a": 3, "b": 4, "c": 5}


def test_any_parameter_can_be_the_row() -> None:
    function = _made('def f(p, /, q, *rest, r, **more):\n    p["a"], q["b"], r["c"]')
    assert [own_uses(function, index) for index in range(3)] == [
        Uses({"a"}, lines={"a": 2}),
        Uses({"b"}, lines={"b": 2}),
        Uses({"c"}, lines={"c": 2}),
    ]


def test_a_private_parameter_of_a_method_is_left_alone() -> None:
    source = 'class C:\n    def f(self, __row):\n        __row["a"]\nf = C.f'
    assert own_uses(_made(source), 1) is None


def test_a_private_name_in_a_class_is_not_looked_up() -> None:
    source = (
        "class C:\n    def f(self, row):\n        __g(row)\n        __name__\n        g\nf = C.f"
    )
    uses = own_uses(_made(source), 1)
    assert uses is not None
    assert uses.outer_names == {"__name__", "g"}


def test_names_bound_anywhere_in_the_function_are_its_own() -> None:
    uses = own_uses(_body("[a(row) for a in other]\ndef g():\n    nonlocal other\n    b = c"), 0)
    assert uses is not None
    assert uses.outer_names == {"c"}


@pytest.mark.platform
@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_a_type_parameter_of_the_same_name_is_an_escape() -> None:
    assert own_uses(_body("def g[row](x: row):\n    pass"), 0) is None
    assert own_uses(_body("def g[row](x: 'row'):\n    pass"), 0) is None
    assert own_uses(_body("type row = int"), 0) is None
    assert own_uses(_body("type x = row"), 0) is None
    assert own_uses(_body("def g[T](x: T = row['a']):\n    pass"), 0) == Uses({"a"}, lines={"a": 2})


def test_what_was_read_once_is_kept() -> None:
    function = _body('row["a"]')
    assert own_uses(function, 0) is own_uses(function, 0)


def test_deep_syntax_is_an_escape_not_a_crash() -> None:
    assert own_uses(_made("f = lambda row: " + "-" * 80 + 'row["a"]'), 0) == Uses(
        {"a"}, lines={"a": 1}
    )
    chain = "\n".join(["x = other" + ".a" * 900, 'row["a"]'])
    assert own_uses(_body(chain), 0) in (None, Uses({"a"}, lines={"a": 3}))
