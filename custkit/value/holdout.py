"""The past against the present: models and labels of an earlier day beside what customers did after it."""

import dataclasses
import datetime
import math

import numpy as np
import pandas as pd

from custkit import schema
from custkit.labels import by_scheme, sums
from custkit.settings import LifetimeRules
from custkit.value import ranking, worth

_LONGEST = 365  # days that are kept apart where nobody says how many
_SHORTEST = 28  # days that each side of the split needs
_DECIMALS = 4
NOT_REGISTERED = "not_registered"


def split(whole: pd.DataFrame, rules: LifetimeRules = LifetimeRules()) -> datetime.date | None:
    """The day at which the past ends: ``rules.holdout_days`` before the last order.

    Parameters
    ----------
    whole : ``features`` of all regions, so that each region is tried on the same day
        ``first_order``, ``last_order``.
    rules : LifetimeRules
        With ``holdout_days`` 0, a third of the days between first and last order is kept apart, at most 365.

    Returns
    -------
    the day, of which orders still belong to the past; None where no days are known or one side has fewer than 28 days
    """
    schema.require(whole, ["first_order", "last_order"], "features")
    first, last = whole["first_order"].min(), whole["last_order"].max()
    if pd.isna(first) or pd.isna(last):
        return None
    length = (last - first).days
    days = rules.holdout_days or min(length // 3, _LONGEST)
    if days < _SHORTEST or length - days < _SHORTEST:
        return None
    return (last - pd.Timedelta(days=days)).date()


def after(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What each customer did after the split: ``features`` now less ``features`` then.

    Parameters
    ----------
    then, now : features at the split and today; who had not even registered at the split is in ``now`` alone
        ``customer_id``, ``status``, ``repeat_orders``, ``age_days``, ``n_orders``, ``spend``.

    Returns
    -------
    one row per customer of ``now``, sorted; no rows where ``then`` has none
        ``customer_id``, ``status`` (or ``not_registered``) and ``repeat_orders`` at the split; ``repeats_after``, further days with an order (what the
        models count); ``spend_after``, net of refunds, those of earlier orders too; ``returned``, whether there was an order;
        ``is_new``, a customer without an order at the split who has one now.
    """
    columns = ["customer_id", "status", "repeat_orders", "age_days", "n_orders", "spend"]
    for table, name in ((then, "features at the split"), (now, "features")):
        schema.require(table, columns, name)
    now = now if len(then) else now.iloc[:0]
    both = then[columns].merge(
        now[columns], how="right", on="customer_id", suffixes=("", "_now"), validate="one_to_one"
    )
    both = both.sort_values("customer_id", ignore_index=True)
    both = both.fillna({"status": NOT_REGISTERED, "repeat_orders": 0, "n_orders": 0, "spend": 0.0})
    # A first day is no repeat: who had none before counts from the second on.
    repeats = both["repeat_orders_now"] - both["repeat_orders"]
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "status": both["status"],
            "repeat_orders": both["repeat_orders"].astype("int64"),
            "repeats_after": repeats.astype("int64"),
            "spend_after": (both["spend_now"] - both["spend"]).round(_DECIMALS),
            "returned": (repeats > 0) | (both["n_orders_now"] > both["n_orders"]),
            "is_new": (both["status"] != "buyer") & (both["status_now"] == "buyer"),
        }
    )


def check(
    then: pd.DataFrame,
    now: pd.DataFrame,
    fits: worth.Fits,
    labels: pd.DataFrame,
    order: dict[str, tuple[str, ...]],
    rules: LifetimeRules = LifetimeRules(),
) -> dict[str, pd.DataFrame]:
    """How well the past predicted the present, in four tables.

    Parameters
    ----------
    then, now : features of the region at the split and today; ``then`` without rows where there is no split
    fits : of ``worth.fit`` at the split, on the customers that models are fitted on (the whole, or the region where it takes cuts of its own)
    labels : ``customer_id``, ``scheme``, ``label`` at the split
    order : scheme to labels, most valuable first; a scheme without them, or with a label of a user's own, is ordered by
        mean spend before the split: never by what came after
    rules : LifetimeRules

    Returns
    -------
    tables by name
        ``holdout_summary``, one row: the two days, the buyers of the split, how many returned, their repeat orders expected
        and actual, their spend after; newcomers (no order at the split) apart, with their share of all spend after.
        ``holdout_models``, one row per number of repeat orders before the split (7 and more together): customers, orders
        expected and actual, in all and per customer, and ``same_pace``: had each gone on at the pace so far.
        ``holdout_labels``, one row per scheme and label: customers, who returned, spend after, its shares; customers without
        an order at the split (``is_scored`` False) apart and without shares.
        ``holdout_ranking``: see ``ranking.ranked``.
    """
    everyone = after(then, now)
    past = everyone[everyone["status"] != NOT_REGISTERED].reset_index(drop=True)
    buyers = past[past["status"] == "buyer"].reset_index(drop=True)
    days = _days(then, now)
    seen = then[then["status"] == "buyer"].sort_values("customer_id", ignore_index=True)
    expected = None
    if days and fits.basis != "historic":
        ahead = dataclasses.replace(rules, horizon_days=days, lifetime_age_days=0)
        expected = worth.value(seen, fits, ahead, interval=False)
    measures = {"by_recency": -seen["recency_days"], "by_orders": seen["n_orders"], "by_spend": seen["spend"]}
    if expected is not None:
        measures["by_lifetime"] = expected["clv"].fillna(0.0)
    named = by_scheme(labels, past["customer_id"])
    is_buyer, spend = (past["status"] == "buyer").to_numpy(), seen["spend"].to_numpy(dtype=float)
    places = {
        scheme: _placed(label[is_buyer], spend, order.get(scheme, ())) for scheme, label in named.items()
    }
    measures |= {
        scheme: pd.Series(-places[scheme][named[scheme].codes[is_buyer]]) for scheme in sorted(named)
    }
    return {
        "holdout_summary": _summary(everyone, buyers, then, now, days, fits, expected),
        "holdout_models": _by_repeats(buyers, seen, expected, days),
        "holdout_labels": _by_label(named, past, places),
        "holdout_ranking": ranking.ranked(buyers["spend_after"], measures),
    }


def _days(then: pd.DataFrame, now: pd.DataFrame) -> int:
    """Days from the split to today: how much older those have become who had ordered."""
    older = now.set_index("customer_id")["age_days"] - then.set_index("customer_id")["age_days"]
    return int(older.max()) if older.notna().any() else 0


def _summary(everyone, buyers, then, now, days: int, fits, expected) -> pd.DataFrame:
    new = everyone[everyone["is_new"]]
    total = math.fsum(everyone["spend_after"])
    today = (now["last_order"] + pd.to_timedelta(now["recency_days"].astype(float), unit="D")).max()
    why = "" if expected is not None else "no_split" if not days else "no_model"
    sums = {"spend_after": math.fsum(buyers["spend_after"]), "spend_new": math.fsum(new["spend_after"])}
    row = {
        "split_day": today - pd.Timedelta(days=days) if days else pd.NaT,
        "today": today if days else pd.NaT,
        "days": days,
        "model": fits.basis if days else "historic",
        "why_none": why,
        "customers": len(buyers),
        "returned": int(buyers["returned"].sum()),
        "share_returned": buyers["returned"].mean() if len(buyers) else np.nan,
        "expected": round(math.fsum(expected["expected_orders"]), 4) if expected is not None else np.nan,
        "actual": int(buyers["repeats_after"].sum()),
        **{name: round(amount, _DECIMALS) for name, amount in sums.items()},
        "newcomers": len(new),
        "share_new": sums["spend_new"] / total if total > 0 else np.nan,
    }
    return schema.frame("holdout_summary", [row])


def _by_repeats(buyers, seen, expected, days: int) -> pd.DataFrame:
    if expected is None:
        return schema.empty("holdout_models")
    # Customers who began on the very day of the split have no pace yet.
    pace = buyers["repeat_orders"] / seen["age_days"].where(seen["age_days"] > 0)
    rows = pd.DataFrame(
        {
            "repeat_orders": buyers["repeat_orders"].clip(upper=worth.LAST_GROUP),
            "expected": expected["expected_orders"],
            "same_pace": pace.fillna(0.0) * days,
            "actual": buyers["repeats_after"],
        }
    )
    table = rows.groupby("repeat_orders", as_index=False).agg(
        customers=("actual", "size"),
        expected=("expected", math.fsum),
        same_pace=("same_pace", math.fsum),
        actual=("actual", "sum"),
    )
    for name in ("expected", "same_pace", "actual"):
        table[f"{name}_mean"] = table[name] / table["customers"]
    group = worth.repeat_group(table["repeat_orders"])
    return schema.frame("holdout_models", table.assign(repeat_group=group).round(6))


def _placed(label: pd.Categorical, spend: np.ndarray, order: tuple[str, ...]) -> np.ndarray:
    """The place of each label among those of the buyers, 0 the most valuable; of a label that no buyer has, none."""
    counts = np.bincount(label.codes, minlength=len(label.categories))
    names = label.categories.to_numpy(dtype=object)
    known = {name: place for place, name in enumerate(order)}
    place = np.array([known.get(name, np.nan) for name in names], dtype=float)
    if np.isnan(place[counts > 0]).any():
        means = (sums(label, spend) / np.maximum(counts, 1)).round(_DECIMALS)
        place = pd.Series(means).where(counts > 0).rank(ascending=False, method="min").to_numpy() - 1
    return np.where(counts > 0, place, np.nan)


def _by_label(
    named: dict[str, pd.Categorical], past: pd.DataFrame, places: dict[str, np.ndarray]
) -> pd.DataFrame:
    is_buyer = (past["status"] == "buyer").to_numpy()
    parts = []
    for scheme, label in named.items():
        for is_scored in (True, False):
            who = is_buyer == is_scored
            told = past[who].groupby(label[who], observed=True)
            table = told.agg(
                customers=("returned", "size"),
                returned=("returned", "sum"),
                spend_after=("spend_after", lambda money: round(math.fsum(money), _DECIMALS)),
            )
            place = pd.Series(places[scheme], index=label.categories).reindex(table.index)
            parts.append(
                table.rename_axis("label")
                .reset_index()
                .astype({"label": "str"})
                .assign(scheme=scheme, is_scored=is_scored, place=place.to_numpy())
            )
    if not parts:
        return schema.empty("holdout_labels")
    table = pd.concat(parts, ignore_index=True)
    table["share_returned"] = table["returned"] / table["customers"]
    table["mean_spend_after"] = (table["spend_after"] / table["customers"]).round(_DECIMALS)
    totals = table[table["is_scored"]].groupby("scheme")[["customers", "spend_after"]].sum()
    for column, share in (("customers", "share_of_customers"), ("spend_after", "share_of_spend_after")):
        total = table["scheme"].map(totals[column]).astype(float)
        table[share] = (table[column] / total).where(table["is_scored"] & (total > 0))
    table = table.sort_values(["scheme", "is_scored", "place", "label"], ascending=[True, False, True, True])
    return schema.frame("holdout_labels", table.drop(columns="place"))
