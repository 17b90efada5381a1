"""Small, growing groups of customers: every group tried, what is claimed of it, and what was looked at."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema
from custkit.niches import growth
from custkit.niches.cells import NAME, attributes, buyers, members, tested
from custkit.niches.choice import choose
from custkit.settings import NicheRules

_DECIMALS = 6
_ROUNDED = ["growth", "others_growth", "ratio", "low", "high", "swing", "others_swing", "z"]


def spans(
    periods: pd.DataFrame, as_of: datetime.date | None, rules: NicheRules = NicheRules()
) -> pd.DataFrame:
    """The two spans of time that growth compares: full months only, ``rules.niche_months`` each.

    Returns
    -------
    one row, or none where the months of ``periods`` do not reach back as far
        ``before_from``, ``last_from``, ``until`` (the first day after the last full month up to ``as_of``): months from
        before_from to last_from beside those from last_from to until, the ends not included.
    """
    schema.require(periods, ["month"], "periods")
    if as_of is None or periods.empty:
        return schema.frame("niche_spans", [])
    until = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M").to_timestamp()
    last, before = (until - pd.DateOffset(months=rules.niche_months * turns) for turns in (1, 2))
    if periods["month"].min() > before:
        return schema.frame("niche_spans", [])
    return schema.frame("niche_spans", [{"before_from": before, "last_from": last, "until": until}])


def find(
    facts: pd.DataFrame, periods: pd.DataFrame, spans: pd.DataFrame, rules: NicheRules = NicheRules()
) -> pd.DataFrame:
    """Every small group of buyers, how its spend grew beside everybody else's, and which of them are niches.

    Groups are the buyers of one level of an attribute, or of two levels of two. Low competition is not looked for:
    nothing in these tables says who else serves a group.

    Parameters
    ----------
    facts : one row per customer
        ``customer_id``, ``status``, ``spend``, those of ``rules.niche_attributes`` that are known, and ``margin`` where
        cost is known.
    periods : customer_id, month, spend
    spans : from ``spans``
    rules : NicheRules

    Returns
    -------
    one row per group tried (``min_niche_buyers`` or more with spend in the spans, at most ``max_niche_share`` of the
    buyers), niches first by place, the others by z
        ``attribute_1``, ``level_1``, ``attribute_2``, ``level_2`` (empty: one attribute), ``customers`` (buyers),
        ``share_of_buyers``, ``spenders`` (in the spans), ``spend_before``, ``spend_last``, ``growth`` (last over before),
        ``others_growth``, ``ratio`` of the two with its interval ``low``, ``high``; ``swing`` and ``others_swing``: mean of
        (last - before) / (last + before) over customers, ``z`` standard errors apart, ``p_value`` (one-sided),
        ``p_adjusted`` (Holm, over all groups tried); for those that grow ``margin_share``, ``others_margin_share`` and the
        interval of their difference ``margin_low``, ``margin_high``. ``verdict``: niche; explained (by ``explained_by``:
        a niche that it holds or overlaps with, or a larger group that grows as well without it); lower_margin (grows,
        with a margin below the others' beyond chance); slight (beyond chance, but a ratio below
        ``rules.min_niche_growth``); not_shown. ``place`` of a niche from 1, else 0.
    """
    people = buyers(facts, periods, spans)
    table = tested(people, rules, rules.max_niche_share * len(people))
    if table.empty:
        return schema.frame("niches", [])
    table = table.rename(columns={"before": "spend_before", "last": "spend_last"})
    table["share_of_buyers"] = table["customers"] / len(people)
    table[["margin_share", "others_margin_share", "margin_low", "margin_high"]] = np.nan
    for at, name in zip(table.index, table[NAME].itertuples(index=False, name=None), strict=True):
        if table.loc[at, "grows"]:
            inside = members(people, name)
            found = growth.margins(people[inside], people[~inside], rules.niche_level)
            table.loc[at, list(found)] = list(found.values())
    lower = table["margin_high"] < 0
    names = pd.Series(list(table[NAME].itertuples(index=False, name=None)), index=table.index)
    chosen = choose(people, names[table["grows"] & ~lower].tolist(), rules)
    table["place"] = [chosen.get(name, (0, ""))[0] for name in names]
    table["explained_by"] = [chosen.get(name, (0, ""))[1] for name in names]
    table["verdict"] = np.select(
        [table["place"] > 0, table["grows"] & lower, table["grows"], table["beyond"]],
        ["niche", "lower_margin", "explained", "slight"],
        "not_shown",
    )
    table[_ROUNDED] = table[_ROUNDED].round(_DECIMALS)
    table["turn"] = table["place"].where(table["place"] > 0, len(table) + 1)
    return schema.frame(
        "niches", table.sort_values(["turn", "z", *NAME], ascending=[True, False, *[True] * 4])
    )


def summary(
    niches: pd.DataFrame,
    facts: pd.DataFrame,
    periods: pd.DataFrame,
    spans: pd.DataFrame,
    rules: NicheRules = NicheRules(),
) -> pd.DataFrame:
    """What was looked at, in one row.

    Returns
    -------
    one row
        ``state``: found; none; no_orders (no months of spend); too_short (they do not reach back, or a span is without
        spend); no_attributes (nothing is known that parts these customers); too_few (no group is of a size to try).
        ``buyers``, ``tried``, ``niches``, ``growth`` of all buyers, ``before_from``, ``last_from``, ``last_day`` (empty
        without spans).
    """
    people = buyers(facts, periods, spans)
    before, last = (float(people[name].sum().round(_DECIMALS)) for name in ("before", "last"))
    reasons = [
        ("found", (niches["verdict"] == "niche").any()),
        ("none", len(niches) > 0),
        ("no_orders", periods.empty),
        ("too_short", spans.empty or not (before > 0 and last > 0)),
        ("no_attributes", not attributes(people, rules)),
        ("too_few", True),
    ]
    edges = spans.iloc[0] if len(spans) else pd.Series(pd.NaT, index=spans.columns)
    row = {
        "state": next(name for name, holds in reasons if holds),
        "buyers": len(people),
        "tried": len(niches),
        "niches": int((niches["verdict"] == "niche").sum()),
        "growth": round(last / before, _DECIMALS) if before > 0 else np.nan,
        "before_from": edges["before_from"],
        "last_from": edges["last_from"],
        "last_day": edges["until"] - pd.Timedelta(days=1),
    }
    return schema.frame("niche_summary", [row])
