"""Groups of customers who behave alike, or the evidence that there are none."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from custkit import partitions, schema
from custkit.errors import TableError
from custkit.settings import ClusterRules

NONE = "none"  # label of a customer who is in no group
_DECIMALS = 6  # evidence is rounded before it is compared: last bits differ between machines
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the order of rows
_BETTER_HIGH = {"silhouette": True, "calinski_harabasz": True, "davies_bouldin": False}
_DESCRIBED = ("recency_days", "n_orders", "spend", "avg_order_value")
_LEVELS = {"recency_level": "recency_days", "orders_level": "n_orders", "spend_level": "spend"}
_MIDDLE = (0.4, 0.6)  # quantiles of all buyers between which a group's median is neither high nor low
_QUALITY = {"k": "int64", "criterion": "str", "value": "float64", "own_choice": "bool", "chosen": "bool"}


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
        ``measure``, ``used``, ``reason`` (empty; constant or missing where it is not used), ``below_zero``
        (customers set to zero), ``mean`` and ``deviation`` of the logarithm (0 and 1 where it is not used).

    Raises
    ------
    TableError
        A column is missing, or one that is asked for is no number.
    """
    schema.require(features, ["customer_id", "status", *rules.cluster_features], "features")
    buyers = features[features["status"] == "buyer"]
    rows = []
    for measure in rules.cluster_features:
        values = buyers[measure]
        if not pd.api.types.is_numeric_dtype(values):
            raise TableError(f"features: {measure}: expected numbers to cluster on, got {values.dtype}")
        logs = np.log1p(values.astype("Float64").clip(lower=0).to_numpy(float, na_value=np.nan))
        finite = np.isfinite(logs).all()
        reason = "" if finite and len(set(logs)) > 1 else "constant" if finite else "missing"
        logs = np.sort(logs)  # or the last bit of the mean would depend on the order of the rows
        rows.append(
            {
                "measure": measure,
                "used": not reason,
                "reason": reason,
                "below_zero": int((values < 0).sum()),
                "mean": 0.0 if reason else logs.mean(),
                "deviation": 1.0 if reason else logs.std(),
            }
        )
    return pd.DataFrame(rows).astype(
        {"measure": "str", "reason": "str", "mean": "float64", "deviation": "float64"}
    )


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
    smooth twin, by ``rules.min_margin`` standard errors (``over_box``, ``over_twin``). One group is always allowed: it
    means that rules describe these customers better than groups do. Groups that a single measure shows by itself do not
    beat the twin: one cut point is their rule.

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
        return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in _QUALITY.items()})
    with partitions.steady():
        points = points[partitions.sample(len(points), rules)]
        rows, accepted = _weigh(points, most, rules)
    table = pd.DataFrame(rows).melt("k", var_name="criterion").dropna(ignore_index=True)
    table["value"] = table["value"].astype(float).round(_DECIMALS)
    table["chosen"] = table["k"] == (min(rules.n_clusters, most) if rules.n_clusters else accepted)
    table["own_choice"] = False
    for criterion, high in _BETTER_HIGH.items():
        values = table.loc[table["criterion"] == criterion, "value"]
        table.loc[values.idxmax() if high else values.idxmin(), "own_choice"] = (
            True  # of equals the first: the smallest k
        )
    stable = table[(table["criterion"] == "stability") & (table["value"] >= rules.min_stability)]
    table.loc[stable["k"].idxmax(), "own_choice"] = True
    return table[[*_QUALITY]].astype(_QUALITY).sort_values("k", kind="stable", ignore_index=True)


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
        if _holds(row["stability"], row["smallest"], rules) and round(over, _DECIMALS) > rules.min_margin:
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


def groups(
    features: pd.DataFrame, matrix: pd.DataFrame, verdict: Verdict, rules: ClusterRules = ClusterRules()
) -> pd.DataFrame:
    """The group of each buyer, numbered by value.

    Parameters
    ----------
    features : one row per customer
        ``customer_id``, ``status``, ``recency_days``, ``n_orders``, ``spend``.
    matrix, verdict, rules

    Returns
    -------
    one row per buyer, sorted by id
        ``slice``: 1 has the highest median of spend (ties: more orders, more recent, more customers, first id), 0
        without slices. ``cluster`` and ``label`` ("c1"): the same where the verdict is groups or given, else 0 and
        "none". ``confidence``: share of ``rules.n_bootstrap`` resampled fits that put the customer into the same slice,
        0 without slices.
    """
    schema.require(features, ["customer_id", "status", "recency_days", "n_orders", "spend"], "features")
    table = matrix.index.to_frame(index=False).assign(slice=0, confidence=0.0)
    if verdict.slices > 1:
        points = matrix.to_numpy(float)
        with partitions.steady():
            fitted = points[partitions.sample(len(points), rules)]
            labels = partitions.fit(fitted, verdict.slices, rules).predict(points)
            models = partitions.resampled(fitted, verdict.slices, rules)
            confidence = partitions.agreement(points, labels, models)
        people = features.set_index("customer_id").loc[matrix.index].reset_index()
        rank = _by_value(people.assign(found=labels))
        table = table.assign(slice=rank.loc[labels].to_numpy(), confidence=confidence.round(_DECIMALS))
    cluster = table["slice"] if verdict.k > 1 else 0
    table = table.assign(cluster=cluster)
    table["label"] = np.where(table["cluster"] > 0, "c" + table["cluster"].astype(str), NONE)
    kinds = {**schema.TABLES["clusters"], "slice": "int64"}
    return table[[*kinds]].astype(kinds).sort_values("customer_id", ignore_index=True)


def profile(
    features: pd.DataFrame, groups: pd.DataFrame, rules: ClusterRules = ClusterRules()
) -> pd.DataFrame:
    """Each slice in real units, and beside all buyers.

    Returns
    -------
    one row per slice, the most valuable first (one row, slice 0, without slices; no rows without buyers)
        ``slice``, ``customers``, ``share_of_customers``, ``spend``, ``share_of_spend`` (empty where all spend is not
        above zero), ``median_<measure>`` of recency_days, n_orders, spend, avg_order_value and every further measure of
        the rule, ``recency_level``, ``orders_level``, ``spend_level`` (high, mid or low: the slice's median is above the
        60 % quantile of all buyers, between, or below the 40 % quantile; high recency is many days), ``confidence``
        (mean).
    """
    shown = list(dict.fromkeys([*_DESCRIBED, *rules.cluster_features]))
    schema.require(features, ["customer_id", *shown], "features")
    people = groups[["customer_id", "slice", "confidence"]].merge(features, on="customer_id")
    people = people.astype(dict.fromkeys(shown, float))
    table = people.groupby("slice", as_index=False).agg(
        customers=("customer_id", "size"),
        spend=("spend", "sum"),
        **{f"median_{measure}": (measure, "median") for measure in shown},
        confidence=("confidence", "mean"),
    )
    table["spend"] = table["spend"].round(_MONEY_DECIMALS)
    total = table["spend"].sum()
    table["share_of_customers"] = table["customers"] / len(people)
    table["share_of_spend"] = table["spend"] / total if total > 0 else np.nan
    for level, measure in _LEVELS.items():
        low, high = (people[measure].quantile(share) for share in _MIDDLE)
        median = table[f"median_{measure}"]
        table[level] = np.select([median > high, median < low], ["high", "low"], "mid")
    first = ["slice", "customers", "share_of_customers", "spend", "share_of_spend"]
    last = [*_LEVELS, "confidence"]
    return table[[*first, *(f"median_{measure}" for measure in shown), *last]].round(
        {"confidence": _DECIMALS}
    )


def summary(
    features: pd.DataFrame,
    matrix: pd.DataFrame,
    quality: pd.DataFrame,
    groups: pd.DataFrame,
    verdict: Verdict,
    rules: ClusterRules = ClusterRules(),
) -> pd.DataFrame:
    """The evidence in one row.

    Returns
    -------
    one row
        ``verdict``, ``customers``, ``measures``, ``fitted`` (customers on whom centres were fitted), ``max_k`` (largest k
        tried), ``k``, ``slices``; at ``shown_k`` (the slices; 2 without them): ``explained``, ``explained_box``,
        ``explained_twin``, ``over_box``, ``over_twin``, ``stability``; ``best_<criterion>``: the k that it alone would take;
        ``largest_share``: of the spend, held by the biggest spender; ``without_largest``: adjusted Rand index of the
        slices with those that are found without that customer. Empty where there is nothing to tell.
    """
    buyers = features[features["status"] == "buyer"].sort_values(
        ["spend", "customer_id"], ascending=[False, True]
    )
    row = {
        "verdict": verdict.key,
        "customers": len(matrix),
        "measures": matrix.shape[1],
        "fitted": min(len(matrix), rules.cluster_sample),
        "max_k": int(quality["k"].max()) if len(quality) else 1,
        "k": verdict.k,
        "slices": verdict.slices,
        "shown_k": max(verdict.slices, 2),
    }
    at = quality[quality["k"] == row["shown_k"]].set_index("criterion")["value"]
    best = quality[quality["own_choice"]].set_index("criterion")["k"]
    for criterion in ("explained", "explained_box", "explained_twin", "over_box", "over_twin", "stability"):
        row[criterion] = at.get(criterion, np.nan)
    row |= {f"best_{criterion}": best.get(criterion, np.nan) for criterion in (*_BETTER_HIGH, "stability")}
    total = buyers["spend"].sum()
    row["largest_share"] = round(buyers["spend"].iloc[0] / total, _DECIMALS) if total > 0 else np.nan
    row["without_largest"] = (
        _without(buyers["customer_id"].iloc[0], matrix, groups, rules) if verdict.slices > 1 else np.nan
    )
    return pd.DataFrame([row])


def _without(customer: str, matrix: pd.DataFrame, groups: pd.DataFrame, rules: ClusterRules) -> float:
    """How alike the slices are when one customer is left out before the fit."""
    others = matrix.drop(index=customer)
    points = others.to_numpy(float)
    slices = groups.set_index("customer_id")["slice"]
    with partitions.steady():
        fitted = points[partitions.sample(len(points), rules)]
        labels = partitions.fit(fitted, slices.nunique(), rules).predict(points)
    return round(adjusted_rand_score(slices.loc[others.index], labels), _DECIMALS)


def _by_value(people: pd.DataFrame) -> pd.Series:
    """Number from 1 of each group that was found, the most valuable first."""
    found = people.groupby("found").agg(
        spend=("spend", "median"),
        n_orders=("n_orders", "median"),
        recency_days=("recency_days", "median"),
        customers=("spend", "size"),
        first=("customer_id", "min"),
    )
    order = found.sort_values([*found], ascending=[False, False, True, False, True]).index
    return pd.Series(range(1, len(order) + 1), index=order)


def _holds(stability: float, smallest: float, rules: ClusterRules) -> bool:
    return round(stability, _DECIMALS) >= rules.min_stability and smallest >= rules.min_group_customers


def _most(matrix: pd.DataFrame, rules: ClusterRules) -> int:
    """The largest number of groups that these customers can be asked for."""
    if len(matrix) < rules.min_cluster_customers or matrix.shape[1] == 0:
        return 1
    distinct = int((~matrix.duplicated()).sum())
    wanted = max(rules.max_clusters, rules.n_clusters)
    return min(wanted, len(matrix) // rules.min_group_customers, distinct)
