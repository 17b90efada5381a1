"""Schemes of who customers are and where they live: they need no orders."""

import itertools

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from custkit.schemes.case import UNKNOWN, Case, Named, coded, text
from custkit.settings import SchemeRules

GENDERS = ("female", "male", UNKNOWN)
_PLACES = ("city_tier", "area", "region")


def basic_labels(rules: SchemeRules) -> tuple[str, ...]:
    """ "female:25-35" and so on: every gender with every age group, the unknown ones included."""
    return tuple(f"{gender}:{band}" for gender in GENDERS for band in (*_bands(rules), UNKNOWN))


def basic(case: Case) -> Named:
    labels, n = basic_labels(case.rules), len(case.everyone)
    bands = len(labels) // len(GENDERS)
    band = gender = np.full(n, -1)  # the last of each is unknown
    if "age" in case.customers:
        first, last = np.searchsorted(case.rules.basic_ages, case.ages)
        # A band of the data that reaches over a border could be either side of it.
        band = np.where(np.isnan(case.ages[0]) | (first != last), -1, first)
    if "gender" in case.customers:
        gender = pc.fill_null(pc.index_in(text(case.fact("gender")), text(GENDERS)), -1).to_numpy()
    place = gender % len(GENDERS) * bands + band % bands
    told = [case.words.label("basic", label) for label in labels]
    return Named(coded(place, labels), lambda _: coded(place, told))


def geography(case: Case) -> Named:
    column = case.rules.geography_by or next(place for place in _PLACES if not case.lacking((_where(place),)))
    known = case.everyone["region"] if column == "region" else case.fact(column)
    code, places = pd.factorize(known.fillna(UNKNOWN))
    of = case.words.label("dimension", column)
    told = [
        case.words("reason.geography", of=of, place=case.words.label("geography", place)) for place in places
    ]
    return Named(coded(code, places), lambda _: coded(code, told))


def _where(place: str) -> str:
    return place if place == "region" else f"customers.{place}"


def _bands(rules: SchemeRules) -> list[str]:
    """Whole years, both ends included: 25-35 and 36-45 (trap T18)."""
    ends = rules.basic_ages
    middle = [f"{low + 1}-{high}" for low, high in itertools.pairwise(ends)]
    return [f"0-{ends[0]}", *middle, f"{ends[-1] + 1}+"]
