"""How each region differs from the others, in level or in behaviour, and whether by more than chance."""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import dictionary, schema, stats
from custkit.settings import ContrastRules

YEAR = 365  # days: a buyer is judged by what a year could have shown, and rates are of a year
_DRAWS = 4000  # of the regions' values, for the doubt that the typical value carries itself
_SEED = 2026


@dataclass(frozen=True)
class Measure:
    """What regions are compared in.

    ``nature``: level (how much) or behaviour (what customers do); ``unit``: money, days, rate, share or answer.
    """

    name: str
    nature: str
    unit: str


MEASURES = (
    Measure("avg_order_value", "level", "money"),
    Measure("orders_per_year", "behaviour", "rate"),
    Measure("share_lapsed", "behaviour", "share"),
    Measure("recency_days", "behaviour", "days"),
    Measure("share_one_order", "behaviour", "share"),
    Measure("share_online", "behaviour", "share"),
    Measure("change_of_online", "behaviour", "share"),
    Measure("share_refunded", "behaviour", "share"),
    Measure("share_discounted", "behaviour", "share"),
    Measure("satisfaction", "behaviour", "answer"),
    Measure("complaints_per_100_orders", "behaviour", "rate"),
)
_ANSWERS = (1, 5)  # the scale of satisfaction
_BOUNDS = {
    "share": (0.0, 1.0),
    "answer": _ANSWERS,
    "money": (-np.inf, np.inf),
}  # of an interval; money in logarithms


def region_contrasts(
    features: pd.DataFrame,
    periods: pd.DataFrame,
    feedback: pd.DataFrame,
    *,
    as_of: datetime.date | None,
    region: str = schema.WHOLE,
    rules: ContrastRules = ContrastRules(),
) -> pd.DataFrame:
    """Every region against the typical one, measure by measure.

    A region's value is a mean, a share or a quotient of sums over its customers; customers are the unit, so that one
    who buys often counts as one when the doubt is reckoned. The typical value is the median of the values of all
    regions with ``rules.region_min_customers`` of them: no single region can drag it. With two regions it lies half-way.
    The deviation behind an interval is the region's own or that of all customers, whichever is larger: few customers who
    all did the same are no certainty, and a region that happens to lack the giants of the others is no exception. The
    doubt of the typical value itself is drawn (4,000 normal draws of every region's value, seeded).

    Parameters
    ----------
    features, periods, feedback : of all regions; ``feedback`` and the channels of ``periods`` may be empty: their
        measures are then left out
    as_of : day to count back from; None leaves out what needs it
    region : whose rows are returned; every region takes part in the comparison and in the correction
    rules : ContrastRules

    Returns
    -------
    one row per region and measure that any region has, by region and in the order of ``MEASURES``
        ``value`` with its interval ``value_low``, ``value_high``, ``typical``, ``whole`` (of all customers together);
        ``difference`` to the typical value with its interval ``low``, ``high``, ``relative`` to it (not of shares and
        answers, whose difference is in points);
        ``p`` (two-sided, Student), ``p_adjusted`` (Holm, over all regions and measures), ``n`` customers, ``verdict``:
        ``higher`` or ``lower`` where the difference is beyond chance and as large as the rules ask, else ``par``;
        ``too_few`` where it is not compared. Intervals are of ``rules.region_level``, each for itself.
    """
    schema.require(features, ["customer_id", "region", "status"], "features")
    people = features.sort_values("customer_id").set_index("customer_id")
    terms = _terms(people, periods, feedback, as_of, rules)
    found = [
        _compared(measure, terms[measure.name], people["region"], rules)
        for measure in MEASURES
        if measure.name in terms
    ]
    if not found:
        return schema.empty("region_contrasts")
    table = pd.concat(found, ignore_index=True)
    table["p_adjusted"] = np.nan
    tried = table["p"].notna()
    table.loc[tried, "p_adjusted"] = stats.holm(table.loc[tried, "p"])
    beyond = (table["p_adjusted"] < 1 - rules.region_level) & table["is_large"]
    table["verdict"] = np.select(
        [~tried, beyond & (table["difference"] > 0), beyond], ["too_few", "higher", "lower"], "par"
    )
    own = table if region == schema.WHOLE else table[table["region"] == region]
    return schema.frame("region_contrasts", own.sort_values("region", kind="stable").to_dict("list"))


def leading(contrasts: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The most certain differences of ``region_contrasts`` first (ties: region, then measure), for the eye."""
    schema.require(contrasts, ["region", "measure", "p", "p_adjusted"], "region_contrasts")
    ordered = contrasts.sort_values(["p_adjusted", "p", "region", "measure"], ignore_index=True)
    told = ("region", "measure", "nature", "value", "typical", "difference", "low", "high", "p_adjusted", "n")
    return ordered.head(rows)[[*told, "verdict"]]


def region_verdicts(features: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """What kind of difference each region shows, in one row.

    Parameters
    ----------
    features : of the regions in question
    contrasts : ``region_contrasts`` of the same regions

    Returns
    -------
    one row per region with a customer, by name
        ``nature``: ``behaviour`` (in at least one measure of it), ``level_only``, ``none``, or ``too_few`` where nothing
        could be compared; ``n_measures`` compared, ``n_different`` among them, ``customers``, ``buyers``.
    """
    schema.require(features, ["region", "status"], "features")
    schema.require(contrasts, ["region", "nature", "verdict"], "region_contrasts")
    people = features.groupby("region").agg(
        customers=("status", "size"), buyers=("status", lambda status: (status == "buyer").sum())
    )
    marked = contrasts.assign(
        tried=contrasts["verdict"] != "too_few", differs=contrasts["verdict"].isin(["higher", "lower"])
    )
    marked["acts"] = marked["differs"] & (marked["nature"] == "behaviour")
    counts = marked.groupby("region")[["tried", "differs", "acts"]].sum().reindex(people.index, fill_value=0)
    nature = np.select(
        [counts["tried"] == 0, counts["acts"] > 0, counts["differs"] > 0],
        ["too_few", "behaviour", "level_only"],
        "none",
    )
    summed = people.assign(nature=nature, n_measures=counts["tried"], n_different=counts["differs"])
    return schema.frame("region_verdicts", summed.reset_index().to_dict("list"))


def _terms(
    people: pd.DataFrame,
    periods: pd.DataFrame,
    feedback: pd.DataFrame,
    as_of: datetime.date | None,
    rules: ContrastRules,
) -> dict[str, list[pd.DataFrame]]:
    """For each measure that there are data for, one or two tables of customers with ``y`` and ``x``.

    The value is sum of y / sum of x; of two tables, the first less the second.
    """
    buyers = people[people["status"] == "buyer"]
    old = buyers[buyers["age_days"] >= YEAR]
    terms = {
        "avg_order_value": [_pairs(buyers["spend"], buyers["n_orders"])],
        "orders_per_year": [_pairs(buyers["repeat_orders"], buyers["age_days"] / YEAR)],
        "share_lapsed": [_pairs(old["recency_days"] > rules.lapsed_days)],
        "recency_days": [_pairs(buyers["recency_days"])],
        "share_one_order": [_pairs(old["n_orders"] == 1)],
    }
    if (people["n_refunds"] > 0).any():
        terms["share_refunded"] = [_pairs(people["gross_spend"] - people["spend"], people["gross_spend"])]
    if "discount" in people:
        terms["share_discounted"] = [_pairs(people["discount"], people["gross_spend"] + people["discount"])]
    if as_of is not None:
        terms |= _online(people, periods, as_of)
    known = feedback[feedback["customer_id"].isin(people.index)]
    known = known.reindex(columns=["customer_id", "kind", "satisfaction"])  # data need not tell both
    answers = known.dropna(subset=["satisfaction"]).groupby("customer_id")["satisfaction"].mean()
    terms["satisfaction"] = [_pairs(answers)]
    complaints = known[dictionary.canonical("feedback.kind", known["kind"]) == "complaint"]
    if len(complaints):
        counts = complaints["customer_id"].value_counts().reindex(buyers.index, fill_value=0)
        terms["complaints_per_100_orders"] = [_pairs(100 * counts, buyers["n_orders"])]
    return {name: tables for name, tables in terms.items() if len(tables[0])}


def _online(people: pd.DataFrame, periods: pd.DataFrame, as_of: datetime.date) -> dict:
    """The share of orders made online in the last twelve months, and its change against the twelve before."""
    last = pd.Timestamp(as_of).replace(day=1)
    placed = periods[(periods["n_orders"] > 0) & periods["customer_id"].isin(people.index)]
    side = dictionary.canonical("orders.channel", placed["channel"])
    placed = placed.assign(online=placed["n_orders"].where(side == "online", 0.0))[side.notna()]
    begins = [last - pd.DateOffset(months=months) for months in (11, 23)]
    sums = [
        placed[placed["month"].between(begin, begin + pd.DateOffset(months=11))]
        .groupby("customer_id")[["online", "n_orders"]]
        .sum()
        for begin in begins
    ]
    now, before = (_pairs(table["online"], table["n_orders"]) for table in sums)
    terms = {"share_online": [now]} if len(now) else {}
    if len(now) and len(before) and periods["month"].min() <= begins[1]:
        both = now.index.union(before.index)
        terms["change_of_online"] = [table.reindex(both, fill_value=0.0) for table in (now, before)]
    return terms


def _pairs(y: pd.Series, x: pd.Series | None = None) -> pd.DataFrame:
    table = pd.DataFrame({"y": y.astype(float), "x": 1.0 if x is None else x.astype(float)})
    return table[(table["x"] > 0) & table["y"].notna()].sort_index()


def _compared(
    measure: Measure, tables: list[pd.DataFrame], regions: pd.Series, rules: ContrastRules
) -> pd.DataFrame:
    """Rows of one measure, all but the correction and the verdict; ``is_large``: large enough to matter."""
    lowest, highest = _BOUNDS.get(measure.unit, (0.0, np.inf)) if len(tables) == 1 else (-1.0, 1.0)
    estimated = _estimated(tables, regions.reindex(tables[0].index), measure.unit == "money")
    big = estimated[(estimated["n"] >= rules.region_min_customers) & estimated["at"].notna()]
    table = estimated.assign(typical=np.nan, spread=np.nan)
    if len(big) > 1:
        drawn = np.random.default_rng(_SEED).standard_normal((_DRAWS, len(big)))
        drawn = big["at"].to_numpy() + big["error"].to_numpy() * drawn
        apart = drawn - np.median(drawn, axis=1, keepdims=True)
        table["typical"] = big["at"].median()
        table.loc[big.index, "spread"] = apart.std(axis=0, ddof=1)
    gap = table["at"] - table["typical"]
    wide = distributions.t.ppf(0.5 + rules.region_level / 2, (table["n"] - 1).clip(lower=1))
    back = np.exp if measure.unit == "money" else np.asarray  # money is compared in logarithms
    typical = back(table["typical"])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.isclose(gap, 0, atol=1e-12), 0.0, np.abs(gap) / table["spread"])
        relative = ((table["value"] - typical) / np.abs(typical)).replace([np.inf, -np.inf], np.nan)
    p = pd.Series(2 * distributions.t.sf(z, (table["n"] - 1).clip(lower=1)), index=table.index)
    in_points_of_scale = measure.unit in ("share", "answer")
    if in_points_of_scale:
        span = _ANSWERS[1] - _ANSWERS[0] if measure.unit == "answer" else 1
        is_large = gap.abs() / span >= rules.region_min_points
    else:  # of a typical value of nought (no complaint anywhere else) every difference is large
        is_large = ~(relative.abs() < rules.region_min_relative)
    return table.assign(
        region=table.index,
        measure=measure.name,
        nature=measure.nature,
        unit=measure.unit,
        value_low=back((table["at"] - wide * table["error"]).clip(lower=lowest)),
        value_high=back((table["at"] + wide * table["error"]).clip(upper=highest)),
        typical=typical,
        difference=table["value"] - typical,
        low=back(table["typical"] + gap - wide * table["spread"]) - typical,
        high=back(table["typical"] + gap + wide * table["spread"]) - typical,
        # A share's relation to another says little, a change's to another nothing.
        relative=np.nan if in_points_of_scale else relative,
        p=p.where(table["spread"].notna()),
        is_large=is_large,
    )


def _estimated(tables: list[pd.DataFrame], regions: pd.Series, in_logarithms: bool) -> pd.DataFrame:
    """Each region's value, where it stands on the scale of the comparison (``at``), its standard ``error`` and ``n``.

    A quotient of sums is linearised: a customer's influence is (y - value * x) / mean of x (Cochran 1977, *Sampling
    Techniques*, 6.3); in logarithms it is divided by the value.
    """
    whole, of_all = _influence(tables, pd.Series("", regions.index))
    value, influence = _influence(tables, regions)
    people = influence.groupby(regions)
    n = people.size()
    deviation = np.sqrt((influence**2).groupby(regions).sum() / (n - 1).clip(lower=1))
    total = np.sqrt((of_all**2).sum() / max(len(of_all) - 1, 1))
    table = pd.DataFrame({"n": n, "value": value, "whole": whole.iloc[0]})
    if in_logarithms:
        above = (table["value"] > 0) & (table["whole"] > 0)
        deviation, total = deviation / value.where(above), total / table["whole"].where(above)
        table["at"] = np.log(table["value"].where(above))
    else:
        table["at"] = table["value"]
    return table.assign(error=np.maximum(deviation, total) / np.sqrt(n))


def _influence(tables: list[pd.DataFrame], regions: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The value of each region, and how far each customer moves it, times the number of customers."""
    values, influences = [], []
    for table in tables:
        sums = table.groupby(regions)[["y", "x"]].sum()
        value = sums["y"] / sums["x"].where(sums["x"] > 0)
        mean = table["x"].groupby(regions).transform("mean")
        values.append(value)
        influences.append((table["y"] - regions.map(value) * table["x"]) / mean)
    if len(tables) == 1:
        return values[0], influences[0]
    return values[0] - values[1], influences[0] - influences[1]
