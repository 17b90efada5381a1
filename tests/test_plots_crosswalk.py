"""Charts of schemes beside each other, by their labels and what is drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import crosswalk as plots
from custkit.show.plots import treemap
from custkit.show.plots.style import INK
from custkit.words import Words


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture(autouse=True)
def _strict():
    """A glyph that the fonts lack is a warning, and so a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield
    plt.close("all")


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


class TestAgreement:
    def test_each_pair_once(self, words):
        pairs = pd.DataFrame(
            [("tier3", "rfm8", 0.5, -0.001), ("tier3", "abc", 0.25, 0.75), ("rfm8", "abc", np.nan, np.nan)],
            columns=["scheme_a", "scheme_b", "cramers_v", "adjusted_rand"],
        )
        ax = plots.agreement(pairs, words=words)
        assert texts(ax) == ["0.00", "0.75", "0.50", "0.25"]
        names = [words.label("scheme", scheme) for scheme in ("tier3", "rfm8", "abc")]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == names
        assert [tick.get_text() for tick in ax.get_xticklabels()] == names
        assert [text.get_color() for text in ax.texts] == [INK, "white", INK, INK]
        assert ax.get_title(loc="left") == words("figure.agreement")

    def test_without_a_pair_says_so(self, words):
        ax = plots.agreement(schema.empty("scheme_agreement"), words=words)
        assert ax.get_title(loc="left") == words("figure.agreement.none")

    def test_names_the_missing_column(self, words):
        with pytest.raises(TableError, match="scheme_a"):
            plots.agreement(pd.DataFrame({"x": []}), words=words)


class TestConfidence:
    def test_a_bar_for_each_label_without_the_whole(self, words):
        summary = pd.DataFrame(
            {"scheme": "tier3", "label": ["high", "low", "(all)"], "share_sure": [0.5, 0.75, 0.6]}
        )
        ax = plots.confidence(summary, "tier3", words=words)
        assert ax.get_title(loc="left").lower().startswith(words.label("scheme", "tier3"))
        assert texts(ax) == ["50%", "75%"]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [
            words.label("tier3", "high"),
            words.label("tier3", "low"),
        ]

    def test_where_nothing_was_tried(self, words):
        ax = plots.confidence(schema.empty("confidence_summary"), "tier3", words=words)
        assert ax.get_title(loc="left") == words("figure.confidence.none")


class TestMigration:
    def test_counts_of_all_moves_stand_in_the_cells(self, words):
        flows = pd.DataFrame(
            {
                "scheme": "tier3",
                "label_before": ["high", "high", "prospect"],
                "label_after": ["low", "low", "high"],
                "customers": [3, 2, 4],
            }
        )
        ax = plots.migration(flows, "tier3", words=words)
        assert [text for text in texts(ax) if text] == ["5", "4"]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [
            words.label("tier3", "high"),
            words.label("tier3", "prospect"),
        ]

    def test_a_short_history_says_so(self, words):
        ax = plots.migration(schema.empty("label_flows"), "tier3", words=words)
        assert ax.get_title(loc="left") == words("finding.migration_short")


class TestRevenueChange:
    def test_bars_lead_from_the_first_window_to_the_second(self, words):
        effects = {"by_customers": 5.0, "by_mix": -2.0, "by_orders": 0.0, "by_value": 3.0, "by_refunds": -1.0}
        row = {"scheme": "tier3", "label": "(all)", "spend_before": 10.0, "spend_after": 15.0, **effects}
        ax = plots.revenue_change(pd.DataFrame([row]), "tier3", words=words)
        bars = ax.containers[0]
        assert [bar.get_width() for bar in bars] == [10, 5, -2, 0, 3, -1, 15]
        assert bars[5].get_x() + bars[5].get_width() == pytest.approx(15)
        assert texts(ax)[1].startswith("+")

    def test_a_short_history_says_so(self, words):
        ax = plots.revenue_change(schema.empty("revenue_change"), "tier3", words=words)
        assert ax.get_title(loc="left") == words("finding.migration_short")


@pytest.fixture
def segments() -> pd.DataFrame:
    """Champions have most of the money; the lost have none."""
    table = pd.DataFrame(
        {
            "scheme": "segment_map",
            "label": ["champions", "loyal", "lost", "prospect"],
            "is_scored": [True, True, True, False],
            "customers": [10, 30, 60, 5],
            "spend": [800.0, 200.0, 0.0, 0.0],
        }
    )
    scored = table["is_scored"]
    return table.assign(
        share_of_customers=(table["customers"] / 100).where(scored),
        share_of_spend=(table["spend"] / 1000).where(scored),
    )


class TestTreemap:
    def test_areas_are_shares_on_both_sides(self, segments, words):
        customers, spend = treemap.treemap(segments, "segment_map", words=words).axes
        areas = [patch.get_width() * patch.get_height() for patch in customers.patches]
        assert areas == pytest.approx([0.6, 0.3, 0.1])
        assert [patch.get_width() * patch.get_height() for patch in spend.patches] == pytest.approx(
            [0.8, 0.2]
        )
        told = texts(spend)[0].replace("\n", " ")
        assert told == f"{words.label('segment_map', 'champions')} 80%"

    def test_a_name_without_room_stands_below_and_the_scheme_in_the_title(self, segments, words):
        shown = segments.assign(share_of_spend=[0.99, 0.01, 0.0, np.nan], spend=[990.0, 10.0, 0.0, 0.0])
        figure = treemap.treemap(shown, "segment_map", words=words)
        (below,) = figure.axes[1].get_legend().get_texts()
        assert below.get_text() == f"{words.label('segment_map', 'loyal')} 1.0%"
        assert figure.axes[0].get_legend() is None
        title = figure.get_suptitle().lower()
        assert title.startswith(words.label("scheme", "segment_map"))

    def test_without_money_says_so(self, segments, words):
        figure = treemap.treemap(segments.assign(spend=0.0), "segment_map", words=words)
        assert figure.axes[0].get_title(loc="left") == words("figure.treemap.none")

    def test_leaves_its_input_alone(self, segments, words):
        before = segments.copy(deep=True)
        treemap.treemap(segments, "segment_map", words=words)
        pd.testing.assert_frame_equal(segments, before)


class TestRectangles:
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.floats(0.01, 1000), min_size=1, max_size=15).map(
            lambda values: sorted(values, reverse=True)
        )
    )
    def test_fill_the_square_without_overlap(self, values):
        values = np.array(values)
        boxes = treemap.rectangles(values)
        areas = [width * height for _, _, width, height in boxes]
        assert areas == pytest.approx((values / values.sum()).tolist(), rel=1e-6)
        for x, y, width, height in boxes:
            assert x >= -1e-9
            assert y >= -1e-9
            assert x + width <= 1 + 1e-9
            assert y + height <= 1 + 1e-9
        for place, (x, y, width, height) in enumerate(boxes):
            for other_x, other_y, other_width, other_height in boxes[:place]:
                apart_across = min(x + width, other_x + other_width) - max(x, other_x) <= 1e-9
                apart_up = min(y + height, other_y + other_height) - max(y, other_y) <= 1e-9
                assert apart_across or apart_up

    def test_the_example_of_the_paper(self):
        """Areas 6, 6, 4, 3, 2, 2, 1: the first two fill a row of their own."""
        boxes = treemap.rectangles(np.array([6.0, 6, 4, 3, 2, 2, 1]))
        assert boxes[0][2:] == pytest.approx(boxes[1][2:])
        assert boxes[0][2] == pytest.approx(0.5)
