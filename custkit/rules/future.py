"""What is expected of customers: lifetime value, and the risk that they do not come back."""

from dataclasses import dataclass

from custkit.rules.checks import CENTURY, MANY, REPEATS, require, require_within


@dataclass(frozen=True)
class LifetimeRules:
    """How lifetime value is reckoned, and how far it is checked against what came (03)."""

    lifetime_model: str = "bg_nbd"  # or mbg_nbd, none
    horizon_days: int = 365  # days ahead that expected orders and lifetime value look
    clv_margin: float = 1.0  # share of spend that is earned, where cost is not known
    discount_rate: float = 0.1  # a year
    holdout_days: int = 0  # kept apart to check the past against; 0: a third of the history, at most 365
    lifetime_age_days: int = 28  # a buyer whose first order is more recent has too short a history
    lifetime_repeaters: int = 30  # buyers with a repeat order needed to fit a model

    def __post_init__(self) -> None:
        models = ("bg_nbd", "mbg_nbd", "none")
        require(
            self.lifetime_model in models,
            f"lifetime_model: expected {', '.join(models)}, got {self.lifetime_model!r}",
        )
        require(0 < self.clv_margin <= 1, f"clv_margin: expected above 0 and up to 1, got {self.clv_margin}")
        bounds = {
            "horizon_days": (1, CENTURY),
            "discount_rate": (0, 10),
            "holdout_days": (0, CENTURY),
            "lifetime_age_days": (0, CENTURY),
            "lifetime_repeaters": (10, MANY),
        }
        require_within(self, bounds)


@dataclass(frozen=True)
class ChurnRules:
    """How the risk that a customer does not come back is modelled (03)."""

    churn_days: int = 0  # a buyer without an order for so long has left; 0: as long as the holdout
    churn_events: int = 30  # buyers who came back, and as many who did not, needed in each window
    churn_folds: int = 5  # parts of the customers, where history is too short for two windows
    churn_draws: int = 400  # resamples of the customers behind each interval
    churn_boosting: bool = True  # try boosted trees beside the model that can be explained
    churn_seed: int = 2026  # of the folds and resamples

    def __post_init__(self) -> None:
        bounds = {
            "churn_days": (0, CENTURY),
            "churn_events": (10, MANY),
            "churn_folds": (2, 100),
            "churn_draws": (100, REPEATS),
            "churn_seed": (0, MANY),
        }
        require_within(self, bounds)
