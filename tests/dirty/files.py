"""Writers of files that are no text, each of which keeps account of what it writes: workbooks, new and old, and Parquet."""

import io
import struct
from collections.abc import Sequence
from decimal import Decimal

import openpyxl
import pyarrow as pa
from pyarrow import parquet as pq

from dirty.case import COLUMNS, Account, Case, Record


class Sheet(Account):
    """A worksheet written row by row; cells keep their own types."""

    def __init__(
        self, book: openpyxl.Workbook, sheet: str = "Sheet1", file: str = "orders.xlsx", **said: object
    ):
        super().__init__(file, sheet=sheet, **said)
        self.cells = book.create_sheet(sheet)
        self.row = 0

    def header(self) -> "Sheet":
        self.put(self.headers)
        return self

    def put(self, fields: Sequence[object]) -> int:
        self.row += 1
        for column, value in enumerate(fields, 1):
            if value != "":
                self.cells.cell(self.row, column, value)
        return self.row


def book() -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def workbook(*sheets: Sheet, made: openpyxl.Workbook, **said: object) -> Case:
    return Case(list(sheets), {sheets[0].file: saved(made)}, **said)


class Rows(Account):
    """A Parquet file; its address is the row from 1."""

    def __init__(self, records: Sequence[Record], file: str = "orders.parquet", **said: object):
        super().__init__(file, headers=COLUMNS, **said)
        self.cells: list[list[object]] = []
        self.keep_all(records)

    def put(self, fields: Sequence[object]) -> int:
        self.cells.append(list(fields))
        return len(self.cells)

    def parquet(self, **types: pa.DataType) -> bytes:
        columns = {
            name: pa.array([row[at] if row[at] != "" else None for row in self.cells], types.get(name))
            for at, name in enumerate(self.headers)
        }
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        return out.getvalue()


class Cells(Account):
    """A sheet of an old workbook: numbers and texts, a record of its binary form for each cell."""

    def __init__(self, file: str, **said: object):
        super().__init__(file, **said)
        self.cells: list[list[object]] = []

    def header(self) -> "Cells":
        self.put(self.headers)
        return self

    def put(self, fields: Sequence[object]) -> int:
        self.cells.append(list(fields))
        return len(self.cells)

    def biff(self) -> bytes:
        def record(kind: int, content: bytes) -> bytes:
            return struct.pack("<HH", kind, len(content)) + content

        def cell(row: int, column: int, value: object) -> bytes:
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, Decimal):
                return record(0x0203, place + struct.pack("<d", float(value)))
            text = str(value)
            return record(0x0204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))

        cells = b"".join(
            cell(row, column, value)
            for row, fields in enumerate(self.cells)
            for column, value in enumerate(fields)
            if value != ""
        )
        end, name = record(0x000A, b""), self.sheet.encode("utf-16-le")
        begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)
        head = record(0x0809, begin)
        listed = 4 + 8 + len(name)
        sheet_at = len(head) + 4 + (listed - 4) + len(end)
        sheet = struct.pack("<IBBBB", sheet_at, 0, 0, len(self.sheet), 1) + name
        body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)) + cells + end
        return head + record(0x0085, sheet) + end + body


def ole(streams: dict[str, bytes]) -> bytes:
    """A compound file (old Office) of sectors of 512 bytes; each stream is filled up to 4096, so that none is a mini stream."""
    sectors: list[bytes] = []
    chain: list[int] = []
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), 1):
        filled = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        first, count = len(sectors), len(filled) // 512
        sectors += [filled[at : at + 512] for at in range(0, len(filled), 512)]
        chain += [*range(first + 1, first + count), 0xFFFFFFFE]
        following = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, first, len(filled), right=following))
    directory = len(sectors)
    entries += [_entry("", 0, 0, 0)] * (-len(entries) % 4)
    listed = b"".join(entries)
    sectors += [listed[at : at + 512] for at in range(0, len(listed), 512)]
    chain += [*range(directory + 1, len(sectors)), 0xFFFFFFFE]
    table = len(sectors)
    chain.append(0xFFFFFFFD)
    fat = b"".join(sector.to_bytes(4, "little") for sector in chain).ljust(512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + bytes.fromhex("3e000300feff09000600") + bytes(10)
    numbers = [1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, table, *[0xFFFFFFFF] * 108]
    return head + b"".join(n.to_bytes(4, "little") for n in numbers) + b"".join(sectors) + fat


def _entry(
    name: str, kind: int, first: int, size: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF
) -> bytes:
    written = (name + "\0").encode("utf-16-le") if name else b""
    head = written.ljust(64, b"\0") + len(written).to_bytes(2, "little") + bytes([kind, 1])
    links = b"".join(n.to_bytes(4, "little") for n in (0xFFFFFFFF, right, child))
    return head + links + bytes(36) + first.to_bytes(4, "little") + size.to_bytes(8, "little")
