"""06: who gets which strategy, what such customers did before, what is promised, and how anyone will know.

``kpis``, ``playbook`` and ``holdouts`` stand under their own names too.
"""

from custkit.strategy.campaigns import past_campaigns
from custkit.strategy.complaints import causes, mending
from custkit.strategy.contacts import best_channels, consent, consent_counts, responses
from custkit.strategy.costs import at_aim, budget, margins
from custkit.strategy.holdouts import contact_lists, draw, fund, sizes
from custkit.strategy.kpis import attainment
from custkit.strategy.planning import SHOWN, assign, baseline_day, evidence, follow_up, until
from custkit.strategy.playbook import ELEMENTS, RATERS, check, require_elements
from custkit.strategy.promises import plan
from custkit.strategy.sentences import findings

__all__ = [
    "ELEMENTS",
    "RATERS",
    "SHOWN",
    "assign",
    "at_aim",
    "attainment",
    "baseline_day",
    "best_channels",
    "budget",
    "causes",
    "check",
    "consent",
    "consent_counts",
    "contact_lists",
    "draw",
    "evidence",
    "findings",
    "follow_up",
    "fund",
    "margins",
    "mending",
    "past_campaigns",
    "plan",
    "require_elements",
    "responses",
    "sizes",
    "until",
]
