"""How sure a label is: in how many redrawn worlds a customer keeps it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from custkit import schema, scores
from custkit.schemes.case import Case
from custkit.schemes.migration import ALL
from custkit.schemes.states import Namer, Seen, cut_edges
from custkit.settings import ScoreRules

_DRAWS, _SEED = 100, 20240101
_SURE = 0.95  # of the draws: from here on a label is told as sure


def label_confidence(
    known: Case,
    whole: pd.DataFrame,
    rules: dict[str, Namer],
    *,
    score_rules: ScoreRules = ScoreRules(),
    draws: int = _DRAWS,
    seed: int = _SEED,
) -> pd.DataFrame:
    """In how many of many redrawn worlds each customer keeps the label.

    The customers who make the cut points are drawn anew, with replacement, as if chance had sent a slightly different crowd; the
    cut points are taken from them, and each customer, whose own figures stay, is labelled again. What moves is the
    border, not the customer: a share of 1 says that the label does not hang on where the border happens to lie, not that the
    customer will act by it.

    Parameters
    ----------
    known : of ``schemes.case``: the customers to be told about, the cut points in use, answers to the question of satisfaction
    whole : one row per customer, those who make the cut points (the region's own where it is cut by itself)
    rules : of ``states.namers``
    score_rules : ScoreRules; where ``cut_points`` is a path, nothing is redrawn: given cuts hang on no chance
    draws, seed : of the bootstrap

    Returns
    -------
    one row per scheme and scored customer, schemes in the order of ``rules``, customers by id
        ``customer_id``, ``scheme``, ``label``, ``share`` of the draws that give this label, ``other``: the label that
        the draws give most often beside it (equal: the first by name; empty where there is none). No rows with given cuts, or
        nobody scored.

    Raises
    ------
    TableError
        A column is missing, or a customer with an order has an empty measure.

    Source
    ------
    Efron (1979), *Annals of Statistics* 7, 1-26. Sorting the crowd by its figures first keeps ids and row order without a say.
    """
    seen = Seen(known)
    crowd = scores.scored(whole)
    if score_rules.cut_points not in ("whole", "region") or not len(seen.ids) or crowd.empty:
        return schema.empty("label_confidence")
    worlds = list(_redrawn(crowd, list(seen.values), score_rules, draws, seed))
    now = seen.codes(cut_edges(known.cuts, seen))
    possible = np.zeros(seen.size, dtype=bool)
    possible[now] = True
    for edges in worlds:
        possible[seen.codes(edges)] = True
    place, names_of = seen.named(np.flatnonzero(possible), rules)
    votes = {scheme: np.zeros((len(now), len(labels)), "int32") for scheme, (_, labels) in names_of.items()}
    rows = np.arange(len(now))
    for edges in worlds:
        state = place[seen.codes(edges)]
        for scheme, (label, _) in names_of.items():
            votes[scheme][rows, label[state]] += 1
    parts = []
    for scheme, (label, labels) in names_of.items():
        held = label[place[now]]
        share = votes[scheme][rows, held] / draws
        votes[scheme][rows, held] = 0
        by_name = np.argsort(labels)
        other = by_name[votes[scheme][:, by_name].argmax(axis=1)]
        others = np.where(votes[scheme][rows, other] > 0, labels[other], None)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": seen.ids,
                    "scheme": scheme,
                    "label": labels[held],
                    "share": share,
                    "other": others,
                }
            ).astype(schema.TABLES["label_confidence"])
        )
    return pd.concat(parts, ignore_index=True)


def _redrawn(
    crowd: pd.DataFrame, measures: list[str], rules: ScoreRules, draws: int, seed: int
) -> Iterator[dict[tuple[str, int], list]]:
    """The cut points of each redrawn crowd."""
    columns = [crowd[measure].to_numpy(dtype=float) for measure in measures]
    order = np.lexsort(columns)
    columns = [column[order] for column in columns]
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = rng.integers(0, len(order), len(order))
        edges = {}
        for measure, column in zip(measures, columns, strict=True):
            values = column[drawn]
            *five, middle = np.quantile(values, [*rules.quantiles, 0.5])
            edges[measure, 5] = five
            edges[measure, 2] = [values.mean() if rules.two_levels == "mean" else middle]
        yield edges


def summary(confidence: pd.DataFrame) -> pd.DataFrame:
    """How sure the labels of each scheme are.

    Returns
    -------
    one row per scheme and label, schemes as they stand, labels by name, each scheme's whole (``(all)``) last
        ``scheme``, ``label``, ``customers``, ``mean_share``; ``sure``: customers who keep the label in at least 95 % of the draws;
        ``share_sure``.
    """
    schema.require(confidence, schema.TABLES["label_confidence"], "label_confidence")
    known = confidence.assign(sure=confidence["share"] >= _SURE)
    how = {"customers": ("share", "size"), "mean_share": ("share", "mean"), "sure": ("sure", "sum")}
    parts = []
    for _, rows in known.groupby("scheme", sort=False):
        parts += [rows.groupby(["scheme", "label"], as_index=False).agg(**how)]
        parts += [rows.assign(label=ALL).groupby(["scheme", "label"], as_index=False).agg(**how)]
    if not parts:
        return schema.empty("confidence_summary")
    table = pd.concat(parts)
    return schema.frame(
        "confidence_summary",
        table.assign(mean_share=table["mean_share"].round(12), share_sure=table["sure"] / table["customers"]),
    )
