"""Files to typed tables: find, decode, read with addresses, map headers, parse money, dates and ids."""

from custkit.ingest.decided import read_decisions
from custkit.ingest.draft import write_draft
from custkit.ingest.mapping import Mapping, TableMapping, load_mapping
from custkit.ingest.stage import read_tables
from custkit.reading import RANKS, Reading, SourceRead

__all__ = [
    "RANKS",
    "Mapping",
    "Reading",
    "SourceRead",
    "TableMapping",
    "load_mapping",
    "read_decisions",
    "read_tables",
    "write_draft",
]
