"""06: who gets which strategy, what such customers did before, what is promised, and how anyone will know.

``kpis``, ``playbook`` and ``holdouts`` stand under their own names too.
"""

from custkit.strategy.holdouts import draw, sizes
from custkit.strategy.kpis import attainment
from custkit.strategy.planning import (
    SHOWN,
    assign,
    baseline_day,
    evidence,
    follow_up,
    plan,
    until,
)
from custkit.strategy.playbook import ELEMENTS, RATERS, check, require_elements
from custkit.strategy.sentences import findings

__all__ = [
    "ELEMENTS",
    "RATERS",
    "SHOWN",
    "assign",
    "attainment",
    "baseline_day",
    "check",
    "draw",
    "evidence",
    "findings",
    "follow_up",
    "plan",
    "require_elements",
    "sizes",
    "until",
]
