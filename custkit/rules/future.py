"""What is expected of customers: lifetime value, and the risk that they do not come back."""

from dataclasses import dataclass

from custkit.rules.checks import require


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
        require(self.horizon_days >= 1, f"horizon_days: expected at least 1, got {self.horizon_days}")
        require(0 < self.clv_margin <= 1, f"clv_margin: expected above 0 and up to 1, got {self.clv_margin}")
        require(
            0 <= self.discount_rate <= 10, f"discount_rate: expected from 0 to 10, got {self.discount_rate}"
        )
        for name, least in {"holdout_days": 0, "lifetime_age_days": 0, "lifetime_repeaters": 10}.items():
            value = getattr(self, name)
            require(value >= least, f"{name}: expected {least} or more, got {value}")


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
        least = {"churn_days": 0, "churn_events": 10, "churn_folds": 2, "churn_draws": 100, "churn_seed": 0}
        for name, lowest in least.items():
            value = getattr(self, name)
            require(value >= lowest, f"{name}: expected {lowest} or more, got {value}")
