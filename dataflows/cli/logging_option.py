"""The option `--verbose`: what is logged, on stderr."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["verbose_option"]

_FORMAT = logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S")


class _ToStandardError(logging.Handler):
    """Writes each message to what standard error is at that moment: a bar may stand there."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


def _listen(_context: click.Context, _parameter: click.Parameter, count: int) -> None:
    logger = logging.getLogger("dataflows")
    if count and not any(isinstance(one, _ToStandardError) for one in logger.handlers):
        handler = _ToStandardError()
        handler.setFormatter(_FORMAT)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if count == 1 else logging.DEBUG)


def verbose_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--verbose`: log to stderr; twice: each step as well."""
    option = click.option(
        "-v",
        "--verbose",
        count=True,
        expose_value=False,
        callback=_listen,
        help="Log to stderr what is done; -vv also logs each step.",
    )
    return option(command)
