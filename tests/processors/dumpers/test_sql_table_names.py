"""Tables whose names are those that statements of ours give to other things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
@pytest.mark.parametrize("table", ["s", "t", "o", "numbered", "last"])
@pytest.mark.parametrize("mode", ["update", "merge"])
def test_rows_are_updated_and_deleted_whatever_the_table_is_called(
    tmp_path: Path, scheme: str, table: str, mode: str
) -> None:
    address = f"{scheme}:///{tmp_path}/out.db"

    def dump(rows: list[dict[str, Any]], **options: Any) -> None:
        wanted = {table: {"resource-name": "res_1", **options}}
        Flow(rows, dump_to_sql(wanted, address)).process()

    dump([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    dump([{"id": 2, "name": "B"}, {"id": 3, "name": "c"}], mode=mode, update_keys=["id"])
    kept = [{"id": 1, "name": "a"}] if mode == "update" else []
    new = [{"id": 2, "name": "B"}, {"id": 3, "name": "c"}]
    assert Flow(load(address, table=table, order_by="id")).results()[0] == [[*kept, *new]]
