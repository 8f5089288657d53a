"""A user's function as bytes that another process can make a function of."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["shipped"]


def shipped(function: Callable[..., Any]) -> bytes:
    """Return a function as bytes, for ``cloudpickle.loads`` in another process.

    A function of a module that the other process would not find under its name (one that was
    loaded from a file by its path, say) goes with its code, as one of the script itself does.

    Examples:
        >>> import cloudpickle
        >>> cloudpickle.loads(shipped(lambda row: row["a"] + 1))({"a": 1})
        2
    """
    module = _unfindable_module(function)
    if module is None or module.__name__ in cloudpickle.list_registry_pickle_by_value():
        packed: bytes = cloudpickle.dumps(function)
        return packed
    cloudpickle.register_pickle_by_value(module)
    try:
        packed = cloudpickle.dumps(function)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    return packed


def _unfindable_module(function: Any) -> ModuleType | None:
    while isinstance(function, functools.partial):
        function = function.func
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__module__", None) or type(owner or function).__module__
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if name == "__main__" or module is None or file is None or _is_findable(name, file):
        return None
    return module


def _is_findable(name: str, file: str) -> bool:
    """Tell whether importing `name` afresh would load this very file."""
    package, _, _ = name.rpartition(".")
    path = None
    if package:
        above = sys.modules.get(package)
        path = getattr(above, "__path__", None)
        if path is None or not _is_importable_package(package):
            return False
    spec = _spec(name, path)
    return spec is not None and bool(spec.origin) and Path(str(spec.origin)).samefile(file)


def _is_importable_package(name: str) -> bool:
    above = getattr(sys.modules.get(name.rpartition(".")[0]), "__path__", None)
    return _spec(name, above) is not None


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path, None)
        if spec is not None:
            return spec
    return None
