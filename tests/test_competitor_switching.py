"""Who leaves to whom."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from custkit import competitor, schema
from custkit.errors import TableError
from custkit.settings import CompetitorRules

FEW = CompetitorRules(min_switchers=1)


def moves(**counts: int) -> pd.DataFrame:
    """``Ours_B=3``: three respondents who came from Ours to B."""
    pairs = [pair.split("_") for pair, count in counts.items() for _ in range(count)]
    use = pd.DataFrame(pairs, columns=["switched_from", "brand"])
    return use.assign(respondent_id=[f"r{place:03d}" for place in range(len(use))])


class TestFlows:
    def test_counts_respondents_by_pair(self):
        made = competitor.flows(moves(Ours_B=3, B_Ours=1, B_C=1))
        assert made[["from_brand", "to_brand", "respondents"]].to_numpy().tolist() == [
            ["Ours", "B", 3],
            ["B", "C", 1],
            ["B", "Ours", 1],
        ]
        assert made["share_of_switchers"].tolist() == pytest.approx([0.6, 0.2, 0.2])

    def test_the_same_answer_twice_counts_once_and_coming_from_itself_never(self):
        use = pd.DataFrame(
            {
                "respondent_id": ["r1", "r1", "r2"],
                "brand": ["B", "B ", "B"],
                "switched_from": ["Ours", "Ours", "B"],
            }
        )
        assert competitor.flows(use)["respondents"].tolist() == [1]

    @pytest.mark.parametrize(
        "use", [schema.empty("brand_use"), pd.DataFrame({"respondent_id": ["r1"], "brand": ["B"]})]
    )
    def test_nobody_who_switched(self, use):
        made = competitor.flows(use)
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_flows"]

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="brand_use: no column respondent_id"):
            competitor.flows(pd.DataFrame({"brand": ["B"]}))


class TestNetFlows:
    def test_losses_and_gains_by_hand(self):
        made = competitor.net_flows(moves(Ours_B=25, B_Ours=5, C_Ours=4, Ours_C=6, B_C=9), "Ours").set_index(
            "rival"
        )
        assert made.loc["B", ["gained", "lost", "net_gain", "switchers"]].tolist() == [5, 25, -20, 30]
        assert made.loc["B", "p_adjusted"] == pytest.approx(
            binomtest(25, 30).pvalue
        )  # the only rival with 20
        assert made.loc["B", "verdict"] == "losing"
        assert made.loc["B", "low"] < made.loc["B", "share_lost"] < made.loc["B", "high"]
        assert (made.loc["C", "verdict"], made.loc["C", "switchers"]) == ("untested", 10)
        assert made.index.tolist() == ["B", "C"]

    def test_more_rivals_make_the_same_loss_less_certain(self):
        alone = competitor.net_flows(moves(Ours_B=20, B_Ours=6), "Ours").set_index("rival")
        among = competitor.net_flows(moves(Ours_B=20, B_Ours=6, Ours_C=13, C_Ours=13), "Ours").set_index(
            "rival"
        )
        assert among.loc["B", "p_adjusted"] == pytest.approx(2 * alone.loc["B", "p_adjusted"])

    def test_a_gain_and_an_even_exchange(self):
        made = competitor.net_flows(moves(B_Ours=30, Ours_C=15, C_Ours=15), "Ours").set_index("rival")
        assert made["verdict"].to_dict() == {"B": "gaining", "C": "even"}

    def test_whoever_went_both_ways_says_nothing(self):
        both = pd.DataFrame(
            {"respondent_id": ["x", "x"], "switched_from": ["Ours", "B"], "brand": ["B", "Ours"]}
        )
        made = competitor.net_flows(pd.concat([moves(Ours_B=3), both]), "Ours", FEW).iloc[0]
        assert (made["lost"], made["gained"]) == (3, 0)

    @pytest.mark.parametrize("own", ["", "Nobody"])
    def test_without_own_brand_no_rows(self, own):
        made = competitor.net_flows(moves(A_B=3), own)
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_net_flows"]

    def test_shuffled_rows_change_nothing(self):
        use = moves(Ours_B=25, B_Ours=5, C_Ours=4, Ours_D=4)
        shuffled = use.sample(frac=1, random_state=3)
        pd.testing.assert_frame_equal(
            competitor.net_flows(use, "Ours"), competitor.net_flows(shuffled, "Ours")
        )

    def test_leaves_its_input_alone(self):
        use = moves(Ours_B=2)
        before = use.copy()
        competitor.flows(use)
        competitor.net_flows(use, "Ours")
        pd.testing.assert_frame_equal(use, before)

    @pytest.mark.slow
    def test_where_odds_are_even_few_samples_claim_a_loss(self):
        random = np.random.default_rng(2026)
        found = 0
        for _ in range(300):
            counts = {}
            for rival in "BCDE":
                lost = int(random.binomial(40, 0.5))
                counts |= {f"Ours_{rival}": lost, f"{rival}_Ours": 40 - lost}
            found += competitor.net_flows(moves(**counts), "Ours")["verdict"].ne("even").any()
        assert found / 300 < 0.03
