from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.cli.init.evidence import find_key, mixed_dates, repeated_rows, tell_of_fields
from dataflows.cli.init.look import Look, look_at, stacked, weigh
from dataflows.cli.init.wording import describe_table

if TYPE_CHECKING:
    from pathlib import Path


def look_of(is_whole: bool = True, **columns: list[Any]) -> Look:
    """Return a look at texts; `load` is thought to have found texts only."""
    loaded = [{"name": name, "type": "string", "format": "default"} for name in columns]
    return weigh("rows", loaded, list(columns.values()), is_whole=is_whole)


def numbers(count: int, start: int = 0) -> list[str]:
    return [str(number) for number in range(start, start + count)]


@pytest.mark.parametrize("name", ["id", "ID", "order_id", "orderId", "Customer ID", "uuid", "key"])
def test_a_field_named_like_a_key_whose_values_differ_is_the_key(name: str) -> None:
    assert find_key(look_of(a=["x"] * 5, **{name: numbers(5)})) == (name, [])


@pytest.mark.parametrize("name", ["amount", "paid", "idea", "valid", "grid", "kid"])
def test_a_field_with_another_name_is_none(name: str) -> None:
    assert find_key(look_of(**{name: numbers(5)})) == (None, [])


def test_a_plainer_name_is_the_key_before_another() -> None:
    look = look_of(code=numbers(3), customer_id=numbers(3), id=numbers(3))
    assert find_key(look)[0] == "id"


@pytest.mark.parametrize("values", [["1", "2", ""], ["1", "2", None], ["1", "2", [3]], ["1"]])
def test_a_key_is_there_in_each_of_several_rows(values: list[Any]) -> None:
    assert find_key(look_of(id=values)) == (None, [])


def test_values_of_a_key_that_come_again_are_told_with_their_rows() -> None:
    assert find_key(look_of(id=["7", "8", "7", "9", "7"])) == (
        None,
        [
            (
                "'id' looks like a key, but 2 values come again: '7' (rows 1 and 3), …; "
                "deduplicate(key='id') would keep the first row of each"
            )
        ],
    )


def test_what_comes_again_and_again_is_no_key_and_not_told() -> None:
    assert find_key(look_of(customer_id=["1", "2"] * 50)) == (None, [])


def test_repeated_rows_are_told_with_their_numbers() -> None:
    assert repeated_rows(look_of(a=["1", "2", "1"], b=["x", "y", "x"])) == (
        "1 of 3 rows repeats an earlier one: row 3 is row 1"
    )
    assert repeated_rows(look_of(is_whole=False, a=["1"] * 6)) == (
        "5 of the first 6 rows repeat earlier ones: row 2 is row 1, row 3 is row 1, "
        "row 4 is row 1, …"
    )


@pytest.mark.parametrize(
    "columns", [{}, {"a": []}, {"a": ["1"]}, {"a": ["1", "2"]}, {"a": [[1], [1]]}]
)
def test_other_rows_are_not_told(columns: dict[str, list[Any]]) -> None:
    assert repeated_rows(look_of(**columns)) is None


def test_empty_and_constant_fields_are_told() -> None:
    look = look_of(a=["", ""], b=["x", "x"], c=["x", ""], d=["x", "y"], e=[None, None])
    assert tell_of_fields(look) == [
        "'a' is empty in all 2 rows",
        "'b' is 'x' in all 2 rows",
        "'e' is empty in all 2 rows",
    ]


def test_dates_that_mean_one_day_need_no_order() -> None:
    found = mixed_dates(look_of(day=["2020-01-31", "25.12.2020", "March 3, 2020"]), 0)
    assert found is not None
    assert (found.options, found.told) == (
        {},
        (
            "'day' has dates that are written in several ways: "
            "'2020-01-31', '25.12.2020', 'March 3, 2020'"
        ),
    )


@pytest.mark.parametrize(
    ("shows", "order"), [("25/12/2020", "day_first"), ("12/25/2020", "month_first")]
)
def test_one_date_shows_the_order_of_the_others(shows: str, order: str) -> None:
    found = mixed_dates(look_of(day=["2020-01-31", "1/2/2020", shows]), 0)
    assert found is not None
    assert (found.options, found.told) == (
        {"formats": order},
        (
            "'day' has dates that are written in several ways: '2020-01-31', "
            f"'{shows}'; 1 different value such as '1/2/2020' can mean two days, "
            f"but '{shows}' only one"
        ),
    )


@pytest.mark.parametrize("more", [[], ["25/12/2020", "12/25/2020"]])
def test_where_no_date_shows_the_order_a_person_says_it(more: list[str]) -> None:
    found = mixed_dates(look_of(day=["2020-01-31", "1/2/2020", *more]), 0)
    assert found is not None
    assert found.options is None
    assert found.told.endswith(': say parse_dates(…, "day_first") or "month_first"')


def test_times_among_the_dates_make_datetimes() -> None:
    found = mixed_dates(look_of(at=["2020-01-31 10:30", "March 3, 2020"]), 0)
    assert found is not None
    assert found.options == {"type": "datetime"}


def test_a_few_other_values_go_to_the_rejects() -> None:
    days = [f"{day}.12.{year}" for year in range(2000, 2010) for day in range(13, 29)]
    found = mixed_dates(look_of(day=[*days, "2020-01-31", "late 2021"]), 0)
    assert found is not None
    assert found.options == {"on_error": None}
    assert found.told.endswith("; 1 other value: 'late 2021'")


@pytest.mark.parametrize(
    "values", [["x", "y"], ["1.5", "2.5"], ["2020-01-31", "x"], ["", ""], ["a 2020", "b 2021"]]
)
def test_other_texts_are_no_dates(values: list[str]) -> None:
    assert mixed_dates(look_of(day=values), 0) is None


def test_mixed_dates_are_read_by_the_script_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('day\n2020-01-31\n25.12.2020\n"March 3, 2020"\n', encoding="utf-8")
    (look,) = look_at(str(path))
    assert mixed_dates(look, 0) is not None
    assert Flow(load(str(path))).check()


def test_a_table_is_described_by_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Sales 2020\n\nid;name\n1;x\n", encoding="utf-8-sig")
    assert describe_table(look_at(str(path))[0]) == (
        'CSV in UTF-8 with a byte order mark, separated by semicolons, quoted with ", '
        "header in row 3; 1 row of 2 fields"
    )


def test_how_many_rows_there_are_is_guessed_from_the_size(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + "1000000,abcdefgh\n" * 100_000, encoding="utf-8")
    (look,) = look_at(str(path))
    assert (look.rows, look.is_whole) == (20_000, False)
    assert describe_table(look).endswith(
        "; about 100,000 rows of 2 fields; the first 20,000 were looked at"
    )


def test_a_source_that_knows_its_types_is_believed(tmp_path: Path) -> None:
    from dataflows import dump_to_file

    path = tmp_path / "a.parquet"
    Flow([{"id": 1, "flag": "yes"}], dump_to_file(str(path))).process()
    (look,) = look_at(str(path))
    assert (look.is_typed, look.missing_values) == (True, ("",))


def test_tables_with_the_same_fields_are_seen_as_one() -> None:
    one, two = look_of(a=["1", "2"]), look_of(a=["n/a"])
    whole = stacked([one, two])
    assert whole is not None
    assert (whole.rows, whole.missing_values) == (3, ("", "n/a"))
    assert stacked([one, look_of(b=["1"])]) is None
