from __future__ import annotations

import subprocess
import sys

import pytest

from dataflows.errors import FlowError
from dataflows.types import codec_for


def test_equal_fields_have_the_same_codec_whatever_their_names() -> None:
    field = {"type": "number", "constraints": {"enum": [1, "2"]}}
    codec = codec_for({"name": "a", "title": "A", **field}, [""])
    assert codec_for({**field, "name": "b", "format": "default"}) is codec
    assert codec_for({"name": "a"}) is codec_for({"type": "string"})


def test_fields_that_differ_in_what_counts_have_codecs_of_their_own() -> None:
    fields = [
        {"type": "any", "constraints": {"enum": [1]}},
        {"type": "any", "constraints": {"enum": [True]}},
        {"type": "any", "constraints": {"enum": ["1"]}},
        {"type": "any", "constraints": {"enum": [1.0]}},
        {"type": "any"},
        {"type": "any", "format": None},
    ]
    codecs = [codec_for(field) for field in fields] + [codec_for(fields[0], ("", "-"))]
    assert len(set(map(id, codecs))) == len(codecs)


def test_a_field_that_is_changed_later_does_not_change_its_codec() -> None:
    field = {"type": "boolean", "trueValues": ["oui"]}
    codec = codec_for(field)
    field["trueValues"].append("si")  # type: ignore[attr-defined] # the list inside
    assert codec_for(field) is not codec
    assert codec_for(field).cast("si") is True


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (
            "interger",
            "there is no type 'interger'\n  fix: did you mean 'integer'? The types here are: ",
        ),
        ("float", "there is no type 'float'\n  fix: did you mean 'number'? The types here are: "),
        ("TEXT", "there is no type 'TEXT'\n  fix: did you mean 'string'? The types here are: "),
        (
            int,
            "there is no type <class 'int'>\n  fix: did you mean 'integer'? The types here are: ",
        ),
        (None, "there is no type None\n  fix: the types here are: "),
        (["x"], "there is no type ['x']\n  fix: the types here are: "),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest_name(type: object, text: str) -> None:
    types = (
        "any, string, integer, number, boolean, date, time, datetime, year, yearmonth, duration, "
        "array, object, geopoint, geojson."
    )
    with pytest.raises(FlowError) as caught:
        codec_for({"name": "x", "type": type})
    assert str(caught.value) == text + types


def test_casting_the_usual_types_loads_no_slow_package() -> None:
    program = (
        "import sys, pyarrow as pa\n"
        "from dataflows.types import codec_for\n"
        "for type, cell in dict(string='a', integer='1', number='1.5', boolean='true', year='2020',"
        " date='2020-01-02', time='10:11:12', datetime='2020-01-02T10:11:12', array='[]',"
        " geopoint='1.5,2', yearmonth='2020-01').items():\n"
        "    codec = codec_for(dict(type=type))\n"
        "    codec.values_to_plain(codec.text_to_values(codec.cast_text(pa.array([cell])).text))\n"
        "print({'tableschema', 'datapackage', 'tabulator', 'isodate'}.intersection(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
