"""What the data hold: size, regions, months, the week, products, channels and categories."""

import pandas as pd
import pytest

from custkit import profiles
from custkit.errors import TableError
from custkit.settings import ProfileRules

FIRST, LAST = pd.Timestamp("2024-01-15"), pd.Timestamp("2024-03-10")


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann (North) bought in January and March, Bob (South) once in February, Cat (South) only sent things back,
    Dan (North) has never ordered, Eve (East) bought for 40 and returned it all."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan", "eve"],
            "region": ["North", "South", "South", "North", "East"],
            "first_order": pd.to_datetime(["2024-01-15", "2024-02-20", None, None, "2024-02-01"]),
            "last_order": pd.to_datetime(["2024-03-10", "2024-02-20", None, None, "2024-02-01"]),
            "n_orders": [3, 1, 0, 0, 1],
            "spend": [300.0, 100.0, -20.0, 0.0, 0.0],
            "gross_spend": [310.0, 100.0, 0.0, 0.0, 40.0],
            "n_refunds": [1, 0, 2, 0, 1],
            "age_days": pd.array([55, 19, None, None, 38], dtype="Int64"),
            "status": ["buyer", "buyer", "refunds_only", "prospect", "buyer"],
        }
    )


@pytest.fixture
def periods() -> pd.DataFrame:
    """The same customers by month; Ann's refund of 10 stands in March, Eve's in April, after the last day."""
    rows = [
        ("ann", "2024-01-01", 1, 120.0),
        ("ann", "2024-03-01", 2, 180.0),
        ("bob", "2024-02-01", 1, 100.0),
        ("cat", "2024-02-01", 0, -20.0),
        ("eve", "2024-02-01", 1, 40.0),
        ("eve", "2024-03-01", 0, -40.0),
    ]
    periods = pd.DataFrame(rows, columns=["customer_id", "month", "n_orders", "spend"])
    return periods.assign(month=pd.to_datetime(periods["month"]), channel=None)


@pytest.fixture
def mix() -> pd.DataFrame:
    """Three lines on Mondays, one on a Friday without a time, a refund on a Sunday; two channels, no category."""
    rows = [
        ("ann", "weekday_hour", "1-09", 2, 100.0),
        ("bob", "weekday_hour", "1-17", 1, 50.0),
        ("ann", "weekday_hour", "5-", 1, 30.0),
        ("cat", "weekday_hour", "7-10", 0, -20.0),
        ("ann", "channel", "web", 3, 90.0),
        ("bob", "channel", "web", 1, 10.0),
        ("bob", "channel", "shop", 2, 100.0),
        ("cat", "channel", "(none)", 9, 900.0),
        ("ann", "category", "(none)", 4, 110.0),
    ]
    return pd.DataFrame(rows, columns=["customer_id", "dimension", "level", "lines", "spend"])


@pytest.fixture
def product_totals() -> pd.DataFrame:
    """Tea sells in two regions, cups bring as much in fewer units, a returned chair ends below zero, p4 has no name."""
    rows = [
        ("p1", "tea", "North", 2, 3, 30.0, 60.0),
        ("p1", "tea", "South", 1, 1, 20.0, 40.0),
        ("p2", "cup", "North", 1, 1, 5.0, 100.0),
        ("p3", "chair", "North", 1, 1, -1.0, -80.0),
        ("p4", None, "South", 1, 1, 1.0, 50.0),
    ]
    columns = ["product_id", "product", "region", "customers", "n_orders", "quantity", "spend"]
    return pd.DataFrame(rows, columns=columns).assign(category=None)


def no_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:0]


def assert_untouched(function, *frames: pd.DataFrame, **arguments) -> None:
    before = [frame.copy(deep=True) for frame in frames]
    function(*frames, **arguments)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def assert_order_does_not_matter(function, *frames: pd.DataFrame, **arguments) -> None:
    shuffled = [frame.sample(frac=1, random_state=7) for frame in frames]
    pd.testing.assert_frame_equal(function(*frames, **arguments), function(*shuffled, **arguments))


class TestOverview:
    def test_counts_customers_by_what_they_did(self, features, product_totals):
        row = profiles.overview(features, product_totals).iloc[0]
        assert (row["customers"], row["buyers"], row["refunds_only"], row["prospects"]) == (5, 3, 1, 1)
        assert (row["n_orders"], row["n_refunds"], row["n_products"]) == (5, 4, 4)

    def test_gross_less_refunds_is_spend(self, features, product_totals):
        row = profiles.overview(features, product_totals).iloc[0]
        assert (row["gross_spend"], row["refunded"], row["spend"]) == (450.0, 70.0, 380.0)
        assert row["share_refunded"] == pytest.approx(70 / 450)

    def test_a_prospect_is_not_left_without_spend(self, features, product_totals):
        row = profiles.overview(features, product_totals).iloc[0]
        assert (row["without_spend"], row["buyers_without_spend"]) == (2, 1)

    def test_who_only_got_something_for_nothing_is_without_spend(self, features, product_totals):
        gift = features.assign(age_days=pd.array([55, 19, None, 3, 38], dtype="Int64"))
        assert profiles.overview(gift, product_totals)["without_spend"].item() == 3

    def test_nobody_gives_zeros_and_no_day(self, features, product_totals):
        row = profiles.overview(no_rows(features), no_rows(product_totals)).iloc[0]
        assert row.drop(["first_order", "last_order"]).eq(0).all()
        assert pd.isna(row["first_order"])

    def test_names_the_missing_column(self, features, product_totals):
        with pytest.raises(TableError, match="features: no column gross_spend"):
            profiles.overview(features.drop(columns="gross_spend"), product_totals)

    def test_leaves_its_input_alone(self, features, product_totals):
        assert_untouched(profiles.overview, features, product_totals)


class TestByRegion:
    def test_most_spend_comes_first(self, features):
        regions = profiles.by_region(features)
        assert regions["region"].tolist() == ["North", "South", "East"]
        assert regions["rank"].tolist() == [1, 2, 3]
        assert regions["spend"].tolist() == [300.0, 80.0, 0.0]
        assert regions["share_of_spend"].tolist() == pytest.approx([300 / 380, 80 / 380, 0])

    def test_the_median_is_of_buyers_only(self, features):
        regions = profiles.by_region(features).set_index("region")
        assert regions.loc["South", "median_spend"] == 100.0

    def test_a_region_without_a_buyer_has_no_median(self, features):
        regions = profiles.by_region(features[features["customer_id"] == "cat"])
        assert regions["median_spend"].tolist() == [0.0]
        assert regions["share_of_spend"].tolist() == [0.0]

    def test_equal_spend_goes_by_the_latest_order_then_by_name(self, features):
        tied = features.assign(spend=10.0)
        tied = pd.concat([tied, tied[tied["region"] == "East"].assign(customer_id="fay", region="Aland")])
        tied = tied.drop_duplicates("region")
        assert profiles.by_region(tied)["region"].tolist() == ["North", "South", "Aland", "East"]

    def test_customers_sum_to_the_whole(self, features):
        assert profiles.by_region(features)["customers"].sum() == len(features)

    def test_nobody_gives_no_region(self, features):
        assert profiles.by_region(no_rows(features)).empty

    def test_row_order_does_not_matter(self, features):
        assert_order_does_not_matter(profiles.by_region, features)

    def test_names_the_missing_column(self, features):
        with pytest.raises(TableError, match="features: no column region"):
            profiles.by_region(features.drop(columns="region"))

    def test_leaves_its_input_alone(self, features):
        assert_untouched(profiles.by_region, features)


class TestLeadingRegions:
    def test_the_others_stand_together(self, features):
        leading = profiles.leading_regions(profiles.by_region(features), ProfileRules(top_levels=1))
        assert leading["region"].tolist() == ["North", ""]
        assert leading["regions"].tolist() == [1, 2]
        assert leading["spend"].tolist() == [300.0, 80.0]
        assert leading["share_of_spend"].sum() == pytest.approx(1)

    def test_a_single_other_region_keeps_its_name(self, features):
        leading = profiles.leading_regions(profiles.by_region(features), ProfileRules(top_levels=2))
        assert leading["region"].tolist() == ["North", "South", "East"]

    def test_no_region_gives_no_row(self, features):
        assert profiles.leading_regions(profiles.by_region(no_rows(features))).empty

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="regions: no column region"):
            profiles.leading_regions(pd.DataFrame())

    def test_leaves_its_input_alone(self, features):
        assert_untouched(
            profiles.leading_regions, profiles.by_region(features), rules=ProfileRules(top_levels=1)
        )


class TestMonthly:
    def test_months_that_the_data_cut_are_partial(self, periods, features):
        months = profiles.monthly(periods, features, first_day=FIRST, last_day=LAST)
        assert months["days_covered"].tolist() == [17, 29, 10]
        assert months["is_partial"].tolist() == [True, False, True]

    def test_data_from_the_first_to_the_last_day_have_no_partial_month(self, periods, features):
        days = {"first_day": pd.Timestamp("2024-01-01"), "last_day": pd.Timestamp("2024-03-31")}
        assert not profiles.monthly(periods, features, **days)["is_partial"].any()

    def test_new_and_returning_make_up_the_buyers(self, periods, features):
        months = profiles.monthly(periods, features, first_day=FIRST, last_day=LAST)
        assert months["buyers"].tolist() == [1, 2, 1]
        assert months["new_buyers"].tolist() == [1, 2, 0]
        assert months["returning_buyers"].tolist() == [0, 0, 1]

    def test_a_refund_stands_in_its_own_month(self, periods, features):
        months = profiles.monthly(periods, features, first_day=FIRST, last_day=LAST)
        assert months["spend"].tolist() == [120.0, 120.0, 140.0]
        assert months["n_orders"].tolist() == [1, 2, 2]

    def test_a_refund_before_the_first_order_is_not_lost(self, periods, features):
        early = periods.assign(
            month=periods["month"].where(periods["customer_id"] != "cat", pd.Timestamp("2023-11-01"))
        )
        months = profiles.monthly(early, features, first_day=FIRST, last_day=LAST)
        assert months["spend"].sum() == periods["spend"].sum()
        assert months["month"].iloc[0] == pd.Timestamp("2023-11-01")
        assert (months["days_covered"].iloc[0], months["is_partial"].iloc[0]) == (0, True)

    def test_only_complete_months_are_ranked(self, periods, features):
        assert profiles.monthly(periods, features, first_day=FIRST, last_day=LAST)["rank"].tolist() == [
            0,
            1,
            0,
        ]

    def test_a_month_without_an_order_is_there(self, periods, features):
        bob = periods[periods["customer_id"] == "bob"]
        months = profiles.monthly(
            bob, features[features["customer_id"] == "bob"], first_day=FIRST, last_day=LAST
        )
        assert months["spend"].tolist() == [0.0, 100.0, 0.0]

    def test_two_channels_are_one_buyer(self, periods, features):
        twice = pd.concat([periods.assign(channel="web"), periods.assign(channel="shop")])
        assert profiles.monthly(twice, features, first_day=FIRST, last_day=LAST)["buyers"].tolist() == [
            1,
            2,
            1,
        ]

    def test_without_a_last_day_there_is_no_month(self, periods, features):
        assert profiles.monthly(periods, features, first_day=FIRST, last_day=None).empty

    # fault 36
    @pytest.mark.parametrize("never", [None, pd.NaT])
    def test_refunds_without_an_order_have_their_months(self, periods, features, never):
        cat = periods[periods["customer_id"] == "cat"]
        months = profiles.monthly(cat, features.iloc[:0], first_day=never, last_day=LAST)
        assert months["spend"].sum() == cat["spend"].sum() < 0
        assert months["n_orders"].sum() == 0
        assert months["month"].iloc[0] == cat["month"].min()

    def test_nothing_sold_gives_no_month(self, periods, features):
        assert profiles.monthly(no_rows(periods), no_rows(features), first_day=FIRST, last_day=LAST).empty

    def test_row_order_does_not_matter(self, periods, features):
        assert_order_does_not_matter(profiles.monthly, periods, features, first_day=FIRST, last_day=LAST)

    def test_names_the_missing_column(self, periods, features):
        with pytest.raises(TableError, match="periods: no column month"):
            profiles.monthly(periods.drop(columns="month"), features, first_day=FIRST, last_day=LAST)

    def test_leaves_its_input_alone(self, periods, features):
        assert_untouched(profiles.monthly, periods, features, first_day=FIRST, last_day=LAST)


class TestWeekdays:
    def test_every_day_is_there_and_refunds_are_not(self, mix):
        week = profiles.weekdays(mix)
        assert week["weekday"].tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert week["lines"].tolist() == [3, 0, 0, 0, 1, 0, 0]
        assert week["share_of_lines"].tolist() == [0.75, 0, 0, 0, 0.25, 0, 0]

    def test_of_equal_days_the_earlier_ranks_first(self, mix):
        assert profiles.weekdays(mix)["rank"].tolist() == [1, 3, 4, 5, 2, 6, 7]

    def test_only_refunds_give_no_day(self, mix):
        assert profiles.weekdays(mix[mix["lines"] == 0]).empty

    def test_names_the_missing_column(self, mix):
        with pytest.raises(TableError, match="mix: no column level"):
            profiles.weekdays(mix.drop(columns="level"))

    def test_leaves_its_input_alone(self, mix):
        assert_untouched(profiles.weekdays, mix)


class TestRhythm:
    def test_lines_without_a_time_have_no_hour(self, mix):
        hours = profiles.rhythm(mix)
        assert hours[["weekday", "hour", "lines", "rank"]].to_numpy().tolist() == [
            [1, 9, 2, 1],
            [1, 17, 1, 2],
        ]

    def test_no_time_at_all_gives_no_hour(self, mix):
        untimed = mix.assign(level=mix["level"].str[:2])
        assert profiles.rhythm(untimed).empty
        assert not profiles.weekdays(untimed).empty

    def test_row_order_does_not_matter(self, mix):
        assert_order_does_not_matter(profiles.rhythm, mix)

    def test_names_the_missing_column(self, mix):
        with pytest.raises(TableError, match="mix: no column lines"):
            profiles.rhythm(mix.drop(columns="lines"))

    def test_leaves_its_input_alone(self, mix):
        assert_untouched(profiles.rhythm, mix)


class TestProducts:
    def test_regions_are_added_up(self, product_totals):
        tea = profiles.products(product_totals).query("product == 'tea' and ranking == 'spend'").iloc[0]
        assert (tea["customers"], tea["n_orders"], tea["quantity"], tea["spend"]) == (3, 4, 50.0, 100.0)

    def test_equal_spend_goes_by_quantity(self, product_totals):
        products = profiles.products(product_totals)
        assert products[products["ranking"] == "spend"]["product_id"].tolist() == ["p1", "p2", "p4"]
        assert products[products["ranking"] == "quantity"]["product_id"].tolist() == ["p1", "p2", "p4"]

    def test_what_came_back_is_not_listed(self, product_totals):
        assert "p3" not in profiles.products(product_totals)["product_id"].to_list()

    def test_shares_are_of_what_is_above_zero(self, product_totals):
        products = profiles.products(product_totals)
        by_spend = products[products["ranking"] == "spend"]
        assert by_spend["share_of_products"].tolist() == pytest.approx([0.4, 0.4, 0.2])

    def test_a_product_without_a_name_goes_by_its_code(self, product_totals):
        assert "p4" in profiles.products(product_totals)["product"].to_list()

    def test_lists_are_as_long_as_the_rules_say(self, product_totals):
        products = profiles.products(product_totals, ProfileRules(top_products=1))
        assert products["ranking"].tolist() == ["spend", "quantity"]

    def test_no_product_gives_no_row(self, product_totals):
        assert profiles.products(no_rows(product_totals)).empty

    def test_row_order_does_not_matter(self, product_totals):
        assert_order_does_not_matter(profiles.products, product_totals)

    def test_names_the_missing_column(self, product_totals):
        with pytest.raises(TableError, match="product_totals: no column quantity"):
            profiles.products(product_totals.drop(columns="quantity"))

    def test_leaves_its_input_alone(self, product_totals):
        assert_untouched(profiles.products, product_totals)


class TestLevels:
    def test_named_levels_come_before_the_unnamed(self, mix):
        channels = profiles.levels(mix)
        assert channels["level"].tolist() == ["web", "shop", "(none)"]
        assert channels["spend"].tolist() == [100.0, 100.0, 900.0]
        assert channels["share_of_spend"].sum() == pytest.approx(1)

    def test_equal_spend_goes_by_lines(self, mix):
        tied = mix.assign(lines=mix["lines"].where(mix["level"] != "shop", 5))
        assert profiles.levels(tied)["level"].tolist()[:2] == ["shop", "web"]
        fewer = mix.assign(lines=mix["lines"].where(mix["level"] != "shop", 1))
        assert profiles.levels(fewer)["level"].tolist()[:2] == ["web", "shop"]

    def test_a_dimension_that_nothing_names_is_left_out(self, mix):
        assert "category" not in profiles.levels(mix)["dimension"].to_list()

    def test_refunds_alone_have_no_share(self, mix):
        assert profiles.levels(mix.assign(spend=-1.0))["share_of_spend"].eq(0).all()

    def test_nothing_sold_gives_no_row(self, mix):
        assert profiles.levels(no_rows(mix)).empty

    def test_row_order_does_not_matter(self, mix):
        assert_order_does_not_matter(profiles.levels, mix)

    def test_names_the_missing_column(self, mix):
        with pytest.raises(TableError, match="mix: no column spend"):
            profiles.levels(mix.drop(columns="spend"))

    def test_leaves_its_input_alone(self, mix):
        assert_untouched(profiles.levels, mix)
