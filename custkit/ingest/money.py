"""Amounts and numbers: exact, in units of 10^-4, whatever marks and separators the export uses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest.values import (
    FOREIGN,
    MISSING,
    OK,
    UNREADABLE,
    Parsed,
    as_text,
    cleaned,
    distinct,
    is_missing,
    is_text,
)

DECIMALS = 4
UNITS = 10**DECIMALS
MAX_UNITS = 2**63 - 1
MAX_DIGITS = 40  # a longer number is no amount
EXACT = Context(prec=4 * MAX_DIGITS)  # a product of two never rounds

# What a mark may stand for; after NFKC ￥ is ¥ and ＄ is $.
MARKS = {
    "HK$": {"HKD"}, "NT$": {"TWD"}, "US$": {"USD"}, "A$": {"AUD"}, "C$": {"CAD"}, "S$": {"SGD"},
    "¥": {"CNY", "JPY"}, "£": {"GBP"}, "€": {"EUR"}, "$": {"USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD", "MXN"},
    "₩": {"KRW"}, "₹": {"INR"}, "฿": {"THB"},
    "人民币": {"CNY"}, "港币": {"HKD"}, "港元": {"HKD"}, "台币": {"TWD"}, "美元": {"USD"}, "欧元": {"EUR"}, "英镑": {"GBP"}, "日元": {"JPY"},
    "人民幣": {"CNY"}, "港幣": {"HKD"}, "台幣": {"TWD"}, "歐元": {"EUR"}, "英鎊": {"GBP"},
    "元": {"CNY", "HKD", "TWD"}, "圆": {"CNY", "JPY"}, "円": {"JPY"}, "RMB": {"CNY"},
    **{code: {code} for code in ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "AUD", "CAD", "SGD", "KRW", "INR", "CHF")},
}  # fmt: skip
_MARK = "|".join(re.escape(mark) for mark in sorted(MARKS, key=len, reverse=True))
_SIZES = {"千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "百萬": 10**6, "亿": 10**8, "億": 10**8}
_SIZE = "|".join(sorted(_SIZES, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"^(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<mark>{_MARK})?\s*(?P<sign2>[-+])?\s*(?P<digits>\d[\d.,' ]*|\.\d+)"
    rf"\s*(?P<size>{_SIZE})?\s*(?P<mark2>{_MARK})?\s*(?P<close>\))?(?P<trail>-)?$",
    re.IGNORECASE,
)
_POINT = re.compile(r"^(\d+|\d{1,3}([, '])\d{3}(\2\d{3})*)?(\.\d*)?$")
_COMMA = re.compile(r"^(\d+|\d{1,3}([. '])\d{3}(\2\d{3})*)?(,\d*)?$")
_PLAIN = r"^-?[0-9]{1,14}(?:\.[0-9]{1,4})?$"
_PLAIN_FLOAT = r"^-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?$"


@dataclass
class MoneyEvidence:
    """What the amounts of a column say about its decimal mark and its currency."""

    point: int = 0  # values in which . can only be the decimal mark
    comma: int = 0
    open: int = 0  # values such as 1.234, which is either
    marks: dict[str, int] = field(default_factory=dict)

    def add(self, column: pa.Array) -> None:
        """Take a batch into account; numbers that are no text say nothing."""
        if not is_text(column):
            return
        values = pc.unique(column).drop_null()
        plain = pc.match_substring_regex(values, _PLAIN)
        # A plain text such as 12.5 is evidence for the point, as long as it does not look like 1.234.
        self.point += (
            pc.sum(pc.match_substring_regex(values.filter(plain), r"\.(?:\d{1,2}|\d{4})$|^-?0\.")).as_py()
            or 0
        )
        self.open += pc.sum(pc.match_substring_regex(values, r"^-?[1-9]\d{0,2}\.\d{3}$")).as_py() or 0
        for text in values.filter(pc.invert(plain)).to_pylist():
            match = _amount_match(text)
            if match is None:
                continue
            mark = match["mark"] or match["mark2"]
            if mark:
                self.marks[mark.upper()] = self.marks.get(mark.upper(), 0) + 1
            # 1.2.3 fits neither way of writing: it must not make 1,234 of its column 1.234.
            digits, vote = match["digits"].strip(), decimal_mark(match["digits"])
            self.point += vote == "." and bool(_POINT.match(digits))
            self.comma += vote == "," and bool(_COMMA.match(digits))

    @property
    def decimal_comma(self) -> bool:
        return self.comma > self.point

    @property
    def is_ambiguous(self) -> bool:
        """Whether 1.234 may as well be a thousand, and no value of the column tells."""
        return self.open > 0 and not self.point and not self.comma


def currencies(mark: str) -> set[str]:
    """What a mark, or a word in a column of currencies, may stand for; a code that is not known stands for itself."""
    mark = cleaned(mark).upper()
    return MARKS.get(mark, {mark})


def clash(marks: Iterable[str]) -> list[str]:
    """Marks that cannot all mean one currency, or nothing."""
    marks = sorted(set(marks))
    return marks if marks and not set.intersection(*map(currencies, marks)) else []


def decimal_mark(digits: str) -> str:
    """``.`` or ``,`` where the digits of one value can only be read one way, else empty (1,234 and 1.234)."""
    digits = digits.replace(" ", "").replace("'", "")
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return ""
    mark, other = digits[last], ",."[digits[last] == ","]
    if other in digits:
        return mark
    if digits.count(mark) > 1:
        return other  # 1,234,567: this mark groups, so the other one would be decimal
    return mark if len(digits) - last - 1 != 3 or digits.startswith("0") or last > 3 else ""


def _amount_match(text: str) -> re.Match | None:
    return _AMOUNT.match(cleaned(text).replace("\u2212", "-").replace("\u2013", "-").replace("\u2019", "'"))


def read_amount(text: str, *, decimal_comma: bool = False) -> tuple[Decimal | None, str]:
    """One amount exactly as written, and the mark of its currency; None where it is no amount.

    Reads ¥1,234.50, (1,234.50), 1,234.50-, −5, 1.2万, 1 234,50 (with ``decimal_comma``); refuses
    1,23.50, 12.3.4, 1e5, 0x1F, inf.
    """
    match = _amount_match(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None, ""
    signs = [sign for sign in (match["sign"], match["sign2"], match["trail"], match["open"]) if sign]
    if len(signs) > 1 or (
        match["mark"]
        and match["mark2"]
        and MARKS[match["mark"].upper()].isdisjoint(MARKS[match["mark2"].upper()])
    ):
        return None, ""
    digits = match["digits"].strip()
    if len(digits) > MAX_DIGITS or not (_COMMA if decimal_comma else _POINT).match(digits):
        return None, ""
    digits = digits.replace(" ", "").replace("'", "")
    digits = digits.replace(".", "").replace(",", ".") if decimal_comma else digits.replace(",", "")
    value = EXACT.multiply(Decimal(digits), Decimal(_SIZES.get(match["size"] or "", 1)))
    mark = (match["mark"] or match["mark2"] or "").upper()
    return (value.copy_negate() if signs and signs[0] != "+" else value), mark


def in_units(value: Decimal) -> tuple[int | None, bool]:
    """A value in units of 10^-4, rounded half to even, and whether anything was rounded; None beyond int64."""
    scaled = EXACT.scaleb(value, DECIMALS)
    units = int(scaled.to_integral_value(ROUND_HALF_EVEN))
    return (units, scaled != units) if abs(units) <= MAX_UNITS else (None, False)


@dataclass(frozen=True)
class MoneyRule:
    """How the amounts of one column are read."""

    decimal_comma: bool = False
    factor: Decimal = Decimal(1)  # 10000 where the header says 万元
    currency: str = ""  # amounts marked otherwise are foreign; empty: no mark is


def parse_money(column: pa.Array, rule: MoneyRule = MoneyRule()) -> Parsed:
    """Amounts as int64 in units of 10^-4."""
    values, indices = distinct(column)
    units, codes, noise = _units(values, rule)
    array = pa.array(units, pa.int64(), mask=codes != OK)
    return Parsed(array.take(pa.array(indices)), codes[indices], int(noise[indices].sum()))


def _units(values: pa.Array, rule: MoneyRule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units, code and noise of each value."""
    if rule.factor == 1 and pa.types.is_float64(values.type):
        fast, units = _fast_floats(values)
    elif rule.factor == 1 and is_text(values) and not rule.decimal_comma:
        fast, units = _fast_texts(values)
    else:
        fast, units = np.zeros(len(values), bool), np.zeros(len(values), np.int64)
    codes, noise = np.zeros(len(values), np.int8), np.zeros(len(values), bool)
    slow = np.flatnonzero(~fast)
    for position, value in zip(slow, exact(values.take(pa.array(slow)), rule), strict=True):
        amount, codes[position] = value
        if amount is not None:
            whole, noise[position] = in_units(amount)
            codes[position] = OK if whole is not None else UNREADABLE
            units[position] = whole or 0
    return units, codes, noise


def _fast_floats(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Floats that are exactly the nearest float to a whole number of units."""
    floats = values.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore", over="ignore"):
        nearest = np.rint(floats * UNITS)
        fast = np.isfinite(floats) & (nearest / UNITS == floats) & (np.abs(nearest) < 2**53)
    return fast, np.where(fast, nearest, 0).astype(np.int64)


def _fast_texts(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Texts of digits with at most four decimals."""
    plain = pc.fill_null(pc.match_substring_regex(values, _PLAIN), False)
    fast = plain.to_numpy(zero_copy_only=False)
    units = np.zeros(len(values), np.int64)
    if fast.any():
        decimals = values.filter(plain).cast(pa.decimal128(19, DECIMALS))
        # The 128 bits of a decimal are its units; 14 digits and 4 decimals fit the lower half.
        lower = np.frombuffer(decimals.buffers()[1], np.int64)[2 * decimals.offset :: 2]
        units[fast] = lower[: len(decimals)]
    return fast, units


def exact(values: pa.Array, rule: MoneyRule) -> list[tuple[Decimal | None, int]]:
    """Each value as an exact decimal, and its code; nothing is rounded yet."""
    read = _native if _is_native(values) else _exact
    return [read(text, rule) for text in as_text(values).to_pylist()]


def _is_native(values: pa.Array) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(is_kind(values.type) for is_kind in kinds)


def _native(text: str | None, rule: MoneyRule) -> tuple[Decimal | None, int]:
    if text is None:
        return None, MISSING
    value = Decimal(text)
    return (EXACT.multiply(value, rule.factor), OK) if value.is_finite() else (None, UNREADABLE)


def _exact(text: str | None, rule: MoneyRule) -> tuple[Decimal | None, int]:
    if text is None or is_missing(text):
        return None, MISSING
    value, mark = read_amount(text, decimal_comma=rule.decimal_comma)
    if value is None:
        return None, UNREADABLE
    if mark and rule.currency and rule.currency not in MARKS[mark]:
        return None, FOREIGN
    return EXACT.multiply(value, rule.factor), OK


def parse_product(quantity: pa.Array, price: pa.Array, rules: tuple[MoneyRule, MoneyRule]) -> Parsed:
    """Quantity times price, exact, in units of 10^-4; missing where a factor is."""
    (q_values, q_at), (p_values, p_at) = distinct(quantity), distinct(price)
    q_units, q_codes, q_noise = _units(q_values, rules[0])
    p_units, p_codes, p_noise = _units(p_values, rules[1])
    codes = np.maximum(q_codes[q_at], p_codes[p_at])
    q, p = q_units[q_at], p_units[p_at]
    # Beyond int64, or with a factor finer than a unit, Python's own numbers do it.
    slow = (np.abs(q.astype(float) * p.astype(float)) > 2**62) | q_noise[q_at] | p_noise[p_at]
    product = np.where(slow, 0, q) * p
    units, rest = np.divmod(product, UNITS)
    units += (rest > UNITS // 2) | ((rest == UNITS // 2) & (units % 2 == 1))
    noise = (rest != 0) & (codes == OK)
    for row in np.flatnonzero(slow & (codes == OK)):
        ((left, _),) = exact(q_values.slice(q_at[row], 1), rules[0])
        ((right, _),) = exact(p_values.slice(p_at[row], 1), rules[1])
        whole, noise[row] = in_units(EXACT.multiply(left, right))
        codes[row] = OK if whole is not None else UNREADABLE
        units[row] = whole or 0
    return Parsed(pa.array(units, pa.int64(), mask=codes != OK), codes, int(noise.sum()))


def parse_numbers(
    column: pa.Array, *, decimal_comma: bool = False, bounds: tuple[float, float] | None = None
) -> Parsed:
    """Numbers as float64; 12 % is 0.12; infinity, and values outside ``bounds``, are unreadable."""
    values, indices = distinct(column)
    if is_text(values):
        floats, codes = _text_floats(values, decimal_comma)
    elif _is_native(values):
        floats = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        codes = np.where(np.isnan(floats), MISSING, np.where(np.isinf(floats), UNREADABLE, OK)).astype(
            np.int8
        )
    else:
        floats, codes = np.zeros(len(values)), np.full(len(values), UNREADABLE, np.int8)
        codes[values.is_null().to_numpy(zero_copy_only=False)] = MISSING
    if bounds is not None:
        outside = (codes == OK) & ((floats < bounds[0]) | (floats > bounds[1]))
        codes = np.where(outside, UNREADABLE, codes).astype(np.int8)
    array = pa.array(floats, pa.float64(), mask=codes != OK)
    return Parsed(array.take(pa.array(indices)), codes[indices])


def _text_floats(values: pa.Array, decimal_comma: bool) -> tuple[np.ndarray, np.ndarray]:
    plain = pc.fill_null(pc.match_substring_regex(values, _PLAIN_FLOAT), False)
    fast = plain.to_numpy(zero_copy_only=False) & (not decimal_comma)
    floats, codes = np.zeros(len(values)), np.zeros(len(values), np.int8)
    floats[fast] = values.filter(pa.array(fast)).cast(pa.float64()).to_numpy(zero_copy_only=False)
    for position in np.flatnonzero(~fast):
        text = values[position].as_py()
        if text is None or is_missing(text):
            codes[position] = MISSING
            continue
        bare = cleaned(text)
        value, mark = read_amount(bare.removesuffix("%"), decimal_comma=decimal_comma)
        if value is None or mark:
            codes[position] = UNREADABLE
        else:
            floats[position] = float(value / 100 if bare.endswith("%") else value)
    return floats, codes


def parse_integers(column: pa.Array, *, decimal_comma: bool = False) -> Parsed:
    """Whole numbers as int64; a fraction is unreadable."""
    numbers = parse_numbers(column, decimal_comma=decimal_comma)
    floats = numbers.values.fill_null(0).to_numpy(zero_copy_only=False)
    whole = (floats == np.rint(floats)) & (np.abs(floats) < 2**53)
    codes = np.where((numbers.codes == OK) & ~whole, UNREADABLE, numbers.codes).astype(np.int8)
    integers = np.where(codes == OK, floats, 0).astype(np.int64)
    return Parsed(pa.array(integers, pa.int64(), mask=codes != OK), codes)
