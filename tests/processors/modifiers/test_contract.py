"""What every processor of rows and fields keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processor import Processor
from dataflows.processors.dumpers.printer import printer
from dataflows.processors.modifiers.add_computed_field import add_computed_field
from dataflows.processors.modifiers.add_field import add_field
from dataflows.processors.modifiers.delete_fields import delete_fields
from dataflows.processors.modifiers.find_replace import find_replace
from dataflows.processors.modifiers.rename_fields import rename_fields
from dataflows.processors.modifiers.select_fields import select_fields
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.modifiers.validate import validate
from dataflows.processors.packages.update_resource import update_resource
from dataflows.processors.packages.update_schema import update_schema
from dataflows.processors.rows.filter_rows import filter_rows
from processor_contract import ROWS, TYPES, VIEWS, Watched, forced_to_rows, result_of

Make = Callable[..., Processor]


def silent(*arguments: object) -> None:
    """Print nothing."""


def computed(operation: object, *source: str, **more: object) -> Make:
    keywords = {"target": "made", "operation": operation, "source": list(source), **more}
    return lambda **options: add_computed_field(**keywords, **options)


PATTERNS = [{"find": "o", "replace": "0"}, {"find": "^(R)", "replace": r"\1\1"}]
MAKERS: dict[str, Make] = {
    "field without a default": lambda **o: add_field("made", "number", **o),
    "field with a default": lambda **o: add_field("made", "array", [1], **o),
    "field from the row": lambda **o: add_field("made", "string", lambda row: row["city"], **o),
    "field from all of the row": lambda **o: add_field("made", "string", str, **o),
    "expression": lambda **o: add_computed_field("made", "amount * n", **o),
    "expression in place": lambda **o: add_computed_field("n", "n + 1 if ok else n", **o),
    "function": lambda **o: add_computed_field("made", lambda row: row["n"] * 2, **o),
    "sum": computed("sum", "n", "amount"),
    "avg": computed("avg", "n", "amount"),
    "max": computed("max", "n", "amount"),
    "min": computed("min", "day", "day"),
    "multiply": computed("multiply", "amount", "amount"),
    "join": computed("join", "city", "n", "day", with_="; "),
    "format": computed("format", with_="{city}: {amount:>8} {day:%Y}"),
    "constant": computed("constant", with_={"a": []}),
    "deleted": lambda **o: delete_fields(["amount", "d.*"], **o),
    "condition": lambda **o: filter_rows(lambda row: row["n"] > 1, **o),
    "condition that returns the row": lambda **o: filter_rows(lambda row: row, **o),
    "condition on all of the row": lambda **o: filter_rows(lambda row: len(str(row)) % 2, **o),
    "condition as expression": lambda **o: filter_rows("n > 1 and city != 'Rome'", **o),
    "equals": lambda **o: filter_rows(equals=[{"city": "Rome", "n": 3}, {"n": "1"}], **o),
    "not equals": lambda **o: filter_rows(not_equals=[{"city": "Rome"}], **o),
    "replaced": lambda **o: find_replace([{"name": "city", "patterns": PATTERNS}], **o),
    "renamed": lambda **o: rename_fields({"n": "amount", "amount": "n", "(c)(.*)": r"\2"}, **o),
    "selected": lambda **o: select_fields(["ok", "[cn].*"], **o),
    "text": lambda **o: set_type("city", type="string", transform=str.upper, **o),
    "dropped": lambda **o: set_type("n", constraints={"maximum": 2}, on_error=drop, **o),
    "cleared": lambda **o: set_type("n", constraints={"maximum": 2}, on_error=clear, **o),
    "ignored": lambda **o: set_type("city", constraints={"maxLength": 4}, on_error=ignore, **o),
    "rejected": lambda **o: validate("n < 3", on_error=rejects(), **o),
    "valid": validate,
    "valid value": lambda **o: validate("city", lambda value: value != "Rome", on_error=drop, **o),
    "valid row": lambda **o: validate(lambda row: row["city"] != "Rome", on_error=drop, **o),
    "printed": lambda **o: printer(header_print=silent, table_print=silent, **o),
    "told about the resource": lambda resources=None: update_resource(resources, title="x"),
    "told about the schema": lambda resources=None: update_schema(resources, missingValues=["-"]),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@makers
@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_view_of_the_rows_gives_the_same(
    make: Make, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [result_of(make(), Watched(ROWS, view, size)) for view in VIEWS]
    forced_to_rows(monkeypatch)
    for view in VIEWS:
        found.append(result_of(make(), Watched(ROWS, view, size)))  # noqa: PERF401 - it reads better
    without_numbers = [[_without_positions(rows) for rows in one] for one in found]
    assert without_numbers == [without_numbers[0]] * len(found)


def _without_positions(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Leave out what tells of the row as a text, which has its digits from the view."""
    return [{key: value for key, value in row.items() if key != "row"} for row in rows]


@makers
def test_nothing_is_pulled_before_it_is_asked_for(make: Make) -> None:
    source = Watched(ROWS, size=1)
    stream = Flow(source.link(), make()).datastream()
    assert source.pulled == 0
    for resource in stream.res_iter:
        next(iter(resource), None)
        break
    assert source.pulled < len(ROWS)
    for resource in stream.res_iter:
        list(resource)


@makers
def test_closing_early_closes_the_source(make: Make) -> None:
    source = Watched(ROWS, size=1)
    resources = Flow(source.link(), make()).datastream().res_iter
    next(iter(next(resources)), None)
    resources.close()
    assert source.closed


@makers
def test_it_runs_twice(make: Make) -> None:
    flow = Flow(Watched(ROWS, "text").link(), make())
    assert flow.results(on_error=None)[0] == flow.results(on_error=None)[0]


@makers
@pytest.mark.parametrize("view", VIEWS)
def test_the_rows_have_the_fields_of_the_schema(make: Make, view: str) -> None:
    data, package, _ = Flow(Watched(ROWS, view).link(), make()).results(on_error=None)
    for rows, resource in zip(data, package.resources, strict=True):
        assert [list(row) for row in rows] == [resource.fields.field_names] * len(rows)


@makers
def test_no_rows_give_no_rows(make: Make) -> None:
    data, package, _ = Flow(Watched([]).link(), make()).results()
    assert data == [[] for _ in package.resources]


@makers
def test_other_resources_pass_as_they_are(make: Make) -> None:
    sources = [Watched(ROWS, name=name) for name in ("first", "data", "last")]
    found = result_of(make(resources="data"), *sources)
    assert [found[0], found[2]] == [ROWS, ROWS]
    links = [source.link() for source in sources]
    package = Flow(*links, make(resources=["data"])).process()[0]
    for name in ("first", "last"):
        fields = package.get_resource(name).fields.fields
        assert {field.name: field.type for field in fields} == TYPES


@makers
@pytest.mark.parametrize("view", VIEWS)
def test_the_account_balances(make: Make, view: str) -> None:
    account = Flow(Watched(ROWS, view).link(), make()).run().accounts[1]
    sums = account.rows_in + account.added, account.rows_out + account.filtered + account.rejected
    assert sums[0] == sums[1]


@makers
def test_the_rows_that_came_in_are_not_changed(make: Make) -> None:
    before = repr(ROWS)
    result_of(make(), Watched(ROWS))
    assert repr(ROWS) == before
