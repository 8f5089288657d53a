"""pyarrow, one row group at a time, with exact decimals and the same compression."""

import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

source, target = sys.argv[1:]
incoming = pq.ParquetFile(source)
writer = None
for number in range(incoming.num_row_groups):
    table = incoming.read_row_group(number)
    qty = table["qty"].cast(pa.decimal128(19))
    table = table.append_column("total", pc.multiply(table["amount"], qty))
    table = table.filter(pc.greater(table["qty"], 2)).drop_columns(["region"])
    writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
    writer.write_table(table)
if writer:
    writer.close()
