from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.chain import Run
from dataflows.errors import FlowError, RowError
from dataflows.processors.groups import grouping
from dataflows.processors.groups.aggregates import AGGREGATES
from dataflows.processors.groups.grouping import Grouping, GroupKey, Wanted
from dataflows.spill import row_store
from dataflows.spill.keys import key_values, kind_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.column import Column

TYPES = {
    "text": "string",
    "whole": "integer",
    "amount": "number",
    "tags": "array",
    "some": "any",
}
CODECS = {name: codec_for({"type": type_}, ()) for name, type_ in TYPES.items()}


def group_key(name: str) -> GroupKey:
    def column(batch: Batch, first: int) -> Column:
        return key_values(batch, [name], CODECS)[0]

    return GroupKey(CODECS[name], kind_of(TYPES[name]), column)


def gathered(
    batches: list[list[dict[str, Any]]],
    key: list[str],
    wanted: list[tuple[str, str | None]],
    *,
    missing_keys: bool = True,
) -> list[tuple[Any, ...]]:
    """Return, for each group, its key and its results."""
    run = Run([])
    one = Grouping(
        [group_key(name) for name in key],
        [Wanted(AGGREGATES[name], field) for name, field in wanted],
        CODECS,
        run,
        missing_keys=missing_keys,
    )
    try:
        made = (Batch.from_rows([dict(row) for row in rows], TYPES) for rows in batches)
        return [group for groups in one.of(made) for group in rows_of(groups)]
    finally:
        run.close()


def rows_of(groups: Any) -> Iterator[tuple[Any, ...]]:
    lists = [*groups.keys, *groups.results]
    return zip(*lists, strict=True) if lists else iter([()] * groups.length)


def in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 1)
    monkeypatch.setattr(grouping, "MOST_VALUES", 2)
    monkeypatch.setattr(grouping, "_GROUPS_AT_ONCE", 2)
    monkeypatch.setattr(row_store, "MEMORY_BYTES", 1)
    monkeypatch.setattr(row_store, "_ROWS_OUT", 3)


KEYS = {
    "text": st.sampled_from(["", "a", "a\x00", "b", "a:b", None]),
    "whole": st.sampled_from([0, 1, 2**70, -(2**70), None]),
    "amount": st.sampled_from(
        [Decimal(1), Decimal("1.00"), Decimal("1e-30"), Decimal("NaN"), Decimal("sNaN"), None]
    ),
    "tags": st.sampled_from([[], [1], [1.0], ["a"], None]),
    "some": st.sampled_from([1, 1.0, True, "1", None, [1], float("nan")]),
}
FIELDS: list[tuple[str, str | None]] = [
    *((name, "whole") for name in AGGREGATES),
    *(("array", "tags"), ("counters", "text"), ("first", "tags"), ("count", None)),
]


@pytest.mark.parametrize("missing_keys", [True, False])
def test_groups_are_the_same_in_memory_on_disk_and_for_every_size_of_batch(
    *, missing_keys: bool
) -> None:
    @settings(max_examples=40)
    @given(
        st.lists(st.fixed_dictionaries(KEYS), max_size=12),
        st.lists(st.sampled_from(list(KEYS)), unique=True, max_size=3),
        st.lists(st.sampled_from(FIELDS), unique=True, max_size=4),
        st.sampled_from([1, 2, 5, 100]),
    )
    def check(
        rows: list[dict[str, Any]], key: list[str], wanted: list[tuple[str, str | None]], size: int
    ) -> None:
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        expected = gathered([rows], key, wanted, missing_keys=missing_keys)
        found = gathered(batches, key, wanted, missing_keys=missing_keys)
        assert repr(found) == repr(expected)
        with pytest.MonkeyPatch.context() as patch:
            in_little_memory(patch)
            found = gathered(batches, key, wanted, missing_keys=missing_keys)
        assert repr(found) == repr(expected)

    check()


@pytest.mark.parametrize("spilled", [False, True])
def test_groups_come_in_the_order_of_their_first_rows_with_the_first_key(
    monkeypatch: pytest.MonkeyPatch, *, spilled: bool
) -> None:
    if spilled:
        in_little_memory(monkeypatch)
    rows = [{"amount": Decimal(text), "whole": 1} for text in ("2.0", "1", "2", "3", "1.0")]
    found = gathered([rows[:3], rows[3:]], ["amount"], [("sum", "whole"), ("array", "whole")])
    assert repr(found) == repr(
        [(Decimal("2.0"), 2, [1, 1]), (Decimal(1), 2, [1, 1]), (Decimal(3), 1, [1])]
    )


@pytest.mark.parametrize("spilled", [False, True])
def test_c21_keys_of_several_parts_do_not_run_into_each_other(
    monkeypatch: pytest.MonkeyPatch, *, spilled: bool
) -> None:
    if spilled:
        in_little_memory(monkeypatch)
    rows: list[dict[str, Any]] = [
        {"text": "a:b", "some": "c"},
        {"text": "a", "some": "b:c"},
        {"text": "a", "some": None},
        {"text": "a", "some": "None"},
        {"text": "a", "some": 1},
        {"text": "a", "some": "1"},
        {"text": "a", "some": True},
    ]
    found = gathered([[row] for row in rows], ["text", "some"], [("count", None)])
    assert found == [(row["text"], row["some"], 1) for row in rows]


def test_long_keys_fill_the_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_TEXT", 10)
    rows = [[{"text": "x" * 20}], [{"text": "y"}], [{"text": "x" * 20}]]
    assert gathered(rows, ["text"], [("count", None)]) == [("x" * 20, 2), ("y", 1)]


def test_without_a_key_all_rows_are_one_group() -> None:
    wanted: list[tuple[str, str | None]] = [("sum", "whole"), ("count", None)]
    assert gathered([[{"whole": 1}, {"whole": 2}]], [], wanted) == [(3, 2)]
    assert gathered([], [], wanted) == [(None, 0)]


def test_values_that_do_not_go_together_are_told() -> None:
    for rows in ([{"some": 1}, {"some": "x"}], [{"some": "x"}, {"some": 1}]):
        with pytest.raises(FlowError) as caught:
            gathered([rows], [], [("sum", "some")])
        assert str(caught.value).startswith("the aggregate 'sum' cannot be made of these values: ")
        assert str(caught.value).endswith(
            "\n     field 'some'\n  fix: use set_type('some', …) before this, or another aggregate."
        )


def test_a_value_that_does_not_fit_its_field_is_shown_with_its_row() -> None:
    with pytest.raises(RowError) as caught:
        gathered([[{"whole": 1}, {"whole": "x"}]], [], [("sum", "whole")])
    assert str(caught.value) == (
        "a value does not fit its field: 'x' is not an integer\n"
        "     row 2, field 'whole'\n"
        "  fix: use set_type('whole', …) or validate() before this."
    )
