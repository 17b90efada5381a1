"""How groups, types and niches are looked for, and what it takes to claim one."""

from dataclasses import dataclass

from custkit.rules.checks import (
    CENTURY,
    MANY,
    REPEATS,
    require,
    require_open_share,
    require_share,
    require_within,
)


@dataclass(frozen=True)
class ClusterRules:
    """How groups are looked for (04)."""

    # Spend per order is left out: in logarithms it is spend less orders, so that money would count twice. Days since
    # the first order are never fewer than days since the last: a triangle, whose corners k-means takes for groups.
    cluster_features: tuple[str, ...] = ("recency_days", "n_orders", "spend")  # columns of features
    max_clusters: int = 8  # the largest number of groups that is tried
    n_clusters: int = 0  # a number of groups to use whatever the evidence says; 0: the evidence decides
    min_stability: float = 0.9  # mean adjusted Rand index over bootstrap samples
    min_margin: float = 3.0  # standard errors by which groups must beat made-up customers without groups
    min_cluster_customers: int = 30  # fewer scored customers are not clustered
    min_group_customers: int = 10  # a smaller group is a list of exceptions
    cluster_sample: int = 20_000  # customers on whom the centres are fitted
    cluster_resample: int = 5_000  # customers in each bootstrap sample, at most
    n_bootstrap: int = 20  # resamples behind each stability
    giant_share: float = 0.1  # of the spend: a customer who holds as much is spoken of
    n_init: int = 10  # starts of each k-means fit
    seed: int = 2026  # of everything random

    def __post_init__(self) -> None:
        names = self.cluster_features
        require(
            len(names) == len(set(names)) > 0, f"cluster_features: expected measures, each once, got {names}"
        )
        require_share("min_stability", self.min_stability)
        require_share("giant_share", self.giant_share)
        bounds = {
            "max_clusters": (2, 1000),
            "n_clusters": (0, 1000),
            "min_cluster_customers": (2, MANY),
            "min_group_customers": (2, MANY),
            "cluster_sample": (100, MANY),
            "cluster_resample": (100, MANY),
            "n_bootstrap": (2, REPEATS),
            "n_init": (1, REPEATS),
            "seed": (0, MANY),
        }
        require_within(self, bounds)
        require(
            self.n_clusters != 1,
            f"n_clusters: expected 0 or at least 2, got {self.n_clusters}",
        )


@dataclass(frozen=True)
class SurveyRules:
    """What a survey must show before it gives a customer a type, and types before they are said to go together (04)."""

    survey_scale: tuple[float, ...] = ()  # lowest and highest answer that counts; empty: as found in the data
    min_answered: float = 0.5  # of a construct's items; a customer who answered fewer has no score in it
    min_respondents: int = 30  # with all items of a construct answered; fewer cannot show that it is reliable
    min_alpha: float = 0.6  # Cronbach's alpha from which a construct is reliable
    min_type_margin: float = 0.2  # standard deviations from the highest construct to the next; else undecided
    social_days: int = 365  # up to as_of, in which activity counts
    min_crossed: int = 60  # customers who have both kinds of type; fewer are not compared
    min_link: float = 0.1  # Cramér's V without its bias; a weaker link is not claimed
    link_level: float = 0.95  # confidence that no link is claimed by chance, over all that are tried
    link_permutations: int = 1999  # tables drawn without any link, to compare with
    type_seed: int = 2026  # of these tables

    def __post_init__(self) -> None:
        scale = self.survey_scale
        require(
            not scale or (len(scale) == 2 and scale[0] < scale[1]),
            f"survey_scale: expected lowest and highest answer, got {scale}",
        )
        require(
            0 < self.min_answered <= 1, f"min_answered: expected a share above 0, got {self.min_answered}"
        )
        require(self.min_alpha <= 1, f"min_alpha: expected at most 1, got {self.min_alpha}")
        require_open_share("link_level", self.link_level)
        bounds = {
            "min_respondents": (3, MANY),
            "min_type_margin": (0, MANY),
            "social_days": (1, CENTURY),
            "min_crossed": (10, MANY),
            "min_link": (0, MANY),
            "link_permutations": (99, REPEATS),
            "type_seed": (0, MANY),
        }
        require_within(self, bounds)


@dataclass(frozen=True)
class NicheRules:
    """What makes a small group of customers a niche (04)."""

    niche_attributes: tuple[str, ...] = (  # of customers, each alone and every two together
        "age_band",
        "city_tier",
        "area",
        "industry",
        "income",
        "gender",
        "region",
        "top_category",
    )
    min_niche_buyers: int = 30  # who bought in the two spans of time; a smaller group is not tried
    max_niche_share: float = 0.1  # of buyers; a larger group is no niche
    min_niche_growth: float = 1.25  # growth of a niche's spend to that of everybody else's
    niche_months: int = 12  # length of each of the two spans, the last full months before as_of
    niche_level: float = 0.95  # confidence that no niche is claimed by chance, over all groups tried

    def __post_init__(self) -> None:
        names = self.niche_attributes
        require(len(names) == len(set(names)) > 0, f"niche_attributes: expected some, each once, got {names}")
        require_open_share("max_niche_share", self.max_niche_share)
        require_open_share("niche_level", self.niche_level)
        require_within(
            self, {"min_niche_buyers": (10, MANY), "min_niche_growth": (1, MANY), "niche_months": (1, 1200)}
        )
