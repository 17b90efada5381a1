"""05: positions, gaps and shares of brands; ``brands`` reads what the brand tables say."""

from custkit.competitor.compare import TABLES, axes, axis_ends, findings, gaps, positions, questions

__all__ = ["TABLES", "axes", "axis_ends", "findings", "gaps", "positions", "questions"]
