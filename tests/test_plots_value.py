"""Charts of value by their labels and the number of things drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import pytest
from test_value_holdout import checked, made

from custkit import schema
from custkit.show.plots import value as plots
from custkit.value import concentration, worth
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


@pytest.fixture(scope="module")
def now():
    return made()[1]


@pytest.fixture(scope="module")
def value(now):
    return worth.value(now, worth.fit(now))


@pytest.fixture(scope="module")
def tested():
    return checked(*made())


class TestLorenz:
    def test_has_a_curve_for_each_measure_and_says_what_the_top_holds(self, now, value, words):
        curve, held = concentration.lorenz(now, value), concentration.concentration(now, value)
        before = curve.copy()
        ax = plots.value_lorenz(curve, held, words=words)
        ax.figure.canvas.draw()
        assert len(ax.lines) == 4
        legend = [text.get_text() for text in ax.get_legend().get_texts()]
        assert [
            words.label("measure", measure) in text
            for measure, text in zip(("spend", "clv"), legend, strict=True)
        ]
        assert curve.equals(before)

    def test_without_money_says_so(self, words):
        ax = plots.value_lorenz(
            schema.empty("value_lorenz"), schema.empty("value_concentration"), words=words
        )
        assert ax.get_title(loc="left") == words("figure.value_lorenz.none")


class TestAliveMap:
    def test_tells_the_chance_in_each_cell_where_there_is_a_customer(self, now, value, words):
        alive = worth.alive_map(now, value)
        ax = plots.alive_map(alive, words=words)
        ax.figure.canvas.draw()
        assert len([text for text in ax.texts if text.get_text()]) == len(alive)
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [*"0123456", "7+"]
        bottom, top = ax.get_ylim()
        assert bottom < top
        few = int((alive["customers"] < 5).sum())
        assert len([text for text in ax.texts if text.get_text().startswith(("(", "（"))]) == few

    def test_one_cell_and_none(self, now, value, words):
        alive = worth.alive_map(now, value)
        plots.alive_map(alive.head(1), words=words).figure.canvas.draw()
        assert plots.alive_map(alive[:0], words=words).get_title(loc="left") == words("figure.alive_map.none")


class TestHoldoutOrders:
    def test_shows_expected_actual_and_pace_of_each_group(self, tested, words):
        ax = plots.holdout_orders(tested["holdout_models"], words=words)
        ax.figure.canvas.draw()
        assert len(ax.patches) == len(tested["holdout_models"])
        assert len(ax.lines) == 2
        assert ax.get_title(loc="left") == words("figure.holdout_orders")

    def test_none(self, words):
        ax = plots.holdout_orders(schema.empty("holdout_models"), words=words)
        assert ax.get_title(loc="left") == words("figure.holdout_orders.none")


class TestHoldoutMoney:
    def test_has_two_bars_for_each_label_of_the_scheme(self, tested, words):
        ax = plots.holdout_money(tested["holdout_labels"], "abc", words=words)
        ax.figure.canvas.draw()
        assert [len(bars) for bars in ax.containers] == [2, 2]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == ["high", "low"]

    def test_names_the_scheme_and_the_day(self, tested, words):
        ax = plots.holdout_money(tested["holdout_labels"], "abc", words=words, day="2025-07-02")
        title = ax.get_title(loc="left")
        assert words.label("scheme", "abc") in title
        assert "2025-07-02" in title
        ax = plots.holdout_money(tested["holdout_labels"], "abc", words=words)
        assert words("axis.value.earlier_day") in ax.get_title(loc="left")

    def test_none(self, words):
        ax = plots.holdout_money(schema.empty("holdout_labels"), words=words)
        assert ax.get_title(loc="left") == words("figure.holdout_money.none")
