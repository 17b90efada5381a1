"""One door to every kind of file: its content decides which reader opens it."""

from collections.abc import Sequence

from custkit.errors import SettingsError
from custkit.ingest import csvfile, excel, headers, parquet
from custkit.ingest.csvfile import Layout
from custkit.ingest.find import Source
from custkit.ingest.mapping import Mapping
from custkit.ingest.raw import Raw


def open_sheets(source: Source, mapping: Mapping, tables: Sequence[str]) -> tuple[list[Raw], list[str]]:
    """The sheets, or the one table, of a file, none where it holds no record; and sheets without a header.

    ``tables`` are those that the mapping says it serves.

    Raises
    ------
    InputRefused
        The file cannot be read, or (NoHeader) nothing in it looks like a header.
    SettingsError
        The mapping names a sheet that is not there.
    """
    # A mapping of one table without files may be meant for any file: its layout holds for all.
    entries = [mapping.tables[table] for table in tables] or [
        e for e in mapping.tables.values() if not e.files
    ][:1]
    layout = Layout(entries[0].header, entries[0].separator) if entries else Layout()
    origins = [origin for entry in mapping.tables.values() for origin in entry.columns.values()]
    listed = [header for origin in origins for header in (origin if isinstance(origin, tuple) else (origin,))]
    given = {header for header in listed if isinstance(header, str)}

    def known(fields: list[str]) -> int:
        return headers.known(fields) + sum(" ".join(value.split()) in given for value in fields)

    if source.kind == "parquet":
        raw = parquet.open_parquet(source)
    elif source.kind in ("xlsx", "xls"):
        raws, without = excel.open_workbook(source, layout, known)
        for entry in entries:
            if entry.sheet and entry.sheet not in {raw.sheet for raw in raws}:
                there = ", ".join(raw.sheet for raw in raws)
                raise SettingsError(
                    f"{mapping.name}: sheet: {source.name} has no sheet {entry.sheet!r} with records; it has {there}"
                )
        return raws, without
    else:
        raw = csvfile.open_text(source.path, source.name, layout, known)
    return ([raw] if raw is not None else []), []
