"""Charts of 03 by their labels and the number of things drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from customers import apart, people
from matplotlib.colors import to_rgb

from custkit import schemes, scores
from custkit.schemes import segments
from custkit.show.plots import scores as plots
from custkit.show.plots import style
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


def tables_of(features: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, pd.DataFrame]:
    cuts = schemes.with_cuts(scores.cut_points(features), features)
    rfm = scores.rfm(features, cuts)
    return rfm, segments.segments(features, schemes.label(schemes.case(features, rfm, cuts, words=words)))


@pytest.fixture
def features() -> pd.DataFrame:
    """All 125 cells once, and a prospect."""
    recency, orders, spend = zip(*([int(score) for score in cell] for cell in scores.CELLS), strict=True)
    return pd.concat(
        [people([50 - r * 10 for r in recency], orders, spend), apart("pro", "prospect")], ignore_index=True
    )


class TestScoreGrid:
    def test_counts_stand_in_25_cells_the_best_top_right(self, features, words):
        rfm, _ = tables_of(features, words)
        ax = plots.score_grid(rfm, words=words)
        ax.figure.canvas.draw()
        assert [text.get_text() for text in ax.texts] == ["5"] * 25
        assert ax.get_xlabel() == words("axis.r_score")
        assert ax.get_ylabel() == words("axis.f_score")
        bottom, top = ax.get_ylim()
        assert bottom < top

    @pytest.mark.parametrize("n", [0, 1])
    def test_is_drawn_for_one_and_for_none(self, words, n):
        rfm, _ = tables_of(people([3] * n, [1] * n, [5.0] * n), words)
        ax = plots.score_grid(rfm, words=words)
        ax.figure.canvas.draw()
        assert [text.get_text() for text in ax.texts if text.get_text() != "0"] == ["1"] * n
        assert ax.get_title("left") == words("figure.score_grid" if n else "figure.nobody_scored")


class TestShares:
    @pytest.mark.parametrize(("scheme", "labels"), [("tier3", 3), ("rfm8", 8), ("segment_map", 10)])
    def test_two_bars_a_label_in_the_labels_colour(self, features, words, scheme, labels):
        _, table = tables_of(features, words)
        ax = plots.shares(table, scheme, words=words)
        ax.figure.canvas.draw()
        customers, money = ax.containers
        assert len(customers) == len(money) == labels
        order = style.order(scheme, table.query("scheme == @scheme and is_scored")["label"])
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [
            words.label(scheme, name) for name in order
        ]
        assert sum(bar.get_width() for bar in money) == pytest.approx(1)
        for name, pale, full in zip(order, customers, money, strict=True):
            assert pale.get_facecolor()[:3] == full.get_facecolor()[:3]
            assert to_rgb(style.colour(scheme, name)) == full.get_facecolor()[:3]

    def test_prospects_have_no_bar(self, features, words):
        _, table = tables_of(features, words)
        ax = plots.shares(table, "tier3", words=words)
        shown = [tick.get_text() for tick in ax.get_yticklabels()]
        assert words.label("tier3", "prospect") not in shown

    def test_no_share_of_money_has_no_bar(self, words):
        _, table = tables_of(people([1, 2], [1, 2], [-5.0, 5.0]), words)
        ax = plots.shares(table, "tier3", words=words)
        ax.figure.canvas.draw()
        assert [bar.get_width() for bar in ax.containers[1]] == [0, 0]

    def test_none_says_so(self, words):
        _, table = tables_of(people([], [], []), words)
        ax = plots.shares(table, "rfm8", words=words)
        ax.figure.canvas.draw()
        assert ax.get_title("left") == words("figure.nobody_scored")

    def test_a_users_name_is_drawn_as_text(self, words):
        table = pd.DataFrame(
            {
                "scheme": "segment_map",
                "label": ["$5 & more$", "_rest"],
                "is_scored": True,
                "share_of_customers": [0.4, 0.6],
                "share_of_spend": [0.9, 0.1],
            }
        )
        ax = plots.shares(table, "segment_map", words=words)
        ax.figure.canvas.draw()
        assert ax.get_yticklabels()[0].get_text() == r"\$5 & more\$"
