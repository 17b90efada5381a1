"""A, faults 13 to 17: files by content, damaged files, empty ones, and what workbooks hold besides a table."""

import gzip
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
from openpyxl.styles import PatternFill

from dirty.case import ZH, Account, Case, Draw, Rejected, Text, case, refused
from dirty.files import Cells, Rows, Sheet, book, ole, saved, workbook


def text_of(draw: Draw, file: str = "orders.csv", **said: object) -> Text:
    account = Text(file, **said).header()
    account.keep_all(draw.orders())
    return account


def rejected(account: Account, line: int, column: str, *rules: str) -> Rejected:
    return Rejected(account.file, account.sheet, line, column, rules)


@case(13)
def gz(draw: Draw) -> Case:
    account = text_of(draw, "orders.csv.gz")
    return Case([account], {account.file: gzip.compress(account.bytes("gbk"))})


@case(13)
def gz_without_its_suffix(draw: Draw) -> Case:
    account = text_of(draw)
    return Case([account], {account.file: gzip.compress(account.bytes())})


@case(13)
def text_named_xls(draw: Draw) -> Case:
    """What many shops' back ends call an Excel export: tabs, GBK."""
    account = text_of(draw, "orders.xls", separator="\t", newline="\r\n")
    return Case([account], {account.file: account.bytes("gbk")})


@case(13)
def workbook_named_csv(draw: Draw) -> Case:
    made = book()
    account = Sheet(made, file="orders.csv").header()
    account.keep_all(draw.orders())
    return workbook(account, made=made)


@case(13)
def parquet_named_csv(draw: Draw) -> Case:
    account = Rows(draw.orders(), file="orders.csv")
    return Case([account], {account.file: account.parquet()})


@case(13, over=("<html>", "\ufeff<!DOCTYPE html>", '<meta charset="gbk">'))
def web_page_named_xls(draw: Draw, top: str) -> Case:
    rows = "".join(f"<tr><td>{'</td><td>'.join(map(str, r.values()))}</td></tr>" for r in draw.orders())
    return refused("orders.xls", "web page", files={"orders.xls": f"{top}<table>{rows}</table>".encode()})


@case(13)
def xml_spreadsheet_named_xls(draw: Draw) -> Case:
    page = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
    return refused("orders.xls", "XML", files={"orders.xls": page.encode()})


@case(13)
def zip_of_a_csv(draw: Draw) -> Case:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders.csv", text_of(draw).bytes())
    return refused("orders.csv", "zip", files={"orders.csv": packed.getvalue()})


@case(
    14,
    over={
        "empty": b"",
        "mark": b"\xef\xbb\xbf",
        "header": b"customer_id,order_id,order_date,amount\n",
        "blanks": b"\n \n,,,\n",
    },
)
def nothing_in_it(draw: Draw, content: bytes) -> Case:
    return refused("no orders in orders.csv", files={"orders.csv": content})


@case(14)
def an_empty_part_beside_a_full_one(draw: Draw) -> Case:
    account = text_of(draw, "orders_01.csv")
    header = ",".join(ZH).encode()
    return Case(
        [account], {account.file: account.bytes(), "orders_02.csv": header}, warnings=("empty_table",)
    )


@case(14)
def empty_sheet(draw: Draw) -> Case:
    made = book()
    made.create_sheet("空表")
    return refused("no orders in orders.xlsx", files={"orders.xlsx": saved(made)})


@case(14)
def empty_sheet_beside_a_full_one(draw: Draw) -> Case:
    made = book()
    made.create_sheet("说明")
    account = Sheet(made, "订单").header()
    account.keep_all(draw.orders())
    return workbook(account, made=made)


@case(15, over={"half": 2, "most": 1.1})
def truncated_workbook(draw: Draw, part: float) -> Case:
    made = book()
    Sheet(made).header().keep_all(draw.orders())
    content = saved(made)
    return refused(
        "orders.xlsx", "damaged or cut-off", files={"orders.xlsx": content[: int(len(content) / part)]}
    )


@case(15)
def truncated_gz(draw: Draw) -> Case:
    content = gzip.compress(text_of(draw).bytes())
    return refused("orders.csv.gz", "damaged or cut-off", files={"orders.csv.gz": content[:-12]})


@case(15)
def locked_workbook(draw: Draw) -> Case:
    """An encrypted workbook is an OLE file with a stream that says so."""
    return refused(
        "orders.xlsx",
        "password",
        files={"orders.xlsx": ole({"EncryptionInfo": b"\x04\x00", "EncryptedPackage": draw.randbytes(5000)})},
    )


@case(
    15,
    over={
        "cut": lambda c: c[:-20],
        "footer": lambda c: c[:-8] + b"\xff\xff\xff\x7fPAR1",
        "pages": lambda c: c[:4] + b"\xff" * 400 + c[404:],
    },
)
def broken_parquet(draw: Draw, damage: Callable[[bytes], bytes]) -> Case:
    content = damage(Rows(draw.orders()).parquet())
    return refused("orders.parquet", "amaged", files={"orders.parquet": content})


@case(15)
def a_bad_part_does_not_hide_another(draw: Draw) -> Case:
    """Both files are told, in one refusal."""
    page, cut = b"<html><table></table></html>", gzip.compress(text_of(draw).bytes())[:-12]
    return refused("orders_1.xls", "orders_2.csv.gz", files={"orders_1.xls": page, "orders_2.csv.gz": cut})


@case(16)
def title_rows_and_a_merged_header(draw: Draw) -> Case:
    made = book()
    account = Sheet(made, "明细")
    account.put(["2023年度销售明细"])
    account.cells.merge_cells("A1:F1")
    account.put(["制表：财务部", "", "", "单位：元"])
    account.header().keep_all(draw.orders())
    return workbook(account, made=made)


@case(16)
def the_table_begins_further_right_and_below(draw: Draw) -> Case:
    made = book()
    account = Sheet(made)
    account.put([])
    account.put([])
    account.put(["", "", *account.headers])
    for record in draw.orders():
        account.keep(record)
        cells = account.cells
        for column in range(6, 0, -1):
            cells.cell(account.row, column + 2, cells.cell(account.row, column).value)
        cells.cell(account.row, 1).value = cells.cell(account.row, 2).value = None
    return workbook(account, made=made)


@case(16)
def the_second_sheet_holds_the_table(draw: Draw) -> Case:
    made = book()
    cover = made.create_sheet("封面")
    cover["A1"], cover["A2"] = "销售报告", "仅供内部使用"
    account = Sheet(made, "数据").header()
    account.keep_all(draw.orders())
    return workbook(account, made=made, warnings=("unused_sheet",))


@case(16)
def three_sheets_with_the_same_columns(draw: Draw) -> Case:
    made = book()
    sheets = [Sheet(made, f"{month}月").header() for month in (1, 2, 3)]
    for number, account in enumerate(sheets):
        account.keep_all(draw.orders(prefix="DEF"[number]))
    return workbook(*sheets, made=made, warnings=("sheets_same_columns",))


@case(16)
def hidden_rows_columns_and_sheets(draw: Draw) -> Case:
    """What Excel hides is data all the same."""
    made = book()
    account, hidden = Sheet(made, "一").header(), Sheet(made, "二").header()
    account.keep_all(draw.orders())
    hidden.keep_all(draw.orders(prefix="D"))
    for row in draw.sample(range(2, account.row), 4):
        account.cells.row_dimensions[row].hidden = True
    account.cells.column_dimensions["E"].hidden = True
    hidden.cells.sheet_state = "hidden"
    return workbook(account, hidden, made=made, warnings=("sheets_same_columns",))


@case(16)
def dates_from_1904(draw: Draw) -> Case:
    made = book()
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    account = Sheet(made).header()
    account.keep_all(draw.orders())
    return workbook(account, made=made)


@case(16)
def styled_blank_rows(draw: Draw) -> Case:
    made = book()
    account = Sheet(made).header()
    account.keep_all(draw.orders())
    fill = PatternFill("solid", fgColor="FFFF00")
    for row in range(account.row + 1, account.row + 60):
        for column in range(1, 12):
            account.cells.cell(row, column).fill = fill
    return workbook(account, made=made)


@case(16)
def a_stray_note_beside_the_table(draw: Draw) -> Case:
    made = book()
    account = Sheet(made).header()
    lines = draw.orders()
    account.keep_all(lines[:-1])
    line = account.put([*account.fields(lines[-1], {}), "", "请核对"])
    account.rows += 1
    account.rejected.append(rejected(account, line, "", "unreadable_record"))
    return workbook(account, made=made)


@case(16, 12)
def totals_row_of_a_workbook(draw: Draw) -> Case:
    made = book()
    account = Sheet(made).header()
    lines = draw.orders()
    account.keep_all(lines)
    account.reject({"order_date": "合计", "amount": sum(r["amount"] for r in lines)}, "", "totals_line")
    return workbook(account, made=made)


@case(17)
def formulas_without_stored_values(draw: Draw) -> Case:
    made = book()
    account = Sheet(made).header()
    for number, record in enumerate(draw.orders()):
        if number % 6 == 2:
            line = account.put(account.fields(record, {"amount": "=SUM(1,2)"}))
            account.rows += 1
            account.rejected.append(
                rejected(account, line, "amount", "unreadable_record", "unreadable_value")
            )
        else:
            account.keep(record)
    return workbook(account, made=made)


@case(17, over=("#N/A", "#REF!", "#DIV/0!", "#VALUE!"))
def cells_in_error(draw: Draw, error: str) -> Case:
    """An error is no zero and no empty cell; #N/A is one of the words for missing."""
    made = book()
    account = Sheet(made).header()
    lines = draw.orders()
    at = draw.randrange(len(lines))
    rule = "missing_amount" if error == "#N/A" else "unreadable_value"
    for number, record in enumerate(lines):
        if number == at:
            account.reject(record, "amount", rule, amount=error)
        else:
            account.keep(record)
    return workbook(account, made=made)


@case(13)
def types_of_parquet(draw: Draw) -> Case:
    """Exact decimals, days, dictionaries: what has a type keeps it, and no text is made of it in between."""
    account = Rows(draw.orders())
    kinds = {"amount": pa.decimal128(12, 2), "order_date": pa.date32(), "region": pa.large_string()}
    return Case([account], {account.file: account.parquet(**kinds)})


@case(13)
def papers_and_hidden_files_beside_the_data(draw: Draw) -> Case:
    """What macOS, Excel and people leave in a folder is no table; what may be one is named."""
    account = text_of(draw)
    beside = {
        ".DS_Store": b"\x00\x01",
        "~$orders.xlsx": b"lock",
        "README.md": b"about",
        "__MACOSX/._orders.csv": b"\x00\x05",
        "notes.docx": b"PK",
    }
    return Case([account], {account.file: account.bytes(), **beside}, warnings=("unused_file",))


@case(13)
def old_workbook(draw: Draw) -> Case:
    """The binary form of Excel 97."""
    account = Cells("orders.xls", sheet="Sheet1").header()
    account.keep_all(draw.orders())
    account.reject(draw.order(), "amount", "unreadable_value", amount="abc")
    return Case([account], {account.file: ole({"Workbook": account.biff()})})
