from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from dataflows.cli.report import CallError
from dataflows.cli.settings import read_settings


class Size(Enum):
    small = 1
    large = 2


def made(annotation: Any, text: str) -> Any:
    def flow(value: Any) -> None: ...

    flow.__annotations__["value"] = annotation
    return read_settings(flow, [f"value={text}"], Path("sales.py"))["value"]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, "2020", "2020"),
        (int, "2020", 2020),
        (float, "0.5", 0.5),
        (Decimal, "0.10", Decimal("0.10")),
        (bool, "yes", True),
        (bool, "False", False),
        (date, "2020-02-29", date(2020, 2, 29)),
        (Path, "a/b", Path("a/b")),
        (int | None, "None", None),
        (int | None, "3", 3),
        (int | str, "x", "x"),
        (list[int], "1, 2,3", [1, 2, 3]),
        (tuple, "a,b", ("a", "b")),
        (Literal["csv", "json"], "json", "json"),
        (Literal[1, 2], "2", 2),
        (Size, "large", Size.large),
        (object, "a=b", "a=b"),
    ],
)
def test_a_text_becomes_what_the_signature_says(annotation: Any, text: str, value: Any) -> None:
    assert made(annotation, text) == value
    assert type(made(annotation, text)) is type(value)


def test_without_annotations_the_defaults_say_the_types() -> None:
    flow = eval("lambda year=2020, name='x', strict=False, other=None: None")  # noqa: S307 - a function without annotations
    settings = ["year=1", "name=2", "strict=on", "other=3"]
    assert read_settings(flow, settings, Path("s.py")) == {
        "year": 1,
        "name": "2",
        "strict": True,
        "other": "3",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["yaer=2020"],
            (
                "flow() in 'sales.py' has no parameter 'yaer'\n"
                "  fix: did you mean 'year'? The parameters here are: year, format."
            ),
        ),
        (
            ["year=MMXX"],
            "year is an integer, got 'MMXX'\n  fix: write for instance --set year=3.",
        ),
        (
            ["year=1", "format=jsn"],
            (
                "format is one of csv, json, got 'jsn'\n"
                "  fix: did you mean 'json'? The values here are: csv, json."
            ),
        ),
        (["year"], "--set takes a name and a value, got 'year'\n  fix: write --set name=value."),
        (["year=1", "year=2"], "'year' is set twice\n  fix: leave out one of the two."),
        ([], "flow() in 'sales.py' needs 'year'\n  fix: add --set year=…."),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(settings: list[str], message: str) -> None:
    def flow(year: int, format: Literal["csv", "json"] = "csv") -> None: ...

    with pytest.raises(CallError) as caught:
        read_settings(flow, settings, Path("sales.py"))
    assert str(caught.value) == message
