"""What a flow tells after a run, and before one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from dataflows.accounts import account_table
from dataflows.errors import Place, nearest
from dataflows.functions import field_usage
from dataflows.rowwise import usage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.accounts import Account
    from dataflows.chain import Run, Step
    from dataflows.functions import Usage
    from dataflows.package import Package, Resource

__all__ = ["Check", "Result"]

_MOST_FIELDS = 12


class Result:
    """What became of a run.

    Args:
        run: The run, at its end.
        seconds: How long it took.

    `package` is the package after the last step, `stats` what dumpers and other steps report,
    `accounts` one `Account` a step, `rejects` the rejected rows (the first thousand of each step).
    """

    def __init__(self, run: Run, seconds: float) -> None:
        self.package: Package = run.package
        self.stats: dict[str, Any] = run.merged_stats()
        self.accounts: list[Account] = [step.account for step in run.every_step()]
        self.rejects: list[dict[str, Any]] = run.rejects
        self._rejected = run.rejected_count
        self.outputs: list[str] = run.outputs
        self.seconds = seconds

    @property
    def notes(self) -> list[str]:
        """What else is worth knowing: rows padded, keys left out, rows rejected."""
        found = [
            f"{count:,} {note} (step {account.position}: {account.step})"
            for account in self.accounts
            for note, count in account.notes.items()
        ]
        reasons: dict[tuple[int, str], list[str]] = {}
        for reject in self.rejects:
            reasons.setdefault((reject["position"], reject["field"]), []).append(reject["reason"])
        for (position, name), why in reasons.items():
            more = f" (and {len(why) - 1:,} more)" if len(why) > 1 else ""
            found.append(f"{len(why):,} rejected (step {position}): field {name!r}: {why[0]}{more}")
        if self._rejected > len(self.rejects):
            untold = self._rejected - len(self.rejects)
            found.append(f"{untold:,} more were rejected, which are not looked at here")
        return found

    def __repr__(self) -> str:
        """Show the account, the notes, the outputs and the time."""
        return "\n".join(
            [
                text_table(account_table(self.accounts)),
                *self.notes,
                *(f"written: {output}" for output in self.outputs),
                f"{self.seconds:.2f} s",
            ]
        )

    def _repr_html_(self) -> str:
        headings, *rows = account_table(self.accounts)
        head = "".join(f"<th>{escape(str(cell))}</th>" for cell in headings)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_shown(cell))}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        lines = [
            *self.notes,
            *(f"written: {output}" for output in self.outputs),
            f"{self.seconds:.2f} s",
        ]
        notes = "".join(f"<div>{escape(line)}</div>" for line in lines)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


class Check:
    """What the package phase found.

    Args:
        run: A run after its package phase.

    `package` is the package as it will be, `problems` what the functions' code says about fields
    that are not there.
    """

    def __init__(self, run: Run) -> None:
        self.package: Package = run.package
        self._run = run
        self.problems: list[str] = []
        for chain in run.chains():
            for index, step in enumerate(chain):
                self.problems += _problems_of(step, chain[:index])

    def __bool__(self) -> bool:
        """Tell whether all is well."""
        return not self.problems

    def picture(self) -> str:
        """Return the steps as text: how each runs, what it changes; and the schemas at the end."""
        lines = [line for step in self._run.every_step() for line in _step_lines(step)]
        lines += [f"= resource {one.name}: {_fields(one)}" for one in self.package.resources]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Show the picture and the problems."""
        return "\n".join([self.picture(), *(f"problem: {problem}" for problem in self.problems)])


def _problems_of(step: Step, before: list[Step]) -> list[str]:
    functions = [*step.hooks.functions, *([step.hooks.row] if step.hooks.row is not None else [])]
    made = _written_by(before)
    if made is None:
        return []
    return [
        problem
        for resource in step.source.resources
        if resource.name in step.selected
        for function in functions
        if (usage := field_usage(function)) is not None
        for problem in _clashes(step, resource, usage, made)
    ]


def _clashes(step: Step, resource: Resource, usage: Usage, made: set[str]) -> Iterator[str]:
    """Yield what code has against the schema; earlier functions have set the keys `made`."""
    names = resource.fields.field_names
    here = Place(resource=resource.name).within(step.place)
    place = "\n".join(here.lines())
    for name in sorted(usage.reads - usage.writes - set(names) - made):
        line = usage.lines.get(name)
        where = f"{place}, line {line}" if line else place
        yield f"no field named {name!r}\n{where}\n  fix: {nearest(name, names)}"
    for name in sorted(usage.writes - usage.deletes - set(names) - made):
        fix = f"put add_field({name!r}, type) before it, or the value is not in the output."
        yield f"the field {name!r} is set, but it is not in the schema\n{place}\n  fix: {fix}"


def _written_by(steps: list[Step]) -> set[str] | None:
    """Return the keys that the functions of steps set, None when one of them may set any."""
    made: set[str] = set()
    for earlier in steps:
        if earlier.hooks.rows is not None or earlier.hooks.is_of_a_user:
            return None
        if earlier.hooks.row is not None and field_usage(earlier.hooks.row) is None:
            return None
        row = [] if earlier.hooks.row is None else [earlier.hooks.row]
        for function in (*row, *earlier.hooks.functions):
            usage = field_usage(function)
            made |= set() if usage is None else usage.writes
    return made


def _step_lines(step: Step) -> list[str]:
    lines = [f"{step.position}. {step.label}{_manner(step)}"]
    before = {one.name: one.fields.descriptor["fields"] for one in step.source.resources}
    after = {one.name: one.fields.descriptor["fields"] for one in step.package.resources}
    lines += [f"   - resource {name}" for name in before if name not in after]
    for name, fields in after.items():
        old = {field["name"]: field for field in before.get(name, [])}
        new = {field["name"]: field for field in fields}
        if name not in before:
            made = step.package.get_resource(name)
            lines.append(f"   + resource {name}: {_fields(made) if made is not None else ''}")
            continue
        changes = [f"- {field}" for field in old if field not in new]
        changes += [
            f"+ {field}: {one.get('type')}" for field, one in new.items() if field not in old
        ]
        changes += [
            f"{field}: {old[field].get('type')} → {one.get('type')}"
            for field, one in new.items()
            if field in old and old[field].get("type") != one.get("type")
        ]
        if changes:
            lines.append(f"   {name}: {', '.join(changes)}")
    return lines


def _fields(resource: Resource) -> str:
    shown = [f"{field.name}: {field.type}" for field in resource.fields.fields]
    more = f", … ({len(shown)} fields)" if len(shown) > _MOST_FIELDS else ""
    return ", ".join(shown[:_MOST_FIELDS]) + more


def _manner(step: Step) -> str:
    """Return how a step runs: on columns, or on rows with the fields that its functions use."""
    hooks = step.hooks
    functions = [*hooks.functions, *([hooks.row] if hooks.row is not None else [])]
    if not functions:
        if hooks.batch is not None or hooks.batches is not None:
            return "  [columns]"
        return "  [rows]" if hooks.rows is not None else ""
    reads: set[str] = set()
    writes: set[str] = set()
    for function in functions:
        usage = usage_of(function)
        if usage is None:
            return "  [whole rows]"
        reads |= usage.reads
        writes |= usage.writes
    parts = [f"reads {', '.join(sorted(reads))}"] if reads else []
    parts += [f"writes {', '.join(sorted(writes))}"] if writes else []
    return f"  [rows: {'; '.join(parts)}]" if parts else "  [rows: no fields]"


def text_table(rows: list[tuple[Any, ...]]) -> str:
    """Return a table as aligned text, headings first, numbers to the right."""
    shown = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row, raw in zip(shown, [rows[-1], *rows[1:]], strict=True):
        cells = [
            text.rjust(width) if isinstance(value, int) else text.ljust(width)
            for text, width, value in zip(row, widths, raw, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _shown(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
