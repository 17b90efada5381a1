"""The same customers under every scheme: who stands where, how far two schemes agree, and where one word names two groups."""

import itertools

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import TableError
from custkit.labels import by_scheme
from custkit.schemes.case import UNKNOWN, UNSCORED
from custkit.scores import LOW_IS_GOOD, MEASURES

_UNITS = 10_000  # of money: the finest that money has, so that sums are sums of whole numbers
_DRAWS, _SEED = 200, 20240101
_LEAST = 20  # customers, below which an interval would promise what so few cannot tell

# Schemes whose labels are steps of one scale, from best to last: only of these can two be a step apart.
SCALES = ("tier3", "frequency", "frequency_once", "loyalty", "value3", "abc")
_NO_STEP = (UNKNOWN, "insufficient")  # names for what is not known stand on no scale

# One word, several groups of customers (traps T3 and T6): the labels that say the same in words.
WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "high_value": (
        ("tier3", "high"),
        ("rfm8", "high_value"),
        ("behaviour", "high_value"),
        ("value3", "high"),
    ),
    "potential": (("tier3", "potential"), ("rfm8", "potential"), ("rules002", "potential")),
    "low_value": (("tier3", "low"), ("behaviour", "low_value"), ("value3", "low")),
    "loyal": (("segment_map", "loyal"), ("behaviour", "loyal"), ("tenure", "loyal"), ("loyalty", "loyal")),
    "new": (("segment_map", "starters"), ("behaviour", "new"), ("case4", "new"), ("tenure", "new")),
    "at_risk": (
        ("rfm8", "churn_risk"),
        ("segment_map", "at_risk"),
        ("loyalty", "at_risk"),
        ("rules002", "churn_risk"),
    ),
    "lapsed": (("segment_map", "lost"), ("case4", "lapsed")),
    "frequent": (("frequency", "high"), ("frequency_once", "high")),
}


def crosswalk(features: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Each pair of schemes laid across each other: customers and spend under both labels.

    Parameters
    ----------
    features : one row per customer
        ``customer_id``, ``spend`` (net, in the run's currency).
    labels : one row per scheme and customer
        Every customer once per scheme, those who are not scored too: so each pair adds up to all customers and all spend.

    Returns
    -------
    one row per pair of schemes (as they stand in ``labels``) and pair of labels that a customer has, labels by name
        ``scheme_a``, ``label_a``, ``scheme_b``, ``label_b``, ``customers``, ``spend``.

    Raises
    ------
    TableError
        A column is missing, or a scheme does not label each customer of ``features`` exactly once.
    """
    schema.require(features, ["customer_id", "spend"], "features")
    named = by_scheme(labels, features["customer_id"])
    spend = np.rint(features["spend"].to_numpy(dtype=float) * _UNITS)
    parts = []
    for (a, label_a), (b, label_b) in itertools.combinations(named.items(), 2):
        names_a, names_b = (label.categories.to_numpy(dtype=object) for label in (label_a, label_b))
        cells = label_a.codes.astype("int64") * len(names_b) + label_b.codes
        size = len(names_a) * len(names_b)
        customers = np.bincount(cells, minlength=size)
        money = np.bincount(cells, weights=spend, minlength=size) / _UNITS
        held = np.flatnonzero(customers)
        parts.append(
            pd.DataFrame(
                {
                    "scheme_a": a,
                    "label_a": names_a[held // len(names_b)],
                    "scheme_b": b,
                    "label_b": names_b[held % len(names_b)],
                    "customers": customers[held],
                    "spend": money[held],
                }
            )
        )
    return schema.frame("crosswalk", pd.concat(parts) if parts else [])


def agreement(
    crossed: pd.DataFrame,
    orders: dict[str, tuple[str, ...]],
    *,
    draws: int = _DRAWS,
    seed: int = _SEED,
) -> pd.DataFrame:
    """How far each two schemes say the same of the customers whom both score.

    Customers who are not scored have the same label in every scheme and would make all schemes look alike, so they are left out.

    Parameters
    ----------
    crossed : of ``crosswalk``
    orders : scheme of ``SCALES`` to its labels, best first
        A label that is not in it, or that says that too little is known, has no say in kappa.
    draws, seed : of the bootstrap

    Returns
    -------
    one row per pair of schemes
        ``customers`` scored by both; ``labels_a``, ``labels_b`` that they have; ``cramers_v`` from 0 (one label tells nothing
        of the other) to 1, corrected for the chance agreement of small tables; ``kappa``, the agreement beyond chance, -1 to 1:
        ``weighted`` (``kappa_kind``) where both schemes have as many ordered classes, a step counting its part of the way from best
        to last, ``same_words`` where unordered labels are the same, else empty; ``adjusted_rand``, whether
        the two put the same customers together, whatever they call them. Each with its 95 % interval (``_low``, ``_high``);
        no interval with fewer than 20 customers; no number where a scheme has but one label here.

    Source
    ------
    Bergsma (2013), *Journal of the Korean Statistical Society* 42, 323-328 (corrected V); Cohen (1968), *Psychological Bulletin* 70,
    213-220 (weighted kappa, linear weights); Hubert & Arabie (1985), *Journal of Classification* 2, 193-218. Bootstrap of customers:
    the table of counts holds all that is needed of them, so redrawing it is redrawing them; the draws are centred
    on the figure, since a redrawn table is noisier than the first.
    """
    schema.require(crossed, schema.TABLES["crosswalk"], "crosswalk")
    rng = np.random.default_rng(seed)
    rows = []
    for (a, b), cells in crossed.groupby(["scheme_a", "scheme_b"], sort=False):
        both = cells[~cells["label_a"].isin(UNSCORED) & ~cells["label_b"].isin(UNSCORED)]
        table = both.pivot(index="label_a", columns="label_b", values="customers").fillna(0)
        rows.append(_pair(a, b, table, orders, rng, draws))
    return schema.frame("scheme_agreement", rows)


def _pair(a: str, b: str, table: pd.DataFrame, orders: dict, rng: np.random.Generator, draws: int) -> dict:
    counts = table.to_numpy(dtype="int64")
    n = int(counts.sum())
    row = {"scheme_a": a, "scheme_b": b, "customers": n, "labels_a": len(table), "labels_b": table.shape[1]}
    row["kappa_kind"] = ""
    if min(table.shape, default=0) < 2:
        return row
    kind, kappa = _kappa_of(table, orders.get(a, ()), orders.get(b, ()))
    measures = {"cramers_v": _phi_squared, "adjusted_rand": _rand, **({"kappa": kappa} if kind else {})}
    redrawn = (
        rng.multinomial(n, counts.ravel() / n, size=draws).reshape(draws, *counts.shape)
        if n >= _LEAST
        else np.empty((0, *counts.shape), dtype="int64")
    )
    row["kappa_kind"] = kind
    for name, measure in measures.items():
        found = measure(counts[None])[0]
        low, high = _interval(found, measure(redrawn))
        finish = _v(table.shape, n) if name == "cramers_v" else lambda value: np.clip(value, -1, 1)
        short = {"cramers_v": "v", "adjusted_rand": "rand"}.get(name, name)
        row |= {
            name: float(finish(found)),
            f"{short}_low": float(finish(low)),
            f"{short}_high": float(finish(high)),
        }
    return row


def _interval(found: float, drawn: np.ndarray) -> tuple[float, float]:
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn) or not np.isfinite(found):
        return np.nan, np.nan
    low, high = np.quantile(drawn - drawn.mean() + found, [0.025, 0.975])
    return min(low, found), max(high, found)


def _phi_squared(tables: np.ndarray) -> np.ndarray:
    """Mean square contingency of each table less what chance alone would give; may be below zero."""
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = tables**2 / (rows[:, :, None] * columns[:, None, :])
        phi = np.nansum(parts, axis=(1, 2)) - 1
    return phi - (tables.shape[1] - 1) * (tables.shape[2] - 1) / (n - 1)


def _v(shape: tuple[int, int], n: int):
    """Turns the corrected mean square contingency into Cramér's V."""
    most = min(size - (size - 1) ** 2 / (n - 1) for size in shape) - 1
    # With hardly more customers than labels the correction leaves nothing to measure.
    return lambda phi: np.sqrt(np.clip(phi / most, 0, 1)) if most > 0 else np.nan


def _rand(tables: np.ndarray) -> np.ndarray:
    """Adjusted Rand index of each table."""
    tables = tables.astype(float)
    n = tables.sum(axis=(1, 2))
    together = _pairs(tables).sum(axis=(1, 2))
    in_a, in_b = _pairs(tables.sum(axis=2)).sum(axis=1), _pairs(tables.sum(axis=1)).sum(axis=1)
    by_chance, most = in_a * in_b / _pairs(n), (in_a + in_b) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return (together - by_chance) / (most - by_chance)


def _pairs(counts: np.ndarray) -> np.ndarray:
    return counts * (counts - 1) / 2


def _kappa_of(table: pd.DataFrame, order_a: tuple, order_b: tuple) -> tuple[str, object]:
    """Which kappa two schemes allow (``weighted``, ``same_words``, or none), and how it is reckoned."""
    ranks = [[label for label in order if label not in _NO_STEP] for order in (order_a, order_b)]
    if len(ranks[0]) == len(ranks[1]) > 1:
        kind, size = "weighted", len(ranks[0])
        weights = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    elif not ranks[0] and not ranks[1] and set(table.index) == set(table.columns):
        kind, ranks, size = "same_words", [list(table.index)] * 2, len(table)
        weights = 1.0 - np.eye(size)
    else:
        return "", None
    at_a, at_b = (
        pd.Index(ranks[side]).get_indexer(labels) for side, labels in enumerate((table.index, table.columns))
    )
    of_a, of_b = np.flatnonzero(at_a >= 0), np.flatnonzero(at_b >= 0)
    apart = weights[np.ix_(at_a[of_a], at_b[of_b])]

    def kappa(tables: np.ndarray) -> np.ndarray:
        known = tables[:, of_a[:, None], of_b].astype(float)
        n = known.sum(axis=(1, 2))
        expected = known.sum(axis=2)[:, :, None] * known.sum(axis=1)[:, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 - n * (known * apart).sum(axis=(1, 2)) / (expected * apart).sum(axis=(1, 2))

    return kind, kappa


def words(features: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """One word, two schemes: how many customers it names in both, how many in one alone, and what sets those apart.

    Parameters
    ----------
    features : one row per customer: ``customer_id``, ``status`` and the three measures
    labels : one row per scheme and customer

    Returns
    -------
    one row per word of ``WORDS`` and pair of schemes that have it here
        ``word``; ``scheme_a``, ``label_a``, ``scheme_b``, ``label_b``; ``customers_a`` and ``customers_b`` so named; ``both``,
        ``only_a``, ``only_b``; ``overlap``: of those named so by either, the share named so by both (empty where nobody is).
        ``measure``: the measure that most sets apart those whom only A names from those whom only B names (where one of the two is
        nobody, the customers of both stand in); ``chance``: that one of the first is better in it than one of the second, equals
        counting half; ``median_a`` and ``median_b`` of the two groups. Empty where there are not two groups to compare.
    """
    schema.require(features, ["customer_id", "status", *MEASURES], "features")
    named = by_scheme(labels, features["customer_id"])
    places = {
        measure: np.unique(features[measure].to_numpy(dtype=float), return_inverse=True)
        for measure in MEASURES
    }
    rows = []
    for word, meant in WORDS.items():
        known = [(scheme, label) for scheme, label in meant if scheme in named]
        for (a, label_a), (b, label_b) in itertools.combinations(known, 2):
            is_a, is_b = np.asarray(named[a] == label_a), np.asarray(named[b] == label_b)
            either = is_a | is_b
            rows.append(
                {
                    "word": word,
                    "scheme_a": a,
                    "label_a": label_a,
                    "scheme_b": b,
                    "label_b": label_b,
                    "customers_a": is_a.sum(),
                    "customers_b": is_b.sum(),
                    "both": (is_a & is_b).sum(),
                    "only_a": (is_a & ~is_b).sum(),
                    "only_b": (is_b & ~is_a).sum(),
                    "overlap": (is_a & is_b).sum() / either.sum() if either.any() else np.nan,
                    **_apart(places, is_a, is_b),
                }
            )
    return schema.frame("crosswalk_words", rows)


def _apart(
    places: dict[str, tuple[np.ndarray, np.ndarray]], is_a: np.ndarray, is_b: np.ndarray
) -> dict[str, object]:
    """The measure in which those whom only one scheme names so differ most from the others."""
    both = is_a & is_b
    first, second = (group if group.any() else both for group in (is_a & ~is_b, is_b & ~is_a))
    found: dict[str, object] = {"measure": None, "chance": np.nan, "median_a": np.nan, "median_b": np.nan}
    if not first.any() or not second.any() or (first & second).any():
        return found
    for measure, (values, place) in places.items():
        one, other = (np.bincount(place[group], minlength=len(values)) for group in (first, second))
        below = np.cumsum(other) - other / 2  # an equal one counts half
        better = (one @ below) / (one.sum() * other.sum())
        better = 1 - better if measure in LOW_IS_GOOD else better
        if found["measure"] is None or abs(better - 0.5) > abs(found["chance"] - 0.5) + 1e-12:
            medians = (round(float(np.median(values[place[group]])), 2) for group in (first, second))
            found = {"measure": measure, "chance": round(better, 12)}
            found |= dict(zip(("median_a", "median_b"), medians, strict=True))
    return found


def changes(
    features: pd.DataFrame, labels: pd.DataFrame, one: tuple[str, str], other: tuple[str, str]
) -> pd.DataFrame:
    """Who is named so by one of two schemes and not by the other, and why: the two reasons side by side.

    Parameters
    ----------
    features, labels : as for ``words``; ``labels`` with ``reason``
    one, other : scheme and label, as ("tier3", "potential"), ("rfm8", "potential")

    Returns
    -------
    one row per customer whom exactly one of the two names so, by id
        ``customer_id``, ``label_a``, ``reason_a``, ``label_b``, ``reason_b`` and the three measures.

    Raises
    ------
    TableError
        A scheme is not among the labels.
    """
    known = set(labels["scheme"])
    for scheme, _ in (one, other):
        if scheme not in known:
            raise TableError(f"labels: no scheme {scheme}; it has {', '.join(sorted(known))}")
    table = features[["customer_id", *MEASURES]].sort_values("customer_id", ignore_index=True)
    for side, (scheme, _) in zip("ab", (one, other), strict=True):
        rows = labels[labels["scheme"] == scheme].set_index("customer_id")
        for column in ("label", "reason"):
            table[f"{column}_{side}"] = table["customer_id"].map(rows[column].astype("str"))
    differs = (table["label_a"] == one[1]) != (table["label_b"] == other[1])
    return table.loc[
        differs, ["customer_id", "label_a", "reason_a", "label_b", "reason_b", *MEASURES]
    ].reset_index(drop=True)


def reading_changes(rfm: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """The customers whose name among the 8 cells hangs on how "high R" is read (trap T1).

    Parameters
    ----------
    rfm : one row per scored customer
    readings : of ``schemes.readings``: the name of each of the 8 cells under each reading

    Returns
    -------
    one row per customer whose cell has not the same name under all readings, by id
        ``customer_id``, ``recency_days``, ``n_orders``, ``spend``, ``r_score``, ``high_low``, ``reading_intended``,
        ``reading_score``, ``reading_days``.
    """
    schema.require(rfm, ["customer_id", *MEASURES, "r_score", "high_low"], "rfm")
    schema.require(readings, schema.TABLES["rfm8_readings"], "rfm8_readings")
    moving = readings[readings["changes"]].set_index("high_low")
    rows = rfm[rfm["high_low"].isin(moving.index)].sort_values("customer_id")
    names = moving[[f"reading_{reading}" for reading in ("intended", "score", "days")]]
    return schema.frame("reading_changes", rows.join(names, on="high_low"))
