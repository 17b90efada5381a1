"""What the customers of each label hold, in heads and in money, and the sentences of notebook 03."""

import functools
from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit import schema
from custkit.labels import by_scheme
from custkit.schemes.registry import SCHEMES
from custkit.settings import ScoreRules
from custkit.words import Words

# The names of custkit's own map for those who were worth much and went quiet.
_BOTH_QUIET = {"at_risk", "cannot_lose"}
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the order of rows
_COLUMNS = {
    "scheme": "str",
    "label": "str",
    "is_scored": "bool",
    "customers": "int64",
    "share_of_customers": "float64",
    "n_orders": "int64",
    "spend": "float64",
    "share_of_spend": "float64",
    "median_recency_days": "float64",
    "median_orders": "float64",
    "median_spend": "float64",
}


def segments(features: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Customers, orders and spend of each label, and its shares.

    Parameters
    ----------
    features : one row per customer
        ``customer_id``, ``status``, ``recency_days``, ``n_orders``, ``spend`` (net of refunds).
    labels : one row per scheme and customer
        ``customer_id``, ``scheme``, ``label``.

    Returns
    -------
    one row per scheme and label that a customer has, schemes as in ``labels``, labels by spend (then customers, name)
        ``customers``, ``n_orders`` and ``spend`` add up to those of all customers, region by region. The two shares are
        shares of those whom the scheme is about (``is_scored``): of buyers, so that prospects and refunds-only customers, listed
        last, have none; of everyone where a scheme needs no orders; nor is there a share of a spend that is not above zero in all.

    Raises
    ------
    TableError
        A column is missing, or a scheme does not label each customer exactly once.
    """
    schema.require(features, ["customer_id", "status", "recency_days", "n_orders", "spend"], "features")
    if labels.empty:
        return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in _COLUMNS.items()})
    people = features[["recency_days", "n_orders", "spend"]].astype({"recency_days": float})
    is_buyer = features["status"] == "buyer"
    held = []
    # Scheme by scheme: the facts of all customers beside all their labels would be as many rows as labels.
    for place, (scheme, label) in enumerate(by_scheme(labels, features["customer_id"]).items()):
        of_everyone = scheme in SCHEMES and SCHEMES[scheme].of_everyone
        told = people.assign(label=label.astype("str"), is_scored=of_everyone | is_buyer)
        groups = told.groupby(["label", "is_scored"], as_index=False).agg(
            customers=("n_orders", "size"),
            n_orders=("n_orders", "sum"),
            spend=("spend", "sum"),
            median_recency_days=("recency_days", "median"),
            median_orders=("n_orders", "median"),
            median_spend=("spend", "median"),
        )
        held.append(groups.assign(scheme=scheme, place=place))
    table = pd.concat(held, ignore_index=True)
    table["spend"] = table["spend"].round(_MONEY_DECIMALS)
    totals = table[table["is_scored"]].groupby("scheme")[["customers", "spend"]].sum()
    for column in totals:
        total = table["scheme"].map(totals[column]).astype(float)
        table[f"share_of_{column}"] = (table[column] / total).where(table["is_scored"] & (total > 0))
    order = ["place", "is_scored", "spend", "customers", "label"]
    table = table.sort_values(order, ascending=[True, False, False, False, True], ignore_index=True)
    return table[[*_COLUMNS]].astype(_COLUMNS)


def findings(tables: dict[str, pd.DataFrame], rules: ScoreRules = ScoreRules()) -> list[dict]:
    """What 03 says of scores and classes, from the tables that it writes: rows for ``findings.frame``.

    Parameters
    ----------
    tables : ``rfm``, ``score_counts``, ``score_proof``, ``tier_basis``, ``rfm8_readings``, ``segments``, by name
    rules : ScoreRules
        A sentence says so where the cut points came with a file, or where the region was to be cut by itself and has
        too few customers.
    """
    parts = (
        (_of_scores, _of_proof, _of_tiers, _of_segments, _of_cells) if len(tables["rfm"]) else (_of_nobody,)
    )
    say = functools.partial(_say, tables)
    return [row for part in parts for row in part(tables, say, rules)]


def _say(tables: dict[str, pd.DataFrame], key: str, table: str, *where: tuple, **more) -> dict:
    return found.make(f"rfm_{key}", table, tables[table], where=list(where), **more)


def _of_nobody(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    yield say("nobody", "rfm", customers=("count",))


def _of_scores(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    yield say(
        "scored", "rfm", customers=("count",), orders=("sum", "n_orders"), days=("median", "recency_days")
    )
    apart = [("scheme", "==", "tier3"), ("is_scored", "==", False)]
    if not tables["segments"]["is_scored"].all():
        yield say("apart", "segments", *apart, customers=("sum", "customers"))
    if rules.cut_points == "region" and len(tables["rfm"]) < rules.min_customers:
        yield say("whole_cuts", "rfm", customers=("count",), given={"least": rules.min_customers})
    if rules.cut_points not in ("whole", "region"):
        file = rules.cut_points.replace("\\", "/").rsplit("/", 1)[-1]  # never the folder of a machine
        yield say("own_cuts", "rfm", customers=("count",), given={"file": file})
    counts, name = tables["score_counts"], {"measure": ("word", "measure", "label.measure.")}
    for measure, rows in counts.groupby("measure", sort=False):
        given = rows.loc[rows["customers"] > 0, "score"]
        own = ("measure", "==", measure)
        if len(given) == 1:
            score = ("score", "==", int(given.item()))
            yield say("one_score", "score_counts", own, score, **name, score=("only", "score"))
        elif not rows["can_occur"].all():
            possible = ("only", "scores_possible")
            yield say("few_values", "score_counts", own, ("score", "==", 1), **name, possible=possible)


def _of_proof(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    failed = tables["score_proof"]["counterexamples"].sum() > 0
    sums = {"compared": ("sum", "compared"), "counterexamples": ("sum", "counterexamples")}
    yield say("disproved" if failed else "proved", "score_proof", **sums)


def _of_tiers(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    shares = {"customers": ("only", "share_of_customers"), "spend": ("only", "share_of_spend")}
    tiers = tables["segments"].query("scheme == 'tier3' and is_scored and share_of_spend.notna()")
    for tier in tiers["label"]:
        row = [("scheme", "==", "tier3"), ("label", "==", tier)]
        yield say("tier", "segments", *row, label=("word", "label", "label.tier3."), **shares)
    yield say(
        "tier_basis",
        "tier_basis",
        ("part", "==", "contribution"),
        measure=("word", "measure", "label.measure."),
    )
    asked = ("part", "==", "satisfaction")
    known = tables["tier_basis"].query("part == 'satisfaction'")["customers"].item() > 0
    values = {"customers": ("only", "customers"), "share": ("only", "share_of_customers")} if known else {}
    yield say("satisfaction" if known else "no_satisfaction", "tier_basis", asked, **values)


def _of_segments(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    named = tables["segments"].query("scheme == 'segment_map' and is_scored and share_of_spend.notna()")
    if named.empty:
        return
    yield _of_segment(say, "top_segment", named["label"].iloc[0])
    usual = tables["rfm"]["recency_days"].median()
    is_quiet = (named["share_of_spend"] > named["share_of_customers"]) & (
        named["median_recency_days"] > usual
    )
    quiet = named.loc[is_quiet, "label"]
    if set(quiet) == _BOTH_QUIET:
        base = [("scheme", "==", "segment_map"), ("is_scored", "==", True)]
        others = [("label", "!=", label) for label in named.loc[~is_quiet, "label"]]
        shares = {"customers": ("share", "customers"), "spend": ("share", "spend")}
        yield say("cannot_lose", "segments", *base, *others, of=base, n=("sum", "customers"), **shares)
    more = {"n": ("only", "customers"), "days": ("only", "median_recency_days"), "given": {"usual": usual}}
    for label in quiet:
        yield _of_segment(say, "quiet_segment", label, **more)


def _of_segment(say, key: str, label: str, **values) -> dict:
    # A segment of a user's own map has no entry in the catalogue: it is called as they call it.
    ours = Words().has(f"label.segment_map.{label}")
    shares = {"customers": ("only", "share_of_customers"), "spend": ("only", "share_of_spend")}
    name = ("word", "label", "label.segment_map.") if ours else ("only", "label")
    row = [("scheme", "==", "segment_map"), ("label", "==", label)]
    return say(key, "segments", *row, label=name, **shares, **values)


def _of_cells(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    readings = tables["rfm8_readings"]
    if readings.loc[readings["changes"], "customers"].sum():
        customers = {"customers": ("sum", "customers"), "share": ("share", "customers")}
        yield say("readings", "rfm8_readings", ("changes", "==", True), **customers)
