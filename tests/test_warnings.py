"""Warnings of reading and cleaning: each is said once, in both languages, with its file, its column and what to do."""

import ast
import io
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from conftest import ORDERS, ROOT
from exports import read

from custkit import ledger, prepare
from custkit.words import catalogue

PREFIX = "warning."
HEAD = "customer_id,order_id,order_date,amount\n"
LINE = "ann,1,2024-01-05,5\n"
GOOD = HEAD + LINE


def workbook(**sheets: list[list]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def days(*values: str) -> str:
    return HEAD + "".join(f"c{n},{n},{value},5\n" for n, value in enumerate(values))


def sheet(value: str) -> list[list]:
    return [HEAD.strip().split(","), [value, "1", "2024-01-05", 5]]


@dataclass(frozen=True)
class Case:
    """Files that give a warning, and what it says."""

    entry: str  # of the catalogue, without its prefix
    files: dict[str, str | bytes]
    en: str
    zh: str

    @property
    def code(self) -> str:
        return self.entry.partition(".")[0]


ONLY_ORDERS = "tables: {orders: {files: [orders.csv, orders.xlsx]}}"
RATES = [["city", "rate"], ["York", 2]]
SCOPED = (
    "customer_id,order_id,order_date,amount,category\n"
    "ann,1,2023-01-05,5,books\nbob,2,2024-05-05,5,toys\nbob,3,2024-11-09,5,books\n"
)

READING = [
    Case(
        "repaired_text",
        {"orders.csv": HEAD.strip() + ",category\nann,1,2024-01-05,5,產(chǎn)品\n"},
        "orders.csv: category had the sounds of characters in brackets behind them, as in 產(chǎn) (rows: 1, first in line 2)",
        "orders.csv：category 有 1 行在汉字后带有括号拼音",
    ),
    Case(
        "damaged_text",
        {"orders.csv": HEAD.strip() + ",category\nann,1,2024-01-05,5,??蛻羧后w\n"},
        "orders.csv: category has text that an earlier tool damaged (rows: 1, first in line 2)",
        "orders.csv：category 有 1 行文字在此前的处理中已损坏",
    ),
    Case(
        "ambiguous_amount",
        {"orders.csv": HEAD + "ann,1,2024-01-05,1.234\nbob,2,2024-01-05,2.500\n"},
        "orders.csv: no value of amount tells whether 1.234 is a little more than one or a thousand",
        "orders.csv：amount 中没有一个值能说明 1.234",
    ),
    Case(
        "unused_file.quarantine",
        {
            "orders.csv": GOOD,
            "set_aside.csv": "table,file,sheet,line,column,value,rule,message,customer_id\norders,a.csv,,2,amount,x,r,m,ann\n",
        },
        "set_aside.csv: not read, because it is a quarantine that custkit wrote; correct it and feed it back with --fixed",
        "set_aside.csv：是 custkit 写出的隔离文件，因此没有读取；请更正后用 --fixed 重新读入",
    ),
    Case(
        "unused_sheet.other_sheet",
        {
            "orders.xlsx": workbook(Sales=sheet("ann"), Rates=RATES),
            "mapping.yml": "tables: {orders: {files: [orders.xlsx], sheet: Sales}}",
        },
        "orders.xlsx, sheet Rates: not read, because mapping.yml names other sheets of this file; if it holds data",
        "orders.xlsx 的工作表“Rates”：mapping.yml 指明了该文件的其他工作表，因此没有读取；如果其中有数据，请",
    ),
    Case(
        "unused_file.suffix",
        {"orders.csv": GOOD, "model.pkl": "x"},
        "model.pkl: not opened, because its suffix is that of no data file; if it holds data, export it as CSV",
        "model.pkl：从后缀看不是数据文件，因此没有打开；如果其中有数据，请导出为 CSV",
    ),
    Case(
        "unused_file.no_header",
        {"orders.csv": GOOD, "notes.txt": "1,2\n3,4\n"},
        "notes.txt: not read, because no line of it looks like a header; if it holds data, say in mapping.yml",
        "notes.txt：没有一行像表头，因此没有读取；如果其中有数据，请在 mapping.yml 中用 header 指明",
    ),
    Case(
        "unused_file.not_named",
        {"orders.csv": GOOD, "orders_old.csv": GOOD, "mapping.yml": ONLY_ORDERS},
        "orders_old.csv: not read, because no table of mapping.yml names it; if it belongs to one, add it",
        "orders_old.csv：mapping.yml 中没有任何表列出该文件，因此没有读取；如果它属于某个表，请加入",
    ),
    Case(
        "unused_file.no_table",
        {"orders.csv": GOOD, "weather.csv": "town,rain\nYork,1\nLeeds,2\n"},
        "weather.csv: not read, because its headers fit no table (town, rain); if it holds data, say in mapping.yml",
        "weather.csv：表头（town、rain）与任何表都不匹配，因此没有读取；如果其中有数据，请在 mapping.yml 中指明",
    ),
    Case(
        "unused_sheet.no_header",
        {"orders.xlsx": workbook(Sales=sheet("ann"), Notes=[[1, 2], [3, 4]])},
        "orders.xlsx, sheet Notes: not read, because no row of it looks like a header; if it holds data",
        "orders.xlsx 的工作表“Notes”：没有一行像表头，因此没有读取；如果其中有数据，请在 mapping.yml",
    ),
    Case(
        "unused_sheet.not_named",
        {"orders.csv": GOOD, "old.xlsx": workbook(A=sheet("a"), B=RATES), "mapping.yml": ONLY_ORDERS},
        "old.xlsx, sheet A: not read, because no table of mapping.yml names the file; if it belongs to one",
        "old.xlsx 的工作表“A”：mapping.yml 中没有任何表列出该文件，因此没有读取；如果它属于某个表，请",
    ),
    Case(
        "unused_sheet.no_table",
        {"orders.xlsx": workbook(Sales=sheet("ann"), Rates=RATES)},
        "orders.xlsx, sheet Rates: not read, because its headers fit no table (city, rate); if it holds data",
        "orders.xlsx 的工作表“Rates”：表头（city、rate）与任何表都不匹配，因此没有读取；如果其中有数据，请",
    ),
    Case(
        "empty_table",
        {"orders.csv": GOOD, "feedback.csv": "customer_id,satisfaction\n"},
        "feedback.csv: empty, or nothing but a header, and read as if it were absent; if it should hold rows, export",
        "feedback.csv：为空，或只有表头，按没有该文件处理；如果其中应有数据，请重新导出",
    ),
    Case(
        "date_column_choice",
        {"orders.csv": "客户编号,付款日期,下单日期,金额\nann,2024-01-06,2024-01-05,5\n"},
        "orders.csv: order_date was read from 下单日期, though 付款日期 would be possible too; if that is wrong, name",
        "orders.csv：order_date 取自“下单日期”列，但也可能是 付款日期；如果取错，请在 mapping.yml 中指明",
    ),
    Case(
        "sheets_same_columns.all_read",
        {"orders.xlsx": workbook(East=sheet("ann"), West=sheet("bob"))},
        "orders.xlsx: sheets East, West have the same columns, and all were read; if one of them repeats",
        "orders.xlsx：工作表 East、West 的列相同，已全部读取；如果其中有重复的内容，请",
    ),
    Case(
        "sheets_same_columns.some_left",
        {
            "orders.xlsx": workbook(East=sheet("ann"), West=sheet("bob")),
            "mapping.yml": "tables: {orders: {sheet: East}}",
        },
        "orders.xlsx: sheets East, West have the same columns, but some were not read: West; if they hold rows",
        "orders.xlsx：工作表 East、West 的列相同，但有的没有读取：West；如果其中另有数据，请",
    ),
    Case(
        "same_file_twice",
        {"orders.csv": GOOD, "orders_2.csv": GOOD},
        "orders_2.csv is the same file as orders.csv, so each of its rows is merged with the equal one there; remove",
        "orders_2.csv 与 orders.csv 是同一个文件，其中每一行都与后者的相同行合并；请删除",
    ),
    Case(
        "derived_orders",
        {"orders.csv": "customer_id,order_date,amount\nann,2024-01-05,5\n"},
        "orders.csv: no column is order_id, so all lines of one customer on one day count as one order; name",
        "orders.csv：没有 order_id 列，因此同一客户同一天的所有行算作一笔订单；请在 mapping.yml 中指明",
    ),
    Case(
        "amount_mismatch",
        {
            "orders.csv": "customer_id,order_id,order_date,amount,quantity,unit_price\n"
            "ann,1,2024-01-05,5,2,3\nann,2,2024-01-06,6,2,3\n"
        },
        "orders.csv: amount differs from quantity x unit_price (lines: 1), and amount counts; check in the export",
        "orders.csv：amount 与 quantity × unit_price 不一致（1 行），以 amount 为准；请在原始数据中核对",
    ),
    Case(
        "float_noise",
        {"orders.csv": HEAD + "ann,1,2024-01-05,5.123456\n"},
        "orders.csv: amount has values with more than 4 decimals (1), rounded half to even; if another rounding",
        "orders.csv：amount 有 1 个值超过 4 位小数，已按“四舍六入五成双”取舍；如需其他取舍方式，请",
    ),
    Case(
        "id_precision",
        {"orders.csv": GOOD + "1.38E+10,2,2024-01-05,5\n"},
        "orders.csv: customer_id has ids that lost digits in a spreadsheet (rows: 1), and these rows are quarantined; export",
        "orders.csv：customer_id 中有 1 行的编号在电子表格中丢失了位数，这些行已被隔离；请将该列以文本格式导出",
    ),
    Case(
        "ambiguous_date.mixed",
        {"orders.csv": days(*(f"{day}/01/2024" for day in range(13, 31)), "01/31/2024")},
        "orders.csv: order_date is written in two ways (day first: 18 distinct values, month first: 1) and was read as DMY",
        "orders.csv：order_date 有两种写法（日在前的不同取值 18 个，月在前的 1 个），已按 DMY 读取，不符合的行被隔离；请",
    ),
    Case(
        "ambiguous_date.unsettled",
        {"orders.csv": days("25/01/2024", "01/26/2024", "03/04/2024")},
        "orders.csv: order_date is written in two ways (day first: 1 distinct values, month first: 1), and neither prevails",
        "orders.csv：order_date 有两种写法（日在前的不同取值 1 个，月在前的 1 个），哪一种都不占明显多数",
    ),
    Case(
        "ambiguous_date.assumed",
        {"orders.csv": days("03/04/2024", "05/04/2024")},
        "orders.csv: no value of order_date tells day/month from month/day, so all were read as day/month; set date_order",
        "orders.csv：order_date 中没有一个值能区分“日/月”与“月/日”，因此全部按“日/月”读取；请设置 date_order",
    ),
    Case(
        "ambiguous_date.two_digits",
        {"orders.csv": days("03/04/05", "05/04/03")},
        "orders.csv: order_date has years of two digits, read as YMD, though other orders fit as well; set date_order",
        "orders.csv：order_date 的年份只有两位数字，按 YMD 读取，但其他顺序也说得通；请设置 date_order",
    ),
    Case(
        "two_digit_year",
        {"orders.csv": days("24-01-25", "24-02-03")},
        "orders.csv: order_date has years of two digits, read as YMD with 69 to 99 in the last century; export years",
        "orders.csv：order_date 的年份只有两位数字，按 YMD 读取，其中 69 至 99 视为上世纪；请以四位数字导出",
    ),
    Case(
        "time_zones",
        {
            "orders.csv": days(
                "2024-01-25T23:00:00+08:00", "2024-01-25T01:00:00+08:00", "2024-01-25T17:00:00Z"
            )
        },
        "orders.csv: order_date has times of the zones UTC, UTC+08:00, all turned to UTC+08:00; set timezone",
        "orders.csv：order_date 的时间带有时区 UTC、UTC+08:00，已统一换算为 UTC+08:00；如需其他时区，请设置 timezone",
    ),
    Case(
        "epoch",
        {"orders.csv": days("1706187845", "1706187846")},
        "orders.csv: order_date has seconds or milliseconds since 1970, turned to times of UTC; set timezone",
        "orders.csv：order_date 含有自 1970 年起的秒数或毫秒数，已换算为 UTC 时间；如需其他时区，请设置 timezone",
    ),
]
MANY = "".join(f"c{n},{n},2024-01-05,{10 if n % 2 else 20}\n" for n in range(40))
PEOPLE = "customer_id,name,phone,birth_date,registered_on\nann,Ann Lee,13800138000,1990-01-05,2024-02-01\nbob,Ann Lee,13800138000,1990-01-05,\n"
CLEANING = [
    Case(
        "extreme_amount.amounts",
        {"orders.csv": HEAD + MANY + "x,90,2024-01-05,1000000\n"},
        "orders: values in amount lie far above the usual 20.00 (outliers is mad; rows: 1, listed: 1) and were kept; look",
        "orders：amount 列有 1 个值远高于通常的 20.00（outliers 为 mad，已列出 1 个），均已保留；请",
    ),
    Case(
        "extreme_amount.refunds",
        {
            "orders.csv": HEAD
            + MANY.replace(",10\n", ",-10\n").replace(",20\n", ",-20\n")
            + "x,90,2024-01-05,-1000000\n"
            + "y,91,2024-01-05,5\n"
            + "".join(f"z,{n},2024-01-06,-10\n" for n in range(92, 112))
        },
        "orders: refunds in amount are far larger than the usual 10.00 (outliers is mad; rows: 1, listed: 1) and were kept",
        "orders：amount 列有 1 笔退款远大于通常的 10.00（outliers 为 mad，已列出 1 笔），均已保留；请",
    ),
    Case(
        "registered_after_order",
        {"orders.csv": GOOD, "customers.csv": PEOPLE},
        "customers: registered_on is later than the first order (customers: 1, listed: 1); look at review.csv",
        "customers：有 1 位客户的 registered_on 晚于首次下单日期（已列出 1 位）；请",
    ),
    Case(
        "same_person.phone",
        {"orders.csv": GOOD, "customers.csv": PEOPLE},
        "customers: rows share a phone with another customer id (rows: 2, of 1 that may be one person each; listed: 2)",
        "customers：有 2 行与其他客户编号的 phone 相同，可能属于 1 个人（已列出 2 行）；请",
    ),
    Case(
        "same_person.name",
        {"orders.csv": GOOD, "customers.csv": PEOPLE},
        "customers: rows share name and birth date with another customer id (rows: 2, of 1 that may be one person each",
        "customers：有 2 行与其他客户编号的 name 和出生日期相同，可能属于 1 个人（已列出 2 行）；请",
    ),
    Case(
        "scope.day",
        {"orders.csv": SCOPED, "mapping.yml": 'since: "2024-01-01"'},
        "orders: only the days 2024-01-01 – 2024-11-09 count (since is 2024-01-01), so earlier lines are out of scope (lines: 1)",
        "orders：仅统计 2024-01-01 – 2024-11-09（since 为 2024-01-01），更早的 1 行不在分析范围内",
    ),
    Case(
        "scope.rolling",
        {"orders.csv": SCOPED, "mapping.yml": "{since: 3q}"},
        "orders: only the days 2024-02-10 – 2024-11-09 count (since is 3q, rolling back from the last day), so earlier",
        "orders：仅统计 2024-02-10 – 2024-11-09（since 为 3q，自最后一日起滚动回溯），更早的 1 行",
    ),
    Case(
        "scope.calendar",
        {"orders.csv": SCOPED, "mapping.yml": "{since: 3q, window: calendar}"},
        "orders: only the days 2024-04-01 – 2024-11-09 count (since is 3q of the calendar, the current period included",
        "orders：仅统计 2024-04-01 – 2024-11-09（since 为 3q，按自然周期，含尚未结束的当期），更早的 1 行",
    ),
    Case(
        "scope.fiscal",
        {"orders.csv": SCOPED, "mapping.yml": "{since: 3q, window: fiscal, fiscal_start: 2}"},
        "orders: only the days 2024-05-01 – 2024-11-09 count (since is 3q of the fiscal year, the current period",
        "orders：仅统计 2024-05-01 – 2024-11-09（since 为 3q，按财年周期，含尚未结束的当期），更早的 1 行",
    ),
    Case(
        "scope.categories",
        {"orders.csv": SCOPED, "mapping.yml": "{categories: [toys]}"},
        "orders: only lines of the categories toys count, so others, and those without a category, are out of scope (lines: 2)",
        "orders：仅统计以下品类：toys；其他品类及没有 category 的 2 行不在分析范围内",
    ),
    Case(
        "scope.prospects",
        {"orders.csv": SCOPED, "mapping.yml": "{since: 3q}"},
        "orders: no line in scope is left of some customers (1), who count as customers without an order; widen since",
        "orders：有 1 位客户在分析范围内没有订单，按尚未下单的客户处理；如应算作买家，请放宽",
    ),
    Case(
        "business",
        {
            "orders.csv": GOOD,
            "customers.csv": "customer_id,gender,size\nann,F,20\n",
            "mapping.yml": "business: true\n",
        },
        "customers: customers are firms (business), so these columns were left out: gender; take",
        "customers：客户为企业（business），因此未使用以下列：gender；",
    ),
    Case(
        "same_place",
        {"orders.csv": HEAD.strip() + ",region\nann,1,2024-01-05,5,上海\nbob,2,2024-01-05,5,上海市\n"},
        "region: spellings of one place were read as one: 上海市 → 上海; to keep them apart",
        "region：同一地点的不同写法已合并：上海市 → 上海；",
    ),
    Case(
        "unknown_word.kept",
        {"orders.csv": GOOD, "customers.csv": "customer_id,education\nann,some\n"},
        "customers: words in education that custkit does not know were kept as they stand (words: 1, rows: 1)",
        "customers：education 列有 1 个 custkit 不认识的词（共 1 行），已按原文保留",
    ),
    Case(
        "unknown_word.emptied",
        {"orders.csv": GOOD, "customers.csv": "customer_id,gender\nann,1\n"},
        "customers: words or codes in gender that custkit does not know were not guessed and count as not known",
        "customers：gender 列有 1 个 custkit 不认识的词或代码（共 1 行），未作猜测",
    ),
    Case(
        "unknown_word.city",
        {"orders.csv": GOOD, "customers.csv": "customer_id,city\nann,上海\nbob,Atlantis\n"},
        "customers: names in city that are not in custkit/places.yml have no province and no tier from there",
        "customers：city 列有 1 个名称不在 custkit/places.yml 中（共 1 行）",
    ),
    Case(
        "age_out_of_range",
        {"orders.csv": GOOD, "customers.csv": "customer_id,age\nann,200\n"},
        "customers: age gives no age from 0 to 120 (rows: 1); the rows were kept",
        "customers：1 行的 age 得不出 0 至 120 之间的年龄",
    ),
    Case(
        "filled.words",
        {
            "orders.csv": GOOD,
            "customers.csv": "customer_id,city_tier,city\nann,tier 1,York\nbob,,York\n",
            "mapping.yml": "fill: [city_tier=unknown]\n",
        },
        "customers: city_tier was filled with “unknown” (unknown) where it was missing (rows: 1 of 2)",
        "customers：按 fill 设置，2 行中 1 行缺失的 city_tier 已填为“unknown”",
    ),
    Case(
        "filled.numbers",
        {
            "orders.csv": GOOD,
            "customers.csv": "customer_id,age,city\nann,20,York\nbob,,York\ncat,21,York\ndan,61,York\n",
            "mapping.yml": "fill: [age=median]\n",
        },
        "customers: age was filled with 21 (median) where it was missing (rows: 1 of 4), as the setting fill asks, and its mean goes from 34.00 to 30.75;",
        "customers：按 fill 设置，4 行中 1 行缺失的 age 已填为 21（median），均值由 34.00 变为 30.75，",
    ),
    Case(
        "draft_mapping",
        {"orders.csv": GOOD, "mapping.draft.yml": "currency: GBP\n"},
        "mapping.draft.yml was used, because there is no mapping.yml; check it and rename it to mapping.yml",
        "由于没有 mapping.yml，此处使用了草稿 mapping.draft.yml；请核对后更名为 mapping.yml",
    ),
    Case(
        "quarantined",
        {"orders.csv": GOOD + ",2,2024-01-05,5\n"},
        "orders: 1 of 2 rows are in quarantine.csv, each with its reason; correct them there and feed the file back with --fixed",
        "orders：2 行中有 1 行被隔离到 quarantine.csv，并逐行注明原因；请在其中更正后用 --fixed 重新读入",
    ),
    Case(
        "id_case",
        {"orders.csv": GOOD + "Ann,2,2024-01-05,5\n"},
        "customer_id: ids that differ only in upper and lower case are kept apart (cases: 1); if they mean one customer",
        "customer_id：有 1 组编号仅大小写不同，仍作为不同客户处理；如果实为同一客户，请",
    ),
    Case(
        "order_conflict",
        {"orders.csv": GOOD + "bob,1,2024-01-05,5\n"},
        "orders: some values of order_id stand with two or more customers (1), and each counts as an order of each; check",
        "orders：有 1 个 order_id 对应两位或更多客户，分别计为每位客户的一笔订单；请",
    ),
    Case(
        "cancellation_sign",
        {"orders.csv": GOOD + "bob,C2,2024-01-05,5\n", "mapping.yml": "cancellation_mark: C\n"},
        "orders: 1 lines whose order_id begins with C have an amount above zero, and count as purchases; if they are",
        "orders：有 1 行的 order_id 以 C 开头但金额为正，仍计为购买；如果它们是取消订单，请",
    ),
    Case(
        "orphan_keys",
        {"orders.csv": GOOD, "feedback.csv": "customer_id,satisfaction\nann,4\nnobody,2\n"},
        "feedback: values of customer_id that stand in no table of customers or orders (1) count for nobody; if they",
        "feedback：有 1 个 customer_id 不在任何客户表或订单表中，不计入任何客户；如果确为客户，请",
    ),
    Case(
        "values_differ",
        {"orders.csv": GOOD, "customer_values.csv": "customer_id,n_orders,last_order\nann,3,2024-01-05\n"},
        "customer_values: n_orders differs from what the orders give (customers: 1), and the orders count; check",
        "customer_values：有 1 位客户的 n_orders 与订单数据不一致，以订单为准；请核对",
    ),
    Case(
        "empty_region",
        {"orders.csv": ORDERS + ",9,2024-03-01,1.00,Atlantis,shop,toys\n"},
        "Atlantis: no kept customer belongs to this region, so its page has no analysis; if it should have customers, look",
        "Atlantis：没有保留下来的客户属于该地区，因此其页面没有分析内容；如果该地区应有客户，请",
    ),
]
EXCEEDED = {
    "too_much_quarantined.rows": (
        "orders: 50.0% of the rows are quarantined, more than max_quarantined_rows 5.0%; see quarantine.csv, then correct the export or raise the limit",
        "orders：50.0% 的行被隔离，超过 max_quarantined_rows 的上限 5.0%；请查看 quarantine.csv，然后更正原始数据或提高上限",
    ),
    "too_much_quarantined.money": (
        "orders: 50.0% of the money is quarantined, more than max_quarantined_money 1.0%; see quarantine.csv, then correct the export or raise the limit",
        "orders：50.0% 的金额被隔离，超过 max_quarantined_money 的上限 1.0%；请查看 quarantine.csv，然后更正原始数据或提高上限",
    ),
}


def prepared(folder: Path, files: dict[str, str | bytes]) -> prepare.Prepared:
    data = folder / "data"
    data.mkdir()
    for name, content in files.items():
        (data / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return prepare.prepare(str(data), str(folder / "out"), draft=True)


def require_said(case: Case, warnings: list[dict[str, str]]) -> None:
    (said,) = [w for w in warnings if w["code"] == case.code and w["text"].startswith(case.en)]
    assert said["text_zh"].startswith(case.zh)
    assert list(said) == ["code", "table", "file", "column", "text", "text_zh"]
    assert said["file"] in said["text"]
    assert said["file"] in said["text_zh"]


class TestSaid:
    @pytest.mark.parametrize("case", READING, ids=lambda case: case.entry)
    def test_once_and_in_both_languages_by_reading(self, tmp_path, case):
        require_said(case, read(tmp_path, case.files).warnings)

    @pytest.mark.parametrize("case", CLEANING, ids=lambda case: case.entry)
    def test_once_and_in_both_languages_by_cleaning(self, tmp_path, case):
        require_said(case, prepared(tmp_path, case.files).ledger["warnings"])

    def test_the_same_file_twice_is_said_once(self, tmp_path):
        found = prepared(tmp_path, {"orders.csv": GOOD, "orders_2.csv": GOOD}).warnings
        assert [w["code"] for w in found] == ["same_file_twice"]


class TestExceeded:
    def test_thresholds_that_were_exceeded(self, tmp_path):
        found = prepared(tmp_path, {"orders.csv": GOOD + ",2,2024-01-05,5\n"})
        for said, (en, zh) in zip(found.exceeded, EXCEEDED.values(), strict=True):
            assert (said["text"], said["text_zh"]) == (en, zh)


def texts_and_codes() -> tuple[set[str], set[str]]:
    """Every text that stands in the package, and those among them with which ``warn`` is called."""
    found, called = set(), set()
    for path in (ROOT / "custkit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            # warn(code, ...) and found.warn(code, ...)
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "warn"
            ):
                called |= {first.value for first in node.args[:1] if isinstance(first, ast.Constant)}
    return found, called


class TestCatalogue:
    def entries(self) -> dict[str, dict[str, str]]:
        return {
            key.removeprefix(PREFIX): texts for key, texts in catalogue().items() if key.startswith(PREFIX)
        }

    def test_has_every_code_that_is_used_and_no_other(self):
        texts, called = texts_and_codes()
        codes = {entry.partition(".")[0] for entry in self.entries()}
        assert called <= codes <= texts

    def test_every_sentence_is_said_by_a_case_here(self):
        assert {case.entry for case in [*READING, *CLEANING]} | set(EXCEEDED) == set(self.entries())

    def test_every_sentence_says_what_to_do(self):
        for entry, texts in self.entries().items():
            assert "; " in texts["en"], entry
            assert "请" in texts["zh"], entry


class TestWarn:
    def test_an_address_names_the_sheet_and_a_list_is_joined_as_the_language_does(self):
        said = ledger.warn("unused_sheet", key="no_table", file="a.xlsx", sheet="S", headers=["x", "y"])
        assert said["text"].startswith("a.xlsx, sheet S: not read, because its headers fit no table (x, y)")
        assert said["text_zh"].startswith("a.xlsx 的工作表“S”：表头（x、y）")
        assert (said["file"], said["table"]) == ("a.xlsx", "")

    def test_what_the_data_say_is_never_taken_for_a_placeholder(self):
        assert "{table}" in ledger.warn("empty_region", region="{table}")["text"]

    def test_a_code_without_a_sentence_is_a_fault_of_ours(self):
        with pytest.raises(KeyError, match=r"warning\.no_such_code"):
            ledger.warn("no_such_code")

    def test_texts_are_those_of_one_language(self):
        noticed = [ledger.warn("empty_region", region="East")]
        assert ledger.texts(noticed, "zh")[0].startswith("East：没有")
        assert ledger.texts(noticed, "en")[0].startswith("East: no kept")
