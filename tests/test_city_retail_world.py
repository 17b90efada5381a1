"""The made retailer before any dirt: sums, dates and keys hold, the same seed gives the same rows, and null means null."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from custkit.schema import INPUTS, OPEN_TABLES
from scripts.city_retail import large, season, world
from scripts.city_retail.block import SORTED_BY
from scripts.city_retail.parameters import BLOCK, MODEL
from scripts.city_retail.streams import even, pick, stream

SEED = 2026


@pytest.fixture(scope="module")
def made() -> world.World:
    """The sample itself: two blocks of customers."""
    return world.make(SEED)


@pytest.fixture(scope="module")
def null() -> world.World:
    """A copy without relations, of the same size."""
    return world.make(SEED, null=True)


def cents(money: pd.Series) -> pd.Series:
    return (money * 100).round().astype("int64")


def buyers(made: world.World) -> pd.DataFrame:
    """One row per customer who bought: orders, recency in days, spend, whether mostly online, and who they are."""
    bought = made.tables["orders"].query("amount > 0")
    table = bought.groupby("customer_id").agg(
        n_orders=("order_id", "nunique"), last=("order_date", "max"), spend=("amount", "sum")
    )
    online = bought["amount"].where(bought["channel"] != "store", 0).groupby(bought["customer_id"]).sum()
    table = table.assign(online=online / table["spend"] > 0.5, order_value=table["spend"] / table["n_orders"])
    table["recency"] = (bought["order_date"].max() - table["last"]).dt.days
    return table.join(made.tables["customers"].set_index("customer_id"))


class TestTables:
    def test_have_no_column_that_custkit_does_not_know(self, made):
        for name, table in made.tables.items():
            if name not in OPEN_TABLES:
                assert set(table) <= set(INPUTS[name]), name

    def test_amount_is_quantity_times_unit_price_to_the_cent(self, made):
        orders = made.tables["orders"]
        assert (cents(orders["amount"]) == orders["quantity"] * cents(orders["unit_price"])).all()

    def test_every_order_has_a_customer_and_a_product(self, made):
        orders = made.tables["orders"]
        assert orders["customer_id"].isin(made.tables["customers"]["customer_id"]).all()
        assert orders["product_id"].isin(made.tables["products"]["product_id"]).all()

    @pytest.mark.parametrize("name", ["orders", "feedback", "activity"])
    def test_nothing_happens_outside_the_three_years(self, made, name):
        for column, times in made.tables[name].filter(regex="date$|_at$").items():
            assert times.dropna().dt.year.between(2023, 2025).all(), column

    def test_an_order_has_one_customer_and_one_time_and_no_product_twice(self, made):
        bought = made.tables["orders"].query("amount > 0").groupby("order_id")
        assert (bought[["customer_id", "order_date", "channel"]].nunique() == 1).all(axis=None)
        assert not made.tables["orders"].query("amount > 0").duplicated(["order_id", "product_id"]).any()

    @pytest.mark.parametrize(
        "name", ["orders", "feedback", "activity", "customers", "brand_ratings", "population"]
    )
    def test_no_row_is_there_twice(self, made, name):
        assert not made.tables[name].duplicated().any()

    def test_nobody_orders_before_they_register(self, made):
        bought = made.tables["orders"].query("amount > 0").merge(made.tables["customers"], on="customer_id")
        assert (bought["order_date"] >= bought["registered_on"]).all()

    def test_regions_have_the_sizes_that_are_said(self, made):
        sizes = made.tables["customers"]["region"].value_counts().to_dict()
        assert sizes == {"East": 1600, "South": 1400, "Central": 1200, "North": 1000, "West": 800}

    def test_nobody_is_written_to_without_consent(self, made):
        sent = (
            made.tables["activity"]
            .query("kind == 'campaign_sent'")
            .merge(made.tables["customers"], on="customer_id")
        )
        assert set(sent["consent"]) == {"yes"}

    def test_shares_of_purchases_sum_to_one(self, made):
        sums = made.tables["brand_use"].groupby("respondent_id")["share_of_purchases"].sum()
        assert np.allclose(sums, 1)


class TestTruth:
    def test_actuals_are_what_the_orders_say(self, made):
        arms, orders = made.truth["campaigns.csv"], made.tables["orders"]
        bought = orders[
            orders["order_date"].between("2025-06-16", "2025-08-14 23:59:59") & (orders["amount"] > 0)
        ]
        for row in made.tables["actuals"].query("strategy == 'Member day'").itertuples():
            listed = arms[(arms["campaign"] == row.strategy) & (arms["arm"] == row.arm)]
            assert row.n == len(listed)
            assert row.value == pytest.approx(
                listed["customer_id"].isin(bought["customer_id"]).mean(), abs=1e-4
            )

    def test_only_the_treated_are_written_to(self, made):
        arms = made.truth["campaigns.csv"].query("arm == 'held_out'")
        sent = made.tables["activity"].query("kind == 'campaign_sent'")
        assert sent.merge(arms, left_on=["customer_id", "topic"], right_on=["customer_id", "campaign"]).empty

    def test_every_complaint_has_a_cause(self, made):
        complaints = made.tables["feedback"].query("kind == 'complaint'")
        assert len(complaints) == len(made.truth["complaints.csv"])

    def test_a_changed_parameter_is_in_the_key(self):
        niche = dataclasses.replace(MODEL.niche, growth=1.0)
        other = world.make(SEED, 300, model=dataclasses.replace(MODEL, niche=niche))
        assert other.truth["truth.json"]["niche"]["growth"] == 1.0

    def test_regions_are_called_what_they_are(self, made):
        regions = made.truth["truth.json"]["regions"]
        assert regions["behaviour"] == ["South", "West"]
        assert regions["level"] == ["North"]
        assert regions["typical"] == ["East", "Central"]


class TestPlanted:
    def test_the_channels_are_a_simpson_case(self, made):
        people = buyers(made)
        logs = np.log(people["order_value"])
        online, store = logs[people["online"]], logs[~people["online"]]
        assert online.mean() < store.mean()
        assert stats.mannwhitneyu(online, store).pvalue < 0.001
        within = logs.groupby([people["region"], people["online"]]).mean().unstack()
        assert (within[True] > within[False]).all()

    def test_the_niche_doubles_while_others_stand_still(self, made):
        niche = made.truth["truth.json"]["niche"]["in_the_sample"]
        assert niche["growth_of_spend"] > 1 > 0.2 > niche["growth_of_others"]
        assert niche["margin"] > niche["margin_of_others"] + 0.1

    def test_one_campaign_works_and_one_does_not(self, made):
        member_day, newsletter = made.truth["truth.json"]["campaigns"]
        assert member_day["works"]
        assert member_day["in_the_sample"] > 0.05
        assert not newsletter["works"]
        assert abs(newsletter["in_the_sample"]) < 0.03

    def test_the_less_satisfied_return_less(self, made):
        returns = made.truth["truth.json"]["satisfaction"]["in_the_sample"]
        assert returns["2"]["return"] < returns["4"]["return"] - 0.05


class TestNull:
    def test_regions_do_not_differ(self, null):
        people = buyers(null)
        for measure in ("recency", "n_orders", "spend", "order_value"):
            groups = [group for _, group in people.groupby("region")[measure]]
            assert stats.kruskal(*groups).pvalue > 0.01, measure

    def test_the_channel_says_nothing_about_the_order_value(self, null):
        people = buyers(null)
        online, store = (people.loc[people["online"] == side, "order_value"] for side in (True, False))
        assert stats.mannwhitneyu(online, store).pvalue > 0.01

    def test_satisfaction_says_nothing_about_recommending(self, null):
        said = null.tables["feedback"].dropna(subset=["satisfaction", "recommend"])
        assert abs(stats.spearmanr(said["satisfaction"], said["recommend"]).statistic) < 0.05

    def test_items_do_not_go_together(self, null):
        correlations = null.tables["survey"].filter(regex="^q").corr().to_numpy()
        assert np.abs(correlations[np.triu_indices(16, 1)]).max() < 0.12

    def test_brands_are_rated_alike(self, null):
        ratings = null.tables["brand_ratings"]
        for attribute in MODEL.brands.attributes:
            assert stats.f_oneway(*[group for _, group in ratings.groupby("brand")[attribute]]).pvalue > 0.001

    def test_margins_are_those_of_the_sample(self, made, null):
        ours, theirs = buyers(null), buyers(made)
        assert len(ours) == pytest.approx(len(theirs), rel=0.01)
        assert ours["n_orders"].mean() == pytest.approx(theirs["n_orders"].mean(), rel=0.05)
        assert ours["order_value"].median() == pytest.approx(theirs["order_value"].median(), rel=0.15)

    def test_the_key_names_nothing_to_be_found(self, null):
        assert null.truth["truth.json"] == {"null": True}
        assert "customers.csv" not in null.truth


class TestMake:
    def test_the_same_seed_gives_the_same_rows(self, made):
        again = world.make(SEED)
        for name, table in made.tables.items():
            pd.testing.assert_frame_equal(table, again.tables[name])

    def test_another_seed_gives_others(self, made):
        assert not world.make(SEED + 1, 300).tables["orders"].equals(world.make(SEED, 300).tables["orders"])

    def test_the_first_customers_are_the_same_however_many_there_are(self, made):
        few = world.make(SEED, 50)
        for name, keys in SORTED_BY.items():
            ours = made.tables[name]
            ours = ours[ours["customer_id"].isin(few.tables["customers"]["customer_id"])]
            pd.testing.assert_frame_equal(ours.reset_index(drop=True), few.tables[name])
            assert keys

    def test_one_customer_is_enough(self):
        alone = world.make(SEED, 1)
        assert len(alone.tables["customers"]) == 1
        assert alone.truth["truth.json"]["niche"]["in_the_sample"]["growth_of_spend"] is None


class TestLarge:
    def test_a_streamed_copy_has_the_rows_of_the_sample(self, made, tmp_path):
        large.write(SEED, BLOCK + 10, False, tmp_path)
        wanted = world.make(SEED, BLOCK + 10)
        for name in large.STREAMED:
            streamed = pd.read_parquet(tmp_path / f"{name}.parquet")
            streamed = streamed.sort_values(SORTED_BY[name], kind="stable", ignore_index=True)
            pd.testing.assert_frame_equal(streamed.astype(wanted.tables[name].dtypes), wanted.tables[name])


class TestStreams:
    def test_a_stream_has_its_own_numbers_by_name_and_block(self):
        first = stream(1, "orders").random(3)
        assert (first == stream(1, "orders").random(3)).all()
        assert not (first == stream(1, "lines").random(3)).any()
        assert not (first == stream(1, "orders", 1).random(3)).any()

    def test_even_numbers_hit_every_share_within_each_stratum(self):
        strata = np.repeat([0, 1], 500)
        chosen = pick(even(stream(1, "test"), strata), (0.2, 0.8))
        for stratum in (0, 1):
            assert (chosen[strata == stratum] == 0).mean() == pytest.approx(0.2, abs=0.01)

    def test_pick_takes_the_share_that_a_number_falls_into(self):
        assert pick(np.array([0.0, 0.24, 0.25, 0.99]), (1, 3)).tolist() == [0, 0, 1, 1]


class TestClock:
    def test_days_and_business_time_are_the_way_back(self):
        clock = season.Clock(np.array([False, True]), 2.0, 2025)
        days, who = np.array([100.5, 1000.25]), np.array([0, 1])
        assert clock.days(clock.ticks(days, who), who) == pytest.approx(days)

    def test_who_grows_lives_twice_as_fast_from_the_year_on(self):
        clock = season.Clock(np.array([False, True]), 2.0, 2025)
        start, end = np.full(2, season.number("2025-01-01")), np.full(2, len(season.DAYS))
        who = np.array([0, 1])
        slow, fast = clock.ticks(end, who) - clock.ticks(start, who)
        assert fast == pytest.approx(2 * slow)

    def test_a_mean_day_weighs_one(self):
        assert season.weights().mean() == pytest.approx(1)
