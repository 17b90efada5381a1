"""Charts of 04 by their labels and the number of things drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import planted
import pytest
from matplotlib.colors import to_rgba

from custkit import clusters
from custkit.clusters import Verdict
from custkit.errors import TableError
from custkit.settings import ClusterRules
from custkit.show.plots import clusters as plots
from custkit.show.plots import style
from custkit.words import Words

RULES = ClusterRules(max_clusters=4, n_bootstrap=4)


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
def features() -> pd.DataFrame:
    """Four planted groups of fifteen, one of whom sent back more than they bought."""
    made = planted.groups(each=15)
    made.loc[20, "spend"] = -3.0
    return made


@pytest.fixture(scope="module")
def points(features) -> pd.DataFrame:
    return clusters.matrix(features, clusters.measures(features))


@pytest.fixture(scope="module")
def quality(points) -> pd.DataFrame:
    return clusters.quality(points, RULES)


def divided(features, points, slices: int):
    groups = clusters.groups(features, points, Verdict("given", slices, slices), RULES)
    return groups, clusters.profile(features, groups)


@pytest.fixture(scope="module")
def nobody() -> pd.DataFrame:
    return planted.evenly(5).iloc[:0]


class TestClusterCriteria:
    def test_has_six_panels_with_a_mark_at_the_chosen_number(self, quality, words):
        figure = plots.cluster_criteria(quality, words=words, rules=RULES)
        figure.canvas.draw()
        assert len(figure.axes) == 6
        assert figure.get_suptitle() == words("figure.cluster_criteria")
        chosen = quality.loc[quality["chosen"], "k"].iloc[0]
        for ax in figure.axes:
            assert [chosen, chosen] in [list(line.get_xdata()) for line in ax.lines]
            assert ax.get_title(loc="left")

    def test_fills_what_each_criterion_alone_would_take(self, quality, words):
        figure = plots.cluster_criteria(quality, words=words, rules=RULES)
        filled = [ax.collections[0].get_offsets()[0][0] for ax in figure.axes if ax.collections]
        own = quality[quality["own_choice"]].set_index("criterion")["k"]
        assert filled == [
            own[name] for name in ("stability", "silhouette", "calinski_harabasz", "davies_bouldin")
        ]

    def test_without_evidence_is_a_sentence(self, quality, words):
        figure = plots.cluster_criteria(quality.iloc[:0], words=words)
        assert [ax.get_title(loc="left") for ax in figure.axes] == [words("figure.cluster_criteria.none")]

    def test_names_the_missing_column(self, quality, words):
        with pytest.raises(TableError, match="cluster_quality: no column own_choice"):
            plots.cluster_criteria(quality.drop(columns="own_choice"), words=words)


class TestClusterScatter:
    def test_draws_each_buyer_and_a_number_for_each_slice(self, features, points, words):
        groups, profile = divided(features, points, 4)
        ax = plots.cluster_scatter(features, groups, profile, words=words, currency="GBP")
        ax.figure.canvas.draw()
        assert len(ax.collections[0].get_offsets()) == len(features)
        assert [text.get_text() for text in ax.texts] == ["1", "2", "3", "4"]
        assert ax.get_xlabel() == words("axis.cluster.recency_days")
        assert "GBP" in ax.get_ylabel()

    def test_a_slice_has_the_same_colour_everywhere(self, features, points, words):
        groups, profile = divided(features, points, 2)
        ax = plots.cluster_scatter(features, groups, profile, words=words)
        number = groups.sort_values("customer_id")["slice"].iloc[0]
        assert tuple(ax.collections[0].get_facecolor()[0][:3]) == to_rgba(style.colour("cluster", number))[:3]

    def test_zero_days_and_no_money_have_a_place(self, points, features, words):
        groups, profile = divided(features, points, 1)
        ax = plots.cluster_scatter(features.assign(recency_days=0.0), groups, profile, words=words)
        ax.figure.canvas.draw()
        assert np.isfinite(ax.collections[0].get_offsets()).all()
        assert 0 in ax.get_yticks()

    def test_draws_at_most_3000(self, words):
        many = planted.evenly(4_000)
        groups = pd.DataFrame({"customer_id": many["customer_id"], "slice": 0, "confidence": 0.0})
        ax = plots.cluster_scatter(many, groups, clusters.profile(many, groups), words=words)
        assert len(ax.collections[0].get_offsets()) == 3_000

    def test_of_nobody_is_a_sentence(self, nobody, words):
        groups, profile = divided(nobody, clusters.matrix(nobody, clusters.measures(nobody)), 1)
        ax = plots.cluster_scatter(nobody, groups, profile, words=words)
        assert ax.get_title(loc="left") == words("figure.cluster_scatter.none")


class TestClusterProfile:
    def test_has_a_panel_a_measure_and_a_bar_a_slice_with_its_median(self, features, points, words):
        _, profile = divided(features, points, 3)
        figure = plots.cluster_profile(profile, words=words, currency="GBP")
        figure.canvas.draw()
        assert [ax.get_title(loc="left") for ax in figure.axes] == [
            words.column(name) for name in ("recency_days", "n_orders", "spend", "avg_order_value")
        ]
        assert all(len(ax.patches) == 3 for ax in figure.axes)
        first = figure.axes[1].texts[0].get_text()
        assert first == style.number(profile["median_n_orders"].iloc[0], words)

    def test_without_slices_is_a_sentence(self, features, points, words):
        _, profile = divided(features, points, 1)
        (ax,) = plots.cluster_profile(profile, words=words).axes
        assert ax.get_title(loc="left") == words("figure.cluster_profile.none")


class TestClusterShares:
    def test_pairs_buyers_with_money(self, features, points, words):
        _, profile = divided(features, points, 3)
        ax = plots.cluster_shares(profile, words=words)
        ax.figure.canvas.draw()
        assert len(ax.patches) == 6
        widths = [patch.get_width() for patch in ax.patches]
        assert sum(widths[:3]) == pytest.approx(1)
        assert sum(widths[3:]) == pytest.approx(1)
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert [name[0] for name in names] == ["1", "2", "3"]

    def test_without_slices_or_money_is_a_sentence(self, features, points, words):
        _, whole = divided(features, points, 1)
        _, parts = divided(features, points, 2)
        for profile in (whole, parts.assign(share_of_spend=np.nan)):
            ax = plots.cluster_shares(profile, words=words)
            assert ax.get_title(loc="left") == words("figure.cluster_shares.none")
