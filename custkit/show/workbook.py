"""workbook.xlsx of a region: the two tables of document 002, contact lists, labels, findings; the only writer of Excel."""

import datetime
import io
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from custkit.show import parts, sheets
from custkit.show.sheets import Sheet, Source
from custkit.words import Words

MOST_ROWS = 1_048_575  # of a sheet, below its header
MOST_CHARACTERS = 32_767  # of a cell, as Excel counts them
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMATS = {
    "money": "#,##0.00",
    "share": "0.0%",
    "day": "yyyy-mm-dd",
    "rating": "0.0",
    "count": "#,##0",
    "number": "#,##0.00",
}
_WIDEST, _LONG = 60, 40  # characters of a column; from here on its text is wrapped
_LOOKED_AT = 500  # rows, to tell the width of a column


def region(folder: Path, *, row: dict, words: Words, ledger: dict, facts: dict, scratch: Path) -> bytes:
    """The workbook of a region; the same tables give the same bytes.

    Parameters
    ----------
    folder : ``regions/<slug>`` with the region's tables; the run's own stand in ``tables`` two folders up
    row : ``region`` (name) and ``customers``
    ledger : the document of ledger.json
    facts : ``run`` (name of the data)
    scratch : private folder for what does not fit into memory

    Returns
    -------
    an xlsx file. Text is written as text, whatever it begins with; letters that a workbook cannot hold are left out,
    and a text is cut where a cell ends, and says so. What does not fit a sheet is cut too: "About" says it.
    """
    as_of = pd.Timestamp(ledger["as_of"]) if ledger["as_of"] else None
    source = Source(folder=folder, region=row["region"], as_of=as_of, words=words, ledger=ledger)
    made = sheets.sheets(source)
    return write([*made, _about(made, source, row, facts)], words, created=as_of, scratch=scratch)


def write(tables: Iterable[Sheet], words: Words, *, created: pd.Timestamp | None, scratch: Path) -> bytes:
    """Sheets as the bytes of a workbook."""
    content = io.BytesIO()
    options = {
        "constant_memory": True,
        "tmpdir": str(scratch),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        # Not the time of day: equal tables are to give equal bytes.
        book.set_properties({"created": (created or pd.Timestamp(2000, 1, 1)).to_pydatetime()})
        styles = {
            name: book.add_format({"num_format": form, "valign": "top"}) for name, form in _FORMATS.items()
        }
        styles |= {"text": book.add_format({"valign": "top"})}
        styles |= {"long": book.add_format({"valign": "top", "text_wrap": True})}
        styles |= {
            "head": book.add_format({"bold": True, "bg_color": "#D9DEE3", "bottom": 1, "text_wrap": True})
        }
        for sheet in tables:
            _write_sheet(book, sheet, styles, words)
    return content.getvalue()


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, styles: dict, words: Words) -> None:
    page = book.add_worksheet(sheet.name)
    table = sheet.table.head(MOST_ROWS)
    kinds = [sheet.formats.get(header) or _kind(table[header]) for header in table.columns]
    page.freeze_panes(1, 1)
    if len(table.columns):
        page.autofilter(0, 0, len(table), len(table.columns) - 1)
    for place, (header, kind) in enumerate(zip(table.columns, kinds, strict=True)):
        page.set_column(place, place, _width(header, table[header], kind))
        page.write_string(0, place, _held(header, words), styles["head"])
    columns = [_values(table[header], kind) for header, kind in zip(table.columns, kinds, strict=True)]
    wraps = [
        kind == "text" and _width(h, table[h], kind) > _LONG
        for h, kind in zip(table.columns, kinds, strict=True)
    ]
    for line, values in enumerate(zip(*columns, strict=True), start=1):
        for place, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str):
                page.write_string(
                    line, place, _held(value, words), styles["long" if wraps[place] else "text"]
                )
            elif isinstance(value, datetime.datetime):
                page.write_datetime(line, place, value, styles["day"])
            else:
                kind = kinds[place]
                page.write_number(line, place, value, styles["count" if kind == "text" else kind])


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "day"
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "text"
    return "count" if pd.api.types.is_integer_dtype(column) else "number"


def _values(column: pd.Series, kind: str) -> list:
    """As a cell takes them: None where nothing is, days as days, numbers as numbers, everything else as text."""
    if kind == "day":
        return [None if pd.isna(day) else day.to_pydatetime() for day in pd.to_datetime(column)]
    return [_value(value) for value in column]


def _value(value: object) -> object:
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return str(value)
    return value if np.isfinite(value) else None


def _held(text: str, words: Words) -> str:
    """Text as a cell can hold it; what was cut says so."""
    clean = _NOT_IN_XML.sub("", text)
    if len(clean) * 2 <= MOST_CHARACTERS or _units(clean) <= MOST_CHARACTERS:
        return clean
    note = words("workbook.cut")
    room = 2 * (MOST_CHARACTERS - _units(note))
    return clean.encode("utf-16-le")[:room].decode("utf-16-le", errors="ignore") + note


def _units(text: str) -> int:
    """Characters as Excel counts them: those beyond the basic plane are two."""
    return len(text.encode("utf-16-le")) // 2


def _width(header: str, column: pd.Series, kind: str) -> float:
    """Room for the header and the first values; Chinese characters take two places."""
    texts = [header, *("x" * 12 for _ in [1] if kind == "day")]
    if kind == "text":
        texts += [str(value) for value in column.head(_LOOKED_AT) if not pd.isna(value)]
    elif kind != "day":
        texts += [f"{value:,.2f}" for value in column.head(_LOOKED_AT) if not pd.isna(value)]
    longest = max(sum(2 if ord(char) > 0x2E80 else 1 for char in text) for text in texts)
    return min(_WIDEST, longest + 3)


def _about(made: list[Sheet], source: Source, row: dict, facts: dict) -> Sheet:
    """What the workbook holds: the data, the day and the currency, then each sheet and its columns."""
    words = source.words
    unknown = words("page.facts.unknown")
    rows = [
        (words("page.facts.data"), "", facts["run"]),
        (words("column.region"), "", parts.region_name(row["region"], words)),
        (words("column.customers"), "", f"{row['customers']:,}"),
        (words("page.facts.as_of"), "", source.ledger["as_of"] or unknown),
        (words("page.facts.currency"), "", source.ledger["currency"] or unknown),
        (words("workbook.about.people"), "", words("workbook.about.people.text")),
    ]
    for sheet in made:
        rows.append((sheet.name, "", sheet.about))
        if len(sheet.table) > MOST_ROWS:
            cut = words("workbook.about.cut", kept=MOST_ROWS, rows=len(sheet.table))
            rows.append((sheet.name, "", cut))
        rows += [(sheet.name, header, meaning) for header, meaning in sheet.columns.items()]
    headers = [words(f"workbook.header.{name}") for name in ("sheet", "column", "meaning")]
    return Sheet(words("workbook.sheet.about"), pd.DataFrame(rows, columns=headers, dtype="str"), "")
