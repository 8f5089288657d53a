"""What every processor of the catalogue keeps.

tests/support/processor_makers.py says how each is made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.catalog import GROUPS, entries
from dataflows.errors import DataflowsException, ProcessorError, UnknownResourceError
from dataflows.flow import Flow
from dataflows.on_error import drop
from dataflows.processor import Processor
from dataflows.processors.packages.set_primary_key import set_primary_key
from processor_contract import ROWS, TYPES, VIEWS, Watched, forced_to_rows
from processor_makers import (
    BEHIND_TWO,
    CHANGES_OTHERS,
    EXCUSED,
    LEAVES_MISFITS,
    MAKERS,
    OF_NOTHING,
    SLOW,
    Make,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dataflows.catalog import Entry

Rows = list[dict[str, Any]]

GAPS: Rows = [
    {**row, **dict.fromkeys(gaps)}
    for row, gaps in zip(ROWS, [("city", "ok"), ("n",), (), TYPES, ("tags", "amount")], strict=True)
]
CATALOG = {entry.name: entry for entry in entries() if entry.group in GROUPS}
# A processor that promises this holds nothing back; others may, and say in `Memory:` what.
STREAMS = re.compile(r"one batch|none|no rows|one row")
MOST_PULLED = 2 * len(ROWS)  # before the first row that is let out; some let none of the first out


def entry_of(line: str) -> Entry:
    return CATALOG[line.partition(":")[0]]


def takes_resources(line: str) -> bool:
    return any(one.name == "resources" for one in entry_of(line).parameters)


def sources_for(
    line: str, rows: Rows | None = None, view: str = "rows", size: int = 2
) -> list[Watched]:
    entry = entry_of(line)
    needs_two = entry.group == "joins" or entry.name in BEHIND_TWO
    names = ("other", "data") if needs_two else ("data",)
    return [Watched(ROWS if rows is None else rows, view, size, name) for name in names]


def views_for(line: str) -> tuple[str, ...]:
    return ("rows", "arrow") if line in SLOW else VIEWS


def flow_of(sources: list[Watched], *more: Any) -> Flow:
    return Flow(*(source.link() for source in sources), *more)


def result_of(make: Make, sources: list[Watched]) -> list[Rows]:
    """Return the rows of every resource after a step, as they are."""
    return flow_of(sources, make()).results(on_error=None)[0]


LINES = [line for line in MAKERS if line.partition(":")[0] in CATALOG]
lines = pytest.mark.parametrize("line", LINES)
lines_with_resources = pytest.mark.parametrize("line", list(filter(takes_resources, LINES)))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_processor_is_tried() -> None:
    made = {line.partition(":")[0] for line in MAKERS}
    forgotten = sorted(CATALOG.keys() - made - EXCUSED.keys())
    assert not forgotten, "add a line to tests/support/processor_makers.py for each of: " + (
        ", ".join(forgotten)
    )


def test_every_line_is_for_a_processor() -> None:
    made = {line.partition(":")[0] for line in MAKERS}
    assert made <= CATALOG.keys()
    assert not made & EXCUSED.keys()
    assert CATALOG.keys() >= EXCUSED.keys()
    assert MAKERS.keys() >= {*OF_NOTHING, *LEAVES_MISFITS, *CHANGES_OTHERS, *SLOW}


@pytest.mark.parametrize(
    ("line", "size"),
    [(line, size) for line in LINES for size in ([2] if line in SLOW else [1, 2, 5])],
)
def test_every_view_of_the_rows_gives_the_same(
    line: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = MAKERS[line]
    views = views_for(line)
    found = [result_of(make, sources_for(line, ROWS, view, size)) for view in views]
    forced_to_rows(monkeypatch)
    for view in views:
        found.append(result_of(make, sources_for(line, ROWS, view, size)))  # noqa: PERF401 - it reads better
    without_positions = [[_without_positions(rows) for rows in one] for one in found]
    assert without_positions == [without_positions[0]] * len(found)


@lines
def test_every_view_of_rows_with_gaps_gives_the_same(line: str) -> None:
    found = [outcome_of(MAKERS[line], sources_for(line, GAPS, view)) for view in views_for(line)]
    assert found == [found[0]] * len(found)


def outcome_of(make: Make, sources: list[Watched]) -> list[Rows] | tuple[object, ...]:
    """Return the rows after a step, or what kept it from making them."""
    try:
        return [_without_positions(rows) for rows in result_of(make, sources)]
    except ProcessorError as error:
        return error.what, error.where.resource, error.where.row, error.where.field, error.fix


def _without_positions(rows: Rows) -> Rows:
    """Leave out what tells of the row as a text, which has its digits from the view."""
    return [{key: value for key, value in row.items() if key != "row"} for row in rows]


@lines
def test_nothing_is_pulled_before_it_is_asked_for(line: str) -> None:
    sources = sources_for(line, size=1)
    stream = flow_of(sources, MAKERS[line]()).datastream()
    assert [source.pulled for source in sources] == [0] * len(sources)
    for resource in stream.res_iter:
        list(resource)


@pytest.mark.parametrize("line", [line for line in LINES if STREAMS.match(entry_of(line).memory)])
def test_it_holds_no_more_than_it_promises(line: str) -> None:
    sources = sources_for(line, ROWS * 10, size=1)
    resources = flow_of(sources, MAKERS[line]()).datastream().res_iter
    first = next(iter(next(resources)), None)
    pulled = sources[-1].pulled
    resources.close()
    assert first is not None
    assert pulled <= MOST_PULLED, f"Memory: {entry_of(line).memory}"


@lines
def test_closing_early_closes_the_sources(line: str) -> None:
    sources = sources_for(line, size=1)
    resources = flow_of(sources, MAKERS[line]()).datastream().res_iter
    next(iter(next(resources)), None)
    resources.close()
    opened = [source for source in sources if source.pulled]
    assert opened
    assert all(source.closed for source in opened)


@lines
def test_it_runs_twice(line: str) -> None:
    flow = flow_of(sources_for(line, view="text"), MAKERS[line]())
    assert flow.results(on_error=None)[0] == flow.results(on_error=None)[0]


@lines
@pytest.mark.parametrize("view", VIEWS)
def test_the_rows_have_the_fields_of_the_schema(line: str, view: str) -> None:
    flow = flow_of(sources_for(line, view=view), MAKERS[line]())
    data, package, _ = flow.results(on_error=None)
    for rows, resource in zip(data, package.resources, strict=True):
        assert [list(row) for row in rows] == [resource.fields.field_names] * len(rows)


@pytest.mark.parametrize("line", [line for line in LINES if line not in LEAVES_MISFITS])
def test_the_values_have_the_types_of_the_schema(line: str) -> None:
    data = result_of(MAKERS[line], sources_for(line))
    cast = flow_of(sources_for(line), MAKERS[line]()).results(on_error=drop)[0]
    assert repr(data) == repr(cast)


@lines
def test_the_keys_name_fields_that_are_there(line: str) -> None:
    keyed = set_primary_key(["n", "city", "tags"])
    package = flow_of(sources_for(line), keyed, MAKERS[line]()).process()[0]
    for resource in package.resources:
        key = resource.fields.descriptor.get("primaryKey", [])
        assert set(key) <= set(resource.fields.field_names)


@lines
def test_no_rows_give_no_rows(line: str) -> None:
    data, package, _ = flow_of(sources_for(line, []), MAKERS[line]()).results()
    assert data == OF_NOTHING.get(line, [[] for _ in package.resources])


@lines
def test_a_row_of_missing_values_is_at_most_an_error_that_says_why(line: str) -> None:
    made = MAKERS[line]()
    rows: Rows = [dict.fromkeys(TYPES), dict.fromkeys(TYPES)]
    try:
        flow_of(sources_for(line, rows), made).process()
    except ProcessorError as error:
        failure = error
    else:
        return
    # The functions of the lines themselves may take no missing values.
    if not (isinstance(made, Processor) and made.hooks.functions):
        assert isinstance(failure.cause, DataflowsException), repr(failure.cause)
        assert failure.fix is not None


@lines
def test_the_account_balances(line: str) -> None:
    for view in views_for(line):
        for account in flow_of(sources_for(line, view=view), MAKERS[line]()).run().accounts:
            unbalanced = [one for one in account.tallies if one.balance and not one.stopped]
            assert not unbalanced


@lines
def test_the_rows_that_came_in_are_not_changed(line: str) -> None:
    before = repr(ROWS)
    result_of(MAKERS[line], sources_for(line))
    assert repr(ROWS) == before


@lines_with_resources
def test_other_resources_pass_as_they_are(line: str) -> None:
    if line in CHANGES_OTHERS:
        return
    make = MAKERS[line]
    before = repr([ROWS, ROWS])
    names = ("first", "data", "last")
    flow = flow_of([Watched(ROWS, name=name) for name in names], make(resources="data"))
    data, package, _ = flow.results(on_error=None)
    found = dict(zip(package.resource_names, data, strict=True))
    assert repr([found["first"], found["last"]]) == before
    for name in ("first", "last"):
        fields = package.get_resource(name).fields.fields
        assert {field.name: field.type for field in fields} == TYPES


@lines_with_resources
def test_a_resource_that_is_not_there_is_refused_before_the_first_row(line: str) -> None:
    source = Watched(ROWS)
    with pytest.raises(ProcessorError) as caught:
        Flow(source.link(), MAKERS[line](resources=["dat"])).datastream()
    assert isinstance(caught.value.cause, UnknownResourceError)
    assert (caught.value.cause.what, source.pulled) == ("no resource is named 'dat'", 0)
