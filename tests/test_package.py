"""Package, Resource, Schema and Field, and the wrappers that functions receive."""

from __future__ import annotations

import copy
import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import CastError, FlowError, UnknownFieldError
from dataflows.package import (
    Field,
    Package,
    PackageWrapper,
    Resource,
    ResourceWrapper,
    Schema,
    clone,
    edit_schemas,
    unique_name,
)

if TYPE_CHECKING:
    from pathlib import Path

SALES: dict[str, Any] = {
    "name": "sales",
    "path": "data/sales.csv",
    "profile": "tabular-data-resource",
    "schema": {"fields": [{"name": "day", "type": "date"}, {"name": "city"}]},
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def sales() -> Package:
    return Package({"title": "Sales", "resources": [SALES, {"name": "notes", "path": "n.txt"}]})


@given(json_values)
def test_a_clone_is_equal_and_shares_nothing_that_can_change(value: Any) -> None:
    before = copy.deepcopy(value)
    copied = clone(value)
    assert copied == value
    pairs = [(value, copied)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict):
            assert one is not other
            pairs += [(one[key], other[key]) for key in one]
            other["new"] = 1
        elif isinstance(one, list):
            assert one is not other
            pairs += zip(one, other, strict=True)
            other.append(1)
    assert value == before


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b"]), max_size=5))
def test_a_unique_name_is_free_and_the_name_itself_where_that_is(taken: list[str]) -> None:
    name = unique_name("a", taken)
    assert name not in taken
    assert (name == "a") == ("a" not in taken)


def test_a_tabular_resource_is_completed() -> None:
    descriptor = {**SALES, "dialect": {"delimiter": ";"}}
    assert Package({"resources": [descriptor]}).descriptor == {
        "profile": "data-package",
        "resources": [
            {
                "name": "sales",
                "path": "data/sales.csv",
                "profile": "tabular-data-resource",
                "schema": {
                    "fields": [
                        {"name": "day", "type": "date", "format": "default"},
                        {"name": "city", "type": "string", "format": "default"},
                    ],
                    "missingValues": [""],
                },
                "dialect": {
                    "delimiter": ";",
                    "doubleQuote": True,
                    "lineTerminator": "\r\n",
                    "quoteChar": '"',
                    "skipInitialSpace": True,
                    "header": True,
                    "caseSensitiveHeader": False,
                },
            }
        ],
    }


def test_other_resources_get_a_profile_and_nothing_else() -> None:
    resource = {"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "x"}]}}
    package = Package({"resources": [resource]})
    assert package.descriptor["resources"] == [{**resource, "profile": "data-resource"}]
    schema = package.resources[0].schema
    assert schema is not None
    assert (schema.fields[0].type, schema.missing_values) == ("string", [""])


def test_the_callers_descriptor_is_left_alone() -> None:
    descriptor = {"resources": [SALES]}
    before = copy.deepcopy(descriptor)
    Package(descriptor).descriptor["resources"][0]["name"] = "x"
    assert descriptor == before


def test_edits_take_effect_on_commit() -> None:
    package = sales()
    package.descriptor["resources"][0]["name"] = "new"
    assert package.resource_names == ["sales", "notes"]
    assert package.commit() is True
    assert package.resource_names == ["new", "notes"]
    assert package.commit() is False


def test_resources_are_found_by_name() -> None:
    package = sales()
    found = package.get_resource("notes")
    assert found is not None
    assert (found.name, package.get_resource("x")) == ("notes", None)


def test_resources_are_added_and_removed_at_once() -> None:
    package = sales()
    package.descriptor["title"] = "an edit that was not committed"
    added = package.add_resource({"name": "more", "path": "more.csv"})
    assert (added.name, package.resource_names) == ("more", ["sales", "notes", "more"])
    assert package.descriptor["title"] == "Sales"
    removed = package.remove_resource("sales")
    assert removed is not None
    assert (removed.name, package.resource_names) == ("sales", ["notes", "more"])
    assert package.remove_resource("sales") is None


def test_a_copy_is_its_own_package() -> None:
    package = sales()
    copied = package.copy()
    copied.descriptor["resources"][0]["name"] = "new"
    copied.commit()
    assert package.resource_names == ["sales", "notes"]
    assert copied.resource_names == ["new", "notes"]


def test_a_package_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "p", "resources": [SALES]}))
    package = Package(str(tmp_path / "datapackage.json"))
    assert package.resource_names == ["sales"]
    assert package.base_path == str(tmp_path)


def test_validity_is_told_and_never_raised() -> None:
    assert sales().valid
    assert sales().errors == []
    broken = Package({"resources": []})
    assert not broken.valid
    assert [str(error) for error in broken.errors] == [
        (
            'Descriptor validation error: [] should be non-empty at "resources" in descriptor'
            ' and at "properties/resources/minItems" in profile'
        )
    ]


def test_a_package_is_saved_and_inferred(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,b\n")
    package = Package(base_path=str(tmp_path))
    package.infer("*.csv")
    assert package.resource_names == ["a"]
    assert package.resources[0].fields.field_names == ["x", "y"]
    assert package.save(str(tmp_path / "datapackage.json"))
    saved = json.loads((tmp_path / "datapackage.json").read_text())
    assert [one["name"] for one in saved["resources"]] == ["a"]


@pytest.mark.parametrize("path", ["../a.csv", "/etc/passwd", "~/a.csv", "a/../../b.csv", "$HOME/a"])
def test_a_path_out_of_the_package_is_refused(path: str) -> None:
    with pytest.raises(FlowError) as caught:
        Package({"resources": [{"name": "a", "path": path}]})
    assert str(caught.value) == (
        f"the resource path {path!r} is not safe: it could lead out of the package's folder\n"
        "  fix: give a relative path without '..', '~' or variables."
    )
    with pytest.raises(FlowError):
        Resource({"name": "a", "path": ["fine.csv", path]})


@pytest.mark.parametrize(
    "path",
    ["a.csv", "data/a (1).csv", "é/ü.csv", "a b/c=d/e@f.csv", "https://example.com/../a.csv", "a"],
)
def test_everyday_paths_are_fine(path: str) -> None:
    assert Resource({"name": "a", "path": path}).descriptor["path"] == path


def test_a_resource_tells_its_source_and_schema() -> None:
    resource = sales().resources[0]
    assert (resource.name, resource.source, resource.tabular) == ("sales", "./data/sales.csv", True)
    assert Resource({"path": "https://example.com/a.csv"}).source == "https://example.com/a.csv"
    notes = sales().resources[1]
    assert (notes.tabular, notes.schema) == (False, None)
    assert repr(resource) == "Resource('sales', day, city)"


@pytest.mark.parametrize(
    ("descriptor", "tabular"),
    [
        ({"path": "a.csv"}, True),
        ({"path": "a.XLSX"}, True),
        ({"path": ["a.tsv", "b.tsv"]}, True),
        ({"path": "a.json"}, False),
        ({"path": "a.json", "format": "csv"}, True),
        ({"path": "a.json", "profile": "tabular-data-resource"}, True),
        ({}, False),
        ({"path": []}, False),
    ],
)
def test_tables_are_known_by_profile_format_or_ending(
    descriptor: dict[str, Any], tabular: bool
) -> None:
    assert Resource(descriptor).tabular is tabular


def test_a_renamed_resource_has_its_new_name_after_commit() -> None:
    resource = Resource({"name": "a"})
    resource.descriptor["name"] = "b"
    assert resource.name == "a"
    assert resource.commit() is True
    assert resource.name == "b"


def test_a_schema_tells_its_fields_and_keys() -> None:
    schema = Schema(
        {
            "fields": [{"name": "a", "type": "integer"}, {"name": "b"}],
            "primaryKey": "a",
            "foreignKeys": [{"fields": "b"}],
            "missingValues": ["-"],
        }
    )
    assert (schema.field_names, schema.primary_key) == (["a", "b"], ["a"])
    assert (schema.missing_values, schema.foreign_keys) == (["-"], [{"fields": "b"}])
    assert repr(schema) == "Schema(a: integer, b: string)"
    assert Schema({"primaryKey": ["a", "b"]}).primary_key == ["a", "b"]
    assert (Schema().primary_key, Schema().foreign_keys, Schema().field_names) == ([], [], [])
    found = schema.get_field("a")
    assert found is not None
    assert (found.name, found.missing_values, schema.get_field("c")) == ("a", ["-"], None)
    assert schema.field("b") == {"name": "b"}
    with pytest.raises(UnknownFieldError) as caught:
        schema.field("c")
    assert str(caught.value) == "no field named 'c'\n  fix: the fields here are: a, b."


def test_a_field_tells_its_parts() -> None:
    field = Field({"name": "a", "type": "date", "format": "any", "constraints": {"required": True}})
    assert (field.name, field.type, field.format) == ("a", "date", "any")
    assert (field.constraints, field.required) == ({"required": True}, True)
    assert repr(field) == "Field('a', date)"
    plain = Field({"name": "a"})
    assert (plain.type, plain.format, plain.constraints, plain.required) == (
        *("string", "default", {}),
        False,
    )
    assert Field({"name": "a", "format": None}).format is None


def test_a_field_casts_and_tests_values() -> None:
    field = Field({"name": "a", "type": "number", "constraints": {"maximum": "5"}}, ["", "-"])
    assert field.cast_value("1.50") == Decimal("1.50")
    assert field.cast_value("-") is None
    assert field.cast_value("6", constraints=False) == Decimal(6)
    assert [field.test_value(value) for value in ("5", "6", "x", None)] == [
        True,
        False,
        False,
        True,
    ]
    assert field.test_value("6", constraints=False)
    with pytest.raises(CastError) as caught:
        field.cast_value("6")
    assert caught.value.what == "'6' breaks the constraint maximum=Decimal('5')"
    assert Field({"name": "d", "type": "date"}).cast_value("2020-01-02") == datetime.date(
        2020, 1, 2
    )


def test_wrappers_iterate_over_what_they_hold() -> None:
    rows = iter([{"a": 1}])
    wrapper = ResourceWrapper(Resource({"name": "a"}), rows)
    assert iter(wrapper) is rows
    assert list(wrapper) == [{"a": 1}]
    assert list(ResourceWrapper(Resource({"name": "a"}), [{"a": 2}])) == [{"a": 2}]
    assert repr(wrapper) == "ResourceWrapper(Resource('a', ))"
    package = PackageWrapper(sales())
    assert list(package) == []
    package.it = iter([wrapper])
    assert list(package) == [wrapper]


def test_schemas_are_edited_by_name() -> None:
    package = sales()

    def edit(resource: Resource) -> None:
        resource.fields.descriptor["fields"].append({"name": "new"})

    edit_schemas(package, {"sales"}, edit)
    package.commit()
    names = [resource.fields.field_names for resource in package.resources]
    assert names == [["day", "city", "new"], []]


def test_a_package_lists_its_resources() -> None:
    assert repr(sales()) == "Package(2 resources)\n  sales: day: date, city: string\n  notes: "
