"""M1: the scorer keeps its direction on any customers, and the live proof catches scorers that do not."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from customers import apart, people
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import proof, scores

# mission M1
SOME = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 6), st.integers(-500, 5_000)), min_size=1, max_size=40
)


def made(customers) -> pd.DataFrame:
    recency, orders, spend = zip(*customers, strict=True)
    return people(recency, orders, [value / 4 for value in spend])


class TestDirection:
    @settings(max_examples=60, deadline=None)
    @given(SOME)
    def test_every_claim_holds_on_any_customers(self, customers):
        features = made(customers)
        table = proof.prove(features, scores.cut_points(features))
        assert table["counterexamples"].sum() == 0

    @settings(max_examples=60, deadline=None)
    @given(SOME, st.integers(0, 39), st.integers(0, 400), st.integers(0, 9), st.integers(0, 5_000))
    def test_one_customer_who_does_better_never_scores_lower(self, customers, place, days, orders, spend):
        features = made(customers)
        cuts, place = scores.cut_points(features), place % len(features)
        better = features.copy()
        better.loc[place, "recency_days"] = max(features.loc[place, "recency_days"] - days, 0)
        better.loc[place, "n_orders"] += orders
        better.loc[place, "spend"] += spend
        before, after = (scores.rfm(frame, cuts).loc[place] for frame in (features, better))
        assert (after[["r_score", "f_score", "m_score"]] >= before[["r_score", "f_score", "m_score"]]).all()

    @settings(max_examples=40, deadline=None)
    @given(SOME, st.randoms(use_true_random=False))
    def test_shuffled_rows_give_the_same_tables(self, customers, random):
        features = made(customers)
        rows = list(range(len(features)))
        random.shuffle(rows)
        shuffled = features.iloc[rows]
        pd.testing.assert_frame_equal(scores.cut_points(shuffled), scores.cut_points(features))
        cuts = scores.cut_points(features)
        pd.testing.assert_frame_equal(scores.rfm(shuffled, cuts), scores.rfm(features, cuts))


def _with(rfm: pd.DataFrame, **changed) -> pd.DataFrame:
    table = rfm.assign(**changed)
    r, f, m = (table[column].astype("int64").astype(str) for column in ("r_score", "f_score", "m_score"))
    return table.assign(cell=r + f + m)


def _recency_not_turned(features, cuts):
    rfm = scores.rfm(features, cuts)
    return _with(rfm, r_score=6 - rfm["r_score"])


def _ties_by_row_order(features, cuts):
    """What `qcut(rank(method="first"))` does."""
    rfm = scores.rfm(features, cuts)
    buyers = features[features["status"] == "buyer"]
    ranks = pd.qcut(buyers["n_orders"].rank(method="first"), 5, labels=False) + 1
    by_id = pd.Series(ranks.to_numpy(), index=buyers["customer_id"])
    return _with(rfm, f_score=rfm["customer_id"].map(by_id))


def _ties_by_id(features, cuts):
    rfm = scores.rfm(features, cuts)
    ranks = pd.qcut(rfm["n_orders"].rank(method="first"), 5, labels=False) + 1
    return _with(rfm, f_score=ranks)


def _spend_turned_round(features, cuts):
    return scores.rfm(features.assign(spend=-features["spend"]), cuts)


def _halves_turned_round(measure, features, cuts):
    rfm = scores.rfm(features, cuts)
    place = list(scores.MEASURES).index(measure)
    turned = [
        cell[:place] + ("L" if cell[place] == "H" else "H") + cell[place + 1 :] for cell in rfm["high_low"]
    ]
    return rfm.assign(high_low=pd.Series(turned, dtype="str"))


def _cell_in_another_order(features, cuts):
    rfm = scores.rfm(features, cuts)
    return rfm.assign(cell=rfm["cell"].str[1] + rfm["cell"].str[0] + rfm["cell"].str[2])


def _cell_of_nothing(features, cuts):
    return scores.rfm(features, cuts).assign(cell="000")


def _forgets_one(features, cuts):
    return scores.rfm(features, cuts)[1:]


def _scores_prospects(features, cuts):
    scored = features.assign(status="buyer", recency_days=features["recency_days"].fillna(0))
    return scores.rfm(scored, cuts)


class TestProve:
    @pytest.fixture
    def features(self) -> pd.DataFrame:
        """Sixty buyers with many ties and some spend below zero, and a prospect."""
        rng = np.random.default_rng(7)
        some = people(rng.integers(0, 300, 60), rng.integers(1, 4, 60), rng.integers(-20, 90, 60))
        return pd.concat([some, apart("pro", "prospect")], ignore_index=True)

    def test_our_scorer_passes(self, features):
        table = proof.prove(features, scores.cut_points(features))
        assert table["counterexamples"].tolist() == [0] * 7
        assert (table["compared"] > 0).all()

    @pytest.mark.parametrize(
        ("mutant", "claim"),
        [
            (_recency_not_turned, "better_recency_days"),
            (_ties_by_row_order, "row_order"),
            (_ties_by_row_order, "equal_values"),
            (_ties_by_id, "renamed_ids"),
            (_ties_by_id, "equal_values"),
            (_spend_turned_round, "better_spend"),
            *((partial(_halves_turned_round, measure), f"better_{measure}") for measure in scores.MEASURES),
            (_cell_in_another_order, "better_recency_days"),
            (_cell_of_nothing, "better_spend"),
            (_forgets_one, "each_once"),
            (_scores_prospects, "each_once"),
        ],
    )
    def test_a_mutated_scorer_is_caught(self, features, mutant, claim):
        table = proof.prove(features, scores.cut_points(features), mutant).set_index("claim")
        assert table.loc[claim, "counterexamples"] > 0

    def test_nobody_to_score_is_no_failure(self):
        nobody = people([], [], [])
        table = proof.prove(nobody, scores.cut_points(nobody))
        assert table[["compared", "counterexamples"]].to_numpy().sum() == 0

    def test_leaves_its_input_alone(self, features):
        before = features.copy(deep=True)
        proof.prove(features, scores.cut_points(features))
        pd.testing.assert_frame_equal(features, before)
