"""What a strategy costs, what it would bring at its aim, and which strategies a budget goes to."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.settings import StrategyRules
from custkit.strategy import kpis, playbook

# How much of the assumed effect there may really be.
SCENARIOS = {"half": 0.5, "aim": 1.0, "double": 2.0}
AIM = "aim"
_SERVICE = {"service", "membership"}


def margins(
    features: pd.DataFrame, chosen: pd.DataFrame, rules: StrategyRules = StrategyRules()
) -> pd.DataFrame:
    """Which share of spend is left after the cost of goods, for the treated of each strategy.

    ``features`` may have ``margin`` (spend less cost, empty where a cost is not known). A strategy with fewer than
    ``rules.min_arm`` treated customers of known margin takes the rate of all customers; without any, ``margin_rate``
    is assumed.

    Returns
    -------
    one row per strategy, sorted by name
        ``strategy``, ``margin_rate``, ``margin_known``, ``loss_makers``: treated customers with whom nothing would be
        left after ``rules.coupon``
    """
    schema.require(features, ["customer_id", "spend"], "features")
    schema.require(chosen, ["customer_id", "strategy", "arm"], "plan_targets")
    margin = features["margin"] if "margin" in features.columns else np.nan
    people = features[["customer_id", "spend"]].assign(margin=margin).sort_values("customer_id")
    known = people[people["margin"].notna() & (people["spend"] > 0)]
    everybody = _rate(known, rules)
    rows = []
    for strategy, group in chosen[chosen["arm"] == "treated"].groupby("strategy"):
        treated = known[known["customer_id"].isin(group["customer_id"])]
        own = _rate(treated, rules)
        rate = everybody if np.isnan(own) else own
        rows.append(
            {
                "strategy": strategy,
                "margin_rate": rules.margin_rate if np.isnan(rate) else rate,
                "margin_known": not np.isnan(rate),
                "loss_makers": int((treated["margin"] < rules.coupon * treated["spend"]).sum()),
            }
        )
    columns = {"strategy": "str", "margin_rate": "float64", "margin_known": "bool", "loss_makers": "int64"}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _rate(known: pd.DataFrame, rules: StrategyRules) -> float:
    return float(known["margin"].sum() / known["spend"].sum()) if len(known) >= rules.min_arm else np.nan


def budget(
    numbers: pd.DataFrame,
    rates: pd.DataFrame,
    channels: dict[str, str],
    rules: StrategyRules = StrategyRules(),
) -> pd.DataFrame:
    """What each strategy costs and brings in one window, at its aim and with half and twice the effect.

    Every cost, the effect and, where no cost of goods is known, the margin are assumptions: settings, in the run's
    currency. An offer gives away a share of one order of every treated customer who orders: who would have come anyway
    takes the coupon too.

    Parameters
    ----------
    numbers : ``plan_evidence``
    rates : from ``margins``
    channels : channel of a strategy's messages where one is known to be answered best; else the playbook's
    rules : ``contact_costs``, ``messages``, ``coupon``, ``service_cost``, ``budget``

    Returns
    -------
    one row per strategy with treated customers and scenario, in the order of ``numbers`` (``plan_budget``)
        ``change`` of the KPI relative to its baseline; ``contact_cost`` per treated customer; ``cost`` of all of them, ``discount`` of it given away; ``extra_spend``
        and ``extra_margin`` that the effect brings; ``net``: extra margin less cost; ``return_on_cost``: net / cost;
        ``break_even``: the relative change of the KPI at which net is 0, empty where none can (the offer gives away
        all that a further order leaves). Empty where no baseline is known. ``margin_after_discount`` per unit of spend of an order with the offer.
        ``funded`` of the treated get the strategy, for ``spent``: all of them without a cap; under one, the strategy
        with the best return first, for as many customers as the money left will pay. Cost and return of a strategy
        grow in step with its customers, so that no other split of the money brings more (the fractional knapsack:
        Dantzig 1957, *Operations Research* 5, 266-288). What is not known to pay gets nothing under a cap.
    """
    schema.require(
        numbers,
        ["strategy", "kpi", "n_treated", "baseline", "target_level", "unit_spend", "order_spend"],
        "plan_evidence",
    )
    plays = {play.strategy: play for play in playbook.PLAYBOOK}
    rate = rates.set_index("strategy").to_dict("index")
    treated = numbers[numbers["n_treated"].gt(0) & numbers["strategy"].isin(plays)]
    rows = []
    for scenario, factor in SCENARIOS.items():
        drawn_up = [
            {
                "scenario": scenario,
                **rate[line["strategy"]],
                **_line(line, plays, channels, factor, rate, rules),
            }
            for line in treated.to_dict("records")
        ]
        rows += _funded(drawn_up, rules.budget)
    return schema.frame("plan_budget", rows)


def _line(line: dict, plays: dict, channels: dict, factor: float, rate: dict, rules: StrategyRules) -> dict:
    """Cost and gain of one strategy where ``factor`` times the aimed-for change comes about."""
    play, kpi = plays[line["strategy"]], kpis.KPIS[line["kpi"]]
    margin = rate[line["strategy"]]["margin_rate"]
    channel = channels.get(line["strategy"], play.channel) if play.channel else ""
    contact = contact_cost(play, channel, rules)
    off = rules.coupon if "offer" in play.means else 0.0
    n, baseline, unit = line["n_treated"], line["baseline"], line["unit_spend"]
    # Customers who order, or orders, per treated customer: as things stand, and how many more of them at most.
    units = 1 - baseline if kpi.outcome == "stayed_away" else baseline
    more = min(factor * abs(line["target_level"] - baseline), 1 - units if kpi.is_share else np.inf)
    # Each coupon is for one order of a customer who orders; more orders of the same customers take no more of them.
    coupon = off * line["order_spend"] if off else 0.0
    comes = line["share_ordered"] if off else 0.0
    redeemed = comes + (more if kpi.is_share else 0.0) if off else 0.0
    discount, extra_spend = coupon * redeemed * n, more * unit * n
    cost, gained = contact * n + discount, margin * extra_spend
    gain_of_one = margin * unit - (coupon if kpi.is_share else 0.0)
    pays = gain_of_one > 0 and baseline > 0
    break_even = (contact + coupon * comes) / gain_of_one / baseline if pays else np.nan
    net = gained - cost
    return {
        "strategy": line["strategy"],
        "channel": channel or "phone",
        "n_treated": n,
        "change": more / baseline if baseline else np.nan,
        "contact_cost": contact,
        "discount": discount,
        "cost": cost,
        "extra_spend": extra_spend,
        "extra_margin": gained,
        "margin_after_discount": margin - off,
        "gives_discount": bool(off),
        "net": net,
        "return_on_cost": net / cost if cost > 0 else np.nan,
        "break_even": break_even,
    }


def at_aim(costs: pd.DataFrame) -> pd.DataFrame:
    """The rows of the effect that is aimed for, by strategy."""
    return costs[costs["scenario"] == AIM].set_index("strategy")


def contact_cost(play: playbook.Play, channel: str, rules: StrategyRules) -> float:
    """What one treated customer costs in one window, before anything is given away."""
    costs = rules.channel_costs()
    messages = rules.messages * costs.get(channel, costs["other"]) if channel else 0.0
    service = rules.service_cost if _SERVICE & {key.strip() for key in play.means.split(",")} else 0.0
    return messages + play.calls * costs.get("phone", costs["other"]) + service


def _funded(rows: list[dict], cap: float) -> list[dict]:
    """How many of the treated of each strategy the money is for."""
    if not cap:
        return [{**row, "funded": row["n_treated"], "spent": row["cost"]} for row in rows]
    left, shares = cap, {}
    worth_it = [row for row in rows if row["net"] > 0 and row["margin_after_discount"] > 0]
    for row in sorted(
        worth_it, key=lambda row: (-np.nan_to_num(row["return_on_cost"], nan=np.inf), row["strategy"])
    ):
        each = row["cost"] / row["n_treated"]
        shares[row["strategy"]] = min(row["n_treated"], int(left / each)) if each else row["n_treated"]
        left -= shares[row["strategy"]] * each
    return [
        {**row, "funded": n, "spent": row["cost"] / row["n_treated"] * n if n else 0.0}
        for row, n in ((row, shares.get(row["strategy"], 0)) for row in rows)
    ]
