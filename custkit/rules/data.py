"""How exports are read and cleaned, and how much work a region is worth."""

from dataclasses import dataclass

from custkit.rules.checks import require, require_day, require_share


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
        require_day("as_of", self.as_of or self.earliest)
        require_day("earliest", self.earliest)
        require_share("max_quarantined_rows", self.max_quarantined_rows)
        require_share("max_quarantined_money", self.max_quarantined_money)
        require(self.max_regions >= 1, f"max_regions: expected at least 1, got {self.max_regions}")


@dataclass(frozen=True)
class RunRules:
    """How much work a region is worth, and how long it may take."""

    min_region_customers: int = 20  # fewer: the short page, notebooks 01 and 03 only
    notebook_timeout: int = 1800  # seconds
