"""Every rule that a region or an analyst may change: frozen dataclasses, one flat set of names."""

from custkit.rules.data import CleanRules, RunRules
from custkit.rules.future import ChurnRules, LifetimeRules
from custkit.rules.groups import ClusterRules, NicheRules, SurveyRules
from custkit.rules.plan import CompetitorRules, StrategyRules
from custkit.rules.profile import ContrastRules, ProfileRules
from custkit.rules.value import SchemeRules, ScoreRules

__all__ = [
    "ChurnRules",
    "CleanRules",
    "ClusterRules",
    "CompetitorRules",
    "ContrastRules",
    "LifetimeRules",
    "NicheRules",
    "ProfileRules",
    "RunRules",
    "SchemeRules",
    "ScoreRules",
    "StrategyRules",
    "SurveyRules",
]
