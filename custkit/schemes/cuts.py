"""Cuts that one scheme alone takes from the data: when a customer has left, and who brings the first 80 % of the money."""

import numpy as np
import pandas as pd

from custkit import scores
from custkit.rules.value import SchemeRules

_LEAST_GAPS = 20  # customers whose usual gap is known, below which their quantile would be a guess


def with_cuts(
    cuts: pd.DataFrame,
    features: pd.DataFrame,
    rules: SchemeRules = SchemeRules(),
    *,
    value: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """``cuts`` with the rows that single schemes need; those that a user's file brought stay as they are.

    Parameters
    ----------
    cuts : of ``scores``
    features : the customers whom the setting ``cut_points`` names
    rules : SchemeRules
    value : ``customer_id``, ``clv`` of the same customers; none: no cut of lifetime value

    Returns
    -------
    ``cuts`` and, for each measure of ``scores.SCHEME_CUTS``
        ``lapse:recency_days`` : the ``lapse_quantile`` of the usual gap (median days between order days) of customers with two
        order days or more; with fewer than 20 of them, or where ``lapse_by`` says so, ``lapse_days``.
        ``abc:spend`` : customers by spend, the highest first, are A until ``abc_shares[0]`` of the money is reached (who
        crosses it included), then B, then C. Customers of equal spend are never parted; who spent nothing net is C.
        ``value3:clv`` : thirds of the customers whose lifetime value is known, or by shares as ``abc`` (``value3_by``).
    """
    buyers = scores.scored(features)
    made = [cuts]
    if buyers.empty:
        return cuts
    missing = [measure for measure in scores.SCHEME_CUTS if not (cuts["measure"] == measure).any()]
    for measure in missing:
        found = _FOUND[measure](buyers, rules, value)
        if found is not None:
            made.append(scores.bounds(measure, found))
    return pd.concat(made, ignore_index=True)


def _lapse(buyers: pd.DataFrame, rules: SchemeRules, value: pd.DataFrame | None) -> list[float]:
    gaps = buyers["median_gap_days"].dropna().astype(float) if "median_gap_days" in buyers else []
    if rules.lapse_by != "gaps" or len(gaps) < _LEAST_GAPS:
        return [float(rules.lapse_days)]
    return [float(np.quantile(gaps, rules.lapse_quantile))]


def _abc(buyers: pd.DataFrame, rules: SchemeRules, value: pd.DataFrame | None) -> list[float]:
    return by_shares(buyers["spend"], rules.abc_shares)


def _value3(buyers: pd.DataFrame, rules: SchemeRules, value: pd.DataFrame | None) -> list[float] | None:
    if value is None:
        return None
    known = value["clv"].dropna().astype(float)
    if known.empty:
        return None
    if rules.value3_by == "shares":
        return by_shares(known, rules.abc_shares)
    return np.quantile(known, [1 / 3, 2 / 3]).tolist()


_FOUND = {scores.LAPSE: _lapse, scores.ABC: _abc, scores.VALUE3: _value3}


def by_shares(values: pd.Series, shares: tuple[float, ...]) -> list[float]:
    """Ascending cuts: above the last one stand those who bring the first ``shares[0]`` of the total, and so on.

    Amounts at or below zero bring nothing. A cut is the largest amount that is not within the share, so that who crosses the
    share is within it and equal amounts stand together; where all are within it, the cut lies below all.

    Source: Dickie (1951), *Factory Management and Maintenance* 109, 92-94 (ABC analysis).
    """
    amounts, n = np.unique(values.to_numpy(dtype=float), return_counts=True)
    brought = (amounts * n).clip(min=0)[::-1]
    before = np.concatenate([[0.0], np.cumsum(brought)[:-1]])[::-1]  # by those with more
    below = amounts[0] - 1
    cuts = []
    for share in reversed(shares):
        # Rounded: a share that is met exactly must not be missed by the last bit of a sum.
        outside = (np.round(before - share * brought.sum(), 6) >= 0) | (amounts <= 0)
        cuts.append(float(amounts[outside].max()) if outside.any() else float(below))
    return cuts
