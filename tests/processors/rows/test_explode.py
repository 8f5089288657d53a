from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import drop, rejects
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows.explode import explode
from processor_contract import VIEWS, Watched, result_of

ROWS = [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}, {"id": 3, "tags": ["c"]}]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_each_item_gets_a_row() -> None:
    assert rows_of(ROWS, explode("tags", "tag", type="string")) == [
        {"id": 1, "tag": "a"},
        {"id": 1, "tag": "b"},
        {"id": 2, "tag": None},
        {"id": 3, "tag": "c"},
    ]


def test_the_items_may_take_the_name_of_the_arrays() -> None:
    assert rows_of(ROWS[:1], explode("tags")) == [{"id": 1, "tags": "a"}, {"id": 1, "tags": "b"}]


def test_the_field_stands_where_the_array_stood_with_its_number_after_it() -> None:
    rows = [{"tags": ["a", "b"], "id": 1}]
    step = explode("tags", "tag", type="string", index="nr", title="Tag")
    data, package, _ = Flow(rows, step).results()
    assert data == [[{"tag": "a", "nr": 1, "id": 1}, {"tag": "b", "nr": 2, "id": 1}]]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "tag", "type": "string", "title": "Tag", "format": "default"},
        {"name": "nr", "type": "integer", "format": "default"},
        {"name": "id", "type": "integer", "format": "default"},
    ]


def test_rows_without_items_may_go() -> None:
    rows = [*ROWS, {"id": 4, "tags": None}]
    result = Flow(rows, explode("tags", keep_empty=False)).run()
    assert [row["id"] for row in rows_of(rows, explode("tags", keep_empty=False))] == [1, 1, 3]
    account = result.accounts[1]
    assert (account.rows_in, account.added, account.rows_out, account.filtered) == (4, 1, 3, 2)


def test_a_missing_item_is_an_item() -> None:
    rows = [{"tags": [None, 1]}]
    assert rows_of(rows, explode("tags", index="nr")) == [
        {"tags": None, "nr": 1},
        {"tags": 1, "nr": 2},
    ]


def test_no_rows_give_no_rows() -> None:
    source = Watched([], types={"id": "integer", "tags": "array"})
    assert result_of(explode("tags"), source) == [[]]


def test_items_are_cast_to_their_type() -> None:
    rows = [{"years": ["1990", 2000]}]
    assert rows_of(rows, explode("years", type="integer")) == [{"years": 1990}, {"years": 2000}]


def test_an_item_that_does_not_fit_is_shown_with_the_row_of_its_array() -> None:
    rows = [{"years": [1990]}, {"years": [2000, "x"]}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, explode("years", "year", type="integer")).process()
    assert str(caught.value) == (
        "'x' is not an integer\n"
        "  in {'year': 'x'}\n"
        "  at processor 2 of 2: explode('years', 'year', type='integer')\n"
        "     resource 'res_1', row 2, field 'year'\n"
        "  fix: make the field a string: explode('years', 'year', type='string'), or handle such"
        " rows with on_error=rejects()."
    )


def test_items_that_do_not_fit_go_where_the_policy_says() -> None:
    rows = [{"years": [1990]}, {"years": [2000, "x"]}]
    assert rows_of(rows, explode("years", type="integer", on_error=drop)) == [
        {"years": 1990},
        {"years": 2000},
    ]
    rejected = Flow(rows, explode("years", type="integer", on_error=rejects())).results()[0][1]
    assert [(row["row_number"], row["value"]) for row in rejected] == [(2, "x")]


def test_the_rows_of_one_array_share_no_value_that_can_be_changed() -> None:
    def add(row: dict[str, Any]) -> None:
        row["all"].append(row["tag"])

    rows = [{"all": [0], "tag": [1, 2]}]
    assert rows_of(rows, explode("tag"), add) == [
        {"all": [0, 1], "tag": 1},
        {"all": [0, 2], "tag": 2},
    ]


def test_a_primary_key_gets_the_number_or_goes() -> None:
    for step, key in ((explode("tags", index="nr"), ["id", "nr"]), (explode("tags"), [])):
        package = Flow(ROWS, set_primary_key(["id"]), step).process()[0]
        assert package.resources[0].fields.primary_key == key


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            explode("tgas"),
            (
                "no field named 'tgas'\n  at processor 2 of 2: explode('tgas')\n"
                "     resource 'res_1'\n  fix: did you mean 'tags'? The fields here are: id, tags."
            ),
        ),
        (
            explode("id"),
            (
                "the field 'id' has no arrays: it is of the type 'integer'\n"
                "  at processor 2 of 2: explode('id')\n     resource 'res_1'\n"
                "  fix: make arrays of it first: set_type('id', type='array')."
            ),
        ),
        (
            explode("tags", "id"),
            (
                "there is a field named 'id' already\n"
                "  at processor 2 of 2: explode('tags', 'id')\n     resource 'res_1'\n"
                "  fix: choose another name, or delete_fields before this."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    assert str(caught.value) == message


def test_what_is_no_array_is_shown_with_its_row() -> None:
    rows = [{"x": [1]}, {"x": 5}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, set_type("x", type="any"), explode("x")).process()
    assert str(caught.value) == (
        "5 is not an array\n"
        "  at processor 3 of 3: explode('x')\n"
        "     resource 'res_1', row 2, field 'x'\n"
        "  fix: set_type('x', type='array') before."
    )


def test_names_are_texts_and_differ() -> None:
    with pytest.raises(ArgumentError) as caught:
        explode("tags", into=3)  # type: ignore[arg-type]  # the mistake under test
    assert str(caught.value) == (
        "the name of a field is a text, got 3\n"
        "  fix: write for instance explode('tags', into='tag')."
    )
    with pytest.raises(ArgumentError) as caught:
        explode("tags", index="tags")
    assert str(caught.value) == (
        "the items and their index would both be named 'tags'\n  fix: give the index another name."
    )


@given(
    arrays=st.lists(st.none() | st.lists(st.integers(), max_size=3), max_size=5),
    size=st.integers(1, 3),
    view=st.sampled_from(VIEWS),
)
def test_it_is_a_loop_over_the_items(arrays: list[list[int] | None], size: int, view: str) -> None:
    rows = [{"id": number, "tags": tags} for number, tags in enumerate(arrays)]
    source = Watched(rows, view, size, types={"id": "integer", "tags": "array"})
    expected = [{"id": row["id"], "tag": tag} for row in rows for tag in row["tags"] or [None]]
    assert result_of(explode("tags", "tag", type="integer"), source) == [expected]
