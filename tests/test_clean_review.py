"""What looks odd is listed and kept."""

import duckdb
import pytest

from custkit import prepare, store
from custkit.clean import review as under_review
from custkit.settings import CleanRules

HEADER = "customer_id,order_id,order_date,amount\n"
# 21 of 10 and 19 of 20.
USUAL = "".join(f"c{n:02d},{n},2024-01-05,{10 if n % 2 or not n else 20}\n" for n in range(40))
PEOPLE = """customer_id,name,phone,birth_date,registered_on
a,Ann Lee,138 0013 8000,1990-01-05,2023-06-01
b,Bob Roe,+86-138-0013-8000,1980-03-02,2023-06-01
c, ann  LEE,139 0013 9000,1990-01-05,2023-06-01
d,Ann Lee,,1991-01-05,2023-06-01
"""
ONE = "give one customer id in the export"


@pytest.fixture
def review(tmp_path):
    """The review of a run over these files: line, column, value, rule, message."""

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


@pytest.fixture
def cleaned():
    """A connection as cleaning leaves it, with these amounts (in 10^-4) as kept orders, one a line from line 2."""

    def made(amounts: list[int], kept: tuple[int, ...] = ()) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        text = ", ".join(f"{name} VARCHAR" for name in ('"table"', "file", "sheet", "line", '"column"'))
        connection.execute(f"CREATE TABLE review ({text}, value VARCHAR, rule VARCHAR, message VARCHAR)")
        connection.execute(f"CREATE TABLE decided_keep ({text}, rule VARCHAR)")
        for line in kept:
            connection.execute(
                "INSERT INTO decided_keep VALUES ('orders', 'o.csv', '', ?, 'amount', 'extreme_amount')",
                [str(line)],
            )
        connection.execute(
            """CREATE TABLE kept_orders AS SELECT row_number() OVER () AS _record, 'o.csv' AS _file, '' AS _sheet,
            CAST(row_number() OVER () + 1 AS VARCHAR) AS _line, amount FROM (SELECT unnest(?::BIGINT[]) AS amount)""",
            [amounts],
        )
        return connection

    return made


def lines(connection) -> list[str]:
    return [line for (line,) in connection.execute("SELECT line FROM review").fetchall()]


class TestExtremeAmounts:
    def test_worked_by_hand(self, review):  # mission 23, T14, fault 37, fault 52
        # Of 42 amounts 21 are 10; the others lie ln 2 away or more, so half lie up to 0: the mean distance counts.
        # It is (19 ln 2 + ln 8 + ln 100) / 42 = .4727; six deviations are 6 x 1.2533 x .4727 = 3.555, and 10 e^3.555 = 349.8.
        prepared, found = review({"orders": HEADER + USUAL + "x,90,2024-01-05,80\ny,91,2024-01-05,1000\n"})
        assert found == [
            ["43", "amount", "1000.00", "extreme_amount",
             "100 times the usual amount of 10.00, where up to 349.80 is nothing odd; "
             "it counts until you write leave_out behind it and save this file as decisions.csv beside the data"],
        ]  # fmt: skip
        assert prepared.ledger["files"][0]["kept"] == 42

    def test_the_median_distance_worked_by_hand(self, cleaned):
        # 15 of 5, 10 of 10, 15 of 20, and one giant: the median is 10, the median distance ln 2, the limit
        # 10 exp(6 x 1.4826 x ln 2) = 10 x 476.1.
        connection = cleaned([50_000] * 15 + [100_000] * 10 + [200_000] * 15 + [47_600_000, 47_700_000])
        (warning,) = under_review.flag(connection, ["orders"], CleanRules())
        assert lines(connection) == ["43"]
        assert warning["text"].startswith(
            "orders: values in amount lie far above the usual 10.00 (outliers is mad; rows: 1"
        )

    def test_refunds_are_looked_at_among_themselves(self, review):
        refunds = "".join(f"c{n:02d},r{n},2024-01-06,-{10 if n % 2 else 20}\n" for n in range(40))
        _, found = review(
            {"orders": HEADER + USUAL.replace(",10\n", ",9000\n") + refunds + "c01,r99,2024-01-07,-90000\n"}
        )
        assert [(line, value) for line, _, value, *_ in found] == [("82", "-90000.00")]
        assert found[0][4].startswith("4,500 times the usual refund of 20.00, where up to")

    @pytest.mark.parametrize("outliers", ["mad", "iqr", "quantile"])
    def test_where_nearly_all_are_equal_five_times_is_no_news(self, cleaned, outliers):
        connection = cleaned([100_000] * 2000 + [500_000] * 9 + [500_001, 90_000_000])
        under_review.flag(connection, ["orders"], CleanRules(outliers=outliers))
        assert lines(connection) == ["2012", "2011"]  # the furthest first

    @pytest.mark.parametrize("outliers", ["mad", "iqr", "quantile"])
    def test_all_equal_and_too_few_give_none(self, cleaned, outliers):
        for amounts in ([100_000] * 40, [1, 10**16], [], [-5] * 40 + [0]):
            connection = cleaned(amounts)
            assert under_review.flag(connection, ["orders"], CleanRules(outliers=outliers)) == []
            assert lines(connection) == []

    @pytest.mark.parametrize(
        ("outliers", "limit"), [("iqr", 10 * 2 ** (6 / 1.349)), ("quantile", 10 * 4 ** (6 / 2.326))]
    )
    def test_the_factor_means_the_same_in_other_measures(self, cleaned, outliers, limit):
        # The median is 10, the quartiles are 10 and 20, and 99 of 100 are up to 40: standard deviations of ln 2 / 1.349 = .514
        # and of ln 4 / 2.326 = .596.
        usual = [100_000] * 107 + [200_000] * 94 + [400_000] * 10
        connection = cleaned([*usual, int((limit - 1) * 10_000), int((limit + 1) * 10_000)])
        under_review.flag(connection, ["orders"], CleanRules(outliers=outliers))
        assert lines(connection) == ["214"]

    def test_none_when_not_asked_for(self, review):
        assert review({"orders": HEADER + USUAL + "y,91,2024-01-05,1000\n"}, outliers="none")[1] == []

    def test_thousands_are_counted_and_the_furthest_200_listed(self, cleaned):
        connection = cleaned([100_000] * 9000 + list(range(10**9, 10**9 + 300)))
        (warning,) = under_review.flag(connection, ["orders"], CleanRules())
        assert "rows: 300, listed: 200" in warning["text"]
        assert lines(connection) == [str(n) for n in range(9301, 9101, -1)]

    def test_what_is_to_be_kept_makes_room_for_the_next(self, cleaned):  # mission 23, T14
        amounts = [100_000] * 9000 + list(range(10**9, 10**9 + 300))
        connection = cleaned(amounts, kept=(9301, 9300))
        (warning,) = under_review.flag(connection, ["orders"], CleanRules())
        assert "rows: 298, listed: 200" in warning["text"]
        assert lines(connection)[0] == "9299"
        assert lines(connection)[-1] == "9100"

    def test_giants_overflow_nothing(self, cleaned):  # fault 37
        connection = cleaned([100_000] * 20 + [3 * 10**15] * 20 + [9 * 10**18])
        assert under_review.flag(connection, ["orders"], CleanRules(outlier_factor=1000.0)) == []

    def test_the_order_of_rows_decides_nothing(self, cleaned):
        amounts = [n * 1000 for n in range(1, 400)] + [10**12, 10**13]
        one, other = cleaned(amounts), cleaned(amounts[::-1])
        for connection in (one, other):
            under_review.flag(connection, ["orders"], CleanRules(outlier_factor=3.0))
        query = "SELECT value, message FROM review"
        assert one.execute(query).fetchall() == other.execute(query).fetchall()

    def test_supplied_spend_is_looked_at_too(self, review):
        rows = "".join(f"c{n},1,{10 + n % 3},5\n" for n in range(60))
        values = f"customer_id,n_orders,spend,recency_days\n{rows}z,1,100000,5\n"
        _, found = review({"customer_values": values})
        assert [(line, column) for line, column, *_ in found] == [("62", "spend")]

    def test_leaves_its_input_alone(self, cleaned):
        connection = cleaned([100_000] * 40 + [10**9])
        before = connection.execute("SELECT * FROM kept_orders").fetchall()
        under_review.flag(connection, ["orders"], CleanRules())
        assert connection.execute("SELECT * FROM kept_orders").fetchall() == before


class TestRegistration:
    def test_registered_after_the_first_order(self, review):  # mission 24, T19
        orders = HEADER + "a,1,2023-06-15,5\nb,2,2023-06-15,5\nb,3,2023-08-15,5\nc,4,2023-06-15,5\n"
        people = "customer_id,registered_on\na,2023-06\nb,2023-07\nc,2023-06-15\nd,2024-01-01\n"
        _, found = review({"customers": people, "orders": orders})
        # Somebody who registered in June may have done so before the 15th; in July nobody could.
        assert found == [
            ["3", "registered_on", "2023-07-01", "registered_after_order",
             "16 days after the first order of 2023-06-15; correct the one that is wrong in the export"],
        ]  # fmt: skip


class TestSamePerson:
    def test_one_phone_however_it_is_written(self, review):  # mission 21
        _, found = review({"customers": PEOPLE})
        told = [
            (line, column, value, message)
            for line, column, value, rule, message in found
            if rule == "same_person"
        ]
        assert told == [
            ("2", "phone", "", f"the same phone as customer b; if it is one person, {ONE}"),
            ("3", "phone", "", f"the same phone as customer a; if it is one person, {ONE}"),
            ("2", "name", "", f"the same name and birth date as customer c; if it is one person, {ONE}"),
            ("4", "name", "", f"the same name and birth date as customer a; if it is one person, {ONE}"),
        ]  # fmt: skip

    def test_pairs_come_before_crowds_and_no_phone_is_shown(self, review):  # mission 21, fault 90
        crowd = "".join(f"s{n:02d},13900000000\n" for n in range(15))
        prepared, found = review(
            {"customers": "customer_id,phone\n" + crowd + "x,13811112222\ny,13811112222\n"}
        )
        assert [line for line, *_ in found] == ["17", "18", *(str(n) for n in range(2, 17))]
        assert found[2][4] == (
            "the same phone as customers s01, s02, s03, s04, s05, s06, s07, s08, s09, s10 and 4 more, "
            f"so probably nobody's own; if it is one person, {ONE}"
        )
        (warning,) = [w for w in prepared.warnings if w["code"] == "same_person"]
        assert "rows: 17, of 2 that may be one person each; listed: 17" in warning["text"]
        assert not any("139" in str(field) or "138" in str(field) for row in found for field in row)


class TestDifferences:
    VALUES = "customer_id,n_orders,spend,last_order\na,1,5,2023-06-15\nb,2,7.50,2023-06-18\n"
    ORDERS = HEADER + "a,1,2023-06-15,5\nb,2,2023-06-15,5\n"

    def test_supplied_totals_that_the_orders_do_not_give(self, review):  # mission 24, 30
        prepared, found = review({"customer_values": self.VALUES, "orders": self.ORDERS})
        advice = "and that counts; find out which of the two exports is incomplete"
        assert found == [
            ["3", "n_orders", "2", "values_differ", f"the orders give 1, {advice}"],
            ["3", "spend", "7.5", "values_differ", f"the orders give 5.0, {advice}"],
            ["3", "last_order", "2023-06-18", "values_differ", f"the orders give 2023-06-15, {advice}"],
        ]
        told = [w for w in prepared.warnings if w["code"] == "values_differ"]
        assert [w["column"] for w in told] == ["n_orders", "spend", "last_order"]

    def test_totals_of_all_orders_are_not_set_against_those_in_scope(self, review):
        orders = self.ORDERS + "a,3,2022-06-15,5\n"
        _, found = review({"customer_values": self.VALUES, "orders": orders}, since="2023-01-01")
        assert found == []


class TestDropDecided:
    def test_takes_out_what_other_rules_listed(self, cleaned):
        connection = cleaned([], kept=(2,))
        for line, column in (("2", "amount"), ("3", "amount"), ("2", "order_date")):
            connection.execute(
                "INSERT INTO review VALUES ('orders', 'o.csv', '', ?, ?, '', 'extreme_amount', '')",
                [line, column],
            )
        under_review.drop_decided(connection)
        found = connection.execute('SELECT line, "column" FROM review').fetchall()
        assert found == [("3", "amount"), ("2", "order_date")]
