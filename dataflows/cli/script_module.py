"""A script as a module: read, and run as Python itself would run it."""

from __future__ import annotations

import ast
import sys
import types
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.cli.report import CallError
from dataflows.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["load_script", "running"]


@contextmanager
def running(script: Path) -> Iterator[None]:
    """Let a script see a command line of its own, and not end everything as if it were done.

    Args:
        script: The file.

    Raises:
        CallError: It called `sys.exit()`.
    """
    before, sys.argv = sys.argv, [str(script)]
    try:
        yield
    except SystemExit as stop:
        if stop.code:
            raise
        what = f"{str(script)!r} called sys.exit() before its flow was there"
        raise CallError(what, fix="put that call below if __name__ == '__main__':.") from None
    finally:
        sys.argv = before


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
        tree = ast.parse(source, str(path))
        code = compile(source, str(path), "exec")
    except SyntaxError as error:
        raise _no_python(path, error) from None
    except ValueError as error:
        what = f"{str(path)!r} is not Python: {error}"
        raise CallError(what, fix="name a Python file.") from None
    _look_beside(path, tree)
    # `pandas.py` must not take the place of the module that others import by this name.
    is_free = path.stem not in sys.modules
    module = types.ModuleType(path.stem if is_free else f"dataflows_script_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)  # noqa: S102 - running it is what was asked for
    return module


def _no_python(path: Path, error: SyntaxError) -> CallError:
    if path.suffix not in (".py", ""):
        fix = f"to look at data: dataflows show {path}."
        return CallError(f"{str(path)!r} is not Python", fix=fix)
    line = f"line {error.lineno} of " if error.lineno else ""
    fix = "correct that line."
    if "codec can't decode" in error.msg:
        fix = "save it as UTF-8, or write its encoding into the first line: # coding: latin-1."
    return CallError(f"{line}{str(path)!r} is not Python: {error.msg}", fix=fix)


def _look_beside(path: Path, tree: ast.Module) -> None:
    """Let modules be found beside a script, but none in the place of one that others mean.

    Python looks beside the script first. So a `calendar.py` there would be what any library gets
    that imports `calendar`, and the script itself what gets who imports its name.
    """
    folder = path.resolve().parent
    sys.path[:] = [one for one in sys.path if Path(one).resolve() != folder]
    beside = {file.stem for file in folder.glob("*.py")} - _imported_by(tree)
    for name in sorted((beside & sys.stdlib_module_names) | {path.stem}):
        with suppress(ImportError, ValueError):  # a name of a file can be any
            if name not in sys.modules and find_spec(name) is not None:
                import_module(name)
    sys.path.insert(0, str(folder))


def _imported_by(tree: ast.Module) -> set[str]:
    """Return the names of the modules that a script imports: it means those beside it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def _nearest_script(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    return nearest(path.name, sorted(file.name for file in folder.glob("*.py")), "scripts")
