"""Charts of 04 beside clustering, by their labels and what is drawn."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.show.plots import survey as plots
from custkit.words import Words

EN, ZH = Words("en"), Words("zh")


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@pytest.fixture
def shares() -> pd.DataFrame:
    rows = [
        ("survey_type", "rational", 60, 0.6, 0.5, 0.7),
        ("survey_type", "environment", 30, 0.3, 0.2, 0.4),
        ("survey_type", "undecided", 10, 0.1, 0.05, 0.2),
        ("social_type", "silent", 200, 1.0, 0.98, 1.0),
    ]
    names = ["scheme", "label", "customers", "share_of_customers", "share_low", "share_high"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def cells() -> pd.DataFrame:
    """Groups 2 and 10 by two types; one cell holds three customers."""
    rows = [
        ("10", "image", 3, 0.03, 0.2, -4.0, True),
        ("10", "rational", 97, 0.97, 0.8, 4.0, True),
        ("2", "image", 37, 0.37, 0.2, 4.0, True),
        ("2", "rational", 63, 0.63, 0.8, -4.0, False),
    ]
    names = ["row", "column", "customers", "share_of_row", "share_of_all", "residual", "stands_out"]
    return pd.DataFrame(rows, columns=names).assign(crossing="cluster_survey")


@pytest.fixture
def niches() -> pd.DataFrame:
    rows = [
        {
            "level_1": "56-65",
            "level_2": "tier$2",
            "ratio": 2.0,
            "low": 1.5,
            "high": 2.7,
            "verdict": "niche",
            "place": 1,
        },
        {
            "level_1": "18-24",
            "level_2": "tier 3",
            "ratio": 0.9,
            "low": 0.7,
            "high": 1.2,
            "verdict": "not_shown",
        },
    ]
    both = {
        "attribute_1": "age_band",
        "attribute_2": "city_tier",
        "share_of_buyers": 0.04,
        "explained_by": "",
    }
    numbers = [name for name, kind in schema.TABLES["niches"].items() if kind == "int64"]
    made = [dict.fromkeys(numbers, 0) | both | row for row in rows]
    return schema.frame("niches", made)


def texts(figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts]


class TestTypeShares:
    def test_has_a_panel_for_each_scheme_and_a_bar_for_each_type(self, shares):
        figure = plots.type_shares(shares, words=EN)
        assert [len(ax.patches) for ax in figure.axes] == [3, 1]
        assert "60%  (60)" in texts(figure)

    def test_a_construct_of_ones_own_is_called_high_on(self, shares):
        for words, expected in (
            (EN, ["rational", "high on environment", "undecided"]),
            (ZH, ["理性型", "environment突出", "未定型"]),
        ):
            figure = plots.type_shares(shares, words=words)
            assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == expected

    def test_says_why_there_is_nothing(self):
        figure = plots.type_shares(schema.frame("type_shares", []), words=EN)
        assert figure.axes[0].get_title("left") == EN("figure.type_shares.none")

    def test_names_the_missing_column(self, shares):
        with pytest.raises(TableError, match="share_low"):
            plots.type_shares(shares.drop(columns="share_low"), words=EN)


class TestTypeCrosstab:
    def test_rows_go_by_number_and_end_with_all(self, cells):
        (ax,) = plots.type_crosstab(cells, words=EN).axes
        assert [label.get_text() for label in ax.get_yticklabels()] == ["group 2", "group 10", "all"]

    def test_a_small_count_and_what_would_give_it_away_are_not_shown(self, cells):
        shown = texts(plots.type_crosstab(cells, words=EN))
        assert not {"3", "97", "37", "63"} & set(shown)
        assert shown.count("few") == 4  # in a table of two by two each of the others would tell
        assert {"3", "97"} <= set(texts(plots.type_crosstab(cells, words=EN, least=2)))

    def test_only_cells_beyond_chance_are_coloured(self, cells):
        (ax,) = plots.type_crosstab(cells, words=EN, least=1).axes
        fills = [patch.get_facecolor()[:3] for patch in ax.patches]
        assert fills.count((1.0, 1.0, 1.0)) == 1
        assert len(set(fills)) == 3

    def test_says_why_there_is_nothing(self):
        figure = plots.type_crosstab(schema.frame("type_crosstab", []), words=ZH)
        assert figure.axes[0].get_title("left") == ZH("figure.type_crosstab.none")


class TestNiches:
    def test_names_the_niche_and_no_other_group(self, niches):
        ax = plots.niches(niches, words=EN)
        named = [text.get_text() for text in ax.texts]
        assert r"age: 56-65" + "\n" + r"city tier: tier\$2" in named
        assert not any("18-24" in text for text in named)

    def test_draws_every_other_group_as_a_dot(self, niches):
        ax = plots.niches(niches, words=EN)
        assert len(ax.collections[0].get_offsets()) == 1

    def test_without_niches_and_without_groups(self, niches):
        ax = plots.niches(niches.assign(verdict="not_shown"), words=ZH)
        assert ax.get_title("left") == ZH("figure.niches")
        assert plots.niches(niches.head(0), words=ZH).get_title("left") == ZH("figure.niches.none")
