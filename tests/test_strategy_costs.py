"""What a strategy costs and brings, and who gets the money under a cap."""

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema
from custkit.errors import SettingsError, TableError
from custkit.settings import StrategyRules
from custkit.strategy import costs, holdouts, lessons, playbook
from custkit.words import Words

# A letter costs 1, a call 10, personal service 20; an offer gives back a tenth of one order.
RULES = StrategyRules(
    contact_costs=("email:1", "phone:10", "other:2"), messages=2, service_cost=20.0, coupon=0.1, min_arm=2
)


def line(strategy: str, kpi: str, n: int, baseline: float, level: float, unit: float, **more: float) -> dict:
    known = {"order_spend": unit, "share_ordered": baseline, **more}
    return {"strategy": strategy, "kpi": kpi, "n_treated": n, "baseline": baseline, "target_level": level, "unit_spend": unit, **known}  # fmt: skip


@pytest.fixture
def numbers() -> pd.DataFrame:
    """The best get service; the low a rebate; what first orders bring is not known."""
    nothing = float("nan")
    return pd.DataFrame(
        [
            line("keep_best", "lapse_rate", 100, 0.4, 0.3, 1000.0),
            line("activate_low", "reorder_rate", 100, 0.2, 0.3, 50.0),
            line("first_order", "first_order_rate", 10, nothing, nothing, nothing),
            line("close_gap:price", "mean_rating", 0, 5.0, 6.0, nothing),
        ]
    )


@pytest.fixture
def rates() -> pd.DataFrame:
    names = ["activate_low", "first_order", "keep_best"]
    return pd.DataFrame({"strategy": names, "margin_rate": 0.4, "margin_known": True, "loss_makers": 0})


@pytest.fixture
def reckoned(numbers, rates) -> pd.DataFrame:
    return costs.budget(numbers, rates, {}, RULES)


class TestBudget:  # T28, mission 141, 142
    def test_service_worked_by_hand(self, reckoned):
        best = costs.at_aim(reckoned).loc["keep_best"]
        # 2 letters and service for 100; 10 of them more stay, with 1,000 each, 40 % of it margin.
        assert best["contact_cost"] == 22
        assert best[["cost", "discount", "extra_spend", "extra_margin", "net"]].tolist() == pytest.approx(
            [2200, 0, 10_000, 4000, 1800]
        )
        assert best["return_on_cost"] == pytest.approx(1800 / 2200)
        # 22 a head against 400 for each who stays: 5.5 points of 40.
        assert best["break_even"] == pytest.approx(0.055 / 0.4)

    def test_who_would_have_come_anyway_takes_the_coupon_too(self, reckoned):
        low = costs.at_aim(reckoned).loc["activate_low"]
        # 2 letters for 100, and 5 for each of the 30 who then order, though only 10 more of them do.
        assert low[["discount", "cost", "extra_margin"]].tolist() == pytest.approx([150, 350, 200])
        # 2 + 5 x 0.2 a head against 20 - 5 for each more.
        assert low["break_even"] == pytest.approx(3 / 15 / 0.2)
        assert low["margin_after_discount"] == pytest.approx(0.3)

    def test_at_break_even_nothing_is_won_or_lost(self, numbers, rates, reckoned):
        change = costs.at_aim(reckoned).loc["activate_low", "break_even"]
        low = numbers["strategy"] == "activate_low"
        numbers.loc[low, "target_level"] = 0.2 * (1 + change)
        again = costs.at_aim(costs.budget(numbers, rates, {}, RULES))
        assert again.loc["activate_low", "net"] == pytest.approx(0, abs=1e-9)

    def test_half_and_twice_the_effect(self, reckoned):
        best = reckoned[reckoned["strategy"] == "keep_best"].set_index("scenario")
        assert best["change"].to_dict() == pytest.approx({"half": 0.125, "aim": 0.25, "double": 0.5})
        assert best["extra_margin"].to_dict() == pytest.approx({"half": 2000, "aim": 4000, "double": 8000})

    def test_no_share_goes_beyond_all(self, numbers, rates):
        numbers.loc[0, ["baseline", "target_level"]] = [0.1, 0.02]
        found = costs.budget(numbers, rates, {}, RULES)
        best = found[(found["strategy"] == "keep_best") & (found["scenario"] == "double")]
        assert best["change"].tolist() == pytest.approx([1.0])

    def test_orders_of_the_same_customers_take_no_more_coupons(self, numbers, rates):
        grow = line("grow_potential", "orders_per_customer", 100, 2.0, 2.5, 50.0, share_ordered=0.8)
        known = pd.concat([rates, rates.iloc[:1].assign(strategy="grow_potential")])
        found = costs.at_aim(costs.budget(pd.DataFrame([grow]), known, {}, RULES)).loc["grow_potential"]
        assert found[["discount", "extra_spend"]].tolist() == pytest.approx([0.1 * 50 * 0.8 * 100, 2500])

    def test_what_is_not_known_has_a_price_and_no_return(self, reckoned):
        first = costs.at_aim(reckoned).loc["first_order"]
        assert first["contact_cost"] == 2
        assert first[["cost", "net", "return_on_cost", "break_even"]].isna().all()

    def test_the_channel_that_is_answered_best_has_its_own_price(self, numbers, rates):
        found = costs.at_aim(costs.budget(numbers, rates, {"keep_best": "wechat"}, RULES))
        assert found.loc["keep_best", ["channel", "contact_cost"]].tolist() == ["wechat", 24]

    def test_without_a_cap_everybody_is_funded(self, reckoned):
        assert (reckoned["funded"] == reckoned["n_treated"]).all()

    def test_what_is_for_everybody_is_in_no_sum(self, reckoned):
        assert set(reckoned["strategy"]) == {"keep_best", "activate_low", "first_order"}

    def test_the_best_return_comes_first_under_a_cap(self, numbers, rates):
        rich = numbers.assign(
            unit_spend=[1000.0, 400.0, np.nan, np.nan], order_spend=[1000.0, 40.0, np.nan, np.nan]
        )
        full = costs.at_aim(costs.budget(rich, rates, {}, RULES))
        assert full.loc["activate_low", "return_on_cost"] > full.loc["keep_best", "return_on_cost"] > 0
        cap = full.loc["activate_low", "cost"] + 10 * 22 + 1
        found = costs.at_aim(costs.budget(rich, rates, {}, StrategyRules(**{**vars(RULES), "budget": cap})))
        assert found["funded"].to_dict() == {"keep_best": 10, "activate_low": 100, "first_order": 0}
        assert found["spent"].sum() <= cap

    def test_what_does_not_earn_its_cost_gets_nothing_under_a_cap(self, numbers, rates):
        rules = StrategyRules(**{**vars(RULES), "budget": 1e6})
        found = costs.at_aim(costs.budget(numbers, rates, {}, rules))
        assert found["funded"].to_dict() == {"keep_best": 100, "activate_low": 0, "first_order": 0}

    def test_nobody_to_treat_and_input_left_alone(self, numbers, rates):
        copy = numbers.copy()
        found = costs.budget(numbers[:0], rates, {}, RULES)
        assert found.dtypes.astype(str).to_dict() == schema.TABLES["plan_budget"]
        assert found.empty
        costs.budget(numbers, rates, {}, RULES)
        pd.testing.assert_frame_equal(numbers, copy)

    def test_names_the_missing_column(self, numbers, rates):
        with pytest.raises(TableError, match="plan_evidence: no column unit_spend"):
            costs.budget(numbers.drop(columns="unit_spend"), rates, {}, RULES)


class TestMargins:
    @pytest.fixture
    def features(self) -> pd.DataFrame:
        rows = [
            ("ann", 100.0, 50.0),
            ("bob", 100.0, 5.0),
            ("cat", 50.0, 10.0),
            ("dan", 20.0, None),
            ("eve", 0.0, 0.0),
        ]
        return pd.DataFrame(rows, columns=["customer_id", "spend", "margin"])

    @pytest.fixture
    def chosen(self) -> pd.DataFrame:
        rows = [("ann", "keep_best", "treated"), ("bob", "keep_best", "treated"), ("cat", "recall", "treated"), ("dan", "recall", "held_out")]  # fmt: skip
        return pd.DataFrame(rows, columns=["customer_id", "strategy", "arm"])

    def test_worked_by_hand(self, features, chosen):
        found = costs.margins(features, chosen, RULES).set_index("strategy")
        # Ann and Bob: 55 of 200; of the one whom recall treats too little is known: all three, 65 of 250.
        assert found["margin_rate"].to_dict() == pytest.approx({"keep_best": 55 / 200, "recall": 65 / 250})
        assert found["margin_known"].all()
        assert found["loss_makers"].to_dict() == {"keep_best": 1, "recall": 0}

    def test_without_costs_the_margin_is_assumed(self, features, chosen):
        found = costs.margins(features.drop(columns="margin"), chosen, RULES)
        assert set(found["margin_rate"]) == {0.3}
        assert not found["margin_known"].any()

    def test_nobody_treated(self, features, chosen):
        assert costs.margins(features, chosen[:0], RULES).empty


class TestFund:
    def test_those_without_money_drop_out_by_lot(self, reckoned):
        names = [f"c{i:03d}" for i in range(125)]
        drawn = pd.DataFrame(
            {"customer_id": names, "strategy": "keep_best", "arm": ["treated"] * 100 + ["held_out"] * 25}
        )
        some = reckoned.assign(funded=30)
        found = holdouts.fund(drawn, some, None)
        assert found["arm"].value_counts().to_dict() == {"not_funded": 70, "treated": 30, "held_out": 25}
        again = holdouts.fund(drawn[::-1], some, None).sort_values("customer_id")
        pd.testing.assert_frame_equal(again, found)
        more = holdouts.fund(drawn, reckoned.assign(funded=60), None)
        assert set(found.loc[found["arm"] == "treated", "customer_id"]) < set(
            more.loc[more["arm"] == "treated", "customer_id"]
        )

    def test_without_any_money_nobody_is_compared_with(self, reckoned):
        drawn = pd.DataFrame(
            {"customer_id": ["a", "b"], "strategy": "keep_best", "arm": ["treated", "held_out"]}
        )
        assert set(holdouts.fund(drawn, reckoned.assign(funded=0), None)["arm"]) == {"not_funded"}

    def test_a_strategy_without_a_price_is_funded(self, reckoned):
        drawn = pd.DataFrame({"customer_id": ["a"], "strategy": "recall", "arm": ["treated"]})
        assert holdouts.fund(drawn, reckoned, None)["arm"].tolist() == ["treated"]
        assert holdouts.fund(drawn[:0], reckoned, None).empty


class TestCheck:  # trap T28
    def test_an_offer_that_eats_the_margin_is_a_contradiction(self, numbers, rates):
        plan = pd.DataFrame(
            [
                {
                    "strategy": "activate_low",
                    "target_group": "tier3:low",
                    "lever": "frequency",
                    "kpi": "reorder_rate",
                    "baseline": 0.2,
                    "target": 0.15,
                    "kind": "relative",
                    "direction": "up",
                }
            ]
        )
        thin = rates.assign(margin_rate=0.05)
        (problem,) = playbook.check(plan, Words("en"), costs.budget(numbers, thin, {}, RULES)).to_dict(
            "records"
        )
        assert problem["trap"] == "T28"
        assert "-5.0% of spend remains" in problem["problem"]
        assumed = costs.budget(numbers, thin.assign(margin_known=False), {}, RULES)
        assert playbook.check(plan, Words("en"), assumed).empty
        assert playbook.check(plan, Words("en"), costs.budget(numbers, rates, {}, RULES)).empty
        assert playbook.check(plan, Words("en")).empty


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [{"contact_costs": ("email:1",)}, {"contact_costs": ("email=1", "other:1")}, {"contact_costs": ("other:-1",)}, {"coupon": 1.5}, {"budget": -1.0}],
    )  # fmt: skip
    def test_wrong_prices_are_refused(self, wrong):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            StrategyRules(**wrong)


class TestSentences:
    def test_all_hold_and_say_what_is_assumed(self, numbers, rates):
        for rules, keys in [
            (RULES, ["plan_cost.known", "plan_return", "plan_loss", "plan_half"]),
            (
                StrategyRules(**{**vars(RULES), "budget": 220.0}),
                ["plan_cost.known", "plan_return", "plan_loss", "plan_half", "plan_cap", "plan_cap_nothing"],
            ),
        ]:
            table = costs.budget(numbers, rates, {}, rules)
            stated = findings.frame("06", lessons.of_budget(table, "CNY", rules))
            assert stated["key"].tolist() == keys
            assert findings.recompute(stated, {"plan_budget": table}.__getitem__).empty
        assert "cost 2,550 CNY and bring 4,200 CNY" in stated["text_en"].iloc[0]

    def test_assumed_margins_are_called_so(self, numbers, rates):
        table = costs.budget(numbers, rates.assign(margin_known=False), {}, RULES)
        assert lessons.of_budget(table, "", RULES)[0]["text_en"].endswith(
            "Costs, effects and margins are assumptions."
        )

    def test_nothing_known_says_nothing(self, numbers, rates):
        table = costs.budget(numbers[2:3], rates, {}, RULES)
        assert lessons.of_budget(table, "CNY", RULES) == []
