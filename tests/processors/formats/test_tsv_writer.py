"""TSV files from columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataflows import Flow, dump_to_path, load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_tab_stands_between_cells_and_all_loads_back(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": "x,y"}, {"a": None, "b": "p\tq"}, {"a": 3, "b": 'u"\nv'}]
    Flow(rows, dump_to_path(str(tmp_path), format="tsv")).process()
    path = tmp_path / "res_1.tsv"
    assert path.read_bytes() == b'a\tb\r\n1\tx,y\r\n\t"p\tq"\r\n3\t"u""\nv"\r\n'
    resource = json.loads((tmp_path / "datapackage.json").read_text())["resources"][0]
    assert (resource["format"], resource["dialect"]["delimiter"]) == ("tsv", "\t")
    for source in (path, tmp_path / "datapackage.json"):
        assert Flow(load(str(source))).results()[0] == [rows]
