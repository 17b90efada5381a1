"""Charts of the plan, by their labels and the number of things drawn."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import strategy as charts
from custkit.show.plots import style
from custkit.words import Words

EN = Words("en")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def evidence() -> pd.DataFrame:
    """Two groups, the second too small to test, and a weakness without customers."""
    columns = ["strategy", "target_group", "customers", "spend", "target", "smallest_change", "can_be_seen"]
    rows = [
        ("keep_best", "tier3:high", 1055, 6_023_626.0, 0.15, 0.63, False),
        ("first_order", "status:prospect", 1, 0.0, 0.25, None, False),
        ("close_gap:price", "survey:respondents", 0, 0.0, 5.0, None, False),
    ]
    return pd.DataFrame(rows, columns=columns)


class TestPlanMoney:
    def test_a_bar_for_each_strategy_with_customers(self, evidence):
        ax = charts.plan_money(evidence, words=EN, currency="GBP")
        assert [label.get_text() for label in ax.get_yticklabels()] == [
            "Keep the best",
            "Win the first order",
        ]
        assert [text.get_text() for text in ax.texts] == ["£6.02m · n = 1,055", "£0 · n = 1"]

    def test_bars_wear_the_colour_of_their_group(self, evidence):
        bar = charts.plan_money(evidence, words=EN).patches[0]
        assert to_hex(bar.get_facecolor()) == style.colour("tier3", "high").lower()

    def test_speaks_chinese(self, evidence):
        ax = charts.plan_money(evidence, words=Words("zh"), currency="GBP")
        assert ax.get_title(loc="left") == "各项策略涉及多少消费金额？"
        assert ax.texts[0].get_text() == "£602万 · 1,055人"

    def test_without_customers_it_says_so(self):
        empty = schema.empty("plan_evidence")
        assert charts.plan_money(empty, words=EN).get_title(loc="left") == "No customer fits a strategy here"

    def test_names_the_missing_column(self, evidence):
        with pytest.raises(TableError, match="plan_evidence: no column spend"):
            charts.plan_money(evidence.drop(columns="spend"), words=EN)


class TestPlanTest:
    def test_only_what_can_be_compared_is_drawn(self, evidence):
        ax = charts.plan_test(evidence, words=EN)
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Keep the best"]
        assert ax.patches[0].get_width() == 0.63
        assert ax.lines[0].get_xdata().tolist() == [0.15]

    def test_bar_and_dot_are_explained(self, evidence):
        legend = charts.plan_test(evidence, words=EN).get_legend()
        assert {text.get_text() for text in legend.get_texts()} == {"aim", "too small to be told from chance"}

    def test_without_a_comparison_group_it_says_so(self, evidence):
        ax = charts.plan_test(evidence[1:], words=EN)
        assert ax.get_title(loc="left") == "No strategy has both a comparison group and a baseline"

    def test_leaves_its_input_alone(self, evidence):
        before = evidence.copy()
        charts.plan_test(evidence, words=EN)
        pd.testing.assert_frame_equal(evidence, before)


class TestPlanPast:
    @pytest.fixture
    def past(self) -> pd.DataFrame:
        """One campaign that worked, one that did nothing, one that nobody can judge."""
        columns = ["strategy", "kpi", "period", "verdict", "uplift_points", "low_points", "high_points"]
        rows = [
            ("Member day", "reorder_rate", "2025-06", "worked", 8.0, 4.0, 12.0),
            ("Letter", "reorder_rate", "2025-06", "no_effect", 1.0, -2.0, 4.0),
            ("Old", "reorder_rate", "2024-06", "one_arm", None, None, None),
        ]
        return pd.DataFrame(rows, columns=columns)

    def test_a_dot_and_an_interval_for_each_that_can_be_judged(self, past):
        ax = charts.plan_past(past, words=EN)
        assert [label.get_text() for label in ax.get_yticklabels()] == [
            "Member day (2025-06)\nshare who order again",
            "Letter (2025-06)\nshare who order again",
        ]
        assert [text.get_text() for text in ax.texts] == ["+8.0 · worked", "+1.0 · no effect seen"]
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [float(dot.get_xdata()[0]) for dot in dots] == [8.0, 1.0]
        assert to_hex(dots[0].get_color()) == style.colour("campaign", "worked").lower()

    def test_none_that_can_be_judged(self, past):
        ax = charts.plan_past(past[2:], words=Words("zh"))
        assert ax.get_title(loc="left") == "没有可判断的以往活动"

    def test_names_the_missing_column(self, past):
        with pytest.raises(TableError, match="plan_past: no column verdict"):
            charts.plan_past(past.drop(columns="verdict"), words=EN)


class TestPlanBudget:
    @pytest.fixture
    def budget(self) -> pd.DataFrame:
        """One strategy in three scenarios, and one of which nothing is known."""
        rows = [
            ("keep_best", name, 100.0, margin)
            for name, margin in [("half", 75.0), ("aim", 150.0), ("double", 300.0)]
        ]
        rows += [("first_order", name, 5.0, None) for name in ("half", "aim", "double")]
        return pd.DataFrame(rows, columns=["strategy", "scenario", "cost", "extra_margin"])

    def test_two_bars_and_a_line_for_each_that_can_be_reckoned(self, budget):
        ax = charts.plan_budget(budget, words=EN, currency="CNY")
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Keep the best"]
        assert [bar.get_width() for bar in ax.patches] == [100.0, 150.0]
        ((start, end),) = ax.collections[0].get_segments()
        assert (start[0], end[0]) == (75.0, 300.0)
        assert ax.get_xlabel() == "money in one window (CNY)"

    def test_nothing_to_reckon(self, budget):
        ax = charts.plan_budget(budget[3:], words=EN)
        assert ax.get_title(loc="left") == "No strategy has both a cost and a known effect"

    def test_names_the_missing_column(self, budget):
        with pytest.raises(TableError, match="plan_budget: no column cost"):
            charts.plan_budget(budget.drop(columns="cost"), words=EN)
