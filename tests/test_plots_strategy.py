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
