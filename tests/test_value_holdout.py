"""The past against the present: a split, what came after by hand, and four tables that add up."""

import datetime

import buyers_made
import numpy as np
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.settings import LifetimeRules
from custkit.value import holdout, worth

TODAY = pd.Timestamp("2025-12-31")


def made(n: int = 500) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features 182 days ago and today: each buyer went on at a pace of their own; one prospect became a customer."""
    then = buyers_made.histories(n, seed=9)
    draw = np.random.default_rng(9)
    more = draw.poisson(then["n_orders"] * 0.6)
    now = then.assign(
        n_orders=then["n_orders"] + more,
        repeat_orders=then["repeat_orders"] + more,
        age_days=then["age_days"] + 182,
        spend=then["spend"] + more * then["mean_repeat_spend"].fillna(20.0),
        recency_days=0,
    )
    new = buyers_made.histories(1).assign(
        customer_id="new", spend=70.0, n_orders=2, repeat_orders=1, recency_days=0
    )
    then = pd.concat([then, buyers_made.apart("new"), buyers_made.apart("pro")], ignore_index=True)
    now = pd.concat([now, new, buyers_made.apart("pro")], ignore_index=True)
    days = pd.to_timedelta(now["recency_days"].astype(float), unit="D")
    return then, now.assign(last_order=TODAY - days)


def labels(then: pd.DataFrame) -> pd.DataFrame:
    """Two schemes: one that knows who spends, and one by the last digit of the id; prospects apart."""
    buyer = then["status"] == "buyer"
    high = np.where(then["spend"] > then.loc[buyer, "spend"].median(), "high", "low")
    digit = "d" + then["customer_id"].str[-1]
    rows = [
        then[["customer_id"]].assign(scheme=scheme, label=pd.Series(label).where(buyer, "prospect"))
        for scheme, label in (("abc", pd.Series(high)), ("tenure", digit))
    ]
    return pd.concat(rows, ignore_index=True)


def checked(then, now, rules=LifetimeRules()) -> dict[str, pd.DataFrame]:
    return holdout.check(
        then, now, worth.fit(then, rules), labels(then), {"abc": ("high", "low"), "tenure": ()}, rules
    )


class TestSplit:
    @pytest.fixture
    def whole(self) -> pd.DataFrame:
        days = ["2023-01-01", "2023-06-30"], ["2024-03-01", "2025-12-31"]
        return pd.DataFrame(dict(zip(("first_order", "last_order"), map(pd.to_datetime, days), strict=True)))

    def test_keeps_a_third_apart_and_at_most_a_year(self, whole):
        assert holdout.split(whole) == datetime.date(2024, 12, 31)
        short = whole.assign(first_order=pd.Timestamp("2025-09-02"))
        assert holdout.split(short) == datetime.date(2025, 11, 21)

    def test_keeps_as_many_days_as_asked(self, whole):
        assert holdout.split(whole, LifetimeRules(holdout_days=31)) == datetime.date(2025, 11, 30)

    def test_none_where_one_side_is_too_short(self, whole):
        assert holdout.split(whole, LifetimeRules(holdout_days=1090)) is None
        assert holdout.split(whole.assign(first_order=pd.Timestamp("2025-11-01"))) is None
        assert holdout.split(whole.assign(first_order=pd.NaT, last_order=pd.NaT)) is None
        assert holdout.split(whole[:0]) is None


class TestAfter:
    def test_is_now_less_then(self):
        then = pd.DataFrame(
            {
                "customer_id": ["b", "a", "c"],
                "status": ["buyer", "buyer", "prospect"],
                "repeat_orders": [0, 2, 0],
                "age_days": [10, 20, None],
                "n_orders": [1, 3, 0],
                "spend": [10.0, 30.0, 0.0],
            }
        )
        now = then.assign(
            status="buyer",
            repeat_orders=[0, 4, 1],
            n_orders=[1, 5, 2],
            spend=[8.0, 50.0, 9.9],
            age_days=[20, 30, 5],
        )
        before = then.copy()
        past = holdout.after(then, now[::-1])
        assert past["customer_id"].tolist() == ["a", "b", "c"]
        assert past["repeats_after"].tolist() == [2, 0, 1]
        assert past["spend_after"].tolist() == [20.0, -2.0, 9.9]
        assert past["returned"].tolist() == [True, False, True]
        assert past["is_new"].tolist() == [False, False, True]
        pd.testing.assert_frame_equal(then, before)

    def test_names_the_table_that_lacks_a_column(self):
        then, now = made(5)
        with pytest.raises(TableError, match="features at the split: no column spend"):
            holdout.after(then.drop(columns="spend"), now)

    def test_who_had_not_registered_is_a_newcomer_and_nothing_else(self):
        then, now = made(20)
        early = then[then["customer_id"] != "new"]
        past = holdout.after(early, now).set_index("customer_id").loc["new"]
        assert past.to_dict() == {
            "status": "not_registered",
            "repeat_orders": 0,
            "repeats_after": 1,
            "spend_after": 70.0,
            "returned": True,
            "is_new": True,
        }
        told, whole = checked(early, now), checked(then, now)
        pd.testing.assert_frame_equal(told["holdout_summary"], whole["holdout_summary"])
        apart = told["holdout_labels"].query("not is_scored")
        assert apart["customers"].tolist() == [1] * len(apart)


class TestCheck:
    def test_tables_add_up(self):
        then, now = made()
        tables = checked(then, now)
        summary = tables["holdout_summary"].iloc[0]
        assert (summary["days"], summary["today"], summary["split_day"].date()) == (
            182,
            TODAY,
            datetime.date(2025, 7, 2),
        )
        assert (summary["customers"], summary["newcomers"], summary["spend_new"]) == (500, 1, 70.0)
        groups = tables["holdout_models"]
        assert groups["customers"].sum() == 500
        assert (
            groups["actual"].sum()
            == summary["actual"]
            == (now["repeat_orders"] - then["repeat_orders"])[:500].sum()
        )
        assert groups["expected"].sum() == pytest.approx(summary["expected"], rel=1e-5)
        assert groups["repeat_group"].tolist()[-1] == "7+"
        by_label = tables["holdout_labels"].query("scheme == 'abc'")
        scored = by_label[by_label["is_scored"]]
        assert scored["label"].tolist() == ["high", "low"]
        assert scored[["share_of_customers", "share_of_spend_after"]].sum().tolist() == pytest.approx([1, 1])
        assert scored["spend_after"].sum() == pytest.approx(summary["spend_after"])
        apart = by_label[~by_label["is_scored"]]
        assert (apart["label"].item(), apart["customers"].item(), apart["spend_after"].item()) == (
            "prospect",
            2,
            70.0,
        )

    def test_ranks_what_knows_above_what_does_not(self):
        ranked = checked(*made())["holdout_ranking"].set_index("scheme")
        assert set(ranked.index) == {"by_recency", "by_orders", "by_spend", "by_lifetime", "abc", "tenure"}
        assert ranked.loc["abc", "gini"] > ranked.loc["tenure", "gini"]
        assert ranked.loc["tenure", "verdict"] == "worse_than_plain"

    def test_labels_without_an_order_are_placed_by_spend_before_never_by_what_came_after(self):
        then, now = made()
        ranks = [
            checked(then, given)["holdout_labels"].query("scheme == 'tenure' and is_scored")["label"].tolist()
            for given in (now, now.assign(spend=then["spend"] + np.arange(len(now))))
        ]
        assert ranks[0] == ranks[1]

    def test_row_order_has_no_say(self):
        then, now = made()
        there, back = checked(then, now), checked(then[::-1].reset_index(drop=True), now[::-1])
        for name, table in there.items():
            pd.testing.assert_frame_equal(table, back[name])

    def test_without_a_split_or_a_model_the_reason_is_said(self):
        then, now = made()
        no_split = checked(then[:0], now)
        assert no_split["holdout_summary"]["why_none"].item() == "no_split"
        assert all(table.empty for name, table in no_split.items() if name != "holdout_summary")
        no_model = checked(then, now, LifetimeRules(lifetime_model="none"))
        assert no_model["holdout_summary"]["why_none"].item() == "no_model"
        assert no_model["holdout_models"].empty
        assert "by_lifetime" not in set(no_model["holdout_ranking"]["scheme"])

    @pytest.mark.parametrize("n", [1, 10])
    def test_few_customers_give_tables(self, n):
        tables = checked(*made(n))
        for name, table in tables.items():
            assert list(table.columns) == list(schema.TABLES[name])
