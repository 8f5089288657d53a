"""`dataflows explain`: the chain of a flow as a picture."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from dataflows.cli.asking import free_file
from dataflows.cli.foreign_files import ask_about_foreign_files
from dataflows.cli.picture_lines import print_picture
from dataflows.cli.printing import say
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.script_flows import find_flow, script_arguments

__all__ = ["command"]

# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows explain sales.py
  dataflows explain sales.py --run
  dataflows explain sales.py --svg sales.svg
  dataflows explain sales.py --mermaid
"""


@click.command("explain", epilog=_EXAMPLES)
@script_arguments
@click.option(
    "--svg",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the drawing to an SVG file.",
)
@click.option("--mermaid", is_flag=True, help="Print a Mermaid flowchart, for Markdown.")
@click.option(
    "--run", "runs", is_flag=True, help="Run the flow, and show the rows and seconds of each step."
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace the FILE of --svg, and with --run files that no flow has written, unasked.",
)
@debug_option
def command(
    script: Path,
    name: str | None,
    settings: tuple[str, ...],
    *,
    svg: Path | None,
    mermaid: bool,
    runs: bool,
    force: bool,
) -> None:
    """Draw the flow of SCRIPT: its steps, and what each does to the schema.

    Each step also says whether it runs on columns or on rows, and which fields its functions read
    and write. No row moves without --run. NAME chooses one of several flows.
    """
    if svg is not None:
        free_file(svg, "the picture", forced=force)
    with redirect_stdout(sys.stderr):
        flow = find_flow(script, name, settings)
        if runs:
            picture = flow.run(ready=None if force else ask_about_foreign_files).explain()
        else:
            picture = flow.explain()
    if svg is not None:
        _write(svg, picture.svg())
        if not mermaid:
            say(f"written: {svg}")
    if mermaid:
        say(picture.mermaid())
    elif svg is None:
        print_picture(picture)


def _write(path: Path, text: str) -> None:
    """Write a picture into a file."""
    try:
        path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        what = f"cannot write the picture {str(path)!r}: {error.strerror}"
        raise CallError(what, fix="name a file in a folder that is there.") from None
