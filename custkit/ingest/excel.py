"""Workbooks as rows of text with the sheet's own row numbers: xlsx and old xls, every sheet."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal

import pyarrow as pa
from defusedxml import ElementTree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from custkit.errors import InputRefused
from custkit.ingest import dialect
from custkit.ingest.csvfile import Layout
from custkit.ingest.find import Source
from custkit.ingest.raw import BATCH_ROWS, NoHeader, Raw, columns_of, raw_schema
from custkit.ingest.values import NO_VALUE

# Excel holds 15 digits; a longer whole number has lost its last ones and is shown with its exponent.
EXACT_BELOW = 10**15

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)


def open_workbook(
    source: Source, layout: Layout, known: Callable[[list[str]], int]
) -> tuple[list[Raw], list[str]]:
    """Each sheet of a workbook that holds records, and the names of sheets without a header.

    Raises
    ------
    InputRefused
        The file is damaged, cut off or locked by a password, or (NoHeader) none of its sheets has a row that could be the header.
    """
    try:
        book = CalamineWorkbook.from_path(str(source.path))
        names = [entry.name for entry in book.sheets_metadata if entry.typ == SheetTypeEnum.WorkSheet]
        cells = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except PasswordError:
        raise InputRefused(f"{source.name}: locked by a password; save it without one") from None
    except CalamineError as error:
        raise InputRefused(
            f"{source.name}: a damaged or cut-off workbook ({error}); export it again"
        ) from None
    odd = _odd_cells(source) if source.kind == "xlsx" else {}
    tables, refusals = [], {}
    for name, rows in cells.items():
        try:
            table = _table(source, name, rows, odd.get(name, {}), layout, known)
        except NoHeader as refusal:
            refusals[name] = refusal
        else:
            tables += [table] if table is not None else []
    if refusals and not tables:
        raise next(iter(refusals.values()))
    return tables, list(refusals)


def _table(
    source: Source,
    sheet: str,
    cells: list[list],
    odd: dict[tuple[int, int], str],
    layout: Layout,
    known: Callable[[list[str]], int],
) -> Raw | None:
    rows = []
    for line, values in enumerate(cells, 1):
        fields = [odd.get((line, column)) or as_text(value) for column, value in enumerate(values)]
        if any(field.strip() for field in fields):
            rows.append(dialect.Row(line, line, fields))
    if not rows:
        return None
    if layout.header == "none":
        width = max(len(_trimmed(row.fields)) for row in rows)
        headers, body = [str(position) for position in range(1, width + 1)], rows
    else:
        header = next((row for row in rows if row.line == layout.header), None) if layout.header else None
        header = header or dialect.header_row(rows, known)
        if header is None:
            if len(rows) < 2:
                return None
            raise NoHeader(
                f"{source.name}, sheet {sheet}: no row of it looks like a header; it begins with "
                f"{dialect.looks(rows[0].fields)}. Say in mapping.yml which row holds the headers (header: 3)"
            )
        body = [row for row in rows if row.line > header.line]
        sound = max((len(_trimmed(row.fields)) for row in body), default=0)
        named = len(_trimmed(header.fields))
        # A column without a header counts where most records fill it; a lone value beyond is a broken record.
        filled = [
            c for c in range(named, sound) if sum(bool(r.fields[c].strip()) for r in body) * 2 > len(body)
        ]
        width = max([named, *(column + 1 for column in filled)])
        headers = dialect.unique_headers(header.fields[:width])
    if not body:
        return None

    def batches() -> Iterator[pa.Table]:
        for begin in range(0, len(body), BATCH_ROWS):
            yield _batch(body[begin : begin + BATCH_ROWS], width)

    return Raw(
        headers,
        source.kind,
        "",
        batches,
        [row.fields[:width] for row in body[:200]],
        sheet,
        lambda: len(body),
    )


def _batch(rows: list[dialect.Row], width: int) -> pa.Table:
    problems = [_problem(row, width) for row in rows]
    fields = [
        [None] * width if problem else row.fields[:width] for row, problem in zip(rows, problems, strict=True)
    ]
    texts = [
        ", ".join(_trimmed(row.fields)) if problem else None
        for row, problem in zip(rows, problems, strict=True)
    ]
    lines = pa.array([row.line for row in rows], pa.int64())
    broken = [pa.array(problems, pa.string()), pa.array(texts, pa.string())]
    return pa.table([*columns_of(fields, width), lines, *broken], schema=raw_schema(width))


def _problem(row: dialect.Row, width: int) -> str | None:
    filled = len(_trimmed(row.fields))
    return f"{width} columns expected, {filled} found" if filled > width else None


def _trimmed(fields: list[str]) -> list[str]:
    end = max((position for position, field in enumerate(fields, 1) if field.strip()), default=0)
    return fields[:end]


def as_text(value: object) -> str:
    """A cell as text: days and times in ISO form, numbers with every digit they have and no exponent.

    A whole number of more than 15 digits keeps its exponent: Excel no longer knows its last digits.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        if value == int(value):
            return str(int(value)) if abs(value) < EXACT_BELOW else f"{value:.15E}"
        return format(Decimal(repr(value)), "f")
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)  # date, time, timedelta


def _odd_cells(source: Source) -> dict[str, dict[tuple[int, int], str]]:
    """Cells that calamine shows as empty: errors such as #N/A, and formulas that were never calculated."""
    found: dict[str, dict[tuple[int, int], str]] = {}
    with zipfile.ZipFile(source.path) as archive:
        members = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= members:
            return found  # the binary form (xlsb) inside: nothing to look up
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        for entry in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
            target = targets.get(entry.get(f"{_REL}id"), "")
            member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if member in members:
                found[entry.get("name", "")] = _odd_in(archive.read(member))
    return found


def _odd_in(xml: bytes) -> dict[tuple[int, int], str]:
    if b"<f" not in xml and b't="e"' not in xml:
        return {}
    odd = {}
    for letters, row, attributes, content in _CELL.findall(xml):
        value = re.search(rb"<v>(.+?)</v>", content)  # some writers leave <v></v> for Excel to fill
        if b't="e"' in attributes and value:
            odd[int(row), _column(letters)] = value[1].decode("utf-8")
        elif b"<f" in content and value is None and b't="str"' not in attributes:
            odd[int(row), _column(letters)] = NO_VALUE
    return odd


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
