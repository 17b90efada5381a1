"""Charts of what customers say and do, by what is drawn and written; nothing to draw leaves a sentence."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import style
from custkit.show.plots import voice as plots
from custkit.words import Words

LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def satisfaction() -> pd.DataFrame:
    return pd.DataFrame({"answer": range(1, 6), "share_of_customers": [0.1, 0.0, 0.2, 0.4, 0.3]})


@pytest.fixture
def returned() -> pd.DataFrame:
    rows = {"band": ["1-2", "5"], "customers": [40, 1200], "share_returned": [0.25, 0.5]}
    return pd.DataFrame({**rows, "share_low": [0.14, 0.47], "share_high": [0.4, 0.53]})


@pytest.fixture
def complaints() -> pd.DataFrame:
    rows = {"topic": ["delivery", "price", "unclassified"], "complaints": [1200, 3, 30]}
    return pd.DataFrame({**rows, "share_of_complaints": [0.97, 0.002, 0.028], "customers": [900, 3, 30]})


@pytest.fixture
def half_years() -> pd.DataFrame:
    rows = {"half_year": ["2024H1", "2024H2"], "is_whole": [False, True]}
    return pd.DataFrame({**rows, "share_online": [0.2, 0.4], "share_online_spend": [0.25, 0.38]})


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


@LANGUAGES
class TestSatisfaction:
    def test_answers_beside_what_came_of_them(self, satisfaction, returned, lang):
        left, right = plots.satisfaction(satisfaction, returned, words=Words(lang), days=90).axes
        assert [bar.get_height() for bar in left.patches] == [0.1, 0.0, 0.2, 0.4, 0.3]
        assert texts(right) == ["25%", "50%"]
        assert right.get_xticklabels()[1].get_text() == "5\n" + Words(lang)("mark.voice.n", customers="1,200")
        assert "90" in right.get_title(loc="left")

    def test_without_a_return_the_answers_stand_alone(self, satisfaction, returned, lang):
        assert len(plots.satisfaction(satisfaction, returned.iloc[:0], words=Words(lang), days=90).axes) == 1

    def test_no_answer_leaves_a_sentence(self, satisfaction, returned, lang):
        (ax,) = plots.satisfaction(satisfaction.iloc[:0], returned, words=Words(lang), days=90).axes
        assert ax.get_title(loc="left") == Words(lang)("figure.satisfaction.none")


@LANGUAGES
class TestComplaints:
    def test_the_most_frequent_is_on_top_and_the_unclassed_grey(self, complaints, lang):
        ax = plots.complaints(complaints, words=Words(lang))
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names == [Words(lang)(f"label.topic.{t}") for t in ("unclassified", "price", "delivery")]
        assert style.to_rgb(style.QUIET) == ax.patches[0].get_facecolor()[:3]
        assert "97%" in texts(ax)[-1]
        assert "1,200" in texts(ax)[-1]

    def test_no_complaint_leaves_a_sentence(self, lang):
        ax = plots.complaints(schema.empty("profile_complaints"), words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.complaints.none")


@LANGUAGES
class TestOnlineShare:
    def test_two_lines_named_at_their_ends(self, half_years, lang):
        ax = plots.online_share(half_years, words=Words(lang))
        assert texts(ax) == [
            Words(lang)("mark.voice.orders") + " 40%",
            Words(lang)("mark.voice.spend") + " 38%",
        ]
        above, below = (text.xyann[1] for text in ax.texts)
        assert above > below

    def test_a_half_year_cut_short_is_hollow_and_said(self, half_years, lang):
        ax = plots.online_share(half_years, words=Words(lang))
        points = [line for line in ax.lines if line.get_marker() == "o"]
        assert [point.get_markerfacecolor() == "white" for point in points] == [True, False] * 2
        assert ax.get_xlabel() == Words(lang)("axis.voice.half_year_partial")

    def test_one_half_year_and_spend_below_zero_are_drawn(self, half_years, lang):
        ax = plots.online_share(half_years.head(1).assign(share_online_spend=float("nan")), words=Words(lang))
        ax.figure.canvas.draw()
        assert len(texts(ax)) == 1

    def test_no_channel_leaves_a_sentence(self, half_years, lang):
        ax = plots.online_share(half_years.iloc[:0], words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.online_share.none")


class TestInput:
    def test_names_the_missing_column(self, satisfaction, returned, half_years):
        with pytest.raises(TableError, match="profile_return: no column band"):
            plots.satisfaction(satisfaction, returned.drop(columns="band"), words=Words(), days=90)
        with pytest.raises(TableError, match="profile_channel_shift: no column is_whole"):
            plots.online_share(half_years.drop(columns="is_whole"), words=Words())

    def test_is_left_alone(self, satisfaction, returned, complaints, half_years):
        given = (satisfaction, returned, complaints, half_years)
        before = [table.copy() for table in given]
        plots.satisfaction(satisfaction, returned, words=Words(), days=90)
        plots.complaints(complaints, words=Words())
        plots.online_share(half_years, words=Words())
        for table, copy in zip(given, before, strict=True):
            pd.testing.assert_frame_equal(table, copy)
