"""`dataflows init`: look at data, write a flow for it, and run that."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from dataflows.cli.addresses import refuse_secrets, slug_of, title_of
from dataflows.cli.report import CallError, debug_option, wants_debug
from dataflows.errors import nearest

__all__ = ["command"]

_HELLO = "hello-world"
_SHOWN_ROWS = 5
_MOST_OUTPUTS = 100
_LONGEST_FIELD = 2**31 - 1


@click.command("init")
@click.argument("source")
@click.option("--force", is_flag=True, help="Overwrite a script that is different.")
@debug_option
@click.pass_context
def command(context: click.Context, source: str, force: bool) -> None:
    """Look at SOURCE, write a flow for it into the current folder, and run it.

    SOURCE is a file, an address, a data package, or env://NAME for what stands in an environment
    variable. `hello-world` writes an example that needs no data.
    """
    if source == _HELLO:
        script, output = Path("hello_world.py"), Path("hello_world/large")
        text = Path(__file__).with_name("hello_world.py").read_text(encoding="utf-8")
    else:
        refuse_secrets(source)
        _refuse_what_is_not_there(source)
        slug = slug_of(source)
        script = Path(f"{slug}.py")
        output = Path(_free_folder(slug, source, script))
        text = _write_flow(source, slug, script, output)
    _save(script, text, force=force)
    account = _run(script, *(["--debug"] if wants_debug(context) else []))
    _show(output)
    print(account, end="")


def _write_flow(source: str, slug: str, script: Path, output: Path) -> str:
    from dataflows.cli.look import look_at
    from dataflows.cli.script import write_script
    from dataflows.cli.steps import choose_steps

    look = look_at(source)
    steps = choose_steps(look, source, name=slug, title=title_of(slug), output=output.as_posix())
    return write_script(script.name, source, steps)


def _refuse_what_is_not_there(source: str) -> None:
    if source == "-":
        what = "a flow that can run again cannot come from standard input"
        raise CallError(what, fix="write the data to a file, and name that.")
    path = Path(source)
    if "://" in source or any(char in source for char in "*?["):
        return
    try:
        if path.exists():
            return
    except (OSError, ValueError):
        pass
    folder = path.parent if path.parent.is_dir() else Path()
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    raise CallError(
        f"no file named {source!r}",
        fix=nearest(path.name, names, "files")
        if names
        else f"call dataflows init {_HELLO} for an example.",
    )


def _free_folder(slug: str, source: str, script: Path) -> str:
    """Return the folder to write to: new, or that of this script, and never that of the source."""
    written = script.read_text(encoding="utf-8") if script.is_file() else ""
    parents = [] if "://" in source else Path(source).resolve().parents
    for name in (slug, *(f"{slug}_output{number}" for number in ("", *range(2, _MOST_OUTPUTS)))):
        is_ours = f'dump_to_path("{name}")' in written
        if (is_ours or not Path(name).exists()) and Path(name).resolve() not in parents:
            return name
    what = f"there are too many folders named {slug}_output…"
    raise CallError(what, fix="remove some of them.")


def _save(script: Path, text: str, *, force: bool) -> None:
    if script.exists() and not force:
        if script.is_file() and script.read_text(encoding="utf-8", errors="replace") == text:
            click.echo(f"{script} is as it should be")
            return
        raise CallError(
            f"there is another {str(script)!r} already",
            fix=f"run that with dataflows run {script}, or add --force to overwrite it.",
        )
    unfinished = script.with_name(f".{script.name}.new")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(script)
    click.echo(f"wrote {script}")


def _run(script: Path, *options: str) -> str:
    """Run the script in a process of its own, and return what it prints.

    Raises:
        SystemExit: It failed, with its exit code; its message is on stderr.
    """
    # -P: a file in this folder named like a module of ours must not be imported instead.
    call = [sys.executable, "-P", "-m", "dataflows.cli", "run", str(script), *options]
    # In a group of its own it gets Ctrl-C from here, once, and can undo what is half written.
    with subprocess.Popen(  # noqa: S603 - this interpreter and our own module
        call, stdout=subprocess.PIPE, encoding="utf-8", process_group=0
    ) as process:
        try:
            account, _ = process.communicate()
        except (KeyboardInterrupt, SystemExit) as stop:
            is_interrupt = isinstance(stop, KeyboardInterrupt)
            process.send_signal(signal.SIGINT if is_interrupt else signal.SIGTERM)
            process.wait()
            raise
    if process.returncode:
        raise SystemExit(process.returncode if process.returncode > 0 else 128 - process.returncode)
    return account


def _show(output: Path) -> None:
    """Print the first rows of what was written, with the types of their fields."""
    from dataflows.cli.tables import print_table

    package: dict[str, Any] = json.loads((output / "datapackage.json").read_text(encoding="utf-8"))
    tables = [one for one in package["resources"] if not one.get("dataflows:rejects")]
    if not tables:
        return
    resource = tables[0]
    fields = resource["schema"]["fields"]
    csv.field_size_limit(_LONGEST_FIELD)
    with (output / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line, _ in zip(csv.reader(file), range(_SHOWN_ROWS + 1), strict=False)]
    print()
    names, types = [field["name"] for field in fields], [field["type"] for field in fields]
    print_table(names, types, [line for line in lines[1:] if len(line) == len(names)])
    print()
