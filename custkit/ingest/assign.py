"""Which file or sheet serves which table, and which of its columns is what: by mapping, by name, by headers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from custkit import ledger, schema
from custkit.errors import InputRefused, SettingsError
from custkit.ingest import find, headers
from custkit.ingest.find import Source
from custkit.ingest.mapping import ColumnSource, Mapping, resolve
from custkit.ingest.raw import NoHeader, Raw
from custkit.ingest.sheets import open_sheets

_PRODUCT = "quantity * unit_price"
_HEADERS_SHOWN, _HEADER_WIDTH = 12, 30
_NAME_IT = "Name it in mapping.yml (custkit map writes a draft)"


@dataclass(frozen=True)
class Job:
    """One sheet or file that is read into one table."""

    source: Source
    raw: Raw
    table: str
    columns: dict[str, ColumnSource]

    @property
    def where(self) -> str:
        return f"{self.source.name}, sheet {self.raw.sheet}" if self.raw.sheet else self.source.name

    @property
    def address(self) -> dict[str, str]:
        """What a warning about it names."""
        return {"table": self.table, "file": self.source.name, "sheet": self.raw.sheet}

    @property
    def further(self) -> list[int]:
        """Positions of columns that no column of the table is read from."""
        used = {position for origin in self.columns.values() for position in origin.positions}
        return [position for position in range(self.raw.width) if position not in used]


@dataclass
class Plan:
    """What is read, and what was noticed on the way."""

    jobs: list[Job] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def warn(self, code: str, **said: object) -> None:
        """Note a warning; ``said`` as for ``ledger.warn``."""
        self.warnings.append(ledger.warn(code, **said))

    @property
    def unused(self) -> list[str]:
        """Files that serve no table."""
        return [warning["file"] for warning in self.warnings if warning["code"] == "unused_file"]


def plan(data: Path, staging: Path, mapping: Mapping) -> Plan:
    """Open every file of ``data`` and decide what it serves; nothing is parsed beyond its top.

    Raises
    ------
    InputRefused
        Files that cannot be read, lack a required column or leave a doubt (one line each), or none of
        the customer tables is there.
    SettingsError
        The mapping names a file, a sheet or a column that is not there.
    """
    found = Plan()
    sources, strange = find.find(data)
    for name in strange:
        found.warn("unused_file", key="suffix", file=name)
    _require_files(mapping, [source.name for source in sources])
    empty: list[str] = []
    for source in sources:
        _assign_file(found, source, staging, mapping, is_only=len(sources) == 1, empty=empty)
    found.jobs.sort(key=lambda job: (job.table, job.source.name))
    if not any(job.table in schema.CUSTOMER_TABLES for job in found.jobs) and not found.refusals:
        found.refusals.append(_nothing(data, found, empty))
    if found.refusals:
        raise InputRefused("\n".join(found.refusals))
    _warn_twins(found)
    return found


@dataclass(frozen=True)
class Opened:
    """A sheet or file that was opened, and the tables that it seems to serve."""

    source: Source
    raw: Raw
    tables: list[str]
    n_sheets: int


def open_all(data: Path, staging: Path) -> tuple[list[Opened], list[str]]:
    """Every sheet and file of ``data`` without any mapping, and why others cannot be read; nothing is refused."""
    mapping, opened, problems = Mapping(), [], []
    for source in find.find(data)[0]:
        try:
            raws, _ = open_sheets(find.opened(source, staging), mapping, [])
        except InputRefused as refusal:
            problems.append(str(refusal))
            continue
        for raw in raws:
            by_headers = headers.tables_by_headers(raw.headers, raw.sample)
            tables = _unclaimed(source, raw, mapping, by_headers, len(raws)) or (
                ["orders"] if _nearly(raw) else []
            )
            opened.append(Opened(source, raw, tables, len(raws)))
    return opened, problems


def _nothing(data: Path, found: Plan, empty: Sequence[str]) -> str:
    if empty:
        return f"no orders in {', '.join(empty)}: empty, or nothing but a header; export it again"
    seen = "; ".join(warning["text"] for warning in found.warnings if warning["code"] == "unused_file")
    tables = ", ".join(schema.CUSTOMER_TABLES)
    return f"{data.name}: none of the tables {tables} in it ({seen or 'no file'}). {_NAME_IT}"


def _require_files(mapping: Mapping, names: Sequence[str]) -> None:
    for table, entry in mapping.tables.items():
        if entry.files and not any(entry.serves(name) for name in names):
            patterns = ", ".join(entry.files)
            raise SettingsError(
                f"{mapping.name}: tables: {table}: files: no file fits {patterns}; there are {', '.join(names)}"
            )


def _warn_twins(found: Plan) -> None:
    first_of: dict[tuple[str, str], str] = {}
    for table, source in dict.fromkeys((job.table, job.source) for job in found.jobs):
        twin = first_of.setdefault((table, source.sha256), source.name)
        if twin != source.name:
            found.warn("same_file_twice", table=table, file=source.name, twin=twin)


def _assign_file(
    found: Plan, source: Source, staging: Path, mapping: Mapping, *, is_only: bool, empty: list[str]
) -> None:
    claims = _claims(mapping, source, is_only=is_only)
    named = headers.table_by_name(source.name, "")
    try:
        tables = claims or ([named] if named in mapping.tables else [])
        raws, without = open_sheets(find.opened(source, staging), mapping, tables)
    except NoHeader as refusal:
        if is_only or claims or named:
            found.refusals.append(str(refusal))
        else:
            found.warn("unused_file", key="no_header", file=source.name)
        return
    except InputRefused as refusal:
        if _is_excluded(mapping, claims):
            found.warn("unused_file", key="not_named", file=source.name, mapping=mapping.name)
        else:
            found.refusals.append(str(refusal))
        return
    for sheet in without:
        found.warn("unused_sheet", key="no_header", file=source.name, sheet=sheet)
    if not raws:
        empty.append(source.name)
        found.warn("empty_table", file=source.name)
    served = [
        raw
        for raw in raws
        if _assign_sheet(found, source, raw, mapping, claims, is_only=is_only, n=len(raws))
    ]
    _warn_sheets(found, source, raws, served)


def _claims(mapping: Mapping, source: Source, *, is_only: bool) -> list[str]:
    """Tables that the mapping says this file serves."""
    claims = [table for table, entry in mapping.tables.items() if entry.serves(source.name)]
    if is_only:
        claims += [table for table, entry in mapping.tables.items() if not entry.files]
    return claims


def _is_excluded(mapping: Mapping, claims: Sequence[str]) -> bool:
    """The mapping names the files of all its tables, and not this one."""
    return bool(mapping.tables) and not claims and all(entry.files for entry in mapping.tables.values())


def _assign_sheet(
    found: Plan, source: Source, raw: Raw, mapping: Mapping, claims: Sequence[str], *, is_only: bool, n: int
) -> bool:
    """Add the jobs that a sheet or file gives; whether there is any."""
    where = f"{source.name}, sheet {raw.sheet}" if raw.sheet else source.name
    by_headers = headers.tables_by_headers(raw.headers, raw.sample)
    tables = list(claims)
    is_excluded = _is_excluded(mapping, claims)
    if not tables and not is_excluded:
        tables = _unclaimed(source, raw, mapping, by_headers, n)
    others = [
        table
        for table in tables
        if table in mapping.tables and mapping.tables[table].sheet not in ("", raw.sheet)
    ]
    tables = [table for table in tables if table not in others]
    for table in tables:
        try:
            found.jobs.append(Job(source, raw, table, _columns(found, source, raw, table, mapping, where)))
        except InputRefused as refusal:
            found.refusals.append(str(refusal))
    if tables or others:
        return bool(tables)
    near = headers.match(raw.headers, "orders").missing("orders") if is_only and n == 1 else _nearly(raw)
    if near and not is_excluded:
        found.refusals.append(_lacking(where, near, raw))
        return False
    key = "not_named" if is_excluded else "no_table"
    said = {"file": source.name, "mapping": mapping.name, "headers": _shown(raw.headers)}
    if n == 1:
        found.warn("unused_file", key=key, **said)
    else:
        found.warn("unused_sheet", key=key, sheet=raw.sheet, **said)
    return False


def _shown(names: Sequence[str]) -> list[str]:
    """The first headers of many, each cut short."""
    shown = [name[:_HEADER_WIDTH] for name in names[:_HEADERS_SHOWN]]
    return [*shown, "…"] if len(names) > _HEADERS_SHOWN else shown


def _unclaimed(source: Source, raw: Raw, mapping: Mapping, by_headers: list[str], n: int) -> list[str]:
    """Tables of a sheet that the mapping does not claim: by its name, by the mapping's columns, by its headers."""
    # A workbook's name stands for its sheets only where it has one, or where the headers say the same.
    named = headers.table_by_name("" if n > 1 else source.name, raw.sheet)
    named = named or next((t for t in [headers.table_by_name(source.name, "")] if t in by_headers), "")
    if named and mapping.tables.get(named) is not None and mapping.tables[named].files:
        return []  # the mapping says which files this table has
    if named:
        twins = {"customers": "customer_values", "customer_values": "customers"}
        return [named, *(table for table in by_headers if table == twins.get(named))]
    for table, entry in mapping.tables.items():
        if not entry.files and entry.columns and _has_all(mapping, table, raw):
            return [table]
    return [table for table in by_headers if not (mapping.tables.get(table) and mapping.tables[table].files)]


def _has_all(mapping: Mapping, table: str, raw: Raw) -> bool:
    named = headers.match(raw.headers, table, given=list(mapping.tables[table].columns)).columns
    try:
        resolve(mapping, table, raw.headers, named, "")
    except SettingsError:
        return False
    return True


def _columns(
    found: Plan, source: Source, raw: Raw, table: str, mapping: Mapping, where: str
) -> dict[str, ColumnSource]:
    """Each column of the table with its origin.

    Raises InputRefused where a required column is missing, or two headers could be the same column.
    """
    given = mapping.tables[table].columns if table in mapping.tables else {}
    named = headers.match(raw.headers, table, given=list(given)).columns
    columns = resolve(mapping, table, raw.headers, named, where)
    taken = [
        position for origin in columns.values() if origin.kind == "header" for position in origin.positions
    ]
    match = headers.match(raw.headers, table, taken, list(given))
    if match.doubts:
        column, candidates = next(iter(match.doubts.items()))
        raise InputRefused(
            f"{where}: {column} could be {' or '.join(candidates)}. Say which in mapping.yml "
            f"(tables: {table}: columns: {{{column}: {candidates[0].split(' (or ')[0]}}})"
        )
    for column, position in match.columns.items():
        columns[column] = ColumnSource("header", (position,), text=raw.headers[position])
    if table == "orders" and "amount" not in columns and {"quantity", "unit_price"} <= set(columns):
        factors = (columns["quantity"], columns["unit_price"])
        if all(factor.kind == "header" for factor in factors):
            columns["amount"] = ColumnSource(
                "product", (factors[0].positions[0], factors[1].positions[0]), text=_PRODUCT
            )
    missing = [
        name for name, column in schema.INPUTS[table].items() if column.required and name not in columns
    ]
    if missing:
        raise InputRefused(_lacking(where, missing, raw))
    for column, others in match.passed_over.items():
        chosen = {"chosen": columns[column].text, "others": list(others)}
        address = {"table": table, "file": source.name, "sheet": raw.sheet, "column": column}
        found.warn("date_column_choice", **address, **chosen)
    # In the order of the schema, whatever the order of the file.
    return {name: columns[name] for name in schema.INPUTS[table] if name in columns}


def _lacking(where: str, missing: Sequence[str], raw: Raw) -> str:
    hint = (
        " (id alone may be anyone's)"
        if "customer_id" in missing and "id" in map(headers.key, raw.headers)
        else ""
    )
    words = ["amount (or quantity and unit_price)" if name == "amount" else name for name in missing]
    return (
        f"{where}: no column for {', '.join(words)}{hint}; it has {', '.join(raw.headers)[:300]}. {_NAME_IT}"
    )


def _nearly(raw: Raw) -> list[str]:
    """Required columns of orders that a file lacks which otherwise looks like orders; empty where it does not."""
    match = headers.match(raw.headers, "orders")
    telling = {"customer_id", "order_id", "order_date", "amount", "quantity", "unit_price"} & set(
        match.columns
    )
    return match.missing("orders") if len(telling) >= 2 else []


def _warn_sheets(found: Plan, source: Source, raws: Sequence[Raw], served: Sequence[Raw]) -> None:
    by_headers = defaultdict(list)
    for raw in raws:
        by_headers[tuple(headers.key(header) for header in raw.headers)].append(raw)
    for twins in by_headers.values():
        if len(twins) > 1:
            said = {"file": source.name, "sheets": [raw.sheet for raw in twins]}
            left = [raw.sheet for raw in twins if raw.sheet not in {one.sheet for one in served}]
            if left:
                found.warn("sheets_same_columns", key="some_left", left=left, **said)
            else:
                found.warn("sheets_same_columns", key="all_read", **said)
