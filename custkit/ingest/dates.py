"""Days and times: one rule a column, decided on the evidence of all its values, reported, never guessed in silence."""

from collections import Counter
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest.stamps import DAY, EPOCHS, NO_ZONE, Stamps, take_apart
from custkit.ingest.values import MISSING, OK, UNREADABLE, Parsed, as_text, distinct, is_missing

_PIVOT = 69  # two-digit years from here on are of the last century (POSIX)


@dataclass
class DateEvidence:
    """What the values of a date column say about how it is written."""

    formats: Counter = field(default_factory=Counter)  # distinct values by format
    first_is_day: int = 0  # values such as 25/01/2024
    second_is_day: int = 0  # values such as 01/25/2024
    open_order: int = 0  # values such as 03/04/2024
    two_digit: dict[str, int] = field(
        default_factory=lambda: {"YMD": 0, "DMY": 0, "MDY": 0}
    )  # values each order fits
    two_digit_values: int = 0
    years: dict[str, set[int]] = field(default_factory=lambda: {"YMD": set(), "DMY": set()})
    zones: Counter = field(default_factory=Counter)  # seconds east of UTC
    has_time: bool = False
    epoch: int = 0

    def add(self, column: pa.Array) -> None:
        """Take a batch into account."""
        if pa.types.is_temporal(column.type):
            self.formats[str(column.type).split("[")[0]] += len(column) - column.null_count
            self.has_time = self.has_time or _has_time(column)
            return
        stamps = take_apart(pc.unique(as_text(column)))
        self.formats.update(kind for kind in stamps.kind if kind)
        self.has_time = self.has_time or bool((stamps.clock > 0).any())
        self.epoch += int(np.isin(stamps.kind, EPOCHS).sum())
        self.zones.update(int(zone) for zone in stamps.zone[stamps.zone != NO_ZONE])
        a, b, c = stamps.parts.T
        full = stamps.kind == "day and month, year"
        day_first, day_second = full & (a > 12) & (b <= 12), full & (b > 12) & (a <= 12)
        self.first_is_day += int(day_first.sum())
        self.second_is_day += int(day_second.sum())
        self.open_order += int((full & (a <= 12) & (b <= 12) & (a != b)).sum())
        short = stamps.kind == "two-digit year"
        self.two_digit_values += int(short.sum())
        self.two_digit["YMD"] += int((short & (b <= 12) & (c <= 31)).sum())
        self.two_digit["DMY"] += int((short & (b <= 12) & (a <= 31)).sum())
        self.two_digit["MDY"] += int((short & (a <= 12) & (b <= 31)).sum())
        self.years["YMD"].update(a[short].tolist())
        self.years["DMY"].update(c[short].tolist())


@dataclass(frozen=True)
class DateRule:
    """How the values of one column are read."""

    order: str = "DMY"  # of three numbers that end in a year of four digits
    short_order: str = "YMD"  # of three numbers with a year of two
    open_values: bool = True  # values that fit both orders are read; False: the column contradicts itself
    zone: str | int = ""  # name, or seconds east of UTC, that stamps with a zone are turned to
    has_time: bool = False


def decide(
    evidence: DateEvidence, date_order: str = "", timezone: str = ""
) -> tuple[DateRule, list[tuple[str, dict[str, object]]]]:
    """The rule for a column, and warnings (code, what its sentence says) where it took something for granted.

    Day before month or after is decided by values above 12, then by ``date_order``, then assumed
    (day first) with a warning. A column with values of both kinds keeps the order of at least nine in
    ten of them; with less, values that fit both orders are left unread.
    """
    warnings = []
    day_first, day_second = evidence.first_is_day, evidence.second_is_day
    total = day_first + day_second
    if total:
        order = "DMY" if day_first >= day_second else "MDY"
        order = date_order if day_first and day_second and date_order in ("DMY", "MDY") else order
    else:
        order = date_order if date_order in ("DMY", "MDY") else "DMY"
    contradiction = bool(day_first and day_second)
    clear = not contradiction or date_order in ("DMY", "MDY") or max(day_first, day_second) >= 0.9 * total
    if contradiction:
        seen = {"day_first": day_first, "month_first": day_second}
        if clear:
            warnings.append(("ambiguous_date", {"key": "mixed", "order": order, **seen}))
        else:
            warnings.append(("ambiguous_date", {"key": "unsettled", **seen}))
    elif not total and evidence.open_order and not date_order:
        warnings.append(("ambiguous_date", {"key": "assumed"}))
    short = _short_order(evidence, date_order)
    if evidence.two_digit_values:
        warnings.append(("two_digit_year", {"order": short}))
        if not date_order and len(_fitting_orders(evidence)) > 1:
            warnings.append(("ambiguous_date", {"key": "two_digits", "order": short}))
    zone: str | int = timezone
    if evidence.zones and not timezone:
        zone = min(evidence.zones, key=lambda offset: (-evidence.zones[offset], offset))
    if evidence.zones:
        zones = [_zone_name(offset) for offset in sorted(evidence.zones)]
        target = timezone or _zone_name(int(zone))
        if len(evidence.zones) > 1 or not timezone:
            warnings.append(("time_zones", {"zones": zones, "target": target}))
    if evidence.epoch:
        warnings.append(("epoch", {"target": timezone or "UTC"}))
    return DateRule(order, short, clear, zone, evidence.has_time), warnings


def _short_order(evidence: DateEvidence, date_order: str) -> str:
    """Order of three numbers with a two-digit year: the one that fits most values.

    Between equals the given one, then the one under which the values lie in fewer years.
    """
    fitting = _fitting_orders(evidence)
    if date_order in fitting:
        return date_order
    if {"YMD", "DMY"} <= set(fitting) and len(evidence.years["DMY"]) < len(evidence.years["YMD"]):
        return "DMY"
    return fitting[0]


def _fitting_orders(evidence: DateEvidence) -> list[str]:
    most = max(evidence.two_digit.values())
    return [order for order, count in evidence.two_digit.items() if count == most]


def _zone_name(offset: int) -> str:
    sign = "-" if offset < 0 else "+"
    return f"UTC{sign}{abs(offset) // 3600:02d}:{abs(offset) // 60 % 60:02d}" if offset else "UTC"


def parse_dates(column: pa.Array, rule: DateRule = DateRule()) -> Parsed:
    """Days as date32; ``extra["time"]`` holds HH:MM:SS, or null where the column has no times.

    A day that does not exist (02-30, 0000-00-00) is unreadable; a month without a day is its first day,
    and ``extra["precision"]`` says ``month``.
    """
    if pa.types.is_temporal(column.type):
        return _native(column, rule)
    values, indices = distinct(as_text(column))
    stamps = take_apart(values)
    missing = np.zeros(len(values), bool)
    for position in np.flatnonzero(stamps.kind == ""):
        text = values[position].as_py()
        missing[position] = text is None or is_missing(text)
    seconds, good = _resolve(stamps, rule)
    codes = np.where(missing, MISSING, np.where(good, OK, UNREADABLE)).astype(np.int8)
    has_clock = good & (stamps.clock >= 0)
    precision = pa.array(
        np.where(stamps.kind == "year and month", "month", "day"), pa.string(), mask=codes != OK
    )
    return _typed(seconds, codes, has_clock, precision, rule, indices)


def _typed(
    seconds: np.ndarray,
    codes: np.ndarray,
    has_clock: np.ndarray,
    precision: pa.Array,
    rule: DateRule,
    indices: np.ndarray,
) -> Parsed:
    days, clock = np.divmod(seconds, DAY)
    dates = pa.array(days.astype(np.int32), pa.int32(), mask=codes != OK).cast(pa.date32())
    times = pa.nulls(len(days), pa.string())
    if rule.has_time:
        texts = pc.strftime(pa.array(clock, pa.int64()).cast(pa.timestamp("s")), format="%H:%M:%S")
        times = pc.if_else(pa.array(has_clock & (codes == OK)), texts, None)
    at = pa.array(indices)
    return Parsed(
        dates.take(at), codes[indices], extra={"time": times.take(at), "precision": precision.take(at)}
    )


def _resolve(stamps: Stamps, rule: DateRule) -> tuple[np.ndarray, np.ndarray]:
    """Local seconds since 1970 and whether the day and the time exist."""
    a, b, c = stamps.parts.T
    year, month, day = a.copy(), b.copy(), c.copy()
    full = stamps.kind == "day and month, year"
    year[full] = c[full]
    month[full], day[full] = (b[full], a[full]) if rule.order == "DMY" else (a[full], b[full])
    short = stamps.kind == "two-digit year"
    if rule.short_order != "YMD":
        year[short] = c[short]
        month[short], day[short] = (b[short], a[short]) if rule.short_order == "DMY" else (a[short], b[short])
    brief = short | (stamps.kind == "two-digit year 年")
    year[brief] += np.where(year[brief] >= _PIVOT, 1900, 2000)
    good = (stamps.kind != "") & ~stamps.bad_clock & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= rule.open_values | ~full | (a > 12) | (b > 12) | (a == b)
    year, month, day = (np.where(good, part, 1) for part in (year, month, day))
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]").astype(np.int64) + day - 1
    next_month = (first + 1).astype("datetime64[D]").astype(np.int64)
    good &= days < next_month
    seconds = days * DAY + np.maximum(stamps.clock, 0)
    zoned = good & (stamps.zone != NO_ZONE)
    if zoned.any():
        seconds[zoned] = _turned(seconds[zoned] - stamps.zone[zoned], rule.zone)
    epoch = good & np.isin(stamps.kind, EPOCHS)
    if epoch.any() and isinstance(rule.zone, str) and rule.zone:
        seconds[epoch] = _turned(seconds[epoch], rule.zone)
    return seconds, good


def _turned(utc: np.ndarray, zone: str | int) -> np.ndarray:
    """UTC seconds as seconds of the local clock."""
    if isinstance(zone, int):
        return utc + zone
    local = (
        pd.DatetimeIndex(utc.astype("datetime64[s]"), tz="UTC")
        .tz_convert(ZoneInfo(zone or "UTC"))
        .tz_localize(None)
    )
    return local.to_numpy().astype("datetime64[s]").astype(np.int64)


def _has_time(column: pa.Array) -> bool:
    if not pa.types.is_timestamp(column.type):
        return False
    seconds = _native_seconds(column, "")
    return bool((seconds[column.is_valid().to_numpy(zero_copy_only=False)] % DAY != 0).any())


def _native_seconds(column: pa.Array, zone: str | int) -> np.ndarray:
    """Local seconds of a timestamp column; a column with a zone is turned to ``zone``, else to its own."""
    tz = column.type.tz
    filled = column.fill_null(0) if column.null_count else column
    seconds = (
        pc.floor_temporal(filled.cast(pa.timestamp(column.type.unit)), unit="second")
        .cast(pa.timestamp("s"))
        .cast(pa.int64())
    )
    utc = seconds.to_numpy(zero_copy_only=False)
    return _turned(utc, zone or tz) if tz else utc


def _native(column: pa.Array, rule: DateRule) -> Parsed:
    codes = np.where(column.is_valid().to_numpy(zero_copy_only=False), OK, MISSING).astype(np.int8)
    rows = np.arange(len(column))
    precision = pa.array(np.full(len(column), "day"), pa.string(), mask=codes != OK)
    if pa.types.is_timestamp(column.type):
        return _typed(_native_seconds(column, rule.zone), codes, codes == OK, precision, rule, rows)
    if pa.types.is_date(column.type):
        days = (
            column.cast(pa.date32())
            .cast(pa.int32())
            .fill_null(0)
            .to_numpy(zero_copy_only=False)
            .astype(np.int64)
        )
        return _typed(days * DAY, codes, np.zeros(len(column), bool), precision, rule, rows)
    codes = np.where(codes == OK, UNREADABLE, codes).astype(np.int8)  # a time of day without a day
    return _typed(np.zeros(len(column), np.int64), codes, np.zeros(len(column), bool), precision, rule, rows)
