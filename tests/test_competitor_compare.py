"""How the own brand stands among its rivals."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from custkit import competitor, schema, store
from custkit.competitor import brands
from custkit.errors import SettingsError
from custkit.settings import CompetitorRules

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
FEW = CompetitorRules(min_ratings=2)


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture
def means(sample) -> pd.DataFrame:
    return brands.brand_means(sample)


@pytest.fixture
def pair() -> pd.DataFrame:
    """Two people rate Ours 8 and 6, Rival 5 and 4: differences of 3 and 2."""
    return pd.DataFrame(
        {
            "respondent_id": ["r1", "r2"] * 2,
            "brand": ["Ours", "Ours", "Rival", "Rival"],
            "quality": [8, 6, 5, 4],
        }
    )


def table_of(scores: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Ranked means of brands, as if from a scorecard with source and date."""
    rows = [(b, a, v, "test", "2025-01-01") for b, cells in scores.items() for a, v in cells.items()]
    card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
    return brands.brand_means(schema.empty("brand_ratings"), card)


def gaps_of(ratings: pd.DataFrame, own: str, rules: CompetitorRules = FEW) -> pd.DataFrame:
    means = brands.brand_means(ratings, rules=rules)
    return competitor.gaps(means, ratings, own, competitor.importance(means, ratings, rules), rules)


class TestGaps:
    def test_respondents_are_compared_with_themselves(self, pair):
        row = gaps_of(pair, "Ours").iloc[0]
        assert (row["own"], row["best"], row["gap"], row["gap_to_mean"]) == (7.0, 4.5, 2.5, 2.5)
        assert row["p_adjusted"] == pytest.approx(
            2 * student.sf(2.5 / 0.5, 1)
        )  # sd of 3 and 2, over root 2: 0.5
        assert row["high"] - row["gap_to_mean"] == pytest.approx(student.ppf(0.975, 1) * 0.5)

    def test_strangers_are_compared_by_welch(self, pair):
        row = gaps_of(pair.drop(columns="respondent_id"), "Ours").iloc[0]
        error = np.sqrt(2 / 2 + 0.5 / 2)  # variances 2 and 0.5
        assert row["p_adjusted"] == pytest.approx(2 * student.sf(2.5 / error, 1))

    def test_rivals_weigh_the_same_whatever_their_base(self):
        told = pd.DataFrame({"brand": ["Ours"] * 2 + ["B"] * 2 + ["C"] * 4, "x": [6, 6, 2, 2, 4, 4, 4, 4]})
        row = gaps_of(told, "Ours").iloc[0]
        assert (row["mean_of_rivals"], row["gap_to_mean"], row["best"], row["best_brand"]) == (
            3.0,
            3.0,
            4.0,
            "C",
        )
        assert (row["gap"], row["n_rivals"], row["n"]) == (2.0, 2, 2)

    def test_best_rivals_that_tie_are_named_by_name(self):
        told = pd.DataFrame({"brand": ["Ours", "C", "B"] * 2, "x": [1, 5, 5] * 2})
        assert gaps_of(told, "Ours")["best_brand"].tolist() == ["B"]

    def test_lower_can_be_better(self):
        told = pd.DataFrame({"brand": ["Ours", "B", "C"] * 2, "price": [3, 5, 4] * 2})
        rules = CompetitorRules(min_ratings=2, lower_is_better=("price",))
        row = gaps_of(told, "Ours", rules).iloc[0]
        assert (row["gap"], row["gap_to_mean"], row["best_brand"], row["verdict"]) == (
            1.0,
            1.5,
            "C",
            "strength",
        )

    def test_when_nobody_differs_any_gap_is_certain(self):
        told = pd.DataFrame({"brand": ["Ours", "B"] * 2, "x": [3, 5] * 2, "y": [4, 4] * 2})
        verdicts = gaps_of(told, "Ours").set_index("attribute")
        assert verdicts["verdict"].to_dict() == {"x": "weakness", "y": "par"}
        assert verdicts["p_adjusted"].to_dict() == {"x": 0.0, "y": 1.0}

    def test_a_trifle_is_par_however_certain(self):
        told = pd.DataFrame({"brand": ["Ours", "B"] * 50, "x": [5.2, 5.0] * 49 + [10, 1]})
        assert gaps_of(told, "Ours", CompetitorRules(gap_threshold=0.5))["verdict"].tolist() == ["par"]

    def test_chance_is_par_however_large(self):
        told = pd.DataFrame({"brand": ["Ours", "Ours", "B", "B"], "x": [1, 10, 1, 6]})
        assert gaps_of(told, "Ours")["verdict"].tolist() == ["par"]

    def test_verdicts_on_the_sample(self, sample):
        rules = CompetitorRules(outcome_attribute="rebuy")
        made = gaps_of(sample, "e", rules).set_index("attribute")
        assert made.index[made["verdict"] == "strength"].tolist() == ["bargain", "value", "fun", "latest"]
        assert made.index[made["verdict"] == "weakness"].tolist() == ["perform"]
        assert made.loc["bargain", ["own", "best", "best_brand", "place"]].tolist() == [5.73, 6.65, "g", 1]

    def test_more_attributes_make_the_same_gap_less_certain(self, sample):
        alone = gaps_of(sample[["brand", "leader"]], "e").set_index("attribute").loc["leader"]
        among = gaps_of(sample, "e").set_index("attribute").loc["leader"]
        assert alone["p_adjusted"] < among["p_adjusted"]
        assert alone["high"] < among["high"]

    def test_no_claim_has_an_interval_that_covers_none(self):
        """Forty people rate two brands on ten attributes; the gaps are about as large as their intervals are wide."""
        rng = np.random.default_rng(8)
        claimed = pd.concat([self.claimed(rng) for _ in range(60)])
        assert len(claimed) > 100
        assert ((claimed["low"] > 0) | (claimed["high"] < 0)).all()

    def claimed(self, rng) -> pd.DataFrame:
        marks = {f"a{i}": np.concatenate([rng.normal(0.5, 1, 40), rng.normal(0, 1, 40)]) for i in range(10)}
        people = [f"r{i:02d}" for i in range(40)]
        told = pd.DataFrame({"respondent_id": people * 2, "brand": ["Ours"] * 40 + ["B"] * 40, **marks})
        made = gaps_of(told, "Ours", CompetitorRules(min_ratings=2, gap_threshold=0.0))
        return made[made["verdict"] != "par"]

    def test_a_scorecard_is_judged_by_size_and_not_tested(self):
        means = table_of({"Ours": {"service": 9, "range": 5}, "B": {"service": 6, "range": 5}})
        nobody = schema.empty("brand_ratings")
        made = competitor.gaps(means, nobody, "Ours", competitor.importance(means, nobody)).set_index(
            "attribute"
        )
        assert made["verdict"].to_dict() == {"service": "strength", "range": "par"}
        assert made[["p_adjusted", "low", "high"]].isna().all(axis=None)

    def test_unranked_cells_have_no_say(self, pair):
        lone = pd.DataFrame({"respondent_id": ["r3"], "brand": ["New"], "quality": [10]})
        assert gaps_of(pd.concat([pair, lone]), "Ours")["best_brand"].tolist() == ["Rival"]

    @pytest.mark.parametrize("own", ["", "Nobody"])
    def test_without_own_brand_no_rows(self, pair, own):
        made = gaps_of(pair, own)
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_gaps"]

    def test_one_brand_alone_has_no_gaps(self, pair):
        assert gaps_of(pair[pair["brand"] == "Ours"], "Ours").empty

    def test_names_the_attribute_that_is_not_there(self, pair):
        with pytest.raises(SettingsError, match=r"lower_is_better: no price .* quality"):
            gaps_of(pair, "Ours", CompetitorRules(min_ratings=2, lower_is_better=("price",)))

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        people = sample.assign(respondent_id=[f"r{i % 100}" for i in range(1000)])
        shuffled = people.sample(frac=1, random_state=3)[people.columns[::-1]]
        rules = CompetitorRules(outcome_attribute="rebuy")
        pd.testing.assert_frame_equal(
            gaps_of(people, "e", rules), gaps_of(shuffled, "e", rules), check_exact=True
        )

    def test_leaves_its_input_alone(self, pair):
        means = brands.brand_means(pair, rules=FEW)
        weights = competitor.importance(means, pair, FEW)
        before = pair.copy(), means.copy(), weights.copy()
        competitor.gaps(means, pair, "Ours", weights, FEW)
        for table, was in zip((pair, means, weights), before, strict=True):
            pd.testing.assert_frame_equal(table, was)

    @pytest.mark.slow
    @pytest.mark.parametrize("shared", [0.0, 2.0], ids=["strangers", "people with a habit of high marks"])
    def test_where_brands_are_equal_few_samples_find_a_verdict(self, shared):
        """Five equal brands, six attributes, 40 people: at most about 5 % of samples may call anything a gap."""
        random = np.random.default_rng(2026)
        rules = CompetitorRules(gap_threshold=0.0)
        found = 0
        for _ in range(400):
            habit = np.repeat(random.normal(0, shared, 40), 5)[:, None]
            told = pd.DataFrame(random.normal(5, 1, (200, 6)) + habit).add_prefix("x")
            told.insert(0, "brand", list("ABCDE") * 40)
            told.insert(1, "respondent_id", np.repeat([f"r{i}" for i in range(40)], 5))
            found += gaps_of(told, "A", rules)["verdict"].ne("par").any()
        assert found / 400 < 0.08  # 0.05 and three standard errors
