"""The first rows of every source of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    add_field,
    checkpoint,
    concatenate,
    dump_to_path,
    duplicate,
    explode,
    filter_rows,
    load,
    rejects,
    set_type,
    sort_rows,
    sources,
)
from dataflows.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def numbers(count: int = 100) -> list[dict[str, Any]]:
    return [{"a": number} for number in range(count)]


def rows_of(flow: Flow, limit: int) -> dict[str, int]:
    """Return how many rows of each resource leave a flow."""
    seen: dict[str, int] = {}

    def count(rows: Any) -> Iterator[dict[str, Any]]:
        seen[rows.res.name] = 0
        for row in rows:
            seen[rows.res.name] += 1
            yield row

    flow.__class__(flow, count).run(limit_rows=limit)
    return seen


def test_each_source_gives_its_first_rows() -> None:
    flow = Flow(numbers(), [{"b": 1}], numbers())
    assert rows_of(flow, 3) == {"res_1": 3, "res_2": 1, "res_3": 3}


def test_a_limit_is_of_one_run_only() -> None:
    flow = Flow(numbers())
    assert flow.run(limit_rows=3).accounts[0].rows_out == 3
    assert flow.run().accounts[0].rows_out == 100


def test_the_account_has_the_rows_that_were_taken() -> None:
    account = Flow(numbers()).run(limit_rows=3).accounts[0]
    assert (account.rows_in, account.added, account.rows_out) == (0, 3, 3)


def test_what_is_made_of_other_rows_is_no_source() -> None:
    several = [{"a": 1, "tags": ["x", "y", "z"]}] * 10
    flow = Flow(several, explode("tags"), duplicate(target_name="copy"))
    assert rows_of(flow, 2) == {"res_1": 6, "copy": 6}
    fields = {"a": []}
    assert rows_of(Flow(numbers(), numbers(), concatenate(fields)), 2) == {"concat": 4}


def test_a_function_that_makes_a_resource_of_rows_that_it_gets_is_no_source() -> None:
    def twice(package: Any) -> Any:
        package.pkg.descriptor["resources"][0]["name"] = "other"
        yield package.pkg
        for rows in package:
            yield (row for row in rows for _ in range(2))

    assert rows_of(Flow(numbers(), twice), 2) == {"other": 4}


def test_a_function_that_adds_rows_of_its_own_is_a_source() -> None:
    def more(package: Any) -> Any:
        resource = {"name": "more", "path": "more.csv", "schema": {"fields": [{"name": "a"}]}}
        package.pkg.add_resource(resource)
        yield package.pkg
        yield from package
        yield ({"a": "x"} for _ in range(50))

    assert rows_of(Flow(more), 4) == {"more": 4}


def test_flows_that_are_sources_of_others_are_limited_too() -> None:
    flow = Flow(sources(Flow(numbers(), filter_rows("a > 0")), numbers()), sort_rows("a"))
    assert rows_of(flow, 5) == {"res_1": 4, "res_2": 5}


def test_no_more_of_a_source_is_read_than_is_needed() -> None:
    read = []

    def live() -> Iterator[dict[str, Any]]:
        for number in range(10_000):
            read.append(number)
            yield {"a": number}

    Flow(live()).run(limit_rows=200)
    assert len(read) < 1000


def test_rows_beyond_the_limit_of_a_file_are_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n" + "1\n" * 2000 + "x\n" + "1\n" * 2000, encoding="utf-8")
    flow = Flow(load(str(file), override_fields={"a": {"type": "integer"}}, on_error=rejects()))
    result = flow.run(limit_rows=5)
    assert (result.accounts[0].rows_out, result.rejects) == (5, [])
    assert len(flow.run().rejects) == 1


def test_the_smaller_of_two_limits_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n" + "1\n" * 100, encoding="utf-8")
    flow = Flow(load(str(file), limit_rows=7))
    assert [flow.run(limit_rows=limit).accounts[0].rows_out for limit in (3, 50)] == [3, 7]


def test_rejected_rows_of_a_limited_run_are_told(tmp_path: Path) -> None:
    rows = [{"a": "x"}, {"a": "1"}, {"a": "y"}]
    flow = Flow(rows, set_type("a", type="integer", on_error=rejects()), dump_to_path(tmp_path))
    assert [one["value"] for one in flow.run(limit_rows=2).rejects] == ["x"]


def test_a_checkpoint_of_a_part_is_not_saved(tmp_path: Path) -> None:
    def flow() -> Flow:
        return Flow(numbers(), add_field("b", "string"), checkpoint("all", tmp_path / "kept"))

    with pytest.warns(UserWarning, match="not saved: this run takes the first 3 rows") as caught:
        assert flow().run(limit_rows=3).accounts[-1].rows_out == 3
    assert len(caught) == 1
    assert not checkpoint("all", tmp_path / "kept").exists()
    assert flow().run().accounts[-1].rows_out == 100
    assert flow().run(limit_rows=4).accounts[-1].rows_out == 4


@pytest.mark.parametrize("limit", [0, -1, 2.5, "3", True])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        Flow(numbers()).run(limit_rows=limit)
    assert str(caught.value) == (
        f"limit_rows is a whole number from 1 on, got {limit!r}\n"
        "  fix: write for instance limit_rows=100."
    )


def test_who_is_told_before_the_first_row_may_end_the_run() -> None:
    read = []

    def rows(row: dict[str, Any]) -> None:
        read.append(row)

    def no(run: Any) -> None:
        assert run.package.resource_names == ["res_1"]
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Flow(numbers(), rows).run(ready=no)
    assert not read
