"""A logistic regression that explains itself: what each measure adds to the risk of each customer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

MONEY = ("avg_order_value",)
_AS_IT_IS = ("single_day", "discounted_share")  # shares need no logarithm
_PENALTY = (
    1.0  # one customer's worth of doubt: keeps coefficients finite where a measure nearly settles the matter
)


@dataclass(frozen=True)
class Fit:
    """A fitted model: one entry per measure, in this order, constants left out."""

    names: tuple[str, ...]
    unit: np.ndarray  # money is counted in the median order value, so that the currency does not matter
    mean: np.ndarray  # of the logarithms
    deviation: np.ndarray
    coefficients: np.ndarray
    intercept: float
    covariance: np.ndarray  # of the coefficients


def fit(known: pd.DataFrame, left: pd.Series) -> Fit:
    """Logistic regression of leaving on standardised logarithms of the measures.

    Parameters
    ----------
    known : ``design.measures``, or some columns of it
    left : bool, same index; both outcomes occur

    Source
    ------
    Ridge-penalised maximum likelihood (le Cessie & van Houwelingen 1992, *Applied Statistics* 41, 191-201); the
    covariance is the inverse of the penalised information.
    """
    varies = known.max() > known.min()  # a constant, or a measure that nobody has, tells nobody apart
    known = known[varies.index[varies]]
    names = tuple(known.columns)
    values = known.to_numpy(dtype=float)
    unit = np.array([_typical(column) if name in MONEY else 1.0 for name, column in known.items()])
    logs = _logs(values, names, unit)
    mean, deviation = _moments(logs)
    learned = (np.zeros(0), float(logit(left.mean())), np.zeros((0, 0)))
    if names:
        learned = _learn(np.nan_to_num((logs - mean) / deviation), left.to_numpy(dtype=int))
    return Fit(names, unit, mean, deviation, *learned)


def _learn(design: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Coefficients, intercept, covariance of the coefficients."""
    # Here, since a run that has no orders needs none of it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / _PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(design, outcome)
    chance = model.predict_proba(design)[:, 1]
    weighted = np.column_stack([design, np.ones(len(design))])
    penalty = np.diag([*[_PENALTY] * design.shape[1], 0.0])
    information = weighted.T @ (weighted * (chance * (1 - chance))[:, None]) + penalty
    return model.coef_[0], float(model.intercept_[0]), np.linalg.inv(information)[:-1, :-1]


def standardised(fitted: Fit, known: pd.DataFrame) -> np.ndarray:
    """Each measure in standard deviations from the average buyer of the fit; an unknown one is average."""
    values = known[[*fitted.names]].to_numpy(dtype=float)
    return np.nan_to_num((_logs(values, fitted.names, fitted.unit) - fitted.mean) / fitted.deviation)


def risk(fitted: Fit, known: pd.DataFrame) -> pd.Series:
    """Probability of no order in the next window, for each row of ``known``."""
    odds = fitted.intercept + standardised(fitted, known) @ fitted.coefficients
    return pd.Series(expit(odds), index=known.index)


def drivers(fitted: Fit, known: pd.DataFrame) -> pd.DataFrame:
    """What each measure does to the risk when the others are average.

    Returns
    -------
    one row per measure, the strongest first
        ``coefficient`` (log odds per standard deviation) with ``low`` and ``high`` (95 %, Wald), ``is_clear`` where
        they are on one side of zero; ``value_few`` and ``value_many`` (the measure of the customer in the tenth place
        of a hundred, and of the one in the ninetieth) and the risk at each, ``risk_few`` and ``risk_many``.
    """
    spread = 1.959964 * np.sqrt(np.diag(fitted.covariance))
    ends = known[[*fitted.names]].quantile([0.1, 0.9])
    at_ends = expit(fitted.intercept + standardised(fitted, ends) * fitted.coefficients)
    table = pd.DataFrame(
        {
            "measure": pd.Series(fitted.names, dtype="str"),
            "coefficient": fitted.coefficients,
            "low": fitted.coefficients - spread,
            "high": fitted.coefficients + spread,
            "value_few": ends.to_numpy()[0],
            "value_many": ends.to_numpy()[1],
            "risk_few": at_ends[0],
            "risk_many": at_ends[1],
        }
    )
    table["is_clear"] = (table["low"] > 0) | (table["high"] < 0)
    strength = table["coefficient"].abs()
    return table.iloc[np.argsort(-strength.to_numpy(), kind="stable")].reset_index(drop=True)


def _typical(column: pd.Series) -> float:
    middle = column[column > 0].median()
    return float(middle) if middle > 0 else 1.0


def _logs(values: np.ndarray, names: tuple[str, ...], unit: np.ndarray) -> np.ndarray:
    """log(1 + value), values below zero as zero (an order value below zero is one that came back)."""
    logs = np.log1p(np.maximum(values, 0) / unit)
    plain = np.array([name in _AS_IT_IS for name in names], dtype=bool)
    return np.where(plain, values, logs)


def _moments(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    deviation = np.nanstd(logs, axis=0) if len(logs) else np.ones(logs.shape[1])
    # A measure that varies only below zero has the same logarithm everywhere: it then says nothing, and is zero.
    return np.nanmean(logs, axis=0), np.where(deviation > 0, deviation, 1.0)
