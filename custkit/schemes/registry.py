"""Every scheme that classifies customers, in one registry: what it needs, its rule, and the label of each customer."""

import datetime
import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import scores
from custkit.errors import TableError
from custkit.rules.value import BEHAVIOUR
from custkit.schemes import buying, people, scored, segment_map, worth
from custkit.schemes.case import UNSCORED, Case, Scheme, coded, placed, same, text
from custkit.settings import SchemeRules
from custkit.words import TEXT, Words

_MEASURES = tuple(scores.MEASURES)
_LAPSE = ("lapse_by", "lapse_days", "lapse_quantile")
_MANY = ("high_score", "frequent_orders")
_RULES002 = ("rules_join", "rules_window", "rules_satisfaction", "rules_ages", "rules_orders", "new_days")

SCHEMES = {
    scheme.id: scheme
    for scheme in (
        Scheme(
            "tier3",
            scored.TIERS,
            (*_MEASURES, "(margin)", "(feedback.satisfaction)"),
            ("tier_weights", "tier_high", "tier_potential", "cut_points"),
            scored.tier3,
        ),
        Scheme(
            "rfm8",
            tuple(scored.READINGS["intended"].values()),
            _MEASURES,
            ("two_levels", "r_reading", "cut_points"),
            scored.rfm8,
        ),
        Scheme("segment_map", (), _MEASURES, ("segment_map", "quantiles", "cut_points"), scored.segments),
        Scheme(
            "behaviour",
            BEHAVIOUR,
            (*_MEASURES, "tenure_days"),
            ("behaviour_order", "new_days", *_MANY, *_LAPSE, "cut_points"),
            buying.behaviour,
        ),
        Scheme(
            "case4",
            buying.CASE4,
            (*_MEASURES, "tenure_days"),
            ("new_days", *_MANY, *_LAPSE, "cut_points"),
            buying.case4,
        ),
        Scheme("frequency", buying.FREQUENCY, ("n_orders",), (*_MANY, "cut_points"), buying.frequency),
        Scheme(
            "frequency_once",
            buying.FREQUENCY_ONCE,
            ("n_orders",),
            (*_MANY, "cut_points"),
            buying.frequency_once,
        ),
        Scheme(
            "tenure",
            buying.TENURE,
            ("n_orders", "tenure_days"),
            ("new_days", "loyal_days", *_MANY, "cut_points"),
            buying.tenure,
        ),
        Scheme(
            "loyalty",
            buying.LOYALTY,
            ("n_orders", "recency_days", "(feedback.recommend)"),
            (*_LAPSE, "cut_points"),
            buying.loyalty,
        ),
        Scheme(
            "value3", worth.VALUE3, ("value.clv",), ("value3_by", "abc_shares", "cut_points"), worth.value3
        ),
        Scheme(
            "rules002",
            buying.RULES002,
            (
                *("recency_days", "n_orders", "as_of"),
                *("customers.age", "customers.registered_on", "feedback.satisfaction"),
            ),
            _RULES002,
            buying.rules002,
        ),
        Scheme("abc", worth.ABC, ("spend",), ("abc_shares", "cut_points"), worth.abc),
        Scheme(
            "basic",
            (),
            ("customers.age|customers.gender",),
            ("basic_ages",),
            people.basic,
            of_everyone=True,
        ),
        Scheme(
            "geography",
            (),
            ("customers.city_tier|customers.area|region",),
            ("geography_by",),
            people.geography,
            of_everyone=True,
        ),
    )
}


def case(
    features: pd.DataFrame,
    rfm: pd.DataFrame,
    cuts: pd.DataFrame,
    rules: SchemeRules = SchemeRules(),
    *,
    words: Words,
    segments: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    feedback: pd.DataFrame | None = None,
    value: pd.DataFrame | None = None,
    as_of: datetime.date | None = None,
    may_be_unnamed: bool = False,
) -> Case:
    """What the rules look at; the parameters are the fields of ``Case``.

    ``may_be_unnamed`` is for an earlier day: a map with holes that holds all customers of today may not hold those of then.

    Raises TableError when ``features`` lacks a column, or ``rfm`` holds other customers than ``features``.
    """
    buyers = scores.scored(features)
    if not text(buyers["customer_id"]).equals(text(rfm["customer_id"])):
        raise TableError(
            f"rfm: expected the {len(buyers):,} customers of features that are scored, got {len(rfm):,}"
        )
    nothing = pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    everyone = (
        features.sort_values("customer_id", ignore_index=True) if len(buyers) < len(features) else buyers
    )
    return Case(
        everyone=everyone,
        rfm=rfm.reset_index(drop=True),
        cuts=cuts,
        rules=rules,
        words=words,
        segments=segment_map.shipped() if segments is None else segments,
        customers=nothing if customers is None else customers,
        feedback=nothing if feedback is None else feedback,
        value=nothing if value is None else value,
        as_of=as_of,
        may_be_unnamed=may_be_unnamed,
    )


def columns(table: str) -> list[str]:
    """What schemes look at in a table of the data (``customers``, ``feedback``): who reads it need not read the rest."""
    needs = {
        need
        for scheme in SCHEMES.values()
        for several in scheme.needs
        for need in several.strip("()").split("|")
    }
    found = sorted(need.partition(".")[2] for need in needs if need.startswith(f"{table}."))
    return ["customer_id", *found]


def lacking(scheme: Scheme, known: Case) -> list[str]:
    """What a scheme needs and the data do not tell; no scheme with something in this list is computed."""
    needs = scheme.needs
    if "lapse_by" in scheme.settings and known.rules.lapse_by == "p_alive":
        needs = (*needs, "value.p_alive")
    if scheme.id == "geography" and known.rules.geography_by in ("city_tier", "area"):
        needs = (f"customers.{known.rules.geography_by}",)
    return known.lacking(needs)


def label(known: Case, *, reasons: bool = True) -> pd.DataFrame:
    """One label of each scheme that can be computed for each customer, with the reason.

    The reason is told in the language of the case, since it is read beside the label by whoever holds the export; the
    label itself is a stable key in any language. Without ``reasons``, as for an earlier day that is only counted, there is no
    such column.

    Returns
    -------
    one row per scheme and customer, schemes in the order of ``SCHEMES``, customers by id
        ``customer_id``, ``scheme``, ``label``, ``reason``; scheme and reason are categories, by name, since so many rows repeat so
        few texts. Who is not scored is labelled ``prospect`` or ``refunds_only``, but for schemes about people, which need no orders.

    Raises
    ------
    SettingsError
        The map has a hole into which a customer falls.
    """
    ids = text(known.everyone["customer_id"])
    computed, labels, told = _computed(known, reasons)
    # Reasons first: put together they take the most room for a moment.
    reason = {"reason": _categories(told)} if reasons else {}
    del told
    columns = {
        "customer_id": _texts([ids] * len(computed)),
        "scheme": _categories([same(scheme, len(ids)) for scheme in computed]),
        "label": _texts([one.dictionary_decode() for one in labels]),
    }
    return pd.DataFrame(columns | reason)


def _computed(
    known: Case, reasons: bool
) -> tuple[list[str], list[pa.DictionaryArray], list[pa.DictionaryArray]]:
    """Schemes, and the labels and reasons of each; schemes that are told by the same reasons have the same array."""
    # Of buyers the place is not used.
    place = pc.fill_null(pc.index_in(text(known.everyone["status"]), text(UNSCORED)), 0)
    apart = coded(place, UNSCORED)
    apart_told = coded(place, [known.words(f"reason.{status}") for status in UNSCORED])

    def of_all(
        scheme: Scheme, scored_ones: pa.DictionaryArray, others: pa.DictionaryArray
    ) -> pa.DictionaryArray:
        return scored_ones if scheme.of_everyone else placed(known.is_buyer, scored_ones, others)

    computed, labels, told, shared = [], [], [], {}
    for scheme in SCHEMES.values():
        if lacking(scheme, known):
            continue
        named = scheme.rule(known)
        computed.append(scheme.id)
        labels.append(of_all(scheme, named.label, apart))
        key = (named.reason, scheme.of_everyone)
        if reasons and key not in shared:
            shared[key] = of_all(scheme, named.reason(known), apart_told)
        told.append(shared.get(key))
    return computed, labels, told


def _texts(chunks: list[pa.Array]):
    return TEXT.__from_arrow__(pa.chunked_array(chunks, pa.large_string()))


def _categories(chunks: list[pa.DictionaryArray]) -> pd.Categorical:
    """One column of chunks that each know their own texts."""
    if not chunks:
        return pd.Categorical.from_codes([], pd.Index([], dtype="str"))
    own = {id(chunk): chunk.dictionary for chunk in chunks}  # schemes may share a chunk
    # Texts of several chunks may be the same, and so may two of one (numbers that are told rounded).
    texts = pa.concat_arrays([*own.values()]).dictionary_encode()
    place = texts.indices.to_numpy()
    ends = itertools.accumulate(map(len, own.values()), initial=0)
    places = {which: place[start:] for which, start in zip(own, ends, strict=False)}
    codes = [places[id(chunk)][chunk.indices.to_numpy()] for chunk in chunks]
    return pd.Categorical.from_codes(np.concatenate(codes), pd.Index(_texts([texts.dictionary])))
