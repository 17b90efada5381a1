"""How well risks foretold what came: measures with intervals, calibration, and what each tenth of the risks holds."""

import numpy as np
import pandas as pd

from custkit import schema, stats

_MOST_DRAWN = 20_000  # customers in a resample
_PARTS = 10


class Ranked:
    """The risks of one model in order, equal ones together, so that weighted measures of them are sums."""

    def __init__(self, risk: np.ndarray, left: np.ndarray):
        self.order = np.argsort(-risk, kind="stable")
        falling = risk[self.order]
        self.starts = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])
        self.level = falling[self.starts]
        self.left = left[self.order].astype(float)
        self.errors = (risk - left) ** 2

    def sums(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weight of those who left and of those who came back at each level of risk, the highest first."""
        weights = weights[self.order]
        gone = np.add.reduceat(weights * self.left, self.starts)
        return gone, np.add.reduceat(weights, self.starts) - gone

    def auc(self, weights: np.ndarray) -> float:
        """Chance that one who left has the higher risk than one who came back; equal risks count half."""
        gone, stayed = self.sums(weights)
        pairs = gone.sum() * stayed.sum()
        return float(stayed @ (np.cumsum(gone) - gone / 2) / pairs) if pairs else np.nan

    def average_precision(self, weights: np.ndarray) -> float:
        """Mean share of leavers among those with at least the risk of each leaver."""
        gone, stayed = self.sums(weights)
        reached = np.cumsum(gone)
        above = reached + np.cumsum(stayed)
        precision = np.divide(reached, above, out=np.zeros_like(reached), where=above > 0)
        return float(gone @ precision / gone.sum()) if gone.sum() else np.nan

    def brier(self, weights: np.ndarray) -> float:
        return float(weights @ self.errors / weights.sum())


_METRICS = {
    "auc": (Ranked.auc, 1),
    "average_precision": (Ranked.average_precision, 1),
    "brier": (Ranked.brier, -1),
}


def tried(
    risks: dict[str, pd.Series], left: pd.Series, *, against: str, draws: int = 400, seed: int = 2026
) -> pd.DataFrame:
    """Each model's measures on the same customers, and what it gains on the model ``against``.

    Parameters
    ----------
    risks : model to probability of leaving, index as ``left``
    left : bool, what came; index customer_id

    Returns
    -------
    one row per model and metric
        ``auc``, ``average_precision`` (of leaving), ``brier``; for each model but ``against``, ``auc_gain``,
        ``average_precision_gain`` and ``brier_gain``: above zero is better than ``against``. ``low`` and ``high`` hold
        95 % of resamples of the customers, the same resamples for all models, so that gains are paired.

    Source
    ------
    Efron & Tibshirani (1993), chapter 13 (percentile interval); with more than 20,000 customers, the spread is that
    of 20,000 of them, shrunk by the root of the ratio (subsampling, Politis & Romano 1994, *Annals of Statistics* 22).
    """
    left = left.sort_index()
    came = left.to_numpy()
    n = len(came)
    columns = ["model", "metric", "value", "low", "high"]
    if not n or came.all() or not came.any():
        return schema.empty("churn_test")
    told = {model: risk.reindex(left.index).to_numpy() for model, risk in risks.items()}
    whole = _measure({model: Ranked(risk, came) for model, risk in told.items()}, np.ones(n), against)
    rng = np.random.default_rng(seed)
    drawn = min(n, _MOST_DRAWN)
    places = np.arange(n) if drawn == n else np.sort(rng.choice(n, drawn, replace=False))
    spread = _spread({model: risk[places] for model, risk in told.items()}, came[places], against, draws, rng)
    known = np.array(list(whole.values()))
    low, high = known + spread * np.sqrt(drawn / n)
    rows = [
        (*key, value, *ends)
        for key, value, ends in zip(whole, known, zip(low, high, strict=True), strict=True)
    ]
    return pd.DataFrame(rows, columns=columns).astype({"model": "str", "metric": "str"})


def _spread(
    told: dict[str, np.ndarray], came: np.ndarray, against: str, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """How far below and above what was found 95 % of resamples of these customers lie, for each measure."""
    n = len(came)
    ranked = {model: Ranked(risk, came) for model, risk in told.items()}
    found = np.array(list(_measure(ranked, np.ones(n), against).values()))
    resampled = [
        list(
            _measure(ranked, np.bincount(rng.integers(0, n, n), minlength=n).astype(float), against).values()
        )
        for _ in range(draws)
    ]
    return np.nanquantile(np.array(resampled) - found, [0.025, 0.975], axis=0)


def _measure(ranked: dict[str, Ranked], weights: np.ndarray, against: str) -> dict[tuple[str, str], float]:
    found = {
        (model, metric): measure(one, weights)
        for model, one in ranked.items()
        for metric, (measure, _) in _METRICS.items()
    }
    gains = {
        (model, f"{metric}_gain"): sign * (found[model, metric] - found[against, metric])
        for model in ranked
        if model != against
        for metric, (_, sign) in _METRICS.items()
    }
    return found | gains


def calibration(model: str, risk: pd.Series, left: pd.Series) -> pd.DataFrame:
    """Of customers with about the same risk, how many left? Up to ten groups by risk, equal risks never parted.

    Returns
    -------
    one row per group, the lowest risk first
        ``model``, ``risk_group``, ``customers``, ``expected`` (mean risk), ``actual`` (share who left), ``low`` and ``high``
        of it (Wilson, 95 %).
    """
    table = pd.DataFrame({"risk": risk, "left": left.reindex(risk.index).astype(bool)}).sort_index()
    if table.empty:
        return schema.empty("churn_calibration")
    edges = np.unique(np.quantile(table["risk"], np.arange(1, _PARTS) / _PARTS))
    groups = table.assign(risk_group=np.searchsorted(edges, table["risk"], side="left")).groupby("risk_group")
    found = groups.agg(
        customers=("risk", "size"), expected=("risk", "mean"), gone=("left", "sum")
    ).reset_index()
    low, high = stats.wilson(found["gone"], found["customers"])
    found = found.assign(
        model=model, risk_group=np.arange(1, len(found) + 1), actual=found["gone"] / found["customers"]
    )
    return schema.frame("churn_calibration", found.assign(low=low, high=high).round(12))


def lift(risks: dict[str, pd.Series], left: pd.Series) -> pd.DataFrame:
    """What each tenth of the customers holds, those with the highest risk first.

    Where equal risks straddle the border of a tenth, each such customer belongs to both in proportion, so that neither
    row order nor chance decides who is in; so customers and leavers of a tenth need not be whole numbers.

    Returns
    -------
    one row per model and tenth
        ``model``, ``tenth`` (1: the highest risk), ``customers``, ``gone``, ``share_gone`` (of the tenth), ``lift`` (over
        the share of all), ``reached`` (share of all leavers in this tenth and those before it).
    """
    ends = np.arange(_PARTS + 1) / _PARTS * len(left)
    rows = []
    for model, risk in risks.items():
        came = left.sort_index()
        gone, stayed = Ranked(risk.reindex(came.index).to_numpy(), came.to_numpy()).sums(np.ones(len(came)))
        so_far = np.interp(ends, np.r_[0, np.cumsum(gone + stayed)], np.r_[0, np.cumsum(gone)])
        held, size = np.diff(so_far), len(came) / _PARTS
        rows.append(
            pd.DataFrame(
                {
                    "model": model,
                    "tenth": np.arange(1, _PARTS + 1),
                    "customers": size,
                    "gone": held,
                    "share_gone": held / size,
                    "lift": held / size / came.mean(),
                    "reached": so_far[1:] / so_far[-1],
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    return schema.frame("churn_lift", table.round(12))  # free from the order in which levels were summed
