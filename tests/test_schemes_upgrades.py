"""Changes that would earn a better label keep their promise when the customer is scored again."""

import numpy as np
import pandas as pd
import pytest
from customers import apart, case_of, crowd, people
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema, schemes, scores
from custkit.schemes import segment_map, states, upgrades
from custkit.words import Words

ORDERS = {
    "tier3": schemes.SCHEMES["tier3"].labels,
    "rfm8": schemes.SCHEMES["rfm8"].labels,
    "segment_map": segment_map.names(segment_map.shipped()),
}


def rescored(features: pd.DataFrame, cuts: pd.DataFrame, scheme: str, **change) -> dict[str, str]:
    """Customer to label, by the registry's own rule."""
    changed = features.assign(**change)
    known = schemes.case(changed, scores.rfm(changed, cuts), cuts, words=Words())
    found = np.asarray(schemes.SCHEMES[scheme].rule(known).label, dtype=object)
    return dict(zip(known.buyers["customer_id"], found, strict=True))


def changed(features, rows, change) -> dict:
    """The measures of all customers, with the change told in ``rows`` for those in it."""
    to = features.set_index("customer_id")[["recency_days", "n_orders", "spend"]].astype(float)
    rows = rows.set_index("customer_id")
    if change == "next":
        to.loc[rows.index, "recency_days"] = 0
        to.loc[rows.index, "n_orders"] += 1
        to.loc[rows.index, "spend"] += rows["next_spend"]
    else:
        column = {"orders": "n_orders", "spend": "spend"}[change]
        to.loc[rows.index, column] += rows[f"{change}_more"].astype(float)
    return {name: column.to_numpy() for name, column in to.round(2).items()}


class TestSteps:
    """mission M6"""

    @settings(max_examples=7, deadline=None)
    @given(st.integers(1, 40), st.integers(0, 10_000), st.booleans())
    def test_whoever_is_scored_again_has_the_label_promised(self, n, seed, in_steps):
        features = crowd(n, seed)
        if in_steps:  # ties, and amounts that sit on borders
            features = features.assign(
                spend=features["spend"].round(-1), recency_days=features["recency_days"] // 100
            )
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS)
        position = {name: pd.Series(range(len(order)), order) for name, order in ORDERS.items()}
        for change in ("next", "orders", "spend"):
            for scheme, rows in table.dropna(subset=[f"{change}_label"]).groupby("scheme"):
                again = rescored(features, known.cuts, scheme, **changed(features, rows, change))
                rows = rows.set_index("customer_id")
                for customer, promised in rows[f"{change}_label"].items():
                    assert again[customer] == promised
                    assert position[scheme][promised] < position[scheme][rows.loc[customer, "label"]]

    @settings(max_examples=4, deadline=None)
    @given(st.integers(0, 10_000))
    def test_a_cent_or_an_order_less_would_not_do(self, seed):
        features = crowd(40, seed)
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS)
        for change, column, least in (
            ("next", "next_spend", 0.01),
            ("orders", "orders_more", 1),
            ("spend", "spend_more", 0.01),
        ):
            told = table[table[column] > 0]  # an order of nothing is the least that an order can be
            for scheme, rows in told.groupby("scheme"):
                less = rows.assign(**{column: rows[column].astype(float) - least})
                again = rescored(features, known.cuts, scheme, **changed(features, less, change))
                order = ORDERS[scheme]
                for customer, row in rows.set_index("customer_id").iterrows():
                    assert order.index(again[customer]) >= order.index(row["label"])

    @settings(max_examples=4, deadline=None)
    @given(st.integers(0, 10_000))
    def test_where_no_next_order_is_told_none_of_any_size_would_do(self, seed):
        features = crowd(40, seed)
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS)
        for scheme, rows in table[table["next_label"].isna()].groupby("scheme"):
            for size in (0.0, 1.0, 50.0, 1e9):
                again = rescored(
                    features, known.cuts, scheme, **changed(features, rows.assign(next_spend=size), "next")
                )
                order = ORDERS[scheme]
                for customer, row in rows.set_index("customer_id").iterrows():
                    assert order.index(again[customer]) >= order.index(row["label"])

    def test_by_hand(self):
        """Two levels at the medians: 50 days, 2 orders, 100 of spend."""
        features = people([0, 100, 0, 100], [3, 1, 3, 1], [150.0, 50.0, 150.0, 50.0])
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS).query("scheme == 'rfm8'")
        row = table.set_index("customer_id").loc["c001"]
        assert row["label"] == "churn_risk"
        assert row[["next_spend", "next_label"]].tolist() == [0, "general_develop"]
        assert row[["orders_more", "orders_label"]].tolist() == [2, "general_keep"]
        assert row[["spend_more", "spend_label"]].tolist() == [50.01, "important_win_back"]
        top = table.set_index("customer_id").loc["c000"]
        assert top[["next_label", "next_spend", "orders_label", "spend_label", "spend_more"]].isna().all()

    def test_the_smallest_unit_is_that_of_the_runs_money(self):
        features = people([0, 100, 0, 100], [3, 1, 3, 1], [150.0, 50.0, 150.0, 50.0])
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS, decimals=4)
        assert table.set_index(["scheme", "customer_id"]).loc[("rfm8", "c001"), "spend_more"] == 50.0001

    def test_row_order_changes_nothing(self):
        features = crowd(30)
        known, turned = case_of(features), case_of(features[::-1])
        pd.testing.assert_frame_equal(
            upgrades.steps(known, states.namers(known), ORDERS),
            upgrades.steps(turned, states.namers(turned), ORDERS),
        )

    def test_leaves_its_input_alone(self):
        features = crowd(20)
        known, before = case_of(features), features.copy(deep=True)
        table = upgrades.steps(known, states.namers(known), ORDERS)
        told = table.copy(deep=True)
        upgrades.summary(table)
        pd.testing.assert_frame_equal(features, before)
        pd.testing.assert_frame_equal(table, told)

    def test_nobody(self):
        nobody, cuts = apart("pro", "prospect"), scores.cut_points(crowd(10))
        known = schemes.case(nobody, scores.rfm(nobody, cuts), cuts, words=Words())
        empty = upgrades.steps(known, states.namers(known), ORDERS)
        assert list(empty) == list(schema.TABLES["label_steps"])
        assert upgrades.summary(empty).empty
        assert upgrades.told(empty, Words()).empty


class TestSummary:
    def test_by_hand(self):
        features = people([0, 100, 0, 100], [3, 1, 3, 1], [150.0, 50.0, 150.0, 50.0])
        known = case_of(features)
        table = upgrades.summary(upgrades.steps(known, states.namers(known), ORDERS))
        row = table.set_index("scheme").loc["rfm8"]
        assert row.drop("median_next_spend").tolist() == ["spend", 4, 2, 2, 0, 0, 2, 2, 2.0, 50.01]
        assert np.isnan(row["median_next_spend"])

    def test_orders_that_must_be_large_are_counted_apart(self):
        features = people([0, 0, 0, 0], [5, 5, 1, 1], [150.0, 50.0, 150.0, 60.0])
        known = case_of(features)
        table = upgrades.steps(known, states.namers(known), ORDERS)
        row = upgrades.summary(table).set_index("scheme").loc["rfm8"]
        assert row[["by_next_order", "by_any_order", "by_large_order"]].tolist() == [2, 0, 2]
        assert row["median_next_spend"] == 50.01  # 55.01 and 45.01, to be above the median of 105


class TestTold:
    @pytest.mark.parametrize(
        ("lang", "text"),
        [
            ("en", "any order today, or orders more: 2, or spend more: 50.01"),
            ("zh", "今天任意下一单，或再下 2 单，或消费金额再增 50.01"),
        ],
    )
    def test_in_words(self, lang, text):
        features = people([0, 100, 0, 100], [3, 1, 3, 1], [150.0, 50.0, 150.0, 50.0])
        known = case_of(features)
        steps = upgrades.steps(known, states.namers(known), ORDERS).query("scheme == 'rfm8'")
        told = upgrades.told(steps, Words(lang))
        assert told.index.equals(steps.index)
        assert told.tolist() == ["", text, "", text]

    def test_an_order_that_must_be_large(self):
        features = people([0, 0, 0, 0], [5, 5, 1, 1], [150.0, 50.0, 150.0, 60.0])
        known = case_of(features)
        steps = upgrades.steps(known, states.namers(known), ORDERS).query("scheme == 'rfm8'")
        assert upgrades.told(steps, Words()).iloc[1] == (
            "an order today, spend: 55.01 or more, or spend more: 55.01"
        )
