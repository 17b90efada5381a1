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

# Columns that tell nothing of a table, because others have them as well: answers stand in `feedback`.
_ANYONES = {"customer_values": {"top_category", "satisfaction"}}

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
    "plan_given": 99,
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
    text = unicodedata.normalize("NFKC", header).lower()
    bare = re.sub(r"[\W_]+", "", _BRACKETS.sub("", text))
    return bare or re.sub(r"[\W_]+", "", text)


def unit(header: str) -> Decimal:
    """What a number under this header is multiplied by: 10000 for 金额(万元), 0.01 for 金额(分)."""
    for note in _BRACKETS.findall(unicodedata.normalize("NFKC", header)):
        note = note.strip().lower()
        if note in _CENTS:
            return Decimal("0.01")
        for word, factor in _UNITS.items():
            if note.startswith((word, f"单位:{word}", f"單位:{word}")):
                return Decimal(factor)
    return Decimal(1)


@lru_cache(maxsize=1)
def _aliases() -> dict[str, dict[str, dict[str, int]]]:
    """For each table and column its keys, with their place in the list."""
    with (Path(__file__).parent / "aliases.yml").open(encoding="utf-8") as file:
        words = yaml.safe_load(file)
    tables: dict[str, dict[str, dict[str, int]]] = {}
    for table, columns in schema.INPUTS.items():
        own = words["tables"].get(table, {})
        tables[table] = {}
        for column in columns:
            listed = [column, *own.get(column, []), *words["common"].get(column, [])]
            tables[table][column] = {}
            for place, alias in enumerate(listed):
                tables[table][column].setdefault(key(alias), place)
    tables["names"] = {table: {key(word): 0 for word in names} for table, names in words["names"].items()}
    return tables


def known(fields: Sequence[str]) -> int:
    """How many fields are a header of any table."""
    every = {
        alias
        for table, columns in _aliases().items()
        if table != "names"
        for keys in columns.values()
        for alias in keys
    }
    return sum(key(value) in every for value in fields if value.strip())


def match(headers: Sequence[str], table: str, taken: Sequence[int] = (), given: Sequence[str] = ()) -> Match:
    """Columns of ``table`` that the headers name, leaving out headers ``taken`` and columns ``given`` elsewhere.

    Two headers for one column are a doubt, but for order dates: there the first in the list of
    aliases is taken (ordering before paying before sending) and the others are reported.
    """
    columns, doubts, passed_over = {}, {}, {}
    keys = [key(header) for header in headers]
    for column, aliases in _aliases()[table].items():
        if column in given:
            continue
        found = [position for position, name in enumerate(keys) if name in aliases and position not in taken]
        found.sort(key=lambda position: (aliases[keys[position]], position))
        if len(found) > 1 and column == "order_date":
            passed_over[column] = [headers[position] for position in found[1:]]
        elif len(found) > 1:
            doubts[column] = [headers[position] for position in sorted(found)]
            continue
        if found:
            columns[column] = found[0]
    _resolve_shared(headers, keys, columns, doubts, table)
    return Match(columns, doubts, passed_over)


def _resolve_shared(headers: Sequence[str], keys: list[str], columns: dict, doubts: dict, table: str) -> None:
    """One header that two columns claim serves the one in whose list it stands first; equal claims are a doubt."""
    for position in set(columns.values()):
        claimants = [column for column, at in columns.items() if at == position]
        if len(claimants) < 2:
            continue
        places = {column: _aliases()[table][column][keys[position]] for column in claimants}
        best = min(places.values())
        winners = [column for column in claimants if places[column] == best]
        for column in claimants:
            if column not in winners[:1] or len(winners) > 1:
                del columns[column]
        if len(winners) > 1:
            doubts[winners[0]] = [f"{headers[position]} (or {', '.join(winners[1:])})"]


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
            for table, words in _aliases()["names"].items():
                if word and key(word) in words:
                    return table
        inside = {
            table
            for table, words in _aliases()["names"].items()
            for w in words
            if not w.isascii() and w in text
        }
        if len(inside) == 1:
            return inside.pop()
    return ""


def tables_by_headers(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """Tables that these headers can serve, best first: the one with most columns of its own.

    ``customers`` and ``customer_values`` may share a file, and need ids that do not repeat.
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
