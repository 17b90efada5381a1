"""What looks odd is listed and kept."""

import pytest

from custkit import prepare, store

HEADER = "customer_id,order_id,order_date,amount\n"
# With two amounts above them, the middle of the logarithms lies between 10 and 20, half of ln 2 from each.
USUAL = "".join(f"c{n:02d},{n},2024-01-05,{10 if n % 2 or not n else 20}\n" for n in range(40))
PEOPLE = """customer_id,name,phone,birth_date,registered_on
a,Ann Lee,138 0013 8000,1990-01-05,2023-06-01
b,Bob Roe,+86-138-0013-8000,1980-03-02,2023-06-01
c, ann  LEE,139 0013 9000,1990-01-05,2023-06-01
d,Ann Lee,,1991-01-05,2023-06-01
"""


@pytest.fixture
def review(tmp_path):
    def made(files: dict[str, str], **settings: object):
        data = tmp_path / f"data{len(list(tmp_path.iterdir()))}"
        data.mkdir()
        for name, text in files.items():
            (data / f"{name}.csv").write_text(text, encoding="utf-8")
        out = tmp_path / f"{data.name}_out"
        prepared = prepare.prepare(str(data), str(out), settings=settings)
        table = store.read_table(out / "tables" / "review.parquet")
        return prepared, table[["line", "column", "value", "rule", "message"]].to_numpy().tolist()

    return made


class TestExtremeAmounts:
    def test_worked_by_hand(self, review):  # mission 23, T14, fault 37, fault 52
        # ln 2 / 2 from the middle is the usual distance: six standard deviations are 6 x 1.4826 x .3466 = 3.083,
        # and e^3.083 x 14.142 = 308.6.
        prepared, found = review({"orders": HEADER + USUAL + "x,90,2024-01-05,308\ny,91,2024-01-05,1000\n"})
        assert found == [
            ["43", "amount", "1000.0", "extreme_amount", "71 times the usual amount (14.14); kept, decide whether it is right"]
        ]  # fmt: skip
        assert prepared.ledger["files"][0]["kept"] == 42

    def test_refunds_are_looked_at_among_themselves(self, review):
        refunds = "".join(f"c{n:02d},r{n},2024-01-06,-{10 if n % 2 else 20}\n" for n in range(40))
        _, found = review(
            {"orders": HEADER + USUAL.replace(",10\n", ",9000\n") + refunds + "c01,r99,2024-01-07,-90000\n"}
        )
        assert [(line, value) for line, _, value, *_ in found] == [("82", "-90000.0")]

    def test_where_most_are_equal_the_mean_distance_counts(self, review):
        same = "".join(f"c{n:02d},{n},2024-01-05,10\n" for n in range(60))
        _, found = review({"orders": HEADER + same + "x,90,2024-01-05,11\ny,91,2024-01-05,90000\n"})
        assert [value for _, _, value, *_ in found] == ["90000.0"]

    @pytest.mark.parametrize("outliers", ["mad", "iqr", "quantile"])
    def test_all_equal_and_too_few_give_none(self, review, outliers):
        same = "".join(f"c{n:02d},{n},2024-01-05,10\n" for n in range(40))
        for orders in (same, "a,1,2024-01-05,1\nb,2,2024-01-05,100000000\n"):
            assert review({"orders": HEADER + orders}, outliers=outliers)[1] == []

    @pytest.mark.parametrize(("outliers", "factor"), [("iqr", 6.0), ("quantile", 10.0)])
    def test_other_measures(self, review, outliers, factor):
        orders = {"orders": HEADER + USUAL * 5 + "x,90,2024-01-05,5000\n"}
        _, found = review(orders, outliers=outliers, outlier_factor=factor, duplicates="flag")
        assert [value for *_, value, rule, _ in found if rule == "extreme_amount"] == ["5000.0"]

    def test_none_when_not_asked_for(self, review):
        assert review({"orders": HEADER + USUAL + "y,91,2024-01-05,1000\n"}, outliers="none")[1] == []


class TestPeople:
    def test_one_phone_however_it_is_written(self, review):  # mission 21
        _, found = review({"customers": PEOPLE})
        told = [
            (line, column, value, message)
            for line, column, value, rule, message in found
            if rule == "same_person"
        ]
        assert told == [
            ("2", "phone", "", "the same phone as customer b; if it is one person, merge the ids in the export"),
            ("3", "phone", "", "the same phone as customer a; if it is one person, merge the ids in the export"),
            ("2", "name", "", "the same name and birth date as customer c; if it is one person, merge the ids in the export"),
            ("4", "name", "", "the same name and birth date as customer a; if it is one person, merge the ids in the export"),
        ]  # fmt: skip

    def test_registered_after_the_first_order(self, review):  # mission 24, T19
        orders = HEADER + "a,1,2023-06-15,5\nb,2,2023-06-15,5\n"
        people = "customer_id,registered_on\na,2023-06\nb,2023-07\n"
        _, found = review({"customers": people, "orders": orders})
        # Somebody who registered in June may have done so before the 15th; in July nobody could.
        assert found == [
            ["3", "registered_on", "2023-07-01", "registered_after_order",
             "16 days after the first order of 2023-06-15; correct the one that is wrong"],
        ]  # fmt: skip

    def test_supplied_totals_that_the_orders_do_not_give(self, review):  # mission 24, 30
        values = "customer_id,n_orders,spend\na,1,5\nb,2,7.50\n"
        orders = HEADER + "a,1,2023-06-15,5\nb,2,2023-06-15,5\n"
        _, found = review({"customer_values": values, "orders": orders})
        assert [row[:4] for row in found] == [
            ["3", "n_orders", "2", "values_differ"],
            ["3", "spend", "7.5", "values_differ"],
        ]
