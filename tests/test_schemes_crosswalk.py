"""Schemes laid across each other: sums, figures of agreement worked by hand, words with several meanings, trap T1's list."""

import numpy as np
import pandas as pd
import pytest
from customers import apart, case_of, people
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from custkit import schema, schemes, scores
from custkit.errors import TableError
from custkit.schemes import crosswalk, segment_map

ORDERS = {"one": ("high", "middle", "low"), "two": ("a", "b", "c")}


def labels_of(**named: str) -> pd.DataFrame:
    """Scheme to the labels of customers c000, c001, ..., one word each."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "customer_id": [f"c{place:03d}" for place in range(len(words.split()))],
                    "scheme": scheme,
                    "label": words.split(),
                    "reason": [f"{scheme} says {word}" for word in words.split()],
                }
            )
            for scheme, words in named.items()
        ],
        ignore_index=True,
    ).astype("str")


@pytest.fixture
def features() -> pd.DataFrame:
    """60 buyers of three kinds, one who only sent things back, one prospect."""
    recency = [1, 30, 300] * 20
    orders = [9, 3, 1] * 20
    spend = [900.0 + place for place in range(60)]
    kinds = people(recency, orders, spend)
    return pd.concat(
        [kinds, apart("ref", "refunds_only", -5.25), apart("pro", "prospect")], ignore_index=True
    )


class TestCrosswalk:
    def test_by_hand(self):
        four = people([1] * 4, [1] * 4, [1.5, 2.25, 4.0, -1.0])
        crossed = crosswalk.crosswalk(four, labels_of(one="high high low low", two="a b b b"))
        assert crossed.to_numpy().tolist() == [
            ["one", "high", "two", "a", 1, 1.5],
            ["one", "high", "two", "b", 1, 2.25],
            ["one", "low", "two", "b", 2, 3.0],
        ]

    def test_each_pair_adds_up_to_all_customers_and_all_spend(self, features):  # mission 90, M4
        crossed = crosswalk.crosswalk(features, schemes.label(case_of(features)))
        sums = crossed.groupby(["scheme_a", "scheme_b"])[["customers", "spend"]].sum()
        n = crossed["scheme_a"].nunique() + 1
        assert len(sums) == n * (n - 1) / 2
        assert (sums["customers"] == 62).all()
        assert np.allclose(sums["spend"], features["spend"].sum(), atol=1e-6)

    def test_rows_in_another_order_change_nothing(self, features):
        labels = schemes.label(case_of(features))
        turned = labels.sample(frac=1, random_state=1).sort_values("scheme", kind="stable")
        # Schemes stand as they come: the same order of schemes, the customers shuffled.
        turned = pd.concat([turned[turned["scheme"] == scheme] for scheme in labels["scheme"].unique()])
        pd.testing.assert_frame_equal(
            crosswalk.crosswalk(features.sample(frac=1, random_state=2), turned),
            crosswalk.crosswalk(features, labels),
        )

    def test_nobody_and_one_scheme_give_no_rows(self, features):
        labels = labels_of(one="high high")
        assert crosswalk.crosswalk(people([1, 1], [1, 1], [1, 1]), labels).empty
        nobody = crosswalk.crosswalk(features[:0], schema.empty("labels"))
        assert list(nobody) == list(schema.TABLES["crosswalk"])

    def test_a_customer_twice_or_never_is_refused(self):
        two = people([1, 1], [1, 1], [1, 1])
        with pytest.raises(TableError, match="labels: one: expected each of 2 customers once, found 3 rows"):
            crosswalk.crosswalk(two, labels_of(one="a a a"))

    def test_leaves_its_input_alone(self, features):
        labels = schemes.label(case_of(features))
        before, kept = features.copy(deep=True), labels.copy(deep=True)
        crosswalk.crosswalk(features, labels)
        pd.testing.assert_frame_equal(features, before)
        pd.testing.assert_frame_equal(labels, kept)


def agreement(one: list[str], two: list[str], orders: dict | None = None, draws: int = 200) -> pd.Series:
    n = len(one)
    labels = labels_of(one=" ".join(one), two=" ".join(two))
    crossed = crosswalk.crosswalk(people([1] * n, [1] * n, [1.0] * n), labels)
    return crosswalk.agreement(crossed, ORDERS if orders is None else orders, draws=draws).iloc[0]


class TestAgreement:
    """mission M4, T6"""

    def test_the_same_under_other_names_agree_fully(self):
        row = agreement(["high", "middle", "low"] * 20, ["a", "b", "c"] * 20)
        assert row["cramers_v"] == pytest.approx(1)
        assert row["kappa"] == pytest.approx(1)
        assert row["adjusted_rand"] == pytest.approx(1)
        assert row["kappa_kind"] == "weighted"

    def test_turned_round_kappa_is_below_zero_and_the_groups_are_the_same(self):
        row = agreement(["high", "middle", "low"] * 20, ["c", "b", "a"] * 20)
        # Of the three pairs of ranks, two are 2 steps off: mean 2/3 of the way; by chance 4/9: kappa is 1 - (2/3)/(4/9).
        assert row["kappa"] == pytest.approx(-0.5)
        assert row["adjusted_rand"] == pytest.approx(1)

    def test_two_by_two_by_hand(self):
        """30, 10 / 10, 30: chi-square 20 of 80."""
        one = ["high"] * 40 + ["low"] * 40
        two = ["high"] * 30 + ["low"] * 10 + ["high"] * 10 + ["low"] * 30
        row = agreement(one, two, {})
        phi = 20 / 80 - 1 / 79
        assert row["cramers_v"] == pytest.approx(np.sqrt(phi / (2 - 1 / 79 - 1)))
        assert (row["kappa_kind"], row["kappa"]) == ("same_words", pytest.approx(0.5))
        assert row["v_low"] < row["cramers_v"] < row["v_high"]

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=5, max_size=40))
    def test_as_scikit_learn_has_them(self, pairs):
        one, two = ([ORDERS[scheme][pair[side]] for pair in pairs] for side, scheme in enumerate(ORDERS))
        row = agreement(one, two, draws=2)
        if min(len(set(one)), len(set(two))) < 2:
            assert np.isnan(row["adjusted_rand"])
            return
        assert row["adjusted_rand"] == pytest.approx(metrics.adjusted_rand_score(one, two), abs=1e-9)
        ranks = list(zip(*pairs, strict=True))
        expected = metrics.cohen_kappa_score(*ranks, weights="linear", labels=[0, 1, 2])
        assert row["kappa"] == pytest.approx(expected, abs=1e-9)

    def test_unrelated_labels_give_nothing_on_average_and_the_interval_says_so(self):
        rng = np.random.default_rng(3)
        rows = [agreement(*(rng.choice(["x", "y", "z"], 200).tolist() for _ in "ab"), {}) for _ in range(40)]
        assert np.mean([row["adjusted_rand"] for row in rows]) == pytest.approx(0, abs=0.01)
        assert np.mean([row["v_low"] < 0.05 for row in rows]) > 0.9

    def test_customers_who_are_not_scored_have_no_say(self):
        scored = ["high", "low"] * 15
        row = agreement([*scored, "prospect", "refunds_only"], [*scored, "prospect", "refunds_only"], {})
        assert row["customers"] == 30
        assert row["labels_a"] == 2

    def test_what_is_not_known_stands_on_no_scale(self):
        one = ["high", "middle", "low", "high"] * 10
        two = ["a", "b", "c", "insufficient"] * 10
        orders = ORDERS | {"two": ("a", "b", "c", "insufficient")}
        assert agreement(one, two, orders)["kappa"] == pytest.approx(1)

    def test_too_few_customers_get_no_interval(self):
        row = agreement(["high", "low"] * 5, ["a", "b"] * 5)
        assert np.isnan(row["v_low"])
        assert row["cramers_v"] == pytest.approx(1)

    def test_one_label_tells_nothing(self):
        row = agreement(["high"] * 30, ["a", "b"] * 15)
        assert row[["cramers_v", "kappa", "adjusted_rand"]].isna().all()

    def test_is_the_same_twice(self):
        one, two = ["high", "low", "low"] * 10, ["a", "b"] * 15
        pd.testing.assert_series_equal(agreement(one, two), agreement(one, two))


class TestWords:
    """mission T3"""

    def test_by_hand(self):
        four = people([10, 20, 30, 40], [2, 2, 2, 2], [400.0, 300.0, 200.0, 100.0])
        labels = labels_of(tier3="potential potential potential low", rfm8="churn_risk x potential potential")
        row = crosswalk.words(four, labels).set_index("word").loc["potential"]
        counts = ["customers_a", "customers_b", "both", "only_a", "only_b"]
        assert row[counts].tolist() == [3, 2, 1, 2, 1]
        assert row["overlap"] == 0.25
        # Spend and recency part them as sharply; the measure that stands first is told.
        assert row[["measure", "chance", "median_a", "median_b"]].tolist() == ["recency_days", 1, 15, 40]

    def test_where_nobody_has_the_word_nothing_is_compared(self):
        row = crosswalk.words(people([1], [1], [1.0]), labels_of(tier3="low", rfm8="x")).iloc[0]
        assert row["both"] == 0
        assert np.isnan(row["overlap"])
        assert pd.isna(row["measure"])

    def test_every_label_of_a_word_is_a_label_of_its_scheme(self):
        for scheme, label in (pair for named in crosswalk.WORDS.values() for pair in named):
            known = schemes.SCHEMES[scheme].labels or segment_map.names(segment_map.shipped())
            assert label in known, (scheme, label)

    def test_leaves_its_input_alone(self, features):
        before = features.copy(deep=True)
        crosswalk.words(features, schemes.label(case_of(features)))
        pd.testing.assert_frame_equal(features, before)


class TestChanges:
    def test_lists_who_has_the_word_in_one_alone_with_both_reasons(self):
        three = people([10, 20, 30], [1, 1, 1], [1.0, 2.0, 3.0])
        labels = labels_of(tier3="potential potential low", rfm8="potential x potential")
        table = crosswalk.changes(three, labels, ("tier3", "potential"), ("rfm8", "potential"))
        assert table["customer_id"].tolist() == ["c001", "c002"]
        assert table["reason_a"].tolist() == ["tier3 says potential", "tier3 says low"]
        assert table["reason_b"].tolist() == ["rfm8 says x", "rfm8 says potential"]

    def test_names_the_scheme_that_is_not_there(self, features):
        with pytest.raises(TableError, match="no scheme abc; it has tier3"):
            crosswalk.changes(features, labels_of(tier3="low"), ("tier3", "low"), ("abc", "c"))


class TestReadingChanges:
    def test_lists_those_whose_name_hangs_on_the_reading(self):  # mission T1
        """Half are recent, half bought often and much: cells HHH, LHH, HLL and LLL."""
        known = people([1, 1, 100, 100], [9, 1, 9, 1], [90.0, 10.0, 90.0, 10.0])
        rfm = scores.rfm(known, scores.cut_points(known))
        table = crosswalk.reading_changes(rfm, schemes.readings(rfm)).set_index("customer_id")
        assert table["high_low"].to_dict() == {"c000": "HHH", "c001": "HLL", "c002": "LHH", "c003": "LLL"}
        names = table[["reading_intended", "reading_score", "reading_days"]]
        assert names.loc["c000"].tolist() == ["high_value", "high_value", "potential"]
        assert names.loc["c001"].tolist() == ["general_develop", "churn_risk", "general_develop"]
        assert names.loc["c003"].tolist() == ["churn_risk", "general_win_back", "churn_risk"]

    def test_counts_as_the_table_of_readings_does(self, features):
        rfm = scores.rfm(features, scores.cut_points(features))
        readings = schemes.readings(rfm)
        listed = crosswalk.reading_changes(rfm, readings)
        assert len(listed) == readings.loc[readings["changes"], "customers"].sum()

    def test_nobody(self, features):
        rfm = scores.rfm(features[:0], scores.cut_points(features))
        assert crosswalk.reading_changes(rfm, schemes.readings(rfm)).empty
