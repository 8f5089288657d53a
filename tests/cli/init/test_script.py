from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.cli.init.script import Call, Name, Script, Step, comment, literal, write_script

HOSTILE = [
    "x'+__import__('os').popen('id').read()+'.csv",
    '"""\nimport os\n"""',
    "'''\nimport os\n'''",
    "a\nimport os",
    "a\r\nimport os",
    "a\x0cimport os",
    "a\x85import os",
    "a\u2028import os\u2029",
    "\u202eso tropmi",
    "{{7*7}} {steps} {0} %s",
    "trailing backslash \\",
    '\\"""',
    "\ud800",
    "\x00",
    "class",
    "0123",
    "тест 中国",
    "",
]
TEXTS = st.sampled_from(HOSTILE) | st.text() | st.text("'\"\\\n{}# ")
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def assert_is_one_flow_of_literals(text: str, calls: list[str]) -> list[ast.Call]:
    """Assert that a script holds what the template holds, and calls with literals; return these."""
    tree = ast.parse(text.encode("utf-8"))
    docstring, imports, function, main = tree.body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    assert isinstance(imports, ast.ImportFrom)
    assert imports.module == "dataflows"
    assert isinstance(function, ast.FunctionDef)
    _, returned = function.body
    assert isinstance(returned, ast.Return)
    flow = returned.value
    assert isinstance(flow, ast.Call)
    assert isinstance(flow.func, ast.Name)
    assert flow.func.id == "Flow"
    assert not flow.keywords
    steps = []
    for step in flow.args:
        assert isinstance(step, ast.Call)
        assert isinstance(step.func, ast.Name)
        steps.append(step)
        for value in [*step.args, *(keyword.value for keyword in step.keywords)]:
            if isinstance(value, ast.Call):
                assert ast.unparse(value) in ("rejects()", "rejects(max_rate=0.01)")
            else:
                ast.literal_eval(value)
    assert [ast.unparse(step.func) for step in steps] == calls
    assert ast.unparse(main) == "if __name__ == '__main__':\n    print(flow().run())"
    return steps


def test_a_script_reads_as_a_person_would_write_it() -> None:
    steps = [
        Step("load", ("data/sales.csv",), {"name": "sales"}, ("5,000 rows were looked at",)),
        Step(
            "set_type",
            ("amount",),
            {"type": "number", "on_error": Call("rejects")},
            ("3 of 5,000 values are not numbers: 'n/a' (row 17)",),
        ),
        Step("dump_to_path", ("sales",)),
    ]
    assert (
        write_script("sales.py", "data/sales.csv", steps)
        == '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["dataflows>=1.0"]
# ///
"""Load data/sales.csv, with the types of its fields, and write it out.

Written by `dataflows init`, to be changed. Run it: dataflows run sales.py
"""

from dataflows import Flow, dump_to_path, load, rejects, set_type


def flow() -> Flow:
    """Return the flow: nothing is read before it runs."""
    return Flow(
        # 5,000 rows were looked at
        load("data/sales.csv", name="sales"),
        # 3 of 5,000 values are not numbers: 'n/a' (row 17)
        set_type("amount", type="number", on_error=rejects()),
        dump_to_path("sales"),
    )


if __name__ == "__main__":
    print(flow().run())
'''
    )


def test_a_script_may_hold_functions_and_parameters_of_its_own() -> None:
    rest = Script(
        "Put {} there.",
        imports=("import os",),
        prelude="def rows() -> list[dict[str, int]]:\n    return []\n",
        parameters='target: str = "out"',
        options="--set target=there",
        requires=("dataflows[s3]>=1.0", "requests>=2.31"),
    )
    steps = [Step("", (Name("rows()"),), {}, ("seen",)), Step("dump_to_path", (Name("target"),))]
    assert (
        write_script("a.py", "{x}", steps, rest)
        == '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["dataflows[s3]>=1.0", "requests>=2.31"]
# ///
"""Put {x} there.

Written by `dataflows init`, to be changed. Run it: dataflows run a.py --set target=there
"""

import os

from dataflows import Flow, dump_to_path


def rows() -> list[dict[str, int]]:
    return []


def flow(target: str = "out") -> Flow:
    """Return the flow: nothing is read before it runs."""
    return Flow(
        # seen
        rows(),
        dump_to_path(target),
    )


if __name__ == "__main__":
    print(flow().run())
'''
    )


def test_long_calls_stand_on_lines_of_their_own() -> None:
    fields = {f"field {number}": {"type": "number"} for number in range(3)}
    text = write_script("a.py", "a", [Step("load", ("x" * 60,), {"override_fields": fields})])
    assert (
        f"""\
        load(
            "{"x" * 60}",
            override_fields={{
                "field 0": {{"type": "number"}},
                "field 1": {{"type": "number"}},
                "field 2": {{"type": "number"}},
            }},
        ),
"""
        in text
    )


def test_long_imports_stand_on_lines_of_their_own() -> None:
    steps = [Step(f"processor_with_a_long_name_{number}") for number in range(4)]
    text = write_script("a.py", "a", steps)
    assert "from dataflows import (\n    Flow,\n    processor_with_a_long_name_0,\n" in text
    assert_is_one_flow_of_literals(text, [step.name for step in steps])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_comes_from_outside_stays_text(hostile: str) -> None:
    step = Step("load", (hostile,), {"override_fields": {hostile: [hostile]}}, (hostile,) * 2)
    call, _ = assert_is_one_flow_of_literals(
        write_script("a.py", hostile, [step, Step("dump_to_path", ("a",))]),
        ["load", "dump_to_path"],
    )
    assert [ast.literal_eval(value) for value in call.args] == [hostile]
    assert ast.literal_eval(call.keywords[0].value) == {hostile: [hostile]}


@settings(max_examples=300)
@given(TEXTS, VALUES, st.lists(TEXTS, max_size=3))
def test_no_text_gets_out_of_its_literal_or_comment(
    source: str, value: Any, comments: list[str]
) -> None:
    step = Step("load", (source,), {"option": value, "on_error": Call("rejects")}, tuple(comments))
    (call,) = assert_is_one_flow_of_literals(write_script("a.py", source, [step]), ["load"])
    assert ast.literal_eval(call.args[0]) == source
    assert ast.literal_eval(call.keywords[0].value) == value


@given(TEXTS)
def test_every_line_of_a_comment_is_a_comment(text: str) -> None:
    lines = comment(text, "    ").splitlines()
    assert all(line.startswith("    # ") and len(line) <= 100 for line in lines) or " " not in text


@given(VALUES, st.integers(1, 60))
def test_a_literal_of_any_width_is_the_value(value: Any, width: int) -> None:
    assert ast.literal_eval(literal(value, "", width)) == value


def test_only_literals_can_be_written() -> None:
    with pytest.raises(TypeError) as caught:
        literal([object()])
    assert str(caught.value) == "a script holds literals only, not object"
