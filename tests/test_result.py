"""What a flow tells after a run, and before one."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from dataflows import DataStreamProcessor, Flow, filter_rows, rejects, set_type

ROWS = [{"a": "1"}, {"a": "x"}, {"a": "3"}]


def flow(*more: dict[str, Any]) -> Flow:
    return Flow(
        [*ROWS, *more], set_type("a", type="integer", on_error=rejects()), filter_rows("a < 2")
    )


def test_a_result_shows_the_account_the_notes_and_the_time() -> None:
    with pytest.warns(UserWarning, match="^'more' is left out"):
        text = repr(flow({"a": "4", "more": 1}).run())
    assert re.sub(r"\d+\.\d\d s", "T s", text) == (
        "#  step                                               rows in  added  rows out  filtered"
        "  rejected\n"
        "1  list of rows                                             0      4         4         0"
        "         0\n"
        "2  set_type('a', type='integer', on_error=rejects())        4      0         3         0"
        "         1\n"
        "3  filter_rows('a < 2')                                     3      0         1         2"
        "         0\n"
        "1 row with keys (or cells) that the first row does not have, left out"
        " (step 1: list of rows)\n"
        "1 rejected (step 2): field 'a': 'x' is not an integer\n"
        "T s"
    )


def test_a_result_goes_to_another_process_with_the_picture_of_its_chain() -> None:
    result = Flow([{"a": 1}], lambda row: row).run()
    found = pickle.loads(pickle.dumps(result))  # noqa: S301 - it was made here
    found = pickle.loads(pickle.dumps(found))  # noqa: S301 - it was made here
    assert (repr(found), repr(found.explain())) == (repr(result), repr(result.explain()))
    assert found.package.descriptor == result.package.descriptor
    assert found.profile() == result.profile()


def test_a_result_shows_itself_in_a_notebook() -> None:
    text = Flow([{"a": "<b>"}], filter_rows("a != '<i>'")).run()._repr_html_()
    assert re.sub(r"\d+\.\d\d s", "T s", text) == (
        '<table class="df-rows">\n'
        '<thead><tr><th class="df-n">#</th><th>step</th><th class="df-n">rows in</th>'
        '<th class="df-n">added</th><th class="df-n">rows out</th></tr></thead>\n'
        "<tbody>\n"
        '<tr><td class="df-n">1</td><td>list of rows</td><td class="df-n">0</td>'
        '<td class="df-n">1</td><td class="df-n">1</td></tr>\n'
        '<tr><td class="df-n">2</td><td>filter_rows(&quot;a != &#x27;&lt;i&gt;&#x27;&quot;)</td>'
        '<td class="df-n">1</td><td class="df-n">0</td><td class="df-n">1</td></tr>\n'
        "</tbody>\n"
        "</table>\n"
        "<div>T s</div>"
    )


def test_rejected_rows_are_counted_beyond_those_that_are_kept() -> None:
    rows = [{"a": "x"}] * 2500
    result = Flow(rows, set_type("a", type="integer", on_error=rejects())).run()
    assert len(result.rejects) == 1000
    assert result.notes == [
        "1,000 rejected (step 2): field 'a': 'x' is not an integer (and 999 more)",
        "1,500 more were rejected, which are not looked at here",
    ]


def test_a_check_is_true_when_nothing_was_found() -> None:
    check = flow().check()
    assert check
    assert check.package.resource_names == ["res_1", "rejects"]
    assert repr(check) == (
        "1. list of rows\n"
        "   + resource res_1: a: string\n"
        "2. set_type('a', type='integer', on_error=rejects())  [columns]\n"
        "   res_1: a: string → integer\n"
        "   + resource rejects: resource: string, processor: string, position: integer,"
        " row_number: integer, field: string, value: string, reason: string, row: object\n"
        "3. filter_rows('a < 2')  [columns]\n"
        "= resource res_1: a: integer\n"
        "= resource rejects: resource: string, processor: string, position: integer,"
        " row_number: integer, field: string, value: string, reason: string, row: object"
    )


def sets(row: dict[str, Any]) -> None:
    row["new"] = row["a"]


def reads(row: dict[str, Any]) -> None:
    row["a"] = row["new"]


def loses(row: dict[str, Any]) -> None:
    del row["a"]


def whole(row: dict[str, Any]) -> Any:
    return dict(row)


def constant(row: dict[str, Any]) -> None:
    pass


def label(function: Any) -> str:
    return f"{function.__name__} (test_result.py, line {function.__code__.co_firstlineno})"


def test_a_picture_tells_how_each_function_runs() -> None:
    steps = (sets, loses, whole, constant, lambda rows: rows)
    assert Flow(ROWS, *steps).explain().text().splitlines()[2:-2] == [
        f"2. {label(sets)}  [rows: reads a; writes new]",
        f"3. {label(loses)}  [whole rows]",
        f"4. {label(whole)}  [whole rows]",
        f"5. {label(constant)}  [rows: no fields]",
    ]


def test_a_picture_tells_of_the_functions_of_a_ready_made_step() -> None:
    def condition(row: dict[str, Any]) -> bool:
        return bool(row["a"])

    assert Flow(ROWS, filter_rows(condition)).explain().text().splitlines()[2] == (
        "2. filter_rows(condition)  [rows: reads a]"
    )


def test_a_picture_tells_what_goes_and_comes() -> None:
    def package(package: Any) -> Any:
        package.pkg.remove_resource("res_1")
        package.pkg.descriptor["resources"][0]["schema"]["fields"] = [{"name": "b"}]
        yield package.pkg

    lines = Flow(ROWS, ROWS, package).explain().text().splitlines()
    assert lines[5:] == [
        "   - resource res_1",
        "   res_2: - a, + b: string",
        "= resource res_2: b: string",
    ]


def test_a_field_that_an_earlier_function_sets_is_no_problem() -> None:
    assert Flow(ROWS, sets, reads).check().problems == [
        (
            "the field 'new' is set, but it is not in the schema\n"
            f"  at processor 2 of 3: {label(sets)}\n"
            f"     resource 'res_1', line {sets.__code__.co_firstlineno + 1}\n"
            "  fix: put add_field('new', type) before it, or the value is not in the output."
        )
    ]
    assert Flow(ROWS, reads).check().problems == [
        (
            "no field named 'new'\n"
            f"  at processor 2 of 2: {label(reads)}\n"
            f"     resource 'res_1', line {reads.__code__.co_firstlineno + 1}\n"
            "  fix: the fields here are: a."
        )
    ]


def test_a_problem_of_a_flow_in_a_flow_is_placed_in_both() -> None:
    assert Flow(ROWS, Flow(reads)).check().problems == [
        (
            "no field named 'new'\n"
            f"  at processor 1 of 1: {label(reads)}\n"
            "     inside processor 2 of 2: Flow(…)\n"
            f"     resource 'res_1', line {reads.__code__.co_firstlineno + 1}\n"
            "  fix: the fields here are: a."
        )
    ]


def test_a_check_shows_itself_in_a_notebook() -> None:
    def wrong(row: dict[str, Any]) -> None:
        row["a"] = row["<b>"]

    check = Flow(ROWS, wrong).check()
    html = check._repr_html_()
    assert html.endswith(check.explain().svg())
    assert html.removesuffix(check.explain().svg()) == (
        "<pre>problem: no field named &#x27;&lt;b&gt;&#x27;\n"
        f"  at processor 2 of 2: {label(wrong)}\n"
        f"     resource &#x27;res_1&#x27;, line {wrong.__code__.co_firstlineno + 1}\n"
        "  fix: the fields here are: a.</pre>"
    )


def test_after_a_step_that_may_have_set_anything_nothing_is_a_problem() -> None:
    def package(package: Any) -> Any:
        yield package.pkg
        yield from package

    class Processor(DataStreamProcessor):
        def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
            return {**row, "new": 1}

    for link in (whole, lambda rows: rows, package, Processor()):
        assert Flow(ROWS, link, reads).check()
