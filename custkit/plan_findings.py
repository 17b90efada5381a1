"""What 06 concludes: sentences over the numbers behind the plan, each to be recomputed."""

import datetime

import numpy as np
import pandas as pd

from custkit import findings as sentences
from custkit import kpis, playbook


def findings(table: pd.DataFrame, numbers: pd.DataFrame, day: datetime.date) -> pd.DataFrame:
    """What 06 concludes: the table ``findings_06``, the line with most money at stake first.

    ``table`` is ``plan``, ``numbers`` is ``plan_evidence``, ``day`` the earlier day of the baselines.
    """

    def told(key, where=(), of=(), given=None, **recipes):
        return sentences.make(key, "plan_evidence", numbers, where=where, of=of, given=given, **recipes)

    people = [("customers", ">", 0)]
    lines = numbers[numbers["customers"] > 0]
    rows = [told("plan_empty", people, count=("count",))] if lines.empty else []
    for row in lines.head(1).itertuples():
        money = (
            {"share_of_spend": ("only", "share_of_spend")} if row.share_of_spend == row.share_of_spend else {}
        )
        rows.append(
            told(
                "plan_first" if money else "plan_first.no_spend",
                [("strategy", "==", row.strategy)],
                strategy=("word", "strategy", "label.strategy."),
                customers=("only", "customers"),
                **money,
            )
        )
        rows.append(
            told(
                "plan_covers",
                people,
                strategies=("count",),
                customers=("sum", "customers"),
                held_out=("sum", "n_held_out"),
            )
        )
    rows += [_line(row, told, table, day) for row in lines.itertuples()]
    rows += _tests(lines, told)
    if (lines["n_held_out"] == 0).any():
        rows.append(
            told(
                "plan_untested",
                [*people, ("n_held_out", "==", 0)],
                count=("count",),
                customers=("sum", "customers"),
            )
        )
    weak = numbers[numbers["target_group"] == playbook.RATERS]
    rows += [
        told(
            "plan_weakness",
            [("strategy", "==", strategy)],
            given={"attribute": strategy.partition(":")[2]},
            baseline=("only", "baseline"),
            target=("only", "target_level"),
            n=("only", "n_baseline"),
        )
        for strategy in weak["strategy"]
    ]
    if table["assumption"].any():
        assumed = [("assumption", "==", True)]
        rows.append(sentences.make("plan_assumed", "plan", table, where=assumed, count=("count",)))
    return sentences.frame("06", rows)


def _line(row, told, table: pd.DataFrame, day: datetime.date) -> dict:
    """What such customers did by themselves, and what is aimed for; or that it is not known."""
    where = [("strategy", "==", row.strategy)]
    name = {"strategy": ("word", "strategy", "label.strategy.")}
    if np.isnan(row.baseline):
        return told(
            "plan_line.unknown", where, **name, customers=("only", "customers"), n=("only", "n_baseline")
        )
    kpi = kpis.KPIS[row.kpi]
    interval = {"low": ("only", "baseline_low"), "high": ("only", "baseline_high")} if kpi.is_share else {}
    return told(
        f"plan_line.{kpi.outcome}",
        where,
        given={"day": day, "days": int(table["window_days"].iloc[0])},
        **name,
        n=("only", "n_baseline"),
        baseline=("only", "baseline"),
        target=("only", "target_level"),
        **interval,
    )


def _tests(lines: pd.DataFrame, told) -> list[dict]:
    """For how many strategies the comparison can show the aim, and what the nearest of the others would take."""
    tested = [("n_held_out", ">", 0)]
    compared = lines[lines["n_held_out"] > 0]
    if compared.empty:
        return []
    rows = [
        told("plan_seen", [*tested, ("can_be_seen", "==", True)], tested, seen=("count",), share=("share",))
    ]
    short = compared[~compared["can_be_seen"] & compared["customers_needed"].notna()]
    short = short.assign(times=short["customers_needed"] / short["customers"]).sort_values(
        "times", kind="stable"
    )
    for strategy in short["strategy"].head(1):
        rows.append(
            told(
                "plan_nearest",
                [("strategy", "==", strategy)],
                strategy=("word", "strategy", "label.strategy."),
                customers=("only", "customers"),
                needed=("only", "customers_needed"),
            )
        )
    return rows
