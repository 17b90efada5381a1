import datetime
import json

import pandas as pd
import pytest

from custkit import clean, ledger, prepare
from custkit.clean import scope
from custkit.errors import SettingsError
from custkit.settings import CleanRules

DAY = datetime.date.fromisoformat

# Ann bought books before and in the summer, Bob only in spring, in the West; Cat's toy has its category from products
# alone, Dan's line has none at all, and one line has no customer.
ORDERS = """customer_id,order_id,order_date,amount,region,category,product_id
ann,1,2024-02-09,10.00,East,books,P1
ann,2,2024-02-10,20.00,East,books,P1
ann,3,2024-07-01,30.50,East,toys,P2
bob,4,2024-01-05,40.00,West,books,P1
bob,4,2024-01-05,40.00,West,books,P1
cat,5,2024-08-01,50.00,East,,P2
dan,6,2024-08-02,60.00,East,,P3
,7,2024-08-03,70.00,East,books,P1
ann,8,2024-11-09,-5.00,East,toys,P2
"""
PRODUCTS = "product_id,product,category\nP1,atlas,books\nP2,kite,toys\nP3,thing,\n"


@pytest.fixture
def shop(tmp_path):
    """Six customers' lines, of which one is repeated and one has no customer; see ORDERS."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    return folder


@pytest.fixture
def run(shop, tmp_path):
    def prepared(**settings):
        return prepare.prepare(str(shop), str(tmp_path / "out"), settings=settings)

    return prepared


def read(prepared, table: str) -> pd.DataFrame:
    return pd.read_parquet(prepared.out / "tables" / f"{table}.parquet")


def said(prepared, code: str = "scope") -> list[str]:
    return [warning["text"] for warning in prepared.warnings if warning["code"] == code]


# mission 26, T20
class TestWindow:
    @pytest.mark.parametrize(
        ("since", "how", "fiscal", "as_of", "first"),
        [
            # 近3季度 in its three readings: 9 months back; the 3rd, 2nd and begun 4th quarter; quarters from February.
            ("3q", "rolling", 1, "2024-11-09", "2024-02-10"),
            ("3q", "calendar", 1, "2024-11-09", "2024-04-01"),
            ("3q", "fiscal", 2, "2024-11-09", "2024-05-01"),
            ("3q", "fiscal", 4, "2024-11-09", "2024-04-01"),  # quarters from April are those of the calendar
            ("3q", "calendar", 1, "2024-12-31", "2024-04-01"),  # on its last day a quarter is whole
            ("3q", "calendar", 1, "2025-01-01", "2024-07-01"),  # on its first day it has begun
            # 近1年
            ("1y", "rolling", 1, "2024-11-09", "2023-11-10"),
            ("1y", "calendar", 1, "2024-11-09", "2024-01-01"),
            ("1y", "fiscal", 4, "2024-11-09", "2024-04-01"),
            ("1y", "fiscal", 4, "2024-03-31", "2023-04-01"),
            ("2y", "fiscal", 12, "2024-11-30", "2022-12-01"),
            # The ends of short months, and leap days.
            ("3m", "rolling", 1, "2023-05-31", "2023-03-01"),
            ("3m", "rolling", 1, "2024-05-31", "2024-03-01"),
            ("1m", "rolling", 1, "2024-03-30", "2024-03-01"),
            ("1m", "rolling", 1, "2023-04-30", "2023-03-31"),
            ("1y", "rolling", 1, "2024-02-29", "2023-03-01"),
            ("1y", "rolling", 1, "2025-02-28", "2024-02-29"),
            ("4y", "rolling", 1, "2024-02-29", "2020-03-01"),
            ("9m", "rolling", 1, "2024-11-30", "2024-03-01"),
            # Days, and months of the calendar.
            ("90d", "rolling", 1, "2024-03-30", "2024-01-01"),
            ("1d", "calendar", 1, "2024-03-30", "2024-03-30"),
            ("2m", "calendar", 1, "2024-01-15", "2023-12-01"),
            # A day is in scope itself.
            ("2024-02-29", "fiscal", 4, "2024-11-09", "2024-02-29"),
            ("2024-11-09", "rolling", 1, "2024-11-09", "2024-11-09"),
        ],
    )
    def test_by_hand(self, since, how, fiscal, as_of, first):
        day, text = scope.window(since, how, fiscal, DAY(as_of))
        assert day == DAY(first)
        assert text == f"{first} – {as_of}"

    @pytest.mark.parametrize("months", [1, 3, 9, 12])
    def test_rolling_windows_of_following_days_never_go_backwards(self, months):
        days = [DAY("2023-01-01") + datetime.timedelta(days=n) for n in range(800)]
        firsts = [scope.window(f"{months}m", "rolling", 1, day)[0] for day in days]
        assert firsts == sorted(firsts)

    def test_a_span_without_a_last_day(self):
        with pytest.raises(SettingsError, match="since: 3q needs the day to which it reaches"):
            scope.window("3q", "rolling", 1, None)

    def test_a_day_after_the_last(self):
        with pytest.raises(SettingsError, match="since: 2024-11-10 is later than as_of 2024-11-09"):
            scope.window("2024-11-10", "rolling", 1, DAY("2024-11-09"))

    @pytest.mark.parametrize("since", ["3000y", "99999q", "99999m", "99999y"])
    def test_a_span_beyond_the_calendar(self, since):
        with pytest.raises(SettingsError, match="before the year 1"):
            scope.window(since, "calendar", 1, DAY("2024-11-09"))


class TestSettings:
    @pytest.mark.parametrize("since", ["", "2024-02-29", "90d", "9m", "3q", "1y"])
    def test_what_since_may_be(self, since):
        assert CleanRules(since=since).since == since

    @pytest.mark.parametrize("since", ["3", "q", "0d", "-1y", "3Q", "2023-02-29", "近3季度", "3q "])
    def test_what_it_may_not(self, since):
        with pytest.raises(SettingsError, match=r"since: expected an ISO day .* or a span"):
            CleanRules(since=since)

    @pytest.mark.parametrize(
        ("settings", "text"),
        [
            ({"window": "sliding"}, "window: expected rolling, calendar or fiscal"),
            ({"fiscal_start": 13}, "fiscal_start: expected a month from 1 to 12, got 13"),
            ({"categories": ("books", " ")}, "categories: expected names"),
            ({"outliers": "sigma"}, "outliers: expected mad, iqr, quantile or none"),
            ({"outlier_factor": 0.0}, "outlier_factor: expected above 0"),
        ],
    )
    def test_the_others(self, settings, text):
        with pytest.raises(SettingsError, match=text):
            CleanRules(**settings)


# mission 25, 26
class TestMark:
    def test_lines_out_of_the_window_leave_every_table_and_are_counted(self, run):
        found = run(since="3q")
        assert sorted(read(found, "orders")["order_id"]) == ["2", "3", "5", "6"]
        assert read(found, "refunds")["order_id"].tolist() == ["8"]
        steps = [step for step in found.ledger["steps"] if step["table"] == "orders"]
        assert [step["step"] for step in steps] == list(clean.STEPS)
        last = steps[-1]
        assert (last["rows_in"], last["kept"], last["out_of_scope"]) == (7, 5, 2)
        assert (last["money_in"], last["money_kept"], last["money_out_of_scope"]) == (
            "205.50",
            "155.50",
            "50.00",
        )
        (file,) = [entry for entry in found.ledger["files"] if entry["table"] == "orders"]
        assert (file["rows_in"], file["kept"], file["quarantined"], file["merged"]) == (9, 7, 1, 1)
        assert "out_of_scope" not in file

    def test_the_resolved_dates_are_told(self, run):
        found = run(since="3q")
        assert said(found)[0].startswith(
            "orders: only the days 2024-02-10 – 2024-11-09 count (since is 3q, rolling back from the last day), so "
            "earlier lines are out of scope (lines: 2)"
        )
        assert said(run(since="3q", window="calendar"))[0].startswith(
            "orders: only the days 2024-04-01 – 2024-11-09"
        )
        assert said(run(since="3q", window="fiscal", fiscal_start=2))[0].startswith(
            "orders: only the days 2024-05-01 – 2024-11-09"
        )

    def test_only_lines_of_the_categories_as_orders_or_products_say(self, run):
        found = run(categories=["toys"])
        assert sorted(read(found, "orders")["order_id"]) == ["3", "5"]
        assert set(read(found, "orders")["category"]) == {"toys"}
        assert "lines: 4" in said(found)[0]

    def test_both_together(self, run):
        found = run(since="2024-02-10", categories=["books"])
        assert read(found, "orders")["order_id"].tolist() == ["2"]
        last = next(step for step in found.ledger["steps"] if step["step"] == "scope")
        assert (last["kept"], last["out_of_scope"]) == (1, 6)

    def test_who_has_no_order_in_scope_stays_a_customer_without_one(self, run):
        features = read(run(since="3q"), "features").set_index("customer_id")
        assert list(features.index) == ["ann", "bob", "cat", "dan"]
        assert features.loc["bob", "status"] == "prospect"
        assert features.loc["bob", "spend"] == 0
        assert features.loc["bob", "region"] == "West"  # of the orders that are out of scope
        assert features.loc["ann", "spend"] == 45.5

    def test_as_of_is_that_of_all_lines(self, run):
        assert run(categories=["books"]).as_of == DAY("2024-11-09")

    def test_the_accounts_of_regions_add_up_to_the_whole(self, run):
        found = run(since="3q")
        accounts = read(found, "accounts")
        totals = ledger.totals(accounts)
        assert (totals["rows_in"] == totals[list(ledger.FATES)].sum(axis=1)).all()
        orders = totals.set_index("table").loc["orders"]
        assert (orders["out_of_scope"], orders["money_out_of_scope"]) == (2, 50.0)
        assert set(accounts.loc[accounts["fate"] == "out_of_scope", "step"]) == {"scope"}
        steps = ledger.steps(accounts, clean.STEPS).set_index(["table", "step"]).loc["orders"]
        assert steps.loc["scope", ["rows_in", "kept", "out_of_scope"]].tolist() == [7, 5, 2]
        balance = ledger.balance(totals).set_index("step")
        assert balance.loc["in"].tolist() == balance.drop("in").sum().tolist()
        assert (balance.loc["out_of_scope"] == [2, 50.0]).all()

    def test_without_a_scope_nothing_tells_of_one(self, run):
        found = run()
        assert not said(found)
        assert "out_of_scope" not in json.dumps(found.ledger)
        assert "out_of_scope" not in ledger.totals(read(found, "accounts"))

    def test_lines_out_of_scope_stand_in_no_quarantine(self, run):
        found = run(since="3q")
        rejected = pd.read_csv(found.out / "quarantine.csv", dtype=str)
        assert rejected["rule"].tolist() == ["missing_customer_id"]


class TestRefusals:
    def test_an_unknown_category_names_near_ones(self, run):
        with pytest.raises(
            SettingsError, match="no order line is of 'book'; of 2 categories the nearest are books"
        ):
            run(categories=["book"])

    def test_a_category_that_has_lines_outside_the_window_is_known(self, run):
        with pytest.raises(
            SettingsError, match="since and categories: no order line is in this scope; widen it"
        ):
            run(since="2024-10-01", categories=["books"])

    def test_nothing_left(self, run, shop):
        (shop / "orders.csv").write_text(ORDERS.splitlines()[0] + "\nann,1,2024-01-01,5.00,East,books,P1\n")
        with pytest.raises(SettingsError, match="categories: no order line is of 'toys'"):
            run(categories=["toys"])

    def test_no_orders(self, tmp_path):
        folder = tmp_path / "values"
        folder.mkdir()
        (folder / "customer_values.csv").write_text(
            "customer_id,n_orders,spend,last_order\nann,2,5.00,2024-01-05\n"
        )
        with pytest.raises(SettingsError, match="since: chooses order lines, and these data have none"):
            prepare.prepare(str(folder), str(tmp_path / "out"), settings={"since": "1y"})

    def test_no_category_anywhere(self, run, shop):
        (shop / "products.csv").unlink()
        (shop / "orders.csv").write_text("customer_id,order_id,order_date,amount\nann,1,2024-01-05,5.00\n")
        with pytest.raises(SettingsError, match="neither orders nor products have a column category"):
            run(categories=["books"])


class TestAsked:
    def test_names_the_settings(self):
        assert scope.asked(CleanRules()) == []
        assert scope.asked(CleanRules(since="1y", categories=("a",))) == ["since", "categories"]
