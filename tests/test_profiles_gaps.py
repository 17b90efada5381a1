"""Gaps in the market: the planted one is found as it was planted, and none where none was."""

import itertools

import numpy as np
import pandas as pd
import pytest

from custkit.errors import SettingsError, TableError
from custkit.profiles import gaps
from custkit.settings import ProfileRules

AGES, TIERS, GENDERS = (
    ["18-24", "25-35", "36-45", "46-55"],
    ["tier 1", "tier 2", "tier 3"],
    ["female", "male"],
)


@pytest.fixture
def population() -> pd.DataFrame:
    """A thousand people of each age, tier and gender."""
    cells = list(itertools.product(AGES, TIERS, GENDERS))
    return pd.DataFrame(cells, columns=["age_band", "city_tier", "gender"]).assign(
        people=1000.0, region="East", income_band=None
    )


def facts(n: int = 1200, seed: int = 1, served: float = 1.0, **group: str) -> pd.DataFrame:
    """Customers drawn from the population of the fixture; those of ``group`` come with only ``served`` of their chance."""
    random = np.random.default_rng(seed)
    cells = pd.DataFrame(
        list(itertools.product(AGES, TIERS, GENDERS)), columns=["age_band", "city_tier", "gender"]
    )
    inside = (
        (cells[list(group)] == pd.Series(group)).all(axis=1).to_numpy()
        if group
        else np.zeros(len(cells), bool)
    )
    weight = np.where(inside, served, 1.0)
    drawn = cells.iloc[random.choice(len(cells), n, p=weight / weight.sum())].reset_index(drop=True)
    ids = [f"c{number:05d}" for number in range(n)]
    return drawn.assign(customer_id=ids, region="East", status="buyer", spend=1.0)


def told(known: pd.DataFrame, population: pd.DataFrame, **rules) -> list[str]:
    """The gaps that are told."""
    found = gaps.penetration(known, population, ProfileRules(**rules))
    return found.loc[found["verdict"] == "gap", "group"].tolist()


class TestMatching:
    def test_levels_are_matched_as_they_are(self, population):
        found = gaps.matching(facts(), population).set_index("dimension")
        assert found["verdict"].to_dict() == {
            "region": "single", "age_band": "used", "gender": "used", "city_tier": "used",
        }  # fmt: skip
        assert found.loc["gender", ["known", "matched", "share_matched"]].tolist() == [1200, 1200, 1]

    # T18: other bands are no neighbours to be guessed at
    def test_other_age_bands_are_unlike_and_left_out(self, population):
        other = population.replace({"age_band": {"36-45": "36-44"}})
        found = gaps.matching(facts(), other).set_index("dimension")
        assert found.loc["age_band", "verdict"] == "unlike"
        assert found.loc["age_band", "share_matched"] == pytest.approx(0.75, abs=0.05)
        assert set(gaps.penetration(facts(), other)["dimension_1"]) == {"gender", "city_tier"}

    def test_a_dimension_that_some_rows_do_not_name_is_partial(self, population):
        population.loc[0, "gender"] = None
        assert gaps.matching(facts(), population).set_index("dimension").loc["gender", "verdict"] == "partial"

    def test_what_few_customers_tell_is_unknown(self, population):
        known = facts()
        known.loc[known.index[:700], "gender"] = None
        assert gaps.matching(known, population).set_index("dimension").loc["gender", "verdict"] == "unknown"
        assert gaps.matching(known.drop(columns="gender"), population)["verdict"].tolist()[2] == "unknown"

    def test_incomes_are_matched_with_income_bands(self):
        population = pd.DataFrame({"income_band": ["low", "high"], "people": [10.0, 10.0]})
        known = pd.DataFrame({"income": ["low", "high", "high"]})
        assert gaps.matching(known, population)["verdict"].tolist() == ["used"]

    def test_no_population_gives_no_row(self, population):
        assert gaps.matching(facts(), population.iloc[:0]).empty

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="population: no column people"):
            gaps.matching(facts(), pd.DataFrame({"gender": ["female"]}))


class TestPenetration:
    def test_rates_by_hand(self):
        """Ten of 1,000 women and thirty of 1,000 men are customers."""
        population = pd.DataFrame({"gender": GENDERS, "people": [1000.0, 1000.0]})
        known = pd.DataFrame({"gender": ["female"] * 10 + ["male"] * 30})
        rules = ProfileRules(profile_level=0.99)
        found = gaps.penetration(known, population, rules).set_index("level_1").loc["female"]
        assert (found["customers"], found["people"], found["per_1000"], found["others_per_1000"]) == (
            10,
            1000,
            10,
            30,
        )
        assert (found["expected"], found["ratio"], found["lacking"]) == pytest.approx((20, 1 / 3, 20))
        assert found["p_adjusted"] == pytest.approx(2 * 0.00222, rel=0.01)  # binomial, two groups tried
        # Wilson's interval of 10 of 40, as odds
        assert (found["low"], found["high"]) == pytest.approx((0.1654, 0.6720), abs=1e-3)
        assert found["verdict"] == "gap"

    def test_a_planted_cell_is_told_alone(self, population):
        known = facts(served=0.3, age_band="46-55", city_tier="tier 3")
        assert told(known, population) == ["46-55 · tier 3"]

    def test_a_planted_level_is_told_as_one_and_not_in_parts(self, population):
        known = facts(2000, served=0.4, city_tier="tier 3")
        assert told(known, population) == ["tier 3"]
        verdicts = gaps.penetration(known, population).set_index("group")["verdict"]
        assert verdicts["18-24 · tier 3"] == "part"

    def test_two_gaps_are_told_one_after_the_other(self, population):
        known = facts(3000, served=0.3, age_band="46-55", city_tier="tier 3")
        young = (known["age_band"] == "18-24") & (known["gender"] == "male")
        gone = known.index[young][: int(young.sum() * 0.6)]
        assert set(told(known.drop(gone), population)) == {"46-55 · tier 3", "18-24 · male"}

    def test_a_group_too_small_to_judge_is_not_judged(self, population):
        found = gaps.penetration(facts(100), population)
        assert set(found.loc[found["n_dimensions"] == 2, "verdict"]) <= {"too_few", "as_others", "part"}
        assert (found.loc[found["expected"] < 20, "verdict"] == "too_few").all()

    def test_a_difference_too_small_to_matter_is_no_gap(self, population):
        known = facts(20_000, served=0.8, city_tier="tier 3")
        assert told(known, population) == []
        assert told(known, population, max_penetration_ratio=0.9) == ["tier 3"]

    def test_a_group_that_occurs_twice_is_added_up(self, population):
        known, halves = facts(), pd.concat([population.assign(people=500.0)] * 2)
        pd.testing.assert_frame_equal(gaps.penetration(known, halves), gaps.penetration(known, population))

    def test_groups_without_people_are_left_out(self, population):
        population.loc[population["age_band"] == "46-55", "people"] = 0.0
        known = facts(served=0.0, age_band="46-55")
        assert "46-55" not in set(gaps.penetration(known, population)["level_1"])

    def test_no_customer_and_no_population_do_not_stop_it(self, population):
        assert gaps.penetration(facts(), population.iloc[:0]).empty
        assert gaps.penetration(facts().iloc[:0], population).empty
        assert told(facts(1), population) == []

    def test_row_order_does_not_matter(self, population):
        known = facts(served=0.3, age_band="46-55", city_tier="tier 3")
        turned = gaps.penetration(known[::-1], population.sample(frac=1, random_state=3))
        pd.testing.assert_frame_equal(gaps.penetration(known, population), turned)

    def test_leaves_its_input_alone(self, population):
        known, before = facts(), population.copy(deep=True)
        gaps.penetration(known, population)
        pd.testing.assert_frame_equal(population, before)
        pd.testing.assert_frame_equal(known, facts())

    def test_where_all_are_served_alike_next_to_nothing_is_told(self, population):
        assert sum(bool(told(facts(800, seed), population)) for seed in range(60)) <= 3

    def test_a_planted_cell_is_nearly_always_found(self, population):
        seeds = range(30)
        found = [told(facts(1000, s, 0.2, age_band="46-55", city_tier="tier 3"), population) for s in seeds]
        assert sum(groups == ["46-55 · tier 3"] for groups in found) >= 27


def baskets(n: int = 300, seed: int = 1, baby_in_tier_2: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers with two categories each; a tenth of all lines is for babies, or as said in tier 2."""
    random = np.random.default_rng(seed)
    tiers = random.choice(TIERS, n)
    ids = [f"c{number:05d}" for number in range(n)]
    rows = []
    for customer, tier in zip(ids, tiers, strict=True):
        baby = baby_in_tier_2 if tier == "tier 2" else 0.1
        for level in random.choice(["Baby", "Home", "Books"], 6, p=[baby, 0.5, 0.5 - baby]):
            rows.append((customer, "category", level, float(np.exp(random.normal(4, 0.7)))))
    mix = pd.DataFrame(rows, columns=["customer_id", "dimension", "level", "spend"])
    return pd.DataFrame({"customer_id": ids, "city_tier": tiers}), mix


class TestCategories:
    def test_shares_by_hand(self):
        """Thirty customers of tier 1 spend 1 of 10 on books, thirty of tier 2 nothing."""
        ids = [f"c{number:02d}" for number in range(60)]
        known = pd.DataFrame({"customer_id": ids, "city_tier": ["tier 1"] * 30 + ["tier 2"] * 30})
        books = pd.DataFrame(
            {"customer_id": ids[:30], "dimension": "category", "level": "Books", "spend": 1.0}
        )
        home = pd.DataFrame({"customer_id": ids, "dimension": "category", "level": "Home", "spend": 9.0})
        found = gaps.categories(known, pd.concat([books, home])).set_index(["level", "category"])
        low = found.loc[("tier 2", "Books")]
        assert (low["share_of_spend"], low["share_elsewhere"], low["ratio"]) == (0, 0.1, 0)
        assert (low["customers"], low["verdict"]) == (30, "low")
        assert found.loc[("tier 1", "Books"), "verdict"] == "as_others"

    def test_a_planted_gap_is_found_alone(self):
        found = gaps.categories(*baskets(baby_in_tier_2=0.015))
        assert found.query("verdict == 'low'")[["level", "category"]].to_numpy().tolist() == [
            ["tier 2", "Baby"]
        ]

    def test_a_category_that_is_small_everywhere_is_no_gap(self):
        known, mix = baskets()
        found = gaps.categories(known, mix, ProfileRules(low_category_share=0.5))
        assert set(found["verdict"]) == {"as_others"}

    def test_lines_without_a_category_and_other_dimensions_have_no_say(self):
        known, mix = baskets()
        more = mix.assign(level="(none)"), mix.assign(dimension="channel", level="app")
        pd.testing.assert_frame_equal(
            gaps.categories(known, mix), gaps.categories(known, pd.concat([mix, *more]))
        )

    def test_few_customers_are_not_compared(self):
        assert gaps.categories(*baskets(40)).empty

    def test_without_a_tier_a_category_or_a_customer_no_row(self):
        known, mix = baskets()
        assert gaps.categories(known.drop(columns="city_tier"), mix).empty
        assert gaps.categories(known, mix.iloc[:0]).empty
        assert gaps.categories(known.iloc[:0], mix).empty

    @pytest.mark.filterwarnings("error")
    def test_tiers_of_people_who_never_bought_say_nothing(self):
        known, mix = baskets()
        others = known.assign(customer_id="x" + known["customer_id"])
        assert gaps.categories(others, mix).empty

    def test_an_unknown_dimension_is_refused_by_name(self):
        with pytest.raises(SettingsError, match="category_dimension: no dimension 'tier'"):
            gaps.categories(*baskets(), ProfileRules(category_dimension="tier"))

    def test_leaves_its_input_alone(self):
        known, mix = baskets()
        gaps.categories(known, mix)
        pd.testing.assert_frame_equal(mix, baskets()[1])

    def test_without_an_effect_next_to_nothing_is_told(self):
        rules = ProfileRules(low_category_share=0.15)
        found = [gaps.categories(*baskets(seed=seed), rules) for seed in range(40)]
        assert sum((table["verdict"] == "low").any() for table in found) <= 2
