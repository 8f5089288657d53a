"""The flows of a script: which there are, and the one that was asked for, with its parameters."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.completing import complete_flow
from dataflows.cli.flow_names import functions_returning_flow
from dataflows.cli.report import CallError
from dataflows.cli.script_module import load_script, running
from dataflows.cli.settings import needed_parameters, read_settings
from dataflows.errors import nearest
from dataflows.wording import with_article

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    from dataflows.flow import Flow

__all__ = ["find_flow", "script_arguments"]

_DEFAULT_NAME = "flow"
_NAMES_OF_STEPS = {"row", "rows", "package"}
_NOT_RUN = ", without .process(), .run() or .results()"


def script_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments of `find_flow`: ``script``, ``name`` and ``settings``."""
    for option in (
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set a parameter of the function that returns the flow; may be repeated.",
        ),
        click.argument("name", required=False, shell_complete=complete_flow),
        click.argument("script", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def find_flow(script: Path, name: str | None = None, settings: tuple[str, ...] = ()) -> Flow:
    """Return the flow of a script, as its function builds it.

    Args:
        script: The file.
        name: Which of its flows; the one named `flow`, or the only one, by default.
        settings: Parameters of the function, each as `key=value`.

    Raises:
        CallError: There is no such script, flow or parameter, or there are several flows.
    """
    with running(script):
        module = load_script(script)
        found = _flows_of(module, script)
        if name is None:
            name = _default_name(found, settings, module, script)
        elif name not in found:
            found |= _function_named(name, module)
        if name not in found:
            what = f"no flow named {name!r} in {str(script)!r}"
            raise CallError(what, fix=nearest(name, found, "flows"))
        flow = found[name]
        if not _is_flow(flow):
            flow = flow(**read_settings(flow, settings, script))
            _check_returned(flow, name, script)
        elif settings:
            raise CallError(
                f"{name!r} in {str(script)!r} takes no parameters: it is a Flow, not a function",
                fix=f"write def {name}({settings[0].partition('=')[0]}): return Flow(...).",
            )
    made: Flow = flow
    return made


def _check_returned(value: Any, name: str, script: Path) -> None:
    """Check that a function has returned a Flow.

    Raises:
        CallError: It has not.
    """
    if _is_flow(value):
        return
    kind, fix = with_article(type(value).__name__), f"let it return the Flow{_NOT_RUN}."
    if value is None:
        kind = "nothing"
    elif inspect.iscoroutine(value):
        value.close()  # else Python warns that nobody has waited for it
        fix = f"write def {name}, not async def."
    raise CallError(f"{name}() in {str(script)!r} returned {kind}, not a Flow", fix=fix)


def _default_name(
    found: dict[str, Any], settings: tuple[str, ...], module: types.ModuleType, script: Path
) -> str:
    if _DEFAULT_NAME in found:
        return _DEFAULT_NAME
    if not found:
        raise _no_flow(module, script)
    given = {setting.partition("=")[0].strip() for setting in settings}
    # A part of flows is often made by a function that needs a source: not what is to be run.
    ready = [name for name, flow in found.items() if needed_parameters(flow) <= given]
    names = ready or list(found)
    if len(names) > 1:
        raise CallError(
            f"there are {len(found)} flows in {str(script)!r}: {', '.join(found)}",
            fix=f"write dataflows {_command()} {script} {names[0]}, or name another.",
        )
    return names[0]


def _no_flow(module: types.ModuleType, script: Path) -> CallError:
    """Return what to say of a script without a flow, which may be one that is run by Python."""
    value = getattr(module, _DEFAULT_NAME, None)
    if value is not None:
        kind = with_article(type(value).__name__)
        what = f"{_DEFAULT_NAME!r} in {str(script)!r} is {kind}, not a Flow"
        return CallError(what, fix=f"write {_DEFAULT_NAME} = Flow(...){_NOT_RUN}.")
    fix = "write a function that returns a Flow: def flow(): return Flow(...)"
    if b"Flow" in script.read_bytes():
        fix += f"; or run it as it is: python {script}"
    return CallError(f"there is no flow in {str(script)!r}", fix=f"{fix}.")


def _command() -> str:
    """Return the name of the command that was called."""
    context = click.get_current_context(silent=True)
    return (context.info_name if context is not None else None) or "run"


def _flows_of(module: types.ModuleType, script: Path) -> dict[str, Any]:
    """Return the flows of a module by name: Flows, and functions that seem to return one.

    A function is not called to find out: it may do something. It counts if it says `-> Flow`, or
    returns what is made as one, or is named `flow`.
    """
    returning = functions_returning_flow(script.read_bytes())
    return {
        name: value
        for name, value in vars(module).items()
        if _is_flow(value)
        or (name == _DEFAULT_NAME and callable(value))
        or (name in returning and inspect.isfunction(value))
    }


def _function_named(name: str, module: types.ModuleType) -> dict[str, Any]:
    """Return the function that was asked for by its name, unless it is a step of a flow."""
    value = getattr(module, name, None)
    if not inspect.isfunction(value) or needed_parameters(value) & _NAMES_OF_STEPS:
        return {}
    return {name: value}


def _is_flow(value: Any) -> bool:
    from dataflows.flow import Flow

    return isinstance(value, Flow)
