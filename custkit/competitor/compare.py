"""How the own brand stands among its rivals: a map of positions, gaps with their evidence, and the sentences."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from custkit import findings as sentences
from custkit import schema, stats
from custkit.competitor.brands import require_known, single_ratings
from custkit.settings import CompetitorRules
from custkit.words import Words

TABLES = ("brand_ratings", "brands", "brand_use", "market")


def questions(present: dict[str, bool], words: Words) -> pd.DataFrame:
    """What 05 can answer, and the table, columns and example row that each answer takes: one row per table.

    ``present`` maps the names of ``TABLES`` to whether the data hold them. Headers and texts are in the language of
    ``words``.
    """
    rows = [
        {
            words("page.brands.column.question"): words(f"page.brands.{table}.question"),
            words("page.brands.column.table"): table,
            words("page.brands.column.columns"): words(f"page.brands.{table}.columns"),
            words("page.brands.column.example"): words(f"page.brands.{table}.example"),
            words("page.brands.column.present"): words(
                f"page.brands.{'here' if present[table] else 'absent'}"
            ),
        }
        for table in TABLES
    ]
    return pd.DataFrame(rows)


def positions(means: pd.DataFrame, own: str = "") -> pd.DataFrame:
    """Where each brand stands on the first two principal components of the standardised brand means.

    Only ranked cells count. Where cells are lacking, the brand or attribute with the largest share of holes is left
    out until there is none; attributes on which all brands are equal are left out too. Each axis is turned so that
    the attribute with the largest loading (ties: first by name) points to its positive side.

    Returns
    -------
    one row per brand and axis, sorted by both; none with fewer than three brands or two attributes
        ``explained_share`` is the axis' share of all differences between the brands.

    Source
    ------
    Gabriel (1971), *Biometrika* 58, 453-467; Chapman & Feit (2019), *R for Marketing Research and Analytics*, ch. 8.
    """
    matrix, scores, _, shares = _components(means)
    rows = [
        {
            "brand": brand,
            "axis": axis + 1,
            "score": scores[i, axis],
            "explained_share": shares[axis],
            "is_own": brand == own,
        }
        for i, brand in enumerate(matrix.index)
        for axis in range(2)
    ]
    return schema.frame("brand_positions", rows)


def axes(means: pd.DataFrame) -> pd.DataFrame:
    """Direction of each attribute on the map of ``positions``: one row per attribute and axis.

    ``loading`` is the attribute's part in the axis (squares add up to 1 over the attributes), ``correlation`` that
    of its brand means with the axis: its squares over both axes add up to the share of it that the map shows.
    """
    matrix, scores, loadings, _ = _components(means)
    spread = np.sqrt((scores**2).sum(axis=0) / max(len(matrix), 1))
    rows = [
        {
            "attribute": attribute,
            "axis": axis + 1,
            "loading": loadings[i, axis],
            "correlation": loadings[i, axis] * spread[axis],
        }
        for i, attribute in enumerate(matrix.columns)
        for axis in range(2)
    ]
    return schema.frame("brand_axes", rows)


def axis_ends(means: pd.DataFrame) -> pd.DataFrame:
    """What each axis of the map stands for: its share of all differences, and the attributes at its two ends.

    ``low_end`` is empty where no attribute runs against the others: the axis then says more or less of everything.
    """
    matrix, _, loadings, shares = _components(means)
    rows = []
    for axis in range(2 if len(matrix) else 0):
        loading = pd.Series(loadings[:, axis], index=matrix.columns)
        rows.append(
            {
                "axis": axis + 1,
                "explained_share": shares[axis],
                "high_end": loading.idxmax() if loading.max() > 0 else "",
                "low_end": loading.idxmin() if loading.min() < 0 else "",
                "n_brands": len(matrix),
                "n_attributes": len(loading),
            }
        )
    return schema.frame("brand_map", rows)


def gaps(
    means: pd.DataFrame,
    brand_ratings: pd.DataFrame,
    own: str,
    weights: pd.DataFrame,
    rules: CompetitorRules = CompetitorRules(),
) -> pd.DataFrame:
    """Where the own brand stands against its best rival and against the mean of its rivals, and how sure that is.

    The verdict is a strength or a weakness when the gap to the mean of the rivals is at least
    ``rules.gap_threshold`` of the attribute's span and, for ratings, its p-value stays below
    1 - ``rules.gap_level`` after Holm's correction over the attributes; else par. The best of many rivals is partly
    best by luck, so the gap to it is shown and not tested. Scorecards have no sample: size alone decides there.

    Parameters
    ----------
    means : ``brand_means``; only ranked cells count
    brand_ratings : single ratings; a respondent who rated several brands is compared with their own marks
    own : brand; empty: no rows
    weights : ``importance``

    Returns
    -------
    one row per attribute on which the own brand and a rival are ranked, largest ``priority`` first
        ``gap`` own minus best rival, ``gap_to_mean`` own minus mean of rivals, ``low`` and ``high`` its interval,
        wide enough to hold for all attributes together (Bonferroni); all are turned round where lower is better, so
        that below zero is a shortfall. ``priority`` is importance x gap to the mean in spans, without its sign;
        ``place`` counts 1, 2, ... within the verdict; ``n`` is the own brand's base.

    Raises
    ------
    SettingsError
        ``rules.lower_is_better`` names an attribute that is not there.
    """
    if not means.empty:
        require_known("lower_is_better", rules.lower_is_better, means["attribute"].unique())
    rows = []
    ratings = single_ratings(brand_ratings, rules).dropna(subset="rating")
    for attribute, cells in means[means["ranked"]].groupby("attribute"):
        is_own = cells["brand"] == own
        if is_own.any() and not is_own.all():
            turn = -1.0 if attribute in rules.lower_is_better else 1.0
            rows.append(_gap(cells[is_own].iloc[0], cells[~is_own], ratings, turn))
    return schema.frame("brand_gaps", _judged(pd.DataFrame(rows), weights, rules) if rows else [])


def findings(
    means: pd.DataFrame,
    ends: pd.DataFrame,
    weights: pd.DataFrame,
    gaps: pd.DataFrame,
    shares: pd.DataFrame,
    own: str,
    rules: CompetitorRules = CompetitorRules(),
) -> pd.DataFrame:
    """What 05 says in sentences; where a table is lacking, a sentence says which one would switch the part on.

    The tables are written as brand_means, brand_map, brand_importance, brand_gaps and brand_shares.
    """
    rows = _about_means(means, rules)
    if not means.empty:
        rows += [*_about_gaps(means, gaps, own, rules), *_about_importance(weights, rules)]
        rows += _about_map(ends, rules)
    return sentences.frame("05", [*rows, *_about_shares(means, shares, own)])


def _components(means: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Means used, scores (brand x 2), loadings (attribute x 2), explained shares (2); no rows where there is no map."""
    ranked = means[means["ranked"]]
    matrix = (
        ranked.pivot(index="brand", columns="attribute", values="mean_score").sort_index().sort_index(axis=1)
    )
    while matrix.isna().any(axis=None):
        by_brand, by_attribute = matrix.isna().mean(axis=1), matrix.isna().mean()
        if by_brand.max() > by_attribute.max():
            matrix = matrix.drop(index=by_brand.idxmax())
        else:
            matrix = matrix.drop(columns=by_attribute.idxmax())
    matrix = matrix.loc[:, matrix.std(ddof=0) > 1e-12]
    if len(matrix) < 3 or matrix.shape[1] < 2:
        return matrix.iloc[:0, :0], np.empty((0, 2)), np.empty((0, 2)), np.empty(2)
    standard = ((matrix - matrix.mean()) / matrix.std(ddof=0)).to_numpy()
    left, size, right = np.linalg.svd(standard, full_matrices=False)
    size = np.where(size > 1e-10 * size[0], size, 0.0)
    turned = np.where(size[:2, None] > 0, right[:2], 0.0).round(10)  # an axis without size has no direction
    strongest = np.abs(turned).round(8).argmax(axis=1)
    sign = np.where(turned[[0, 1], strongest] < 0, -1.0, 1.0)
    scores = (left[:, :2] * size[:2] * sign).round(10) + 0.0  # adding zero turns -0.0 into 0.0
    return matrix, scores, (turned * sign[:, None]).T + 0.0, ((size**2 / (size**2).sum())[:2]).round(10)


def _gap(mine: pd.Series, rivals: pd.DataFrame, ratings: pd.DataFrame, turn: float) -> dict:
    """One attribute's gaps, with standard error and degrees of freedom where there are single ratings."""
    best = rivals.assign(rank=rivals["mean_score"] * -turn).sort_values(["rank", "brand"]).iloc[0]
    rival_mean = rivals["mean_score"].mean()
    error, freedom = np.nan, np.nan
    if mine["basis"] == "ratings":
        cells = pd.concat([mine.to_frame().T, rivals])
        error = _error_of_gap(ratings[ratings["attribute"] == mine["attribute"]], mine["brand"], cells)
        freedom = float(cells["n"].min() - 1)
    return {
        "attribute": mine["attribute"],
        "own": mine["mean_score"],
        "best": best["mean_score"],
        "best_brand": best["brand"],
        "gap": turn * (mine["mean_score"] - best["mean_score"]),
        "mean_of_rivals": rival_mean,
        "gap_to_mean": turn * (mine["mean_score"] - rival_mean),
        "error": error,
        "freedom": freedom,
        "span": mine["span"],
        "n": mine["n"],
        "n_rivals": len(rivals),
        "basis": mine["basis"],
    }


def _error_of_gap(ratings: pd.DataFrame, own: str, cells: pd.DataFrame) -> float:
    """Standard error of own mean minus mean of rivals, respondents taken whole.

    Where nobody rates two brands it is Welch's; where everybody rates both of two brands it is that of the paired
    differences. Sums of squares over respondents: Liang & Zeger (1986), *Biometrika* 73, 13-22.
    """
    table = cells.set_index("brand")[["mean_score", "n"]].astype("float64")
    weight = pd.Series(np.where(table.index == own, 1.0, -1.0 / (len(table) - 1)), index=table.index)
    factor = weight / np.sqrt(table["n"] * (table["n"] - 1))
    used = ratings[ratings["brand"].isin(table.index)]
    part = (used["rating"] - used["brand"].map(table["mean_score"])) * used["brand"].map(factor)
    return float(np.sqrt((part.groupby(used["respondent"]).sum() ** 2).sum()))


def _judged(table: pd.DataFrame, weights: pd.DataFrame, rules: CompetitorRules) -> pd.DataFrame:
    tested = table["error"].notna()
    statistic = (table["gap_to_mean"].abs() / table["error"].where(table["error"] > 0)).where(tested)
    certain = tested & (table["error"] == 0)  # nobody differs: any gap is certain, no gap is none
    p = pd.Series(2 * student.sf(statistic, table["freedom"]), index=table.index)
    p = p.mask(certain, (table["gap_to_mean"].abs() < 1e-12).astype("float64"))
    table["p_adjusted"] = np.nan
    table.loc[tested, "p_adjusted"] = stats.holm(p[tested])
    alpha = 1 - rules.gap_level
    half = student.isf(alpha / 2 / max(tested.sum(), 1), table["freedom"]) * table["error"]
    size = (table["gap_to_mean"].abs() / table["span"].where(table["span"] > 0)).fillna(0.0)
    clear = (size >= rules.gap_threshold) & (~tested | (table["p_adjusted"] < alpha)) & (size > 0)
    table = table.assign(
        low=table["gap_to_mean"] - half,
        high=table["gap_to_mean"] + half,
        importance=table["attribute"].map(weights.set_index("attribute")["importance"]),
        verdict=np.select([clear & (table["gap_to_mean"] > 0), clear], ["strength", "weakness"], "par"),
    )
    table["priority"] = table["importance"] * size
    table = table.sort_values(["priority", "attribute"], ascending=[False, True], na_position="last")
    return table.assign(place=table.groupby("verdict").cumcount() + 1)


def _about_means(means: pd.DataFrame, rules: CompetitorRules) -> list[dict]:
    if means.empty:
        return [sentences.make("brands_absent", "brand_means", means)]
    counts = {"brands": ("nunique", "brand"), "attributes": ("nunique", "attribute"), "ratings": ("sum", "n")}
    made = [
        sentences.make(f"brands_{basis}", "brand_means", means, where=[("basis", "==", basis)], **counts)
        for basis in ("ratings", "scorecard")
        if (means["basis"] == basis).any()
    ]
    if not means["ranked"].all():
        unranked = {"where": [("ranked", "==", False)], "given": {"base": rules.min_ratings}}
        made.append(sentences.make("brands_unranked", "brand_means", means, cells=("count",), **unranked))
    return made


def _about_gaps(means: pd.DataFrame, gaps: pd.DataFrame, own: str, rules: CompetitorRules) -> list[dict]:
    if not own:
        names = sorted(means["brand"].unique())
        given = {"names": ", ".join(names[:12]) + (" …" if len(names) > 12 else "")}
        return [sentences.make("brands_no_own", "brand_gaps", gaps, given=given)]
    given = {"own": own, "base": rules.min_ratings}
    if gaps.empty:
        return [sentences.make("brands_no_gaps", "brand_gaps", gaps, given=given)]
    recipes = {name: ("only", name) for name in ("attribute", "mean_of_rivals", "best", "best_brand")}
    recipes["score"] = ("only", "own")
    made = []
    for verdict in ("weakness", "strength"):
        where = [("verdict", "==", verdict)]
        made.append(
            sentences.make(
                f"brands_count_{verdict}", "brand_gaps", gaps, where=where, given=given, count=("count",)
            )
        )
        if (gaps["verdict"] == verdict).any():
            where = [*where, ("place", "==", 1)]
            made.append(
                sentences.make(f"brands_{verdict}", "brand_gaps", gaps, where=where, given=given, **recipes)
            )
    return made


def _about_importance(weights: pd.DataFrame, rules: CompetitorRules) -> list[dict]:
    table, given = "brand_importance", {"outcome": rules.outcome_attribute}
    if not rules.outcome_attribute:
        return [sentences.make("brands_equal_weights", table, weights)]
    if not weights["derived"].any():
        return [sentences.make("brands_no_driver", table, weights, given=given)]
    recipes = {"attribute": ("only", "attribute"), "correlation": ("only", "correlation")}
    return [
        sentences.make("brands_driver", table, weights, where=[("place", "==", 1)], given=given, **recipes)
    ]


def _about_map(ends: pd.DataFrame, rules: CompetitorRules) -> list[dict]:
    if ends.empty:
        return [sentences.make("brands_no_map", "brand_map", ends, given={"base": rules.min_ratings})]
    counts = {"brands": ("max", "n_brands"), "attributes": ("max", "n_attributes")}
    made = [sentences.make("brands_map", "brand_map", ends, share=("sum", "explained_share"), **counts)]
    recipes = {"axis": ("only", "axis"), "share": ("only", "explained_share"), "high": ("only", "high_end")}
    for row in ends[ends["explained_share"] > 0].itertuples():
        key, low = ("brands_axis", {"low": ("only", "low_end")}) if row.low_end else ("brands_axis_level", {})
        made.append(
            sentences.make(key, "brand_map", ends, where=[("axis", "==", row.axis)], **recipes, **low)
        )
    return made


def _about_shares(means: pd.DataFrame, shares: pd.DataFrame, own: str) -> list[dict]:
    made = []
    for source in ("use", "market") if len(means) or len(shares) else ():
        told = shares[(shares["source"] == source) & shares["share"].notna()]
        if told.empty:
            made.append(sentences.make(f"brands_no_{source}", "brand_shares", shares))
            continue
        latest = told["period"].max()
        if ((told["brand"] == own) & (told["period"] == latest)).any():
            where = [("source", "==", source), ("brand", "==", own), ("period", "==", latest)]
            given = {"own": own, "period": latest}
            recipes = {"share": ("only", "share")}
            made.append(
                sentences.make(
                    f"brands_{source}", "brand_shares", shares, where=where, given=given, **recipes
                )
            )
    return made
