"""Cut points and scores of recency, orders and spend."""

import math

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import SettingsError, TableError
from custkit.settings import ScoreRules

# Measure to score column, in the order in which a cell ("545") names them.
MEASURES = {"recency_days": "r_score", "n_orders": "f_score", "spend": "m_score"}
# Scored as well where every scored customer has it: the tiers prefer it to spend.
MARGIN = "margin"
LOW_IS_GOOD = ("recency_days",)
WHOLE_NUMBERS = ("recency_days", "n_orders")
LEVELS = (5, 2)

# Cuts that one scheme alone takes from data, with their levels: "scheme:measure". They travel with the others.
LAPSE, ABC, VALUE3 = "lapse:recency_days", "abc:spend", "value3:clv"
SCHEME_CUTS = {LAPSE: 2, ABC: 3, VALUE3: 3}

CELLS = tuple(f"{r}{f}{m}" for r in range(1, 6) for f in range(1, 6) for m in range(1, 6))
HALVES = tuple(f"{r}{f}{m}" for r in "LH" for f in "LH" for m in "LH")


def scored(features: pd.DataFrame) -> pd.DataFrame:
    """The customers that are scored: those with a counting order, sorted by id.

    Raises TableError when a column is missing or a buyer has an empty measure.
    """
    schema.require(features, ["customer_id", "status", *MEASURES], "features")
    is_buyer = features["status"] == "buyer"
    buyers = features if is_buyer.all() else features[is_buyer]
    for measure in MEASURES:
        empty = int(buyers[measure].isna().sum())
        if empty:
            raise TableError(
                f"features: {measure} is empty for {empty:,} of {len(buyers):,} customers with an order"
            )
    # Comparing neighbours is far cheaper than sorting a million ids that are sorted already.
    ordered = buyers if buyers["customer_id"].is_monotonic_increasing else buyers.sort_values("customer_id")
    return ordered.reset_index(drop=True)


def cut_points(features: pd.DataFrame, rules: ScoreRules = ScoreRules()) -> pd.DataFrame:
    """Where one score ends and the next begins, for each measure.

    Five levels are cut at ``rules.quantiles`` (linear), two levels at the median or the mean
    (``rules.two_levels``), over customers with a counting order; prospects and refunds-only customers have no
    say. Equal cut points stay: the score between them is then given to nobody (``score_counts`` says so).

    Parameters
    ----------
    features : one row per customer
        ``status``, ``recency_days``, ``n_orders``, ``spend`` in the run's currency (at or below zero is a value like
        any other), and ``margin`` where cost is known. Other columns are ignored.
    rules : ScoreRules

    Returns
    -------
    one row per measure, number of levels and score, in the order of ``MEASURES``, 5 levels before 2
        ``measure``, ``levels``, ``score``, ``lower`` (not included), ``upper`` (included), -inf and inf at the ends.
        No rows when nobody has a counting order.

    Raises
    ------
    TableError
        A column is missing, or a customer with an order has an empty measure.

    Source
    ------
    Hughes (1994), *Strategic Database Marketing*. Spend is the net sum, not the mean order.
    """
    buyers = scored(features)
    if buyers.empty:
        return schema.empty("cut_points")
    measures = [*MEASURES]
    if MARGIN in buyers and buyers[MARGIN].notna().all():
        measures.append(MARGIN)
    return pd.concat([_cuts_of(buyers[measure], measure, rules) for measure in measures], ignore_index=True)


def _cuts_of(column: pd.Series, measure: str, rules: ScoreRules) -> pd.DataFrame:
    values = column.to_numpy(dtype=float)
    *cuts, middle = np.quantile(values, [*rules.quantiles, 0.5])  # together: one partial sort instead of two
    if rules.two_levels == "mean":
        middle = math.fsum(values) / len(
            values
        )  # exact, so that the last bits do not hang on the order of the rows
    return pd.concat([bounds(measure, cuts), bounds(measure, [middle])])


def low_is_good(measure: str) -> bool:
    return measure.rpartition(":")[2] in LOW_IS_GOOD


def bounds(measure: str, cuts) -> pd.DataFrame:
    """Ascending cut points of one measure as the rows of a cut-point table; recency is turned round."""
    edges = np.array([-np.inf, *cuts, np.inf])
    levels = len(edges) - 1
    rows = pd.DataFrame({"lower": edges[:-1], "upper": edges[1:]})
    if low_is_good(measure):
        rows = rows[::-1].reset_index(drop=True)
    rows = rows.assign(measure=measure, levels=levels, score=np.arange(1, levels + 1))
    return rows[list(schema.TABLES["cut_points"])].astype({"measure": "str"})


def given(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Cut points that a user brings, in the form in which 03 exports them, checked.

    Parameters
    ----------
    table : as read from CSV (as text or numbers) or Parquet
        The columns of ``cut_points``. The ends may be empty or -inf and inf. The two-level rows may be left out
        for all measures together: ``choose`` then takes them from the whole.
    name : what an error calls the table (its file name)

    Returns
    -------
    the table in the form and order of ``cut_points``

    Raises
    ------
    SettingsError
        A column, measure or score is missing, doubled or unknown, a bound is no number, or the scores do not
        ascend without gap (recency: 5 is the most recent).
    """
    missing = [column for column in schema.TABLES["cut_points"] if column not in table.columns]
    if missing:
        raise SettingsError(
            f"cut_points: {name}: no column {', '.join(missing)}; it has {', '.join(table.columns)}"
        )
    numbers = {column: _numbers(table[column], name) for column in ("levels", "score", "lower", "upper")}
    rows = table[["measure"]].assign(**numbers)
    unknown = sorted(set(rows["measure"].dropna().astype(str)) - {*MEASURES, MARGIN, *SCHEME_CUTS})
    if unknown or rows["measure"].isna().any():
        found = ", ".join(unknown) or "an empty cell"
        raise SettingsError(f"cut_points: {name}: expected measures {', '.join(MEASURES)}, found {found}")
    of_schemes = rows["measure"].isin(SCHEME_CUTS)
    other = sorted(set(rows.loc[~of_schemes, "levels"].dropna()) - set(LEVELS))
    if other or rows["levels"].isna().any():
        raise SettingsError(f"cut_points: {name}: levels: expected 5 or 2, found {other or 'an empty cell'}")
    found = {*rows["measure"]}
    levels = [5, 2] if (rows.loc[~of_schemes, "levels"] == 2).any() else [5]
    chains = [
        (measure, level)
        for measure in (*MEASURES, MARGIN)
        if measure in MEASURES or measure in found
        for level in levels
    ]
    chains += [(measure, level) for measure, level in SCHEME_CUTS.items() if measure in found]
    return pd.concat(
        [
            _chain(rows[(rows["measure"] == measure) & (rows["levels"] == level)], measure, level, name)
            for measure, level in chains
        ],
        ignore_index=True,
    )


def _numbers(column: pd.Series, name: str) -> pd.Series:
    read = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = column[read.isna() & column.notna() & (column.astype("str").str.strip() != "")]
    if len(wrong):
        raise SettingsError(f"cut_points: {name}: {column.name}: expected a number, found {wrong.iloc[0]!r}")
    return read


def _chain(rows: pd.DataFrame, measure: str, levels: int, name: str) -> pd.DataFrame:
    """The rows of one measure in the order of ``bounds``, once they hang together."""
    where = f"cut_points: {name}: {measure}, {levels} levels"
    scores = sorted(rows["score"])
    if scores != list(range(1, levels + 1)):
        found = ", ".join(f"{score:g}" for score in scores) or "none"
        raise SettingsError(f"{where}: expected each score from 1 to {levels} once, found {found}")
    rising = rows.sort_values("score", ascending=not low_is_good(measure))
    lower, upper = rising["lower"].to_numpy(copy=True), rising["upper"].to_numpy(copy=True)
    lower[0] = -np.inf if np.isnan(lower[0]) else lower[0]
    upper[-1] = np.inf if np.isnan(upper[-1]) else upper[-1]
    scores = rising["score"].astype(int).tolist()
    if lower[0] != -np.inf or upper[-1] != np.inf:
        raise SettingsError(
            f"{where}: score {scores[0]} begins at {lower[0]:g} and score {scores[-1]} ends at {upper[-1]:g}; "
            "expected both ends open (empty, or -inf and inf)"
        )
    cuts = upper[:-1]
    for position in range(levels - 1):
        if not lower[position + 1] == cuts[position]:
            raise SettingsError(
                f"{where}: score {scores[position]} ends at {cuts[position]:g}, "
                f"but score {scores[position + 1]} begins at {lower[position + 1]:g}"
            )
    if not np.isfinite(cuts).all() or (np.diff(cuts) < 0).any():
        raise SettingsError(f"{where}: cut points do not ascend: {', '.join(f'{cut:g}' for cut in cuts)}")
    return bounds(measure, cuts)


def choose(
    features: pd.DataFrame,
    whole: pd.DataFrame,
    rules: ScoreRules = ScoreRules(),
    own: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The cut points that ``rules.cut_points`` asks for: of the whole, of the region, or a user's ``own``.

    A region with fewer than ``rules.min_customers`` scored customers takes the whole's. Where ``own`` (checked by
    ``given``) leaves out the two-level rows, the whole's are taken.

    Raises SettingsError when the setting is neither ``whole`` nor ``region`` and no table came with it.
    """
    if own is not None:
        if (own["measure"].isin(MEASURES) & (own["levels"] == 2)).any():
            return own
        halves = cut_points(whole, rules).query("levels == 2 and measure in @own.measure")
        # Each measure's five levels, then its two: the order of `bounds`, which `own` is in already.
        parts = [
            rows[rows["measure"] == measure] for measure in own["measure"].unique() for rows in (own, halves)
        ]
        return pd.concat(parts, ignore_index=True)
    if rules.cut_points not in ("whole", "region"):
        raise SettingsError(
            f"cut_points: expected whole, region or exported cut points, got {rules.cut_points!r}"
        )
    return cut_points(features if takes_own_cuts(features, rules) else whole, rules)


def takes_own_cuts(features: pd.DataFrame, rules: ScoreRules) -> bool:
    """Whether a region is cut at its own quantiles: when asked for and when it has customers enough."""
    return rules.cut_points == "region" and int((features["status"] == "buyer").sum()) >= rules.min_customers


def rfm(features: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """The three measures of each customer with a counting order, and their scores.

    A score is 1 + the number of cut points strictly below the value (recency turned round, so that 5 is the most
    recent): a value equal to a cut point belongs to the step that ends there, and equal values get equal scores.

    Returns
    -------
    one row per customer with status ``buyer``, sorted by ``customer_id``
        ``recency_days``, ``n_orders``, ``spend``; ``r_score``, ``f_score``, ``m_score`` (1 to 5, 5 is best); ``cell``
        ("545"); ``high_low`` ("HLH": above or not above the two-level cut, recency at or below it is H).

    Raises
    ------
    TableError
        A column is missing, or there are customers to score and no cut points.
    """
    buyers = scored(features)
    steps = {measure: score(buyers[measure], cuts, measure) for measure in MEASURES}
    halves = {measure: score(buyers[measure], cuts, measure, levels=2) for measure in MEASURES}
    return pd.DataFrame(
        {
            "customer_id": buyers["customer_id"].astype("str"),
            "recency_days": buyers["recency_days"].astype("int64"),
            "n_orders": buyers["n_orders"].astype("int64"),
            "spend": buyers["spend"].astype("float64"),
            **{MEASURES[measure]: values for measure, values in steps.items()},
            "cell": _named(CELLS, steps.values(), 5),
            "high_low": _named(HALVES, halves.values(), 2),
        }
    )


def score(values: pd.Series, cuts: pd.DataFrame, measure: str, levels: int = 5) -> np.ndarray:
    """Score 1 to ``levels`` of each value of a measure; equal values get equal scores, whatever the row order."""
    inner = edges(cuts, measure, levels)
    if len(values) and len(inner) != levels - 1:
        raise TableError(f"cut_points: no {levels} levels of {measure}")
    numbers = values.to_numpy(dtype=float)
    below = np.zeros(len(numbers), dtype="int64")
    for cut in inner:  # a few comparisons of whole columns are several times faster than a search per value
        below += cut < numbers
    return levels - below if low_is_good(measure) else below + 1


def edges(cuts: pd.DataFrame, measure: str, levels: int = 5) -> np.ndarray:
    """The cut points of a measure as ascending numbers, without the open ends."""
    rows = cuts[(cuts["measure"] == measure) & (cuts["levels"] == levels)]
    return np.sort(rows["upper"].to_numpy(dtype=float))[:-1]


def _named(names: tuple[str, ...], parts, levels: int) -> pd.Series:
    place = 0
    for part in parts:
        place = place * levels + part - 1
    return pd.Series(names, dtype="str").take(place).reset_index(drop=True)


def score_counts(rfm: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """How many customers get each of the five scores of each measure.

    Returns
    -------
    one row per measure and score
        ``measure``, ``score``, ``lower``, ``upper`` (empty at the open ends), ``customers``, ``share_of_customers``;
        ``can_occur`` is False where
        no value lies between the two cut points, since too many customers share one;
        ``scores_possible``: how many scores of the measure can occur.
    """
    rows = cuts[(cuts["levels"] == 5) & cuts["measure"].isin(MEASURES)]
    rows = rows.drop(columns="levels").reset_index(drop=True)
    counts = [int((rfm[MEASURES[row.measure]] == row.score).sum()) for row in rows.itertuples()]
    # Days and orders are whole: between 1.2 and 1.8 there is none.
    whole = rows["measure"].isin(WHOLE_NUMBERS)
    can_occur = rows["lower"] < rows["upper"]
    can_occur &= ~whole | (np.floor(rows["lower"]) < np.floor(rows["upper"]))
    return rows.assign(
        lower=rows["lower"].where(np.isfinite(rows["lower"])),
        upper=rows["upper"].where(np.isfinite(rows["upper"])),
        customers=np.array(counts, dtype="int64"),
        share_of_customers=np.array(counts, dtype=float) / max(len(rfm), 1),
        can_occur=can_occur,
        scores_possible=can_occur.groupby(rows["measure"]).transform("sum").astype("int64"),
    )
