"""Names of tables and fields are quoted, whatever they hold: none of them is ever a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataflows import Flow, dump_to_sql, load

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    ('x"; drop table kept; --', 'a"; drop table kept; --'),
    ("x'; drop table kept; --", "a%s"),
    ("a`b", "c`d"),
    ("a]b", "c:d"),
    ("select", "from"),
    ("x;y", "a?b"),
    ("100%", "%(x)s"),
    ("é", "a\nb"),
    ("x--", "a/*"),
]


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
@pytest.mark.parametrize(("table", "field"), NAMES)
def test_a_name_is_a_name(tmp_path: Path, scheme: str, table: str, field: str) -> None:
    address = f"{scheme}:///{tmp_path}/x.db"
    Flow([{"a": 1}], dump_to_sql({"kept": {"resource-name": "res_1"}}, engine=address)).process()
    row = {field: 1, "v": "x'\"; drop table kept; --"}
    for mode in ("rewrite", "append", "update", "merge"):
        keys = {"update_keys": [field]} if mode in ("update", "merge") else {}
        tables = {table: {"resource-name": "res_1", "mode": mode, **keys}}
        rows = [row] if mode != "append" else [{**row, field: 2}]
        Flow(rows, dump_to_sql(tables, engine=address)).process()
    found = Flow(load(address, table=table)).results()[0][0]
    assert [list(one.values()) for one in found] == [[1, row["v"]]]
    assert Flow(load(address, table="kept")).results()[0][0] == [{"a": 1}]
