from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.datastream import DataStreamProcessor
from dataflows.errors import ArgumentError, LinkError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import rejects
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.flow_control.conditional import conditional
from dataflows.processors.flow_control.update_stats import update_stats
from dataflows.processors.loaders.sources import sources
from dataflows.processors.modifiers.add_field import add_field
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.update_package import update_package
from dataflows.processors.packages.update_resource import update_resource
from dataflows.processors.rows.filter_rows import filter_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflows.package import Package, PackageWrapper


def always(package: Package) -> bool:
    return True


def never(package: Package) -> bool:
    return False


def has_a(package: Package) -> bool:
    return any("a" in one.schema.field_names for one in package.resources if one.schema is not None)


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def double(row: dict[str, Any]) -> None:
    row["a"] *= 2


def test_the_steps_run_where_the_condition_holds() -> None:
    step = conditional(has_a, Flow(add_field("b", "integer", 1), double))
    assert rows_of([{"a": 1}], step) == [{"a": 2, "b": 1}]
    assert rows_of([{"x": 1}], step) == [{"x": 1}]


def test_the_condition_sees_what_the_steps_before_make_of_the_package() -> None:
    seen = []

    def look(package: Package) -> None:
        seen.append((package.descriptor["title"], package.resource_names))

    flow = Flow([{"a": 1}], update_package(title="t"), conditional(look, double), [{"b": 1}])
    assert flow.results()[0] == [[{"a": 1}], [{"b": 1}]]
    assert seen == [("t", ["res_1"])]


def without(package: PackageWrapper) -> Iterator[Any]:
    yield package.pkg
    for resource in package:
        yield (row for row in resource if row["a"] != 1)


def rows_backwards(rows: Any) -> list[dict[str, Any]]:
    return list(rows)[::-1]


class Doubling(DataStreamProcessor):
    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        double(row)
        return row


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (double, [2, 4]),
        (rows_backwards, [2, 1]),
        (without, [2]),
        (Doubling(), [2, 4]),
        (filter_rows("a > 1"), [2]),
        (Flow(double, Flow(double)), [4, 8]),
        (lambda package: Flow(double), [2, 4]),
        (lambda dp: double, [2, 4]),
        (lambda dp: filter_rows(f"a < {len(dp.resources) + 1}"), [1]),
    ],
)
def test_whatever_may_stand_in_a_flow_will_do(link: Any, expected: list[int]) -> None:
    """WEAKNESSES C: only a Flow, or a function that returns one, would do."""
    rows = [{"a": 1}, {"a": 2}]
    assert rows_of(rows, conditional(always, link)) == [{"a": value} for value in expected]
    assert rows_of(rows, conditional(never, link)) == rows


def test_a_source_adds_its_resource() -> None:
    data = Flow([{"a": 1}], conditional(always, [{"b": 2}])).results()[0]
    assert data == [[{"a": 1}], [{"b": 2}]]


def test_the_function_that_makes_the_steps_is_called_only_where_the_condition_holds() -> None:
    def explode(package: Package) -> Flow:
        raise AssertionError

    assert rows_of([{"a": 1}], conditional(never, explode)) == [{"a": 1}]


def test_conditions_stand_within_conditions() -> None:
    inner = conditional(has_a, Flow(double, conditional(always, double)))
    assert rows_of([{"a": 1}], conditional(always, Flow(inner, double)), double) == [{"a": 16}]


def test_conditions_stand_within_sources() -> None:
    step = conditional(has_a, Flow(double))
    assert Flow(sources(Flow([{"a": 1}], step), [{"a": 1}])).results()[0] == [
        [{"a": 2}],
        [{"a": 1}],
    ]


def test_a_flow_runs_twice_and_stands_in_two_places() -> None:
    step = conditional(has_a, Flow(double))
    flow = Flow([{"a": 1}], step, step)
    assert [flow.results()[0], flow.results()[0]] == [[[{"a": 4}]], [[{"a": 4}]]]


def test_no_rows_give_no_rows() -> None:
    step = conditional(always, add_field("b", "integer", 1))
    data, package, _ = Flow([{"a": 1}], filter_rows("a > 1"), step).results()
    assert (data, package.resources[0].fields.field_names) == ([[]], ["a", "b"])


def test_the_steps_have_their_own_accounts_and_checks() -> None:
    def wrong(row: dict[str, Any]) -> None:
        row["a"] = row["aa"]

    step = conditional(always, Flow(filter_rows("a > 1")))
    result = Flow([{"a": 1}, {"a": 2}], step, double).run()
    assert [(one.step, one.position, one.rows_in, one.filtered) for one in result.accounts][1:] == [
        ("conditional(always, Flow)", 2, 0, 0),
        ("filter_rows('a > 1')", 1, 2, 1),
        (f"double (test_conditional.py, line {double.__code__.co_firstlineno})", 3, 1, 0),
    ]
    check = Flow([{"a": 1}], conditional(always, wrong)).check()
    assert [problem.splitlines()[0] for problem in check.problems] == ["no field named 'aa'"]


def test_stats_outputs_and_rejected_rows_are_those_of_the_flow(tmp_path: Path) -> None:
    inner = Flow(
        update_stats({"seen": 1}),
        set_type("a", type="integer", on_error=rejects()),
        dump_to_path(str(tmp_path)),
    )
    data, package, stats = Flow([{"a": "1"}, {"a": "x"}], conditional(always, inner)).results()
    assert data[0] == [{"a": 1}]
    assert [row["value"] for row in data[1]] == ["x"]
    assert package.resource_names == ["res_1", "rejects"]
    assert (stats["seen"], stats["count_of_rows"]) == (1, 2)
    assert (tmp_path / "res_1.csv").read_text(encoding="utf-8") == "a\n1\n"


def test_an_output_within_is_complete_though_nobody_asks_for_its_rows(tmp_path: Path) -> None:
    def nothing(package: PackageWrapper) -> Iterator[Any]:
        package.pkg.remove_resource("res_1")
        yield package.pkg

    step = conditional(always, dump_to_path(str(tmp_path)))
    Flow([{"a": 1}], step, nothing).process()
    assert (tmp_path / "res_1.csv").read_text(encoding="utf-8") == "a\n1\n"


def test_later_steps_see_the_package_after_the_steps() -> None:
    step = conditional(always, update_resource(-1, name="new", path="new.csv"))
    flow = Flow([{"a": 1}], step, filter_rows("a > 5", resources="new"))
    assert flow.results()[0] == [[]]


def test_an_error_within_has_its_own_place() -> None:
    def fail(row: dict[str, Any]) -> None:
        row["a"] = 1 / row["a"]

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}, {"a": 0}], conditional(always, Flow(double, fail))).process()
    assert str(caught.value) == (
        "ZeroDivisionError: division by zero\n"
        f"  at processor 2 of 2: fail (test_conditional.py, line {fail.__code__.co_firstlineno})\n"
        "     inside processor 2 of 2: conditional(always, Flow)\n"
        "     resource 'res_1', row 2"
    )


def test_an_error_of_the_condition_is_one_of_this_step() -> None:
    def look(package: Package) -> bool:
        return package.descriptor["nothing"] is None

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], conditional(look, double)).check()
    assert str(caught.value) == (
        "KeyError: 'nothing'\n"
        "  at processor 2 of 2: conditional(look, double)\n"
        f"     in look (test_conditional.py, line {look.__code__.co_firstlineno})\n"
        "  fix: correct the condition; the resources that it can ask for are: res_1."
    )


def test_a_function_that_makes_no_steps_is_refused_before_any_row_moves() -> None:
    def make(package: Package) -> None:
        """Forget to return."""

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], conditional(always, make)).check()
    assert str(caught.value) == (
        f"make (test_conditional.py, line {make.__code__.co_firstlineno})"
        " returned nothing where a flow was expected\n"
        "  at processor 2 of 2: conditional(always, make)\n"
        "  fix: let it return the steps: return Flow(…)."
    )


def test_what_is_no_condition_is_refused_at_the_call() -> None:
    wrong: Any = True
    with pytest.raises(ArgumentError) as caught:
        conditional(wrong, double)
    assert str(caught.value) == (
        "the condition of conditional is a function of the package, got True\n"
        "  fix: write for instance conditional(lambda package: len(package.resources) > 1, …)."
    )


def test_what_is_no_link_is_refused_at_the_call() -> None:
    with pytest.raises(LinkError) as caught:
        conditional(always, "data.csv")
    assert str(caught.value) == (
        "the text 'data.csv' stands in the flow\n  fix: load it: load('data.csv')."
    )


@given(st.lists(st.integers()), st.booleans())
def test_it_is_the_steps_or_nothing(values: list[int], holds: bool) -> None:
    rows = [{"a": value, "b": None} for value in [0, *values]]
    links: list[Any] = [double, filter_rows("a > 10")]
    step = conditional(lambda package: holds, Flow(*links))
    assert rows_of(rows, step) == rows_of(rows, *(links if holds else []))
