"""Shares of brands in what people buy and in the market, where they are going, and what they cost in marketing."""

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, theilslopes

from custkit import schema, stats
from custkit.competitor.brands import respondent_keys, text
from custkit.competitor.periods import PER_YEAR, ordered
from custkit.settings import CompetitorRules

_FEWEST = 3  # periods that a trend takes at the least


def brand_shares(brand_use: pd.DataFrame, market: pd.DataFrame) -> pd.DataFrame:
    """Shares of brands: of what respondents say they buy (source ``use``), and of market sales (source ``market``).

    Each respondent counts once, split by ``share_of_purchases``, or evenly over the brands named where none is
    above zero. A market share is of all sales in ``market``, period by period, and is never guessed from own orders.
    Where a total is zero, or a period of the market names one brand only, the share is empty.

    Returns
    -------
    one row per source, period and brand, sorted by source, time and brand
        ``period_no`` the place in time, 0 where periods cannot be put in order (unreadable, or years beside
        quarters); ``share_change`` against the period right before, empty without one.

    Raises
    ------
    TableError
        A table lacks ``respondent_id``, ``brand`` or ``period``.
    """
    shares = pd.concat([_use(brand_use), sales(market)], ignore_index=True)
    shares = shares.sort_values(["source", "period_no", "period", "brand"], ignore_index=True)
    by_period = shares.groupby(["source", "period"])["value"]
    total, brands = by_period.transform("sum"), by_period.transform("size")
    known = (total > 0) & ((shares["source"] == "use") | (brands > 1))
    shares = shares.assign(share=shares["value"] / total.where(known))
    key = ["source", "brand", "period_no"]
    timed = shares[shares["period_no"] > 0]
    before = timed.assign(period_no=timed["period_no"] + 1).set_index(key)["share"]
    change = shares["share"].to_numpy() - before.reindex(pd.MultiIndex.from_frame(shares[key])).to_numpy()
    return schema.frame("brand_shares", shares.assign(share_change=change))


def trends(market: pd.DataFrame, own: str, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """Where the market share of each brand is going: all regions of ``market`` together, and the own brand by region.

    A trend is ``rising`` or ``falling`` when Mann and Kendall's test of share against time has a p-value below
    1 - ``rules.claim_level`` (exact for short series; Holm's correction over the brands of the market, and over the
    regions of the own brand) and the share moved by ``rules.share_threshold`` or more from the first year to the
    last; else ``steady``. The test takes a period's deviation for a draw of its own. A market in which a brand lacks
    the sales of some period, in a region, is ``untested``: the others would seem to lose when it appears.

    Parameters
    ----------
    market : as it comes in
    own : brand; empty: no rows by region

    Returns
    -------
    one row per brand, own first, then by name; then one per region (``region`` empty: all together)
        ``share_first`` and ``share_last`` over the first and last year, or, with less than two years, of the first
        and last period; ``share_change`` between them; ``share_change_short`` from four periods before the last
        (``rules.short_periods``); ``share_slope`` per period by Theil and Sen; ``place`` by size of the change
        within the verdict.

    Source
    ------
    Mann (1945), *Econometrica* 13, 245-259; Kendall (1975), *Rank Correlation Methods*; Sen (1968), *JASA* 63, 1379-1389.
    """
    whole = _trends(market, "", rules)
    whole = _tested(
        whole.assign(is_own=whole["brand"] == own).sort_values(["is_own", "brand"], ascending=[False, True]),
        rules,
    )
    names = text(market, "region")
    regions = sorted(set(names) - {""})
    parts = (
        [_trends(market[names == region], region, rules) for region in regions] if len(regions) > 1 else []
    )
    owned = [part[part["brand"] == own].assign(is_own=True) for part in parts if own]
    by_region = _tested(pd.concat(owned, ignore_index=True), rules) if owned else whole.iloc[:0]
    made = pd.concat([table for table in (whole, by_region) if len(table)]) if len(whole) else whole
    return schema.frame("brand_trends", made)


def voice(market: pd.DataFrame, own: str = "") -> pd.DataFrame:
    """Share of marketing money beside share of sales, over the last year of ``market`` (or all of it, where shorter).

    A brand without ``marketing`` in these periods has no share of voice, and no other has one either: without it
    the whole is not known. These are the figures of the table, not a sample: nothing is tested, and a brand may be
    loud because it is small or new.

    Returns
    -------
    one row per brand, largest ``share_of_market`` first; none without order in time or without marketing
        ``share_ahead`` share of voice less share of market; ``sales_per_marketing`` sales for each unit of marketing.
    """
    money = _money(market, ["sales", "marketing"])
    latest = money[money["number"] > money["number"].max() - _year(money)]
    complete = len(latest) and latest.groupby("period")["brand"].nunique().eq(latest["brand"].nunique()).all()
    known = complete and latest["marketing"].notna().all() and latest["number"].min() > 0
    by_brand = latest.groupby("brand", as_index=False)[["marketing", "sales"]].sum()
    totals = by_brand[["marketing", "sales"]].sum()
    if not known or len(by_brand) < 2 or not (totals > 0).all():
        return schema.empty("brand_voice")
    by_brand = by_brand.assign(
        is_own=by_brand["brand"] == own,
        first_period=latest.loc[latest["number"].idxmin(), "period"],
        last_period=latest.loc[latest["number"].idxmax(), "period"],
        share_of_voice=by_brand["marketing"] / totals["marketing"],
        share_of_market=by_brand["sales"] / totals["sales"],
        sales_per_marketing=by_brand["sales"] / by_brand["marketing"].where(by_brand["marketing"] > 0),
    )
    by_brand["share_ahead"] = by_brand["share_of_voice"] - by_brand["share_of_market"]
    return schema.frame(
        "brand_voice", by_brand.sort_values(["share_of_market", "brand"], ascending=[False, True])
    )


def sales(market: pd.DataFrame) -> pd.DataFrame:
    """Sales of each brand in each period, regions together: source, period, period_no, brand, value."""
    known = _money(market, ["sales"])
    summed = known.groupby(["period", "number", "brand"], as_index=False)["sales"].sum()
    return summed.rename(columns={"sales": "value", "number": "period_no"}).assign(source="market")


def _money(market: pd.DataFrame, amounts: list[str]) -> pd.DataFrame:
    """Rows of the market with sales: period in one spelling, its number and kind, brand and amounts, regions summed."""
    schema.require(market, ["period", "brand"], "market")
    rows = pd.DataFrame({"period": text(market, "period"), "brand": text(market, "brand")})
    for amount in amounts:
        given = market[amount] if amount in market else pd.Series(np.nan, index=market.index)
        rows[amount] = pd.to_numeric(given).astype("float64")
    rows = rows[rows["sales"].notna() & (rows["period"] != "") & (rows["brand"] != "")].reset_index(drop=True)
    rows = rows.drop(columns="period").join(ordered(rows["period"]))
    rows = rows.sort_values(["number", "period", "brand", *amounts])
    return rows.groupby(["number", "kind", "period", "brand"], as_index=False)[amounts].sum(min_count=1)


def _year(money: pd.DataFrame) -> int:
    """Periods of one year."""
    return PER_YEAR.get(money["kind"].iloc[0], 1) if len(money) else 1


def _trends(market: pd.DataFrame, region: str, rules: CompetitorRules) -> pd.DataFrame:
    money = _money(market, ["sales"])
    rows = []
    if len(money) and money["number"].min() > 0 and money["brand"].nunique() > 1:
        wide = money.pivot(index="number", columns="brand", values="sales")
        names = money.drop_duplicates("number").set_index("number")["period"]
        year = _year(money) if len(wide) >= 2 * _year(money) else 1
        complete = len(wide) >= _FEWEST and _has_no_hole(market)
        rows = [_trend(brand, wide, names, year, rules) | {"complete": complete} for brand in wide]
    return pd.DataFrame(rows, columns=[*_TREND]).assign(region=region)


def _has_no_hole(market: pd.DataFrame) -> bool:
    """Whether each brand has sales, be they 0, in every period of every region."""
    given = market[pd.to_numeric(market["sales"]).notna()].reset_index(drop=True)
    cells = pd.DataFrame({name: text(given, name) for name in ("brand", "region")})
    cells["period"] = ordered(text(given, "period"))["period"]
    return len(cells.drop_duplicates()) == cells.nunique().prod()


_TREND = (
    "brand", "n_periods", "first_period", "last_period", "share_first", "share_last", "share_change",
    "share_change_short", "share_slope", "p", "complete",
)  # fmt: skip


def _trend(brand: str, wide: pd.DataFrame, names: pd.Series, year: int, rules: CompetitorRules) -> dict:
    shares = _share(wide, brand)
    first, last = (
        _share(part.sum().to_frame().T, brand).iloc[0] for part in (wide.iloc[:year], wide.iloc[-year:])
    )
    known = shares.dropna().round(12)  # a share that only floats part is a tie
    moves = known.nunique() > 1
    return {
        "brand": brand,
        "n_periods": len(shares),
        "first_period": names.iloc[0],
        "last_period": names.iloc[-1],
        "share_first": first,
        "share_last": last,
        "share_change": last - first,
        "share_change_short": shares.iloc[-1] - shares.get(shares.index[-1] - rules.short_periods, np.nan),
        "share_slope": theilslopes(known, known.index).slope if moves else 0.0,
        "p": kendalltau(known.index, known).pvalue if moves else 1.0,
    }


def _share(wide: pd.DataFrame, brand: str) -> pd.Series:
    total = wide.sum(axis=1)
    return wide[brand] / total.where(total > 0)


def _tested(table: pd.DataFrame, rules: CompetitorRules) -> pd.DataFrame:
    """Verdicts, corrected over the rows of the table."""
    tested = table["complete"].astype("bool") & table["share_change"].notna()
    table = table.assign(p_adjusted=np.nan)
    table.loc[tested, "p_adjusted"] = stats.holm(table.loc[tested, "p"])
    size = table["share_change"].abs()
    clear = tested & (table["p_adjusted"] < 1 - rules.claim_level) & (size >= rules.share_threshold)
    up = table["share_slope"] > 0
    agrees = (table["share_change"] > 0) == up
    verdict = np.select(
        [~tested, clear & agrees & up, clear & agrees], ["untested", "rising", "falling"], "steady"
    )
    table = table.assign(verdict=verdict)
    by_size = table.assign(size=size).sort_values(["size", "region", "brand"], ascending=[False, True, True])
    return table.assign(place=by_size.groupby("verdict").cumcount() + 1)


def _use(brand_use: pd.DataFrame) -> pd.DataFrame:
    shares = purchases(brand_use)
    by_brand = shares.groupby("brand", as_index=False)["share"].sum().rename(columns={"share": "value"})
    return by_brand.assign(source="use", period="", period_no=0)


def purchases(brand_use: pd.DataFrame) -> pd.DataFrame:
    """How each respondent's purchases are split over brands: respondent, brand, share; sorted by both.

    ``share_of_purchases`` in parts of its sum; evenly over the brands named where none is above zero.
    """
    schema.require(brand_use, ["respondent_id", "brand"], "brand_use")
    use = pd.DataFrame({"respondent": respondent_keys(brand_use), "brand": text(brand_use, "brand")})
    given = (
        brand_use["share_of_purchases"]
        if "share_of_purchases" in brand_use
        else pd.Series(np.nan, index=brand_use.index)
    )
    use["given"] = pd.to_numeric(given).astype("float64").fillna(0.0).clip(lower=0)
    use = use[(use["respondent"] != "") & (use["brand"] != "")]
    use = use.sort_values(["respondent", "brand", "given"])
    use = use.groupby(["respondent", "brand"], as_index=False)["given"].sum()
    total = use.groupby("respondent")["given"].transform("sum")
    named = use.groupby("respondent")["brand"].transform("size")
    return use.assign(share=(use["given"] / total.where(total > 0)).fillna(1 / named))
