"""What a flow tells after a run, and before one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from dataflows.accounts import account_notes, account_table
from dataflows.errors import Place, nearest
from dataflows.functions import field_usage
from dataflows.showing.account_text import account_text
from dataflows.showing.chain_picture import picture_of
from dataflows.showing.reprs import result_html
from dataflows.showing.time_table import profile_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.accounts import Account
    from dataflows.chain import Run, Step
    from dataflows.functions import Usage
    from dataflows.package import Package, Resource
    from dataflows.showing.chain_picture import ChainPicture

__all__ = ["Check", "Result"]


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
        self._run: Run | None = run
        self._picture: ChainPicture | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what goes to another process: the picture of the chain, but not its functions."""
        return {**vars(self), "_run": None, "_picture": self.explain()}

    def explain(self) -> ChainPicture:
        """Return a picture of the chain with the rows in and out and the seconds of each step.

        Examples:
            >>> from dataflows import Flow
            >>> print(Flow([{"a": 1}]).run().explain())  # doctest: +ELLIPSIS
            1. list of rows
               + resource res_1: a: integer
               0 rows in, 1 added, 1 out, ... s
            = resource res_1: a: integer
        """
        if self._run is None:
            assert self._picture is not None, "made where the result left its process"
            return self._picture
        return picture_of(self._run, rows=True)

    def profile(self, width: int | None = None) -> str:
        """Return where the time went: the seconds of each step, their share, and rows a second.

        The time in no step went into what the steps share, and into making outputs visible.

        Args:
            width: Cut the names of steps so that no line is longer.

        Examples:
            >>> from dataflows import Flow
            >>> result = Flow([{"a": 1}, {"a": 2}]).run()
            >>> result.profile().splitlines()[0].split()
            ['#', 'step', 'seconds', 'share', '%', 'rows/s']
        """
        return profile_text(self.accounts, self.seconds, width)

    @property
    def notes(self) -> list[str]:
        """What else is worth knowing: rows padded, keys left out, rows rejected.

        Examples:
            >>> from dataflows import Flow, rejects, set_type
            >>> step = set_type("a", type="integer", on_error=rejects())
            >>> Flow([{"a": "1"}, {"a": "n/a"}], step).run().notes[0]
            "1 rejected (step 2): field 'a': 'n/a' is not an integer"
        """
        found = account_notes(self.accounts)
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

    def text(self, width: int | None = None) -> str:
        """Return the account, the notes, the outputs and the time.

        Args:
            width: Cut the names of steps so that the account is no wider.

        Examples:
            >>> from dataflows import Flow
            >>> print(Flow([{"a": 1}]).run().text())  # doctest: +ELLIPSIS
            #  step          rows in  added  rows out
            1  list of rows        0      1         1
            ... s
        """
        return "\n".join(
            [
                account_text(self.accounts, width),
                *self.notes,
                *(f"written: {output}" for output in self.outputs),
                f"{self.seconds:.2f} s",
            ]
        )

    def __repr__(self) -> str:
        """Show the account, the notes, the outputs and the time."""
        return self.text()

    def _repr_html_(self) -> str:
        told = [*self.notes, *(f"written: {output}" for output in self.outputs)]
        return result_html(account_table(self.accounts), [*told, f"{self.seconds:.2f} s"])


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

    def explain(self) -> ChainPicture:
        """Return a picture of the chain: see `Flow.explain`.

        Examples:
            >>> from dataflows import Flow
            >>> print(Flow([{"a": 1}]).check().explain())
            1. list of rows
               + resource res_1: a: integer
            = resource res_1: a: integer
        """
        return picture_of(self._run)

    def __repr__(self) -> str:
        """Show the picture and the problems."""
        problems = (f"problem: {problem}" for problem in self.problems)
        return "\n".join([self.explain().text(), *problems])

    def _repr_html_(self) -> str:
        problems = "".join(f"<pre>problem: {escape(one)}</pre>" for one in self.problems)
        return f"{problems}{self.explain().svg()}"


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
        line = usage.lines.get(name)
        where = f"{place}, line {line}" if line else place
        fix = f"put add_field({name!r}, type) before it, or the value is not in the output."
        yield f"the field {name!r} is set, but it is not in the schema\n{where}\n  fix: {fix}"


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
