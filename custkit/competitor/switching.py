"""Who leaves to whom: the brands that respondents came from, and what the own brand lost and gained on each rival."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from custkit import schema, stats
from custkit.competitor.brands import respondent_keys, text
from custkit.settings import CompetitorRules


def flows(brand_use: pd.DataFrame) -> pd.DataFrame:
    """How many respondents came to a brand from which other one.

    A respondent counts once for each pair of brands; a brand that someone came to from itself is no switch.

    Returns
    -------
    one row per pair that occurs, most respondents first (ties: by name)
        ``share_of_switchers`` of all respondents who switched.

    Raises
    ------
    TableError
        The table lacks ``respondent_id`` or ``brand``.
    """
    switches = _switches(brand_use)
    made = switches.groupby(["from_brand", "to_brand"], as_index=False).agg(
        respondents=("respondent", "size")
    )
    made["share_of_switchers"] = made["respondents"] / max(switches["respondent"].nunique(), 1)
    return schema.frame(
        "brand_flows",
        made.sort_values(["respondents", "from_brand", "to_brand"], ascending=[False, True, True]),
    )


def net_flows(brand_use: pd.DataFrame, own: str, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """What the own brand lost to each rival and gained from it.

    Respondents who went both ways say nothing about the direction and are left out. The verdict is ``losing`` or
    ``gaining`` when, of at least ``rules.min_switchers`` switchers, more went one way than even odds give: McNemar's
    test in its exact form, p-value below 1 - ``rules.claim_level`` after Holm's correction over the rivals with so
    many; with fewer ``untested``, else ``even``.

    Returns
    -------
    one row per rival with a switcher from or to the own brand, largest net loss first; none without own brand
        ``share_lost`` of the switchers between the two, with its exact interval ``low`` to ``high``; ``place`` by
        size of ``net_gain`` within the verdict.

    Source
    ------
    McNemar (1947), *Psychometrika* 12, 153-157; Clopper & Pearson (1934), *Biometrika* 26, 404-413.
    """
    switches = _switches(brand_use)
    mine = (
        switches[(switches["from_brand"] == own) | (switches["to_brand"] == own)]
        if own
        else switches.iloc[:0]
    )
    is_loss = mine["from_brand"] == own
    mine = mine.assign(rival=mine["to_brand"].where(is_loss, mine["from_brand"]), is_loss=is_loss)
    one_way = mine[~mine.duplicated(["respondent", "rival"], keep=False)]
    rows = [_net(rival, moved, rules.claim_level) for rival, moved in one_way.groupby("rival")["is_loss"]]
    made = pd.DataFrame(
        rows, columns=["rival", "gained", "lost", "net_gain", "switchers", "share_lost", "low", "high", "p"]
    )
    tested = made["switchers"] >= rules.min_switchers
    made = made.assign(p_adjusted=np.nan)
    made.loc[tested, "p_adjusted"] = stats.holm(made.loc[tested, "p"])
    clear = made["p_adjusted"] < 1 - rules.claim_level
    verdict = np.select(
        [~tested, clear & (made["net_gain"] < 0), clear], ["untested", "losing", "gaining"], "even"
    )
    made = made.assign(verdict=verdict, size=made["net_gain"].abs())
    by_size = made.sort_values(["size", "rival"], ascending=[False, True])
    made = made.assign(place=by_size.groupby("verdict").cumcount() + 1)
    return schema.frame("brand_net_flows", made.sort_values(["net_gain", "rival"]))


def _switches(brand_use: pd.DataFrame) -> pd.DataFrame:
    """One row per respondent and pair of brands: respondent, from_brand, to_brand; sorted."""
    schema.require(brand_use, ["respondent_id", "brand"], "brand_use")
    moves = pd.DataFrame(
        {
            "respondent": respondent_keys(brand_use),
            "from_brand": text(brand_use, "switched_from"),
            "to_brand": text(brand_use, "brand"),
        }
    )
    named = (moves != "").all(axis=1) & (moves["from_brand"] != moves["to_brand"])
    return (
        moves[named]
        .drop_duplicates()
        .sort_values(["respondent", "from_brand", "to_brand"], ignore_index=True)
    )


def _net(rival: str, moved: pd.Series, level: float) -> dict:
    lost, switchers = int(moved.sum()), len(moved)
    test = binomtest(lost, switchers)
    interval = test.proportion_ci(level)
    return {
        "rival": rival,
        "gained": switchers - lost,
        "lost": lost,
        "net_gain": switchers - 2 * lost,
        "switchers": switchers,
        "share_lost": lost / switchers,
        "low": interval.low,
        "high": interval.high,
        "p": test.pvalue,
    }
