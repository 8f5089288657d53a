"""Arrow files (Feather version 2) from columns, and what they share with Parquet."""

from __future__ import annotations

import tempfile
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from dataflows.errors import ArgumentError, nearest
from dataflows.processors.formats.arrow_forms import Form, converted, formed, usual_form, wider
from dataflows.processors.formats.arrow_types import FIELD_KEY, field_note
from dataflows.processors.formats.writing import Writer
from dataflows.spill.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from dataflows.batch import Batch

    _Waiting = list[tuple[list[tuple[pa.Array, Form]], int]]

__all__ = ["ArrowWriter", "ColumnarWriter", "FeatherWriter"]

_GROUP_ROWS = 1 << 17
_GROUP_BYTES = 1 << 25
_COPIED_BYTES = 1 << 20
_COMPRESSIONS = ("zstd", "lz4", "none")
_OF_TEXTS = ("decimalChar", "groupChar", "bareNumber")
_NOTHING = Form(pa.null())


class ColumnarWriter(Writer):
    """Writes rows as columns of one type each, in groups of some 100,000 rows.

    How many digits a number needs, or whether a datetime has a zone, may be known after millions
    of rows only. So the file grows in a temporary one; where a column turns out to need a wider
    type, what is there is converted. A thread of its own packs a group while the next is gathered.
    """

    options_known: ClassVar[tuple[str, ...]] = ("compression", "use_titles")
    compressions: ClassVar[tuple[str, ...]] = _COMPRESSIONS

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written.

        Raises:
            ArgumentError: There is no such option.
        """
        for name in options:
            if name not in cls.options_known:
                what = f"the format {cls.format!r} has no option {name!r}"
                raise ArgumentError(what, fix=nearest(name, cls.options_known, "options"))
        compression = options.get("compression", "zstd")
        if compression not in cls.compressions:
            what = f"the format {cls.format!r} has no compression {compression!r}"
            raise ArgumentError(what, fix=nearest(compression, cls.compressions, "compressions"))
        super().describe(descriptor, options)
        for name in ("dialect", "encoding"):
            descriptor.pop(name, None)
        for field in descriptor.get("schema", {}).get("fields", []):
            if field.get("type") in ("date", "time", "datetime"):
                field["format"] = "default"
            for name in _OF_TEXTS if field.get("type") in ("integer", "number") else ():
                field.pop(name, None)

    def open_sink(self, file: Any, schema: pa.Schema) -> Any:
        """Return what writes tables of a schema to a file."""
        raise NotImplementedError

    def read_groups(self, file: Any) -> Iterable[pa.RecordBatch]:
        """Return what was written to a file, some rows at a time."""
        raise NotImplementedError

    def begin(self) -> None:
        """Write nothing: the types are not known."""
        described = self.resource.get("schema", {}).get("fields", [])
        self._descriptors = {one["name"]: one for one in described}
        self._floats = [
            bool(self._descriptors.get(field.name, {}).get("floatNumber")) for field in self.fields
        ]
        self._forms = [_NOTHING for _ in self.fields]
        self._waiting: _Waiting = []
        self._waiting_rows = self._waiting_bytes = 0
        self._file: Any = None
        self._sink: Any = None
        self._grown: list[Any] = []
        # Where the run fails, nobody calls `end`.
        weakref.finalize(self, _let_go, self._grown)
        self._written_forms: list[Form] = []
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="columns")
        self._packing: Future[None] | None = None

    def write(self, batch: Batch) -> None:
        """Take the rows of a batch; write those that wait when they are enough for a group."""
        if not batch.length:
            return
        columns = [
            formed(batch, field, form, floats=floats)
            for field, form, floats in zip(self.fields, self._forms, self._floats, strict=True)
        ]
        self._forms = [
            wider(form, found, field.type)
            for form, (_, found), field in zip(self._forms, columns, self.fields, strict=True)
        ]
        self._waiting.append((columns, batch.length))
        self._waiting_rows += batch.length
        self._waiting_bytes += sum(array.nbytes for array, _ in columns)
        if self._waiting_rows >= _GROUP_ROWS or self._waiting_bytes >= _GROUP_BYTES:
            self._hand_over()

    def end(self) -> None:
        """Write the rows that wait, and hand on the file."""
        self._hand_over()
        self._finish_packing()
        self._pool.shutdown()
        try:
            self._sink.close()
            self._file.seek(0)
        except OSError as error:
            raise no_room(error) from error
        while piece := self._file.read(_COPIED_BYTES):
            self.file.write(piece)
        self._file.close()

    def _hand_over(self) -> None:
        """Let the waiting rows be packed, beside the caller's own work."""
        self._finish_packing()
        waiting, self._waiting = self._waiting, []
        self._waiting_rows = self._waiting_bytes = 0
        forms = [
            Form(usual_form(field).type) if pa.types.is_null(form.type) else form
            for field, form in zip(self.fields, self._forms, strict=True)
        ]
        self._packing = self._pool.submit(self._pack, waiting, forms)

    def _finish_packing(self) -> None:
        packing, self._packing = self._packing, None
        if packing is not None:
            packing.result()

    def _pack(self, waiting: _Waiting, forms: list[Form]) -> None:
        """Write rows to the temporary file.

        Raises:
            FlowError: There is no room for it.
        """
        try:
            self._write_group(waiting, forms)
        except OSError as error:
            raise no_room(error) from error

    def _write_group(self, waiting: _Waiting, forms: list[Form]) -> None:
        schema = self._schema(forms)
        if self._sink is None:
            self._start(schema)
        elif forms != self._written_forms:
            self._widen(forms, schema)
        self._written_forms = forms
        batches = [
            _record(
                [converted(*one, form) for one, form in zip(columns, forms, strict=True)],
                schema,
                length,
            )
            for columns, length in waiting
        ]
        if batches:
            self._sink.write_table(pa.Table.from_batches(batches, schema).combine_chunks())

    def _start(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile(prefix="dataflows-")  # noqa: SIM115 - it lives as long as the writer
        self._grown.append(self._file)
        self._sink = self.open_sink(self._file, schema)
        self._grown.append(self._sink)

    def _widen(self, forms: list[Form], schema: pa.Schema) -> None:
        """Write what is in the file to another one, in wider types."""
        self._sink.close()
        former, before = self._file, self._written_forms
        self._start(schema)
        for group in self.read_groups(former):
            arrays = [
                converted(array, old, new)
                for array, old, new in zip(group.columns, before, forms, strict=True)
            ]
            self._sink.write_table(pa.Table.from_batches([_record(arrays, schema, group.num_rows)]))
        former.close()

    def _schema(self, forms: list[Form]) -> pa.Schema:
        fields = []
        for field, form in zip(self.fields, forms, strict=True):
            descriptor = self._descriptors.get(field.name, {"type": field.type})
            note = field_note(descriptor, form.type, coded=form.coded)
            name = field.title if self.options.get("use_titles") else field.name
            fields.append(pa.field(name, form.type, metadata={FIELD_KEY: note}))
        return pa.schema(fields)


def _let_go(grown: list[Any]) -> None:
    """Close what is open still of what nobody wants any more, the last first."""
    while grown:
        with suppress(OSError, ValueError, pa.ArrowException):
            grown.pop().close()


def _record(arrays: list[pa.Array], schema: pa.Schema, length: int) -> pa.RecordBatch:
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.nulls(length, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class ArrowWriter(ColumnarWriter):
    """Writes an Arrow file. Options: `compression`, one of zstd, lz4 and none."""

    format = "arrow"
    extension = ".arrow"
    mediatype = "application/vnd.apache.arrow.file"

    def open_sink(self, file: Any, schema: pa.Schema) -> Any:
        """Return the writer of an Arrow file."""
        compression = self.options.get("compression", "zstd")
        options = pa.ipc.IpcWriteOptions(compression=None if compression == "none" else compression)
        return pa.ipc.new_file(file, schema, options=options)

    def read_groups(self, file: Any) -> Iterable[pa.RecordBatch]:
        """Yield the batches that were written."""
        file.seek(0)
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


class FeatherWriter(ArrowWriter):
    """Writes a Feather file of version 2, which is an Arrow file."""

    format = "feather"
    extension = ".feather"
