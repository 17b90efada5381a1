"""What matters: how closely each attribute goes with the outcome of one and the same brand."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from custkit import schema, stats
from custkit.competitor.brands import answers, attributes, require_known
from custkit.settings import CompetitorRules


def importance(
    means: pd.DataFrame, brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """How much each attribute matters for ``rules.outcome_attribute``: weights that add up to 1.

    The weight is the correlation with the outcome over single ratings, after the mean of the brand is taken off
    both, and then that of the respondent, where one rated several brands: what goes with a better outcome of one and
    the same brand, and not with a kind hand. It is an association, not a cause. A correlation
    weighs only above zero and beyond chance: its p-value, of the slope with respondents taken whole and after Holm's
    correction over the attributes, stays below 1 - ``rules.claim_level``. Without an outcome, or where nothing goes
    with it, all attributes weigh the same (``derived`` is false). The outcome has no weight, and beside an outcome
    an attribute of the scorecard has none either.

    Returns
    -------
    one row per attribute, the heaviest first (``place`` 1)

    Raises
    ------
    SettingsError
        ``rules.outcome_attribute`` is no attribute of the ratings.

    Source
    ------
    Liang & Zeger (1986), *Biometrika* 73, 13-22, for errors over respondents.
    """
    outcome = (
        rules.outcome_attribute if len(brand_ratings) else ""
    )  # ratings that are not there explain nothing
    table = pd.DataFrame({"attribute": sorted(means["attribute"].unique())})
    table = table.assign(correlation=np.nan, p_adjusted=np.nan)
    if outcome and len(table):
        rated = attributes(brand_ratings, rules)
        require_known("outcome_attribute", [outcome], rated)
        links = _links(brand_ratings, [name for name in rated if name != outcome], rules)
        for column in ("correlation", "p_adjusted"):
            table[column] = table["attribute"].map(links[column])
    proven = (table["correlation"] > 0) & (table["p_adjusted"] < 1 - rules.claim_level)
    weights = table["correlation"].where(proven | table["correlation"].isna(), 0.0)
    derived = bool(proven.any())
    levers = table["attribute"] != outcome
    equal = (levers / max(levers.sum(), 1)).where(levers)
    table = table.assign(importance=weights / weights.sum() if derived else equal, derived=derived)
    table = table.sort_values(["importance", "attribute"], ascending=[False, True], na_position="last")
    return schema.frame("brand_importance", table.assign(place=range(1, len(table) + 1)))


def _links(brand_ratings: pd.DataFrame, levers: list[str], rules: CompetitorRules) -> pd.DataFrame:
    """Correlation of each attribute with the outcome within brands and respondents, and its p-value.

    Turned round where lower is better.
    """
    sheet = answers(brand_ratings, rules)
    rows = {}
    for attribute in levers:
        known = sheet.dropna(subset=[attribute, rules.outcome_attribute])
        pair = known[[attribute, rules.outcome_attribute]]
        centred = pair - pair.groupby(known["brand"]).transform("mean")
        by_respondent = centred.groupby(known["respondent"])
        several = by_respondent[attribute].transform("size") > 1
        centred = centred - by_respondent.transform("mean").where(several, 0.0)
        turn = -1.0 if attribute in rules.lower_is_better else 1.0
        x, y = turn * centred[attribute], centred[rules.outcome_attribute]
        enough = len(pair) >= rules.min_ratings and min(x.std(), y.std()) > 1e-12
        rows[attribute] = _link(x, y, known["respondent"]) if enough else (np.nan, np.nan)
    links = pd.DataFrame.from_dict(
        rows, orient="index", columns=["correlation", "p_adjusted"], dtype="float64"
    )
    tested = links["p_adjusted"].notna()
    links.loc[tested, "p_adjusted"] = stats.holm(links.loc[tested, "p_adjusted"])
    return links


def _link(x: pd.Series, y: pd.Series, respondent: pd.Series) -> tuple[float, float]:
    """Correlation, and the p-value of the slope with respondents taken whole."""
    slope = (x * y).sum() / (x**2).sum()
    by_respondent = (x * (y - slope * x)).groupby(respondent).sum()
    people = len(by_respondent)
    correlation = float(x.corr(y))
    if people < 2:
        return correlation, np.nan
    error = np.sqrt((by_respondent**2).sum() * people / (people - 1)) / (x**2).sum()
    certain = error < 1e-12  # a line without rest: any slope is certain
    p = float(abs(slope) < 1e-12) if certain else 2 * student.sf(abs(slope) / error, people - 1)
    return correlation, float(p)
