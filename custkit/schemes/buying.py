"""Schemes of what customers do: how often they buy, how much, since when, and whether they still do."""

import numpy as np
import pandas as pd
import pyarrow as pa

from custkit.schemes.case import UNKNOWN, Case, Named, chosen, placed, same
from custkit.words import TEXT

CASE4 = ("high_spender", "ordinary", "new", "lapsed")
FREQUENCY = ("high", "low")
FREQUENCY_ONCE = ("high", "repeat", "once")
TENURE = ("loyal", "regular", "casual", "new", UNKNOWN)
LOYALTY = ("loyal", "ordinary", "at_risk")
RULES002 = ("potential", "churn_risk", "no_rule")

_PROMOTER, _DETRACTOR = (
    9,
    6,
)  # of 10: from the one on, up to the other (Reichheld 2003, Harvard Business Review 81(12))


def flags(case: Case) -> pd.DataFrame:
    """Which of document 003's four kinds each buyer is: they overlap (trap T8), the label is the first in order.

    ``customer_id``, one column of True and False per kind, ``label``.
    """
    kinds = _kinds(case)
    told = pd.DataFrame({"customer_id": case.buyers["customer_id"], **kinds})
    return told.assign(label=TEXT.__from_arrow__(_first_kind(case, kinds).dictionary_decode()))


def behaviour(case: Case) -> Named:
    return Named(_first_kind(case, _kinds(case)), _bought)


def _kinds(case: Case) -> dict[str, np.ndarray]:
    return {
        "high_value": case.is_big,
        "loyal": case.is_frequent & ~case.has_left,
        "new": case.is_new,
        "low_value": ~case.is_big,
    }


def _first_kind(case: Case, kinds: dict[str, np.ndarray]) -> pa.DictionaryArray:
    *order, last = case.rules.behaviour_order
    return chosen([kinds[kind] for kind in order], tuple(order), last)


def case4(case: Case) -> Named:
    is_high = case.is_frequent & case.is_big
    conditions = [case.has_left, case.is_new, is_high]
    return Named(chosen(conditions, ("lapsed", "new", "high_spender"), "ordinary"), _bought)


def frequency(case: Case) -> Named:
    return Named(chosen([case.is_frequent], FREQUENCY[:1], FREQUENCY[1]), _ordered)


def frequency_once(case: Case) -> Named:
    once = (case.rfm["n_orders"] == 1).to_numpy()
    return Named(chosen([once, case.is_frequent], ("once", "high"), "repeat"), _ordered)


def tenure(case: Case) -> Named:
    days = case.buyers["tenure_days"].astype(float)
    repeats = (case.rfm["n_orders"] > 1).to_numpy()
    is_loyal = case.is_frequent & repeats & (days >= case.rules.loyal_days).to_numpy()
    conditions = [days.isna(), case.is_new, is_loyal, repeats]
    label = chosen(conditions, (UNKNOWN, "new", "loyal", "regular"), "casual")
    return Named(label, lambda case: _tenure_told(case, days))


def _tenure_told(case: Case, days: pd.Series) -> pa.DictionaryArray:
    known = days.notna().to_numpy()
    told = case.words.coded("reason.tenure", days=days[known], orders=case.rfm.loc[known, "n_orders"])
    return placed(known, told, same(case.words("reason.tenure_unknown"), len(days)))


def loyalty(case: Case) -> Named:
    answers = case.answer("recommend")
    repeats = (case.rfm["n_orders"] > 1).to_numpy()
    asked = ~np.isnan(answers)
    at_risk = case.has_left | (asked & (answers <= _DETRACTOR))
    is_loyal = repeats & (~asked | (answers >= _PROMOTER))
    label = chosen([at_risk, is_loyal], ("at_risk", "loyal"), "ordinary")
    return Named(label, lambda case: _answered(case, "reason.loyalty", answers))


def rules002(case: Case) -> Named:
    silent = _silent(case)
    satisfaction = case.answer("satisfaction")
    dissatisfied = satisfaction <= case.rules.rules_satisfaction  # never asked: not dissatisfied
    leaving = silent & dissatisfied if case.rules.rules_join == "and" else silent | dissatisfied
    youngest, oldest = case.rules.rules_ages
    least, greatest = case.ages[:, case.is_buyer]
    registered = (pd.Timestamp(case.as_of) - case.fact("registered_on")[case.is_buyer]).dt.days.to_numpy(
        dtype=float
    )
    promising = (
        (least >= youngest) & (greatest <= oldest) & (registered >= 0) & (registered < case.rules.new_days)
    )
    promising &= (case.rfm["n_orders"] == case.rules.rules_orders).to_numpy()
    label = chosen([leaving, promising], ("churn_risk", "potential"), "no_rule")
    return Named(label, lambda case: _rules002_told(case, satisfaction, promising & ~leaving))


def _rules002_told(case: Case, satisfaction: np.ndarray, promising: np.ndarray) -> pa.DictionaryArray:
    reason = _answered(case, "reason.rules002_asked", satisfaction)
    if not promising.any():
        return reason
    ends = case.ages[:, case.is_buyer][:, promising].T
    ages = [f"{least:g}" if least == greatest else f"{least:g}-{greatest:g}" for least, greatest in ends]
    facts = _facts(case)[promising].assign(age=ages)
    return placed(promising, case.words.coded("reason.rules002_potential", **facts), reason)


def _silent(case: Case) -> np.ndarray:
    """No order within the window, strictly: the day that lies exactly so far back is still within it (trap T16)."""
    length, unit = case.rules.window()
    if unit == "days":
        return (case.rfm["recency_days"] > length).to_numpy()
    begin = pd.Timestamp(case.as_of) - pd.DateOffset(months=length)
    return (case.buyers["last_order"] < begin).to_numpy()


def _facts(case: Case) -> pd.DataFrame:
    return pd.DataFrame({"orders": case.rfm["n_orders"], "days": case.rfm["recency_days"]})


def _ordered(case: Case) -> pa.DictionaryArray:
    return case.words.coded("reason.ordered", **_facts(case))


def _answered(case: Case, key: str, answers: np.ndarray) -> pa.DictionaryArray:
    """Orders and silence, and the answer of those who were asked."""
    asked = ~np.isnan(answers)
    if not asked.any():
        return _ordered(case)
    facts = _facts(case)[asked].assign(answer=answers[asked].round(1))
    return placed(asked, case.words.coded(key, **facts), _ordered(case))


def _bought(case: Case) -> pa.DictionaryArray:
    """Orders, silence, spend score and how long a customer has been one, as far as it is known.

    Who registered after an order did not place all of them in the days since.
    """
    facts = _facts(case).assign(score=case.rfm["m_score"], since=case.buyers["tenure_days"].astype(float))
    known = facts["since"].notna().to_numpy()
    if "first_order" in case.buyers and case.as_of:
        first = (pd.Timestamp(case.as_of) - case.buyers["first_order"]).dt.days
        known = known & ~(first > facts["since"]).to_numpy()
    told = case.words.coded("reason.bought_since", **facts[known])
    if known.all():
        return told
    return placed(known, told, case.words.coded("reason.bought", **facts.drop(columns="since")))
