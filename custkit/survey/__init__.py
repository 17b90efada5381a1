"""04: what customers say of themselves, how they take part, and where both meet their behaviour."""

from custkit.survey.constructs import alpha, constructs, scores
from custkit.survey.meeting import combine, crosstab, links
from custkit.survey.respondents import answers, items, overview, scale
from custkit.survey.sentences import findings
from custkit.survey.types import social_types, survey_types, type_shares

__all__ = [
    "alpha",
    "answers",
    "combine",
    "constructs",
    "crosstab",
    "findings",
    "items",
    "links",
    "overview",
    "scale",
    "scores",
    "social_types",
    "survey_types",
    "type_shares",
]
