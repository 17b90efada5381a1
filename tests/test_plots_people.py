"""Charts of who the customers are: a panel a dimension, gaps framed, and a sentence where there is nothing."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import people as plots
from custkit.words import Words

LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def people() -> pd.DataFrame:
    """Two genders and three ages, the oldest the most."""
    rows = [("gender", "female", 1, 1, 0.6), ("gender", "male", 2, 2, 0.4)]
    rows += [
        ("age_band", "66+", 1, 3, 0.5),
        ("age_band", "18-24", 2, 1, 0.3),
        ("age_band", "25-35", 3, 2, 0.2),
    ]
    table = pd.DataFrame(rows, columns=["dimension", "level", "rank", "place", "share_of_customers"])
    return table.assign(
        share_low=table["share_of_customers"] - 0.05, share_high=table["share_of_customers"] + 0.05
    )


def grid(*gaps: tuple[str, str], single: str = "") -> pd.DataFrame:
    """Two ages by two tiers; the cells of ``gaps`` are gaps, or a tier as a whole."""
    rows = [
        (2, "age_band", age, "city_tier", tier, 0.4 if (age, tier) in gaps else 1.1, "gap" if (age, tier) in gaps else "as_others")
        for age, tier in itertools.product(["18-24", "25-35"], ["tier 1", "tier 2"])
    ]  # fmt: skip
    rows += [
        (1, "city_tier", tier, "", "", 0.9, "gap" if tier == single else "as_others")
        for tier in ["tier 1", "tier 2"]
    ]
    columns = ["n_dimensions", "dimension_1", "level_1", "dimension_2", "level_2", "ratio", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


@LANGUAGES
class TestPortrait:
    def test_a_panel_a_dimension_with_bands_in_their_order(self, people, lang):
        figure = plots.portrait(people, words=Words(lang))
        gender, ages = figure.axes
        assert gender.get_title(loc="left") == Words(lang)("label.dimension.gender")
        assert [label.get_text() for label in ages.get_yticklabels()] == ["18-24", "25-35", "66+"]
        assert [bar.get_width() for bar in ages.patches] == [0.3, 0.2, 0.5]
        assert texts(ages) == ["30%", "20%", "50%"]

    def test_the_first_is_on_top(self, people, lang):
        bottom, top = plots.portrait(people, words=Words(lang)).axes[1].get_ylim()
        assert bottom > top

    def test_one_dimension_is_one_panel(self, people, lang):
        assert len(plots.portrait(people.head(2), words=Words(lang)).axes) == 1

    def test_nothing_known_leaves_a_sentence(self, people, lang):
        (ax,) = plots.portrait(people.iloc[:0], words=Words(lang)).axes
        assert ax.get_title(loc="left") == Words(lang)("figure.portrait.none")


@LANGUAGES
class TestPenetration:
    def test_the_gap_is_framed(self, lang):
        ax = plots.penetration(grid(("25-35", "tier 2")), words=Words(lang))
        assert ax.images[0].get_array().shape == (2, 2)
        assert len(ax.patches) == 1
        assert ax.patches[0].get_xy() == pytest.approx((0.54, 0.56))
        assert texts(ax)[3] == Words(lang)("mark.penetration.times", ratio=0.4)

    def test_a_level_that_is_a_gap_frames_all_its_cells(self, lang):
        assert len(plots.penetration(grid(single="tier 1"), words=Words(lang)).patches) == 2

    def test_without_a_gap_nothing_is_framed(self, lang):
        assert not plots.penetration(grid(), words=Words(lang)).patches

    def test_a_cell_too_small_to_judge_shows_no_number(self, lang):
        cells = grid()
        cells.loc[0, "verdict"] = "too_few"
        assert texts(plots.penetration(cells, words=Words(lang)))[0] == "·"

    @pytest.mark.filterwarnings("error")
    def test_a_cell_without_a_customer_is_as_strong_as_the_colours_go(self, lang):
        cells = grid()
        cells.loc[0, "ratio"] = 0.0
        ax = plots.penetration(cells, words=Words(lang))
        assert ax.images[0].get_array().min() == -1
        assert texts(ax)[0] == Words(lang)("mark.penetration.times", ratio=0.0)

    def test_one_dimension_alone_is_drawn_in_one_column(self, lang):
        ax = plots.penetration(grid().query("n_dimensions == 1"), words=Words(lang))
        assert ax.images[0].get_array().shape == (2, 1)

    def test_no_population_leaves_a_sentence(self, lang):
        ax = plots.penetration(schema.empty("profile_penetration"), words=Words(lang))
        assert ax.get_title(loc="left") == Words(lang)("figure.penetration.none")

    def test_names_the_missing_column(self, lang):
        with pytest.raises(TableError, match="penetration: no column ratio"):
            plots.penetration(grid().drop(columns="ratio"), words=Words(lang))
