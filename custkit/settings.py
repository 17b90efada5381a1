"""Every rule that a region or an analyst may change: frozen dataclasses, one flat set of names."""

import dataclasses
import datetime
import difflib
import json
import types
import typing
from dataclasses import dataclass, field

from custkit.errors import SettingsError


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise SettingsError(text)


def _require_share(name: str, value: float) -> None:
    _require(0 <= value <= 1, f"{name}: expected a share from 0 to 1, got {value}")


def _require_day(name: str, value: str) -> None:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise SettingsError(f"{name}: expected an ISO day such as 2011-12-09, got {value!r}") from None


@dataclass(frozen=True)
class CleanRules:
    """What is read how, and what is quarantined or merged (01)."""

    currency: str = ""  # ISO code of the amounts; amounts marked otherwise are quarantined
    timezone: str = ""  # stamps with a zone are turned to it
    date_order: str = ""  # DMY, MDY or YMD where a column leaves it open
    as_of: str = ""  # ISO day; empty: the last order day. Later lines are quarantined when it is given
    earliest: str = "2000-01-01"  # ISO day; earlier dates are quarantined
    cancellation_mark: str = ""  # prefix of the ids of cancelled orders, which keep their sign
    non_product_codes: tuple[
        str, ...
    ] = ()  # kept in spend, left out of product and category tables; * at the end
    duplicates: str = "merge"  # or flag
    max_quarantined_rows: float = 0.05  # of rows_in, in any one table
    max_quarantined_money: float = 0.01  # of absolute amounts, in orders
    max_regions: int = 200  # more names than this in the column region: it is mapped wrongly
    personal: str = "mask"  # or keep

    def __post_init__(self) -> None:
        _require(
            self.date_order in ("", "DMY", "MDY", "YMD"),
            f"date_order: expected DMY, MDY or YMD, got {self.date_order!r}",
        )
        _require(
            self.duplicates in ("merge", "flag"),
            f"duplicates: expected merge or flag, got {self.duplicates!r}",
        )
        _require(self.personal in ("mask", "keep"), f"personal: expected mask or keep, got {self.personal!r}")
        _require_day("as_of", self.as_of or self.earliest)
        _require_day("earliest", self.earliest)
        _require_share("max_quarantined_rows", self.max_quarantined_rows)
        _require_share("max_quarantined_money", self.max_quarantined_money)
        _require(self.max_regions >= 1, f"max_regions: expected at least 1, got {self.max_regions}")


@dataclass(frozen=True)
class ProfileRules:
    """What 02 shows."""

    top_products: int = 10  # rows in each list of products
    top_levels: int = 12  # rows a dimension (city, category and the like), the largest first
    top_shares: tuple[float, ...] = (0.01, 0.05, 0.1, 0.2, 0.5)  # of buyers, the biggest spenders first
    age_bands: tuple[int, ...] = (
        17,
        24,
        35,
        45,
        55,
        65,
    )  # last whole year of each band, included; one open band above

    def __post_init__(self) -> None:
        _require(self.top_products >= 1, f"top_products: expected at least 1, got {self.top_products}")
        _require(self.top_levels >= 1, f"top_levels: expected at least 1, got {self.top_levels}")
        _require(
            bool(self.top_shares) and all(0 < share <= 1 for share in self.top_shares),
            f"top_shares: expected shares above 0, at most 1, got {self.top_shares}",
        )
        ascending = list(self.age_bands) == sorted(set(self.age_bands)) and all(
            year >= 0 for year in self.age_bands
        )
        _require(ascending, f"age_bands: expected ascending years, got {self.age_bands}")


@dataclass(frozen=True)
class ScoreRules:
    """How measures become scores (03)."""

    quantiles: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)  # of customers with a counting order
    two_levels: str = "median"  # or mean: what parts high from low in the 8 cells
    min_customers: int = 50  # a region with fewer scored customers takes the whole's cut points
    cut_points: str = "whole"  # whole, region, or a path to exported cut points

    def __post_init__(self) -> None:
        ascending = list(self.quantiles) == sorted(set(self.quantiles))
        _require(ascending, f"quantiles: expected ascending, got {self.quantiles}")
        _require(
            len(self.quantiles) == 4,
            f"quantiles: expected four, for scores from 1 to 5, got {self.quantiles}",
        )
        _require(
            all(0 < q < 1 for q in self.quantiles),
            f"quantiles: expected shares between 0 and 1, got {self.quantiles}",
        )
        _require(
            self.two_levels in ("median", "mean"),
            f"two_levels: expected median or mean, got {self.two_levels!r}",
        )
        _require(self.min_customers >= 1, f"min_customers: expected at least 1, got {self.min_customers}")


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
        _require(
            fit,
            "tier_weights: expected three weights at or above zero (contribution, regularity, satisfaction), "
            f"one of the first two above it, got {weights}",
        )
        _require(
            self.tier_potential < self.tier_high,
            f"tier_potential: expected below tier_high {self.tier_high}, got {self.tier_potential}",
        )
        readings = ("intended", "score", "days")
        _require(
            self.r_reading in readings, f"r_reading: expected {', '.join(readings)}, got {self.r_reading!r}"
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
        _require(
            len(names) == len(set(names)) > 0, f"cluster_features: expected measures, each once, got {names}"
        )
        _require_share("min_stability", self.min_stability)
        _require_share("giant_share", self.giant_share)
        least = {
            "max_clusters": 2,
            "min_cluster_customers": 2,
            "min_group_customers": 2,
            "cluster_sample": 100,
            "cluster_resample": 100,
            "n_bootstrap": 2,
            "n_init": 1,
            "seed": 0,
        }
        for name, lowest in least.items():
            value = getattr(self, name)
            _require(value >= lowest, f"{name}: expected at least {lowest}, got {value}")
        _require(
            self.n_clusters == 0 or self.n_clusters >= 2,
            f"n_clusters: expected 0 or at least 2, got {self.n_clusters}",
        )


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

    def __post_init__(self) -> None:
        _require(self.min_ratings >= 2, f"min_ratings: expected at least 2, got {self.min_ratings}")
        _require_share("gap_threshold", self.gap_threshold)
        _require(0 < self.gap_level < 1, f"gap_level: expected a share between 0 and 1, got {self.gap_level}")


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

    def __post_init__(self) -> None:
        _require(self.plan_days >= 1, f"plan_days: expected at least 1, got {self.plan_days}")
        _require(0 <= self.held_out < 1, f"held_out: expected a share from 0 to below 1, got {self.held_out}")
        _require(
            self.target_change >= 0,
            f"target_change: expected a share of the baseline, got {self.target_change}",
        )
        _require(self.min_arm >= 2, f"min_arm: expected at least 2, got {self.min_arm}")
        _require(
            0 < self.test_power < 1, f"test_power: expected a chance between 0 and 1, got {self.test_power}"
        )
        _require(self.max_weaknesses >= 0, f"max_weaknesses: expected at least 0, got {self.max_weaknesses}")


@dataclass(frozen=True)
class RunRules:
    """How much work a region is worth, and how long it may take."""

    min_region_customers: int = 20  # fewer: the short page, notebooks 01 and 03 only
    notebook_timeout: int = 1800  # seconds


@dataclass(frozen=True)
class Settings:
    """All rules of a run. Field names are unique over the groups, so that one flat name finds its place."""

    clean: CleanRules = field(default_factory=CleanRules)
    profile: ProfileRules = field(default_factory=ProfileRules)
    scores: ScoreRules = field(default_factory=ScoreRules)
    schemes: SchemeRules = field(default_factory=SchemeRules)
    clusters: ClusterRules = field(default_factory=ClusterRules)
    competitor: CompetitorRules = field(default_factory=CompetitorRules)
    strategy: StrategyRules = field(default_factory=StrategyRules)
    run: RunRules = field(default_factory=RunRules)

    @classmethod
    def types(cls) -> dict[str, type]:
        """Flat name of each setting and the type of its value."""
        groups = typing.get_type_hints(cls).values()
        return {name: kind for group in groups for name, kind in typing.get_type_hints(group).items()}

    @classmethod
    def names(cls) -> list[str]:
        return sorted(cls.types())

    @classmethod
    def defaults(cls) -> dict[str, object]:
        return cls().flat()

    def flat(self) -> dict[str, object]:
        """All settings as one flat dictionary of plain values."""
        groups = (getattr(self, group.name) for group in dataclasses.fields(self))
        return {
            rule.name: getattr(rules, rule.name) for rules in groups for rule in dataclasses.fields(rules)
        }

    def replace(self, values: dict[str, object], source: str = "settings") -> "Settings":
        """New settings with some values changed; ``source`` is named in an error.

        Raises
        ------
        SettingsError
            A name that does not exist (the text lists near ones), or a value of another type.
        """
        kinds = self.types()
        for name in values:
            if name not in kinds:
                raise SettingsError(f"{source}: no setting {name!r}; {suggest(name, kinds)}")
        changed = {}
        for group in dataclasses.fields(self):
            rules = getattr(self, group.name)
            own = {
                rule.name: _typed(source, rule.name, values[rule.name], kinds[rule.name])
                for rule in dataclasses.fields(rules)
                if rule.name in values
            }
            try:
                changed[group.name] = dataclasses.replace(rules, **own)
            except SettingsError as error:
                raise SettingsError(f"{source}: {error}") from None
        return Settings(**changed)


def parse(name: str, text: str) -> object:
    """The value of a setting that was given as text (``--set name=text``).

    Numbers are written plainly, lists with commas or as JSON. Raises SettingsError.
    """
    kinds = Settings.types()
    if name not in kinds:
        raise SettingsError(f"--set: no setting {name!r}; {suggest(name, kinds)}")
    kind = kinds[name]
    if kind is str:
        return text
    try:
        if _is_tuple(kind):
            given = (
                json.loads(text)
                if text.lstrip().startswith("[")
                else [part for part in text.split(",") if part]
            )
            item = typing.get_args(kind)[0]
            return tuple(item(part) for part in given)
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"--set {name}: expected {_kind_name(kind)}, got {text!r}") from None


def _typed(source: str, name: str, value: object, kind: type) -> object:
    if _is_tuple(kind):
        item = typing.get_args(kind)[0]
        if isinstance(value, (list, tuple)) and all(_fits(part, item) for part in value):
            return tuple(item(part) for part in value)
    elif _fits(value, kind):
        return kind(value)
    raise SettingsError(f"{source}: {name}: expected {_kind_name(kind)}, got {value!r}")


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, (int, float)) if kind is float else isinstance(value, kind)


def _is_tuple(kind: type) -> bool:
    return typing.get_origin(kind) is tuple and not isinstance(kind, types.UnionType)


def _kind_name(kind: type) -> str:
    if _is_tuple(kind):
        return f"a list of {_kind_name(typing.get_args(kind)[0])}"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[kind]


def suggest(name: str, known: typing.Iterable[str]) -> str:
    """The names that exist, near ones first: the end of a sentence that refuses a name."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}There are: {', '.join(names)}"
