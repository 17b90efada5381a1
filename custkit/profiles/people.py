"""Who the customers are: ages, places and trades, with the doubt that small numbers leave."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema, stats
from custkit.settings import ProfileRules

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

_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order
_OLDEST = 120  # years; an age beyond is a mistake and counts as unknown


def people(
    customers: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: datetime.date | None,
    rules: ProfileRules = ProfileRules(),
) -> pd.DataFrame:
    """Who they are: the share of each gender, age band, city and so on among the customers of whom it is known.

    Age bands are whole years, both ends included: with the default bands 35 is in 25-35 and 36 in 36-45. An age given
    as text that is no number is taken as a band of the data's own; an age below 0 or above 120 is unknown. A birth date
    counts at ``as_of``, where no age is given.

    Returns
    -------
    up to ``rules.top_levels`` rows per ``dimension`` that any customer has
        ``dimension``, ``rank``, ``level``, ``customers``, ``known`` (customers with a value), ``share_of_customers`` of
        them with its 95 % Wilson interval ``share_low``, ``share_high``, ``buyers``, ``spend``.
    """
    schema.require(customers, ["customer_id"], "customers")
    schema.require(features, ["customer_id", "status", "spend"], "features")
    facts = customers.assign(age_band=_age_bands(customers, as_of, rules.age_bands)).merge(
        features[["customer_id", "status", "spend"]], on="customer_id", validate="one_to_one"
    )
    facts["is_buyer"] = facts["status"] == "buyer"
    lists = []
    for dimension in DIMENSIONS:
        if dimension not in facts or facts[dimension].isna().all():
            continue
        found = (
            facts.groupby(dimension)
            .agg(customers=("customer_id", "size"), buyers=("is_buyer", "sum"), spend=("spend", "sum"))
            .reset_index(names="level")
        )
        known = int(found["customers"].sum())
        low, high = stats.wilson(found["customers"], known)
        found = found.assign(
            dimension=dimension,
            level=found["level"].astype("str"),
            known=known,
            share_of_customers=found["customers"] / known,
            share_low=low,
            share_high=high,
            spend=found["spend"].round(_MONEY_DECIMALS),
        ).sort_values(["customers", "spend", "level"], ascending=[False, False, True])
        lists.append(found.assign(rank=range(1, len(found) + 1)).head(rules.top_levels))
    return pd.concat([_nobody(), *lists], ignore_index=True) if lists else _nobody()


def _nobody() -> pd.DataFrame:
    kinds = {"dimension": "str", "rank": "int64", "level": "str", "customers": "int64", "known": "int64"}
    kinds |= dict.fromkeys(("share_of_customers", "share_low", "share_high"), "float64")
    return pd.DataFrame(
        {
            name: pd.Series(dtype=kind)
            for name, kind in {**kinds, "buyers": "int64", "spend": "float64"}.items()
        }
    )


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
