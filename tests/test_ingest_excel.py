"""Workbooks: every sheet, the sheet's own row numbers, nothing empty that was not."""

import datetime as dt
import io

import openpyxl
import pytest
import xlsxwriter
from exports import codes, column, fault_rows, faults, read, rows

from custkit.errors import InputRefused, SettingsError
from custkit.ingest import excel

HEADER = ["客户编号", "下单日期", "金额"]


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


class TestOpenWorkbook:
    def test_title_rows_are_no_rows_and_lines_are_the_sheets(self, tmp_path):  # fault 16
        content = workbook(
            Sheet1=[
                ["2024 年报表"],
                [],
                HEADER,
                ["001", dt.datetime(2024, 1, 5), 1.5],
                [None],
                ["002", None, 2],
            ]
        )
        reading = read(tmp_path, {"订单.xlsx": content})
        assert column(reading, "orders", "_line") == ["4", "6"]
        assert column(reading, "orders", "amount") == [15_000, 20_000]
        assert faults(reading, "orders") == [(2, "missing_order_date", "order_date")]

    def test_sheets_with_the_same_columns_are_all_read_and_named(self, tmp_path):  # fault 16
        content = workbook(
            华东=[HEADER, ["1", "2024-01-05", 1]],
            华北=[HEADER, ["2", "2024-01-06", 2]],
            说明=[["x", "y"], ["a", "b"]],
        )
        reading = read(tmp_path, {"订单.xlsx": content})
        assert [(row["_sheet"], row["_record"]) for row in rows(reading, "orders")] == [
            ("华东", 1),
            ("华北", 2),
        ]
        assert {"sheets_same_columns", "unused_sheet"} <= codes(reading)

    def test_the_mapping_may_name_one_sheet_and_the_other_is_reported(self, tmp_path):
        content = workbook(华东=[HEADER, ["1", "2024-01-05", 1]], 华北=[HEADER, ["2", "2024-01-06", 2]])
        reading = read(tmp_path, {"订单.xlsx": content}, "tables: {orders: {sheet: 华北}}")
        assert column(reading, "orders", "customer_id") == ["2"]
        assert "not read: 华东" in next(
            w["text"] for w in reading.warnings if w["code"] == "sheets_same_columns"
        )

    def test_refuses_a_sheet_that_is_not_there(self, tmp_path):
        with pytest.raises(SettingsError, match=r"订单\.xlsx has no sheet '华'"):
            read(
                tmp_path,
                {"订单.xlsx": workbook(华东=[HEADER, ["1", "2024-01-05", 1]])},
                "tables: {orders: {sheet: 华}}",
            )

    def test_a_formula_that_was_never_calculated_is_quarantined(self, tmp_path):  # fault 17
        reading = read(
            tmp_path, {"订单.xlsx": workbook(a=[HEADER, ["1", "2024-01-05", "=1+1"], ["2", "2024-01-05", 3]])}
        )
        (fault,) = fault_rows(reading, "orders")
        assert (fault["_record"], fault["rule"], fault["column"]) == (1, "unreadable_value", "amount")
        assert fault["value"] == "formula without a stored value"
        assert "open the file in Excel and save it" in fault["message"]

    def test_a_formula_whose_value_was_left_empty_is_quarantined(self, tmp_path):  # fault 17
        """As XlsxWriter leaves it: <v></v>, for Excel to fill."""
        packed = io.BytesIO()
        with xlsxwriter.Workbook(packed) as book:
            sheet = book.add_worksheet("a")
            for number, line in enumerate((HEADER, ["1", "2024-01-05", 1], ["2", "2024-01-05", 3])):
                sheet.write_row(number, 0, line)
            sheet.write_formula(1, 2, "=1+1", value="")
        reading = read(tmp_path, {"订单.xlsx": packed.getvalue()})
        assert faults(reading, "orders") == [(1, "unreadable_value", "amount")]

    def test_an_error_cell_is_no_number_and_no_gap(self, tmp_path):  # fault 17
        book = openpyxl.Workbook()
        sheet = book.active
        for line in (HEADER, ["1", "2024-01-05", "#DIV/0!"], ["2", "2024-01-05", "#N/A"]):
            sheet.append(line)
        for cell in ("C2", "C3"):
            sheet[cell].data_type = "e"
        packed = io.BytesIO()
        book.save(packed)
        reading = read(tmp_path, {"订单.xlsx": packed.getvalue()})
        assert faults(reading, "orders") == [
            (1, "unreadable_value", "amount"),
            (2, "missing_amount", "amount"),
        ]

    def test_a_value_beyond_the_headers_breaks_the_record(self, tmp_path):  # fault 11
        reading = read(
            tmp_path,
            {
                "订单.xlsx": workbook(
                    a=[HEADER, ["1", "2024-01-05", 1], ["2", "2024-01-05", 1, 9], ["3", "2024-01-05", 1]]
                )
            },
        )
        assert faults(reading, "orders") == [(2, "unreadable_record", "")]

    def test_days_of_the_1904_calendar(self, tmp_path):  # fault 16
        book = openpyxl.Workbook()
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        for line in (HEADER, ["1", dt.datetime(2024, 1, 5), 1]):
            book.active.append(line)
        packed = io.BytesIO()
        book.save(packed)
        reading = read(tmp_path, {"订单.xlsx": packed.getvalue()})
        assert column(reading, "orders", "order_date") == [dt.date(2024, 1, 5)]

    def test_refuses_a_cut_workbook_and_names_it(self, tmp_path):  # fault 15
        with pytest.raises(InputRefused, match=r"订单\.xlsx: this is a damaged or cut-off"):
            read(tmp_path, {"订单.xlsx": workbook(a=[HEADER, ["1", "2024-01-05", 1]])[:2000]})

    def test_refuses_an_old_workbook_that_is_damaged(self, tmp_path):  # fault 15
        with pytest.raises(InputRefused, match=r"orders\.xls: a damaged or cut-off workbook"):
            read(tmp_path, {"orders.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 3000})

    def test_an_empty_sheet_is_as_if_absent(self, tmp_path):  # fault 14
        with pytest.raises(InputRefused, match=r"no orders in 订单\.xlsx"):
            read(tmp_path, {"订单.xlsx": workbook(a=[HEADER], b=[])})


class TestAsText:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (3.0, "3"),
            (2.55, "2.55"),
            (1e-7, "0.0000001"),
            (123456789012345.0, "123456789012345"),
            (1.234567890123457e18, "1.234567890123457E+18"),  # fault 42: the last digits are lost
            (True, "TRUE"),
            (dt.datetime(2024, 1, 5, 3, 4), "2024-01-05 03:04:00"),
            (dt.date(2024, 1, 5), "2024-01-05"),
            ("007", "007"),
        ],
    )
    def test_numbers_keep_their_digits_and_days_are_iso(self, value, text):
        assert excel.as_text(value) == text
