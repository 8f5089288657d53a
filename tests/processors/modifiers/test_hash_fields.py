from __future__ import annotations

import datetime
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.hash_fields import hash_fields
from dataflows.processors.modifiers.set_type import set_type
from processor_contract import VIEWS, Watched

SALT = "not to be seen"


def hashed(*values: Any, type: str = "string", view: str = "rows", **options: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, 9, types={"a": type}).link()
    step = hash_fields("a", **{"salt": SALT, **options})
    return [row["a"] for row in Flow(source, step).results()[0][0]]


def expected(text: str, algorithm: str = "sha256") -> str:
    return hmac.new(SALT.encode(), text.encode(), getattr(hashlib, algorithm)).hexdigest()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("type", "value", "text"),
    [
        ("string", "Malmö", "s:Malmö"),
        ("integer", 12, "n:12"),
        ("number", Decimal("12.500"), "n:12.5"),
        ("number", Decimal("1E+3"), "n:1000"),
        ("boolean", True, "b:true"),
        ("date", datetime.date(2026, 1, 31), "d:2026-01-31"),
        ("array", ["a", 1], "a:3:s:a3:n:1"),
    ],
)
def test_the_hash_is_what_the_documentation_says(
    view: str, type: str, value: Any, text: str
) -> None:
    assert hashed(value, None, type=type, view=view) == [expected(text), None]


def test_the_salt_may_be_bytes_and_the_algorithm_another() -> None:
    assert hashed("x", salt=SALT.encode(), algorithm="sha512") == [expected("s:x", "sha512")]
    assert hashed("x", length=10) == [expected("s:x")[:10]]
    assert hashed("x", salt="another one") != [expected("s:x")]


def test_equal_values_of_several_types_have_equal_hashes_and_others_have_not() -> None:
    values: list[Any] = [1, "1", True, Decimal("1.0"), [1], ["1"], {"a": 1}, {"a": "1"}]
    found = hashed(*values, type="any")
    assert found[0] == found[3]
    assert len(set(found)) == len(values) - 1


def test_texts_that_do_not_stand_for_a_value_of_their_own_are_hashed_as_the_value() -> None:
    assert hashed("1.50", 1.5, type="number") == [expected("n:1.5")] * 2


def test_the_field_is_a_string() -> None:
    step = set_type("a", type="integer", constraints={"maximum": 20, "unique": True})
    _, package, _ = Flow([{"a": 12}], step, hash_fields("a", salt=SALT)).results()
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "a", "type": "string", "format": "default", "constraints": {"unique": True}}
    ]


def test_the_text_that_was_read_does_not_come_back() -> None:
    source = Watched([{"a": "secret"}], "text", types={"a": "string"}).link()
    flow = Flow(source, hash_fields("a", salt=SALT), set_type("a", type="string"))
    assert flow.results()[0] == [[{"a": expected("s:secret")}]]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    found = Flow(source, [{"c": 1}], hash_fields("a", salt=SALT)).results()[0]
    assert found == [[], [{"c": 1}]]


def test_the_salt_is_shown_nowhere() -> None:
    step = hash_fields("a", salt=SALT, length=12)
    assert repr(step) == "hash_fields('a', salt=…, length=12)"
    flow = Flow([{"a": "x"}], step)
    result = flow.run()
    with pytest.raises(ProcessorError) as caught:
        Flow([{"b": "x"}], step).datastream()
    with pytest.raises(AttributeError):
        _ = step.salt
    shown = [repr(step.hooks), str(flow.explain()), str(caught.value), repr(caught.value)]
    shown += [repr(result), str(result.accounts), str(result.package.descriptor)]
    assert [text for text in shown if SALT in text] == []
    assert "salt=…" in shown[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"salt": "short"},
            (
                "the salt has 5 bytes, which can be guessed\n"
                "  fix: take 16 random bytes: secrets.token_hex(16) makes some."
            ),
        ),
        (
            {"salt": None},
            (
                "the salt is a text or bytes, got NoneType\n"
                "  fix: write for instance salt=os.environ['SALT']."
            ),
        ),
        (
            {"algorithm": "md5"},
            (
                "algorithm='md5' is none of 'sha256', 'sha512'\n"
                "  fix: write for instance algorithm='sha256'."
            ),
        ),
        (
            {"length": 4},
            "length must be from 8 to 64, got 4\n  fix: leave it out to keep all digits.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        hash_fields("a", **{"salt": SALT, **options})
    assert str(caught.value) == message


def test_there_must_be_a_salt() -> None:
    with pytest.raises(TypeError):
        hash_fields("a")  # type: ignore[call-arg]  # the mistake under test


@given(
    values=st.lists(st.decimals(-3, 3, allow_nan=False, places=2) | st.none(), max_size=8),
    view=st.sampled_from(VIEWS),
)
def test_hashes_are_equal_where_values_are(values: list[Decimal | None], view: str) -> None:
    found = hashed(*values, type="number", view=view)
    for value, text in zip(values, found, strict=True):
        assert [text == other for other in found] == [value == other for other in values]
