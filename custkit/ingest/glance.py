"""Every file of a data path opened at its top without any mapping, and what it seems to be; nothing is refused."""

from dataclasses import dataclass
from pathlib import Path

from custkit.errors import InputRefused
from custkit.ingest import dialect, find, headers, personal
from custkit.ingest.assign import QUARANTINE, nearly, unclaimed
from custkit.ingest.find import Source
from custkit.ingest.mapping import Mapping, TableMapping
from custkit.ingest.raw import NoHeader, Raw
from custkit.ingest.sheets import open_sheets


@dataclass(frozen=True)
class Opened:
    """A sheet or file that was opened, and the tables that it seems to serve."""

    source: Source
    raw: Raw
    tables: list[str]
    n_sheets: int
    separator: str = ""  # what the mapping must say of it


@dataclass(frozen=True)
class Unread:
    """A file that could not be opened."""

    source: Source
    refusal: InputRefused
    separator: str = ""


def open_all(data: Path, staging: Path) -> tuple[list[Opened], list[Unread]]:
    """Every sheet and file of ``data``, and those that cannot be read."""
    opened, unread = [], []
    for source in find.find(data)[0]:
        try:
            file = find.opened(source, staging)
            raws, _ = open_sheets(file, Mapping(), [])
        except InputRefused as refusal:
            unread.append(Unread(source, _told(source, refusal)))
            continue
        separator = ""
        if [raw.width for raw in raws] == [1] and _is_spaced(raws[0]):
            separator = dialect.SPACES
            try:
                raws, _ = open_sheets(file, Mapping(tables={"orders": TableMapping(separator=separator)}), [])
            except InputRefused as refusal:
                unread.append(Unread(source, _told(source, refusal), separator))
                continue
        if source.kind != "parquet" and any(personal.is_record(raw.headers, raw.sample) for raw in raws):
            refusal = NoHeader(f"{source.name}: its first line looks like a record, not like headers")
            unread.append(Unread(source, refusal, separator))
            continue
        for raw in raws:
            if raw.headers[: len(QUARANTINE)] != QUARANTINE:
                tables = _tables(source, raw, len(raws))
                opened.append(Opened(source, raw, tables, len(raws), separator))
    return opened, unread


def _told(source: Source, refusal: InputRefused) -> InputRefused:
    """The refusal, without the first line of a file that has no header: it holds people."""
    if isinstance(refusal, NoHeader):
        return NoHeader(f"{source.name}: no line of it looks like a header")
    return refusal


def _tables(source: Source, raw: Raw, n_sheets: int) -> list[str]:
    by_headers = headers.tables_by_headers(raw.headers, raw.sample)
    return unclaimed(source, raw, Mapping(), by_headers, n_sheets) or (["orders"] if nearly(raw) else [])


def _is_spaced(raw: Raw) -> bool:
    """Whether a table of one column has the same number of words, more than two, in every line."""
    widths = {len(line.split()) for line in [*raw.headers, *(row[0] for row in raw.sample)]}
    return len(widths) == 1 and widths.pop() > 2
