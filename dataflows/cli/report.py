"""How a command fails: the message on stderr, and an exit code.

0: done · 1: something is wrong with the data, or with what a flow does with it · 2: something is
wrong with how the command was called · 130: stopped by Ctrl-C · 143: stopped by the system.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dataflows.cli.usage import tell_usage
from dataflows.errors import DataflowsException, Place
from dataflows.showing.words import printable
from dataflows.tracebacks import is_of_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CallError", "debug_option", "failing_well", "tell_stopped", "wants_debug"]

_DEBUG = "dataflows.cli.debug"
_LONGEST_LINE = 2000
_SECONDS_UNTIL_AGAIN = 0.02
_STOPPED, _TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM


class CallError(DataflowsException):
    """The command was called with something that it cannot work with."""


def _remember_debug(context: click.Context, _: click.Parameter, is_on: bool) -> None:
    context.meta[_DEBUG] = is_on
    if is_on:
        from dataflows.tracebacks import keep_all_frames

        keep_all_frames()


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--debug`: show the traceback of an error."""
    option = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_remember_debug,
        help="Show the full traceback of an error.",
    )
    return option(command)


def wants_debug(context: click.Context) -> bool:
    """Tell whether the command was called with `--debug`."""
    return bool(context.meta.get(_DEBUG))


@contextmanager
def failing_well(context: click.Context) -> Iterator[None]:
    """Turn what goes wrong inside into a message on stderr and an exit code.

    Args:
        context: The context of the command; knows whether a traceback is wanted.

    Raises:
        SystemExit: With the exit code.
    """
    shown_before, warnings.showwarning = warnings.showwarning, _show_warning
    ignored_before, sys.unraisablehook = sys.unraisablehook, _stop_again
    handled_before = signal.signal(signal.SIGTERM, _terminate)
    try:
        try:
            yield
        finally:
            _flush()
    except KeyboardInterrupt as stop:
        if getattr(stop, "__notes__", None):  # the progress has said so
            raise SystemExit(_STOPPED) from None
        tell_stopped()
    except click.Abort:  # Ctrl-C, or the end of what can be read, at a question
        click.echo(err=True)
        tell_stopped()
    except click.UsageError as error:
        click.echo(f"error: {tell_usage(error, context)}", err=True)
        raise SystemExit(error.exit_code) from None
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
        raise  # click ends without a word where nobody reads on, as in `| head`
    except Exception as error:  # noqa: BLE001 - a script may raise anything
        if _is_of_a_closed_pipe(error):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        if wants_debug(context):
            traceback.print_exc()
        else:
            click.echo(_tell(error), err=True)
        raise SystemExit(2 if isinstance(error, CallError) else 1) from None
    finally:
        warnings.showwarning = shown_before
        sys.unraisablehook = ignored_before
        signal.signal(signal.SIGTERM, handled_before)


def tell_stopped() -> NoReturn:
    """End after Ctrl-C.

    Raises:
        SystemExit: With the exit code.
    """
    click.echo("stopped", err=True)
    raise SystemExit(_STOPPED) from None


def _flush() -> None:
    """Write what waits to be written: where that fails, this is the last moment to say so.

    Raises:
        BrokenPipeError: Nobody reads on.
        DataflowsException: It fails for another reason, such as a full disk.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python would try again at its end, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        what = f"cannot write to standard output: {error.strerror}"
        raise DataflowsException(what) from None


def _is_of_a_closed_pipe(error: Exception) -> bool:
    """Tell whether a step failed because nobody reads what it writes to standard output."""
    cause = getattr(error, "cause", None)
    return isinstance(cause, BrokenPipeError) and cause.filename is None


def _terminate(*_: Any) -> NoReturn:
    """Leave by an exception, so that what is half done is undone on the way."""
    raise SystemExit(_TERMINATED)


def _stop_again(ignored: sys.UnraisableHookArgs) -> None:
    """Send a signal again that came at a moment when Python cannot stop, as in a finalizer."""
    stop = ignored.exc_value
    if isinstance(stop, KeyboardInterrupt):
        number = signal.SIGINT
    elif isinstance(stop, SystemExit) and stop.code == _TERMINATED:
        number = signal.SIGTERM
    else:
        sys.__unraisablehook__(ignored)
        return
    Timer(_SECONDS_UNTIL_AGAIN, os.kill, (os.getpid(), number)).start()


def _tell(error: Exception) -> str:
    """Return what a person needs to know, with the line of their own script, where it has one."""
    told, cause, indent = str(error), error, "  at "
    if isinstance(error, DataflowsException):
        cause = getattr(error, "cause", None) or error
        indent = "  at " if error.where == Place() else "     "
    else:
        told = f"{type(error).__name__}: {told}" if told else type(error).__name__
    what, fix, advice = told.partition("\n  fix: ")
    line = _line_of(cause, indent)
    if f"({line.strip().partition(', in ')[0]})" in what:
        line = ""  # the step is a function that begins there
    return _harmless(f"error: {what}{line}{fix}{advice}")


def _harmless(text: str) -> str:
    """Return a text without characters that act on a terminal, and its lines cut to some length."""
    lines = [printable(line) for line in text.split("\n")]
    half = _LONGEST_LINE // 2
    return "\n".join(
        line if len(line) <= _LONGEST_LINE else f"{line[:half]} … {line[-half:]}" for line in lines
    )


def _line_of(error: BaseException, indent: str) -> str:
    """Return the last line of a user's code on the way to an error."""
    line, here = "", ""
    with suppress(OSError):  # the current folder may be gone
        here = f"{Path.cwd()}{os.sep}"
    for frame, number in traceback.walk_tb(error.__traceback__):
        if is_of_user(frame):
            file = frame.f_code.co_filename.removeprefix(here)
            line = f"\n{indent}{file}, line {number}, in {frame.f_code.co_name}"
    return line


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(_harmless(f"warning: {message}"), err=True)
