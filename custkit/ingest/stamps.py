"""Texts of dates taken apart into numbers, by format; which number is the day is decided elsewhere."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest.values import cleaned

DAY = 86_400
NO_ZONE = 10**6
EPOCHS = ("epoch seconds", "epoch milliseconds")

_SERIAL_ZERO = -2_209_161_600  # 1899-12-30 as seconds from 1970: day 0 of Excel's serial numbers
_SERIALS = (20_000, 73_050)  # 1954 to 2099

# Most exports: three numbers, perhaps a time, perhaps a zone. Read by vector operations.
_COMMON = (
    r"^(?P<a>\d{1,4})\s?(?P<sep>[-/.年])\s?(?P<b>\d{1,2})\s?[-/.月]\s?(?P<c>\d{1,4})\s?日?"
    r"(?:[ T]*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?\s?(?P<hours>[+-]\d{2})?)?"
    r"\s?(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
# A weekday before or behind the date says nothing that the date does not.
_WEEKDAY = re.compile(
    r"[\s,]*[(（]?(?:星期|周|週|礼拜|禮拜)[一二三四五六日天][)）]?[\s,]*"
    r"|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?[\s,]+"
    r"|[\s,]+[(]?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[)]?$",
    re.IGNORECASE,
)
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_CLOCK = re.compile(
    r"^(?P<before>上午|下午|晚上|AM|PM)?\s*(?P<h>\d{1,2})[::时時](?P<m>\d{2})(?:[:分](?P<s>\d{2})秒?(?:\.\d+)?)?分?\s*(?P<after>AM|PM|上午|下午)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Stamps:
    """Distinct texts of a column taken apart; number columns hold -1 where there is nothing."""

    kind: np.ndarray  # name of the format, "" where none fits
    parts: np.ndarray  # three numbers in the order in which they stand
    widths: np.ndarray  # digits of the first and the last
    clock: np.ndarray  # seconds of the day, -1 without a time
    zone: np.ndarray  # seconds east of UTC, NO_ZONE without
    bad_clock: np.ndarray


def take_apart(values: pa.Array) -> Stamps:
    """Distinct texts into numbers, by format."""
    n = len(values)
    stamps = Stamps(
        np.full(n, "", dtype=object),
        np.full((n, 3), -1, np.int64),
        np.zeros((n, 2), np.int64),
        np.full(n, -1, np.int64),
        np.full(n, NO_ZONE, np.int64),
        np.zeros(n, bool),
    )
    rest = _take_matching(stamps, values, np.arange(n))
    texts = {
        position: _WEEKDAY.sub(" ", cleaned(text)).strip()
        for position, text in zip(rest, values.take(pa.array(rest)).to_pylist(), strict=True)
        if text
    }
    # Full-width digits and blanks around a date are common; what is cleaned gets the fast way too.
    left = _take_matching(stamps, pa.array(texts.values(), pa.string()), np.array(list(texts), np.int64))
    for position in left:
        _take_rare(stamps, position, texts[position])
    return stamps


def _take_matching(stamps: Stamps, values: pa.Array, at: np.ndarray) -> np.ndarray:
    """Take the values of the common form, and return the positions of the others."""
    found = pc.extract_regex(values, _COMMON)
    hit = found.is_valid().to_numpy(zero_copy_only=False)
    if hit.any():
        _take_common(stamps, found.filter(pa.array(hit)), at[hit])
    return at[~hit]


def _take_common(stamps: Stamps, found: pa.StructArray, at: np.ndarray) -> None:
    def number(name: str) -> np.ndarray:
        texts = found.field(name)
        filled = pc.if_else(pc.equal(texts, ""), "-1", texts)
        return filled.cast(pa.int64()).to_numpy(zero_copy_only=False)

    a, b, c, h, m, s = (number(name) for name in "abchms")
    wide_a = pc.utf8_length(found.field("a")).to_numpy(zero_copy_only=False)
    wide_c = pc.utf8_length(found.field("c")).to_numpy(zero_copy_only=False)
    separator = found.field("sep").to_numpy(zero_copy_only=False)
    year_first = (wide_a == 4) & (wide_c <= 2)
    kind = np.where(year_first, "year, month, day", "")
    kind = np.where((wide_a <= 2) & (wide_c == 4), "day and month, year", kind)
    kind = np.where(
        (wide_a <= 2) & (wide_c <= 2),
        np.where(separator == "年", "two-digit year 年", "two-digit year"),
        kind,
    )
    stamps.kind[at] = kind.astype(object)
    stamps.parts[at] = np.column_stack([a, b, c])
    stamps.clock[at] = np.where(h >= 0, h * 3600 + np.maximum(m, 0) * 60 + np.maximum(s, 0), -1)
    stamps.bad_clock[at] = (h > 23) | (m > 59) | (s > 59)
    # A zone may be told in hours alone (+08, as PostgreSQL writes it), but only behind a time.
    told = pc.binary_join_element_wise(found.field("hours"), found.field("z"), "")
    zones = told.to_pylist() if pc.any(pc.not_equal(told, "")).as_py() else []
    for position, zone in zip(at, zones, strict=False):
        if zone:
            stamps.zone[position] = _offset(zone)


def _offset(zone: str) -> int:
    if zone in ("Z", "UTC", "GMT"):
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _take_rare(stamps: Stamps, position: int, text: str) -> None:
    """Formats that few columns have: compact, serial, epoch, month names, Chinese clocks, months without a day."""
    for pattern, take in _RARE:
        if match := pattern.match(text):
            take(stamps, position, match)
            return


def _compact(stamps: Stamps, position: int, match: re.Match) -> None:
    digits = match[1]
    stamps.kind[position] = "yyyymmdd"
    stamps.parts[position] = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    if len(digits) == 14:
        hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
        stamps.clock[position] = hour * 3600 + minute * 60 + second
        stamps.bad_clock[position] = hour > 23 or minute > 59 or second > 59


def _from_seconds(kind: str, stamps: Stamps, position: int, seconds: int) -> None:
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    stamps.kind[position] = kind
    stamps.parts[position] = stamp.year, stamp.month, stamp.day
    stamps.clock[position] = seconds % DAY


def _serial(stamps: Stamps, position: int, match: re.Match) -> None:
    days = float(match[1])
    if _SERIALS[0] <= days <= _SERIALS[1]:
        _from_seconds("Excel serial", stamps, position, _SERIAL_ZERO + round(days * DAY))
        if days == int(days):
            stamps.clock[position] = -1


def _epoch(stamps: Stamps, position: int, match: re.Match) -> None:
    digits = match[1]
    kind = "epoch seconds" if len(digits) == 10 else "epoch milliseconds"
    seconds = int(digits) if len(digits) == 10 else int(digits) // 1000
    _from_seconds(kind, stamps, position, seconds)


def _month_only(stamps: Stamps, position: int, match: re.Match) -> None:
    stamps.kind[position] = "year and month"
    stamps.parts[position] = int(match[1]), int(match[2]), 1


def _month_name(stamps: Stamps, position: int, match: re.Match) -> None:
    found = match.groupdict()
    stamps.kind[position] = "month name"
    stamps.parts[position] = int(found["y"]), _MONTHS[found["n"].lower()[:3]], int(found["d"])
    _take_clock(stamps, position, found["rest"])


def _with_clock(stamps: Stamps, position: int, match: re.Match) -> None:
    """A common date followed by a clock that is none of the common ones."""
    day = take_apart(pa.array([match[1]]))
    stamps.kind[position] = day.kind[0]
    stamps.parts[position] = day.parts[0]
    _take_clock(stamps, position, match[2])


def _take_clock(stamps: Stamps, position: int, text: str) -> None:
    text = text.strip(" ,T")
    if not text:
        return
    match = _CLOCK.match(text)
    if match is None:
        stamps.bad_clock[position] = True
        return
    hour, minute, second = int(match["h"]), int(match["m"]), int(match["s"] or 0)
    half = (match["before"] or match["after"] or "").upper()
    if half in ("PM", "下午", "晚上") and hour < 12:
        hour += 12
    elif half in ("AM", "上午") and hour == 12:
        hour = 0
    stamps.clock[position] = hour * 3600 + minute * 60 + second
    stamps.bad_clock[position] = hour > 23 or minute > 59 or second > 59


_NAME = "(?P<n>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_RARE: tuple[tuple[re.Pattern, Callable[[Stamps, int, re.Match], None]], ...] = (
    (re.compile(r"^(\d{8}|\d{14})(?:\.0)?$"), _compact),
    (re.compile(r"^(\d{5}(?:\.\d+)?)$"), _serial),
    (re.compile(r"^(\d{10}|\d{13})(?:\.0)?$"), _epoch),
    (re.compile(r"^(\d{4})[-/.年](\d{1,2})月?$"), _month_only),
    (
        re.compile(rf"^(?P<d>\d{{1,2}})[-\s./]{_NAME}[-\s.,/]+(?P<y>\d{{4}})(?P<rest>.*)$", re.IGNORECASE),
        _month_name,
    ),
    (
        re.compile(
            rf"^{_NAME}[-\s.]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-\s,]+(?P<y>\d{{4}})(?P<rest>.*)$",
            re.IGNORECASE,
        ),
        _month_name,
    ),
    (re.compile(r"^(\d{1,4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,4}\s?日?)[\sT]*(\S.*)$"), _with_clock),
)
