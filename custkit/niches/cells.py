"""Groups of buyers by one attribute or two, and the test of each against everybody else."""

import itertools

import pandas as pd

from custkit import schema, stats
from custkit.niches import growth
from custkit.settings import NicheRules

NAME = ["attribute_1", "level_1", "attribute_2", "level_2"]  # of a group; the last two may be empty
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the order of rows

Name = tuple[str, str, str, str]


def buyers(facts: pd.DataFrame, periods: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Buyers by id, with net spend of both spans (``before``, ``last``)."""
    schema.require(facts, ["customer_id", "status", "spend"], "facts")
    schema.require(periods, ["customer_id", "month", "spend"], "periods")
    people = facts[facts["status"] == "buyer"].sort_values("customer_id", ignore_index=True)
    sums = pd.DataFrame(0.0, index=people["customer_id"], columns=["before", "last"])
    for row in spans.itertuples():
        edges = {"before": (row.before_from, row.last_from), "last": (row.last_from, row.until)}
        for name, (start, end) in edges.items():
            inside = periods[(periods["month"] >= start) & (periods["month"] < end)]
            spent = inside.groupby("customer_id")["spend"].sum().round(_MONEY_DECIMALS)
            sums[name] = spent.reindex(sums.index, fill_value=0.0)
    people = people.assign(before=sums["before"].to_numpy(), last=sums["last"].to_numpy())
    people["margin"] = people["margin"] if "margin" in people else float("nan")
    return people


def attributes(people: pd.DataFrame, rules: NicheRules) -> list[str]:
    """Attributes that part these customers."""
    return [name for name in rules.niche_attributes if name in people and people[name].nunique() > 1]


def members(people: pd.DataFrame, name: Name) -> pd.Series:
    """Who is in a group."""
    inside = pd.Series(True, index=people.index)
    for attribute, level in (name[:2], name[2:]):
        if attribute:
            inside &= (people[attribute].astype("str") == level) & people[attribute].notna()
    return inside


def tested(people: pd.DataFrame, rules: NicheRules, most: float) -> pd.DataFrame:
    """Every group that is large enough and has at most ``most`` buyers, beside everybody else.

    Returns
    -------
    one row per group
        its name, ``customers``, ``growth.SUMS``, ``growth``, ``others_growth``, ``ratio``, ``low``, ``high``, ``swing``,
        ``others_swing``, ``z``, ``p_value``, ``p_adjusted`` (Holm), ``grows``: beyond chance, in money (the interval of
        the ratio lies above 1) as in customers (p_adjusted), and by ``rules.min_niche_growth``.
    """
    values = growth.products(people)
    groups = _cells(people, values, attributes(people, rules))
    fits = (groups["spenders"] >= rules.min_niche_buyers) & (groups["customers"] <= most)
    groups = groups[fits].reset_index(drop=True)
    sums = groups[list(growth.SUMS)].astype(float)
    found = growth.compare(sums, values.sum() - sums, rules.niche_level)
    groups = groups.assign(growth=found.growth, others_growth=found.others, ratio=found.ratio)
    groups = groups.assign(low=found.low, high=found.high, swing=found.swing, others_swing=found.others_swing)
    groups = groups.assign(z=found.z, p_value=found.p)
    groups = groups.dropna(subset="p_value").reset_index(drop=True)
    groups["p_adjusted"] = stats.holm(groups["p_value"])
    beyond = (groups["p_adjusted"] <= 1 - rules.niche_level) & (groups["low"] > 1)
    return groups.assign(beyond=beyond, grows=beyond & (groups["ratio"] >= rules.min_niche_growth))


def _cells(people: pd.DataFrame, values: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """One row per group of one or two attributes that anybody is in, with its sums."""
    texts = {name: people[name].astype("str").where(people[name].notna()) for name in names}
    parts = [pd.DataFrame(columns=[*NAME, "customers", *growth.SUMS])]
    for key in [*((name,) for name in names), *itertools.combinations(names, 2)]:
        groups = values.groupby([texts[name].rename(f"level_{n}") for n, name in enumerate(key, start=1)])
        cells = groups.sum().assign(customers=groups.size()).reset_index()
        second = {"attribute_2": ""} | ({"level_2": ""} if len(key) == 1 else {"attribute_2": key[-1]})
        parts.append(cells.assign(attribute_1=key[0], **second))
    return pd.concat(parts[1:] or parts, ignore_index=True)
