"""How the contract tests make every processor of the catalogue, for the rows of the contract.

A line is ``"name"`` or ``"name: what is special"``, and a function that makes the processor; where
the processor has `resources=`, the function takes it. Processors of the group ``joins``, and those
of `BEHIND_TWO`, stand behind two sources of the same rows, ``other`` and ``data``; all others
behind ``data`` alone. A line may put other steps before it, and write into the current folder.
"""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import dataflows as df
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processor import Processor
from processor_contract import TYPES

__all__ = [
    "BEHIND_TWO",
    "CHANGES_OTHERS",
    "EXCUSED",
    "LEAVES_MISFITS",
    "MAKERS",
    "OF_NOTHING",
    "SLOW",
    "Make",
]

Make = Callable[..., Processor | df.Flow]


def _silent(*arguments: object) -> None:
    """Print nothing."""


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def _negated(row: dict[str, Any]) -> None:
    row["n"] = None if row["n"] is None else -row["n"]


def _join_self() -> Processor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return df.join_self("data", ["city"], "cities", _FIELDS)


def _computed(operation: object, *source: str, **more: object) -> Make:
    keywords = {"target": "made", "operation": operation, "source": list(source), **more}
    return lambda **options: df.add_computed_field(**keywords, **options)


_FIELDS = {"city": None, "amount": {"aggregate": "min"}, "total": {"name": "n", "aggregate": "sum"}}
_NUMBERS = itertools.count(1)  # what was saved for one view must not be read for another
_PATTERNS = [{"find": "o", "replace": "0"}, {"find": "^(R)", "replace": r"\1\1"}]

_MODIFIERS: dict[str, Make] = {
    "add_computed_field: expression": lambda **o: df.add_computed_field("made", "amount * n", **o),
    "add_computed_field: in place": lambda **o: df.add_computed_field(
        "n", "n + 1 if ok else n", **o
    ),
    "add_computed_field: function": lambda **o: df.add_computed_field(
        "made", lambda row: row["n"] * 2, **o
    ),
    "add_computed_field: sum": _computed("sum", "n", "amount"),
    "add_computed_field: avg": _computed("avg", "n", "amount"),
    "add_computed_field: max": _computed("max", "n", "amount"),
    "add_computed_field: min": _computed("min", "day", "day"),
    "add_computed_field: multiply": _computed("multiply", "amount", "amount"),
    "add_computed_field: join": _computed("join", "city", "n", "day", with_="; "),
    "add_computed_field: format": _computed("format", with_="{city}: {amount:>8} {day:%Y}"),
    "add_computed_field: constant": _computed("constant", with_={"a": []}),
    "add_field: without a default": lambda **o: df.add_field("made", "number", **o),
    "add_field: default": lambda **o: df.add_field("made", "array", [1], **o),
    "add_field: from the row": lambda **o: df.add_field(
        "made", "string", lambda row: row["city"], **o
    ),
    "add_field: from all of the row": lambda **o: df.add_field("made", "string", str, **o),
    "add_row_number": df.add_row_number,
    "add_row_number: in groups": lambda **o: df.add_row_number(
        "number", by=["city", "day"], first=False, **o
    ),
    "delete_fields": lambda **o: df.delete_fields(["amount", "d.*"], **o),
    "extract_fields": lambda **o: df.extract_fields(
        "city", r"(?P<start>\w)(?P<rest>.*)", types={"rest": "any"}, **o
    ),
    "extract_fields: dropped": lambda **o: df.extract_fields(
        "city", r"^(?P<start>R)", no_match="error", on_error=drop, keep=False, **o
    ),
    "fill_missing: value": lambda **o: df.fill_missing(value="?", **o),
    "fill_missing: values": lambda **o: df.fill_missing({"n": 0, "day": "2000-01-01"}, **o),
    "fill_missing: down": lambda **o: df.fill_missing(method="down", limit=1, **o),
    "fill_missing: up": lambda **o: df.fill_missing(["n", "tags"], method="up", by="ok", **o),
    "find_replace": lambda **o: df.find_replace([{"name": "city", "patterns": _PATTERNS}], **o),
    "flatten": lambda **o: df.flatten("tags", {"0": "integer"}, **o),
    "flatten: rest": lambda **o: df.flatten("tags", ["1"], rest="others", keep=True, **o),
    "hash_fields": lambda **o: df.hash_fields(["n", "city", "day"], salt="a secret salt", **o),
    "map_values": lambda **o: df.map_values("city", {"Rome": "Roma", None: "?"}, **o),
    "map_values: type": lambda **o: df.map_values(
        "n", {"1": "one", 3: None}, unmapped="missing", type="string", **o
    ),
    "mask_fields": lambda **o: df.mask_fields(["city", "n"], keep_first=1, **o),
    "merge_fields": lambda **o: df.merge_fields(["city", "n", "day"], "made", **o),
    "merge_fields: array": lambda **o: df.merge_fields(
        ["amount", "tags"], "made", as_array=True, keep=True, **o
    ),
    "move_fields": lambda **o: df.move_fields("[dn].*", after="city", **o),
    "nest": lambda **o: df.nest(["n", "day", "amount"], "made", **o),
    "normalize_text": df.normalize_text,
    "normalize_text: case": lambda **o: df.normalize_text(
        "city", case="upper", unicode="NFKD", **o
    ),
    "parse_dates": lambda **o: df.parse_dates("city", on_error=clear, **o),
    "parse_dates: datetimes": lambda **o: df.parse_dates(
        ["day", "city"], "%Y", type="datetime", on_error=clear, **o
    ),
    "rename_fields": lambda **o: df.rename_fields(
        {"n": "amount", "amount": "n", "(c)(.*)": r"\2"}, **o
    ),
    "select_fields": lambda **o: df.select_fields(["ok", "[cn].*"], **o),
    "set_type: text": lambda **o: df.set_type("city", type="string", transform=_upper, **o),
    "set_type: dropped": lambda **o: df.set_type(
        "n", constraints={"maximum": 2}, on_error=drop, **o
    ),
    "set_type: cleared": lambda **o: df.set_type(
        "n", constraints={"maximum": 2}, on_error=clear, **o
    ),
    "set_type: ignored": lambda **o: df.set_type(
        "city", constraints={"maxLength": 4}, on_error=ignore, **o
    ),
    "split_field": lambda **o: df.split_field("city", ["a", "b"], extra="merge", **o),
    "split_field: rejected": lambda **o: df.split_field(
        "city", ["a"], separator=", ", on_error=rejects(), **o
    ),
    "validate": df.validate,
    "validate: rejected": lambda **o: df.validate("n < 3", on_error=rejects(), **o),
    "validate: value": lambda **o: df.validate("city", lambda v: v != "Rome", on_error=drop, **o),
    "validate: row": lambda **o: df.validate(lambda row: row["city"] != "Rome", on_error=drop, **o),
}

_ROWS: dict[str, Make] = {
    "aggregate": lambda **o: df.aggregate(
        "city",
        {"rows": "count", "total": "sum(amount)", "largest": "max(n)", "all": "array(tags)"},
        **o,
    ),
    "aggregate: all": lambda **o: df.aggregate([], {"rows": "count", "days": "set(day)"}, **o),
    "aggregate: sorted": lambda **o: df.aggregate(
        [], {"first": "first(n)", "mean": "avg(amount)"}, is_sorted=True, **o
    ),
    "deduplicate": lambda **o: df.deduplicate(key=["city", "n"], **o),
    "deduplicate: whole rows": lambda **o: df.deduplicate(key="*", **o),
    "deduplicate: no key": df.deduplicate,
    "explode": lambda **o: df.explode("tags", "tag", type="integer", index="number", **o),
    "filter_rows: function": lambda **o: df.filter_rows(lambda row: row["n"] > 1, **o),
    "filter_rows: function that returns the row": lambda **o: df.filter_rows(lambda row: row, **o),
    "filter_rows: all of the row": lambda **o: df.filter_rows(lambda row: len(str(row)) % 2, **o),
    "filter_rows: expression": lambda **o: df.filter_rows("n > 1 and city != 'Rome'", **o),
    "filter_rows: equals": lambda **o: df.filter_rows(
        equals=[{"city": "Rome", "n": 3}, {"n": "1"}], **o
    ),
    "filter_rows: not equals": lambda **o: df.filter_rows(not_equals=[{"city": "Rome"}], **o),
    "head": lambda **o: df.head(3, **o),
    "head: skip": lambda **o: df.head(2, skip=1, **o),
    "pivot": lambda **o: df.pivot(
        "city", "amount", ["Rome", "a, b"], by="ok", aggregate="max", others="drop", **o
    ),
    "pivot: all": lambda **o: df.pivot(
        "ok", "tags", {True: "yes", False: "no"}, by=[], aggregate="first", default=[], **o
    ),
    "sample_rows": lambda **o: df.sample_rows(3, **o),
    "sample_rows: fraction": lambda **o: df.sample_rows(fraction=0.9, **o),
    "skip_rows": lambda **o: df.skip_rows(1, **o),
    "sort_rows": lambda **o: df.sort_rows("n", **o),
    "sort_rows: fields": lambda **o: df.sort_rows(["city", "day"], reverse=[True, False], **o),
    "sort_rows: text": lambda **o: df.sort_rows("{city}{day}", reverse=True, **o),
    "sort_rows: function": lambda **o: df.sort_rows(lambda row: (row["ok"], -row["n"]), **o),
    "split_rows": lambda: df.split_rows(
        "data", {"few": "amount < 1", "some": lambda row: row["city"] == "Rome"}, rest="others"
    ),
    "split_rows: values": lambda: df.split_rows("data", {"odd": False, "even": True}, by="ok"),
    "tail": lambda **o: df.tail(3, **o),
    "unpivot": lambda **o: df.unpivot(
        [{"name": "(n|amount)", "keys": {"key": r"\1"}}],
        [{"name": "key", "type": "string"}],
        {"name": "value", "type": "number"},
        **o,
    ),
    "window": lambda **o: df.window(
        {"place": "rank()", "share": "share(amount)", "next": "lead(tags)"}, order=["day", "n"], **o
    ),
    "window: back": lambda **o: df.window(
        {"total": "cumsum(n)", "before": "lag(tags)", "mean": "moving_avg(amount, 2)"},
        by=["city", "ok"],
        **o,
    ),
}

_JOINS: dict[str, Make] = {
    "anti_join": lambda: df.anti_join("other", "n", "data", "amount", source_delete=False),
    "append_missing": lambda: df.Flow(
        df.filter_rows("n is None or n > 2", resources="data"),
        df.append_missing("other", "n", "data", "n"),
    ),
    "append_missing: all there": lambda: df.append_missing(
        "other", ["city", "n"], "data", ["city", "n"], source_delete=False
    ),
    "concatenate": lambda **o: df.concatenate({"n": ["amount"], "city": [], "tags": None}, **o),
    "cross_join": lambda: df.cross_join("other", "data", {"their_n": "n", "their_tags": "tags"}),
    "diff": lambda: df.diff("other", "data", ["n", "ok"], source_delete=False),
    "diff: changed": lambda: df.Flow(
        df.filter_rows("ok is not False", resources="other"),
        df.add_computed_field("amount", "amount + n", resources="data"),
        df.diff("other", "data", ["n", "ok"], name="changes"),
    ),
    "join": lambda: df.join("other", "city", "data", "city", {"first": {"name": "n"}}),
    "join: inner": lambda: df.join(
        "other",
        ["n", "day"],
        "data",
        ["n", "day"],
        {"all": {"name": "amount", "aggregate": "array"}, "sum": {"name": "n", "aggregate": "sum"}},
        mode="inner",
        source_delete=False,
    ),
    "join: full": lambda: df.join("other", "n", "data", "amount", ["n", "city"], mode="full-outer"),
    "join_self": _join_self,
    "join_with_self": lambda: df.join_with_self("data", "city", _FIELDS),
    "lookup": lambda: df.lookup(
        "other", "{city}{n}", "data", "{city}{n}", {"their_day": "day", "tags": "tags"}
    ),
    "lookup: default": lambda: df.lookup(
        "other", ["n", "ok"], "data", ["n", "ok"], ["city"], {"city": "?"}, source_delete=False
    ),
    "semi_join": lambda: df.semi_join("other", ["city", "n"], "data", ["city", "n"]),
    "sql": lambda **o: df.sql("SELECT * FROM data ORDER BY amount, n, city", **o),
    "sql: groups": lambda **o: df.sql(
        "SELECT city, sum(amount) AS total, list(tags) AS tags FROM data GROUP BY city ORDER BY 1",
        **o,
    ),
}

_PACKAGES: dict[str, Make] = {
    "add_metadata": lambda: df.add_metadata(title="x"),
    "delete_resource": lambda resources="other": df.delete_resource(resources),
    "duplicate": df.duplicate,
    "duplicate: to the end": lambda: df.duplicate("data", "copy", duplicate_to_end=True),
    "set_primary_key": lambda **o: df.set_primary_key(["n", "day"], **o),
    "update_package": lambda: df.update_package(title="x"),
    "update_resource": lambda resources=None: df.update_resource(resources, title="x"),
    "update_schema": lambda resources=None: df.update_schema(resources, missingValues=["-"]),
}

_CHECKS: dict[str, Make] = {
    "assert_rows": lambda **o: df.assert_rows(unique=["n", "tags"], row_count=(0, None), **o),
    "assert_rows: dropped": lambda **o: df.assert_rows(
        "amount > 1", not_missing="day", in_range={"n": (None, 3)}, on_error=drop, **o
    ),
    "assert_rows: cleared": lambda **o: df.assert_rows(
        in_set={"city": ["Rome"]}, unique=["city"], on_error=clear, **o
    ),
    "assert_rows: rejected": lambda **o: df.assert_rows(
        lambda row: row["n"] != 3, matches={"city": "R.*"}, on_error=rejects(), **o
    ),
    "profile": df.profile,
}

_FLOW_CONTROL: dict[str, Make] = {
    "breakpoint_at": lambda **o: df.breakpoint_at(10**9, **o),
    "breakpoint_at: expression": lambda **o: df.breakpoint_at(where="n == 10**9", **o),
    "breakpoint_at: function": lambda **o: df.breakpoint_at(where=lambda row: not row, **o),
    "checkpoint": lambda **o: df.checkpoint(f"saved-{next(_NUMBERS)}", **o),
    "conditional": lambda: df.conditional(
        lambda package: "data" in package.resource_names, df.Flow(df.filter_rows("n > 1"))
    ),
    "conditional: false": lambda: df.conditional(lambda package: False, df.delete_fields("n")),
    "finalizer": lambda: df.finalizer(_silent),
    "parallelize": lambda **o: df.parallelize(_negated, 1, **o),
    "parallelize: no row": lambda **o: df.parallelize(
        _negated, predicate=lambda row: row["n"] is not None and row["n"] > 2**80, **o
    ),
    "progress": lambda **o: df.progress(0.0, file=io.StringIO(), **o),
    "stream": lambda: df.stream("rows.ndjson"),
    "update_stats": lambda: df.update_stats({"seen": 1}),
}

_DUMPERS: dict[str, Make] = {
    "dump_to_file": lambda **o: df.dump_to_file("out.csv", **o),
    "dump_to_path": lambda **o: df.dump_to_path("out", **o),
    "dump_to_zip": lambda **o: df.dump_to_zip("out.zip", **o),
    "printer": lambda **o: df.printer(header_print=_silent, table_print=_silent, **o),
}

MAKERS: dict[str, Make] = {
    **_MODIFIERS,
    **_ROWS,
    **_JOINS,
    **_PACKAGES,
    **_CHECKS,
    **_FLOW_CONTROL,
    **_DUMPERS,
}

BEHIND_TWO = {"delete_resource"}
"""Processors, beside those of the group ``joins``, that are tried behind two sources."""

SLOW = {"parallelize": "each run starts an interpreter"}
"""Lines that are tried with fewer views and sizes of batches, with the reason."""

EXCUSED = {
    "dump_to_s3": "it writes to a server: tests/processors/dumpers/test_dump_to_s3.py",
    "dump_to_sql": "its integers have 64 bits: tests/processors/dumpers/test_dump_to_sql.py",
    "load": "it reads a source of its own: tests/processors/loaders/test_load.py",
    "sources": "it reads sources of its own: tests/processors/loaders/test_sources.py",
    "unstream": "it reads a stream of its own: tests/processors/flow_control/test_unstream.py",
}
"""Processors without a line above, with the reason."""

_PROFILE_OF_NOTHING = {
    **dict.fromkeys(["rows", "missing", "invalid", "distinct"], 0),
    **dict.fromkeys(["min", "lower_quartile", "median", "upper_quartile", "max", "mean"]),
    **dict.fromkeys(["shortest", "longest"]),
    "top": [],
    "histogram": None,
}
OF_NOTHING: dict[str, list[list[dict[str, Any]]]] = {
    "aggregate: all": [[{"rows": 0, "days": []}]],
    "aggregate: sorted": [[{"first": None, "mean": None}]],
    "profile": [
        [],
        [{"field": name, "type": type, **_PROFILE_OF_NOTHING} for name, type in TYPES.items()],
    ],
}
"""What is made of no rows, where that is something: of a line above, the rows of each resource."""

LEAVES_MISFITS = {
    "set_type: ignored": "`ignore` lets values through that do not fit",
}
"""Lines whose values need not fit the schema, with the reason."""

CHANGES_OTHERS: dict[str, str] = {}
"""Lines that take `resources=` and yet change what is not selected, with the reason."""
