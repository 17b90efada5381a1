"""What each customer is expected to bring from here on, and on what that expectation rests."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custkit import schema
from custkit.settings import LifetimeRules
from custkit.value import models, money

_SURE = 1.959963984540054  # standard deviations on each side that hold 95 %
_STEP = 1e-3  # of a log parameter, for the change of value with it
_DECIMALS = 4  # of money: frees results from the last bits of sums
_COLUMNS = 10  # of the map of recency
LAST_GROUP = 7  # repeat orders from which customers are taken together
_MEASURES = ("repeat_orders", "active_days", "age_days", "mean_repeat_spend", "spend", "gross_spend")


@dataclass(frozen=True)
class Fits:
    """All that lifetime value takes from a set of customers; it can be applied to any others.

    ``kept_share`` is net spend over gross spend: what is left of an order after refunds. ``margin_share`` is what is earned of
    it. ``orders`` is empty where no model was asked for.
    """

    orders: models.OrderFit | None
    money: money.MoneyFit
    kept_share: float
    margin_share: float
    margin_known: bool
    buyers: int

    @property
    def basis(self) -> str:
        return self.orders.model if self.orders is not None and self.orders.usable else "historic"


def fit(whole: pd.DataFrame, rules: LifetimeRules = LifetimeRules()) -> Fits:
    """Fit the models of orders and of money per order on the buyers of ``whole``.

    Parameters
    ----------
    whole : one row per customer
        ``status``, ``repeat_orders``, ``active_days``, ``age_days``, ``mean_repeat_spend``, ``spend``, ``gross_spend``; and
        ``margin``, which counts only where every buyer has it.
    rules : LifetimeRules

    Returns
    -------
    Fits. Thin data raise nothing: ``basis`` is then ``historic`` and ``orders.note`` says why.

    Raises
    ------
    TableError
        A column is missing.
    """
    schema.require(whole, ["customer_id", "status", *_MEASURES], "features")
    buyers = whole[whole["status"] == "buyer"]
    spend, gross = (math.fsum(buyers[column]) for column in ("spend", "gross_spend"))
    with_margin = "margin" in buyers and len(buyers) > 0 and buyers["margin"].notna().all() and spend > 0
    orders = None
    if rules.lifetime_model != "none":
        orders = models.fit(models.histories(buyers), rules.lifetime_model, rules.lifetime_repeaters)
    return Fits(
        orders,
        money.fit(buyers["repeat_orders"], buyers["mean_repeat_spend"], rules.lifetime_repeaters),
        kept_share=min(max(spend / gross, 0.0), 1.0) if gross > 0 else 1.0,
        margin_share=math.fsum(buyers["margin"]) / spend if with_margin else rules.clv_margin,
        margin_known=bool(with_margin),
        buyers=len(buyers),
    )


def value(
    features: pd.DataFrame, fits: Fits, rules: LifetimeRules = LifetimeRules(), *, interval: bool = True
) -> pd.DataFrame:
    """Lifetime value of each customer over ``rules.horizon_days`` ahead.

    Orders that are expected, discounted at ``rules.discount_rate`` a year to today, times what an order is expected to bring,
    times what is left of it after refunds, times the margin.

    Parameters
    ----------
    features : one row per customer, as for ``fit``
    fits : from ``fit``, of these or of other customers
    rules : LifetimeRules
    interval : whether to reckon ``clv_low`` and ``clv_high``, which takes most of the time

    Returns
    -------
    one row per customer, sorted by ``customer_id``
        ``p_alive``, chance of still being a customer; ``expected_orders`` in the horizon; ``clv`` in the run's currency with
        ``clv_low`` and ``clv_high``, the 95 % interval of this *expectation* (what one customer will do varies far more);
        ``churn_risk``, empty here; ``basis``: the model, or ``historic`` (no model: ``clv`` is what the customer has
        brought so far, net, times the margin, nothing is forecast), or ``insufficient`` (not a buyer, or one for fewer than
        ``rules.lifetime_age_days``: at most ``p_alive`` is filled).

    Raises
    ------
    TableError
        A column is missing.

    Source
    ------
    Fader, Hardie & Lee (2005), *Journal of Marketing Research* 42, 415-430, for value as orders times money; the interval is
    the delta method on the covariance of ``likelihood.maximise``.
    """
    schema.require(features, ["customer_id", "status", *_MEASURES], "features")
    people = features.sort_values("customer_id", ignore_index=True)
    buyers = people["status"] == "buyer"
    age = people["age_days"].astype("float64")
    young = age < rules.lifetime_age_days
    modelled = fits.basis != "historic"
    scored = buyers & ~young & (age.notna() | (not modelled))
    made = pd.DataFrame({"customer_id": people["customer_id"].astype("str")})
    for column in ("p_alive", "expected_orders", "clv", "clv_low", "clv_high", "churn_risk"):
        made[column] = np.nan
    if modelled:
        known = people[buyers & age.notna()]
        for column, values in _expected(known, fits, rules, interval).items():
            kept = known.index if column == "p_alive" else known.index[scored[known.index]]
            made.loc[kept, column] = pd.Series(values, index=known.index)[kept]
    else:
        made.loc[scored, "clv"] = (people.loc[scored, "spend"] * fits.margin_share).round(_DECIMALS)
    made["basis"] = pd.Series(np.where(scored, fits.basis, "insufficient"), dtype="str")
    return made


def _expected(known: pd.DataFrame, fits: Fits, rules: LifetimeRules, interval: bool) -> dict[str, np.ndarray]:
    alive, ahead, worth = _reckon(known, fits, rules, fits.orders.parameters, _money_parameters(fits))
    told = {"p_alive": alive.round(6), "expected_orders": ahead.round(6), "clv": worth.round(_DECIMALS)}
    if interval:
        apart = np.exp(_SURE * np.sqrt(_variance(known, fits, rules, worth)))
        ends = np.sort(
            [worth / apart, worth * apart], axis=0
        )  # sorted: at a loss on each order they change places
        told |= dict(zip(("clv_low", "clv_high"), ends.round(_DECIMALS), strict=True))
    return told


def _reckon(known, fits: Fits, rules: LifetimeRules, of_orders, of_money) -> tuple[np.ndarray, ...]:
    model = fits.orders.model
    x, active, age = (
        known[name].to_numpy(dtype=float) for name in ("repeat_orders", "active_days", "age_days")
    )
    alive = models.p_alive(of_orders, model, x, active, age)
    plain, now = models.orders_ahead(of_orders, model, x, age, rules.horizon_days, rules.discount_rate)
    spent = known["mean_repeat_spend"].to_numpy(dtype=float, na_value=np.nan)
    each = money.expected(fits.money, x, spent, of_money)
    return alive, alive * plain, alive * now * each * fits.kept_share * fits.margin_share


def _variance(known, fits: Fits, rules: LifetimeRules, worth: np.ndarray) -> np.ndarray:
    """Of the logarithm of value, by the covariance of both models' parameters; the two are fitted apart."""
    total = np.zeros(len(worth))
    of_orders, of_money = fits.orders.parameters, _money_parameters(fits)
    parts = [(fits.orders.solution, 0)] + ([(fits.money.solution, 1)] if of_money is not None else [])
    for solution, part in parts:
        slopes = np.zeros((len(solution.parameters), len(worth)))
        for place in np.flatnonzero(np.diag(solution.covariance) > 0):
            moved = [of_orders, of_money]
            step = np.zeros(len(solution.parameters))
            step[place] = _STEP
            moved[part] = solution.parameters * np.exp(step)
            changed = _reckon(known, fits, rules, *moved)[2]
            ratio = np.divide(changed, worth, where=worth != 0, out=np.ones_like(worth))
            slopes[place] = np.log(np.where(ratio > 0, ratio, 1)) / _STEP
        total += np.einsum("ij,ik,kj->j", slopes, solution.covariance, slopes)
    return total


def _money_parameters(fits: Fits) -> np.ndarray | None:
    return fits.money.parameters if fits.money.usable else None


def fitted(fits: Fits) -> pd.DataFrame:
    """The models behind ``value`` as the table ``value_models``.

    Returns
    -------
    one row per model and parameter
        ``model`` (``bg_nbd``, ``mbg_nbd``, ``gamma_gamma``, ``historic``), ``parameter``, ``value`` (empty where nothing was
        fitted), ``loglik``, ``unit`` (``week`` or ``money``), ``customers`` fitted on, ``converged``, ``model_note`` (empty,
        ``few_repeaters``, ``not_converged``, ``at_limit``, ``heavy_tail``, ``not_asked``). Model ``money`` has what else value
        is made of: ``mean_order``, ``correlation`` and its ``p_value`` (see ``money.MoneyFit``), ``kept_share``, and
        ``margin_share`` (``from_costs`` or ``assumed``).
    """
    rows = []
    if fits.orders is None:
        rows.append(_row("historic", "none", np.nan, "", fits.buyers, note="not_asked"))
    else:
        rows += _parameters(fits.orders.model, models.NAMES, fits.orders, "week")
    rows += _parameters("gamma_gamma", money.NAMES, fits.money, "money")
    also = {
        "mean_order": fits.money.mean,
        "correlation": fits.money.correlation,
        "p_value": fits.money.p_value,
    }
    rows += [_row("money", name, number, "", fits.money.customers) for name, number in also.items()]
    rows.append(_row("money", "kept_share", fits.kept_share, "", fits.buyers))
    known = "from_costs" if fits.margin_known else "assumed"
    rows.append(_row("money", "margin_share", fits.margin_share, "", fits.buyers, note=known))
    return schema.frame("value_models", rows)


def _parameters(model: str, names: tuple[str, ...], made, unit: str) -> list[dict]:
    if not made.usable:
        return [_row(model, "none", np.nan, unit, made.customers, note=made.note)]
    return [
        _row(model, name, number, unit, made.customers, made.solution.loglik, made.note)
        for name, number in zip(names, made.parameters, strict=True)
    ]


def _row(
    model: str, parameter: str, number: float, unit: str, customers: int, loglik=np.nan, note=""
) -> dict:
    failed = note in ("few_repeaters", "not_converged")
    return {
        "model": model,
        "parameter": parameter,
        "value": number,
        "loglik": loglik,
        "unit": unit,
        "customers": customers,
        "converged": not failed,
        "model_note": note,
    }


def bases(value: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Table ``value_bases``: how many customers stand on which basis, with their orders ahead and their value.

    One row per basis and status that occurs: ``basis``, ``status``, ``customers``, ``expected_orders`` and ``clv`` (sums),
    ``mean_p_alive`` (empty without a model) and ``likely_gone`` (customers who are less likely than not still customers).
    """
    schema.require(value, ["customer_id", "basis", "p_alive", "expected_orders", "clv"], "value")
    people = value.merge(features[["customer_id", "status"]], on="customer_id", validate="one_to_one")
    people["likely_gone"] = people["p_alive"] < 0.5
    grouped = people.groupby(["basis", "status"], as_index=False)
    table = grouped.agg(
        customers=("customer_id", "size"),
        expected_orders=("expected_orders", lambda part: round(math.fsum(part.dropna()), 2)),
        clv=("clv", lambda part: round(math.fsum(part.dropna()), 2)),
        mean_p_alive=("p_alive", lambda part: math.fsum(part.dropna()) / max(part.notna().sum(), 1)),
        likely_gone=("likely_gone", "sum"),
    )
    table["mean_p_alive"] = table["mean_p_alive"].where(grouped["p_alive"].count()["p_alive"].to_numpy() > 0)
    return schema.frame("value_bases", table)


def alive_map(features: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """Mean chance of still being a customer by repeat orders and by days since the last order, as ``value_alive``.

    Returns
    -------
    one row per group in which there is a customer
        ``repeat_group`` and ``repeat_orders`` (7 and more together), ``recency_from`` (included), ``recency_to`` (not
        included), ``customers``, ``mean_p_alive``. Steps of days are the first of 7, 14, 30, 60, 90, 180, 365, ... that
        need at most 10 columns. No rows without a model.
    """
    schema.require(features, ["customer_id", "repeat_orders", "recency_days"], "features")
    schema.require(value, ["customer_id", "p_alive"], "value")
    known = value.loc[value["p_alive"].notna(), ["customer_id", "p_alive"]]
    people = known.merge(features[["customer_id", "repeat_orders", "recency_days"]], on="customer_id")
    if people.empty:
        return schema.empty("value_alive")
    recency = people["recency_days"].astype("int64")
    step = next(days for days in _steps() if int(recency.max()) < days * _COLUMNS)
    people["repeat_orders"] = people["repeat_orders"].astype("int64").clip(upper=LAST_GROUP)
    people["recency_from"] = recency // step * step
    groups = people.groupby(["repeat_orders", "recency_from"], as_index=False)
    table = groups.agg(customers=("p_alive", "size"), total=("p_alive", math.fsum))
    return schema.frame(
        "value_alive",
        table.assign(
            repeat_group=repeat_group(table["repeat_orders"]),
            recency_to=table["recency_from"] + step,
            mean_p_alive=table["total"] / table["customers"],
        ),
    )


def repeat_group(repeat_orders: pd.Series) -> pd.Series:
    """How a number of repeat orders is called where ``LAST_GROUP`` and more stand together: "0" to "7+"."""
    names = repeat_orders.astype("str")
    return names.where(repeat_orders < LAST_GROUP, f"{LAST_GROUP}+")


def _steps() -> Iterator[int]:
    yield from (7, 14, 30, 60, 90, 180)
    yield from itertools.count(365, 365)
