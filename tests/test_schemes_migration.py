"""Who moved between two days, and a change of revenue that is split to the cent."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema
from custkit.errors import TableError
from custkit.schemes import migration

BY = [f"by_{name}" for name in (*migration.EFFECTS, "refunds")]


def at(orders: dict[str, int], spend: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": list(orders),
            "n_orders": list(orders.values()),
            "spend": [float(spend[key]) for key in orders],
        }
    )


def named(**labels: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": list(labels), "scheme": "tier3", "label": list(labels.values())}, dtype="str"
    )


@pytest.fixture
def three_days() -> dict[str, pd.DataFrame]:
    """Ann orders in both windows, Bob only in the first, Cat only in the second after a pause, Dan is new, Eve long gone and
    sends something back, Pro never ordered.
    """
    start = {"ann": 1, "bob": 0, "cat": 1, "dan": 0, "eve": 1, "pro": 0}
    split = {"ann": 2, "bob": 1, "cat": 1, "dan": 0, "eve": 1, "pro": 0}
    end = {"ann": 4, "bob": 1, "cat": 2, "dan": 1, "eve": 1, "pro": 0}
    return {
        "start": at(start, {"ann": 10, "bob": 0, "cat": 5, "dan": 0, "eve": 30, "pro": 0}),
        "split": at(split, {"ann": 30, "bob": 8, "cat": 5, "dan": 0, "eve": 30, "pro": 0}),
        "end": at(end, {"ann": 90.1, "bob": 8, "cat": 9, "dan": 7.05, "eve": 27.5, "pro": 0}),
        "before": named(ann="low", bob="low", cat="low", dan="prospect", eve="high", pro="prospect"),
        "after": named(ann="high", bob="low", cat="low", dan="low", eve="high", pro="prospect"),
    }


class TestWindowStart:
    def test_both_windows_are_as_long(self):
        assert self.start("2020-01-01", "2022-01-01", "2022-07-01") == datetime.date(2021, 7, 4)

    @pytest.mark.parametrize("first", ["2021-12-01", "2021-07-06", None])
    def test_none_where_there_was_no_shop_yet(self, first):
        assert self.start(first, "2022-01-01", "2022-07-01") is None

    def test_none_where_the_windows_are_short(self):
        assert self.start("2000-01-01", "2022-01-01", "2022-01-20") is None

    def test_none_without_a_day_to_part_them(self):
        assert migration.window_start(pd.DataFrame({"first_order": [pd.NaT]}), None, None) is None

    def start(self, first: str | None, split: str, as_of: str) -> datetime.date | None:
        whole = pd.DataFrame({"first_order": pd.to_datetime([first, first])})
        return migration.window_start(whole, *map(datetime.date.fromisoformat, (split, as_of)))


class TestFlows:
    """mission M9"""

    def test_by_hand(self, three_days):
        rows = migration.flows(**three_days).drop(columns="scheme").to_numpy().tolist()
        assert sorted(rows) == [
            ["high", "high", "away", 1, 0.0, -2.5],
            ["low", "high", "kept", 1, 20.0, 60.1],
            ["low", "low", "lapsed", 1, 8.0, 0.0],
            ["low", "low", "returned", 1, 0.0, 4.0],
            ["prospect", "low", "new", 1, 0.0, 7.05],
            ["prospect", "prospect", "prospect", 1, 0.0, 0.0],
        ]

    def test_adds_up_to_all_customers_and_all_money_of_both_windows(self, three_days):
        table = migration.flows(**three_days)
        assert table["customers"].sum() == 6
        assert table["spend_before"].sum() == pytest.approx(28)
        assert table["spend_after"].sum() == pytest.approx(68.65)

    def test_who_is_unknown_at_an_earlier_day_was_a_prospect(self, three_days):
        without = {name: table[table["customer_id"] != "dan"] for name, table in three_days.items()}
        kept = three_days | {name: without[name] for name in ("start", "split", "before")}
        pd.testing.assert_frame_equal(migration.flows(**kept), migration.flows(**three_days))

    def test_row_order_changes_nothing(self, three_days):
        turned = {name: table[::-1] for name, table in three_days.items()}
        pd.testing.assert_frame_equal(migration.flows(**turned), migration.flows(**three_days))
        pd.testing.assert_frame_equal(
            migration.revenue_change(**turned), migration.revenue_change(**three_days)
        )

    def test_nobody_gives_the_columns(self, three_days):
        nobody = {name: table[:0] for name, table in three_days.items()}
        assert list(migration.flows(**nobody)) == list(schema.TABLES["label_flows"])
        assert migration.revenue_change(**nobody).empty

    def test_a_customer_who_is_gone_at_the_last_day_is_a_fault(self, three_days):
        with pytest.raises(
            TableError, match=r"features \(start\): 1 customers are not among those of the last day"
        ):
            migration.flows(**three_days | {"end": three_days["end"][1:]})

    def test_leaves_its_input_alone(self, three_days):
        before = {name: table.copy(deep=True) for name, table in three_days.items()}
        migration.flows(**three_days)
        migration.revenue_change(**three_days)
        for name, table in before.items():
            pd.testing.assert_frame_equal(three_days[name], table)


_PERSON = st.tuples(
    *[st.integers(0, 3)] * 3,
    *[st.integers(-5000, 90_000)] * 3,
    *[st.sampled_from(["high", "low", "mid"])] * 2,
)


class TestRevenueChange:
    """mission M9"""

    def test_by_hand(self, three_days):
        table = migration.revenue_change(**three_days).set_index("label")
        total = table.loc[migration.ALL]
        assert total[["customers_before", "customers_after", "orders_before", "orders_after"]].tolist() == [
            2,
            3,
            2,
            4,
        ]
        assert total[["spend_before", "spend_after", "change"]].tolist() == [28, 68.65, 40.65]
        assert total["by_refunds"] == -2.5
        # "low" has 2 customers with an order each and 28; then 2 of 3 with one each and 11.05. "high" has nobody, then 1 of 3 with 2 and
        # 60.10: all its money came by customers and mix.
        assert table.loc["low", ["by_orders", "by_refunds"]].tolist() == [0, 0]
        assert table.loc["high", ["by_orders", "by_value"]].tolist() == [0, 0]

    def test_one_factor_alone_takes_all_of_it(self):
        """Twice the customers, all else equal: only their number tells."""
        start = at({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 0, "c": 0})
        split = at({"a": 1, "b": 0, "c": 0}, {"a": 10, "b": 0, "c": 0})
        end = at({"a": 1, "b": 1, "c": 1}, {"a": 10, "b": 10, "c": 10})
        labels = named(a="low", b="low", c="low")
        total = (
            migration.revenue_change(start, split, end, labels, labels).set_index("label").loc[migration.ALL]
        )
        assert total[BY].tolist() == [10, 0, 0, 0, 0]

    @settings(max_examples=25, deadline=None)
    @given(st.lists(_PERSON, min_size=1, max_size=12), st.sampled_from([0, 2, 4]))
    def test_the_parts_are_the_change_to_the_smallest_unit(self, persons, decimals):
        ids = [f"c{place:02d}" for place in range(len(persons))]
        orders = np.array([one[:3] for one in persons]).reshape(-1, 3).cumsum(axis=1)
        units = np.array([one[3:6] for one in persons]).reshape(-1, 3).cumsum(axis=1)
        days = [
            pd.DataFrame(
                {"customer_id": ids, "n_orders": orders[:, day], "spend": units[:, day] / 10**decimals}
            )
            for day in range(3)
        ]
        labels = [
            pd.DataFrame(
                {"customer_id": ids, "scheme": "tier3", "label": [one[side] for one in persons]}, dtype="str"
            )
            for side in (6, 7)
        ]
        table = migration.revenue_change(*days, *labels, decimals=decimals)
        whole = (table.select_dtypes(float) * 10**decimals).round().astype("int64")
        assert np.allclose(table.select_dtypes(float) * 10**decimals, whole, atol=1e-4)
        assert (whole[BY].sum(axis=1) == whole["change"]).all()
        assert (whole["spend_after"] - whole["spend_before"] == whole["change"]).all()
        parts, total = whole[table["label"] != migration.ALL].sum(), whole[table["label"] == migration.ALL]
        if len(total):  # no rows where nothing happened
            assert (parts == total.iloc[0]).all()
            assert total["change"].item() == (units[:, 2] - 2 * units[:, 1] + units[:, 0]).sum()

    def test_the_effects_are_as_the_formula_of_two_factors_has_them(self):
        """One label, so no mix; as many customers: orders from 2 to 3 each, money per order from 10 to 20.

        Orders: 1 x 15 a customer on average of both ways, money: 10 x 2.5.
        """
        start = at({"a": 0}, {"a": 0})
        split, end = at({"a": 2}, {"a": 20}), at({"a": 5}, {"a": 80})
        total = migration.revenue_change(start, split, end, named(a="low"), named(a="low")).iloc[-1]
        assert total[BY].tolist() == [0, 0, 15, 25, 0]
