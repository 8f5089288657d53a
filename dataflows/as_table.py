"""A flow as a table of other libraries: Arrow, pandas, polars, and whatever speaks Arrow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataflows.errors import UnknownImportError
from dataflows.final_cast import final_cast
from dataflows.on_error import raise_exception
from dataflows.tracebacks import short_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from dataflows.chain import Run
    from dataflows.processor import Processor

__all__ = ["AsTable"]


class AsTable:
    """What can start a run, and so hand out a resource of it as a table."""

    def _start(self, *more: Processor) -> Run:
        """Return a run after its package phase, with more steps at its end."""
        raise NotImplementedError

    @short_traceback
    def to_arrow(self, resource: str | int | None = None) -> pa.Table:
        """Run the flow and return a resource as an Arrow table.

        Args:
            resource: The resource's name or position; not needed where there is only one.

        Raises:
            UnknownResourceError: There is no such resource, or several and none was named.

        Examples:
            >>> from dataflows import Flow
            >>> Flow([{"city": "Rome", "size": 1285}]).to_arrow().schema
            city: string
            size: int64
        """
        from dataflows.export import arrow_table

        return arrow_table(self._start(final_cast("to_arrow()", raise_exception)), resource)

    @short_traceback
    def to_pandas(self, resource: str | int | None = None) -> pd.DataFrame:
        """Run the flow and return a resource as a pandas data frame, with Arrow's exact types.

        Args:
            resource: As for `to_arrow`.

        Raises:
            UnknownImportError: The package pandas is not installed.

        Examples:
            >>> from dataflows import Flow
            >>> Flow([{"city": "Rome", "size": 1285}]).to_pandas()
               city  size
            0  Rome  1285
        """
        with _extra("pandas", "to_pandas()"):
            import pandas as pd

        frame: pd.DataFrame = self.to_arrow(resource).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    @short_traceback
    def to_polars(self, resource: str | int | None = None) -> pl.DataFrame:
        """Run the flow and return a resource as a polars data frame.

        Args:
            resource: As for `to_arrow`.

        Raises:
            UnknownImportError: The package polars is not installed.

        Examples:
            >>> from dataflows import Flow
            >>> Flow([{"city": "Rome", "size": 1285}]).to_polars().to_dicts()
            [{'city': 'Rome', 'size': 1285}]
        """
        with _extra("polars", "to_polars()"):
            import polars as pl

        frame = pl.from_arrow(self.to_arrow(resource))
        if not isinstance(frame, pl.DataFrame):
            frame = frame.to_frame()
        return frame

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Run the flow and hand its only resource to whatever speaks Arrow."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


@contextmanager
def _extra(name: str, method: str) -> Iterator[None]:
    """Import a library inside: one that is installed with an extra of its name."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != name:  # it is there, and says itself what it lacks
            raise
        what = f"{method} needs the package {name}"
        fix = f"install it: pip install 'dataflows[{name}]'."
        raise UnknownImportError(what, fix=fix) from error
