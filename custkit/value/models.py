"""How often a customer will order again, if they are still one: BG/NBD and MBG/NBD by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, hyp2f1, psi

from custkit import schema
from custkit.value.likelihood import Solution, maximise

WEEK = 7.0  # days; the models count in weeks
NAMES = ("r", "alpha", "a", "b")
_LIMITS = (
    1e-4,
    1e3,
)  # of each parameter; at a limit customers do not differ in that respect, as far as data tell
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class OrderFit:
    """A fitted model of repeat orders; ``note`` is empty where nothing is wrong.

    ``usable`` is False, and the parameters are empty, where no model could be fitted: ``note`` is then ``few_repeaters`` or
    ``not_converged``. ``at_limit`` says that a parameter ran to the end of its range: usable, and to be said.
    """

    model: str
    solution: Solution | None
    customers: int
    repeaters: int
    note: str = ""

    @property
    def usable(self) -> bool:
        return self.solution is not None

    @property
    def parameters(self) -> np.ndarray:
        return self.solution.parameters


def histories(features: pd.DataFrame) -> pd.DataFrame:
    """Equal histories of buyers, counted: all that the models know of customers.

    Parameters
    ----------
    features : one row per customer
        ``status``, ``repeat_orders``, ``active_days``, ``age_days``; buyers without an age have no say.

    Returns
    -------
    one row per distinct history, sorted
        ``repeat_orders`` (x), ``active_days`` (7 t_x), ``age_days`` (7 T), ``customers``.
    """
    columns = ["repeat_orders", "active_days", "age_days"]
    schema.require(features, ["status", *columns], "features")
    known = features[(features["status"] == "buyer") & features["age_days"].notna()]
    orders, active, age = (known[column].to_numpy(dtype="int64", na_value=0) for column in columns)
    # One number for the three: a sort of integers takes a tenth of the time of a sort of rows.
    days = int(age.max(initial=0)) + 1
    codes, counts = np.unique((orders * days + active) * days + age, return_counts=True)
    rest, age = np.divmod(codes, days)
    orders, active = np.divmod(rest, days)
    return pd.DataFrame(
        {"repeat_orders": orders, "active_days": active, "age_days": age, "customers": counts.astype("int64")}
    )


def fit(histories: pd.DataFrame, model: str = "bg_nbd", least: int = 30) -> OrderFit:
    """The model of repeat orders that makes the histories most likely.

    Customers order at their own steady pace while they are customers (gamma: r, alpha, in weeks), and leave for good with
    their own chance after each order (beta: a, b). In BG/NBD nobody leaves after the first order, so that whoever ordered
    once is surely alive; in MBG/NBD they may.

    Parameters
    ----------
    histories : from ``histories``
    model : ``bg_nbd`` or ``mbg_nbd``
    least : customers with a repeat order below which nothing is fitted

    Returns
    -------
    OrderFit, ``usable`` or with the reason in ``note``. Nothing is raised for thin data: the caller says it.

    Source
    ------
    Fader, Hardie & Lee (2005), *Marketing Science* 24, 275-284 (BG/NBD); Batislam, Denizel & Filiztekin (2007),
    *International Journal of Research in Marketing* 24, 201-209 (MBG/NBD).
    """
    schema.require(histories, ["repeat_orders", "active_days", "age_days", "customers"], "histories")
    weights = histories["customers"].to_numpy(dtype=float)
    customers = int(weights.sum())
    repeaters = int(weights[histories["repeat_orders"] > 0].sum())
    if repeaters < least or histories["age_days"].max() <= 0:
        return OrderFit(model, None, customers, repeaters, "few_repeaters")
    x, active, age = (
        histories[name].to_numpy(dtype=float) for name in ("repeat_orders", "active_days", "age_days")
    )
    pace = (weights @ x) / (weights @ age) * WEEK  # repeat orders a week, over all

    def rows(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _log_likelihood(parameters, x, active / WEEK, age / WEEK, _first_chance(model))

    starts = [(r, r / pace, a, b) for r, a, b in ((0.5, 0.7, 2.5), (1.5, 0.3, 6.0), (0.2, 2.0, 4.0))]
    solution = maximise(rows, weights, starts, _LIMITS)
    if solution is None:
        return OrderFit(model, None, customers, repeaters, "not_converged")
    return OrderFit(model, solution, customers, repeaters, "at_limit" if solution.at_limit else "")


def p_alive(parameters, model: str, repeat_orders, active_days, age_days) -> np.ndarray:
    """Chance that a customer with this history is still one; in BG/NBD 1 for those who ordered once.

    Source: Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model"; Batislam et al. (2007).
    """
    r, alpha, a, b = parameters
    x, active, age = (np.asarray(values, float) for values in (repeat_orders, active_days, age_days))
    chances = x + _first_chance(model)  # how often they could have left, and did not, if they are alive
    odds = (r + x) * (np.log(alpha + age / WEEK) - np.log(alpha + active / WEEK))
    with np.errstate(divide="ignore", over="ignore"):
        left = np.exp(np.log(a) - np.log(b + chances - 1, where=chances > 0, out=np.zeros_like(x)) + odds)
        return np.where(chances > 0, 1 / (1 + left), 1.0)


def orders_ahead(
    parameters, model: str, repeat_orders, age_days, days: float, yearly: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Orders expected in the next ``days`` of a customer who is alive, and the same discounted at a rate a year.

    Times ``p_alive`` it is the conditional expectation of the sources. Their closed form, a difference of hypergeometric
    functions, has no value where a is 1 and loses digits near it; so we add up the pace of orders over the time ahead,
    (r + x) / (alpha + T) x 2F1(r + x + 1, a; a + b + n; -u / (alpha + T)) at a time u from now, n the times that the
    customer stayed. Nothing in it can overflow or vanish against something else.

    Equal pairs of ``repeat_orders`` and ``age_days`` are reckoned once.
    """
    r, alpha, a, b = parameters
    pairs = pd.MultiIndex.from_arrays([np.asarray(repeat_orders, float), np.asarray(age_days, float)])
    places, distinct = pairs.factorize()
    x, age = (distinct.get_level_values(level).to_numpy(dtype=float)[:, None] for level in (0, 1))
    scale = alpha + age / WEEK
    weeks = days / WEEK
    # Half of what is expected comes early; on a logarithmic scale of time 16 points reach 10 digits.
    end = np.log1p(weeks / scale)
    steps = (_NODES + 1) / 2 * end
    ahead = scale * np.expm1(steps)
    flow = (r + x) * np.exp(steps) * _still(r + x + 1, a, b + x + _first_chance(model), ahead / scale)
    weights = _WEIGHTS / 2 * end
    now = np.exp(-np.log1p(yearly) * ahead * WEEK / 365)
    return (flow * weights).sum(axis=1)[places], (flow * now * weights).sum(axis=1)[places]


def _still(power: np.ndarray, a: float, stayed: np.ndarray, w: np.ndarray) -> np.ndarray:
    """2F1(power, a; a + stayed; -w), which lies between 0 and 1, for any size of its arguments.

    Euler's transformation leaves small parameters of which one grows with the orders only in the denominator. Where it
    still fails (a in the hundreds and hardly an order), the form before it holds.
    """
    share = w / (1 + w)
    below = a + stayed
    with np.errstate(invalid="ignore", over="ignore"):
        still = np.exp(-a * np.log1p(w)) * hyp2f1(below - power, a, below, share)
    failed = ~((still >= 0) & (still <= 1 + 1e-9))
    if failed.any():
        power, below, w = (np.broadcast_to(values, still.shape)[failed] for values in (power, below, w))
        still[failed] = np.nan_to_num(hyp2f1(power, a, below, -w), nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
    return still


def _first_chance(model: str) -> int:
    """How often customers could have left before their first repeat order."""
    return 1 if model == "mbg_nbd" else 0


def _log_likelihood(parameters, x, active, age, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood of each history and its gradient by parameter, times in weeks."""
    r, alpha, a, b = parameters
    distinct, place = np.unique(x, return_inverse=True)
    stays = distinct + first
    # Gamma functions of distinct numbers of orders only: they cost more than all the rest.
    of_orders = gammaln(r + distinct) - gammaln(r) + r * np.log(alpha)
    of_orders += gammaln(a + b) + gammaln(b + stays) - gammaln(b) - gammaln(a + b + stays)
    could_leave = (stays > 0)[place]
    left = np.full(len(x), -np.inf)
    log_alive, log_active = np.log(alpha + age), np.log(alpha + active)
    denominator = (b + stays - 1)[place]
    alive = -(r + x) * log_alive
    np.log(a / np.where(could_leave, denominator, 1.0), where=could_leave, out=left)
    left = np.where(could_leave, left - (r + x) * log_active, -np.inf)
    both = np.logaddexp(alive, left)
    gone = np.exp(left - both)
    by_r = (psi(r + distinct) - psi(r) + np.log(alpha))[place] - (1 - gone) * log_alive - gone * log_active
    by_alpha = r / alpha - (r + x) * ((1 - gone) / (alpha + age) + gone / (alpha + active))
    of_both = psi(a + b) - psi(a + b + stays)
    by_a = of_both[place] + gone / a
    by_b = (of_both + psi(b + stays) - psi(b))[place] - gone / np.where(could_leave, denominator, 1.0)
    return of_orders[place] + both, np.stack([by_r, by_alpha, by_a, by_b])
