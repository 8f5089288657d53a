"""TableReport: a table as people want to see it: first rows, fields, what the values are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflows.accounts import told_note
from dataflows.showing.rows import row_lines
from dataflows.showing.text_table import TableColumn, table_lines, type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.schema import Field, Schema
    from dataflows.showing.paper import Line, Paper

__all__ = ["TableReport", "rounded", "rules_of", "share"]

_TOLD = ("min", "median", "max")
_LONGEST_VALUE = 20
_LONGEST_TOP = 24


@dataclass
class TableReport:
    """What is known of a table.

    Args:
        name: The name of the resource.
        schema: Its schema.
        rows: Its first rows.
        seen: How many rows were looked at.
        is_whole: Whether these are all of them.
        profile: What the values of each field are like, by its name, as `profile` tells it; empty
            where nobody has asked.
        notes: What had to be mended or left out while it was read, such as short rows, counted.
    """

    name: str
    schema: Schema
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0
    is_whole: bool = True
    profile: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """How many rows and fields it has, in words."""
        rows = counted(self.seen, "row")
        if not self.is_whole:
            rows = f"the first {rows}" if self.profile else f"more than {rows}"
            if not self.seen:
                rows = "rows not counted"
        return f"{rows}, {counted(len(self.schema.field_names), 'field')}"

    def lines(self, paper: Paper) -> Iterator[Line]:
        """Yield the report as lines of text.

        Args:
            paper: What they are for.
        """
        yield [(paper.shown(self.name), "bold"), (f": {self.size}", "")]
        yield []
        yield from row_lines(self.rows, paper, self.schema)
        yield []
        yield from table_lines(list(self._columns(paper)), paper)
        missing = self.schema.missing_values
        if missing != [""]:
            words = ", ".join(paper.shown(repr(one)) for one in missing)
            yield [(f"missing values: {words}", "dim")]
        for note, count in self.notes.items():
            yield [(paper.shown(told_note(note, count)), "yellow")]

    def _columns(self, paper: Paper) -> Iterator[TableColumn]:
        """Yield the columns of the table of fields; without those that tell nothing."""
        fields = self.schema.fields
        told = [self.profile.get(one.name, {}) for one in fields]
        texts: dict[str, list[str]] = {
            "field": [one.name for one in fields],
            "type": [type_of(one) for one in fields],
            "rules": [rules_of(one) for one in fields],
        }
        if self.profile:
            texts["missing"] = [share(one, "missing") for one in told]
            texts["invalid"] = [share(one, "invalid") for one in told]
            texts["distinct"] = [f"{one.get('distinct') or 0:,}" for one in told]
            for key in _TOLD:
                texts[key] = [paper.cut(_value(one.get(key)), _LONGEST_VALUE) for one in told]
            texts["mean"] = [rounded(one.get("mean")) for one in told]
            texts["shape"] = [paper.sign(one.get("histogram") or "") for one in told]
            texts["most frequent"] = [_top(one, paper) for one in told]
        if not any(one.get("invalid") for one in told):
            texts.pop("invalid", None)
        right = ("missing", "invalid", "distinct", "mean")
        styles = {"field": "bold", "type": "dim", "shape": "cyan", "invalid": "red"}
        for heading, cells in texts.items():
            if any(cells):
                shown = [[(paper.shown(one), styles.get(heading, ""))] for one in cells]
                if heading == "shape":
                    shown = [[(one, "cyan")] for one in cells]
                yield TableColumn([(heading, "bold")], shown, to_right=heading in right)


def rules_of(field: Field) -> str:
    """Return the constraints of a field in a few words.

    Examples:
        >>> from dataflows.schema import Field
        >>> rules = {"required": True, "minimum": 0, "enum": ["a", "b"]}
        >>> rules_of(Field({"name": "x", "constraints": rules}))
        'required, minimum 0, enum a | b'
    """
    words = []
    for rule, value in field.constraints.items():
        if value is True:
            words.append(rule)
        elif isinstance(value, list):
            words.append(f"{rule} {' | '.join(map(str, value))}")
        elif value is not False:
            words.append(f"{rule} {value}")
    return ", ".join(words)


def share(told: Mapping[str, Any], key: str) -> str:
    """Return how many values are missing or invalid, and which part of all they are.

    Examples:
        >>> share({"rows": 800, "missing": 12}, "missing"), share({"rows": 8}, "missing")
        ('12 (1.5%)', '0')
    """
    count, rows = told.get(key) or 0, told.get("rows") or 0
    if not count:
        return "0"
    percent = 100 * count / rows
    if percent < 0.1:
        return f"{count:,} (<0.1%)"
    return f"{count:,} ({percent:.3g}%)"


def _value(value: Any) -> str:
    return "" if value is None else str(value)


def rounded(mean: Any) -> str:
    """Return a mean with the digits that people read; the exact one is in JSON.

    Examples:
        >>> from decimal import Decimal
        >>> rounded(Decimal("3429171.41411025")), rounded(None)
        ('3429171.414', '')
    """
    return "" if mean is None else f"{mean:.10g}"


def _top(told: Mapping[str, Any], paper: Paper) -> str:
    """Return the most frequent values; nothing where every value is there once."""
    top = told.get("top") or []
    if not top or top[0]["count"] == 1:
        return ""
    return ", ".join(
        f"{paper.cut(str(one['value']), _LONGEST_TOP)} ({one['count']:,})" for one in top
    )
