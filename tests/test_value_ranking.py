"""How well an order tells who brings the money: by hand, against a bootstrap, and with ties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema
from custkit.value import ranking


def measures(n: int, **more) -> dict[str, pd.Series]:
    """Plain rankings that know nothing, and ``more``."""
    flat = {name: pd.Series(np.zeros(n)) for name in ranking.BASELINES}
    return flat | {name: pd.Series(values, dtype=float) for name, values in more.items()}


class TestRanked:
    def test_is_worked_by_hand(self):
        money = pd.Series([10.0, 20.0, 30.0, 40.0, 0.0])
        table = ranking.ranked(
            money, measures(5, right=[2, 3, 4, 5, 1], wrong=[-2, -3, -4, -5, -1])
        ).set_index("scheme")
        # 2 / (5 x 100) x (0.3 x 10 + 0.5 x 20 + 0.7 x 30 + 0.9 x 40) x 5 - 1
        assert table.loc["right", "gini"] == pytest.approx(0.4)
        assert table.loc["right", "gini_possible"] == pytest.approx(0.4)
        assert table.loc["wrong", "gini"] == pytest.approx(-0.4)
        assert table.loc["by_spend", "gini"] == pytest.approx(0)
        assert table.loc[["right", "wrong", "by_spend"], "share_top_fifth"].tolist() == pytest.approx(
            [0.4, 0, 0.2]
        )
        assert table.loc["right", "lift"] == pytest.approx(2)

    def test_equal_places_are_shared_whatever_the_order_of_rows(self):
        money = pd.Series([100.0, 0.0, 0.0, 50.0])
        by = measures(4, tied=[1, 1, 1, 0])
        there = ranking.ranked(money, by)
        back = ranking.ranked(
            money[::-1].reset_index(drop=True), {k: v[::-1].reset_index(drop=True) for k, v in by.items()}
        )
        pd.testing.assert_frame_equal(there, back)
        # A fifth of four is 0.8 customers of the three on top, who brought 100 of 150.
        assert there.set_index("scheme").loc["tied", "share_top_fifth"] == pytest.approx(0.8 / 3 * 100 / 150)

    def test_the_interval_is_that_of_a_paired_bootstrap(self):
        draw = np.random.default_rng(3)
        n = 400
        truth = draw.gamma(0.6, 50, n)
        money = pd.Series(draw.poisson(truth).astype(float))
        by = measures(n, noisy=np.round(truth * draw.lognormal(0, 0.7, n), -1))
        by["by_spend"] = pd.Series(truth * draw.lognormal(0, 0.3, n))
        told = ranking.ranked(money, by).set_index("scheme").loc["noisy"]
        again = []
        for _ in range(300):
            rows = draw.integers(0, n, n)
            ginis = [
                ranking._Order(by[name].to_numpy()[rows]).gini(money.to_numpy()[rows])
                for name in ("noisy", "by_spend")
            ]
            again.append(ginis[0] - ginis[1])
        assert (told["high"] - told["low"]) / (2 * 1.96) == pytest.approx(np.std(again), rel=0.15)
        assert told["verdict"] == "worse_than_plain"

    def test_of_equal_groups_too(self):
        draw = np.random.default_rng(4)
        n = 400
        truth = draw.gamma(0.6, 50, n)
        money = draw.poisson(truth).astype(float)
        plain = truth * draw.lognormal(0, 0.3, n)
        names = np.digitize(truth * draw.lognormal(0, 0.7, n), [5.0, 40.0]).astype(float)

        def against(rows):
            order = ranking._Order(names[rows])
            return order.against(ranking._Order(plain[rows]).coarsened(order), money[rows])

        _, error, _ = against(np.arange(n))
        again = [against(draw.integers(0, n, n))[0] for _ in range(300)]
        assert error == pytest.approx(np.std(again), rel=0.15)

    def test_says_better_worse_like_and_too_few(self):
        draw = np.random.default_rng(1)
        money = pd.Series(draw.gamma(0.5, 100, 300))
        noise = pd.Series(draw.random(300))
        by = measures(300, good=money, bad=-money, alike=noise + 1) | {"by_spend": noise}
        verdicts = ranking.ranked(money, by).set_index("scheme")["verdict"].to_dict()
        assert (verdicts["good"], verdicts["bad"]) == ("better_than_plain", "worse_than_plain")
        assert (verdicts["alike"], verdicts["by_orders"]) == ("like_plain", "plain")
        few = ranking.ranked(money[:20], {name: values[:20] for name, values in by.items()})
        assert set(few["verdict"]) == {"plain", "few_after"}

    def test_the_plain_ranking_is_also_cut_into_as_many_groups(self):
        money = pd.Series(np.arange(100.0))
        by = measures(100, halves=[0] * 50 + [1] * 50) | {"by_spend": money}
        table = ranking.ranked(money, by).set_index("scheme")
        assert table.loc["halves", "gini_same_groups"] == pytest.approx(table.loc["halves", "gini"])
        assert table.loc["halves", ["verdict", "verdict_same_groups"]].tolist() == [
            "worse_than_plain",
            "like_plain",
        ]
        assert table.loc["halves", "gini"] < table.loc["halves", "gini_plain"]

    def test_names_that_go_by_something_else_are_worse_than_as_many_groups(self):
        draw = np.random.default_rng(2)
        money = pd.Series(draw.gamma(0.5, 100, 600))
        by = measures(600, noise=draw.integers(0, 3, 600), seer=np.digitize(money, [10.0, 60.0]))
        by["by_spend"] = money * draw.lognormal(0, 1.5, 600)
        table = ranking.ranked(money, by).set_index("scheme")["verdict_same_groups"]
        assert table.drop(["by_orders", "by_recency"]).to_dict() == {
            "by_spend": "plain",
            "noise": "worse_than_plain",
            "seer": "better_than_plain",
        }

    def test_money_below_zero_counts_as_none_so_that_no_gini_leaves_its_bounds(self):
        money, by = [100.0, 0.0, -90.0, -5.0], measures(4, right=[4, 3, 2, 1])
        table = ranking.ranked(pd.Series(money), by)
        assert table["customers_below"].tolist() == [2] * len(table)
        clipped = ranking.ranked(pd.Series(money).clip(lower=0), by)
        pd.testing.assert_frame_equal(table.assign(customers_below=0), clipped)
        assert table["gini_possible"].max() <= 1
        assert table.set_index("scheme").loc["right", "gini"] == pytest.approx(0.75)

    @pytest.mark.parametrize("money", [[], [0.0, 0.0], [-5.0, -9.0]])
    def test_without_money_nothing_is_ranked(self, money):
        pd.testing.assert_frame_equal(
            ranking.ranked(pd.Series(money, dtype=float), measures(len(money))),
            schema.empty("holdout_ranking"),
        )

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(-20, 50)), min_size=2, max_size=30))
    def test_lies_within_what_is_possible(self, rows):
        places, money = (pd.Series(values, dtype=float) for values in zip(*rows, strict=True))
        table = ranking.ranked(money, measures(len(money), tried=places))
        if len(table):
            assert (table["gini"].abs() <= table["gini_possible"] + 1e-9).all()
            assert (table["gini_possible"] < 1).all()
            assert table["share_top_fifth"].between(0, 1 + 1e-9).all()
