"""What user functions use, how they are called, how messages name them."""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import math
import operator
import re
import sys
from collections import Counter
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dataflows.functions import Usage, describe_function, field_usage, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

_numbers = itertools.count()


def _names(source: str, **more: object) -> dict[str, Any]:
    """Return what a source defines, as if it stood in a file; `more` are its globals."""
    filename = f"<sample {next(_numbers)} of functions>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names: dict[str, Any] = {**more}
    exec(compile(source, filename, "exec", dont_inherit=True), names)  # noqa: S102 - our own text
    return names


def _usage(source: str, **more: object) -> Usage | None:
    return field_usage(_names(source, **more)["f"])


def _plain(reads: str = "", writes: str = "", deletes: str = "", **more: Any) -> Usage:
    """Return a usage without its lines."""
    sets = (frozenset(names.split()) for names in (reads, writes, deletes))
    return Usage(*sets, lines={}, **more)


def _without_lines(usage: Usage | None) -> Usage | None:
    return usage and Usage(usage.reads, usage.writes, usage.deletes, {}, usage.returns_row)


def test_the_usage_of_a_function_is_told_with_its_lines() -> None:
    source = 'def f(row):\n    row["total"] = row["amount"] * row["qty"]\n    del row["qty"]\n'
    assert _usage(source) == Usage(
        reads=frozenset({"amount", "qty"}),
        writes=frozenset({"qty", "total"}),
        deletes=frozenset({"qty"}),
        lines={"total": 2, "amount": 2, "qty": 2},
        returns_row=False,
    )


def test_functions_in_a_real_file_are_understood() -> None:
    limit = 2

    def total(row: dict[str, Any]) -> dict[str, Any]:
        """Add the total."""
        if row["qty"] > limit:
            row["total"] = row["amount"] * row["qty"]
        return row

    assert _without_lines(field_usage(total)) == _plain("qty amount", "total", returns_row=True)
    assert _without_lines(field_usage(lambda r: r["qty"] > limit)) == _plain("qty")
    assert field_usage(lambda r: sorted(r)) is None  # noqa: PLW0108 - what is tested


def test_usages_can_be_compared_and_kept_in_sets() -> None:
    assert len({_usage('f = lambda row: row["a"]'), _usage('f = lambda row: row["a"]')}) == 1


@pytest.mark.parametrize(
    "call",
    ["print(row)", "len(row)", "bool(row)", "dict(row)", "sorted(row)", "isinstance(row, dict)"],
)
def test_builtins_that_get_the_row_make_it_escape(call: str) -> None:
    assert _usage(f"def f(row):\n    {call}") is None
    assert _usage(f"def f(row):\n    return {call}") is None


# which parameter


class Cleaner:
    """Callables of every kind, as a user may put them into a flow."""

    def __init__(self, strip: str = " ") -> None:
        self.strip = strip

    def clean(self, row: dict[str, Any]) -> None:
        row["city"] = row["city"].strip(self.strip)

    def __call__(self, row: dict[str, Any]) -> None:
        row["name"] = row["name"].strip(self.strip)

    @classmethod
    def of_class(cls, row: dict[str, Any]) -> None:
        row["class"] = cls.__name__

    @staticmethod
    def of_nothing(row: dict[str, Any]) -> None:
        row["nothing"] = 0

    def keep(self, row: dict[str, Any]) -> None:
        self.last = row

    def look(self, row: dict[str, Any]) -> object:
        return self.clean(row)


class Heir(Cleaner):
    """Inherits its ``__call__``."""


class Static:
    """Has a ``__call__`` that gets no self."""

    @staticmethod
    def __call__(row: dict[str, Any]) -> object:
        return row["a"]


class Odd:
    """Has a ``__call__`` that is not a function."""

    __call__ = functools.partial(lambda row: row["a"])


def _two(rate: float, row: dict[str, Any], *, more: dict[str, Any] | None = None) -> None:
    row["amount"] *= rate + (more or {})["rate"]


@pytest.mark.parametrize(
    ("function", "parameter", "expected"),
    [
        (Cleaner().clean, 0, _plain("city", "city")),
        (Cleaner().clean, "row", _plain("city", "city")),
        (Cleaner().clean, "self", None),
        (Cleaner().clean, 1, None),
        (Cleaner.clean, 1, _plain("city", "city")),
        (Cleaner(), 0, _plain("name", "name")),
        (Heir(), 0, _plain("name", "name")),
        (Cleaner.of_class, 0, _plain("", "class")),
        (Cleaner.of_nothing, 0, _plain("", "nothing")),
        (Cleaner().keep, 0, None),
        (Cleaner().look, 0, None),
        (Cleaner, 0, None),
        (Static(), 0, None),
        (Odd(), 0, None),
        (_two, 1, _plain("amount", "amount")),
        (_two, "row", _plain("amount", "amount")),
        (_two, "more", None),
        (_two, 0, None),
        (_two, 2, None),
        (_two, -1, None),
        (_two, "nothing", None),
        (functools.partial(_two, 2), 0, _plain("amount", "amount")),
        (functools.partial(_two, 2), "row", _plain("amount", "amount")),
        (functools.partial(_two, 2), "rate", None),
        (functools.partial(_two, 2), 1, None),
        (functools.partial(_two, 2, {}), 0, None),
        (functools.partial(_two, rate=2), 1, _plain("amount", "amount")),
        (functools.partial(lambda row, other: other["a"], {}), "row", None),
        (functools.partial(_two, row={}), 1, None),
        (functools.partial(_two, row={}), "row", None),
        (functools.partial(functools.partial(_two), 2), 0, _plain("amount", "amount")),
        (functools.partial(Cleaner()), 0, _plain("name", "name")),
        (functools.partial(Cleaner.clean, Cleaner()), 0, _plain("city", "city")),
        (functools.partial(Cleaner().clean), 0, _plain("city", "city")),
        (MethodType(functools.partial(_two), 2), 0, _plain("amount", "amount")),
        (functools.lru_cache(_two), 1, None),
        (len, 0, None),
        (operator.itemgetter("a"), 0, None),
        (str.upper, 0, None),
        (dict, 0, None),
        (None, 0, None),
        (3, 0, None),
    ],
)
def test_the_row_is_found_behind_any_callable(
    function: Any, parameter: str | int, expected: Usage | None
) -> None:
    assert _without_lines(field_usage(function, parameter)) == expected


def test_a_parameter_by_keyword_only_is_found_by_name() -> None:
    function = _names('def f(*, row): return row["a"]')["f"]
    assert _without_lines(field_usage(function, "row")) == _plain("a")
    assert field_usage(function, 0) is None
    assert field_usage(_names('def f(*row): return row["a"]')["f"]) is None
    assert field_usage(_names('def f(**row): return row["a"]')["f"], "row") is None


# helpers


HELPERS = """\
def reader(row): return row["r"]
def writer(row, value=1): row["w"] = value
def second(value, row): row["s"] = value
def same(row): return row
def maybe(row): return row if row["m"] else None
def keeper(row): kept.append(row)
def lazy(row):
    yield row["l"]
def lazy_same(row):
    yield row["l"]
    return row
def deeper(row): return reader(row) + 1
def itself(row):
    row["i"] -= 1
    if row["i"]: itself(row)
def returns_itself(row): return returns_itself(row) if row["i"] else 1
def dropper(row): del row["d"]
def ping(row):
    row["p"]
    pong(row)
def pong(row):
    row["q"]
    ping(row)
def starred(*row): pass
async def later(row): row["a"]
spied = locals
def spy(row):
    row["a"]
    spied()
kept = []
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("reader(row)", _plain("r")),
        ('row["a"] = reader(row)', _plain("r", "a")),
        ("writer(row, 3)", _plain("", "w")),
        ('writer(row, value=row["a"])', _plain("a", "w")),
        ("second(1, row)", _plain("", "s")),
        ('second(row["a"], row)', _plain("a", "s")),
        ("second(row, row)", None),  # one of them is stored
        ("reader(row); writer(row)", _plain("r", "w")),
        ("x = reader(row) + reader(row)", _plain("r")),
        ("x = [reader(row) for _ in range(3)]", _plain("r")),
        ("x = [reader(row) for reader in [len]]", None),
        ("deeper(row)", _plain("r")),
        ("same(row)", _plain()),
        ("return same(row)", _plain(returns_row=True)),
        ("x = same(row)", None),
        ("same(row)['a']", None),
        ("return same(row)['a']", None),
        ("return same(row), 1", None),
        ("return maybe(row)", _plain("m", returns_row=True)),
        ("x = maybe(row)", None),
        ("keeper(row)", None),
        ("list(lazy(row))", _plain("l")),
        ("yield from lazy(row)", _plain("l")),
        ("x = yield from lazy_same(row)", None),
        ("itself(row)", _plain("i", "i")),
        ("x = returns_itself(row)", None),
        ("dropper(row)", _plain("d", "d", "d")),
        ("ping(row)", _plain("p q")),
        ("f(row)", _plain()),
        ("return f(row)", _plain(returns_row=True)),
        ("x = f(row)", None),
        ("starred(row)", None),
        ("later(row)", None),
        ("spy(row)", None),
        ("spied()", None),
        ("nothing_of_that_name(row)", None),
        ("reader = 1; reader(row)", None),
        ("reader(row); lambda: (reader := 1)", None),
        ("import math as reader; reader(row)", None),
        ("for reader in []: reader(row)", None),
        ("kept(row)", None),
        ("kept.append(row)", None),
        ("module.reader(row)", _plain("r")),
        ("module.inner.reader(row)", _plain("r")),
        ("space.reader(row)", None),
        ("module.nothing(row)", None),
        ("module.math.floor(row)", None),
        ("partial(row)", _plain("", "s")),
        ("cleaner(row)", _plain("name", "name")),
        ("cleaner.clean(row)", None),
        ("inspector.stack()", None),
        ("stack()", None),
    ],
)
def test_helpers_that_get_the_row_are_followed(body: str, expected: Usage | None) -> None:
    module = ModuleType("module")
    module.inner = module  # type: ignore[attr-defined]  # a module takes any attribute
    module.math = math  # type: ignore[attr-defined]  # a module takes any attribute
    vars(module).update(_names(HELPERS))
    more = {
        "module": module,
        "space": SimpleNamespace(reader=module.reader),
        "partial": functools.partial(module.second, 1),
        "cleaner": Cleaner(),
        "inspector": inspect,
        "stack": inspect.stack,
    }
    usage = _usage(f"{HELPERS}def f(row):\n    {body}\n", **more)
    assert _without_lines(usage) == expected


def test_a_line_inside_a_helper_of_another_file_is_that_of_the_call() -> None:
    helper = _names('\n\n\ndef helper(row): row["a"]')["helper"]
    assert _usage("def f(row):\n    helper(row)", helper=helper) == Usage(
        frozenset("a"), frozenset(), frozenset(), {"a": 2}
    )
    assert _usage('def f(row):\n    g(row)\n\ndef g(row):\n    row["a"]') == Usage(
        frozenset("a"), frozenset(), frozenset(), {"a": 5}
    )


def test_closures_of_one_code_have_their_own_helpers() -> None:
    source = """
def made(helper):
    def f(row):
        helper(row)
    return f
def one(row): row["a"]
def two(row): row["b"] = 1
a, b, c, d = map(made, [one, two, print, lambda row: later(row)])
e = made(made(one))
def unbound():
    def f(row): late(row)
    yield f
    late = one
    yield f
unbound = unbound()
f = next(unbound)
"""
    names = _names(source)
    assert [_without_lines(field_usage(names[name])) for name in "abcdef"] == [
        _plain("a"),
        _plain("", "b"),
        None,
        None,
        _plain("a"),
        None,
    ]
    next(names["unbound"])
    names["later"] = names["one"]
    assert [_without_lines(field_usage(names[name])) for name in "df"] == [_plain("a"), _plain("a")]


def test_a_wrapper_counts_by_its_own_code() -> None:
    source = """
import functools
def logged(function):
    @functools.wraps(function)
    def wrapper(row):
        row["log"] = 1
        return function(row)
    return wrapper
def general(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
@logged
def one(row): return row["a"]
@general
def two(row): return row["a"]
"""
    names = _names(source)
    assert _without_lines(field_usage(names["one"])) == _plain("a", "log")
    assert field_usage(names["two"]) is None


@pytest.mark.parametrize(("count", "expected"), [(8, _plain("a")), (9, None)])
def test_helpers_of_helpers_are_followed_to_some_depth(count: int, expected: Usage | None) -> None:
    chain = "".join(f"def g{n}(row): g{n + 1}(row)\n" for n in range(1, count))
    source = f'{chain}def g{count}(row): row["a"]\ndef f(row): g1(row)\n'
    assert _without_lines(_usage(source)) == expected


# the promise: a function cannot tell a row of the fields it uses from the whole row


class _Watched(dict[str, Any]):
    """A row that notes every key that is touched, and "*" for anything else done with it."""

    def __init__(self, row: dict[str, Any]) -> None:
        super().__init__(row)
        self.touched: dict[str, set[Any]] = {"read": set(), "written": set(), "deleted": set()}

    def __getitem__(self, key: str) -> Any:
        self.touched["read"].add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.touched["read"].add(key)
        return super().__contains__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.touched["written"].add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.touched["deleted"].add(key)
        super().__delitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.touched["read"].add(key)
        return super().get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self.touched["read"].add(key)
        self.touched["written"].add(key)
        return super().setdefault(key, default)


def _whole(name: str) -> Callable[..., Any]:
    def method(self: _Watched, *args: Any, **kwargs: Any) -> Any:
        self.touched["read"].add("*")
        return getattr(dict, name)(self, *args, **kwargs)

    return method


for _name in (
    *("__iter__", "__len__", "__eq__", "__ne__", "__or__", "__repr__", "__reversed__"),
    *("clear", "copy", "items", "keys", "pop", "popitem", "update", "values"),
):
    setattr(_Watched, _name, _whole(_name))

FIELDS = "abcdef"

PLAIN_VALUES = [
    *('row["{0}"]', 'row.get("{0}")', 'row.get("{0}", {v})', '"{0}" in row', '"{0}" not in row'),
    *('row.setdefault("{0}", {v})', "{n}", "x", "{v} + {v}", "({v} if {v} else {v})", "(x := {v})"),
    *('sum(row["{0}"] for _ in range({v} % 3))', "[{v} for y in range(2)]", "(lambda y: y)({v})"),
    *("(lambda row: row)({v})", "(lambda row={v}: row)()", "f'{{{v}}}'", "not {v}", "g({v})"),
    *("({v} or {v})", "({v} and {v})", "{v} == {v}", "max({v}, {v})"),
]
DOUBTFUL_VALUES = [
    *(
        "helper(row)",
        "helper(row)",
        "row",
        "len(row)",
        "row[x]",
        "dict(row)",
        "[*row]",
        "{{**row}}",
    ),
    *(
        "row == {v}",
        "(row or {v})",
        "({v} and row)",
        "sum(row.values())",
        "f'{{row}}'",
        "(x := row)",
    ),
    *(
        '(lambda: row["{0}"])()',
        "(lambda y=row: y)()",
        "[row for _ in range(2)]",
        "next(iter(row))",
    ),
    *("locals()", "g(row)", "row.copy()", 'row.pop("{0}", None)', "x['{0}']", "[row][0]['{0}']"),
    *("[row['{0}'] for row in [x]]", "x in row", "row.__getitem__('{0}')", "eval('row')['{0}']"),
]
PLAIN_STATEMENTS = [
    *('row["{0}"] = {v}', 'row["{0}"] += {v}', 'del row["{0}"]', "x = {v}", "{v}", "x += {v}"),
    *('row["{0}"], x = {v}, {v}', 'for row["{0}"] in range(2):{b}', "for y in range(2):{b}"),
    *("if {v}:{b}", "if {v}:{b}else:{b}", "try:{b}except (KeyError, TypeError):{b}", "pass"),
    *("try:{b}finally:{b}", "return {v}", "return", "return row", "return row if {v} else {v}"),
    *("return {v} and row", "match {v}:\n case 1 | 2:{b}", "assert {v}", "yield {v}", "x = [{v}]"),
]
DOUBTFUL_STATEMENTS = [
    *("helper(row)", "helper(row)", "x = helper(row)", "return helper(row)", "x = row", "row = x"),
    *(
        "for y in row:{b}",
        "row = {{'{0}': {v}}}",
        "yield row",
        "row.update({0}={v})",
        "row[x] = {v}",
    ),
    *(
        "x['{0}'] = {v}",
        "def h():{b}",
        "return row or {v}",
        "x = [row]",
        "x[0]['{0}'] = {v}",
        "del row",
    ),
    *("yield from helper(row)", "x.clear()", "if row:{b}", "with g(row) as y:{b}", "class C:{b}"),
]


@st.composite
def _value(draw: st.DrawFn, doubt: int, depth: int = 0) -> str:
    templates = DOUBTFUL_VALUES if draw(st.integers(1, 20)) <= doubt else PLAIN_VALUES
    if depth > 2:
        templates = [each for each in templates if "{v}" not in each]
    template = draw(st.sampled_from(templates))
    while "{v}" in template:
        template = template.replace("{v}", _braced(draw(_value(doubt, depth + 1))), 1)
    return template.format(draw(st.sampled_from(FIELDS)), n=draw(st.integers(0, 4)))


@st.composite
def _block(draw: st.DrawFn, doubt: int, depth: int = 0) -> str:
    lines = []
    for _ in range(draw(st.integers(1, 4 - depth))):
        templates = DOUBTFUL_STATEMENTS if draw(st.integers(1, 12)) <= doubt else PLAIN_STATEMENTS
        if depth > 1:
            templates = [each for each in templates if "{b}" not in each]
        statement = draw(st.sampled_from(templates))
        while "{v}" in statement:
            statement = statement.replace("{v}", _braced(draw(_value(doubt))), 1)
        while "{b}" in statement:
            block = "".join(f"\n  {line}" for line in draw(_block(doubt, depth + 1)).split("\n"))
            statement = statement.replace("{b}", _braced(block) + "\n", 1)
        lines.append(statement.format(draw(st.sampled_from(FIELDS))).rstrip("\n"))
    return "\n".join(lines)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


@st.composite
def _sources(draw: st.DrawFn) -> str:
    doubt = draw(st.sampled_from([0, 0, 1, 2]))
    sources = []
    for name in ("helper", "f"):
        body = draw(_block(doubt if name == "f" else 0))
        if name == "helper":
            body = body.replace("helper(row)", "0")
        if draw(st.booleans()):
            body = body.replace("yield", "x =")
        indented = "".join(f" {line}\n" for line in body.split("\n"))
        sources.append(f"def {name}(row):\n x = 1\n{indented}")
    return "\n".join(sources)


def _outcome(function: FunctionType, row: dict[str, Any]) -> object:
    """Return what becomes of a call: the row, another value, or an error."""
    try:
        result: Any = function(row)
        if inspect.isgenerator(result):
            result = list(itertools.islice(result, 50))
    except Exception as error:  # noqa: BLE001 - whatever happens has to happen both times
        return _shown(error)
    return "the row" if result is row else _shown(result)


def _shown(value: object) -> str:
    """Return a text that tells values apart, but not two generators or functions of one code."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


def _check(source: str, row: dict[str, Any]) -> str:
    """Check the promise for one function and one row; return what kind of case it was."""
    function = _names(source, g=lambda value: value)["f"]
    usage = field_usage(function)
    if usage is None:
        return "escapes"
    watched = _Watched(row)
    _outcome(function, watched)
    assert watched.touched["read"] <= usage.reads
    assert watched.touched["written"] <= usage.writes
    assert watched.touched["deleted"] <= usage.deletes <= usage.reads & usage.writes

    whole = dict(row)
    narrow = {name: value for name, value in row.items() if name in usage.reads}
    outcome = _outcome(function, whole)
    assert _outcome(function, narrow) == outcome
    assert usage.returns_row or outcome != "the row"
    for name in usage.deletes - narrow.keys():
        row.pop(name, None)
    assert _shown(sorted({**row, **narrow}.items())) == _shown(sorted(whole.items()))
    assert narrow.keys() <= usage.reads | usage.writes
    return "is plain"


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(_sources(), st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 3)))
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_function_cannot_tell_the_row_of_its_fields_from_the_whole_row(
    source: str, row: dict[str, Any]
) -> None:
    try:
        compile(source, "<sample>", "exec")
    except SyntaxError:
        event("not Python")
        return
    event(_check(source, row))


# parameters and names


def test_the_parameters_by_position_are_named() -> None:
    assert [
        parameters(lambda row: row),
        parameters(lambda row, *rest, key=None, **more: (row, rest, key, more)),
        parameters(_names("def f(a, /, b=1): pass")["f"]),
        parameters(Cleaner().clean),
        parameters(Cleaner.clean),
        parameters(Cleaner()),
        parameters(Cleaner),
        parameters(functools.partial(_two, 2)),
        parameters(functools.partial(_two, rate=2)),
        parameters(functools.lru_cache(_two)),
        parameters(functools.wraps(_two)(lambda *args: args)),
        parameters(dict),
        parameters(max),
        parameters(3),  # type: ignore[arg-type]  # a mistake that the caller reports
    ] == [
        ["row"],
        ["row"],
        ["a", "b"],
        ["row"],
        ["self", "row"],
        ["row"],
        ["strip"],
        ["row"],
        [],
        ["rate", "row"],
        ["rate", "row"],
        [],
        [],
        [],
    ]


def test_functions_are_described_by_name_file_and_line() -> None:
    source = """\
import functools
def total(row): pass
short = lambda row: row
def outer():
    def inner(row): pass
    return inner
class Clean:
    def all(self, row): pass
    def __call__(self, row): pass
@functools.wraps(total)
def wrapper(*args): pass
@functools.lru_cache
def cached(row): pass
"""
    names: dict[str, Any] = {"__name__": "sales"}
    exec(compile(source, "/somewhere/deep/sales.py", "exec"), names)  # noqa: S102 - our own text
    names["looped"] = names["outer"]()
    names["looped"].__wrapped__ = names["looped"]
    clean = names["Clean"]()
    described = [
        *(names["total"], names["short"], names["outer"](), clean.all, names["Clean"].all, clean),
        *(names["Clean"], names["wrapper"], names["cached"], functools.partial(names["total"])),
        *(functools.partial(clean), names["looped"], len, str.upper, [].append, math.floor),
        *(operator.itemgetter("a"), Odd(), Counter, 3, None),
    ]
    assert list(map(describe_function, described)) == [
        "total (sales.py, line 2)",
        "<lambda> (sales.py, line 3)",
        "inner (sales.py, line 5)",
        "Clean.all (sales.py, line 8)",
        "Clean.all (sales.py, line 8)",
        "Clean object (sales.py, line 9)",
        "Clean (class of sales)",
        "total (sales.py, line 2)",
        "cached (sales.py, line 12)",
        "partial of total (sales.py, line 2)",
        "partial of Clean object (sales.py, line 9)",
        "inner (sales.py, line 5)",
        "len (built-in)",
        "str.upper (built-in)",
        "list.append (built-in)",
        "floor (built-in)",
        "itemgetter object (of operator)",
        f"Odd object (of {Odd.__module__})",
        "Counter (class of collections)",
        "int object (of builtins)",
        "NoneType object (of builtins)",
    ]


def test_a_function_of_a_notebook_is_called_as_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    def cell_of(file: str) -> tuple[str, str] | None:
        """As `IPython.core.compilerop.CachingCompiler.format_code_name`."""
        return ("Cell", "In[3]") if file == "/kernel/9871.py" else None

    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=cell_of))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    names: dict[str, Any] = {}
    exec(compile("\ndef total(row): pass", "/kernel/9871.py", "exec"), names)  # noqa: S102 - our own text
    exec(compile("def tax(row): pass", "/somewhere/deep/sales.py", "exec"), names)  # noqa: S102 - our own text
    described = [describe_function(names["total"]), describe_function(names["tax"])]
    assert described == ["total (Cell In[3], line 2)", "tax (sales.py, line 1)"]
