"""Periods that come as text: which year, half, quarter or month each one names, and so their order."""

import re
import unicodedata

import pandas as pd

PER_YEAR = {"year": 1, "half": 2, "quarter": 4, "month": 12}

_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4", "上": "1", "下": "2"}
_FORMS = (
    ("year", r"(?P<year>\d{4})(?:\.0)?(?:年度?)?"),  # 2023.0: a year that a workbook kept as a number
    ("half", r"(?P<year>\d{4})[\s/_.-]?H(?P<part>[12])"),
    ("half", r"H(?P<part>[12])[\s/_.-]?(?P<year>\d{4})"),
    ("half", r"(?P<year>\d{4})年?(?P<part>[上下])半年"),
    ("quarter", r"(?P<year>\d{4})[\s/_.年-]?Q(?P<part>[1-4])"),
    ("quarter", r"Q(?P<part>[1-4])[\s/_.-]?(?P<year>\d{4})"),
    ("quarter", r"(?P<year>\d{4})年?第?(?P<part>[1-4一二三四])季度?"),
    ("month", r"(?P<year>\d{4})[-/.年](?P<part>0?[1-9]|1[0-2])月?"),
    ("month", r"(?P<year>\d{4})(?P<part>0[1-9]|1[0-2])"),
    (
        "month",
        r"(?P<year>\d{4})[-/.年](?P<part>0?[1-9]|1[0-2])[-/.月]\d{1,2}日?(?: 00:00:00)?",
    ),  # a day of the month
)
_NAMES = {"year": "{year}", "half": "{year}H{part}", "quarter": "{year}Q{part}", "month": "{year}-{part:02d}"}


def ordered(periods: pd.Series) -> pd.DataFrame:
    """Kind, name and place in time of each period; without any order where one cannot be read or kinds are mixed.

    Returns
    -------
    one row per value of ``periods``, with its index
        ``kind`` year, half, quarter or month; ``period`` one spelling for all writings of the same period;
        ``number`` counts on from the first of its kind there is. Where there is no order: ``kind`` empty, ``period``
        as it came, trimmed, and ``number`` 0.
    """
    as_came = periods.astype("str").fillna("").str.strip()
    found = {text: _read(text) for text in as_came.unique()}
    if len({read[0] for read in found.values() if read}) != 1 or not all(found.values()):
        return pd.DataFrame({"kind": "", "period": as_came, "number": 0}, index=periods.index)
    read = pd.DataFrame(
        [found[text] for text in as_came], columns=["kind", "year", "part"], index=periods.index
    )
    per_year = read["kind"].map(PER_YEAR)
    number = read["year"] * per_year + read["part"] - 1
    names = [
        _NAMES[kind].format(year=year, part=part)
        for kind, year, part in zip(read["kind"], read["year"], read["part"], strict=True)
    ]
    return pd.DataFrame({"kind": read["kind"], "period": names, "number": number - number.min() + 1})


def _read(text: str) -> tuple[str, int, int] | None:
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    for kind, form in _FORMS:
        match = re.fullmatch(form, plain)
        if match:
            part = match.groupdict().get("part", "1")
            return kind, int(match["year"]), int(_NUMERALS.get(part, part))
    return None
