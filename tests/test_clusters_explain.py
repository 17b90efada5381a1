"""Rules that tell slices apart, in real units and in words."""

import numpy as np
import pandas as pd
import planted
import pytest
from pandas.testing import assert_frame_equal

from custkit import clusters
from custkit.clusters import Verdict
from custkit.errors import TableError


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """Fifty who spent 1,000 and more, fifty who spent 100 and less; days and orders say nothing."""
    spend = np.r_[np.linspace(1_000, 2_000, 50), np.linspace(10, 100, 50)]
    return planted.buyers([5, 6] * 50, [1, 2] * 50, spend + 0.5)


@pytest.fixture(scope="module")
def groups(features) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": features["customer_id"], "slice": [1] * 50 + [2] * 50})


class TestRulesOfGroups:
    # mission 93
    def test_finds_the_one_question_that_matters(self, features, groups):
        rules = clusters.rules_of_groups(features, groups)
        assert rules["rule"].tolist() == ["spend > 550", "spend <= 550"]
        assert rules["slice"].tolist() == [1, 2]
        assert rules["support"].tolist() == [0.5, 0.5]
        assert rules["precision"].tolist() == [1, 1]
        assert rules["held_out_precision"].tolist() == [1, 1]

    def test_says_it_in_both_languages(self, features, groups):
        rules = clusters.rules_of_groups(features, groups)
        assert rules["rule_en"].tolist() == ["spend: above 550", "spend: at most 550"]
        assert rules["rule_zh"].tolist() == ["消费金额高于 550", "消费金额不超过 550"]

    def test_counts_speak_in_whole_numbers(self):
        features = planted.buyers([5] * 60, [1, 2, 3] * 20, [9.5] * 60)
        groups = pd.DataFrame({"customer_id": features["customer_id"], "slice": [2, 1, 2] * 20})
        rules = clusters.rules_of_groups(features, groups)
        assert rules["rule_en"].tolist() == ["orders: 2", "orders: 1 or fewer", "orders: 3 or more"]

    def test_every_buyer_falls_under_one_rule(self):
        features = planted.groups()
        groups = pd.DataFrame({"customer_id": features["customer_id"], "slice": features["group"] + 1})
        rules = clusters.rules_of_groups(features, groups)
        followed = sum(features.eval(rule).astype(int) for rule in rules["rule"])
        assert (followed == 1).all()
        assert rules["customers"].sum() == len(features)
        assert [features.eval(rule).sum() for rule in rules["rule"]] == rules["customers"].tolist()

    def test_chance_is_seen_through_on_buyers_not_seen(self, features):
        rng = np.random.default_rng(0)
        chance = pd.DataFrame({"customer_id": features["customer_id"], "slice": rng.integers(1, 3, 100)})
        rules = clusters.rules_of_groups(features, chance)
        assert rules["told"].sum() < 70

    def test_does_not_depend_on_the_order_of_rows(self, features, groups):
        shuffled = clusters.rules_of_groups(
            features.sample(frac=1, random_state=1), groups.sample(frac=1, random_state=2)
        )
        assert_frame_equal(shuffled, clusters.rules_of_groups(features, groups))

    @pytest.mark.parametrize("n", [0, 1, 40])
    def test_one_slice_or_nobody_needs_no_rule(self, n):
        features = planted.evenly(40).iloc[:n]
        points = clusters.matrix(features, clusters.measures(features))
        groups = clusters.groups(features, points, Verdict("none", 1, 1))
        assert clusters.rules_of_groups(features, groups).empty

    def test_leaves_its_input_alone(self, features, groups):
        before = features.copy()
        clusters.rules_of_groups(features, groups)
        assert_frame_equal(features, before)

    def test_names_the_missing_column(self, features, groups):
        with pytest.raises(TableError, match="clusters: no column slice"):
            clusters.rules_of_groups(features, groups.drop(columns="slice"))
