"""05: how brands are seen, who buys them, where shares go, and what the own brand should mend; one module a subject."""

from custkit.competitor.cards import cards, changes
from custkit.competitor.compare import gaps
from custkit.competitor.groups import gaps_by_group, users, white_space
from custkit.competitor.market import brand_shares, trends, voice
from custkit.competitor.positions import axes, axis_ends, positions
from custkit.competitor.questions import TABLES, questions
from custkit.competitor.sentences import findings
from custkit.competitor.suggestions import suggestions
from custkit.competitor.switching import flows, net_flows
from custkit.competitor.weights import importance

__all__ = [
    "TABLES",
    "axes",
    "axis_ends",
    "brand_shares",
    "cards",
    "changes",
    "findings",
    "flows",
    "gaps",
    "gaps_by_group",
    "importance",
    "net_flows",
    "positions",
    "questions",
    "suggestions",
    "trends",
    "users",
    "voice",
    "white_space",
]
