"""Supplied measures of buyers: who lacks one is set aside by name, and never taken for a customer without orders."""

import csv

import pytest

from custkit import prepare, store
from custkit.errors import InputRefused

HEADER = "customer_id,n_orders,spend,last_order,recency_days"
GOOD = ["ann,3,30.5,2024-01-10,", "bob,0,0,,", "cat,2,19,,12"]


@pytest.fixture
def taken(tmp_path):
    """Status of each customer, and column, value and rule of each row in quarantine, of these lines."""

    def made(lines: list[str], header: str = HEADER, orders: str = "", **settings: object):
        data, out = tmp_path / "data", tmp_path / "out"
        data.mkdir()
        (data / "customer_values.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        if orders:
            (data / "orders.csv").write_text(orders, encoding="utf-8")
        prepare.prepare(str(data), str(out), settings=settings)
        features = store.read_table(out / "tables" / "features.parquet")
        with open(out / "quarantine.csv", encoding="utf-8-sig", newline="") as handle:
            aside = [(row["column"], row["value"], row["rule"]) for row in csv.DictReader(handle)]
        return dict(zip(features["customer_id"], features["status"], strict=True)), aside

    return made


class TestMark:  # mission 91
    @pytest.mark.parametrize(
        ("line", "aside"),
        [
            ("zoe,4,,2024-01-02,", ("spend", "", "no_measure")),
            ("zoe,4,9.5,,", ("last_order", "", "no_measure")),
            ("zoe,4,9.5,,-17", ("recency_days", "-17", "impossible_value")),
            ("zoe,,9.5,2024-01-02,", ("n_orders", "", "no_measure")),
            ("zoe,,,,30", ("n_orders", "", "no_measure")),
            ("zoe,-4,9.5,2024-01-02,", ("n_orders", "-4", "impossible_value")),
            ("zoe,4,much,2024-01-02,", ("spend", "much", "unreadable_value")),  # one fault, told once
        ],
    )
    def test_a_buyer_without_a_measure_is_set_aside(self, taken, line, aside):
        status, found = taken([*GOOD, line])
        assert (status, found) == ({"ann": "buyer", "bob": "prospect", "cat": "buyer"}, [aside])

    @pytest.mark.parametrize("line", ["zoe,0,,,", "zoe,,,,", "zoe,,0,,", "zoe,0,-3,,"])
    def test_who_has_no_orders_needs_no_measure(self, taken, line):
        status, found = taken([*GOOD, line])
        assert (status["zoe"], found) == ("prospect", [])

    @pytest.mark.parametrize(
        ("header", "lines", "needed"),
        [
            ("customer_id,spend,recency_days", ["ann,30.5,3", "bob,0,"], r"n_orders: not so for 1 of them"),
            ("customer_id,n_orders,recency_days", ["ann,3,3", "bob,0,"], "spend: not so for 1 of them"),
            (
                "customer_id,n_orders,spend",
                ["bob,1,1", "ann,3,30.5"],
                "last_order .*: not so for 2 .* is ann",
            ),
        ],
    )
    def test_a_measure_of_which_no_buyer_has_a_value_is_a_refusal(self, taken, header, lines, needed):
        with pytest.raises(
            InputRefused, match=f"customer_values: customers with orders need {needed}.*fill it in"
        ):
            taken(lines, header)

    def test_beside_orders_they_are_only_compared(self, taken):
        orders = "customer_id,order_id,order_date,amount\nann,1,2024-01-02,5\n"
        status, found = taken(["ann,1,,,-5"], orders=orders)
        assert (status, found) == ({"ann": "buyer"}, [])

    def test_corrected_and_fed_back_it_is_a_customer_like_any_other(self, taken, tmp_path):
        taken([*GOOD, "zoe,4,,2024-01-02,"])
        fixed, written = tmp_path / "fixed.csv", tmp_path / "out" / "quarantine.csv"
        with open(written, encoding="utf-8-sig", newline="") as handle:
            (row,) = csv.DictReader(handle)
        with open(fixed, "w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, row)
            writer.writeheader()
            writer.writerow(row | {"spend": "44"})
        prepare.prepare(str(tmp_path / "data"), str(tmp_path / "again"), settings={"fixed": str(fixed)})
        features = store.read_table(tmp_path / "again" / "tables" / "features.parquet")
        assert features.set_index("customer_id").loc["zoe", ["status", "spend"]].tolist() == ["buyer", 44.0]
