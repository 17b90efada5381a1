"""The portrait: the combinations that most customers share, and what sets the best customers apart."""

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, norm

from custkit import schema, stats
from custkit.profiles import evidence, people
from custkit.settings import ProfileRules

# What is said of high-value customers: strong in purchasing power, buying again, not after discounts.
CLAIMS = ("power", "repeat", "price")

_NO_SPREAD = 1e-12  # a standard error below it is the rounding of one that is zero


def core(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """The largest combinations of age band, city tier and industry, or whatever ``rules.core_dimensions`` names.

    Dimensions of which nothing is known are left out. Combinations of fewer than ``rules.min_cell`` customers are not
    listed.

    Parameters
    ----------
    facts : ``people.facts``

    Returns
    -------
    up to ``rules.core_profiles`` rows, the largest first (ties: spend, then name)
        ``group`` (the levels in one text), ``dimension_1``, ``level_1`` and so on, ``n_dimensions`` of them;
        ``customers``, ``known`` (customers of whom all the dimensions are known), ``share_of_customers`` of them with its
        95 % interval ``share_low``, ``share_high``; ``buyers``, ``median_spend`` of theirs with its 95 % interval ``low``,
        ``high``, ``overall_median_spend`` of all buyers known; ``p_adjusted`` of Mann-Whitney's test of the spend against
        the other buyers (Holm over the rows), ``verdict`` as in ``purchasing.power``.

    Raises
    ------
    SettingsError
        ``core_dimensions`` names what is no dimension of a customer.
    """
    schema.require(facts, ["customer_id", "status", "spend"], "facts")
    people.require_dimensions("core_dimensions", rules.core_dimensions)
    dimensions = [name for name in rules.core_dimensions if name in people.present(facts)]
    if not dimensions:
        return schema.empty("profile_core")
    known = facts.dropna(subset=dimensions)
    cells = known.groupby(dimensions).agg(customers=("spend", "size"), spend=("spend", "sum")).reset_index()
    cells = cells[cells["customers"] >= rules.min_cell].round({"spend": 4})
    order = ["customers", "spend", *dimensions]
    cells = cells.sort_values(order, ascending=[False, False] + [True] * len(dimensions))
    buyers = known[known["status"] == "buyer"]
    overall = evidence.median(buyers["spend"], rules.min_cell)["median"]
    rows = []
    for cell in cells.head(rules.core_profiles).to_dict("records"):
        levels = {name: cell[name] for name in dimensions}
        inside = (buyers[dimensions] == pd.Series(levels)).all(axis=1)
        low, high = stats.wilson(cell["customers"], len(known))
        spend = evidence.median(buyers.loc[inside, "spend"], rules.min_cell)
        compared = evidence.against_others(buyers["spend"], inside, rules)
        rows.append(
            {
                "rank": len(rows) + 1,
                **evidence.named(levels, most=3),
                "customers": cell["customers"],
                "known": len(known),
                "share_of_customers": cell["customers"] / len(known),
                "share_low": low,
                "share_high": high,
                "buyers": inside.sum(),
                "median_spend": spend["median"],
                "low": spend["low"],
                "high": spend["high"],
                "overall_median_spend": overall,
                "ratio": compared["ratio"],
                "p_adjusted": compared["p"],
            }
        )
    table = schema.frame("profile_core", rows)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    table["verdict"] = evidence.by_ratio(table, rules)
    return schema.frame("profile_core", table)


def best(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """Which groups stand out among the best customers: the top ``rules.best_share`` of buyers by spend.

    A buyer is among the best with a spend above that quantile; equal spends are not split, so they may be fewer.
    Each level is compared with the other buyers of whom the dimension is known, by Fisher's exact test, Holm-corrected over
    all levels of all dimensions. Habits (main channel, main category) are not compared: more orders alone make the main
    category of a customer a likelier one, so that they go with spend even where nothing is behind it. A level with fewer than ``rules.min_cell`` expected among the best is left out.

    Returns
    -------
    one row per dimension and level, the surest difference first
        ``n_best`` of ``known_best``, ``n_others`` of ``known_others``; ``share_of_best`` with its 95 % interval;
        ``share_of_others``; their ``ratio``; ``p_adjusted``; ``verdict``: more, less (beyond chance at
        ``rules.profile_level`` and by ``rules.min_ratio``), as_others, too_few (below ``rules.min_group`` on a side).
    """
    buyers, is_best = _best(facts, rules)
    rows = []
    for dimension in people.present(buyers):
        level_of = buyers[dimension].dropna()
        among = is_best[level_of.index]
        known_best, known_others = int(among.sum()), int((~among).sum())
        for level in sorted(level_of.unique()):
            has = level_of == level
            if has.sum() * known_best < rules.min_cell * len(level_of) or has.all():
                continue
            n_best, n_others = int((has & among).sum()), int((has & ~among).sum())
            enough = min(known_best, known_others) >= rules.min_group
            table = [[n_best, known_best - n_best], [n_others, known_others - n_others]]
            low, high = stats.wilson(n_best, known_best)
            share_of_best, share_of_others = n_best / known_best, n_others / known_others
            rows.append(
                {
                    "dimension": dimension,
                    "level": level,
                    "n_best": n_best,
                    "known_best": known_best,
                    "n_others": n_others,
                    "known_others": known_others,
                    "share_of_best": share_of_best,
                    "share_low": low,
                    "share_high": high,
                    "share_of_others": share_of_others,
                    "ratio": share_of_best / share_of_others if n_others else np.inf,
                    "p_adjusted": fisher_exact(table).pvalue if enough else np.nan,
                }
            )
    table = schema.frame("profile_best", rows)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    table["verdict"] = evidence.by_ratio(table, rules)
    order = ["p_adjusted", "ratio", "dimension", "level"]
    return schema.frame("profile_best", table.sort_values(order, ascending=[True, False, True, True]))


def claims(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """What is said of high-value customers, tried on the data.

    Power: in an income band above the middle one of all buyers. Repeat: two counting orders or more; as spend adds up over
    orders, this is nearly so by construction and never called supported. Price: money on lines without a discount, as a
    share of all money before discounts. A claim whose columns are not there is not tried.

    Returns
    -------
    one row per claim that can be tried
        ``known_best``, ``known_others`` buyers of whom it is known, ``share_of_best`` and ``share_of_others`` (of the buyers;
        price: of their money), ``difference`` with its 95 % interval ``low``, ``high``; ``p_adjusted`` (Holm over the claims) of
        Fisher's exact test (price: of a difference of two ratios, with customers as units); ``verdict``: supported or
        contradicted (beyond chance at ``rules.profile_level`` and by ``rules.min_share_gap``), not_supported,
        by_construction, too_few (below ``rules.min_group`` on a side).

    Source
    ------
    Newcombe (1998), *Statistics in Medicine* 17, 873-890, method 10, for shares of buyers; Cochran (1977), *Sampling
    Techniques*, 6.4, for shares of money.
    """
    buyers, is_best = _best(facts, rules)
    rows = []
    for claim in CLAIMS:
        part, whole = _parts(buyers, claim)
        known = part.notna() & (whole > 0)
        if not known.any():
            continue
        sides = [known & is_best, known & ~is_best]
        row = {"claim": claim, "known_best": sides[0].sum(), "known_others": sides[1].sum()}
        if min(row["known_best"], row["known_others"]) >= rules.min_group:
            compare = _of_money if claim == "price" else _of_buyers
            row |= compare(*((part[side], whole[side]) for side in sides))
        rows.append(row)
    table = schema.frame("profile_claims", rows)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    above = table["difference"] >= rules.min_share_gap
    below = table["difference"] <= -rules.min_share_gap
    names = ("supported", "contradicted", "not_supported")
    table["verdict"] = evidence.verdicts(table["p_adjusted"], above, below, rules, names)
    is_given = (table["claim"] == "repeat") & (table["verdict"] == "supported")
    return schema.frame(
        "profile_claims", table.assign(verdict=table["verdict"].mask(is_given, "by_construction"))
    )


def _best(facts: pd.DataFrame, rules: ProfileRules) -> tuple[pd.DataFrame, pd.Series]:
    """The buyers, and which of them are among the best."""
    schema.require(facts, ["status", "spend", "n_orders"], "facts")
    buyers = facts[facts["status"] == "buyer"]
    return buyers, buyers["spend"] > buyers["spend"].quantile(1 - rules.best_share)


def _parts(buyers: pd.DataFrame, claim: str) -> tuple[pd.Series, pd.Series]:
    """How much of a claim each buyer fulfils, of how much: 1 or 0 of 1, or money of money; empty where not known."""
    one = pd.Series(1.0, buyers.index)
    if claim == "repeat":
        return (buyers["n_orders"] >= 2).astype("float64"), one
    if claim == "power" and "income_place" in buyers:
        places = buyers["income_place"]
        return (places > places.median()).astype("float64").where(places.notna()), one
    if claim == "price" and {"discounted_share", "gross_spend", "discount"} <= set(buyers):
        money = buyers["gross_spend"] + buyers["discount"]
        return (1 - buyers["discounted_share"]) * money, money
    return one * np.nan, one


def _of_buyers(best: tuple[pd.Series, pd.Series], others: tuple[pd.Series, pd.Series]) -> dict[str, float]:
    """Shares of two groups of buyers, by Newcombe's interval and Fisher's test."""
    k, n = (np.array([best[place].sum(), others[place].sum()]) for place in (0, 1))
    share, (low, high) = k / n, stats.wilson(k, n)
    difference = share[0] - share[1]
    return {
        "share_of_best": share[0],
        "share_of_others": share[1],
        "difference": difference,
        "low": difference - np.hypot(share[0] - low[0], high[1] - share[1]),
        "high": difference + np.hypot(high[0] - share[0], share[1] - low[1]),
        "p_adjusted": fisher_exact(np.array([k, n - k]).astype(int)).pvalue,
    }


def _of_money(best: tuple[pd.Series, pd.Series], others: tuple[pd.Series, pd.Series]) -> dict[str, float]:
    """Shares of the money of two groups, each a ratio of sums over customers, with its linearised variance."""
    shares, variance = [], 0.0
    for part, whole in (best, others):
        share = part.sum() / whole.sum()
        shares.append(share)
        variance += len(part) / (len(part) - 1) * ((part - share * whole) ** 2).sum() / whole.sum() ** 2
    difference, error = shares[0] - shares[1], np.sqrt(variance)
    return {
        "share_of_best": shares[0],
        "share_of_others": shares[1],
        "difference": difference,
        "low": difference + norm.ppf(0.025) * error,
        "high": difference + norm.ppf(0.975) * error,
        "p_adjusted": 2 * norm.sf(abs(difference) / max(error, _NO_SPREAD)),
    }
