from __future__ import annotations

import pytest

from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.processors.packages.update_schema import update_schema


def test_the_properties_are_set_where_they_are_meant() -> None:
    flow = Flow([{"a": 1}], [{"b": 2}], update_schema("res_1", missingValues=["-"], title="T"))
    schemas = [one["schema"] for one in flow.process()[0].descriptor["resources"]]
    assert schemas == [
        {
            "fields": [{"name": "a", "type": "integer", "format": "default"}],
            "missingValues": ["-"],
            "title": "T",
        },
        {
            "fields": [{"name": "b", "type": "integer", "format": "default"}],
            "missingValues": [""],
        },
    ]


def test_the_rows_get_the_fields_of_the_new_schema() -> None:
    fields = [{"name": "b", "type": "string"}, {"name": "a", "type": "integer"}]
    data = Flow([{"a": 1}], update_schema(-1, fields=fields)).results()[0]
    assert data == [[{"b": None, "a": 1}]]
    assert list(data[0][0]) == ["b", "a"]


def test_a_field_of_a_type_that_there_is_not_is_refused() -> None:
    fields = [{"name": "a", "type": "intger"}]
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], update_schema(-1, fields=fields)).datastream()
    assert caught.value.what == "there is no type 'intger'"


def test_what_is_given_is_copied() -> None:
    missing = ["-"]
    flow = Flow([{"a": 1}], update_schema(None, missingValues=missing))
    flow.process()[0].descriptor["resources"][0]["schema"]["missingValues"].clear()
    assert missing == ["-"]
    assert flow.process()[0].resources[0].fields.missing_values == ["-"]
