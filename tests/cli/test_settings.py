from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from datetime import time as daytime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import pytest

from dataflows.cli.report import CallError
from dataflows.cli.settings import read_settings

if TYPE_CHECKING:
    from datetime import time


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
        (Any, "a=b", "a=b"),
        (list, "a,b", ["a", "b"]),
        (Sequence[int], "1,2", [1, 2]),
        (Iterable, "1,2", ["1", "2"]),
        (
            UUID,
            "12345678-1234-5678-1234-567812345678",
            UUID(int=0x12345678123456781234567812345678),
        ),
    ],
)
def test_a_text_becomes_what_the_signature_says(annotation: Any, text: str, value: Any) -> None:
    assert made(annotation, text) == value
    assert type(made(annotation, text)) is type(value)


def test_without_annotations_the_defaults_say_the_types() -> None:
    flow = eval("lambda year=2020, name='x', strict=False, other=None, of=[1]: None")  # noqa: S307 - a function without annotations
    settings = ["year=1", "name=2", "strict=on", "other=3", "of=4,5"]
    assert read_settings(flow, settings, Path("s.py")) == {
        "year": 1,
        "name": "2",
        "strict": True,
        "other": "3",
        "of": [4, 5],
    }


def test_a_type_that_only_type_checkers_import_is_known_by_its_name() -> None:
    def flow(at: time, year: int, like: Unknown = 0.5) -> Flow: ...  # type: ignore[name-defined] # noqa: F821 - so it is

    made = read_settings(flow, ["at=12:30", "year=3", "like=0.1"], Path("sales.py"))
    assert made == {"at": daytime(12, 30), "year": 3, "like": 0.1}


def test_a_type_that_no_text_makes_is_refused() -> None:
    def flow(every: timedelta) -> None: ...

    with pytest.raises(CallError) as caught:
        read_settings(flow, ["every=3"], Path("sales.py"))
    assert str(caught.value) == (
        "every is a timedelta, got '3'\n  fix: let the function take a text, and make it of that."
    )


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
        (["year"], "--set takes a name and a value, got 'year'\n  fix: write --set year=value."),
        (["=3"], "--set takes a name and a value, got '=3'\n  fix: write --set name=value."),
        (["year=1", "year=2"], "'year' is set twice\n  fix: leave out one of the two."),
        ([], "flow() in 'sales.py' needs 'year'\n  fix: add --set year=…."),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(settings: list[str], message: str) -> None:
    def flow(year: int, format: Literal["csv", "json"] = "csv") -> None: ...

    with pytest.raises(CallError) as caught:
        read_settings(flow, settings, Path("sales.py"))
    assert str(caught.value) == message
