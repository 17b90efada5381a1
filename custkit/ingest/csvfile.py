"""A strict reader of text tables: every record with the physical line on which it begins, none lost, none shifted.

Blocks of lines are checked by vector operations; lines that pass go through Arrow's parser, and only
the others (quotes over several lines, broken records) are looked at one by one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from custkit.errors import BalanceError
from custkit.ingest import decode, dialect
from custkit.ingest.lines import Scan
from custkit.ingest.raw import NoHeader, Raw, columns_of, raw_schema

SAMPLE_LINES = 1000
MAX_RECORD_LINES = 10_000  # a quoted field over more lines is a stray quote


@dataclass(frozen=True)
class Layout:
    """What the mapping says about a text table; empty: detected."""

    header: str | int = ""  # none, or the physical line
    separator: str = ""


def open_text(path: Path, name: str, layout: Layout, known: Callable[[list[str]], int]) -> Raw | None:
    """A text table ready to be read in batches; None where it holds no record.

    Raises
    ------
    InputRefused
        The bytes are no text, or (NoHeader) no line can be the header.
    """
    encoding = decode.detect(path, name)
    lines = list(islice(_first_lines(path, encoding), SAMPLE_LINES))
    separator, skipped = dialect.detect_separator(lines)
    separator = dialect.SEPARATORS.get(layout.separator, layout.separator) or separator
    rows = dialect.top_rows(lines[skipped:], separator, skipped + 1)
    if not rows:
        return None
    if layout.header == "none":
        headers, last = [str(position) for position in range(1, _common_width(rows) + 1)], skipped
    else:
        header = _header(rows, layout, known, name)
        headers, last = dialect.unique_headers(header.fields), header.last
    body = [row for row in rows if row.line > last]
    if not body and len(lines) < SAMPLE_LINES:
        return None
    if body and all(len(row.fields) == len(headers) + 1 and not row.fields[-1] for row in body):
        headers.append(f"column {len(headers) + 1}")  # every record ends in a separator that the header lacks
    reader = _Reader(path, name, encoding, separator, headers, last, _profile(body, len(headers)))
    return Raw(
        headers,
        encoding.name,
        separator,
        reader.batches,
        [row.fields for row in body[:200] if len(row.fields) == len(headers)],
        counted=lambda: reader.counted,
    )


def _first_lines(path: Path, encoding: decode.Encoding) -> Iterator[str]:
    for block in decode.blocks(path, encoding, 1 << 18):
        yield from block.decode("utf-8").split("\n")[:-1]


def _common_width(rows: list[dialect.Row]) -> int:
    widths = [len(row.fields) for row in rows]
    return max(set(widths), key=lambda width: (widths.count(width), width))


def _header(
    rows: list[dialect.Row], layout: Layout, known: Callable[[list[str]], int], name: str
) -> dialect.Row:
    if layout.header:
        found = next((row for row in rows if row.line == layout.header), None)
    else:
        found = dialect.header_row(rows, known)
    if found is None:
        where = (
            f"line {layout.header} is empty or broken"
            if layout.header
            else "no line of it looks like a header"
        )
        raise NoHeader(
            f"{name}: {where}; it begins with {dialect.looks(rows[0].fields)}. "
            "Say in mapping.yml which line holds the headers (header: 3), or header: none and columns by position"
        )
    return found


def _profile(body: list[dialect.Row], width: int) -> list[set[str]]:
    """Shapes seen in each column of the records at the top."""
    fitting = [row.fields for row in body if len(row.fields) == width]
    return [{dialect.shape(fields[column]) for fields in fitting} for column in range(width)]


@dataclass
class _Reader:
    path: Path
    name: str
    encoding: decode.Encoding
    separator: str
    headers: list[str]
    skip: int  # physical lines before the first record
    profile: list[set[str]]
    counted: int = 0  # records, from the lines alone

    def batches(self) -> Iterator[pa.Table]:
        """Records in file order, with ``_line``, and ``_broken`` and ``_text`` where a record is broken."""
        line, carry, self.counted = 1, b"", 0
        blocks = decode.blocks(self.path, self.encoding)
        block = next(blocks, b"")
        while block or carry:
            following = next(blocks, b"")
            data = carry + block
            if line <= self.skip:
                data, line = self._without_top(data, line)
            table, read, lines = self._block(data, line, final=not following)
            carry, line = data[read:], line + lines
            if table.num_rows:
                yield table
            block = following

    def _without_top(self, data: bytes, line: int) -> tuple[bytes, int]:
        position = 0
        while line <= self.skip and position < len(data):
            position = data.index(b"\n", position) + 1
            line += 1
        return data[position:], line

    def _block(self, data: bytes, first_line: int, *, final: bool) -> tuple[pa.Table, int, int]:
        """Records of a block, how many of its bytes were used, and how many physical lines these are."""
        if self.separator == dialect.SPACES:
            lines = [b"\t".join(line.split()) for line in data.split(b"\n")[:-1]]
            used = len(data)
            data = b"\n".join(lines) + b"\n" if lines else b""
            table, _, n_lines = self._records(data, first_line, "\t", final=True)
            return table, used, n_lines
        return self._records(data, first_line, self.separator, final=final)

    def _records(
        self, data: bytes, first_line: int, separator: str, *, final: bool
    ) -> tuple[pa.Table, int, int]:
        if not data:
            return raw_schema(len(self.headers)).empty_table(), 0, 0
        scan = Scan(data, separator, len(self.headers))
        if final and self.encoding.truncated:
            scan.cut_last()
        special, stop = self._specials(scan, separator, final=final)
        good = scan.good.copy()
        good[stop:] = False
        for record in special:
            good[record.index : record.index + record.n_lines] = False
        # Counted from the lines alone; the parser must come to the same number.
        inner = [slice(record.index + 1, record.index + record.n_lines) for record in special]
        expected = np.count_nonzero(~scan.blank[:stop]) - sum(np.count_nonzero(~scan.blank[s]) for s in inner)
        self.counted += int(expected)
        table = self._table(scan, good, special, first_line, separator)
        if table.num_rows != expected:
            raise BalanceError(
                f"{self.name}: {expected} records counted, {table.num_rows} read near line {first_line}"
            )
        return table, int(scan.starts[stop]) if stop < len(scan.starts) else len(data), stop

    def _specials(self, scan: Scan, separator: str, *, final: bool) -> tuple[list["_Special"], int]:
        """Records that are not one plain line each, and the line before which the block ends."""
        special, after = [], 0
        for index in np.flatnonzero(~scan.good & ~scan.blank):
            if index < after:
                continue  # a line inside the record before
            record = self._special(scan, int(index), separator)
            if record is None and not final:
                return special, int(index)  # it runs into the next block: begin there again
            record = record or _Special(int(index), 1, None, "a quote opens here and is never closed")
            special.append(record)
            after = record.index + record.n_lines
        return special, len(scan.starts)

    def _special(self, scan: Scan, index: int, separator: str) -> "_Special | None":
        """A record that is not one plain line; None where it is still open at the end of the block."""
        text = scan.text(index)
        fields, state = dialect.split_record(text, separator)
        width = len(self.headers)
        if index == scan.cut:
            return _Special(index, 1, None, "the file ends in the middle of this record")
        if state == "ok" and len(fields) == width:
            return _Special(index, 1, fields, "")
        if state == "ok":
            return _Special(index, 1, None, f"{width} fields expected, {len(fields)} found")
        if state == "stray":
            return _Special(index, 1, None, "a quote stands inside a field that does not begin with one")
        before = len(fields)  # the open field is the next one
        for last in range(index + 1, min(index + MAX_RECORD_LINES, len(scan.starts))):
            line = scan.text(last)
            text += "\n" + line
            if '"' not in line:
                continue
            fields, state = dialect.split_record(text, separator)
            if state == "open":
                continue
            spanned = [scan.text(position) for position in range(index, last + 1)]
            if state == "ok" and len(fields) == width and not self._swallows(spanned, before, separator):
                return _Special(index, last - index + 1, fields, "")
            return _Special(index, 1, None, "a quote opens here and is not closed in this record")
        if index + MAX_RECORD_LINES < len(scan.starts):
            return _Special(index, 1, None, "a quote opens here and is never closed")
        return None

    def _swallows(self, lines: list[str], before: int, separator: str) -> bool:
        """Do two stray quotes make one record of these lines, each of which would be one by itself?

        A note over several lines may begin in the last column and end in the first: then its first or last
        line has as many fields as a record, and says nothing.
        """
        first, *inner, last = lines
        if any(self._is_record(line, separator) for line in inner):
            return True
        if before + 1 < len(self.headers) and self._is_record(first, separator):
            return True
        inside = dialect.split_record(f'"{last}', separator)[0][
            0
        ]  # what of the last line belongs to the note
        return bool(separator) and separator in inside and self._is_record(last, separator)

    def _is_record(self, line: str, separator: str) -> bool:
        """Would this line be a whole record if its quotes were ordinary characters?"""
        fields = line.split(separator) if separator else [line]
        if len(fields) != len(self.headers):
            return False
        telling = [column for column, shapes in enumerate(self.profile) if shapes and "text" not in shapes]
        if not telling:
            return len(fields) > 2
        return all(dialect.shape(fields[column].strip('"')) in self.profile[column] for column in telling)

    def _table(
        self, scan: Scan, good: np.ndarray, special: list["_Special"], first_line: int, separator: str
    ) -> pa.Table:
        width = len(self.headers)
        lines = np.flatnonzero(good)
        plain = scan.parse(good, width, separator)
        if plain.num_rows != len(lines):
            raise BalanceError(
                f"{self.name}: {len(lines)} plain lines, {plain.num_rows} parsed near line {first_line}"
            )
        nothing = pa.nulls(len(lines), pa.string())
        table = pa.table(
            [*plain.columns, pa.array(lines + first_line), nothing, nothing], schema=raw_schema(width)
        )
        if not special:
            return table
        rows = [record.fields or [None] * width for record in special]
        indices = np.array([record.index for record in special])
        broken = [record.problem or None for record in special]
        texts = [scan.text(record.index) if record.problem else None for record in special]
        extra = pa.table(
            [
                *columns_of(rows, width),
                pa.array(indices + first_line),
                pa.array(broken, pa.string()),
                pa.array(texts, pa.string()),
            ],
            schema=raw_schema(width),
        )
        order = np.argsort(np.concatenate([lines, indices]), kind="stable")
        return pa.concat_tables([table, extra]).take(pa.array(order))


@dataclass(frozen=True)
class _Special:
    index: int  # of its first line in the block
    n_lines: int
    fields: list[str] | None  # None: broken
    problem: str
