"""k-means on samples, and populations without groups."""

import numpy as np
import pytest

from custkit.clusters import partitions
from custkit.settings import ClusterRules

RULES = ClusterRules(n_bootstrap=6)


@pytest.fixture
def points() -> np.ndarray:
    """Three round clouds of 40, far apart, in two measures."""
    rng = np.random.default_rng(7)
    return np.repeat([[0, 0], [6, 0], [0, 6]], 40, axis=0) + rng.normal(0, 0.5, (120, 2))


@pytest.fixture
def labels() -> np.ndarray:
    return np.repeat([0, 1, 2], 40)


class TestSample:
    def test_takes_everyone_when_they_are_few(self):
        assert partitions.sample(10, RULES).tolist() == list(range(10))

    def test_takes_as_many_as_the_rule_says_each_once_in_order(self):
        taken = partitions.sample(5_000, ClusterRules(cluster_sample=100))
        assert len(set(taken)) == 100
        assert (np.diff(taken) > 0).all()


class TestStability:
    def test_is_one_for_clouds_that_stand_apart(self, points, labels):
        assert partitions.stability(points, labels, 3, RULES) == 1

    def test_is_low_for_one_cloud_cut_in_five(self):
        cloud = np.random.default_rng(1).normal(size=(200, 3))
        model = partitions.fit(cloud, 5, RULES)
        assert partitions.stability(cloud, model.labels_, 5, RULES) < 0.7


class TestAgreement:
    def test_is_full_in_the_clouds_and_lower_for_one_who_stands_between_two(self, points, labels):
        points, labels = np.vstack([points, [[3, 0]]]), np.append(labels, 0)
        with partitions.steady():
            share = partitions.agreement(points, labels, partitions.resampled(points, 3, RULES))
        assert (share[:-1] == 1).all()
        assert share[-1] < 1

    def test_does_not_depend_on_the_numbers_of_the_groups(self, points, labels):
        models = partitions.resampled(points, 3, RULES)
        assert (partitions.agreement(points, (labels + 1) % 3, models) == 1).all()


class TestShape:
    def test_knows_clouds_that_stand_apart(self, points, labels):
        found = partitions.shape(points, labels)
        assert found["silhouette"] > 0.8
        assert found["davies_bouldin"] < 0.3

    def test_takes_at_most_2000_rows_for_the_silhouette_and_comes_close_to_all(self):
        rng = np.random.default_rng(3)
        points = rng.normal(size=(6_000, 2))
        labels = (points[:, 0] > 0).astype(int)
        some = partitions.shape(points, labels)["silhouette"]
        assert some == pytest.approx(partitions.metrics.silhouette_score(points, labels), abs=0.01)


@pytest.mark.parametrize("null", partitions.NULLS.values(), ids=partitions.NULLS)
class TestNulls:
    def test_keeps_size_means_variances_and_correlations(self, null):
        rng = np.random.default_rng(5)
        points = rng.normal(size=(4_000, 2)) @ [[1, 0.8], [0, 0.6]]
        made = null(points, np.random.default_rng(6))
        assert made.shape == points.shape
        assert made.mean(axis=0) == pytest.approx(points.mean(axis=0), abs=0.05)
        assert np.cov(made.T) == pytest.approx(np.cov(points.T), abs=0.06)

    def test_has_no_groups_where_the_points_have(self, null, points):
        made = null(points, np.random.default_rng(6))
        ours, theirs = (
            partitions.fit(some, 3, RULES).inertia_ / partitions.spread(some) for some in (points, made)
        )
        assert theirs > 2 * ours

    def test_takes_points_that_do_not_vary(self, null):
        same = np.ones((20, 2))
        assert null(same, np.random.default_rng(0)) == pytest.approx(same)

    def test_leaves_its_input_alone(self, null, points):
        before = points.copy()
        null(points, np.random.default_rng(0))
        assert (points == before).all()


def test_a_smooth_twin_has_the_same_values_of_each_measure(points):
    twin = partitions.smooth_twin(points, np.random.default_rng(0))
    assert (np.sort(twin, axis=0) == np.sort(points, axis=0)).all()


class TestReference:
    def test_three_clouds_beat_one_population_and_four_do_not_beat_three(self, points, labels):
        one = partitions.Reference(points, np.zeros(120, int), 1, RULES)
        three = partitions.Reference(points, labels, 3, RULES)
        found = one.compare(3, partitions.fit(points, 3, RULES).inertia_)
        more = three.compare(4, partitions.fit(points, 4, RULES).inertia_)
        assert min(found["over_box"], found["over_twin"]) > 3
        assert min(more["over_box"], more["over_twin"]) < 3

    def test_points_on_three_spots_leave_nothing_unexplained(self):
        spots = np.repeat([[0.0, 0], [6, 0], [0, 6]], 40, axis=0)
        with partitions.steady():
            found = partitions.Reference(spots, np.zeros(120, int), 1, RULES).compare(3, 0.0)
        assert np.isfinite(list(found.values())).all()


def test_threads_do_not_change_a_centre():
    # fault 85
    from threadpoolctl import threadpool_limits

    points = np.random.default_rng(2).normal(size=(3_000, 3))
    with threadpool_limits(2), partitions.steady():
        two = partitions.fit(points, 4, RULES)
    with threadpool_limits(1), partitions.steady():
        one = partitions.fit(points, 4, RULES)
    assert (two.labels_ == one.labels_).all()
    assert (two.cluster_centers_ == one.cluster_centers_).all()
