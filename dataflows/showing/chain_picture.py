"""A chain as a picture: its steps, how each runs, and what each does to the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dataflows.rowwise import usage_of

if TYPE_CHECKING:
    from dataflows.accounts import Account
    from dataflows.chain import Run, Step
    from dataflows.package import Package, Resource

__all__ = ["ChainPicture", "FieldChange", "Manner", "PicturedStep", "ResourceChange", "picture_of"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a step runs.

    Args:
        on: On columns, on rows of the fields that its functions use, on whole rows, or on none of
            these: a step that adds rows, or changes only the package.
        reads: The fields that its functions read.
        writes: The fields that they set or delete.
    """

    on: Literal["columns", "rows", "whole rows", ""] = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a few words.

        Examples:
            >>> print(Manner("rows", reads=("qty",), writes=("total",)))
            rows: reads qty; writes total
        """
        if self.on != "rows":
            return self.on
        parts = [f"reads {', '.join(self.reads)}"] if self.reads else []
        parts += [f"writes {', '.join(self.writes)}"] if self.writes else []
        return f"rows: {'; '.join(parts) or 'no fields'}"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a resource before and after a step.

    Args:
        name: Its name.
        before: Its type before the step, None where it was not there.
        after: Its type after the step, None where it is gone.
    """

    name: str
    before: str | None
    after: str | None

    @property
    def is_change(self) -> bool:
        """Whether the step has done anything to the field."""
        return self.before != self.after

    def __str__(self) -> str:
        """Say what becomes of it."""
        if self.after is None:
            return f"- {self.name}"
        if self.before is None:
            return f"+ {self.name}: {self.after}"
        kind = f"{self.before} → {self.after}" if self.is_change else self.after
        return f"{self.name}: {kind}"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """A resource that a step adds, removes or changes.

    Args:
        name: Its name.
        kind: What the step does to it.
        fields: All its fields; those that are gone come last.
    """

    name: str
    kind: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PicturedStep:
    """A step as it is shown.

    Args:
        position: Its position in its own flow, from 1.
        number: The same after those of the flows that it is inside of, as in 4.2.
        label: How it was written.
        depth: Inside how many other steps it runs.
        manner: How it runs.
        changes: What it does to the resources.
        account: What became of the rows, after a run.
    """

    position: int
    number: str
    label: str
    depth: int
    manner: Manner
    changes: tuple[ResourceChange, ...]
    account: Account | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ChainPicture:
    """A chain as a picture: printed as text, and as `svg` or `mermaid`; a notebook draws it.

    Args:
        steps: The steps, in their order.
        resources: Name and fields, with their types, of each resource after the last step.

    Examples:
        >>> from dataflows import Flow, set_type
        >>> picture = Flow([{"qty": "3"}], set_type("qty", type="integer")).explain()
        >>> print(picture)
        1. list of rows
           + resource res_1: qty: string
        2. set_type('qty', type='integer')  [columns]
           res_1: qty: string → integer
        = resource res_1: qty: integer
        >>> print(picture.mermaid().splitlines()[0])
        flowchart TD
    """

    steps: tuple[PicturedStep, ...]
    resources: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    def text(self, width: int | None = None, *, schemas: bool = False) -> str:
        """Return the picture as text.

        Args:
            width: Fold longer lines; by default every line stays as long as it is.
            schemas: After each step show all fields of the resources that it changes, not only
                what it changes.

        Examples:
            >>> from dataflows import Flow, add_field
            >>> picture = Flow([{"a": 1}], add_field("b", "string")).explain()
            >>> print(picture.text(schemas=True))
            1. list of rows
               + resource res_1: a: integer
            2. add_field('b', 'string')  [columns]
               res_1: a: integer, + b: string
            = resource res_1: a: integer, b: string
        """
        from dataflows.showing.chain_text import chain_text

        return chain_text(self, width, schemas=schemas)

    def svg(self) -> str:
        """Return the picture as SVG: for light and dark screens, and wide as a phone's.

        Examples:
            >>> from dataflows import Flow
            >>> Flow([{"a": 1}]).explain().svg().startswith("<svg ")
            True
        """
        from dataflows.showing.chain_svg import chain_svg

        return chain_svg(self)

    def mermaid(self) -> str:
        """Return the picture as a flowchart of Mermaid, as Markdown pages show it.

        Examples:
            >>> from dataflows import Flow
            >>> print(Flow([{"a": 1}]).explain().mermaid().splitlines()[1])
              s1["1#46; list of rows<br/>#43; resource res_1"]
        """
        from dataflows.showing.chain_mermaid import chain_mermaid

        return chain_mermaid(self)

    def __str__(self) -> str:
        """Return the picture as text."""
        return self.text()

    def __repr__(self) -> str:
        """Show the picture as text."""
        return self.text()

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return self.svg()


def picture_of(run: Run, *, rows: bool = False) -> ChainPicture:
    """Return the picture of a run.

    Args:
        run: The run, after its package phase.
        rows: Whether the run has ended, and its accounts are to be seen.
    """
    return ChainPicture(
        tuple(_pictured(step, rows=rows) for step in run.every_step()),
        tuple((one.name, _types(one)) for one in run.package.resources),
    )


def _pictured(step: Step, *, rows: bool) -> PicturedStep:
    changes = () if step.package is step.source else tuple(_changes(step.source, step.package))
    account = step.account if rows else None
    return PicturedStep(
        step.position,
        step.account.number,
        step.label,
        len(step.inside),
        _manner(step),
        changes,
        account,
    )


def _types(resource: Resource) -> tuple[tuple[str, str], ...]:
    fields: list[dict[str, Any]] = resource.fields.descriptor["fields"]
    return tuple((one["name"], str(one.get("type"))) for one in fields)


def _changes(source: Package, package: Package) -> list[ResourceChange]:
    before = {one.name: dict(_types(one)) for one in source.resources}
    after = {one.name: dict(_types(one)) for one in package.resources}
    found = [ResourceChange(name, "removed") for name in before if name not in after]
    for name, new in after.items():
        old = before.get(name, {})
        fields = [FieldChange(field, old.get(field), kind) for field, kind in new.items()]
        fields += [FieldChange(field, old[field], None) for field in old if field not in new]
        if name not in before:
            found.append(ResourceChange(name, "added", tuple(fields)))
        elif any(one.is_change for one in fields):
            found.append(ResourceChange(name, "changed", tuple(fields)))
    return found


def _manner(step: Step) -> Manner:
    """Return how a step runs: on columns, or on rows with the fields that its functions use."""
    hooks = step.hooks
    functions = [*hooks.functions, *([hooks.row] if hooks.row is not None else [])]
    if not functions:
        if hooks.batch is not None or hooks.batches is not None:
            return Manner("columns")
        return Manner("whole rows") if hooks.rows is not None else Manner()
    reads: set[str] = set()
    writes: set[str] = set()
    for function in functions:
        usage = usage_of(function)
        if usage is None:
            return Manner("whole rows")
        reads |= usage.reads
        writes |= usage.writes
    return Manner("rows", tuple(sorted(reads)), tuple(sorted(writes)))
