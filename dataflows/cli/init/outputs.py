"""Where rows can go in the questions of `dataflows init`, each as a step of a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.addresses import refuse_secrets
from dataflows.cli.init.files import free_name
from dataflows.cli.init.script import Step
from dataflows.cli.report import CallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.cli.init.plan import Request

__all__ = ["OUTPUTS", "Output", "output_step"]

_FOLDER = "Folder"
_FILE = "File, or a folder with / at its end"


@dataclass(frozen=True, slots=True)
class Output:
    """A place for rows.

    Args:
        question: What is asked for it; "" for nothing.
        ending: The ending of its file.
    """

    question: str = ""
    ending: str = ""

    def default(self, request: Request, *, several: bool) -> str:
        """Return the place that is offered.

        Args:
            request: What was asked for.
            several: Whether there are several tables.
        """
        if self.ending == "s3":
            return ""
        if self.ending == ".db":
            return f"sqlite:///{free_name(request.slug, request.source, request.script, '.db')}"
        is_folder = not self.ending or (several and self.ending not in (".zip", ".xlsx"))
        ending = "" if is_folder else self.ending
        return free_name(request.slug, request.source, request.script, ending)


OUTPUTS = {
    "print": Output(),
    "csv": Output(_FOLDER),
    "json": Output(_FILE, ".json"),
    "ndjson": Output(_FILE, ".ndjson"),
    "xlsx": Output(_FILE, ".xlsx"),
    "parquet": Output(_FILE, ".parquet"),
    "zip": Output("Zip file", ".zip"),
    "sql": Output("Database", ".db"),
    "s3": Output("Address, such as s3://bucket/prefix", "s3"),
}
"""The answers to the question where rows are to go, in the order in which they are shown."""


def output_step(output: str, place: str | None, tables: Sequence[str]) -> Step:
    """Return the step that writes.

    Args:
        output: One of `OUTPUTS`.
        place: The answer to its question.
        tables: The names of the tables.

    Raises:
        CallError: It is no place for such an output, or one that a script should not hold.

    Examples:
        >>> output_step("parquet", "cities.parquet", ["cities"])
        Step(name='dump_to_file', arguments=('cities.parquet',), options={}, comments=())
    """
    if output == "print":
        return Step("printer")
    if not place:
        raise CallError(f"there is no place for {output}", fix="name one.")
    refuse_secrets(place)
    match output:
        case "csv":
            return Step("dump_to_path", (place,))
        case "zip":
            return Step("dump_to_zip", (place,))
        case "s3":
            if not place.startswith("s3://"):
                what = f"{place!r} is not an address of S3"
                raise CallError(what, fix="write for instance s3://bucket/prefix.")
            return Step("dump_to_s3", (place,))
        case "sql":
            if "://" not in place:
                what = f"{place!r} is not the address of a database"
                raise CallError(what, fix=f"write for instance sqlite:///{place}.")
            return Step("dump_to_sql", ({one: {"resource-name": one} for one in tables}, place))
        case _:
            return _file(output, place, tables)


def _file(output: str, place: str, tables: Sequence[str]) -> Step:
    ending = OUTPUTS[output].ending
    if place.lower().endswith(ending):
        options: dict[str, Any] = {"resources": list(tables)} if len(tables) > 1 else {}
        return Step("dump_to_file", (place,), options)
    return Step("dump_to_path", (place,), {"format": output})
