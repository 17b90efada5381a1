"""03: every classification scheme in one registry, the segment map and its check, and who holds what.

``scored``, ``buying``, ``worth`` and ``people`` hold the rules, by what they read; ``case`` what a rule may look at; ``cuts``
what single schemes take from the data; ``told`` what is said of schemes. These, ``segment_map`` and
``segments`` stand under their own names.
"""

from custkit.schemes.buying import flags
from custkit.schemes.case import UNSCORED
from custkit.schemes.cuts import with_cuts
from custkit.schemes.registry import SCHEMES, case, columns, label, lacking
from custkit.schemes.scored import (
    PARTS,
    READINGS,
    contribution_measure,
    readings,
    tier_basis,
    tier_parts,
    with_segment,
)
from custkit.schemes.told import definitions, explained, registry_table

__all__ = [
    "PARTS",
    "READINGS",
    "SCHEMES",
    "UNSCORED",
    "case",
    "columns",
    "contribution_measure",
    "definitions",
    "explained",
    "flags",
    "label",
    "lacking",
    "readings",
    "registry_table",
    "tier_basis",
    "tier_parts",
    "with_cuts",
    "with_segment",
]
