"""ABC and lifetime value: cuts by hand, equal customers together, and a history too short to tell."""

import numpy as np
import pandas as pd
import pytest
from customers import case_of, labelled, people
from hypothesis import given
from hypothesis import strategies as st

from custkit import schemes, scores
from custkit.errors import SettingsError
from custkit.schemes.cuts import by_shares
from custkit.settings import SchemeRules

SHARES = (0.8, 0.95)


def spending(*spend: float) -> pd.DataFrame:
    n = len(spend)
    return people([1] * n, [1] * n, spend)


class TestAbc:  # mission 83
    def test_each_class_by_hand(self):
        """Of 1,000 the first brings 700 and the second crosses 80 %; the third ends at 95 %, the fourth begins there."""
        named = labelled(spending(700.0, 150.0, 100.0, 50.0), "abc")
        assert [*named.values()] == ["a", "a", "b", "c"]

    def test_a_share_that_is_met_exactly_ends_the_class(self):
        assert [*labelled(spending(80.0, 15.0, 5.0), "abc").values()] == ["a", "b", "c"]

    def test_equal_customers_are_never_parted(self):
        assert set(labelled(spending(*[10.0] * 7), "abc").values()) == {"a"}

    def test_who_brought_nothing_is_in_the_last_class(self):
        assert [*labelled(spending(0.0, -5.0), "abc").values()] == ["c", "c"]
        assert [*labelled(spending(100.0, 0.0, -5.0), "abc").values()] == ["a", "c", "c"]

    @given(st.lists(st.integers(-50, 1000), min_size=1, max_size=40))
    def test_class_a_is_the_smallest_top_that_reaches_its_share(self, amounts):
        spend = pd.Series(amounts, dtype=float)
        upper, lower = by_shares(spend, SHARES)[::-1]
        assert lower <= upper
        top, rest = spend[spend > upper], spend[spend <= upper]
        total = spend.clip(lower=0).sum()
        assert top.clip(lower=0).sum() >= 0.8 * total - 1e-6
        if len(top):  # without its smallest amounts it would not reach it
            assert top[top > top.min()].sum() < 0.8 * total
            assert rest.empty or top.min() > rest.max()
        else:
            assert total == 0

    def test_shares_that_do_not_ascend_are_refused(self):
        with pytest.raises(SettingsError, match="abc_shares: expected 2 ascending numbers"):
            SchemeRules(abc_shares=(0.95, 0.8))


class TestValue3:
    def value(self, *clv: float) -> pd.DataFrame:
        ids = [f"c{place:03d}" for place in range(len(clv))]
        return pd.DataFrame({"customer_id": ids, "clv": clv})

    def test_each_class_and_a_history_too_short(self):
        made = spending(*[1.0] * 4)
        named = labelled(made, "value3", value=self.value(300.0, 20.0, 1.0, np.nan))
        assert [*named.values()] == ["high", "middle", "low", "insufficient"]

    def test_by_shares(self):
        value = self.value(80.0, 15.0, 5.0)
        named = labelled(spending(1.0, 1.0, 1.0), "value3", SchemeRules(value3_by="shares"), value=value)
        assert [*named.values()] == ["high", "middle", "low"]

    def test_without_lifetime_value_it_is_not_computed(self):
        known = case_of(spending(1.0, 2.0))
        assert schemes.lacking(schemes.SCHEMES["value3"], known) == ["value.clv"]


class TestWithCuts:
    def test_silence_is_cut_at_the_usual_gap_of_most(self):  # mission 88
        made = spending(*[1.0] * 21).assign(median_gap_days=[float(gap) for gap in range(21)])
        cuts = schemes.with_cuts(scores.cut_points(made), made, SchemeRules(lapse_quantile=0.9))
        assert scores.edges(cuts, scores.LAPSE, 2).tolist() == [18.0]

    def test_too_few_gaps_give_way_to_the_setting(self):
        made = spending(*[1.0] * 19).assign(median_gap_days=5.0)
        cuts = schemes.with_cuts(scores.cut_points(made), made, SchemeRules(lapse_days=77))
        assert scores.edges(cuts, scores.LAPSE, 2).tolist() == [77.0]

    def test_cuts_come_back_from_a_file_and_stay(self):
        made = spending(700.0, 150.0, 100.0, 50.0)
        cuts = schemes.with_cuts(scores.cut_points(made), made)
        again = scores.given(cuts, "cuts.csv")
        pd.testing.assert_frame_equal(again, cuts)
        others = spending(1.0, 2.0)
        pd.testing.assert_frame_equal(schemes.with_cuts(again, others), again)

    def test_leaves_its_input_alone(self):
        made = spending(700.0, 150.0)
        cuts = scores.cut_points(made)
        before = cuts.copy(deep=True)
        schemes.with_cuts(cuts, made)
        pd.testing.assert_frame_equal(cuts, before)
