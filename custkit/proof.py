"""The live proof: claims about a scorer, tried on the customers at hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import scores
from custkit.scores import LOW_IS_GOOD, MEASURES


def prove(
    features: pd.DataFrame,
    cuts: pd.DataFrame,
    scorer: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame] = scores.rfm,
) -> pd.DataFrame:
    """Claims about a scorer, tried on the customers at hand: how often each was compared, how often it failed.

    Every customer is scored again with a later last purchase, with more orders and with more spend; neighbours in
    each measure are compared (which settles every pair); score, digit of the cell and half (high or low) must each hold,
    and the digit must be the score; the rows are turned round; the ids are renamed so that they
    sort the other way.

    Returns
    -------
    one row per claim
        ``claim`` (key), ``compared`` and ``counterexamples``: 0 when the claim holds.
    """
    buyers = scores.scored(features)
    ids, n = buyers["customer_id"], len(buyers)
    base = scorer(features, cuts)
    known = _aligned(base, ids)
    claims = {}
    for measure in MEASURES:
        others = [
            scorer(features.assign(**{measure: change(features[measure])}), cuts)
            for change in _BETTER[measure]
        ]
        held = _held(known, measure)
        fallen = sum(int((_held(_aligned(other, ids), measure) < held).any(axis=1).sum()) for other in others)
        worst_first = (
            buyers[measure].astype(float).sort_values(ascending=measure not in LOW_IS_GOOD, kind="stable")
        )
        disordered = int((held.take(worst_first.index).diff() < 0).any(axis=1).sum())
        misnamed = int((held["digit"] != held["score"]).sum())
        claims[f"better_{measure}"] = (n * (len(others) + 1) + max(n - 1, 0), fallen + disordered + misnamed)
    claims["equal_values"] = _split_ties(buyers, known)
    claims["row_order"] = (n, _changed(known, _aligned(scorer(features[::-1], cuts), ids)))
    backwards = pd.Series(np.arange(n, 0, -1)).astype("str").str.zfill(12)
    renamed = _aligned(scorer(buyers.assign(customer_id=backwards), cuts), backwards)
    claims["renamed_ids"] = (n, _changed(known, renamed))
    strangers = len(pd.Index(ids).symmetric_difference(pd.Index(base["customer_id"])))
    claims["each_once"] = (len(features), strangers + int(base["customer_id"].duplicated().sum()))
    rows = [(claim, compared, failed) for claim, (compared, failed) in claims.items()]
    return pd.DataFrame(rows, columns=["claim", "compared", "counterexamples"]).astype({"claim": "str"})


# What a customer could do better, for the proof: none of it may ever cost a score.
_BETTER = {
    "recency_days": (lambda days: days * 0, lambda days: days // 2, lambda days: (days - 1).clip(lower=0)),
    "n_orders": (lambda orders: orders + 1, lambda orders: orders * 2),
    "spend": (lambda spend: spend + 0.01, lambda spend: spend + spend.abs()),
}


def _held(rfm: pd.DataFrame, measure: str) -> pd.DataFrame:
    """What each customer has for a measure, by each of the names that schemes look at: score, digit of the cell, half."""
    place = list(MEASURES).index(measure)
    held = {"score": rfm[MEASURES[measure]].astype(float)}
    for name, column, known, levels in (
        ("digit", "cell", scores.CELLS, 5),
        ("half", "high_low", scores.HALVES, 2),
    ):
        named = pc.index_in(pa.array(rfm[column], pa.large_string()), pa.array(known, pa.large_string()))
        of_all = pc.fill_null(named.cast(pa.float64()), np.nan).to_numpy()
        held[name] = of_all // levels ** (len(MEASURES) - 1 - place) % levels + 1
    return pd.DataFrame(held)


def _aligned(table: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """The scores in the order of ``ids``; empty for a customer whom the scorer forgot."""
    if table["customer_id"].tolist() == ids.tolist():
        return table.reset_index(drop=True)
    first = table.drop_duplicates("customer_id").set_index("customer_id")
    return first.reindex(pd.Index(ids)).reset_index()


def _changed(known: pd.DataFrame, other: pd.DataFrame) -> int:
    return int((known[["cell", "high_low"]] != other[["cell", "high_low"]]).any(axis=1).sum())


def _split_ties(buyers: pd.DataFrame, known: pd.DataFrame) -> tuple[int, int]:
    """Customers who share a value of a measure with another, and those of them whose value has two scores or names."""
    compared = failed = 0
    for measure in MEASURES:
        held = _held(known, measure).fillna(0)  # whom the scorer forgot is counted elsewhere
        same = held.groupby(buyers[measure].astype(float))
        compared += int((same["score"].transform("size") > 1).sum())
        failed += int((same.transform("min") != same.transform("max")).any(axis=1).sum())
    return compared, failed
