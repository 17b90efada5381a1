"""Who is in which group: numbered by value, the same whatever the order, described in real units."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
from pandas.testing import assert_frame_equal
from sklearn.metrics import adjusted_rand_score

from custkit import clusters
from custkit.clusters import Verdict
from custkit.errors import TableError
from custkit.settings import ClusterRules

RULES = ClusterRules(max_clusters=5, n_bootstrap=8)
FOUR = Verdict("groups", 4, 4)


def divide(features: pd.DataFrame, verdict: Verdict, rules: ClusterRules = RULES) -> pd.DataFrame:
    points = clusters.matrix(features, clusters.measures(features, rules))
    return clusters.groups(features, points, verdict, rules)


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """Sixty buyers in each of four groups; by spend: regulars, lapsed big spenders, lapsed often, newcomers."""
    return planted.groups()


@pytest.fixture(scope="module")
def groups(features) -> pd.DataFrame:
    return divide(features, FOUR)


class TestGroups:
    def test_puts_each_buyer_where_they_belong(self, features, groups):
        assert adjusted_rand_score(features["group"], groups["cluster"]) > 0.98

    def test_numbers_them_by_median_spend(self, features, groups):
        people = groups.merge(features, on="customer_id")
        assert people.groupby("cluster")["spend"].median().is_monotonic_decreasing
        assert groups["cluster"].unique().size == 4
        assert (groups["label"] == "c" + groups["cluster"].astype(str)).all()

    def test_of_equal_spend_more_orders_come_first(self):
        features = planted.groups(((10, 30, 500.0), (200, 2, 500.0)), each=40)
        features["spend"] = 500.0
        people = divide(features, Verdict("groups", 2, 2)).merge(features, on="customer_id")
        assert people.groupby("cluster")["n_orders"].median().is_monotonic_decreasing

    def test_shuffled_rows_get_equal_labels(self, features, groups):
        # fault 86
        assert_frame_equal(divide(features.sample(frac=1, random_state=3), FOUR), groups)

    def test_other_ids_get_equal_labels(self, features, groups):
        renamed = features.assign(customer_id="x" + features["customer_id"])
        assert_frame_equal(
            divide(renamed, FOUR).drop(columns="customer_id"), groups.drop(columns="customer_id")
        )

    def test_two_runs_are_equal(self, features, groups):
        assert_frame_equal(divide(features, FOUR), groups)

    def test_confidence_is_lower_at_the_edge_than_in_the_middle(self):
        features = planted.one_crowd(300)
        groups = divide(features, Verdict("slices", 1, 2))
        assert groups["confidence"].between(0, 1).all()
        assert groups["confidence"].median() == 1
        assert groups["confidence"].min() < 1

    def test_slices_are_no_clusters(self, features):
        sliced = divide(features, Verdict("slices", 1, 2))
        assert (sliced["cluster"] == 0).all()
        assert (sliced["label"] == "none").all()
        assert sliced["slice"].unique().size == 2

    def test_without_slices_everyone_stands_at_zero(self, features):
        nobody = divide(features, Verdict("none", 1, 1))
        assert (nobody[["cluster", "slice", "confidence"]] == 0).all(axis=None)
        assert len(nobody) == len(features)

    def test_a_sample_labels_everyone(self, features, groups):
        sampled = divide(features, FOUR, dataclasses.replace(RULES, cluster_sample=120))
        assert adjusted_rand_score(groups["cluster"], sampled["cluster"]) > 0.98

    def test_leaves_its_input_alone(self, features):
        before = features.copy()
        divide(features, FOUR)
        assert_frame_equal(features, before)

    def test_names_the_missing_column(self, features):
        points = clusters.matrix(features, clusters.measures(features))
        with pytest.raises(TableError, match="features: no column spend"):
            clusters.groups(features.drop(columns="spend"), points, FOUR)


class TestProfile:
    def test_is_counted_by_hand(self):
        features = planted.buyers([1, 3, 100], [4, 2, 1], [400.0, 100.0, 50.0])
        groups = pd.DataFrame(
            {"customer_id": features["customer_id"], "slice": [1, 1, 2], "confidence": [1.0, 0.5, 1.0]}
        )
        first, second = clusters.profile(features, groups).to_dict("records")
        assert (first["customers"], first["spend"], first["median_n_orders"], first["confidence"]) == (
            2,
            500,
            3,
            0.75,
        )
        assert first["share_of_spend"] == pytest.approx(500 / 550)
        assert first["median_avg_order_value"] == 75
        assert second["share_of_customers"] == pytest.approx(1 / 3)
        assert (second["recency_level"], second["orders_level"], second["spend_level"]) == (
            "high",
            "low",
            "low",
        )

    def test_the_least_value_is_low_though_half_share_it(self):
        features = planted.buyers([0] * 20 + [300] * 20, [9] * 20 + [1] * 20, [900.0] * 20 + [10.0] * 20)
        rules = dataclasses.replace(RULES, n_clusters=2)
        table = clusters.profile(features, divide(features, Verdict("given", 2, 2), rules), rules)
        assert table["recency_level"].tolist() == ["low", "high"]
        assert table["orders_level"].tolist() == table["spend_level"].tolist() == ["high", "low"]

    def test_adds_up_to_all_buyers_and_all_money(self, features, groups):
        profile = clusters.profile(features, groups)
        assert profile["customers"].sum() == len(features)
        assert profile["spend"].sum() == pytest.approx(features["spend"].sum())
        assert profile["share_of_spend"].sum() == pytest.approx(1)

    def test_shows_further_measures_of_the_rule(self, features, groups):
        rules = ClusterRules(cluster_features=("spend", "minutes"))
        profile = clusters.profile(features.assign(minutes=30.0), groups, rules)
        assert (profile["median_minutes"] == 30).all()

    def test_has_no_share_of_a_spend_of_nothing(self):
        features = planted.buyers([1, 2], [1, 1], [-5.0, 5.0])
        profile = clusters.profile(features, divide(features, Verdict("too_few", 1, 1)))
        assert profile["share_of_spend"].isna().all()

    def test_of_nobody_has_no_rows(self):
        nobody = planted.evenly(5).iloc[:0]
        assert clusters.profile(nobody, divide(nobody, Verdict("too_few", 1, 1))).empty


class TestSummary:
    def summary(self, features: pd.DataFrame) -> pd.Series:
        points = clusters.matrix(features, clusters.measures(features, RULES))
        quality = clusters.quality(points, RULES)
        verdict = clusters.verdict(points, quality, RULES)
        groups = clusters.groups(features, points, verdict, RULES)
        return clusters.summary(features, points, quality, groups, verdict, RULES).iloc[0]

    def test_holds_the_evidence_at_the_number_that_is_shown(self, features):
        row = self.summary(features)
        assert (row["verdict"], row["customers"], row["k"], row["slices"], row["shown_k"]) == (
            "groups",
            240,
            4,
            4,
            4,
        )
        assert row["explained"] > row["explained_box"]
        assert min(row["over_box"], row["over_twin"]) > RULES.min_margin

    def test_names_the_share_of_a_giant_and_the_division_without(self, features):
        # fault 52
        giant = features.copy()
        giant.loc[0, "spend"] = 9 * features["spend"].sum()
        row = self.summary(giant)
        assert row["largest_share"] == pytest.approx(0.9, abs=0.01)
        assert row["without_largest"] > 0.95

    @pytest.mark.parametrize("n", [0, 1])
    def test_of_nobody_or_one_says_what_there_is(self, n):
        row = self.summary(planted.evenly(5).iloc[:n])
        assert (row["verdict"], row["customers"], row["k"]) == ("too_few", n, 1)
        assert np.isnan(row["explained"])
