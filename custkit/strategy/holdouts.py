"""Whom a strategy leaves alone, and how small an effect the comparison with them can find."""

import datetime
import hashlib

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import schema
from custkit.settings import StrategyRules

ARMS = ("treated", "held_out")
LEVEL = 0.95  # of the test: two-sided 5 %


def draw(
    assigned: pd.DataFrame,
    as_of: datetime.date | None,
    rules: StrategyRules = StrategyRules(),
    *,
    refused: pd.Series | tuple = (),
) -> pd.DataFrame:
    """Who is treated, and who is left alone so that the effect can be told from what would have come anyway.

    The arm hangs on the customer's id, the strategy, the day and ``rules.plan_seed`` alone: neither the order of the
    rows nor the other customers have a say, and a region draws as the whole does. A strategy whose smaller arm is to
    have fewer than ``rules.min_arm`` customers treats them all.

    Parameters
    ----------
    assigned : customer_id, strategy; one row per customer
    refused : ids of customers who may not be contacted; they are in neither arm, so that the arms stay alike

    Returns
    -------
    the rows of ``assigned`` with ``arm``: treated, held_out or no_consent
    """
    schema.require(assigned, ["customer_id", "strategy"], "plan_targets")
    is_refused = assigned["customer_id"].isin(refused)
    size = (~is_refused).groupby(assigned["strategy"]).transform("sum")
    is_large = size * min(rules.held_out, 1 - rules.held_out) >= rules.min_arm
    left_alone = is_large & (_lots(assigned, as_of, rules) < rules.held_out)
    arms = np.select([is_refused, left_alone], ["no_consent", "held_out"], "treated")
    return assigned[["customer_id", "strategy"]].assign(
        arm=pd.Series(arms, index=assigned.index, dtype="str")
    )


def fund(
    drawn: pd.DataFrame,
    costs: pd.DataFrame,
    as_of: datetime.date | None,
    rules: StrategyRules = StrategyRules(),
) -> pd.DataFrame:
    """The arms when the money is given out: treated customers for whom there is none become ``not_funded``.

    Who is left out is drawn by lot, as the arms were: those who remain are a fair sample. A strategy without any money
    needs no comparison group either.

    Parameters
    ----------
    drawn : from ``draw``
    costs : ``plan_budget``; a strategy that is not in it is funded

    Returns
    -------
    the rows of ``drawn`` with their ``arm``
    """
    schema.require(drawn, ["customer_id", "strategy", "arm"], "plan_targets")
    aim = costs[costs["scenario"] == "aim"]
    allowed = drawn["strategy"].map(aim.set_index("strategy")["funded"]).astype("float64").fillna(np.inf)
    is_treated = drawn["arm"] == "treated"
    lots = _lots(drawn, as_of, rules).where(is_treated)
    place = lots.groupby(drawn["strategy"]).rank(method="first", ascending=False)
    left_out = (is_treated & (place > allowed)) | ((drawn["arm"] == "held_out") & (allowed == 0))
    return drawn.assign(arm=drawn["arm"].mask(left_out, "not_funded"))


def sizes(drawn: pd.DataFrame) -> pd.DataFrame:
    """How many customers each strategy treats, leaves alone and may not contact, the largest first (ties: by name).

    ``strategy``, ``n_treated``, ``n_held_out``, ``no_consent``; ``drawn`` comes from ``draw``.
    """
    arms = {"n_treated": "treated", "n_held_out": "held_out", "no_consent": "no_consent"}
    counts = drawn.assign(**{name: drawn["arm"] == arm for name, arm in arms.items()})
    table = counts.groupby("strategy", as_index=False).agg(
        **{name: (name, "sum") for name in arms}, size=("arm", "size")
    )
    table = table.sort_values(["size", "strategy"], ascending=[False, True], ignore_index=True)
    return table.drop(columns="size").astype(dict.fromkeys(arms, "int64"))


def contact_lists(funded: pd.DataFrame) -> pd.DataFrame:
    """``plan_targets``: the customers of both arms. Who may not be contacted, or has no money, stands on no list."""
    return schema.frame("plan_targets", funded[funded["arm"].isin(ARMS)].sort_values("customer_id"))


def _lots(drawn: pd.DataFrame, as_of: datetime.date | None, rules: StrategyRules) -> pd.Series:
    chances = [
        _chance(f"{rules.plan_seed}|{as_of}|{strategy}|{customer}")
        for customer, strategy in zip(drawn["customer_id"], drawn["strategy"], strict=True)
    ]
    return pd.Series(chances, index=drawn.index, dtype="float64")


def _chance(text: str) -> float:
    """A number from 0 to 1 that looks random and is the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def smallest_effect(
    outcome: pd.Series, n_treated: int, n_held_out: int, power: float, *, is_share: bool
) -> float:
    """The smallest difference between the arms that a test at 5 % (two-sided) finds with the chance ``power``.

    ``outcome`` of earlier customers gives the spread. NaN where an arm is empty or no spread is known.

    Source: the normal approximation with equal spread; shares are drawn to the middle by two successes and two
    failures (Agresti & Coull 1998, *The American Statistician* 52, 119-126), so that 0 of 30 is not taken for never.
    """
    if min(n_treated, n_held_out) == 0 or len(outcome) < 2:
        return float("nan")
    share = (outcome.sum() + 2) / (len(outcome) + 4)
    spread = np.sqrt(share * (1 - share)) if is_share else outcome.std()
    quantiles = distributions.norm.ppf([0.5 + LEVEL / 2, power]).sum()
    return float(quantiles * spread * np.sqrt(1 / n_treated + 1 / n_held_out))
