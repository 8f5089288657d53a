"""The files of `dataflows init`: which it may write, and running the script that it wrote."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.cli.asking import ask_to_replace
from dataflows.cli.report import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["free_name", "may_write_to", "run_script", "save_script"]

_MOST_OUTPUTS = 100


def free_name(name: str, source: str, script: Path, ending: str = "") -> str:
    """Return what to write to: new, or what this script wrote, and never what holds the source.

    Args:
        name: The name that it should have.
        source: The address of the data.
        script: The script, which may be there from an earlier call.
        ending: What stands at the end of the name.
    """
    written = script.read_text(encoding="utf-8", errors="replace") if script.is_file() else ""
    parents = []
    if "://" not in source:
        place = Path(source).resolve()
        parents = [place, *place.parents]
    for start in (name, *(f"{name}_output{number}" for number in ("", *range(2, _MOST_OUTPUTS)))):
        free = f"{start}{ending}"
        is_free = _writes(written, free) or not Path(free).exists()
        if is_free and Path(free).resolve() not in parents:
            return free
    what = f"there are too many outputs named {name}_output…"
    raise CallError(what, fix="remove some of them.")


def may_write_to(output: str, script: Path, *, force: bool) -> bool:
    """See that nothing is written over that nobody spoke of.

    Args:
        output: Where the script would write to.
        script: The script; what it wrote before, it may write again.
        force: Whether it may.

    Returns:
        Whether somebody wants what is there to be written over.

    Raises:
        CallError: Something is there, and nobody can be asked.
        SystemExit: Somebody was asked, and does not want it.
    """
    file = output.removeprefix("sqlite:///")
    path = Path(file)
    is_empty = path.is_dir() and not any(path.iterdir())
    if force or "://" in file or not path.exists() or is_empty:
        return force
    written = script.read_text(encoding="utf-8", errors="replace") if script.is_file() else ""
    if _writes(written, file):
        return False
    fix = "name another place with --output, or add --force to write there."
    ask_to_replace(f"there is something in {output!r} already", "Write there?", fix=fix)
    return True


def _writes(script: str, output: str) -> bool:
    """Tell whether a script that init wrote before writes to a place."""
    dumps = ("path", "file", "zip")
    starts = ["sqlite:///", *(f'dump_to_{dump}("' for dump in dumps)]
    return any(f"{start}{output}{end}" in script for start in starts for end in ('"', "/"))


def save_script(script: Path, text: str, *, force: bool) -> bool:
    """Write a script, whole or not at all; return whether it was not there already.

    Args:
        script: The file.
        text: What it is to hold.
        force: Whether another one may be overwritten.

    Raises:
        CallError: There is another, and nobody can be asked.
        SystemExit: Somebody was asked, and does not want it.
    """
    if os.path.lexists(script) and not force:
        if script.is_file() and script.read_text(encoding="utf-8", errors="replace") == text:
            return False
        if script.is_dir():
            raise CallError(f"{str(script)!r} is a folder", fix="choose another --name.")
        fix = f"run that with dataflows run {script}, or add --force to overwrite it."
        ask_to_replace(f"there is another {str(script)!r} already", "Overwrite it?", fix=fix)
    unfinished = script.with_name(f".{script.name}.new")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(script)
    return True


def run_script(script: Path, *options: str) -> None:
    """Run a script in a process of its own.

    Args:
        script: The file.
        options: Options of `dataflows run`.

    Raises:
        SystemExit: It failed, with its exit code; its message is on stderr.
    """
    # -P: a file in this folder named like a module of ours must not be imported instead.
    call = [sys.executable, "-P", "-m", "dataflows.cli", "run", str(script), *options]
    sys.stdout.flush()
    process: subprocess.Popen[bytes] | None = None
    try:
        with _signals_held() as came:
            # In a group of its own Ctrl-C does not reach it, but what is sent from here.
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                call, stdin=subprocess.DEVNULL, process_group=0
            )
        for number in came:
            signal.raise_signal(number)
        code = process.wait()
    except (KeyboardInterrupt, SystemExit):
        if process is not None:
            # It undoes what is half written, and leaves it to us to say that it was stopped.
            process.terminate()
            process.wait()
        raise
    if code:
        raise SystemExit(code if code > 0 else 128 - code)


@contextmanager
def _signals_held() -> Iterator[list[int]]:
    """Hold back the signals that stop a program; yield the list of those that come.

    Without this a process might just have been started, and nobody know of it who could stop it.
    """
    came: list[int] = []
    before = {
        one: signal.signal(one, lambda number, _: came.append(number))
        for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield came
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
