"""Is a table of standardised numbers made of groups? k-means, resamples of it, and populations without groups."""

import contextlib
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from custkit.settings import ClusterRules

_STARTS = 3  # of k-means on samples and on made-up populations: there are hundreds, and none is shown
_NULL_ROWS = 2_000  # of a made-up population: more would sharpen a comparison that is not close
_SILHOUETTE_ROWS = 2_000  # the silhouette takes every pair of rows; this many are within .005 of all
_TINY = 1e-9  # of the spread: fewer distinct rows than groups leave none within them

Null = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """One thread, because more change the last bits of a centre; silence on rows that are all alike, which callers allow."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def sample(rows: int, rules: ClusterRules) -> np.ndarray:
    """Positions of the rows on which centres are fitted: all, or ``rules.cluster_sample`` of them, ascending."""
    if rows <= rules.cluster_sample:
        return np.arange(rows)
    return np.sort(np.random.default_rng(rules.seed).choice(rows, rules.cluster_sample, replace=False))


def fit(points: np.ndarray, k: int, rules: ClusterRules) -> KMeans:
    """k-means from ``rules.n_init`` starts."""
    return KMeans(k, n_init=rules.n_init, random_state=rules.seed).fit(points)


def resampled(points: np.ndarray, k: int, rules: ClusterRules) -> list[KMeans]:
    """k-means on bootstrap samples of ``points``, the same samples for each k."""
    rng = np.random.default_rng([rules.seed, 1])
    size = min(len(points), rules.cluster_resample)
    draws = [rng.choice(len(points), size) for _ in range(rules.n_bootstrap)]
    return [KMeans(k, n_init=_STARTS, random_state=turn).fit(points[draw]) for turn, draw in enumerate(draws)]


def stability(points: np.ndarray, labels: np.ndarray, k: int, rules: ClusterRules) -> float:
    """Mean adjusted Rand index between ``labels`` and those that resampled fits give the same rows; 1: found again.

    Source: Hubert & Arabie (1985), *Journal of Classification* 2, 193-218, on bootstrap samples as in Hennig (2007).
    """
    again = (model.predict(points) for model in resampled(points, k, rules))
    return float(np.mean([metrics.adjusted_rand_score(labels, other) for other in again]))


def agreement(points: np.ndarray, labels: np.ndarray, models: list[KMeans]) -> np.ndarray:
    """Share of ``models`` that put each row into the same group as ``labels``, groups matched by their common rows."""
    same = np.zeros(len(points))
    for model in models:
        other = model.predict(points)
        common = metrics.cluster.contingency_matrix(labels, other)
        ours, theirs = linear_sum_assignment(common, maximize=True)
        seen = np.unique(other)  # a group of the model may have none of these rows
        name = np.full(model.n_clusters, -1)
        name[seen[theirs]] = np.unique(labels)[ours]
        same += name[other] == labels
    return same / len(models)


def shape(points: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Silhouette (on at most 2,000 rows, each group in proportion), Calinski-Harabasz and Davies-Bouldin index."""
    by_group = np.argsort(labels, kind="stable")
    rows = by_group[np.linspace(0, len(labels) - 1, min(len(labels), _SILHOUETTE_ROWS)).astype(int)]
    return {
        "silhouette": metrics.silhouette_score(points[rows], labels[rows]),
        "calinski_harabasz": metrics.calinski_harabasz_score(points, labels),
        "davies_bouldin": metrics.davies_bouldin_score(points, labels),
    }


def spread(points: np.ndarray) -> float:
    """Sum of squared distances to the mean: what one group leaves unexplained."""
    return float(((points - points.mean(axis=0)) ** 2).sum())


def even_box(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many rows, evenly spread in a box with the mean, variances and correlations of ``points``.

    Of the shapes with one mode and a given variance an even one is explained best by a few groups, so that to beat
    it is hard. Source: the gap statistic's reference b, Tibshirani, Walther & Hastie (2001), *JRSS B* 63, 411-423,
    with the sides set by the variance in place of the range, which a single outlier moves.
    """
    centred = points - points.mean(axis=0)
    _, sizes, turns = np.linalg.svd(centred, full_matrices=False)
    sides = np.sqrt(12 / len(points)) * sizes
    return points.mean(axis=0) + (rng.uniform(-0.5, 0.5, (len(points), len(sizes))) * sides) @ turns


def smooth_twin(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many rows with the same values of each measure and about the same rank correlations, and nothing else in common.

    A Gaussian copula: what skewed or whole-numbered measures do by themselves happens here too, so it is no
    evidence of groups. Measures that do not vary are kept.
    """
    twin = points.copy()
    varies = np.ptp(points, axis=0) > 0
    if not varies.any():
        return twin
    ranks = stats.rankdata(points[:, varies], axis=0)
    scores = stats.norm.ppf((ranks - 0.5) / len(points))
    correlation = np.atleast_2d(np.corrcoef(scores, rowvar=False))
    sizes, turns = np.linalg.eigh(correlation)
    drawn = rng.normal(size=scores.shape) @ (turns * np.sqrt(sizes.clip(0))).T
    places = drawn.argsort(axis=0).argsort(axis=0)
    twin[:, varies] = np.take_along_axis(np.sort(points[:, varies], axis=0), places, axis=0)
    return twin


NULLS: dict[str, Null] = {"box": even_box, "twin": smooth_twin}


class Reference:
    """What k groups explain in populations that have the ``labels`` as groups, and none inside them.

    Sequential, as in a parametric bootstrap of the number of components: k groups are compared with the groups
    accepted so far, so that cutting a real group in two is no evidence. Source: McLachlan (1987), *Applied
    Statistics* 36, 318-324.
    """

    def __init__(self, points: np.ndarray, labels: np.ndarray, accepted: int, rules: ClusterRules):
        self._spread = spread(points)
        self._left = sum(spread(points[labels == group]) for group in np.unique(labels))
        rng = np.random.default_rng([rules.seed, 2])
        size = min(len(points), _NULL_ROWS)
        draws = [np.sort(rng.choice(len(points), size, replace=False)) for _ in range(rules.n_bootstrap)]
        self._made = {
            name: [_inside(null, points[draw], labels[draw], rng) for draw in draws]
            for name, null in NULLS.items()
        }
        self._base = {name: self._logs(name, accepted) for name in NULLS}

    def compare(self, k: int, inertia: float) -> dict[str, float]:
        """``explained_<null>``: mean share of the spread that k groups explain there; ``over_<null>``: by how many
        standard errors the points' own gain over the accepted groups is above the gains there."""
        own = np.log(max(self._left, _TINY * self._spread) / max(inertia, _TINY * self._spread))
        found = {}
        for name in NULLS:
            logs = self._logs(name, k)
            gains = logs - self._base[name]
            error = gains.std(ddof=1) * np.sqrt(1 + 1 / len(gains))
            found[f"explained_{name}"] = 1 - np.exp(-logs.mean())
            found[f"over_{name}"] = (own - gains.mean()) / max(error, _TINY)
        return found

    def _logs(self, name: str, k: int) -> np.ndarray:
        """Log of spread over inertia in each made population."""
        if k == 1:
            return np.zeros(len(self._made[name]))
        inertias = [KMeans(k, n_init=_STARTS, random_state=0).fit(made).inertia_ for made in self._made[name]]
        spreads = np.array([spread(made) for made in self._made[name]])
        return np.log(spreads / np.maximum(inertias, _TINY * spreads))


def _inside(null: Null, points: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``null`` in the place of each group; a group of two rows or fewer has no shape to copy."""
    made = points.copy()
    for group in np.unique(labels):
        rows = labels == group
        if rows.sum() > 2:
            made[rows] = null(points[rows], rng)
    return made
