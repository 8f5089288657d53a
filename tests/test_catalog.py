from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import dataflows
from dataflows.catalog import GROUPS, PLUGINS, entries, group_summary, search
from dataflows.docstrings import read_docstring
from source_tree import TREES

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = '''
"""A processor of somebody else."""

import a_package_that_is_not_installed


def shout(field, /, other: str = "x", *fields: str, loud=_LOUD, **options):
    """Write texts in capitals.

    Memory: one batch.

    Args:
        field: The field.
        other, loud: What else
            there is.
        **options: More.
    """


def plain(*, key):
    pass
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a distribution that adds a processor."""
    (tmp_path / "shouting.py").write_text(PLUGIN)
    info = tmp_path / "shouting_flows-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting-flows\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{PLUGINS}]\nshout = shouting:shout\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return info / "entry_points.txt"


def test_an_entry_holds_what_the_source_says() -> None:
    entry = next(entry for entry in entries() if entry.name == "filter_rows")
    assert (entry.group, entry.module, entry.import_line, entry.alias_of) == (
        "rows",
        "dataflows.processors.rows.filter_rows",
        "from dataflows import filter_rows",
        None,
    )
    assert (entry.summary, entry.schema, entry.rows, entry.memory) == (
        "Keep the rows that satisfy a condition.",
        "unchanged.",
        "those for which the condition is true, in their order.",
        "one batch.",
    )
    assert [str(one) for one in entry.parameters] == [
        "condition: Callable[[dict[str, Any]], Any] | str | None = None",
        "equals: Iterable[Mapping[str, Any]] = ()",
        "not_equals: Iterable[Mapping[str, Any]] = ()",
        "resources: Resources = None",
    ]
    assert entry.parameters[2].text == "The same, of values that a row must not have."
    assert entry.raises["UnknownFieldError"] == "A field is named that is not there."
    assert entry.examples.startswith(">>> from dataflows import Flow, filter_rows\n>>> rows")
    assert entry.description == (
        "Other tools call this where, query or select.\n\n"
        "With several of `equals` and `not_equals` a row stays when any dict of them says so."
    )


def test_a_class_is_called_as_its_init() -> None:
    entry = next(entry for entry in entries() if entry.name == "load")
    assert str(entry.parameters[0]) == "load_source: Any"
    assert (entry.parameters[-1].kind, entry.parameters[-1].name) == ("keywords", "options")


def test_another_name_has_what_is_said_of_the_first() -> None:
    found = {entry.name: entry for entry in entries()}
    alias, first = found["add_metadata"], found["update_package"]
    assert (alias.alias_of, first.alias_of) == ("update_package", None)
    assert (alias.summary, alias.parameters) == (first.summary, first.parameters)
    assert alias.signature() == "add_metadata(**metadata: Any)"


# What processors have in common: their folders hold no processor.
BEHIND_PROCESSORS = {"arguments", "computing", "formats", "groups", "passing", "storage"}


def test_the_groups_come_in_their_order() -> None:
    found = entries()
    assert list(dict.fromkeys(entry.group for entry in found)) == [
        group for group in GROUPS if group in {entry.group for entry in found}
    ]
    folders = {path.parent.name for path in TREES["dataflows.processors"].glob("*/__init__.py")}
    assert folders - set(GROUPS) <= BEHIND_PROCESSORS
    assert all(group_summary(group) for group in GROUPS)
    assert group_summary("of a plugin") == ""


def test_a_plugin_is_read_without_importing_it(plugin: Path) -> None:
    assert plugin.exists()
    entry = entries()[-1]
    assert (entry.name, entry.group, entry.import_line, entry.memory) == (
        "shout",
        "shouting-flows",
        "from dataflows.contrib import shout",
        "one batch.",
    )
    assert entry.signature() == (
        'shout(field, /, other: str = "x", *fields: str, loud=..., **options)'.replace('"', "'")
    )
    assert [one.text for one in entry.parameters] == [
        "The field.",
        "What else there is.",
        "",
        "What else there is.",
        "More.",
    ]
    assert "shouting" not in sys.modules


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ("shout = missing:shout", "no source of a module named 'missing'"),
        ("shout = shouting:whisper", "no function named 'whisper' in 'shouting'"),
    ],
)
def test_a_plugin_that_cannot_be_read_is_a_warning(plugin: Path, point: str, reason: str) -> None:
    plugin.write_text(f"[{PLUGINS}]\n{point}\nplain = shouting:plain\n")
    with pytest.warns(UserWarning, match="the processor 'shout' of shouting-flows") as caught:
        found = entries()
    assert [str(one.message) for one in caught] == [
        f"the processor 'shout' of shouting-flows cannot be read: {reason}"
    ]
    assert (found[-1].name, found[-1].signature(), found[-1].summary) == (
        "plain",
        "plain(*, key)",
        "",
    )


def test_a_search_puts_names_before_summaries_before_the_rest() -> None:
    found = [entry.name for entry in search("Fields")]
    assert found.index("delete_fields") < found.index("add_computed_field") < found.index("load")
    assert search("rows fil")[0].name == "filter_rows"
    assert search("nowhere_to_be_found") == []
    assert search("filter nowhere") == []
    assert search("") == search(" _ ") == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("melt", "unpivot"),
        ("pivot table", "pivot"),
        ("transpose", "pivot"),
        ("vlookup", "lookup"),
        ("left join", "join"),
        ("dedupe", "deduplicate"),
        ("distinct", "deduplicate"),
        ("group by", "aggregate"),
        ("coalesce", "fill_missing"),
        ("ffill", "fill_missing"),
        ("upsert", "append_missing"),
        ("union", "concatenate"),
        ("unnest", "flatten"),
        ("order by", "sort_rows"),
        ("limit", "head"),
        ("where", "filter_rows"),
        ("dropping columns", "delete_fields"),
        ("cartesian", "cross_join"),
        ("nest", "nest"),
    ],
)
def test_a_search_knows_the_names_that_other_tools_have(words: str, name: str) -> None:
    assert search(words)[0].name == name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("melt", "'unpivot'"),
        ("groupby", "'aggregate'"),
        ("drop", "'delete_fields' or 'deduplicate'"),
        ("rename", "'rename_fields'"),
        ("concat", "'concatenate'"),
        ("read_csv", "'load'"),
        ("tojson", "'dump_to_file' or 'dump_to_path'"),
        ("Flows", "'Flow'"),
    ],
)
def test_an_import_by_the_name_that_another_tool_has_is_answered_with_ours(
    name: str, meant: str
) -> None:
    with pytest.raises(ImportError) as caught:
        exec(f"from dataflows import {name}")  # noqa: S102 - the statement is what is tested
    assert str(caught.value) == (
        f"cannot import name {name!r} from 'dataflows'\n  fix: did you mean {meant}? "
        "dataflows.__all__ has the names, `dataflows processors` says what they do."
    )


@pytest.mark.parametrize("name", ["nowhere", "ab", "_repr_mimebundle_"])
def test_a_name_that_nobody_has_is_answered_with_where_the_names_are(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(dataflows, name)
    assert str(caught.value) == (
        f"module 'dataflows' has no attribute {name!r}\n"
        "  fix: dataflows.__all__ has the names, `dataflows processors` says what they do."
    )


def test_a_search_finds_the_inside_of_names_only() -> None:
    assert "filter_rows" in [entry.name for entry in search("ilter")]
    assert "filter_rows" not in [entry.name for entry in search("atisf")]


def test_reading_the_catalogue_loads_nothing_heavy() -> None:
    code = (
        "import sys; from dataflows.catalog import entries; assert entries();"
        "print(sorted({'pyarrow', 'duckdb', 'tableschema', 'tabulator'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_parts_of_a_docstring() -> None:
    doc = read_docstring(
        """Do it,
        and well.

        More about
        it.

        Schema: one: two
        and three.
        Rows: all
            of them.

        Further.

        Args:
            a: First: of all.

                Second.
            *b, **c: Both.

        Options of CSV:
            skip-rows, pick: Which
                rows.

        With a and b.

        Attributes:
            e: What it is.

        Raises:
            a.Error: Always.

        Examples:
            >>> for a in b:
            ...     print(a)
            1
        """
    )
    assert doc.summary == "Do it, and well."
    assert doc.description == "More about\nit.\n\nFurther.\n\nWith a and b."
    assert doc.facts == {"Schema": "one: two and three.", "Rows": "all of them."}
    assert doc.arguments == {"a": "First: of all. Second.", "b": "Both.", "c": "Both."}
    assert doc.options == {"Options of CSV": {"skip-rows, pick": "Which rows."}}
    assert doc.attributes == {"e": "What it is."}
    assert doc.raises == {"a.Error": "Always."}
    assert doc.examples == ">>> for a in b:\n...     print(a)\n1"


def test_an_empty_docstring_has_empty_parts() -> None:
    doc = read_docstring("")
    assert (doc.summary, doc.description, doc.facts, doc.arguments) == ("", "", {}, {})
    assert (doc.raises, doc.examples) == ({}, "")
