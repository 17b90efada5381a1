"""What 05 finds in the made-up market, against what was planted there."""

import numpy as np
import pandas as pd
import pytest
from brand_tables import made_of, said
from scipy.spatial import procrustes
from test_competitor_sentences import CLAIMS

from custkit.settings import CompetitorRules
from scripts.city_retail import market
from scripts.city_retail.parameters import MODEL

SEED = 2026  # of the sample
RULES = CompetitorRules(outcome_attribute="overall")
PEOPLE = pd.Series(["East", "South", "Central", "North", "West"]).repeat(40)


def told(*, null: bool) -> tuple[dict[str, pd.DataFrame], set[str]]:
    given = market.tables(PEOPLE, SEED, null, MODEL)
    del given["population"]
    tables, own = made_of(RULES, **given)
    return tables, {key.removeprefix("brands_") for key in said(tables, own, RULES)["key"]}


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, pd.DataFrame], set[str]]:
    return told(null=False)


class TestPlanted:
    def test_brands_stand_where_they_were_put(self, found):
        """The map of the true means beside the map of the ratings, after turning and stretching."""
        true = np.array(MODEL.brands.positions)
        standard = (true - true.mean(axis=0)) / true.std(axis=0)
        left, size, _ = np.linalg.svd(standard, full_matrices=False)
        placed = found[0]["brand_positions"].pivot(index="brand", columns="axis", values="score")
        _, _, disparity = procrustes(left[:, :2] * size[:2], placed.loc[list(market.BRANDS)].to_numpy())
        assert np.sqrt(1 - disparity) > 0.95

    def test_what_matters_is_weighed_as_it_was_made(self, found):
        weights = found[0]["brand_importance"].set_index("attribute")["importance"]
        true = pd.Series(MODEL.brands.importance, index=MODEL.brands.attributes)
        assert (weights[true.index] - true).abs().max() < 0.05
        assert weights.nlargest(2).index.tolist() == true.nlargest(2).index.tolist()

    def test_the_loss_to_one_rival_and_the_share_that_goes_with_it(self, found):
        tables, keys = found
        flows = tables["brand_net_flows"].set_index("rival")["verdict"]
        assert flows[flows == "losing"].index.tolist() == ["Hexin"]
        whole = tables["brand_trends"][tables["brand_trends"]["region"] == ""].set_index("brand")["verdict"]
        assert whole[whole != "steady"].to_dict() == {"Yunfan": "falling", "Hexin": "rising"}
        assert {"driver", "weakness", "losing", "share_falling", "rival_rising", "regions_falling"} <= keys

    def test_service_is_to_be_mended_first(self, found):
        first = found[0]["brand_suggestions"].iloc[0]
        assert (first["suggestion"], first["subject"]) == ("mend", "service")

    def test_groups_that_were_made_alike_are_called_alike(self, found):
        assert {"groups_alike", "users_alike", "all_met"} <= found[1]


def test_where_nothing_was_planted_nothing_is_claimed():
    assert not told(null=True)[1] & CLAIMS
