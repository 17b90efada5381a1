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

    Two windows of time meet at the middle day; orders and money of a window are what the totals grew by in it.

    Parameters
    ----------
    start, split, end : features as they stood at the three days
        ``customer_id``, ``n_orders``, ``spend``. A customer unknown at an earlier day had no order then. ``start`` without rows:
        there is no such day, and nothing to compare.
    before, after : labels at the middle and at the last day
        One row per scheme and customer, made with the same cut points; a customer without a label before was a prospect.
    schemes : of these alone; else of all that are in ``after``
    decimals : of the run's money

    Returns
    -------
    one row per scheme, label before, label after and move, schemes as in ``after``, the largest flow first
        ``move`` : ``kept`` ordered in both windows; ``new`` had no order before the second window; ``returned`` is a buyer who
        ordered in the second, not in the first; ``lapsed`` in the first, not in the second; ``away`` is a buyer who ordered in
        neither; ``prospect`` has never ordered. ``customers``; ``spend_before``, ``spend_after``: net money of the two windows. Each scheme
        adds up to all customers and to all money of both windows.

    Raises
    ------
    TableError
        A column is missing, or a customer of an earlier day is gone at the last one.
    """
    if start.empty:
        return schema.empty("label_flows")
    people = _windows(start, split, end, decimals)
    parts = []
    for scheme, earlier, later in _labelled(end["customer_id"], before, after, schemes):
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


def _windows(start: pd.DataFrame, split: pd.DataFrame, end: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Orders and money (in whole units) of each customer in both windows, and the move, in the order of ``end``.

    An order of the first window that is sent back whole, under its own id, in the second counts no longer: who did nothing else
    has not ordered in the second.
    """
    days = {"start": start, "split": split, "end": end}
    for name, features in days.items():
        schema.require(features, ["customer_id", "n_orders", "spend"], f"features ({name})")
    ids = text(end["customer_id"])
    orders, spend = [], []
    for name, features in days.items():
        gone = int((_places(text(features["customer_id"]), ids) < 0).sum())
        if gone:
            raise TableError(f"features ({name}): {gone:,} customers are not among those of the last day")
        place = _places(ids, text(features["customer_id"]))
        units = np.rint(features["spend"].to_numpy(dtype=float) * 10**decimals).astype("int64")
        # One place more than there are customers: whoever is unknown that day (-1) has nothing.
        orders.append(np.append(features["n_orders"].to_numpy(dtype="int64"), 0)[place])
        spend.append(np.append(units, 0)[place])
    ordered_1, ordered_2 = orders[1] > orders[0], orders[2] > orders[1]
    known = orders[1] > 0
    move = np.select(
        [ordered_1 & ordered_2, ordered_2 & ~known, ordered_2, ordered_1, known],
        range(5),
        5,
    )
    return pd.DataFrame(
        {
            "orders_1": orders[1] - orders[0],
            "orders_2": orders[2] - orders[1],
            "spend_1": spend[1] - spend[0],
            "spend_2": spend[2] - spend[1],
            "move": pd.Categorical.from_codes(move, MOVES),
        }
    )


def _places(ids: pa.Array, among: pa.Array) -> np.ndarray:
    """The place of each id among others; -1 where it is not there."""
    return pc.fill_null(pc.index_in(ids, among), -1).to_numpy(zero_copy_only=False)


def _labelled(
    ids: pd.Series, before: pd.DataFrame, after: pd.DataFrame, schemes: Iterable[str] | None
) -> Iterator[tuple[str, pd.Categorical, pd.Categorical]]:
    """Each scheme with the labels of ``ids`` at the two days; without a label, one is a prospect."""
    columns = ["customer_id", "scheme", "label"]
    asked = [
        labels if schemes is None else labels.loc[labels["scheme"].isin(list(schemes)), columns]
        for labels in (before, after)
    ]
    earlier, later = (by_scheme(labels, ids, some=True) for labels in asked)
    for scheme, label in later.items():
        sides = (earlier.get(scheme, pd.Categorical([None] * len(ids))), label)
        yield scheme, *(_or_prospect(side) for side in sides)


def _or_prospect(label: pd.Categorical) -> pd.Categorical:
    named = label if "prospect" in label.categories else label.add_categories("prospect")
    return named.fillna("prospect")


def revenue_change(
    start: pd.DataFrame,
    split: pd.DataFrame,
    end: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    schemes: Iterable[str] | None = None,
    *,
    decimals: int = 2,
) -> pd.DataFrame:
    """Why the second window brought more or less than the first, split to the smallest unit of money.

    Revenue is customers who ordered x the share of each label among them x orders per customer x money per order, summed over labels.
    Each of the four factors is moved from its old to its new value; what that changes depends on which others have moved already, so
    each factor gets the mean over all 24 orders of moving them (Shapley). A window's customers have the label of its last
    day. Where a label has nobody in one window, its orders and money per order there are taken as in the other, so that
    coming and going counts as customers and mix alone. Money of customers without an order in a window (refunds, mostly) stands
    by itself.

    Parameters
    ----------
    start, split, end, before, after, schemes : as for ``flows``
    decimals : of the run's money

    Returns
    -------
    one row per scheme and label that had customers or money in a window, and one per scheme for all of them (``(all)``), last
        ``customers_before`` and ``_after`` (who ordered in the window), ``orders_``, ``spend_`` (net money of the window, all customers of
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
    people = _windows(start, split, end, decimals)
    rows = []
    for scheme, *sides in _labelled(end["customer_id"], before, after, schemes):
        windows = [_window(people, side, labels) for side, labels in zip("12", sides, strict=True)]
        labels = windows[0].index.union(windows[1].index)
        rows += _split(scheme, *(window.reindex(labels, fill_value=0) for window in windows), decimals)
    return schema.frame("revenue_change", rows)


def _window(people: pd.DataFrame, side: str, labels: pd.Categorical) -> pd.DataFrame:
    """Customers who ordered, their orders and money, and the money of the others, by label."""
    ordered = people[f"orders_{side}"] > 0
    money = people[f"spend_{side}"]
    table = pd.DataFrame(
        {
            "customers": ordered.astype("int64"),
            "orders": people[f"orders_{side}"].where(ordered, 0),
            "earned": money.where(ordered, 0),
            "without": money.where(~ordered, 0),
        }
    )
    sums = table.groupby(labels, observed=True).sum()
    sums.index = pd.Index(sums.index.astype("str"))
    return sums[(sums != 0).any(axis=1)]


def _split(scheme: str, old: pd.DataFrame, new: pd.DataFrame, decimals: int) -> list[dict]:
    totals = [int(window["customers"].sum()) for window in (old, new)]
    rows = []
    for label in old.index:
        was, now = ({name: int(value) for name, value in window.loc[label].items()} for window in (old, new))
        effects = dict(
            zip(EFFECTS, _shapley(_factors(was, now, totals[0]), _factors(now, was, totals[1])), strict=True)
        )
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


def _factors(own: dict[str, int], other: dict[str, int], total: int) -> tuple[Fraction, ...]:
    """Customers in all, the label's share, orders per customer, money per order: exact, in whole units of money."""
    rates = own if own["customers"] else other
    per_customer, per_order = (
        Fraction(rates[upper], rates[lower]) if rates[lower] else Fraction(0)
        for upper, lower in (("orders", "customers"), ("earned", "orders"))
    )
    return (
        Fraction(total),
        Fraction(own["customers"], total) if total else Fraction(0),
        per_customer,
        per_order,
    )


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
