"""Measures, distances and the verdict: known groups are found, and none where there are none."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
from pandas.testing import assert_frame_equal

from custkit import clusters
from custkit.clusters import Verdict
from custkit.errors import SettingsError, TableError
from custkit.settings import ClusterRules

RULES = ClusterRules(max_clusters=5, n_bootstrap=8)


def judge(features: pd.DataFrame, rules: ClusterRules = RULES) -> tuple[pd.DataFrame, Verdict]:
    points = clusters.matrix(features, clusters.measures(features, rules))
    quality = clusters.quality(points, rules)
    return quality, clusters.verdict(points, quality, rules)


class TestMeasures:
    def test_takes_logarithms_by_hand(self):
        features = planted.buyers([0, 9], [1, 1], [99.0, 9.0])
        table = clusters.measures(features).set_index("measure")
        assert table.loc["spend", "mean"] == pytest.approx(np.log(10) * 1.5)
        assert table.loc["spend", "deviation"] == pytest.approx(np.log(10) / 2)

    def test_drops_and_names_what_is_the_same_for_all(self):
        # fault 49
        table = clusters.measures(planted.buyers([1, 2], [3, 3], [5.0, 6.0]))
        assert table.loc[~table["used"], ["measure", "left_out"]].to_numpy().tolist() == [
            ["n_orders", "constant"]
        ]

    def test_drops_and_names_what_is_not_known_for_all(self):
        table = clusters.measures(planted.buyers([1, None], [3, 4], [5.0, 6.0]))
        assert table.loc[~table["used"], ["measure", "left_out"]].to_numpy().tolist() == [
            ["recency_days", "missing"]
        ]

    def test_counts_spend_below_zero_and_sets_it_to_zero(self):
        # fault 36
        features = planted.buyers([1, 2, 3], [1, 1, 2], [-50.0, 0.0, 10.0])
        table = clusters.measures(features)
        points = clusters.matrix(features, table)
        assert table.set_index("measure").loc["spend", "below_zero"] == 1
        assert points.loc["c0000", "spend"] == points.loc["c0001", "spend"]

    def test_any_numeric_measure_will_do(self):
        # mission 102, 105
        features = planted.buyers([1, 2], [1, 2], [1.0, 2.0]).assign(minutes_trained=[30, 300])
        table = clusters.measures(features, ClusterRules(cluster_features=("minutes_trained", "spend")))
        assert table["measure"].tolist() == ["minutes_trained", "spend"]

    def test_refuses_words(self):
        rules = ClusterRules(cluster_features=("status",))
        with pytest.raises(SettingsError, match="cluster_features: no numbers status in features; there are"):
            clusters.measures(planted.buyers([1], [1], [1.0]), rules)

    def test_names_the_measure_that_is_not_there(self):
        rules = ClusterRules(cluster_features=("spend", "visits"))
        with pytest.raises(SettingsError, match="no numbers visits in features; there are recency_days"):
            clusters.measures(planted.buyers([1], [1], [1.0]), rules)

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="features: no column status"):
            clusters.measures(planted.buyers([1], [1], [1.0]).drop(columns="status"))


class TestMatrix:
    def test_is_standardised(self):
        features = planted.groups()
        points = clusters.matrix(features, clusters.measures(features))
        assert points.mean().abs().max() < 1e-6
        assert points.std(ddof=0).to_numpy() == pytest.approx(1)

    def test_only_buyers_have_a_row(self):
        features = planted.buyers([1, 2, 3], [1, 2, 3], [1.0, 2.0, 3.0])
        features.loc[1, "status"] = "refunds_only"
        assert sorted(clusters.matrix(features, clusters.measures(features)).index) == ["c0000", "c0002"]

    def test_leaves_its_input_alone(self):
        features = planted.groups(each=5)
        before = features.copy()
        clusters.matrix(features, clusters.measures(features))
        assert_frame_equal(features, before)


class TestQuality:
    def test_finds_the_four_groups_that_were_planted(self):
        # mission 92
        _, verdict = judge(planted.groups())
        assert verdict == Verdict("groups", 4, 4)

    def test_finds_three_groups_on_one_line_from_lost_to_loyal(self):
        line = ((5, 30, 6_000.0), (50, 6, 800.0), (280, 1, 90.0))
        assert judge(planted.groups(line))[1] == Verdict("groups", 3, 3)

    @pytest.mark.parametrize("made", [planted.evenly, planted.one_crowd])
    @pytest.mark.parametrize("seed", [1, 2])
    def test_refuses_where_there_are_no_groups(self, made, seed):
        # mission M10
        quality, verdict = judge(made(150, seed=seed))
        assert verdict.k == 1
        assert verdict.key in ("none", "slices")
        assert quality.loc[quality["chosen"], "k"].unique().tolist() == [1]

    def test_shows_the_doubts_of_every_criterion_at_every_k(self):
        quality, _ = judge(planted.groups(each=15))
        assert quality["k"].unique().tolist() == [1, 2, 3, 4, 5]
        own = quality[quality["own_choice"]]
        shape = ["silhouette", "calinski_harabasz", "davies_bouldin", "stability"]
        assert sorted(own["criterion"]) == sorted(shape)
        at_two = set(quality.loc[quality["k"] == 2, "criterion"])
        assert {
            *shape,
            "explained",
            "explained_box",
            "explained_twin",
            "over_box",
            "over_twin",
            "smallest",
        } <= at_two
        assert np.isfinite(quality["value"]).all()

    def test_the_shape_criteria_choose_groups_even_where_there_are_none(self):
        quality, verdict = judge(planted.evenly(100))
        assert verdict.k == 1
        own = quality[quality["own_choice"] & (quality["criterion"] != "stability")]
        assert (own["k"] > 1).all()

    def test_differences_within_two_groups_that_nobody_would_act_on_make_no_further_group(self):
        place = np.arange(30)
        regular = place % 3, 20 + place % 3, 200.0 * (20 + place % 3)
        lapsed = 539 + place % 3, 1 + 0 * place, 5.0 + place % 3
        features = planted.buyers(*(np.concatenate(pair) for pair in zip(regular, lapsed, strict=True)))
        assert judge(features)[1] == Verdict("groups", 2, 2)

    def test_a_handful_is_no_group(self):
        features = planted.groups(planted.FOUR_GROUPS[:2], each=60).iloc[:65]  # sixty, and five far away
        assert judge(features)[1].k == 1

    def test_makes_as_many_as_it_is_told_and_says_so(self):
        assert judge(planted.evenly(100), dataclasses.replace(RULES, n_clusters=3))[1] == Verdict(
            "given", 3, 3
        )

    def test_does_not_depend_on_the_order_of_rows_or_on_ids(self):
        # fault 86
        features = planted.groups(each=20)
        shuffled = features.sample(frac=1, random_state=1)
        renamed = features.assign(customer_id="x" + features["customer_id"].str[::-1])
        assert_frame_equal(judge(features)[0], judge(shuffled)[0])
        assert_frame_equal(judge(features)[0], judge(renamed)[0])

    def test_fits_on_a_sample_of_many(self):
        rules = dataclasses.replace(RULES, cluster_sample=120)
        assert judge(planted.groups(), rules)[1] == Verdict("groups", 4, 4)

    @pytest.mark.slow
    def test_refuses_even_data_in_at_least_95_of_100_draws(self):
        # mission M10
        refused = sum(judge(planted.evenly(150, seed=seed), ClusterRules())[1].k == 1 for seed in range(100))
        assert refused >= 95

    @pytest.mark.slow
    def test_finds_the_planted_groups_in_at_least_18_of_20_draws(self):
        found = sum(judge(planted.groups(seed=seed), ClusterRules())[1].k == 4 for seed in range(20))
        assert found >= 18


class TestTooLittle:
    @pytest.mark.parametrize("n", [0, 1, 29])
    def test_too_few_buyers_are_not_clustered(self, n):
        # fault 50
        quality, verdict = judge(planted.evenly(30).iloc[:n])
        assert quality.empty
        assert verdict == Verdict("too_few", 1, 1)

    def test_buyers_who_are_all_alike_are_one_group(self):
        # fault 49
        quality, verdict = judge(planted.buyers([7] * 40, [2] * 40, [50.0] * 40))
        assert quality.empty
        assert verdict == Verdict("alike", 1, 1)

    def test_no_more_groups_are_tried_than_customers_can_fill(self):
        # fault 50
        assert judge(planted.evenly(30))[0]["k"].max() == 3

    def test_no_more_groups_are_tried_than_there_are_different_customers(self):
        # faults 49, 50
        features = planted.buyers([1, 200] * 30, [9, 1] * 30, [900.0, 20.0] * 30)
        quality, _ = judge(features)
        assert quality["k"].max() == 2
        assert np.isfinite(quality["value"]).all()

    def test_one_measure_alone_needs_a_cut_point_not_a_cluster(self):
        features = planted.groups(planted.FOUR_GROUPS[:2])
        assert judge(features, dataclasses.replace(RULES, cluster_features=("n_orders",)))[1].k == 1


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ({"max_clusters": 1}, "max_clusters: expected at least 2, got 1"),
        ({"n_clusters": 1}, "n_clusters: expected 0 or at least 2, got 1"),
        ({"min_stability": 1.5}, "min_stability: expected a share"),
        ({"cluster_features": ()}, "cluster_features: expected measures"),
    ],
)
def test_names_a_setting_that_cannot_be(setting, text):
    with pytest.raises(SettingsError, match=text):
        ClusterRules(**setting)
