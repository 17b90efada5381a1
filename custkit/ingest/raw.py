"""A table as it stands in its file, before anything is understood: what every reader hands on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from custkit.errors import InputRefused

BATCH_ROWS = 200_000


class NoHeader(InputRefused):
    """A readable file without a line that could be its header: no table, unless its name or the mapping says so."""


@dataclass(frozen=True)
class Raw:
    """A readable table: its headers, and batches of its records.

    A batch has a column ``c0``, ``c1``, ... for each header, ``_line`` int64 (the address of the record),
    and ``_broken`` and ``_text`` (what is wrong with the record, and the record as read; null for a sound one).
    """

    headers: list[str]
    encoding: str
    separator: str
    batches: Callable[[], Iterator[pa.Table]]
    sample: list[list[str]] = field(default_factory=list)  # records at the top, as text
    sheet: str = ""
    counted: Callable[[], int] | None = None  # records, counted apart from the parser, once batches were read

    @property
    def width(self) -> int:
        return len(self.headers)


def raw_schema(width: int, types: list[pa.DataType] | None = None) -> pa.Schema:
    """Schema of a batch; text unless ``types`` says otherwise."""
    kinds = types or [pa.string()] * width
    return pa.schema(
        [
            *((f"c{column}", kind) for column, kind in enumerate(kinds)),
            ("_line", pa.int64()),
            ("_broken", pa.string()),
            ("_text", pa.string()),
        ]
    )


def columns_of(rows: list[list[str | None]], width: int) -> list[pa.Array]:
    """Rows of text turned into columns."""
    return [pa.array([row[column] for row in rows], pa.string()) for column in range(width)]


def landed(raw: Raw, path: Path) -> Raw:
    """The same table, with its batches kept in an Arrow file, so that a second reading need not parse again.

    Memory holds one batch at a time.
    """
    with pa.OSFile(str(path), "wb") as sink:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(sink, raw_schema(raw.width), options=options) as writer:
            for table in raw.batches():
                writer.write_table(table, max_chunksize=BATCH_ROWS)

    def batches() -> Iterator[pa.Table]:
        with pa.OSFile(str(path), "rb") as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(number)])

    return Raw(raw.headers, raw.encoding, raw.separator, batches, raw.sample, raw.sheet, raw.counted)
