"""What may stand in a Flow, what is refused, and what package functions may do."""

from __future__ import annotations

import functools
import operator
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datapackage
import pytest

from dataflows import (
    DataStreamProcessor,
    Flow,
    PackageWrapper,
    ResourceWrapper,
    add_field,
    deduplicate,
    filter_rows,
    head,
)
from dataflows.errors import FlowError, LinkError, ProcessorError
from dataflows.functions import parameters
from dataflows.links import as_processor
from dataflows.package import Package

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def results(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results()[0]


class Doubler:
    """Doubles, as a method, as a callable and as one with options."""

    def method(self, row: dict[str, Any]) -> None:
        row["a"] *= 2

    def __call__(self, row: dict[str, Any]) -> None:
        row["a"] *= 2

    @staticmethod
    def static(row: dict[str, Any]) -> None:
        row["a"] *= 2

    def with_factor(self, factor: int, row: dict[str, Any]) -> None:
        row["a"] *= factor


def double(row: dict[str, Any]) -> None:
    row["a"] *= 2


@functools.wraps(double)
def wrapped(*args: Any) -> None:
    double(*args)


@pytest.mark.parametrize(
    "link",
    [
        double,
        Doubler().method,
        Doubler(),
        Doubler.static,
        functools.partial(Doubler().with_factor, 2),
        wrapped,
        lambda row: {**row, "a": row["a"] * 2},
        lambda rows: ({**row, "a": row["a"] * 2} for row in rows),
        lambda rows: [{**row, "a": row["a"] * 2} for row in rows],
        Flow(double),
        Flow(Flow(), double),
    ],
    ids=lambda link: as_processor(link).label if not isinstance(link, Flow) else "Flow",
)
def test_whatever_doubles_may_stand_in_a_flow(link: Any) -> None:
    assert results(ROWS, link) == [[{"a": 2, "b": "x"}, {"a": 4, "b": "y"}]]


@pytest.mark.parametrize(
    ("link", "label", "name"),
    [
        ([], "list of rows", "iterable_loader"),
        ((row for row in ROWS), "generator <genexpr> of rows", "iterable_loader"),
        (deque(ROWS), "deque of rows", "iterable_loader"),
        (filter_rows("a > 1"), "filter_rows('a > 1')", "filter_rows"),
        (DataStreamProcessor(), "DataStreamProcessor()", "DataStreamProcessor"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_link_has_a_label_and_a_name(link: Any, label: str, name: str) -> None:
    made = as_processor(link)
    assert (repr(made), made.name) == (label, name)


def test_a_function_is_labelled_with_its_file_and_line() -> None:
    line = double.__code__.co_firstlineno
    assert as_processor(double).label == f"double (test_links.py, line {line})"
    assert as_processor(double).name == "row_processor"
    assert as_processor(lambda package: package).name == "datapackage_processor"


def two(row: Any, rows: Any) -> None:
    """A function that says too much."""


async def later(row: dict[str, Any]) -> None:
    """A function that would have to be awaited."""


async def later_rows() -> AsyncIterator[dict[str, Any]]:
    yield {"a": 1}


LINE = two.__code__.co_firstlineno
LATER_LINE = later.__code__.co_firstlineno
PARAMETER = "  fix: give it exactly one parameter, named row, rows or package."


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (
            print,
            f"Failed to parse function signature [] of print (built-in)\n{PARAMETER}",
        ),
        (
            two,
            (
                "Failed to parse function signature ['row', 'rows'] of"
                f" two (test_links.py, line {LINE})\n{PARAMETER}"
            ),
        ),
        (
            later,
            (
                f"the async function later (test_links.py, line {LATER_LINE}) stands in the flow\n"
                "  fix: define it without async: a flow awaits nothing."
            ),
        ),
        (
            later_rows(),
            (
                "the async_generator stands in the flow, which awaits nothing\n"
                "  fix: gather its rows before: rows = [row async for row in …]."
            ),
        ),
        (
            operator.itemgetter("a"),
            (
                f"Failed to parse function signature {parameters(operator.itemgetter('a'))!r} of"
                f" itemgetter object (of operator)\n{PARAMETER}"
            ),
        ),
        (head, "the processor head stands in the flow\n  fix: call it: head(10)."),
        (add_field, "the processor add_field stands in the flow\n  fix: call it: add_field(…)."),
        (
            deduplicate,
            "the processor deduplicate stands in the flow\n  fix: call it: deduplicate().",
        ),
        (Flow, "the class Flow stands in the flow\n  fix: call it: Flow(…)."),
        (
            DataStreamProcessor,
            (
                "the class DataStreamProcessor stands in the flow\n"
                "  fix: call it: DataStreamProcessor(…)."
            ),
        ),
        ("a.csv", "the text 'a.csv' stands in the flow\n  fix: load it: load('a.csv')."),
        (
            Path("a.csv"),
            "the text 'a.csv' stands in the flow\n  fix: load it: load('a.csv').",
        ),
        (
            {"a": 1},
            "the dict {'a': 1} stands in the flow\n  fix: give a list of dicts, one a row: [{…}].",
        ),
        (
            None,
            (
                "None is not a processor\n  fix: give a processor, a function with one parameter"
                " named row, rows or package, or an iterable of rows."
            ),
        ),
        (
            5,
            (
                "5 is not a processor\n  fix: give a processor, a function with one parameter"
                " named row, rows or package, or an iterable of rows."
            ),
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) and "\n" in value else repr(value)[:20],
)
def test_anything_else_is_refused_at_once(link: Any, text: str) -> None:
    with pytest.raises(LinkError) as caught:
        Flow([{"a": 1}], link)
    assert str(caught.value) == text


def add_field(package: PackageWrapper) -> Any:
    fields = package.pkg.descriptor["resources"][0]["schema"]["fields"]
    fields.insert(0, {"name": "n", "type": "integer"})
    yield package.pkg
    first, *others = package
    yield ({**row, "n": number} for number, row in enumerate(first))
    yield from others


def test_a_package_function_may_add_a_field() -> None:
    rows, package, _ = Flow(ROWS, [{"c": 1}], add_field).results()
    assert rows == [
        [{"n": 0, "a": 1, "b": "x"}, {"n": 1, "a": 2, "b": "y"}],
        [{"c": 1}],
    ]
    assert package.resources[0].fields.field_names == ["n", "a", "b"]


def test_a_field_that_is_only_added_to_the_schema_is_missing_in_every_row() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["resources"][0]["schema"]["fields"].append({"name": "n"})
        yield package.pkg
        yield from package

    assert results(ROWS, package) == [[{**row, "n": None} for row in ROWS]]
    assert results(ROWS, package, lambda row: {**row, "n": "new"}) == [
        [{**row, "n": "new"} for row in ROWS]
    ]


def test_a_key_of_an_earlier_function_fills_a_field_that_is_added_later() -> None:
    def early(row: dict[str, Any]) -> None:
        row["n"] = row["a"] * 10

    def package(package: PackageWrapper) -> Any:
        fields = package.pkg.descriptor["resources"][0]["schema"]["fields"]
        fields.append({"name": "n", "type": "integer"})
        yield package.pkg
        yield from package

    assert results(ROWS, early, package) == [
        [{"a": 1, "b": "x", "n": 10}, {"a": 2, "b": "y", "n": 20}]
    ]


def test_a_package_function_may_add_resources_anywhere() -> None:
    fields = {"fields": [{"name": "k", "type": "integer"}]}

    def first(package: PackageWrapper) -> Any:
        new = {"name": "new", "path": "new.csv", "profile": "tabular-data-resource"}
        package.pkg.descriptor["resources"].insert(0, {**new, "schema": fields})
        yield package.pkg
        yield iter([{"k": 1}])
        yield from package

    def last(package: PackageWrapper) -> Any:
        package.pkg.add_resource({"name": "last", "path": "last.csv", "schema": fields})
        yield
        total = 0
        for resource in package:
            counted = list(resource)
            total += len(counted)
            yield iter(counted)
        yield [{"k": total}]

    rows, package, _ = Flow(ROWS, first, last).results()
    assert rows == [[{"k": 1}], ROWS, [{"k": 3}]]
    assert package.resource_names == ["new", "res_1", "last"]


def test_a_package_function_may_remove_a_resource_and_use_its_rows() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.remove_resource("res_1")
        yield package.pkg
        resources = iter(package)
        lookup = {row["a"]: row["b"] for row in next(resources)}
        for resource in resources:
            yield ({"c": row["c"], "b": lookup[row["c"]]} for row in resource)

    rows, made, _ = Flow(ROWS, [{"c": 2}, {"c": 1}], package).results(on_error=None)
    assert rows == [[{"c": 2, "b": "y"}, {"c": 1, "b": "x"}]]
    assert made.resource_names == ["res_2"]


def test_a_removed_resource_is_passed_by_when_nobody_asks_for_it() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.remove_resource("res_1")
        yield package.pkg
        yield from [resource for resource in package if resource.res.name != "res_1"]

    assert results(ROWS, [{"c": 1}], package) == [[{"c": 1}]]


@pytest.mark.parametrize("bare", [True, False])
def test_a_package_function_may_rename_a_resource(bare: bool) -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["resources"][0].update(name="new", path="new.csv")
        yield package.pkg
        for resource in package:
            yield resource.it if bare else resource

    rows, made, _ = Flow(ROWS, package, lambda rows: rows).results()
    assert (rows, made.resource_names) == ([ROWS], ["new"])
    result = Flow(ROWS, package).run()
    assert [account.rows_out - account.rows_in for account in result.accounts] == [2, 0]


def test_a_package_function_may_change_the_order() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["resources"].reverse()
        yield package.pkg
        yield from reversed(list(package))

    rows, made, _ = Flow(ROWS, [{"c": 1}], package).results()
    assert rows == [[{"c": 1}], ROWS]
    assert made.resource_names == ["res_2", "res_1"]


def test_a_package_function_may_yield_a_new_package() -> None:
    def package(package: PackageWrapper) -> Any:
        yield Package({"title": "new", "resources": package.pkg.descriptor["resources"]})
        yield from package

    rows, made, _ = Flow(ROWS, package).results()
    assert (rows, made.descriptor["title"]) == ([ROWS], "new")


def test_a_package_function_may_yield_none_first() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["title"] = "kept"
        yield
        yield from package

    rows, made, _ = Flow(ROWS, package).results()
    assert (rows, made.descriptor["title"]) == ([ROWS], "kept")


def test_a_package_function_that_only_describes_passes_rows_untouched() -> None:
    def package(package: PackageWrapper) -> Any:
        for resource in package.pkg.descriptor["resources"]:
            resource["title"] = "Titled"
        yield package.pkg
        yield from package

    result = Flow(ROWS, package).run()
    assert result.package.descriptor["resources"][0]["title"] == "Titled"
    assert [account.rows_in for account in result.accounts] == [0, 0]


def test_a_function_may_look_at_the_first_row_and_pass_the_rest() -> None:
    def package(package: PackageWrapper) -> Any:
        yield package.pkg
        for resource in package:
            assert next(iter(resource))["a"] == 1
            yield resource

    assert results(ROWS, package) == [ROWS[1:]]


def test_wrappers_have_the_resource_as_it_will_be() -> None:
    seen = []

    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["resources"][0]["title"] = "new"
        yield package.pkg
        for resource in package:
            seen.append((isinstance(resource, ResourceWrapper), resource.res.descriptor["title"]))
            yield resource

    def rows(rows: ResourceWrapper) -> Any:
        seen.append((rows.res.name, rows.res.fields.field_names))
        yield from rows

    Flow(ROWS, package, rows).process()
    assert seen == [(True, "new"), ("res_1", ["a", "b"])]


def nothing(package: Any) -> Any:
    return
    yield


def early(package: Any) -> Any:
    yield package.pkg


def fewer(package: Any) -> Any:
    yield package.pkg
    yield next(iter(package))


def more(package: Any) -> Any:
    yield package.pkg
    yield from package
    yield iter([{"a": 1}])


def no_generator(package: Any) -> Any:
    return package


def wrong_order(package: Any) -> Any:
    yield package.pkg
    yield from reversed(list(package))


def no_package(package: Any) -> Any:
    yield 5
    yield from package


def no_rows(package: Any) -> Any:
    yield package.pkg
    for _ in package:
        yield None


@pytest.mark.parametrize(
    ("function", "what", "fix"),
    [
        (
            nothing,
            "the package function yielded nothing",
            "let it yield package.pkg first, then its resources.",
        ),
        (
            early,
            "0 of 2 resources were yielded; the package has 'res_1', 'res_2'",
            "yield one iterator of rows for each resource, in their order.",
        ),
        (
            fewer,
            "1 of 2 resources were yielded; the package has 'res_1', 'res_2'",
            "yield one iterator of rows for each resource, in their order.",
        ),
        (
            more,
            "more resources were yielded than the package has: 2",
            "add each new resource to package.pkg.descriptor before the first yield.",
        ),
        (
            no_generator,
            "the package function is not a generator",
            "let it yield package.pkg first, then its resources: yield from package.",
        ),
        (
            wrong_order,
            "the resource 'res_2' was yielded in the place of 'res_1'",
            "yield the resources in the order of package.pkg.descriptor['resources'].",
        ),
        (
            no_package,
            "5 stands where the package was expected",
            "yield package.pkg first (of a class: return dp).",
        ),
        (
            no_rows,
            "the function returned nothing where rows were expected",
            "let it yield rows: for row in rows: …; yield row.",
        ),
    ],
)
def test_a_package_function_that_breaks_the_rules_is_told_which(
    function: Any, what: str, fix: str
) -> None:
    with pytest.raises(ProcessorError) as caught:
        results(ROWS, [{"c": 1}], function)
    line = function.__code__.co_firstlineno
    assert str(caught.value) == (
        f"{what}\n"
        f"  at processor 3 of 3: {function.__name__} (test_links.py, line {line})\n"
        f"  fix: {fix}"
    )
    assert isinstance(caught.value.cause, FlowError)
    assert caught.value.processor_name == "datapackage_processor"


def test_a_package_function_may_yield_a_package_of_datapackage() -> None:
    def package(package: PackageWrapper) -> Any:
        yield datapackage.Package({**package.pkg.descriptor, "title": "theirs"})
        yield from package

    rows, made, _ = Flow(ROWS, package).results()
    assert (rows, made.descriptor["title"]) == ([ROWS], "theirs")


def test_resources_may_be_read_together_and_in_any_order() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.remove_resource("res_2")
        yield package.pkg
        first, second = package
        yield ({**one, **other} for one, other in zip(first, second, strict=True))

    flow = Flow(ROWS, [{"b": "p"}, {"b": "q"}], package)
    assert flow.results()[0] == [[{"a": 1, "b": "p"}, {"a": 2, "b": "q"}]]
    account = flow.run().accounts[-1]
    assert (account.rows_in, account.rows_out, account.filtered) == (4, 2, 2)


def test_rows_that_are_yielded_twice_are_rows_of_their_own() -> None:
    def package(package: PackageWrapper) -> Any:
        schema = package.pkg.descriptor["resources"][0]["schema"]
        package.pkg.add_resource({"name": "copy", "path": "copy.csv", "schema": schema})
        yield package.pkg
        rows = list(next(iter(package)))
        yield iter(rows)
        yield iter(rows)

    made = results(ROWS, package, double)
    assert made == [[{"a": 2, "b": "x"}, {"a": 4, "b": "y"}]] * 2


def test_a_row_that_is_none_is_told_with_its_number() -> None:
    def gaps(rows: Any) -> Any:
        for row in rows:
            yield row
            yield None

    with pytest.raises(ProcessorError) as caught:
        results(ROWS, gaps)
    line = gaps.__code__.co_firstlineno
    assert str(caught.value) == (
        "a row is not a dict but None\n"
        f"  at processor 2 of 2: gaps (test_links.py, line {line})\n"
        "     resource 'res_1', row 2\n"
        "  fix: yield one dict a row."
    )


def test_a_step_may_stand_twice_in_a_flow() -> None:
    for step in (double, as_processor(double), as_processor(lambda rows: map(doubled, rows))):
        assert results(ROWS, step, step) == [[{"a": 4, "b": "x"}, {"a": 8, "b": "y"}]]


def doubled(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "a": row["a"] * 2}


@pytest.mark.parametrize(("given", "told"), [(None, "nothing"), (5, "5")])
def test_a_rows_function_that_returns_no_rows_is_told_so(given: Any, told: str) -> None:
    def forgot(rows: Any) -> Any:
        return given

    with pytest.raises(ProcessorError) as caught:
        results(ROWS, forgot)
    line = forgot.__code__.co_firstlineno
    assert str(caught.value) == (
        f"the function returned {told} where rows were expected\n"
        f"  at processor 2 of 2: forgot (test_links.py, line {line})\n"
        "     resource 'res_1'\n"
        "  fix: let it yield rows: for row in rows: …; yield row."
    )


def test_the_second_of_two_resources_of_one_name_gets_another() -> None:
    def package(package: PackageWrapper) -> Any:
        package.pkg.descriptor["resources"][1].update(name="res_1", path="res_1.csv")
        yield package.pkg
        yield from package

    with pytest.warns(UserWarning, match="two resources named") as caught:
        rows, made, _ = Flow(ROWS, [{"c": 1}], package).results()
    assert [str(one.message) for one in caught] == [
        (
            "there are two resources named 'res_1': the later one is now 'res_1_2';"
            " give it a name of its own"
        )
    ]
    assert rows == [ROWS, [{"c": 1}]]
    assert [(one["name"], one["path"]) for one in made.descriptor["resources"]] == [
        ("res_1", "res_1.csv"),
        ("res_1_2", "res_1_2.csv"),
    ]
