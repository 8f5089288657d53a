"""What a step does to rows: those before and after it side by side, with what is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from dataflows.showing.rows import cell_of, row_lines
from dataflows.showing.text_table import NUMERIC, TableColumn, table_lines, type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.schema import Field, Schema
    from dataflows.showing.paper import Line, Paper

__all__ = ["RowChanges", "SeenRows"]

Row = dict[str, Any]
Pair = tuple[int | None, Row | None, Row | None]

_STYLES = {"+": "green", "-": "red", "*": "yellow", "": ""}


@dataclass
class SeenRows:
    """Rows of a resource at one place of a chain.

    Args:
        schema: Their schema there.
        rows: The rows.
        numbers: The number of each.
    """

    schema: Schema
    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


@dataclass
class RowChanges:
    """The rows of a resource before and after a step.

    Args:
        name: The name of the resource.
        before: The rows before it; None where it was not there.
        after: The rows after it; None where it is no longer there.
        manner: How rows before and after belong together: by their number, by their place where
            nothing better tells, or by what is the same in them.
        most: Of how many rows before the step to tell; more may have been read, to find what
            became of these.
    """

    name: str
    before: SeenRows | None
    after: SeenRows | None
    manner: Literal["number", "place", "likeness"] = "number"
    most: int | None = None

    def pairs(self) -> list[Pair] | None:
        """Return the rows that belong together; None where they are quite others."""
        if self.before is None or self.after is None:
            return None
        if self.manner == "number":
            return list(_by_number(self.before, self.after))
        found = _by_likeness(self.before, self.after, is_strict=self.manner == "likeness")
        return None if found is None else self._first(found)

    def _first(self, pairs: list[Pair]) -> list[Pair]:
        """Return the pairs of the first rows before the step."""
        if self.most is None or self.before is None or len(self.before.rows) <= self.most:
            return pairs
        taken = list(accumulate(old is not None for _, old, _ in pairs))
        kept = [pair for pair, count in zip(pairs, taken, strict=True) if count <= self.most]
        # Those behind the last one may be there already, but not what they were made of.
        while kept and kept[-1][2] is None and len(kept) == len(pairs):
            kept.pop()
        return kept

    def lines(self, paper: Paper) -> Iterator[Line]:
        """Yield the rows as lines of text.

        Args:
            paper: What they are for.
        """
        pairs = self.pairs()
        if pairs is not None:
            yield from self._compared(pairs, paper)
            return
        for word, seen in (("before", self.before), ("after", self.after)):
            title = (paper.shown(self.name), "bold")
            if seen is not None:
                if word == "after" and self.before is not None:
                    yield []
                rows = seen.rows[: self.most]
                yield [title, (f" {word}: {counted(len(rows), 'row')}", "")]
                yield from row_lines(rows, paper, seen.schema)

    def _compared(self, pairs: list[Pair], paper: Paper) -> Iterator[Line]:
        assert self.before is not None, "there are pairs"
        assert self.after is not None, "there are pairs"
        marks = [_mark(old, new) for _, old, new in pairs]
        told = [
            counted(sum(old is not None for _, old, _ in pairs), "row") + " in",
            f"{sum(new is not None for _, _, new in pairs):,} out",
        ]
        words = {"*": "changed", "-": "left out", "+": "added"}
        told += [f"{marks.count(one):,} {word}" for one, word in words.items() if one in marks]
        yield [(paper.shown(self.name), "bold"), (f": {', '.join(told)}", "")]
        columns = [
            TableColumn([("", "")], [[(mark, _STYLES[mark])] for mark in marks]),
            TableColumn(
                [("#", "dim")],
                [[("" if number is None else str(number), "dim")] for number, _, _ in pairs],
                to_right=True,
            ),
        ]
        old_fields = {one.name: one for one in self.before.schema.fields}
        new_fields = {one.name: one for one in self.after.schema.fields}
        columns += [
            _column(name, old_fields.get(name), new_fields.get(name), pairs, paper)
            for name in dict.fromkeys([*new_fields, *old_fields])
        ]
        yield from table_lines(columns, paper, keys=2)


def _by_number(before: SeenRows, after: SeenRows) -> Iterator[Pair]:
    made: dict[int, list[Row]] = {}
    for number, row in zip(after.numbers, after.rows, strict=True):
        made.setdefault(number, []).append(row)
    for number, row in zip(before.numbers, before.rows, strict=True):
        own = made.pop(number, [])
        yield number, row, own[0] if own else None
        for other in own[1:]:
            yield None, None, other
    for others in made.values():
        for row in others:
            yield None, None, row


def _by_likeness(before: SeenRows, after: SeenRows, *, is_strict: bool) -> list[Pair] | None:
    """Pair rows of which the fields that both have are the same, in their order."""
    names = [one for one in before.schema.field_names if one in after.schema.field_names]
    if not names:
        return None
    old = [tuple(repr(row.get(name)) for name in names) for row in before.rows]
    new = [tuple(repr(row.get(name)) for name in names) for row in after.rows]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if is_strict:
        gone = [old[at] for kind, a, b, _, _ in blocks if kind != "equal" for at in range(a, b)]
        come = [new[at] for kind, _, _, a, b in blocks if kind != "equal" for at in range(a, b)]
        if set(gone) & set(come):
            return None  # they are in another order
        # What comes after the last row that is the same may stand beyond the rows that were read.
        while blocks and blocks[-1][0] != "equal":
            blocks.pop()
        kinds = {kind for kind, *_ in blocks} - {"equal"}
        same_fields = len(names) == len(before.schema.fields) == len(after.schema.fields)
        if not blocks or len(kinds) > 1 or "replace" in kinds or (kinds and not same_fields):
            return None
    pairs: list[Pair] = []
    for kind, start, end, first, last in blocks:
        if kind == "equal" or (kind == "replace" and end - start == last - first):
            pairs += [
                (before.numbers[start + step], before.rows[start + step], after.rows[first + step])
                for step in range(end - start)
            ]
            continue
        pairs += [(before.numbers[at], before.rows[at], None) for at in range(start, end)]
        pairs += [(None, None, after.rows[at]) for at in range(first, last)]
    return pairs


def _mark(old: Row | None, new: Row | None) -> str:
    if old is None or new is None:
        return "+" if old is None else "-"
    shared = [name for name in old if name in new]
    return "*" if any(_differ(old[name], new[name]) for name in shared) else ""


def _differ(old: Any, new: Any) -> bool:
    return type(old) is not type(new) or bool(old != new)


def _column(
    name: str, old: Field | None, new: Field | None, pairs: Sequence[Pair], paper: Paper
) -> TableColumn:
    """Return the column of a field, which may be new or gone."""
    known = new or old
    assert known is not None, "it is in one of the schemas"
    mark = "+" if old is None else "-" if new is None else ""
    kind = paper.shown(type_of(known))
    if old is not None and new is not None and type_of(old) != type_of(new):
        kind = f"*{paper.shown(type_of(old))} {paper.sign('→')} {kind}"
    heading = f"{mark} {paper.shown(name)}" if mark else paper.shown(name)
    style = f"bold {_STYLES[mark]}".strip()
    cells = [_cell(name, mark, one, two, paper) for _, one, two in pairs]
    headings = [(heading, style), (kind, "yellow" if kind.startswith("*") else "dim")]
    return TableColumn(headings, cells, to_right=known.type in NUMERIC)


def _cell(name: str, mark: str, old: Row | None, new: Row | None, paper: Paper) -> Line:
    if old is None or new is None:
        row, style = (new, "green") if old is None else (old, "red")
        known = row is not None and name in row
        return [(cell_of(row[name], paper)[0], style)] if row is not None and known else []
    if mark:
        row = new if mark == "+" else old
        return [(cell_of(row.get(name), paper)[0], _STYLES[mark])]
    first, second = old.get(name), new.get(name)
    if not _differ(first, second):
        return [cell_of(second, paper)]
    texts = [cell_of(one, paper)[0] for one in (first, second)]
    if texts[0] == texts[1]:
        texts = [paper.shown(repr(one)) for one in (first, second)]
    return [
        ("*", "yellow"),
        (texts[0], "red"),
        (f" {paper.sign('→')} ", "dim"),
        (texts[1], "bold green"),
    ]
