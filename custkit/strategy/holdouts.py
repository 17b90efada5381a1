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
    assigned: pd.DataFrame, as_of: datetime.date | None, rules: StrategyRules = StrategyRules()
) -> pd.DataFrame:
    """Who is treated, and who is left alone so that the effect can be told from what would have come anyway.

    The arm hangs on the customer's id, the strategy, the day and ``rules.plan_seed`` alone: neither the order of the
    rows nor the other customers have a say, and a region draws as the whole does. A strategy whose smaller arm is to
    have fewer than ``rules.min_arm`` customers treats them all.

    Parameters
    ----------
    assigned : customer_id, strategy; one row per customer

    Returns
    -------
    the rows of ``assigned`` with ``arm``: treated or held_out
    """
    schema.require(assigned, ["customer_id", "strategy"], "plan_targets")
    size = assigned.groupby("strategy")["customer_id"].transform("size")
    is_large = size * min(rules.held_out, 1 - rules.held_out) >= rules.min_arm
    chances = [
        _chance(f"{rules.plan_seed}|{as_of}|{strategy}|{customer}")
        for customer, strategy in zip(assigned["customer_id"], assigned["strategy"], strict=True)
    ]
    left_alone = is_large & (np.array(chances, dtype=float) < rules.held_out)
    arms = pd.Series(np.where(left_alone, "held_out", "treated"), index=assigned.index, dtype="str")
    return assigned[["customer_id", "strategy"]].assign(arm=arms)


def sizes(drawn: pd.DataFrame) -> pd.DataFrame:
    """How many customers each strategy treats and leaves alone, the largest first (ties: by name).

    ``strategy``, ``n_treated``, ``n_held_out``; ``drawn`` comes from ``draw``.
    """
    is_treated = drawn["arm"] == "treated"
    counts = drawn.assign(n_treated=is_treated, n_held_out=~is_treated).groupby("strategy", as_index=False)
    table = counts.agg(n_treated=("n_treated", "sum"), n_held_out=("n_held_out", "sum"), size=("arm", "size"))
    table = table.sort_values(["size", "strategy"], ascending=[False, True], ignore_index=True)
    return table.drop(columns="size").astype({"n_treated": "int64", "n_held_out": "int64"})


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
