"""What to mend first: every weakness that is proven, weighed by how much it matters and to how many."""

import numpy as np
import pandas as pd

from custkit import schema


def suggestions(
    gaps: pd.DataFrame,
    gaps_by_group: pd.DataFrame,
    white_space: pd.DataFrame,
    weights: pd.DataFrame,
    net_flows: pd.DataFrame,
) -> pd.DataFrame:
    """What the tables of 05 advise, the weightiest first, each with the row that it rests on.

    ``mend`` a weakness of the own brand; ``mend_for`` an attribute on which it is behind in a group, and further
    than elsewhere; ``fill`` a need that no brand meets; ``win_back`` a rival to whom customers are lost beyond chance.
    The weight is importance x gap in spans of the scale x share of the respondents concerned; rivals have none and
    follow, the largest loss first, and then weaknesses of a scorecard whose importance is not known.

    Returns
    -------
    one row per suggestion, numbered by ``place``; none where nothing is proven
        ``gap`` what lacks, in points (of a rival: customers lost, net); ``evidence`` and ``evidence_row`` table and
        row; ``basis`` ratings or scorecard, a judgement.
    """
    found = [_mend(gaps), _mend_for(gaps_by_group, gaps, weights), _fill(white_space), _win_back(net_flows)]
    made = (
        pd.concat([table for table in found if len(table)])
        if any(map(len, found))
        else pd.DataFrame(columns=_COLUMNS)
    )
    order = ["weight", "lost", "suggestion", "subject", "dimension", "level"]
    made = made.sort_values(order, ascending=[False, False, True, True, True, True], na_position="last")
    return schema.frame("brand_suggestions", made.assign(place=range(1, len(made) + 1)))


_COLUMNS = [
    "suggestion", "subject", "dimension", "level", "importance", "gap", "share_of_respondents", "weight", "basis",
    "evidence", "evidence_row", "lost",
]  # fmt: skip


def _mend(gaps: pd.DataFrame) -> pd.DataFrame:
    # The outcome has no importance and cannot be mended; how much an attribute of the scorecard matters is not known.
    mendable = gaps["importance"].notna() | (gaps["basis"] == "scorecard")
    weak = gaps[(gaps["verdict"] == "weakness") & mendable]
    return _rows(
        suggestion="mend",
        subject=weak["attribute"],
        importance=weak["importance"],
        gap=-weak["gap_to_mean"],
        share_of_respondents=1.0,
        weight=weak["priority"],
        basis=weak["basis"],
        evidence="brand_gaps",
        evidence_row="attribute " + weak["attribute"],
    )


def _mend_for(by_group: pd.DataFrame, gaps: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Where a group sees the brand behind and further so than others do: the shortfall beyond that of the others."""
    worse = by_group[(by_group["verdict"] == "worse_here") & (by_group["gap_to_mean"] < 0)]
    importance = worse["attribute"].map(weights.set_index("attribute")["importance"]).astype("float64")
    span = worse["attribute"].map(gaps.set_index("attribute")["span"]).astype("float64")
    beyond = (
        worse["elsewhere"].clip(upper=0) - worse["gap_to_mean"]
    )  # what everyone sees is already to be mended
    return _rows(
        suggestion="mend_for",
        subject=worse["attribute"],
        dimension=worse["dimension"],
        level=worse["level"],
        importance=importance.fillna(0.0),
        gap=beyond,
        share_of_respondents=worse["share_of_respondents"],
        weight=importance.fillna(0.0) * beyond / span * worse["share_of_respondents"],
        basis="ratings",
        evidence="brand_gaps_by_group",
        evidence_row=worse["dimension"] + " " + worse["level"] + ", attribute " + worse["attribute"],
    )


def _fill(white_space: pd.DataFrame) -> pd.DataFrame:
    space = white_space[white_space["verdict"] == "unmet"]
    level = np.where(space["level"] == "", space["dimension"], space["dimension"] + " " + space["level"])
    return _rows(
        suggestion="fill",
        subject=space["attribute"],
        dimension=space["dimension"],
        level=space["level"],
        importance=space["importance"],
        gap=(space["line"] - space["best"]).abs(),
        share_of_respondents=space["share_of_respondents"],
        weight=space["weight"],
        basis="ratings",
        evidence="white_space",
        evidence_row=pd.Series(level, index=space.index, dtype="str") + ", attribute " + space["attribute"],
    )


def _win_back(net_flows: pd.DataFrame) -> pd.DataFrame:
    losing = net_flows[net_flows["verdict"] == "losing"]
    return _rows(
        suggestion="win_back",
        subject=losing["rival"],
        gap=-losing["net_gain"].astype("float64"),
        lost=-losing["net_gain"].astype("float64"),
        basis="switching",
        evidence="brand_net_flows",
        evidence_row="rival " + losing["rival"],
    )


def _rows(subject: pd.Series, **values) -> pd.DataFrame:
    blank = {
        "dimension": "",
        "level": "",
        "importance": np.nan,
        "share_of_respondents": np.nan,
        "weight": np.nan,
        "lost": 0.0,
    }
    return pd.DataFrame({"subject": subject}).assign(**{**blank, **values})[_COLUMNS]
