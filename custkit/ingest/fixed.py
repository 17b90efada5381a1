"""A corrected quarantine fed back in: its records take the place of those that were rejected, before anything is read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custkit.errors import InputRefused, SettingsError
from custkit.ingest import csvfile, personal
from custkit.ingest.csvfile import Layout
from custkit.ingest.raw import Raw
from custkit.ingest.values import as_text

HEAD = ["table", "file", "sheet", "line", "column", "value", "rule", "message"]
_ADDRESS = 4  # of these make the address
_GUARDED = ("'=", "'+", "'-", "'@")  # how quarantine.csv writes a text that a spreadsheet would run


@dataclass
class Fixed:
    """The records of a corrected quarantine by their address (table, file, sheet, line), and the address of each."""

    name: str
    headers: list[str]
    records: dict[tuple[str, str, str], dict[int, "Record"]] = field(default_factory=dict)

    def of(self, table: str, file: str, sheet: str) -> dict[int, "Record"]:
        """Records of one source by their line."""
        return self.records.get((table, file, sheet), {})

    def require_used(self, read: set[tuple[str, str, str, int]]) -> None:
        """Raise SettingsError when a record has an address that the data do not have; ``read`` holds those they have."""
        for source, records in self.records.items():
            for line, record in records.items():
                if (*source, line) not in read:
                    table, file, sheet = source
                    where = f"{file}, sheet {sheet}" if sheet else file
                    raise SettingsError(
                        f"{self.name} line {record.line}: {table} has no record at line {line} of {where}; "
                        "feed a quarantine back to the files that it came from"
                    )


@dataclass(frozen=True)
class Record:
    """A corrected record: the line of the quarantine on which it stands, and its fields by header."""

    line: int
    fields: dict[str, str]

    def value(self, header: str) -> str | None:
        """What it says under a header of the file; None where the quarantine has no such column any more."""
        # A file's own `value` or `line` follows the eight columns of the quarantine, and was numbered at reading.
        return self.fields.get(header, self.fields.get(f"{header} (2)") if header in HEAD else None)


def read(path: Path) -> Fixed:
    """The records of a corrected quarantine, CSV in any encoding and dialect that data may have.

    Raises
    ------
    SettingsError
        It is no quarantine of custkit, a record is broken or has no address, or an address stands twice.
    """
    try:
        raw = csvfile.open_text(path, path.name, Layout(header=1), len)
    except InputRefused as error:
        raise SettingsError(f"fixed: {error}") from None
    if raw is None:
        return Fixed(path.name, [])
    if raw.headers[: len(HEAD)] != HEAD:
        raise SettingsError(
            f"{path.name}: no quarantine of custkit: it begins with {', '.join(raw.headers[:4])}, "
            f"and not with {', '.join(HEAD)}; correct the fields of quarantine.csv and leave its columns as they are"
        )
    fixed = Fixed(path.name, raw.headers[len(HEAD) :])
    for batch in raw.batches():
        for row in batch.to_pylist():
            _add(fixed, row)
    return fixed


def unguarded(value: str) -> str:
    """A field as it was before quarantine.csv or review.csv put a mark before what a spreadsheet would run."""
    return value[1:] if value.startswith(_GUARDED) else value


def _add(fixed: Fixed, row: dict) -> None:
    where = f"{fixed.name} line {row['_line']}"
    if row["_broken"] is not None:
        raise SettingsError(f"{where}: {row['_broken']}; save it as CSV again")
    table, file, sheet, line = (unguarded(row[f"c{place}"].strip()) for place in range(_ADDRESS))
    if not line.isdecimal():
        raise SettingsError(
            f"{where}: line: expected the number of a line, got {line[:20]!r}; leave the address as it was"
        )
    places = range(len(HEAD), len(HEAD) + len(fixed.headers))
    values = [unguarded(row[f"c{place}"]) for place in places]
    records = fixed.records.setdefault((table, file, sheet), {})
    if int(line) in records:
        raise SettingsError(
            f"{where}: line {line} of {file} stands here twice (line {records[int(line)].line} too); leave one"
        )
    records[int(line)] = Record(row["_line"], dict(zip(fixed.headers, values, strict=True)))


def corrected(raw: Raw, records: dict[int, Record], masks: dict[int, str], name: str) -> Raw:
    """The same table with corrected records in the place of those that stood at their lines.

    A field that says what quarantine.csv said keeps the value of the file (a masked name, a number with all its
    digits). A broken record becomes a sound one when any of its fields is filled in. ``masks`` as in
    ``personal.masks``; ``name`` is the quarantine's.

    Raises SettingsError for a value that the type of a Parquet column cannot hold.
    """
    lines = pa.array(sorted(records), pa.int64())

    def batches() -> Iterator[pa.Table]:
        for batch in raw.batches():
            hit = pc.is_in(batch["_line"].combine_chunks(), lines)
            yield _patched(batch, raw, hit, records, masks, name) if pc.any(hit).as_py() else batch

    return Raw(raw.headers, raw.encoding, raw.separator, batches, raw.sample, raw.sheet, raw.counted)


def _patched(
    batch: pa.Table, raw: Raw, hit: pa.Array, records: dict[int, Record], masks: dict[int, str], name: str
) -> pa.Table:
    rows = np.flatnonzero(hit.to_numpy(zero_copy_only=False))
    mine = [records[line] for line in batch["_line"].combine_chunks().take(pa.array(rows)).to_pylist()]
    filled = [any((record.value(header) or "").strip() for header in raw.headers) for record in mine]
    broken = batch["_broken"].combine_chunks().take(pa.array(rows)).is_valid().to_pylist()
    for position, header in enumerate(raw.headers):
        column = batch.column(position).combine_chunks()
        before = column.take(pa.array(rows))
        shown = personal.masked(before, masks[position]) if position in masks else as_text(before)
        texts = [
            None if text is None or text == (old or "") or (bad and not any_filled) else text
            for text, old, bad, any_filled in zip(
                (record.value(header) for record in mine), shown.to_pylist(), broken, filled, strict=True
            )
        ]
        values = [
            old if text is None else _typed(text, column.type, header, record, name)
            for text, old, record in zip(texts, before, mine, strict=True)
        ]
        if any(text is not None for text in texts):
            fresh = pa.array([value.as_py() for value in values], column.type)
            column = pc.replace_with_mask(column, hit, fresh)
            batch = batch.set_column(position, batch.schema.field(position), column)
    mended = np.zeros(batch.num_rows, bool)
    mended[rows] = np.array(broken) & np.array(filled)
    for place in (raw.width + 1, raw.width + 2):
        column = pc.if_else(pa.array(mended), None, batch.column(place).combine_chunks())
        batch = batch.set_column(place, batch.schema.field(place), column)
    return batch


def _typed(text: str, kind: pa.DataType, header: str, record: Record, name: str) -> pa.Scalar:
    if pa.types.is_string(kind):
        return pa.scalar(text, kind)
    if not text.strip():
        return pa.scalar(None, kind)
    try:
        return pc.cast(pa.scalar(text.strip()), kind)
    except pa.ArrowException:
        raise SettingsError(
            f"{name} line {record.line}: {header}: expected {kind} as in the file, got {text[:40]!r}"
        ) from None
