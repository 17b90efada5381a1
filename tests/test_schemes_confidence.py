"""How sure a label is, and changes that keep their promise when the customer is scored again."""

import numpy as np
import pandas as pd
import pytest
from customers import apart, case_of, labelled, people
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema, schemes, scores
from custkit.errors import TableError
from custkit.schemes import confidence, segment_map
from custkit.settings import SchemeRules, ScoreRules
from custkit.words import Words

ORDERS = {
    "tier3": schemes.SCHEMES["tier3"].labels,
    "rfm8": schemes.SCHEMES["rfm8"].labels,
    "segment_map": segment_map.names(segment_map.shipped()),
}


def crowd(n: int, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return people(
        rng.integers(0, 400, n).tolist(),
        rng.geometric(0.3, n),
        np.round(rng.lognormal(4, 1, n), 2),
    )


def confident(features: pd.DataFrame, **more) -> pd.DataFrame:
    known = case_of(features, **{name: more.pop(name) for name in ("feedback", "rules") if name in more})
    return confidence.label_confidence(known, more.pop("whole", features), confidence.namers(known), **more)


class TestNamers:
    @pytest.mark.parametrize(
        "rules", [SchemeRules(), SchemeRules(r_reading="days", tier_weights=(0.2, 0.2, 0.6))]
    )
    def test_say_what_the_registry_says(self, rules):
        features = crowd(80)
        feedback = pd.DataFrame({"customer_id": features["customer_id"][::3], "satisfaction": [1, 3, 5] * 9})
        found = confident(features, rules=rules, feedback=feedback, draws=2)
        for scheme, rows in found.groupby("scheme"):
            expected = labelled(features, scheme, rules, feedback=feedback)
            assert dict(zip(rows["customer_id"], rows["label"], strict=True)) == expected

    def test_go_by_margin_where_the_tiers_do(self):
        features = crowd(60).assign(margin=lambda table: table["spend"][::-1].to_numpy())
        found = confident(features, draws=2).query("scheme == 'tier3'")
        assert dict(zip(found["customer_id"], found["label"], strict=True)) == labelled(features, "tier3")


class TestLabelConfidence:
    """mission M6"""

    def test_far_from_every_border_a_label_is_sure_and_on_it_a_coin_falls(self):
        # The best and the last of 200 are far from the medians; the 100th stands right at all three.
        features = people(
            list(range(200)), list(range(200, 0, -1)), [float(200 - place) for place in range(200)]
        )
        table = confident(features, draws=200).query("scheme == 'rfm8'").set_index("customer_id")
        assert table.loc["c000", ["label", "share"]].tolist() == ["high_value", 1.0]
        assert table.loc["c199", ["label", "share"]].tolist() == ["churn_risk", 1.0]
        assert pd.isna(table.loc["c000", "other"])
        assert 0.3 < table.loc["c099", "share"] < 0.75

    def test_all_equal_customers_are_sure_and_equal(self):
        table = confident(people([7] * 30, [2] * 30, [50.0] * 30), draws=20)
        assert (table["share"] == 1).all()
        assert (table.groupby("scheme")["label"].nunique() == 1).all()

    def test_equal_customers_get_equal_shares(self):
        features = crowd(100)
        twice = pd.concat(
            [features, features.assign(customer_id="x" + features["customer_id"])], ignore_index=True
        )
        table = confident(twice, draws=30)
        plain = table[~table["customer_id"].str.startswith("x")].reset_index(drop=True)
        twins = table[table["customer_id"].str.startswith("x")].reset_index(drop=True)
        assert plain["share"].tolist() == twins["share"].tolist()

    def test_row_order_and_ids_change_nothing(self):  # mission M1
        features = crowd(70)
        base = confident(features, draws=25)
        pd.testing.assert_frame_equal(confident(features.sample(frac=1, random_state=1), draws=25), base)
        renamed = features.assign(customer_id=[f"z{99 - place:03d}" for place in range(len(features))])
        other = confident(renamed, draws=25).sort_values(["scheme", "customer_id"], ascending=[True, False])
        expected = base.sort_values(["scheme", "customer_id"])
        assert other["share"].tolist() == expected["share"].tolist()

    def test_more_customers_make_surer_borders(self):
        means = [confident(crowd(n), draws=40)["share"].mean() for n in (40, 400, 4000)]
        assert means == sorted(means)

    def test_a_region_under_the_wholes_cuts_is_as_sure_as_in_the_whole(self):
        whole = crowd(300)
        all_of_it = confident(whole, draws=30)
        known = case_of(whole)
        part = whole[:20]
        here = schemes.case(part, scores.rfm(part, known.cuts), known.cuts, words=Words())
        found = confidence.label_confidence(here, whole, confidence.namers(here), draws=30)
        expected = all_of_it[all_of_it["customer_id"].isin(part["customer_id"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)

    @pytest.mark.slow
    def test_covers_the_true_label(self):
        """Coverage: of labels told as sure in 95 % of draws, at least 95 % are those of the true borders."""
        right = told = 0
        population = crowd(200_000, seed=1)
        truth = scores.cut_points(population)
        for seed in range(20):
            sample = crowd(300, seed=100 + seed)
            table = confident(sample, draws=100).query("scheme == 'rfm8' and share >= 0.95")
            true = schemes.READINGS["intended"]
            cells = scores.rfm(sample, truth).set_index("customer_id")["high_low"].map(true)
            right += (cells[table["customer_id"]].to_numpy() == table["label"].to_numpy()).sum()
            told += len(table)
        assert right / told >= 0.95

    def test_given_cuts_hang_on_no_chance(self):
        assert confident(crowd(30), score_rules=ScoreRules(cut_points="march.csv")).empty

    def test_nobody_and_one_customer(self):
        nobody = apart("pro", "prospect")
        cuts = scores.cut_points(crowd(10))
        known = schemes.case(nobody, scores.rfm(nobody, cuts), cuts, words=Words())
        empty = confidence.label_confidence(known, crowd(10), confidence.namers(known))
        assert list(empty) == list(schema.TABLES["label_confidence"])
        assert (confident(crowd(1), draws=5)["share"] == 1).all()

    def test_a_hole_that_only_moved_borders_reach_is_no_error(self):
        features = crowd(60)
        known = case_of(features)
        held = known.rfm["cell"].unique()
        rows = [[f"s{cell}", *(int(score) for score in cell for _ in "lu")] for cell in held]
        holed = segment_map.given(pd.DataFrame(rows, columns=["segment", *segment_map.BOUNDS]), "holed.csv")
        known = case_of(features, segments=holed)
        table = confidence.label_confidence(known, features, confidence.namers(known), draws=30)
        assert segment_map.UNNAMED in set(table["other"])
        assert segment_map.UNNAMED not in set(table["label"])

    def test_an_empty_measure_is_named(self):
        features = crowd(10)
        with pytest.raises(TableError, match="spend is empty for 1 of 10"):
            confident(features, whole=features.assign(spend=features["spend"].where(features.index > 0)))

    def test_leaves_its_input_alone(self):
        features = crowd(20)
        before = features.copy(deep=True)
        confident(features, draws=3)
        pd.testing.assert_frame_equal(features, before)


class TestSummary:
    def test_by_hand(self):
        rows = [("tier3", "high", 1.0), ("tier3", "high", 0.9), ("tier3", "low", 0.95), ("tier3", "low", 1.0)]
        table = pd.DataFrame(rows, columns=["scheme", "label", "share"]).assign(customer_id="c", other="x")
        summary = confidence.summary(table).set_index("label")
        assert summary.loc["high", ["customers", "mean_share", "sure", "share_sure"]].tolist() == [
            2,
            0.95,
            1,
            0.5,
        ]
        assert summary.loc["(all)", ["customers", "sure", "share_sure"]].tolist() == [4, 3, 0.75]

    def test_nobody(self):
        assert confidence.summary(schema.empty("label_confidence")).empty


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
        table = confidence.steps(known, confidence.namers(known), ORDERS)
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
        table = confidence.steps(known, confidence.namers(known), ORDERS)
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
        table = confidence.steps(known, confidence.namers(known), ORDERS)
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
        table = confidence.steps(known, confidence.namers(known), ORDERS).query("scheme == 'rfm8'")
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
        table = confidence.steps(known, confidence.namers(known), ORDERS, decimals=4)
        assert table.set_index(["scheme", "customer_id"]).loc[("rfm8", "c001"), "spend_more"] == 50.0001

    def test_row_order_changes_nothing(self):
        features = crowd(30)
        known, turned = case_of(features), case_of(features[::-1])
        pd.testing.assert_frame_equal(
            confidence.steps(known, confidence.namers(known), ORDERS),
            confidence.steps(turned, confidence.namers(turned), ORDERS),
        )

    def test_nobody(self):
        nobody, cuts = apart("pro", "prospect"), scores.cut_points(crowd(10))
        known = schemes.case(nobody, scores.rfm(nobody, cuts), cuts, words=Words())
        empty = confidence.steps(known, confidence.namers(known), ORDERS)
        assert list(empty) == list(schema.TABLES["label_steps"])
        assert confidence.step_summary(empty).empty
        assert confidence.told(empty, Words()).empty


class TestStepSummary:
    def test_by_hand(self):
        features = people([0, 100, 0, 100], [3, 1, 3, 1], [150.0, 50.0, 150.0, 50.0])
        known = case_of(features)
        table = confidence.step_summary(confidence.steps(known, confidence.namers(known), ORDERS))
        row = table.set_index("scheme").loc["rfm8"]
        assert row.drop("median_next_spend").tolist() == ["spend", 4, 2, 2, 0, 0, 2, 2, 2.0, 50.01]
        assert np.isnan(row["median_next_spend"])

    def test_orders_that_must_be_large_are_counted_apart(self):
        features = people([0, 0, 0, 0], [5, 5, 1, 1], [150.0, 50.0, 150.0, 60.0])
        known = case_of(features)
        table = confidence.steps(known, confidence.namers(known), ORDERS)
        row = confidence.step_summary(table).set_index("scheme").loc["rfm8"]
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
        steps = confidence.steps(known, confidence.namers(known), ORDERS).query("scheme == 'rfm8'")
        told = confidence.told(steps, Words(lang))
        assert told.index.equals(steps.index)
        assert told.tolist() == ["", text, "", text]

    def test_an_order_that_must_be_large(self):
        features = people([0, 0, 0, 0], [5, 5, 1, 1], [150.0, 50.0, 150.0, 60.0])
        known = case_of(features)
        steps = confidence.steps(known, confidence.namers(known), ORDERS).query("scheme == 'rfm8'")
        assert confidence.told(steps, Words()).iloc[1] == (
            "an order today, spend: 55.01 or more, or spend more: 55.01"
        )
