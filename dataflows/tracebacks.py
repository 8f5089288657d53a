"""Tracebacks that begin at the function of a user, without the frames of the engine.

Python prints what an exception carries. So the frames are cut where an error leaves a flow, and
debuggers that start from an error (``python -m pdb``, ``%debug``) stand in the user's function. All
frames stay with ``DATAFLOWS_DEBUG=1`` in the environment.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from bdb import BdbQuit
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from dataflows.errors import DataflowsException, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

__all__ = ["cut_traceback", "cutting", "is_of_user", "keep_all_frames", "short_traceback"]

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

_VARIABLE = "DATAFLOWS_DEBUG"
_OURS = "dataflows"
_LIBRARIES = tuple(sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib"))


def keep_all_frames() -> None:
    """Cut no traceback from now on, as ``DATAFLOWS_DEBUG=1`` does."""
    os.environ[_VARIABLE] = "1"


def short_traceback(method: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Let the errors of a method begin at the user's function, or where the method was called.

    Examples:
        >>> @short_traceback
        ... def fail():
        ...     raise DataflowsException("it cannot be")
        >>> try:
        ...     fail()
        ... except DataflowsException as error:
        ...     error.__traceback__.tb_next is None
        True
    """

    @functools.wraps(method)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        with cutting():
            return method(*args, **kwargs)

    return call


class cutting:  # noqa: N801 - it is used as a function
    """Cuts the traceback of an error that leaves the block.

    A generator cannot do that as a context manager: `contextlib` puts the old traceback back.
    """

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if os.environ.get(_VARIABLE, "0") not in ("", "0"):
            return
        if isinstance(error, DataflowsException):
            cut_traceback(error)
        elif isinstance(error, BdbQuit):
            error.__traceback__ = _first(traceback, is_of_user)


def cut_traceback(error: DataflowsException) -> None:
    """Cut the engine's frames from an error, and from those that it came from.

    What our own code raised by a mistake of ours keeps all of them. What is behind an error that we
    explain goes unless a user's code is in it: Python would print what the message says already.

    Args:
        error: The error; its traceback becomes that of the user's function, if there is one.
    """
    cause = error.cause if isinstance(error, ProcessorError) else None
    if cause is not None and _has_been_cut(error, cause):
        error.__traceback__ = _first(error.__traceback__, is_of_user)
        return
    first = cause or error
    at_user = _first(first.__traceback__, is_of_user)
    if first.__traceback__ is not None and not _is_explained(first):
        at_user = at_user or _first(first.__traceback__, _is_not_ours)
        if at_user is None:
            return
    first.__traceback__ = at_user
    error.__traceback__ = at_user or _first(error.__traceback__, is_of_user)
    behind = list(_behind(first))
    for one in behind:
        one.__traceback__ = _first(one.__traceback__, is_of_user)
    if _is_explained(first) and not any(one.__traceback__ for one in behind):
        first.__cause__, first.__suppress_context__ = None, True


def _has_been_cut(error: BaseException, cause: BaseException) -> bool:
    """Tell whether an error comes from a flow that a user's function has run."""
    part = error.__traceback__
    while part is not None and part is not cause.__traceback__:
        part = part.tb_next
    return part is not None


def _is_explained(cause: BaseException) -> bool:
    return isinstance(cause, DataflowsException)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions that Python prints above an error."""
    seen = {id(error)}
    while True:
        before = error.__cause__
        if before is None and not error.__suppress_context__:
            before = error.__context__
        if before is None or id(before) in seen:
            return
        seen.add(id(before))
        yield before
        error = before


def _first(
    traceback: TracebackType | None, is_wanted: Callable[[FrameType], bool]
) -> TracebackType | None:
    """Return the part of a traceback from the first frame on that is wanted."""
    while traceback is not None and not is_wanted(traceback.tb_frame):
        traceback = traceback.tb_next
    return traceback


def _is_not_ours(frame: FrameType) -> bool:
    # Code that the engine has made has no module.
    name = str(frame.f_globals.get("__name__", _OURS))
    return name.partition(".")[0] != _OURS


def is_of_user(frame: FrameType) -> bool:
    """Tell whether a frame is of code that the user wrote: not ours, Python's or a library's."""
    if not _is_not_ours(frame):
        return False
    name = str(frame.f_globals.get("__name__")).partition(".")[0]
    return name not in sys.stdlib_module_names and not frame.f_code.co_filename.startswith(
        _LIBRARIES
    )
