"""D, faults 28 to 32: days and times. One rule a column; never a day that was not meant."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import pyarrow as pa

from dirty.case import COLUMNS, Case, Draw, Record, Text, case, single
from dirty.files import Rows, Sheet, book, workbook
from dirty.values import some

FIRST_1900, FIRST_1904 = date(1899, 12, 30), date(1904, 1, 1)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

DAYS = {
    "iso": "{:%Y-%m-%d}".format,
    "slashes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "points": "{:%Y.%m.%d}".format,
    "compact": "{:%Y%m%d}".format,
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "chinese with zeros": "{:%Y年%m月%d日}".format,
    "german": "{:%d.%m.%Y}".format,
    "month name": lambda d: f"{d.day}-{MONTHS[d.month - 1]}-{d.year}",
    "american name": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    "long name": lambda d: (
        f"{d.day} {['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'][d.month - 1]} {d.year}"
    ),
    "midnight": "{:%Y-%m-%d 00:00:00}".format,
    "midnight with a fraction": "{:%Y-%m-%d 00:00:00.000}".format,
    "serial": lambda d: str((d - FIRST_1900).days),
    "serial as float": lambda d: f"{(d - FIRST_1900).days}.0",
    "full width": lambda d: f"{d:%Y／%m／%d}".translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "weekday behind": lambda d: f"{d:%Y-%m-%d} 星期{'一二三四五六日'[d.weekday()]}",
}


def with_day(write: Callable[[date], str], lines: list[Record], **said: object) -> Text:
    account = Text(**said).header()
    account.keep_all(lines, order_date=write)
    return account


def telling(draw: Draw) -> list[Record]:
    """Orders of which one is on a day that no month can be."""
    return [*draw.orders(), draw.order(order_date=date(2023, 5, 27))]


@case(28, over=DAYS)
def days_written(draw: Draw, write: Callable) -> Case:
    return single(with_day(write, telling(draw), separator=";"))


CLOCKS = {
    "iso": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}",
    "no seconds": lambda t: f"{t.year}/{t.month}/{t.day} {t.hour}:{t:%M}",
    "compact": "{:%Y%m%d%H%M%S}".format,
    "halves": lambda t: f"{t:%Y-%m-%d} {t.hour % 12 or 12}:{t:%M:%S} {'PM' if t.hour >= 12 else 'AM'}",
    "chinese halves": lambda t: (
        f"{t:%Y/%m/%d} {'下午' if t.hour >= 12 else '上午'}{t.hour % 12 or 12}:{t:%M:%S}"
    ),
    "chinese": "{:%Y年%m月%d日 %H时%M分%S秒}".format,
    "milliseconds": "{:%Y-%m-%d %H:%M:%S.250}".format,
    "german": "{:%d.%m.%Y %H:%M:%S}".format,
}


def at_time(draw: Draw, record: Record, *, seconds: bool = True) -> tuple[Record, datetime]:
    clock = time(draw.randrange(24), draw.randrange(60), draw.randrange(60) if seconds else 0)
    return record | {"order_time": clock.isoformat()}, datetime.combine(record["order_date"], clock)


@case(28, over=CLOCKS)
def times_written(draw: Draw, write: Callable) -> Case:
    account = Text().header()
    for record in telling(draw):
        kept, stamp = at_time(draw, record, seconds=write is not CLOCKS["no seconds"])
        account.keep(kept, order_date=write(stamp))
    return single(account)


@case(28, over={"seconds": 1, "milliseconds": 1000})
def since_1970(draw: Draw, factor: int) -> Case:
    account = Text().header()
    for record in draw.orders():
        kept, stamp = at_time(draw, record)
        account.keep(kept, order_date=int(stamp.replace(tzinfo=UTC).timestamp()) * factor)
    return single(account, warnings=("epoch",))


@case(28, over={"year first": "{:%y-%m-%d}", "day first": "{:%d/%m/%y}", "chinese": "{:%y年%m月%d日}"})
def years_of_two_digits(draw: Draw, form: str) -> Case:
    """Days beyond 12, and years that no day can be, tell the order; it is told all the same."""
    lines = [
        record | {"order_date": record["order_date"].replace(day=13 + n % 15)}
        for n, record in enumerate(draw.orders(30))
    ]
    warnings = () if "年" in form else ("two_digit_year",)
    return single(with_day(form.format, lines), warnings=warnings)


@case(28)
def several_formats_in_one_column(draw: Draw) -> Case:
    ways = [DAYS[name] for name in ("iso", "slashes", "compact", "chinese", "month name", "serial", "points")]
    account = Text(separator=";").header()
    account.keep_all(draw.orders(), order_date=lambda day: draw.choice(ways)(day))
    return single(account)


@case(28)
def dates_of_a_workbook(draw: Draw) -> Case:
    """Days, times and texts in one column of cells."""
    made = book()
    account = Sheet(made).header()
    for number, record in enumerate(draw.orders()):
        account.keep(
            record, order_date=[record["order_date"], f"{record['order_date']:%Y/%m/%d}"][number % 2]
        )
    return workbook(account, made=made)


@case(29, over={"day first": "{:%d/%m/%Y}", "month first": "{:%m/%d/%Y}"})
def order_of_day_and_month_that_can_be_known(draw: Draw, form: str) -> Case:
    return single(with_day(form.format, telling(draw)))


@case(29)
def order_of_day_and_month_that_contradicts_itself(draw: Draw) -> Case:
    """Two in three this way: the column has one rule; what does not fit it, and what fits both ways, is not read."""
    account = Text().header()
    for number, record in enumerate(draw.orders(40)):
        day = record["order_date"].replace(day=13 + number % 15)
        if number % 3:
            account.keep(record | {"order_date": day}, order_date=f"{day:%d/%m/%Y}")
        else:
            account.reject(record, "order_date", "unreadable_value", order_date=f"{day:%m/%d/%Y}")
    for _ in range(4):
        account.reject(
            draw.order(),
            "order_date",
            "unreadable_value",
            order_date=f"0{draw.randint(1, 4)}/0{draw.randint(5, 9)}/2023",
        )
    return single(account, warnings=("ambiguous_date",))


@case(29)
def a_few_dates_the_other_way_round(draw: Draw) -> Case:
    """Nine in ten are day first: the column is; a value that cannot be is quarantined, never turned in silence."""
    account = Text().header()
    for number, record in enumerate(draw.orders(40)):
        day = record["order_date"].replace(day=13 + number % 15)
        account.keep(record | {"order_date": day}, order_date=f"{day:%d/%m/%Y}")
    account.keep(draw.order(order_date=date(2023, 7, 4)), order_date="04/07/2023")
    account.reject(draw.order(), "order_date", "unreadable_value", order_date="07/25/2023")
    return single(account, warnings=("ambiguous_date",))


@case(29)
def order_of_day_and_month_that_cannot_be_known(draw: Draw) -> Case:
    lines = [
        record | {"order_date": record["order_date"].replace(day=1 + n % 12)}
        for n, record in enumerate(draw.orders())
    ]
    return single(with_day("{:%d/%m/%Y}".format, lines), warnings=("ambiguous_date",))


@case(29)
def order_of_day_and_month_that_was_said(draw: Draw) -> Case:
    lines = [
        record | {"order_date": record["order_date"].replace(day=1 + n % 12)}
        for n, record in enumerate(draw.orders())
    ]
    return single(with_day("{:%m/%d/%Y}".format, lines), settings={"date_order": "MDY"})


@case(30)
def serial_numbers_of_a_workbook(draw: Draw) -> Case:
    made = book()
    account = Sheet(made).header()
    account.keep_all(draw.orders(), order_date=lambda day: (day - FIRST_1900).days)
    return workbook(account, made=made)


@case(30)
def serial_numbers_with_times(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        eighths = draw.randint(1, 7)
        clock = (datetime.min + timedelta(hours=3 * eighths)).time().isoformat()
        serial = (record["order_date"] - FIRST_1900).days + eighths / 8
        account.keep(record | {"order_time": clock}, order_date=serial)
    return single(account)


@case(30)
def numbers_that_are_no_days(draw: Draw) -> Case:
    """Not a day of 1970, nor one of any other year."""
    numbers = ["5", "1", "999", "12345.67", "123456", "99999999", "1234567"]
    return single(
        some(
            draw,
            lambda a, r: a.reject(r, "order_date", "unreadable_value", order_date=numbers.pop()),
            share=0.15,
        )
    )


IMPOSSIBLE = (
    "2023-02-30",
    "2023-13-01",
    "2023-00-10",
    "0000-00-00",
    "2023-04-31",
    "31/11/2023x",
    "2023-02-29",
    "昨天",
    "2023-6",
    "2023-05-05 25:00",
    "2023-05-05 12:61:00",
    "2023Q2",
    "0001-13-01",
)


@case(31, over=[text for text in IMPOSSIBLE if text != "2023-6"])
def days_that_do_not_exist(draw: Draw, text: str) -> Case:
    return single(
        some(draw, lambda a, r: a.reject(r, "order_date", "unreadable_value", order_date=text), share=0.1)
    )


@case(31, over=("1900-01-01", "0001-01-01", "1970-01-01", "1999-12-31", "1899-12-30 00:00:00"))
def days_too_early(draw: Draw, text: str) -> Case:
    return single(
        some(draw, lambda a, r: a.reject(r, "order_date", "before_earliest", order_date=text), share=0.1)
    )


@case(31)
def days_after_the_day_that_was_given(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        if record["order_date"] > date(2024, 1, 31):
            account.reject(record, "order_date", "after_as_of")
        else:
            account.keep(record)
    for text in ("2099-12-31", "9999-12-31"):
        account.reject(draw.order(), "order_date", "after_as_of", order_date=text)
    return single(account, settings={"as_of": "2024-01-31"})


def zoned(draw: Draw, account: Text, record: Record, hours: int, write: Callable, to: int) -> None:
    """A stamp of a zone of its own, which must come out in the zone ``to`` hours east."""
    kept, local = at_time(draw, record)
    stamp = local.replace(tzinfo=timezone(timedelta(hours=to)))
    account.keep(kept, order_date=write(stamp.astimezone(timezone(timedelta(hours=hours)))))


@case(32)
def times_of_one_zone(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        zoned(draw, account, record, 8, datetime.isoformat, 8)
    return single(account, warnings=("time_zones",))


@case(32)
def times_of_two_zones(draw: Draw) -> Case:
    """Turned to the zone that most of them carry; orders near midnight change their day."""
    account = Text().header()
    for number, record in enumerate(draw.orders(40)):
        if number % 4:
            zoned(draw, account, record, 8, datetime.isoformat, 8)
        else:
            zoned(draw, account, record, 0, "{:%Y-%m-%dT%H:%M:%SZ}".format, 8)
    return single(account, warnings=("time_zones",))


@case(32)
def times_turned_to_a_zone_that_is_set(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        zoned(draw, account, record, 0, "{:%Y-%m-%d %H:%M:%S+00:00}".format, 8)
    return single(account, settings={"timezone": "Asia/Shanghai"})


@case(32)
def the_night_of_summer_time(draw: Draw) -> Case:
    """01:30 UTC is 03:30 in Berlin in summer, and 02:30 in winter."""
    account = Text(headers=COLUMNS).header()
    account.keep_all(record | {"order_time": None} for record in draw.orders())
    summer = {"order_date": date(2023, 3, 26), "order_time": "03:30:00"}
    winter = {"order_date": date(2023, 10, 29), "order_time": "02:30:00"}
    account.keep(draw.order(**summer), order_date="2023-03-26T01:30:00Z")
    account.keep(draw.order(**winter), order_date="2023-10-29T01:30:00Z")
    return single(account, settings={"timezone": "Europe/Berlin"})


@case(32)
def zones_told_in_hours(draw: Draw) -> Case:
    """As PostgreSQL writes them: 2023-05-05 12:00:00+08."""
    account = Text().header()
    for record in draw.orders():
        zoned(draw, account, record, 8, lambda stamp: f"{stamp:%Y-%m-%d %H:%M:%S}+08", 8)
    return single(account, warnings=("time_zones",))


@case(32)
def times_with_a_zone_of_parquet(draw: Draw) -> Case:
    """A column of stamps has one zone; days come out as its clocks showed them."""
    account = Rows([])
    for record in draw.orders():
        kept, stamp = at_time(draw, record)
        account.keep(kept, order_date=stamp.replace(tzinfo=timezone(timedelta(hours=8))))
    content = account.parquet(order_date=pa.timestamp("us", "Asia/Shanghai"))
    return Case([account], {account.file: content})
