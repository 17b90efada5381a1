"""Groups of respondents: gaps, white space, and who buys whom."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from custkit import competitor, schema
from custkit.competitor import brands, groups
from custkit.errors import SettingsError
from custkit.settings import CompetitorRules

NO_RATINGS, NO_USE = schema.empty("brand_ratings"), schema.empty("brand_use")
RULES = CompetitorRules(outcome_attribute="again")


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    """240 people rate three brands. The old see Ours two points worse on care; no brand is good at fun; care and fun
    make people buy again, fame does not."""
    random = np.random.default_rng(11)
    people = 240
    told = pd.DataFrame({"respondent_id": np.repeat([f"r{place:03d}" for place in range(people)], 3)})
    told["brand"] = ["Ours", "B", "C"] * people
    told["age_band"] = np.repeat(np.where(np.arange(people) % 4 == 0, "56-65", "25-35"), 3)
    told["gender"] = np.repeat(np.where(np.arange(people) // 4 % 2 == 0, "female", "male"), 3)
    worse = (told["brand"] == "Ours") & (told["age_band"] == "56-65")
    told["care"] = (7 - 2.0 * worse + random.normal(0, 1, len(told))).clip(1, 10)
    told["fun"] = (3 + random.normal(0, 1, len(told))).clip(1, 10)
    told["fame"] = (6 + random.normal(0, 1, len(told))).clip(1, 10)
    told.loc[:1, ["care", "fun", "fame"]] = [[1, 1, 1], [10, 10, 10]]  # both ends of the scale
    told["again"] = (told["care"] + told["fun"]) / 2 + random.normal(0, 0.3, len(told))
    return told


def weights_of(told: pd.DataFrame, rules: CompetitorRules = RULES) -> pd.DataFrame:
    return competitor.importance(brands.brand_means(told, rules=rules), told, rules)


class TestDimensions:
    def test_text_with_few_words_parts_people(self, ratings):
        told = ratings.assign(remark=[f"remark {place}" for place in range(len(ratings))], wave="1", one="x")
        assert groups.dimensions(told) == ["age_band", "gender"]

    def test_the_setting_goes_first(self, ratings):
        assert groups.dimensions(ratings, CompetitorRules(rating_groups=("gender",))) == ["gender"]
        with pytest.raises(SettingsError, match=r"rating_groups: no city .* age_band, gender"):
            groups.dimensions(ratings, CompetitorRules(rating_groups=("city",)))

    def test_absent_ratings_have_none(self):
        assert groups.dimensions(NO_RATINGS, CompetitorRules(rating_groups=("gender",))) == []


class TestGroups:
    def test_one_group_of_each_dimension(self, ratings):
        told = groups.groups(ratings)
        assert told.groupby("dimension").size().to_dict() == {"age_band": 240, "gender": 240}

    def test_whoever_says_two_things_or_none_belongs_nowhere(self):
        told = pd.DataFrame(
            {
                "respondent_id": ["r1", "r1", "r2", "r3"],
                "brand": ["A", "B", "A", "A"],
                "x": [1, 2, 3, 4],
                "sex": ["f", "m", "f", " "],
            }
        )
        made = groups.groups(told)
        assert made[["respondent", "level"]].to_numpy().tolist() == [["id r2", "f"]]


class TestGapsByGroup:
    def test_finds_the_group_that_sees_us_worse(self, ratings):
        made = competitor.gaps_by_group(ratings, "Ours")
        told = made[made["verdict"] == "worse_here"]
        assert sorted(map(tuple, told[["level", "attribute"]].to_numpy())) == [
            ("56-65", "again"),
            ("56-65", "care"),
        ]
        care = told[told["attribute"] == "care"].iloc[0]
        assert care["gap_to_mean"] == pytest.approx(-2, abs=0.4)
        assert care["elsewhere"] == pytest.approx(0, abs=0.2)
        assert (care["n"], care["share_of_respondents"]) == (60, 0.25)

    def test_numbers_by_hand(self):
        """Two women see Ours 2 ahead of B, two men 1 behind."""
        told = pd.DataFrame(
            {
                "respondent_id": ["f1", "f2", "m1", "m2"] * 2,
                "sex": ["f", "f", "m", "m"] * 2,
                "brand": ["Ours"] * 4 + ["B"] * 4,
                "x": [6, 8, 3, 4, 4, 6, 4, 5],
            }
        )
        made = competitor.gaps_by_group(told, "Ours", CompetitorRules(min_ratings=2)).set_index("level")
        assert made.loc["f", ["own", "mean_of_rivals", "gap_to_mean", "elsewhere", "difference"]].tolist() == [
            7, 5, 2, -1, 3,
        ]  # fmt: skip
        assert made["p_adjusted"].tolist() == [0, 0]  # everybody of one sex says the same of the two
        assert made["verdict"].to_dict() == {"f": "better_here", "m": "worse_here"}

    def test_lower_can_be_better(self, ratings):
        rules = CompetitorRules(lower_is_better=("care",))
        made = competitor.gaps_by_group(ratings, "Ours", rules).query(
            "attribute == 'care' and level == '56-65'"
        )
        assert made["verdict"].tolist() == ["better_here"]

    def test_groups_without_enough_ratings_are_left_out(self, ratings):
        assert competitor.gaps_by_group(ratings, "Ours", CompetitorRules(min_ratings=61))[
            "dimension"
        ].unique().tolist() == ["gender"]

    @pytest.mark.parametrize("own", ["", "Nobody"])
    def test_without_own_brand_no_rows(self, ratings, own):
        made = competitor.gaps_by_group(ratings, own)
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_gaps_by_group"]
        assert made.empty

    def test_without_groups_no_rows(self, ratings):
        assert competitor.gaps_by_group(ratings.drop(columns=["age_band", "gender"]), "Ours").empty
        assert competitor.gaps_by_group(NO_RATINGS, "Ours").empty

    def test_shuffled_rows_change_no_bit(self, ratings):
        shuffled = ratings.sample(frac=1, random_state=4)[ratings.columns[::-1]]
        one, other = (competitor.gaps_by_group(table, "Ours") for table in (ratings, shuffled))
        pd.testing.assert_frame_equal(one, other, check_exact=True)

    def test_leaves_its_input_alone(self, ratings):
        before = ratings.copy()
        competitor.gaps_by_group(ratings, "Ours")
        competitor.white_space(ratings, "Ours", weights_of(ratings), RULES)
        pd.testing.assert_frame_equal(ratings, before)


class TestWhiteSpace:
    def test_finds_what_matters_and_nobody_gives(self, ratings):
        made = competitor.white_space(ratings, "Ours", weights_of(ratings), RULES)
        assert set(made["attribute"]) == {"fun"}
        assert made["verdict"].eq("unmet").all()
        first = made.iloc[0]
        assert (first["dimension"], first["level"], first["line"], first["place"]) == (
            "respondents",
            "",
            5.5,
            1,
        )
        assert first["best"] < 5.5

    def test_the_line_is_a_setting(self, ratings):
        rules = CompetitorRules(outcome_attribute="again", white_space_level=0.1)
        assert competitor.white_space(ratings, "Ours", weights_of(ratings), rules).empty

    def test_without_an_outcome_nobody_knows_what_matters(self, ratings):
        made = competitor.white_space(ratings, "Ours", weights_of(ratings, CompetitorRules()))
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["white_space"]

    def test_few_ratings_below_the_line_are_unclear(self, ratings):
        few = ratings[ratings["respondent_id"].isin(["r000", "r001", "r002", "r003"])]
        rules = CompetitorRules(outcome_attribute="again", min_ratings=4)
        made = competitor.white_space(few, "Ours", weights_of(ratings), rules)
        assert set(made["verdict"]) <= {"unclear"}


class TestUsers:
    @pytest.fixture
    def use(self, ratings) -> pd.DataFrame:
        """The old buy Ours, of the young every fourth does; all others buy B mainly and some C."""
        ids = pd.Series(ratings["respondent_id"].unique())
        place = np.arange(len(ids))
        ours = (place % 4 == 0) | (place % 16 == 1)
        main = pd.DataFrame(
            {"respondent_id": ids, "brand": np.where(ours, "Ours", "B"), "share_of_purchases": 0.7}
        )
        return pd.concat([main, main.assign(brand="C", share_of_purchases=0.3)], ignore_index=True)

    def test_who_prefers_us_by_hand(self, ratings, use):
        made = competitor.users(ratings, use, "Ours").set_index("level")
        old = made.loc["56-65"]
        assert (old["respondents"], old["own_users"], old["rival_users"], old["preferred"]) == (60, 60, 0, "")
        young = made.loc["25-35"]
        assert (young["own_users"], young["share_for_own"], young["share_for_own_elsewhere"]) == (
            15,
            15 / 180,
            1.0,
        )
        assert (young["preferred"], young["share_for_preferred"]) == ("B", 165 / 180)
        assert young["share_of_own"] == 0.2
        assert young["overlap"] == pytest.approx(0.2)  # min(15/75, 165/165) + min(60/75, 0)
        assert made["verdict"].to_dict()["56-65"] == "better_here"
        p = 4 * fisher_exact([[15, 165], [60, 0]]).pvalue
        assert young["p_adjusted"] == pytest.approx(p)

    def test_a_tie_has_no_main_brand(self, ratings, use):
        assert competitor.users(ratings, use.assign(share_of_purchases=0.5), "Ours").empty

    @pytest.mark.parametrize("own", ["", "Nobody"])
    def test_without_own_brand_no_rows(self, ratings, use, own):
        made = competitor.users(ratings, use, own)
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_users"]

    def test_strangers_to_the_ratings_have_no_group(self, ratings, use):
        assert competitor.users(
            ratings, use.assign(respondent_id="other " + use["respondent_id"]), "Ours"
        ).empty
        assert competitor.users(NO_RATINGS, use, "Ours").empty
        assert competitor.users(ratings, NO_USE, "Ours").empty

    def test_small_groups_are_not_judged(self, ratings, use):
        made = competitor.users(ratings, use, "Ours", CompetitorRules(min_ratings=61))
        assert made[made["dimension"] == "age_band"]["verdict"].eq("untested").all()

    def test_leaves_its_input_alone(self, ratings, use):
        before = use.copy()
        competitor.users(ratings, use, "Ours")
        pd.testing.assert_frame_equal(use, before)
