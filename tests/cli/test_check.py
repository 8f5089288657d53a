"""`dataflows check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from command_calls import dataflows

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
from dataflows import Flow, add_field, dump_to_path


def live():
    for number in range(1000):
        if number == 500:
            print("more than a sample was read")
        yield {"price": number, "qty": 2}


def total(row):
    row["total"] = row["price"] * row["qty"]


def flow(name: str = "total"):
    return Flow(live(), add_field(name, "integer"), total, dump_to_path("out"))
"""
GOOD = """\
1. generator live of rows
   + resource res_1: price: integer, qty: integer
2. add_field('total', 'integer')  [columns]
   res_1: price: integer, qty: integer, + total: integer
3. total (sales.py, line 11)  [rows: reads price, qty; writes total]
4. dump_to_path('out')  [columns]
= resource res_1: price: integer, qty: integer, total: integer

no problems
"""
BAD = """\
1. generator live of rows
   + resource res_1: price: integer, qty: integer
2. add_field('totel', 'integer')  [columns]
   res_1: price: integer, qty: integer, + totel: integer
3. total (sales.py, line 11)  [rows: reads price, qty; writes total]
4. dump_to_path('out')  [columns]
= resource res_1: price: integer, qty: integer, totel: integer

problem: the field 'total' is set, but it is not in the schema
  at processor 3 of 4: total (sales.py, line 11)
     resource 'res_1', line 12
  fix: put add_field('total', type) before it, or the value is not in the output.

1 problem
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "sales.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def test_the_schema_after_each_step_is_shown_and_nothing_is_run(sales: Path) -> None:
    done = dataflows(sales, "check", "sales.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, GOOD, "")
    assert not (sales / "out").exists()


def test_a_problem_is_told_by_its_line(sales: Path) -> None:
    done = dataflows(sales, "check", "sales.py", "--set", "name=totel")
    assert (done.returncode, done.stdout, done.stderr) == (1, BAD, "")


def test_what_the_package_phase_finds_is_an_error(sales: Path) -> None:
    (sales / "sales.py").write_text(
        "from dataflows import Flow, delete_fields\n"
        "flow = Flow([{'price': 1}], delete_fields('prize'))\n",
        encoding="utf-8",
    )
    message = (
        "no field named 'prize'\n"
        "  at processor 2 of 2: delete_fields('prize')\n"
        "  fix: did you mean 'price'? The fields here are: price."
    )
    done = dataflows(sales, "check", "sales.py")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {message}\n")
    done = dataflows(sales, "check", "sales.py", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"ok": False, "problems": [message]}


def test_what_was_found_as_json(sales: Path) -> None:
    (sales / "sales.py").write_text(
        "from dataflows import Flow\n"
        "print('of the script')\n"
        "def shout(row):\n"
        "    row['a'] = row['aa']\n"
        "flow = Flow([{'a': 1}], shout)\n",
        encoding="utf-8",
    )
    done = dataflows(sales, "check", "sales.py", "--json")
    assert (done.returncode, done.stderr) == (1, "of the script\n")
    assert json.loads(done.stdout) == {
        "ok": False,
        "problems": [
            (
                "no field named 'aa'\n"
                "  at processor 2 of 2: shout (sales.py, line 3)\n"
                "     resource 'res_1', line 4\n"
                "  fix: did you mean 'a'? The fields here are: a."
            )
        ],
        "steps": [
            {
                "position": 1,
                "step": "list of rows",
                "runs_on": None,
                "reads": [],
                "writes": [],
                "changes": [
                    {
                        "resource": "res_1",
                        "change": "added",
                        "fields": [{"name": "a", "type": "integer", "type_before": None}],
                    }
                ],
            },
            {
                "position": 2,
                "step": "shout (sales.py, line 3)",
                "runs_on": "rows",
                "reads": ["aa"],
                "writes": ["a"],
                "changes": [],
            },
        ],
        "resources": [{"name": "res_1", "fields": [{"name": "a", "type": "integer"}]}],
    }


@pytest.mark.parametrize("command", ["check", "explain"])
def test_the_fix_names_the_command_that_was_called(tmp_path: Path, command: str) -> None:
    text = "from dataflows import Flow\none = Flow([{}])\ntwo = Flow([{}, {}])\n"
    (tmp_path / "two.py").write_text(text, encoding="utf-8")
    done = dataflows(tmp_path, command, "two.py")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        (
            "error: there are 2 flows in 'two.py': one, two\n"
            f"  fix: write dataflows {command} two.py one, or name another.\n"
        ),
    )


@pytest.mark.parametrize("command", ["check", "explain", "run"])
@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (
            "x = (",
            [],
            (
                "error: line 1 of 'a.py' is not Python: '(' was never closed\n"
                "  fix: correct that line.\n"
            ),
        ),
        (
            "def flow(): pass",
            [],
            (
                "error: flow() in 'a.py' returned nothing, not a Flow\n"
                "  fix: let it return the Flow, without .process(), .run() or .results().\n"
            ),
        ),
        (
            "def flow(year: int = 1): pass",
            ["--set", "yaer=2"],
            (
                "error: flow() in 'a.py' has no parameter 'yaer'\n"
                "  fix: did you mean 'year'? The parameters here are: year.\n"
            ),
        ),
        (
            "def flow(year: int = 1): pass",
            ["--set", "year=two"],
            "error: year is an integer, got 'two'\n  fix: write for instance --set year=3.\n",
        ),
    ],
)
def test_a_script_that_cannot_be_read_so_is_refused(
    tmp_path: Path, command: str, text: str, arguments: list[str], message: str
) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    done = dataflows(tmp_path, command, "a.py", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
