"""Charts of the risk of leaving by their labels and the number of things drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import churn as plots
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


@pytest.fixture
def lift() -> pd.DataFrame:
    """100 customers, 40 of them leave; recency alone knows nothing."""
    gone = {"linear": [10, 8, 7, 5, 4, 3, 2, 1, 0, 0], "recency": [4] * 10}
    rows = [
        (model, tenth, 10.0, float(n), n / 10, n / 4, 0.0)
        for model, line in gone.items()
        for tenth, n in enumerate(line, start=1)
    ]
    return schema.frame("churn_lift", rows)


class TestLift:
    def test_one_line_a_model_and_the_share_of_all(self, lift, words):
        ax = plots.lift(lift, words=words)
        ax.figure.canvas.draw()
        model, recency, everyone = ax.get_lines()
        assert list(model.get_ydata()) == [1.0, 0.8, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0]
        assert set(recency.get_ydata()) == {0.4}
        assert everyone.get_ydata()[0] == pytest.approx(0.4)
        names = [text.get_text() for text in ax.get_legend().get_texts()]
        assert names == [words("label.model.linear"), words("label.model.recency")]
        assert [text.get_text() for text in ax.texts] == [words("axis.churn_all", share="40%")]

    def test_without_a_model_says_so(self, words):
        ax = plots.lift(schema.empty("churn_lift"), words=words)
        assert ax.get_title(loc="left") == words("figure.churn_no_model")

    def test_names_the_missing_column(self, lift, words):
        with pytest.raises(TableError, match="no column tenth"):
            plots.lift(lift.drop(columns="tenth"), words=words)


class TestCalibration:
    @pytest.mark.parametrize("groups", [1, 3])
    def test_a_point_a_group_and_the_diagonal(self, groups, words):
        rows = [("recency", 1, 30, 0.1, 0.2, 0.1, 0.4), ("recency", 2, 30, 0.5, 0.4, 0.3, 0.6)]
        rows += [("recency", 3, 30, 0.9, 1.0, 0.8, 1.0)]
        ax = plots.calibration(schema.frame("churn_calibration", rows[:groups]), words=words)
        ax.figure.canvas.draw()
        points = ax.containers[0].lines[0]
        assert list(points.get_xdata()) == [0.1, 0.5, 0.9][:groups]
        assert list(points.get_ydata()) == [0.2, 0.4, 1.0][:groups]
        assert [text.get_text() for text in ax.texts] == [words("axis.churn_as_told")]

    def test_without_a_model_says_so(self, words):
        ax = plots.calibration(schema.empty("churn_calibration"), words=words)
        assert ax.get_title(loc="left") == words("figure.churn_no_model")
