"""How measures become scores, and scores names."""

from dataclasses import dataclass

from custkit.rules.checks import require


@dataclass(frozen=True)
class ScoreRules:
    """How measures become scores (03)."""

    quantiles: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)  # of customers with a counting order
    two_levels: str = "median"  # or mean: what parts high from low in the 8 cells
    min_customers: int = 50  # a region with fewer scored customers takes the whole's cut points
    cut_points: str = "whole"  # whole, region, or a path to exported cut points

    def __post_init__(self) -> None:
        ascending = list(self.quantiles) == sorted(set(self.quantiles))
        require(ascending, f"quantiles: expected ascending, got {self.quantiles}")
        require(
            len(self.quantiles) == 4,
            f"quantiles: expected four, for scores from 1 to 5, got {self.quantiles}",
        )
        require(
            all(0 < q < 1 for q in self.quantiles),
            f"quantiles: expected shares between 0 and 1, got {self.quantiles}",
        )
        require(
            self.two_levels in ("median", "mean"),
            f"two_levels: expected median or mean, got {self.two_levels!r}",
        )
        require(self.min_customers >= 1, f"min_customers: expected at least 1, got {self.min_customers}")


@dataclass(frozen=True)
class SchemeRules:
    """How scores become names (03)."""

    tier_weights: tuple[float, ...] = (0.5, 0.3, 0.2)  # contribution, regularity, satisfaction
    tier_high: float = 4.0  # weighted score from here on is a high-value customer
    tier_potential: float = 2.5  # from here on a potential one; below, low value
    segment_map: str = ""  # path to a map of one's own; empty: the one that custkit ships
    r_reading: str = "intended"  # or score, days: what "high R" means in the names of the 8 cells (trap T1)

    def __post_init__(self) -> None:
        weights = self.tier_weights
        fit = len(weights) == 3 and all(weight >= 0 for weight in weights) and sum(weights[:2]) > 0
        require(
            fit,
            "tier_weights: expected three weights at or above zero (contribution, regularity, satisfaction), "
            f"one of the first two above it, got {weights}",
        )
        require(
            self.tier_potential < self.tier_high,
            f"tier_potential: expected below tier_high {self.tier_high}, got {self.tier_potential}",
        )
        readings = ("intended", "score", "days")
        require(
            self.r_reading in readings, f"r_reading: expected {', '.join(readings)}, got {self.r_reading!r}"
        )
