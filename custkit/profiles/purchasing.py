"""Purchasing power: spend and orders by income and occupation, and how orders, amounts and income go together."""

import numpy as np
import pandas as pd
from scipy import stats as tests

from custkit import schema
from custkit.profiles import evidence, people
from custkit.settings import ProfileRules

DIMENSIONS = ("income", "occupation")

# Link to the two columns that it is between.
LINKS = {
    "income_spend": ("income_place", "spend"),
    "income_orders": ("income_place", "n_orders"),
    "orders_value": ("n_orders", "avg_order_value"),
}

_NEARLY = 1 - 1e-12  # Fisher's transformation has no value at 1


def power(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """What the buyers of each income band and of each occupation spend, and how often they order.

    Parameters
    ----------
    facts : ``people.facts``

    Returns
    -------
    one row per level of income (the lowest band first, texts without a number last) and occupation (most spend first)
        ``place``, ``customers``, ``buyers``; ``median_spend`` with its 95 % interval ``low``, ``high`` and
        ``median_orders`` with ``orders_low``, ``orders_high`` (empty below ``rules.min_cell`` buyers); ``ratio`` of the
        median spend to that of the other buyers whose level is known; ``p_adjusted`` of Mann-Whitney's test against them,
        Holm-corrected over all levels of both dimensions; ``verdict``: more, less (beyond chance at
        ``rules.profile_level`` and by ``rules.min_ratio``), as_others, too_few (below ``rules.min_group`` on a side).
    """
    schema.require(facts, ["status", "spend", "n_orders"], "facts")
    lists = [_levels(facts, name, rules) for name in DIMENSIONS if name in people.present(facts)]
    table = pd.concat([schema.empty("profile_power"), *lists], ignore_index=True)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    table["verdict"] = evidence.by_ratio(table, rules)
    return schema.frame("profile_power", table)


def links(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """How closely two measures of a buyer go together: Spearman's rank correlation.

    Returns
    -------
    one row per link of ``LINKS`` whose columns the buyers have
        ``measure`` (the link), ``n`` buyers with both, ``rank_correlation`` with its 95 % interval ``low``, ``high``,
        ``p_adjusted`` (Holm over the links), ``verdict``: rises, falls (beyond chance at ``rules.profile_level``, and at
        least ``rules.min_correlation``), no_link, or too_few (below ``rules.min_group`` buyers, or all equal).

    Source
    ------
    Bonett & Wright (2000), *Psychometrika* 65, 23-28, for the interval.
    """
    schema.require(facts, ["status", "n_orders", "spend", "avg_order_value"], "facts")
    buyers = facts[facts["status"] == "buyer"]
    pairs = {name: buyers[list(pair)].dropna() for name, pair in LINKS.items() if pair[0] in buyers}
    rows = [{"measure": name, "n": len(pair), **_spearman(pair, rules)} for name, pair in pairs.items()]
    table = schema.frame("profile_links", rows)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    up, down = (
        table["rank_correlation"] >= rules.min_correlation,
        table["rank_correlation"] <= -rules.min_correlation,
    )
    names = ("rises", "falls", "no_link")
    table["verdict"] = evidence.verdicts(table["p_adjusted"], up, down, rules, names)
    return schema.frame("profile_links", table)


def _levels(facts: pd.DataFrame, dimension: str, rules: ProfileRules) -> pd.DataFrame:
    known = facts.dropna(subset=dimension)
    buyers = known[known["status"] == "buyer"]
    rows = []
    for level, customers in known[dimension].value_counts().items():
        inside = buyers[dimension] == level
        spend = evidence.median(buyers.loc[inside, "spend"], rules.min_cell)
        orders = evidence.median(buyers.loc[inside, "n_orders"], rules.min_cell)
        compared = evidence.against_others(buyers["spend"], inside, rules)
        rows.append(
            {
                "level": level,
                "customers": customers,
                "buyers": inside.sum(),
                "median_spend": spend["median"],
                "low": spend["low"],
                "high": spend["high"],
                "median_orders": orders["median"],
                "orders_low": orders["low"],
                "orders_high": orders["high"],
                "ratio": compared["ratio"],
                "p_adjusted": compared["p"],
            }
        )
    table = pd.DataFrame(rows).assign(dimension=dimension)
    table["band"] = table["level"].map(people.band_places(table["level"])) if dimension == "income" else 0.0
    ordered = table.sort_values(["band", "median_spend", "level"], ascending=[True, False, True])
    return schema.frame("profile_power", ordered.assign(place=range(1, len(ordered) + 1)))


def _spearman(pair: pd.DataFrame, rules: ProfileRules) -> dict[str, float]:
    if len(pair) < rules.min_group or pair.nunique().min() < 2:
        return {}
    rho, p_value = tests.spearmanr(pair)
    half = tests.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (len(pair) - 3))
    middle = np.arctanh(np.clip(rho, -_NEARLY, _NEARLY))
    ends = np.tanh([middle - half, middle + half])
    return {"rank_correlation": rho, "low": ends[0], "high": ends[1], "p_adjusted": p_value}
