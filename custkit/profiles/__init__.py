"""02: where, when, how much, what and who, and how evenly the money is spread.

``people`` and ``spread`` stand under their own names.
"""

from custkit.profiles.business import (
    by_region,
    leading_regions,
    levels,
    monthly,
    overview,
    products,
    rhythm,
    weekdays,
)
from custkit.profiles.sentences import findings

__all__ = [
    "by_region",
    "findings",
    "leading_regions",
    "levels",
    "monthly",
    "overview",
    "products",
    "rhythm",
    "weekdays",
]
