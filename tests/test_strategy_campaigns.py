"""What earlier campaigns did, against the customers whom they left alone."""

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema
from custkit.errors import TableError
from custkit.settings import StrategyRules
from custkit.strategy import campaigns, kpis, lessons

COLUMNS = ["strategy", "kpi", "period", "arm", "n", "value"]


def actuals(*rows: tuple) -> pd.DataFrame:
    """Rows as (strategy, arm, n, value), of the reorder rate in June."""
    full = [(name, "reorder_rate", "2025-06", arm, n, value) for name, arm, n, value in rows]
    return pd.DataFrame(full, columns=COLUMNS).astype({"n": "float64"})


@pytest.fixture
def two() -> pd.DataFrame:
    """The members' day brings 40 of 100 back instead of 20 of 100; the letter changes nothing."""
    return actuals(
        ("Day", "treated", 100, 0.4),
        ("Day", "held_out", 100, 0.2),
        ("Letter", "treated", 100, 0.3),
        ("Letter", "held_out", 100, 0.3),
    )


class TestNewcombe:
    def test_worked_by_the_paper(self):
        # Newcombe (1998), Table II, column (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339.
        assert campaigns.newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)

    def test_nobody_and_everybody(self):
        low, high = campaigns.newcombe(10, 10, 0, 10)
        assert 0 < low < high == 1


class TestPastCampaigns:  # trap T24, mission M8
    def test_worked_by_hand(self, two):
        day, letter = campaigns.past_campaigns(two).to_dict("records")
        assert (day["uplift"], letter["uplift"]) == (pytest.approx(0.2), 0)
        assert day["uplift_points"] == pytest.approx(20)
        assert (day["verdict"], letter["verdict"]) == ("worked", "no_effect")
        assert day["low"] < 0.2 < day["high"]

    def test_p_values_are_corrected_for_their_number(self, two):
        found = campaigns.past_campaigns(two)
        assert found["p_adjusted"].tolist() == pytest.approx([2 * found["p"].iloc[0], 1.0])

    def test_worse_is_harm_and_of_lapse_more_is_worse(self, two):
        turned = two.assign(arm=two["arm"].map({"treated": "held_out", "held_out": "treated"}))
        assert campaigns.past_campaigns(turned)["verdict"].tolist() == ["harmed", "no_effect"]
        lapse = two.assign(kpi="lapse_rate")
        assert campaigns.past_campaigns(lapse)["verdict"].tolist() == ["harmed", "no_effect"]

    def test_one_arm_proves_nothing(self, two):
        alone = campaigns.past_campaigns(two[two["arm"] == "treated"])
        assert alone["verdict"].tolist() == ["one_arm", "one_arm"]
        assert alone[["p", "low", "uplift"]].isna().all(axis=None)

    def test_a_mean_without_its_spread_proves_nothing(self, two):
        assert set(campaigns.past_campaigns(two.assign(kpi="orders_per_customer"))["verdict"]) == {
            "no_spread"
        }

    def test_other_reasons_why_nobody_can_tell(self, two):
        assert set(campaigns.past_campaigns(two.assign(kpi="fame"))["verdict"]) == {"unknown_kpi"}
        assert set(campaigns.past_campaigns(two.assign(value=12.0))["verdict"]) == {"not_a_share"}
        assert set(campaigns.past_campaigns(two.assign(n=19.0))["verdict"]) == {"small_arm"}
        assert set(campaigns.past_campaigns(two.assign(arm="ours"))["verdict"]) == {"one_arm"}

    def test_an_effect_too_small_to_matter_is_none(self, two):
        assert set(campaigns.past_campaigns(two, StrategyRules(min_uplift=0.3))["verdict"]) == {"no_effect"}

    def test_rows_of_one_arm_are_put_together(self, two):
        parts = actuals(
            ("Day", "treated", 50, 0.6), ("Day", "treated", 50, 0.2), ("Day", "held_out", 100, 0.2)
        )
        found, whole = campaigns.past_campaigns(parts), campaigns.past_campaigns(two[:2])
        pd.testing.assert_frame_equal(found, whole)

    def test_names_in_chinese_are_understood(self, two):
        named = two.assign(kpi="复购率", arm=two["arm"].map({"treated": "执行组", "held_out": "对照组"}))
        pd.testing.assert_frame_equal(campaigns.past_campaigns(named), campaigns.past_campaigns(two))

    def test_rows_without_a_number_tell_nothing(self, two):
        two.loc[1, "value"] = np.nan
        assert campaigns.past_campaigns(two)["verdict"].tolist() == ["one_arm", "no_effect"]

    def test_the_order_of_the_rows_has_no_say_and_the_input_is_left_alone(self, two):
        copy = two.copy()
        pd.testing.assert_frame_equal(campaigns.past_campaigns(two[::-1]), campaigns.past_campaigns(two))
        pd.testing.assert_frame_equal(two, copy)

    def test_no_rows(self):
        found = campaigns.past_campaigns(schema.empty("actuals"))
        assert found.dtypes.astype(str).to_dict() == schema.TABLES["plan_past"]
        assert found.empty

    def test_names_the_missing_column(self, two):
        with pytest.raises(TableError, match="actuals: no column arm"):
            campaigns.past_campaigns(two.drop(columns="arm"))

    @pytest.mark.slow
    def test_of_campaigns_that_do_nothing_few_are_said_to_work(self):
        rng = np.random.default_rng(1)
        claimed = 0
        for _ in range(200):
            k = rng.binomial(300, 0.3, size=(5, 2)) / 300
            rows = [(f"c{i}", arm, 300, k[i, j]) for i in range(5) for j, arm in enumerate(campaigns.ARMS)]
            claimed += (campaigns.past_campaigns(actuals(*rows))["verdict"] != "no_effect").any()
        assert claimed <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5

    def test_the_test_and_the_interval_must_agree(self):
        """53 of 500 against 1 of 50: Fisher's p is below 0.05, and Newcombe's interval covers none."""
        given = actuals(("Day", "treated", 500, 53 / 500), ("Day", "held_out", 50, 1 / 50))
        made = campaigns.past_campaigns(given).iloc[0]
        assert made["p_adjusted"] < 0.05
        assert made["low"] < 0 < made["high"]
        assert made["verdict"] == "no_effect"


class TestByName:
    @pytest.mark.parametrize("name", ["reorder_rate", "Reorder rate", "复购率", "share who order again"])
    def test_a_kpi_goes_by_key_or_name(self, name):
        assert kpis.by_name(name) == "reorder_rate"

    def test_another_stays_as_it_is(self):
        assert kpis.by_name(" 品牌热度 ") == "品牌热度"


class TestSentences:
    def test_each_verdict_has_its_sentence_and_all_hold(self, two):
        low = two[:2].assign(strategy="Low", value=1 - two["value"])  # 60 of 100 against 80 of 100
        table = campaigns.past_campaigns(pd.concat([two, low, actuals(("Old", "treated", 50, 0.9))]))
        stated = findings.frame("06", lessons.of_campaigns(table))
        verdicts = ["worked", "no_effect", "harmed", "untold"]
        assert stated["key"].tolist() == [f"plan_past_{verdict}" for verdict in verdicts]
        assert findings.recompute(stated, {"plan_past": table}.__getitem__).empty
        assert "prove nothing: 1." in stated["text_en"].iloc[-1]

    def test_points_are_said_as_points(self, two):  # trap T11
        (worked, _) = lessons.of_campaigns(campaigns.past_campaigns(two))
        assert (
            "40.0% of 100 treated customers against 20.0% of 100 left alone, +20.0 percentage points"
            in worked["text_en"]
        )
        assert "相差+20.0个百分点" in worked["text_zh"]

    def test_no_campaign_is_said(self):
        (row,) = lessons.of_campaigns(schema.empty("plan_past"))
        assert row["key"] == "plan_past_none"
