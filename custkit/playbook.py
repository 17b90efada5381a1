"""What is known before any data are seen: plays for target groups, KPIs, weak sides of groups, cures of causes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Play:
    """A strategy of the playbook. Its texts stand in the catalogue under ``plan.<strategy>.``."""

    strategy: str
    scheme: str
    label: str
    lever: str  # what the strategy is to move: a weak side of the group, or ``retention``
    kpi: str
    change: float  # relative change of the KPI to aim for: an assumption
    cause: str  # what in the data calls for it
    means: tuple[str, ...]  # what it uses, to hold against the cause

    @property
    def target_group(self) -> str:
        return f"{self.scheme}:{self.label}"


@dataclass(frozen=True)
class Kpi:
    """How a KPI is reckoned, which way is better, and whom it can be measured on."""

    direction: str  # up or down
    population: str  # buyer, prospect or any
    outcome: str = ""  # column of ``strategy.follow_up`` that is averaged; empty: not from orders
    is_share: bool = True


KPIS = {
    "first_order_rate": Kpi("up", "prospect", "ordered"),
    "reorder_rate": Kpi("up", "buyer", "ordered"),
    "recall_rate": Kpi("up", "buyer", "ordered"),
    "lapse_rate": Kpi("down", "buyer", "stayed_away"),
    "orders_per_customer": Kpi("up", "buyer", "n_orders", is_share=False),
    "new_customers": Kpi("up", "any", is_share=False),
    "complaint_rate": Kpi("down", "any"),
    # Own scale of the ratings; which way is better is the attribute's affair.
    "mean_rating": Kpi("", "any", is_share=False),
}

# First match wins: a customer gets one strategy, the most specific that fits, so that no one is asked twice and
# each effect has a group of its own. Ideas: documents 000 (tiers), 002 (recall, care, first order), 003 (cases).
PLAYBOOK = (
    Play("first_order", "status", "prospect", "first_order", "first_order_rate", 0.25, "never_ordered", ("offer", "guide")),
    Play("second_order", "segment_map", "starters", "frequency", "reorder_rate", 0.15, "few_orders", ("guide", "offer")),
    Play("rescue_best", "segment_map", "cannot_lose", "recency", "recall_rate", 0.20, "no_recent_order", ("contact", "service")),
    Play("win_back", "rfm8", "potential", "recency", "recall_rate", 0.20, "no_recent_order", ("contact", "offer")),
    Play("win_back_spenders", "segment_map", "at_risk", "recency", "recall_rate", 0.20, "no_recent_order", ("guide", "offer")),
    Play("recall", "rfm8", "churn_risk", "recency", "recall_rate", 0.20, "no_recent_order", ("offer", "contact")),
    Play("keep_best", "tier3", "high", "retention", "lapse_rate", 0.15, "much_to_lose", ("membership", "service")),
    Play("grow_potential", "tier3", "potential", "frequency", "orders_per_customer", 0.15, "few_orders", ("guide", "offer", "service")),
    Play("activate_low", "tier3", "low", "frequency", "reorder_rate", 0.15, "few_orders", ("offer", "survey")),
)
CLOSE_GAP = "close_gap"  # strategies from weaknesses of the brand: close_gap:<attribute>
RATERS = "survey:respondents"

# Weak sides of each group: what a strategy may set out to move (T2). Every group of customers who still come may
# also be kept (``retention``). Levers that are no side of buying behaviour (service, product) suit any group.
_RFM8 = {
    "high_value": "HHH",
    "potential": "LHH",
    "important_develop": "HLH",
    "important_win_back": "LLH",
    "general_value": "HHL",
    "general_keep": "LHL",
    "general_develop": "HLL",
    "churn_risk": "LLL",
}
SIDES = ("recency", "frequency", "spend")
WEAK_SIDES = {
    **{
        f"rfm8:{label}": tuple(side for side, level in zip(SIDES, cell, strict=True) if level == "L")
        for label, cell in _RFM8.items()
    },
    "tier3:high": (),
    "tier3:potential": ("frequency", "spend"),
    "tier3:low": SIDES,
    "segment_map:champions": (),
    "segment_map:loyal": ("spend",),
    "segment_map:big_baskets": ("frequency",),
    "segment_map:rising": ("frequency", "spend"),
    "segment_map:starters": ("frequency", "spend"),
    "segment_map:cooling": SIDES,
    "segment_map:cannot_lose": ("recency",),
    "segment_map:at_risk": SIDES,
    "segment_map:dormant": SIDES,
    "segment_map:lost": SIDES,
    "status:prospect": ("first_order",),
}
BEHAVIOUR = (*SIDES, "retention", "first_order")

# What can answer a cause (T31): a coupon does not make a slow service fast.
CURES = {
    "never_ordered": {"offer", "guide", "contact"},
    "few_orders": {"offer", "guide", "membership"},
    "no_recent_order": {"offer", "contact", "guide"},
    "much_to_lose": {"membership", "service", "contact"},
    "slow_service": {"service"},
    "late_delivery": {"delivery"},
    "weak_attribute": {"product"},
}
