import datetime
import io

import ibis
import numpy as np
import pandas as pd
import pytest
from conftest import ORDERS
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import features as stage
from custkit import schema

AS_OF = datetime.date(2024, 3, 5)


def split(table: pd.DataFrame):
    """Order lines and refunds as the run's tables hold them."""
    backend = ibis.duckdb.connect()
    table = table.assign(order_date=pd.to_datetime(table["order_date"]).dt.date)
    backend.con.register("given", table)
    backend.con.execute(
        "CREATE TABLE both_ AS SELECT * REPLACE (CAST(order_date AS DATE) AS order_date) FROM given"
    )
    both = backend.table("both_")
    return both.filter(both.amount >= 0), both.filter(both.amount < 0)


def lines_of(table: pd.DataFrame, decimals: int = 2):
    return stage.lines(*split(table), decimals=decimals)


def people(*ids: str, region: str = "East"):
    return ibis.memtable(pd.DataFrame({"customer_id": list(ids), "region": region}))


@pytest.fixture
def orders() -> pd.DataFrame:
    """Ann, Bob, Cat and Dan of conftest, an hour on every line."""
    table = pd.read_csv(io.StringIO(ORDERS), dtype={"order_id": str})
    return table.assign(order_time="09:30:00", product_id="p" + table["order_id"], quantity=1.0)


@pytest.fixture
def made(orders) -> pd.DataFrame:
    customers = people("ann", "bob", "cat", "dan", "eve")
    return (
        stage.features(lines_of(orders), customers, as_of=AS_OF, decimals=2)
        .to_pandas()
        .set_index("customer_id")
    )


class TestFeatures:
    def test_ann_worked_by_hand(self, made):  # mission 11, 13, 17, 28, 30
        ann = made.loc["ann"]
        assert (ann["n_orders"], ann["n_refunds"], ann["spend"], ann["gross_spend"]) == (2, 1, 160.0, 180.0)
        assert (str(ann["first_order"])[:10], str(ann["last_order"])[:10]) == ("2024-01-05", "2024-02-04")
        # Order 3 is a refund and no counting order, so the 5th of March does not count.
        assert (ann["recency_days"], ann["tenure_days"], ann["median_gap_days"]) == (30, 60, 30)
        assert ann["avg_order_value"] == 80.0
        assert (ann["repeat_orders"], ann["age_days"], ann["active_days"], ann["mean_repeat_spend"]) == (
            1,
            60,
            30,
            30.0,
        )

    # mission 12, 14
    def test_top_category_and_channel_are_those_with_most_net_spend(self, made):
        assert (made.loc["ann", "top_category"], made.loc["ann", "main_channel"]) == ("books", "online")

    # mission 10
    def test_an_order_given_away_counts_for_nothing_but_a_purchase_day(self, made):
        bob = made.loc["bob"]
        assert (bob["n_orders"], bob["repeat_orders"], bob["status"]) == (1, 0, "buyer")

    def test_who_only_sent_back_and_who_never_ordered_are_told_apart(self, made):
        assert made["status"].to_dict() == {
            "ann": "buyer",
            "bob": "buyer",
            "cat": "refunds_only",
            "dan": "buyer",
            "eve": "prospect",
        }
        assert made.loc["cat", "spend"] == -5.0
        assert made.loc[["cat", "eve"], "recency_days"].isna().all()
        assert made.loc["eve", ["n_orders", "spend", "n_refunds"]].tolist() == [0, 0.0, 0]

    def test_has_the_columns_of_the_design(self, made):
        assert list(made.reset_index().columns) == list(schema.TABLES["features"])

    def test_one_order_has_no_gap(self, made):  # mission 17
        assert np.isnan(made.loc["dan", "median_gap_days"])

    def test_margin_stands_only_where_every_cost_is_known(self, orders):
        costed = orders.assign(cost=[60.0, 20.0, 10.0, -10.0, np.nan, 0.0, -2.0, 3.0])
        made = (
            stage.features(lines_of(costed), people("ann", "bob", "dan"), as_of=AS_OF, decimals=2)
            .to_pandas()
            .set_index("customer_id")
        )
        assert made["margin"].to_dict() == pytest.approx(
            {"ann": 80.0, "bob": np.nan, "dan": 4.5}, nan_ok=True
        )

    # mission 65
    def test_what_was_bought_at_a_discount_is_weighed_at_prices_before_it(self, orders):
        given = [
            0.0,
            50.0,
            -30.0,
            5.0,
            np.nan,
            10.0,
            1.0,
            0.0,
        ]  # Ann's 50 was 100, her 30 was 60; the refund has no say
        lines = lines_of(orders.assign(discount=given))
        made = stage.features(lines, people("ann", "bob", "dan", "eve"), as_of=AS_OF, decimals=2).to_pandas()
        made = made.set_index("customer_id")
        assert made["discount"].tolist() == [80.0, 10.0, 0.0, 0.0]
        assert made["discounted_share"].to_dict() == pytest.approx(
            {"ann": 160 / 260, "bob": 10 / 20, "dan": 0.0, "eve": np.nan}, nan_ok=True
        )

    def test_an_earlier_day_sees_nothing_of_what_came_later(self, orders):
        early = datetime.date(2024, 1, 31)
        lines = stage.lines(*split(orders), decimals=2, until=early)
        made = (
            stage.features(lines, people("ann", "dan"), as_of=early, decimals=2)
            .to_pandas()
            .set_index("customer_id")
        )
        assert (made.loc["ann", "n_orders"], made.loc["ann", "recency_days"], made.loc["dan", "status"]) == (
            1,
            26,
            "prospect",
        )

    def test_one_order_id_of_two_customers_is_an_order_of_each(self):
        table = pd.DataFrame(
            {
                "customer_id": ["ann", "bob"],
                "order_id": ["1", "1"],
                "order_date": "2024-01-01",
                "amount": [5.0, -5.0],
            }
        )
        made = stage.features(lines_of(table), people("ann", "bob"), as_of=AS_OF, decimals=2).to_pandas()
        assert made["n_orders"].tolist() == [1, 0]

    # fault 37
    def test_money_is_summed_exactly(self):
        table = pd.DataFrame(
            {
                "customer_id": "ann",
                "order_id": [str(n) for n in range(100_000)],
                "order_date": "2024-01-01",
                "amount": 0.1,
            }
        )
        made = stage.features(lines_of(table), people("ann"), as_of=AS_OF, decimals=2).to_pandas()
        assert made["spend"].tolist() == [10_000.0]

    # fault 86
    @given(st.randoms(use_true_random=False))
    @settings(max_examples=10, deadline=None)
    def test_the_order_of_the_rows_changes_nothing(self, random):
        table = pd.read_csv(io.StringIO(ORDERS), dtype={"order_id": str})
        shuffled = table.sample(frac=1, random_state=random.randrange(2**31))
        customers = people("ann", "bob", "cat", "dan")
        first, second = (
            stage.features(lines_of(t), customers, as_of=AS_OF, decimals=2).to_pandas()
            for t in (table, shuffled)
        )
        pd.testing.assert_frame_equal(first, second)


class TestTies:
    """Equal money: the latest counts, then the name."""

    def test_the_later_category_wins_then_the_name(self):
        table = pd.DataFrame(
            {
                "customer_id": ["ann", "ann", "bob", "bob"],
                "order_id": ["1", "2", "3", "4"],
                "order_date": ["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"],
                "amount": 10.0,
                "category": ["toys", "books", "toys", "books"],
                "region": ["West", "East", "West", "East"],
            }
        )
        made = stage.features(lines_of(table), people("ann", "bob"), as_of=AS_OF, decimals=2).to_pandas()
        assert made["top_category"].tolist() == ["books", "books"]
        assert stage.regions(lines_of(table)).to_pandas().set_index("customer_id")["region"].to_dict() == {
            "ann": "East",
            "bob": "East",
        }


class TestRegions:
    def test_a_customer_without_a_region_is_left_to_the_caller(self, orders):
        assert set(stage.regions(lines_of(orders)).to_pandas()["customer_id"]) == {"ann", "bob", "cat"}


class TestNextOrders:
    def events(self, *pairs):
        table = pd.DataFrame(list(pairs), columns=["customer_id", "date"])
        return ibis.memtable(table.assign(date=pd.to_datetime(table["date"]).dt.date))

    def test_the_first_counting_order_after_the_day(self, orders):
        asked = self.events(
            ("ann", "2024-01-01"), ("ann", "2024-01-05"), ("ann", "2024-02-04"), ("bob", "2024-01-01")
        )
        made = stage.next_orders(lines_of(orders), asked).to_pandas()
        days = [None if pd.isna(day) else str(day)[:10] for day in made["next_order"]]
        # An order of the day itself is not after it, and Ann's refund of March is no order.
        assert days == ["2024-01-05", "2024-02-04", None, "2024-01-10"]

    def test_who_never_ordered_has_none(self, orders):
        made = stage.next_orders(lines_of(orders), self.events(("eve", "2024-01-01"))).to_pandas()
        assert made["customer_id"].tolist() == ["eve"]
        assert made["next_order"].isna().all()


class TestPeriods:
    def test_a_refund_counts_in_its_own_month(self, orders):
        made = stage.periods(lines_of(orders), decimals=2).to_pandas()
        ann = made[made["customer_id"] == "ann"]
        assert [str(month)[:7] for month in ann["month"]] == ["2024-01", "2024-02", "2024-03"]
        assert ann["n_orders"].tolist() == [1, 1, 0]
        assert ann["spend"].tolist() == [150.0, 30.0, -20.0]

    def test_sums_to_the_features(self, orders, made):
        periods = (
            stage.periods(lines_of(orders), decimals=2)
            .to_pandas()
            .groupby("customer_id")[["n_orders", "spend"]]
            .sum()
        )
        assert periods["spend"].to_dict() == made.drop("eve")["spend"].to_dict()
        assert periods["n_orders"].to_dict() == made.drop("eve")["n_orders"].to_dict()


class TestMix:
    def test_every_dimension_sums_to_the_spend(self, orders, made):
        mix = stage.mix(lines_of(orders), decimals=2).to_pandas()
        for dimension in ("category", "channel", "weekday_hour"):
            sums = mix[mix["dimension"] == dimension].groupby("customer_id")["spend"].sum()
            assert sums.to_dict() == made.drop("eve")["spend"].to_dict(), dimension

    def test_hours_are_iso_weekday_and_hour(self, orders):
        mix = stage.mix(lines_of(orders), decimals=2).to_pandas()
        levels = mix.loc[(mix["customer_id"] == "dan") & (mix["dimension"] == "weekday_hour"), "level"]
        assert levels.tolist() == ["5-09"]  # 2024-03-01 was a Friday

    def test_without_a_time_the_hour_is_empty(self, orders):
        mix = stage.mix(lines_of(orders.drop(columns="order_time")), decimals=2).to_pandas()
        assert set(mix.loc[mix["dimension"] == "weekday_hour", "level"]) == {"3-", "4-", "5-", "7-", "2-"}

    def test_codes_that_are_no_products_stay_out_of_categories(self, orders):
        mix = stage.mix(lines_of(orders), decimals=2, non_products=("p1", "p7*")).to_pandas()
        books = mix[(mix["dimension"] == "category") & (mix["customer_id"] == "ann")]
        assert books.set_index("level")["spend"].to_dict() == {"books": 10.0}
        assert "dan" not in set(mix.loc[mix["dimension"] == "category", "customer_id"])


class TestProductTotals:
    def test_sums_by_product_and_region_of_the_customer(self, orders):
        totals = stage.product_totals(
            lines_of(orders), people("ann", "bob", "cat", "dan"), decimals=2
        ).to_pandas()
        assert totals.set_index("product_id")["spend"].to_dict() == {
            "p1": 150.0, "p2": 30.0, "p3": -20.0, "p4": 10.0, "p5": 0.0, "p6": -5.0, "p7": 7.5,
        }  # fmt: skip
        assert list(totals.columns) == list(schema.TABLES["product_totals"])
        first = totals.set_index("product_id").loc["p1"]
        assert (first["customers"], first["n_orders"], first["quantity"]) == (1, 1, 2.0)

    def test_none_without_a_product(self, orders):
        assert (
            stage.product_totals(lines_of(orders.drop(columns="product_id")), people("ann"), decimals=2)
            is None
        )


class TestFeaturesOfValues:
    # mission 91
    def test_takes_what_is_given_and_leaves_the_rest_empty(self):
        values = ibis.memtable(
            pd.DataFrame(
                {
                    "customer_id": ["ann", "bob"],
                    "n_orders": [4, 0],
                    "spend": [80.0, 0.0],
                    "last_order": [datetime.date(2024, 3, 1), None],
                }
            )
        )
        made = (
            stage.features_of_values(values, people("ann", "bob"), as_of=AS_OF)
            .to_pandas()
            .set_index("customer_id")
        )
        assert made.loc[
            "ann", ["n_orders", "spend", "recency_days", "avg_order_value", "status"]
        ].tolist() == [4, 80.0, 4, 20.0, "buyer"]
        assert made.loc["bob", "status"] == "prospect"
        assert list(made.reset_index().columns) == list(schema.TABLES["features"])

    def test_the_favourite_category_is_taken_where_it_is_given(self):  # mission 61
        values = ibis.memtable(
            pd.DataFrame({"customer_id": ["ann"], "n_orders": [4], "top_category": ["books"]})
        )
        made = stage.features_of_values(values, people("ann"), as_of=None).to_pandas()
        assert made["top_category"].tolist() == ["books"]

    def test_without_a_day_nothing_is_counted_back(self):
        values = ibis.memtable(pd.DataFrame({"customer_id": ["ann"], "n_orders": [4], "recency_days": [9]}))
        made = stage.features_of_values(values, people("ann"), as_of=None).to_pandas()
        assert (made.loc[0, "recency_days"], made["tenure_days"].isna().all()) == (9, True)
