"""Who is left alone, and how small an effect that can show."""

import datetime

import numpy as np
import pandas as pd
import pytest

from custkit.errors import TableError
from custkit.settings import StrategyRules
from custkit.strategy import holdouts

DAY = datetime.date(2024, 3, 31)


def assigned(n: int, strategy: str = "recall") -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i:05d}" for i in range(n)], "strategy": strategy})


class TestDraw:  # T24, M8
    def test_leaves_about_the_share_alone(self):
        arms = holdouts.draw(assigned(5000), DAY)["arm"].value_counts(normalize=True)
        assert arms["held_out"] == pytest.approx(0.2, abs=0.02)

    def test_the_order_of_the_rows_has_no_say(self):
        group = assigned(1000)
        shuffled = holdouts.draw(group.sample(frac=1, random_state=1), DAY).sort_values("customer_id")
        pd.testing.assert_frame_equal(shuffled.reset_index(drop=True), holdouts.draw(group, DAY))

    def test_the_other_customers_have_no_say(self):
        few, many = holdouts.draw(assigned(500), DAY), holdouts.draw(assigned(1000), DAY)
        pd.testing.assert_frame_equal(few, many.head(500))

    def test_another_seed_day_or_strategy_draws_anew(self):
        arm = holdouts.draw(assigned(1000), DAY)["arm"]
        assert (arm != holdouts.draw(assigned(1000), DAY, StrategyRules(plan_seed=1))["arm"]).any()
        assert (arm != holdouts.draw(assigned(1000), DAY + datetime.timedelta(days=90))["arm"]).any()
        assert (arm != holdouts.draw(assigned(1000, "win_back"), DAY)["arm"]).any()

    def test_a_small_group_is_treated_as_a_whole(self):
        both = pd.concat(
            [assigned(99), assigned(100, "win_back").assign(customer_id=lambda t: "d" + t["customer_id"])]
        )
        drawn = holdouts.draw(both, DAY).groupby("strategy")["arm"].nunique()
        assert drawn.to_dict() == {"recall": 1, "win_back": 2}

    def test_the_treated_must_be_enough_too(self):
        assert set(holdouts.draw(assigned(100), DAY, StrategyRules(held_out=0.9))["arm"]) == {"treated"}

    def test_nobody_is_left_alone_when_none_is_asked_for(self):
        assert set(holdouts.draw(assigned(1000), DAY, StrategyRules(held_out=0.0))["arm"]) == {"treated"}

    def test_who_may_not_be_contacted_is_in_neither_arm(self):
        group = assigned(1000)
        refused = group["customer_id"].iloc[:100]
        drawn = holdouts.draw(group, DAY, refused=refused)
        assert set(drawn["arm"].iloc[:100]) == {"no_consent"}
        pd.testing.assert_series_equal(drawn["arm"].iloc[100:], holdouts.draw(group, DAY)["arm"].iloc[100:])
        assert not set(refused) & set(holdouts.contact_lists(drawn)["customer_id"])

    def test_only_those_who_may_be_contacted_make_a_group_large(self):
        group = assigned(100)
        drawn = holdouts.draw(group, DAY, refused=group["customer_id"].iloc[:1])
        assert set(drawn["arm"]) == {"no_consent", "treated"}

    def test_no_customer(self):
        assert holdouts.draw(assigned(0), DAY).columns.tolist() == ["customer_id", "strategy", "arm"]

    def test_leaves_its_input_alone(self):
        group = assigned(200)
        holdouts.draw(group, DAY)
        pd.testing.assert_frame_equal(group, assigned(200))

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="plan_targets: no column strategy"):
            holdouts.draw(assigned(5).drop(columns="strategy"), DAY)


class TestSizes:
    def test_the_largest_comes_first(self):
        rows = [("a", "recall", "treated"), ("b", "win_back", "treated"), ("c", "win_back", "held_out")]
        drawn = pd.DataFrame(rows, columns=["customer_id", "strategy", "arm"])
        assert holdouts.sizes(drawn).to_numpy().tolist() == [["win_back", 1, 1, 0], ["recall", 1, 0, 0]]

    def test_no_customer(self):
        found = holdouts.sizes(holdouts.draw(assigned(0), DAY))
        assert found.columns.tolist() == ["strategy", "n_treated", "n_held_out", "no_consent"]


class TestSmallestEffect:
    def test_worked_by_hand(self):
        # 48 of 96, drawn to 50 of 100: spread 0.5; (1.96 + 0.8416) x 0.5 x sqrt(1/100 + 1/100).
        outcome = pd.Series([1.0, 0.0] * 48)
        found = holdouts.smallest_effect(outcome, 100, 100, 0.8, is_share=True)
        assert found == pytest.approx(2.80159 * 0.5 * np.sqrt(0.02), rel=1e-4)

    def test_a_mean_takes_its_spread_from_the_customers(self):
        outcome = pd.Series([0.0, 2.0, 4.0])  # standard deviation 2
        found = holdouts.smallest_effect(outcome, 50, 50, 0.8, is_share=False)
        assert found == pytest.approx(2.80159 * 2 * 0.2, rel=1e-4)

    def test_finds_what_it_says_as_often_as_it_says(self):
        rng = np.random.default_rng(7)
        past = pd.Series(rng.random(4000) < 0.4, dtype=float)
        effect = holdouts.smallest_effect(past, 800, 200, 0.8, is_share=True)
        treated, alone = rng.binomial(800, 0.4 + effect, 4000) / 800, rng.binomial(200, 0.4, 4000) / 200
        pooled = (treated * 800 + alone * 200) / 1000
        z = (treated - alone) / np.sqrt(pooled * (1 - pooled) * (1 / 800 + 1 / 200))
        assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)

    def test_never_is_not_taken_for_certain(self):
        assert holdouts.smallest_effect(pd.Series([0.0] * 30), 100, 100, 0.8, is_share=True) > 0

    @pytest.mark.parametrize(("treated", "held_out"), [(0, 10), (10, 0)])
    def test_is_unknown_without_both_arms(self, treated, held_out):
        assert np.isnan(
            holdouts.smallest_effect(pd.Series([0.0, 1.0]), treated, held_out, 0.8, is_share=True)
        )
