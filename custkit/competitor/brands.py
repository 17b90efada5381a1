"""What brand tables say before brands are compared: attributes, single ratings, means with their base, the own brand."""

import numpy as np
import pandas as pd
from scipy.stats import f as fisher

from custkit import schema, stats
from custkit.errors import InputRefused, SettingsError
from custkit.settings import CompetitorRules

# Columns of brand_ratings that hold numbers, yet say who answered, when or where, and not how a brand is seen.
_WHO = ("brand", "respondent_id", "customer_id", "region", "age", "gender", "weight")
_WHEN = ("wave", "period", "date", "as_of")
_ADDRESS = ("file", "sheet", "line")
NO_ATTRIBUTE = frozenset([*_WHO, *_WHEN, *_ADDRESS])

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
    sheet = answers(brand_ratings, rules)
    names = [column for column in sheet if column not in ("brand", "respondent")]
    return sheet.melt(["brand", "respondent"], names, "attribute", "rating")


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
    known = {name for table in (brand_ratings, brands, *others) for name in text(table, "brand")}
    if rules.own_brand and known:
        require_known("own_brand", [rules.own_brand], known)
        return rules.own_brand
    marks = text(brands, "is_own").str.lower().str.removesuffix(".0")  # 1 beside empty cells is read as 1.0
    unknown = sorted(set(marks) - _YES - _NO)
    if unknown:
        raise InputRefused(f"brands: is_own: expected yes or no, got {', '.join(unknown)}")
    own = set(text(brands, "brand")[marks.isin(_YES)])
    return own.pop() if len(own) == 1 else ""


def _is_numeric(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return False
    return bool(pd.to_numeric(values, errors="coerce").notna().equals(values.notna()))


def respondent_keys(table: pd.DataFrame) -> pd.Series:
    """What tells respondents of brand tables apart; empty where a row names none and stands for itself."""
    given = text(table, "respondent_id")
    return ("id " + given).where(given != "", "")


def answers(brand_ratings: pd.DataFrame, rules: CompetitorRules, carry: tuple[str, ...] = ()) -> pd.DataFrame:
    """Rows with a brand: brand, respondent, the attributes as numbers and further columns, in an order of their own."""
    names = attributes(brand_ratings, rules)
    known = brand_ratings[brand_ratings["brand"].notna()].reset_index(drop=True)
    sheet = known[names].apply(pd.to_numeric).astype("float64").replace([np.inf, -np.inf], np.nan)
    sheet.insert(0, "brand", text(known, "brand"))
    sheet.insert(1, "respondent", respondent_keys(known))
    sheet = sheet.assign(**{name: text(known, name) for name in carry})
    sheet = sheet.sort_values(["respondent", "brand", *names, *carry], ignore_index=True)
    alone = sheet["respondent"] == ""
    return sheet.assign(respondent=sheet["respondent"].where(~alone, "row " + sheet.index.astype("str")))


def text(table: pd.DataFrame, column: str) -> pd.Series:
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
        p_apart=means["attribute"].map(apart(ratings, rules)),
    )


def apart(ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> pd.Series:
    """p-value, by attribute, of all brands being rated alike; Holm's correction over the attributes.

    Hotelling's test of equal means, respondents taken whole, over brands with ``rules.min_ratings`` ratings. An
    attribute with fewer than two such brands, or with fewer respondents than brands, has none.
    """
    by_attribute = ratings.dropna(subset="rating").groupby("attribute")
    p = pd.Series({name: _p_alike(rated, rules.min_ratings) for name, rated in by_attribute}, dtype="float64")
    tested = p.notna()
    return p.mask(tested, pd.Series(stats.holm(p[tested]), index=p.index[tested]))


def _p_alike(rated: pd.DataFrame, least: int) -> float:
    by_brand = rated.groupby("brand")["rating"].agg(["mean", "size"])
    by_brand = by_brand[by_brand["size"] >= least]
    used = rated[rated["brand"].isin(by_brand.index)]
    brands, people = len(by_brand), used["respondent"].nunique()
    if brands < 2 or people <= brands:
        return np.nan
    distance = used["rating"] - used["brand"].map(by_brand["mean"])
    part = distance / used["brand"].map(by_brand["size"])
    parts = part.groupby([used["respondent"], used["brand"]]).sum().unstack(fill_value=0.0).to_numpy()
    contrast = np.eye(brands)[1:] - np.eye(brands)[:1]  # every brand against the first
    difference = contrast @ by_brand["mean"].to_numpy()
    spread = contrast @ (parts.T @ parts) @ contrast.T * people / (people - 1)
    if np.abs(difference).max() < 1e-12:
        return 1.0
    if np.linalg.matrix_rank(spread) < brands - 1:  # nobody differs about some brand: any distance is certain
        return 0.0
    size = (
        difference
        @ np.linalg.solve(spread, difference)
        * (people - brands + 1)
        / ((people - 1) * (brands - 1))
    )
    return float(fisher.sf(size, brands - 1, people - brands + 1))


def _scored(brands: pd.DataFrame) -> pd.DataFrame:
    schema.require(brands, ["brand", "attribute", "score"], "brands")
    cells = pd.DataFrame({name: text(brands, name) for name in ("brand", "attribute", "source")})
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
    return means.merge(missing, on=key).assign(std_error=np.nan, span=span, basis="scorecard", p_apart=np.nan)
