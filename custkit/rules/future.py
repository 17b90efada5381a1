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

    def __post_init__(self) -> None:
        models = ("bg_nbd", "mbg_nbd", "none")
        require(
            self.lifetime_model in models,
            f"lifetime_model: expected {', '.join(models)}, got {self.lifetime_model!r}",
        )
        require(self.horizon_days >= 1, f"horizon_days: expected at least 1, got {self.horizon_days}")
        require(0 < self.clv_margin <= 1, f"clv_margin: expected above 0 and up to 1, got {self.clv_margin}")
        require(self.discount_rate >= 0, f"discount_rate: expected 0 or more, got {self.discount_rate}")
        require(self.holdout_days >= 0, f"holdout_days: expected 0 or more, got {self.holdout_days}")


@dataclass(frozen=True)
class ChurnRules:
    """How the risk that a customer does not come back is modelled (03)."""

    churn_days: int = 0  # a buyer without an order for so long has left; 0: as long as the holdout

    def __post_init__(self) -> None:
        require(self.churn_days >= 0, f"churn_days: expected 0 or more, got {self.churn_days}")
