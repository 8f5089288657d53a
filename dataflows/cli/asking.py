"""Asking before something is replaced that is there already; where nobody can answer, refusing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dataflows.cli.report import CallError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ask_to_replace", "free_file", "is_asked"]


def is_asked() -> bool:
    """Tell whether somebody sits before the terminal, and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_to_replace(
    told: str, question: str = "Replace it?", *, fix: str = "add --force to replace it."
) -> None:
    """Ask whether what is there may be replaced.

    Args:
        told: What is there, as a sentence without its end.
        question: What is asked.
        fix: What is to be done where nobody can be asked.

    Raises:
        CallError: Nobody can be asked.
        SystemExit: Somebody was asked, and does not want it.
    """
    if not is_asked():
        raise CallError(told, fix=fix)
    told = f"There {told.removeprefix('there ')}" if told.startswith("there ") else told
    if not click.confirm(f"{told}. {question}", err=True):
        click.echo("nothing was written", err=True)
        raise SystemExit(1)


def free_file(path: Path, what_for: str, *, forced: bool) -> Path:
    """Return the path of a file that may be written, before anything is done for it.

    Args:
        path: The file.
        what_for: What is to be in it, with its article.
        forced: Whether one that is there may be replaced.

    Raises:
        CallError: It is there already, and nobody can be asked; or it cannot be written.
        SystemExit: Somebody was asked, and does not want it.
    """
    if not path.parent.is_dir():
        what = f"there is no folder {str(path.parent)!r} for {what_for}"
        raise CallError(what, fix="make it first, or name another.")
    if path.is_dir():
        raise CallError(f"{str(path)!r} is a folder", fix=f"name a file for {what_for}.")
    if path.exists() and not forced:
        ask_to_replace(f"{path} is there already")
    return path
