"""Tables in compressed files, and those in a zip."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.watching.run_progress import unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.processors.loaders.tables import Chunk, Table
    from dataflows.processors.storage.compressed import PackedFile

__all__ = ["PackedTable"]


class PackedTable:
    """A table in a compressed file, or in a zip.

    Args:
        packed: The file.
        stream: Returns the table where it is read from its beginning to its end, else None.
        whole: Returns the table in a temporary file.

    Raises:
        SourceLoadError: It is no table, or cannot be unpacked.
    """

    def __init__(
        self,
        packed: PackedFile,
        stream: Callable[[PackedFile], Table | None],
        whole: Callable[[str], Table],
    ) -> None:
        self._packed = packed
        self._path: str | None = None
        self._closing = ExitStack()
        try:
            table = stream(packed)
            if table is None:
                self._path = self._closing.enter_context(packed.unpacked())
                with self._shown():
                    table = whole(self._path)
        except BaseException:
            self._closing.close()
            raise
        self._table = table
        self.format = table.format
        self.names = table.names
        self.sample = table.sample
        self.spread = table.spread
        self.notes = table.notes
        self.fields: Any = getattr(table, "fields", None)
        self.file: Any = getattr(table, "file", None)
        self.keeps_texts = getattr(table, "keeps_texts", False)

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns, and their number.

        Raises:
            SourceLoadError: The rest cannot be unpacked, or is no table.
        """
        try:
            with self._shown():
                yield from self._table.chunks(limit_rows)
        finally:
            self.close()

    def measure(self) -> tuple[int, int | None] | None:
        """Return how many bytes have been read, and how many there are; None where unknown."""
        as_it_is_unpacked = unmeasured if self._path else self._packed.measure
        own = getattr(self._table, "measure", as_it_is_unpacked)
        measured: tuple[int, int | None] | None = own()
        return measured

    def close(self) -> None:
        """Let go of the temporary file; it may be called twice."""
        self._closing.close()

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Name the packed file in errors, not the temporary one that the user knows nothing of."""
        try:
            yield
        except SourceLoadError as error:
            if self._path is None or self._path not in error.what:
                raise
            what = error.what.replace(self._path, str(self._packed))
            raise SourceLoadError(what, where=error.where, fix=error.fix) from error.__cause__
