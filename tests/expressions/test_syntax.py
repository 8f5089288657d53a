from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError
from dataflows.expressions import compile_expression

FUNCTIONS = (
    "the functions here are: len, abs, min, max, round, int, str, Decimal, float, bool, date, "
    "datetime."
)
OTHERWISE = "for more than an expression can say, give a Python function of the row"
USUAL = (
    "write a Python expression of fields, such as qty > 2 and city != 'Paris', "
    'and row["name"] for a field whose name is no Python name'
)


def refusal(text: str) -> list[str]:
    with pytest.raises(ArgumentError) as raised:
        compile_expression(text)
    return str(raised.value).splitlines()


def test_names_are_fields_in_the_order_of_their_first_use() -> None:
    expression = compile_expression("b + row['unit price'] * a - b + row.get('c')")
    assert expression.names == ("b", "unit price", "a", "c")
    row = {"a": 2, "b": 5, "unit price": Decimal("1.50"), "c": 1}
    assert expression.row(row) == Decimal("4.00")


def test_names_of_fields_are_read_to_the_character() -> None:
    # Python itself would read the micro sign as the Greek letter.
    assert compile_expression("\u00b5 + ﬁ").names == ("\u00b5", "ﬁ")


def test_functions_may_be_names_of_fields() -> None:
    expression = compile_expression("len(date) + len + _f0 + _c0")
    assert expression.names == ("date", "len", "_f0", "_c0")
    assert expression.row({"date": "abc", "len": 10, "_f0": 100, "_c0": 1000}) == 1113


def test_numbers_with_a_point_or_an_exponent_keep_their_digits() -> None:
    written = {"1.10": "1.10", ".5": "0.5", "5.": "5", "1_0.5": "10.5", "1e3": "1E+3"}
    for text, number in written.items():
        value = compile_expression(text).row({})
        assert (type(value), str(value)) == (Decimal, number)
    assert repr(compile_expression("0.1 + 0.2").row({})) == "Decimal('0.3')"


def test_blanks_around_an_expression_do_not_count() -> None:
    assert compile_expression("\n  qty > 2  ").row({"qty": 3}) is True


def test_an_expression_over_lines_in_brackets_is_read() -> None:
    assert compile_expression("(qty > 2\n  and qty < 5)").row({"qty": 3}) is True


def test_a_constant_collection_is_made_once() -> None:
    expression = compile_expression("x in (1, 2.50, date(2020, 1, 1), None)")
    assert [expression.row({"x": x}) for x in (True, Decimal("2.5"), None, 3)] == [
        True,
        True,
        True,
        False,
    ]
    assert expression.row({"x": datetime.date(2020, 1, 1)}) is True


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "qty > 2 and lambda: 0",
            [
                "this is not a Python expression",
                "    qty > 2 and lambda: 0",
                "                ^^^^^^",
                f"  fix: {USUAL}.",
            ],
        ),
        (
            "qty > 2 and (lambda: 0)",
            [
                "a lambda cannot stand in an expression",
                "    qty > 2 and (lambda: 0)",
                "                 ^^^^^^^^^",
                "  fix: write only what it would return.",
            ],
        ),
        (
            "'ü' + f'{x}'",
            [
                "an f-string cannot stand in an expression",
                "    'ü' + f'{x}'",
                "          ^^^^^^",
                "  fix: join the texts with +, and write str(x) for a number.",
            ],
        ),
        (
            "(x > 1 and\n 'é' > [y])",
            [
                "a list cannot stand in an expression",
                "     'é' > [y])",
                "           ^^^",
                "  fix: write it after `in`: x in [1, 2].",
            ],
        ),
        (
            "qty = 2",
            [
                "this is not a Python expression",
                "    qty = 2",
                "        ^",
                "  fix: write == to compare.",
            ],
        ),
        (
            "qty > 2 AND city",
            [
                "this is not a Python expression",
                "    qty > 2 AND city",
                "            ^^^",
                "  fix: write `and` in lower case.",
            ],
        ),
        (
            "row.qty > 2",
            [
                "fields are not attributes of the row",
                "    row.qty > 2",
                "    ^^^^^^^",
                "  fix: write row['qty'].",
            ],
        ),
        (
            "lenn(city)",
            [
                "no function named 'lenn' here",
                "    lenn(city)",
                "    ^^^^^^^^^^",
                f"  fix: did you mean 'len'? T{FUNCTIONS[1:]}",
            ],
        ),
        (
            "year(day) > 2025",
            [
                "no function named 'year' here",
                "    year(day) > 2025",
                "    ^^^^^^^^^",
                "  fix: write it behind the value: day.year.",
            ],
        ),
        (
            "city.isnull()",
            [
                "no method named 'isnull' here",
                "    city.isnull()",
                "    ^^^^^^^^^^^^^",
                "  fix: write: city is None.",
            ],
        ),
        (
            "city is not null",
            [
                "there is no null in Python",
                "    city is not null",
                "                ^^^^",
                "  fix: write None.",
            ],
        ),
        (
            "city in ('Rome')",
            [
                "('Rome') is 'Rome' alone, not a list",
                "    city in ('Rome')",
                "             ^^^^^^",
                "  fix: write ['Rome'] for a list of one.",
            ],
        ),
        (
            "lower(city)",
            [
                "no function named 'lower' here",
                "    lower(city)",
                "    ^^^^^^^^^^^",
                "  fix: it is a method of a text: write name.lower().",
            ],
        ),
        (
            "city.lower == 'x'",
            [
                "'lower' is a method",
                "    city.lower == 'x'",
                "    ^^^^^^^^^^",
                "  fix: write .lower().",
            ],
        ),
        (
            "day.year() > 2",
            [
                "'year' is not a method",
                "    day.year() > 2",
                "    ^^^^^^^^^^",
                "  fix: write .year without brackets.",
            ],
        ),
        (
            "a > 1 & b > 2",
            [
                "the operator & cannot stand in an expression",
                "    a > 1 & b > 2",
                "        ^^^^^",
                "  fix: write `and` for &.",
            ],
        ),
        (
            "round(amount, ndigits=2)",
            [
                "an argument with a name cannot stand here",
                "    round(amount, ndigits=2)",
                "    ^^^^^^^^^^^^^^^^^^^^^^^^",
                "  fix: give it by position.",
            ],
        ),
        (
            "len(a, b)",
            [
                "len() takes 1 argument, got 2",
                "    len(a, b)",
                "    ^^^^^^^^^",
                "  fix: give it 1.",
            ],
        ),
        (
            "row.get('x', 0) > 1",
            [
                "row.get() with a default never gives the default here",
                "    row.get('x', 0) > 1",
                "    ^^^^^^^^^^^^^^^",
                "  fix: write: row['x'] if row['x'] is not None else 0.",
            ],
        ),
        (
            "x is 3",
            [
                "`is` asks only for None here",
                "    x is 3",
                "    ^^^^^^",
                "  fix: write == for `is`.",
            ],
        ),
        (
            "1960 is not None",
            [
                "1960 is a value here, not a field, and never None",
                "    1960 is not None",
                "    ^^^^^^^^^^^^^^^^",
                "  fix: write row['1960'] for a field of that name.",
            ],
        ),
        (
            "x > 1 / 0",
            [
                "this fails on every row: division by zero",
                "    x > 1 / 0",
                "        ^^^^^",
                "  fix: correct it, or leave it out.",
            ],
        ),
        (
            "x > 1e9999999999999999999999",
            [
                "the exponent of this number is too large",
                "    x > 1e9999999999999999999999",
                "        ^^^^^^^^^^^^^^^^^^^^^^^^",
                "  fix: write a smaller one.",
            ],
        ),
        ("  ", ["the expression is empty", "  fix: write one, such as qty > 2."]),
    ],
)
def test_what_cannot_be_said_is_shown_with_its_place_and_the_fix(
    text: str, lines: list[str]
) -> None:
    assert refusal(text) == lines


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("__import__('os')", "no function named '__import__' here"),
        ("().__class__", "no attribute named '__class__' here"),
        ("''.__class__.__mro__", "no attribute named '__mro__' here"),
        ("x.__globals__", "no attribute named '__globals__' here"),
        ("__builtins__", "'__builtins__' is a name of Python's own"),
        ("eval('1')", "no function named 'eval' here"),
        ("getattr(x, 'y')", "no function named 'getattr' here"),
        ("'{0.__class__}'.format(x)", "no method named 'format' here"),
        ("(lambda: 0)()", "only functions with a name can be called"),
        ("row['x'](1)", "only functions with a name can be called"),
        ("len(row)", "the whole row cannot stand in an expression"),
        ("row.keys()", "no method named 'keys' here"),
        ("row[x]", "row[...] takes the name of a field, as a text"),
        ("[c for c in x]", "a comprehension cannot stand in an expression"),
        ("{c: 1 for c in x}", "a comprehension cannot stand in an expression"),
        ("(y := x)", "an assignment with := cannot stand in an expression"),
        ("min(*x)", "min() takes at least 2 arguments, got 1"),
        ("min(*x, 1)", "a star cannot stand in an expression"),
        ("(yield)", "this part of Python cannot stand in an expression"),
        ("await x", "this part of Python cannot stand in an expression"),
        ("b'x'", "bytes cannot stand in an expression"),
        ("1j", "a complex number cannot stand in an expression"),
        ("...", "an ellipsis cannot stand in an expression"),
        ("(1, 2)", "a tuple cannot stand in an expression"),
        ("x in ((1, 2), 3)", "a tuple cannot stand in an expression"),
        ("9 ** 9 ** 9", "this fails on every row: the power would have more than 65,536 bits"),
        ("'a' * 10 ** 9", "this fails on every row: the result would be longer than 10,000,000"),
        ("Decimal(9) ** 1e999", "this fails on every row: the result is too large"),
        ("Decimal('x')", "this fails on every row: this is not a number"),
        ("1e999 % 7", "this fails on every row: the result has more digits than can be held"),
        ("10 ** 9 * 'a'", "this fails on every row: the result would be longer than 10,000,000"),
        (
            "'%1000000000d' % 5",
            "this fails on every row: % divides numbers here; it does not format text",
        ),
        (
            "round(5, -10 ** 9)",
            "this fails on every row: cannot round to more than 4,300 digits",
        ),
        (
            "int(1e999999)",
            "this fails on every row: the integer would have more than 4,300 digits",
        ),
        ("x\0", "this is not a Python expression: source code string cannot contain null bytes"),
        ("'\ud800'", "the expression holds a character that cannot be"),
        ("-" * 101 + "x", "the expression is nested more than 100 deep"),
        ("not " * 10_000 + "x", "the expression is nested more than 100 deep"),
        ("-" * 49_000 + "1", "the expression is nested more than 100 deep"),
        ("+".join(["x"] * 20_000), "the expression is nested more than 100 deep"),
        ("x" + ".y" * 20_000, "the expression is nested more than 100 deep"),
        ("(" * 1_000 + "x" + ")" * 1_000, "this is not a Python expression: too many nested "),
        ("x" * 50_001, "the expression has 50,001 characters; 50,000 are the most"),
    ],
)
def test_hostile_texts_are_refused_at_once(text: str, what: str) -> None:
    lines = refusal(text)
    assert lines[0].startswith(what)
    assert lines[-1].startswith("  fix: ")
    assert max(map(len, lines)) < 200


def test_a_long_list_of_values_is_no_deep_expression() -> None:
    text = "x in (" + ", ".join(map(str, range(5_000))) + ")"
    assert compile_expression(text).row({"x": 4_999}) is True


@given(st.text(alphabet="xy1'\"()[]{}.,:=<>!+-*/%&|~^@ \n\t#\\_eflamdrnot", max_size=20))
def test_any_text_is_an_expression_or_an_argument_error(text: str) -> None:
    fix: str | None = "not needed"
    try:
        compile_expression(text)
    except ArgumentError as error:
        fix = error.fix
    assert fix


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ArgumentError) as raised:
        compile_expression(["qty > 2"])  # type: ignore[arg-type] # the mistake under test
    assert str(raised.value).splitlines() == [
        "an expression is a text, got ['qty > 2']",
        "  fix: write it as a text, such as 'qty > 2'.",
    ]
