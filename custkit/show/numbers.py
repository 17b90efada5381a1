"""How counts, money and shares read in each language, on pages and on charts."""

import math

SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "CNY": "¥", "JPY": "¥", "HKD": "HK$", "TWD": "NT$", "KRW": "₩"}
WITHOUT_CENTS = ("JPY", "KRW")

# Short forms go by powers of ten thousand in Chinese, of a thousand in English.
_STEPS = {"en": ((1e9, "bn"), (1e6, "m"), (1e3, "k")), "zh": ((1e8, "亿"), (1e4, "万"))}
MINUS = "−"


def count(value: float) -> str:
    """A whole number with separators: 4,338."""
    return plain(value, 0)


def plain(value: float, decimals: int) -> str:
    """A number with separators and so many decimals: 1,234.50."""
    return _signed(value, f"{abs(value):,.{decimals}f}")


def share(value: float, decimals: int = 1) -> str:
    """A share of 1 in per cent: 65.5%."""
    return _signed(value, f"{abs(value):.{decimals}%}")


def money(value: float, currency: str, decimals: int | None = None) -> str:
    """An amount in full: £8,278,519.42, or CHF 1,200.00 where the currency has no common sign."""
    if decimals is None:
        decimals = 0 if currency in WITHOUT_CENTS else 2
    return _with_currency(value, f"{abs(value):,.{decimals}f}", currency)


def amount(value: float, currency: str) -> str:
    """An amount in a table: from a thousand on without its cents, and a plain zero."""
    return money(value, currency, 0 if abs(value) >= 1000 or value == 0 else None)


def exact_money(text: str, currency: str) -> str:
    """Decimal text of the ledger ("-1447682.120") for a reader, with every decimal that it has."""
    whole, _, decimals = text.removeprefix("-").partition(".")
    shown = f"{int(whole):,}" + (f".{decimals}" if decimals else "")
    return _with_currency(-1 if text.startswith("-") else 1, shown, currency)


def short(value: float, lang: str, currency: str = "") -> str:
    """An amount or a count in few characters: £8.3m, 41.5万."""
    size = abs(value)
    for step, name in _STEPS[lang]:
        if size >= step * 0.9995:  # 999,950 would read 1,000k: three digits of it are the next step's 1
            return _with_currency(value, _three_digits(size / step) + name, currency)
    return _with_currency(value, _three_digits(size), currency)


def _three_digits(size: float) -> str:
    if size == 0:
        return "0"
    decimals = min(2, max(0, 2 - math.floor(math.log10(size))))
    text = f"{size:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_currency(value: float, digits: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return _signed(value, symbol + digits)


def _signed(value: float, text: str) -> str:
    negative = value < 0 and any(digit in text for digit in "123456789")
    return MINUS + text if negative else text
