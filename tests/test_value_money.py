"""The model of money per order against published figures, a hand-worked mean and made customers."""

import buyers_made
import numpy as np
import pandas as pd
import pytest

from custkit.value import money


class TestFit:
    def test_cdnow_as_published(self):  # mission 84
        features, _ = buyers_made.cdnow()
        fit = money.fit(features["repeat_orders"], features["mean_repeat_spend"])
        assert fit.parameters == pytest.approx((6.2496, 3.7442, 15.4435), rel=2e-3)
        assert (fit.customers, fit.note) == (946, "")

    def test_finds_the_parameters_of_made_customers(self):
        people = buyers_made.histories(12_000, days=728, seed=5)
        fit = money.fit(people["repeat_orders"], people["mean_repeat_spend"])
        errors = np.log(fit.parameters / np.array(buyers_made.MONEY))
        assert (np.abs(errors) < 4 * np.sqrt(np.diag(fit.solution.covariance))).all()
        # Independence is how they were made; ranks would show a link, since means of many orders are less skewed.
        assert abs(fit.correlation) < 0.04
        assert fit.p_value > 0.01

    @pytest.mark.slow
    def test_finds_them_closely_in_many_customers(self):
        people = buyers_made.histories(200_000, days=728, seed=6)
        fit = money.fit(people["repeat_orders"], people["mean_repeat_spend"])
        assert fit.parameters == pytest.approx(buyers_made.MONEY, rel=0.05)

    def test_the_unit_of_money_changes_the_scale_alone(self):
        people = buyers_made.histories(800, seed=7)
        fit = money.fit(people["repeat_orders"], people["mean_repeat_spend"])
        cents = money.fit(people["repeat_orders"], people["mean_repeat_spend"] * 100)
        assert cents.parameters == pytest.approx(fit.parameters * [1, 1, 100], rel=1e-4)
        assert cents.solution.loglik == pytest.approx(fit.solution.loglik - fit.customers * np.log(100))

    def test_orders_that_grow_with_their_number_show_in_the_correlation(self):
        people = buyers_made.histories(800, seed=7)
        linked = people["mean_repeat_spend"] * people["repeat_orders"] ** 2
        fit = money.fit(people["repeat_orders"], linked)
        assert fit.correlation > 0.3
        assert fit.p_value < 1e-3

    def test_too_few_and_nobody_give_a_reason(self):
        people = buyers_made.histories(20)
        assert money.fit(people["repeat_orders"], people["mean_repeat_spend"]).note == "few_repeaters"
        none = money.fit(people["repeat_orders"][:0], people["mean_repeat_spend"][:0])
        assert (none.note, none.customers, none.mean) == ("few_repeaters", 0, 0.0)

    def test_all_equal_amounts_do_not_break_it(self):
        people = buyers_made.histories(300, seed=1)
        fit = money.fit(
            people["repeat_orders"], people["mean_repeat_spend"].where(people["repeat_orders"] == 0, 10.0)
        )
        told = money.expected(fit, [3, 0], [10.0, np.nan])
        assert told == pytest.approx([10, 10], rel=0.02)

    def test_row_order_has_no_say(self):
        people = buyers_made.histories(400, seed=3)
        back = people[::-1]
        assert (
            money.fit(people["repeat_orders"], people["mean_repeat_spend"]).parameters.tolist()
            == money.fit(back["repeat_orders"], back["mean_repeat_spend"]).parameters.tolist()
        )


class TestExpected:
    @pytest.fixture
    def fit(self) -> money.MoneyFit:
        people = buyers_made.histories(800, seed=7)
        return money.fit(people["repeat_orders"], people["mean_repeat_spend"])

    def test_is_the_closed_form(self, fit):
        p, q, v = 6.25, 3.74, 15.44
        told = money.expected(fit, [0, 2, 10], [np.nan, 50.0, 50.0], (p, q, v))
        # p (v + x z) / (p x + q - 1), worked by hand
        assert told == pytest.approx([96.5 / 2.74, 721.5 / 15.24, 3221.5 / 65.24])

    def test_without_a_mean_in_the_model_the_mean_of_customers_stands_in(self, fit):
        told = money.expected(fit, [0, 2], [np.nan, 50.0], (6.0, 0.8, 15.0))
        assert told == pytest.approx([fit.mean, 6 * 115 / 11.8])

    def test_without_a_model_their_own_mean(self):
        few = money.fit(pd.Series([1, 2, 0]), pd.Series([10.0, 30.0, np.nan]))
        assert money.expected(few, [1, 2, 0], [10.0, 30.0, np.nan]).tolist() == [10.0, 30.0, 20.0]
