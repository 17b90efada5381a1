"""Parquet files in batches, with their own types and the row number from 1 as the address."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from custkit.errors import InputRefused
from custkit.ingest.find import Source
from custkit.ingest.raw import BATCH_ROWS, Raw, raw_schema


def open_parquet(source: Source) -> Raw | None:
    """A Parquet file ready to be read in batches; None where it holds no record.

    Raises
    ------
    InputRefused
        The file is damaged or cut off.
    """
    try:
        file = pq.ParquetFile(source.path)
        # pandas writes its row labels as a column; they say nothing about the record.
        headers = [name for name in file.schema_arrow.names if not name.startswith("__index_level_")]
        rows = file.metadata.num_rows
        first = next(file.iter_batches(batch_size=200, columns=headers), None) if rows else None
    except (pa.ArrowException, OSError) as error:
        raise InputRefused(
            f"{source.name}: a damaged or cut-off Parquet file ({_short(error)}); export it again"
        ) from None
    if first is None or not headers:
        return None
    sample = pa.Table.from_batches([first])
    texts = [_plain(sample[name]).cast(pa.string(), safe=False).to_pylist() for name in headers]
    rows_of_text = [[value or "" for value in row] for row in zip(*texts, strict=True)]
    return Raw(headers, "parquet", "", lambda: _batches(source, headers), rows_of_text, counted=lambda: rows)


def _batches(source: Source, headers: list[str]) -> Iterator[pa.Table]:
    begin = 1
    try:
        # memory_map keeps the file out of the heap; a batch at a time is decoded.
        for batch in pq.ParquetFile(source.path, memory_map=True).iter_batches(BATCH_ROWS, columns=headers):
            columns = [_plain(batch.column(name)) for name in headers]
            nothing = pa.nulls(batch.num_rows, pa.string())
            lines = pa.array(range(begin, begin + batch.num_rows), pa.int64())
            schema = raw_schema(len(headers), [column.type for column in columns])
            yield pa.table([*columns, lines, nothing, nothing], schema=schema)
            begin += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputRefused(
            f"{source.name}: damaged from row {begin} on ({_short(error)}); export it again"
        ) from None


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One chunk of a plain type: dictionaries opened, nested values as text, large and view strings as strings."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column


def _short(error: Exception) -> str:
    return str(error).split("\n")[0][:80]
