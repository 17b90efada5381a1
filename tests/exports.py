"""Writing small exports and reading them back, for the tests of ingest."""

from pathlib import Path

from pyarrow import parquet as pq

from custkit.ingest import Reading, load_mapping, read_tables
from custkit.settings import Settings


def read(folder: Path, files: dict[str, bytes | str], mapping: str = "", **settings: object) -> Reading:
    """Write the files (text as UTF-8) and the mapping to a folder of its own, and read it."""
    data, staging = folder / "data", folder / "staging"
    for made in (data, staging):
        made.mkdir(parents=True)
    for name, content in files.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    if mapping:
        (data / "mapping.yml").write_text(mapping, encoding="utf-8")
    return read_path(data, staging, **settings)


def read_path(data: Path, staging: Path, **settings: object) -> Reading:
    mapping = load_mapping(data)
    rules = Settings().replace({**mapping.settings, **settings}).clean
    return read_tables(data, staging, mapping, rules)


def rows(reading: Reading, table: str) -> list[dict]:
    """The typed records of a table."""
    return [row for source in reading.of(table) for row in pq.read_table(source.staged).to_pylist()]


def column(reading: Reading, table: str, name: str) -> list:
    return [row[name] for row in rows(reading, table)]


def faults(reading: Reading, table: str) -> list[tuple[int, str, str]]:
    """Record, rule and column of each fault of a table."""
    return [(row["_record"], row["rule"], row["column"]) for row in fault_rows(reading, table)]


def fault_rows(reading: Reading, table: str) -> list[dict]:
    return [row for source in reading.of(table) for row in pq.read_table(source.faults).to_pylist()]


def codes(reading: Reading) -> set[str]:
    """Codes of the warnings."""
    return {warning["code"] for warning in reading.warnings}
