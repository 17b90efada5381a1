"""Charts of the market, by what is drawn and what is written on it."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from custkit import competitor, schema
from custkit.errors import TableError
from custkit.show.plots import market as charts
from custkit.show.plots import style
from custkit.words import Words


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def flows() -> pd.DataFrame:
    """25 left for B and 3 came; 4 left for $C$ and 5 came."""
    rows = [("B", 3, 25, -22, "losing"), ("$C$", 5, 4, 1, "untested")]
    return pd.DataFrame(rows, columns=["rival", "gained", "lost", "net_gain", "verdict"])


@pytest.fixture
def shares() -> pd.DataFrame:
    """Five brands over eight quarters, two of them close together at the end."""
    rows = [
        (f"{2024 + place // 4}Q{place % 4 + 1}", brand, level + place * step)
        for place in range(8)
        for brand, level, step in (("Ours", 40, -2), ("B", 20, 2), ("C", 20, 0), ("D", 19.9, 0), ("E", 10, 0))
    ]
    return competitor.brand_shares(
        schema.empty("brand_use"), pd.DataFrame(rows, columns=["period", "brand", "sales"])
    )


@pytest.fixture
def voice() -> pd.DataFrame:
    rows = [("B", False, 0.6, 0.5), ("Ours", True, 0.1, 0.3), ("C", False, 0.3, 0.2)]
    return pd.DataFrame(rows, columns=["brand", "is_own", "share_of_voice", "share_of_market"])


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


class TestNetFlows:
    def test_lost_to_the_left_and_gained_to_the_right(self, flows, words):
        lost, gained = charts.net_flows(flows, words=words).containers
        assert [bar.get_width() for bar in lost] == [-25, -4]
        assert [bar.get_width() for bar in gained] == [3, 5]

    def test_the_net_is_written_and_names_are_plain(self, flows, words):
        ax = charts.net_flows(flows, words=words)
        assert texts(ax) == [words("figure.net_flows.net", net=net) for net in ("−22", "+1")]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == ["B", r"\$C\$"]

    def test_what_is_not_claimed_is_pale(self, flows, words):
        lost, _ = charts.net_flows(flows, words=words).containers
        assert [bar.get_alpha() for bar in lost] == [1, 0.35]

    def test_no_sign_on_the_axis(self, flows, words):
        ax = charts.net_flows(flows, words=words)
        ax.figure.draw_without_rendering()
        assert not [tick for tick in ax.get_xticklabels() if "−" in tick.get_text()]

    def test_nothing_is_a_sentence(self, flows, words):
        ax = charts.net_flows(flows.iloc[:0], words=words)
        assert ax.get_title("left") == words("figure.net_flows.none")

    def test_names_the_missing_column(self, words):
        with pytest.raises(TableError, match="brand_net_flows: no column gained"):
            charts.net_flows(pd.DataFrame(columns=["rival"]), words=words)

    def test_leaves_its_input_alone(self, flows, words):
        before = flows.copy()
        charts.net_flows(flows, words=words)
        pd.testing.assert_frame_equal(flows, before)


class TestMarketShares:
    def test_one_line_a_brand_the_own_in_front(self, shares, words):
        ax = charts.market_shares(shares, words=words, own="Ours")
        assert len(ax.lines) == 5
        front = max(ax.lines, key=lambda line: line.get_zorder())
        assert front.get_color() == style.colour("brand", "own")
        assert front.get_ydata()[0] == pytest.approx(40 / 109.9)

    def test_ends_are_named_with_their_share_and_do_not_overlap(self, shares, words):
        ax = charts.market_shares(shares, words=words, own="Ours")
        assert sorted(text.split()[0] for text in texts(ax)) == ["B", "C", "D", "E", "Ours"]
        assert f"E {10 / 109.9:.1%}" in texts(ax)
        ax.figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in ax.texts]
        assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]

    def test_many_brands_keep_the_largest_and_the_own(self, words):
        names = [f"brand {place:02d}" for place in range(20)]
        market = pd.DataFrame(
            [(year, name, 20 - place) for year in ("2024", "2025") for place, name in enumerate(names)],
            columns=["period", "brand", "sales"],
        )
        table = competitor.brand_shares(schema.empty("brand_use"), market)
        ax = charts.market_shares(table, words=words, own=names[-1])
        assert len(ax.lines) == 9
        assert any(text.startswith(names[-1]) for text in texts(ax))

    def test_a_brand_that_left_is_named_where_it_was(self, shares, words):
        gone = shares[(shares["brand"] != "B") | (shares["period_no"] < 6)]
        assert len(texts(charts.market_shares(gone, words=words, own="Ours"))) == 5

    @pytest.mark.parametrize("kept", ["none", "one period", "no order", "no share"])
    def test_nothing_to_follow_is_a_sentence(self, shares, words, kept):
        table = {
            "none": shares.iloc[:0],
            "one period": shares[shares["period_no"] == 1],
            "no order": shares.assign(period_no=0),
            "no share": shares.assign(share=np.nan),
        }[kept]
        ax = charts.market_shares(table, words=words, own="Ours")
        assert ax.get_title("left") == words("figure.market_shares.none")

    def test_leaves_its_input_alone(self, shares, words):
        before = shares.copy()
        charts.market_shares(shares, words=words, own="Ours")
        pd.testing.assert_frame_equal(shares, before)


class TestShareOfVoice:
    def test_two_points_a_brand_in_its_order(self, voice, words):
        ax = charts.share_of_voice(voice, words=words)
        market, loud = ax.collections[1:3]
        assert market.get_offsets()[:, 0].tolist() == [0.5, 0.3, 0.2]
        assert loud.get_offsets()[:, 0].tolist() == [0.6, 0.1, 0.3]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == ["B", "Ours", "C"]

    def test_the_own_brand_has_its_colour(self, voice, words):
        loud = charts.share_of_voice(voice, words=words).collections[2]
        own, rival = (style.colour("brand", name).lower() for name in ("own", "rival"))
        assert [to_hex(colour) for colour in loud.get_facecolor()] == [rival, own, rival]

    def test_the_legend_says_which_is_which(self, voice, words):
        legend = charts.share_of_voice(voice, words=words).get_legend()
        assert [text.get_text() for text in legend.get_texts()] == [
            words("figure.share_of_voice.voice"),
            words("figure.share_of_voice.market"),
        ]

    def test_nothing_is_a_sentence(self, voice, words):
        ax = charts.share_of_voice(voice.iloc[:0], words=words)
        assert ax.get_title("left") == words("figure.share_of_voice.none")

    def test_leaves_its_input_alone(self, voice, words):
        before = voice.copy()
        charts.share_of_voice(voice, words=words)
        pd.testing.assert_frame_equal(voice, before)
