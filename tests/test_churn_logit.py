"""The logistic regression: what it learns, and how it explains itself."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from custkit.churn import logit


@pytest.fixture
def known() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 4000
    return pd.DataFrame(
        {
            "recency_days": rng.integers(0, 400, n).astype(float),
            "overdue": np.where(rng.random(n) < 0.3, np.nan, rng.exponential(2, n)),
            "avg_order_value": rng.lognormal(3, 1, n),
            "n_refunds": np.zeros(n),
        },
        index=pd.Index([f"c{place:04d}" for place in range(n)], name="customer_id"),
    )


@pytest.fixture
def left(known) -> pd.Series:
    """Leaving depends on the logarithm of recency and on nothing else."""
    rng = np.random.default_rng(8)
    return pd.Series(rng.random(len(known)) < expit(1.2 * np.log1p(known["recency_days"]) - 6), known.index)


class TestFit:
    def test_finds_what_was_put_in(self, known, left):
        fitted = logit.fit(known, left)
        per_log = dict(zip(fitted.names, fitted.coefficients / fitted.deviation, strict=True))
        assert per_log["recency_days"] == pytest.approx(1.2, abs=0.15)
        table = logit.drivers(fitted, known).set_index("measure")
        assert table["is_clear"].to_dict() == {
            "recency_days": True,
            "overdue": False,
            "avg_order_value": False,
        }
        assert table.index[0] == "recency_days"

    def test_a_constant_is_left_out(self, known, left):
        assert logit.fit(known, left).names == ("recency_days", "overdue", "avg_order_value")

    def test_equal_customers_all_have_the_share_of_all(self, left):
        same = pd.DataFrame({"n_refunds": 1.0}, index=left.index)
        fitted = logit.fit(same, left)
        assert logit.risk(fitted, same).unique() == pytest.approx([left.mean()])
        assert logit.drivers(fitted, same).empty

    def test_the_currency_does_not_matter(self, known, left):
        dearer = known.assign(avg_order_value=known["avg_order_value"] * 1000)
        one, other = logit.fit(known, left), logit.fit(dearer, left)
        pd.testing.assert_series_equal(logit.risk(one, known), logit.risk(other, dearer))

    def test_the_mean_risk_is_the_share_who_left(self, known, left):
        assert logit.risk(logit.fit(known, left), known).mean() == pytest.approx(left.mean(), abs=1e-6)

    def test_leaves_its_input_alone(self, known, left):
        before = known.copy()
        logit.risk(logit.fit(known, left), known)
        pd.testing.assert_frame_equal(known, before)


class TestStandardised:
    def test_what_is_unknown_is_average(self, known, left):
        fitted = logit.fit(known, left)
        place = fitted.names.index("overdue")
        distance = logit.standardised(fitted, known)
        assert (distance[known["overdue"].isna().to_numpy(), place] == 0).all()
        assert abs(distance[known["overdue"].notna().to_numpy(), place].mean()) < 1e-9

    def test_below_zero_counts_as_zero(self, known, left):
        fitted = logit.fit(known, left)
        ends = pd.DataFrame({name: [0.0, -5.0] for name in fitted.names})
        first, second = logit.standardised(fitted, ends)
        assert (first == second).all()


class TestDrivers:
    def test_risks_at_the_ends_follow_the_sign(self, known, left):
        row = logit.drivers(logit.fit(known, left), known).set_index("measure").loc["recency_days"]
        assert row["value_few"] < row["value_many"]
        assert row["risk_few"] < row["risk_many"]
        assert row["low"] < row["coefficient"] < row["high"]
