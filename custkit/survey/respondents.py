"""A survey as it comes in: which columns are items of which construct, what was answered, and by whom."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import InputRefused
from custkit.settings import SurveyRules

_NO_ITEMS = ("customer_id", "file", "sheet", "line")
_YES = frozenset(["1", "true", "yes", "y", "reversed", "是", "反向"])
_NO = frozenset(["", "0", "false", "no", "n", "否", "正向"])
_LEAST_LINE = 4  # the same answer to fewer items is nothing to wonder at


def items(
    survey: pd.DataFrame, survey_items: pd.DataFrame, rules: SurveyRules = SurveyRules()
) -> pd.DataFrame:
    """What each item is taken for, and how it was answered.

    Parameters
    ----------
    survey : one row per respondent
        ``customer_id`` and columns of answers.
    survey_items : one row per item
        ``item`` (a column of the survey, capitals and blanks at the ends aside; of two rows the first by construct
        counts), ``construct``, ``reversed`` (yes or no), ``text``. Without rows, every column of numbers is an item of no
        construct.
    rules : SurveyRules
        Answers outside ``survey_scale`` do not count.

    Returns
    -------
    one row per item, those of a construct first, sorted by construct and item
        ``item``, ``construct`` (empty: none), ``is_reversed``, ``text``, ``read_as`` (item, no_construct, not_named: a
        column that survey_items lacks, not_found: no such column, no_number), ``answers``, ``missing``, ``outside`` (of
        the scale given), ``lowest``, ``highest``, ``mean`` as answered, before any is turned.

    Raises
    ------
    TableError
        There is no column ``customer_id``.
    InputRefused
        ``reversed`` holds a word that is neither yes nor no.
    """
    schema.require(survey, ["customer_id"], "survey")
    told = _told(survey_items)
    columns = {_key(name): name for name in survey.columns if name not in _NO_ITEMS}
    rows = []
    for row in told.itertuples():
        name = columns.pop(_key(row.item), None)
        numeric = name is not None and _is_number(survey[name])
        kind = "not_found" if name is None else "no_number" if not numeric else "item"
        kind = "no_construct" if kind == "item" and not row.construct else kind
        rows.append(
            {
                "item": name or row.item,
                "construct": row.construct,
                "is_reversed": row.is_reversed,
                "text": row.text,
                "read_as": kind,
            }
        )
    unnamed = "not_named" if len(told) else "no_construct"
    for name in columns.values():
        if _is_number(survey[name]):
            rows.append({"item": name, "construct": "", "is_reversed": False, "text": "", "read_as": unnamed})
    counted = [row | _counts(survey, row, rules) for row in rows]
    table = schema.frame("survey_items_read", counted)
    table["last"] = table["read_as"] != "item"
    return table.sort_values(["last", "construct", "item"], ignore_index=True).drop(columns="last")


def answers(survey: pd.DataFrame, items: pd.DataFrame, rules: SurveyRules = SurveyRules()) -> pd.DataFrame:
    """Answers as given: one row per customer (index ``customer_id``, sorted), one column per item of a construct.

    Where a customer answered more than once, each item has the mean of what was answered. Whoever answered no item is
    left out. Answers outside ``rules.survey_scale`` are empty.
    """
    schema.require(survey, ["customer_id"], "survey")
    columns = items.loc[items["read_as"] == "item", "item"].tolist()
    given = (
        survey[["customer_id", *columns]].dropna(subset="customer_id").astype(dict.fromkeys(columns, float))
    )
    given[columns] = _inside(given[columns], rules)
    return given.groupby("customer_id").mean().dropna(how="all").astype(float)


def scale(items: pd.DataFrame, rules: SurveyRules = SurveyRules()) -> tuple[float, float]:
    """Lowest and highest answer: as set, or as found over all items of a construct together; NaN without any."""
    if rules.survey_scale:
        return rules.survey_scale[0], rules.survey_scale[1]
    used = items[items["read_as"] == "item"]
    return float(used["lowest"].min()), float(used["highest"].max())


def overview(
    survey: pd.DataFrame, items: pd.DataFrame, features: pd.DataFrame, rules: SurveyRules = SurveyRules()
) -> pd.DataFrame:
    """Who answered, how completely, and how many gave one answer to everything.

    Parameters
    ----------
    survey : one row per respondent, of these customers
    items : from ``items``, of all regions
    features : one row per customer

    Returns
    -------
    one row
        ``customers``, ``rows``, ``respondents`` (customers who answered an item), ``share_of_customers``,
        ``orphans`` (ids that are no customer; they answered, but get no type), ``repeated`` (respondents with several
        rows), ``items``, ``constructs``, ``reversed_items``, ``set_aside`` (items and columns of numbers that no construct
        has or that no column holds), ``asked`` (respondents x items), ``missing`` of them, ``share_missing``,
        ``straight_liners`` (the same answer to each of four items or more) and ``share_straight`` of the respondents,
        ``scale_low``, ``scale_high``. Shares of nothing are empty.
    """
    schema.require(features, ["customer_id"], "features")
    given = answers(survey, items, rules)
    known = given.index.isin(features["customer_id"])
    own = given[known]
    used = items[items["read_as"] == "item"]
    low, high = scale(items, rules)
    times = survey["customer_id"].value_counts()
    straight = (own.nunique(axis=1) == 1) & (own.notna().sum(axis=1) >= _LEAST_LINE)
    asked, missing = own.size, int(own.isna().sum().sum())
    row = {
        "customers": len(features),
        "rows": len(survey),
        "respondents": len(own),
        "share_of_customers": len(own) / len(features) if len(features) else np.nan,
        "orphans": int((~known).sum()),
        "repeated": int((times.reindex(own.index) > 1).sum()),
        "items": len(used),
        "constructs": used["construct"].nunique(),
        "reversed_items": int(used["is_reversed"].sum()),
        "set_aside": len(items) - len(used),
        "asked": asked,
        "missing": missing,
        "share_missing": missing / asked if asked else np.nan,
        "straight_liners": int(straight.sum()),
        "share_straight": straight.mean() if len(own) else np.nan,
        "scale_low": low,
        "scale_high": high,
    }
    return schema.frame("survey_overview", [row])


def _told(survey_items: pd.DataFrame) -> pd.DataFrame:
    """survey_items with every column, tidy text and yes or no; each item once."""
    schema.require(survey_items, ["item"], "survey_items")
    told = pd.DataFrame({"item": survey_items["item"].astype("str").str.strip()})
    for column in ("construct", "text", "reversed"):
        values = survey_items[column] if column in survey_items else pd.Series("", survey_items.index)
        told[column] = values.fillna("").astype("str").str.strip()
    marks = told["reversed"].str.lower()
    unknown = sorted(set(marks) - _YES - _NO)
    if unknown:
        raise InputRefused(f"survey_items: reversed: expected yes or no, got {', '.join(unknown)}")
    told["is_reversed"] = marks.isin(_YES)
    # A row without a construct comes last: of two rows of an item the one that says more counts.
    told = told[told["item"] != ""].assign(key=told["item"].map(_key), bare=told["construct"] == "")
    return told.sort_values(["bare", "construct", "item", "reversed", "text"]).drop_duplicates("key")


def _counts(survey: pd.DataFrame, row: dict, rules: SurveyRules) -> dict[str, float]:
    values = (
        survey[row["item"]].astype(float)
        if row["read_as"] not in ("not_found", "no_number")
        else pd.Series(dtype=float)
    )
    inside = _inside(values, rules)
    return {
        "answers": int(inside.notna().sum()),
        "missing": int(values.isna().sum()),
        "outside": int(values.notna().sum() - inside.notna().sum()),
        "lowest": inside.min(),
        "highest": inside.max(),
        "mean": round(np.sort(inside.dropna()).mean(), 6) if inside.notna().any() else np.nan,
    }


def _inside(values, rules: SurveyRules):
    """``values``, empty where they lie outside the scale that is set."""
    if not rules.survey_scale:
        return values
    low, high = rules.survey_scale
    return values.where((values >= low) & (values <= high))


def _key(name: object) -> str:
    return str(name).strip().casefold()


def _is_number(values: pd.Series) -> bool:
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return numeric and bool(values.notna().any())
