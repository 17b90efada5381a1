"""What 06 concludes: sentences over the numbers behind the plan, each to be recomputed."""

import datetime
from collections.abc import Callable
from functools import partial

import pandas as pd

from custkit import findings as sentences
from custkit.settings import StrategyRules
from custkit.strategy import kpis, playbook

_PEOPLE = ("customers", ">", 0)  # strategies for customers, not for the product
_TESTED = ("n_held_out", ">", 0)
_NAME = {"strategy": ("word", "strategy", "label.strategy.")}


def findings(
    plan: pd.DataFrame, numbers: pd.DataFrame, day: datetime.date, rules: StrategyRules = StrategyRules()
) -> pd.DataFrame:
    """What 06 concludes: the table ``findings_06``, the strategy with most money at stake first.

    ``numbers`` is ``plan_evidence``, ``day`` the earlier day from which its baselines are counted.
    """
    told = partial(_told, numbers)
    lines = numbers[numbers["customers"] > 0]
    if lines.empty:
        rows = [told("plan_empty", [_PEOPLE], count=("count",))]
    else:
        rows = [_first(lines.iloc[0], told), _covers(told)]
        rows += [_line(row, told, day, rules) for row in lines[lines["target_level"].notna()].itertuples()]
        without_room = lines[lines["target"].isna()]
        rows += [_no_room(row.strategy, told, day, rules) for row in without_room.itertuples()]
        rows += _not_known(lines, told, rules)
        rows += _tests(lines, told)
    rows += [
        _weakness(name, told) for name in numbers["strategy"][numbers["target_group"] == playbook.RATERS]
    ]
    if plan["assumption"].any():
        assumed = [("assumption", "==", True)]
        rows.append(sentences.make("plan_assumed", "plan", plan, where=assumed, count=("count",)))
    return sentences.frame("06", rows)


def _told(numbers: pd.DataFrame, key: str, where: list, of: tuple | list = (), given=None, **recipes) -> dict:
    return sentences.make(key, "plan_evidence", numbers, where=where, of=of, given=given, **recipes)


def _first(line: pd.Series, told: Callable[..., dict]) -> dict:
    """Where most money is at stake; spend at or below zero has no share, nor has more than all of it."""
    where = [("strategy", "==", line["strategy"])]
    if not 0 < line["share_of_spend"] <= 1:  # an empty share neither
        return told("plan_first.no_spend", where, **_NAME, customers=("only", "customers"))
    share = ("only", "share_of_spend")
    return told("plan_first", where, **_NAME, customers=("only", "customers"), share_of_spend=share)


def _covers(told: Callable[..., dict]) -> dict:
    sums = {"customers": ("sum", "customers"), "held_out": ("sum", "n_held_out")}
    return told("plan_covers", [_PEOPLE], strategies=("count",), **sums)


def _line(row, told: Callable[..., dict], day: datetime.date, rules: StrategyRules) -> dict:
    """What such customers did by themselves, and what is aimed for."""
    kpi = kpis.KPIS[row.kpi]
    interval = {"low": ("only", "baseline_low"), "high": ("only", "baseline_high")} if kpi.is_share else {}
    return told(
        f"plan_line.{kpi.outcome}",
        [("strategy", "==", row.strategy)],
        given={"day": day, "days": rules.plan_days},
        **_NAME,
        n=("only", "n_baseline"),
        baseline=("only", "baseline"),
        target=("only", "target_level"),
        **interval,
    )


def _no_room(strategy: str, told: Callable[..., dict], day: datetime.date, rules: StrategyRules) -> dict:
    return told(
        "plan_no_room",
        [("strategy", "==", strategy)],
        given={"day": day, "days": rules.plan_days},
        **_NAME,
        kpi=("word", "kpi", "label.kpi."),
        n=("only", "n_baseline"),
        baseline=("only", "baseline"),
    )


def _not_known(lines: pd.DataFrame, told: Callable[..., dict], rules: StrategyRules) -> list[dict]:
    if lines["baseline"].notna().all():
        return []
    few, given = [_PEOPLE, ("n_baseline", "<", rules.min_arm)], {"least": rules.min_arm}
    return [told("plan_unknown", few, given=given, count=("count",), customers=("sum", "customers"))]


def _tests(lines: pd.DataFrame, told: Callable[..., dict]) -> list[dict]:
    """How many strategies could show their aim, what the nearest of the others would take, how many have no test."""
    rows = []
    tested = lines[lines["n_held_out"] > 0]
    if len(tested):
        seen = [_TESTED, ("can_be_seen", "==", True)]
        rows.append(told("plan_seen", seen, [_TESTED], seen=("count",), share=("share",)))
    short = tested[~tested["can_be_seen"] & tested["customers_needed"].notna()]
    if len(short):
        nearest = (short["customers_needed"] / short["customers"]).idxmin()
        where = [("strategy", "==", short.loc[nearest, "strategy"])]
        sizes = {"customers": ("only", "customers"), "needed": ("only", "customers_needed")}
        rows.append(told("plan_nearest", where, **_NAME, **sizes))
    if len(tested) < len(lines):
        untested = [_PEOPLE, ("n_held_out", "==", 0)]
        rows.append(told("plan_untested", untested, count=("count",), customers=("sum", "customers")))
    return rows


def _weakness(strategy: str, told: Callable[..., dict]) -> dict:
    return told(
        "plan_weakness",
        [("strategy", "==", strategy)],
        given={"attribute": strategy.partition(":")[2]},
        baseline=("only", "baseline"),
        target=("only", "target_level"),
        n=("only", "n_baseline"),
    )
