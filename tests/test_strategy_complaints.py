"""Complaints as causes: order for order, beyond chance, and what is mended for everybody."""

import datetime

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema
from custkit.errors import TableError
from custkit.settings import StrategyRules
from custkit.strategy import complaints, lessons, playbook, promises
from custkit.words import Words

DAY = datetime.date(2025, 10, 2)


def told(first: int, n: int, topic: str = "delivery", date: str = "2025-11-01") -> pd.DataFrame:
    """One complaint each of ``n`` customers."""
    names = [f"c{first + i:04d}" for i in range(n)]
    return pd.DataFrame(
        {"customer_id": names, "topic": topic, "complaints": 1, "last_date": pd.Timestamp(date)}
    )


@pytest.fixture
def features() -> pd.DataFrame:
    """100 lapsed with one order each, 200 others with five."""
    names = [f"c{i:04d}" for i in range(300)]
    return pd.DataFrame({"customer_id": names, "n_orders": [1] * 100 + [5] * 200, "status": "buyer"})


@pytest.fixture
def assigned() -> pd.DataFrame:
    names = [f"c{i:04d}" for i in range(300)]
    return pd.DataFrame({"customer_id": names, "strategy": ["recall"] * 100 + ["keep_best"] * 200})


@pytest.fixture
def complainers() -> pd.DataFrame:
    """30 of the lapsed and 20 of the others complain of delivery."""
    return pd.concat([told(0, 30), told(100, 20)])


class TestCauses:  # trap T31
    def test_worked_by_hand(self, complainers, assigned, features):
        found = complaints.causes(complainers, assigned, features).set_index("strategy")
        # 30 in 100 orders against 20 in 1,000.
        assert found.loc["recall", ["per_100_orders", "others", "customers", "n"]].tolist() == [
            30,
            2,
            30,
            100,
        ]
        assert found["is_cited"].to_dict() == {"keep_best": False, "recall": True}

    def test_who_orders_more_has_more_to_complain_of(self, assigned, features):
        # A tenth of all orders: many more of the best have complained, and no more often.
        both = pd.concat([told(0, 10), told(100, 100)])
        found = complaints.causes(both, assigned, features)
        assert found["per_100_orders"].tolist() == [10, 10]
        assert not found["is_cited"].any()

    def test_a_few_complaints_carry_no_test(self, assigned, features):
        found = complaints.causes(told(0, 4), assigned, features)
        assert found["p_adjusted"].isna().all()
        assert not found["is_cited"].any()

    def test_a_small_excess_is_no_cause(self, complainers, assigned, features):
        rules = StrategyRules(min_complaint_ratio=20.0)
        assert not complaints.causes(complainers, assigned, features, rules)["is_cited"].any()

    def test_what_could_not_be_classed_is_no_cause(self, complainers, assigned, features):
        assert complaints.causes(complainers.assign(topic="unclassified"), assigned, features).empty

    def test_customers_without_an_order_and_orphans_have_no_say(self, complainers, assigned, features):
        found = complaints.causes(complainers, assigned, features)
        stranger = pd.concat([complainers, told(9000, 50)])
        more = pd.concat([features, features.iloc[:1].assign(customer_id="new", n_orders=0)])
        pd.testing.assert_frame_equal(complaints.causes(stranger, assigned, more), found)

    def test_the_order_of_the_rows_has_no_say_and_the_input_is_left_alone(
        self, complainers, assigned, features
    ):
        copies = [table.copy() for table in (complainers, assigned, features)]
        found = complaints.causes(complainers[::-1], assigned[::-1], features[::-1])
        pd.testing.assert_frame_equal(found, complaints.causes(complainers, assigned, features))
        for table, copy in zip((complainers, assigned, features), copies, strict=True):
            pd.testing.assert_frame_equal(table, copy)

    def test_no_complaint(self, complainers, assigned, features):
        found = complaints.causes(complainers[:0], assigned, features)
        assert found.dtypes.astype(str).to_dict() == schema.TABLES["plan_causes"]
        assert found.empty

    def test_names_the_missing_column(self, complainers, assigned, features):
        with pytest.raises(TableError, match="profile_complainers: no column topic"):
            complaints.causes(complainers.drop(columns="topic"), assigned, features)

    @pytest.mark.slow
    def test_where_nobody_complains_more_few_causes_are_cited(self, assigned, features):
        rng = np.random.default_rng(1)
        cited = 0
        for _ in range(200):
            counts = rng.poisson(0.04 * features["n_orders"])
            rows = features[["customer_id"]].assign(topic="delivery", complaints=counts)
            cited += complaints.causes(rows[counts > 0], assigned, features)["is_cited"].any()
        assert cited <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


class TestMending:  # mission 126, trap T12
    def test_the_complaint_of_most_customers(self, complainers, features):
        other = told(100, 40, "price", date="2025-01-01")
        (line,) = complaints.mending(pd.concat([complainers, other]), features, DAY)
        assert line["strategy"] == "mend:delivery"
        assert line["baseline"] == pytest.approx(50 / 300)
        assert line["target_level"] == pytest.approx(50 / 300 * 0.7)
        assert (line["kpi"], line["direction"], line["n_treated"]) == ("complaint_rate", "down", 0)

    def test_only_the_last_window_counts_for_the_baseline(self, complainers, features):
        old = complainers.assign(last_date=pd.Timestamp("2025-10-02"))
        assert complaints.mending(old, features, DAY) == []

    def test_unknown_days_and_nobody(self, complainers, features):
        assert complaints.mending(complainers.assign(last_date=pd.NaT), features, DAY) == []
        assert complaints.mending(complainers[:0], features, DAY) == []


class TestPlan:
    @pytest.fixture
    def plan(self, complainers, assigned, features) -> pd.DataFrame:
        recall = {
            "strategy": "recall",
            "target_group": "rfm8:churn_risk",
            "customers": 100,
            "n_treated": 80,
            "n_held_out": 20,
            "kpi": "recall_rate",
            "baseline": 0.1,
            "target": 0.2,
            "target_level": 0.12,
            "kind": "relative",
            "direction": "up",
        }
        rows = [recall, *complaints.mending(complainers, features, DAY)]
        numbers = schema.frame(
            "plan_evidence", pd.DataFrame(rows).fillna({"n_baseline": 0, "no_consent": 0, "not_funded": 0})
        )
        cited = complaints.causes(complainers, assigned, features)
        return promises.plan(numbers, Words("en"), DAY, cited=cited, channels={"recall": "app"})

    def test_what_is_cited_is_mended_first(self, plan):
        recall = plan.set_index("strategy").loc["recall"]
        assert recall["cause"] == "complaint:delivery"
        assert recall["content"].startswith(
            "First, because they complain more than others of “delivery”: agree on faster"
        )
        assert playbook.check(plan, Words("en")).empty

    def test_a_coupon_does_not_answer_a_late_parcel(self, plan):
        (problem,) = playbook.check(plan.assign(means="offer, contact").iloc[:1], Words("en")).to_dict(
            "records"
        )
        assert (problem["trap"], problem["problem"]) == (
            "T31",
            "The cause is “delivery”, and nothing in the strategy answers it.",
        )

    def test_the_channel_is_the_one_that_is_answered(self, plan):
        assert plan.set_index("strategy").loc["recall", "channel"] == "app, telephone"

    def test_what_is_mended_for_everybody_says_so(self, plan):
        mend = plan.set_index("strategy").loc["mend:delivery"]
        assert "from 16.7% to 11.7% (-30% of the baseline, an assumption)" in mend["expected_effect"]
        assert mend["lever"] == "service"


class TestSentences:
    def test_all_hold(self, complainers, assigned, features):
        table = complaints.causes(complainers, assigned, features)
        stated = findings.frame("06", lessons.of_causes(table))
        assert findings.recompute(stated, {"plan_causes": table}.__getitem__).empty
        assert stated["text_en"].tolist() == [
            "“Recall the lapsed”: these 100 customers complain of “delivery” 30.0 times in 100 orders (customers who did: 30),"
            " the others 2.0 times; the strategy mends that first."
        ]

    def test_no_cause_is_said_once(self, complainers, assigned, features):
        table = complaints.causes(complainers, assigned, features).assign(is_cited=False)
        assert [row["key"] for row in lessons.of_causes(table)] == ["plan_cause_none"]
