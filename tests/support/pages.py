"""Runs what a Markdown page shows, so that the page stays true.

The blocks of a page run in their order and in one folder, as a reader would type them:

- ```` ```python ````: runs, with the names of the blocks before it; where it is written as a
  session (`>>>`), its answers are compared, else what it prints is compared with a block
  ```` ```output ```` that follows it directly. A block ```` ```error ```` that follows it holds the
  error with which it must end.
- ```` ```python file=total.py ````: is written to that file; so is a block of any language.
- ```` ```console ````: the lines after `$ ` are commands; the lines below one are what it prints,
  and `...` on a line of its own stands for any lines. A command with nothing below may print.
- every other block is there to be looked at only.

Seconds differ from run to run: any stand for those that are shown, as in `0.05 s` and `0.05s`.
`rewrite=True` writes what was printed into the page, where it was something else.
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
_SECONDS = re.compile(r"\b\d+\\\.\d+(?=(?:\\ )?s\b)")
_WIDTH = "100"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, the line of its first line, its file."""

    language: str
    text: str
    line: int
    file: str | None = None
    span: tuple[int, int] = (0, 0)


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    found = []
    for match in _FENCE.finditer(page):
        words = match["words"].split() or [""]
        line = page.count("\n", 0, match.start("text")) + 1
        files = [word.removeprefix("file=") for word in words if word.startswith("file=")]
        file = files[0] if files else None
        found.append(Block(words[0], match["text"], line, file, match.span("text")))
    return found


def run_page(path: Path, folder: Path, *, rewrite: bool = False) -> int:
    """Run a page in a folder and return how many blocks ran; a difference is an AssertionError."""
    page = path.read_text(encoding="utf-8")
    news: list[tuple[tuple[int, int], str]] = []
    try:
        return _run_blocks(path.name, page, folder, news if rewrite else None)
    finally:
        for (start, end), text in reversed(news):
            page = page[:start] + _tidy(text) + page[end:]
        if news:
            path.write_text(page, encoding="utf-8")


def _run_blocks(
    name: str, page: str, folder: Path, news: list[tuple[tuple[int, int], str]] | None
) -> int:
    """Run the blocks; `news` gets the place and the new text of what shows something else."""
    names: dict[str, Any] = {"__name__": "__main__"}
    ran = 0
    for block, follower in itertools.pairwise([*blocks(page), Block("", "", 0)]):
        where = f"{name}:{block.line}"
        if block.file is not None:
            (folder / block.file).write_text(block.text, encoding="utf-8")
            continue
        if block.language == "python":
            place, fails = follower, follower.language == "error"
            text = _run_python(block, names, where, fails=fails)
            pairs = [(text, follower.text)] if fails or follower.language == "output" else []
        elif block.language == "console":
            runs = _run_console(block, folder, where)
            place, text = block, _console_text(runs)
            pairs = [(printed, shown) for _, shown, printed in runs if shown]
        else:
            continue
        ran += 1
        for actual, shown in pairs:
            if not _matches(actual, shown):
                assert news is not None, _difference(actual, shown, where)
                news.append((place.span, text))
                break
    return ran


def _run_python(block: Block, names: dict[str, Any], where: str, *, fails: bool) -> str:
    """Run a block; return what it printed, and at the end the error with which it must end."""
    if block.text.lstrip().startswith(">>>"):
        examples = doctest.DocTestParser().get_doctest(
            block.text, names, where, where, block.line - 1
        )
        report = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        runner.run(examples, out=report.write, clear_globs=False)
        names.update(examples.globs)
        assert report.getvalue() == ""
        return ""
    # The lines before make the line numbers those of the page, where dataflows finds the source.
    source = "\n" * (block.line - 1) + block.text
    page = where.partition(":")[0]
    linecache.cache[page] = (len(source), None, source.splitlines(keepends=True), page)
    code = compile(source, page, "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if not fails:
            exec(code, names)  # noqa: S102 - running the page is the purpose
            return printed.getvalue()
        try:
            exec(code, names)  # noqa: S102 - the same
        except Exception as error:  # noqa: BLE001 - whichever it is, it is compared
            return f"{printed.getvalue()}{type(error).__name__}: {error}\n"
    msg = f"{where}: no error"
    raise AssertionError(msg)


def _run_console(block: Block, folder: Path, where: str) -> list[tuple[str, str, str]]:
    """Run the commands of a block; return each with what is shown and what it printed."""
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": _WIDTH,
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }
    runs = []
    for command, expected in _commands(block.text):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.removeprefix("$ ")],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if not expected:
            assert done.returncode == 0, f"{where}: {command}\n{done.stdout}"
        runs.append((command, expected, done.stdout))
    return runs


def _commands(text: str) -> list[tuple[str, str]]:
    r"""Return the commands of a block, each with the output that stands below it.

    Examples:
        >>> _commands("$ ls\na\nb\n$ cat a\n")
        [('$ ls', 'a\nb\n'), ('$ cat a', '')]
    """
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(([line], []))
        elif found:
            command, output = found[-1]
            goes_on = not output and command[-1].endswith("\\\n")
            (command if goes_on else output).append(line)
    return [("".join(command).rstrip("\n"), "".join(output)) for command, output in found]


def _console_text(runs: list[tuple[str, str, str]]) -> str:
    parts = []
    for command, shown, printed in runs:
        kept = shown if not shown or _matches(printed, shown) else _tidy(printed)
        parts.append(f"{command}\n{kept}")
    return "".join(parts)


def _tidy(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _matches(actual: str, expected: str) -> bool:
    """Compare line by line; blanks at the end of a line do not count."""
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() in {"...", "…"}
        else _SECONDS.sub(r"\\d+\\.\\d+", re.escape(line.rstrip())) + r"\n"
        for line in expected.splitlines()
    )
    return re.fullmatch(pattern, _tidy(actual)) is not None


def _difference(actual: str, expected: str, where: str) -> str:
    lines = [f"{where}: it prints", _tidy(actual), "and the page shows", expected]
    return "\n".join([*lines, "UPDATE=1 writes what it prints into the page"])
