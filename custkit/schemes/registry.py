"""Every scheme that classifies customers: its labels, what it needs, its rule, and the label of each customer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custkit import schema, scores
from custkit.errors import TableError
from custkit.schemes import segment_map
from custkit.settings import SchemeRules
from custkit.words import Words

# Customers who are not scored have the same labels in every scheme.
UNSCORED = segment_map.RESERVED

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


@dataclass(frozen=True)
class Case:
    """What a rule may look at; ``rfm`` and ``parts`` (of ``tier_parts``) hold the scored customers in one order."""

    rfm: pd.DataFrame
    parts: pd.DataFrame
    contribution: str  # the measure behind the contribution: margin or spend
    rules: SchemeRules
    segments: pd.DataFrame
    words: Words


@dataclass(frozen=True)
class Scheme:
    """One way to classify. Its name, rule and source stand in the catalogue: ``scheme.<id>.rule`` and so on."""

    id: str
    labels: tuple[str, ...]  # most valuable first; none where the map decides
    needs: tuple[str, ...]  # columns of features; those in brackets are used where they are there
    settings: tuple[str, ...]
    rule: Callable[[Case], tuple[pd.Series, pd.Series]]  # label and reason of each scored customer


def _tier3(case: Case) -> tuple[pd.Series, pd.Series]:
    points = case.parts["points"]
    reached = [points >= case.rules.tier_high, points >= case.rules.tier_potential]
    labels = pd.Series(np.select(reached, TIERS[:2], TIERS[2]), dtype="str")
    measure = case.words.label("measure", case.contribution)

    def tell(points: float, contribution: float, regularity: float, satisfaction: float) -> str:
        known = {"points": points, "measure": measure, "contribution": contribution, "regularity": regularity}
        if np.isnan(satisfaction):
            return case.words("reason.tier3", **known)
        return case.words("reason.tier3_rated", satisfaction=satisfaction, **known)

    return labels, _told(case.parts[["points", *PARTS]].round({"points": 2, "satisfaction": 1}), tell)


def _rfm8(case: Case) -> tuple[pd.Series, pd.Series]:
    cells = case.rfm[["high_low"]]
    labels = cells["high_low"].map(READINGS[case.rules.r_reading]).astype("str")
    return labels, _told(cells, lambda cell: _rfm8_told(cell, case.words))


def _rfm8_told(cell: str, words: Words) -> str:
    halves = zip(("recency", "orders", "spend"), cell, strict=True)
    return words("reason.rfm8", **{part: words(f"reason.{part}_{_HALF[half]}") for part, half in halves})


def _segments(case: Case) -> tuple[pd.Series, pd.Series]:
    labels = segment_map.assign(case.rfm["cell"], case.segments)
    return labels, _told(
        case.rfm[[*scores.MEASURES.values()]], lambda r, f, m: case.words("reason.cell", r=r, f=f, m=m)
    )


def _told(parts: pd.DataFrame, tell: Callable[..., str]) -> pd.Series:
    """A sentence for each row, made once for each distinct row: a million customers have few hundred reasons."""
    kind = parts.groupby([*parts.columns], sort=False, dropna=False).ngroup().to_numpy()
    distinct = parts.drop_duplicates().itertuples(index=False, name=None)
    return pd.Series([tell(*row) for row in distinct], dtype="str").take(kind).reset_index(drop=True)


_MEASURES = tuple(scores.MEASURES)
SCHEMES = {
    scheme.id: scheme
    for scheme in (
        Scheme(
            "tier3",
            TIERS,
            (*_MEASURES, "(margin)", "(feedback.satisfaction)"),
            ("tier_weights", "tier_high", "tier_potential", "cut_points"),
            _tier3,
        ),
        Scheme(
            "rfm8", tuple(_INTENDED.values()), _MEASURES, ("two_levels", "r_reading", "cut_points"), _rfm8
        ),
        Scheme("segment_map", (), _MEASURES, ("segment_map", "quantiles", "cut_points"), _segments),
    )
}


def label(
    features: pd.DataFrame,
    rfm: pd.DataFrame,
    cuts: pd.DataFrame,
    rules: SchemeRules = SchemeRules(),
    *,
    words: Words,
    segments: pd.DataFrame | None = None,
    feedback: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One label of each scheme for each customer, with the reason.

    The reason is told in the language of ``words``, since it is read beside the label by whoever holds the export; the
    label itself is a stable key in any language.

    Parameters
    ----------
    features : one row per customer; ``margin`` is used where every scored customer has it
    rfm, cuts : of ``scores``, for the same customers
    rules : SchemeRules
    segments : a map as ``segment_map`` gives it; none: the shipped one
    feedback : ``customer_id`` and ``satisfaction`` (1 to 5, empty where not asked), any number of rows per customer

    Returns
    -------
    one row per scheme and customer, schemes in the order of ``SCHEMES``, customers by id
        ``customer_id``, ``scheme``, ``label``, ``reason``. Who is not scored is labelled ``prospect`` or
        ``refunds_only``.

    Raises
    ------
    SettingsError
        The map has a hole into which a customer falls.
    TableError
        ``features`` lacks a column, or ``rfm`` holds other customers than ``features``.
    """
    case = Case(
        rfm=rfm.reset_index(drop=True),
        parts=tier_parts(features, rfm, cuts, rules, feedback=feedback),
        contribution=contribution_measure(features, cuts),
        rules=rules,
        segments=segment_map.shipped() if segments is None else segments,
        words=words,
    )
    others = features.loc[features["status"] != "buyer", ["customer_id", "status"]]
    ids = pd.concat([rfm["customer_id"], others["customer_id"]], ignore_index=True).astype("str")
    order = ids.argsort(kind="stable")
    apart = [
        others["status"],
        others["status"].map({status: words(f"reason.{status}") for status in UNSCORED}),
    ]
    tables = []
    for scheme in SCHEMES.values():
        columns = [
            pd.concat(column, ignore_index=True) for column in zip(scheme.rule(case), apart, strict=True)
        ]
        table = pd.DataFrame(
            {"customer_id": ids, "scheme": scheme.id, "label": columns[0], "reason": columns[1]}
        )
        tables.append(table.take(order))
    return pd.concat(tables, ignore_index=True).astype("str")


def contribution_measure(features: pd.DataFrame, cuts: pd.DataFrame) -> str:
    """What a customer contributes by: margin where it is known and cut for every scored customer, else spend."""
    known = (
        scores.MARGIN in features and features.loc[features["status"] == "buyer", scores.MARGIN].notna().all()
    )
    return scores.MARGIN if known and (cuts["measure"] == scores.MARGIN).any() else "spend"


def tier_parts(
    features: pd.DataFrame,
    rfm: pd.DataFrame,
    cuts: pd.DataFrame,
    rules: SchemeRules = SchemeRules(),
    *,
    feedback: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What stands behind the tier of each scored customer.

    Returns
    -------
    one row per row of ``rfm``, in its order
        ``customer_id``; ``contribution`` (score 1 to 5 of margin or spend); ``regularity`` (mean of the scores of orders
        and recency: buys often and still does); ``satisfaction`` (mean answer, 1 to 5, empty where never asked);
        ``points``, their weighted mean by ``rules.tier_weights``. An unknown satisfaction is no low one: the other
        weights then count alone.
    """
    buyers = scores.scored(features)
    if buyers["customer_id"].tolist() != rfm["customer_id"].tolist():
        raise TableError(
            f"rfm: expected the {len(buyers):,} customers of features that are scored, got {len(rfm):,}"
        )
    measure = contribution_measure(features, cuts)
    parts = pd.DataFrame(
        {
            "customer_id": buyers["customer_id"],
            "contribution": scores.score(buyers[measure], cuts, measure).astype(float),
            "regularity": (rfm["f_score"] + rfm["r_score"]).to_numpy() / 2,
            "satisfaction": _satisfaction(buyers["customer_id"], feedback),
        }
    )
    weigh, known = dict(zip(PARTS, rules.tier_weights, strict=True)), parts[[*PARTS]].notna()
    total = sum(weight * parts[part].fillna(0) for part, weight in weigh.items())
    weights = sum(weight * known[part] for part, weight in weigh.items())
    # Rounded: 4.0 that comes out as 3.9999999999 is still on the border.
    return parts.assign(points=(total / weights).round(6))


def _satisfaction(ids: pd.Series, feedback: pd.DataFrame | None) -> np.ndarray:
    if feedback is None or "satisfaction" not in feedback:
        return np.full(len(ids), np.nan)
    answers = feedback["satisfaction"].astype(float).groupby(feedback["customer_id"]).mean()
    return answers.reindex(pd.Index(ids)).to_numpy()


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
    return rfm.assign(segment=rfm["customer_id"].map(named).astype("str"))[columns]


def definitions(
    scheme: str, words: Words, rules: SchemeRules = SchemeRules(), segments: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The names of a scheme and the rule of each, in the language of ``words``, most valuable first.

    One row per label: ``scheme``, ``label``, ``definition``.
    """
    if scheme == "segment_map":
        told = _map_told(segment_map.shipped() if segments is None else segments, words)
    elif scheme == "rfm8":
        told = {name: _rfm8_told(cell, words) for cell, name in READINGS[rules.r_reading].items()}
    else:
        given = {"high": rules.tier_high, "potential": rules.tier_potential}
        told = {name: words(f"rule.{scheme}.{name}", **given) for name in SCHEMES[scheme].labels}
    told |= {status: words(f"reason.{status}") for status in UNSCORED}
    return pd.DataFrame({"scheme": scheme, "label": told.keys(), "definition": told.values()}, dtype="str")


def _map_told(segments: pd.DataFrame, words: Words) -> dict[str, str]:
    """Our own names have their rule in words; those of a user's map are told by their bounds."""
    shipped = segments.equals(segment_map.shipped())
    told: dict[str, list[str]] = {}
    for row in segments.to_dict("records"):
        bounds = {
            score: words("rule.bounds", lower=row[f"{score}_lower"], upper=row[f"{score}_upper"])
            for score in "rfm"
        }
        told.setdefault(row["segment"], []).append(words("reason.cell", **bounds))
    return {
        name: words(f"rule.segment_map.{name}") if shipped else "; ".join(boxes)
        for name, boxes in told.items()
    }


def registry(words: Words) -> pd.DataFrame:
    """What schemes there are: ``scheme``, ``definition``, ``source``, ``needs``, ``settings``, one row each."""
    rows = [
        (
            scheme.id,
            words(f"scheme.{scheme.id}.rule"),
            words(f"scheme.{scheme.id}.source"),
            ", ".join(scheme.needs),
            ", ".join(scheme.settings),
        )
        for scheme in SCHEMES.values()
    ]
    return pd.DataFrame(rows, columns=["scheme", "definition", "source", "needs", "settings"], dtype="str")
