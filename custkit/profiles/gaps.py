"""Gaps in the market: groups of the population that are served less than all others, and categories that a group hardly buys."""

import itertools

import numpy as np
import pandas as pd
from scipy.special import xlogy
from scipy.stats import binom, norm

from custkit import schema, stats
from custkit.profiles import evidence, people
from custkit.settings import ProfileRules

# Column of population to the customers' own name for it.
SHARED = {
    "region": "region",
    "age_band": "age_band",
    "gender": "gender",
    "city_tier": "city_tier",
    "income_band": "income",
}

_MATCHED = 0.9  # of the customers known on a dimension: with fewer found in the population, the two speak of other groups
_KNOWN = 0.5  # of all customers: a dimension known of fewer would leave out too many
_UNNAMED = "(none)"  # what mix calls a line without a category


def matching(facts: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Which dimensions of the population can be set against the customers, level for level.

    Texts are taken as they are, but for genders and city tiers, which may be in other words.

    Returns
    -------
    one row per dimension that any row of the population names
        ``dimension``, ``known`` (customers with a value), ``matched`` (those whose value the population names too),
        ``share_matched``, and the ``verdict``: used; partial (some rows of the population do not name it); unknown
        (known of less than half the customers); unlike (fewer than nine in ten of the values are found); single (one level
        alone).
    """
    schema.require(population, ["people"], "population")
    placed = _placed(population)
    rows = []
    for dimension in SHARED.values():
        if placed[dimension].isna().all():
            continue
        own = facts[dimension].dropna() if dimension in facts else pd.Series(dtype="str")
        matched = int(own.isin(placed[dimension]).sum())
        tried = {
            "partial": placed[dimension].isna().any(),
            "unknown": len(own) == 0 or len(own) < _KNOWN * len(facts),
            "unlike": matched < _MATCHED * len(own),
            "single": placed[dimension].nunique() == 1,
        }
        rows.append(
            {
                "dimension": dimension,
                "known": len(own),
                "matched": matched,
                "share_matched": matched / len(own) if len(own) else 0.0,
                "verdict": next((name for name, holds in tried.items() if holds), "used"),
            }
        )
    return schema.frame("profile_matching", rows)


def penetration(
    facts: pd.DataFrame, population: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> pd.DataFrame:
    """Customers per head of each group of the population, against everybody else; the groups that are served too little.

    Tried is every level of every dimension that ``matching`` uses, and every pair of levels of two dimensions, among the
    customers of whom all these dimensions are known. The number of customers of a group is tested as a binomial share of all
    customers, with its share of the people as what is expected; Holm's correction runs over all groups tried.

    A gap is a group that is certain (``rules.profile_level``), has at most ``rules.max_penetration_ratio`` times the
    customers per head of everybody else, and would have ``rules.min_expected`` customers or more, were it served like all. So
    that one gap is not told in many parts, they are found one after the other: the likeliest first, then the same
    again without its people. A single level is told only where it stays a gap without its worst cell; else the cell is.
    A cell is told only where neither of its levels stays a gap without it; else that level is.

    Parameters
    ----------
    facts : ``people.facts``
    population : of the same region; groups that occur twice are added up

    Returns
    -------
    one row per group with people, gaps first, in the order found, then by ``ratio``
        ``group``, ``dimension_1``, ``level_1``, ... (``n_dimensions`` 1 or 2), ``customers``, ``people``, ``per_1000``
        customers per 1,000 people, ``others_per_1000`` of everybody else, ``expected`` customers, ``ratio`` of the two rates
        with its 95 % interval ``low``, ``high``, ``p_adjusted``, ``lacking`` (customers that it would have more at the
        rate of everybody else; below zero: fewer), ``verdict``: gap, part (of a gap that is told), as_others, too_few.

    Source
    ------
    Kulldorff (1997), *Communications in Statistics - Theory and Methods* 26, 1481-1496, for the likelihood that ranks
    the groups; taking found ones out before the next is that of Zhang, Assuncao & Kulldorff (2010).
    """
    dimensions = list(matching(facts, population).query("verdict == 'used'")["dimension"])
    if not dimensions:
        return schema.empty("profile_penetration")
    grid = _grid(facts, population, dimensions)
    groups = _groups(grid, dimensions)
    masks = np.array([_within(grid, levels) for levels in groups])
    first = _tested(masks, grid, rules)
    found = _found(masks, groups, grid, first, rules)
    total, everyone = grid["customers"].sum(), grid["people"].sum()
    table = pd.DataFrame([evidence.named(levels, most=2) for levels in groups]).join(first)
    others = (total - table["customers"]) / (everyone - table["people"])
    low, high = (
        _odds(end) * (everyone / table["people"] - 1) for end in stats.wilson(first["customers"], total)
    )
    table = table.assign(
        per_1000=1000 * table["customers"] / table["people"],
        others_per_1000=1000 * others,
        low=low,
        high=high,
        lacking=table["people"] * others - table["customers"],
        verdict=np.select(
            [first["p_adjusted"].isna(), table.index.isin(found), first["is_gap"]],
            ["too_few", "gap", "part"],
            "as_others",
        ),
        order=pd.Series({place: rank for rank, place in enumerate(found)}).reindex(table.index),
    )
    by = ["order", "ratio", "n_dimensions", "group"]
    return schema.frame("profile_penetration", table.sort_values(by, na_position="last"))


def categories(facts: pd.DataFrame, mix: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """Categories that one group of customers buys far less than the others: by city tier, or ``rules.category_dimension``.

    The customer is the unit: the share of a category in all spend of a group on named categories is a ratio of
    sums over customers, compared with that of all other customers by a score test (residuals from the share of all
    together), Holm-corrected over all categories and levels.

    Returns
    -------
    one row per level and category of both of which ``rules.min_group`` customers or more, in the group and outside, have bought
        ``dimension``, ``level``, ``category``, ``customers`` of the level with spend, ``spend`` of theirs on the category,
        ``share_of_spend``, ``share_elsewhere``, ``ratio``, ``p_adjusted``, ``verdict``: low (beyond chance at
        ``rules.profile_level``, below ``rules.low_category_share`` and at most ``rules.max_penetration_ratio`` times the share
        elsewhere) or as_others; the low ones first, then by ``ratio``.

    Raises
    ------
    SettingsError
        ``category_dimension`` names what is no dimension of a customer.

    Source
    ------
    Cochran (1977), *Sampling Techniques*, ch. 6, for the variance of a ratio.
    """
    schema.require(mix, ["customer_id", "dimension", "level", "spend"], "mix")
    people.require_dimensions("category_dimension", [rules.category_dimension])
    dimension = rules.category_dimension
    bought = mix[(mix["dimension"] == "category") & (mix["level"] != _UNNAMED)]
    if dimension not in people.present(facts) or bought.empty:
        return schema.empty("profile_categories")
    spent = bought.pivot_table(
        index="customer_id", columns="level", values="spend", aggfunc="sum", fill_value=0.0
    )
    level_of = facts.set_index("customer_id")[dimension].dropna()
    spent = spent[spent.index.isin(level_of.index)].sort_index()
    if spent.empty:
        return schema.empty("profile_categories")
    level_of = level_of[spent.index]
    money, totals = spent.to_numpy(), spent.sum(axis=1).to_numpy()
    pooled = money.sum(axis=0) / totals.sum() if totals.sum() > 0 else np.zeros(money.shape[1])
    spread = ((money - np.outer(totals, pooled)) ** 2).mean(axis=0)
    rows = []
    for level in sorted(level_of.unique()):
        inside = (level_of == level).to_numpy()
        sides = [(money[side].sum(axis=0), totals[side].sum(), side.sum()) for side in (inside, ~inside)]
        if any(total <= 0 or customers < rules.min_group for _, total, customers in sides):
            continue
        shares = [sums / total for sums, total, _ in sides]
        error = np.sqrt(sum(spread * customers / total**2 for _, total, customers in sides))
        for place, category in enumerate(spent.columns):
            z = (shares[0][place] - shares[1][place]) / error[place] if error[place] > 0 else 0.0
            rows.append(
                {
                    "dimension": dimension,
                    "level": level,
                    "category": category,
                    "customers": int(inside.sum()),
                    "spend": round(money[inside, place].sum(), 4),
                    "share_of_spend": shares[0][place],
                    "share_elsewhere": shares[1][place],
                    "ratio": shares[0][place] / shares[1][place] if shares[1][place] > 0 else np.nan,
                    "p_adjusted": 2 * norm.sf(abs(z)),
                }
            )
    table = schema.frame("profile_categories", rows)
    table["p_adjusted"] = evidence.corrected(table["p_adjusted"])
    small = (table["share_of_spend"] < rules.low_category_share) & (
        table["ratio"] <= rules.max_penetration_ratio
    )
    names = ("low", "as_others", "as_others")
    table["verdict"] = evidence.verdicts(table["p_adjusted"], small, False, rules, names)
    order = table.assign(is_low=table["verdict"] == "low").sort_values(
        ["is_low", "ratio", "level", "category"], ascending=[False, True, True, True]
    )
    return schema.frame("profile_categories", order)


def _placed(population: pd.DataFrame) -> pd.DataFrame:
    """The rows with people, under the customers' names of the dimensions; what the data do not have is empty."""
    columns = people.in_words(population).reindex(columns=["people", *SHARED])
    return columns[columns["people"] > 0].rename(columns=SHARED)


def _grid(facts: pd.DataFrame, population: pd.DataFrame, dimensions: list[str]) -> pd.DataFrame:
    """People and customers of each combination of levels that the population has."""
    people_of = _placed(population).groupby(dimensions)["people"].sum()
    customers = facts.dropna(subset=dimensions).groupby(dimensions).size()
    grid = pd.DataFrame({"people": people_of, "customers": customers.reindex(people_of.index).fillna(0)})
    return grid.reset_index()


def _groups(grid: pd.DataFrame, dimensions: list[str]) -> list[dict[str, str]]:
    singles = [{name: level} for name in dimensions for level in sorted(grid[name].unique())]
    pairs = [
        first | second
        for first, second in itertools.combinations(singles, 2)
        if first.keys() != second.keys() and _within(grid, first | second).any()
    ]
    return singles + pairs


def _within(grid: pd.DataFrame, levels: dict[str, str]) -> np.ndarray:
    return np.logical_and.reduce([grid[name].to_numpy(object) == level for name, level in levels.items()])


def _tested(masks: np.ndarray, grid: pd.DataFrame, rules: ProfileRules) -> pd.DataFrame:
    """Each group against everybody else, within the cells of ``grid`` that still have people."""
    customers, heads = masks @ grid["customers"].to_numpy(float), masks @ grid["people"].to_numpy(float)
    total, everyone = grid["customers"].sum(), grid["people"].sum()
    expected = total * heads / everyone if everyone else np.zeros(len(heads))
    tried = (expected >= rules.min_expected) & (heads < everyone)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (customers / heads) / ((total - customers) / (everyone - heads))
        gain = xlogy(customers, customers / expected) + xlogy(
            total - customers, (total - customers) / (total - expected)
        )
    share = np.where(tried, expected / max(total, 1), 0.5)
    below, above = binom.cdf(customers, total, share), binom.sf(customers - 1, total, share)
    p_values = np.where(tried, np.minimum(2 * np.minimum(below, above), 1.0), np.nan)
    table = pd.DataFrame({"customers": customers, "people": heads, "expected": expected, "ratio": ratio})
    table["p_adjusted"] = evidence.corrected(p_values)
    certain = table["p_adjusted"] < 1 - rules.profile_level
    return table.assign(is_gap=certain & (ratio <= rules.max_penetration_ratio), gain=gain)


def _found(
    masks: np.ndarray, groups: list[dict], grid: pd.DataFrame, first: pd.DataFrame, rules: ProfileRules
) -> list[int]:
    """Places of the gaps that are told, in the order in which they are found."""
    found: list[int] = []
    left, now = grid, first
    while (now["is_gap"] & first["is_gap"]).any():
        likely = now[now["is_gap"] & first["is_gap"]].sort_values("gain", ascending=False, kind="stable")
        place = likely.index[0]
        if len(groups[place]) == 1:
            cells = [cell for cell in likely.index if groups[place].items() < groups[cell].items()]
            if cells and not _stays(masks, left, place, cells[0], rules):
                place = cells[0]
        else:
            levels = [one for one in likely.index if groups[one].items() < groups[place].items()]
            place = next((one for one in levels if _stays(masks, left, one, place, rules)), place)
        found.append(place)
        left = _without(left, masks[place])
        now = _tested(masks, left, rules)
    return found


def _stays(masks: np.ndarray, grid: pd.DataFrame, level: int, cell: int, rules: ProfileRules) -> bool:
    """Whether a level remains a gap when one of its cells is taken out."""
    return bool(_tested(masks, _without(grid, masks[cell]), rules)["is_gap"][level])


def _without(grid: pd.DataFrame, mask: np.ndarray) -> pd.DataFrame:
    gone = pd.Series(mask, grid.index)
    return grid.assign(people=grid["people"].mask(gone, 0), customers=grid["customers"].mask(gone, 0))


def _odds(share: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return share / (1 - share)
