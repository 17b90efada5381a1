"""What is shown of customers, and when groups and regions are said to differ."""

from dataclasses import dataclass

from custkit.rules.checks import CENTURY, MANY, require, require_share, require_within


@dataclass(frozen=True)
class ProfileRules:
    """What 02 shows."""

    top_products: int = 10  # rows in each list of products
    top_levels: int = 12  # rows a dimension (city, category and the like), the largest first
    top_shares: tuple[float, ...] = (0.01, 0.05, 0.1, 0.2, 0.5)  # of buyers, the biggest spenders first
    age_bands: tuple[int, ...] = (17, 24, 35, 45, 55, 65)  # last year of each, included; one open above
    core_dimensions: tuple[str, ...] = ("age_band", "city_tier", "industry")  # of a core profile
    core_profiles: int = 5  # the largest combinations that are listed
    min_cell: int = 5  # customers; a smaller group is not described on its own
    min_group: int = 30  # customers on each side of a comparison; fewer are not compared
    profile_level: float = 0.999  # confidence that none of the differences tried for a question is chance
    best_share: float = 0.2  # of buyers, by spend: who counts as a best customer
    min_ratio: float = 1.2  # of a share or a median to that of the others; a smaller one is not claimed
    min_share_gap: float = 0.05  # between two shares; a smaller difference is not claimed
    min_correlation: float = 0.2  # Spearman's, either way; a weaker link is not claimed
    max_penetration_ratio: float = 0.7  # of customers per head to that of everybody else; above it, no gap
    min_expected: int = 20  # customers that a group would have, were it served like all; fewer: not judged
    low_category_share: float = 0.05  # of a group's spend; a category below it may be a gap
    category_dimension: str = "city_tier"  # groups of customers among whom categories are compared
    voice_level: float = 0.99  # the same, of all that is tested in what customers say and do together
    return_days: int = 90  # after an answer: who orders again within them has come back
    channel_share: float = 0.8  # of a customer's orders on one side: who buys there; with less, on both
    idle_seconds: int = 1800  # a longer look at one page counts as long as this

    def __post_init__(self) -> None:
        require(
            1 <= len(set(self.core_dimensions)) == len(self.core_dimensions) <= 3,
            f"core_dimensions: expected one to three, each once, got {self.core_dimensions}",
        )
        bounds = {
            "top_products": (1, MANY),
            "top_levels": (1, MANY),
            "core_profiles": (1, MANY),
            "min_cell": (1, MANY),
            "min_expected": (1, MANY),
            "min_group": (10, MANY),
            "min_ratio": (1, MANY),
            "return_days": (1, CENTURY),
            "idle_seconds": (1, MANY),
        }
        require_within(self, bounds)
        for name in ("profile_level", "voice_level", "best_share", "max_penetration_ratio"):
            value = getattr(self, name)
            require(0 < value < 1, f"{name}: expected a share between 0 and 1, got {value}")
        for name in ("min_share_gap", "min_correlation", "low_category_share"):
            require_share(name, getattr(self, name))
        require(
            0.5 < self.channel_share <= 1,
            f"channel_share: expected above 0.5 and at most 1, got {self.channel_share}",
        )
        require(
            bool(self.top_shares) and all(0 < share <= 1 for share in self.top_shares),
            f"top_shares: expected shares above 0, at most 1, got {self.top_shares}",
        )
        ascending = list(self.age_bands) == sorted(set(self.age_bands)) and all(
            year >= 0 for year in self.age_bands
        )
        require(ascending, f"age_bands: expected ascending years, got {self.age_bands}")


@dataclass(frozen=True)
class ContrastRules:
    """When a region is said to differ from the others (02)."""

    region_min_customers: int = 30  # with a value of the measure; a region with fewer is not compared
    region_level: float = (
        0.95  # confidence that no region is said to differ by chance, over all regions and measures
    )
    region_min_relative: float = 0.1  # of the typical value: amounts, rates and days must differ by as much
    region_min_points: float = (
        0.05  # of 1, or of the span of the scale: shares and answers must differ by as much
    )
    lapsed_days: int = 180  # without an order: a buyer counts as lapsed
    reversal_min_relative: float = 0.03  # of the mean: both differences of a reversal must be as large

    def __post_init__(self) -> None:
        require_within(self, {"region_min_customers": (5, MANY), "lapsed_days": (1, CENTURY)})
        require(
            0 < self.region_level < 1,
            f"region_level: expected a share between 0 and 1, got {self.region_level}",
        )
        for name in ("region_min_relative", "region_min_points", "reversal_min_relative"):
            require_share(name, getattr(self, name))
