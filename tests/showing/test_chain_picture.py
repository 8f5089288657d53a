"""A chain as a picture: text, SVG and Mermaid."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dataflows import Flow, add_field, delete_fields, filter_rows, set_type, update_resource
from dataflows.errors import shorten
from dataflows.showing.chain_picture import (
    ChainPicture,
    FieldChange,
    Manner,
    PicturedStep,
    ResourceChange,
)

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x00\"'&#]]>{row}`"


def total(row: dict[str, Any]) -> None:
    row["total"] = row["price"] * row["qty"]


def flow() -> Flow:
    rows = [{"price": 2, "qty": "3"}, {"price": 5, "qty": "0"}]
    return Flow(
        rows,
        set_type("qty", type="integer"),
        add_field("total", "integer"),
        total,
        Flow(filter_rows("qty > 0"), delete_fields("price")),
    )


def hostile() -> ChainPicture:
    change = FieldChange(HOSTILE, None, "string")
    step = PicturedStep(
        1,
        "1",
        HOSTILE,
        0,
        Manner("rows", (HOSTILE,), (HOSTILE,)),
        (ResourceChange(HOSTILE, "added", (change,)), ResourceChange("a", "changed", (change,))),
    )
    return ChainPicture((step,), ((HOSTILE, ((HOSTILE, HOSTILE),)),))


def label() -> str:
    return f"total (test_chain_picture.py, line {total.__code__.co_firstlineno})"


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d{3} s", "T s", text)


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own text


def test_the_schemas_after_each_step_have_their_changes_marked() -> None:
    assert flow().explain().text(schemas=True) == (
        "1. list of rows\n"
        "   + resource res_1: price: integer, qty: string\n"
        "2. set_type('qty', type='integer')  [columns]\n"
        "   res_1: price: integer, qty: string → integer\n"
        "3. add_field('total', 'integer')  [columns]\n"
        "   res_1: price: integer, qty: integer, + total: integer\n"
        f"4. {label()}  [rows: reads price, qty; writes total]\n"
        "   5.1. filter_rows('qty > 0')  [columns]\n"
        "   5.2. delete_fields('price')  [columns]\n"
        "      res_1: qty: integer, total: integer, - price\n"
        "= resource res_1: qty: integer, total: integer"
    )


def test_of_many_fields_only_the_changed_ones_are_listed_and_the_others_counted() -> None:
    rows = [{f"f{number}": number for number in range(20)}]
    lines = Flow(rows, add_field("new", "string")).explain().text(schemas=True).splitlines()
    assert lines[3] == "   res_1: + new: string, … (20 more, as before)"
    assert lines[4].endswith("f11: integer, … (21 fields)")


def test_after_a_run_each_step_has_its_rows_and_seconds() -> None:
    assert without_times(flow().run().explain().text()) == (
        "1. list of rows\n"
        "   + resource res_1: price: integer, qty: string\n"
        "   0 rows in, 2 added, 2 out, T s\n"
        "2. set_type('qty', type='integer')  [columns]\n"
        "   res_1: qty: string → integer\n"
        "   2 rows in, 2 out, T s\n"
        "3. add_field('total', 'integer')  [columns]\n"
        "   res_1: + total: integer\n"
        "   2 rows in, 2 out, T s\n"
        f"4. {label()}  [rows: reads price, qty; writes total]\n"
        "   2 rows in, 2 out, T s\n"
        "   5.1. filter_rows('qty > 0')  [columns]\n"
        "      2 rows in, 1 out, 1 filtered, T s\n"
        "   5.2. delete_fields('price')  [columns]\n"
        "      res_1: - price\n"
        "      1 row in, 1 out, T s\n"
        "= resource res_1: qty: integer, total: integer"
    )


@pytest.mark.parametrize("width", [30, 40, 80])
def test_text_is_folded_to_a_width_and_loses_nothing(width: int) -> None:
    whole, text = flow().explain().text(), flow().explain().text(width)
    assert max(map(len, text.splitlines())) <= width
    assert "".join(text.split()) == "".join(whole.split())


def test_the_svg_shows_every_step_and_the_resources_at_the_end() -> None:
    assert texts(flow().explain().svg()) == [
        "1. list of rows",
        "+ resource res_1 (2 fields)",
        "2. set_type('qty', type='integer')",
        "columns",
        "res_1:",
        "  qty: string → integer",
        "3. add_field('total', 'integer')",
        "columns",
        "res_1:",
        "  + total: integer",
        f"4. {label()}",
        "rows: reads price, qty; writes total",
        "5.1. filter_rows('qty > 0')",
        "columns",
        "5.2. delete_fields('price')",
        "columns",
        "res_1:",
        "  - price",
        "res_1",
        "qty: integer",
        "total: integer",
    ]


def test_the_svg_of_a_run_has_the_rows_between_the_steps() -> None:
    shown = texts(flow().run().explain().svg())
    assert [one for one in shown if re.fullmatch(r"[\d,]+ rows?", one)] == [
        *["2 rows"] * 4,
        *["1 row"] * 2,
    ]
    assert [without_times(one) for one in shown if "filtered" in one] == ["1 filtered, T s"]


def test_everything_in_the_svg_stands_inside_its_frame() -> None:
    rows = [{"名" * 40: 1, "n" * 200: "x" * 300}]
    picture = Flow(rows, update_resource(None, name="r" * 90), lambda row: row).explain()
    root = ET.fromstring(picture.svg())  # noqa: S314 - our own text
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert (width, root.attrib["width"], root.attrib["height"]) == (360, "360", f"{height:.0f}")
    last = 0.0
    for box in list(root.iter(f"{SVG}rect"))[1:]:
        left, top = float(box.attrib["x"]), float(box.attrib["y"])
        assert left + float(box.attrib["width"]) <= width
        assert top >= last
        last = top + float(box.attrib["height"])
    assert last <= height
    assert all(len(one) <= 43 for one in texts(picture.svg()))


def test_what_comes_from_a_flow_is_only_text_in_the_svg() -> None:
    svg = hostile().svg()
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    names = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert names <= {"svg", "title", "style", "rect", "text", "path"}
    attributes = {name for one in root.iter() for name in one.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name}
    assert "<script" not in svg
    assert "\x1b" not in svg
    assert "url(" not in svg
    assert "@import" not in svg
    assert "\\x1b[31m\\x00" in "".join(texts(svg))


def test_the_svg_knows_light_and_dark_and_reads_itself_out() -> None:
    svg = flow().explain().svg()
    assert "@media(prefers-color-scheme:dark)" in svg
    assert 'role="img" aria-label="Chain of 6 steps"' in svg
    assert flow().explain()._repr_html_() == svg == flow().explain()._repr_svg_()


def test_the_mermaid_has_a_node_for_each_step_and_resource() -> None:
    assert flow().explain().mermaid().splitlines()[:11] == [
        "flowchart TD",
        '  s1["1#46; list of rows<br/>#43; resource res_1"]',
        (
            "  s2[\"2#46; set_type('qty', type='integer')<br/>columns"
            '<br/>res_1: qty: string → integer"]:::columns'
        ),
        (
            "  s3[\"3#46; add_field('total', 'integer')<br/>columns"
            '<br/>res_1: #43; total: integer"]:::columns'
        ),
        f'  s4["4#46; {label()}<br/>rows: reads price, qty#59; writes total"]:::rows',
        "  s5[\"5.1#46; filter_rows('qty #62; 0')<br/>columns\"]:::columns",
        "  s6[\"5.2#46; delete_fields('price')<br/>columns<br/>res_1: #45; price\"]:::columns",
        '  r1[("res_1<br/>2 fields")]',
        "  s1 --> s2",
        "  s2 --> s3",
        "  s3 --> s4",
    ]
    assert "  s4 -- 2 rows --> s5" in flow().run().explain().mermaid().splitlines()


def test_what_comes_from_a_flow_is_only_text_in_the_mermaid() -> None:
    node = hostile().mermaid().splitlines()[1]
    text = node.removeprefix('  s1["').removesuffix('"]:::rows').replace("<br/>", "")
    assert not set('<>"`{}[]&\\\x1b') & set(text), shorten(text)
