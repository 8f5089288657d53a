"""What the Tab key may offer: files, the flows of a script, processors, formats.

It is asked for at each press, so it reads what it needs and runs and imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

__all__ = [
    "complete_blueprint",
    "complete_file",
    "complete_flow",
    "complete_processor",
    "complete_written_format",
]


def complete_blueprint(
    context: click.Context,  # noqa: ARG001 - click's signature
    parameter: click.Parameter,  # noqa: ARG001 - the same
    incomplete: str,
) -> list[CompletionItem]:
    """Offer the standard set-ups of `dataflows init`."""
    from dataflows.cli.init.blueprints import BLUEPRINTS

    found = [CompletionItem(name, help=one.summary) for name, one in BLUEPRINTS.items()]
    return [one for one in found if one.value.startswith(incomplete)]


def complete_file(
    context: click.Context,  # noqa: ARG001 - click's signature
    parameter: click.Parameter,  # noqa: ARG001 - the same
    incomplete: str,
) -> list[CompletionItem]:
    """Let the shell offer its files."""
    return [CompletionItem(incomplete, type="file")]


def complete_flow(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 - the same
    incomplete: str,
) -> list[CompletionItem]:
    """Offer the flows that the text of a script defines; it is not run."""
    from dataflows.cli.flow_names import flow_names

    names: list[str] = []
    # What is no script, or half written, has none to offer.
    with contextlib.suppress(OSError, SyntaxError, ValueError, TypeError):
        names = flow_names(Path(context.params["script"]).read_bytes())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_processor(
    context: click.Context,  # noqa: ARG001 - the same
    parameter: click.Parameter,  # noqa: ARG001 - the same
    incomplete: str,
) -> list[CompletionItem]:
    """Offer processors, each with what it does, and the groups of them."""
    from dataflows.catalog import GROUPS, entries

    with warnings.catch_warnings(action="ignore"):  # of broken plugins, amid what is typed
        every = entries()
    found = [CompletionItem(one.name, help=one.summary) for one in every]
    found += [CompletionItem(group, help="all of this group") for group in GROUPS]
    return [one for one in found if one.value.startswith(incomplete)]


def complete_written_format(
    context: click.Context,  # noqa: ARG001 - the same
    parameter: click.Parameter,  # noqa: ARG001 - the same
    incomplete: str,
) -> list[CompletionItem]:
    """Offer the formats that can be written."""
    from dataflows.processors.formats.known import WRITERS

    return [CompletionItem(name) for name in WRITERS if name.startswith(incomplete)]
