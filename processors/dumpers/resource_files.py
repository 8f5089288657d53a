"""The files of one resource: one, several of so many rows each, or one a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.column import Column
from dataflows.commit.hashing import HashingWriter
from dataflows.errors import OutputError, Place, RowError, shorten
from dataflows.processors.dumpers.compressed_file import COMPRESSION_ENDINGS, CompressedFile
from dataflows.processors.dumpers.partitions import Partitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.batch import Batch
    from dataflows.processors.dumpers.dump_options import DumpOptions
    from dataflows.processors.dumpers.file_dump import OutputPlace
    from dataflows.processors.formats.writing import OutputField, Writer

__all__ = ["OpenFile", "ResourceFiles", "WrittenFile", "is_formula_text"]

_MOST_OPEN_FILES = 1000
_OTHER_OPEN_FILES = 100
_FORMULA = r"^[=+\-@\t\r]"
_TEXT_TYPES = ("string", "any")
_FORMATS_OF_PLAIN_TEXT = ("csv", "tsv")


def _most_open() -> int:
    """Return how many files may be open at once, so that the system has some left for others."""
    try:
        import resource
    except ImportError:  # Windows
        return _MOST_OPEN_FILES // 2
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _MOST_OPEN_FILES
    return min(_MOST_OPEN_FILES, max(limit - _OTHER_OPEN_FILES, _OTHER_OPEN_FILES))


class WrittenFile(NamedTuple):
    """A file that is complete: its path, and what was counted."""

    path: str
    rows: int
    size: int
    digest: str


class OpenFile:
    """A file that is being written.

    Args:
        path: Its path in the output.
        file: Takes its bytes.
    """

    def __init__(self, path: str, file: HashingWriter) -> None:
        self.path = path
        self.file = file
        self.packed: CompressedFile | None = None
        self.writer: Writer | None = None
        self.rows = 0

    def complete(self) -> WrittenFile:
        """Write what comes after the last row, and close it."""
        assert self.writer is not None, "started"
        self.writer.end()
        (self.packed or self.file).close()
        return WrittenFile(self.path, self.rows, self.file.bytes_written, self.file.digest())


class ResourceFiles:
    """Writes the rows of a resource to its file, or to several.

    Args:
        place: Where the files are staged.
        options: The options of the dump.
        descriptor: The resource's descriptor.
        fields: Its fields.
        gathered: The files of which several resources are the parts, by their paths; who completes
            them is who knows which resource is the last.
    """

    def __init__(
        self,
        place: OutputPlace,
        options: DumpOptions,
        descriptor: Mapping[str, Any],
        fields: list[OutputField],
        gathered: dict[str, OpenFile],
    ) -> None:
        self._place = place
        self._gathered = gathered
        self._is_part = options.part(descriptor) is not None
        self._options = options
        self._descriptor = descriptor
        self.fields = fields
        self._open: dict[str, OpenFile] = {}
        self._numbers: dict[str, int] = {}
        self.done: list[WrittenFile] = []
        self._partitions = Partitions(options.partition_by, fields)
        self._escapes = (
            options.escape_formulas and descriptor.get("format") in _FORMATS_OF_PLAIN_TEXT
        )

    def begin(self) -> None:
        """Write what comes before the first row, where it is known into which file."""
        if not self._options.is_split:
            self._start("")

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        if self._escapes:
            batch = _escaped(batch, self.fields)
        for folder, part in self._partitions.add(batch):
            self._write_part(folder, part)

    def _write_part(self, folder: str, part: Batch) -> None:
        most, start = self._options.max_rows_per_file, 0
        while start < part.length:
            one = self._open.get(folder) or self._start(folder)
            assert one.writer is not None, "started"
            room = part.length if most is None else most - one.rows
            fits = start == 0 and part.length <= room
            piece = part if fits else part.slice(start, start + room)
            try:
                one.writer.write(piece)
            except UnicodeEncodeError as error:
                raise _half_character(piece, error) from error
            one.rows += piece.length
            start += piece.length
            if one.rows == most:
                self._finish(folder)

    def _start(self, folder: str) -> OpenFile:
        # Asked for where it may matter only.
        if len(self._open) >= _OTHER_OPEN_FILES and len(self._open) >= (most := _most_open()):
            names = list(self._options.partition_by)
            raise OutputError(
                f"partition_by={names!r} makes more than {most} files at once",
                fix="partition by a field that has fewer values.",
            )
        options, path = self._options, self._path(folder)
        if self._is_part and path in self._gathered:
            one = self._open[folder] = self._gathered[path]
            assert one.writer is not None, "started"
            one.writer.go_on(self.fields, self._descriptor)
            return one
        file = HashingWriter(self._place.create(path), threaded=not self._options.partition_by)
        # Known before anything is written, so that `abort` closes it.
        one = self._open[folder] = OpenFile(path, file)
        if options.compression is not None:
            one.packed = CompressedFile(file, options.compression)
        titles = {"use_titles": True} if options.use_titles else {}
        given = {**options.options_for(self._descriptor), **titles}
        make = options.writer_for(self._descriptor)
        one.writer = make(one.packed or file, self.fields, given, self._descriptor)
        return one

    def _path(self, folder: str) -> str:
        path = str(self._descriptor["path"])
        packed = COMPRESSION_ENDINGS.get(self._options.compression or "", "")
        head, slash, name = path.removesuffix(packed).rpartition("/")
        stem, dot, ending = name.rpartition(".")
        number = ""
        if self._options.max_rows_per_file is not None:
            self._numbers[folder] = self._numbers.get(folder, 0) + 1
            number = f"-{self._numbers[folder]:05}"
        inside = f"{stem}/{folder}" if folder else ""
        return f"{head}{slash}{inside}{stem}{number}{dot}{ending}{packed}"

    def _finish(self, folder: str) -> None:
        one = self._open[folder]
        if self._is_part:
            self._gathered[one.path] = one
            self.done.append(WrittenFile(one.path, one.rows, 0, ""))
            one.rows = 0
        else:
            self.done.append(one.complete())
        del self._open[folder]

    def end(self) -> None:
        """Complete the files; a resource without rows has one as well."""
        for folder, part in self._partitions.rest():
            self._write_part(folder, part)
        if not self._open and not self.done:
            self._start("")
        for folder in list(self._open):
            self._finish(folder)

    def abort(self) -> None:
        """Drop what still waits."""
        for one in self._open.values():
            one.file.abort()
        self._open.clear()


def _half_character(batch: Batch, error: UnicodeEncodeError) -> Exception:
    """Return the error of the first text with a surrogate of UTF-16 that lacks the other."""
    for name in batch.names:
        for index, value in enumerate(batch.column(name).values):
            try:
                str(value).encode()
            except UnicodeEncodeError as found:
                half = found.object[found.start]
                what = f"{shorten(value)} holds {half!r}, half a character, which no file can hold"
                fix = "remove such characters with find_replace(…)."
                place = Place(row=batch.number(index), field=name)
                return RowError(what, where=place, fix=fix)
    return error


def _escaped(batch: Batch, fields: list[OutputField]) -> Batch:
    """Return a batch whose texts no spreadsheet takes for formulas (OWASP, "CSV Injection")."""
    changed: dict[str, Column] = {}
    for field in fields:
        if field.type not in _TEXT_TYPES:
            continue
        text = batch.column(field.name).plain(field.codec)
        found = pc.fill_null(pc.match_substring_regex(text, _FORMULA), fill_value=False)
        if pc.any(found, min_count=0).as_py():
            quoted = pc.binary_join_element_wise("'", text, "")
            escaped = pc.if_else(found, quoted, text)
            changed[field.name] = Column(field.codec, text=escaped.cast(pa.string()))
    if not changed:
        return batch
    return batch.with_columns({name: batch.column(name) for name in batch.names} | changed)


def is_formula_text(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula.

    Examples:
        >>> is_formula_text("=1+1"), is_formula_text("a=1")
        (True, False)
    """
    return text[:1] in set("=+-@\t\r") and text != ""
