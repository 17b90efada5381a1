"""What 06 says of earlier campaigns, consent, channels, causes and money: sentences, each to be recomputed."""

from functools import partial

import pandas as pd

from custkit import findings as sentences
from custkit.settings import StrategyRules
from custkit.strategy import playbook
from custkit.strategy.contacts import EVERYBODY, FEWEST

_SHARES = {
    "treated": ("only", "treated"),
    "n_treated": ("only", "n_treated"),
    "held_out": ("only", "held_out"),
    "n_held_out": ("only", "n_held_out"),
    "low_points": ("only", "low_points"),
    "high_points": ("only", "high_points"),
}
_NAME = {"strategy": ("word", "strategy", "label.strategy.")}
_AIM = ("scenario", "==", "aim")


def told(
    learnt: dict[str, pd.DataFrame], currency: str, rules: StrategyRules = StrategyRules()
) -> list[dict]:
    """Sentences over the tables that ``learnt`` holds by name, in the order of the notebook."""
    parts = {
        "plan_past": of_campaigns,
        "plan_consent": of_consent,
        "plan_channels": of_channels,
        "plan_causes": of_causes,
        "plan_budget": partial(of_budget, currency=currency, rules=rules),
    }
    return [row for name, tell in parts.items() if name in learnt for row in tell(learnt[name])]


def of_campaigns(past: pd.DataFrame) -> list[dict]:
    """One sentence for each campaign whose effect could be tested, one for all others."""
    rows = []
    tested = past[past["p"].notna()]
    for row in tested.itertuples():
        where = [("strategy", "==", row.strategy), ("kpi", "==", row.kpi), ("period", "==", row.period)]
        numbers = _SHARES | (
            {} if row.verdict == "no_effect" else {"uplift_points": ("only", "uplift_points")}
        )
        names = {"strategy": ("only", "strategy"), "period": ("only", "period")}
        kpi = {"kpi": ("word", "kpi", "label.kpi.")}
        rows.append(_said(f"plan_past_{row.verdict}", "plan_past", past, where, **names, **kpi, **numbers))
    if len(tested) < len(past):
        # The other verdicts are why nobody can tell.
        effects = [("verdict", "!=", verdict) for verdict in ("worked", "harmed", "no_effect")]
        rows.append(_said("plan_past_untold", "plan_past", past, effects, count=("count",)))
    if past.empty:
        rows.append(_said("plan_past_none", "plan_past", past, (), count=("count",)))
    return rows


def of_consent(counts: pd.DataFrame) -> list[dict]:
    """How many customers stand on no list; or that nobody was asked."""
    unasked = [("consent", "==", "not_asked")]
    if (counts["consent"] == "not_asked").any():
        return [
            _said("plan_consent_unasked", "plan_consent", counts, unasked, customers=("sum", "customers"))
        ]
    if counts["may_contact"].all():
        return []
    where, numbers = [("may_contact", "==", False)], {"customers": ("sum", "customers")}
    return [_said("plan_consent", "plan_consent", counts, where, **numbers, share=("share", "customers"))]


def of_channels(answered: pd.DataFrame) -> list[dict]:
    """The channel that is answered best, of everybody and of each group; or that there is none."""
    if answered.empty:
        return []
    best = answered[answered["is_best"]]
    numbers = {
        "channel": "channel",
        "joined": "joined",
        "sent": "sent",
        "low": "joined_low",
        "high": "joined_high",
    }
    numbers = {name: ("only", column) for name, column in numbers.items()}
    rows = []
    for row in best.itertuples():
        where = [("strategy", "==", row.strategy), ("channel", "==", row.channel)]
        everybody = row.strategy == EVERYBODY
        key, name = ("plan_channel_best", {}) if everybody else ("plan_channel_group", _NAME)
        given = {"least": FEWEST}
        rows.append(_said(key, "plan_channels", answered, where, given=given, **name, **numbers))
    return rows or [_said("plan_channel_none", "plan_channels", answered, (), count=("count",))]


def of_causes(found: pd.DataFrame) -> list[dict]:
    """Which groups complain of something more than the others."""
    if found.empty:
        return []
    numbers = {name: ("only", name) for name in ("per_100_orders", "others", "n", "customers")}
    rows = []
    for row in found[found["is_cited"]].itertuples():
        where = [("strategy", "==", row.strategy), ("topic", "==", row.topic)]
        names = {**_NAME, "complaint": ("word", "topic", "label.topic.")}
        rows.append(_said("plan_cause", "plan_causes", found, where, **names, **numbers))
    return rows or [_said("plan_cause_none", "plan_causes", found, (), count=("count",))]


def of_mending(numbers: pd.DataFrame) -> list[dict]:
    """The complaint that most customers have."""
    lines = numbers[numbers["target_group"] == playbook.COMPLAINERS]
    values = {
        "baseline": ("only", "baseline"),
        "n": ("only", "n_baseline"),
        "target": ("only", "target_level"),
    }
    return [
        _said(
            "plan_mend",
            "plan_evidence",
            numbers,
            [("strategy", "==", name)],
            complaint=("word", "subject", "label.topic."),
            **values,
        )
        for name in lines["strategy"]
    ]


def of_budget(costs: pd.DataFrame, currency: str, rules: StrategyRules = StrategyRules()) -> list[dict]:
    """What the plan costs and brings, which strategy pays best, which would not pay, and who gets a capped budget."""
    aim = costs[costs["scenario"] == "aim"]
    known = aim[aim["net"].notna()]
    if known.empty:
        return []
    money = {"currency": f" {currency}" if currency else ""}
    reckoned = [_AIM, ("extra_margin", ">=", 0)]  # what is not known is neither
    totals = {"cost": ("sum", "cost"), "margin": ("sum", "extra_margin")}
    told = "known" if known["margin_known"].all() else "assumed"
    given = {**money, "days": rules.plan_days}
    rows = [_said(f"plan_cost.{told}", "plan_budget", costs, reckoned, given=given, **totals)]
    paying = known[(known["net"] > 0) & known["break_even"].notna()]
    if len(paying):
        best = paying.sort_values(["return_on_cost", "strategy"], ascending=[False, True]).iloc[0]
        where = [_AIM, ("strategy", "==", best["strategy"])]
        values = {name: ("only", name) for name in ("net", "cost", "break_even", "change")}
        rows.append(_said("plan_return", "plan_budget", costs, where, given=money, **_NAME, **values))
    if (known["net"] < 0).any():
        where = [_AIM, ("net", "<", 0)]
        rows.append(
            _said(
                "plan_loss", "plan_budget", costs, where, given=money, count=("count",), cost=("sum", "cost")
            )
        )
    half, paid = ("scenario", "==", "half"), ("net", ">", 0)
    known_half = [half, ("extra_margin", ">=", 0)]
    counts = {"count": ("count",), "share": ("share",)}
    rows.append(_said("plan_half", "plan_budget", costs, [half, paid], of=known_half, **counts))
    if rules.budget:
        given, sums = (
            {**money, "budget": rules.budget},
            {"spent": ("sum", "spent"), "funded": ("sum", "funded")},
        )
        rows.append(_said("plan_cap", "plan_budget", costs, [_AIM], given=given, **sums))
        if (aim["funded"] == 0).any():
            nothing = [_AIM, ("funded", "==", 0)]
            rows.append(_said("plan_cap_nothing", "plan_budget", costs, nothing, count=("count",)))
    return rows


def _said(key: str, name: str, table: pd.DataFrame, where, *, of=(), given=None, **recipes) -> dict:
    return sentences.make(key, name, table, where=where, of=of, given=given, **recipes)
