"""What reading hands on: which file served which table, how, where its rows lie, and what was noticed."""

from dataclasses import dataclass, field
from pathlib import Path

# Order of the rules at reading (design.md 6): the first that applies decides.
RANKS = {
    "unreadable_record": 1,
    "totals_line": 2,
    "repeated_header": 2,
    "missing_customer_id": 3,
    "missing_order_date": 3,
    "missing_amount": 3,
    "missing_order_id": 3,
    "missing_value": 3,  # a required column of another table
    "unreadable_value": 4,
    "damaged_id": 4,
    "other_currency": 5,
}


@dataclass(frozen=True)
class SourceRead:
    """One file or sheet as it was read into one table.

    ``staged`` holds one row per record, sorted by ``_record``:

    - ``_record`` int64, running over all sources of the table from 1; ``_file``, ``_sheet``, ``_line`` text;
      ``_fixed`` whether a corrected quarantine gave the record
    - ``_key_name``, ``_key_phone``, ``_key_email`` digests of mapped personal columns, so that one person found
      twice can be told; like ``_personal`` they must not be written to a run
    - the typed columns of the table that are mapped: id and text as strings, date as date32, money as
      int64 in units of 10^-4, number as float64, integer as int64, scale as float64. ``order_time`` (text
      HH:MM:SS) stands beside ``order_date`` where the column holds times. A table of
      ``schema.OPEN_TABLES`` has its ``further`` columns too, float64 or text
    - ``raw.<header>`` every column of the file as read
    - ``_personal`` a digest of what was masked in the record (empty where nothing is masked): it tells
      two records apart that differ only in masked values, and must not be written to a run

    ``faults`` holds one row per fault, sorted by ``_record`` and ``rank``: ``_record`` int64, ``rank``
    int64, ``rule``, ``column``, ``value``, ``message``. A value that has a fault is null in its typed column.
    """

    file: str  # path under the data folder, with /
    sheet: str  # empty but for a workbook
    table: str
    sha256: str
    encoding: str  # utf-8, gb18030, ...; xlsx, xls, parquet
    separator: str  # empty but for text
    rows: int  # records, counted apart from the parser
    staged: Path
    faults: Path
    columns: dict[
        str, str
    ]  # canonical name: header, or what the mapping says instead (line, =constant, a product)
    headers: list[str]  # of the file; each stands as raw.<header>
    further: list[str] = field(default_factory=list)  # headers kept under their own name (open tables)
    dates: dict[str, list[str]] = field(default_factory=dict)  # canonical name: formats found
    decimals: int = 2  # most decimals seen in an amount of this source, 2 to 4
    float_noise: int = 0  # amounts with more than 4 decimals, rounded half to even
    marks: list[str] = field(default_factory=list)  # currencies marked in amounts, as ISO codes


@dataclass(frozen=True)
class Reading:
    """All sources of a data folder, read."""

    sources: list[SourceRead]  # sorted by table, file, sheet
    warnings: list[dict[str, str]]  # as ledger.warn makes them
    unused: list[str]  # files that served no table; each has a warning

    def of(self, table: str) -> list[SourceRead]:
        """The sources of one table, in record order."""
        return [source for source in self.sources if source.table == table]
