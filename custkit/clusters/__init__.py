"""04: groups of customers who behave alike, or the evidence that there are none.

``partitions`` (k-means, resamples, populations without groups) stands under its own name.
"""

from custkit.clusters.evidence import Verdict, matrix, measures, quality, verdict
from custkit.clusters.explain import rules_of_groups
from custkit.clusters.groups import groups, profile, summary
from custkit.clusters.sentences import findings

__all__ = [
    "Verdict",
    "findings",
    "groups",
    "matrix",
    "measures",
    "profile",
    "quality",
    "rules_of_groups",
    "summary",
    "verdict",
]
