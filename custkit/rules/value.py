"""How measures become scores, and scores names."""

from dataclasses import dataclass

from custkit.rules.checks import CENTURY, MANY, require, require_within


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
        require_within(self, {"min_customers": (1, MANY)})


BEHAVIOUR = ("high_value", "loyal", "new", "low_value")

_ONE_OF = {
    "r_reading": ("intended", "score", "days"),
    "lapse_by": ("gaps", "days", "p_alive"),
    "value3_by": ("thirds", "shares"),
    "rules_join": ("and", "or"),
    "geography_by": ("", "city_tier", "area", "region"),
}
_WITHIN = {
    "new_days": (1, CENTURY),
    "loyal_days": (1, CENTURY),
    "high_score": (2, 5),
    "frequent_orders": (0, MANY),
    "lapse_quantile": (0.01, 0.99),
    "lapse_days": (1, CENTURY),
    "rules_satisfaction": (1, 5),
    "rules_orders": (1, MANY),
}


@dataclass(frozen=True)
class SchemeRules:
    """How scores become names (03)."""

    tier_weights: tuple[float, ...] = (0.5, 0.3, 0.2)  # contribution, regularity, satisfaction
    tier_high: float = 4.0  # weighted score from here on is a high-value customer
    tier_potential: float = 2.5  # from here on a potential one; below, low value
    segment_map: str = ""  # path to a map of one's own; empty: the one that custkit ships
    r_reading: str = "intended"  # or score, days: what "high R" means in the names of the 8 cells (trap T1)
    new_days: int = 90  # a buyer registered (else first ordered) fewer days ago is new
    loyal_days: int = 365  # a frequent buyer for at least so long is loyal (tenure)
    high_score: int = 4  # score from which orders and spend count as many and much
    frequent_orders: int = 0  # orders from which a buyer is frequent; 0: by the order score
    lapse_by: str = "gaps"  # or days, p_alive: how it is told that a buyer has left
    lapse_quantile: float = 0.9  # of the buyers' usual gaps: a longer silence means that one has left
    lapse_days: int = 90  # without an order, where gaps are too few or not asked for
    behaviour_order: tuple[str, ...] = (
        "high_value",
        "loyal",
        "new",
        "low_value",
    )  # first that fits is the label
    abc_shares: tuple[float, ...] = (0.8, 0.95)  # of the money, brought by class A, and by A and B
    value3_by: str = "thirds"  # or shares: how lifetime value is cut
    rules_join: str = "and"  # or or: how the two halves of document 002's churn rule are joined (trap T17)
    rules_window: str = "3 months"  # or a number of days ("90 days") without an order (trap T16)
    rules_satisfaction: float = 3.5  # up to here, included, dissatisfied
    rules_ages: tuple[int, ...] = (25, 35)  # document 002's young customers, both ends included
    rules_orders: int = 3  # of a newly registered customer with potential
    basic_ages: tuple[int, ...] = (24, 35, 45, 59)  # last year of each age group, included; one open above
    geography_by: str = ""  # city_tier, area or region; empty: the first of them that the data tell

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
        for name, expected in _ONE_OF.items():
            require(
                getattr(self, name) in expected,
                f"{name}: expected {', '.join(filter(None, expected))}, got {getattr(self, name)!r}",
            )
        require_within(self, _WITHIN)
        require(
            sorted(self.behaviour_order) == sorted(BEHAVIOUR) and self.behaviour_order[-1] == "low_value",
            f"behaviour_order: expected {', '.join(BEHAVIOUR)} in an order that ends in low_value, got {self.behaviour_order}",
        )
        for name, n in (("abc_shares", 2), ("rules_ages", 2), ("basic_ages", 0)):
            given = getattr(self, name)
            fit = list(given) == sorted(set(given)) and (len(given) == n if n else len(given) > 0)
            require(fit, f"{name}: expected {n or 'some'} ascending numbers, got {given}")
            require(all(number >= 0 for number in given), f"{name}: expected numbers from 0 on, got {given}")
        require(
            all(0 < share < 1 for share in self.abc_shares),
            f"abc_shares: expected shares between 0 and 1, got {self.abc_shares}",
        )
        self.window()

    def window(self) -> tuple[int, str]:
        """Length and unit (days or months) of ``rules_window``."""
        number, _, unit = self.rules_window.partition(" ")
        most = {"days": CENTURY, "months": 1200}
        fit = number.isdecimal() and unit in most and 0 < int(number) <= most[unit]
        require(
            fit,
            f"rules_window: expected as 90 days or 3 months, at most a century, got {self.rules_window!r}",
        )
        return int(number), unit
