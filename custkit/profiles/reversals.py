"""Differences that turn round when regions are kept apart: Simpson's paradox, looked for and told."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import dictionary, schema, stats
from custkit.settings import ContrastRules

DIMENSIONS = ("main_channel", "online", "gender", "area", "city_tier")
MEASURES = ("avg_order_value", "n_orders", "spend", "satisfaction")
_LEAST = 10  # customers of each of the two groups in a region; with fewer, the region cannot be looked into


def reversals(
    features: pd.DataFrame,
    customers: pd.DataFrame,
    feedback: pd.DataFrame,
    *,
    region: str = schema.WHOLE,
    rules: ContrastRules = ContrastRules(),
) -> pd.DataFrame:
    """The two largest groups of each dimension (ties by name), over all regions together and inside the regions.

    Over all: the difference of the means of the first group's buyers and the second's. Inside: the same in each region,
    weighted by the region's buyers of both groups (direct standardisation). Both are of the same buyers, in regions that have
    at least ten of each group. Where both are beyond chance, with opposite signs, the mix of the
    regions has turned the difference round, and it is the one inside that compares like with like.

    Parameters
    ----------
    features, customers, feedback : of all regions
    region : of one region alone there is nothing to keep apart: no rows
    rules : ContrastRules

    Returns
    -------
    one row per dimension and measure that two groups have in two regions or more
        ``level_a``, ``level_b`` (the one with the higher mean over all regions first), ``customers_a``, ``customers_b``,
        ``regions`` looked into, ``regions_agree`` in which the difference has the sign of ``within``; ``pooled`` and ``within``, each a less b
        with its interval and p (Welch's error, normal); ``p_adjusted``, the larger of the two p (both must hold) after
        Holm over all rows; ``verdict``: ``reversed``, ``same`` (beyond chance and of one sign) or ``open``.

    Source
    ------
    Simpson (1951), *Journal of the Royal Statistical Society* B 13, 238-241.
    """
    schema.require(features, ["customer_id", "region", "status", "main_channel"], "features")
    schema.require(customers, ["customer_id"], "customers")
    if region != schema.WHOLE:
        return schema.empty("profile_reversals")
    buyers = _buyers(features, customers, feedback)
    found = [
        {"dimension": dimension, "measure": measure, **row}
        for dimension in DIMENSIONS
        if dimension in buyers
        for measure in MEASURES
        for row in _pair(buyers[["region", dimension, measure]].dropna(), dimension, measure, rules)
    ]
    if not found:
        return schema.empty("profile_reversals")
    table = pd.DataFrame(found)
    table["p_adjusted"] = stats.holm(table[["p_pooled", "p_within"]].max(axis=1))
    beyond = (table["p_adjusted"] < 1 - rules.region_level) & table["is_large"]
    opposite = table["pooled"] * table["within"] < 0
    table["verdict"] = np.select([beyond & opposite, beyond], ["reversed", "same"], "open")
    return schema.frame("profile_reversals", table.to_dict("list"))


def _buyers(features: pd.DataFrame, customers: pd.DataFrame, feedback: pd.DataFrame) -> pd.DataFrame:
    """Buyers with their region, the groups that they belong to, and the measures."""
    buyers = features[features["status"] == "buyer"].sort_values("customer_id")
    side = dictionary.canonical("orders.channel", buyers["main_channel"])
    sides = pd.DataFrame({"side": side, "channel": buyers["main_channel"]}).dropna().drop_duplicates()
    if sides["side"].duplicated().any():  # else the sides are the channels once more
        buyers = buyers.assign(online=side)
    known = [name for name in ("gender", "area", "city_tier") if name in customers]
    own = [name for name in ("region", "main_channel", "online", *MEASURES) if name in buyers]
    buyers = buyers[["customer_id", *own]].merge(
        customers[["customer_id", *known]], on="customer_id", how="left", validate="one_to_one"
    )
    answers = feedback.reindex(columns=["customer_id", "satisfaction"])  # data need not tell it
    answers = answers.dropna(subset=["satisfaction"]).groupby("customer_id")["satisfaction"].mean()
    return buyers.assign(satisfaction=buyers["customer_id"].map(answers))


def _pair(
    buyers: pd.DataFrame, dimension: str, measure: str, rules: ContrastRules
) -> Iterator[dict[str, object]]:
    """The row of one dimension and measure, where two groups can be compared in two regions."""
    sizes = buyers[dimension].value_counts().rename_axis("level").reset_index()
    levels = sizes.sort_values(["count", "level"], ascending=[False, True])["level"].head(2).tolist()
    if len(levels) < 2:
        return
    regions = np.sort(buyers["region"].unique())
    a, b = (_inside(buyers[buyers[dimension] == level], measure, regions) for level in levels)
    both = (a["n"] >= _LEAST) & (b["n"] >= _LEAST)
    a, b = a[both], b[both]
    if len(a) < 2:
        return
    of_both = buyers[buyers["region"].isin(a.index)]
    groups = [of_both.loc[of_both[dimension] == level, measure] for level in levels]
    if groups[0].mean() < groups[1].mean():
        levels, groups, a, b = levels[::-1], groups[::-1], b, a
    pooled = groups[0].mean() - groups[1].mean()
    pooled_error = np.sqrt(sum(group.var() / len(group) for group in groups))
    weights = (a["n"] + b["n"]) / (a["n"] + b["n"]).sum()
    gaps = a["mean"] - b["mean"]
    within = float((weights * gaps).sum())
    within_error = np.sqrt((weights**2 * (a["var"] / a["n"] + b["var"] / b["n"])).sum())
    least = rules.reversal_min_relative * abs(pd.concat(groups).mean())
    yield {
        "level_a": str(levels[0]),
        "level_b": str(levels[1]),
        "customers_a": len(groups[0]),
        "customers_b": len(groups[1]),
        "regions": len(a),
        "regions_agree": int((gaps * within > 0).sum()),
        "is_large": min(abs(pooled), abs(within)) >= least,
        **_told("pooled", pooled, pooled_error, rules.region_level),
        **_told("within", within, within_error, rules.region_level),
    }


def _inside(buyers: pd.DataFrame, measure: str, regions: np.ndarray) -> pd.DataFrame:
    return buyers.groupby("region")[measure].agg(n="size", mean="mean", var="var").reindex(regions)


def _told(name: str, difference: float, error: float, level: float) -> dict[str, float]:
    wide = distributions.norm.ppf(0.5 + level / 2) * error
    p = 2 * distributions.norm.sf(abs(difference) / error) if error > 0 else float(difference == 0)
    return {
        name: difference,
        f"{name}_low": difference - wide,
        f"{name}_high": difference + wide,
        f"p_{name}": p,
    }
