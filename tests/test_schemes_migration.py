"""Who moved between two days, and a change of revenue that is split to the cent."""

import datetime

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema
from custkit.errors import TableError
from custkit.schemes import migration
from custkit.show.plots import crosswalk as plots
from custkit.words import Words

BY = [f"by_{name}" for name in (*migration.EFFECTS, "refunds")]


DAYS = ("2023-01-01", "2024-01-01", "2025-01-01")  # of the three features: start, split, end
IN_1, IN_2, LONG_AGO = "2023-06-01", "2024-06-01", "2022-06-01"  # days in the windows, and before both


def at(day: str, orders: dict, spend: dict, last: dict) -> pd.DataFrame:
    """Features at a day; ``last``: the last order of those who have one."""
    last_order = pd.to_datetime([last.get(key) for key in orders]).astype("datetime64[ms]")
    return pd.DataFrame(
        {
            "customer_id": list(orders),
            "n_orders": list(orders.values()),
            "spend": [float(spend[key]) for key in orders],
            "last_order": last_order,
            "recency_days": pd.array((pd.Timestamp(day) - last_order).days, dtype="Int64"),
        }
    )


def three(start: dict, split: dict, end: dict) -> dict[str, pd.DataFrame]:
    """Features at the three days, of customers to orders and spend then; who has more orders than before ordered."""
    tables, last, before = {}, {}, {}
    for name, day, when, known in zip(
        ("start", "split", "end"), DAYS, (LONG_AGO, IN_1, IN_2), (start, split, end), strict=True
    ):
        orders = {key: pair[0] for key, pair in known.items()}
        last |= {key: when for key, count in orders.items() if count > before.get(key, 0)}
        tables[name] = at(day, orders, {key: pair[1] for key, pair in known.items()}, last)
        before = orders
    return tables


def named(**labels: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": list(labels), "scheme": "tier3", "label": list(labels.values())}, dtype="str"
    )


@pytest.fixture
def three_days() -> dict[str, pd.DataFrame]:
    """Ann orders in both windows, Bob only in the first, Cat only in the second after a pause, Dan is new, Eve long gone and
    sends something back, Pro never ordered.
    """
    start = {"ann": (1, 10), "bob": (0, 0), "cat": (1, 5), "dan": (0, 0), "eve": (1, 30), "pro": (0, 0)}
    split = {"ann": (2, 30), "bob": (1, 8), "cat": (1, 5), "dan": (0, 0), "eve": (1, 30), "pro": (0, 0)}
    end = {"ann": (4, 90.1), "bob": (1, 8), "cat": (2, 9), "dan": (1, 7.05), "eve": (1, 27.5), "pro": (0, 0)}
    return three(start, split, end)


@pytest.fixture
def ends(three_days) -> dict[str, pd.DataFrame]:
    """What ``flows`` takes."""
    return three_days | {
        "before": named(ann="low", bob="low", cat="low", dan="prospect", eve="high", pro="prospect"),
        "after": named(ann="high", bob="low", cat="low", dan="low", eve="high", pro="prospect"),
    }


@pytest.fixture
def begins(three_days, ends) -> dict[str, pd.DataFrame]:
    """What ``revenue_change`` takes."""
    first = named(ann="low", bob="prospect", cat="low", dan="prospect", eve="high", pro="prospect")
    return three_days | {"start_labels": first, "before": ends["before"]}


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


class TestWindows:
    def test_first_and_last_day_of_each(self):
        days = map(datetime.date.fromisoformat, ("2023-12-31", "2024-12-30", "2025-12-30"))
        assert migration.windows(*days) == ("2024-01-01 – 2024-12-30", "2024-12-31 – 2025-12-30")

    def test_none(self):
        assert migration.windows(None, None, None) == ("", "")


class TestFlows:
    """mission M9"""

    def test_by_hand(self, ends):
        rows = migration.flows(**ends).drop(columns="scheme").to_numpy().tolist()
        assert sorted(rows) == [
            ["high", "high", "away", 1, 0.0, -2.5],
            ["low", "high", "kept", 1, 20.0, 60.1],
            ["low", "low", "lapsed", 1, 8.0, 0.0],
            ["low", "low", "returned", 1, 0.0, 4.0],
            ["prospect", "low", "new", 1, 0.0, 7.05],
            ["prospect", "prospect", "prospect", 1, 0.0, 0.0],
        ]

    def test_adds_up_to_all_customers_and_all_money_of_both_windows(self, ends):
        table = migration.flows(**ends)
        assert table["customers"].sum() == 6
        assert table["spend_before"].sum() == pytest.approx(28)
        assert table["spend_after"].sum() == pytest.approx(68.65)

    def test_who_had_not_registered_is_no_prospect(self, ends):
        """Dan and Pro registered after the middle day; Dan has ordered since."""
        late = ["dan", "pro"]
        known = {
            name: ends[name][~ends[name]["customer_id"].isin(late)] for name in ("start", "split", "before")
        }
        table = migration.flows(**ends | known)
        rows = table[table["label_before"] == migration.NOT_REGISTERED].drop(columns="scheme").to_numpy()
        assert sorted(rows.tolist()) == [
            ["not_registered", "low", "new", 1, 0.0, 7.05],
            ["not_registered", "prospect", "prospect", 1, 0.0, 0.0],
        ]
        assert "prospect" not in set(table["label_before"])
        assert table["customers"].sum() == 6
        assert table["spend_after"].sum() == pytest.approx(68.65)

    def test_an_exchange_is_an_order(self):
        """Ann sends her last order back, under its own id, and orders again: as many orders as before, but she did order."""
        start, split = (
            at(DAYS[0], {"ann": 1}, {"ann": 9}, {"ann": LONG_AGO}),
            at(DAYS[1], {"ann": 2}, {"ann": 19}, {"ann": IN_1}),
        )
        end = at(DAYS[2], {"ann": 2}, {"ann": 21}, {"ann": IN_2})
        days = (start, split, end)
        assert migration.flows(*days, named(ann="low"), named(ann="low"))["move"].tolist() == ["kept"]
        total = migration.revenue_change(*days, named(ann="low"), named(ann="low")).iloc[-1]
        assert (
            total[["customers_before", "customers_after", "orders_before", "orders_after"]].tolist()
            == [1] * 4
        )
        assert total[["spend_before", "spend_after", *BY]].tolist() == [10, 2, 0, 0, 0, -8, 0]

    def test_who_only_sends_back_has_not_ordered(self):
        """Ann's order of the first window is undone in the second: her last order is the one before both again."""
        start, split = (
            at(DAYS[0], {"ann": 1}, {"ann": 9}, {"ann": LONG_AGO}),
            at(DAYS[1], {"ann": 2}, {"ann": 19}, {"ann": IN_1}),
        )
        end = at(DAYS[2], {"ann": 1}, {"ann": 9}, {"ann": LONG_AGO})
        table = migration.flows(start, split, end, named(ann="low"), named(ann="low"))
        assert table[["move", "spend_before", "spend_after"]].to_numpy().tolist() == [["lapsed", 10.0, -10.0]]

    def test_row_order_changes_nothing(self, ends, begins):
        for make, given_ones in ((migration.flows, ends), (migration.revenue_change, begins)):
            turned = {name: table[::-1] for name, table in given_ones.items()}
            pd.testing.assert_frame_equal(make(**turned), make(**given_ones))

    def test_nobody_gives_the_columns(self, ends, begins):
        assert list(migration.flows(**{name: table[:0] for name, table in ends.items()})) == list(
            schema.TABLES["label_flows"]
        )
        assert migration.revenue_change(**{name: table[:0] for name, table in begins.items()}).empty

    def test_a_customer_who_is_gone_at_the_last_day_is_a_fault(self, ends):
        with pytest.raises(
            TableError, match=r"features \(start\): 1 customers are not among those of the last day"
        ):
            migration.flows(**ends | {"end": ends["end"][1:]})

    def test_leaves_its_input_alone(self, ends, begins):
        before = {name: table.copy(deep=True) for name, table in (ends | begins).items()}
        migration.flows(**ends)
        migration.revenue_change(**begins)
        for name, table in before.items():
            pd.testing.assert_frame_equal((ends | begins)[name], table)


_PERSON = st.tuples(
    *[st.integers(0, 3)] * 3,
    *[st.integers(-5000, 90_000)] * 3,
    *[st.sampled_from(["high", "low", "mid"])] * 2,
    st.integers(0, 2),
)


class TestRevenueChange:
    """mission M9"""

    def test_by_hand(self, begins):
        table = migration.revenue_change(**begins).set_index("label")
        total = table.loc[migration.ALL]
        counts = ["customers_before", "customers_after", "orders_before", "orders_after"]
        assert total[counts].tolist() == [2, 3, 2, 4]
        assert total[["spend_before", "spend_after", "change"]].tolist() == [28, 68.65, 40.65]
        assert total["by_refunds"] == -2.5
        # Newcomers: Bob in the first window, Dan in the second, one order each.
        assert table.loc["prospect", [*counts, "spend_before", "spend_after"]].tolist() == [
            1,
            1,
            1,
            1,
            8,
            7.05,
        ]
        assert table.loc["prospect", "by_orders"] == 0
        # "low": Ann in the first, Ann and Cat in the second.
        assert table.loc["low", [*counts, "spend_before", "spend_after"]].tolist() == [1, 2, 1, 3, 20, 64.1]
        # Eve only sends something back.
        assert table.loc["high", BY].tolist() == [0, 0, 0, 0, -2.5]

    def test_one_factor_alone_takes_all_of_it(self):
        """Three times the customers, all else equal: only their number tells."""
        days = three(
            {"a": (0, 0), "b": (0, 0), "c": (0, 0), "d": (0, 0)},
            {"a": (1, 10), "b": (0, 0), "c": (0, 0), "d": (0, 0)},
            {"a": (1, 10), "b": (1, 10), "c": (1, 10), "d": (1, 10)},
        )
        labels = named(a="low", b="low", c="low", d="low")
        total = migration.revenue_change(*days.values(), labels, labels).iloc[-1]
        assert total[BY].tolist() == [20, 0, 0, 0, 0]

    @pytest.mark.parametrize(("first", "then"), [("low", "high"), ("prospect", "low"), ("low", "low")])
    def test_more_orders_of_everyone_are_orders_whatever_their_names(self, first, then):
        """60 who order once and then twice, at the same price, and all of whom have another name then."""
        ids = [f"c{place:02d}" for place in range(60)]
        days = three(*(dict.fromkeys(ids, (count, 10 * count)) for count in (1, 2, 4)))
        labels = (named(**dict.fromkeys(ids, label)) for label in (first, then))
        total = migration.revenue_change(*days.values(), *labels).iloc[-1]
        assert total[BY].tolist() == [0, 0, 600, 0, 0]

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_window_without_an_order_differs_in_customers_alone(self, turned):
        none, one = {"a": (1, 5), "b": (0, 0)}, {"a": (1, 5), "b": (1, 7)}
        two = {"a": (2, 9), "b": (1, 7)}
        days = three(none, one if turned else none, one if turned else two)
        labels = named(a="low", b="high")
        total = migration.revenue_change(*days.values(), labels, labels).iloc[-1]
        assert total[BY].tolist() == [total["change"], 0, 0, 0, 0]

    def test_newcomers_who_had_not_registered_stand_apart_and_the_money_is_whole(self, begins):
        known = {
            name: table if name == "end" else table[table["customer_id"] != "dan"]
            for name, table in begins.items()
        }
        known["start"] = known["start"][known["start"]["customer_id"] != "bob"]
        table = migration.revenue_change(**known).set_index("label")
        assert table.loc["not_registered", ["spend_before", "spend_after"]].tolist() == [8, 7.05]
        assert "prospect" not in table.index
        assert table.loc[migration.ALL, "change"] == 40.65

    @settings(max_examples=25, deadline=None)
    @given(st.lists(_PERSON, min_size=1, max_size=12), st.sampled_from([0, 2, 4]))
    def test_the_parts_are_the_change_to_the_smallest_unit(self, persons, decimals):
        ids = [f"c{place:02d}" for place in range(len(persons))]
        orders = np.array([one[:3] for one in persons]).reshape(-1, 3).cumsum(axis=1)
        units = np.array([one[3:6] for one in persons]).reshape(-1, 3).cumsum(axis=1)
        units *= np.array(
            [[one[8] <= day for day in range(3)] for one in persons]
        )  # nothing before they register
        orders *= np.array([[one[8] <= day for day in range(3)] for one in persons])
        features = three(
            *(
                {
                    key: (orders[place, day], units[place, day] / 10**decimals)
                    for place, key in enumerate(ids)
                    if persons[place][8] <= day
                }
                for day in range(3)
            )
        )
        labels = [
            named(**{key: one[side] for key, one in zip(ids, persons, strict=True) if one[8] <= day})
            for day, side in enumerate((6, 7))
        ]
        table = migration.revenue_change(*features.values(), *labels, decimals=decimals)
        whole = (table.select_dtypes(float) * 10**decimals).round().astype("int64")
        assert np.allclose(table.select_dtypes(float) * 10**decimals, whole, atol=1e-4)
        assert (whole[BY].sum(axis=1) == whole["change"]).all()
        assert (whole["spend_after"] - whole["spend_before"] == whole["change"]).all()
        parts, total = whole[table["label"] != migration.ALL].sum(), whole[table["label"] == migration.ALL]
        if len(total):  # no rows where nothing happened, or on whose first day nobody was known
            assert (parts == total.iloc[0]).all()
            assert total["change"].item() == (units[:, 2] - 2 * units[:, 1] + units[:, 0]).sum()

    def test_the_effects_are_as_the_formula_of_two_factors_has_them(self):
        """One label, so no mix; as many customers: orders from 2 to 3 each, money per order from 10 to 20.

        Orders: 1 x 15 a customer on average of both ways, money: 10 x 2.5.
        """
        days = three({"a": (0, 0)}, {"a": (2, 20)}, {"a": (5, 80)})
        total = migration.revenue_change(*days.values(), named(a="low"), named(a="low")).iloc[-1]
        assert total[BY].tolist() == [0, 0, 15, 25, 0]


@pytest.mark.parametrize("lang", ["en", "zh"])
class TestCharts:
    def test_of_moves_names_scheme_days_and_shading_and_puts_strangers_last(self, lang, ends):
        words = Words(lang)
        known = {name: ends[name].query("customer_id != 'dan'") for name in ("start", "split", "before")}
        ax = plots.migration(
            migration.flows(**ends | known),
            "tier3",
            words=words,
            days=(datetime.date(2024, 1, 1), "2025-01-01"),
        )
        assert "2024-01-01" in ax.get_ylabel()
        assert "2025-01-01" in ax.get_xlabel()
        assert ax.get_title(loc="left").lower().startswith(words.label("scheme", "tier3").lower())
        labels = [tick.get_text() for tick in ax.get_yticklabels()]
        assert labels[-2:] == [words.label("tier3", label) for label in ("prospect", "not_registered")]
        assert ax.figure.axes[1].get_ylabel() == words("axis.share_of_row")
        plt.close("all")

    def test_of_revenue_names_scheme_and_windows(self, lang, begins):
        words = Words(lang)
        told = ("2023-01-02 – 2024-01-01", "2024-01-02 – 2025-01-01")
        ax = plots.revenue_change(migration.revenue_change(**begins), "tier3", words=words, windows=told)
        first, second = ax.get_title(loc="left").split("\n")
        assert first.lower().startswith(words.label("scheme", "tier3").lower())
        assert second == " → ".join(told)
        plt.close("all")
