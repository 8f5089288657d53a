"""Which resources and which fields a processor is for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, UnknownResourceError
from dataflows.package import Package
from dataflows.selectors import (
    ResourceMatcher,
    check_resources,
    compile_pattern,
    match_fields,
    no_such_field,
    select_resources,
)

NAMES = ["sales_2025", "sales_2026", "stores"]


def package(*names: str) -> Package:
    """Return a package of these resources and one of rejected rows."""
    resources: list[dict[str, Any]] = [{"name": name, "path": f"{name}.csv"} for name in names]
    rejected = {"name": "rejects", "path": "rejects.csv", "dataflows:rejects": True}
    return Package({"resources": [*resources, rejected]})


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (None, set(NAMES)),
        ("sales_.*", {"sales_2025", "sales_2026"}),
        ("sales", None),
        ("sales_2025|stores", {"sales_2025", "stores"}),
        ("store|sto", None),
        (0, {"sales_2025"}),
        (-1, {"stores"}),
        (["stores", "sales_2025"], {"stores", "sales_2025"}),
        (("stores",), {"stores"}),
        (["sales_.*"], None),
        ([], set()),
        (".*", set(NAMES)),
        ("rejects", {"rejects"}),
        (["rejects", "stores"], {"rejects", "stores"}),
        ("rej.*", None),
    ],
)
def test_a_selector_means_these_resources(selector: Any, found: set[str] | None) -> None:
    here = package(*NAMES)
    if found is None:
        with pytest.raises(UnknownResourceError):
            select_resources(selector, here)
    else:
        assert select_resources(selector, here) == found
    assert select_resources(selector, here, must_match=False) == (found or set())
    matcher = ResourceMatcher(selector, here)
    if selector is not None:
        every = [*NAMES, "rejects"]
        assert {name for name in every if matcher.match(name)} - {"rejects"} == (found or set()) - {
            "rejects"
        }


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        ({"key": None}, "'city' is a field: write some_step(key='city')."),
        ({"fields": None}, "'city' is a field: write some_step(fields=['city'])."),
        (
            {"fields": "size"},
            "'city' is a field: put the fields into one list: some_step(['size', 'city']).",
        ),
        (
            {"key": ["size", "year"]},
            "'city' is a field: put the fields into one list: some_step(['size', 'year', 'city']).",
        ),
        ({"key": "{size}-"}, "the resources here are: res_1."),
        ({"fields": {"size": "x"}}, "the resources here are: res_1."),
        ({}, "the resources here are: res_1."),
    ],
)
def test_the_name_of_a_field_is_recognized(arguments: dict[str, Any], fix: str) -> None:
    fields = [{"name": "city"}]
    here = Package({"resources": [{"name": "res_1", "schema": {"fields": fields}}]})
    with pytest.raises(UnknownResourceError) as caught:
        select_resources("city", here, "some_step", arguments)
    assert str(caught.value) == f"no resource matches 'city'\n  fix: {fix}"


def test_a_name_with_characters_of_regular_expressions_means_itself() -> None:
    assert select_resources("a.b (1)", package("a.b (1)")) == {"a.b (1)"}


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (
            "store",
            (
                "no resource matches 'store'\n  fix: did you mean 'stores'?"
                " The resources here are: sales_2025, sales_2026, stores, rejects."
            ),
        ),
        (
            ["stores", "shops"],
            (
                "no resource is named 'shops'\n"
                "  fix: the resources here are: sales_2025, sales_2026, stores, rejects."
            ),
        ),
        (
            3,
            (
                "no resource at position 3: there are 3\n"
                "  fix: the resources here are: sales_2025, sales_2026, stores."
            ),
        ),
        (
            -4,
            (
                "no resource at position -4: there are 3\n"
                "  fix: the resources here are: sales_2025, sales_2026, stores."
            ),
        ),
    ],
    ids=repr,
)
def test_a_selector_that_means_none_is_refused(selector: Any, text: str) -> None:
    with pytest.raises(UnknownResourceError) as caught:
        select_resources(selector, package(*NAMES))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (
            {"a"},
            (
                "resources must be None, a regular expression, a position or a list of names,"
                " got {'a'}\n  fix: write for instance resources='sales' or"
                " resources=['sales', 'stores']."
            ),
        ),
        (
            True,
            (
                "resources must be None, a regular expression, a position or a list of names,"
                " got True\n  fix: write for instance resources='sales' or"
                " resources=['sales', 'stores']."
            ),
        ),
        (
            "(",
            (
                "resources='(' is not a regular expression: missing ), unterminated subpattern"
                " at position 0\n  fix: give exact names as a list: resources=[…]."
            ),
        ),
        (
            ["a", 1],
            (
                "resources=['a', 1] must list names, got 1\n"
                "  fix: give one position as a number, or names in a list."
            ),
        ),
    ],
    ids=repr,
)
def test_what_cannot_select_is_refused_at_the_call(selector: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_resources(selector)
    assert str(caught.value) == text


def test_a_matcher_takes_a_descriptor_too_and_names_that_come_later() -> None:
    matcher = ResourceMatcher("sales.*", {"resources": [{"name": "stores"}]})
    assert (matcher.match("sales_1"), matcher.match("stores")) == (True, False)
    assert ResourceMatcher(None, {}).match("anything")
    with pytest.raises(ArgumentError):
        ResourceMatcher(1.5, {})  # type: ignore[arg-type] # what is tested


def test_patterns_match_whole_field_names_in_their_order() -> None:
    names = ["x1", "x2", "y", "x10"]
    assert match_fields(["x.", "y|z"], names) == {"x.": ["x1", "x2"], "y|z": ["y"]}
    assert match_fields(["x.", "y"], names, regex=False) == {"x.": [], "y": ["y"]}


@given(st.lists(st.text(max_size=4), unique=True, max_size=6), st.text(max_size=4))
def test_exact_names_and_escaped_patterns_mean_the_same(names: list[str], name: str) -> None:
    exact = match_fields([name], names, regex=False)[name]
    assert match_fields([re.escape(name)], names)[re.escape(name)] == exact
    assert exact == [one for one in names if one == name]


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        compile_pattern("a[")
    assert str(caught.value) == (
        "'a[' is not a regular expression: unterminated character set at position 1\n"
        "  fix: escape it, or pass regex=False for exact names."
    )


def test_a_missing_field_is_told_with_the_nearest_name() -> None:
    assert str(no_such_field("pirce", ["price", "qty"])) == (
        "no field named 'pirce'\n  fix: did you mean 'price'? The fields here are: price, qty."
    )
