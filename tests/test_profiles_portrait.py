"""The portrait and the best customers: shares by hand, planted differences found, and nothing claimed by luck."""

import numpy as np
import pandas as pd
import pytest

from custkit.errors import SettingsError, TableError
from custkit.profiles import portrait
from custkit.settings import ProfileRules


@pytest.fixture
def small() -> pd.DataFrame:
    """Six buyers of 25-35 in tier 1, three of 36-45 there, and one of whom the tier is not known."""
    return pd.DataFrame(
        {
            "customer_id": list("abcdefghij"),
            "status": "buyer",
            "n_orders": 1,
            "spend": np.arange(1.0, 11),
            "age_band": ["25-35"] * 6 + ["36-45"] * 3 + ["25-35"],
            "city_tier": ["tier 1"] * 9 + [None],
        }
    )


def many(n: int = 600, seed: int = 1, effect: float = 0.0) -> pd.DataFrame:
    """Buyers whose industry, city and income have nothing to do with spend, but for ``effect`` on those in tech."""
    random = np.random.default_rng(seed)
    industry = random.choice(["tech", "law", "trade", "care"], n)
    orders = random.integers(1, 10, n)
    spend = np.exp(random.normal(5, 0.8, n) + effect * (industry == "tech"))
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(n)],
            "status": "buyer",
            "n_orders": orders,
            "spend": spend,
            "industry": industry,
            "city_tier": random.choice(["tier 1", "tier 2", "tier 3"], n),
            "age_band": random.choice(["18-24", "25-35", "36-45"], n),
            "income_place": random.integers(1, 5, n).astype(float),
            "gross_spend": spend,
            "discount": 0.0,
            "discounted_share": random.random(n),
        }
    )


class TestCore:
    def test_shares_are_of_those_of_whom_all_is_known(self, small):
        (core,) = portrait.core(small).to_dict("records")  # the three of 36-45 are fewer than min_cell
        assert (core["group"], core["n_dimensions"]) == ("25-35 · tier 1", 2)
        assert (core["customers"], core["known"]) == (6, 9)
        assert core["share_of_customers"] == pytest.approx(2 / 3)
        assert (core["share_low"], core["share_high"]) == pytest.approx((0.3542, 0.8794), abs=1e-4)  # Wilson
        assert (core["median_spend"], core["overall_median_spend"]) == (3.5, 5)
        assert core["verdict"] == "too_few"

    def test_the_setting_names_the_dimensions(self, small):
        core = portrait.core(small, ProfileRules(core_dimensions=("age_band",), min_cell=3))
        assert core[["level_1", "customers", "known"]].to_numpy().tolist() == [
            ["25-35", 7, 10],
            ["36-45", 3, 10],
        ]

    def test_equal_groups_go_by_spend(self, small):
        rules = ProfileRules(core_dimensions=("age_band",), min_cell=1)
        even = small.iloc[3:9]
        assert portrait.core(even, rules)["level_1"].tolist() == ["36-45", "25-35"]

    def test_no_more_than_asked_for(self):
        assert len(portrait.core(many(), ProfileRules(core_profiles=2))) == 2

    def test_a_group_that_spends_more_is_named_so(self):
        rules = ProfileRules(core_dimensions=("industry",))
        found = portrait.core(many(effect=1.0), rules).set_index("level_1")["verdict"]
        assert found["tech"] == "more"

    def test_an_unknown_dimension_is_refused_by_name(self, small):
        with pytest.raises(SettingsError, match="core_dimensions: no dimension 'town'"):
            portrait.core(small, ProfileRules(core_dimensions=("town",)))

    def test_nothing_known_or_nobody_gives_no_row(self, small):
        assert portrait.core(small[["customer_id", "status", "spend"]]).empty
        assert portrait.core(small.iloc[:0]).empty

    def test_row_order_does_not_matter(self):
        known = many()
        pd.testing.assert_frame_equal(portrait.core(known), portrait.core(known[::-1]))

    def test_names_the_missing_column(self, small):
        with pytest.raises(TableError, match="facts: no column spend"):
            portrait.core(small.drop(columns="spend"))


class TestBest:
    def test_counts_by_hand(self):
        """Of a hundred buyers the twenty best are all in tech, and so are twenty of the others."""
        known = pd.DataFrame(
            {
                "status": "buyer",
                "n_orders": 1,
                "spend": np.arange(1.0, 101),
                "industry": ["tech"] * 20 + ["law"] * 60 + ["tech"] * 20,
            }
        )
        tech = portrait.best(known, ProfileRules(min_group=20)).set_index("level").loc["tech"]
        assert (tech["n_best"], tech["known_best"], tech["n_others"], tech["known_others"]) == (
            20,
            20,
            20,
            80,
        )
        assert (tech["share_of_best"], tech["share_of_others"], tech["ratio"]) == (1, 0.25, 4)
        assert tech["verdict"] == "more"

    def test_a_planted_group_is_found_first(self):
        found = portrait.best(many(effect=1.2))
        assert found.loc[0, ["dimension", "level", "verdict"]].tolist() == ["industry", "tech", "more"]

    def test_equal_spend_parts_nobody(self):
        assert portrait.best(many().assign(spend=5.0)).empty

    def test_few_buyers_are_not_compared(self):
        assert set(portrait.best(many(40))["verdict"]) <= {"too_few"}

    def test_nobody_gives_no_row(self):
        assert portrait.best(many().iloc[:0]).empty

    def test_leaves_its_input_alone(self):
        known = many()
        before = known.copy(deep=True)
        portrait.core(known)
        portrait.best(known)
        portrait.claims(known)
        pd.testing.assert_frame_equal(known, before)


class TestClaims:
    def test_each_claim_is_tried_on_the_data(self):
        known = many()
        top = known["spend"] > known["spend"].quantile(0.8)
        known["income_place"] = np.where(top, 4.0, known["income_place"])
        known["discounted_share"] = np.where(top, 0.99, known["discounted_share"])
        found = portrait.claims(known).set_index("claim")["verdict"]
        assert found.to_dict() == {"power": "supported", "repeat": "not_supported", "price": "contradicted"}

    def test_shares_and_the_interval_of_their_difference_by_hand(self):
        """Twelve of the twenty best (Wilson 0.387 to 0.781) have two orders, and twenty of the eighty others (0.168 to 0.355)."""
        orders = [2] * 20 + [1] * 60 + [2] * 12 + [1] * 8
        known = pd.DataFrame({"status": "buyer", "n_orders": orders, "spend": np.arange(1.0, 101)})
        (claim,) = portrait.claims(known, ProfileRules(min_group=20)).to_dict("records")
        assert (claim["claim"], claim["share_of_best"], claim["share_of_others"]) == ("repeat", 0.6, 0.25)
        assert (claim["low"], claim["high"]) == pytest.approx((0.1122, 0.5488), abs=5e-4)

    def test_what_is_so_by_construction_is_not_called_supported(self):
        orders = [1] * 80 + [2] * 20
        known = pd.DataFrame({"status": "buyer", "n_orders": orders, "spend": np.arange(1.0, 101)})
        assert portrait.claims(known, ProfileRules(min_group=20))["verdict"].tolist() == ["by_construction"]

    def test_shares_of_money_by_hand(self):
        """The best have 3 of 4 on lines without a discount, all others 1 of 4: no spread, so no doubt."""
        spend = np.array([1.0] * 80 + [4.0] * 20)
        known = pd.DataFrame(
            {"status": "buyer", "n_orders": 1, "spend": spend, "gross_spend": spend, "discount": 0.0}
        )
        known["discounted_share"] = np.where(spend > 1, 0.25, 0.75)
        claim = portrait.claims(known, ProfileRules(min_group=20)).set_index("claim").loc["price"]
        assert (claim["share_of_best"], claim["share_of_others"]) == (0.75, 0.25)
        assert (claim["low"], claim["high"]) == pytest.approx((0.5, 0.5))

    def test_a_claim_without_its_column_is_not_tried(self):
        known = many().drop(columns=["income_place", "discounted_share"])
        assert portrait.claims(known)["claim"].tolist() == ["repeat"]

    def test_few_buyers_decide_nothing(self):
        assert set(portrait.claims(many(60))["verdict"]) == {"too_few"}

    def test_nobody_gives_no_row(self):
        assert portrait.claims(many().iloc[:0]).empty


class TestChance:
    def test_without_an_effect_next_to_nothing_is_claimed(self):
        claimed = 0
        for seed in range(40):
            known = many(400, seed)
            claimed += portrait.core(known)["verdict"].isin(["more", "less"]).any()
            claimed += portrait.best(known)["verdict"].isin(["more", "less"]).any()
            claimed += portrait.claims(known)["verdict"].isin(["supported", "contradicted"]).any()
        assert claimed <= 6  # of 120
