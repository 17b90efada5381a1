"""The strategy table: four elements for each line, who does what until when, at what cost, and how it is judged."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema
from custkit.settings import StrategyRules
from custkit.strategy import complaints, kpis, playbook
from custkit.strategy.costs import at_aim
from custkit.words import Words


def plan(
    numbers: pd.DataFrame,
    words: Words,
    as_of: datetime.date | None,
    rules: StrategyRules = StrategyRules(),
    *,
    costs: pd.DataFrame | None = None,
    channels: dict[str, str] | None = None,
    cited: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The strategy table: four required elements, who does what until when, and how it will be judged.

    Parameters
    ----------
    numbers : from ``evidence``
    words : ``strategy``, ``target_group``, ``lever``, ``kpi``, ``kind`` and ``direction`` hold stable keys whose words
        stand in the catalogue; what is prose (content, resources, expected_effect, department, owner, channel,
        denominator) is written in the language of ``words``
    as_of : the plan starts the day after; None (no day is known) leaves start and end empty
    costs : ``plan_budget``: what each strategy may spend
    channels : channel of the messages, where one is known to be answered best; else the playbook's
    cited : ``plan_causes``: what a group complains about more than others; the strategy then answers that first

    Returns
    -------
    one row per strategy in the order of ``numbers``, those without anyone to treat left out
        ``owner`` is a role, no person. ``assumption``: the target is nobody's measured result; False only where the
        user set it (``rules.target_change``).
    """
    plays = {play.strategy: play for play in playbook.PLAYBOOK}
    money = {} if costs is None else at_aim(costs)["spent"].to_dict()
    complaint = {} if cited is None else complaints.leading(cited)
    for_customers = numbers["customers"] > 0
    numbers = numbers[~for_customers | (numbers["n_treated"] > 0)]
    start = pd.Timestamp(as_of) + pd.Timedelta(days=1) if as_of else pd.NaT
    rows = []
    for row in numbers.itertuples():
        key, _, subject = row.strategy.partition(":")
        prose = {name: words(f"plan.{key}.{name}") for name in ("resources", "department", "owner")}
        cause, means = _cause(row.strategy, plays.get(key), complaint)
        rows.append(
            {
                "strategy": row.strategy,
                "target_group": row.target_group,
                "content": _content(key, subject, complaint.get(row.strategy, ""), words),
                **prose,
                "channel": _channel(key, plays.get(key), (channels or {}).get(row.strategy, ""), words),
                "expected_effect": _effect(row, subject, words, rules),
                "start": start,
                "end": start + pd.Timedelta(days=rules.plan_days - 1),
                "lever": plays[key].lever if key in plays else playbook.LEVERS[key],
                "kpi": row.kpi,
                "baseline": row.baseline,
                "target": row.target,
                "kind": row.kind,
                "direction": row.direction,
                "window_days": rules.plan_days,
                "denominator": words(f"plan.denominator.{row.kpi}"),
                "n_treated": row.n_treated,
                "n_held_out": row.n_held_out,
                "assumption": key not in plays or not rules.target_change,
                "budget": money.get(row.strategy, np.nan),
                "cause": cause,
                "means": means,
            }
        )
    return schema.frame("plan", rows)


def _content(key: str, subject: str, complaint: str, words: Words) -> str:
    """What is done; what the group complains about is mended first."""
    named = words.label("topic", subject) if key == playbook.MEND else subject
    content = words(f"plan.{key}.content", attribute=named)
    if not complaint:
        return content
    cure = f"plan.cure.{complaint}"
    named = words.label("topic", complaint)
    return (
        words("plan.cure", cure=words(cure if words.has(cure) else "plan.cure.other"), complaint=named)
        + content
    )


def _cause(strategy: str, play: playbook.Play | None, complaint: dict[str, str]) -> tuple[str, str]:
    """What in the data calls for the strategy, and what it uses: a complaint goes before what the playbook knows."""
    if play is None:
        key, _, subject = strategy.partition(":")
        return (
            (f"complaint:{subject}", f"mend:{subject}")
            if key == playbook.MEND
            else ("weak_attribute", "product")
        )
    if strategy in complaint:
        return f"complaint:{complaint[strategy]}", f"{play.means}, mend:{complaint[strategy]}"
    return play.cause, play.means


def _channel(key: str, play: playbook.Play | None, answered: str, words: Words) -> str:
    """Where customers meet it: the channel that is answered best for the messages, calls as the playbook says."""
    if play is None or not play.channel or not answered:
        return words(f"plan.{key}.channel")
    named = [answered, *(["phone"] if play.calls else [])]
    return words("plan.list").join(words.label("channel", name) for name in named)


def _effect(row, subject: str, words: Words, rules: StrategyRules) -> str:
    if row.kpi == "mean_rating":
        return words("plan.effect.rating", attribute=subject, baseline=row.baseline, level=row.target_level)
    if row.kpi == "complaint_rate":
        named = {"complaint": words.label("topic", subject), "days": rules.plan_days}
        named |= {"baseline": row.baseline, "level": row.target_level}
        return words("plan.effect.complaint", change=-row.target, **named)
    given = {"kpi": _capital(words.label("kpi", row.kpi)), "days": rules.plan_days}
    given["basis"] = words(f"plan.basis.{'set' if rules.target_change else 'assumed'}")
    given["change"] = kpis.DIRECTIONS[row.direction] * row.target
    known = {"baseline": row.baseline, "level": row.target_level}
    if np.isnan(row.target):
        aim, test = words("plan.effect.no_room", **given, **known), "known"
    elif np.isnan(row.baseline):
        aim, test = words("plan.effect.unknown", **given), "known"
    else:
        aim = words(f"plan.effect.{'share' if kpis.KPIS[row.kpi].is_share else 'mean'}", **given, **known)
        test = "seen" if row.can_be_seen else "unseen"
    return aim + words(f"plan.test.{test if row.n_held_out else 'none'}", n_held_out=row.n_held_out)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
