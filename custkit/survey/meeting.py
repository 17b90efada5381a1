"""Where groups of behaviour, survey types and social types meet: one table of all three, and the links between two."""

import itertools

import numpy as np
import pandas as pd
from scipy.stats import random_table

from custkit import schema, stats
from custkit.settings import SurveyRules
from custkit.survey.types import UNDECIDED

_BASIC = ("age_band", "gender", "city_tier")
_DECIMALS = 6


def combine(
    facts: pd.DataFrame, groups: pd.DataFrame, survey_types: pd.DataFrame, social_types: pd.DataFrame
) -> pd.DataFrame:
    """Basic facts, behaviour and psychology of each customer side by side.

    Parameters
    ----------
    facts : one row per customer
        ``customer_id``, ``region``, ``status``, and of ``age_band``, ``gender``, ``city_tier`` what is known.
    groups : customer_id, cluster, slice
    survey_types, social_types : customer_id, type

    Returns
    -------
    one row per customer, sorted by id; what is not known is empty
        ``customer_id``, ``region``, ``status``, ``age_band``, ``gender``, ``city_tier``, ``cluster`` (its number, as text),
        ``slice`` (where there are slices and no clusters), ``survey_type``, ``social_type``.
    """
    schema.require(facts, ["customer_id", "region", "status"], "facts")
    schema.require(groups, ["customer_id", "cluster", "slice"], "clusters")
    table = facts.set_index("customer_id").sort_index()
    own = groups.set_index("customer_id").reindex(table.index)
    made = pd.DataFrame({"region": table["region"], "status": table["status"]})
    for name in _BASIC:
        made[name] = table.get(name, "")
    made["cluster"] = _numbers(own["cluster"])
    made["slice"] = _numbers(own["slice"].where(own["cluster"] == 0))
    for name, types in (("survey_type", survey_types), ("social_type", social_types)):
        made[name] = types.set_index("customer_id")["type"].reindex(made.index)
    texts = made.fillna("").astype("str")
    return schema.frame("customer_types", texts.rename_axis("customer_id").reset_index())


def links(combined: pd.DataFrame, rules: SurveyRules = SurveyRules()) -> pd.DataFrame:
    """Whether two ways of grouping customers say the same of them, and how strongly.

    Tried are clusters (or slices) with survey types, clusters with social types, and survey types with social types, over
    customers who have both; undecided is no type. A link is compared with ``rules.link_permutations`` tables of the
    same margins drawn without any link, and corrected for the number of links tried (Holm).

    Returns
    -------
    one row per crossing that both tables allow
        ``crossing`` (cluster_survey, slice_survey, cluster_social, slice_social, survey_social), ``customers``, ``rows``,
        ``columns`` (how many groups of each), ``chi_square``, ``p_value``, ``p_adjusted``, ``cramers_v`` (0 to 1, without
        its bias), ``verdict``: linked, weak_link (beyond chance, but below ``rules.min_link``), not_linked (may be chance),
        few_known (fewer than ``rules.min_crossed`` customers, or all in one group: nothing is computed).

    Source
    ------
    Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T", *Journal of the Korean Statistical Society* 42.
    """
    rows = []
    for crossing, counts in _tables(combined):
        n, shape = int(counts.to_numpy().sum()), counts.shape
        row = {"crossing": crossing, "customers": n, "rows": shape[0], "columns": shape[1]}
        if n < rules.min_crossed or min(shape) < 2:
            rows.append(row | {"verdict": "few_known"})
            continue
        drawn, observed = _drawn(counts, rules), counts.to_numpy()
        expected = _expected(counts)
        chance = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2)).round(_DECIMALS)
        chi_square = round(float(((observed - expected) ** 2 / expected).sum()), _DECIMALS)
        rows.append(
            row
            | {
                "chi_square": chi_square,
                "p_value": (1 + (chance >= chi_square).sum()) / (1 + len(chance)),
                "cramers_v": round(_cramers_v(chi_square, n, *shape), _DECIMALS),
            }
        )
    table = schema.frame("type_links", rows)
    tried = table["p_value"].notna()
    table.loc[tried, "p_adjusted"] = stats.holm(table.loc[tried, "p_value"])
    beyond = table["p_adjusted"] <= 1 - rules.link_level
    strong = table["cramers_v"] >= rules.min_link
    table["verdict"] = np.select(
        [~tried, beyond & strong, beyond], ["few_known", "linked", "weak_link"], "not_linked"
    )
    return schema.frame("type_links", table)


def crosstab(combined: pd.DataFrame, links: pd.DataFrame, rules: SurveyRules = SurveyRules()) -> pd.DataFrame:
    """Every crossing of ``links`` cell by cell.

    A cell stands out when its crossing is linked and its count is further from what no link would give than the furthest
    cell of all but 5 % (``rules.link_level``) of tables drawn without a link: corrected for all cells of the crossing.

    Returns
    -------
    one row per cell, also the empty ones
        ``crossing``, ``row``, ``column`` (labels), ``customers``, ``row_customers``, ``share_of_row``, ``share_of_all`` (of
        the crossing's customers in that column), ``expected`` (customers, without a link), ``residual`` (standard errors
        from it), ``p_adjusted``, ``stands_out``.

    Source
    ------
    Haberman (1973) for the residuals; Westfall & Young (1993), *Resampling-Based Multiple Testing*, for the correction.
    """
    judged = links.set_index("crossing")["verdict"]
    tables = [schema.empty("type_crosstab")]
    for crossing, counts in _tables(combined):
        if judged[crossing] == "few_known":
            continue
        expected, totals = _expected(counts), counts.to_numpy().sum()
        shares = [counts.sum(axis=axis).to_numpy() / totals for axis in (1, 0)]
        error = np.sqrt(expected * np.outer(1 - shares[0], 1 - shares[1]))
        residual = ((counts.to_numpy() - expected) / error).round(_DECIMALS)
        furthest = (np.abs(_drawn(counts, rules) - expected) / error).max(axis=(1, 2)).round(_DECIMALS)
        beaten = (furthest[:, None, None] >= np.abs(residual)).sum(axis=0)
        p_adjusted = (1 + beaten) / (1 + len(furthest))
        cells = (
            counts.stack().rename("customers").reset_index().set_axis(["row", "column", "customers"], axis=1)
        )
        cells["crossing"] = crossing
        cells["row_customers"] = np.repeat(counts.sum(axis=1).to_numpy(), counts.shape[1])
        cells["share_of_row"] = cells["customers"] / cells["row_customers"]
        cells["share_of_all"] = np.tile(shares[1], counts.shape[0])
        cells["expected"], cells["residual"] = expected.ravel(), residual.ravel()
        cells["p_adjusted"] = p_adjusted.ravel()
        cells["stands_out"] = (judged[crossing] == "linked") & (cells["p_adjusted"] <= 1 - rules.link_level)
        tables.append(cells)
    made = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    return schema.frame("type_crosstab", made)


def _numbers(values: pd.Series) -> pd.Series:
    """Numbers of groups as text; empty where there is none."""
    return values.where(values > 0).astype("Int64").astype("str").replace("<NA>", "")


def _tables(combined: pd.DataFrame):
    """The counts of each crossing that holds anybody, rows and columns sorted."""
    schema.require(combined, ["cluster", "slice", "survey_type", "social_type"], "customer_types")
    ways = {"cluster": "cluster", "slice": "slice", "survey": "survey_type", "social": "social_type"}
    for first, second in itertools.combinations(ways, 2):
        known = combined[[ways[first], ways[second]]].replace({"survey_type": UNDECIDED}, "")
        known = known[(known != "").all(axis=1)]
        if len(known):
            yield f"{first}_{second}", pd.crosstab(known[ways[first]], known[ways[second]])


def _expected(counts: pd.DataFrame) -> np.ndarray:
    return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.to_numpy().sum()


def _drawn(counts: pd.DataFrame, rules: SurveyRules) -> np.ndarray:
    """Tables with the margins of ``counts``, drawn without any link between rows and columns."""
    margins = counts.sum(axis=1).to_numpy(), counts.sum(axis=0).to_numpy()
    return random_table(*margins).rvs(size=rules.link_permutations, random_state=rules.type_seed)


def _cramers_v(chi_square: float, n: int, rows: int, columns: int) -> float:
    """Cramér's V less what chance alone gives."""
    phi = max(0.0, chi_square / n - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(side - (side - 1) ** 2 / (n - 1) for side in (rows, columns))
    return float(np.sqrt(phi / (smaller - 1)))
