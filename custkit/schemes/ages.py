"""Ages as data tell them, in numbers: years, or a band of them."""

import math
import re
import unicodedata

import numpy as np

_OLDEST = 120.0
_YEARS = r"(\d{1,3}(?:\.\d+)?)\s*(?:周?[岁歲]|years?(?: old)?|yrs?)?\s*"
_OR = r"(?:及|或|\(含\))?"
# What stands before the years and behind them, and which ages that means.
_FORMS = [
    (re.compile(before + _YEARS + behind), meant)
    for before, behind, meant in (
        (r"(?:aged? )?", "", lambda years: (math.floor(years), math.floor(years))),
        ("", rf"(?:\+|{_OR}(?:以上|之上)|(?:and|or) (?:over|above|older|more|up))", lambda years: (years, _OLDEST)),
        (r"(?:≥|>=|at least )\s*", "", lambda years: (years, _OLDEST)),
        (r"(?:>|over |above |older than |more than |大于|超过)\s*", "", lambda years: (years + 1, _OLDEST)),
        ("", rf"(?:{_OR}(?:以下|以内|之下)|(?:and|or) (?:under|below|younger|less))", lambda years: (0.0, years)),
        (r"(?:≤|<=|up to |at most |no more than |不超过)\s*", "", lambda years: (0.0, years)),
        (r"(?:<|under |below |younger than |less than |小于|不满|未满|不到)\s*", "", lambda years: (0.0, years - 1)),
        ("", r"(?:未满|不到)", lambda years: (0.0, years - 1)),
        (_YEARS + r"(?:-|–|—|~|至|到|to)\s*", "", lambda low, high: (low, high)),
    )
]  # fmt: skip


def age_ends(said: str) -> tuple[float, float]:
    """The least and the greatest age in whole years that a text means: 26, 26岁, 26-30, 60+, 60岁以上, >59, under 25, 未满25岁.

    "25岁以下" holds 25, "under 25" does not. A text in any other form (80后, 30s, young, 1985) or over 120 years is not known:
    two NaN, and no guess.
    """
    told = unicodedata.normalize("NFKC", said).strip().lower()
    for form, meant in _FORMS:
        if fits := form.fullmatch(told):
            low, high = meant(*map(float, fits.groups()))
            return (low, high) if low <= high <= _OLDEST else (np.nan, np.nan)
    return np.nan, np.nan
