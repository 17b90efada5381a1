"""F, faults 38 to 44: records that are there twice, and ids."""

import gzip
from decimal import Decimal

from dirty.case import COLUMNS, ZH, Account, Case, Draw, Record, Rejected, Text, case, single
from dirty.files import Rows, Sheet, book, workbook
from dirty.values import some, wide


@case(38)
def equal_records(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    places = [account.keep(record) for record in lines]
    for at in draw.sample(range(len(lines)), 5):
        account.merge(lines[at], places[at])
    return single(account)


@case(38)
def records_that_are_equal_once_they_are_read(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    places = [account.keep(record) for record in lines]
    ways = (
        lambda r: {"customer_id": f" {r['customer_id']}\u3000"},
        lambda r: {"customer_id": wide(r["customer_id"])},
        lambda r: {"amount": f"¥{r['amount']:,.4f}"},
        lambda r: {"order_date": f"{r['order_date']:%Y/%m/%d}"},
        lambda r: {"region": f"{r['region']} ", "order_id": f"\ufeff{r['order_id']}"},
    )
    for at, way in zip(draw.sample(range(len(lines)), len(ways)), ways, strict=True):
        account.merge(lines[at], places[at], **way(lines[at]))
    return single(account)


@case(38)
def records_that_differ_in_a_column_that_is_not_used(draw: Draw) -> Case:
    """Two cashiers, two sales."""
    account = Text(headers=(*ZH, "收银员"), columns=(*COLUMNS, "clerk")).header()
    for record in draw.orders():
        account.keep(record, clerk="甲")
        if draw.random() < 0.3:
            account.keep(record, clerk="乙")
    return single(account)


@case(38)
def equal_records_where_they_are_only_flagged(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        account.keep(record)
        if draw.random() < 0.3:
            account.keep(record)
    return single(account, settings={"duplicates": "flag"})


@case(38)
def a_record_in_two_files(draw: Draw) -> Case:
    """The last day of one month stands at the top of the next one."""
    first, second = Text("orders_01.csv").header(), Text("orders_02.csv", separator=";").header()
    lines = draw.orders()
    places = [first.keep(record) for record in lines]
    across = []
    for at in range(len(lines) - 4, len(lines)):
        line = second.put(second.fields(lines[at], {}))
        second.rows, second.money = second.rows + 1, second.money + lines[at]["amount"]
        across.append((second.file, line, first.file, places[at]))
    second.keep_all(draw.orders(prefix="D"))
    files = {account.file: account.bytes() for account in (first, second)}
    return Case([first, second], files, merged_across=across)


def twice(draw: Draw, first: str, second: str) -> tuple[Text, Text, list]:
    account, again = Text(first).header(), Text(second).header()
    across = []
    for record in draw.orders():
        kept = account.keep(record)
        across.append((second, again.put(again.fields(record, {})), first, kept))
        again.rows, again.money = again.rows + 1, again.money + record["amount"]
    return account, again, across


@case(39)
def the_same_file_under_two_names(draw: Draw) -> Case:
    account, again, across = twice(draw, "orders.csv", "orders_copy.csv")
    files = {one.file: one.bytes() for one in (account, again)}
    return Case([account, again], files, merged_across=across, warnings=("same_file_twice",))


@case(39)
def the_same_file_without_order_ids(draw: Draw) -> Case:
    """Equal lines of one file may be two sales; a file given twice is not."""
    headers, columns = [h for h in ZH if h != "订单编号"], [c for c in COLUMNS if c != "order_id"]
    account, again = (
        Text(name, headers=headers, columns=columns).header() for name in ("orders.csv", "orders_copy.csv")
    )
    across = []
    for record in draw.orders():
        bare = {name: value for name, value in record.items() if name != "order_id"}
        kept = account.keep(bare)
        across.append((again.file, again.put(again.fields(bare, {})), account.file, kept))
        again.rows, again.money = again.rows + 1, again.money + record["amount"]
    files = {one.file: one.bytes() for one in (account, again)}
    return Case([account, again], files, merged_across=across, warnings=("same_file_twice", "derived_orders"))


@case(39)
def the_same_file_packed_and_unpacked(draw: Draw) -> Case:
    account, again, across = twice(draw, "orders.csv", "orders.csv.gz")
    files = {account.file: account.bytes(), again.file: gzip.compress(again.bytes("gbk"))}
    return Case([account, again], files, merged_across=across)


@case(40)
def one_order_of_two_customers(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    account.keep_all(lines)
    account.keep(lines[0] | {"customer_id": "C777"})
    return single(account, warnings=("order_conflict",))


@case(41)
def lines_of_one_order(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        account.keep(record)
        account.keep(record | {"amount": record["amount"] + Decimal("0.01")})
    return single(account)


@case(41)
def equal_lines_without_an_order_id(draw: Draw) -> Case:
    headers, columns = [h for h in ZH if h != "订单编号"], [c for c in COLUMNS if c != "order_id"]
    account = Text(headers=headers, columns=columns).header()
    for record in draw.orders():
        bare = {name: value for name, value in record.items() if name != "order_id"}
        account.keep(bare)
        if draw.random() < 0.2:
            account.keep(bare)
    return single(account, warnings=("derived_orders",))


IDS = {
    "leading zeros": ("0017", "0017"),
    "whole float": ("1001.0", "1001"),
    "exponent of a letter": ("1E5", "1E5"),
    "word": ("TRUE", "TRUE"),
    "eighteen digits": ("123456789012345678", "123456789012345678"),
    "day": ("2023-01", "2023-01"),
    "fraction": ("3/4", "3/4"),
    "apostrophe": ("O'Hara", "O'Hara"),
    "chinese": ("客户壹号", "客户壹号"),
    "hash": ("#12", "#12"),
}


@case(42, over=IDS)
def ids_stay_as_they_are(draw: Draw, said: tuple[str, str]) -> Case:
    written, meant = said
    account = some(draw, lambda a, r: a.keep(r | {"customer_id": meant}, customer_id=written))
    return single(account)


@case(42)
def ids_kept_from_excel_by_an_equals_sign(draw: Draw) -> Case:
    """="0012" stands between the separators as it is, with quotes that no strict reader of CSV expects."""
    account = Text().header()
    for record in draw.orders():
        account.keep(record | {"customer_id": f"00{record['customer_id']}"})
        account.lines[-1] = (
            f'="00{record["customer_id"]}"' + account.lines[-1][account.lines[-1].index(",") :]
        )
    return single(account)


@case(42, over=("1.38E+10", "1.2346e+17", "4.5E+12", "1E+05"))
def ids_that_a_spreadsheet_shortened(draw: Draw, text: str) -> Case:
    account = some(draw, lambda a, r: a.reject(r, "customer_id", "damaged_id", customer_id=text), share=0.1)
    return single(account, warnings=("id_precision",))


@case(42)
def order_ids_that_a_spreadsheet_shortened(draw: Draw) -> Case:
    account = some(
        draw, lambda a, r: a.reject(r, "order_id", "damaged_id", order_id="2.02305E+15"), share=0.1
    )
    return single(account, warnings=("id_precision",))


@case(42)
def numbers_as_ids_in_a_workbook(draw: Draw) -> Case:
    """Whole numbers come out without a point; of more than 15 digits nobody knows the last ones."""
    made = book()
    account = Sheet(made).header()
    for number, record in enumerate(draw.orders()):
        if number % 9 == 4:
            account.reject(record, "customer_id", "damaged_id", customer_id=123456789012345678)
        else:
            account.keep(record | {"customer_id": str(880000 + number)}, customer_id=880000 + number)
    return workbook(account, made=made, warnings=("id_precision",))


@case(42)
def floats_as_ids_in_parquet(draw: Draw) -> Case:
    account = Rows([])
    for number, record in enumerate(draw.orders()):
        account.keep(record | {"customer_id": str(5000 + number)}, customer_id=5000.0 + number)
    account.reject(draw.order(), "customer_id", "missing_customer_id", customer_id="")
    account.reject(draw.order(), "customer_id", "damaged_id", customer_id=1.2345678901234567e17)
    return Case([account], {account.file: account.parquet()})


AROUND = {
    "no-break space": "\u00a0{}\u00a0",
    "ideographic space": "\u3000{}",
    "zero width": "\u200b{}\u200d",
    "mark": "\ufeff{}",
    "tab": "{}\t",
    "thin space": "{}\u2009",
    "soft hyphen": "{}\u00ad",
    "direction": "\u200e{}\u200f",
}


@case(43, over=AROUND)
def blanks_around_ids(draw: Draw, form: str) -> Case:
    account = some(
        draw,
        lambda a, r: a.keep(
            r, customer_id=form.format(r["customer_id"]), order_id=form.format(r["order_id"])
        ),
    )
    return single(account)


@case(43)
def ids_that_differ_in_case(draw: Draw) -> Case:
    account = some(draw, lambda a, r: a.keep(r | {"customer_id": str(r["customer_id"]).lower()}), share=0.5)
    return single(account, warnings=("id_case",))


def people(
    *records: Record,
    headers: tuple = ("客户编号", "性别", "城市"),
    columns: tuple = ("customer_id", "gender", "city"),
) -> Text:
    account = Text("customers.csv", headers=headers, columns=columns, table="customers").header()
    for record in records:
        account.keep(record)
    return account


@case(44)
def keys_missing_on_either_side(draw: Draw) -> Case:
    orders = Text().header()
    orders.keep_all(draw.orders())
    customers = people()
    known = sorted({record["customer_id"] for record in orders.kept})[1:]
    for one in [*known, "C900", "C901"]:
        customers.put([one, "", "上海"])
        customers.rows += 1
    feedback = Text(
        "feedback.csv",
        headers=("客户编号", "反馈日期", "满意度"),
        columns=("customer_id", "date", "satisfaction"),
        table="feedback",
    ).header()
    for one in [known[0], "C998", "C999"]:
        feedback.keep({"customer_id": one, "date": draw.day(), "satisfaction": Decimal(4)})
    accounts: list[Account] = [orders, feedback]
    customers.kept = [
        {"customer_id": one}
        for one in sorted({*known, "C900", "C901", *(r["customer_id"] for r in orders.kept)})
    ]
    accounts.append(customers)
    return Case(
        accounts, {a.file: a.bytes() for a in (orders, customers, feedback)}, warnings=("orphan_keys",)
    )


@case(44)
def rows_of_one_customer_that_contradict_each_other(draw: Draw) -> Case:
    orders = Text().header()
    orders.keep_all(draw.orders())
    ids = sorted({record["customer_id"] for record in orders.kept})
    customers = people()
    for number, one in enumerate(ids):
        line = customers.put([one, "", "上海"])
        customers.rows += 1
        if number == 1:
            again = customers.put([one, "", "北京"])
            customers.rows += 1
            for at in (line, again):
                customers.rejected.append(_rejected(customers, at))
    customers.kept = [{"customer_id": one} for one in ids]
    return Case([orders, customers], {a.file: a.bytes() for a in (orders, customers)})


def _rejected(account: Account, line: int) -> Rejected:
    return Rejected(account.file, "", line, "customer_id", ("conflicting_id",))
