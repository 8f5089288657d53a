"""What is logged of a run: its beginning and end, its outputs, and each step on request."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from dataflows.logs import logger_of
from dataflows.showing.words import rows_told
from dataflows.watching.run_progress import state_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Run, Step

__all__ = ["log_package_phase", "logging_run"]

_LOGGER = logger_of("dataflows.flow")


@contextmanager
def logging_run(run: Run) -> Iterator[None]:
    """Log when a run begins and how it ends, where somebody listens."""
    if not _LOGGER.isEnabledFor(logging.INFO):
        yield
        return
    _LOGGER.info("a run of %s begins", counted(len(run.steps), "step"))
    started = perf_counter()
    try:
        yield
    except BaseException as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        _LOGGER.info("the run failed after %.2f s: %s", perf_counter() - started, reason)
        raise
    state = state_of(run, perf_counter() - started)
    for account in state.accounts:
        _LOGGER.debug("step %s, %s: %s", account.number, account.step, rows_told(account))
    for output in run.outputs:
        _LOGGER.info("written: %s", output)
    _LOGGER.info("the run ended after %.2f s: %s", state.seconds, counted(state.rows, "row"))


def log_package_phase(step: Step) -> None:
    """Log what a step makes of the package, where somebody listens."""
    if _LOGGER.isEnabledFor(logging.DEBUG):
        tables = "; ".join(
            f"{one.name} ({', '.join(one.fields.field_names)})" for one in step.package.resources
        )
        _LOGGER.debug(
            "package phase, step %s, %s: %s", step.account.number, step.label, tables or "-"
        )
