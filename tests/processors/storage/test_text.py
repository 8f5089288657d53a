"""Tables that stand in the address itself."""

from __future__ import annotations

from typing import Any

import pytest

from dataflows import Flow, load


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("text://a,b\n1,?*", {"format": "csv"}),
        ("text://a;b\n1;?*", {}),
        ("a,b\n1,?*", {"format": "csv", "scheme": "text"}),
        ('text://[{"a": 1, "b": "?*"}]', {"format": "json"}),
        ('[{"a": 1, "b": "?*"}]', {"format": "json", "scheme": "text"}),
        ("text://<t><r><a>1</a><b>?*</b></r><r><a>1</a><b>?*</b></r></t>", {"format": "xml"}),
    ],
)
def test_the_text_behind_the_scheme_is_the_table(source: str, options: dict[str, Any]) -> None:
    data, package, _ = Flow(load(source, **options)).results()
    assert data[0][0] == {"a": 1, "b": "?*"}
    assert package.resource_names == ["data"]
