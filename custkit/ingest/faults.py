"""Faults of records at reading: which rule, which column, which value, and what to do about it."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest.values import DAMAGED, FOREIGN, MISSING, NO_VALUE, UNREADABLE
from custkit.reading import RANKS

SCHEMA = pa.schema(
    [
        ("_record", pa.int64()),
        ("rank", pa.int64()),
        ("rule", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("message", pa.string()),
    ]
)
SHOWN = 80  # characters of a value

# A record without one of these is quarantined where the file has the column; other tables have their required ones.
KEYS = {"orders": ("customer_id", "order_date", "amount", "order_id")}

_TOTAL = r"(?:合\s*[计計]|[总總]\s*[计計]|小\s*[计計]|共\s*[计計]|汇\s*总|彙\s*總|累\s*[计計])"
_SUM = r"(?:grand\s+)?(?:sub-?\s?)?totals?"
# A cell that says nothing but total; and one that says whose: 华东小计, Total for East, 合计(共30笔).
TOTALS = rf"(?i)^\s*(?:{_TOTAL}|{_SUM}|sum)\s*[:：]?\s*$"
_TOTALS_LINE = (
    rf"(?i)^.{{0,20}}{_TOTAL}\s*[:：]?\s*[(（]?\s*共?\s*\d*\s*[笔筆条條行项項单單件]?\s*[)）]?\s*$"
    rf"|^(?:.{{0,20}}\s)?{_SUM}\s*[:：]?(?:\s+(?:for|of)\s.{{1,20}})?$|^\s*sum\s*[:：]?\s*$"
)

_BLANKS = " \t\u00a0\u3000\u200b\ufeff"  # that may stand around a header when parts were put together
_REPEATED = re.compile(r" \(\d+\)$")  # the mark of a header that stands twice in its row

_EXPECTED = {
    "id": "an id",
    "text": "text",
    "date": "a day that exists, written like the others of this column",
    "money": "an amount such as 1234.50",
    "number": "a number such as 1234.5",
    "integer": "a whole number",
    "scale": "a number on its scale",
}
_SAVE_IT = f"{NO_VALUE}; open the file in Excel and save it, then its values are stored"
_AGAIN = "correct it, or leave the line out"


def of_column(
    records: np.ndarray,
    column: str,
    kind: str,
    codes: np.ndarray,
    texts: pa.Array,
    *,
    is_key: bool,
    scale: str = "",
) -> list[pa.Table]:
    """Faults that the codes of one column tell of; a missing value is one only in a key."""
    found = []
    expected = scale or _EXPECTED[kind]
    for code, rule, message in (
        (MISSING, _missing_rule(column), f"{column} is missing: fill it in, or leave the line out"),
        (UNREADABLE, "unreadable_value", f"{column}: expected {expected}; {_AGAIN}"),
        (
            DAMAGED,
            "damaged_id",
            f"{column}: the id was shortened by a spreadsheet, or lost characters; export this column as text",
        ),
        (
            FOREIGN,
            "other_currency",
            f"{column}: marked in another currency; convert it, or leave the line out",
        ),
    ):
        rows = np.flatnonzero(codes == code)
        if len(rows) and (code != MISSING or is_key):
            values = texts.take(pa.array(rows))
            if code == UNREADABLE:
                is_empty = pc.fill_null(pc.equal(values, NO_VALUE), False)
                message = pc.if_else(is_empty, f"{column}: {_SAVE_IT}", message)
            found.append(of_rows(records[rows], rule, column, values, message))
    return found


def _missing_rule(column: str) -> str:
    rule = f"missing_{column}"
    return rule if rule in RANKS else "missing_value"


def of_rows(
    records: np.ndarray, rule: str, column: str, values: pa.Array, messages: str | pa.Array
) -> pa.Table:
    """The same fault in several records."""
    n = len(records)
    columns = [
        pa.array(records, pa.int64()),
        pa.array(np.full(n, RANKS[rule])),
        pa.repeat(rule, n),
        pa.repeat(column, n),
        pc.utf8_slice_codeunits(pc.fill_null(values, ""), 0, SHOWN),
        messages if isinstance(messages, pa.Array) else pa.repeat(messages, n),
    ]
    return pa.table(columns, schema=SCHEMA)


def together(tables: list[pa.Table]) -> pa.Table:
    """Faults of a batch by record and rank; a broken record, a totals line and a repeated header have no others."""
    table = pa.concat_tables([SCHEMA.empty_table(), *tables])
    whole = table.filter(pc.less(table["rank"], 3))["_record"]
    if len(whole):
        other = pc.and_(
            pc.greater_equal(table["rank"], 3), pc.is_in(table["_record"], whole.combine_chunks())
        )
        table = table.filter(pc.invert(other))
    return table.sort_by([("_record", "ascending"), ("rank", "ascending"), ("column", "ascending")])


def totals(columns: list[pa.Array], suspects: np.ndarray) -> np.ndarray:
    """Rows among the suspects (no id or no date) that hold a word such as 合计, 华东小计 or Total."""
    if not suspects.any():
        return np.empty(0, np.int64)
    rows = np.flatnonzero(suspects)
    hit = np.zeros(len(rows), bool)
    for column in columns:
        if pa.types.is_string(column.type):
            match = pc.match_substring_regex(column.take(pa.array(rows)), _TOTALS_LINE)
            hit |= pc.fill_null(match, False).to_numpy(zero_copy_only=False)
    return rows[hit]


def repeated_headers(columns: list[pa.Array], names: list[str]) -> np.ndarray:
    """Rows that say the headers again, in every column that has a text and a header of its own."""
    texts = [
        (column, name) for column, name in zip(columns, names, strict=True) if pa.types.is_string(column.type)
    ]
    if len(texts) < len(columns) or not texts:
        return np.empty(0, np.int64)
    rows = np.arange(len(columns[0]))
    for column, name in texts:
        if name.startswith("column "):
            continue
        said = pc.utf8_lower(pc.utf8_trim(column.take(pa.array(rows)), _BLANKS))
        known = {name.lower(), _REPEATED.sub("", name).lower()}
        same = pc.is_in(said, pa.array(sorted(known)))
        rows = rows[same.to_numpy(zero_copy_only=False)]
        if not len(rows):
            break
    return rows
