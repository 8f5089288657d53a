from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.types.layout import flaw_of, layout_of

FORMATS = ("%Y-%m-%d", "%d/%m/%y", "%y%m%d%H%M%S", "%H:%M", "%d.%m.%Y %H%%%M:%S", "%m+%Y", "é%Sé%Y")


YEARS_OF_TWO_DIGITS = st.datetimes(
    datetime.datetime.fromisoformat("1969-01-01"), datetime.datetime.fromisoformat("2068-12-31")
)


@given(st.sampled_from(FORMATS), YEARS_OF_TWO_DIGITS)
def test_a_layout_reads_what_strptime_reads(format: str, moment: datetime.datetime) -> None:
    layout = layout_of(format)
    assert layout is not None
    written = moment.strftime(format)
    read = datetime.datetime.strptime(written, format)  # noqa: DTZ007 - naive is meant
    text = pa.array([written, None])
    assert layout.matching(text).to_pylist() == [True, None]
    assert pa.array(layout.datetimes(text)).to_pylist() == [read.isoformat(), None]


@pytest.mark.parametrize(
    "format", ["%d %B", "%Y-%j", "%H:%M:%S.%f", "%z", "%Y %y", "plain", "%", "%d%d"]
)
def test_a_format_without_a_fixed_place_for_each_part_has_no_layout(format: str) -> None:
    assert layout_of(format) is None


@pytest.mark.parametrize(
    "cell", ["1/02/2020", "31/13/2020", "00/01/2020", "01-02-2020", "01/02/2020\n"]
)
def test_cells_that_are_not_laid_out_so_do_not_match(cell: str) -> None:
    layout = layout_of("%d/%m/%Y")
    assert layout is not None
    assert layout.matching(pa.array([cell])).to_pylist() == [False]


def test_the_flaw_of_a_format_is_told() -> None:
    assert flaw_of("%Y-%m-%d") is None
    assert flaw_of("%Q") == "'Q' is a bad directive in format '%Q'"
    assert flaw_of("%Y %") == "stray % in format '%Y %'"
