"""Charts of the profile: what is drawn, named and marked; nothing to draw leaves a sentence."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from custkit import profiles
from custkit.profiles import spread
from custkit.show.plots import profile as plots
from custkit.words import Words

LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def features() -> pd.DataFrame:
    """Thirty buyers in fifteen regions, the first of whom sent all back."""
    spend = [float(10 * number) for number in range(30)]
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:02d}" for number in range(30)],
            "region": [f"R{number % 15:02d}" for number in range(30)],
            "status": "buyer",
            "n_orders": 1,
            "spend": spend,
            "avg_order_value": spend,
            "median_gap_days": float("nan"),
            "first_order": pd.Timestamp("2024-01-10"),
            "last_order": pd.Timestamp("2024-01-10"),
        }
    )


@pytest.fixture
def months() -> pd.DataFrame:
    """November to January, the last cut short."""
    return pd.DataFrame(
        {
            "month": pd.to_datetime(["2023-11-01", "2023-12-01", "2024-01-01"]),
            "is_partial": [False, False, True],
            "new_buyers": [3, 2, 1],
            "returning_buyers": [0, 2, 1],
            "n_orders": [4, 5, 2],
            "spend": [100.0, 250.0, -10.0],
        }
    )


@pytest.fixture
def weekdays() -> pd.DataFrame:
    """All lines on Mondays."""
    return pd.DataFrame({"weekday": range(1, 8), "share_of_lines": [1.0, 0, 0, 0, 0, 0, 0]})


HOURS = pd.DataFrame({"weekday": [1, 1], "hour": [9, 12], "lines": [3, 7]})
PRODUCTS = pd.DataFrame(
    {
        "ranking": ["spend", "spend", "quantity"],
        "product": ["tea $5", "a name that is much too long to stand beside a bar", "cup"],
        "customers": [9, 4, 2],
        "spend": [500.0, 20.0, 7.0],
    }
)


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def hatched(ax) -> list[bool]:
    return [bar.get_hatch() is not None for bar in ax.patches]


@LANGUAGES
class TestMonthly:
    def test_partial_months_are_hatched_and_said(self, months, lang):
        above, below = plots.monthly(months, words=Words(lang), currency="GBP").axes
        assert hatched(above) == hatched(below) == [False, False, True]
        assert Words(lang)("mark.profile.partial") in below.get_xlabel()

    def test_the_year_stands_once(self, months, lang):
        below = plots.monthly(months, words=Words(lang)).axes[1]
        assert [label.get_text() for label in below.get_xticklabels()] == ["11\n2023", "12", "1\n2024"]

    def test_the_axis_carries_the_currency(self, months, lang):
        assert "GBP" in plots.monthly(months, words=Words(lang), currency="GBP").axes[0].get_ylabel()

    def test_no_month_leaves_a_sentence(self, months, lang):
        (ax,) = plots.monthly(months.iloc[:0], words=Words(lang)).axes
        assert ax.get_title(loc="left") == Words(lang)("figure.monthly.none")


@LANGUAGES
class TestReturning:
    def test_two_bars_for_each_month(self, months, lang):
        ax = plots.returning(months, words=Words(lang))
        assert [bar.get_height() for bar in ax.patches] == [0, 2, 1, 3, 2, 1]
        assert hatched(ax) == [False, False, True] * 2

    def test_no_month_leaves_a_sentence(self, months, lang):
        ax = plots.returning(months.iloc[:0], words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.returning.none")


@LANGUAGES
class TestRegions:
    def test_the_largest_is_on_top_and_the_rest_at_the_bottom(self, features, lang):
        leading = profiles.leading_regions(profiles.by_region(features))
        ax = plots.regions(leading, words=Words(lang), currency="GBP")
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert (names[0], names[-1]) == (Words(lang)("mark.profile.rest", regions=3), "R14")
        assert len(ax.patches) == 13
        assert "£430" in texts(ax)[-1]

    def test_no_region_leaves_a_sentence(self, features, lang):
        leading = profiles.leading_regions(profiles.by_region(features.iloc[:0]))
        assert not plots.regions(leading, words=Words(lang)).patches


@LANGUAGES
class TestWeek:
    def test_hours_are_shown_beside_the_days(self, weekdays, lang):
        figure = plots.week(weekdays, HOURS, words=Words(lang))
        heat, shares = figure.axes[:2]
        assert heat.images[0].get_array().shape == (7, 4)
        assert heat.images[0].get_array()[0].tolist() == [3, 0, 0, 7]
        assert texts(shares)[0] == "100%"

    def test_monday_is_on_top(self, weekdays, lang):
        heat = plots.week(weekdays, HOURS, words=Words(lang)).axes[0]
        bottom, top = heat.get_ylim()
        assert bottom > top
        assert heat.get_yticklabels()[0].get_text() == Words(lang)("label.weekday.1")

    def test_without_a_time_only_the_days_are_drawn(self, weekdays, lang):
        (ax,) = plots.week(weekdays, HOURS.iloc[:0], words=Words(lang)).axes
        assert len(ax.patches) == 7

    def test_no_line_leaves_a_sentence(self, weekdays, lang):
        (ax,) = plots.week(weekdays.iloc[:0], HOURS.iloc[:0], words=Words(lang)).axes
        assert ax.get_title(loc="left") == Words(lang)("figure.week.none")


@LANGUAGES
class TestProducts:
    def test_only_the_list_by_spend_is_drawn(self, lang):
        ax = plots.products(PRODUCTS, words=Words(lang), currency="USD")
        assert len(ax.patches) == 2
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names[1] == r"tea \$5"
        assert names[0].endswith("…")

    def test_no_product_leaves_a_sentence(self, lang):
        assert not plots.products(PRODUCTS.iloc[:0], words=Words(lang)).patches


@LANGUAGES
class TestOrderValue:
    def test_every_buyer_above_zero_is_in_a_bar(self, features, lang):
        ax = plots.order_value(features, spread.amounts(features), words=Words(lang), currency="GBP")
        assert sum(bar.get_height() for bar in ax.patches) == 29
        assert Words(lang)("mark.profile.not_shown", buyers="1") in ax.get_xlabel()
        assert "£145" in texts(ax)[0]

    def test_a_single_buyer_gets_a_bar(self, features, lang):
        one = features.iloc[[3]]
        ax = plots.order_value(one, spread.amounts(one), words=Words(lang))
        assert sum(bar.get_height() for bar in ax.patches) == 1

    def test_no_spend_leaves_a_sentence(self, features, lang):
        none = features.iloc[:1]
        ax = plots.order_value(none, spread.amounts(none), words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.order_value.none")


@LANGUAGES
class TestLorenz:
    def test_the_top_fifth_is_marked_on_the_curve(self, features, lang):
        ax = plots.lorenz(spread.lorenz(features), spread.concentration(features), words=Words(lang))
        point = ax.lines[-1].get_xydata()[0]
        # The six biggest of thirty have 240 to 290: 1,590 of 4,350.
        assert point.tolist() == pytest.approx([0.8, 1 - 1590 / 4350])
        assert any("20%" in text and "37%" in text for text in texts(ax))

    def test_no_money_leaves_a_sentence(self, features, lang):
        none = features.iloc[:1]
        ax = plots.lorenz(spread.lorenz(none), spread.concentration(none), words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.lorenz.none")
