"""Who holds the money: so far, and in what is expected."""

import math

import numpy as np
import pandas as pd

from custkit import schema, stats

TOP = 0.2  # the share of customers that is looked at: Pareto's
MOST = 0.8  # the share of money that is looked at
_MEASURES = ("spend", "clv")


def lorenz(features: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """Lorenz curves of net spend so far and of lifetime value, as the table ``value_lorenz``.

    Parameters
    ----------
    features : ``customer_id``, ``status``, ``spend``
    value : ``customer_id``, ``clv``

    Returns
    -------
    up to 101 rows per measure from (0, 0) to (1, 1), none for a measure without money above zero
        ``measure`` (``spend``, ``clv``), ``share_of_customers``, lowest first, ``share_of_money``. The customers are the buyers
        whose lifetime value is known, for both; money below zero counts as zero.
    """
    rows = []
    for measure, amounts in _amounts(features, value).items():
        if amounts.sum() <= 0:
            continue
        places = np.unique(np.ceil(np.linspace(0, len(amounts), 101)).astype(int))
        below = np.concatenate([[0.0], np.cumsum(amounts)])
        rows.append(
            pd.DataFrame(
                {
                    "measure": measure,
                    "share_of_customers": places / len(amounts),
                    "share_of_money": (below / below[-1])[places],
                }
            )
        )
    return (
        schema.frame("value_lorenz", pd.concat(rows, ignore_index=True))
        if rows
        else schema.empty("value_lorenz")
    )


def concentration(features: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """How uneven spend so far and lifetime value are, as the table ``value_concentration``.

    Returns
    -------
    one row per measure with money above zero, on the same customers as ``lorenz``
        ``measure``, ``customers``, ``money``, ``gini``, ``share_top_fifth`` (of the money, held by the fifth of customers
        with most, rounded up to whole ones) and ``share_for_most`` (the smallest share of customers that holds 80 % of it).
    """
    rows = []
    for measure, amounts in _amounts(features, value).items():
        total = math.fsum(amounts)
        if total <= 0:
            continue
        held = np.cumsum(amounts[::-1]) / total
        top = math.ceil(round(TOP * len(amounts), 9))
        # The last step may end a rounding error below the share asked for.
        enough = int(np.searchsorted(held, MOST - 1e-12)) + 1
        rows.append(
            {
                "measure": measure,
                "customers": len(amounts),
                "money": round(total, 4),
                "gini": stats.gini(amounts),
                "share_top_fifth": min(float(held[top - 1]), 1.0),
                "share_for_most": enough / len(amounts),
            }
        )
    return schema.frame("value_concentration", rows)


def _amounts(features: pd.DataFrame, value: pd.DataFrame) -> dict[str, np.ndarray]:
    """Money of each measure, lowest first, of the buyers whose lifetime value is known."""
    schema.require(features, ["customer_id", "status", "spend"], "features")
    schema.require(value, ["customer_id", "clv"], "value")
    buyers = features.loc[features["status"] == "buyer", ["customer_id", "spend"]]
    known = buyers.merge(value[["customer_id", "clv"]].dropna(), on="customer_id", validate="one_to_one")
    return {measure: np.sort(known[measure].to_numpy(dtype=float).clip(min=0)) for measure in _MEASURES}
