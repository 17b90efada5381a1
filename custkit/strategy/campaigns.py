"""What earlier campaigns did, told from the customers whom they left alone."""

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import dictionary, schema, stats
from custkit.settings import StrategyRules
from custkit.strategy import kpis

LEVEL = 0.05  # of the tests, corrected over all campaigns

ARMS = ("treated", "held_out")


def past_campaigns(actuals: pd.DataFrame, rules: StrategyRules = StrategyRules()) -> pd.DataFrame:
    """What each earlier campaign changed, and whether that can be told from chance (T24).

    Parameters
    ----------
    actuals : strategy, kpi, period, arm, n (customers of the arm), value (of the KPI; shares from 0 to 1)
        Rows of the same arm are put together, weighted by ``n``; rows without ``n`` or ``value`` tell nothing.
    rules : ``min_arm``, ``min_uplift``

    Returns
    -------
    one row per strategy, KPI and period, sorted by them (``plan_past``)
        ``uplift``: treated less held out, with its 95 % interval ``low`` to ``high`` for shares (``..._points``: in
        percentage points). ``p``: Fisher's exact test; ``p_adjusted``: by Holm over all campaigns that could be tested.
        ``verdict``: worked or harmed (beyond chance by the test and the interval, which are not of one model, at least
        ``min_uplift``, in the KPI's better or worse direction),
        no_effect; or why nobody can tell: one_arm (a figure without a group left alone proves nothing), small_arm (an arm
        under ``min_arm``), no_spread (a mean, of which only the mean is known), not_a_share, unknown_kpi.

    Source
    ------
    Newcombe (1998), *Statistics in Medicine* 17, 873-890, method 10, for the interval.
    """
    schema.require(actuals, ["strategy", "kpi", "period", "arm", "n", "value"], "actuals")
    told = actuals.assign(
        kpi=actuals["kpi"].map(kpis.by_name),
        arm=dictionary.canonical("actuals.arm", actuals["arm"]),
        sums=actuals["n"] * actuals["value"],
    )
    told = told[(told["n"] > 0) & told["value"].notna()]
    keys = ["strategy", "kpi", "period"]
    # In one order: sums keep their last bits whatever the order of the rows.
    told = told.sort_values([*keys, "n", "value"])
    rows = [_campaign(dict(zip(keys, key, strict=True)), part, rules) for key, part in told.groupby(keys)]
    table = schema.frame("plan_past", rows)
    tested = table["p"].notna()
    table.loc[tested, "p_adjusted"] = stats.holm(table.loc[tested, "p"])
    return table.assign(verdict=_verdicts(table, rules))


def _campaign(keys: dict[str, str], part: pd.DataFrame, rules: StrategyRules) -> dict:
    sums = part.groupby("arm")[["n", "sums"]].sum()
    n = {arm: int(sums["n"].get(arm, 0)) for arm in ARMS}
    value = {arm: sums["sums"].get(arm, np.nan) / n[arm] if n[arm] else np.nan for arm in ARMS}
    kpi = kpis.KPIS.get(keys["kpi"])
    row = {
        **keys,
        "direction": kpi.direction if kpi else "",
        "n_treated": n["treated"],
        "n_held_out": n["held_out"],
        "treated": value["treated"],
        "held_out": value["held_out"],
        "uplift": value["treated"] - value["held_out"],
        "verdict": _untold(kpi, n, value, rules),
    }
    if row["verdict"]:
        return row
    k = {arm: round(value[arm] * n[arm]) for arm in ARMS}
    low, high = newcombe(k["treated"], n["treated"], k["held_out"], n["held_out"])
    table = [[k[arm], n[arm] - k[arm]] for arm in ARMS]
    points = {"uplift_points": 100 * row["uplift"], "low_points": 100 * low, "high_points": 100 * high}
    return {**row, "low": low, "high": high, **points, "p": distributions.fisher_exact(table).pvalue}


def _untold(kpi: kpis.Kpi | None, n: dict, value: dict, rules: StrategyRules) -> str:
    """Why a campaign's effect cannot be told; empty where it can."""
    if kpi is None or not kpi.direction:
        return "unknown_kpi"
    if min(n.values()) == 0:
        return "one_arm"
    if not kpi.is_share:
        return "no_spread"
    if not all(0 <= share <= 1 for share in value.values()):
        return "not_a_share"
    return "small_arm" if min(n.values()) < rules.min_arm else ""


def _verdicts(table: pd.DataFrame, rules: StrategyRules) -> pd.Series:
    better = table["uplift"] * table["direction"].map(kpis.DIRECTIONS).astype("float64")
    is_apart = (table["low"] > 0) | (table["high"] < 0)
    is_told = (table["p_adjusted"] < LEVEL) & is_apart & (table["uplift"].abs() >= rules.min_uplift)
    effect = np.select([is_told & (better > 0), is_told & (better < 0)], ["worked", "harmed"], "no_effect")
    return table["verdict"].mask(table["p"].notna(), pd.Series(effect, table.index)).astype("str")


def newcombe(k1: int, n1: int, k2: int, n2: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares ``k1 / n1 - k2 / n2``, from their Wilson intervals."""
    first, second = k1 / n1, k2 / n2
    low1, high1 = (float(end) for end in stats.wilson(k1, n1))
    low2, high2 = (float(end) for end in stats.wilson(k2, n2))
    difference = first - second
    return (
        difference - np.hypot(first - low1, high2 - second),
        difference + np.hypot(high1 - first, second - low2),
    )
