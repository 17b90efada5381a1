"""Kinds of dirt, table by table: what is written in place of a clean cell or line, how often, and what must become of it.

What must become of it follows from the project's rules (a row number of the list of faults, or a row of the wish list),
not from what the reader happens to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

Change = Callable[[str], str]


@dataclass(frozen=True)
class Cell:
    """One cell written otherwise. Kept: it must be read as the cell before, or as ``means`` says."""

    kind: str
    fault: str
    column: str
    share: float  # of the table's rows
    texts: tuple[Change, ...]  # used in turn
    rule: str = ""  # why it is quarantined; empty: it is kept
    fits: Callable[[str], bool] = bool  # cells that it can happen to
    means: Change | None = None
    as_written: bool = False  # it means what is written, whatever stood there before
    is_unread: bool = False  # quarantined, and no amount can be read from the line
    any_size: bool = False  # large amounts too


@dataclass(frozen=True)
class Twin:
    """A line that stands a second time, as it is or with cells written otherwise: merged with the first."""

    kind: str
    share: float
    changes: tuple[
        tuple[str, Change], ...
    ] = ()  # column and how its cell is written; one change a twin, in turn


@dataclass(frozen=True)
class Conflict:
    """A second, different line of one id: neither can be trusted."""

    kind: str
    share: float
    column: str  # in which the two differ
    values: tuple[str, ...]


@dataclass(frozen=True)
class Broken:
    """A record that does not have its fields: ``damage`` makes the text of the line from its cells and the separator."""

    kind: str
    fault: str
    share: float
    damage: Callable[[list[str], str], str]


Kind = Cell | Twin | Conflict | Broken


def said(*texts: str) -> tuple[Change, ...]:
    """These texts, whatever stood there."""
    return tuple(lambda _, text=text: text for text in texts)


def wide(text: str) -> str:
    """Digits and letters in full width, as Chinese input methods write them."""
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalnum() else sign for sign in text)


def wide_number(text: str) -> str:
    return wide(text).replace(".", "．").replace("-", "－")


def grouped(text: str) -> str:
    return f"{Decimal(text):,}"


def in_wan(text: str) -> str:
    return f"{Decimal(text) / 10_000:f}万"


def _is_large(text: str) -> bool:
    return bool(text) and abs(Decimal(text)) >= 1000


def _is_refund(text: str) -> bool:
    return text.startswith("-")


def _is_bought(text: str) -> bool:
    return bool(text) and not text.startswith("-")


def _is_late_day(text: str) -> bool:
    return bool(text) and int(text[8:10]) > 12


def _is_first_of_month(text: str) -> bool:
    return text[8:10] == "01"


def _positive(text: str) -> str:
    return text.removeprefix("-")


def _day(text: str) -> str:
    return text[:10]


def _day_first(text: str) -> str:
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}{text[10:]}"


def _chinese_day(text: str) -> str:
    return f"{int(text[:4])}年{int(text[5:7])}月{int(text[8:10])}日{text[10:]}"


def _year(year: str) -> Change:
    return lambda text: year + text[4:]


IDS = (lambda t: f" {t}", lambda t: f"{t}\u00a0", lambda t: f"\u200b{t}", lambda t: f"{t}\u3000", wide)
MISSING = said("", "NA", "null", "无", "-", "N/A")
DAYS = (
    lambda t: t.replace("-", "."),
    _chinese_day,
    lambda t: wide(t).replace("-", "/"),
    lambda t: f" {t.replace('-', '/')}",
)
IMPOSSIBLE = (lambda t: f"{t[:4]}-02-30{t[10:]}", *said("0000-00-00"), lambda t: f"{t[:4]}-11-31{t[10:]}")
OTHER = (lambda t: f"US${t}", lambda t: f"€{t}", lambda t: f"HK$ {t}")
OWN = (lambda t: f"¥{t}", lambda t: f"￥{t}", lambda t: f"{t}元", lambda t: f"CNY {t}")
LONG_IDS = said("1.38E+10", "2.02311E+11")


def _short(cells: list[str], separator: str) -> str:
    return separator.join(cells[: len(cells) // 2])


def _shifted(cells: list[str], separator: str) -> str:
    return separator.join([*cells, ""])


def _stray(cells: list[str], separator: str) -> str:
    return separator.join([cells[0], f'{cells[1]}"', *cells[2:]])


def _open(cells: list[str], separator: str) -> str:
    return separator.join([cells[0], f'"{cells[1]}', *cells[2:]])


def _broken(share: float) -> tuple[Broken, ...]:
    return (
        Broken("too few fields", "11", share, _short),
        Broken("too many fields", "11", share, _shifted),
        Broken("stray quote", "10", share, _stray),
        Broken("quote never closed", "10", share, _open),
    )


def _event(column: str, share: float) -> tuple[Cell, ...]:
    """What goes wrong with the day of an event."""
    return (
        Cell(
            "unreadable date", "31", column, share, said("昨天", "?", "2024-13-05", "W31"), "unreadable_value"
        ),
        Cell("impossible date", "31", column, share, IMPOSSIBLE, "unreadable_value"),
        Cell("date of 1900", "31", column, share, (_year("1900"),), "before_earliest"),
        Cell("date in the future", "31", column, share, (_year("2052"), _year("2029")), "after_as_of"),
    )


ORDERS: tuple[Kind, ...] = (
    Cell("customer id missing", "24", "customer_id", 8e-4, MISSING, "missing_customer_id"),
    Cell("order id missing", "24", "order_id", 1e-4, said("", "None"), "missing_order_id"),
    Cell("date missing", "24", "order_date", 2e-4, said("", "NULL", "--"), "missing_order_date"),
    Cell("amount missing", "24", "amount", 3e-4, said("", "空", "NaN", "无"), "missing_amount", is_unread=True),
    *_event("order_date", 2e-4),
    Cell(
        "unreadable amount", "35", "amount", 3e-4,
        said("待定", "12.3.4", "1,23.50", "inf", "0x1F", "#REF!", "1e400"), "unreadable_value", is_unread=True,
    ),
    Cell("unreadable quantity", "35", "quantity", 1e-4, said("two", "1/2"), "unreadable_value"),
    Cell("other currency", "34", "amount", 4e-4, OTHER, "other_currency", is_unread=True),
    Cell("damaged customer id", "42", "customer_id", 1e-4, LONG_IDS, "damaged_id"),
    *_broken(1e-4),
    Twin("exact duplicate", 1.4e-3),
    Twin(
        "duplicate after cleaning", 8e-4,
        (("customer_id", IDS[1]), ("amount", wide_number), ("customer_id", IDS[4]), ("amount", OWN[0]), ("order_date", DAYS[1])),
    ),
    Cell("thousands separator", "33", "amount", 1e-4, (grouped,), fits=_is_large, any_size=True),
    Cell("own currency marked", "33", "amount", 2e-3, OWN, fits=_is_bought),
    Cell("full-width amount", "23", "amount", 6e-4, (wide_number,)),
    Cell("spaces around the amount", "33", "amount", 6e-4, (lambda t: f"{t} ", lambda t: f"\u00a0{t}")),
    Cell("refund in brackets", "33", "amount", 3e-4, (lambda t: f"({_positive(t)})",), fits=_is_refund),
    Cell("refund with minus behind", "33", "amount", 3e-4, (lambda t: f"{_positive(t)}-",), fits=_is_refund),
    Cell("refund with typographic minus", "33", "amount", 3e-4, (lambda t: f"−{_positive(t)}",), fits=_is_refund),
    Cell("marks around the customer id", "43", "customer_id", 2e-3, IDS),
    Cell("case of the customer id", "43", "customer_id", 4e-5, (str.lower,), as_written=True),
    Cell("marks around the order id", "43", "order_id", 6e-4, IDS),
    Cell("date in another format", "28", "order_date", 1.2e-3, DAYS),
    Cell("day before month", "29", "order_date", 2e-4, (_day_first,), fits=_is_late_day),
    Cell(
        "date without time", "28", "order_date", 4e-4,
        (lambda t: _day(t).replace("-", ""), lambda t: _day(t).replace("-", "/")), means=_day,
    ),
    Cell("date with zone", "32", "order_date", 2e-4, (lambda t: f"{t.replace(' ', 'T')}+08:00",)),
    Cell("full-width quantity", "23", "quantity", 4e-4, (wide_number,)),
    Cell("own currency marked in the price", "33", "unit_price", 4e-4, OWN[:2]),
)  # fmt: skip

CUSTOMERS: tuple[Kind, ...] = (
    Cell("customer id missing", "24", "customer_id", 5e-4, MISSING[1:], "missing_customer_id"),
    Cell("damaged customer id", "42", "customer_id", 2e-4, LONG_IDS, "damaged_id"),
    Cell("impossible birthday", "31", "birth_date", 3e-4, IMPOSSIBLE, "unreadable_value"),
    Cell("unreadable birthday", "31", "birth_date", 2e-4, said("on file"), "unreadable_value"),
    *_broken(2e-4),
    Conflict("two different lines of one customer", 5e-4, "city", ("Lanwan", "Qinghe")),
    Twin("exact duplicate", 2e-3),
    Twin("duplicate after cleaning", 1e-3, (("customer_id", IDS[1]), ("name", IDS[0]), ("customer_id", IDS[4]))),
    Cell("marks around the customer id", "43", "customer_id", 3e-3, IDS),
    Cell("date in another format", "28", "birth_date", 3e-3, DAYS),
    Cell("month without a day", "28", "registered_on", 3e-3, (lambda t: t[:7],), fits=_is_first_of_month),
    Cell("spaces around the region", "43", "region", 2e-3, (IDS[0], IDS[1], IDS[3])),
)  # fmt: skip

FEEDBACK: tuple[Kind, ...] = (
    Cell("customer id missing", "24", "customer_id", 1e-3, MISSING, "missing_customer_id"),
    Cell("satisfaction out of its scale", "mission 18", "satisfaction", 1e-3, said("7", "0", "10"), "unreadable_value"),
    Cell("recommendation out of its scale", "mission 20", "recommend", 5e-4, said("11", "-1"), "unreadable_value"),
    Cell("unreadable satisfaction", "35", "satisfaction", 3e-4, said("很好", "4-5"), "unreadable_value"),
    *_event("date", 3e-4),
    *_broken(2e-4),
    Twin("exact duplicate", 2e-3),
    Twin("duplicate after cleaning", 5e-4, (("customer_id", IDS[1]), ("satisfaction", wide_number), ("date", DAYS[1]))),
    Cell("unknown customer", "44", "customer_id", 1.5e-3, said("C999001", "C999002", "C999003"), as_written=True),
    Cell("marks around the customer id", "43", "customer_id", 2e-3, IDS),
    Cell("full-width satisfaction", "23", "satisfaction", 2e-3, (wide_number,)),
    Cell("satisfaction with a point", "42", "satisfaction", 2e-3, (lambda t: f"{Decimal(t):.1f}",)),
    Cell("date in another format", "28", "date", 3e-3, DAYS),
    Cell("text over two lines", "9", "text", 2e-3, (lambda t: f"{t}\n请回电", lambda t: f"{t}\n\n谢谢"), as_written=True),
    Cell("quotes in the text", "9", "text", 1e-3, (lambda t: f'他们说"明天",{t}',), as_written=True),
    Cell("rare signs in the text", "26", "text", 1e-3, (lambda t: f"{t}😡", lambda t: f"{t}𠮷", lambda t: f"{t}\u2028{t}"), as_written=True),
    Cell("formula in the text", "69", "text", 3e-4, (lambda t: f"=HYPERLINK({t})", lambda t: f"@{t}"), as_written=True),
)  # fmt: skip

ACTIVITY: tuple[Kind, ...] = (
    Cell("customer id missing", "24", "customer_id", 6e-4, MISSING, "missing_customer_id"),
    Cell("date missing", "24", "date", 2e-4, said("", "null"), "missing_value"),
    Cell("kind missing", "24", "kind", 1e-4, said(""), "missing_value"),
    *_event("date", 2e-4),
    Cell("unreadable seconds", "35", "seconds", 3e-4, said("3m20s", "1.2.3", "inf"), "unreadable_value"),
    *_broken(1e-4),
    Twin("exact duplicate", 2e-3),
    Cell("unknown customer", "44", "customer_id", 4e-4, said("guest-01", "guest-02"), as_written=True),
    Cell("marks around the customer id", "43", "customer_id", 1.5e-3, IDS),
    Cell("date in another format", "28", "date", 1e-3, DAYS),
    Cell("full-width seconds", "23", "seconds", 5e-4, (wide_number,)),
    Cell("thousands separator", "33", "seconds", 3e-4, (grouped,), fits=_is_large),
)

SURVEY: tuple[Kind, ...] = (
    Cell("customer id missing", "24", "customer_id", 1e-3, MISSING[1:], "missing_customer_id"),
    Cell("damaged customer id", "42", "customer_id", 5e-4, LONG_IDS, "damaged_id"),
    Cell("unreadable answer", "35", "q03", 1e-3, said("3-4", "agree"), "unreadable_value"),
    *_broken(5e-4)[:2],
    Twin("exact duplicate", 3e-3),
    Twin("duplicate after cleaning", 1e-3, (("customer_id", IDS[1]), ("q01", wide_number))),
    Cell("marks around the customer id", "43", "customer_id", 3e-3, IDS),
    Cell("full-width answer", "23", "q02", 3e-3, (wide_number,)),
    Cell("answer left out", "24", "q05", 4e-3, said(""), as_written=True),
)

BRAND_RATINGS: tuple[Kind, ...] = (
    Cell("brand missing", "24", "brand", 7e-4, said(""), "missing_value"),
    Cell("unreadable rating", "35", "quality", 7e-4, said("8/10", "?"), "unreadable_value"),
    *_broken(3e-4)[:2],
    Twin("exact duplicate", 2e-3),
    Cell("spaces around the brand", "43", "brand", 2e-3, (IDS[0], IDS[1], IDS[3])),
    Cell("full-width rating", "23", "service", 2e-3, (wide_number,)),
    Cell("rating left out", "24", "range", 2e-3, said(""), as_written=True),
)

BRAND_USE: tuple[Kind, ...] = (
    Cell("respondent missing", "24", "respondent_id", 7e-4, said(""), "missing_value"),
    Cell("error of a formula", "17", "share_of_purchases", 4e-4, said("#DIV/0!"), "unreadable_value"),
    Cell("formula without a value", "17", "share_of_purchases", 7e-4, said("=1-C2"), "unreadable_value"),
    Twin("exact duplicate", 2e-3),
    Cell("spaces around the brand", "43", "brand", 2e-3, (IDS[0], IDS[1])),
    Cell(
        "share in per cent",
        "33",
        "share_of_purchases",
        2e-3,
        (lambda t: f"{(Decimal(t) * 100).normalize():f}%",),
    ),
)

MARKET: tuple[Kind, ...] = (
    Twin("exact duplicate", 3e-3),
    Cell("thousands separator", "33", "sales", 6e-3, (grouped,), fits=_is_large),
    Cell("own currency marked", "33", "marketing", 3e-3, OWN),
    Cell("amount in 万", "33", "sales", 6e-3, (in_wan,), fits=_is_large),
)

POPULATION: tuple[Kind, ...] = (
    Cell("thousands separator", "33", "people", 6e-3, (grouped,), fits=_is_large),
    Cell("full-width number", "23", "people", 6e-3, (wide_number,)),
)

BRANDS: tuple[Kind, ...] = (
    Twin("exact duplicate", 3e-3),
    Cell("full-width score", "23", "score", 3e-3, (wide_number,)),
)

PRODUCTS: tuple[Kind, ...] = (
    Twin("exact duplicate", 5e-3),
    Cell("own currency marked", "33", "cost", 5e-3, OWN),
    Cell("marks around the product id", "43", "product_id", 5e-3, IDS),
)

KINDS: dict[str, tuple[Kind, ...]] = {
    "orders": ORDERS,
    "customers": CUSTOMERS,
    "feedback": FEEDBACK,
    "activity": ACTIVITY,
    "survey": SURVEY,
    "brand_ratings": BRAND_RATINGS,
    "brand_use": BRAND_USE,
    "market": MARKET,
    "population": POPULATION,
    "brands": BRANDS,
    "products": PRODUCTS,
}
