"""From answers to constructs: whether the items of a construct belong together, and where each customer stands in it."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.settings import SurveyRules
from custkit.survey.respondents import scale

DECIMALS = 6  # statistics are rounded before they are compared: last bits differ between machines


def alpha(values: pd.DataFrame) -> float:
    """Cronbach's alpha of items (columns) over respondents (rows) who answered all of them.

    Empty with fewer than two items or three such respondents, and where all of these have the same sum.

    Source: Cronbach (1951), "Coefficient alpha and the internal structure of tests", *Psychometrika* 16, 297-334.
    """
    complete = values.dropna().to_numpy(float)
    respondents, items = complete.shape
    if items < 2 or respondents < 3:
        return np.nan
    of_sum = np.sort(complete.sum(axis=1)).var(ddof=1)
    if round(of_sum, DECIMALS) == 0:
        return np.nan
    return items / (items - 1) * (1 - np.sort(complete, axis=0).var(axis=0, ddof=1).sum() / of_sum)


def constructs(
    answers: pd.DataFrame, items: pd.DataFrame, rules: SurveyRules = SurveyRules()
) -> pd.DataFrame:
    """Whether each construct can be trusted.

    Parameters
    ----------
    answers : from ``answers``, of all regions: how good a question is does not depend on where it is asked
    items : from ``items``
        Reversed items are turned round the middle of the scale.
    rules : SurveyRules

    Returns
    -------
    one row per construct, by name
        ``construct``, ``items``, ``respondents`` (with a score), ``mean`` and ``sd`` of the score on the scale of the
        answers, ``complete`` (respondents who answered every item), ``alpha`` over them, ``reliable`` (alpha reaches
        ``rules.min_alpha``, over ``min_respondents`` or more), ``weakest_item`` and its ``item_rest``: the correlation with
        the mean of the construct's other items, the lowest of all its items. One below zero points to an item that
        should be marked as reversed. Empty where it cannot be computed.
    """
    rows = []
    for construct, values in _by_construct(answers, items, rules):
        score = _scores(values, rules)["score"].dropna()
        known = alpha(values)
        complete = len(values.dropna())
        weakest, rest = _weakest(values)
        rows.append(
            {
                "construct": construct,
                "items": values.shape[1],
                "respondents": len(score),
                "mean": round(score.mean(), DECIMALS),
                "sd": round(score.std(), DECIMALS),
                "complete": complete,
                "alpha": round(known, DECIMALS),
                "reliable": complete >= rules.min_respondents and round(known, DECIMALS) >= rules.min_alpha,
                "weakest_item": weakest,
                "item_rest": round(rest, DECIMALS),
            }
        )
    return schema.frame("survey_constructs", rows)


def scores(
    answers: pd.DataFrame, items: pd.DataFrame, features: pd.DataFrame, rules: SurveyRules = SurveyRules()
) -> pd.DataFrame:
    """Where each of these customers stands in each construct.

    Parameters
    ----------
    answers : from ``answers``, of all regions: the standard is all respondents, so that a type is the same in each run
    items : from ``items``
    features : one row per customer; only these are told

    Returns
    -------
    one row per customer and construct in which there is a score, sorted by both
        ``customer_id``, ``construct``, ``answered`` (items), ``score``: mean of the answered items on the scale of the
        answers, reversed ones turned; ``z``: minus the mean of all respondents, over their standard deviation, 0
        where all have the same score.
    """
    schema.require(features, ["customer_id"], "features")
    tables = [schema.empty("survey_scores")]
    for construct, values in _by_construct(answers, items, rules):
        scored = _scores(values, rules).dropna().assign(construct=construct)
        all_scores = np.sort(scored["score"])
        deviation = round(all_scores.std(), DECIMALS) if len(scored) else 0.0
        centred = scored["score"] - all_scores.mean() if len(scored) else scored["score"]
        z = centred / deviation if deviation > 0 else centred * 0
        tables.append(scored.assign(z=z.round(DECIMALS), score=scored["score"].round(DECIMALS)).reset_index())
    made = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    own = made[made["customer_id"].isin(features["customer_id"])]
    return schema.frame("survey_scores", own.sort_values(["customer_id", "construct"], ignore_index=True))


def _by_construct(answers: pd.DataFrame, items: pd.DataFrame, rules: SurveyRules):
    """Each construct by name, with the answers to its items, reversed ones turned."""
    low, high = scale(items, rules)
    used = items[items["read_as"] == "item"]
    for construct, own in used.groupby("construct"):
        values = answers[own["item"].tolist()].copy()
        turned = own.loc[own["is_reversed"], "item"].tolist()
        values[turned] = low + high - values[turned]
        yield construct, values


def _scores(values: pd.DataFrame, rules: SurveyRules) -> pd.DataFrame:
    """``answered`` and ``score`` of each respondent; no score below ``rules.min_answered`` of the items."""
    answered = values.notna().sum(axis=1)
    enough = answered >= max(rules.min_answered * values.shape[1], 1)
    return pd.DataFrame({"answered": answered, "score": values.mean(axis=1).where(enough)})


def _weakest(values: pd.DataFrame) -> tuple[str, float]:
    """The item that goes least with the mean of the others, and that correlation; an item of one value has none."""
    lowest, name = np.nan, ""
    for item in sorted(values):
        rest = values.drop(columns=item).mean(axis=1)
        both = pd.DataFrame({"item": values[item], "rest": rest}).dropna().sort_values(["item", "rest"])
        if both.nunique().min() < 2 if len(both) else True:
            continue
        found = round(both["item"].corr(both["rest"]), DECIMALS)
        if not found >= lowest:
            lowest, name = found, item
    return name, lowest
