"""A, faults 9 to 12: quotes, fields, and lines that are no records. No line swallows another, no column shifts."""

from dirty.case import ZH, Case, Draw, Text, case, single

WITH_NOTE = (*ZH, "备注")


def plain(account: Text, record: dict) -> list[str]:
    return [str(field) for field in account.fields(record, {})]


@case(9)
def newlines_in_quotes(draw: Draw) -> Case:
    account = Text(headers=WITH_NOTE).header()
    for number, record in enumerate(draw.orders()):
        note = draw.choice(["", "门口", "第一行\n第二行", "一\n\n三,四", '说"好"\n再来'])
        account.put([*plain(account, record), note])
        account.kept.append(record)
        account.rows, account.money = number + 1, account.money + record["amount"]
    return single(account)


@case(9)
def newlines_in_quotes_and_a_fault_below(draw: Draw) -> Case:
    """The line of the faulty record is told as it stands in the file, below records of several lines."""
    account = Text(columns=("customer_id", "order_id", "order_date", "amount", "region", "product"))
    account.headers = ("客户编号", "订单编号", "下单日期", "金额", "地区", "商品名称")
    account.header()
    for record in draw.orders():
        account.keep(record | {"category": None}, product=draw.choice(["笔", "一盒\n两支", '"大"\n号']))
        account.kept[-1] = {name: value for name, value in record.items() if name != "category"}
    account.reject(draw.order(), "order_date", "unreadable_value", order_date="2023-02-30")
    account.reject(draw.order(), "customer_id", "missing_customer_id", customer_id="")
    return single(account)


@case(9)
def doubled_quotes(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders(categories=('19" 显示器', '"精选"', 'a""b', '"')))
    return single(account)


@case(9)
def every_field_in_quotes(draw: Draw) -> Case:
    account = Text()
    account.text(",".join(f'"{header}"' for header in account.headers))
    for record in draw.orders():
        account.keep(record)
        account.lines[-1] = ",".join(f'"{field}"' for field in plain(account, record))
    return single(account)


@case(9, over={"crlf": "\r\n", "cr": "\r"})
def line_ends(draw: Draw, newline: str) -> Case:
    account = Text(newline=newline).header()
    account.keep_all(draw.orders())
    return single(account)


@case(9)
def newline_of_unix_inside_a_windows_file(draw: Draw) -> Case:
    """Records end in CRLF, a note holds LF alone."""
    account = Text(newline="\r\n").header()
    account.keep_all(draw.orders(categories=("图书", "家电\n大件")))
    return single(account)


@case(9)
def mixed_line_ends(draw: Draw) -> Case:
    """Parts of two systems put together."""
    first, second = Text(newline="\r\n").header(), Text()
    first.keep_all(draw.orders())
    second.keep_all(draw.orders(prefix="D"))
    content = first.bytes() + second.bytes()
    first.kept += second.kept
    first.rows, first.money = first.rows + second.rows, first.money + second.money
    return Case([first], {"orders.csv": content})


@case(10)
def two_stray_quotes(draw: Draw) -> Case:
    """A parser that believes the quotes reads seven records as one field."""
    account = Text().header()
    lines = draw.orders(24)
    first, second = sorted(draw.sample(range(3, len(lines) - 3), 2))
    for number, record in enumerate(lines):
        if number in (first, second):
            fields = plain(account, record)
            account.break_line(",".join([*fields[:5], '"' + fields[5]]))
        else:
            account.keep(record)
    return single(account)


@case(10)
def stray_quotes_on_neighbouring_lines(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders(24)
    at = draw.randrange(2, len(lines) - 3)
    for number, record in enumerate(lines):
        if number in (at, at + 1):
            fields = plain(account, record)
            account.break_line(",".join(['"' + fields[0], *fields[1:]]))
        else:
            account.keep(record)
    return single(account)


@case(10)
def inch_marks(draw: Draw) -> Case:
    """A quote inside a field that does not begin with one: the record is not read by guess."""
    account = Text().header()
    for number, record in enumerate(draw.orders()):
        if number % 7 == 3:
            fields = plain(account, record)
            account.break_line(",".join([*fields[:5], '19" 屏']))
        else:
            account.keep(record)
    return single(account)


@case(10)
def a_quote_opens_on_the_last_line(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders())
    fields = plain(account, draw.order())
    account.break_line(",".join([*fields[:4], '"' + fields[4], fields[5]]))
    return single(account)


@case(10)
def text_after_a_closing_quote(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders())
    fields = plain(account, draw.order())
    account.break_line(",".join([*fields[:4], f'"{fields[4]}"省', fields[5]]))
    account.keep_all(draw.orders(prefix="D"))
    return single(account)


@case(11)
def too_many_and_too_few_fields(draw: Draw) -> Case:
    account = Text().header()
    for number, record in enumerate(draw.orders()):
        fields = plain(account, record)
        if number % 9 == 2:
            account.break_line(",".join([*fields[:2], "多余", *fields[2:]]))
        elif number % 9 == 5:
            account.break_line(",".join([*fields[:1], *fields[2:]]))
        else:
            account.keep(record)
    return single(account)


@case(11, 33)
def thousands_separators_without_quotes(draw: Draw) -> Case:
    """1,234.50 between commas is two fields: one too many, and no other column may take it."""
    account = Text().header()
    for number, record in enumerate(draw.orders()):
        if number % 8 == 1:
            fields = plain(account, record)
            account.break_line(",".join([*fields[:3], "1,234.50", *fields[4:]]))
        else:
            account.keep(record)
    return single(account)


@case(11)
def a_separator_at_the_end_of_every_record(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        account.keep(record)
        account.lines[-1] += ","
    return single(account)


@case(11)
def a_separator_at_the_end_of_header_and_records(draw: Draw) -> Case:
    account = Text()
    account.text(",".join(account.headers) + ",")
    for record in draw.orders():
        account.keep(record)
        account.lines[-1] += ","
    return single(account)


@case(11)
def empty_fields_at_the_end_of_some_records(draw: Draw) -> Case:
    """Some records end in separators only: nothing is shifted by them, yet they do not fit; quarantined."""
    account = Text().header()
    for number, record in enumerate(draw.orders()):
        if number % 10 == 4:
            account.break_line(",".join(plain(account, record)) + ",,")
        else:
            account.keep(record)
    return single(account)


@case(12)
def blank_lines(draw: Draw) -> Case:
    account = Text().header()
    for record in draw.orders():
        account.keep(record)
        if draw.random() < 0.3:
            account.text(draw.choice(["", "   ", "\t", ",,,,,", " , ,,, ,", "　"]))
    return single(account)


@case(12)
def blank_lines_above_the_header(draw: Draw) -> Case:
    account = Text()
    for line in ("", ",,,,,", ""):
        account.text(line)
    account.header()
    account.keep_all(draw.orders())
    return single(account)


@case(12)
def title_lines(draw: Draw) -> Case:
    account = Text()
    for line in ("2023年度销售明细表", "导出时间：2024-07-01 08:00,,,,,", ""):
        account.text(line)
    account.header()
    account.keep_all(draw.orders())
    return single(account)


@case(12)
def repeated_headers(draw: Draw) -> Case:
    account = Text().header()
    for _ in range(3):
        account.keep_all(draw.orders(prefix=draw.choice("DEFG")))
        account.break_line(",".join(account.headers), "repeated_header")
    return single(account)


TOTALS = ("合计", "总计：", "Total", "小计", "GRAND TOTAL", "合 计", "本页合计", "共计:")


@case(12, over=TOTALS)
def totals_line(draw: Draw, word: str) -> Case:
    account = Text().header()
    lines = draw.orders()
    account.keep_all(lines)
    total = {"customer_id": word, "amount": sum(record["amount"] for record in lines)}
    account.reject(total, "", "totals_line")
    return single(account)


@case(12)
def totals_line_with_its_word_in_another_column(draw: Draw) -> Case:
    account = Text().header()
    lines = draw.orders()
    account.keep_all(lines)
    account.reject({"region": "合计", "amount": sum(record["amount"] for record in lines)}, "", "totals_line")
    return single(account)


@case(12)
def subtotals_of_regions(draw: Draw) -> Case:
    account = Text().header()
    for region in ("华东", "华南", "西北"):
        lines = draw.orders(12, regions=(region,), prefix=draw.choice("DEFGH"))
        account.keep_all(lines)
        account.reject(
            {"customer_id": f"{region}小计", "amount": sum(r["amount"] for r in lines)}, "", "totals_line"
        )
    return single(account)


@case(12)
def notes_below_the_table(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders())
    account.text("")
    account.break_line("制表：财务部")
    account.break_line("本表数据截至 2024-06-30")
    return single(account)


@case(12)
def a_customer_called_total(draw: Draw) -> Case:
    """With a day and an amount, a customer whose id merely begins like a total is a customer."""
    account = Text().header()
    account.keep_all([record | {"customer_id": "TOTAL-88"} for record in draw.orders(22)])
    return single(account)
