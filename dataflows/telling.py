"""Warnings that point at the line of the user's script, wherever in the engine they arise."""

from __future__ import annotations

import sys
import warnings

from dataflows.tracebacks import is_of_user

__all__ = ["warn"]


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something at the line of the user's code from which all calls came.

    Args:
        text: What is wrong, and what can be done.
        category: The class of the warning.

    Examples:
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     warn("there are two resources named 'sales'")
        >>> told[0].category.__name__, str(told[0].message)
        ('UserWarning', "there are two resources named 'sales'")
    """
    frame = sys._getframe(1)  # noqa: SLF001 - the way to a line; `inspect` would import much
    while not is_of_user(frame) and frame.f_back is not None:
        frame = frame.f_back
    known = frame.f_globals
    warnings.warn_explicit(
        text,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=known.get("__name__"),
        registry=known.setdefault("__warningregistry__", {}),
    )
