"""The accounts: what became of every row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Flow, Hooks, filter_rows, rejects, set_type
from dataflows.accounts import Account, Tally, account_table
from dataflows.errors import AccountError
from dataflows.on_error import clear, drop, ignore
from dataflows.processor import Processor

COUNTS = ("rows_in", "added", "rows_out", "filtered", "rejected")


def test_a_tally_balances_when_every_row_is_accounted_for() -> None:
    assert Tally("a", rows_in=5, added=2, rows_out=4, filtered=2, rejected=1).balance == 0
    assert Tally("a", rows_in=5, rows_out=4).balance == 1


@pytest.mark.parametrize(
    ("rows_in", "rows_out", "filtered", "added"), [(5, 3, 2, 0), (3, 5, 0, 2), (4, 4, 0, 0)]
)
def test_the_difference_is_booked_for_who_keeps_no_account(
    rows_in: int, rows_out: int, filtered: int, added: int
) -> None:
    tally = Tally("a", rows_in=rows_in, rows_out=rows_out)
    tally.settle()
    assert tally == Tally("a", rows_in=rows_in, rows_out=rows_out, filtered=filtered, added=added)


def test_an_account_sums_its_resources() -> None:
    account = Account("step", 1)
    account.tally_of("a").rows_in = 2
    account.tally_of("b").rows_in = 3
    account.tally_of("a").notes["odd"] = 1
    account.tally_of("b").notes["odd"] = 2
    assert account.tally_of("a") is account.tallies[0]
    assert (account.rows_in, account.notes) == (5, {"odd": 3})


def test_rows_that_do_not_add_up_fail_with_the_counts() -> None:
    account = Account("mine()", 2)
    tally = account.tally("res_1")
    tally.rows_in, tally.rows_out = 1200, 1199
    with pytest.raises(AccountError) as caught:
        account.check(steps=3)
    assert str(caught.value) == (
        "the rows do not add up: 1,200 in + 0 added is not 1,199 out + 0 filtered + 0 rejected\n"
        "  at processor 2 of 3: mine()\n"
        "     resource 'res_1'\n"
        "  fix: this is a defect of the processor: let it count the rows that it leaves out"
        " or adds."
    )
    tally.stopped = True
    account.check()


def test_columns_without_a_number_are_left_out_of_the_table() -> None:
    account = Account("step", 1)
    account.tally("a").rows_out = 3
    assert account_table([account]) == [("#", "step", "rows in", "rows out"), (1, "step", 0, 3)]
    account.tally_of("a").rejected = 2
    assert account_table([account]) == [
        ("#", "step", "rows in", "rows out", "rejected"),
        (1, "step", 0, 3, 2),
    ]


@pytest.mark.parametrize("keep", [0, 1])
def test_a_processor_that_hides_rows_fails_the_flow(keep: int) -> None:
    hooks = Hooks(batch=lambda stream: lambda batch: batch.slice(0, min(keep, batch.length - 1)))
    with pytest.raises(AccountError) as caught:
        Flow([{"a": 1}] * 30, Processor("hide", hooks)).process()
    assert str(caught.value).splitlines()[1:3] == [
        "  at processor 2 of 2: hide",
        "     resource 'res_1'",
    ]


def test_a_processor_that_doubles_rows_in_secret_fails_the_flow() -> None:
    def batches(stream: Any) -> Any:
        for batch in stream:
            yield batch
            yield batch.copy()

    with pytest.raises(AccountError):
        Flow([{"a": 1}], Processor("double", Hooks(batches=batches))).process()


def counts(flow: Flow) -> list[tuple[int, ...]]:
    """Return the account of every step of a run: in, added, out, filtered, rejected."""
    return [tuple(getattr(account, name) for name in COUNTS) for account in flow.run().accounts]


def test_every_kind_of_step_keeps_its_account() -> None:
    def twice(row: dict[str, Any]) -> list[dict[str, Any]]:
        return [row, row] if row["a"] > 1 else []

    def some(rows: Any) -> Any:
        for number, row in enumerate(rows):
            if number % 2:
                yield row

    def package(package: Any) -> Any:
        yield package.pkg
        for resource in package:
            yield (row for row in [*resource, {"a": "9"}])

    flow = Flow(
        [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}],
        twice,
        some,
        package,
        filter_rows(lambda row: row["a"] != 2),
        set_type("a", type="integer", constraints={"maximum": 3}, on_error=drop),
    )
    assert counts(flow) == [
        (0, 4, 4, 0, 0),
        (4, 3, 6, 1, 0),
        (6, 0, 3, 3, 0),
        (3, 1, 4, 0, 0),
        (4, 0, 3, 1, 0),
        (3, 0, 1, 0, 2),
    ]


values = st.one_of(st.integers(0, 9), st.sampled_from(["x", "7", None]))
steps = st.one_of(
    st.tuples(st.just("times"), st.integers(0, 3)),
    st.tuples(st.just("rows"), st.integers(1, 3)),
    st.tuples(st.just("filter"), st.integers(0, 9)),
    st.tuples(st.just("type"), st.sampled_from(["drop", "ignore", "clear", "rejects", "own"])),
    st.tuples(st.just("package"), st.integers(0, 2)),
)


def _link(kind: str, argument: Any) -> Any:
    if kind == "times":

        def row(row: dict[str, Any]) -> Any:
            number = row["a"] if isinstance(row["a"], int) else 1
            return [dict(row)] * (number % (argument + 1))

        return row
    if kind == "rows":
        return lambda rows: (one for number, one in enumerate(rows) if number % argument == 0)
    if kind == "filter":
        return filter_rows(lambda row: row["a"] != argument)
    if kind == "type":
        policies = {"drop": drop, "ignore": ignore, "clear": clear, "rejects": rejects()}
        own = lambda resource_name, row, index, error: index % 2  # noqa: E731 - a policy as users write it
        return set_type("a", type="integer", on_error=policies.get(argument, own))

    def package(package: Any) -> Any:
        yield package.pkg
        for number, resource in enumerate(package):
            yield resource if number >= argument else iter([*resource][::2])

    return package


@given(st.lists(values, min_size=1, max_size=40), st.lists(steps, max_size=5))
@settings(max_examples=150)
def test_the_account_of_any_flow_balances(cells: list[Any], chosen: list[tuple[str, Any]]) -> None:
    rows = [{"a": cell} for cell in cells]
    result = Flow(rows, *(_link(*one) for one in chosen)).run()
    for account in result.accounts:
        assert account.rows_in + account.added == (
            account.rows_out + account.filtered + account.rejected
        )
    first = result.accounts[0]
    assert (first.added, first.rows_out) == (len(rows), len(rows))
