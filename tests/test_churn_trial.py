"""Measures of how well risks foretold what came, against hand counts and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from custkit.churn import trial


def series(values, kind=float) -> pd.Series:
    ids = [f"c{place:04d}" for place in range(len(values))]
    return pd.Series(np.array(values, dtype=kind), index=pd.Index(ids, name="customer_id"))


HAND_RISK = series([0.9, 0.8, 0.8, 0.1])
HAND_LEFT = series([True, False, True, False], bool)

_pairs = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({left for _, left in pairs}) == 2
)  # fmt: skip


class TestTried:
    def test_by_hand(self):
        found = trial.tried(
            {"one": HAND_RISK, "same": series([0.5] * 4)}, HAND_LEFT, against="same", draws=100
        )
        value = found.set_index(["model", "metric"])["value"]
        assert value["one", "auc"] == 3.5 / 4  # of four pairs three are right and one is even
        assert value["one", "average_precision"] == pytest.approx((1 + 2 / 3) / 2)
        assert value["one", "brier"] == pytest.approx((0.01 + 0.64 + 0.04 + 0.01) / 4)
        assert value["one", "auc_gain"] == 3.5 / 4 - 0.5
        assert value["one", "brier_gain"] == pytest.approx(0.25 - 0.175)
        assert ("same", "auc_gain") not in value

    @given(_pairs)
    @settings(max_examples=60, deadline=None)
    def test_agrees_with_scikit_learn(self, pairs):
        risk, left = series([risk for risk, _ in pairs]), series([left for _, left in pairs], bool)
        ranked, weights = trial.Ranked(risk.to_numpy(), left.to_numpy()), np.ones(len(left))
        assert ranked.auc(weights) == pytest.approx(metrics.roc_auc_score(left, risk))
        expected = metrics.average_precision_score(left, risk)
        assert ranked.average_precision(weights) == pytest.approx(expected)
        assert ranked.brier(weights) == pytest.approx(metrics.brier_score_loss(left, risk))

    @given(_pairs, st.integers(0, 99))
    @settings(max_examples=30, deadline=None)
    def test_a_weight_is_as_many_customers(self, pairs, seed):
        risk, left = np.array([risk for risk, _ in pairs]), np.array([left for _, left in pairs])
        weights = np.random.default_rng(seed).integers(1, 4, len(risk))
        longer = trial.Ranked(np.repeat(risk, weights), np.repeat(left, weights))
        one = trial.Ranked(risk, left)
        for measure in ("auc", "average_precision", "brier"):
            expected = getattr(longer, measure)(np.ones(weights.sum()))
            assert getattr(one, measure)(weights.astype(float)) == pytest.approx(expected)

    def test_the_interval_of_a_gain_is_paired(self):
        rng = np.random.default_rng(1)
        left = series(rng.random(400) < 0.4, bool)
        base = series(rng.random(400) + 0.3 * left)
        found = trial.tried({"base": base, "twin": base * 0.5}, left, against="base", draws=100)
        gain = found.set_index(["model", "metric"]).loc[("twin", "auc_gain")]
        assert (gain["value"], gain["low"], gain["high"]) == (
            0,
            0,
            0,
        )  # same order: the same in every resample

    def test_interval_of_the_auc_has_the_textbook_width(self):
        # Hanley & McNeil (1982), Radiology 143, 29-36: standard error of the AUC
        rng = np.random.default_rng(2)
        left = series(rng.random(1500) < 0.5, bool)
        risk = series(rng.normal(size=1500) + left)
        found = trial.tried({"one": risk}, left, against="one", draws=400).set_index("metric").loc["auc"]
        auc, n1, n0 = found["value"], left.sum(), (~left).sum()
        q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
        variance = auc * (1 - auc) + (n1 - 1) * (q1 - auc**2) + (n0 - 1) * (q2 - auc**2)
        width = 2 * 1.96 * np.sqrt(variance / (n1 * n0))
        assert found["high"] - found["low"] == pytest.approx(width, rel=0.2)

    def test_more_customers_than_are_drawn_have_the_width_of_their_number(self, monkeypatch):
        rng = np.random.default_rng(3)
        left = series(rng.random(4000) < 0.5, bool)
        risk = {"one": series(rng.normal(size=4000) + left)}
        full = trial.tried(risk, left, against="one").set_index("metric").loc["auc"]
        monkeypatch.setattr(trial, "_MOST_DRAWN", 500)
        few = trial.tried(risk, left, against="one").set_index("metric").loc["auc"]
        assert few["high"] - few["low"] == pytest.approx(full["high"] - full["low"], rel=0.25)

    def test_no_rows_where_all_left(self):
        assert trial.tried({"one": HAND_RISK}, ~HAND_LEFT | HAND_LEFT, against="one").empty


class TestCalibration:
    def test_by_hand_with_ties_together(self):
        risk = series([0.1] * 6 + [0.7] * 4)
        left = series([True] + [False] * 5 + [True] * 3 + [False], bool)
        found = trial.calibration("one", risk, left)
        assert found["customers"].tolist() == [6, 4]
        assert found["expected"].tolist() == pytest.approx([0.1, 0.7])
        assert found["actual"].tolist() == pytest.approx([1 / 6, 3 / 4])
        assert ((found["low"] < found["actual"]) & (found["actual"] < found["high"])).all()

    @given(_pairs)
    @settings(max_examples=40, deadline=None)
    def test_every_customer_is_in_one_group_and_row_order_has_no_say(self, pairs):
        risk, left = series([risk for risk, _ in pairs]), series([left for _, left in pairs], bool)
        found = trial.calibration("one", risk, left)
        assert found["customers"].sum() == len(risk)
        assert (found["customers"] * found["actual"]).sum() == pytest.approx(left.sum())
        pd.testing.assert_frame_equal(found, trial.calibration("one", risk[::-1], left))

    def test_nobody_gives_no_rows(self):
        assert trial.calibration("one", series([]), series([], bool)).empty


class TestLift:
    def test_by_hand(self):
        risk, left = series(np.arange(20)[::-1] / 20), series([True] * 5 + [False] * 15, bool)
        found = trial.lift({"one": risk}, left)
        assert found["gone"].tolist() == [2, 2, 1, 0, 0, 0, 0, 0, 0, 0]
        assert found["lift"].tolist()[:3] == [4, 4, 2]
        assert found["reached"].tolist()[:3] == pytest.approx([0.4, 0.8, 1.0])

    def test_equal_risks_share_a_tenth(self):
        found = trial.lift({"one": series([0.5] * 15)}, series([True] * 3 + [False] * 12, bool))
        assert found["share_gone"].tolist() == pytest.approx([0.2] * 10)
        assert found["lift"].tolist() == pytest.approx([1.0] * 10)

    @given(_pairs)
    @settings(max_examples=40, deadline=None)
    def test_nobody_is_lost_and_row_order_has_no_say(self, pairs):
        risk, left = series([risk for risk, _ in pairs]), series([left for _, left in pairs], bool)
        found = trial.lift({"one": risk}, left)
        assert found["gone"].sum() == pytest.approx(left.sum())
        assert found["customers"].sum() == pytest.approx(len(left))
        pd.testing.assert_frame_equal(found, trial.lift({"one": risk[::-1]}, left[::-1]))
