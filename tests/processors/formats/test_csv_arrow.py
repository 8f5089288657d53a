from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from dataflows import Flow, load
from dataflows.processors.formats.csv_arrow import Ragged

if TYPE_CHECKING:
    from pathlib import Path


def test_the_handler_of_ragged_rows_outlives_its_reader(tmp_path: Path) -> None:
    # Else pyarrow's thread may be the last to let go of it, which aborts a Python that is ending.
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    before = {id(one) for one in gc.get_objects() if isinstance(one, Ragged)}
    assert Flow(load(path)).results()[0] == [[{"a": 1}]]
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Ragged) and id(one) not in before]
