"""What is known before any data are seen: strategies for target groups, and what makes a plan contradict itself."""

from dataclasses import dataclass

import pandas as pd

from custkit import schema
from custkit.errors import SettingsError
from custkit.strategy import kpis
from custkit.words import Words


@dataclass(frozen=True)
class Play:
    """A strategy of the playbook. Its texts stand in the catalogue under ``plan.<strategy>.``."""

    strategy: str
    target_group: str  # scheme:label
    lever: str  # what the strategy is to move: a weak side of the group, or ``retention``
    kpi: str
    change: float  # relative change of the KPI to aim for: an assumption
    cause: str  # what in the data calls for it
    means: str  # what it uses, to hold against the cause; keys with commas
    channel: str = (
        "email"  # of its messages, where no other is known to be answered better; empty: no messages
    )
    calls: float = 0.0  # telephone calls per treated customer


# First match wins: a customer gets one strategy, the most specific that fits, so that no one is asked twice and
# each effect has a group of its own. Ideas: documents 000 (tiers), 002 (recall, care, first order), 003 (cases).
PLAYBOOK = (
    Play("first_order", "status:prospect", "first_order", "first_order_rate", 0.25, "never_ordered", "offer, guide"),
    Play("second_order", "segment_map:starters", "frequency", "reorder_rate", 0.15, "few_orders", "guide, offer"),
    Play("rescue_best", "segment_map:cannot_lose", "recency", "recall_rate", 0.10, "no_recent_order", "contact, service", channel="", calls=1),
    Play("win_back", "rfm8:potential", "recency", "recall_rate", 0.10, "no_recent_order", "contact, offer", calls=1),
    Play("win_back_spenders", "segment_map:at_risk", "recency", "recall_rate", 0.10, "no_recent_order", "guide, offer"),
    Play("recall", "rfm8:churn_risk", "recency", "recall_rate", 0.20, "no_recent_order", "offer, contact", calls=0.1),
    Play("keep_best", "tier3:high", "retention", "lapse_rate", 0.15, "much_to_lose", "membership, service"),
    Play("grow_potential", "tier3:potential", "frequency", "orders_per_customer", 0.15, "few_orders", "guide, offer"),
    Play("activate_low", "tier3:low", "frequency", "reorder_rate", 0.15, "few_orders", "offer, survey"),
)  # fmt: skip
CLOSE_GAP = "close_gap"  # strategies from weaknesses of the brand: close_gap:<attribute>
RATERS = "survey:respondents"
MEND = "mend"  # the complaint that most customers have: mend:<topic>
MEND_CHANGE = 0.30  # relative: an assumption, as document 002 aims for
COMPLAINERS = "feedback:complainers"
LEVERS = {CLOSE_GAP: "product", MEND: "service"}  # of what is done for everybody

# Weak sides of each group: what a strategy may set out to move (T2). Every group of customers who still come may
# also be kept (``retention``). Levers that are no side of buying behaviour (service, product) suit any group.
_RFM8 = {
    "high_value": "HHH",
    "potential": "LHH",
    "important_develop": "HLH",
    "important_win_back": "LLH",
    "general_value": "HHL",
    "general_keep": "LHL",
    "general_develop": "HLL",
    "churn_risk": "LLL",
}
SIDES = ("recency", "frequency", "spend")
WEAK_SIDES = {
    **{
        f"rfm8:{label}": tuple(side for side, level in zip(SIDES, cell, strict=True) if level == "L")
        for label, cell in _RFM8.items()
    },
    "tier3:high": (),
    "tier3:potential": ("frequency", "spend"),
    "tier3:low": SIDES,
    "segment_map:champions": (),
    "segment_map:loyal": ("spend",),
    "segment_map:big_baskets": ("frequency",),
    "segment_map:rising": ("frequency", "spend"),
    "segment_map:starters": ("frequency", "spend"),
    "segment_map:cooling": SIDES,
    "segment_map:cannot_lose": ("recency",),
    "segment_map:at_risk": SIDES,
    "segment_map:dormant": SIDES,
    "segment_map:lost": SIDES,
    "status:prospect": ("first_order",),
}
BEHAVIOUR = (*SIDES, "retention", "first_order")

# What can answer a cause (T31): a coupon does not make a slow service fast.
CURES = {
    "never_ordered": {"offer", "guide", "contact"},
    "few_orders": {"offer", "guide", "membership"},
    "no_recent_order": {"offer", "contact", "guide"},
    "much_to_lose": {"membership", "service", "contact"},
    "slow_service": {"service"},
    "late_delivery": {"delivery"},
    "weak_attribute": {"product"},
}
_COMPLAINT = "complaint:"  # a cause that customers name themselves is answered by mending that very thing: mend:<topic>

ELEMENTS = ("target_group", "content", "resources", "expected_effect")


def require_elements(plan: pd.DataFrame) -> None:
    """Raise SettingsError, naming strategy and element, unless every strategy has all four elements.

    A strategy is its target group, its content, the resources that carry it out, and the effect that is expected.
    """
    missing = [element for element in ("strategy", *ELEMENTS) if element not in plan.columns]
    if missing:
        raise SettingsError(
            f"plan: no column {', '.join(missing)}; every strategy needs {', '.join(ELEMENTS)}"
        )
    for row in plan[["strategy", *ELEMENTS]].to_dict("records"):
        empty = [element for element in ELEMENTS if pd.isna(row[element]) or not str(row[element]).strip()]
        if empty:
            raise SettingsError(f"plan: strategy {row['strategy']!r} has no {', '.join(empty)}")


def check(plan: pd.DataFrame, words: Words, costs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Where a plan contradicts itself, line by line; no rows when it does not.

    T2: the lever is no weak side of the group. T4: the KPI cannot be measured on the group. T11: the kind of the target
    is not said, or no such level exists. T12: the direction is not the KPI's. T31: no means of the strategy answers
    the cause that is cited for it. T28: an offer gives away more than the known margin. What the playbook does not know (a group of a user's own, another KPI) is not judged.

    Parameters
    ----------
    plan : the columns of ``plan``; for T31, ``cause`` (a key of ``CURES``) and ``means`` (keys, with commas), which a
        strategy of the playbook need not bring
    costs : ``plan_budget``; for T28

    Returns
    -------
    one row per contradiction, in the order of the plan
        ``strategy``, ``target_group``, ``trap`` (T2 ...), ``problem``: a sentence in the language of ``words``
    """
    needed = ["strategy", "target_group", "lever", "kpi", "baseline", "target", "kind", "direction"]
    schema.require(plan, needed, "plan")
    rows, losses = [], _losses(costs)
    for line in plan.to_dict("records"):
        for trap, values in _contradictions(line):
            said = {
                name: words.label(scheme, value) if scheme else value
                for name, (scheme, value) in values.items()
            }
            found = {"trap": trap.partition(".")[0], "problem": words(f"plan.problem.{trap}", **said)}
            rows.append({"strategy": line["strategy"], "target_group": line["target_group"], **found})
        if line["strategy"] in losses:
            problem = words("plan.problem.T28", left=losses[line["strategy"]])
            told = {"strategy": line["strategy"], "target_group": line["target_group"]}
            rows.append({**told, "trap": "T28", "problem": problem})
    return pd.DataFrame(rows, columns=["strategy", "target_group", "trap", "problem"], dtype="str")


def _contradictions(line: dict) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    """Traps of one line, each with the values of its sentence as (scheme of the catalogue, key)."""
    kpi, found = ("kpi", line["kpi"]), []
    if line["lever"] in BEHAVIOUR and line["lever"] not in _levers(line["target_group"]):
        found.append(("T2", {"lever": ("lever", line["lever"])}))
    known = kpis.KPIS.get(line["kpi"])
    population = "prospect" if line["target_group"].endswith(":prospect") else "buyer"
    if known and known.population not in ("any", population):
        found.append(("T4", {"kpi": kpi}))
    if line["kind"] not in kpis.KINDS:
        found.append(("T11", {"kpi": kpi}))
    elif line["direction"] in kpis.DIRECTIONS and known and known.is_share:
        level = kpis.target_level(line["baseline"], line["target"], line["kind"], line["direction"])
        if level < 0 or level > 1:
            found.append(("T11.level", {"kpi": kpi, "level": ("", level)}))
    if line["direction"] not in kpis.DIRECTIONS or (known and known.direction not in ("", line["direction"])):
        found.append(("T12", {"kpi": kpi}))
    play = next((play for play in PLAYBOOK if play.strategy == line["strategy"]), None)
    cause = str(line.get("cause", play and play.cause))
    used = {key.strip() for key in str(line.get("means", play and play.means)).split(",")}
    complaint = cause.removeprefix(_COMPLAINT)
    if complaint != cause and f"{MEND}:{complaint}" not in used:
        found.append(("T31", {"cause": ("topic", complaint)}))
    elif cause in CURES and not used & CURES[cause]:
        found.append(("T31", {"cause": ("cause", cause)}))
    return found


def _losses(costs: pd.DataFrame | None) -> dict[str, float]:
    """Strategies whose offer gives away more than the margin that is known, and what is left of each unit of spend."""
    if costs is None:
        return {}
    columns = ["strategy", "scenario", "gives_discount", "margin_known", "margin_after_discount"]
    schema.require(costs, columns, "plan_budget")
    below = costs[(costs["scenario"] == "aim") & costs["gives_discount"] & costs["margin_known"]]
    below = below[below["margin_after_discount"] < 0]
    return dict(zip(below["strategy"], below["margin_after_discount"], strict=True))


def _levers(target_group: str) -> tuple[str, ...]:
    """Sides of behaviour that a strategy for this group may set out to move; all, for a group that is not known."""
    if target_group not in WEAK_SIDES:
        return BEHAVIOUR
    weak = WEAK_SIDES[target_group]
    return weak if {"recency", "first_order"} & set(weak) else (*weak, "retention")
