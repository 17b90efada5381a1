"""What customers do, worked by hand: channels, the funnel, campaigns, discounts; and the statistics behind the claims."""

import datetime

import numpy as np
import pandas as pd
import pytest

from custkit.errors import SettingsError, TableError
from custkit.profiles import bargains, chance, conduct
from custkit.settings import ProfileRules

FIRST, LAST = pd.Timestamp("2024-01-03"), datetime.date(2025, 12, 29)
DAYS = {"first_day": FIRST, "last_day": LAST}


@pytest.fixture
def periods() -> pd.DataFrame:
    """Ann moved from the shop to the app, Bob stayed in the shop, Cat came new and online, Dan wrote letters."""
    rows = [
        ("ann", "2024-03-01", "门店", 4, 40.0),
        ("ann", "2025-03-01", "APP", 4, 60.0),
        ("ann", "2025-03-01", "门店", 0, -10.0),
        ("bob", "2024-08-01", "store", 4, 40.0),
        ("bob", "2025-08-01", "store", 4, 40.0),
        ("cat", "2025-08-01", "web", 8, 20.0),
        ("dan", "2025-08-01", "letter", 9, 90.0),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "month", "channel", "n_orders", "spend"])
    return table.assign(month=pd.to_datetime(table["month"]))


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann ordered last in May, Bob in January, Cat in May; Dan never."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan"],
            "last_order": pd.to_datetime(["2025-05-01", "2025-01-01", "2025-05-01", None]),
        }
    )


@pytest.fixture
def activity() -> pd.DataFrame:
    """Ann looked, compared and ordered; Bob compared after his last order; Cat only looked; Dan compared before he
    looked; Eve is no customer. Ann was sent two campaigns and joined one, twice; Bob one by mail; Cat joined unasked."""
    rows = [
        ("ann", "2025-04-01", "搜索", 100, "app", None),
        ("ann", "2025-04-02", "compare", 4000, "app", None),
        ("bob", "2025-02-01", "view", 60, "web", None),
        ("bob", "2025-02-02", "compare", None, "web", None),
        ("cat", "2025-02-01", "view", 60, "web", None),
        ("dan", "2025-02-01", "compare", None, "web", None),
        ("dan", "2025-02-02", "view", 0, "web", None),
        ("eve", "2025-02-02", "view", 60, "web", None),
        ("ann", "2025-02-02", "levitate", 60, "web", None),
        ("ann", "2025-02-02", "campaign_sent", None, "sms", "spring"),
        ("ann", "2025-02-03", "campaign_sent", None, "sms", "spring"),
        ("ann", "2025-02-03", "campaign_sent", None, "sms", "autumn"),
        ("ann", "2025-02-04", "campaign_opened", None, "app", "spring"),
        ("ann", "2025-02-04", "campaign_joined", None, "app", "spring"),
        ("ann", "2025-02-05", "campaign_joined", None, "app", "spring"),
        ("bob", "2025-02-04", "campaign_sent", None, None, "spring"),
        ("cat", "2025-02-04", "campaign_joined", None, "app", "spring"),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "kind", "seconds", "channel", "topic"])
    return table.assign(date=pd.to_datetime(table["date"]))


def no_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:0]


def assert_untouched(function, *frames, **arguments) -> None:
    before = [frame.copy(deep=True) for frame in frames]
    function(*frames, **arguments)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


class TestHalfYears:
    # mission 14, 50
    def test_orders_and_money_by_known_channel(self, periods):
        table = conduct.half_years(periods, **DAYS).set_index("half_year")
        assert table.index.tolist() == ["2024H1", "2024H2", "2025H1", "2025H2"]
        assert table["share_online"].tolist() == pytest.approx([0, 0, 1, 8 / 12])
        row = table.loc["2025H1"]
        assert (row["online_spend"], row["offline_spend"], row["share_online_spend"]) == (60.0, -10.0, 1.2)
        assert table["other_orders"].tolist() == [0, 0, 0, 9]
        assert table["customers"].tolist() == [1, 1, 1, 2]

    def test_a_half_year_that_the_data_cut_is_not_whole(self, periods):
        cut = conduct.half_years(
            periods, first_day=pd.Timestamp("2024-02-01"), last_day=datetime.date(2025, 11, 30)
        )
        assert cut["is_whole"].tolist() == [False, True, True, False]
        assert conduct.half_years(periods, **DAYS)["is_whole"].all()

    def test_channels_that_nobody_knows_give_no_row(self, periods):
        assert conduct.half_years(periods.assign(channel="letter"), **DAYS).empty
        assert conduct.half_years(periods.assign(channel=None), **DAYS).empty
        assert conduct.half_years(no_rows(periods), **DAYS).empty

    def test_names_the_missing_column(self, periods):
        with pytest.raises(TableError, match="periods: no column channel"):
            conduct.half_years(periods.drop(columns="channel"), **DAYS)

    def test_leaves_its_input_alone(self, periods):
        assert_untouched(conduct.half_years, periods, **DAYS)


class TestChannelChange:
    # mission 51
    def test_parts_sum_to_the_change(self, periods):
        row = conduct.channel_change(periods, **DAYS).iloc[0]
        assert (row["first_from"], row["first_to"], row["last_from"], row["last_to"]) == (
            "2024-01", "2024-12", "2025-01", "2025-12",
        )  # fmt: skip
        assert (row["share_online_first"], row["share_online_last"]) == (0, 12 / 16)
        assert row["same_customers"] == 0.5  # Ann and Bob: 0 of 8, then 4 of 8
        assert row["same_customers"] + row["who_buys"] == pytest.approx(row["difference"])
        assert (row["customers"], row["customers_both"]) == (3, 2)

    def test_others_in_each_year_are_no_move_of_the_same(self, periods):
        apart = periods[periods["customer_id"].isin(["cat"]) | (periods["month"] < "2025-01-01")]
        row = conduct.channel_change(apart, **DAYS).iloc[0]
        assert (row["same_customers"], row["who_buys"], row["customers_both"]) == (0, 1, 0)

    def test_less_than_two_years_are_not_compared(self, periods):
        assert conduct.channel_change(periods, first_day=pd.Timestamp("2024-02-01"), last_day=LAST).empty
        assert conduct.channel_change(periods, first_day=None, last_day=None).empty
        assert conduct.channel_change(no_rows(periods), **DAYS).empty

    def test_few_customers_are_no_question(self, periods):
        change = conduct.channel_change(periods, **DAYS)
        assert conduct.channel_question(change) == []
        assert len(conduct.channel_question(change.assign(customers=30))) == 1

    def test_leaves_its_input_alone(self, periods):
        assert_untouched(conduct.channel_change, periods, **DAYS)


class TestFunnel:
    # mission 49
    def test_each_stage_not_before_the_one_above(self, activity, features):
        table = conduct.funnel(activity, features)
        assert table["stage"].tolist() == ["look", "compare", "order"]
        assert table["customers"].tolist() == [4, 2, 1]
        assert table["share_of_previous"].tolist()[1:] == [0.5, 0.5]
        assert np.isnan(table["share_of_previous"].iloc[0])

    def test_without_comparisons_orders_follow_on_looks(self, activity, features):
        table = conduct.funnel(activity[activity["kind"] != "compare"], features)
        assert table[["stage", "customers"]].to_numpy().tolist() == [["look", 4], ["order", 2]]

    def test_nobody_who_compared_leaves_no_share(self, activity, features):
        table = conduct.funnel(activity[activity["customer_id"].isin(["cat", "dan"])], features)
        assert table["customers"].tolist() == [2, 0, 0]
        assert table["share_of_previous"].isna().tolist() == [True, False, True]

    def test_nobody_looked(self, activity, features):
        assert conduct.funnel(activity[activity["kind"] == "campaign_sent"], features).empty
        assert conduct.funnel(no_rows(activity), features).empty

    def test_names_the_missing_column(self, activity, features):
        with pytest.raises(TableError, match="activity: no column kind"):
            conduct.funnel(activity.drop(columns="kind"), features)

    def test_leaves_its_input_alone(self, activity, features):
        assert_untouched(conduct.funnel, activity, features)


class TestParticipation:
    # mission 15
    def test_a_campaign_counts_once_for_each_customer(self, activity, features):
        table = conduct.participation(activity, features).set_index("channel")
        assert table.index.tolist() == ["(none)", "sms"]
        sms = table.loc["sms"]
        assert (sms["customers"], sms["sent"], sms["times_opened"], sms["times_joined"]) == (1, 2, 1, 1)
        assert sms["share_joined"] == 0.5
        assert sms["share_joined_low"] < 0.5 < sms["share_joined_high"]

    def test_joining_unasked_is_no_participation(self, activity, features):
        assert conduct.participation(activity, features)["times_joined"].sum() == 1

    def test_campaigns_without_a_name_or_a_channel(self, activity, features):
        bare = activity[["customer_id", "date", "kind"]]
        table = conduct.participation(bare, features)
        assert table[["channel", "customers", "sent"]].to_numpy().tolist() == [["(none)", 2, 2]]

    def test_nothing_sent_gives_no_row_and_no_share(self, activity, features):
        unsent = activity[activity["kind"] != "campaign_sent"]
        assert conduct.participation(unsent, features).empty
        row = conduct.engagement(unsent, features).iloc[0]
        assert row["customers_sent"] == 0
        assert np.isnan(row["share_joined"])

    def test_leaves_its_input_alone(self, activity, features):
        assert_untouched(conduct.participation, activity, features)


class TestEngagement:
    # mission 16
    def test_idle_looks_are_cut(self, activity, features):
        row = conduct.engagement(activity, features, ProfileRules(idle_seconds=1000)).iloc[0]
        assert (row["browsers"], row["sessions"], row["idle_sessions"]) == (3, 4, 1)
        assert row["median_minutes"] == 1  # Ann 1100 seconds, Bob and Cat 60
        assert (row["events"], row["customers"], row["unknown_events"]) == (16, 4, 1)

    def test_no_event_of_a_customer(self, activity, features):
        assert conduct.engagement(activity[activity["customer_id"] == "eve"], features).empty

    def test_leaves_its_input_alone(self, activity, features):
        assert_untouched(conduct.engagement, activity, features)


class TestDiscounts:
    def buyers(self, n: int = 8, share=None) -> pd.DataFrame:
        """Each buys one more than the one before; the lower half at a discount."""
        share = [1.0] * (n // 2) + [0.0] * (n // 2) if share is None else share
        table = {"customer_id": [f"c{i:03d}" for i in range(n)], "status": "buyer"}
        return pd.DataFrame({**table, "gross_spend": range(n), "discount": 1.0, "discounted_share": share})

    # mission 65
    def test_quarters_of_what_was_bought_before_discount(self):
        table = bargains.discounts(self.buyers())
        assert table["quarter"].tolist() == [0, 1, 2, 3, 4]
        assert table["buyers"].tolist() == [8, 2, 2, 2, 2]
        assert table["share_discounted"].tolist() == [0.5, 1, 1, 0, 0]
        assert table["bought"].iloc[0] == sum(range(8)) + 8

    def test_equal_buyers_stand_together(self):
        table = bargains.discounts(self.buyers().assign(gross_spend=5.0))
        assert table["buyers"].tolist() == [8, 8]

    @pytest.mark.parametrize("share", [0.0, np.nan])
    def test_no_discount_gives_no_row(self, share):
        assert bargains.discounts(self.buyers(share=[share] * 8)).empty

    def test_without_the_column_there_is_nothing(self):
        bare = self.buyers().drop(columns=["discount", "discounted_share"])
        assert bargains.discounts(bare).empty
        assert bargains.discount_question(bare) == []

    def test_one_buyer_has_no_interval(self):
        row = bargains.discounts(self.buyers(1, [0.5])).iloc[0]
        assert row["share_discounted"] == 0.5
        assert np.isnan(row["share_low"])

    def test_a_link_is_claimed_with_its_direction(self):  # T30
        row = chance.judge(bargains.discount_question(self.buyers(160))).iloc[0]
        assert (row["value_a"], row["value_b"], row["difference"]) == (1.0, 0.0, -1.0)
        assert row["is_claimed"]

    def test_a_discount_does_not_make_a_buyer_small(self):
        """All buy the same; half of them get half of it for nothing. Before discount there is no difference."""
        half = self.buyers(160).assign(gross_spend=[50.0, 100.0] * 80, discount=[50.0, 0.0] * 80)
        assert bargains.discount_question(half.assign(discounted_share=[1.0, 0.0] * 80)) == []

    def test_ranks_that_go_with_the_number_of_orders_claim_nothing(self):
        """One order in five is at a discount, whoever buys. Of one order a customer has all or nothing, of many a fifth:
        by ranks the big buyers, who order often, lie far above the small ones, whose mean is the same.
        """
        claimed = covered = ranked = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            orders = 1 + rng.geometric(0.4, 600) * (rng.random(600) < 0.5)
            share = rng.binomial(orders, 0.2) / orders
            bought = orders * rng.gamma(4, 25, 600)
            buyers = self.buyers(600, share).assign(gross_spend=bought)
            row = chance.judge(bargains.discount_question(buyers)).iloc[0]
            claimed += row["is_claimed"]
            covered += row["low"] <= 0 <= row["high"]
            ranked += chance.rank_link(pd.Series(share), pd.Series(bought))[1] < 0.01
        assert claimed <= 5
        assert 180 <= covered <= 198
        assert ranked > 150

    def test_leaves_its_input_alone(self):
        assert_untouched(bargains.discounts, self.buyers())


class TestWholeMonths:
    def test_a_few_quiet_days_at_the_ends_do_not_cut_a_month(self):
        months = chance.whole_months(pd.Timestamp("2024-01-07"), datetime.date(2024, 3, 25))
        assert [f"{month:%m}" for month in months] == ["01", "02", "03"]

    def test_a_week_does(self):
        months = chance.whole_months(pd.Timestamp("2024-01-08"), datetime.date(2024, 3, 24))
        assert [f"{month:%m}" for month in months] == ["02"]

    def test_without_a_day_there_is_none(self):
        assert len(chance.whole_months(None, datetime.date(2024, 3, 24))) == 0
        assert len(chance.whole_months(pd.NaT, None)) == 0


class TestRatioChange:
    def test_worked_by_hand(self):
        counts = pd.DataFrame(
            {"first_part": [1, 0], "first_whole": [2, 2], "last_part": [2, 1], "last_whole": [2, 2]}
        )
        found = chance.ratio_change(counts)
        assert (found["first"], found["last"], found["difference"]) == (0.25, 0.75, 0.5)
        # Each customer pulls (2 - 1.5) / 4 - (1 - 0.5) / 4 = 0: both moved alike, so nothing varies.
        assert (found["low"], found["high"], found["p"]) == (0.5, 0.5, 0.0)

    def test_a_cluster_is_one_unit(self):
        one = pd.DataFrame(
            {"first_part": [0, 1] * 30, "first_whole": 1, "last_part": [1, 0] * 30, "last_whole": 1}
        )
        assert chance.ratio_change(one)["p"] == pytest.approx(1)
        many = chance.ratio_change(one.assign(last_part=1) * 10)
        assert many["high"] - many["low"] == pytest.approx(
            chance.ratio_change(one.assign(last_part=1))["high"]
            - chance.ratio_change(one.assign(last_part=1))["low"]
        )

    def test_nothing_to_divide_by_or_one_customer_is_no_test(self):
        one = pd.DataFrame(
            {"first_part": [0.0], "first_whole": [1.0], "last_part": [1.0], "last_whole": [1.0]}
        )
        assert np.isnan(chance.ratio_change(one.assign(last_whole=0.0))["p"])
        assert chance.ratio_change(one)["p"] == 1

    def test_holds_its_level(self):
        rng = np.random.default_rng(11)
        low = 0
        for _ in range(400):
            size = rng.poisson(3, (200, 2))
            own = rng.beta(1, 2, 200)
            part = rng.binomial(size, own[:, None])
            counts = pd.DataFrame(
                np.hstack([part, size]), columns=["first_part", "last_part", "first_whole", "last_whole"]
            )
            low += chance.ratio_change(counts)["p"] < 0.05
        assert 0.02 <= low / 400 <= 0.09


class TestJudge:
    def row(self, p: float, difference: float = 0.1) -> dict:
        found = {"difference": difference, "low": 0.0, "high": 0.2, "p": p}
        return chance.question("channel", customers=50, threshold=0.05, a=("x", 0.1), b=("y", 0.2), **found)

    def test_corrected_over_all_and_large_enough(self):
        tests = chance.judge([self.row(0.004), self.row(0.006), self.row(0.0001, 0.04)])
        assert tests["p_adjusted"].tolist() == pytest.approx([0.008, 0.008, 0.0003])
        assert tests["is_claimed"].tolist() == [True, True, False]

    def test_what_could_not_be_tested_is_left_out(self):
        assert chance.judge([self.row(np.nan)]).empty
        assert chance.judge([]).empty

    def test_leaves_its_input_alone(self):
        row = self.row(0.5)
        before = dict(row)
        chance.judge([row])
        assert row == before


class TestRankLink:
    def test_holds_its_level_with_ties(self):
        rng = np.random.default_rng(6)
        low = 0
        for _ in range(400):
            answers = pd.Series(rng.integers(1, 6, 60))
            low += chance.rank_link(answers, pd.Series(rng.random(60) < 0.4).astype(int))[1] < 0.05
        assert 0.02 <= low / 400 <= 0.09

    def test_what_does_not_vary_has_none(self):
        assert np.isnan(chance.rank_link(pd.Series([1, 2]), pd.Series([1, 1]))[1])


class TestShareGap:
    def test_is_newcombes(self):
        """Newcombe (1998), table II: 56/70 against 48/80 gives 0.0524 to 0.3339."""
        gap = chance.share_gap(56, 70, 48, 80)
        assert (gap["difference"], gap["low"], gap["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)

    def test_its_p_and_its_interval_agree(self):
        rng = np.random.default_rng(5)
        sizes = rng.integers(30, 400, (2000, 2))
        shares = np.clip(rng.random((2000, 1)) + rng.normal(0, 0.1, (2000, 2)), 0, 1)
        for (a, b), (k, m) in zip(sizes, rng.binomial(sizes, shares), strict=True):
            gap = chance.share_gap(k, a, m, b)
            assert gap["p"] >= 0.01 or gap["low"] > 0 or gap["high"] < 0


class TestLead:
    def test_worked_by_hand(self):
        """2 and 4 against 1, 3 and 3: of six pairs the first has more in four, and none ties."""
        found = chance.lead(pd.Series([2, 4]), pd.Series([1, 3, 3]))
        assert found["difference"] == pytest.approx(4 / 6 - 0.5)
        # 2 beats a third of the others and 4 all of them; 1 is beaten by both, each 3 by half.
        error = np.sqrt((2 / 9) / 2 + (1 / 12) / 3)
        assert found["high"] - found["difference"] == pytest.approx(1.96 * error, rel=1e-3)

    def test_all_equal_is_no_lead(self):
        found = chance.lead(pd.Series([5.0] * 30), pd.Series([5.0] * 40))
        assert (found["difference"], found["p"]) == (0, 1)

    def test_holds_its_level_where_spreads_differ(self):
        """Mann and Whitney's test takes the wider of two groups with one middle for a difference in one case of ten."""
        rng = np.random.default_rng(3)
        found = [
            chance.lead(pd.Series(rng.normal(0, 5, 40)), pd.Series(rng.normal(0, 1, 160)))
            for _ in range(1000)
        ]
        assert 0.03 < np.mean([row["p"] < 0.05 for row in found]) < 0.075
        assert all((row["p"] < 0.05) == (row["low"] > 0 or row["high"] < 0) for row in found)


class TestPreference:
    def test_worked_by_hand(self, periods):  # mission 14
        found = conduct.preference(periods).set_index("customer_id")
        assert found["preference"].to_dict() == {"ann": "mixed", "bob": "offline", "cat": "online"}
        assert found.loc["ann", ["orders", "share_online"]].tolist() == [8, 0.5]

    def test_the_threshold_is_included(self):
        rows = [
            ("ann", "app", 4, 1.0),
            ("ann", "store", 1, 1.0),
            ("bob", "app", 3, 1.0),
            ("bob", "store", 1, 1.0),
        ]
        periods = pd.DataFrame(rows, columns=["customer_id", "channel", "n_orders", "spend"])
        assert conduct.preference(periods)["preference"].tolist() == ["online", "mixed"]
        assert conduct.preference(periods, 0.75)["preference"].tolist() == ["online", "online"]

    def test_sides_are_counted_with_the_largest_first(self):
        preferred = pd.DataFrame({"preference": ["online", "mixed", "online", "offline"]})
        assert conduct.sides(preferred).to_numpy().tolist() == [
            ["online", 2, 0.5],
            ["mixed", 1, 0.25],
            ["offline", 1, 0.25],
        ]
        assert conduct.sides(preferred[:0]).empty

    def test_who_ordered_through_no_known_channel_has_none(self, periods):
        assert conduct.preference(periods[periods["customer_id"] == "dan"]).empty

    @pytest.mark.parametrize("threshold", [0.5, 1.01])
    def test_a_threshold_that_prefers_both_sides_is_refused(self, periods, threshold):
        with pytest.raises(SettingsError, match="channel_share: expected above"):
            conduct.preference(periods, threshold)

    def test_leaves_its_input_alone(self, periods):
        before = periods.copy()
        conduct.preference(periods)
        pd.testing.assert_frame_equal(periods, before)
