"""How exports are read and cleaned, and how much work a region is worth."""

import datetime
import re
from dataclasses import dataclass

from custkit.rules.checks import MANY, require, require_day, require_share, require_within

SPAN = re.compile(r"([1-9][0-9]{0,4})([dmqy])")  # 90d, 9m, 3q, 1y


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
    fixed: str = ""  # path of a corrected quarantine.csv; its records stand in for those that were rejected
    decisions: str = ""  # path of the analyst's decisions; empty: decisions.csv beside the data, where it is
    since: str = (
        ""  # ISO day, or a span back from as_of: 90d, 9m, 3q, 1y; earlier order lines are out of scope
    )
    window: str = "rolling"  # or calendar, fiscal: how a span in months, quarters or years is counted
    fiscal_start: int = 1  # month in which the fiscal year begins
    categories: tuple[str, ...] = ()  # only order lines of these categories; empty: of all
    outliers: str = "mad"  # or iqr, quantile, none: which amounts are put under review; nothing is removed
    outlier_factor: float = (
        6.0  # how far above the median, in robust standard deviations of the amounts' logarithms
    )
    fill: tuple[str, ...] = ()  # column=method (mean, median, mode, unknown): filled in customers, and marked
    business: bool = False  # customers are firms: age, gender, birth date and the like are left out

    def __post_init__(self) -> None:
        require(
            self.date_order in ("", "DMY", "MDY", "YMD"),
            f"date_order: expected DMY, MDY or YMD, got {self.date_order!r}",
        )
        require(
            self.duplicates in ("merge", "flag"),
            f"duplicates: expected merge or flag, got {self.duplicates!r}",
        )
        require(self.personal in ("mask", "keep"), f"personal: expected mask or keep, got {self.personal!r}")
        require_day("earliest", self.earliest)
        if self.as_of:
            require_day("as_of", self.as_of)
            # What is reckoned from this day, back and ahead, must be days as well.
            require(
                "1900" <= self.as_of[:4] <= "2100",
                f"as_of: expected a day of the years 1900 to 2100, got {self.as_of!r}",
            )
        require_share("max_quarantined_rows", self.max_quarantined_rows)
        require_share("max_quarantined_money", self.max_quarantined_money)
        require_within(self, {"max_regions": (1, MANY)})
        require(
            not self.since or bool(SPAN.fullmatch(self.since)) or _is_day(self.since),
            f"since: expected an ISO day such as 2011-12-09 or a span such as 90d, 9m, 3q, 1y, got {self.since!r}",
        )
        require(
            self.window in ("rolling", "calendar", "fiscal"),
            f"window: expected rolling, calendar or fiscal, got {self.window!r}",
        )
        require(
            1 <= self.fiscal_start <= 12,
            f"fiscal_start: expected a month from 1 to 12, got {self.fiscal_start}",
        )
        require(
            all(category.strip() for category in self.categories),
            f"categories: expected names of categories, got {self.categories!r}; an empty category is no name",
        )
        require(
            self.outliers in ("mad", "iqr", "quantile", "none"),
            f"outliers: expected mad, iqr, quantile or none, got {self.outliers!r}",
        )
        require(self.outlier_factor > 0, f"outlier_factor: expected above 0, got {self.outlier_factor}")


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class RunRules:
    """How much work a region is worth, and how long it may take."""

    min_region_customers: int = 20  # fewer: the short page, notebooks 01 and 03 only
    notebook_timeout: int = 1800  # seconds

    def __post_init__(self) -> None:
        # A week: longer than any notebook, and no longer than a timer can count.
        require_within(self, {"min_region_customers": (0, MANY), "notebook_timeout": (1, 604_800)})
