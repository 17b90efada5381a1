"""Every scheme gives every customer exactly one label, each label is reached, and the rules do what the documents ask."""

import pandas as pd
import pytest
from customers import apart, case_of, people

from custkit import schema, schemes, scores
from custkit.errors import SettingsError, TableError
from custkit.schemes import segment_map
from custkit.settings import SchemeRules, Settings
from custkit.words import Words

EN = Words("en")
# What recency, orders and spend alone allow.
FROM_SCORES = ["tier3", "rfm8", "segment_map", "frequency", "frequency_once", "loyalty", "abc"]


@pytest.fixture
def features() -> pd.DataFrame:
    """All 125 cells once: c000 to c124; a prospect, and one who only sent something back."""
    cells = [[int(score) for score in cell] for cell in scores.CELLS]
    recency, orders, spend = zip(*cells, strict=True)
    some = people([(5 - r) * 10 for r in recency], orders, [m * 100 for m in spend])
    return pd.concat([some, apart("pro", "prospect"), apart("ret", "refunds_only", -5.0)], ignore_index=True)


@pytest.fixture
def cuts(features) -> pd.DataFrame:
    return schemes.with_cuts(scores.cut_points(features), features)


@pytest.fixture
def rfm(features, cuts) -> pd.DataFrame:
    return scores.rfm(features, cuts)


def named(labels: pd.DataFrame, scheme: str) -> pd.Series:
    return labels[labels["scheme"] == scheme].set_index("customer_id")["label"]


class TestLabel:
    def test_each_customer_has_one_label_of_each_scheme(self, features, rfm, cuts):
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN))
        assert list(labels.columns) == list(schema.TABLES["labels"])
        assert labels["scheme"].unique().tolist() == FROM_SCORES
        assert labels.groupby("scheme")["customer_id"].apply(list).map(lambda ids: ids == sorted(ids)).all()
        assert (labels.groupby(["scheme", "customer_id"]).size() == 1).all()
        assert len(labels) == len(FROM_SCORES) * len(features)
        assert not labels.isna().any(axis=None)

    def test_each_label_of_the_scores_is_reached(self, features, rfm, cuts):
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN))
        for scheme in map(schemes.SCHEMES.get, ("tier3", "rfm8", "segment_map")):
            ours = scheme.labels or segment_map.names(segment_map.shipped())
            assert set(named(labels, scheme.id)) == {*ours, *schemes.UNSCORED}

    def test_who_is_not_scored_is_labelled_so_in_each_scheme(self, features, rfm, cuts):  # mission 89
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN))
        for scheme in FROM_SCORES:
            assert named(labels, scheme)[["pro", "ret"]].tolist() == ["prospect", "refunds_only"]

    def test_row_order_changes_nothing(self, features, rfm, cuts):
        turned = schemes.label(schemes.case(features[::-1], scores.rfm(features[::-1], cuts), cuts, words=EN))
        pd.testing.assert_frame_equal(turned, schemes.label(schemes.case(features, rfm, cuts, words=EN)))

    def test_labels_of_regions_add_up_to_the_whole(self, features, rfm, cuts):
        """With the whole's cut points, as `cut_points` asks by default."""
        whole = schemes.label(schemes.case(features, rfm, cuts, words=EN))
        regions = [features[place::3] for place in range(3)]
        parts = [
            schemes.label(schemes.case(region, scores.rfm(region, cuts), cuts, words=EN))
            for region in regions
        ]
        both = (table.groupby(["scheme", "label"]).size() for table in (whole, pd.concat(parts)))
        pd.testing.assert_series_equal(*both)

    def test_reasons_are_told_in_the_language_and_labels_are_keys(self, features, rfm, cuts):
        en, zh = (
            schemes.label(schemes.case(features, rfm, cuts, words=Words(lang))) for lang in ("en", "zh")
        )
        pd.testing.assert_series_equal(en["label"], zh["label"])
        best = en.query("customer_id == 'c124'").set_index("scheme")["reason"]
        assert best["tier3"] == "5.00 points: spend 5, regularity 5.0"
        assert best["rfm8"] == "ordered lately, many orders, high spend"
        assert best["segment_map"] == "recency 5, orders 5, spend 5"
        assert (
            zh.query("customer_id == 'c124' and scheme == 'rfm8'")["reason"].item()
            == "近期有下单，订单多，消费高"
        )
        assert en.query("customer_id == 'pro'")["reason"].unique().tolist() == ["no order that counts yet"]

    def test_without_reasons_the_labels_are_the_same(self, features, rfm, cuts):
        known = schemes.case(features, rfm, cuts, words=EN)
        pd.testing.assert_frame_equal(
            schemes.label(known, reasons=False), schemes.label(known).drop(columns="reason")
        )

    def test_nobody_scored_leaves_those_apart(self, features):
        others = features[features["status"] != "buyer"]
        cuts = scores.cut_points(others)
        labels = schemes.label(schemes.case(others, scores.rfm(others, cuts), cuts, words=EN))
        assert set(labels["label"]) == {"prospect", "refunds_only"}
        nobody = schemes.label(schemes.case(others[:0], scores.rfm(others[:0], cuts), cuts, words=EN))
        assert list(nobody.columns) == list(schema.TABLES["labels"])
        assert nobody.empty

    def test_where_nothing_of_anyone_is_known_everyone_is_a_prospect(self):
        empty = pd.concat([apart("a", "prospect"), apart("b", "prospect")], ignore_index=True)
        labels = schemes.label(case_of(empty.assign(tenure_days=float("nan"))))
        assert {*FROM_SCORES, "behaviour", "case4", "tenure"} == set(labels["scheme"])
        assert set(labels["label"]) == {"prospect"}

    def test_one_customer_and_equal_customers_are_labelled(self):
        for n in (1, 30):
            same = people([5] * n, [1] * n, [0.0] * n)
            labels = schemes.label(case_of(same))
            assert len(labels) == len(FROM_SCORES) * n
            assert labels.groupby("scheme")["label"].nunique().eq(1).all()

    def test_refuses_the_scores_of_other_customers(self, features, rfm, cuts):
        with pytest.raises(
            TableError, match="rfm: expected the 125 customers of features that are scored, got 124"
        ):
            schemes.label(schemes.case(features, rfm[1:], cuts, words=EN))

    def test_leaves_its_input_alone(self, features, rfm, cuts):
        before = [frame.copy(deep=True) for frame in (features, rfm, cuts)]
        schemes.label(schemes.case(features, rfm, cuts, words=EN))
        for frame, kept in zip((features, rfm, cuts), before, strict=True):
            pd.testing.assert_frame_equal(frame, kept)


class TestTier3:  # mission 76
    """mission 76"""

    def test_points_are_the_weighted_mean_worked_by_hand(self, features, rfm, cuts):
        """Cell 513: contribution 3, regularity (5 + 1) / 2 = 3, so 3 points; cell 415: 5 and 2.5, (2.5 + .75) / .8."""
        parts = (
            schemes.tier_parts(schemes.case(features, rfm, cuts, words=EN))
            .assign(cell=rfm["cell"])
            .set_index("cell")
        )
        assert parts.loc["513", ["contribution", "regularity", "points"]].tolist() == [3, 3, 3]
        assert parts.loc["415", "points"] == pytest.approx(4.0625)

    def test_thresholds_are_included(self, features, rfm, cuts):
        parts = schemes.tier_parts(schemes.case(features, rfm, cuts, words=EN))
        labels = named(schemes.label(schemes.case(features, rfm, cuts, words=EN)), "tier3")
        border = parts.loc[parts["points"] == 4.0, "customer_id"]
        assert len(border)
        assert (labels[border] == "high").all()

    def test_unknown_satisfaction_is_not_low(self, features, rfm, cuts):
        """trap T9: only who was asked is moved by the answer."""
        feedback = pd.DataFrame(
            {"customer_id": ["c124", "c124", "c123", "zed"], "satisfaction": [1.0, 2.0, None, 5.0]}
        )
        parts = schemes.tier_parts(schemes.case(features, rfm, cuts, feedback=feedback, words=EN)).set_index(
            "customer_id"
        )
        without = schemes.tier_parts(schemes.case(features, rfm, cuts, words=EN)).set_index("customer_id")
        assert parts.loc["c124", "satisfaction"] == 1.5
        assert parts.loc["c124", "points"] == pytest.approx(0.5 * 5 + 0.3 * 5 + 0.2 * 1.5)
        pd.testing.assert_series_equal(parts["points"].drop("c124"), without["points"].drop("c124"))

    def test_satisfaction_is_told_where_it_is_known(self, features, rfm, cuts):
        feedback = pd.DataFrame({"customer_id": ["c124"], "satisfaction": [4.5]})
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN, feedback=feedback))
        reasons = labels[labels["scheme"] == "tier3"].set_index("customer_id")["reason"]
        assert reasons["c124"] == "4.90 points: spend 5, regularity 5.0, satisfaction 4.5"
        assert "satisfaction" not in reasons["c123"]

    def test_margin_goes_before_spend_and_is_named(self, features):
        """trap T10: the biggest spender of all makes no margin."""
        costed = features.assign(margin=-features["spend"])
        assert schemes.contribution_measure(costed, scores.cut_points(costed)) == "margin"
        labels = schemes.label(case_of(costed))
        reason = labels.query("customer_id == 'c124' and scheme == 'tier3'")["reason"].item()
        assert reason == "2.50 points: margin 1, regularity 5.0"

    def test_margin_that_some_lack_gives_way_to_spend(self, features, cuts):
        partly = features.assign(margin=features["spend"].where(features["customer_id"] != "c007"))
        assert schemes.contribution_measure(partly, scores.cut_points(partly)) == "spend"
        assert schemes.contribution_measure(features.assign(margin=1.0), cuts) == "spend"

    def test_basis_says_weight_and_coverage(self, features, rfm, cuts):
        feedback = pd.DataFrame({"customer_id": ["c001", "c002"], "satisfaction": [4.0, 2.0]})
        basis = schemes.tier_basis(
            schemes.tier_parts(schemes.case(features, rfm, cuts, feedback=feedback, words=EN)), "spend"
        )
        assert basis["part"].tolist() == list(schemes.PARTS)
        assert basis["weight"].tolist() == [0.5, 0.3, 0.2]
        assert basis["customers"].tolist() == [125, 125, 2]
        assert basis["share_of_customers"].tolist() == [1.0, 1.0, 2 / 125]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"tier_weights": (0.5, 0.5)},
            {"tier_weights": (0.0, 0.0, 1.0)},
            {"tier_weights": (-1.0, 2.0, 0.0)},
            {"tier_high": 2.0},
            {"r_reading": "frequency"},
        ],
    )
    def test_rules_that_make_no_sense_are_refused(self, wrong):
        with pytest.raises(SettingsError, match=r"^(tier_|r_reading)"):
            SchemeRules(**wrong)


class TestRfm8:  # mission 72, 73, 74, 75
    """mission 72-75, trap T1"""

    @pytest.mark.parametrize(
        ("reading", "names"),
        [
            (
                "intended",
                {"HHH": "high_value", "LHH": "potential", "LLL": "churn_risk", "HLL": "general_develop"},
            ),
            (
                "score",
                {"HHH": "high_value", "LHH": "potential", "LLL": "general_win_back", "HLL": "churn_risk"},
            ),
            (
                "days",
                {"HHH": "potential", "LHH": "high_value", "LLL": "churn_risk", "HLL": "general_develop"},
            ),
        ],
    )
    def test_names_follow_the_reading(self, features, rfm, cuts, reading, names):
        labels = named(
            schemes.label(schemes.case(features, rfm, cuts, SchemeRules(r_reading=reading), words=EN)), "rfm8"
        )
        by_cell = labels[rfm["customer_id"]].groupby(rfm["high_low"].to_numpy()).agg(["nunique", "first"])
        assert (by_cell["nunique"] == 1).all()
        assert len(set(by_cell["first"])) == 8
        assert by_cell.loc[list(names), "first"].to_dict() == names

    def test_the_documents_three_names_stand_in_chinese(self):
        zh = Words("zh")
        names = [zh.label("rfm8", schemes.READINGS["intended"][cell]) for cell in ("HHH", "LHH", "LLL")]
        assert names == ["高价值客户", "潜力客户", "流失风险客户"]

    def test_readings_count_who_hangs_on_the_choice(self, rfm):
        table = schemes.readings(rfm).set_index("high_low")
        assert table["customers"].sum() == len(rfm)
        assert table.index[table["changes"]].tolist() == ["HHH", "LHH", "HLL", "LLL"]
        assert table.loc["HLL", ["reading_intended", "reading_score"]].tolist() == [
            "general_develop",
            "churn_risk",
        ]


class TestWithSegment:
    def test_adds_the_name_beside_the_cell(self, features, rfm, cuts):
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN))
        table = schemes.with_segment(rfm, labels)
        assert list(table.columns) == list(schema.TABLES["rfm"])
        assert table.set_index("cell").loc[["555", "111"], "segment"].tolist() == ["champions", "lost"]

    def test_takes_the_names_of_a_users_map(self, features, rfm, cuts):
        own = segment_map.shipped()[:1].assign(
            segment="everyone", **{b: 1 if b.endswith("lower") else 5 for b in segment_map.BOUNDS}
        )
        labels = schemes.label(schemes.case(features, rfm, cuts, words=EN, segments=own))
        assert set(schemes.with_segment(rfm, labels)["segment"]) == {"everyone"}

    def test_a_hole_with_customers_stops_the_run(self, features, rfm, cuts):
        with pytest.raises(SettingsError, match=r"segment_map: no name for cell 111 \(customers: 1\)"):
            schemes.label(schemes.case(features, rfm, cuts, words=EN, segments=segment_map.shipped()[:-1]))


def test_the_settings_that_schemes_name_exist():
    named = {name for scheme in schemes.SCHEMES.values() for name in scheme.settings}
    assert named <= set(Settings.names())
