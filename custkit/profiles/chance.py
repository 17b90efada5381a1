"""Which differences in what customers say and do are more than chance: whole years, ratios over customers, one correction."""

import datetime
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import schema, stats
from custkit.settings import ProfileRules

_SLACK = 6  # days at either end of the data without an order that do not make a month partial (a holiday, a quiet day)
_Z = distributions.norm.ppf(0.975)
_NO_SPREAD = 1e-12  # a standard error below it is the rounding of one that is zero


def whole_months(first_day, last_day: datetime.date | None) -> pd.DatetimeIndex:
    """First days of the months that the data cover, but for at most six days at either end; none without a day."""
    if pd.isna(first_day) or pd.isna(last_day):
        return pd.DatetimeIndex([])
    slack = pd.Timedelta(days=_SLACK)
    begin = (pd.Timestamp(first_day) - slack - pd.Timedelta(days=1)).to_period("M") + 1
    end = (pd.Timestamp(last_day) + slack + pd.Timedelta(days=1)).to_period("M") - 1
    return pd.period_range(begin, end, freq="M").to_timestamp()


def ratio_change(counts: pd.DataFrame) -> dict[str, float]:
    """How a ratio of sums (complaints per order, online orders per order) changed, with customers as units.

    Parameters
    ----------
    counts : one row per customer, in a fixed order
        ``first_part``, ``first_whole``, ``last_part``, ``last_whole``; a customer may be there in one period only.

    Returns
    -------
    ``first``, ``last`` (the two ratios), ``difference``, ``low``, ``high`` (95 %) and ``p``, two-sided; all NaN where a
    period has nothing to divide by.

    Source
    ------
    The linearised variance of a difference of two ratio estimators: Cochran (1977), *Sampling Techniques*, 6.4; a
    customer's lines in both periods are one cluster, so that their likeness does not pass for certainty.
    """
    whole = counts[["first_whole", "last_whole"]].sum()
    if not (whole > 0).all():
        return dict.fromkeys(("first", "last", "difference", "low", "high", "p"), np.nan)
    first, last = (counts[f"{when}_part"].sum() / whole[f"{when}_whole"] for when in ("first", "last"))
    pull = (counts["last_part"] - last * counts["last_whole"]) / whole["last_whole"]
    pull -= (counts["first_part"] - first * counts["first_whole"]) / whole["first_whole"]
    n = len(counts)
    error = np.sqrt(n / (n - 1) * (pull**2).sum()) if n > 1 else np.inf
    difference = last - first
    return {"first": first, "last": last, "difference": difference, **_normal(difference, error)}


def question(
    name: str,
    topic: str = "",
    *,
    customers: int,
    threshold: float,
    a: tuple[str, float],
    b: tuple[str, float],
    **found: float,
) -> dict:
    """One question that was put to the data, as a row for ``judge``.

    ``a`` and ``b`` are the two groups or years compared, each with its value; ``found`` holds ``difference``, ``low``,
    ``high`` and ``p``, and may hold more, which is left out.
    """
    row = {"question": name, "topic": topic, "customers": customers, "threshold": threshold}
    row |= {"group_a": a[0], "value_a": a[1], "group_b": b[0], "value_b": b[1]}
    return row | {key: found[key] for key in ("difference", "low", "high", "p")}


def span(first: str, last: str) -> str:
    """Months from ``first`` to ``last`` as a reader names them: "2024", or "2024-07 – 2025-06" for no calendar year."""
    is_year = first.endswith("-01") and last == f"{first[:4]}-12"
    return first[:4] if is_year else f"{first} – {last}"


def judge(questions: Iterable[dict], rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """Every question of what customers say and do, and whether its answer is more than chance and large enough.

    Returns
    -------
    one row per question that enough customers can answer
        ``question``, ``topic`` (a class of complaints), ``customers``, the two groups or years compared (``group_a``,
        ``value_a``, ``group_b``, ``value_b``), ``difference`` of b to a with its 95 % interval ``low``, ``high`` (empty
        where the test has none), ``threshold`` that it must reach, ``p``, ``p_adjusted`` (Holm, over all rows),
        ``is_claimed``: p_adjusted below 1 - ``rules.voice_level`` and the difference at or beyond its threshold.
    """
    rows = [row for row in questions if not pd.isna(row["p"])]
    corrected = stats.holm([row["p"] for row in rows])
    judged = [
        {
            **row,
            "p_adjusted": p,
            "is_claimed": p < 1 - rules.voice_level and abs(row["difference"]) >= row["threshold"],
        }
        for row, p in zip(rows, corrected, strict=True)
    ]
    return schema.frame("profile_tests", judged)


def share_gap(high_part: int, high_all: int, low_part: int, low_all: int) -> dict[str, float]:
    """The difference of two shares of different customers: its 95 % interval (Newcombe's, from Wilson's), and p.

    p is two-sided, of the score test, which Wilson's intervals invert for one share.
    """
    first, second = high_part / high_all, low_part / low_all
    (low_1, high_1), (low_2, high_2) = stats.wilson(high_part, high_all), stats.wilson(low_part, low_all)
    difference = first - second
    below = np.hypot(first - low_1, high_2 - second)
    above = np.hypot(high_1 - first, second - low_2)
    both = (high_part + low_part) / (high_all + low_all)
    error = np.sqrt(both * (1 - both) * (1 / high_all + 1 / low_all))
    p = _normal(difference, error)["p"]
    return {"difference": difference, "low": difference - below, "high": difference + above, "p": p}


def lead(first: pd.Series, second: pd.Series) -> dict[str, float]:
    """The chance that one of ``first`` has more than one of ``second`` (ties: half), less a half; its interval and p.

    Both come from one model, which holds where the spreads differ as well.

    Source
    ------
    Brunner & Munzel (2000), *Biometrical Journal* 42, 17-25.
    """
    ranks = np.split(distributions.rankdata(np.concatenate([first, second])), [len(first)])
    beaten = [
        (rank - distributions.rankdata(own)) / len(other)
        for rank, own, other in zip(ranks, (first, second), (second, first), strict=True)
    ]
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in beaten))
    difference = float(beaten[0].mean()) - 0.5
    return {"difference": difference, **_normal(difference, error)}


def rank_link(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    """Spearman's rank correlation and its two-sided p; NaN where one of the two does not vary.

    The p comes from the variance 1 / (n - 1) that the correlation has over all orderings, which holds with ties.
    """
    if len(first) < 2 or first.nunique() < 2 or second.nunique() < 2:
        return np.nan, np.nan
    correlation = float(np.corrcoef(first.rank(), second.rank())[0, 1])
    return correlation, float(2 * distributions.norm.sf(abs(correlation) * np.sqrt(len(first) - 1)))


def _normal(difference: float, error: float) -> dict[str, float]:
    if error < _NO_SPREAD:
        p = 1.0 if abs(difference) < _NO_SPREAD else 0.0
    else:
        p = float(2 * distributions.norm.sf(abs(difference) / error))
    reach = _Z * error if np.isfinite(error) else np.nan
    return {"low": difference - reach, "high": difference + reach, "p": p}
