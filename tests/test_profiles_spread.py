"""How buyers differ: quantiles, repeat orders, and the share of the money that the biggest bring."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit.errors import TableError
from custkit.profiles import spread
from custkit.settings import ProfileRules

FUNCTIONS = [spread.amounts, spread.repeat, spread.lorenz, spread.concentration, spread.inequality]


def buyers(spend: list[float], n_orders: list[int] | None = None) -> pd.DataFrame:
    """One buyer for each spend, with one order unless said otherwise."""
    orders = n_orders or [1] * len(spend)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in range(len(spend))],
            "status": "buyer",
            "n_orders": orders,
            "spend": pd.Series(spend, dtype="float64"),
            "avg_order_value": np.array(spend, float) / np.array(orders, float),
            "median_gap_days": np.where(np.array(orders) > 1, 10.0, np.nan),
        }
    )


@pytest.fixture
def features() -> pd.DataFrame:
    """Four buyers of 70, 20, 10 and -5; a customer who only sent back 50, a prospect."""
    others = buyers([-50.0, 0.0]).assign(
        customer_id=["x1", "x2"],
        status=["refunds_only", "prospect"],
        n_orders=0,
        avg_order_value=np.nan,
    )
    return pd.concat([buyers([70.0, 20.0, 10.0, -5.0], [3, 2, 1, 1]), others], ignore_index=True)


@pytest.mark.parametrize("function", FUNCTIONS)
class TestEvery:
    def test_nobody_gives_no_row(self, features, function):
        empty = function(features.iloc[:0])
        assert empty.empty
        pd.testing.assert_series_equal(empty.dtypes, function(features).dtypes)

    def test_no_buyer_gives_no_row(self, features, function):
        assert function(features[features["status"] != "buyer"]).empty

    def test_one_buyer_leaves_no_hole(self, function):
        assert not function(buyers([5.0])).isna().any(axis=None)

    def test_row_order_does_not_matter(self, features, function):
        shuffled = features.sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(function(features), function(shuffled))

    def test_names_the_missing_column(self, features, function):
        with pytest.raises(TableError, match="features: no column spend"):
            function(features.drop(columns="spend"))

    def test_leaves_its_input_alone(self, features, function):
        before = features.copy(deep=True)
        function(features)
        pd.testing.assert_frame_equal(features, before)


class TestAmounts:
    def test_only_buyers_count(self, features):
        amounts = spread.amounts(features).set_index("measure")
        assert amounts.loc["spend", ["buyers", "mean", "median", "most"]].tolist() == [4, 23.75, 15.0, 70.0]

    def test_gaps_are_of_those_who_came_back(self, features):
        amounts = spread.amounts(features).set_index("measure")
        assert amounts.loc["median_gap_days", "buyers"] == 2

    def test_a_measure_that_nobody_has_is_left_out(self):
        assert spread.amounts(buyers([1.0]))["measure"].tolist() == ["avg_order_value", "spend", "n_orders"]


class TestRepeat:
    def test_groups_by_number_of_orders(self, features):
        repeat = spread.repeat(features)
        assert repeat["order_group"].tolist() == ["one", "two", "three_plus"]
        assert repeat["buyers"].tolist() == [2, 1, 1]
        assert repeat["share_of_buyers"].tolist() == [0.5, 0.25, 0.25]
        assert repeat["spend"].tolist() == [5.0, 20.0, 70.0]
        assert repeat["share_of_spend"].tolist() == pytest.approx([5 / 95, 20 / 95, 70 / 95])

    def test_a_group_without_a_buyer_is_there(self):
        assert spread.repeat(buyers([1.0]))["buyers"].tolist() == [1, 0, 0]

    def test_money_that_all_came_back_has_no_share(self):
        assert spread.repeat(buyers([0.0, -3.0]))["share_of_spend"].tolist() == [0.0, 0.0, 0.0]


class TestLorenz:
    def test_spend_below_zero_counts_as_zero(self, features):
        curve = spread.lorenz(features)
        assert curve["share_of_buyers"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert curve["share_of_spend"].tolist() == pytest.approx([0.0, 0.0, 0.1, 0.3, 1.0])

    def test_no_money_gives_no_curve(self):
        assert spread.lorenz(buyers([0.0, -1.0])).empty

    def test_many_buyers_need_no_more_than_a_hundred_and_one_points(self):
        assert len(spread.lorenz(buyers(list(range(1, 1001))))) == 101

    @given(
        st.lists(st.integers(-10_000, 1_000_000), min_size=1, max_size=60).filter(
            lambda cents: max(cents) > 0
        )
    )
    def test_it_hangs_below_the_line_and_never_falls(self, cents):
        curve = spread.lorenz(buyers([cent / 100 for cent in cents]))
        assert curve.iloc[0].tolist() == [0.0, 0.0]
        assert curve.iloc[-1].tolist() == pytest.approx([1.0, 1.0])
        assert (curve["share_of_spend"] <= curve["share_of_buyers"] + 1e-9).all()
        assert curve["share_of_spend"].is_monotonic_increasing


class TestConcentration:
    def test_the_top_half_of_four_is_two(self, features):
        half = spread.concentration(features, ProfileRules(top_shares=(0.5,))).iloc[0]
        assert (half["buyers"], half["least_spend"], half["spend"]) == (2, 20.0, 90.0)
        assert half["share_of_spend"] == pytest.approx(0.9)

    def test_a_part_of_a_buyer_is_a_whole_one(self, features):
        tenth = spread.concentration(features, ProfileRules(top_shares=(0.1,))).iloc[0]
        assert (tenth["buyers"], tenth["share_of_buyers"]) == (1, 0.25)

    def test_a_share_that_floats_overstate_stays_whole(self):
        seven = spread.concentration(buyers([1.0] * 100), ProfileRules(top_shares=(0.07,)))
        assert seven["buyers"].tolist() == [7]

    def test_no_money_gives_no_row(self):
        assert spread.concentration(buyers([0.0])).empty

    @given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=60).filter(lambda cents: max(cents) > 0))
    def test_the_top_bring_at_least_their_share_and_lie_on_the_curve(self, cents):
        features = buyers([cent / 100 for cent in cents])
        top = spread.concentration(features)
        assert (top["share_of_spend"] >= top["share_of_buyers"] - 1e-9).all()
        assert top["share_of_spend"].is_monotonic_increasing
        spend = np.sort(features["spend"])
        below = [spend[: len(spend) - count].sum() / spend.sum() for count in top["buyers"]]
        assert (1 - top["share_of_spend"]).tolist() == pytest.approx(below, abs=1e-6)


class TestInequality:
    def test_says_what_was_floored(self, features):
        row = spread.inequality(features).iloc[0]
        assert (row["buyers"], row["zero_buyers"], row["negative_buyers"]) == (4, 0, 1)
        assert (row["negative_spend"], row["positive_spend"]) == (-5.0, 100.0)

    def test_worked_by_hand(self, features):
        # 0, 10, 20, 70: (2 * (1 * 0 + 2 * 10 + 3 * 20 + 4 * 70) / (4 * 100)) - 5 / 4
        assert spread.inequality(features)["gini"].item() == pytest.approx(0.55)

    def test_equal_buyers_have_none(self):
        assert spread.inequality(buyers([3.0, 3.0, 3.0]))["gini"].item() == pytest.approx(0)

    # fault 52
    def test_says_what_it_would_be_without_the_biggest_spender(self):
        row = spread.inequality(buyers([2.0, 1.0, 97.0, 1.0])).iloc[0]
        assert row["largest_share"] == pytest.approx(97 / 101)
        assert row["mean_without_largest"] == pytest.approx(4 / 3)
        assert row["gini_without_largest"] == pytest.approx(1 / 6)

    def test_a_single_spender_leaves_nothing_behind(self):
        row = spread.inequality(buyers([5.0])).iloc[0]
        assert row[["largest_share", "mean_without_largest", "gini_without_largest"]].tolist() == [1, 0, 0]

    def test_money_that_all_came_back_has_no_number(self):
        assert spread.inequality(buyers([0.0, -2.0])).empty

    @given(
        st.lists(st.integers(-10_000, 1_000_000), min_size=1, max_size=60).filter(
            lambda cents: max(cents) > 0
        )
    )
    def test_it_stays_within_its_bounds(self, cents):
        gini = spread.inequality(buyers([cent / 100 for cent in cents]))["gini"].item()
        assert 0 <= gini <= 1 - 1 / len(cents) + 1e-9
