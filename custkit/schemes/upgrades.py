"""What would give a customer a better label: the smallest next order, and the smallest change of one measure alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from custkit import schema, scores
from custkit.schemes.case import Case
from custkit.schemes.states import Namer, Seen, cut_edges
from custkit.words import Words


def steps(
    known: Case,
    rules: dict[str, Namer],
    orders: dict[str, tuple[str, ...]],
    *,
    decimals: int = 2,
) -> pd.DataFrame:
    """The smallest next order that gives a customer a better label, and the smallest change of one measure alone that does.

    A next order, placed today, moves three measures at once: days since the last order fall to 0, orders rise by one, and spend by
    what it brings (for the tiers margin, where they go by margin). It is arithmetic of the rule, not a forecast: it says where
    the next border is, not that a customer who is pushed over it will be worth more.

    Parameters
    ----------
    known, rules : as for ``confidence.label_confidence``
    orders : scheme to its labels, best first: a better label is one that stands earlier; a label not named is the last
    decimals : of money: the smallest amount is 10 to the power of -``decimals``

    Returns
    -------
    one row per scheme and scored customer, schemes in the order of ``rules``, customers by id
        ``customer_id``, ``scheme``, ``label``; ``next_spend``, the least that the next order must bring in the run's currency
        (0: any order will do), and ``next_label``; with all else as it is, the date of the last order too, ``orders_more``
        and ``orders_label``, ``spend_more`` and ``spend_label``; ``measure``: what is counted as spend (spend or margin);
        ``to_move_up``: it in words (``told``). Empty where that change gives nothing better.
        Whoever is scored again with the change, under the same cuts, has the label promised.

    Source
    ------
    Wachter, Mittelstadt & Russell (2018), *Harvard Journal of Law & Technology* 31, 841-887 (the smallest change as an explanation).
    """
    seen = Seen(known)
    if not len(seen.ids):
        return schema.empty("label_steps")
    edges = cut_edges(known.cuts, seen)
    now = seen.codes(edges)
    changes = [
        (kind, more, seen.codes(edges, **moved)) for kind, moved, more in _tries(seen, edges, 10.0**decimals)
    ]
    possible = np.zeros(seen.size, dtype=bool)
    for one in (now, *(code for _, _, code in changes)):
        possible[one] = True
    place, names_of = seen.named(np.flatnonzero(possible), rules)
    parts = []
    for scheme, (label, labels) in names_of.items():
        order = {name: rank for rank, name in enumerate(orders.get(scheme, ()))}
        rank = np.array([order.get(name, len(order)) for name in labels])
        held = label[place[now]]
        money = seen.measure if scheme == "tier3" else "spend"
        table = pd.DataFrame(
            {"customer_id": seen.ids, "scheme": scheme, "label": labels[held], "measure": money}
        )
        for change, kind in (("next", f"next_{money}"), ("orders", "n_orders"), ("spend", money)):
            least = np.full(len(held), np.nan)
            reached = np.full(len(held), None, dtype=object)
            for more, code in ((more, code) for tried, more, code in changes if tried == kind):
                to = label[place[code]]
                better = np.isnan(least) & (rank[to] < rank[held])
                least = np.where(better, more, least)
                reached = np.where(better, labels[to], reached)
            table[f"{change}_label"] = reached
            if change == "orders":
                table["orders_more"] = pd.array(np.round(least), dtype="Float64")
            else:
                # Up, so that the amount told is never short of the border.
                told_up = np.ceil(np.round(least * 10**decimals, 4)) / 10**decimals
                table["next_spend" if change == "next" else "spend_more"] = told_up
        parts.append(schema.frame("label_steps", table.assign(to_move_up=told(table, known.words))))
    return pd.concat(parts, ignore_index=True)


def _tries(
    seen: Seen, edges: dict[tuple[str, int], np.ndarray], units: float
) -> Iterator[tuple[str, dict[str, np.ndarray], np.ndarray]]:
    """Changes to try: kind, the measures after it, and by how much more; each for all customers, from the smallest up."""
    an_order = {"recency_days": np.zeros(len(seen.ids)), "n_orders": seen.values["n_orders"] + 1}
    monies = dict.fromkeys(("spend", seen.measure))
    for measure in monies:
        yield f"next_{measure}", an_order, np.zeros(len(seen.ids))
    for measure in ("n_orders", *monies):
        unit = 1.0 if measure in scores.WHOLE_NUMBERS else units
        own = seen.values[measure]
        for edge in sorted({*edges[measure, 5], *edges[measure, 2]}):
            # The product may fall on either side of a whole number: so the amounts around it are compared themselves.
            near = (np.floor(edge * unit) + np.arange(-1, 3)) / unit
            moved = {measure: np.where(own <= edge, near[near > edge][0], own)}
            more = moved[measure] - own
            yield measure, moved, more
            if measure in monies:
                yield f"next_{measure}", an_order | moved, more


def summary(steps: pd.DataFrame) -> pd.DataFrame:
    """How many customers each kind of change would help.

    Returns
    -------
    one row per scheme
        ``scheme``; ``measure`` (spend or margin: of what ``spend`` is said); ``customers`` scored; whom the next order would
        give a better label: ``by_next_order``, of them ``by_any_order`` whatever it brings and ``by_large_order`` if it brings
        enough, with the ``median_next_spend`` of these; whom one change alone: ``by_one_order`` one order more, ``by_more_orders``
        any number, ``by_spend`` any amount, with ``median_orders_more`` and ``median_spend_more``.
    """
    schema.require(steps, schema.TABLES["label_steps"], "label_steps")
    large = steps["next_spend"].where(steps["next_spend"] > 0)
    known = steps.assign(
        one=(steps["orders_more"] == 1).fillna(False), any_order=steps["next_spend"] == 0, large=large
    )
    table = known.groupby(["scheme", "measure"], sort=False, as_index=False).agg(
        customers=("scheme", "size"),
        by_next_order=("next_label", "count"),
        by_any_order=("any_order", "sum"),
        by_large_order=("large", "count"),
        median_next_spend=("large", "median"),
        by_one_order=("one", "sum"),
        by_more_orders=("orders_label", "count"),
        by_spend=("spend_label", "count"),
        median_orders_more=("orders_more", "median"),
        median_spend_more=("spend_more", "median"),
    )
    return schema.frame("step_summary", table)


def told(steps: pd.DataFrame, words: Words) -> pd.Series:
    """The changes of each row of ``steps`` in words: "any order today, or 230 more spend"; empty where none helps."""
    one, orders = steps["next_spend"], steps["orders_more"].astype("float64")
    measure = steps["measure"].map(lambda measure: words.label("measure", measure))
    parts = (
        (one == 0, pd.Series(words("step.next_any"), index=steps.index)),
        (one > 0, words.rows("step.next", measure=measure, money=one.fillna(0))),
        # One more order is the next order, unless that would do harm by its date.
        (
            (orders > 1) | (orders.notna() & one.isna()),
            words.rows("step.orders", n=orders.fillna(0).astype("int64")),
        ),
        (
            steps["spend_more"].notna(),
            words.rows("step.spend", measure=measure, money=steps["spend_more"].fillna(0)),
        ),
    )
    text = pd.Series("", index=steps.index, dtype="str")
    for known, part in parts:
        part = pd.Series(part.to_numpy(), index=steps.index)
        joined = (text + words("step.or") + part).where(text != "", part)
        text = joined.where(known, text)
    return text.astype("str")
