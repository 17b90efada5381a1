"""Headers to columns: synonyms in three scripts, and a doubt is no match."""

from decimal import Decimal

import pytest

from custkit import schema
from custkit.ingest import headers

TABLE_1 = [
    "客户编号",
    "姓名*",
    "性别",
    "年龄",
    "地区",
    "行业",
    "注册时间",
    "累计消费金额(元)",
    "消费频次(次)",
    "最近消费日期",
    "偏好品类",
    "满意度评分(1-5分)",
]


class TestKey:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (" Customer ID ", "customerid"),
            ("CUSTOMER_ID", "customerid"),
            ("金额（元）", "金额"),
            ("金额 [CNY]", "金额"),
            ("姓名*", "姓名"),
            ("Ａｍｏｕｎｔ：", "amount"),
            ("(元)", "元"),
        ],
    )
    def test_case_width_blanks_units_and_marks_do_not_matter(self, header, expected):  # fault 18
        assert headers.key(header) == expected


class TestUnit:
    @pytest.mark.parametrize(
        ("header", "factor"),
        [
            ("金额(万元)", 10_000),
            ("金额（单位：亿元）", 10**8),
            ("金额(分)", "0.01"),
            ("金额(元)", 1),
            ("amount", 1),
        ],
    )
    def test_what_stands_in_brackets_multiplies(self, header, factor):  # fault 18
        assert headers.unit(header) == Decimal(factor)


class TestMatch:
    @pytest.mark.parametrize(
        "names",
        [
            ["客户编号", "订单编号", "下单日期", "金额(元)", "地区"],
            ["客戶編號", "訂單編號", "下單日期", "金額", "地區"],  # mission 163
            ["Customer ID", "Order No.", "Order Date", "Total Amount", "Region"],
        ],
    )
    def test_reads_simplified_traditional_and_english(self, names):  # fault 18
        found = headers.match(names, "orders")
        assert found.columns == {"customer_id": 0, "order_id": 1, "order_date": 2, "amount": 3, "region": 4}

    def test_table_1_of_document_002(self):  # mission 61
        assert set(headers.match(TABLE_1, "customers").columns) == {
            "customer_id", "name", "gender", "age", "region", "industry", "registered_on",
        }  # fmt: skip
        assert set(headers.match(TABLE_1, "customer_values").columns) == {
            "customer_id",
            "last_order",
            "n_orders",
            "spend",
            "top_category",
            "satisfaction",
        }

    def test_two_headers_for_money_are_a_doubt(self):  # fault 19
        found = headers.match(["customer_id", "order_date", "金额", "实付金额"], "orders")
        assert found.doubts == {"amount": ["金额", "实付金额"]}
        assert "amount" not in found.columns

    def test_of_two_days_the_day_of_the_order_is_taken(self):  # fault 19
        found = headers.match(["付款时间", "下单时间"], "orders")
        assert (found.columns, found.passed_over) == ({"order_date": 1}, {"order_date": ["付款时间"]})

    def test_what_is_given_or_taken_is_left_alone(self):
        found = headers.match(["金额", "实付金额"], "orders", taken=[0], given=["customer_id"])
        assert found.columns == {"amount": 1}

    def test_an_id_alone_is_nobodys(self):
        assert headers.match(["id"], "customers").columns == {}

    def test_every_alias_belongs_to_a_column_that_exists(self):
        for table, columns in schema.INPUTS.items():
            for column in columns:
                assert headers.match([column], table).columns.get(column) == 0, (table, column)


class TestTableByName:
    @pytest.mark.parametrize(
        ("name", "sheet", "table"),
        [
            ("orders.csv", "", "orders"),
            ("orders_2024-01.csv.gz", "", "orders"),
            ("customers (1).csv", "", "customers"),
            ("orders/part-0001.parquet", "", "orders"),
            ("2024年订单.xlsx", "", "orders"),
            ("export.xlsx", "客户", "customers"),
            ("customer_values.csv", "", "customer_values"),
            ("客户订单.csv", "", ""),
            ("export.csv", "", ""),
        ],
    )
    def test_a_date_or_a_number_may_stand_beside_the_word(self, name, sheet, table):
        assert headers.table_by_name(name, sheet) == table


class TestTablesByHeaders:
    def test_a_file_may_serve_customers_and_their_values(self):
        assert headers.tables_by_headers(TABLE_1, [["C001"], ["C002"]]) == ["customers", "customer_values"]

    def test_ids_that_repeat_are_no_customers(self):
        assert headers.tables_by_headers(["customer_id", "gender"], [["1", "f"], ["1", "f"]]) == []

    def test_an_id_alone_tells_no_table(self):
        assert headers.tables_by_headers(["customer_id"], [["1"]]) == []

    def test_order_lines_by_quantity_and_price(self):
        names = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
        assert headers.tables_by_headers(names, []) == ["orders"]

    def test_answers_alone_make_no_values_of_customers(self):
        assert headers.tables_by_headers(["客户编号", "满意度"], [["C001"], ["C002"]]) == ["feedback"]
