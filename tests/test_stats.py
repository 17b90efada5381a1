import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit import stats


class TestWilson:
    def test_ten_of_a_hundred(self):
        low, high = stats.wilson(10, 100)
        assert (float(low), float(high)) == pytest.approx(
            (0.0552, 0.1744), abs=1e-4
        )  # Brown, Cai & DasGupta (2001), table

    def test_none_of_none_says_nothing(self):
        low, high = stats.wilson(0, 0)
        assert (float(low), float(high)) == (0.0, 1.0)

    @given(st.integers(0, 500), st.integers(1, 500))
    def test_holds_the_share_and_stays_between_nothing_and_all(self, k, more):
        n = k + more
        low, high = stats.wilson(k, n)
        assert 0 <= low <= k / n <= high <= 1


class TestHolm:
    def test_worked_by_hand(self):
        assert stats.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])

    @given(st.lists(st.floats(0, 1), max_size=20))
    def test_never_below_the_raw_one_and_keeps_the_order(self, p):
        corrected = stats.holm(p)
        assert (corrected >= np.asarray(p)).all()
        assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


class TestGini:
    def test_equal_is_nothing_and_one_owner_is_nearly_all(self):
        assert stats.gini([5, 5, 5, 5]) == pytest.approx(0)
        assert stats.gini([0, 0, 0, 8]) == pytest.approx(0.75)

    def test_without_money_there_is_no_number(self):
        assert np.isnan(stats.gini([]))
        assert np.isnan(stats.gini([0, 0]))


class TestTooSmall:
    def test_hides_small_counts_and_what_would_give_them_away(self):
        counts = np.array([[3, 50, 40], [60, 70, 20], [30, 10, 80]])
        # The 3; 40 in its row; 30 in its column; 80, which stands in line with both.
        expected = [[True, False, True], [False, False, False], [True, False, True]]
        assert stats.too_small(counts, 5).tolist() == expected

    def test_shows_all_where_none_is_small_and_leaves_its_input_alone(self):
        counts = np.array([[5, 6], [7, 8]])
        assert not stats.too_small(counts, 5).any()
        assert counts.tolist() == [[5, 6], [7, 8]]

    def test_one_row_hides_two(self):
        assert stats.too_small([[2, 9, 7]], 5).tolist() == [[True, False, True]]
