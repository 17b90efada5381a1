"""Sentences that can be recomputed: each names its table, its rows and how every number in it was made."""

import json
import operator
from collections.abc import Callable

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import TableError
from custkit.words import Words

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

Condition = tuple[str, str, object]


def make(
    key: str,
    table_name: str,
    table: pd.DataFrame,
    *,
    where: list[Condition] | tuple = (),
    of: list[Condition] | tuple = (),
    given: dict[str, object] | None = None,
    **recipes: tuple,
) -> dict:
    """One finding: the catalogue's sentence ``finding.<key>`` with values computed from ``table``.

    Parameters
    ----------
    key : entry of the catalogue, without ``finding.``
    table_name, table : the table as it is written, so that a checker finds it again
    where : conditions (column, comparison, value) that select the rows that the sentence is about
    of : conditions that select the rows that a share is a share of; none: all rows
    given : what the sentence says without computing it (currency, a setting, a day)
    recipes : value name to recipe: ("count",), ("share",), ("sum", column), ("share", column), ("mean", column),
        ("median", column), ("min", column), ("max", column), ("quantile", column, q), ("nunique", column),
        ("only", column) for the one row selected, ("points", column) for a share in it as percentage points,
        ("word", column, prefix) for a key of the catalogue in it, ("level", column, dimension) for a group of customers
        by that dimension, in words where the catalogue has them

    Returns
    -------
    a row for ``frame``

    Raises
    ------
    TableError
        A column or the one row is missing, or a number does not exist (the mean of no rows).
    """
    condition = {"where": [list(c) for c in where], "of": [list(c) for c in of]}
    computed = _compute(table_name, table, condition, recipes)
    values = {**computed, **(given or {})}
    return {
        "key": key,
        "table": table_name,
        "filter": json.dumps(condition, ensure_ascii=False, default=_plain),
        "n": int(_select(table_name, table, where).sum()),
        "values": json.dumps(values, ensure_ascii=False, default=_plain),
        "recipes": json.dumps(recipes, ensure_ascii=False),
        **{f"text_{lang}": _text(lang, key, values, recipes) for lang in ("en", "zh")},
    }


def frame(notebook: str, rows: list[dict]) -> pd.DataFrame:
    """The findings of a notebook ("03") as its table ``findings_03``."""
    if not rows:
        return schema.empty(f"findings_{notebook}")
    return pd.DataFrame(rows).assign(notebook=notebook)[list(schema.TABLES["findings_01"])]


def recompute(findings: pd.DataFrame, read: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The findings that do not hold against the tables that they name; no rows when all hold.

    Returns
    -------
    one row per finding that fails
        ``key``, ``table``, ``stated`` and ``found`` (values as JSON, or the text of the error).
    """
    failed = []
    for row in findings.itertuples():
        stated, recipes = json.loads(row.values), json.loads(row.recipes)
        try:
            table = read(row.table)
            condition = json.loads(row.filter)
            computed = _compute(row.table, table, condition, recipes)
            found = {**stated, **json.loads(json.dumps(computed, default=_plain))}
            n = int(_select(row.table, table, condition["where"]).sum())
            texts = {lang: _text(lang, row.key, found, recipes) for lang in ("en", "zh")}
            holds = found == stated and n == row.n and texts == {"en": row.text_en, "zh": row.text_zh}
        except TableError as error:
            found, holds = {"error": str(error)}, False
        if not holds:
            failed.append(
                {"key": row.key, "table": row.table, "stated": row.values, "found": json.dumps(found)}
            )
    return pd.DataFrame(failed, columns=["key", "table", "stated", "found"])


def _compute(name: str, table: pd.DataFrame, condition: dict, recipes: dict) -> dict:
    rows = table[_select(name, table, condition["where"])]
    base = table[_select(name, table, condition["of"])]
    return {value: _value(name, rows, base, *recipe) for value, recipe in recipes.items()}


def _select(name: str, table: pd.DataFrame, conditions) -> pd.Series:
    selected = pd.Series(True, index=table.index)
    for column, comparison, value in conditions:
        schema.require(table, [column], name)
        days = pd.api.types.is_datetime64_any_dtype(table[column])
        selected &= (
            _COMPARE[comparison](table[column], pd.Timestamp(value) if days else value)
            .fillna(False)
            .astype(bool)
        )
    return selected


def _value(name: str, rows: pd.DataFrame, base: pd.DataFrame, kind: str, column: str = "", *rest) -> object:
    if kind == "count":
        return len(rows)
    if kind == "share" and not column:
        return _number(name, kind, len(rows) / len(base) if len(base) else np.nan)
    schema.require(rows, [column], name)
    if kind in ("only", "points", "word", "level"):
        if len(rows) != 1:
            raise TableError(f"{name}: expected one row for {column}, found {len(rows)}")
        value = rows[column].iloc[0]
        return _number(name, kind, 100 * value) if kind == "points" else _plain(value)
    if kind == "nunique":
        return int(rows[column].nunique())
    if kind == "share":
        total = base[column].sum()
        return _number(name, kind, rows[column].sum() / total if total else np.nan)
    if kind == "quantile":
        return _number(name, kind, rows[column].quantile(*rest))
    return _number(name, kind, getattr(rows[column], kind)())


def _number(name: str, kind: str, value: object) -> object:
    if pd.isna(value):
        raise TableError(
            f"{name}: {kind} of no rows is no number; state such a finding only where there are rows"
        )
    return _plain(value)


def _plain(value: object) -> object:
    """As JSON holds it: days as ISO text, numpy numbers as Python's."""
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return value.item() if isinstance(value, np.generic) else value


def _text(lang: str, key: str, values: dict, recipes: dict) -> str:
    words = Words(lang)
    shown = {name: _shown(words, value, *recipes.get(name, ("given",))) for name, value in values.items()}
    return words(f"finding.{key}", **shown)


def _shown(words: Words, value: object, kind: str, *rest: str) -> object:
    if kind == "word":
        return words(rest[1] + str(value))
    return words.level(rest[1], value) if kind == "level" else value
