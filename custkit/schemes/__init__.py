"""03: every classification scheme in one registry, the segment map and its check, and who holds what.

``segment_map`` and ``segments`` stand under their own names.
"""

from custkit.schemes.registry import (
    PARTS,
    READINGS,
    SCHEMES,
    UNSCORED,
    contribution_measure,
    definitions,
    label,
    readings,
    registry,
    tier_basis,
    tier_parts,
    with_segment,
)

__all__ = [
    "PARTS",
    "READINGS",
    "SCHEMES",
    "UNSCORED",
    "contribution_measure",
    "definitions",
    "label",
    "readings",
    "registry",
    "tier_basis",
    "tier_parts",
    "with_segment",
]
