"""What brand tables say before brands are compared: attributes, means with their base, what matters, shares."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import InputRefused, SettingsError
from custkit.settings import CompetitorRules

# Columns of brand_ratings that hold numbers, yet say who answered, when or where, and not how a brand is seen.
_WHO = ("brand", "respondent_id", "customer_id", "region", "age", "gender", "weight")
_WHEN = ("wave", "period", "date", "as_of")
_ADDRESS = ("file", "sheet", "line")
NO_ATTRIBUTE = frozenset([*_WHO, *_WHEN, *_ADDRESS])

# Name and kind of each column of the tables that notebook 05 makes.
_YES = frozenset(["1", "true", "yes", "y", "own", "是", "自有", "本品牌"])
_NO = frozenset(["", "0", "false", "no", "n", "rival", "否", "竞品"])


def require_known(setting: str, given, known) -> None:
    """Raise SettingsError when a setting names something that the tables do not hold; the text lists what they do."""
    unknown = [name for name in given if name not in set(known)]
    if unknown:
        raise SettingsError(
            f"{setting}: no {', '.join(unknown)} in the brand tables; there are {', '.join(sorted(known))}"
        )


def columns_read(brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """How each column of the ratings is taken: as brand, respondent, attribute, or set aside.

    Attributes are ``rules.rating_attributes``, or else every column whose filled cells are all numbers, but for
    those of ``NO_ATTRIBUTE``. All else is set aside: a group, a date, a remark. Addresses of rows are not listed.

    Raises
    ------
    TableError, SettingsError
        There is no column ``brand``; or ``rules.rating_attributes`` names a column that is not there or no number.
    """
    schema.require(brand_ratings, ["brand"], "brand_ratings")
    if brand_ratings.empty:
        return _read([])
    numeric = [c for c in brand_ratings if c not in NO_ATTRIBUTE and _is_numeric(brand_ratings[c])]
    require_known("rating_attributes", rules.rating_attributes, numeric)
    kinds = {"brand": "brand", "respondent_id": "respondent"}
    kinds |= dict.fromkeys(rules.rating_attributes or numeric, "attribute")
    filled = brand_ratings.notna().sum()
    rows = [
        {
            "column": column,
            "read_as": kinds.get(column, "set_aside"),
            "answers": filled[column],
            "missing": len(brand_ratings) - filled[column],
        }
        for column in sorted(set(brand_ratings.columns) - set(_ADDRESS))
    ]
    return _read(rows)


def _read(rows: list[dict]) -> pd.DataFrame:
    kinds = {"column": "str", "read_as": "str", "answers": "int64", "missing": "int64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def attributes(brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> list[str]:
    """Names of the columns that are read as attributes, sorted."""
    read = columns_read(brand_ratings, rules)
    return read.loc[(read["read_as"] == "attribute") & (read["answers"] > 0), "column"].tolist()


def single_ratings(brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """One row per rating that was or could have been given: brand, respondent, attribute, rating (empty: no answer).

    A row without a ``respondent_id`` is a respondent of its own. The order does not depend on the order of the
    input, so that sums over it agree to the last bit.
    """
    wide = _wide(brand_ratings, rules)
    names = [column for column in wide if column not in ("brand", "respondent")]
    return wide.melt(["brand", "respondent"], names, "attribute", "rating")


def brand_means(
    brand_ratings: pd.DataFrame,
    brands: pd.DataFrame | None = None,
    rules: CompetitorRules = CompetitorRules(),
) -> pd.DataFrame:
    """The mean of each brand on each attribute, with its base.

    Ratings of respondents come first; an attribute that only the scorecard ``brands`` holds is added with its
    latest score (the mean of several of one day). A cell with fewer than ``rules.min_ratings`` ratings, or a score
    without source or date, is shown but not ``ranked``: nothing further is built on it.

    Returns
    -------
    one row per brand and attribute, sorted by both
        ``n`` ratings or scores behind ``mean_score``, ``missing`` without an answer, ``std_error`` (ratings only),
        ``span`` of all single values of the attribute, ``basis`` ratings or scorecard, ``standard``: the mean in
        standard deviations over the ranked brands (0 where all are equal, empty where not ranked), turned round
        where lower is better.

    Raises
    ------
    TableError, SettingsError
        A table lacks ``brand``, ``attribute`` or ``score``; see ``columns_read``.
    """
    rated = _rated(brand_ratings, rules)
    scored = _scored(brands) if brands is not None else schema.frame("brand_means", [])
    scored = scored[~scored["attribute"].isin(rated["attribute"])]
    means = pd.concat([rated, scored], ignore_index=True).sort_values(["brand", "attribute"])
    by_attribute = means["mean_score"].where(means["ranked"]).groupby(means["attribute"])
    spread = by_attribute.transform("std", ddof=0)
    distance = means["mean_score"] - by_attribute.transform("mean")
    standard = (distance / spread.where(spread > 1e-12)).fillna(0.0)
    standard = standard.where(~means["attribute"].isin(rules.lower_is_better), 0.0 - standard)
    return schema.frame("brand_means", means.assign(standard=standard.where(means["ranked"])))


def own_brand(
    brand_ratings: pd.DataFrame,
    brands: pd.DataFrame,
    *others: pd.DataFrame,
    rules: CompetitorRules = CompetitorRules(),
) -> str:
    """The brand that the others are compared with; empty where neither setting nor scorecard names exactly one.

    ``rules.own_brand`` goes before ``brands.is_own``. ``others`` are further tables with a column ``brand``.

    Raises
    ------
    SettingsError
        ``rules.own_brand`` is no brand of the tables, which do hold brands.
    InputRefused
        ``is_own`` holds a word that is neither yes nor no.
    """
    known = {name for table in (brand_ratings, brands, *others) for name in _text(table, "brand")}
    if rules.own_brand and known:
        require_known("own_brand", [rules.own_brand], known)
        return rules.own_brand
    marks = _text(brands, "is_own").str.lower().str.removesuffix(".0")  # 1 beside empty cells is read as 1.0
    unknown = sorted(set(marks) - _YES - _NO)
    if unknown:
        raise InputRefused(f"brands: is_own: expected yes or no, got {', '.join(unknown)}")
    own = set(_text(brands, "brand")[marks.isin(_YES)])
    return own.pop() if len(own) == 1 else ""


def importance(
    means: pd.DataFrame, brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """How much each attribute matters for ``rules.outcome_attribute``: weights that add up to 1.

    The weight is the correlation with the outcome over single ratings, after the mean of the brand is taken off
    both: what goes with a better outcome of one and the same brand. Negative ones weigh 0. It is an association,
    not a cause. Without an outcome, or where nothing goes with it, all attributes weigh the same (``derived`` is
    false). The outcome has no weight, and beside an outcome an attribute of the scorecard has none either.

    Returns
    -------
    one row per attribute, the heaviest first (``place`` 1)

    Raises
    ------
    SettingsError
        ``rules.outcome_attribute`` is no attribute of the ratings.
    """
    outcome = rules.outcome_attribute
    table = pd.DataFrame({"attribute": sorted(means["attribute"].unique()), "correlation": np.nan})
    if outcome and len(table):
        rated = attributes(brand_ratings, rules)
        require_known("outcome_attribute", [outcome], rated)
        together = _within_brands(brand_ratings, rated, rules)[outcome].drop(outcome)
        table["correlation"] = table["attribute"].map(together)
    weights = table["correlation"].clip(lower=0)
    derived = bool(weights.sum() > 0)
    levers = table["attribute"] != outcome
    equal = (levers / max(levers.sum(), 1)).where(levers)
    table = table.assign(importance=weights / weights.sum() if derived else equal, derived=derived)
    table = table.sort_values(["importance", "attribute"], ascending=[False, True], na_position="last")
    return schema.frame("brand_importance", table.assign(place=range(1, len(table) + 1)))


def brand_shares(brand_use: pd.DataFrame, market: pd.DataFrame) -> pd.DataFrame:
    """Shares of brands: of what respondents say they buy (source ``use``), and of market sales (source ``market``).

    Each respondent counts once, split by ``share_of_purchases``, or evenly over the brands named where none is
    above zero. A market share is of all sales in ``market``, period by period, and is never guessed from own orders.
    ``change`` is against the period before, in the order of names. Where a total is zero the share is empty.

    Raises
    ------
    TableError
        A table lacks ``respondent_id``, ``brand`` or ``period``.
    """
    shares = pd.concat([_use(brand_use), _market(market)], ignore_index=True).sort_values(
        ["source", "period", "brand"]
    )
    total = shares.groupby(["source", "period"])["value"].transform("sum")
    shares = shares.assign(share=shares["value"] / total.where(total > 0))
    place = shares.groupby("source")["period"].rank("dense")
    before = shares["share"].set_axis(
        pd.MultiIndex.from_arrays([shares["source"], shares["brand"], place + 1])
    )
    now = pd.MultiIndex.from_arrays([shares["source"], shares["brand"], place])
    return schema.frame(
        "brand_shares", shares.assign(change=shares["share"].to_numpy() - before.reindex(now).to_numpy())
    )


def _is_numeric(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return False
    return bool(pd.to_numeric(values, errors="coerce").notna().equals(values.notna()))


def _wide(brand_ratings: pd.DataFrame, rules: CompetitorRules) -> pd.DataFrame:
    """Rows with a brand: brand, respondent and the attributes as numbers, in an order of their own."""
    names = attributes(brand_ratings, rules)
    known = brand_ratings[brand_ratings["brand"].notna()].reset_index(drop=True)
    wide = known[names].apply(pd.to_numeric).astype("float64").replace([np.inf, -np.inf], np.nan)
    wide.insert(0, "brand", _text(known, "brand"))
    wide.insert(1, "respondent", _text(known, "respondent_id"))
    wide = wide.sort_values(["respondent", "brand", *names], ignore_index=True)
    alone = wide["respondent"] == ""
    wide["respondent"] = ("id " + wide["respondent"]).where(~alone, "row " + wide.index.astype("str"))
    return wide


def _text(table: pd.DataFrame, column: str) -> pd.Series:
    """A text column, trimmed, empty cells and an absent column as ''."""
    values = table[column] if column in table else pd.Series("", index=table.index)
    return values.astype("str").fillna("").str.strip()


def _rated(brand_ratings: pd.DataFrame, rules: CompetitorRules) -> pd.DataFrame:
    ratings = single_ratings(brand_ratings, rules)
    by_cell = ratings.groupby(["brand", "attribute"])["rating"]
    means = by_cell.agg(mean_score="mean", n="count", std_error="sem", rows="size").reset_index()
    by_attribute = ratings.groupby("attribute")["rating"]
    return means.assign(
        missing=means["rows"] - means["n"],
        span=means["attribute"].map(by_attribute.max() - by_attribute.min()),
        basis="ratings",
        source="",
        as_of=pd.NaT,
        ranked=means["n"] >= rules.min_ratings,
    )


def _scored(brands: pd.DataFrame) -> pd.DataFrame:
    schema.require(brands, ["brand", "attribute", "score"], "brands")
    cells = pd.DataFrame({name: _text(brands, name) for name in ("brand", "attribute", "source")})
    days = brands["as_of"] if "as_of" in brands else pd.Series(pd.NaT, index=brands.index)
    cells = cells.assign(score=pd.to_numeric(brands["score"]).astype("float64"), as_of=pd.to_datetime(days))
    cells["ranked"] = cells["score"].notna() & (cells["source"] != "") & cells["as_of"].notna()
    key = ["brand", "attribute"]
    missing = (
        cells["score"]
        .isna()
        .groupby([cells["brand"], cells["attribute"]])
        .sum()
        .rename("missing")
        .reset_index()
    )
    # The latest sourced day speaks for a cell; without any, all its unsourced scores do, and it is not ranked.
    kept = cells[cells["ranked"] == cells.groupby(key)["ranked"].transform("max")]
    latest = kept.groupby(key)["as_of"].transform("max")
    kept = kept[(kept["as_of"] == latest) | ~kept["ranked"]].sort_values([*key, "score", "source"])
    means = kept.groupby(key, as_index=False).agg(
        mean_score=("score", "mean"),
        n=("score", "count"),
        source=("source", lambda names: "; ".join(sorted(set(names) - {""}))),
        as_of=("as_of", "max"),
        ranked=("ranked", "max"),
    )
    by_attribute = means.groupby("attribute")["mean_score"]
    span = by_attribute.transform("max") - by_attribute.transform("min")
    return means.merge(missing, on=key).assign(std_error=np.nan, span=span, basis="scorecard")


def _within_brands(brand_ratings: pd.DataFrame, rated: list[str], rules: CompetitorRules) -> pd.DataFrame:
    """Correlations of attributes over single ratings, brand means taken off, turned where lower is better."""
    wide = _wide(brand_ratings, rules)
    centred = wide[rated] - wide.groupby("brand")[rated].transform("mean")
    for attribute in rules.lower_is_better:
        if attribute in rated:
            centred[attribute] = -centred[attribute]
    return centred.corr(min_periods=rules.min_ratings)


def _use(brand_use: pd.DataFrame) -> pd.DataFrame:
    schema.require(brand_use, ["respondent_id", "brand"], "brand_use")
    use = brand_use[["respondent_id", "brand"]].assign(given=brand_use.get("share_of_purchases", np.nan))
    use["given"] = pd.to_numeric(use["given"]).fillna(0.0).clip(lower=0)
    use = use.sort_values(["respondent_id", "brand", "given"])
    total = use.groupby("respondent_id")["given"].transform("sum")
    named = use.groupby("respondent_id")["brand"].transform("size")
    use["value"] = (use["given"] / total.where(total > 0)).fillna(1 / named)
    return use.groupby("brand", as_index=False)["value"].sum().assign(source="use", period="")


def _market(market: pd.DataFrame) -> pd.DataFrame:
    schema.require(market, ["period", "brand"], "market")
    sales = market[["period", "brand"]].assign(value=market.get("sales", np.nan))
    sales["value"] = pd.to_numeric(sales["value"]).astype("float64")
    sales = sales.dropna().sort_values(["period", "brand", "value"])
    return sales.groupby(["period", "brand"], as_index=False)["value"].sum().assign(source="market")
