"""The flows of a script: which there are, and the one that was asked for, with its parameters."""

from __future__ import annotations

import inspect
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.completing import complete_flow
from dataflows.cli.flow_names import functions_returning_flow
from dataflows.cli.report import CallError
from dataflows.cli.settings import needed_parameters, read_settings
from dataflows.errors import nearest
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.flow import Flow

__all__ = ["find_flow", "load_script", "script_arguments"]

_DEFAULT_NAME = "flow"


def script_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments of `find_flow`: ``script``, ``name`` and ``settings``."""
    for option in (
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="KEY=VALUE",
            help="Give a parameter of the function that returns the flow; may be repeated.",
        ),
        click.argument("name", required=False, shell_complete=complete_flow),
        click.argument("script", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def load_script(path: Path) -> types.ModuleType:
    """Run the text of a script as a module, as `import` would.

    Args:
        path: The script.

    Returns:
        The module; `if __name__ == "__main__"` is false in it.

    Raises:
        CallError: There is no such file, or it is not Python.
    """
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        fix = _nearest_script(path)
        raise CallError(f"no script named {str(path)!r}", fix=fix) from None
    except OSError as error:
        what = f"cannot read the script {str(path)!r}: {error.strerror}"
        raise CallError(what, fix="name a Python file.") from None
    try:
        code = compile(source, str(path), "exec")
    except SyntaxError as error:
        line = f"line {error.lineno} of " if error.lineno else ""
        what = f"{line}{str(path)!r} is not Python: {error.msg}"
        if path.suffix not in (".py", ""):
            what = f"{str(path)!r} is not Python"
            raise CallError(what, fix=f"to look at data: dataflows show {path}.") from None
        raise CallError(what, fix="correct that line.") from None
    except ValueError as error:
        what = f"{str(path)!r} is not Python: {error}"
        raise CallError(what, fix="name a Python file.") from None
    # `statistics.py` must not take the place of the module that others import by this name.
    is_free = path.stem not in sys.modules and path.stem not in sys.stdlib_module_names
    module = types.ModuleType(path.stem if is_free else f"dataflows_script_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(path.resolve().parent))
    exec(code, module.__dict__)  # noqa: S102 - running it is what was asked for
    return module


def find_flow(script: Path, name: str | None = None, settings: tuple[str, ...] = ()) -> Flow:
    """Return the flow of a script, as its function builds it.

    Args:
        script: The file.
        name: Which of its flows; the one named `flow`, or the only one, by default.
        settings: Parameters of the function, each as `key=value`.

    Raises:
        CallError: There is no such script, flow or parameter, or there are several flows.
    """
    module = load_script(script)
    found = _flows_of(module, script)
    if name is None:
        name = _default_name(found, settings, script)
    elif name not in found:
        what = f"no flow named {name!r} in {str(script)!r}"
        raise CallError(what, fix=nearest(name, found, "flows"))
    flow = found[name]
    if inspect.isfunction(flow):
        flow = flow(**read_settings(flow, settings, script))
    elif settings:
        raise CallError(
            f"{name!r} in {str(script)!r} takes no parameters: it is a Flow, not a function",
            fix=f"write def {name}({settings[0].partition('=')[0]}): return Flow(...).",
        )
    if not _is_flow(flow):
        found_type = "nothing" if flow is None else with_article(type(flow).__name__)
        what = f"{name}() in {str(script)!r} returned {found_type}, not a Flow"
        raise CallError(what, fix="let it return the Flow.")
    made: Flow = flow
    return made


def _default_name(found: dict[str, Any], settings: tuple[str, ...], script: Path) -> str:
    if _DEFAULT_NAME in found:
        return _DEFAULT_NAME
    if not found:
        raise CallError(
            f"there is no flow in {str(script)!r}",
            fix="write a function that returns a Flow: def flow(): return Flow(...).",
        )
    given = {setting.partition("=")[0].strip() for setting in settings}
    # A part of flows is often made by a function that needs a source: not what is to be run.
    ready = [name for name, flow in found.items() if needed_parameters(flow) <= given]
    names = ready or list(found)
    if len(names) > 1:
        raise CallError(
            f"there are {len(names)} flows in {str(script)!r}: {', '.join(names)}",
            fix=f"write dataflows {_command()} {script} {names[0]}, or name another.",
        )
    return names[0]


def _command() -> str:
    """Return the name of the command that was called."""
    context = click.get_current_context(silent=True)
    return (context.info_name if context is not None else None) or "run"


def _nearest_script(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    return nearest(path.name, sorted(file.name for file in folder.glob("*.py")), "scripts")


def _flows_of(module: types.ModuleType, script: Path) -> dict[str, Any]:
    """Return the flows of a module by name: Flows, and functions that seem to return one.

    A function is not called to find out: it may do something. It counts if it says `-> Flow`, or
    returns a call of `Flow`, or is named `flow`.
    """
    returning = functions_returning_flow(script.read_bytes())
    return {
        name: value
        for name, value in vars(module).items()
        if _is_flow(value)
        or (
            inspect.isfunction(value)
            and value.__module__ == module.__name__
            and (name in returning or name == _DEFAULT_NAME)
        )
    }


def _is_flow(value: Any) -> bool:
    from dataflows.flow import Flow

    return isinstance(value, Flow)
