"""Who moved between two days, and what a change of revenue is made of."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import factorial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import schema
from custkit.errors import TableError
from custkit.labels import by_scheme
from custkit.schemes.case import text

ALL = "(all)"  # the row of all labels together; no name that a map of one's own would use
EFFECTS = ("customers", "mix", "orders", "value")
MOVES = ("kept", "new", "returned", "lapsed", "away", "prospect")  # in the order in which they are decided
NOT_REGISTERED = "not_registered"  # in place of a label: not even a prospect on that day
NOBODY_YET = ("prospect", NOT_REGISTERED)  # what stands for customers who had not ordered yet; no names
_LEAST_DAYS = 30  # of a window, below which months of one customer cannot be told from a lapse


def window_start(
    whole: pd.DataFrame, split: datetime.date | None, as_of: datetime.date | None
) -> datetime.date | None:
    """The day after which the window before ``split`` begins, as long as the one from ``split`` to ``as_of``.

    None where there is nothing to compare: no ``split``, or the windows would be shorter than 30 days, or the earlier one would begin before
    the first order of all customers (``whole``), when there was no shop to compare with.
    """
    first = whole["first_order"].min()
    if split is None or as_of is None or pd.isna(first):
        return None
    begin = split - (as_of - split)
    is_long = (as_of - split).days >= _LEAST_DAYS
    return begin if is_long and begin >= first.date() - datetime.timedelta(1) else None


def windows(
    begin: datetime.date | None, split: datetime.date | None, as_of: datetime.date | None
) -> tuple[str, str]:
    """Both windows by their first and last day, as any language writes them; empty where there are none."""
    if begin is None:
        return "", ""
    night = datetime.timedelta(1)
    return f"{begin + night} – {split}", f"{split + night} – {as_of}"


def flows(
    start: pd.DataFrame,
    split: pd.DataFrame,
    end: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    schemes: Iterable[str] | None = None,
    *,
    decimals: int = 2,
) -> pd.DataFrame:
    """Who went from which label to which, between two days, under the same cut points.

    Two windows of time meet at the middle day. Who ordered in a window has a last order in it, as known at its end (the rule of
    ``churn.left``); money of a window is what the totals grew by in it.

    Parameters
    ----------
    start, split, end : features as they stood at the three days
        ``customer_id``, ``n_orders``, ``spend``, ``last_order``, ``recency_days``. Who is missing at an earlier day had not even
        registered. ``start`` without rows: there is no such day, and nothing to compare.
    before, after : labels at the middle and at the last day
        One row per scheme and customer of that day, made with the same cut points.
    schemes : of these alone; else of all that are in ``after``
    decimals : of the run's money

    Returns
    -------
    one row per scheme, label before, label after and move, schemes as in ``after``, the largest flow first
        ``label_before`` is ``not_registered`` for those who are missing on the middle day. ``move``: ``kept`` ordered in both
        windows; ``new`` had no order before the second window; ``returned`` is a buyer who ordered in the second, not in the
        first; ``lapsed`` in the first, not in the second; ``away`` is a buyer who ordered in neither; ``prospect`` has never
        ordered. ``customers``; ``spend_before``, ``spend_after``: net money of the two windows. Each scheme adds up to all
        customers and to all money of both windows.

    Raises
    ------
    TableError
        A column is missing, or a customer of an earlier day is gone at the last one.
    """
    if start.empty:
        return schema.empty("label_flows")
    people = _behaviour(start, split, end, decimals)
    parts = []
    for scheme, earlier, later in _labelled(end["customer_id"], [(split, before), (end, after)], schemes):
        moved = people.assign(label_before=earlier, label_after=later)
        groups = moved.groupby(["label_before", "label_after", "move"], observed=True, as_index=False)
        table = groups.agg(
            customers=("move", "size"), spend_before=("spend_1", "sum"), spend_after=("spend_2", "sum")
        )
        table = table.astype(dict.fromkeys(["label_before", "label_after", "move"], "str")).assign(
            scheme=scheme
        )
        keys = ["customers", "label_before", "label_after", "move"]
        parts.append(table.sort_values(keys, ascending=[False, True, True, True]))
    if not parts:
        return schema.empty("label_flows")
    table = pd.concat(parts)
    return schema.frame(
        "label_flows",
        table.assign(**{name: table[name] / 10**decimals for name in ("spend_before", "spend_after")}),
    )


def _behaviour(start: pd.DataFrame, split: pd.DataFrame, end: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Orders and money (in whole units) of each customer in both windows, and the move, in the order of ``end``.

    Who has no last order in a window has no orders in it. Of who has one, orders are what their number grew by, and at least that
    one: an order of before that was taken back in the window would else undo an order that was placed in it.
    """
    days = {"start": start, "split": split, "end": end}
    ids = text(end["customer_id"])
    orders, spend, last = [], [], []
    for name, features in days.items():
        columns = ["customer_id", "n_orders", "spend", "last_order", "recency_days"]
        schema.require(features, columns, f"features ({name})")
        gone = int((_places(text(features["customer_id"]), ids) < 0).sum())
        if gone:
            raise TableError(f"features ({name}): {gone:,} customers are not among those of the last day")
        place = _places(ids, text(features["customer_id"]))
        units = np.rint(features["spend"].to_numpy(dtype=float) * 10**decimals).astype("int64")
        # One place more than there are customers: whoever is unknown that day (-1) has nothing.
        orders.append(np.append(features["n_orders"].to_numpy(dtype="int64"), 0)[place])
        spend.append(np.append(units, 0)[place])
        last.append(np.append(features["last_order"].to_numpy("datetime64[s]"), np.datetime64("NaT"))[place])
    ordered_1, ordered_2 = last[1] > _day(start), last[2] > _day(split)
    known = orders[1] > 0
    move = np.select(
        [ordered_1 & ordered_2, ordered_2 & ~known, ordered_2, ordered_1, known],
        range(5),
        5,
    )
    return pd.DataFrame(
        {
            "orders_1": np.where(ordered_1, np.maximum(orders[1] - orders[0], 1), 0),
            "orders_2": np.where(ordered_2, np.maximum(orders[2] - orders[1], 1), 0),
            "spend_1": spend[1] - spend[0],
            "spend_2": spend[2] - spend[1],
            "move": pd.Categorical.from_codes(move, MOVES),
        }
    )


def _day(features: pd.DataFrame) -> np.datetime64:
    """The day at which features stand; where nobody had ordered by then, one before all orders."""
    since = pd.to_timedelta(features["recency_days"].astype(float), unit="D")
    day = (features["last_order"] + since).max()
    return np.datetime64("0001-01-01", "s") if pd.isna(day) else day.to_datetime64()


def _places(ids: pa.Array, among: pa.Array) -> np.ndarray:
    """The place of each id among others; -1 where it is not there."""
    return pc.fill_null(pc.index_in(ids, among), -1).to_numpy(zero_copy_only=False)


def _labelled(
    ids: pd.Series, days: list[tuple[pd.DataFrame, pd.DataFrame]], schemes: Iterable[str] | None
) -> Iterator[tuple[str, pd.Categorical, pd.Categorical]]:
    """Each scheme of the later day with the labels of ``ids`` at both; ``days``: features and labels of each."""
    wanted = None if schemes is None else list(schemes)
    named, missing = [], []
    for features, labels in days:
        asked = labels if wanted is None else labels[labels["scheme"].isin(wanted)]
        named.append(by_scheme(asked, ids, some=True))
        missing.append(_places(text(ids), text(features["customer_id"])) < 0)
    for scheme in named[1]:
        labels = [names.get(scheme, pd.Categorical([None] * len(ids))) for names in named]
        yield scheme, *(_filled(label, absent) for label, absent in zip(labels, missing, strict=True))


def _filled(label: pd.Categorical, absent: np.ndarray) -> pd.Categorical:
    """Who is missing on a day had not registered, and a customer without a label was a prospect."""
    others = [one for one in NOBODY_YET if one not in label.categories]
    filled = label.add_categories(others).fillna("prospect")
    filled[absent] = NOT_REGISTERED
    return filled


def revenue_change(
    start: pd.DataFrame,
    split: pd.DataFrame,
    end: pd.DataFrame,
    start_labels: pd.DataFrame,
    before: pd.DataFrame,
    schemes: Iterable[str] | None = None,
    *,
    decimals: int = 2,
) -> pd.DataFrame:
    """Why the second window brought more or less than the first, split to the smallest unit of money.

    Revenue is customers who ordered x the share of each label among them x orders per customer x money per order, summed over labels.
    Each of the four factors is moved from its old to its new value; what that changes depends on which others have moved already, so
    each factor gets the mean over all 24 orders of moving them (Shapley). A window's customers have the label that they had when it
    began: one of its end would be made of the very orders and money that it is to explain. Newcomers are those who were prospects or
    had not registered. Where a label has nobody in a window, its orders and money per order there are those of all customers of
    the window, so that what changes for everyone tells as orders or money also where all got new names. Money of customers
    without an order in a window (refunds, mostly) stands by itself.

    Parameters
    ----------
    start, split, end, schemes : as for ``flows``
    start_labels, before : labels at the first day of each window, ``start`` and ``split``, under the same cut points
    decimals : of the run's money

    Returns
    -------
    one row per scheme and label that had customers or money in a window, and one per scheme for all of them (``(all)``), last
        ``customers_before`` and ``_after`` (who ordered in the window), ``orders_`` (theirs), ``spend_`` (net money of the window, all customers of
        the label), ``change``; ``by_customers``, ``by_mix``, ``by_orders``, ``by_value``, ``by_refunds`` (money without an order), which
        add up to ``change`` exactly: what whole units of 10 to the power of -``decimals`` leave over goes to the effects
        with the largest remainders, of equals to the first. ``(all)`` is the sum of its labels.

    Raises
    ------
    TableError
        As ``flows``.

    Source
    ------
    Shapley (1953), *Contributions to the Theory of Games II*, 307-317; Ang (2004), *Energy Policy* 32, 1131-1139 (exact decompositions).
    """
    if start.empty:
        return schema.empty("revenue_change")
    people = _behaviour(start, split, end, decimals)
    rows = []
    for scheme, *sides in _labelled(end["customer_id"], [(start, start_labels), (split, before)], schemes):
        sums = [_window(people, side, labels) for side, labels in zip("12", sides, strict=True)]
        labels = sums[0].index.union(sums[1].index)
        rows += _split(scheme, *(window.reindex(labels, fill_value=0) for window in sums), decimals)
    return schema.frame("revenue_change", rows)


def _window(people: pd.DataFrame, side: str, labels: pd.Categorical) -> pd.DataFrame:
    """Customers who ordered, their orders and money, and the money of the others, by label."""
    ordered = people[f"orders_{side}"] > 0
    money = people[f"spend_{side}"]
    table = pd.DataFrame(
        {
            "customers": ordered.astype("int64"),
            "orders": people[f"orders_{side}"],
            "earned": money.where(ordered, 0),
            "without": money.where(~ordered, 0),
        }
    )
    sums = table.groupby(labels, observed=True).sum()
    sums.index = pd.Index(sums.index.astype("str"))
    return sums[(sums != 0).any(axis=1)]


def _split(scheme: str, old: pd.DataFrame, new: pd.DataFrame, decimals: int) -> list[dict]:
    totals = [{name: int(value) for name, value in window.sum().items()} for window in (old, new)]
    rows = []
    for label in old.index:
        was, now = ({name: int(value) for name, value in window.loc[label].items()} for window in (old, new))
        factors = [_factors(own, everyone) for own, everyone in zip((was, now), totals, strict=True)]
        # A window in which nobody ordered has no shares and no rates: nothing but the number of customers is known to differ.
        for side, other in ((0, 1), (1, 0)):
            if not totals[side]["customers"]:
                factors[side] = (Fraction(0), *factors[other][1:])
        effects = dict(zip(EFFECTS, _shapley(*factors), strict=True))
        effects["refunds"] = Fraction(now["without"] - was["without"])
        change = now["earned"] + now["without"] - was["earned"] - was["without"]
        whole = _whole(effects, change)
        rows.append(
            {
                "scheme": scheme,
                "label": label,
                **{f"{name}_before": was[name] for name in ("customers", "orders")},
                **{f"{name}_after": now[name] for name in ("customers", "orders")},
                "spend_before": was["earned"] + was["without"],
                "spend_after": now["earned"] + now["without"],
                "change": change,
                **{f"by_{name}": value for name, value in whole.items()},
            }
        )
    if rows:
        sums = {name: sum(row[name] for row in rows) for name in rows[0] if name not in ("scheme", "label")}
        rows.append({"scheme": scheme, "label": ALL, **sums})
    money = [name for name in schema.TABLES["revenue_change"] if name.startswith(("spend", "change", "by_"))]
    return [row | {name: row[name] / 10**decimals for name in money} for row in rows]


def _factors(own: dict[str, int], everyone: dict[str, int]) -> tuple[Fraction, ...]:
    """Customers in all, the label's share, orders per customer, money per order: exact, in whole units of money."""
    rates = own if own["customers"] else everyone
    ratios = (
        (own["customers"], everyone["customers"]),
        (rates["orders"], rates["customers"]),
        (rates["earned"], rates["orders"]),
    )
    return Fraction(everyone["customers"]), *(Fraction(over, under or 1) for over, under in ratios)


def _shapley(old: tuple[Fraction, ...], new: tuple[Fraction, ...]) -> list[Fraction]:
    """What each factor of a product changes, as a mean over all orders in which they can be moved."""
    n = len(old)
    effects = [Fraction(0)] * n
    for moved in itertools.product((0, 1), repeat=n):
        product = Fraction(1)
        for old_one, new_one, is_new in zip(old, new, moved, strict=True):
            product *= new_one if is_new else old_one
        size = sum(moved)
        for place, is_new in enumerate(moved):
            # With this factor moved last among `size`, or not yet among the n - size that stay.
            if is_new:
                effects[place] += product * Fraction(factorial(size - 1) * factorial(n - size), factorial(n))
            else:
                effects[place] -= product * Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
    return effects


def _whole(effects: dict[str, Fraction], change: int) -> dict[str, int]:
    """The effects in whole units that add up to the change: rounded down, the rest by largest remainder."""
    down = {name: value.__floor__() for name, value in effects.items()}
    left = change - sum(down.values())
    first = sorted(effects, key=lambda name: down[name] - effects[name])[:left]
    return {name: value + (name in first) for name, value in down.items()}
