"""Charts of brands, by what is drawn and what is written on it."""

import itertools
import warnings

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from custkit import competitor, schema, store
from custkit.competitor import brands
from custkit.errors import TableError
from custkit.settings import CompetitorRules
from custkit.show.plots import brands as charts
from custkit.show.plots import style
from custkit.words import Words

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
RULES = CompetitorRules(outcome_attribute="rebuy")


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture(scope="module")
def means(sample) -> pd.DataFrame:
    return brands.brand_means(sample, rules=RULES)


@pytest.fixture(scope="module")
def gaps(sample, means) -> pd.DataFrame:
    return competitor.gaps(means, sample, "e", competitor.importance(means, sample, RULES), RULES)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def scorecard(scores: dict[str, dict[str, float]], source: str = "test") -> pd.DataFrame:
    rows = [(b, a, v, source, "2025-01-01") for b, cells in scores.items() for a, v in cells.items()]
    card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
    return brands.brand_means(schema.empty("brand_ratings"), card)


class TestPositionMap:
    def test_every_brand_and_attribute_is_named_once(self, means, words):
        ax = charts.position_map(competitor.positions(means, "e"), competitor.axes(means), words=words)
        assert sorted(texts(ax)) == sorted([*means["brand"].unique(), *means["attribute"].unique()])

    def test_axes_say_how_much_they_show(self, means, words):
        ax = charts.position_map(competitor.positions(means), competitor.axes(means), words=words)
        assert "50.6%" in ax.get_xlabel()
        assert "33.4%" in ax.get_ylabel()

    def test_the_own_brand_has_its_colour(self, means, words):
        ax = charts.position_map(competitor.positions(means, "e"), competitor.axes(means), words=words)
        inks = {text.get_text(): text.get_color() for text in ax.texts}
        assert inks["e"] == style.colour("brand", "own")
        assert inks["a"] == style.INK

    def test_labels_do_not_cover_each_other(self, means, words):
        ax = charts.position_map(competitor.positions(means, "e"), competitor.axes(means), words=words)
        ax.figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
        assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]

    def test_names_of_any_kind_can_be_drawn(self, words):
        names = ["$aver$ & Co", "晨光文具旗舰品牌", "a very long name of a brand indeed", "_hidden"]
        scores = {name: {"价格 $": i, "x_1^2": -i * i, "z": i % 2} for i, name in enumerate(names)}
        means = scorecard(scores)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            ax = charts.position_map(competitor.positions(means), competitor.axes(means), words=words)
            ax.figure.canvas.draw()
        assert len(texts(ax)) == 7

    def test_brands_on_one_line_are_drawn(self, words):
        means = scorecard({"A": {"x": 1, "y": 3}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 1}})
        ax = charts.position_map(competitor.positions(means), competitor.axes(means), words=words)
        ax.figure.canvas.draw()
        assert len(texts(ax)) == 5

    def test_no_map_is_a_sentence(self, words):
        none = scorecard({"A": {"x": 1}})
        ax = charts.position_map(competitor.positions(none), competitor.axes(none), words=words)
        assert ax.get_title("left") == words("figure.position_map.none")

    def test_names_the_missing_column(self, means, words):
        with pytest.raises(TableError, match="brand_positions: no column score"):
            charts.position_map(pd.DataFrame(columns=["brand", "axis"]), competitor.axes(means), words=words)

    def test_leaves_its_input_alone(self, means, words):
        positions, axes = competitor.positions(means, "e"), competitor.axes(means)
        before = positions.copy(), axes.copy()
        charts.position_map(positions, axes, words=words)
        pd.testing.assert_frame_equal(positions, before[0])
        pd.testing.assert_frame_equal(axes, before[1])


class TestBrandHeatmap:
    def test_own_brand_first_then_from_strong_to_weak(self, means, words):
        ax = charts.brand_heatmap(means, words=words, own="e")
        assert [tick.get_text() for tick in ax.get_yticklabels()] == list("ebfcgihadj")

    def test_every_cell_holds_its_mean(self, means, words):
        ax = charts.brand_heatmap(means, words=words)
        assert len(texts(ax)) == 90
        assert "1.6" in texts(ax)  # brand a performs worst: 1.65

    def test_unranked_cells_are_shown_in_grey(self, words):  # T22
        means = scorecard({"A": {"x": 1}, "B": {"x": 2}}, source="")
        ax = charts.brand_heatmap(means, words=words)
        assert texts(ax) == ["1.0", "2.0"]
        assert {text.get_color() for text in ax.texts} == {style.MUTED}

    def test_a_cell_without_score_stays_empty(self, words):
        ax = charts.brand_heatmap(scorecard({"A": {"x": 1, "y": 2}, "B": {"x": 2}}), words=words)
        assert len(texts(ax)) == 3

    def test_no_scores_are_a_sentence(self, words):
        ax = charts.brand_heatmap(scorecard({}), words=words)
        assert ax.get_title("left") == words("figure.brand_heatmap.none")

    def test_leaves_its_input_alone(self, means, words):
        before = means.copy()
        charts.brand_heatmap(means, words=words, own="e")
        pd.testing.assert_frame_equal(means, before)


class TestGapBars:
    def test_attributes_stand_in_the_order_of_priority(self, gaps, words):
        ax = charts.gap_bars(gaps, words=words)
        assert [tick.get_text() for tick in ax.get_yticklabels()] == gaps["attribute"].tolist()
        assert ax.yaxis_inverted()

    def test_bars_are_the_gaps_to_the_mean_in_the_verdicts_colour(self, gaps, words):
        bars = charts.gap_bars(gaps, words=words).containers[0]
        assert [bar.get_width() for bar in bars] == pytest.approx(gaps["gap_to_mean"].tolist())
        colours = {bar.get_facecolor() for bar in bars}
        assert len(colours) == gaps["verdict"].nunique()

    def test_the_best_rival_is_named_beside_its_diamond(self, gaps, words):
        assert texts(charts.gap_bars(gaps, words=words)) == gaps["best_brand"].tolist()

    def test_the_legend_names_the_verdicts_that_occur(self, gaps, words):
        legend = [text.get_text() for text in charts.gap_bars(gaps, words=words).get_legend().get_texts()]
        assert set(legend) == {
            *(words.label("verdict", verdict) for verdict in gaps["verdict"]),
            words("figure.gap_bars.best"),
        }

    def test_scores_without_interval_are_drawn(self, words):
        means = scorecard({"A": {"x": 1, "y": 3}, "B": {"x": 2, "y": 2}})
        nobody = schema.empty("brand_ratings")
        made = competitor.gaps(means, nobody, "A", competitor.importance(means, nobody))
        ax = charts.gap_bars(made, words=words)
        ax.figure.canvas.draw()
        assert len(ax.containers[0]) == 2

    def test_no_gaps_are_a_sentence(self, gaps, words):
        ax = charts.gap_bars(gaps.iloc[:0], words=words)
        assert ax.get_title("left") == words("figure.gap_bars.none")

    def test_leaves_its_input_alone(self, gaps, words):
        before = gaps.copy()
        charts.gap_bars(gaps, words=words)
        pd.testing.assert_frame_equal(gaps, before)


class TestPriceQuality:
    @pytest.fixture
    def cards(self) -> pd.DataFrame:
        """Ours and B count; C's scores have no source; D has no price."""
        rows = [
            ("Ours", True, "mid", 6.0, 7.0, True),
            ("B", False, "", 4.0, 8.0, True),
            ("C", False, "low", 8.0, 5.0, False),
            ("D", False, "low", None, 5.0, False),
        ]
        columns = ["brand", "is_own", "price_level", "price_score", "quality_score", "ranked"]
        return pd.DataFrame(rows, columns=columns)

    def test_brands_are_named_with_their_price_level(self, cards, words):
        named = words("figure.price_quality.label", brand="Ours", level="mid")
        other = words("figure.price_quality.label", brand="C", level="low")
        assert texts(charts.price_quality(cards, words=words)) == [named, "B", other]

    def test_points_stand_at_their_scores_and_what_does_not_count_is_pale(self, cards, words):
        (points,) = charts.price_quality(cards, words=words).collections
        assert points.get_offsets().tolist() == [[6, 7], [4, 8], [8, 5]]
        inks = [to_hex(colour).upper() for colour in points.get_facecolor()]
        assert inks == [style.colour("brand", "own"), style.colour("brand", "rival"), style.RULE]  # T22

    def test_axes_name_the_attributes_and_their_good_end(self, cards, words):
        ax = charts.price_quality(
            cards, words=words, price="value $", quality="taste", lower_is_better=("taste",)
        )
        assert ax.get_xlabel() == words("axis.mean_score_of", attribute=r"value \$")
        assert ax.get_ylabel() == words("axis.mean_score_turned", attribute="taste")

    def test_fewer_than_two_brands_are_a_sentence(self, cards, words):
        ax = charts.price_quality(cards.iloc[[0, 3]], words=words)
        assert ax.get_title("left") == words("figure.price_quality.none")

    def test_leaves_its_input_alone(self, cards, words):
        before = cards.copy()
        charts.price_quality(cards, words=words)
        pd.testing.assert_frame_equal(cards, before)
