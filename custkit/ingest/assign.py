"""Which file or sheet serves which table, and which of its columns is what: by mapping, by name, by headers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from custkit import ledger, schema
from custkit.errors import InputRefused, SettingsError
from custkit.ingest import answers, find, headers
from custkit.ingest.answers import Place, Question
from custkit.ingest.find import Source
from custkit.ingest.mapping import ColumnSource, Mapping, resolve
from custkit.ingest.raw import NoHeader, Raw
from custkit.ingest.sheets import open_sheets

_PRODUCT = "quantity * unit_price"

# A file that begins with these is a quarantine that a run wrote, saved among the data.
QUARANTINE = ["table", "file", "sheet", "line", "column", "value", "rule", "message"]

# Tables that one file may serve together.
TWINS = {"customers": "customer_values", "customer_values": "customers"}


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
    refusals: list[str | Place | Question] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)  # of the mapping

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
        The mapping names a file, a sheet or a column that is not there (one line each, those of refused files too).
    """
    found = Plan()
    sources, strange = find.find(data)
    for name in strange:
        found.warn("unused_file", key="suffix", file=name)
    found.mistakes += _absent_files(mapping, [source.name for source in sources])
    empty: list[str] = []
    for source in sources:
        _assign_file(found, source, staging, mapping, is_only=len(sources) == 1, empty=empty)
    found.jobs.sort(key=lambda job: (job.table, job.source.name))
    is_refused = found.refusals or found.mistakes
    if not any(job.table in schema.CUSTOMER_TABLES for job in found.jobs) and not is_refused:
        found.refusals.append(_nothing(data, found, mapping, empty))
    texts = found.mistakes + _texts(found, mapping)
    if found.mistakes:
        raise SettingsError("\n".join(texts))
    if texts:
        raise InputRefused("\n".join(texts))
    _warn_twins(found)
    return found


def _texts(found: Plan, mapping: Mapping) -> list[str]:
    """Every refusal as a reader sees it; the line that a question asks for fits all files of its table."""
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for job in found.jobs:
        for column, origin in job.columns.items():
            named[job.table, column].append(origin.text)
    for one in found.refusals:
        if isinstance(one, Question):
            for column in (*one.doubts, *one.missing):
                named[one.table, column] += one.choices(column)[:1]
    served: dict[str, list[str]] = defaultdict(list)
    for job in found.jobs:
        if job.source.name not in served[job.table]:
            served[job.table].append(job.source.name)
    texts = []
    for one in found.refusals:
        if isinstance(one, Question):
            others = {column: names for (table, column), names in named.items() if table == one.table}
            texts.append(one.text(mapping, others))
        else:
            texts.append(one.text(mapping, served) if isinstance(one, Place) else one)
    return texts


def _nothing(data: Path, found: Plan, mapping: Mapping, empty: Sequence[str]) -> str:
    if empty:
        return f"no orders in {', '.join(empty)}: empty, or nothing but a header; export it again"
    seen = "; ".join(warning["text"] for warning in found.warnings if warning["code"] == "unused_file")
    tables = ", ".join(schema.CUSTOMER_TABLES)
    return (
        f"{data.name}: none of the tables {tables} in it ({seen or 'no file'}). "
        f"Name it in {mapping.name} (custkit map writes a draft)"
    )


def _absent_files(mapping: Mapping, names: Sequence[str]) -> list[str]:
    """A line for each table of the mapping whose files are not there."""
    return [
        f"{mapping.name}: tables: {table}: files: no file fits {', '.join(entry.files)}; there are {', '.join(names)}"
        for table, entry in mapping.tables.items()
        if entry.files and not any(entry.serves(name) for name in names)
    ]


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
    except NoHeader:
        if is_only or claims or named:
            table = (claims or [named])[0] or "orders"
            content = answers.without_headers(table)
            line = mapping.tables[table].header if table in mapping.tables else ""
            cause = f"line {line} is no header" if line else "no line of it looks like a header"
            said = f"{source.name}: {cause}. Say which line is (header: 3), or that there is none, in"
            found.refusals.append(Place(said, source.name, table, content, answers.POSITIONS))
        else:
            found.warn("unused_file", key="no_header", file=source.name)
        return
    except InputRefused as refusal:
        if _is_excluded(mapping, claims):
            found.warn("unused_file", key="not_named", file=source.name, mapping=mapping.name)
        else:
            found.refusals.append(str(refusal))
        return
    except SettingsError as mistake:
        found.mistakes.append(str(mistake))
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
    if raw.headers[: len(QUARANTINE)] == QUARANTINE:
        _pass_over_quarantine(found, source, is_named=bool(claims))
        return False
    by_headers = headers.tables_by_headers(raw.headers, raw.sample)
    tables = list(claims) if n == 1 else _of_sheet(claims, raw, mapping, by_headers)
    is_excluded = _is_excluded(mapping, claims)
    if not tables and not is_excluded:
        tables = unclaimed(source, raw, mapping, by_headers, n)
        if len(tables) > 1 and TWINS.get(tables[0]) != tables[1]:
            said = f"{where}: its headers fit the tables {' and '.join(tables)} alike. Say which in"
            sheet = {"sheet": raw.sheet} if n > 1 else {}
            found.refusals.append(Place(said, source.name, tables[0], sheet))
            return False
    others = [
        table
        for table in tables
        if table in mapping.tables and mapping.tables[table].sheet not in ("", raw.sheet)
    ]
    tables = [table for table in tables if table not in others]
    for table in tables:
        try:
            columns = _columns(found, source, raw, table, mapping, where)
        except SettingsError as mistake:
            found.mistakes.append(str(mistake))
            continue
        if columns is not None:
            found.jobs.append(Job(source, raw, table, columns))
    if others and not tables:
        found.warn("unused_sheet", key="other_sheet", file=source.name, sheet=raw.sheet, mapping=mapping.name)
    if tables or others:
        return bool(tables)
    if not is_excluded and (nearly(raw) or (is_only and n == 1)):
        match = headers.match(raw.headers, "orders")
        used = tuple(match.columns.values())
        found.refusals.append(
            Question(where, source.name, "orders", raw, match.doubts, match.missing("orders"), used)
        )
        return False
    key = "not_named" if is_excluded else "no_table"
    said = {"file": source.name, "mapping": mapping.name, "headers": answers.shown_headers(raw)}
    if n == 1:
        found.warn("unused_file", key=key, **said)
    else:
        found.warn("unused_sheet", key=key, sheet=raw.sheet, **said)
    return False


def _of_sheet(claims: Sequence[str], raw: Raw, mapping: Mapping, by_headers: Sequence[str]) -> list[str]:
    """Of the tables that the mapping says a workbook serves, those of one of its sheets.

    Those that name a sheet; else those that the sheet's name, its headers or the mapping's columns tell.
    """
    naming = [table for table in claims if mapping.tables[table].sheet]
    if any(mapping.tables[table].sheet == raw.sheet for table in naming):
        return naming
    told = {headers.table_by_name("", raw.sheet), *by_headers, *(["orders"] if nearly(raw) else [])}
    return [
        table
        for table in claims
        if table in naming
        or table in told
        or (mapping.tables[table].columns and _has_all(mapping, table, raw))
    ]


def _pass_over_quarantine(found: Plan, source: Source, *, is_named: bool) -> None:
    """A quarantine is no data: refuse it where the mapping names it, else leave it and say so."""
    warning = ledger.warn("unused_file", key="quarantine", file=source.name)
    if is_named:
        found.refusals.append(warning["text"])
    else:
        found.warnings.append(warning)


def unclaimed(source: Source, raw: Raw, mapping: Mapping, by_headers: list[str], n: int) -> list[str]:
    """Tables of a sheet that the mapping does not claim: by its name, by the mapping's columns, by its headers."""
    # A workbook's name stands for its sheets only where it has one, or where the headers say the same.
    named = headers.table_by_name("" if n > 1 else source.name, raw.sheet)
    named = named or next((t for t in [headers.table_by_name(source.name, "")] if t in by_headers), "")
    if named and mapping.tables.get(named) is not None and mapping.tables[named].files:
        return []  # the mapping says which files this table has
    if named:
        return [named, *(table for table in by_headers if table == TWINS.get(named))]
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
) -> dict[str, ColumnSource] | None:
    """Each column of the table with its origin; None, with a question in ``found``, where one is missing or in doubt."""
    given = mapping.tables[table].columns if table in mapping.tables else {}
    named = headers.match(raw.headers, table, given=list(given)).columns
    columns = resolve(mapping, table, raw.headers, named, where)
    taken = [
        position for origin in columns.values() if origin.kind == "header" for position in origin.positions
    ]
    match = headers.match(raw.headers, table, taken, list(given))
    for column, position in match.columns.items():
        columns[column] = ColumnSource("header", (position,), text=raw.headers[position])
    if table == "orders" and "amount" not in columns and {"quantity", "unit_price"} <= set(columns):
        factors = (columns["quantity"], columns["unit_price"])
        if all(factor.kind == "header" for factor in factors):
            columns["amount"] = ColumnSource(
                "product", (factors[0].positions[0], factors[1].positions[0]), text=_PRODUCT
            )
    required = [name for name, column in schema.INPUTS[table].items() if column.required]
    missing = [name for name in required if name not in columns and name not in match.doubts]
    if missing or match.doubts:
        used = tuple(position for origin in columns.values() for position in origin.positions)
        found.refusals.append(Question(where, source.name, table, raw, match.doubts, missing, used))
        return None
    for column, others in match.passed_over.items():
        chosen = {"chosen": columns[column].text, "others": list(others)}
        address = {"table": table, "file": source.name, "sheet": raw.sheet, "column": column}
        found.warn("date_column_choice", **address, **chosen)
    # In the order of the schema, whatever the order of the file.
    return {name: columns[name] for name in schema.INPUTS[table] if name in columns}


def nearly(raw: Raw) -> bool:
    """Whether a file looks like orders that lack a column."""
    match = headers.match(raw.headers, "orders")
    telling = {"customer_id", "order_id", "order_date", "amount", "quantity", "unit_price"} & set(
        match.columns
    )
    return len(telling) >= 2 and bool(match.missing("orders"))


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
