"""What matters: weights of attributes by what goes with the outcome."""

import numpy as np
import pandas as pd
import pytest

from custkit import competitor, store
from custkit.competitor import brands
from custkit.errors import SettingsError
from custkit.settings import CompetitorRules

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
FEW = CompetitorRules(min_ratings=2)


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture
def ratings() -> pd.DataFrame:
    """Two people rate Ours and Rival on quality; one of them leaves the price of Rival open."""
    return pd.DataFrame(
        {
            "respondent_id": ["r1", "r2", "r1", "r2"],
            "brand": ["Ours", "Ours", "Rival", "Rival"],
            "quality": [8, 6, 5, 4],
            "price": [3.0, 5.0, np.nan, 4.0],
            "city": ["north", "south", "north", "south"],
        }
    )


class TestImportance:
    def test_without_an_outcome_all_weigh_the_same(self, ratings):
        weights = competitor.importance(brands.brand_means(ratings, rules=FEW), ratings, FEW)
        assert weights["importance"].tolist() == [0.5, 0.5]
        assert not weights["derived"].any()

    def test_what_goes_with_the_outcome_within_a_brand_weighs(self):
        """Care goes with buying again within each brand; fame only sets brand A above brand B."""
        told = pd.DataFrame(
            {
                "brand": ["A", "A", "A", "A", "B", "B", "B", "B"],
                "care": [1, 2, 3, 4, 1, 2, 3, 4],
                "fame": [9, 8, 8, 9, 1, 2, 2, 1],
                "again": [6, 7, 8, 9, 1, 2, 3, 4],
            }
        )
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again")
        weights = competitor.importance(brands.brand_means(told, rules=rules), told, rules).set_index(
            "attribute"
        )
        assert weights.loc["care", "correlation"] == pytest.approx(1)
        assert weights.loc["fame", "correlation"] == pytest.approx(0)
        assert weights.loc["care", ["importance", "place"]].tolist() == pytest.approx([1, 1])
        assert pd.isna(weights.loc["again", "importance"])

    def test_less_of_it_can_be_what_matters(self):
        told = pd.DataFrame(
            {"brand": ["A"] * 4, "wait": [4, 3, 2, 1], "calm": [1, 1, 2, 1], "again": [1, 2, 3, 4]}
        )
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again", lower_is_better=("wait",))
        weights = competitor.importance(brands.brand_means(told, rules=rules), told, rules).set_index(
            "attribute"
        )
        assert weights.loc["wait", "correlation"] == pytest.approx(1)

    def test_nothing_that_goes_with_the_outcome_leaves_equal_weights(self):
        told = pd.DataFrame({"brand": ["A"] * 3, "flat": [1, 1, 1], "fall": [3, 2, 1], "again": [1, 2, 3]})
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again")
        weights = competitor.importance(brands.brand_means(told, rules=rules), told, rules).set_index(
            "attribute"
        )
        assert weights["importance"].drop("again").tolist() == [0.5, 0.5]
        assert not weights["derived"].any()

    def test_names_the_outcome_that_is_not_there(self, ratings):
        rules = CompetitorRules(min_ratings=2, outcome_attribute="loyalty")
        with pytest.raises(SettingsError, match=r"outcome_attribute: no loyalty .* price, quality"):
            competitor.importance(brands.brand_means(ratings, rules=FEW), ratings, rules)

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        rules = CompetitorRules(outcome_attribute="rebuy")
        shuffled = sample.sample(frac=1, random_state=1)[sample.columns[::-1]]
        weights = [
            competitor.importance(brands.brand_means(table), table, rules) for table in (sample, shuffled)
        ]
        pd.testing.assert_frame_equal(*weights, check_exact=True)

    def test_leaves_its_input_alone(self, ratings):
        means = brands.brand_means(ratings, rules=FEW)
        before = means.copy()
        competitor.importance(means, ratings, CompetitorRules(min_ratings=2, outcome_attribute="quality"))
        pd.testing.assert_frame_equal(means, before)

    def test_a_kind_hand_makes_nothing_important(self):
        """Each of 40 people gives all marks of three brands higher or lower; only care moves the outcome beside that."""
        random = np.random.default_rng(5)
        kind = np.repeat(random.normal(0, 3, 40), 3)
        care, fame = random.normal(0, 1, (2, 120))
        told = pd.DataFrame(
            {
                "respondent_id": np.repeat([f"r{place}" for place in range(40)], 3),
                "brand": ["A", "B", "C"] * 40,
                "care": care + kind,
                "fame": fame + kind,
                "again": care + kind + random.normal(0, 0.3, 120),
            }
        )
        rules = CompetitorRules(outcome_attribute="again")
        weights = competitor.importance(brands.brand_means(told), told, rules).set_index("attribute")
        assert weights["importance"].drop("again").to_dict() == {"care": 1.0, "fame": 0.0}
        assert weights.loc["fame", "p_adjusted"] > 0.01

    def test_what_chance_may_give_weighs_nothing(self):
        told = pd.DataFrame({"brand": ["A"] * 6, "care": [1, 2, 3, 4, 5, 6], "again": [2, 1, 4, 3, 2, 5]})
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again")
        weights = competitor.importance(brands.brand_means(told, rules=rules), told, rules).set_index(
            "attribute"
        )
        assert weights.loc["care", "correlation"] > 0.6
        assert not weights["derived"].any()
