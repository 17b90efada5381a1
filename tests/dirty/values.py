"""C, faults 23 to 27, and E, faults 33 to 37: ids, words and money."""

from collections.abc import Callable
from decimal import Decimal

from dirty.case import COLUMNS, ZH, Case, Draw, Record, Text, case, refused, single


def wide(value: object) -> str:
    """Letters and digits in full width, as Chinese input methods write them."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in str(value))


def some(draw: Draw, change: Callable[[Text, Record], None], *, share: float = 0.25, **said: object) -> Text:
    """A clean table in which some records are written by ``change``."""
    account = Text(**said).header()
    lines = draw.orders()
    chosen = set(draw.sample(range(len(lines)), max(2, int(share * len(lines)))))
    for number, record in enumerate(lines):
        if number in chosen:
            change(account, record)
        else:
            account.keep(record)
    return account


@case(23)
def full_width_everywhere(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders(), customer_id=wide, order_id=wide, order_date=wide, amount=wide)
    return single(account)


@case(23)
def full_width_on_some_lines(draw: Draw) -> Case:
    return single(
        some(draw, lambda a, r: a.keep(r, customer_id=wide(r["customer_id"]), amount=wide(r["amount"])))
    )


MISSING = (
    "",
    "NA",
    "N/A",
    "NaN",
    "nan",
    "null",
    "NULL",
    "None",
    "-",
    "--",
    "无",
    "空",
    "#N/A",
    "  ",
    "　",
    "－",
)


@case(24, over=COLUMNS[:4])
def words_for_missing(draw: Draw, column: str) -> Case:
    words = list(MISSING)

    def change(account: Text, record: Record) -> None:
        account.reject(record, column, f"missing_{column}", **{column: words.pop(draw.randrange(len(words)))})

    return single(some(draw, change, share=0.4))


@case(25, over=("NA", "N/A", "null", "None", "nan", "-", "无"))
def words_that_are_names(draw: Draw, word: str) -> Case:
    return single(some(draw, lambda a, r: a.keep(r | {"region": word, "category": word})))


@case(25)
def an_order_without_a_region(draw: Draw) -> Case:
    return single(some(draw, lambda a, r: a.keep(r | {"region": None}, region="")))


SIGNS = {"bell": "a\x07b", "vertical tab": "a\x0bb", "form feed": "a\x0cb", "file separator": "a\x1cb", "next line": "a\x85b",
         "line separator": "a\u2028b", "paragraph": "a\u2029b", "emoji": "礼盒🎁👨‍👩‍👧", "right to left": "كتاب", "formula": "=1+1", "html": "<b>图</b>"}  # fmt: skip


@case(26, over=SIGNS)
def odd_signs(draw: Draw, text: str) -> Case:
    """Kept as they stand, and no line ends at any of them."""
    shown = text.replace("\u200d", "")  # marks without width are taken off labels
    return single(some(draw, lambda a, r: a.keep(r | {"category": shown}, category=text)))


@case(27)
def a_field_of_300_000_characters(draw: Draw) -> Case:
    long = "说明" * 150_000
    return single(
        some(draw, lambda a, r: a.keep(r, note=long), headers=(*ZH, "备注"), columns=(*COLUMNS, "note"))
    )


@case(27)
def a_long_field_over_many_lines(draw: Draw) -> Case:
    long = "行\n" * 900
    return single(
        some(draw, lambda a, r: a.keep(r, note=long), headers=(*ZH, "备注"), columns=(*COLUMNS, "note"))
    )


def minus(write: Callable[[Decimal], str], below: Callable[[str], str] = lambda text: "-" + text) -> Callable:
    return lambda amount: below(write(-amount)) if amount < 0 else write(amount)


MONEY = {
    "yen mark": minus("¥{:.2f}".format),
    "full width mark": minus("￥{:.2f}".format, lambda text: "-" + text),
    "mark then minus": lambda amount: f"¥{amount:.2f}",
    "yuan behind": lambda amount: f"{amount:.2f}元",
    "renminbi": lambda amount: f"人民币{amount:,.2f}元",
    "code before": lambda amount: f"CNY {amount:,.2f}",
    "code behind": lambda amount: f"{amount:.2f} RMB",
    "thousands": "{:,.2f}".format,
    "thousands and mark": minus("¥ {:,.2f}".format),
    "brackets": minus("{:,.2f}".format, lambda text: f"({text})"),
    "brackets and mark": minus("¥{:,.2f}".format, lambda text: f"({text})"),
    "wide brackets": minus("{:.2f}".format, lambda text: f"（{text}）"),
    "minus behind": minus("{:,.2f}".format, lambda text: f"{text}-"),
    "long minus": minus("{:.2f}".format, lambda text: f"\u2212{text}"),
    "full width": lambda amount: wide(f"{amount:,.2f}"),
    "plus": lambda amount: f"{amount:+.2f}",
    "blanks": lambda amount: f"\u00a0{amount:.2f}　",
    "apostrophes": lambda amount: f"{amount:,.2f}".replace(",", "'"),
    "ten thousands": lambda amount: f"{(amount / 10_000).normalize():f}万",
    "four decimals": lambda amount: f"{amount:.4f}",
    "no leading zero": lambda amount: (
        f"{amount:.2f}".replace("-0.", "-.").removeprefix("0") if abs(amount) < 1 else f"{amount:.2f}"
    ),
}


@case(33, over=MONEY)
def money_written(draw: Draw, write: Callable) -> Case:
    account = Text().header()
    account.keep_all(
        [*draw.orders(), draw.order(amount=Decimal("1234.50")), draw.order(amount=Decimal("-0.75"))],
        amount=write,
    )
    return single(account)


@case(33)
def money_in_several_ways_in_one_column(draw: Draw) -> Case:
    ways = list(MONEY.values())
    return single(some(draw, lambda a, r: a.keep(r, amount=draw.choice(ways)(r["amount"])), share=0.7))


def western(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@case(
    33,
    over={
        "point": western,
        "blank": lambda a: f"{a:,.2f}".replace(",", " ").replace(".", ","),
        "narrow blank": lambda a: f"{a:,.2f} €".replace(",", "\u202f").replace(".", ","),
    },
)
def european_money(draw: Draw, write: Callable) -> Case:
    account = Text(separator=";", headers=COLUMNS).header()
    account.keep_all([*draw.orders(), draw.order(amount=Decimal("1234567.89"))], amount=write)
    return single(account)


@case(33)
def whole_thousands_in_a_column_with_points(draw: Draw) -> Case:
    """1,234 alone could be 1.234 as well; the other values of its column say which."""
    account = Text().header()
    account.keep_all(draw.orders())
    account.keep(draw.order(amount=Decimal(1234)), amount="1,234")
    account.keep(draw.order(amount=Decimal(2234567)), amount="2,234,567")
    return single(account)


def with_amounts(draw: Draw, *amounts: str) -> Text:
    account = Text().header()
    account.keep_all(draw.orders())
    for amount in amounts:
        account.keep(draw.order(amount=Decimal(5)), amount=amount)
    return account


@case(34)
def two_currencies_and_none_is_set(draw: Draw) -> Case:
    account = with_amounts(draw, "¥5.00", "£5.00", "¥5")
    return refused("orders.csv", "¥", "£", "currency", files={"orders.csv": account.bytes()}, exit=2)


@case(34)
def two_currencies_in_two_files_with_other_headers(draw: Draw) -> Case:
    """One amount column of one table, whatever its header is called in each file."""
    east, west = Text("orders_east.csv").header(), Text("orders_west.csv", headers=COLUMNS).header()
    east.keep_all(draw.orders(), amount=lambda amount: f"¥{amount}")
    west.keep_all(draw.orders(prefix="D"), amount=lambda amount: f"£{amount}")
    files = {account.file: account.bytes() for account in (east, west)}
    return refused("¥", "£", "currency", files=files, exit=2)


@case(34, over={"mark": "£{}", "code": "GBP {}", "behind": "{} GBP", "word": "{}英镑"})
def foreign_amounts_where_a_currency_is_set(draw: Draw, way: str) -> Case:
    account = some(
        draw, lambda a, r: a.reject(r, "amount", "other_currency", amount=way.format(abs(r["amount"])))
    )
    return single(account, settings={"currency": "CNY"})


@case(34)
def marks_that_may_mean_one_currency(draw: Draw) -> Case:
    account = Text(headers=COLUMNS).header()
    ways = ("${}", "US${}", "{} USD")
    account.keep_all(draw.orders(), amount=lambda amount: draw.choice(ways).format(amount))
    return single(account)


@case(34)
def a_column_of_currencies(draw: Draw) -> Case:
    """Amounts of two currencies under one header, told apart by a column of their own: never added."""
    account = Text(headers=(*ZH, "币种"), columns=(*COLUMNS, "currency")).header()
    for number, record in enumerate(draw.orders()):
        account.keep(record, currency="USD" if number % 5 == 2 else "CNY")
    return refused("orders.csv", "CNY", "USD", "currency", files={"orders.csv": account.bytes()}, exit=2)


@case(34)
def a_column_of_currencies_where_one_is_set(draw: Draw) -> Case:
    account = Text(headers=(*ZH, "币种"), columns=(*COLUMNS, "currency")).header()
    for number, record in enumerate(draw.orders()):
        if number % 5 == 2:
            account.reject(record, "amount", "other_currency", currency="USD")
        else:
            account.keep(record, currency=draw.choice(["CNY", "人民币", ""]))
    return single(account, settings={"currency": "CNY"})


NO_AMOUNTS = (
    "inf",
    "-Infinity",
    "1e400",
    "1E+03",
    "0x1F",
    "1,23.50",
    "12.3.4",
    "--5",
    "5-5",
    "12,50",
    "abc",
    "1 2 3",
    "5%",
    "¥",
    "１２.３.４",
    "9" * 60,
    "(5",
    "5)",
    "(-5)",
)


@case(35, over=NO_AMOUNTS)
def no_amount(draw: Draw, text: str) -> Case:
    return single(some(draw, lambda a, r: a.reject(r, "amount", "unreadable_value", amount=text), share=0.1))


@case(36)
def refunds_greater_than_purchases(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(record | {"amount": -abs(record["amount"])} for record in draw.orders())
    account.keep(draw.order(amount=Decimal("0.01")))
    return single(account)


@case(36)
def refunds_only(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(record | {"amount": -abs(record["amount"])} for record in draw.orders())
    return single(account)


@case(36)
def cancellations_by_their_mark(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        sign = "C" if record["amount"] < 0 else ""
        account.keep(record | {"order_id": sign + str(record["order_id"])[1:]})
    return single(account, settings={"cancellation_mark": "C"})


@case(36)
def zero_amounts_are_kept(draw: Draw) -> Case:
    return single(
        some(
            draw,
            lambda a, r: a.keep(r | {"amount": Decimal(0)}, amount=draw.choice(["0", "0.00", "-0", "¥0"])),
        )
    )


@case(37)
def amounts_of_a_million_millions(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders())
    for amount in ("1000000000000.01", "-999999999999.99", "1000000000000"):
        account.keep(draw.order(amount=Decimal(amount)), amount=amount)
    return single(account)


@case(37)
def amounts_beyond_what_money_can_be(draw: Draw) -> Case:
    return single(
        some(draw, lambda a, r: a.reject(r, "amount", "unreadable_value", amount="1" + "0" * 17), share=0.1)
    )


@case(37)
def a_thousand_tenths(draw: Draw) -> Case:
    """Floats do not add up to a hundred."""
    account = Text().header()
    account.keep_all(draw.order(amount=Decimal("0.1"), order_id=f"T{n}") for n in range(1000))
    return single(account)


@case(37)
def float_noise(draw: Draw) -> Case:
    """19.989999999999998 was 19.99; what is finer than four decimals is rounded, and told."""
    account = some(draw, lambda a, r: a.keep(r | {"amount": Decimal("19.99")}, amount="19.989999999999998"))
    return single(account, warnings=("float_noise",))


@case(33)
def points_and_commas_that_contradict_each_other(draw: Draw) -> Case:
    """One in nine written the other way: the column has one rule, and what does not fit it is not read by guess."""
    account = Text(separator=";").header()
    for number, record in enumerate(draw.orders(27)):
        amount = record["amount"] + (1000 if record["amount"] > 0 else -1000)
        if number % 9 == 4:
            account.reject(record, "amount", "unreadable_value", amount=western(amount))
        else:
            account.keep(record | {"amount": amount}, amount=f"{amount:,.2f}")
    return single(account)


def three(fields: list[str]) -> list[str]:
    return [*fields[:3], f"{Decimal(fields[3]):.3f}", *fields[4:]]


@case(33)
def three_decimals_or_thousands(draw: Draw) -> Case:
    """1.234 throughout: read with a decimal point, and told."""
    account = Text(separator=";").header()
    account.keep_all(
        record | {"amount": Decimal(draw.randint(1001, 9999)).scaleb(-3)} for record in draw.orders()
    )
    account.lines = [account.lines[0], *(";".join(three(line.split(";"))) for line in account.lines[1:])]
    return single(account, warnings=("ambiguous_amount",))
