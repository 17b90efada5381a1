"""Who the customers are: ages, places and trades, with the doubt that small numbers leave."""

import datetime
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from custkit import dictionary, schema, stats
from custkit.errors import SettingsError
from custkit.settings import ProfileRules, suggest

DIMENSIONS = (
    "gender",
    "age_band",
    "city",
    "city_tier",
    "area",
    "industry",
    "occupation",
    "income",
    "education",
    "source",
)

_BANDED = ("age_band", "income")
_ORDERED = ("education", "city_tier")  # by their order in dictionary.yml
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order
_OLDEST = 120  # years; an age beyond is a mistake and counts as unknown
_INCOME_BANDS = 5  # into which incomes that are given as numbers are cut

_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万|千|[kwm](?![a-z]))?", re.IGNORECASE)
_UNITS = {"": 1.0, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "m": 1e6}
_BELOW = re.compile(
    r"under|below|less|up to|at most|not? more|<|≤|以下|以内|不足|不到|不超过|不高于|(?<!不)(低于|小于|少于)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"over|above|(?<!no )(?<!not )more|at least|>|≥|\+|以上|不低于|不少于|不小于|(?<!不)(高于|超过|大于)",
    re.IGNORECASE,
)


def facts(
    customers: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: datetime.date | None,
    rules: ProfileRules = ProfileRules(),
) -> pd.DataFrame:
    """What is known of each customer, beside what ``features`` hold of them.

    Age bands are whole years, both ends included: with the default bands 35 is in 25-35 and 36 in 36-45. An age given
    as text that is no number is taken as a band of the data's own; an age below 0 or above 120 is unknown. A birth date
    counts at ``as_of``, where no age is given. Incomes given as plain numbers are cut into five bands of about equal size,
    where they are more than ``rules.top_levels``.

    Returns
    -------
    one row per customer of both tables, sorted by customer_id
        those of ``DIMENSIONS`` that any customer has, as text; ``income_place`` (1: the lowest band) where there is
        an income; the columns of ``features``.
    """
    schema.require(customers, ["customer_id"], "customers")
    schema.require(features, ["customer_id", "status", "spend"], "features")
    known = customers.assign(age_band=_age_bands(customers, as_of, rules.age_bands))
    dimensions = [name for name in DIMENSIONS if name in known and known[name].notna().any()]
    known = known[["customer_id", *dimensions]].astype("str")
    if "income" in dimensions:
        known["income"] = _income_bands(known["income"], rules.top_levels)
        known["income_place"] = known["income"].map(band_places(known["income"].dropna().unique()))
    held = features.astype({"customer_id": "str"})
    return known.merge(held, on="customer_id", validate="one_to_one").sort_values(
        "customer_id", ignore_index=True
    )


def people(facts: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """The share of each gender, age band, city and so on among the customers of whom it is known.

    Parameters
    ----------
    facts : ``facts``

    Returns
    -------
    up to ``rules.top_levels`` rows per ``dimension`` that any customer has
        ``dimension``, ``rank``, ``level``, ``customers``, ``known`` (customers with a value), ``share_of_customers`` of
        them with its 95 % Wilson interval ``share_low``, ``share_high``, ``buyers``, ``spend``, ``place`` among its
        rows (ages and incomes by the numbers in them, education and city tiers in the dictionary's order, others by rank).
    """
    schema.require(facts, ["customer_id", "status", "spend"], "facts")
    lists = [schema.empty("profile_people")]
    for dimension in present(facts):
        found = (
            facts.assign(is_buyer=facts["status"] == "buyer")
            .groupby(dimension)
            .agg(customers=("customer_id", "size"), buyers=("is_buyer", "sum"), spend=("spend", "sum"))
            .reset_index(names="level")
        )
        known = int(found["customers"].sum())
        low, high = stats.wilson(found["customers"], known)
        found = found.assign(
            dimension=dimension,
            known=known,
            share_of_customers=found["customers"] / known,
            share_low=low,
            share_high=high,
            spend=found["spend"].round(_MONEY_DECIMALS),
        ).sort_values(["customers", "spend", "level"], ascending=[False, False, True])
        found = found.assign(rank=range(1, len(found) + 1)).head(rules.top_levels)
        lists.append(found.assign(place=_places(found)))
    return pd.concat(lists, ignore_index=True)


def leading(people: pd.DataFrame) -> pd.DataFrame:
    """The largest group of each dimension of ``people``: one row a dimension."""
    schema.require(people, ["rank"], "people")
    return people[people["rank"] == 1].drop(columns=["rank", "place"]).reset_index(drop=True)


def gender(
    facts: pd.DataFrame, population: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> pd.DataFrame:
    """Whether the genders are balanced: the larger one against one half, or against its share of the population.

    The test is the exact binomial one. Where the data know more than two, the two largest are set against each other.
    The population counts where all its rows name one of the two.

    Returns
    -------
    one row; none where fewer than two genders are known
        ``level`` the larger gender, ``customers``, ``known`` of both, ``share_of_customers`` with its 95 % interval,
        ``reference``, ``basis`` (half, population), ``p_value``, ``verdict``: differs (beyond chance at
        ``rules.profile_level`` and by ``rules.min_share_gap``), balanced, or too_few (below ``rules.min_group``).
    """
    counts = facts["gender"].value_counts() if "gender" in facts else pd.Series(dtype="int64")
    if len(counts) < 2:
        return schema.empty("profile_gender")
    first, second = sorted(counts.index, key=lambda level: (-counts[level], level))[:2]
    customers, known = int(counts[first]), int(counts[first] + counts[second])
    reference, basis = 0.5, "half"
    population = in_words(population)
    if len(population) and "gender" in population and population["gender"].isin([first, second]).all():
        people_of = population.groupby("gender")["people"].sum().reindex([first, second]).fillna(0)
        if (people_of > 0).all():
            reference, basis = people_of[first] / people_of.sum(), "population"
    share = customers / known
    p_value = binomtest(customers, known, reference).pvalue
    differs = p_value < 1 - rules.profile_level and abs(share - reference) >= rules.min_share_gap
    low, high = stats.wilson(customers, known)
    row = {
        "level": first,
        "customers": customers,
        "known": known,
        "share_of_customers": share,
        "share_low": low,
        "share_high": high,
        "reference": reference,
        "basis": basis,
        "p_value": p_value,
        "verdict": "too_few" if known < rules.min_group else "differs" if differs else "balanced",
    }
    return schema.frame("profile_gender", [row])


def in_words(population: pd.DataFrame) -> pd.DataFrame:
    """The population's genders and city tiers in the words that customers have; a word of its own stays."""
    known = [name for name in ("gender", "city_tier") if name in population]
    named = {name: dictionary.canonical(f"customers.{name}", population[name]) for name in known}
    return population.assign(**{name: words.fillna(population[name]) for name, words in named.items()})


def band_places(levels) -> dict[str, float]:
    """The place of each band by the numbers in its text, 1 the lowest; a text without a number has none (NaN).

    "under 60k", "60-120k", "over 240k" and "5万以下", "5-10万", "30万以上" are understood; a unit after the last number
    holds for those before it that have none.
    """
    bounds = {level: _bounds(level) for level in levels}
    ordered = sorted({found for found in bounds.values() if found})
    return {level: ordered.index(found) + 1.0 if found else np.nan for level, found in bounds.items()}


def present(facts: pd.DataFrame) -> list[str]:
    """The dimensions of which anything is known, in the order in which they are told."""
    return [name for name in DIMENSIONS if name in facts and facts[name].notna().any()]


def require_dimensions(setting: str, names: Iterable[str]) -> None:
    """Raise SettingsError when ``setting`` names what is no dimension of a customer."""
    for name in names:
        if name not in DIMENSIONS:
            raise SettingsError(f"{setting}: no dimension {name!r}; {suggest(name, DIMENSIONS)}")


def _bounds(text: str) -> tuple[float, float] | None:
    found = _NUMBER.findall(text)
    if not found:
        return None
    last = found[-1][1]
    numbers = [float(digits.replace(",", "")) * _UNITS[(unit or last).lower()] for digits, unit in found]
    if _BELOW.search(text):
        return -np.inf, numbers[-1]
    if _ABOVE.search(text):
        return numbers[0], np.inf
    return min(numbers), max(numbers)


def _income_bands(given: pd.Series, most: int) -> pd.Series:
    """Bands as they are; plain numbers, where they are many, as bands of about equal size named by their ends."""
    numbers = pd.to_numeric(given, errors="coerce")
    if numbers.nunique() <= most or numbers.isna().sum() > given.isna().sum():
        return given
    place = pd.qcut(numbers, _INCOME_BANDS, labels=False, duplicates="drop")
    ends = numbers.groupby(place).agg(["min", "max"])
    names = {band: f"{ends['min'][band]:.0f}-{ends['max'][band]:.0f}" for band in ends.index}
    return place.map(names).astype("str")


def _places(found: pd.DataFrame) -> pd.Series:
    """Bands by their numbers, those without a number last; what the dictionary orders, in its order; else by rank."""
    dimension = found["dimension"].iloc[0]
    if dimension in _BANDED:
        places = band_places(found["level"])
    elif dimension in _ORDERED:
        places = {name: place for place, name in enumerate(dictionary.names(f"customers.{dimension}"))}
    else:
        return found["rank"]
    order = found[["rank"]].assign(place=found["level"].map(places)).sort_values(["place", "rank"])
    return pd.Series(range(1, len(order) + 1), order.index, dtype="int64").reindex(found.index)


def _age_bands(customers: pd.DataFrame, as_of: datetime.date | None, ends: tuple[int, ...]) -> pd.Series:
    """The band of each customer; a text that is no number stays; empty where nothing is known or the age cannot be."""
    given = (
        customers["age"].astype("str")
        if "age" in customers
        else pd.Series(np.nan, customers.index, dtype="str")
    )
    years = pd.to_numeric(given, errors="coerce")
    is_text = given.notna() & years.isna()
    if "birth_date" in customers and as_of is not None:
        born = customers["birth_date"].dt
        to_come = (born.month > as_of.month) | ((born.month == as_of.month) & (born.day > as_of.day))
        years = years.fillna(as_of.year - born.year - to_come.astype(int))
    starts = [0, *(end + 1 for end in ends)]
    names = [*(f"{start}-{end}" for start, end in zip(starts, ends, strict=False)), f"{starts[-1]}+"]
    possible = years.between(0, _OLDEST)
    place = np.searchsorted(ends, np.floor(years.where(possible, 0)), side="left")
    bands = pd.Series(np.array(names)[place], customers.index, dtype="str").where(possible)
    return bands.where(~is_text, given)
