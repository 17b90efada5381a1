"""Is there any number of groups that the evidence allows? Measures, distances, criteria, verdict."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from custkit import schema
from custkit.clusters import partitions
from custkit.errors import SettingsError
from custkit.settings import ClusterRules

# Of the spread, that further groups must explain: less is a difference that nobody would act on.
_LEAST_GAIN = 0.01
DECIMALS = 6  # evidence is rounded before it is compared: last bits differ between machines
# Shape criteria that are often trusted alone, and whether high is good.
ALONE = {"silhouette": True, "calinski_harabasz": True, "davies_bouldin": False}


@dataclass(frozen=True)
class Verdict:
    """What the evidence allows.

    ``key``: groups (they are there); slices (a continuum that can be cut the same way again); none (not even that);
    given (``n_clusters`` was set); too_few (customers); alike (nobody differs). ``k``: groups, 1 for none.
    ``slices``: groups to describe, 1 for none; equal to ``k`` where there are groups.
    """

    key: str
    k: int
    slices: int


def measures(features: pd.DataFrame, rules: ClusterRules = ClusterRules()) -> pd.DataFrame:
    """What each measure becomes before distances are taken, and which measure cannot be used.

    A value becomes log(1 + value), then minus ``mean``, over ``deviation``: ten orders are to one order what a
    thousand of money is to a hundred, and no unit weighs more than another. A value below zero (refunds above
    purchases) stands at zero.

    Parameters
    ----------
    features : one row per customer
        ``status`` and the columns in ``rules.cluster_features``; only buyers count.
    rules : ClusterRules

    Returns
    -------
    one row per measure, in the order of the rule
        ``measure``, ``used``, ``left_out`` (empty, or why it is not used: constant, missing), ``below_zero``
        (customers set to zero), ``mean`` and ``deviation`` of the logarithm (0 and 1 where it is not used).

    Raises
    ------
    TableError
        A column that is always there is missing.
    SettingsError
        ``cluster_features`` names a column that is not there or holds no numbers.
    """
    schema.require(features, ["customer_id", "status"], "features")
    numbers = list(features.select_dtypes("number"))
    unfit = [measure for measure in rules.cluster_features if measure not in numbers]
    if unfit:
        raise SettingsError(
            f"cluster_features: no numbers {', '.join(unfit)} in features; there are {', '.join(numbers)}"
        )
    buyers = features[features["status"] == "buyer"]
    rows = []
    for measure in rules.cluster_features:
        values = buyers[measure]
        logs = np.log1p(values.astype("Float64").clip(lower=0).to_numpy(float, na_value=np.nan))
        finite = np.isfinite(logs).all()
        left_out = "" if finite and len(set(logs)) > 1 else "constant" if finite else "missing"
        logs = np.sort(logs)  # or the last bit of the mean would depend on the order of the rows
        rows.append(
            {
                "measure": measure,
                "used": not left_out,
                "left_out": left_out,
                "below_zero": int((values < 0).sum()),
                "mean": 0.0 if left_out else logs.mean(),
                "deviation": 1.0 if left_out else logs.std(),
            }
        )
    return schema.frame("cluster_measures", rows)


def matrix(features: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Buyers as points: one row per buyer (index ``customer_id``), one standardised column per measure in use.

    Rows are sorted by their values, so that neither the order of the input nor the spelling of an id has a say in
    what is drawn at random.
    """
    schema.require(features, ["customer_id", "status", *measures["measure"]], "features")
    buyers = features[features["status"] == "buyer"]
    points = pd.DataFrame(index=pd.Index(buyers["customer_id"], name="customer_id"))
    for row in measures[measures["used"]].itertuples():
        logs = np.log1p(buyers[row.measure].astype(float).clip(lower=0))
        points[row.measure] = ((logs - row.mean) / row.deviation).round(9).to_numpy()
    return points.reset_index().sort_values([*points, "customer_id"]).set_index("customer_id")


def quality(matrix: pd.DataFrame, rules: ClusterRules = ClusterRules()) -> pd.DataFrame:
    """Every criterion for every number of groups, and the number that they allow.

    Chosen is the largest k whose groups are found again in bootstrap samples (``stability``), whose smallest group has
    ``rules.min_group_customers``, and which beats two made-up populations without further groups, an even box and a
    smooth twin, by ``rules.min_margin`` standard errors (``over_box``, ``over_twin``), and which explains a hundredth of
    all differences more than the groups accepted before it. One group is always allowed: it means that rules describe
    these customers better than groups do. Groups that a single measure shows by itself do not beat the twin: one cut
    point is their rule.

    Parameters
    ----------
    matrix : from ``matrix``
    rules : ClusterRules
        Centres are fitted on at most ``cluster_sample`` customers.

    Returns
    -------
    one row per k and criterion, k from 1
        ``k``, ``criterion`` (inertia, explained, smallest, stability, silhouette, calinski_harabasz,
        davies_bouldin, explained_box, explained_twin, over_box, over_twin), ``value``, ``own_choice`` (that criterion
        alone would take this k), ``chosen`` (all together do). No rows with too few customers or no difference
        between them.
    """
    points = matrix.to_numpy(float)
    most = _most(matrix, rules)
    if most < 2:
        return schema.frame("cluster_quality", [])
    with partitions.steady():
        points = points[partitions.sample(len(points), rules)]
        rows, accepted = _weigh(points, most, rules)
    table = pd.DataFrame(rows).melt("k", var_name="criterion").dropna(ignore_index=True)
    table["value"] = table["value"].astype(float).round(DECIMALS)
    table["chosen"] = table["k"] == (min(rules.n_clusters, most) if rules.n_clusters else accepted)
    table["own_choice"] = False
    for criterion, high in ALONE.items():
        values = table.loc[table["criterion"] == criterion, "value"]
        own = values.idxmax() if high else values.idxmin()  # of equals the first: the smallest k
        table.loc[own, "own_choice"] = True
    stable = table[(table["criterion"] == "stability") & (table["value"] >= rules.min_stability)]
    table.loc[stable["k"].idxmax(), "own_choice"] = True
    return schema.frame("cluster_quality", table.sort_values("k", kind="stable", ignore_index=True))


def _weigh(points: np.ndarray, most: int, rules: ClusterRules) -> tuple[list[dict], int]:
    """The criteria of each k, and the largest k that passes them all."""
    spread = partitions.spread(points)
    labels, accepted = np.zeros(len(points), int), 1
    reference = partitions.Reference(points, labels, accepted, rules)
    rows = [{"k": 1, "inertia": spread, "explained": 0.0, "smallest": len(points), "stability": 1.0}]
    for k in range(2, most + 1):
        model = partitions.fit(points, k, rules)
        row = {
            "k": k,
            "inertia": model.inertia_,
            "explained": 1 - model.inertia_ / spread,
            "smallest": np.bincount(model.labels_, minlength=k).min(),
            "stability": partitions.stability(points, model.labels_, k, rules),
            **partitions.shape(points, model.labels_),
            **reference.compare(k, model.inertia_),
        }
        rows.append(row)
        over = min(row["over_box"], row["over_twin"])
        gain = row["explained"] - rows[accepted - 1]["explained"]
        beats = round(over, DECIMALS) > rules.min_margin and round(gain, DECIMALS) >= _LEAST_GAIN
        if _holds(row["stability"], row["smallest"], rules) and beats:
            accepted, labels = k, model.labels_
            reference = partitions.Reference(points, labels, accepted, rules)
    return rows, accepted


def verdict(matrix: pd.DataFrame, quality: pd.DataFrame, rules: ClusterRules = ClusterRules()) -> Verdict:
    """The reading of the evidence: whether there are groups, and how many to describe."""
    if quality.empty:
        return Verdict("too_few" if len(matrix) < rules.min_cluster_customers else "alike", 1, 1)
    chosen = int(quality.loc[quality["chosen"], "k"].iloc[0])
    if rules.n_clusters:
        return Verdict("given", chosen, chosen)
    if chosen > 1:
        return Verdict("groups", chosen, chosen)
    by_k = quality.pivot(index="k", columns="criterion", values="value")
    again = [k for k, row in by_k.iterrows() if _holds(row["stability"], row["smallest"], rules)]
    return Verdict("slices" if max(again) > 1 else "none", 1, int(max(again)))


def _holds(stability: float, smallest: float, rules: ClusterRules) -> bool:
    return round(stability, DECIMALS) >= rules.min_stability and smallest >= rules.min_group_customers


def _most(matrix: pd.DataFrame, rules: ClusterRules) -> int:
    """The largest number of groups that these customers can be asked for."""
    if len(matrix) < rules.min_cluster_customers or matrix.shape[1] == 0:
        return 1
    distinct = int((~matrix.duplicated()).sum())
    wanted = max(rules.max_clusters, rules.n_clusters)
    return min(wanted, len(matrix) // rules.min_group_customers, distinct)
