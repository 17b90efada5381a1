"""G, faults 45 to 47, and H, faults 48 to 53: wide tables, many regions, and tables with next to nothing in them."""

from decimal import Decimal

from dirty.case import COLUMNS, ZH, Case, Draw, Text, case, refused, single


@case(46, over=(150, 1500))
def many_columns(draw: Draw, n_columns: int) -> Case:
    further = [f"指标{n}" for n in range(n_columns)]
    account = Text(headers=(*ZH, *further), columns=(*COLUMNS, *further)).header()
    for record in draw.orders(20):
        account.keep(record, **dict.fromkeys(further, "1"))
    return single(account)


@case(46)
def more_regions_than_there_can_be(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    account.keep_all(
        lines[n % len(lines)] | {"order_id": f"N{n}", "region": f"网点{n:04d}"} for n in range(230)
    )
    return refused("regions", "max_regions", files={"orders.csv": account.bytes()}, exit=2)


@case(46)
def many_categories(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    account.keep_all(
        lines[n % len(lines)] | {"order_id": f"N{n}", "category": f"类{n:05d}"} for n in range(3000)
    )
    return single(account)


PROVINCES = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
]


@case(46, 47)
def thirty_four_regions_in_files_of_their_own(draw: Draw) -> Case:
    accounts = []
    for number, region in enumerate(PROVINCES):
        account = Text(f"{region}/orders.csv").header()
        account.keep_all(
            record | {"region": region, "customer_id": f"P{number}"} for record in draw.orders(3)
        )
        accounts.append(account)
    return Case(accounts, {account.file: account.bytes() for account in accounts})


@case(46)
def a_region_with_a_name_of_ours(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(record | {"region": "all"} for record in draw.orders())
    return refused("all", "region", files={"orders.csv": account.bytes()})


@case(48)
def one_order_of_one_customer(draw: Draw) -> Case:
    account = Text().header()
    account.keep(draw.order())
    return single(account)


@case(49)
def all_customers_alike(draw: Draw) -> Case:
    account = Text().header()
    like = draw.order()
    account.keep_all(like | {"customer_id": f"C{n}", "order_id": f"A{n}"} for n in range(25))
    return single(account)


@case(51)
def one_region(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders(regions=("华东",)))
    return single(account)


@case(51)
def a_region_without_a_usable_order(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders(regions=("华东", "华南")))
    for _ in range(3):
        account.reject(draw.order(region="海外"), "customer_id", "missing_customer_id", customer_id="")
    return single(account, warnings=("empty_region",))


@case(51)
def all_rows_bad(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        account.reject(record, "customer_id", "missing_customer_id", customer_id="")
    return refused("orders", "missing_customer_id", files={"orders.csv": account.bytes()})


@case(52)
def one_giant_customer(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders())
    account.keep(draw.order(customer_id="GIANT", amount=Decimal("98765432.10")))
    return single(account)
