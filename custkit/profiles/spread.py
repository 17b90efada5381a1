"""How buyers differ: in spend, orders and gaps, in coming back, and in the share of the money that they bring."""

import math

import numpy as np
import pandas as pd

from custkit import schema, stats
from custkit.settings import ProfileRules

_AMOUNTS = ("avg_order_value", "spend", "n_orders", "median_gap_days")
_QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order


def amounts(features: pd.DataFrame) -> pd.DataFrame:
    """How buyers spread: spend per order, spend, orders, and days between orders.

    Returns
    -------
    one row per measure that at least one buyer has
        ``measure``, ``buyers`` who have it, ``mean``, ``q05``, ``q25``, ``median``, ``q75``, ``q95``, ``most``; quantiles
        are linear. ``avg_order_value`` is each buyer's spend / orders, so every buyer counts once.
    """
    schema.require(features, ["status", *_AMOUNTS], "features")
    buyers = features[features["status"] == "buyer"]
    rows = []
    for measure in _AMOUNTS:
        values = np.sort(buyers[measure].dropna().to_numpy(float))
        if len(values):
            quantiles = np.quantile(values, list(_QUANTILES.values()))
            row = {"measure": measure, "buyers": len(values), "mean": math.fsum(values) / len(values)}
            rows.append({**row, **dict(zip(_QUANTILES, quantiles, strict=True)), "most": values[-1]})
    kinds = {"measure": "str", "buyers": "int64", **dict.fromkeys(("mean", *_QUANTILES, "most"), "float64")}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def repeat(features: pd.DataFrame) -> pd.DataFrame:
    """Buyers with one order, with two, with three and more.

    Returns
    -------
    three rows; none without a buyer
        ``order_group`` (``one``, ``two``, ``three_plus``), ``buyers``, ``share_of_buyers`` with its 95 % Wilson interval
        ``share_low``, ``share_high``, ``spend``, ``share_of_spend`` of all buyers (0 where that is not above zero).
    """
    schema.require(features, ["status", "n_orders", "spend"], "features")
    buyers = features[features["status"] == "buyer"]
    groups = ["one", "two", "three_plus"]
    if buyers.empty:
        groups = []
    place = pd.Series(
        np.select([buyers["n_orders"] == 1, buyers["n_orders"] == 2], ["one", "two"], "three_plus")
    )
    sums = (
        buyers.reset_index(drop=True)
        .groupby(place)["spend"]
        .agg(["size", "sum"])
        .reindex(groups, fill_value=0)
    )
    low, high = stats.wilson(sums["size"], len(buyers))
    spend = sums["sum"].astype(float).round(_MONEY_DECIMALS)
    total = spend.sum()
    return pd.DataFrame(
        {
            "order_group": pd.Series(groups, dtype="str"),
            "buyers": sums["size"].to_numpy("int64"),
            "share_of_buyers": sums["size"].to_numpy() / max(len(buyers), 1),
            "share_low": low,
            "share_high": high,
            "spend": spend.to_numpy(),
            "share_of_spend": spend.to_numpy() / total if total > 0 else 0.0,
        }
    )


def lorenz(features: pd.DataFrame) -> pd.DataFrame:
    """The Lorenz curve: what share of the money the lowest spending share of buyers brings.

    Every buyer has a place; spend below zero counts as zero (``inequality`` says how many and how much).

    Returns
    -------
    up to 101 rows from (0, 0) to (1, 1); none without money above zero
        ``share_of_buyers``, lowest spend first, and ``share_of_spend``.
    """
    spend = _floored_spend(features)
    total = spend.sum()
    if total <= 0:
        return pd.DataFrame({"share_of_buyers": [], "share_of_spend": []}, dtype="float64")
    places = np.unique(np.ceil(np.linspace(0, len(spend), 101)).astype(int))
    below = np.concatenate([[0.0], np.cumsum(spend)]) / total
    return pd.DataFrame(
        {"share_of_buyers": places / len(spend), "share_of_spend": below[places].clip(max=1.0)}
    )


def concentration(features: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """What the biggest spenders bring, on the same money as ``lorenz``.

    Returns
    -------
    one row per share in ``rules.top_shares``; none without money above zero
        ``top_share`` asked for, ``buyers`` (rounded up to whole ones), ``share_of_buyers`` that they are,
        ``least_spend`` of these buyers, ``spend``, ``share_of_spend``.
    """
    spend = _floored_spend(features)[::-1]
    columns = ["top_share", "buyers", "share_of_buyers", "least_spend", "spend", "share_of_spend"]
    if spend.sum() <= 0:
        return pd.DataFrame(columns=columns, dtype="float64").astype({"buyers": "int64"})
    shares = np.array(sorted(rules.top_shares))
    # 0.07 * 100 is a little more than 7 in floats: without the rounding it would be 8 buyers.
    counts = np.ceil(np.round(shares * len(spend), 9)).astype("int64")
    brought = np.cumsum(spend)[counts - 1].round(_MONEY_DECIMALS)
    return pd.DataFrame(
        {
            "top_share": shares,
            "buyers": counts,
            "share_of_buyers": counts / len(spend),
            "least_spend": spend[counts - 1],
            "spend": brought,
            "share_of_spend": (brought / spend.sum()).clip(max=1.0),
        }
    )


def inequality(features: pd.DataFrame) -> pd.DataFrame:
    """How uneven the spend of buyers is, in one number, and how spend at or below zero was treated.

    Returns
    -------
    one row; none without money above zero
        ``buyers``, ``zero_buyers`` (spend of exactly 0), ``negative_buyers`` and ``negative_spend`` (counted as 0),
        ``positive_spend``, ``gini`` from 0 (all the same) up to 1 - 1 / buyers (one holds all); ``largest_share`` of the
        money, held by the biggest spender; ``mean_without_largest`` spend and ``gini_without_largest`` of the others (0
        where these have nothing).
    """
    spend = _floored_spend(features)
    if spend.sum() <= 0:
        counts = pd.DataFrame(columns=["buyers", "zero_buyers", "negative_buyers"], dtype="int64")
        money = ("negative_spend", "positive_spend", "gini")
        others = ("largest_share", "mean_without_largest", "gini_without_largest")
        return counts.assign(**dict.fromkeys((*money, *others), pd.Series(dtype="float64")))
    given = features.loc[features["status"] == "buyer", "spend"]
    return pd.DataFrame(
        {
            "buyers": [len(given)],
            "zero_buyers": (given == 0).sum(),
            "negative_buyers": (given < 0).sum(),
            "negative_spend": (given.clip(upper=0)).sum().round(_MONEY_DECIMALS),
            "positive_spend": spend.sum().round(_MONEY_DECIMALS),
            "gini": max(stats.gini(spend), 0.0),
            "largest_share": spend[-1] / spend.sum(),
            "mean_without_largest": spend[:-1].mean() if len(spend) > 1 else 0.0,
            "gini_without_largest": max(stats.gini(spend[:-1]), 0.0) if spend[:-1].sum() > 0 else 0.0,
        }
    )


def _floored_spend(features: pd.DataFrame) -> np.ndarray:
    """Spend of each buyer, ascending, nothing below zero."""
    schema.require(features, ["status", "spend"], "features")
    return np.sort(features.loc[features["status"] == "buyer", "spend"].to_numpy(float)).clip(min=0.0)
