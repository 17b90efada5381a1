"""The models of repeat orders against published figures, closed forms, quadrature and made histories."""

import math
import time

import buyers_made
import numpy as np
import pandas as pd
import pytest
from conftest import shared
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import hyp2f1
from scipy.stats import beta

from custkit.errors import TableError
from custkit.value import models

PUBLISHED = (0.2426, 4.4135, 0.7929, 2.4258)


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """CDNOW's 2,357 customers after 39 weeks, as published, in days."""
    table = pd.read_csv(shared("cdnow/cdnow_customers_summary.csv"))
    return pd.DataFrame(
        {
            "status": "buyer",
            "repeat_orders": table["frequency"],
            "active_days": (7 * table["recency"]).round().astype(int),
            "age_days": (7 * table["T"]).round().astype(int),
        }
    )


class TestHistories:
    def test_counts_equal_histories_of_buyers(self):
        rows = [("buyer", 1, 7, 30), ("buyer", 1, 7, 30), ("buyer", 0, 0, 30), ("prospect", 0, 0, 5)]
        people = pd.DataFrame(rows, columns=["status", "repeat_orders", "active_days", "age_days"])
        before = people.copy()
        counted = models.histories(people)
        assert counted.to_numpy().tolist() == [[0, 0, 30, 1], [1, 7, 30, 2]]
        pd.testing.assert_frame_equal(people, before)

    def test_row_order_has_no_say_and_an_unknown_age_is_left_out(self):
        people = buyers_made.histories(50)
        people.loc[3, "age_days"] = pd.NA
        counted = models.histories(people)
        assert counted["customers"].sum() == 49
        pd.testing.assert_frame_equal(counted, models.histories(people[::-1]))

    def test_names_the_missing_column_and_bears_nobody(self):
        assert models.histories(buyers_made.histories(0)).empty
        with pytest.raises(TableError, match="active_days"):
            models.histories(buyers_made.histories(2).drop(columns="active_days"))


class TestFit:
    def test_cdnow_as_published(self, summary):  # mission 84
        fit = models.fit(models.histories(summary))
        assert fit.parameters == pytest.approx(PUBLISHED, rel=1e-3)
        assert fit.solution.loglik == pytest.approx(-9582.43, abs=0.01)
        assert (fit.customers, fit.repeaters, fit.note) == (2357, 946, "")

    @pytest.mark.parametrize(("model", "first"), [("bg_nbd", 0), ("mbg_nbd", 1)])
    def test_finds_the_parameters_of_made_histories(self, model, first):
        people = buyers_made.histories(6000, first=first, days=728, seed=4)
        fit = models.fit(models.histories(people), model)
        errors = np.log(fit.parameters / np.array(buyers_made.BG))
        # Within four standard errors of its own: the covariance is tried as well.
        assert (np.abs(errors) < 4 * np.sqrt(np.diag(fit.solution.covariance))).all(), errors

    @pytest.mark.slow
    @pytest.mark.parametrize(("model", "first"), [("bg_nbd", 0), ("mbg_nbd", 1)])
    @pytest.mark.parametrize(
        "parameters", [(0.3, 4.0, 0.5, 3.0), (1.5, 12.0, 0.4, 1.5), (0.9, 20.0, 1.4, 6.0)]
    )
    def test_finds_many_parameters_of_many_histories(self, model, first, parameters):
        people = buyers_made.histories(150_000, parameters, first=first, days=1092, seed=8)
        fit = models.fit(models.histories(people), model)
        assert fit.parameters == pytest.approx(parameters, rel=0.12)

    def test_standard_errors_are_those_of_resampled_customers(self):
        people = buyers_made.histories(1500, days=728, seed=2)
        fit = models.fit(models.histories(people))
        draws = [people.sample(len(people), replace=True, random_state=seed) for seed in range(40)]
        logs = [np.log(models.fit(models.histories(draw)).parameters) for draw in draws]
        told = np.sqrt(np.diag(fit.solution.covariance))
        assert np.std(logs, axis=0)[:2] == pytest.approx(told[:2], rel=0.45)

    def test_slopes_are_those_of_the_likelihood(self):
        x, active, age = np.array([0.0, 1, 7]), np.array([0.0, 3.5, 20]), np.array([9.0, 9, 30])
        for first in (0, 1):
            at = np.array(PUBLISHED)
            _, slopes = models._log_likelihood(at, x, active, age, first)
            for place in range(4):
                step = np.zeros(4)
                step[place] = 1e-6
                up, down = (models._log_likelihood(at + s * step, x, active, age, first)[0] for s in (1, -1))
                assert slopes[place] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-7)

    def test_thin_data_give_a_reason(self):
        few = models.fit(models.histories(buyers_made.histories(30)))
        assert (few.usable, few.note) == (False, "few_repeaters")
        once = buyers_made.histories(200).assign(repeat_orders=0, active_days=0)
        assert models.fit(models.histories(once)).note == "few_repeaters"
        assert models.fit(models.histories(buyers_made.histories(0))).note == "few_repeaters"
        today = buyers_made.histories(200).assign(age_days=0, active_days=0)
        assert not models.fit(models.histories(today)).usable

    def test_all_equal_customers_are_at_a_limit_not_an_error(self):
        same = buyers_made.histories(200).assign(repeat_orders=3, active_days=90, age_days=100)
        fit = models.fit(models.histories(same))
        assert fit.note in ("at_limit", "not_converged")
        assert not fit.usable or np.isfinite(fit.parameters).all()

    @pytest.mark.slow
    def test_a_million_customers_cost_within_ten_times_their_distinct_rows(self):
        people = buyers_made.histories(1_000_000, seed=1)
        began = time.process_time()
        counted = models.histories(people)
        models.fit(counted)
        whole = time.process_time() - began
        began = time.process_time()
        models.fit(counted.assign(customers=1))
        assert whole < 10 * (time.process_time() - began)


class TestPAlive:
    @pytest.mark.parametrize(("x", "active", "age"), [(2, 213, 272), (1, 12, 272), (7, 200, 270)])
    def test_is_the_closed_form(self, x, active, age):
        r, alpha, a, b = PUBLISHED
        odds = a / (b + x - 1) * ((alpha + age / 7) / (alpha + active / 7)) ** (r + x)
        assert models.p_alive(PUBLISHED, "bg_nbd", [x], [active], [age]) == pytest.approx(1 / (1 + odds))
        odds = a / (b + x) * ((alpha + age / 7) / (alpha + active / 7)) ** (r + x)
        assert models.p_alive(PUBLISHED, "mbg_nbd", [x], [active], [age]) == pytest.approx(1 / (1 + odds))

    def test_who_ordered_once_is_alive_in_one_model_and_may_be_gone_in_the_other(self):
        assert models.p_alive(PUBLISHED, "bg_nbd", [0], [0], [2000]) == 1
        assert models.p_alive(PUBLISHED, "mbg_nbd", [0], [0], [2000]) < 0.9

    def test_a_long_silence_after_many_orders_is_zero_not_an_overflow(self):
        assert models.p_alive(PUBLISHED, "bg_nbd", [5000], [300], [9000]) == 0

    @given(
        st.integers(0, 60), st.integers(0, 900), st.integers(0, 900), st.sampled_from(["bg_nbd", "mbg_nbd"])
    )
    def test_falls_with_silence(self, x, active, silence, model):
        active = active if x else 0
        told = models.p_alive(
            PUBLISHED, model, [x, x], [active] * 2, [active + silence, active + silence + 7]
        )
        assert 1 >= told[0] >= told[1] >= 0


class TestOrdersAhead:
    @pytest.mark.parametrize(("x", "age", "days"), [(2, 272, 273), (0, 200, 364), (26, 270, 91)])
    def test_is_the_published_closed_form(self, x, age, days):
        r, alpha, a, b = PUBLISHED
        age_weeks, weeks = age / 7, days / 7
        reach = alpha + age_weeks + weeks
        power = hyp2f1(r + x, b + x, a + b + x - 1, weeks / reach)
        closed = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age_weeks) / reach) ** (r + x) * power)
        assert models.orders_ahead(PUBLISHED, "bg_nbd", [x], [age], days)[0] == pytest.approx(
            closed, rel=1e-8
        )

    @settings(max_examples=40, deadline=None)
    @given(
        st.floats(0.05, 20), st.floats(0.5, 200), st.floats(0.1, 20), st.floats(0.1, 20), st.integers(0, 300),
        st.integers(0, 1500),
    )  # fmt: skip
    def test_is_the_mean_over_all_who_may_leave(self, r, alpha, a, b, x, age):
        # Given the chance p to leave, (1 - (1 + p t / (alpha + T))^-(r + x)) / p orders are expected.
        scale = (alpha + age / 7) / 52
        stays = beta(a, b + x + 1)

        def given_chance(share):
            p = stays.ppf(share)
            return -math.expm1(-(r + x) * math.log1p(p / scale)) / p if p > 0 else (r + x) / scale

        expected = integrate.quad(given_chance, 0, 1, limit=200)[0]
        found = models.orders_ahead((r, alpha, a, b), "mbg_nbd", [x], [age], 364)[0]
        assert found == pytest.approx(expected, rel=1e-5)

    def test_a_at_one_has_a_value_and_large_parameters_stay_finite(self):
        near = [
            models.orders_ahead((0.3, 5, a, 2.5), "bg_nbd", [3], [200], 365)[0][0]
            for a in (1 - 1e-6, 1, 1 + 1e-6)
        ]
        assert near == pytest.approx([near[1]] * 3, rel=1e-5)
        for parameters in ((500, 900, 900, 0.01), (0.01, 0.01, 900, 900), (900, 0.01, 0.001, 900)):
            told = models.orders_ahead(parameters, "bg_nbd", [0, 1, 2000], [0, 1, 2000], 3650)
            assert np.isfinite(told).all()
            assert (np.array(told) >= 0).all()

    def test_discounting_costs_about_half_a_year_of_interest(self):
        plain, now = models.orders_ahead(PUBLISHED, "bg_nbd", [10], [3000], 365, 0.1)
        assert now / plain == pytest.approx(1.1**-0.5, rel=0.005)

    def test_cdnow_weeks_40_to_78(self):  # mission 84
        features, after = buyers_made.cdnow()
        fit = models.fit(models.histories(features))
        history = [features[name].to_numpy(float) for name in ("repeat_orders", "active_days", "age_days")]
        alive = models.p_alive(fit.parameters, "bg_nbd", *history)
        ahead = models.orders_ahead(fit.parameters, "bg_nbd", history[0], history[2], 273)[0]
        group = features["repeat_orders"].clip(upper=7)
        # By repeat orders in the first 39 weeks, 7 and more together: what came is the row that Fader, Hardie & Lee plot.
        actual = [0.2367, 0.6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594]
        assert after.groupby(group).mean().tolist() == pytest.approx(actual, abs=1e-4)
        expected = [0.2251, 0.5231, 1.0441, 1.5203, 2.1639, 2.6538, 3.5040, 6.1572]
        assert pd.Series(alive * ahead).groupby(group).mean().tolist() == pytest.approx(expected, abs=5e-4)
        assert (after.sum(), (alive * ahead).sum()) == pytest.approx((1882, 1653.4), abs=0.1)
