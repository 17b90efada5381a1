"""The scorecard at a glance: one card for each brand, and what its scores did since the day before."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.competitor.brands import text
from custkit.settings import CompetitorRules

_SAID = ("price_level", "tier_served", "strategy_type")


def cards(
    means: pd.DataFrame,
    brands: pd.DataFrame,
    weights: pd.DataFrame,
    trends: pd.DataFrame,
    own: str = "",
    rules: CompetitorRules = CompetitorRules(),
) -> pd.DataFrame:
    """One card for each brand: where it says it stands, how it is seen, and what its way brought it.

    Parameters
    ----------
    means : ``brand_means``
    brands : scorecard; price level, tier served and strategy are the latest said (ties: first by name), those
        without source or date after the others
    weights : ``importance``
    trends : ``brand_trends``, for the share of the market and its change

    Returns
    -------
    one row per brand, own first, then the largest share of the market, then by name
        ``quality_score`` and ``price_score`` means of the attributes ``rules.quality_attribute`` and
        ``rules.price_attribute``; ``standing`` the weighted mean of ``standard`` over all attributes that weigh, empty
        where one lacks; ``ranked`` whether both scores count; ``share_change_short`` and ``share_change`` of the
        market over four periods and from the first year to the last; ``sources`` and ``as_of`` of what the scorecard
        says, empty where it says nothing or without source and date.
    """
    names = sorted({*means["brand"], *text(brands, "brand")} - {""})
    said = _said(brands).reindex(names)
    cells = means.pivot(index="brand", columns="attribute", values="mean_score").reindex(names)
    ranked = means.pivot(index="brand", columns="attribute", values="ranked").reindex(names)
    two = [rules.quality_attribute, rules.price_attribute]
    cells, ranked = (table.reindex(columns=sorted({*table.columns, *two})) for table in (cells, ranked))
    market = trends[trends["region"] == ""].set_index("brand").reindex(names)
    made = pd.DataFrame(
        {
            "brand": names,
            "is_own": [name == own for name in names],
            **{name: said[name].fillna("").to_numpy() for name in (*_SAID, "sources")},
            "as_of": said["as_of"].to_numpy(),
            "quality_score": cells[rules.quality_attribute].to_numpy(),
            "price_score": cells[rules.price_attribute].to_numpy(),
            "ranked": ranked[two].eq(True).all(axis=1).to_numpy(),
            "standing": _standing(means, weights).reindex(names).to_numpy(),
            "share_of_market": market["share_last"].to_numpy(),
            "share_change_short": market["share_change_short"].to_numpy(),
            "share_change": market["share_change"].to_numpy(),
        }
    )
    order = ["is_own", "share_of_market", "brand"]
    return schema.frame("brand_cards", made.sort_values(order, ascending=[False, False, True]))


def changes(brands: pd.DataFrame, own: str = "") -> pd.DataFrame:
    """What each score of the scorecard did between its two latest days; only scores with source and date count.

    Scores are judgements and no sample: a change is reported, not tested. Where the sources of the two days are
    not the same, the change may be theirs.

    Returns
    -------
    one row per brand and attribute with two days; own brand first, then by name, the largest change first
        ``place`` by size of the change, over the own brand and over the rivals.
    """
    cells = pd.DataFrame({name: text(brands, name) for name in ("brand", "attribute", "source")})
    days = brands["as_of"] if "as_of" in brands else pd.Series(pd.NaT, index=brands.index)
    cells = cells.assign(score=pd.to_numeric(brands["score"]).astype("float64"), as_of=pd.to_datetime(days))
    cells = cells[cells["score"].notna() & (cells["source"] != "") & cells["as_of"].notna()]
    key = ["brand", "attribute"]
    daily = cells.sort_values([*key, "as_of", "score"]).groupby([*key, "as_of"], as_index=False)
    daily = daily.agg(score=("score", "mean"), source=("source", lambda names: "; ".join(sorted(set(names)))))
    before = daily.groupby(key).shift()
    both = daily.assign(
        before_on=before["as_of"], before=before["score"], same_source=before["source"] == daily["source"]
    )
    latest = both[~both.duplicated(key, keep="last") & both["before"].notna()]
    latest = latest.assign(change=latest["score"] - latest["before"], is_own=latest["brand"] == own)
    latest = latest.assign(size=latest["change"].abs().round(12)).sort_values(
        ["size", *key], ascending=[False, True, True]
    )
    latest["place"] = latest.groupby("is_own").cumcount() + 1
    return schema.frame(
        "brand_changes", latest.sort_values(["is_own", "brand", "place"], ascending=[False, True, True])
    )


def _said(brands: pd.DataFrame) -> pd.DataFrame:
    """By brand, the latest words of each column, with sources and day of what counts."""
    told = pd.DataFrame({name: text(brands, name) for name in ("brand", "source", *_SAID)})
    days = brands["as_of"] if "as_of" in brands else pd.Series(pd.NaT, index=brands.index)
    told["as_of"] = pd.to_datetime(days)
    sourced = (told["source"] != "") & told["as_of"].notna()
    told = told.assign(sourced=sourced, age=-told["as_of"].where(sourced).astype("int64").where(sourced, 0))
    columns = {}
    for name in _SAID:
        words = told[told[name] != ""].sort_values(["sourced", "age", name], ascending=[False, True, True])
        columns[name] = words.drop_duplicates("brand").set_index("brand")[name]
    counts = told[sourced]
    latest = counts[counts["as_of"] == counts.groupby("brand")["as_of"].transform("max")]
    columns["sources"] = latest.groupby("brand")["source"].agg(lambda names: "; ".join(sorted(set(names))))
    columns["as_of"] = latest.groupby("brand")["as_of"].max()
    return pd.DataFrame(columns, index=sorted(set(told["brand"]) - {""}))


def _standing(means: pd.DataFrame, weights: pd.DataFrame) -> pd.Series:
    """Weighted mean of the standardised scores, empty for a brand that lacks one."""
    weight = weights[weights["importance"] > 0].set_index("attribute")["importance"]
    wide = means.pivot(index="brand", columns="attribute", values="standard").reindex(columns=weight.index)
    if weight.empty:
        return pd.Series(np.nan, index=wide.index)
    return (wide * (weight / weight.sum())).sum(axis=1, skipna=False)
