"""The ready-made processors: one file, one function each; imported as ``dataflows.processors``."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

if __name__ != "dataflows.processors":
    message = "import dataflows.processors: this folder is installed under that name"
    raise ImportError(message)


class _Processors(ModuleType):
    """This package: an attribute of it is a processor, also where a module has the same name.

    As in 0.5.12, ``from dataflows.processors.load import load`` leads to the module, and
    ``dataflows.processors.load`` is what can be called.
    """

    def __getattr__(self, name: str) -> Any:
        """Return a processor, as ``dataflows`` itself has it."""
        if not name.startswith("_"):
            value = getattr(import_module("dataflows"), name, None)
            if getattr(value, "__module__", "").startswith(f"{__name__}."):
                return value
        what = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(what)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; not to a module where there is a processor of that name."""
        if isinstance(value, ModuleType) and name in import_module("dataflows").__all__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Processors
