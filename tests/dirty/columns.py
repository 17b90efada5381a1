"""B, faults 18 to 22: headers, mappings, and files that do not have the same ones."""

from collections.abc import Sequence
from decimal import Decimal

from dirty.case import COLUMNS, HANT, ZH, Case, Draw, Text, case, refused, single

SYNONYMS = {
    "shop": ("买家会员名", "订单号", "付款时间", "实付金额", "省份", "商品类目"),
    "books": ("客户代码", "单据编号", "单据日期", "价税合计", "区域", "物料类别"),
    "till": ("会员卡号", "小票号", "交易日期", "销售金额", "大区", "商品分类"),
    "traditional": ("會員編號", "訂單號碼", "訂單日期", "訂單金額", "區域", "商品類別"),
    "english": ("Customer No.", "Invoice", "InvoiceDate", "Line Total", "Sales Region", "Product Category"),
    "camel": ("customerId", "orderId", "orderDate", "orderAmount", "Region", "productCategory"),
    "shouting": tuple(name.upper() for name in COLUMNS),
    "spaces": tuple(f"  {name} " for name in ZH),
    "full width": (
        "Ｃｕｓｔｏｍｅｒ＿ＩＤ",
        "Ｏｒｄｅｒ　ＩＤ",
        "Ｏｒｄｅｒ　Ｄａｔｅ",
        "Ａｍｏｕｎｔ",
        "Ｒｅｇｉｏｎ",
        "Ｃａｔｅｇｏｒｙ",
    ),
    "units": ("客户编号*", "订单编号(号)", "下单日期（年-月-日）", "金额（元）", "地区[省]", "品类"),
    "tails": ("客户编号", "订单编号", "下单日期", "金额/元", "地区", "品类"),
    "new lines": ("客户\n编号", "订单\n编号", "下单\n日期", "金额\n(元)", "地区", "品类"),
    "marks": ("\u200b客户编号", "订单编号\u00a0", "下单日期:", "金额:", "地区", "品类"),
}


@case(18, over=SYNONYMS)
def synonyms(draw: Draw, headers: Sequence[str]) -> Case:
    account = Text(headers=headers).header()
    account.keep_all(draw.orders())
    return single(account)


@case(18, over={"万元": ("金额(万元)", 10_000), "千元": ("金额（千元）", 1_000), "分": ("金额(分)", "0.01")})
def units_of_money_in_the_header(draw: Draw, unit: tuple) -> Case:
    header, factor = unit
    account = Text(headers=(*ZH[:3], header, *ZH[4:])).header()
    account.keep_all(draw.orders(), amount=lambda amount: format((amount / Decimal(factor)).normalize(), "f"))
    return single(account)


@case(18)
def columns_in_another_order_with_others_between(draw: Draw) -> Case:
    columns = ("note", "amount", "region", "order_date", "x", "order_id", "category", "customer_id")
    headers = ("备注", "金额", "地区", "下单日期", "操作员", "订单编号", "品类", "客户编号")
    account = Text(headers=headers, columns=columns).header()
    account.keep_all(draw.orders())
    return single(account)


@case(19)
def two_columns_of_money(draw: Draw) -> Case:
    """Neither of two words for the amount may be taken by guess."""
    account = Text(headers=(*ZH[:3], "销售金额", "地区", "实付金额")).header()
    account.keep_all([record | {"category": "9.90"} for record in draw.orders()])
    return refused("orders.csv", "amount", "销售金额", "实付金额", files={"orders.csv": account.bytes()})


@case(19)
def one_header_twice(draw: Draw) -> Case:
    account = Text(headers=(*ZH[:4], "地区", "金额")).header()
    account.keep_all([record | {"category": "9.90"} for record in draw.orders()])
    return refused("orders.csv", "amount", "金额", files={"orders.csv": account.bytes()})


@case(19)
def two_columns_of_dates(draw: Draw) -> Case:
    """The day of ordering goes before the day of paying, and this is told."""
    headers, columns = (*ZH[:2], "付款时间", "下单时间", *ZH[3:]), (*COLUMNS[:2], "paid", *COLUMNS[2:])
    account = Text(headers=headers, columns=columns).header()
    for record in draw.orders():
        account.keep(record, paid=draw.day())
    return single(account, warnings=("date_column_choice",))


@case(20, over={name: (at, name) for at, name in enumerate(("customer_id", "order_date", "amount")) if name})
def a_required_column_is_missing(draw: Draw, missing: tuple) -> Case:
    at = COLUMNS.index(missing[1])
    headers = [header for number, header in enumerate(ZH) if number != at]
    account = Text(headers=headers, columns=[name for name in COLUMNS if name != missing[1]]).header()
    account.keep_all(draw.orders())
    return refused("orders.csv", missing[1], headers[0], headers[-1], files={"orders.csv": account.bytes()})


@case(20)
def no_header_at_all(draw: Draw) -> Case:
    account = Text()
    account.keep_all(draw.orders())
    return refused("orders.csv", "header", files={"orders.csv": account.bytes()})


@case(20)
def headers_that_say_nothing(draw: Draw) -> Case:
    account = Text(headers=("f1", "f2", "f3", "f4", "f5", "f6")).header()
    account.keep_all(draw.orders())
    return refused(
        "orders.csv", "customer_id", "order_date", "amount", "f3", files={"orders.csv": account.bytes()}
    )


@case(20)
def an_id_that_may_be_anyones(draw: Draw) -> Case:
    account = Text(headers=("id", *ZH[1:])).header()
    account.keep_all(draw.orders())
    return refused("orders.csv", "customer_id", files={"orders.csv": account.bytes()})


def parts(*accounts: Text, **said: object) -> Case:
    return Case(list(accounts), {account.file: account.bytes() for account in accounts}, **said)


@case(21)
def regions_with_headers_of_their_own(draw: Draw) -> Case:
    east = Text("orders_east.csv").header()
    south = Text("orders_south.csv", headers=HANT, separator=";").header()
    west = Text("orders_west.csv", headers=COLUMNS, columns=COLUMNS, separator="\t").header()
    for number, account in enumerate((east, south, west)):
        account.keep_all(draw.orders(prefix="DEF"[number]))
    return parts(east, south, west)


@case(21)
def a_region_lacks_a_column(draw: Draw) -> Case:
    sound = Text("orders_east.csv").header()
    sound.keep_all(draw.orders())
    headers = ("客户编号", "订单编号", "下单日期", "地区", "品类")
    lacking = Text("orders_west.csv", headers=headers, columns=[c for c in COLUMNS if c != "amount"]).header()
    lacking.keep_all(draw.orders())
    files = {account.file: account.bytes() for account in (sound, lacking)}
    return refused("orders_west.csv", "amount", files=files)


@case(21)
def a_part_has_a_column_more(draw: Draw) -> Case:
    old = Text("orders_2023.csv").header()
    new = Text("orders_2024.csv", headers=(*ZH, "渠道"), columns=(*COLUMNS, "channel")).header()
    old.keep_all(record | {"channel": None} for record in draw.orders())
    new.keep_all(record | {"channel": draw.choice(["门店", "网店"])} for record in draw.orders(prefix="D"))
    return parts(old, new)


@case(21, 29)
def each_region_writes_dates_its_own_way(draw: Draw) -> Case:
    """Both ways are told by their own files; under headers of their own, one says nothing about the other."""
    east = Text("orders_east.csv").header()
    west = Text("orders_west.csv", headers=COLUMNS, columns=COLUMNS).header()
    last = {"order_date": draw.day().replace(day=25)}
    east.keep_all([*draw.orders(), draw.order(**last)], order_date=lambda day: f"{day:%d/%m/%Y}")
    west.keep_all([*draw.orders(prefix="D"), draw.order(**last)], order_date=lambda day: f"{day:%m/%d/%Y}")
    return parts(east, west)


def mapped(draw: Draw, mapping: str, *, header: bool = True) -> tuple[Text, dict[str, bytes]]:
    account = Text()
    if header:
        account.header()
    account.keep_all(draw.orders())
    return account, {"orders.csv": account.bytes(), "mapping.yml": mapping.encode()}


@case(22)
def mapping_by_position(draw: Draw) -> Case:
    mapping = "tables: {orders: {header: none, columns: {customer_id: 1, order_id: 2, order_date: 3, amount: 4, region: 5, category: 6}}}"
    account, files = mapped(draw, mapping, header=False)
    return Case([account], files)


@case(22)
def mapping_by_header(draw: Draw) -> Case:
    headers = ("甲", "乙", "丙", "丁", "戊", "己")
    account = Text(headers=headers).header()
    account.keep_all(draw.orders())
    columns = ", ".join(f"{name}: {header}" for name, header in zip(COLUMNS, headers, strict=True))
    return Case(
        [account],
        {
            "orders.csv": account.bytes(),
            "mapping.yml": f"tables: {{orders: {{columns: {{{columns}}}}}}}".encode(),
        },
    )


BAD_MAPPINGS = {
    "absent column": ("tables: {orders: {columns: {customer_id: 顾客甲}}}", "顾客甲"),
    "unknown column": ("tables: {orders: {columns: {customer: 客户编号}}}", "customer"),
    "unknown table": ("tables: {oders: {columns: {customer_id: 客户编号}}}", "oders"),
    "unknown setting": ("curency: CNY\n", "curency"),
    "bad setting": ("duplicates: drop\n", "duplicates"),
    "absent file": ("tables: {orders: {files: [sales*.csv]}}", "sales*.csv"),
    "no yaml": ("tables: {orders: [", "mapping.yml"),
    "a list": ("- 1\n- 2\n", "mapping.yml"),
    "code": ("tables: !!python/object/apply:os.system ['touch canary']", "mapping.yml"),
}


@case(22, over=BAD_MAPPINGS)
def wrong_mapping(draw: Draw, said: tuple[str, str]) -> Case:
    mapping, word = said
    return refused(word, files=mapped(draw, mapping)[1], exit=2)
