from __future__ import annotations

import datetime
import math
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.checks import field_profile
from dataflows.processors.checks.profile import profile
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.loaders.load import load
from dataflows.processors.rows.head import head
from processor_contract import ROWS, VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

SALES = [
    {"city": "Rome", "qty": 3, "paid": True},
    {"city": "Oslo", "qty": None, "paid": False},
    {"city": "Rome", "qty": 7, "paid": True},
    {"city": None, "qty": -2, "paid": True},
]


def profiles(*links: Any, **options: Any) -> dict[str, dict[str, Any]]:
    return {row["field"]: row for row in Flow(*links, profile(**options)).results()[0][1]}


def test_each_field_is_told() -> None:
    found = profiles(SALES, top=2)
    assert list(found.values()) == [
        {
            **dict.fromkeys(field_profile.FIELDS),
            "field": "city",
            "type": "string",
            "rows": 4,
            "missing": 1,
            "invalid": 0,
            "distinct": 2,
            "min": "Oslo",
            "median": "Rome",
            "max": "Rome",
            "lower_quartile": "Oslo",
            "upper_quartile": "Rome",
            "shortest": 4,
            "longest": 4,
            "top": [{"value": "Rome", "count": 2}, {"value": "Oslo", "count": 1}],
        },
        {
            **dict.fromkeys(field_profile.FIELDS),
            "field": "qty",
            "type": "integer",
            "rows": 4,
            "missing": 1,
            "invalid": 0,
            "distinct": 3,
            "min": "-2",
            "median": "3",
            "max": "7",
            "lower_quartile": "-2",
            "upper_quartile": "7",
            "mean": Decimal("2.66666666666667"),
            "histogram": "█▁▁▁▁█▁▁▁█",
            "top": [{"value": "-2", "count": 1}, {"value": "3", "count": 1}],
        },
        {
            **dict.fromkeys(field_profile.FIELDS),
            "field": "paid",
            "type": "boolean",
            "rows": 4,
            "missing": 0,
            "invalid": 0,
            "distinct": 2,
            "min": "False",
            "median": "True",
            "max": "True",
            "lower_quartile": "False",
            "upper_quartile": "True",
            "top": [{"value": "True", "count": 3}, {"value": "False", "count": 1}],
        },
    ]


def test_the_rows_pass_and_the_profile_stands_behind_them() -> None:
    data, package, _ = Flow(SALES, [{"a": 1}], profile(resources="res_1")).results()
    assert [data[0], data[2]] == [SALES, [{"a": 1}]]
    assert package.resource_names == ["res_1", "res_1_profile", "res_2"]
    assert [f.name for f in package.resources[1].fields.fields] == list(field_profile.FIELDS)
    names = Flow(SALES, [{"a": 1}], profile(name="about_{resource}")).process()[0].resource_names
    assert names == ["res_1", "about_res_1", "res_2", "about_res_2"]


def test_fields_without_values_are_told() -> None:
    for rows in ([], [{"n": None}, {"n": None}]):
        source = Watched(rows, types={"n": "number"})
        row = result_of(profile(), source)[1][0]
        assert row == {
            **dict.fromkeys(field_profile.FIELDS),
            "field": "n",
            "type": "number",
            "rows": len(rows),
            "missing": len(rows),
            "invalid": 0,
            "distinct": 0,
            "top": [],
        }


def test_one_value_is_all_of_them() -> None:
    row = profiles([{"n": 5}])["n"]
    assert {row[one] for one in ("min", "median", "max", "lower_quartile")} == {"5"}
    assert (row["mean"], row["histogram"]) == (Decimal(5), "█▁▁▁▁▁▁▁▁▁")


def test_equal_values_are_one_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\n1.0\n1.00\n1.0\n2\n1.000\n1.0\n", encoding="utf-8")
    row = profiles(load(str(tmp_path / "in.csv"), override_fields={"n": {"type": "number"}}))["n"]
    assert (row["distinct"], row["top"][0]["count"]) == (2, 5)
    assert row["mean"] == Decimal("1.16666666666667")


def test_sums_of_numbers_of_very_different_size_are_exact() -> None:
    rows = [{"n": Decimal(10) ** 40}, {"n": Decimal("0.5")}, {"n": -(Decimal(10) ** 40)}]
    assert profiles(rows)["n"]["mean"] == Decimal("0.166666666666667")
    rows = [{"n": 10**400}, {"n": 1}]
    assert profiles(rows)["n"]["max"] == str(10**400)


def test_dates_have_a_histogram_and_arrays_are_counted() -> None:
    rows = [
        {"day": datetime.date(2026, 1, day), "tags": tags}
        for day, tags in ((1, ["a"]), (2, ["b"]), (30, ["a"]), (31, None))
    ]
    found = profiles(rows)
    assert (found["day"]["min"], found["day"]["median"]) == ("2026-01-01", "2026-01-02")
    assert found["day"]["histogram"] == "█▁▁▁▁▁▁▁▁█"
    assert (found["tags"]["distinct"], found["tags"]["missing"]) == (2, 1)
    assert found["tags"]["top"][0] == {"value": '["a"]', "count": 2}


def test_values_that_do_not_fit_are_counted_and_left_to_others() -> None:
    def spoil(row: dict[str, Any]) -> None:
        row["qty"] = "many" if row["qty"] == 3 else row["qty"]

    data = Flow(SALES, spoil, profile()).results(on_error=None)[0]
    assert data[0][0]["qty"] == "many"
    row = data[1][1]
    assert (row["rows"], row["missing"], row["invalid"], row["distinct"]) == (4, 1, 1, 2)


def test_all_rows_are_seen_whoever_stops_asking(tmp_path: Path) -> None:
    data = Flow(SALES, profile(), head(2)).results()[0]
    assert (data[0], data[1][0]["rows"]) == (SALES[:2], 4)
    data = Flow(SALES, profile(), dump_to_path(tmp_path), head(1)).results()[0]
    assert (data[0], data[1][0]["rows"]) == (SALES[:1], 4)
    assert len((tmp_path / "res_1.csv").read_text(encoding="utf-8").splitlines()) == 5


PRINTED = """\
res_1: 3 rows
field    type       missing    distinct  min    median    max      mean  top       histogram
-------  -------  ---------  ----------  -----  --------  -----  ------  --------  -----------
city     string           0           2  Oslo   Rome      Rome           Rome (2)
qty      integer          1           2  3      3         5           4  3 (1)     █▁▁▁▁▁▁▁▁█
"""


def test_it_is_printed_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": 5}, {"city": "Rome", "qty": None}]
    Flow(rows, profile(top=1, show=True)).process()
    assert capsys.readouterr().out == PRINTED


def test_the_account_tells_the_rows_of_the_profile() -> None:
    account = Flow(Watched(ROWS).link(), profile()).run().accounts[1]
    assert [(t.resource, t.rows_in, t.added, t.rows_out) for t in account.tallies] == [
        ("data", 5, 0, 5),
        ("data_profile", 0, 6, 6),
    ]


def test_the_name_of_another_resource_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, [{"a": 1}], profile(name="res_2")).datastream()
    assert str(caught.value) == (
        "there is a resource named 'res_2' already\n"
        "  at processor 3 of 3: profile(name='res_2')\n"
        "  fix: give the profile another name: name='…'."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "{res}"},
            (
                "the name of a profile is a text, in which {resource} may stand, got '{res}'\n"
                "  fix: write for instance name='{resource}_fields'."
            ),
        ),
        (
            {"top": -1},
            "top must be a number of values, 0 or more, got -1\n  fix: write for instance top=5.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        profile(**options)
    assert str(caught.value) == message


def test_many_values_go_to_disk_and_are_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory = result_of(profile(), Watched(ROWS * 3, size=2))
    monkeypatch.setattr(field_profile.FieldProfile.__init__, "__defaults__", (1,))
    assert result_of(profile(), Watched(ROWS * 3, size=2)) == in_memory


NUMBERS = st.none() | st.integers(-5, 5) | st.integers()


@settings(max_examples=60)
@given(
    values=st.lists(NUMBERS, max_size=20),
    size=st.integers(1, 7),
    view=st.sampled_from(VIEWS),
    most=st.sampled_from([3, 1000]),
)
def test_it_tells_what_the_sorted_values_tell(
    values: list[int | None], size: int, view: str, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(field_profile.FieldProfile.__init__, "__defaults__", (most,))
        source = Watched([{"n": value} for value in values], view, size, types={"n": "integer"})
        row = result_of(profile(top=2), source)[1][0]
    known = sorted(value for value in values if value is not None)
    assert (row["rows"], row["missing"]) == (len(values), len(values) - len(known))
    assert row["distinct"] == len(set(known))
    if known:
        assert (row["min"], row["max"]) == (str(known[0]), str(known[-1]))
        for name, part in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
            assert row[name] == str(known[math.ceil(part * len(known)) - 1])
        counts = sorted(Counter(known).items(), key=lambda one: (-one[1], one[0]))
        assert row["top"] == [{"value": str(v), "count": c} for v, c in counts[:2]]
        assert math.isclose(row["mean"], sum(known) / len(known), rel_tol=1e-9, abs_tol=1e-9)
