"""What the tables about groups share: medians with intervals, comparisons with all others, verdicts, names of groups."""

import numpy as np
import pandas as pd
from scipy import stats as tests

from custkit import schema, stats
from custkit.settings import ProfileRules
from custkit.words import JOINT

# Verdicts that say that a difference is there.
CLAIMED = ("more", "less", "rises", "falls", "gap", "low")


def median(values: pd.Series, least: int) -> dict[str, float]:
    """``median`` and its 95 % interval ``low``, ``high`` from order statistics; empty with fewer than ``least`` values.

    Where the values are too few for any such interval (below six), its ends are empty.
    """
    ordered = np.sort(values.dropna().to_numpy(float))
    if len(ordered) < max(least, 1):
        return {"median": np.nan, "low": np.nan, "high": np.nan}
    outside = int(tests.binom.ppf(0.025, len(ordered), 0.5))
    low, high = (ordered[outside - 1], ordered[-outside]) if outside else (np.nan, np.nan)
    return {"median": float(np.median(ordered)), "low": float(low), "high": float(high)}


def against_others(values: pd.Series, inside: pd.Series, rules: ProfileRules) -> dict[str, float]:
    """``ratio`` of the median inside to that of all others, and ``p`` of Mann-Whitney's test; empty where a side is small.

    Where the medians say the one and the ranks the other, p is 1: nothing can be claimed.
    """
    own, other = values[inside], values[~inside]
    if min(len(own), len(other)) < rules.min_group:
        return {"ratio": np.nan, "p": np.nan}
    base = other.median()
    ratio = own.median() / base if base > 0 else np.nan
    tested = tests.mannwhitneyu(own, other, method="asymptotic")
    lead = tested.statistic / (len(own) * len(other)) - 0.5
    return {"ratio": ratio, "p": 1.0 if (ratio - 1) * lead < 0 else float(tested.pvalue)}


def corrected(p_values) -> np.ndarray:
    """Holm's correction over the p-values that are there; the empty ones stay empty and count for nothing."""
    p_values = np.asarray(p_values, float)
    tried = ~np.isnan(p_values)
    made = np.full(len(p_values), np.nan)
    made[tried] = stats.holm(p_values[tried])
    return made


def verdicts(p_adjusted, above, below, rules: ProfileRules, names: tuple[str, str, str]) -> np.ndarray:
    """The first name where it is certain and ``above``, the second where certain and ``below``, else the third.

    too_few where nothing was tried. Certain: corrected, below 1 - ``rules.profile_level``.
    """
    p_adjusted = np.asarray(p_adjusted, float)
    certain = p_adjusted < 1 - rules.profile_level
    more, less, neither = names
    choices = [np.isnan(p_adjusted), certain & np.asarray(above), certain & np.asarray(below)]
    return np.select(choices, ["too_few", more, less], neither)


def by_ratio(table: pd.DataFrame, rules: ProfileRules) -> np.ndarray:
    """more, less, as_others or too_few, from ``p_adjusted`` and ``ratio``."""
    above, below = table["ratio"] >= rules.min_ratio, table["ratio"] <= 1 / rules.min_ratio
    return verdicts(table["p_adjusted"], above, below, rules, ("more", "less", "as_others"))


def named(levels: dict[str, str], most: int) -> dict[str, object]:
    """A combination of levels as columns: ``group`` for the eye, ``n_dimensions``, ``dimension_1``, ``level_1`` and so on."""
    pairs = [*levels.items()] + [("", "")] * (most - len(levels))
    row: dict[str, object] = {"group": JOINT.join(levels.values()), "n_dimensions": len(levels)}
    for number, (dimension, level) in enumerate(pairs, start=1):
        row |= {f"dimension_{number}": dimension, f"level_{number}": level}
    return row


def tried(questions: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """How many differences each question tried, and how many of them are claimed.

    Parameters
    ----------
    questions : name to a table with ``p_adjusted`` (empty: not tried) and ``verdict``

    Returns
    -------
    one row per question
    """
    rows = [
        {
            "question": name,
            "tried": table["p_adjusted"].notna().sum(),
            "claimed": table["verdict"].isin(CLAIMED).sum(),
        }
        for name, table in questions.items()
    ]
    return schema.frame("profile_tried", rows)
