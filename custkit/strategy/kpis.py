"""KPIs: how each is reckoned, which way is better, and how far a target has been reached."""

from dataclasses import dataclass

import numpy as np

from custkit.errors import SettingsError
from custkit.words import LANGUAGES, catalogue

# What a target says: the level to reach, a change in the KPI's own unit, a change as a share of the baseline, a number
# to reach. "Up 15 %" alone leaves open which (T11).
KINDS = ("level", "points", "relative", "count")
DIRECTIONS = {"up": 1, "down": -1}


@dataclass(frozen=True)
class Kpi:
    """How a KPI is reckoned, which way is better, and whom it can be measured on."""

    direction: str  # up or down; empty: it depends
    population: str  # buyer, prospect or any
    outcome: str = ""  # column of ``strategy.follow_up`` that is averaged; empty: not reckoned from orders
    is_share: bool = False


KPIS = {
    "first_order_rate": Kpi("up", "prospect", "ordered", is_share=True),
    "reorder_rate": Kpi("up", "buyer", "ordered", is_share=True),
    "recall_rate": Kpi("up", "buyer", "ordered", is_share=True),
    "lapse_rate": Kpi("down", "buyer", "stayed_away", is_share=True),
    "orders_per_customer": Kpi("up", "buyer", "n_orders"),
    "new_customers": Kpi("up", "any"),
    "complaint_rate": Kpi("down", "any", is_share=True),
    "mean_rating": Kpi("", "any"),  # of some attributes less is better
}


def by_name(name: str) -> str:
    """The key of a KPI that a table calls by its key or by its name in either language; else the name as it stands."""
    text = str(name).strip()
    key = text.lower().replace(" ", "_")
    if key in KPIS:
        return key
    names = {catalogue()[f"label.kpi.{known}"][lang].lower(): known for known in KPIS for lang in LANGUAGES}
    return names.get(text.lower(), text)


def target_level(baseline: float, target: float, kind: str, direction: str) -> float:
    """The level of the KPI at which the target is reached; empty where it hangs on a baseline that is not known.

    Raises SettingsError for a kind or direction that does not exist.
    """
    sign = _sign(kind, direction)
    if kind == "points":
        return baseline + sign * target
    if kind == "relative":
        return baseline * (1 + sign * target)
    return target


def attainment(baseline: float, target: float, actual: float, kind: str, direction: str) -> float:
    """Which share of the target has been reached: 1 is all of it.

    Parameters
    ----------
    baseline, actual : levels of the KPI before and after; ``baseline`` may be NaN for ``level`` and ``count``
    target : in the unit of ``kind``: a level or a number to reach, or the size (above zero) of the change, in the KPI's
        unit (``points``) or as a share of the baseline (``relative``)
    direction : up or down, whichever is better

    Returns
    -------
    ``level`` and ``count``: actual / target where more is better (12 % of 15 % is 80 %); where less is better, the
    part of the way from the baseline, or 2 - actual / target without one. ``points`` and ``relative``: the change in
    the right direction / target. A KPI that is worse than its baseline attains 0 or less, whatever the kind. NaN where
    the number does not exist.

    Raises
    ------
    SettingsError
        A kind or direction that does not exist.
    """
    sign = _sign(kind, direction)
    change = sign * (actual - baseline)
    if kind in ("points", "relative"):
        return _ratio(change if kind == "points" else _ratio(change, baseline), target)
    if direction == "up":
        reached = _ratio(actual, target)
    elif np.isnan(baseline):
        reached = 2 - _ratio(actual, target)
    else:
        reached = _ratio(change, baseline - target)
    return min(reached, 0.0) if change < 0 else reached


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _sign(kind: str, direction: str) -> int:
    if kind not in KINDS:
        raise SettingsError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    if direction not in DIRECTIONS:
        raise SettingsError(f"direction: expected up or down, got {direction!r}")
    return DIRECTIONS[direction]
