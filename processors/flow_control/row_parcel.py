"""How rows go from one process to another: messages, and batches as Arrow inside them."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

import cloudpickle
import pyarrow as pa

from dataflows.coding.batch_coder import BatchCoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.batch import Batch
    from dataflows.types import Codec

__all__ = ["pack", "read_message", "unpack", "write_message"]

_LENGTHS = struct.Struct(">QQ")


def pack(batch: Batch, codecs: Mapping[str, Codec]) -> bytes:
    """Return a batch with the fields of `codecs` as bytes.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> batch = Batch.from_rows([{"qty": 2}], ["qty"])
        >>> unpack(pack(batch, {"qty": codec_for({"type": "integer"})})).rows()
        [{'qty': 2}]
    """
    record = BatchCoder(codecs, pickles=True).encode(batch)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, record.schema) as writer:
        writer.write_batch(record)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(packed: bytes) -> Batch:
    """Return the batch that `pack` made into bytes."""
    with pa.ipc.open_stream(packed) as reader:
        coder = _coder(reader.schema.serialize().to_pybytes())
        return coder.decode(reader.read_next_batch())


@lru_cache(64)
def _coder(schema: bytes) -> BatchCoder:
    return BatchCoder.of_schema(pa.ipc.read_schema(pa.py_buffer(schema)), pickles=True)


def write_message(pipe: IO[bytes], header: Any, body: bytes = b"") -> None:
    """Write a message: any values, and the rows that they are about."""
    head = cloudpickle.dumps(header)
    pipe.write(_LENGTHS.pack(len(head), len(body)) + head)
    pipe.write(body)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> tuple[Any, bytes]:
    """Wait for a message and read it.

    Raises:
        EOFError: The other side has closed the pipe.
    """
    sizes = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    head, body = (_exactly(pipe, size) for size in sizes)
    return cloudpickle.loads(head), body


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError("the pipe was closed")
    return data
