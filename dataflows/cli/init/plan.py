"""A plan of `dataflows init`: the script to be written, and what it writes to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.addresses import refuse_secrets, slug_of, title_of
from dataflows.cli.init.files import free_name
from dataflows.cli.init.reading import look_through
from dataflows.cli.init.sources import find_loadings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.cli.init.script import Step
    from dataflows.cli.init.steps import Found

__all__ = ["Plan", "Request", "plan_source"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written.

    Args:
        script: The file of the script.
        text: Its text.
        outputs: What the script writes to.
        steps: Its steps, with their comments.
        found: What was seen of the data.
        advice: What is to be done before it can run; "" where it can run now.
        runs: Whether it is to run.
    """

    script: Path
    text: str
    outputs: tuple[str, ...]
    steps: Sequence[Step] = ()
    found: Sequence[Found] = ()
    advice: str = ""
    runs: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Args:
        source: The address of the data.
        table: The only table, or sheet, that is wanted.
        name: The name of the script and of what it makes; by default that of the source.
        output: Where it is to write to; by default a folder of that name.
        options: The options of `load` that were given.
    """

    source: str
    table: str | None = None
    name: str | None = None
    output: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    slug: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Refuse what a script should not hold, and choose the name."""
        for address in (self.source, self.output or ""):
            refuse_secrets(address)
        source = self.source
        if "://" not in source and Path(source).is_dir():
            source = Path(source).resolve().name
        object.__setattr__(self, "slug", slug_of(self.name or source))

    @property
    def script(self) -> Path:
        """The file of the script."""
        return Path(f"{self.slug}.py")

    @property
    def title(self) -> str:
        """A title for people."""
        return title_of(self.slug)

    def look(self) -> list[Found]:
        """Return what is seen of the data."""
        return [
            look_through(replace(loading, options={**loading.options, **self.options}))
            for loading in find_loadings(self.source, self.table)
        ]

    def place(self, ending: str = "") -> str:
        """Return where the script writes to.

        Args:
            ending: What stands at its end, where no place was asked for.
        """
        return self.output or free_name(self.slug, self.source, self.script, ending)


def plan_source(request: Request) -> Plan:
    """Return the plan for data as it is: load it, give types, write a data package.

    Args:
        request: What was asked for.
    """
    from dataflows.cli.init.script import write_script
    from dataflows.cli.init.steps import choose_steps

    found = request.look()
    output = request.place()
    steps = choose_steps(found, name=request.slug, title=request.title, output=output)
    text = write_script(request.script.name, request.source, steps)
    return Plan(request.script, text, (output,), steps, found)
