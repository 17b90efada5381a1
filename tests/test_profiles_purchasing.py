"""Purchasing power: medians with intervals, links between measures, and nothing claimed where there is nothing."""

import numpy as np
import pandas as pd
import pytest

from custkit.errors import TableError
from custkit.profiles import purchasing
from custkit.settings import ProfileRules


def facts(n: int = 400, seed: int = 1, effect: float = 0.0) -> pd.DataFrame:
    """Buyers of four income bands, the first also the poorest; a band up multiplies spend by exp(effect)."""
    random = np.random.default_rng(seed)
    place = random.integers(0, 4, n)
    orders = random.integers(1, 20, n)
    spend = orders * np.exp(random.normal(4, 0.6, n) + effect * place)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(n)],
            "status": "buyer",
            "n_orders": orders,
            "spend": spend,
            "avg_order_value": spend / orders,
            "income": np.array(["under 60k", "60-120k", "120-240k", "over 240k"])[place],
            "income_place": place + 1.0,
            "occupation": random.choice(["nurse", "clerk", "driver"], n),
        }
    )


class TestPower:
    def test_medians_by_hand(self):
        """Ten clerks spend 1 to 10, of whom the second and the ninth bound the median (2 x 11/1024 outside)."""
        known = pd.DataFrame(
            {
                "status": "buyer",
                "n_orders": 2,
                "spend": np.arange(1.0, 11),
                "avg_order_value": 1.0,
                "occupation": "clerk",
            }
        )
        clerk = purchasing.power(known).iloc[0]
        assert (clerk["median_spend"], clerk["low"], clerk["high"]) == (5.5, 2, 9)
        assert (clerk["median_orders"], clerk["buyers"], clerk["verdict"]) == (2, 10, "too_few")

    def test_medians_against_the_ranks_claim_nothing(self):
        """Clerks have the higher median, 130 against 100; yet nurses have more in seven pairs of ten."""
        spend = [130.0] * 55 + [1.0] * 45 + [100.0] * 55 + [1000.0] * 45
        known = pd.DataFrame({"status": "buyer", "n_orders": 2, "spend": spend, "avg_order_value": 1.0})
        found = purchasing.power(known.assign(occupation=["clerk"] * 100 + ["nurse"] * 100))
        assert found.set_index("level")["ratio"].to_dict() == {"clerk": 1.3, "nurse": 100 / 130}
        assert found["verdict"].tolist() == ["as_others", "as_others"]

    def test_bands_stand_in_their_order(self):
        bands = purchasing.power(facts()).query("dimension == 'income'")
        assert bands["level"].tolist() == ["under 60k", "60-120k", "120-240k", "over 240k"]
        assert bands["place"].tolist() == [1, 2, 3, 4]

    def test_a_planted_effect_is_found_and_the_rest_left_alone(self):
        found = purchasing.power(facts(effect=0.8)).set_index("level")["verdict"]
        assert (found["under 60k"], found["over 240k"]) == ("less", "more")
        assert set(found[["nurse", "clerk", "driver"]]) == {"as_others"}

    def test_a_cell_of_few_has_no_median(self):
        known = facts(60)
        known.loc[:2, "occupation"] = "judge"
        judge = purchasing.power(known).set_index("level").loc["judge"]
        assert np.isnan(judge["median_spend"])
        assert judge["verdict"] == "too_few"

    def test_prospects_are_counted_and_have_no_spend(self):
        known = facts(100).assign(status="prospect")
        assert purchasing.power(known)["buyers"].sum() == 0
        assert purchasing.power(known)["customers"].sum() == 200

    def test_nothing_known_gives_no_row(self):
        assert purchasing.power(facts().drop(columns=["income", "occupation"])).empty

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="facts: no column n_orders"):
            purchasing.power(facts().drop(columns="n_orders"))

    def test_leaves_its_input_alone(self):
        known = facts()
        before = known.copy(deep=True)
        purchasing.power(known)
        purchasing.links(known)
        pd.testing.assert_frame_equal(known, before)


class TestLinks:
    def test_ranks_that_agree_are_a_correlation_of_one(self):
        known = facts(40).assign(n_orders=range(40), avg_order_value=range(40))
        link = purchasing.links(known).set_index("measure").loc["orders_value"]
        assert link["rank_correlation"] == pytest.approx(1)
        assert link["verdict"] == "rises"

    def test_a_planted_link_is_found(self):
        found = purchasing.links(facts(effect=0.5)).set_index("measure")
        assert found["verdict"].to_dict() == {
            "income_spend": "rises",
            "income_orders": "no_link",
            "orders_value": "no_link",
        }
        assert found.loc["income_spend", "low"] > 0

    def test_a_sure_but_weak_link_is_not_claimed(self):
        rules = ProfileRules(min_correlation=0.9)
        found = purchasing.links(facts(effect=0.5), rules).set_index("measure")
        assert found.loc["income_spend", "p_adjusted"] < 0.001
        assert found.loc["income_spend", "verdict"] == "no_link"

    @pytest.mark.parametrize(
        "known", [facts(20), facts(100).assign(n_orders=1, spend=5.0, avg_order_value=5.0)]
    )
    def test_few_or_equal_buyers_give_no_number(self, known):
        link = purchasing.links(known).set_index("measure").loc["orders_value"]
        assert np.isnan(link["rank_correlation"])
        assert link["verdict"] == "too_few"

    def test_without_an_income_only_orders_and_amounts_are_left(self):
        assert purchasing.links(facts().drop(columns="income_place"))["measure"].tolist() == ["orders_value"]

    def test_nobody_has_no_link(self):
        assert set(purchasing.links(facts().iloc[:0])["verdict"]) == {"too_few"}


class TestChance:
    def test_without_an_effect_next_to_nothing_is_claimed(self):
        claimed = 0
        for seed in range(60):
            known = facts(300, seed)
            claimed += purchasing.power(known)["verdict"].isin(["more", "less"]).any()
            claimed += purchasing.links(known)["verdict"].isin(["rises", "falls"]).any()
        assert claimed <= 6  # of 120
