from __future__ import annotations

from typing import Any

import pytest

from dataflows.batch import Batch
from dataflows.errors import ArgumentError, FlowError, RowError
from dataflows.package import Resource
from dataflows.processors.groups.key_spec import KeySpec, alike, kinds_of_both
from dataflows.wording import with_article


def resource(**types: str) -> Resource:
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return Resource({"name": "rows", "schema": {"fields": fields}})


def key_columns(given: Any, rows: list[dict[str, Any]], **types: str) -> list[list[Any]]:
    """Return the values of the parts of a key; the rows are the third and those that follow."""
    batch = Batch.from_rows(rows, list(types), first_row=3)
    return [part.column(batch, 2).values for part in KeySpec.read(given).bound(resource(**types))]


@pytest.mark.parametrize(
    ("given", "fields", "template"),
    [
        ("a", ["a"], None),
        (["a", "b"], ["a", "b"], None),
        (("a",), ["a"], None),
        ("#", ["#"], None),
        ("{a}", ["a"], "{a}"),
        ("{a}-{b:02} {#}", ["a", "b", "#"], "{a}-{b:02} {#}"),
    ],
)
def test_a_key_is_read_as_it_is_written(given: Any, fields: list[str], template: Any) -> None:
    assert KeySpec.read(given) == KeySpec(fields, template)


@pytest.mark.parametrize("given", ["", [], 5, None, ["a", 5], "{}", "{a}{}", {"a": 1}])
def test_what_is_no_key_is_refused(given: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        KeySpec.read(given)
    assert str(caught.value) == (
        f"a key is a field, a list of fields or a text with braces, got {given!r}\n"
        "  fix: write for instance ['city', 'day'] or '{city}-{day}'."
    )


def test_parts_hold_the_values_and_the_numbers_of_rows() -> None:
    rows = [{"a": "x", "b": None}, {"a": None, "b": 7}]
    assert key_columns(["a", "#", "b"], rows, a="string", b="integer") == [
        ["x", None],
        [3, 4],
        [None, 7],
    ]


def test_a_template_makes_a_text_and_none_where_a_field_is_missing() -> None:
    rows = [{"a": "x", "b.c": 7}, {"a": None, "b.c": 7}, {"a": "{y}", "b.c": 8}]
    types = {"a": "string", "b.c": "integer"}
    assert key_columns("{a}{{{b.c:02}}} {#} {a!r}", rows, **types) == [
        ["x{07} 3 'x'", None, "{y}{08} 5 '{y}'"]
    ]


def test_a_format_that_does_not_fit_is_shown_with_its_row() -> None:
    with pytest.raises(RowError) as caught:
        key_columns("{a:d}", [{"a": "x"}], a="string")
    assert str(caught.value) == (
        "'x' cannot be formatted with '{a:d}': Unknown format code 'd' for object of type 'str'\n"
        "     row 3, field 'a'\n"
        "  fix: change the format in the key, or use set_type('a', …) before this."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b"], ["c", "d"]),
        ("a", "{c}"),
        ("{a}", "{c}"),
        ("<{a}|{b}>", "<{c}|{d}>"),
        ("{a}:{b}", ["c", "d"]),
        (["a", "b"], "{c}-{d}"),
    ],
)
def test_keys_with_as_many_fields_are_compared_field_by_field(one: Any, other: Any) -> None:
    found = alike(KeySpec.read(one), KeySpec.read(other))
    assert [key.template for key in found] == [None, None]


@pytest.mark.parametrize(
    ("one", "other", "templates"),
    [
        ("House of {a}", "c", ("House of {a}", "{c}")),
        ("{a}", "{c}{d}", ("{a}", "{c}{d}")),
        ("{a}-{b}", "{c}:{d}", ("{a}-{b}", "{c}:{d}")),
        ("{a:02}", "c", ("{a:02}", "{c}")),
        (["a", "b"], "{c}", ("{a}:{b}", "{c}")),
    ],
)
def test_other_keys_are_compared_as_texts(one: Any, other: Any, templates: Any) -> None:
    found = alike(KeySpec.read(one), KeySpec.read(other))
    assert tuple(key.template for key in found) == templates


@pytest.mark.parametrize(
    ("type_", "other", "kind"),
    [
        ("string", "string", "text"),
        ("integer", "year", "integer"),
        ("integer", "number", "number"),
        ("year", "number", "number"),
        ("any", "string", "bytes"),
        ("date", "any", "bytes"),
        ("array", "array", "bytes"),
        ("datetime", "datetime", "datetime"),
        ("time", "time", "bytes"),
        ("integer", "string", None),
        ("boolean", "integer", None),
        ("date", "datetime", None),
        ("array", "object", None),
        ("time", "duration", None),
    ],
)
def test_types_say_how_keys_are_compared(type_: str, other: str, kind: str | None) -> None:
    keys = KeySpec(["a"]), KeySpec(["b"])
    if kind is not None:
        assert kinds_of_both(keys[0], resource(a=type_), keys[1], resource(b=other)) == [kind]
        return
    with pytest.raises(FlowError) as caught:
        kinds_of_both(keys[0], resource(a=type_), keys[1], resource(b=other))
    assert str(caught.value) == (
        f"the keys can never be equal: 'a' of 'rows' is {with_article(type_)}, 'b' of 'rows' is"
        f" {with_article(other)}\n"
        f"  fix: make them alike before this: set_type('b', type={type_!r}, resources='rows')."
    )
