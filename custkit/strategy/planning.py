"""Who gets which strategy, what such customers did before, what is aimed for, and what the comparison can show."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema, stats
from custkit.labels import by_scheme
from custkit.settings import StrategyRules
from custkit.strategy import holdouts, kpis, playbook

_MONEY_DECIMALS = 4  # the finest that money has
# Columns to look at together: earlier campaigns and answers, what such customers did, what is at stake, what it costs,
# what a test could show, who does it when.
SHOWN = {
    name: columns.split()
    for name, columns in {
        "past": "strategy kpi period n_treated treated n_held_out held_out uplift_points low_points high_points verdict",
        "channels": "strategy channel customers sent opened joined joined_low joined_high is_best",
        "causes": "strategy topic n customers per_100_orders low high others p_adjusted is_cited",
        "costs": "strategy n_treated contact_cost discount cost extra_spend margin_rate margin_known extra_margin net "
        "return_on_cost",
        "scenarios": "scenario strategy change net return_on_cost break_even funded spent",
        "baseline": "strategy kpi n_baseline baseline baseline_low baseline_high target_level",
        "money": "strategy target_group customers share_of_customers share_of_spend median_recency_days median_n_orders "
        "main_cluster share_in_main_cluster worth",
        "test": "strategy n_treated n_held_out target smallest_change can_be_seen customers customers_needed",
        "duties": "strategy department owner channel start end",
        "aims": "strategy kpi denominator baseline target kind direction assumption",
    }.items()
}


def assign(labels: pd.DataFrame, features: pd.DataFrame, *, reading: str = "intended") -> pd.DataFrame:
    """One strategy for each customer: the first play of the playbook that fits.

    Parameters
    ----------
    labels : customer_id, scheme, label, as 03 writes them
    features : customer_id, status: prospects have no orders to be labelled by
    reading : how ``rfm8`` read recency. The playbook means the intended reading; by any other, the names of the 8
        cells stand for other customers, and its plays for them are left out.

    Returns
    -------
    one row per customer whom a play fits, sorted by ``customer_id``: ``customer_id``, ``strategy``
    """
    schema.require(features, ["customer_id", "status"], "features")
    named = by_scheme(labels, features["customer_id"], some=True)
    if reading != "intended":
        named.pop("rfm8", None)
    named["status"] = features["status"].to_numpy(dtype=object)
    first = np.full(len(features), -1)
    for place, play in reversed(list(enumerate(playbook.PLAYBOOK))):
        scheme, _, label = play.target_group.partition(":")
        if scheme in named:
            first[np.asarray(named[scheme] == label)] = place
    names = pd.Series([play.strategy for play in playbook.PLAYBOOK], dtype="str")
    fits = first >= 0
    table = pd.DataFrame(
        {
            "customer_id": features["customer_id"].array[fits],
            "strategy": names.array[first[fits]],
        }
    )
    return table.sort_values("customer_id", ignore_index=True)


def baseline_day(as_of: datetime.date | None, rules: StrategyRules = StrategyRules()) -> datetime.date:
    """The day from which baselines are counted: one window before ``as_of``; without it, before all days."""
    return as_of - datetime.timedelta(days=rules.plan_days) if as_of else datetime.date.min


def until(feedback: pd.DataFrame, day: datetime.date) -> pd.DataFrame:
    """The answers that were known at an earlier day; none where the answers have no date."""
    if "date" not in feedback:
        return feedback.iloc[:0]
    return feedback[feedback["date"] <= pd.Timestamp(day)]


def follow_up(before: pd.DataFrame, after: pd.DataFrame, day: datetime.date) -> pd.DataFrame:
    """What the customers of an earlier day did from then on.

    Parameters
    ----------
    before, after : ``features`` as they stood at ``day``, and as they stand now
    day : the last day that ``before`` knows

    Returns
    -------
    one row per customer who was known at ``day``, sorted by ``customer_id``
        ``ordered`` and ``stayed_away`` (bool: a counting order after ``day``, or none), ``n_orders`` and ``spend`` since
        then, refunds off. A prospect was known when registered by ``day``; who first came later had no part in it.
    """
    schema.require(
        before, ["customer_id", "status", "n_orders", "spend", "tenure_days"], "features of the earlier day"
    )
    schema.require(after, ["customer_id", "last_order", "n_orders", "spend"], "features")
    known = before[(before["status"] != "prospect") | (before["tenure_days"] >= 0)]
    both = known.merge(after, on="customer_id", suffixes=("_before", "")).sort_values("customer_id")
    ordered = both["last_order"] > pd.Timestamp(day)
    # An order that was cancelled since no longer counts: it must not eat up a new one.
    n_orders = (both["n_orders"] - both["n_orders_before"]).clip(lower=ordered.astype("int64"))
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "ordered": ordered,
            "stayed_away": ~ordered,
            "n_orders": n_orders,
            "spend": both["spend"] - both["spend_before"],
        }
    ).reset_index(drop=True)


def evidence(
    features: pd.DataFrame,
    chosen: pd.DataFrame,
    assigned_before: pd.DataFrame,
    followed: pd.DataFrame,
    clusters: pd.DataFrame,
    gaps: pd.DataFrame,
    rules: StrategyRules = StrategyRules(),
    *,
    mending: list[dict] | tuple = (),
) -> pd.DataFrame:
    """The numbers behind each line of the plan, strategies with most money at stake first.

    Parameters
    ----------
    features : as they stand now
    chosen : from ``holdouts.draw``
    assigned_before, followed : strategies of the customers at an earlier day (``assign``), and what they did since
        (``follow_up``). Today's groups cannot tell a baseline: who lapsed today has, by definition, not come back.
    clusters : customer_id, cluster (0: in no group), label, from 04; may have no rows
    gaps : attributes of the own brand, from 05; its weaknesses become strategies; may have no rows
    mending : lines for what customers complain about most, from ``complaints.mending``

    Returns
    -------
    one row per strategy that has a customer, then one per weakness and complaint to mend
        The group: ``customers``, their ``spend`` to date (the money at stake) and shares of the region's customers and
        spend, medians of recency and orders, and the cluster that most of them are in (ties: spend, then name).
        The KPI: ``baseline`` over ``n_baseline`` such customers of the earlier day with its 95 % interval (shares
        only); empty with fewer than ``rules.min_arm``. ``target`` in the unit of ``kind``, of a share at most half of
        what is left to gain (empty where a relative change of 0 or all is none); ``target_level`` on the KPI.
        The test: ``smallest_change``, relative to the baseline, that the hold-out can tell from chance (two-sided 5 %,
        ``rules.test_power``); ``can_be_seen``: whether the target is at least that; ``customers_needed`` for it to be.
        ``worth``: extra spend of the treated in one window if the target is reached, before any cost; ``unit_spend``:
        spend of one such customer who orders, or of one order, in the window before; ``order_spend`` of one order;
        ``share_ordered``: who ordered at all. ``no_consent`` and ``not_funded``
        customers of the group are in neither arm.
    """
    schema.require(features, ["customer_id", "recency_days", "n_orders", "spend"], "features")
    # In one order: sums keep their last bits whatever the order of the rows.
    features = features.sort_values("customer_id")
    grouped = clusters[clusters["cluster"] > 0]  # 0 is in no group
    in_cluster = pd.DataFrame({"customer_id": grouped["customer_id"], "group": grouped["label"]})
    people = features.merge(chosen, on="customer_id").merge(in_cluster, on="customer_id", how="left")
    past = followed.sort_values("customer_id").merge(assigned_before, on="customer_id")
    rows = []
    for place, play in enumerate(playbook.PLAYBOOK):
        group = people[people["strategy"] == play.strategy]
        if not group.empty:
            described = _group(group, features)
            aimed = _aim(play, past[past["strategy"] == play.strategy], described, rules)
            rows.append(
                {
                    "strategy": play.strategy,
                    "target_group": play.target_group,
                    "place": place,
                    **described,
                    **aimed,
                }
            )
    rows.sort(key=lambda row: (-row["spend"], row["place"]))
    rows += [*_weaknesses(gaps, rules), *mending]
    return schema.frame("plan_evidence", rows)


def _group(group: pd.DataFrame, features: pd.DataFrame) -> dict:
    spend = round(float(group["spend"].sum()), _MONEY_DECIMALS)
    whole = float(features["spend"].sum())
    by_cluster = group.groupby("group").agg(customers=("spend", "size"), spend=("spend", "sum")).reset_index()
    by_cluster = by_cluster.sort_values(["customers", "spend", "group"], ascending=[False, False, True])
    arms = group["arm"].value_counts()
    return {
        "customers": len(group),
        "share_of_customers": len(group) / len(features),
        "spend": spend,
        "share_of_spend": spend / whole if whole > 0 else np.nan,
        "median_recency_days": group["recency_days"].astype("float64").median(),
        "median_n_orders": group["n_orders"].astype("float64").median(),
        "main_cluster": by_cluster["group"].iloc[0] if len(by_cluster) else "",
        "share_in_main_cluster": by_cluster["customers"].iloc[0] / len(group) if len(by_cluster) else np.nan,
        "n_treated": int(arms.get("treated", 0)),
        "n_held_out": int(arms.get("held_out", 0)),
        "no_consent": int(arms.get("no_consent", 0)),
        "not_funded": int(arms.get("not_funded", 0)),
    }


def _aim(play: playbook.Play, past: pd.DataFrame, described: dict, rules: StrategyRules) -> dict:
    """Baseline, target and what the hold-out can see, for one play."""
    kpi = kpis.KPIS[play.kpi]
    outcome = past[kpi.outcome].astype(float)
    n, total = len(past), float(outcome.sum())
    baseline = total / n if n >= rules.min_arm else np.nan
    low, high = stats.wilson(total, n) if kpi.is_share and n >= rules.min_arm else (np.nan, np.nan)
    target = _within_reach(rules.target_change or play.change, baseline, kpi)
    level = kpis.target_level(baseline, target, "relative", kpi.direction)
    arms = described["n_treated"], described["n_held_out"]
    difference = holdouts.smallest_effect(outcome, *arms, rules.test_power, is_share=kpi.is_share)
    smallest = difference / baseline if baseline else np.nan
    spent = round(float(past["spend"].sum()), _MONEY_DECIMALS)
    units, n_orders = past["ordered" if kpi.is_share else kpi.outcome].sum(), past["n_orders"].sum()
    worth_of_one = spent / units if units else np.nan
    return {
        "kpi": play.kpi,
        "n_baseline": n,
        "baseline": baseline,
        "baseline_low": float(low),
        "baseline_high": float(high),
        "target": target,
        "kind": "relative",
        "direction": kpi.direction,
        "target_level": level,
        "smallest_change": smallest,
        "can_be_seen": bool(smallest <= target),
        "customers_needed": np.ceil(described["customers"] * (smallest / target) ** 2),
        "worth": abs(level - baseline) * described["n_treated"] * worth_of_one,
        "unit_spend": worth_of_one,
        "order_spend": spent / n_orders if n_orders else np.nan,
        "share_ordered": past["ordered"].mean() if n >= rules.min_arm else np.nan,
        "source": "features, labels",
        "subject": "",
    }


def _within_reach(change: float, baseline: float, kpi: kpis.Kpi) -> float:
    """The relative change to aim for: of a share at most half of what is left to gain, and none without any room."""
    room = (1 - baseline) / 2 / baseline if kpi.is_share and kpi.direction == "up" and baseline else np.inf
    aim = min(change, room) if baseline == baseline else change
    return aim if aim > 0 and baseline != 0 else np.nan


def _weaknesses(gaps: pd.DataFrame, rules: StrategyRules) -> list[dict]:
    """A weakness is to be closed half way to the mean of the rivals; what reaches everyone leaves nobody to hold out."""
    if gaps.empty:
        return []
    schema.require(gaps, ["attribute", "own", "mean_of_rivals", "n", "verdict", "place"], "brand_gaps")
    weak = gaps[(gaps["verdict"] == "weakness") & (gaps["place"] <= rules.max_weaknesses)]
    return [
        {
            "strategy": f"{playbook.CLOSE_GAP}:{row.attribute}",
            "target_group": playbook.RATERS,
            **dict.fromkeys(("customers", "n_treated", "n_held_out", "no_consent", "not_funded"), 0),
            "spend": 0.0,
            "main_cluster": "",
            "kpi": "mean_rating",
            "n_baseline": row.n,
            "baseline": row.own,
            "target": (row.own + row.mean_of_rivals) / 2,
            "kind": "level",
            "direction": "up" if row.mean_of_rivals > row.own else "down",
            "target_level": (row.own + row.mean_of_rivals) / 2,
            "can_be_seen": False,
            "source": "brand_gaps",
            "subject": row.attribute,
        }
        for row in weak.sort_values(["place", "attribute"]).itertuples()
    ]
