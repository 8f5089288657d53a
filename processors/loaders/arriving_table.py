"""Tables in files from elsewhere: http, S3 and whatever else the known schemes open."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.processors.loaders.tables import Chunk, Table
    from dataflows.processors.storage.opened import Arriving

__all__ = ["ArrivingTable", "arriving_compression", "arriving_ending"]

_GZIP = b"\x1f\x8b"


class ArrivingTable:
    """A table in a file that is still arriving; the file is closed after its last row.

    Args:
        arriving: The file.
        open_table: Returns the table in it.

    Raises:
        SourceLoadError: It is no table, or does not arrive.
    """

    def __init__(self, arriving: Arriving, open_table: Callable[[Arriving], Table]) -> None:
        self._arriving = arriving
        try:
            with self._shown():
                self._table = open_table(arriving)
        except BaseException:
            arriving.close()
            raise
        self.format = self._table.format
        self.names = self._table.names
        self.sample = self._table.sample
        self.spread = self._table.spread
        self.notes = self._table.notes
        self.fields = getattr(self._table, "fields", None)
        self.file = getattr(self._table, "file", None)
        self.keeps_texts = getattr(self._table, "keeps_texts", False)

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns, and their number.

        Raises:
            SourceLoadError: The rest does not arrive, or is no table.
        """
        seen = 0
        chunks = self._table.chunks(limit_rows)
        try:
            with self._shown():
                for columns, length in chunks:
                    yield columns, length
                    seen += length
                    if seen == limit_rows:
                        break
        finally:
            # Readers read ahead: they shall not wait for what nobody wants.
            self._arriving.stop()
            getattr(chunks, "close", self._arriving.stop)()
            self.close()

    def measure(self) -> tuple[int, int | None] | None:
        """Return how many bytes have been read, and how many there are; None where unknown."""
        own = getattr(self._table, "measure", self._arriving.measure)
        measured: tuple[int, int | None] | None = own()
        return measured

    def rest(self) -> None:
        """Keep no connection until the rows are read."""
        self._arriving.rest()

    def close(self) -> None:
        """Let go of the file; it may be called twice."""
        close = getattr(self._table, "close", None)
        if close is not None:
            close()
        self._arriving.close()

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Name the address in errors, not the temporary file that the user knows nothing of."""
        try:
            yield
        except SourceLoadError as error:
            path, shown = self._arriving.path, self._arriving.opened.shown
            if path not in error.what:
                raise
            what = error.what.replace(path, shown)
            raise SourceLoadError(what, where=error.where, fix=error.fix) from error.__cause__


def arriving_ending(arriving: Arriving) -> str:
    """Return the ending of the name of a file, without that of a compression; it may be empty.

    Examples:
        >>> import io
        >>> from dataflows.processors.storage.opened import Arriving, OpenedFile
        >>> with Arriving(OpenedFile(io.BytesIO(), "a.TSV.gz", "http://h/a.TSV.gz")) as file:
        ...     arriving_ending(file)
        'tsv'
    """
    ending = PurePosixPath(arriving.opened.name.lower().removesuffix(".gz")).suffix.lstrip(".")
    return ending if ending.isalnum() else ""


def arriving_compression(arriving: Arriving) -> str:
    """Return ``"gz"`` for a file that is compressed, by its name and its first bytes; else "no".

    A server may have named gzip as the coding of the transfer: then it is gone by now.
    """
    named = arriving.opened.name.lower().endswith(".gz")
    return "gz" if named and arriving.head(len(_GZIP)) == _GZIP else "no"
