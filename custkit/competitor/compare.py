"""How the own brand stands against its rivals, attribute by attribute, with the evidence."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from custkit import schema
from custkit.competitor.brands import require_known, single_ratings
from custkit.settings import CompetitorRules


def gaps(
    means: pd.DataFrame,
    brand_ratings: pd.DataFrame,
    own: str,
    weights: pd.DataFrame,
    rules: CompetitorRules = CompetitorRules(),
) -> pd.DataFrame:
    """Where the own brand stands against its best rival and against the mean of its rivals, and how sure that is.

    The verdict is a strength or a weakness when the gap to the mean of the rivals is at least
    ``rules.gap_threshold`` of the attribute's span and, for ratings, its p-value stays below
    1 - ``rules.gap_level`` after Bonferroni's correction over the attributes, which its interval has too; else par.
    The best of many rivals is partly best by luck, so the gap to it is shown and not tested. Scorecards have no
    sample: size alone decides there.

    Parameters
    ----------
    means : ``brand_means``; only ranked cells count
    brand_ratings : single ratings; a respondent who rated several brands is compared with their own marks
    own : brand; empty: no rows
    weights : ``importance``

    Returns
    -------
    one row per attribute on which the own brand and a rival are ranked, largest ``priority`` first
        ``gap`` own minus best rival, ``gap_to_mean`` own minus mean of rivals, ``low`` and ``high`` its interval,
        wide enough to hold for all attributes together (Bonferroni); all are turned round where lower is better, so
        that below zero is a shortfall. ``priority`` is importance x gap to the mean in spans, without its sign;
        ``place`` counts 1, 2, ... within the verdict; ``n`` is the own brand's base.

    Raises
    ------
    SettingsError
        ``rules.lower_is_better`` names an attribute that is not there.
    """
    if not brand_ratings.empty:  # without them the setting may speak of what is not there
        require_known("lower_is_better", rules.lower_is_better, means["attribute"].unique())
    rows = []
    ratings = single_ratings(brand_ratings, rules).dropna(subset="rating")
    for attribute, cells in means[means["ranked"]].groupby("attribute"):
        is_own = cells["brand"] == own
        if is_own.any() and not is_own.all():
            turn = -1.0 if attribute in rules.lower_is_better else 1.0
            rows.append(_gap(cells[is_own].iloc[0], cells[~is_own], ratings, turn))
    return schema.frame("brand_gaps", _judged(pd.DataFrame(rows), weights, rules) if rows else [])


def _gap(mine: pd.Series, rivals: pd.DataFrame, ratings: pd.DataFrame, turn: float) -> dict:
    """One attribute's gaps, with standard error and degrees of freedom where there are single ratings."""
    best = rivals.assign(rank=rivals["mean_score"] * -turn).sort_values(["rank", "brand"]).iloc[0]
    rival_mean = rivals["mean_score"].mean()
    error, freedom = np.nan, np.nan
    if mine["basis"] == "ratings":
        cells = pd.concat([mine.to_frame().T, rivals])
        error = error_of_gap(ratings[ratings["attribute"] == mine["attribute"]], mine["brand"], cells)
        freedom = float(cells["n"].min() - 1)
    return {
        "attribute": mine["attribute"],
        "own": mine["mean_score"],
        "best": best["mean_score"],
        "best_brand": best["brand"],
        "gap": turn * (mine["mean_score"] - best["mean_score"]),
        "mean_of_rivals": rival_mean,
        "gap_to_mean": turn * (mine["mean_score"] - rival_mean),
        "error": error,
        "freedom": freedom,
        "span": mine["span"],
        "n": mine["n"],
        "n_rivals": len(rivals),
        "basis": mine["basis"],
    }


def error_of_gap(ratings: pd.DataFrame, own: str, cells: pd.DataFrame) -> float:
    """Standard error of own mean minus mean of rivals, respondents taken whole.

    Where nobody rates two brands it is Welch's; where everybody rates both of two brands it is that of the paired
    differences. Sums of squares over respondents: Liang & Zeger (1986), *Biometrika* 73, 13-22.
    """
    table = cells.set_index("brand")[["mean_score", "n"]].astype("float64")
    weight = pd.Series(np.where(table.index == own, 1.0, -1.0 / (len(table) - 1)), index=table.index)
    factor = weight / np.sqrt(table["n"] * (table["n"] - 1))
    used = ratings[ratings["brand"].isin(table.index)]
    part = (used["rating"] - used["brand"].map(table["mean_score"])) * used["brand"].map(factor)
    return float(np.sqrt((part.groupby(used["respondent"]).sum() ** 2).sum()))


def _judged(table: pd.DataFrame, weights: pd.DataFrame, rules: CompetitorRules) -> pd.DataFrame:
    tested = table["error"].notna()
    statistic = (table["gap_to_mean"].abs() / table["error"].where(table["error"] > 0)).where(tested)
    certain = tested & (table["error"] == 0)  # nobody differs: any gap is certain, no gap is none
    p = pd.Series(2 * student.sf(statistic, table["freedom"]), index=table.index)
    p = p.mask(certain, (table["gap_to_mean"].abs() < 1e-12).astype("float64"))
    table["p_adjusted"] = np.nan
    table.loc[tested, "p_adjusted"] = (p[tested] * tested.sum()).clip(upper=1.0)
    alpha = 1 - rules.gap_level
    half = student.isf(alpha / 2 / max(tested.sum(), 1), table["freedom"]) * table["error"]
    size = (table["gap_to_mean"].abs() / table["span"].where(table["span"] > 0)).fillna(0.0)
    clear = (size >= rules.gap_threshold) & (~tested | (table["p_adjusted"] < alpha)) & (size > 0)
    table = table.assign(
        low=table["gap_to_mean"] - half,
        high=table["gap_to_mean"] + half,
        importance=table["attribute"].map(weights.set_index("attribute")["importance"]),
        verdict=np.select([clear & (table["gap_to_mean"] > 0), clear], ["strength", "weakness"], "par"),
    )
    table["priority"] = table["importance"] * size
    table = table.sort_values(["priority", "attribute"], ascending=[False, True], na_position="last")
    return table.assign(place=table.groupby("verdict").cumcount() + 1)
