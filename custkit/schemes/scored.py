"""Schemes that read the scores alone: three tiers, the 8 cells of high and low, and the segment map."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import schema, scores
from custkit.schemes import segment_map
from custkit.schemes.case import Case, Named, chosen, coded, placed, text
from custkit.settings import SchemeRules
from custkit.words import Words

TIERS = ("high", "potential", "low")
PARTS = ("contribution", "regularity", "satisfaction")  # in the order of the setting tier_weights

# The 8 cells (recency, orders, spend; H is high) by the three readings of document 002. It names three of them, and
# needs R as a score for two and as days for the third: that is `intended`. The other five have the names of the
# usual Chinese map (重要/一般 with 价值/保持/发展/挽留).
_INTENDED = {
    "HHH": "high_value",
    "LHH": "potential",
    "HLH": "important_develop",
    "LLH": "important_win_back",
    "HHL": "general_value",
    "LHL": "general_keep",
    "HLL": "general_develop",
    "LLL": "churn_risk",
}
READINGS = {
    "intended": _INTENDED,
    # R as a score throughout: who bought little, seldom and just now is called lost.
    "score": _INTENDED | {"HLL": "churn_risk", "LLL": "general_win_back"},
    # R as days throughout: who spent most and has long gone is called high value.
    "days": _INTENDED | {"HHH": "potential", "LHH": "high_value"},
}
_HALF = {"H": "high", "L": "low"}


def tier3(case: Case) -> Named:
    parts = tier_parts(case)
    reached = [parts["points"] >= case.rules.tier_high, parts["points"] >= case.rules.tier_potential]
    return Named(chosen(reached, TIERS[:2], TIERS[2]), lambda case: _tier_told(case, parts))


def _tier_told(case: Case, parts: pd.DataFrame) -> pa.DictionaryArray:
    measure = case.words.label("measure", contribution_measure(case.buyers, case.cuts))
    told = parts.round({"points": 2, "satisfaction": 1}).assign(measure=measure)
    asked = told["satisfaction"].notna()
    known = ["points", "measure", "contribution", "regularity"]
    reason = case.words.coded("reason.tier3", **told[known])
    if not asked.any():
        return reason
    rated = case.words.coded("reason.tier3_rated", **told.loc[asked, [*known, "satisfaction"]])
    return placed(asked.to_numpy(), rated, reason)


def rfm8(case: Case) -> Named:
    place = pc.index_in(text(case.rfm["high_low"]), text(scores.HALVES))
    names = [READINGS[case.rules.r_reading][cell] for cell in scores.HALVES]
    told = [rfm8_told(cell, case.words) for cell in scores.HALVES]
    return Named(coded(place, names), lambda _: coded(place, told))


def rfm8_told(cell: str, words: Words) -> str:
    halves = zip(("recency", "orders", "spend"), cell, strict=True)
    return words("reason.rfm8", **{part: words(f"reason.{part}_{_HALF[half]}") for part, half in halves})


def segments(case: Case) -> Named:
    cells = case.rfm["cell"]
    told = [case.words("reason.cell", r=cell[0], f=cell[1], m=cell[2]) for cell in scores.CELLS]
    place = pc.index_in(text(cells), text(scores.CELLS))
    names = segment_map.assign(cells, case.segments, may_be_unnamed=case.may_be_unnamed)
    return Named(text(names).dictionary_encode(), lambda _: coded(place, told))


def contribution_measure(features: pd.DataFrame, cuts: pd.DataFrame) -> str:
    """What a customer contributes by: margin where it is known and cut for every scored customer, else spend."""
    known = (
        scores.MARGIN in features and features.loc[features["status"] == "buyer", scores.MARGIN].notna().all()
    )
    return scores.MARGIN if known and (cuts["measure"] == scores.MARGIN).any() else "spend"


def tier_parts(case: Case) -> pd.DataFrame:
    """What stands behind the tier of each scored customer.

    Returns
    -------
    one row per row of ``rfm``, in its order
        ``customer_id``; ``contribution`` (score 1 to 5 of margin or spend); ``regularity`` (mean of the scores of orders
        and recency: buys often and still does); ``satisfaction`` (mean answer, 1 to 5, empty where never asked);
        ``points``, their weighted mean by ``tier_weights``. An unknown satisfaction is no low one: the other
        weights then count alone.
    """
    measure = contribution_measure(case.buyers, case.cuts)
    known = {
        "contribution": scores.score(case.buyers[measure], case.cuts, measure).astype(float),
        "regularity": (case.rfm["f_score"] + case.rfm["r_score"]).to_numpy() / 2,
        "satisfaction": case.answer("satisfaction"),
    }
    total, weights = np.zeros(len(case.rfm)), np.zeros(len(case.rfm))
    for part, weight in zip(PARTS, case.rules.tier_weights, strict=True):
        is_known = ~np.isnan(known[part])
        total += weight * np.where(is_known, known[part], 0)
        weights += weight * is_known
    # Rounded: 4.0 that comes out as 3.9999999999 is still on the border.
    return pd.DataFrame(
        {"customer_id": case.buyers["customer_id"], **known, "points": (total / weights).round(6)}
    )


def tier_basis(parts: pd.DataFrame, measure: str, rules: SchemeRules = SchemeRules()) -> pd.DataFrame:
    """What the tiers rest on: one row per part with its weight and the customers for whom it is known.

    ``part``, ``measure`` (margin or spend, orders and recency, satisfaction), ``weight``, ``customers``,
    ``share_of_customers``.
    """
    known = parts[[*PARTS]].notna().sum()
    return pd.DataFrame(
        {
            "part": pd.Series(PARTS, dtype="str"),
            "measure": pd.Series([measure, "regularity", "satisfaction"], dtype="str"),
            "weight": [float(weight) for weight in rules.tier_weights],
            "customers": known.to_numpy(dtype="int64"),
            "share_of_customers": known.to_numpy(dtype=float) / max(len(parts), 1),
        }
    )


def readings(rfm: pd.DataFrame) -> pd.DataFrame:
    """The 8 cells under the three readings of "high R", and how many customers hang on the choice (trap T1).

    ``high_low``, ``customers``, ``reading_intended``, ``reading_score``, ``reading_days``, ``changes``: whether the readings
    disagree.
    """
    counts = rfm["high_low"].value_counts()
    cells = pd.Series([*_INTENDED], dtype="str")
    names = pd.DataFrame(
        {f"reading_{reading}": cells.map(names) for reading, names in READINGS.items()}
    ).astype("str")
    table = pd.DataFrame(
        {"high_low": cells, "customers": counts.reindex([*_INTENDED], fill_value=0).to_numpy("int64")}
    )
    return table.join(names).assign(changes=names.nunique(axis=1) > 1)


def with_segment(rfm: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """``rfm`` with the name of the segment map beside the cell, in the order of the exported table."""
    named = labels.loc[labels["scheme"] == "segment_map"].set_index("customer_id")["label"]
    columns = list(schema.TABLES["rfm"])
    return rfm.assign(segment=rfm["customer_id"].map(named.astype("str")).astype("str"))[columns]
