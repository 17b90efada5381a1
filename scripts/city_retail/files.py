"""The sample's files as a firm would have them: encodings, separators, headers, a workbook; the same bytes on every run."""

import csv
import datetime
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd
import xlsxwriter

from custkit.schema import INPUTS
from scripts.city_retail import dirt
from scripts.city_retail.dirt import NO_ROW, Page, Row

# Of the workbook's properties: nothing in a file may depend on the day on which it is written.
CREATED = datetime.datetime(2026, 1, 5, 9, 0)
GZIP_LEVEL = 9

MAPPING = """\
# Yunfan, a made-up retailer: what the headers of its exports cannot say.
currency: CNY # amounts marked otherwise are set aside
as_of: {as_of} # the day of the export; a few lines carry later days by mistake, so the last one is no guide
outcome_attribute: overall # of the brand ratings: the other attributes are weighed by what goes with it
"""

_ISO = re.compile(r"[12]\d{3}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _slashes(day: str) -> str:
    return f"{day[:4]}/{int(day[5:7])}/{int(day[8:10])}{day[10:]}"


@dataclass(frozen=True)
class Layout:
    """How one file, or one sheet of a workbook, is written."""

    file: str
    table: str
    sheet: str = ""
    encoding: str = "utf-8"
    separator: str = ","
    newline: str = "\n"
    headers: dict[str, str] = field(default_factory=dict)  # canonical name: header; else the canonical name
    top: tuple[str, ...] = ()  # lines above the header
    day: Callable[[str], str] = str  # how an ISO day or time is written
    year: str = ""  # of the orders in this file
    words: dict[str, str] = field(default_factory=dict)  # of the column `kind`, as this system calls them


_NEW_SHOP = {
    "order_id": "Order No", "customer_id": "Customer No", "order_date": "Order Time", "product_id": "SKU", "quantity": "Qty",
    "unit_price": "Unit Price", "amount": "Amount", "discount": "Discount Amount", "channel": "Channel", "campaign": "Campaign Name",
}  # fmt: skip
_FEEDBACK = {
    "customer_id": "客户编号", "date": "反馈日期", "satisfaction": "满意度", "recommend": "推荐意愿", "kind": "类型", "text": "内容",
    "channel": "渠道", "responded_at": "响应时间", "resolved_at": "解决时间",
}  # fmt: skip
_FEEDBACK_KINDS = {"survey": "问卷", "complaint": "投诉", "suggestion": "建议"}
WORKBOOK = "market.xlsx"
LAYOUTS = (
    Layout("orders_2023.csv.gz", "orders", year="2023"),
    Layout("orders_2024.csv.gz", "orders", year="2024"),
    Layout(
        "orders_2025.csv", "orders", year="2025", encoding="utf-8-sig", separator=";", headers=_NEW_SHOP, top=("sep=;",),
        day=_slashes,
    ),
    Layout("products.csv", "products"),
    Layout("customers.csv", "customers", top=("Member export",)),
    Layout("feedback.csv", "feedback", encoding="gb18030", newline="\r\n", headers=_FEEDBACK, words=_FEEDBACK_KINDS),
    Layout("survey.csv", "survey"),
    Layout("survey_items.csv", "survey_items", top=("Items of the survey of 2025",)),
    Layout("activity.csv.gz", "activity"),
    Layout("brand_ratings.csv", "brand_ratings"),
    Layout(WORKBOOK, "brands", "brands", top=("Scorecard of the brands",)),
    Layout(WORKBOOK, "brand_use", "brand_use"),
    Layout(WORKBOOK, "market", "market", top=("Market panel, CNY", "")),
    Layout(WORKBOOK, "population", "population"),
    Layout("actuals.csv", "actuals", newline="\r\n"),
)  # fmt: skip


def write(tables: dict[str, pd.DataFrame], out: Path, truth: Path, seed: int, *, as_of: str) -> None:
    """All files of the sample into ``out``, and the key of their dirt into ``truth``.

    Parameters
    ----------
    tables : clean tables by name, with canonical columns (``World.tables``)
    out, truth : folders, made where they are missing; files of the same names are replaced
    seed : of the sample; the dirt has streams of its own
    as_of : ISO day of the export
    """
    out.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    layouts = [layout for layout in LAYOUTS if layout.table in tables]
    pages = _pages(tables, layouts)
    planted = dirt.soil(pages, seed)
    for layout, page in zip(layouts, pages, strict=True):
        _restyle(page, layout.day)
        if not page.sheet:
            (out / layout.file).write_bytes(_packed(layout, _text(page, layout)))
    sheets = [page for page in pages if page.sheet]
    if sheets:
        _write_workbook(out / WORKBOOK, sheets)
    (out / "mapping.yml").write_text(MAPPING.format(as_of=as_of), encoding="utf-8", newline="\n")
    _write_table(truth / "dirt.csv", dirt.key(planted))
    _write_table(truth / "accounts.csv", dirt.accounts(pages))


def _pages(tables: dict[str, pd.DataFrame], layouts: list[Layout]) -> list[Page]:
    records = {name: dirt.records(frame, name) for name, frame in tables.items()}
    pages = []
    for layout in layouts:
        columns = list(tables[layout.table].columns)
        rows = records[layout.table]
        if layout.year:
            at = columns.index("order_date")
            rows = [row for row in rows if row.cells[at].startswith(layout.year)]
        if layout.words:
            at = columns.index("kind")
            for row in rows:
                row.cells[at] = layout.words[row.cells[at]]
        page = Page(
            layout.table,
            layout.file,
            layout.sheet,
            "" if layout.sheet else layout.separator,
            columns,
            [layout.headers.get(name, name) for name in columns],
            rows,
            [Row([line], None, NO_ROW) for line in layout.top],
        )
        pages.append(page)
    return pages


def _restyle(page: Page, day: Callable[[str], str]) -> None:
    """Days as this file writes them; what is dirty in a way of its own stays as it is."""
    if day is str:
        return
    kinds = INPUTS[page.table]
    for position, name in enumerate(page.columns):
        if name in kinds and kinds[name].kind == "date":
            for row in page.rows:
                if len(row.cells) > position and _ISO.fullmatch(row.cells[position]):
                    row.cells[position] = day(row.cells[position])


def _text(page: Page, layout: Layout) -> str:
    """The file's text; every row learns the physical line on which it begins."""
    parts, line = [], 1
    for row in [*page.top, Row(page.headers), *page.rows]:
        # What is no record is no field either: a spreadsheet knows its hint sep=; only as it stands.
        cells = row.cells if row.fate == NO_ROW else [_quoted(cell, page.separator) for cell in row.cells]
        row.text = row.damage(cells, page.separator) if row.damage else page.separator.join(cells)
        row.line = line
        line += 1 + row.text.count("\n")
        parts.append(row.text + layout.newline)
    return "".join(parts)


def _quoted(cell: str, separator: str) -> str:
    if separator in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _packed(layout: Layout, text: str) -> bytes:
    data = text.encode(layout.encoding)
    if not layout.file.endswith(".gz"):
        return data
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", GZIP_LEVEL, packed, mtime=0) as file:
        file.write(data)
    return packed.getvalue()


def _write_workbook(path: Path, pages: list[Page]) -> None:
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": CREATED, "title": "Market of Yunfan (made up)"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for page in pages:
        sheet = book.add_worksheet(page.sheet)
        kinds = [INPUTS[page.table][name].kind for name in page.columns]
        header = Row(page.headers)
        for at, row in enumerate([*page.top, header, *page.rows]):
            row.line, row.text = at + 1, ", ".join(row.cells)
            for column, cell in enumerate(row.cells):
                is_record = row is not header and row.fate != NO_ROW
                _write_cell(sheet, at, column, cell, kinds[column] if is_record else "text", day)
    book.close()


def _write_cell(sheet, row: int, column: int, cell: str, kind: str, day) -> None:
    """A cell of its own type where the text is as clean as that; everything else as the text that somebody typed."""
    if cell.startswith("="):
        sheet.write_formula(row, column, cell, value="")
    elif cell.startswith("#"):
        sheet.write_formula(row, column, "=1/0", value=cell)
    elif kind in ("number", "money", "integer", "scale") and _NUMBER.fullmatch(cell):
        sheet.write_number(row, column, float(Decimal(cell)))
    elif kind == "date" and _ISO.fullmatch(cell):
        sheet.write_datetime(row, column, datetime.datetime.fromisoformat(cell), day)
    elif cell:
        sheet.write_string(row, column, cell)


def _write_table(path: Path, lines: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
