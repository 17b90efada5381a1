"""What an order of a customer will bring: the gamma-gamma model of money per repeat order."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import gammaln, psi

from custkit.value.likelihood import Solution, maximise

NAMES = ("p", "q", "v")
_LIMITS = (1e-4, 1e4)


@dataclass(frozen=True)
class MoneyFit:
    """A fitted model of money per order; where it is not ``usable``, ``note`` says why and plain means stand in.

    ``mean`` is that of the customers' own means: what stands in for customers without a repeat order.
    ``correlation`` is that of the (logarithm of the) number of repeat orders with their mean money: the model takes the two to
    have nothing to do with each other. Empty where one of the two is the same for all.
    """

    solution: Solution | None
    customers: int
    mean: float
    correlation: float
    p_value: float
    note: str = ""

    @property
    def usable(self) -> bool:
        return self.solution is not None

    @property
    def parameters(self) -> np.ndarray:
        return self.solution.parameters


def fit(repeat_orders: pd.Series, mean_spend: pd.Series, least: int = 30) -> MoneyFit:
    """The gamma-gamma model of customers with a repeat order whose mean money is above zero.

    Parameters
    ----------
    repeat_orders, mean_spend : of each customer, in one order; the others have no say
    least : customers below which nothing is fitted

    Returns
    -------
    MoneyFit. Not usable with too few customers (``few_repeaters``) or without a maximum (``not_converged``). Where q is 1 or
    less (``heavy_tail``), the model has no finite mean for customers without a repeat order; for the others it has.

    Source
    ------
    Fader & Hardie (2013), "The gamma-gamma model of monetary value".
    """
    known = (repeat_orders > 0).to_numpy() & (mean_spend > 0).to_numpy()
    x = repeat_orders.to_numpy(dtype=float, na_value=np.nan)[known]
    z = mean_spend.to_numpy(dtype=float, na_value=np.nan)[known]
    order = np.lexsort((z, x))  # sums in one order, whatever that of the rows
    x, z = x[order], z[order]
    mean = math.fsum(z) / len(z) if len(z) else 0.0
    found = (len(x), mean, *_link(x, z))
    if len(x) < least:
        return MoneyFit(None, *found, "few_repeaters")

    def rows(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _log_likelihood(parameters, x, z / mean)

    starts = [(2.0, 3.0, 2.0), (8.0, 4.0, 1.0), (1.0, 10.0, 10.0)]
    solution = maximise(rows, np.ones(len(x)), starts, _LIMITS)
    if solution is None:
        return MoneyFit(None, *found, "not_converged")
    p, q, v = solution.parameters
    # The fit was in multiples of the mean; back in money, each z loses ln(mean) of its density.
    loglik = solution.loglik - len(x) * np.log(mean)
    scaled = Solution(np.array([p, q, v * mean]), loglik, solution.covariance, solution.at_limit)
    note = "at_limit" if scaled.at_limit else "heavy_tail" if q <= 1 else ""
    return MoneyFit(scaled, *found, note)


def _link(x: np.ndarray, z: np.ndarray) -> tuple[float, float]:
    """Correlation of the logarithm of the number of orders with their mean money, and its p-value.

    Ranks would not do: means of many orders are less skewed, so their median is higher where nothing is linked. The mean is
    not, whatever the number; and since the spread of the money falls with it, the test is White's.
    """
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(z) == 0:
        return float("nan"), float("nan")
    number, amount = np.log(x) - np.log(x).mean(), z - z.mean()
    together = number @ amount
    error = np.sqrt(((number * amount) ** 2).sum())
    correlation = together / np.sqrt((number @ number) * (amount @ amount))
    return float(correlation), float(2 * stats.norm.sf(abs(together) / error))


def expected(fit: MoneyFit, repeat_orders, mean_spend, parameters=None) -> np.ndarray:
    """Money that an order to come will bring.

    By the model it lies between the customer's own mean and that of all, the nearer to their own the more orders are known.
    Where the model has no mean, and for customers without a repeat order where there is no model, ``fit.mean`` stands in;
    without a model the others have their own mean.

    Parameters
    ----------
    repeat_orders, mean_spend : of each customer; ``mean_spend`` may be empty where ``repeat_orders`` is 0
    parameters : p, q, v to take instead of those of ``fit``
    """
    x = np.asarray(repeat_orders, float)
    own = np.where(x > 0, np.nan_to_num(np.asarray(mean_spend, float)), 0.0)
    if not fit.usable:
        return np.where(x > 0, own, fit.mean)
    p, q, v = fit.parameters if parameters is None else parameters
    orders = p * x + q - 1
    return np.where(orders > 0, p * (v + x * own) / np.where(orders > 0, orders, 1.0), fit.mean)


def _log_likelihood(parameters, x, z) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood of each customer and its gradient by parameter."""
    p, q, v = parameters
    distinct, place = np.unique(x, return_inverse=True)
    whole = p * distinct + q
    logs = np.log(x * z + v)
    of_orders = gammaln(whole) - gammaln(p * distinct) - gammaln(q) + q * np.log(v)
    of_orders += p * distinct * np.log(distinct)
    values = of_orders[place] + (p * x - 1) * np.log(z) - whole[place] * logs
    by_p = x * ((psi(whole) - psi(p * distinct) + np.log(distinct))[place] + np.log(z) - logs)
    by_q = (psi(whole) - psi(q) + np.log(v))[place] - logs
    by_v = q / v - whole[place] / (x * z + v)
    return values, np.stack([by_p, by_q, by_v])
