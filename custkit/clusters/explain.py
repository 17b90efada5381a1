"""Who is in which group, in words: a shallow tree in real units, tried on customers that it has not seen."""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from custkit import schema
from custkit.settings import ClusterRules
from custkit.words import LANGUAGES, Words

_DEPTH = 3  # questions at most: a rule with more is not remembered
_FOLDS = 5
_DIGITS = 3  # significant ones of a cut: what a reader can use
Bounds = dict[str, tuple[float, float]]


def rules_of_groups(
    features: pd.DataFrame, groups: pd.DataFrame, rules: ClusterRules = ClusterRules()
) -> pd.DataFrame:
    """If-then rules that tell the slices apart.

    A decision tree of at most three questions on the measures as they are, its cuts rounded to three digits; support and
    precision count the customers whom the rounded rule, as it is printed, applies to.

    Parameters
    ----------
    features : one row per customer, with the measures of ``rules.cluster_features``
    groups : customer_id, slice
    rules : ClusterRules
        A rule holds for ``min_group_customers`` or more.

    Returns
    -------
    one row per rule, by slice, then by support (no rows without slices); each buyer falls under one rule
        ``rule`` ("recency_days <= 50 and n_orders > 3"), ``rule_en``, ``rule_zh``, ``slice`` that most of its
        customers are in (ties: the more valuable), ``customers``, ``support`` (share of buyers), ``precision`` (share of
        its customers in that slice), ``told`` and ``held_out_precision`` (how many of its customers, and what share,
        are put into their own slice by a tree grown without them; five folds).

    Source
    ------
    Breiman, Friedman, Olshen & Stone (1984), *Classification and Regression Trees*.
    """
    measures = list(rules.cluster_features)
    schema.require(features, ["customer_id", *measures], "features")
    schema.require(groups, ["customer_id", "slice"], "clusters")
    people = groups[["customer_id", "slice"]].merge(features, on="customer_id").sort_values("customer_id")
    usable = [measure for measure in measures if people[measure].notna().all()]
    if people["slice"].nunique() < 2:
        return schema.frame("cluster_rules", [])
    values, slices = people[usable].astype(float), people["slice"].to_numpy()
    tree = DecisionTreeClassifier(
        max_depth=_DEPTH, min_samples_leaf=rules.min_group_customers, random_state=rules.seed
    )
    folds = KFold(_FOLDS, shuffle=True, random_state=rules.seed)
    # A fold sees four fifths of each group, give or take one: with leaves of full size small groups would have none.
    smaller = clone(tree).set_params(
        min_samples_leaf=max(rules.min_group_customers * (_FOLDS - 1) // _FOLDS - 1, 1)
    )
    told = cross_val_predict(smaller, values.to_numpy(), slices, cv=folds) == slices
    rows = []
    for bounds in _leaves(tree.fit(values.to_numpy(), slices), usable):
        inside = _applies(values, bounds)
        if not inside.any():  # rounding closed the gap that this rule spoke of
            continue
        counts = np.bincount(slices[inside])
        rows.append(
            {
                "rule": _plain(bounds),
                **{f"rule_{lang}": _in_words(bounds, values, Words(lang)) for lang in LANGUAGES},
                "slice": counts.argmax(),
                "customers": inside.sum(),
                "support": inside.mean(),
                "precision": counts.max() / inside.sum(),
                "told": told[inside].sum(),
                "held_out_precision": told[inside].mean(),
            }
        )
    table = schema.frame("cluster_rules", rows)
    return table.sort_values(["slice", "customers", "rule"], ascending=[True, False, True], ignore_index=True)


def _leaves(fitted: DecisionTreeClassifier, measures: list[str]) -> list[Bounds]:
    """Lower (not included) and upper (included) bounds of each leaf; leaves of one parent that say the same are one."""
    tree = fitted.tree_

    def below(node: int, bounds: Bounds) -> list[tuple[Bounds, int]]:
        if tree.children_left[node] == tree.children_right[node]:
            return [(bounds, int(tree.value[node][0].argmax()))]
        measure = measures[tree.feature[node]]
        cut = _rounded(tree.threshold[node])
        low, high = bounds.get(measure, (-np.inf, np.inf))
        left = below(tree.children_left[node], {**bounds, measure: (low, min(high, cut))})
        right = below(tree.children_right[node], {**bounds, measure: (max(low, cut), high)})
        said = {says for _, says in left + right}
        return [(bounds, said.pop())] if len(said) == 1 else left + right

    return [bounds for bounds, _ in below(0, {})]


def _rounded(cut: float) -> float:
    return float(f"{cut:.{_DIGITS}g}")


def _applies(values: pd.DataFrame, bounds: Bounds) -> np.ndarray:
    inside = np.ones(len(values), bool)
    for measure, (low, high) in bounds.items():
        inside &= ((values[measure] > low) & (values[measure] <= high)).to_numpy()
    return inside


def _plain(bounds: Bounds) -> str:
    parts = []
    for measure, (low, high) in bounds.items():
        parts += [f"{measure} > {low:.10g}"] if np.isfinite(low) else []
        parts += [f"{measure} <= {high:.10g}"] if np.isfinite(high) else []
    return " and ".join(parts) or "all"


def _in_words(bounds: Bounds, values: pd.DataFrame, words: Words) -> str:
    if not bounds:
        return words("rule.everyone")
    return words("rule.and").join(
        _condition(measure, low, high, bool((values[measure] % 1 == 0).all()), words)
        for measure, (low, high) in bounds.items()
    )


def _condition(measure: str, low: float, high: float, whole: bool, words: Words) -> str:
    """ "Orders: 3 to 7" where all values are whole, "spend: above 500" where not."""
    name = words.label("measure", measure)
    if whole:
        low, high = np.floor(low) + 1, np.floor(high)
    ends = {
        "low": f"{low:,.0f}" if whole else f"{low:,.10g}",
        "high": f"{high:,.0f}" if whole else f"{high:,.10g}",
    }
    kind = "count" if whole else "amount"
    if np.isinf(low):
        return words(f"rule.{kind}.to", measure=name, high=ends["high"])
    if np.isinf(high):
        return words(f"rule.{kind}.from", measure=name, low=ends["low"])
    if whole and low == high:
        return words("rule.count.only", measure=name, low=ends["low"])
    return words(f"rule.{kind}.between", measure=name, **ends)
