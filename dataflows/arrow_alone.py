"""Keep pyarrow from importing pandas before anybody asks for pandas.

When pyarrow makes its first array of a list, it looks whether that is a pandas object, and imports
pandas for it when it is installed: 0.3 s and 40 MB at the start of every flow (pyarrow 26,
``pandas-shim.pxi``). Told once that there is none, it goes on without; and it looks again when
pandas is really imported, for which a finder waits here.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["keep_pandas_out"]


def keep_pandas_out() -> None:
    """Let pyarrow do without pandas until pandas is imported; does nothing when it is already.

    Examples:
        >>> keep_pandas_out()
        >>> import pandas, pyarrow
        >>> pyarrow.array(pandas.Series([1.5, None])).null_count
        1
    """
    if "pandas" in sys.modules:
        return
    # Not ``sys.modules["pandas"] = None``: pyarrow's compiled import takes it for the module.
    hidden = _NoPandas()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(hidden)
    sys.meta_path.insert(0, _PandasFinder())


class _NoPandas:
    """Makes an import of pandas fail at once."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None


class _PandasFinder:
    """Sees the first import of pandas, and tells pyarrow when it is done."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - what importlib passes
        target: ModuleType | None = None,  # noqa: ARG002 - the same
    ) -> ModuleSpec | None:
        if name != "pandas":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                # Asked for the version, it looks for pandas once more.
                _ = pa.lib._pandas_api.version  # noqa: SLF001 - what pyarrow.pandas_compat uses

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this one loader
        return spec
