"""Growth of a group of customers beside that of others, with customers as the units of chance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

# Of a group: customers who spent, their money in the span before and in the last one, squares and product; swings.
SUMS = ("spenders", "before", "last", "before_2", "last_2", "both", "swing", "swing_2")


@dataclass(frozen=True)
class Comparison:
    """Groups beside others, each an array."""

    growth: np.ndarray  # money of the last span over money of the span before
    others: np.ndarray
    ratio: np.ndarray  # of the two, with its interval
    low: np.ndarray
    high: np.ndarray
    swing: np.ndarray  # mean over customers
    others_swing: np.ndarray
    z: np.ndarray  # standard errors between the two swings
    p: np.ndarray  # one-sided; nan: cannot be told


def products(people: pd.DataFrame) -> pd.DataFrame:
    """Per customer (``before``, ``last``: money of the two spans), what ``compare`` needs the sums of."""
    before, last = people["before"].clip(lower=0), people["last"].clip(lower=0)
    both = before + last
    swing = ((last - before) / both.where(both > 0)).fillna(0.0)
    values = ((both > 0).astype(int), before, last, before**2, last**2, before * last, swing, swing**2)
    return pd.DataFrame(dict(zip(SUMS, values, strict=True)), index=people.index)


def compare(group: pd.DataFrame, others: pd.DataFrame, level: float = 0.95) -> Comparison:
    """Growth of groups beside that of others who share no customer with them, row by row.

    How much is told in money: growth of all customers of a group together, so that customers won and lost count, with an
    interval that takes it as a ratio of sums over customers. Whether it is more than chance is told by customers: each
    swings by (last - before) / (last + before), from -1 (lost) to 1 (won), and the mean swings are compared. Money alone
    would not do: spend is so skewed that among some hundred small groups one is always far out, and one giant makes it.

    Parameters
    ----------
    group, others : rows of ``SUMS``

    Source
    ------
    Cochran (1977), *Sampling Techniques*, chapter 6, for the variance of a ratio.
    """
    group, others = (part.astype(float).reset_index(drop=True) for part in (group, others))
    with np.errstate(divide="ignore", invalid="ignore"):
        (own, own_variance), (rest, rest_variance) = _logs(group), _logs(others)
        half = norm.ppf(0.5 + level / 2) * np.sqrt(own_variance + rest_variance)
        swing, others_swing = ((part["swing"] / part["spenders"]).to_numpy() for part in (group, others))
        z = (swing - others_swing) / _swing_error(group, others)
    told = np.isfinite(half) & np.isfinite(z)
    p = np.where(told, norm.sf(np.where(told, z, 0)), np.nan)
    edges = (np.exp(own - rest), np.exp(own - rest - half), np.exp(own - rest + half))
    return Comparison(np.exp(own), np.exp(rest), *edges, swing, others_swing, np.where(told, z, np.nan), p)


def _logs(sums: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of growth, and its variance; nan where either span has no money."""
    before = sums["before"].where(sums["before"] > 0).to_numpy()
    last = sums["last"].where(sums["last"] > 0).to_numpy()
    n = sums["spenders"].to_numpy()
    spread = sums["last_2"] / last**2 - 2 * sums["both"] / (last * before) + sums["before_2"] / before**2
    return np.log(last / before), np.where(n > 1, n / (n - 1) * np.maximum(spread.to_numpy(), 0), np.nan)


def _swing_error(group: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Standard error of a difference of mean swings among customers who are all alike; nan where nobody swings."""
    n = (group["spenders"] + others["spenders"]).to_numpy()
    mean = (group["swing"] + others["swing"]).to_numpy() / n
    variance = ((group["swing_2"] + others["swing_2"]).to_numpy() / n - mean**2) * n / (n - 1)
    sides = 1 / group["spenders"].to_numpy() + 1 / others["spenders"].to_numpy()
    return np.sqrt(np.where(variance > 1e-12, variance, np.nan) * sides)


def margins(group: pd.DataFrame, others: pd.DataFrame, level: float = 0.95) -> dict[str, float]:
    """Margin as a share of spend in a group and among others, and the interval of the difference.

    Parameters
    ----------
    group, others : one row per customer, ``spend`` and ``margin`` (empty where cost is not known: left out)

    Returns
    -------
    ``margin_share``, ``others_margin_share``, ``margin_low``, ``margin_high``; nan without two such customers on each
    side or without spend.
    """
    (own, own_variance), (rest, rest_variance) = (_margin(part) for part in (group, others))
    half = norm.ppf(0.5 + level / 2) * np.sqrt(own_variance + rest_variance)
    low, high = own - rest - half, own - rest + half
    return {"margin_share": own, "others_margin_share": rest, "margin_low": low, "margin_high": high}


def _margin(people: pd.DataFrame) -> tuple[float, float]:
    known = people.dropna(subset=["margin"])
    spend = np.sort(known["spend"]).sum()
    if len(known) < 2 or spend <= 0:
        return np.nan, np.nan
    share = np.sort(known["margin"]).sum() / spend
    parts = np.sort(((known["margin"] - share * known["spend"]) / spend) ** 2)
    return round(share, 9), parts.sum() * len(known) / (len(known) - 1)
