"""Who is in which group or slice, what each is like in real units, and the evidence in one row."""

import functools

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from custkit import schema
from custkit.clusters import partitions
from custkit.clusters.evidence import ALONE, DECIMALS, Verdict
from custkit.settings import ClusterRules

NONE = "none"  # label of a customer who is in no group
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the order of rows
_DESCRIBED = ("recency_days", "n_orders", "spend", "avg_order_value")
_LEVELS = {"recency_level": "recency_days", "orders_level": "n_orders", "spend_level": "spend"}
_MIDDLE = (0.4, 0.6)  # places among all buyers between which a group's median is neither high nor low
_AT_K = ("explained", "explained_box", "explained_twin", "over_box", "over_twin", "stability")


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
        table = table.assign(slice=rank.loc[labels].to_numpy(), confidence=confidence.round(DECIMALS))
    table["cluster"] = table["slice"] if verdict.k > 1 else 0
    table["label"] = np.where(table["cluster"] > 0, "c" + table["cluster"].astype(str), NONE)
    return schema.frame("clusters", table.sort_values("customer_id", ignore_index=True))


def profile(
    features: pd.DataFrame, groups: pd.DataFrame, rules: ClusterRules = ClusterRules()
) -> pd.DataFrame:
    """Each slice in real units, and beside all buyers.

    Returns
    -------
    one row per slice, the most valuable first (one row, slice 0, without slices; no rows without buyers)
        ``slice``, ``customers``, ``share_of_customers``, ``spend``, ``share_of_spend`` (empty where all spend is not
        above zero), ``median_<measure>`` of recency_days, n_orders, spend, avg_order_value and every further measure of
        the rule, ``recency_level``, ``orders_level``, ``spend_level`` (high, mid or low: the slice's median has more than
        60 % of all buyers below it, less than 40 %, or neither, of equal buyers half; high recency is many days),
        ``confidence`` (mean).
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
        place = table[f"median_{measure}"].map(functools.partial(_place, people[measure]))
        table[level] = np.select([place > _MIDDLE[1], place < _MIDDLE[0]], ["high", "low"], "mid")
    table["confidence"] = table["confidence"].round(DECIMALS)
    known = schema.frame("cluster_profile", table)
    return known.join(table[[f"median_{measure}" for measure in shown if f"median_{measure}" not in known]])


def _place(values: pd.Series, value: float) -> float:
    """Share of ``values`` below ``value``, of equal ones half: where half of all buyers share the least, it is low."""
    return float(((values < value).mean() + (values <= value).mean()) / 2)


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
    row |= {criterion: at.get(criterion, np.nan) for criterion in _AT_K}
    row |= {f"best_{criterion}": best.get(criterion, pd.NA) for criterion in (*ALONE, "stability")}
    total = buyers["spend"].sum()
    row["largest_share"] = round(buyers["spend"].iloc[0] / total, DECIMALS) if total > 0 else np.nan
    row["without_largest"] = np.nan
    if verdict.slices > 1:
        others = matrix.drop(index=buyers["customer_id"].iloc[0])
        row["without_largest"] = _likeness(others, groups, verdict.slices, rules)
    return schema.frame("cluster_summary", [row])


def _likeness(matrix: pd.DataFrame, groups: pd.DataFrame, k: int, rules: ClusterRules) -> float:
    """Adjusted Rand index of the slices of some customers with k groups that are fitted on these alone."""
    points = matrix.to_numpy(float)
    with partitions.steady():
        fitted = points[partitions.sample(len(points), rules)]
        labels = partitions.fit(fitted, k, rules).predict(points)
    slices = groups.set_index("customer_id")["slice"]
    return round(adjusted_rand_score(slices.loc[matrix.index], labels), DECIMALS)


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
