from __future__ import annotations

from typing import Any

from dataflows.cli.init.look import Look, weigh
from dataflows.cli.init.script import Call, Step
from dataflows.cli.init.sources import Loading
from dataflows.cli.init.steps import choose_steps, planned_types


def steps_of(loaded: str, *columns: list[Any], is_whole: bool = True) -> list[Step]:
    """Return the steps for columns named a, b, …; `loaded` are the types as `load` sees them."""
    descriptors = [
        {"name": name, "type": type_, "format": "%d/%m/%Y" if type_ == "date" else "default"}
        for name, type_ in zip("abc", loaded.split(), strict=False)
    ]
    return steps_for(weigh("rows", descriptors, columns, is_whole=is_whole))


def steps_for(*looks: Look, loadings: list[Loading] | None = None) -> list[Step]:
    """Return the steps for tables of one source, or of a source each."""
    if loadings is None:
        found = [(Loading("x.csv"), list(looks))]
    else:
        found = [(loading, [look]) for loading, look in zip(loadings, looks, strict=True)]
    return choose_steps(found, name="x", title="X", output="x")


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


WITH_COMMA = "numbers with '.' between the thousands, ',' as the decimal mark"
LAST = [
    Step("update_package", (), {"name": "x", "title": "X"}),
    Step("dump_to_path", ("x",)),
]


def test_plain_data_needs_no_more_than_loading() -> None:
    assert steps_of("integer string", ["1", "2"], ["a", "b"]) == [
        Step("load", ("x.csv",), {"name": "x"}, ("2 rows of 2 fields",)),
        *LAST,
    ]


def test_of_a_table_that_was_not_read_to_its_end_a_few_rows_may_not_fit() -> None:
    load, *_ = steps_of("integer", ["1", "2"], is_whole=False)
    assert load == Step(
        "load",
        ("x.csv",),
        {"name": "x", "on_error": Call("rejects", {"max_rate": 0.01})},
        (
            "more than 2 rows of 1 field; the first 2 were looked at",
            "rows further on that do not fit go to the rejects, while they are few",
        ),
    )


def test_several_tables_are_named_and_loaded_as_they_are() -> None:
    steps = steps_for(Look("a", is_typed=True), Look("b\n", is_typed=True))
    assert steps == [Step("load", ("x.csv",), {}, ("2 tables: 'a', 'b\\n'",)), *LAST]


def test_words_for_missing_values_become_missing_values() -> None:
    assert steps_of("string string", ["1", "n/a", "-", "4.5", "5"], ["x"] * 5) == [
        Step(
            "load",
            ("x.csv",),
            {"name": "x", "override_schema": {"missingValues": ["", "n/a", "-"]}},
            (
                "5 rows of 2 fields",
                "2 of 5 values of 'a' are not numbers: 'n/a' (row 2), '-' (row 3)",
                "so these are missing values: 'n/a', '-'",
                "'b' is 'x' in all 5 rows",
            ),
        ),
        *LAST,
    ]


def test_a_word_that_is_text_elsewhere_is_no_missing_value() -> None:
    load, *_ = steps_of("string string", ["1", "NA", "3"], ["DE", "NA", "FR"])
    assert "override_schema" not in load.options


def test_a_few_strange_values_go_to_the_rejects() -> None:
    assert steps_of("string", [*numbers(199), "abc"])[1:-2] == [
        Step(
            "set_type",
            ("a",),
            {"type": "integer", "on_error": Call("rejects")},
            ("1 of 200 values of 'a' is not a whole number: 'abc' (row 200)",),
        )
    ]


def test_more_strange_values_are_a_comment() -> None:
    load, *rest = steps_of("string", [*numbers(36), "a", "b"])
    assert rest == LAST
    assert load.comments[1:] == (
        "2 of 38 values of 'a' are not whole numbers: 'a' (row 37), 'b' (row 38)",
    )


def test_many_strange_values_make_a_text() -> None:
    load, *rest = steps_of("string", [*numbers(4), *"abcdef"])
    assert rest == LAST
    assert len(load.comments) == 1


def test_what_speaks_against_a_type_that_most_values_fit_is_told() -> None:
    load, *rest = steps_of("string", [*numbers(8), *"ab"])
    assert rest == LAST
    assert load.comments[1:] == (
        "2 of 10 values of 'a' are not whole numbers: 'a' (row 9), 'b' (row 10)",
    )


def test_numbers_among_which_are_pairs_stay_text() -> None:
    load, *rest = steps_of("string", [*numbers(200), "2,4"])
    assert rest == LAST
    assert load.comments[1] == "'a': numbers with a comma: kept as text"


def test_strange_values_that_load_has_not_seen_are_loaded_as_text() -> None:
    load, set_type, *_ = steps_of("integer", [*numbers(199), "abc"])
    assert load.options["override_fields"] == {"a": {"type": "string", "format": "default"}}
    assert set_type.options == {"type": "integer", "on_error": Call("rejects")}


def test_a_type_that_load_takes_from_too_few_rows_is_set_right() -> None:
    load, *rest = steps_of("integer", ["1", "2", "3.5"])
    assert rest == LAST
    assert load.options["override_fields"] == {"a": {"type": "number", "format": "default"}}
    assert load.comments[1:] == ("1 of 3 values of 'a' is not a whole number: '3.5' (row 3)",)


def test_a_type_that_load_knows_to_be_weaker_is_left() -> None:
    load, *_ = steps_of("string", ["1", "2"], is_whole=False)
    assert "override_fields" not in load.options


def test_the_order_of_day_and_month_is_set_right() -> None:
    load, *_ = steps_of("date", ["01/02/2020", "01/25/2020"])
    assert load.options["override_fields"] == {"a": {"type": "date", "format": "%m/%d/%Y"}}


def test_a_field_without_values_is_left_as_it_is() -> None:
    load, *_ = steps_of("number", ["", ""])
    assert load.options == {"name": "x"}


def test_numbers_with_a_comma_get_their_type() -> None:
    assert steps_of("string", ["1.234,50", "7"])[1:-2] == [
        Step(
            "set_type",
            ("a",),
            {"type": "number", "decimalChar": ",", "groupChar": "."},
            (f"all 2 values of 'a' are {WITH_COMMA}",),
        )
    ]


def test_words_for_missing_values_among_numbers_with_a_comma_are_no_hindrance() -> None:
    values = ["1.234,50", "n/a", "2,5", "-", "3,25", "1,75", "0,25"]
    load, set_type, *_ = steps_of("string", values)
    assert load == Step(
        "load",
        ("x.csv",),
        {"name": "x", "override_schema": {"missingValues": ["", "n/a", "-"]}},
        (
            "7 rows of 1 field",
            "2 of 7 values of 'a' are not numbers: 'n/a' (row 2), '-' (row 4)",
            "so these are missing values: 'n/a', '-'",
        ),
    )
    assert set_type == Step(
        "set_type",
        ("a",),
        {"type": "number", "decimalChar": ",", "groupChar": "."},
        (f"all 5 values of 'a' are {WITH_COMMA}",),
    )


def test_texts_stay_texts_with_words_for_missing_values_among_them() -> None:
    assert steps_of("string", ["1,5", "two", "-"]) == steps_of("string", ["x", "two", "-"])


def test_yes_and_no_become_booleans() -> None:
    assert steps_of("string", ["yes", "no", "yes"])[1:-2] == [
        Step(
            "set_type",
            ("a",),
            {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]},
            ("all 3 values of 'a' are 'yes' or 'no'",),
        )
    ]


def test_what_only_a_person_can_decide_is_a_comment() -> None:
    load, *rest = steps_of("date integer string", ["01/02/2020"], ["20200131"], ["007"])
    assert rest == LAST
    assert load.comments[1:] == (
        "'a': day and month order is ambiguous: read as day/month; every value fits both",
        "'b': digits only, though every value could be a date like %Y%m%d",
        "'c': leading zeros: kept as text",
    )


def test_a_name_is_not_taken_as_a_pattern() -> None:
    descriptors = [{"name": "price ($)", "type": "string", "format": "default"}]
    step = steps_for(weigh("x", descriptors, [["1,50", "2,50"]], is_whole=True))[1]
    assert step.arguments == ("price ($)",)
    assert step.options["regex"] is False


def test_the_types_that_a_script_gives_are_known_before_it_runs() -> None:
    descriptors = [{"name": name, "type": "string", "format": "default"} for name in "abcd"]
    columns: list[list[Any]] = [
        ["1", "n/a"],
        ["yes", "no"],
        ["2020-01-31", "March 3, 2020"],
        ["x", "y"],
    ]
    look = weigh("rows", descriptors, columns, is_whole=True)
    types = planned_types(look, steps_for(look))
    assert types == ["integer", "boolean", "date", "string"]
