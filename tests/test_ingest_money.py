"""Amounts: exact to the smallest unit, or unreadable; nothing in between."""

from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit.ingest import money
from custkit.ingest.money import MoneyEvidence, MoneyRule
from custkit.ingest.values import FOREIGN, MISSING, OK, UNREADABLE

amounts = st.decimals(min_value=-(10**10), max_value=10**10, places=4)


def parse(values, **rule) -> list:
    return money.parse_money(pa.array(values), MoneyRule(**rule)).values.to_pylist()


class TestReadAmount:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("¥1,234.50", "1234.50"),  # fault 33, mission 9
            ("￥１，２３４．５０", "1234.50"),  # fault 33, fault 23
            ("(1,234.50)", "-1234.50"),  # fault 33
            ("（100）", "-100"),  # mission 9
            ("1,234.50-", "-1234.50"),  # fault 33
            ("−5", "-5"),  # fault 33
            ("1.2万", "12000"),  # fault 33
            ("3亿元", "300000000"),
            ("12元", "12"),
            ("US$ 5.5", "5.5"),
            ("-$5", "-5"),
            ("$-5", "-5"),
            ("1 234.50", "1234.50"),
            ("1'234", "1234"),
            (".5", "0.5"),
            ("+5", "5"),
        ],
    )
    def test_reads_what_exports_write(self, text, expected):
        assert money.read_amount(text)[0] == Decimal(expected)

    @pytest.mark.parametrize(
        "text",
        ["1,23.50", "12.3.4", "inf", "nan", "1e400", "0x1F", "--5", "(-5)", "abc", "", "1,2345", "9" * 50],
    )
    def test_refuses_what_is_no_amount(self, text):  # fault 35
        assert money.read_amount(text)[0] is None

    @pytest.mark.parametrize(
        ("text", "expected"), [("1.234,50", "1234.50"), ("12,5", "12.5"), ("1.234", "1234")]
    )
    def test_reads_a_decimal_comma_where_the_column_has_one(self, text, expected):  # fault 8
        assert money.read_amount(text, decimal_comma=True)[0] == Decimal(expected)


class TestMoneyEvidence:
    @pytest.mark.parametrize(
        ("values", "comma"),
        [
            (["1.234,50", "7,00"], True),
            (["12,5", "1.000"], True),
            (["0,500"], True),
            (["1,234", "5.5"], False),
            (["1,234", "2,345"], False),
            (["1.234.567"], True),
            (["1,234", "56", "1.2.3"], False),  # what fits neither way of writing has no say
            (["1.234", "56", "1,2,3"], False),
            ([], False),
        ],
    )
    def test_decides_the_decimal_mark_of_a_column(self, values, comma):  # fault 8
        evidence = MoneyEvidence()
        evidence.add(pa.array(values, pa.string()))
        assert evidence.decimal_comma is comma

    def test_names_marks_that_cannot_be_one_currency(self):  # fault 34
        evidence = MoneyEvidence()
        evidence.add(pa.array(["$5", "£4"]))
        assert money.clash(evidence.marks) == ["$", "£"]

    def test_marks_that_can_be_one_currency_do_not_clash(self):
        evidence = MoneyEvidence()
        evidence.add(pa.array(["¥5", "4元", "RMB 3"]))
        assert money.clash(evidence.marks) == []

    def test_two_batches_say_what_the_whole_says(self):
        parts, whole = MoneyEvidence(), MoneyEvidence()
        parts.add(pa.array(["1,5", "$3"]))
        parts.add(pa.array(["2.5", "4,25"]))
        whole.add(pa.array(["1,5", "$3", "2.5", "4,25"]))
        assert parts == whole


class TestParseMoney:
    @given(st.lists(amounts, min_size=1, max_size=20))
    def test_any_text_of_four_decimals_is_exact(self, values):
        assert parse([str(value) for value in values]) == [int(value * 10_000) for value in values]

    @given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
    def test_any_float_of_cents_is_exact(self, cents):
        parsed = money.parse_money(pa.array([cent / 100 for cent in cents]))
        assert parsed.values.to_pylist() == [cent * 100 for cent in cents]
        assert parsed.noise == 0

    @given(st.decimals(min_value=-1000, max_value=1000, places=7))
    def test_finer_values_are_rounded_half_to_even_and_counted(self, value):
        parsed = money.parse_money(pa.array([f"{value:f}"]))
        expected = int((value * 10_000).to_integral_value(ROUND_HALF_EVEN))
        assert parsed.values.to_pylist() == [expected]
        assert parsed.noise == (expected != value * 10_000)

    def test_float_noise_is_rounded_and_counted(self):
        parsed = money.parse_money(pa.array([0.1 + 0.2, 0.3, 0.00005]))
        assert (parsed.values.to_pylist(), parsed.noise) == ([3000, 3000, 0], 2)

    def test_each_value_has_its_code(self):  # fault 24, 35, 34
        parsed = money.parse_money(
            pa.array(["5", "无", "x", "$5", None, "999999999999999"]), MoneyRule(currency="GBP")
        )
        assert parsed.codes.tolist() == [OK, MISSING, UNREADABLE, FOREIGN, MISSING, UNREADABLE]
        assert parsed.values.to_pylist() == [50_000, None, None, None, None, None]

    def test_infinity_and_nan_in_float_columns(self):  # fault 35
        parsed = money.parse_money(pa.array([float("inf"), float("nan")]))
        assert parsed.codes.tolist() == [UNREADABLE, MISSING]

    def test_a_column_in_ten_thousands(self):  # fault 18
        assert parse(["1.23456", "2"], factor=Decimal(10_000)) == [123_456_000, 200_000_000]

    def test_giants_are_exact(self):  # fault 37
        assert parse(["1000000000000.01", "1e12"]) == [10_000_000_000_000_100, None]

    def test_whole_numbers_and_decimals_of_parquet(self):
        assert money.parse_money(pa.array([5, -3])).values.to_pylist() == [50_000, -30_000]
        assert money.parse_money(pa.array([Decimal("5.25")])).values.to_pylist() == [52_500]


class TestParseProduct:
    @given(st.integers(-(10**5), 10**5), st.integers(-(10**6), 10**6))
    def test_is_exact_in_floats(self, quantity, cents):
        parsed = money.parse_product(
            pa.array([float(quantity)]), pa.array([cents / 100]), (MoneyRule(), MoneyRule())
        )
        assert parsed.values.to_pylist() == [quantity * cents * 100]

    @given(st.decimals(-999, 999, places=6), st.decimals(-999, 999, places=6))
    def test_is_rounded_once_whatever_the_decimals(self, left, right):
        rules = (MoneyRule(), MoneyRule())
        parsed = money.parse_product(pa.array([f"{left:f}"]), pa.array([f"{right:f}"]), rules)
        expected = (Decimal(left) * Decimal(right) * 10_000).to_integral_value(ROUND_HALF_EVEN)
        assert parsed.values.to_pylist() == [int(expected)]

    def test_beyond_64_bits_of_the_inner_product(self):  # fault 37
        rules = (MoneyRule(), MoneyRule())
        parsed = money.parse_product(pa.array(["300000", "1e9"]), pa.array(["1000000.01", "5"]), rules)
        assert parsed.values.to_pylist() == [3_000_000_030_000_000, None]

    def test_is_missing_where_a_factor_is(self):
        parsed = money.parse_product(pa.array([2.0, None]), pa.array([None, 1.0]), (MoneyRule(), MoneyRule()))
        assert parsed.codes.tolist() == [MISSING, MISSING]


class TestParseNumbers:
    def test_percent_thousands_and_long_fractions(self):
        found = money.parse_numbers(
            pa.array(["12%", "1,234", "60.794945174468516", "1e3", "-"])
        ).values.to_pylist()
        assert found == [0.12, 1234.0, 60.794945174468516, 1000.0, None]

    def test_values_off_their_scale_are_unreadable(self):  # mission 18, T15
        codes = money.parse_numbers(pa.array(["5", "5.5", "0", ""]), bounds=(1, 5)).codes
        assert codes.tolist() == [OK, UNREADABLE, UNREADABLE, MISSING]


class TestParseIntegers:
    def test_a_fraction_is_no_whole_number(self):
        parsed = money.parse_integers(pa.array(["3", "3.0", "3.5", ""]))
        assert parsed.values.to_pylist() == [3, 3, None, None]
        assert parsed.codes.tolist() == [OK, OK, UNREADABLE, MISSING]
