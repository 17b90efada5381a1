"""04: small groups of customers whose spend outgrows everybody else's, or the statement that there is none."""

from custkit.niches.search import find, spans, summary
from custkit.niches.sentences import findings

__all__ = ["find", "findings", "spans", "summary"]
