from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError, ValidationError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processors.loaders.load import load
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.modifiers.split_field import split_field
from dataflows.processors.rows.unpivot import unpivot
from processor_contract import Watched

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {"a": "string", "b": "string"}


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][-1]


def test_a_type_that_is_given_by_position_is_recognized() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"day": "2026-03-01"}], set_type("day", "date")).datastream()
    assert str(caught.value) == (
        "no resource matches 'date'\n"
        "  at processor 2 of 2: set_type('day', 'date')\n"
        "  fix: 'date' is a type: write set_type('day', type='date')."
    )


def test_the_values_and_the_schema_get_the_type() -> None:
    rows = [{"day": "24/12/2026", "price": "1,50"}]
    data, package, _ = Flow(
        rows,
        set_type("day", type="date", format="%d/%m/%Y"),
        set_type("price", type="number", decimalChar=","),
    ).results()
    assert data == [[{"day": datetime.date(2026, 12, 24), "price": Decimal("1.50")}]]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "day", "type": "date", "format": "%d/%m/%Y"},
        {"name": "price", "type": "number", "format": "default", "decimalChar": ","},
    ]


def test_text_that_no_step_has_changed_is_read_again() -> None:
    source = Watched([{"a": 7, "b": "x"}], "text", types={"a": "integer", "b": "string"})
    source_step = source.link()
    assert rows_of(source_step, set_type("a", type="string")) == [{"a": "7", "b": "x"}]


def test_the_last_resource_is_meant_by_default() -> None:
    data = Flow([{"a": "1"}], [{"a": "2"}], set_type("a", type="integer")).results()[0]
    assert data == [[{"a": "1"}], [{"a": 2}]]


@pytest.mark.parametrize("resources", [None, "res_.", ["res_1", "res_2"]])
def test_several_resources_may_be_meant(resources: Any) -> None:
    step = set_type("a", resources=resources, type="integer")
    assert Flow([{"a": "1"}], [{"a": "2"}], step).results()[0] == [[{"a": 1}], [{"a": 2}]]


def test_a_pattern_means_several_fields_and_must_match_the_whole_name() -> None:
    rows = [{"y1": "1", "y2": "2", "ay1": "3"}]
    assert rows_of(rows, set_type("y.", type="integer")) == [{"y1": 1, "y2": 2, "ay1": "3"}]


def test_a_name_may_be_taken_as_it_is() -> None:
    rows = [{"t (24h)": "1"}]
    assert rows_of(rows, set_type("t (24h)", regex=False, type="integer")) == [{"t (24h)": 1}]


def test_no_format_is_kept_as_no_format() -> None:
    package = Flow([{"a": "x"}], set_type("a", type="datetime", format=None)).check().package
    assert package.descriptor["resources"][0]["schema"]["fields"][0]["format"] is None


def test_a_transform_is_called_before_the_cast() -> None:
    step = set_type("a", type="integer", transform=lambda value: value.strip("$"))
    assert rows_of([{"a": "$3"}], step) == [{"a": 3}]


def test_a_builtin_is_a_transform() -> None:
    assert rows_of([{"a": 3}], set_type("a", type="string", transform=str)) == [{"a": "3"}]


def test_a_transform_may_ask_for_the_row_and_the_name_of_the_field() -> None:
    def transform(value: str, *, row: dict[str, Any], field_name: str) -> str:
        return f"{field_name}:{value}:{row['b']}"

    step = set_type("[ab]", type="string", transform=transform)
    assert rows_of([{"a": "x", "b": "y"}], step) == [{"a": "a:x:y", "b": "b:y:y"}]


def test_what_a_transform_changes_in_the_row_is_kept() -> None:
    def transform(value: str, row: dict[str, Any]) -> str:
        row["b"] = "changed"
        return value

    assert rows_of([{"a": "x", "b": "y"}], set_type("a", transform=transform)) == [
        {"a": "x", "b": "changed"}
    ]


@pytest.mark.parametrize(
    ("on_error", "expected"),
    [
        (drop, [{"a": 1}, {"a": None}]),
        (clear, [{"a": 1}, {"a": None}, {"a": None}]),
    ],
)
def test_what_does_not_fit_goes_where_the_policy_says(on_error: Any, expected: Any) -> None:
    rows = [{"a": "1"}, {"a": "x"}, {"a": None}]
    assert rows_of(rows, set_type("a", type="integer", on_error=on_error)) == expected


def _cleared_by_hand(name: str, row: dict[str, Any], index: int, error: Any, field: Any) -> bool:
    row[field.name] = None
    return True


@pytest.mark.parametrize("on_error", [clear, _cleared_by_hand])
def test_what_was_cleared_is_not_read_again(on_error: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\nx\n")
    links = load(str(path)), set_type("a", type="integer", on_error=on_error)
    assert rows_of(*links, set_type("a", type="number")) == [{"a": Decimal(1)}, {"a": None}]
    assert rows_of(*links, set_type("a", type="string")) == [{"a": "1"}, {"a": None}]
    fields, keys = [{"name": "a", "keys": {"key": "a"}}], [{"name": "key", "type": "string"}]
    long = unpivot(fields, keys, {"name": "value", "type": "string"})
    assert [row["value"] for row in rows_of(*links, long)] == ["1", None]
    assert rows_of(*links, split_field("a", ["b"])) == [{"b": "1"}, {"b": None}]


def test_ignored_values_stay_as_they_are() -> None:
    step = set_type("a", type="integer", on_error=ignore)
    assert Flow([{"a": "1"}, {"a": "x"}], step).results(on_error=None)[0] == [
        [{"a": 1}, {"a": "x"}]
    ]


def test_rejected_rows_go_to_a_resource_of_their_own() -> None:
    result = Flow([{"a": "1"}, {"a": "x"}], set_type("a", type="integer", on_error=rejects())).run()
    account = result.accounts[1]
    assert (account.rows_in, account.rows_out, account.rejected) == (2, 1, 1)
    assert [row["row_number"] for row in result.rejects] == [2]


def test_a_value_that_does_not_fit_is_an_error_that_shows_it() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": "1"}, {"a": "x"}], set_type("a", type="integer")).process()
    assert isinstance(caught.value.cause, ValidationError)
    assert str(caught.value) == (
        "'x' is not an integer\n"
        "  in {'a': 'x'}\n"
        "  at processor 2 of 2: set_type('a', type='integer')\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: make the field a string: set_type('a', type='string'), "
        "or handle such rows with on_error=rejects()."
    )


def test_a_transform_that_fails_is_reported_with_its_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}, {"a": 0}], set_type("a", transform=lambda value: 1 // value)).process()
    assert isinstance(caught.value.cause, ZeroDivisionError)
    assert caught.value.where.row == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "ctiy", "type": "string"},
            (
                "no field named 'ctiy'\n"
                "  at processor 2 of 2: set_type(name='ctiy', type='string')\n"
                "  fix: did you mean 'city'? The fields here are: city."
            ),
        ),
        (
            {"name": "c(", "regex": False, "type": "string"},
            (
                "no field named 'c('\n"
                "  at processor 2 of 2: set_type(name='c(', regex=False, type='string')\n"
                "  fix: the fields here are: city."
            ),
        ),
    ],
)
def test_an_unknown_field_is_refused_before_the_first_row(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"city": "Rome"}], set_type(**arguments)).datastream()
    assert str(caught.value) == message


def test_an_unknown_type_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": "Rome"}], set_type("a", type="intger")).datastream()
    assert caught.value.what == "there is no type 'intger'"
    assert str(caught.value.cause.fix).startswith("did you mean 'integer'?")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "("},
            (
                "'(' is not a regular expression: missing ), unterminated subpattern at "
                "position 0\n"
                "  fix: escape it, or pass regex=False for exact names."
            ),
        ),
        ({"name": 3}, "a field is given by its name, got 3\n  fix: give a list of names."),
        (
            {"name": "a", "transform": 3},
            (
                "transform must be a function of the value, got 3\n"
                "  fix: write for instance transform=str.strip."
            ),
        ),
        (
            {"name": "a", "on_error": "drop"},
            (
                "on_error must be a policy, got 'drop'\n  fix: use raise_exception, drop, ignore, "
                "clear, rejects() or a function (resource_name, row, index, error)."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        set_type(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"typ": "integer"},
            (
                "a field has no property 'typ'\n"
                "  fix: did you mean 'type'? One of your own needs a name that is less like it."
            ),
        ),
        (
            {"type": "integer", "constraints": {"minimum": 1, "maxium": 4}},
            (
                "there is no constraint 'maxium'\n"
                "  fix: did you mean 'maximum'? The constraints here are: required, unique, enum,"
                " pattern, minimum, maximum, minLength, maxLength."
            ),
        ),
    ],
)
def test_an_option_that_would_do_nothing_is_refused_at_the_call(
    options: dict[str, Any], text: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        set_type("a", **options)
    assert str(caught.value) == text


def test_missing_values_of_one_field_are_warned_of() -> None:
    told = (
        r"missingValues of one field do nothing; set those of the schema: "
        r"update_schema\(-1, missingValues=\['-'\]\) before it"
    )
    with pytest.warns(UserWarning, match=told):
        set_type("a", type="integer", missingValues=["-"])


def test_a_property_of_a_users_own_is_in_the_descriptor() -> None:
    package = Flow([{"a": 1}], set_type("a", columnType="amount")).process()[0]
    assert package.resources[0].fields.descriptor["fields"] == [
        {"name": "a", "type": "integer", "format": "default", "columnType": "amount"}
    ]


@pytest.mark.parametrize("name", ["es:title", "es:format", "title_en", "name@he", "subTitle"])
def test_a_property_whose_name_has_another_word_is_a_users_own(name: str) -> None:
    package = Flow([{"a": 1}], set_type("a", **{name: True})).process()[0]
    assert package.resources[0].fields.descriptor["fields"] == [
        {"name": "a", "type": "integer", "format": "default", name: True}
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Type", "type"),
        ("titel", "title"),
        ("decimal_char", "decimalChar"),
        ("trueValue", "trueValues"),
        ("rdf:type", "rdfType"),
    ],
)
def test_a_property_that_is_written_otherwise_is_refused(name: str, meant: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        set_type("a", **{name: "x"})
    assert str(caught.value) == (
        f"a field has no property {name!r}\n"
        f"  fix: did you mean {meant!r}? One of your own needs a name that is less like it."
    )


def test_the_options_are_not_shared_with_the_schema() -> None:
    constraints = {"enum": ["x"]}
    flow = Flow([{"a": "x"}], set_type("a", constraints=constraints))
    flow.process()[0].descriptor["resources"][0]["schema"]["fields"][0]["constraints"].clear()
    assert constraints == {"enum": ["x"]}


@given(st.lists(st.one_of(st.none(), st.integers()), max_size=20))
def test_integers_survive_being_texts(numbers: list[int | None]) -> None:
    rows = [{"a": None if number is None else str(number)} for number in numbers]
    source = Watched(rows, size=3, types={"a": "string"}).link()
    assert rows_of(source, set_type("a", type="integer")) == [{"a": number} for number in numbers]
