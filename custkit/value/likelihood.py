"""The largest likelihood over a few positive parameters, how sure it is, and whether it was found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

_FLAT = 1e-5  # largest slope of the mean log-likelihood, by log parameter, that counts as a maximum
_STEP = 1e-4  # of log parameters, for the curvature


@dataclass(frozen=True)
class Solution:
    """Parameters at the maximum, and the covariance of their logarithms (0 for those that ran to a limit)."""

    parameters: np.ndarray
    loglik: float
    covariance: np.ndarray
    at_limit: bool


def maximise(
    rows: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    weights: np.ndarray,
    starts: list[tuple[float, ...]],
    limits: tuple[float, float],
) -> Solution | None:
    """The parameters with the largest weighted log-likelihood; None where no start leads to a maximum.

    Parameters
    ----------
    rows : parameters to the log-likelihood of each row, and its gradient (parameters x rows)
    weights : how many customers each row stands for
    starts : of which the best end is taken
    limits : between which each parameter is sought

    Returns
    -------
    Solution. A maximum is believed where the slope is flat in every direction that the limits leave open. The covariance is
    the sandwich of White (1982), *Econometrica* 50, 1-25: what resampling customers again and again would come to, and
    right also where the model is not.
    """
    total = weights.sum()

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = np.exp(logs)
        values, slopes = rows(parameters)
        return -(weights @ values) / total, -(slopes @ weights) * parameters / total

    low, high = np.log(limits[0]), np.log(limits[1])
    best = None
    for start in starts:
        begin = np.log(start).clip(low, high)
        found = optimize.minimize(
            loss,
            begin,
            jac=True,
            method="L-BFGS-B",
            bounds=[(low, high)] * len(begin),
            options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-8},
        )
        held = ((found.x <= low + 1e-6) & (found.jac > 0)) | ((found.x >= high - 1e-6) & (found.jac < 0))
        flat = np.isfinite(found.fun) and (np.abs(found.jac[~held]) < _FLAT).all()
        if flat and (best is None or found.fun < best[0] - 1e-12):
            best = (found.fun, found.x, held)
    if best is None:
        return None
    value, logs, held = best
    return Solution(
        np.exp(logs), float(-value * total), _sandwich(rows, loss, weights, logs, held), bool(held.any())
    )


def _sandwich(rows, loss, weights: np.ndarray, logs: np.ndarray, held: np.ndarray) -> np.ndarray:
    free = np.flatnonzero(~held)
    covariance = np.zeros((len(logs), len(logs)))
    curvature = np.empty((len(free), len(free)))
    for place, parameter in enumerate(free):
        step = np.zeros(len(logs))
        step[parameter] = _STEP
        curvature[place] = (loss(logs + step)[1] - loss(logs - step)[1])[free] / (2 * _STEP)
    parameters = np.exp(logs)
    slopes = (rows(parameters)[1] * parameters[:, None])[free]
    inverse = np.linalg.pinv((curvature + curvature.T) / 2 * weights.sum(), hermitian=True)
    covariance[np.ix_(free, free)] = inverse @ ((slopes * weights) @ slopes.T) @ inverse
    return covariance
