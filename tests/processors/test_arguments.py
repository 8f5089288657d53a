"""What every processor does with an argument of a kind that it cannot take."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

import pytest

import dataflows
from dataflows.catalog import GROUPS, entries
from dataflows.errors import ArgumentError, DataflowsException, SignatureError
from dataflows.on_error import rejects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What the call needs, where a text for each argument without a default will not do.
NEEDED: dict[str, dict[str, Any]] = {
    "add_computed_field": {"target": "made", "operation": "sum", "source": ["n"]},
    "aggregate": {"fields": {"total": "sum(n)"}, "by": "city"},
    "assert_rows": {"unique": "id"},
    "breakpoint_at": {"row": 1},
    "concatenate": {"fields": {"city": ["town"]}},
    "conditional": {"predicate": len, "flow": dataflows.Flow()},
    "cross_join": {"source_name": "a", "target_name": "b"},
    "diff": {"old_name": "a", "new_name": "b", "key": "id"},
    "dump_to_file": {"out_file": "x.csv"},
    "dump_to_s3": {"out_prefix": "s3://bucket/prefix"},
    "dump_to_sql": {"tables": {"t": {"resource-name": "res_1"}}, "engine": "sqlite://"},
    "extract_fields": {"name": "code", "pattern": "(?P<number>[0-9]+)"},
    "fill_missing": {"fields": "qty", "value": 0},
    "filter_rows": {"condition": "n > 1"},
    "finalizer": {"callback": print},
    "find_replace": {"fields": [{"name": "a", "patterns": [{"find": "x", "replace": "y"}]}]},
    "flatten": {"field": "at", "keys": ["city"]},
    "hash_fields": {"fields": "city", "salt": "0123456789abcdef"},
    "join_self": {"source_name": "a", "source_key": ["k"], "target_name": "b", "fields": {"x": {}}},
    "join_with_self": {"resource_name": "a", "join_key": ["k"], "fields": {"x": {}}},
    "map_values": {"field": "land", "mapping": {"UK": "GB"}},
    "move_fields": {"fields": "a", "first": True},
    "parallelize": {"row_func": len},
    "pivot": {"field": "year", "value": "size", "names": [1990], "by": "city"},
    "rename_fields": {"fields": {"a": "b"}},
    "sample_rows": {"count": 5},
    "skip_rows": {"count": 1},
    "split_rows": {"source": "a", "into": {"b": "n > 1"}},
    "sql": {"query": "SELECT 1"},
    "unpivot": {
        "unpivot_fields": [{"name": "y1990", "keys": {"year": 1990}}],
        "extra_keys": [{"name": "year", "type": "year"}],
        "extra_value": {"name": "size", "type": "integer"},
    },
    "update_stats": {"stats": {"a": 1}},
    "window": {"fields": {"total": "cumsum(n)"}, "by": "city"},
}
WRONG = [5, -1, 1.5, "x(", "", b"x", [5], [None], {"a": 5}, {5: "a"}, object(), len, True, None]
MAKERS = {entry.name: entry for entry in entries() if entry.group in GROUPS}


def makers() -> list[str]:
    # Of sources every argument is a source: what it takes is tested with it.
    return sorted([*(MAKERS.keys() - {"sources"}), "rejects"])


@pytest.mark.parametrize("name", makers())
@pytest.mark.filterwarnings("ignore:.*is deprecated")
def test_a_wrong_argument_is_taken_or_refused_in_our_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    function = rejects if name == "rejects" else getattr(dataflows, name)
    named = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]
    needed = NEEDED.get(name, {one.name: "x" for one in named if one.default is one.empty})
    function(**needed)
    for option in named:
        for wrong in WRONG:
            try:
                function(**{**needed, option.name: wrong})
            except DataflowsException as error:
                if not error.fix:
                    pytest.fail(f"{name}({option.name}={wrong!r}) has no fix: {error}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is Python's
                pytest.fail(f"{name}({option.name}={wrong!r}): {type(error).__name__}: {error}")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: dataflows.delete_fields(5),
            "a field is given by its name, got 5\n  fix: give a list of names.",
        ),
        (
            lambda: dataflows.set_primary_key(5),
            (
                "a primary key is a list of names, got 5\n"
                "  fix: write for instance set_primary_key(['id'])."
            ),
        ),
        (
            lambda: dataflows.dump_to_path(5),
            (
                "out_path is the path of a folder, got 5\n"
                "  fix: write for instance dump_to_path('out')."
            ),
        ),
        (
            lambda: dataflows.checkpoint("sales", 5),
            (
                "checkpoint_path is the path of a folder, got 5\n"
                "  fix: write for instance checkpoint('sales', 'checkpoints')."
            ),
        ),
        (
            lambda: rejects(max_rows="x"),
            (
                "max_rows must be a number, 0 or more, got 'x'\n"
                "  fix: give the number of rows that may be rejected."
            ),
        ),
        (
            lambda: rejects(name=5),
            (
                "name must be that of a resource, got 5\n"
                "  fix: write for instance rejects(name='bad_rows')."
            ),
        ),
        (
            lambda: dataflows.filter_rows(equals="city"),
            (
                "equals= lists dicts of names and values, got 'city'\n"
                "  fix: write for instance equals=[{'city': 'Rome'}]."
            ),
        ),
        (
            lambda: dataflows.find_replace("city"),
            (
                "a field is given by a dict, got 'city'\n"
                "  fix: write {'name': 'city', 'patterns': [{'find': 'Roma', 'replace': 'Rome'}]}."
            ),
        ),
        (
            lambda: dataflows.unpivot("city", [], {}),
            (
                "unpivot_fields lists dicts with a name and keys, got 'city'\n"
                "  fix: write for instance [{'name': r'y(\\d+)', 'keys': {'year': r'\\1'}}]."
            ),
        ),
        (
            lambda: dataflows.load("x.csv", override_fields={"area": "number"}),
            (
                "override_fields must have a dict of properties a field, got {'area': 'number'}\n"
                "  fix: write for instance override_fields={'area': {'type': 'number'}}."
            ),
        ),
        (
            lambda: dataflows.load("x.csv", override_schema=5),
            (
                "override_schema must be a dict of properties, got 5\n"
                "  fix: write for instance override_schema={'missingValues': ['-']}."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_shown_whole(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            dataflows.checkpoint,
            (
                "checkpoint cannot be called so: missing a required argument: 'checkpoint_name'\n"
                "  fix: call it as checkpoint(checkpoint_name, checkpoint_path='.checkpoints',"
                " steps=None, resources=None)."
            ),
        ),
        (
            lambda: dataflows.checkpoint("sales", chekpoint_path="."),
            (
                "checkpoint has no option 'chekpoint_path'\n"
                "  fix: did you mean 'checkpoint_path'? The options here are: checkpoint_name,"
                " checkpoint_path, steps, resources."
            ),
        ),
        (
            lambda: dataflows.dump_to_sql({"t": {"resource-name": "r"}}, batchsize=5),
            (
                "dump_to_sql has no option 'batchsize'\n"
                "  fix: did you mean 'batch_size'? The options here are: tables, engine,"
                " updated_column, updated_id_column, add_columns, counters, validator_options,"
                " batch_size, use_bloom_filter."
            ),
        ),
    ],
)
def test_a_class_tells_wrong_arguments_as_a_function_does(
    call: Callable[[], object], text: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        call()
    assert str(caught.value) == text


def test_a_subclass_is_named_in_place_of_its_base() -> None:
    class load_mine(dataflows.load):  # noqa: N801 - as the processors are
        pass

    with pytest.raises(SignatureError, match="load_mine cannot be called so: missing a required"):
        load_mine()
    assert load_mine("x.csv").load_source == "x.csv"


def test_a_processor_that_is_a_function_says_that_it_has_no_subclasses() -> None:
    with pytest.raises(TypeError) as caught:
        type("mine", types.resolve_bases((dataflows.set_type,)), {})
    assert str(caught.value) == (
        "set_type is a function: no class can be derived from it\n"
        "  fix: write a function that returns set_type(…)."
    )


def test_help_says_that_a_processor_is_returned() -> None:
    assert str(inspect.signature(dataflows.add_row_number)).endswith(" -> 'Processor'")
