"""Headers of exports matched to the columns of the input tables; a doubt names its candidates, nothing is guessed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePosixPath

import yaml

from custkit import schema

_BRACKETS = re.compile(r"[(\[{【〔<]([^)\]}】〕>]*)[)\]}】〕>]")
_UNITS = {
    "百万": 10**6,
    "百萬": 10**6,
    "千万": 10**7,
    "千萬": 10**7,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
    "千": 1000,
}
_CENTS = {"分", "cents", "cent", "pence"}
_SECONDS = {
    "ms": "0.001",
    "毫秒": "0.001",
    "min": 60,
    "mins": 60,
    "minutes": 60,
    "分": 60,
    "分钟": 60,
    "分鐘": 60,
    "h": 3600,
    "hours": 3600,
    "小时": 3600,
    "小時": 3600,
}

# A unit that stands at the end without brackets: 金额/元, 销售额万元, Amount: USD.
_TAIL = re.compile(
    r"[/|,:]\s*((?:百万|百萬|千万|千萬|万|萬|亿|億|千)?(?:元|次|笔|筆|件|个|個|岁|歲|天|日|分|秒)|usd|cny|rmb|eur|gbp|hkd|twd|jpy|pcs)\s*$"
    r"|((?:百万|百萬|千万|千萬|万|萬|亿|億|千)元)\s*$"
)

# A note in brackets that makes another thing of the column: 金额(退款) is no amount of an order.
_OTHER = re.compile(
    r"退|取消|预算|預算|目标|目標|计划|計劃|预计|預計|去年|上年|上月|税额|稅額|运费|運費"
    r"|refund|return|cancel|budget|target|plan|forecast|previous|last (?:year|month)|tax$|shipping|freight"
)

_MONEY = {
    name for columns in schema.INPUTS.values() for name, column in columns.items() if column.kind == "money"
}

# Columns that tell nothing of a table, because others have them as well: answers stand in `feedback`.
_ANYONES = {"customer_values": {"top_category", "satisfaction"}, "feedback": {"channel", "date"}}

_WEAK = 10_000  # place of a word that counts only where no other header says the column

# Enough of a table's columns to tell it by its headers where the required ones alone would not.
_TELLING = {
    "customers": 1,  # at least one known column besides the id
    "customer_values": 1,
    "feedback": 1,
    "products": 1,
    "survey": 99,  # by name or mapping only: its columns are anyone's
    "survey_items": 2,
    "brand_ratings": 99,
    "population": 1,
    "plan_given": 3,
}


@dataclass(frozen=True)
class Match:
    """Which header serves which column of a table, and what stays in doubt."""

    columns: dict[str, int] = field(default_factory=dict)  # canonical name: position of the header, from 0
    doubts: dict[str, list[str]] = field(default_factory=dict)  # canonical name: headers that could be it
    passed_over: dict[str, list[str]] = field(default_factory=dict)  # date column: later candidates

    def missing(self, table: str) -> list[str]:
        """Required columns that no header serves; quantity and unit_price together serve amount."""
        required = [name for name, column in schema.INPUTS[table].items() if column.required]
        lacking = [name for name in required if name not in self.columns and name not in self.doubts]
        if table == "orders" and {"quantity", "unit_price"} <= set(self.columns):
            lacking = [name for name in lacking if name != "amount"]
        return lacking


def key(header: str) -> str:
    """A header without case, width, blanks, marks, and what stands in brackets."""
    text = unicodedata.normalize("NFKC", header).lower().strip()
    bare = _BRACKETS.sub(lambda note: note[1] if _OTHER.search(note[1]) else "", text)
    return re.sub(r"[\W_]+", "", _TAIL.sub("", bare)) or re.sub(r"[\W_]+", "", text)


def unit(header: str, column: str = "amount") -> Decimal:
    """What a number under this header is multiplied by: 10000 for 金额(万元), 0.01 for 金额(分).

    ``column`` is what it is read as: 分 are cents of money, minutes of ``seconds``, and points of anything else.
    """
    text = unicodedata.normalize("NFKC", header).lower().strip()
    tail = _TAIL.search(_BRACKETS.sub("", text))
    notes = [note.strip() for note in _BRACKETS.findall(text)] + ([tail[1] or tail[2]] if tail else [])
    for note in notes:
        note = re.sub(r"^[单單]位\s*:\s*", "", note)
        if column == "seconds" and note in _SECONDS:
            return Decimal(_SECONDS[note])
        if column in _MONEY and note in _CENTS:
            return Decimal("0.01")
        for word, factor in _UNITS.items():
            if note.startswith(word):
                return Decimal(factor)
    return Decimal(1)


@lru_cache(maxsize=1)
def _words() -> dict:
    with (Path(__file__).parent / "aliases.yml").open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@lru_cache(maxsize=1)
def _persons() -> frozenset[str]:
    return frozenset(map(key, _words()["persons"]))


def is_person(header: str) -> bool:
    """Whether a header that is no column of any table names a person, or the way to one."""
    return key(header) in _persons()


def is_customer_id(header: str) -> bool:
    """Whether a header names the customer by an id."""
    return key(header) in aliases()["customers"]["customer_id"]


@lru_cache(maxsize=1)
def aliases() -> dict[str, dict[str, dict[str, int]]]:
    """For each table and column its keys, with their place in the list."""
    words = _words()
    tables: dict[str, dict[str, dict[str, int]]] = {}
    for table, columns in schema.INPUTS.items():
        own = words["tables"].get(table, {})
        tables[table] = {}
        for column in columns:
            listed = [column, *own.get(column, []), *words["common"].get(column, [])]
            weak = words["weak"].get(column, [])
            tables[table][column] = {}
            for place, alias in [*enumerate(listed), *((_WEAK, alias) for alias in weak)]:
                tables[table][column].setdefault(key(alias), place)
    tables["names"] = {table: {key(word): 0 for word in names} for table, names in words["names"].items()}
    return tables


def known(fields: Sequence[str]) -> int:
    """How many fields are a header of any table."""
    every = {
        alias
        for table, columns in aliases().items()
        if table != "names"
        for keys in columns.values()
        for alias in keys
    }
    return sum(key(value) in every for value in fields if value.strip())


def match(headers: Sequence[str], table: str, taken: Sequence[int] = (), given: Sequence[str] = ()) -> Match:
    """Columns of ``table`` that the headers name, leaving out headers ``taken`` and columns ``given`` elsewhere.

    Two headers for one column are a doubt, but for days: there the first in the list of aliases is taken
    (of order dates ordering before paying before sending) and the others are reported.
    """
    columns, doubts, passed_over = {}, {}, {}
    keys = [key(header) for header in headers]
    for column, words in aliases()[table].items():
        if column in given:
            continue
        found = [position for position, name in enumerate(keys) if name in words and position not in taken]
        found.sort(key=lambda position: (words[keys[position]], position))
        strong = [position for position in found if words[keys[position]] < _WEAK]
        found = strong or found
        if len(found) > 1 and schema.INPUTS[table][column].kind == "date":
            passed_over[column] = [headers[position] for position in found[1:]]
        elif len(found) > 1:
            doubts[column] = [headers[position] for position in sorted(found)]
            continue
        if found:
            columns[column] = found[0]
    return Match(columns, doubts, passed_over)


def table_by_name(name: str, sheet: str) -> str:
    """The table that a sheet, a file or its folder is named for, or empty.

    A name may carry a date or a number before or after (``orders_2024-01.csv``, ``2024年订单.xlsx``); Chinese words
    are looked for anywhere in it, and count when they point to one table.
    """
    parts = [sheet, PurePosixPath(name).name.split(".")[0], *reversed(PurePosixPath(name).parent.parts)]
    for part in filter(None, parts):
        text = unicodedata.normalize("NFKC", part).lower()
        bare = re.sub(r"[\W\d_]+$", "", text)
        leading = re.split(r"[\W\d_]+", text)[0]
        for word in (bare, leading):
            for table, words in aliases()["names"].items():
                if word and key(word) in words:
                    return table
        inside = {
            table
            for table, words in aliases()["names"].items()
            for w in words
            if not w.isascii() and w in text
        }
        if len(inside) == 1:
            return inside.pop()
    return ""


def tables_by_headers(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """Tables that these headers can serve, best first: the one with most columns of its own.

    ``customers`` and ``customer_values`` may share a file, and need ids that do not repeat. Other tables
    that come out equal are a doubt: the caller asks.
    """
    fits: dict[str, int] = {}
    for table, columns in schema.INPUTS.items():
        found = match(headers, table)
        needed = sum(column.required for column in columns.values())
        telling = len({*found.columns, *found.doubts} - _ANYONES.get(table, set()))
        if found.missing(table) or telling < needed + _TELLING.get(table, 0):
            continue
        if table in ("customers", "customer_values") and not _is_unique(found, sample):
            continue
        if table == "orders" and "order_id" in {*found.columns, *found.doubts}:
            return [table]  # an order id stands on order lines only, whatever they tell of the customer
        fits[table] = telling
    if not fits:
        return []
    most = max(fits.values())
    best = [table for table, count in fits.items() if count == most]
    if best[0] in ("customers", "customer_values"):
        best += [table for table in ("customers", "customer_values") if table in fits and table not in best]
    return best


def _is_unique(found: Match, sample: Sequence[Sequence[str]]) -> bool:
    position = found.columns.get("customer_id")
    ids = [
        row[position]
        for row in sample
        if position is not None and len(row) > position and row[position].strip()
    ]
    return len(set(ids)) == len(ids)
