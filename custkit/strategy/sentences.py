"""What 06 concludes: sentences over the numbers behind the plan, each to be recomputed."""

import datetime
from collections.abc import Callable
from functools import partial

import pandas as pd

from custkit import findings as sentences
from custkit.settings import StrategyRules
from custkit.strategy import kpis, lessons, playbook

_PEOPLE = ("customers", ">", 0)  # strategies for customers, not for the product
_TREATED = ("n_treated", ">", 0)
_TESTED = ("n_held_out", ">", 0)
_NAME = {"strategy": ("word", "strategy", "label.strategy.")}


def findings(
    plan: pd.DataFrame,
    numbers: pd.DataFrame,
    day: datetime.date,
    rules: StrategyRules = StrategyRules(),
    *,
    learnt: dict[str, pd.DataFrame] | None = None,
    currency: str = "",
) -> pd.DataFrame:
    """What 06 concludes: the table ``findings_06``, the strategy with most money at stake first.

    Parameters
    ----------
    plan, numbers : ``plan`` and ``plan_evidence``
    day : the earlier day from which baselines are counted
    learnt : ``plan_past``, ``plan_consent``, ``plan_channels``, ``plan_causes``, ``plan_budget``, by name
    currency : of the run
    """
    told = partial(_told, numbers)
    lines = numbers[numbers["customers"] > 0]
    lessons_learnt = lessons.told(learnt or {}, currency, rules)
    if lines.empty:
        rows = [told("plan_empty", [_PEOPLE], count=("count",)), *lessons_learnt]
    else:
        rows = [_first(lines.iloc[0], told), _covers(told), *lessons_learnt]
        rows += [_group(row, told) for row in lines.itertuples()]
        rows += [_line(row, told, day, rules) for row in lines[lines["target_level"].notna()].itertuples()]
        without_room = lines[lines["target"].isna()]
        rows += [_no_room(row.strategy, told, day, rules) for row in without_room.itertuples()]
        rows += _not_known(lines, told, rules)
        rows += _tests(lines, told)
    rows += lessons.of_mending(numbers)
    weak = numbers[numbers["target_group"] == playbook.RATERS]
    rows += [_weakness(line, told, rules) for line in weak.itertuples()]
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


def _group(line, told: Callable[..., dict]) -> dict:
    """Who they are: the insight that the plan's line stands on."""
    where = [("strategy", "==", line.strategy)]
    numbers = {name: ("only", name) for name in ("customers", "share_of_customers")}
    if not 0 < line.share_of_spend <= 1:
        return told("plan_group.no_spend", where, **_NAME, **numbers)
    return told("plan_group", where, **_NAME, **numbers, share_of_spend=("only", "share_of_spend"))


def _covers(told: Callable[..., dict]) -> dict:
    sums = {"treated": ("sum", "n_treated"), "held_out": ("sum", "n_held_out")}
    return told("plan_covers", [_TREATED], strategies=("count",), **sums)


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
    if (lines["n_treated"].gt(0) & lines["n_held_out"].eq(0)).any():
        untested = [_TREATED, ("n_held_out", "==", 0)]
        rows.append(told("plan_untested", untested, count=("count",), customers=("sum", "customers")))
    return rows


def _weakness(line, told: Callable[..., dict], rules: StrategyRules) -> dict:
    """From a survey with its number of answers; from a scorecard, which is a judgement, without."""
    asked = line.n_baseline >= rules.min_arm
    return told(
        "plan_weakness" if asked else "plan_weakness.card",
        [("strategy", "==", line.strategy)],
        given={"attribute": line.strategy.partition(":")[2]},
        baseline=("only", "baseline"),
        target=("only", "target_level"),
        **({"n": ("only", "n_baseline")} if asked else {}),
    )
