"""How brands are compared, and what a plan takes for granted."""

from dataclasses import dataclass

from custkit.rules.checks import CENTURY, MANY, require, require_share, require_within


@dataclass(frozen=True)
class CompetitorRules:
    """How brands are compared (05)."""

    own_brand: str = ""  # name as in the data, where brands.is_own does not say it
    outcome_attribute: str = ""  # attribute that the others are to explain; empty: all weigh the same
    rating_attributes: tuple[str, ...] = ()  # columns of brand_ratings to compare; empty: every numeric one
    lower_is_better: tuple[str, ...] = ()  # attributes of which less is better (price, waiting time)
    min_ratings: int = 30  # fewer ratings of a brand on an attribute are shown, but neither ranked nor mapped
    gap_threshold: float = 0.05  # of the span of the scale; a smaller gap is par, however certain it is
    gap_level: float = 0.95  # confidence that no attribute is called a strength or a weakness by chance
    claim_level: float = (
        0.99  # the same for drivers, groups, switching and trends: several lists, each looked through
    )
    quality_attribute: str = "quality"  # upright on the map of price against quality
    price_attribute: str = "price"  # level on that map
    rating_groups: tuple[
        str, ...
    ] = ()  # columns of brand_ratings that part people; empty: text with 2 to 12 words
    white_space_level: float = 0.5  # of the scale; a need is open where no brand is rated above it
    group_threshold: float = 0.05  # share of buyers by which a group must differ from the others
    min_switchers: int = 20  # between the own brand and a rival; fewer are shown and not judged
    share_threshold: float = 0.01  # of the market; a smaller change of share is no trend, however steady
    short_periods: int = 4  # periods that the short look at a market share goes back

    def __post_init__(self) -> None:
        require_within(
            self, {"min_ratings": (2, MANY), "min_switchers": (1, MANY), "short_periods": (1, MANY)}
        )
        for name in ("gap_threshold", "white_space_level", "group_threshold", "share_threshold"):
            require_share(name, getattr(self, name))
        for name in ("gap_level", "claim_level"):
            level = getattr(self, name)
            require(0 < level < 1, f"{name}: expected a share between 0 and 1, got {level}")


@dataclass(frozen=True)
class StrategyRules:
    """What the plan takes for granted (06)."""

    plan_days: int = 90  # length of a strategy from its start, and of the window that its KPI looks at
    held_out: float = 0.2  # share of a target group that is left alone, to compare with; 0: nobody
    target_change: float = 0.0  # relative change to aim for in every strategy; 0: the assumption of each play
    min_arm: int = 20  # fewer customers: no hold-out is drawn, and no baseline is stated
    test_power: float = 0.8  # chance of seeing an effect as small as the one that is called detectable
    max_weaknesses: int = 3  # of the brand that become strategies, the most important first
    plan_seed: int = 2026  # another one draws other hold-outs
    # Costs in the run's currency: assumptions, to be replaced by the firm's own.
    budget: float = 0.0  # for all strategies of a region in one window; 0: no cap
    contact_costs: tuple[str, ...] = (
        "app:0.01",
        "web:0.01",
        "email:0.02",
        "social:0.05",
        "sms:0.1",
        "phone:5",
        "other:0.1",
    )  # of one contact, by channel; `other` stands for every channel that is not named
    messages: int = 3  # messages to each treated customer in one window, where the strategy sends messages
    coupon: float = 0.1  # share of one order that an offer gives back to every treated customer who orders
    service_cost: float = 10.0  # per treated customer, where the strategy is personal service or a membership
    margin_rate: float = 0.3  # share of spend that is left after the cost of goods, where no cost is known
    min_uplift: float = 0.01  # of a share: an earlier campaign that changed less did nothing, however certain
    min_response_gain: float = 0.01  # points by which a channel must be answered better than any other
    contact_unknown: bool = False  # contact those, too, whose consent is not known though others' is
    min_complaint_ratio: float = (
        1.3  # complaints per order of a group to those of the others: a cause to cite
    )

    def __post_init__(self) -> None:
        require(0 <= self.held_out < 1, f"held_out: expected a share from 0 to below 1, got {self.held_out}")
        require(
            0 < self.test_power < 1, f"test_power: expected a chance between 0 and 1, got {self.test_power}"
        )
        for name in ("coupon", "margin_rate", "min_uplift", "min_response_gain"):
            require_share(name, getattr(self, name))
        bounds = {
            "plan_days": (1, CENTURY),
            "target_change": (0, MANY),
            "min_arm": (2, MANY),
            "max_weaknesses": (0, MANY),
            "budget": (0, MANY),
            "messages": (0, MANY),
            "service_cost": (0, MANY),
            "min_complaint_ratio": (0, MANY),
        }
        require_within(self, bounds)
        require("other" in self.channel_costs(), "contact_costs: expected a cost for `other`, got none")

    def channel_costs(self) -> dict[str, float]:
        """Cost of one contact by channel. Raises SettingsError for what is no `channel:cost`."""
        pairs = [text.rpartition(":") for text in self.contact_costs]
        try:
            costs = {channel.strip(): float(cost) for channel, _, cost in pairs}
        except ValueError:
            costs = {}
        fit = costs and all(channel and 0 <= cost <= MANY for channel, cost in costs.items())
        require(
            bool(fit), f"contact_costs: expected channel:cost, such as email:0.02, got {self.contact_costs}"
        )
        return costs
