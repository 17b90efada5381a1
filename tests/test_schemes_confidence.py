"""How sure a label is."""

import pandas as pd
import pytest
from customers import apart, case_of, crowd, people

from custkit import schema, schemes, scores
from custkit.errors import TableError
from custkit.schemes import confidence, segment_map, states
from custkit.settings import ScoreRules
from custkit.words import Words


def confident(features: pd.DataFrame, **more) -> pd.DataFrame:
    known = case_of(features, **{name: more.pop(name) for name in ("feedback", "rules") if name in more})
    return confidence.label_confidence(known, more.pop("whole", features), states.namers(known), **more)


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
        found = confidence.label_confidence(here, whole, states.namers(here), draws=30)
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
        empty = confidence.label_confidence(known, crowd(10), states.namers(known))
        assert list(empty) == list(schema.TABLES["label_confidence"])
        assert (confident(crowd(1), draws=5)["share"] == 1).all()

    def test_a_hole_that_only_moved_borders_reach_is_no_error(self):
        features = crowd(60)
        known = case_of(features)
        held = known.rfm["cell"].unique()
        rows = [[f"s{cell}", *(int(score) for score in cell for _ in "lu")] for cell in held]
        holed = segment_map.given(pd.DataFrame(rows, columns=["segment", *segment_map.BOUNDS]), "holed.csv")
        known = case_of(features, segments=holed)
        table = confidence.label_confidence(known, features, states.namers(known), draws=30)
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
