"""Runs what a Markdown page shows, so that the page stays true.

The blocks of a page run in their order and in one folder, as a reader would type them:

- ```` ```python ````: runs, with the names of the blocks before it; where it is written as a
  session (`>>>`), its answers are compared, else what it prints is compared with a block
  ```` ```output ```` that follows it directly.
- ```` ```console ````: the lines after `$ ` are commands; the lines below one are what it prints,
  and `...` on a line of its own stands for any lines. A command with nothing below may print.
- every other block is there to be looked at only.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import itertools
import linecache
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<words>[^`\n]*)\n(?P<text>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, and the line of its first line."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    found = []
    for match in _FENCE.finditer(page):
        words = match["words"].split()
        line = page.count("\n", 0, match.start("text")) + 1
        found.append(Block(words[0] if words else "", match["text"], line))
    return found


def run_page(path: Path, folder: Path) -> int:
    """Run a page in a folder and return how many blocks ran; a difference is an AssertionError."""
    names: dict[str, Any] = {"__name__": "__main__"}
    ran = 0
    found = blocks(path.read_text(encoding="utf-8"))
    for block, follower in itertools.pairwise([*found, Block("", "", 0)]):
        where = f"{path.name}:{block.line}"
        if block.language == "python":
            expected = follower.text if follower.language == "output" else None
            _run_python(block, names, where, expected)
        elif block.language == "console":
            _run_console(block, folder, where)
        else:
            continue
        ran += 1
    return ran


def _run_python(block: Block, names: dict[str, Any], where: str, expected: str | None) -> None:
    if block.text.lstrip().startswith(">>>"):
        examples = doctest.DocTestParser().get_doctest(
            block.text, names, where, where, block.line - 1
        )
        report = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        runner.run(examples, out=report.write, clear_globs=False)
        names.update(examples.globs)
        assert report.getvalue() == ""
        return
    # The lines before make the line numbers those of the page, where dataflows finds the source.
    source = "\n" * (block.line - 1) + block.text
    page = where.partition(":")[0]
    linecache.cache[page] = (len(source), None, source.splitlines(keepends=True), page)
    code = compile(source, page, "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # noqa: S102 - running the page is the purpose
    if expected is not None:
        _compare(printed.getvalue(), expected, where)


def _run_console(block: Block, folder: Path, where: str) -> None:
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for command, expected in _commands(block.text):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if expected:
            _compare(done.stdout, expected, f"{where}: {command}")
        else:
            assert done.returncode == 0, f"{where}: {command}\n{done.stdout}"


def _commands(text: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with the output that stands below it.

    Examples:
        >>> _commands("$ ls\\na\\nb\\n$ cat a\\n")
        [('ls', 'a\\nb\\n'), ('cat a', '')]
    """
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(([line.removeprefix("$ ")], []))
        elif found:
            command, output = found[-1]
            goes_on = not output and command[-1].endswith("\\\n")
            (command if goes_on else output).append(line)
    return [("".join(command).rstrip("\n"), "".join(output)) for command, output in found]


def _compare(actual: str, expected: str, where: str) -> None:
    """Compare line by line; blanks at the end of a line do not count."""
    shown = "".join(f"{line.rstrip()}\n" for line in actual.splitlines())
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() in {"...", "…"} else re.escape(line.rstrip()) + r"\n"
        for line in expected.splitlines()
    )
    if not re.fullmatch(pattern, shown):
        assert (where, shown) == (where, expected)
