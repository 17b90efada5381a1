"""Which days are looked back to, who came back after them, and what was known of each buyer on the day."""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import TableError
from custkit.settings import ChurnRules

LONGEST_WINDOW = 365  # a yearly rhythm has come round once
LEAST_HISTORY = 28  # days of orders before a split: with fewer, hardly anything is known of anyone

# Made by features.py from lines up to the day, so safe to have; any other column has an unknown origin.
_MADE_BEFORE = {*schema.TABLES["features"], "margin", "discount", "discounted_share"}
# What can only grow: lines once written stay. n_orders may shrink, since a later refund can undo an order.
_GROWING = ("gross_spend", "n_refunds", "repeat_orders")
# Checked to the day against later features, so that they may tell everything without being suspected.
PROVEN = ("recency_days", "days_per_order", "n_orders", "single_day")
_MONEY_SLACK = 0.005  # a sum of floats


@dataclass(frozen=True)
class Days:
    """Two windows of equal length that end today: fitted on what followed ``train``, tested on what followed ``test``."""

    train: datetime.date | None  # None: history is too short for a window before the last one
    test: datetime.date | None  # None: too short for any
    today: datetime.date | None
    window: int


def days(
    today: pd.DataFrame, as_of: datetime.date | None, rules: ChurnRules = ChurnRules(), holdout_days: int = 0
) -> Days:
    """The days to look back to.

    Parameters
    ----------
    today : ``features`` with ``first_order``, ``last_order``; those of the whole give all regions the same days
    as_of : the day of ``today``; None: nothing can be said
    rules : ChurnRules
        ``churn_days`` is the length of a window; 0: ``holdout_days``; both 0: a third of the days between the first
        and the last order, at most 365.

    Returns
    -------
    Days
        A day that leaves fewer than 28 days of orders before it is None.
    """
    schema.require(today, ["first_order", "last_order"], "features")
    first, last = today["first_order"].min(), today["last_order"].max()
    if as_of is None or pd.isna(first):
        return Days(None, None, as_of, rules.churn_days or holdout_days)
    window = rules.churn_days or holdout_days or min((last - first).days // 3, LONGEST_WINDOW)
    back = [as_of - datetime.timedelta(days=count * window) for count in (2, 1)]
    known = [(pd.Timestamp(day) - first).days >= LEAST_HISTORY for day in back]
    train, test = (day if enough and window else None for day, enough in zip(back, known, strict=True))
    return Days(train, test, as_of, window)


def require_past(
    past: pd.DataFrame, day: datetime.date, later: pd.DataFrame, later_day: datetime.date, name: str
) -> None:
    """Refuse features that know anything from after their day.

    Judged by the features of a later day: a day after ``day``; a recency or age that does not fit the calendar; sums
    that can only grow and are larger than later; as many orders as later although one was placed since; other orders
    or money although nothing happened since; a column that features.py does not make, or that the later day lacks.
    ``too_good`` looks at what these cannot settle.

    Parameters
    ----------
    past : features that stand for ``day``, one row per customer
    later : features of the same customers at ``later_day``
    name : what an error calls ``past``

    Raises
    ------
    TableError
        One sentence with the column and how many customers it is about.
    """
    needed = ["customer_id", "status", "first_order", "last_order", "recency_days", "n_orders", "spend"]
    schema.require(past, [*needed, "avg_order_value", "median_gap_days", "age_days", *_GROWING], name)
    foreign = [column for column in past.columns if column not in _MADE_BEFORE or column not in later]
    if foreign:
        _refuse(name, day, f"nothing tells that {', '.join(map(str, foreign))} was known on that day")
    split = pd.Timestamp(day)
    for column in past.select_dtypes("datetime"):
        _none(past[column] > split, name, day, f"{column} lies after it")
    compared = [*needed, "median_gap_days", "age_days", *_GROWING]
    pairs = past[[*compared, "avg_order_value"]].merge(
        later[compared], on="customer_id", how="left", suffixes=("", "_later"), indicator="found"
    )
    _none(pairs["found"] != "both", name, day, "the customer is not among those of the later day")
    is_buyer = pairs["status"] == "buyer"
    since = (split - pairs["last_order"]).dt.days
    _none(
        is_buyer & (pairs["recency_days"] != since),
        name,
        day,
        "recency_days is not its distance to last_order",
    )
    ages = pairs["age_days_later"].astype(float) - pairs["age_days"].astype(float)
    passed = (pd.Timestamp(later_day) - split).days
    _none(is_buyer & (ages != passed), name, day, "age_days does not grow by the days that pass")
    for column in _GROWING:
        more = pairs[column] > pairs[f"{column}_later"] + _MONEY_SLACK
        _none(more, name, day, f"{column} is larger than at the later day")
    means = pairs["spend"] / pairs["n_orders"]
    off = (pairs["avg_order_value"] - means).abs() > _MONEY_SLACK * (1 + means.abs())
    _none(is_buyer & off, name, day, "avg_order_value is not spend over n_orders")
    _require_history(pairs, split, name, day)


def _require_history(pairs: pd.DataFrame, split: pd.Timestamp, name: str, day: datetime.date) -> None:
    """What must hold between two days, given who ordered or sent something back between them."""
    sent_back = pairs["n_refunds_later"] > pairs["n_refunds"]
    ordered = pairs["last_order_later"] > split
    as_many = ordered & ~sent_back & (pairs["n_orders"] >= pairs["n_orders_later"])
    _none(as_many, name, day, "n_orders holds orders of after it")
    as_much = ordered & (pairs["gross_spend"] >= pairs["gross_spend_later"])
    _none(as_much, name, day, "gross_spend holds money of after it")
    quiet = ~ordered & ~sent_back
    quiet &= (pairs["gross_spend_later"] - pairs["gross_spend"]).abs() < _MONEY_SLACK
    for column in ("n_orders", "spend", "median_gap_days"):
        differs = (pairs[column] - pairs[f"{column}_later"]).abs() > _MONEY_SLACK
        differs |= pairs[column].isna() != pairs[f"{column}_later"].isna()
        _none(quiet & differs, name, day, f"{column} differs from later, though nothing happened since")


def too_good(known: pd.DataFrame, left: pd.Series) -> list[str]:
    """Measures that alone part all who left from all who came back, and may therefore tell of what came after.

    Honest data can do that too (a tariff that ended, a subscription), so no error: whoever fits a model does without them.
    Measures that ``require_past`` settles to the day (recency, age, orders) may be so good.
    """
    found = []
    for column in [column for column in known if column not in PROVEN]:
        values = known[column].astype(float)
        stayed, gone = values[~left], values[left]
        if len(stayed) and len(gone) and (stayed.max() < gone.min() or gone.max() < stayed.min()):
            found.append(column)
    return found


def _none(found: pd.Series, name: str, day: datetime.date, fault: str) -> None:
    count = int(found.fillna(False).astype(bool).sum())
    if count:
        _refuse(name, day, f"{fault} (customers: {count:,})")


def _refuse(name: str, day: datetime.date, fault: str) -> None:
    raise TableError(
        f"{name}: features of {day.isoformat()} hold what came after that day: {fault}. A model that is fitted on them "
        "would promise what it cannot keep; make them with run.features(day)"
    )


def left(past: pd.DataFrame, day: datetime.date, later: pd.DataFrame) -> pd.Series:
    """Which buyers of a day had no counting order after it, up to the day of ``later``; index customer_id, sorted.

    An order that was taken back in full up to the day of ``later`` is none.
    """
    ids = past.loc[past["status"] == "buyer", "customer_id"].sort_values()
    last = later.set_index("customer_id")["last_order"].reindex(ids)
    return ~(last > pd.Timestamp(day))


def measures(features: pd.DataFrame) -> pd.DataFrame:
    """What is known of each buyer: index customer_id, sorted; numbers in their own units, empty where unknown.

    ``recency_days``; ``overdue`` (recency over the customer's usual gap, at least a day; empty with orders on one day
    only); ``single_day`` (1: all orders on one day); ``n_orders``; ``days_per_order`` (days since the first order, by orders);
    ``avg_order_value``; ``n_refunds``; ``discounted_share`` where discounts are known. Region and tenure have no say:
    a region may be the one with most money over all time, and a customer may register after the first order, so both
    can tell of later days.
    """
    buyers = features[features["status"] == "buyer"].set_index("customer_id").sort_index()
    recency, gap = buyers["recency_days"].astype(float), buyers["median_gap_days"].astype(float)
    known = pd.DataFrame(
        {
            "recency_days": recency,
            "overdue": recency / np.maximum(gap, 1),
            "single_day": gap.isna().astype(float),
            "n_orders": buyers["n_orders"].astype(float),
            "days_per_order": buyers["age_days"].astype(float) / buyers["n_orders"],
            "avg_order_value": buyers["avg_order_value"].astype(float),
            "n_refunds": buyers["n_refunds"].astype(float),
        }
    )
    if "discounted_share" in buyers:
        known["discounted_share"] = buyers["discounted_share"].astype(float)
    return known
