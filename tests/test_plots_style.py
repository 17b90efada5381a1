"""One look: glyphs for every word, one colour for a segment, labels from the data that cannot break a chart."""

import io
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from custkit.show import colours, numbers, parts, plots
from custkit.show.plots import style
from custkit.words import Words, catalogue


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture
def balance() -> pd.DataFrame:
    """Ten rows came in, two were set aside, one was a duplicate."""
    return pd.DataFrame(
        {
            "step": ["kept", "in", "merged", "quarantined"],
            "rows": [7, 10, 1, 2],
            "money": [70.0, 100.0, 10.0, 20.0],
        }
    )


@pytest.fixture
def reasons() -> pd.DataFrame:
    """One rule twice, for two columns, and a rule with signs that mean mathematics to matplotlib."""
    return pd.DataFrame({"rule": ["unreadable_value", "$a$_{", "unreadable_value"], "rows": [3, 4, 2]})


def drawn(figure) -> None:
    """Draw with every warning an error: a missing glyph is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        figure.canvas.draw()


class TestFont:
    def test_charts_are_drawn_in_the_shipped_font(self):
        assert plt.rcParams["font.family"][0] == "Custkit Sans"

    def test_its_licence_stands_beside_it(self):
        assert "SIL OPEN FONT LICENSE" in (style.FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8")

    def test_it_has_every_letter_of_the_catalogue(self):
        needed = {char for texts in catalogue().values() for text in texts.values() for char in text}
        assert not sorted(char for char in needed if char.isprintable() and ord(char) not in style._glyphs())

    def test_every_word_of_the_catalogue_can_be_drawn(self, words):
        texts = {texts[words.lang] for texts in catalogue().values()}
        figure = plt.figure(layout="none")
        figure.text(0, 0, style.plain("\n".join(sorted(texts))))
        drawn(figure)

    @pytest.mark.parametrize("char", "£¥€$−–·…→≥≤×±%，。“”（）臺灣éßŁ")
    def test_it_has_the_signs_that_charts_use(self, char):
        assert ord(char) in style._glyphs()


class TestPlain:
    def test_dollars_are_no_mathematics(self):
        figure, ax = plt.subplots()
        ax.set_title(style.plain(r"$\frac{1}$ and $x_1$ \$"))
        drawn(figure)

    def test_a_letter_that_no_font_has_shows_as_a_question_mark_and_is_told_once(self):
        style._say_missing.cache_clear()
        with pytest.warns(UserWarning, match="U\\+9F98"):
            first = style.plain("龘a龘")
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            assert (first, style.plain("龘")) == ("?a?", "?")

    def test_signs_that_have_no_shape_fall_away(self):
        assert style.plain("a\x07b\u200bc\nd") == "abc\nd"

    def test_a_leading_underscore_does_not_hide_a_legend_entry(self):
        ax = style.new_axes(None)
        ax.plot([0, 1], label=style.plain("_online"))
        assert [text.get_text() for text in ax.legend().get_texts()] == [" _online"]


class TestNothing:
    def height(self, figure) -> int:
        """Of the picture that a run stores."""
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=110, bbox_inches="tight")
        return int.from_bytes(png.getvalue()[20:24], "big")

    def test_is_low_enough_for_pages_to_leave_it_out(self, words):
        assert self.height(style.nothing(None, words("figure.gap_bars.none")).figure) <= parts._ONE_LINE

    def test_no_chart_is_as_low(self, reasons, words):
        lowest = plots.quarantine_reasons(reasons.head(1), words=words).figure
        assert self.height(lowest) > parts._ONE_LINE


class TestColour:
    @pytest.mark.parametrize("scheme", sorted(colours.COLOURS))
    def test_labels_of_a_scheme_can_be_told_apart(self, scheme):
        fills = [np.array(to_rgb(fill)) for fill in colours.COLOURS[scheme].values()]
        gaps = [np.abs(a - b).max() for place, a in enumerate(fills) for b in fills[:place]]
        assert min(gaps, default=1) > 0.08

    def test_a_label_of_a_users_own_map_keeps_its_colour(self):
        assert style.colour("segment_map", "vip") == style.colour("segment_map", "vip")

    def test_best_labels_come_first_and_those_not_scored_last(self):
        present = ["prospect", "low", "own name", "high"]
        assert style.order("tier3", present) == ["high", "low", "own name", "prospect"]

    def test_a_scheme_without_colours_of_its_own_is_ordered_by_name(self):
        assert style.order("unknown", ["b", "a"]) == ["a", "b"]

    @pytest.mark.parametrize(("fill", "ink"), [("#332288", "white"), ("#DDCC77", style.INK)])
    def test_text_on_a_fill_can_be_read(self, fill, ink):
        assert style.ink_on(fill) == ink


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "en", "zh"),
        [
            (0, "0", "0"),
            (0.25, "0.25", "0.25"),
            (999, "999", "999"),
            (1234, "1.23k", "1,234"),
            (999_950, "1m", "100万"),
            (8_278_519, "8.28m", "828万"),
            (-123_456_789, "−123m", "−1.23亿"),
        ],
    )
    def test_short_forms_go_by_the_language(self, value, en, zh):
        assert (numbers.short(value, "en"), numbers.short(value, "zh")) == (en, zh)

    def test_money_carries_its_currency(self):
        shown = [numbers.money(-1234.5, code) for code in ("GBP", "CNY", "JPY", "CHF", "")]
        assert shown == ["−£1,234.50", "−¥1,234.50", "−¥1,234", "−CHF 1,234.50", "−1,234.50"]

    def test_money_of_the_ledger_keeps_every_decimal(self):
        assert numbers.exact_money("-1447682.120", "GBP") == "−£1,447,682.120"

    def test_nothing_is_never_negative(self):
        assert (numbers.money(-0.001, "GBP"), numbers.share(-0.0001)) == ("£0.00", "0.0%")

    def test_ticks_of_an_axis_read_in_the_language(self, words):
        ax = style.new_axes(None)
        ax.set_xlim(0, 40_000)
        style.number_axis(ax.xaxis, words, kind="money", currency="USD")
        drawn(ax.figure)
        ticks = [label.get_text() for label in ax.get_xticklabels()]
        assert (r"\$20k" if words.lang == "en" else r"\$2万") in ticks


class TestLedgerWaterfall:
    def test_ends_where_it_began(self, balance, words):
        rows, money = plots.ledger_waterfall(balance, words=words, currency="GBP").axes
        came_in, quarantined, merged, kept = rows.patches
        assert (came_in.get_x(), came_in.get_width()) == (0, 10)
        assert (quarantined.get_x(), merged.get_x(), kept.get_width()) == (8, 7, 7)
        assert money.patches[-1].get_width() == 70

    def test_leaves_out_what_took_nothing(self, balance, words):
        without = balance.assign(rows=[9, 10, 0, 1], money=[90.0, 100.0, 0.0, 10.0])
        assert len(plots.ledger_waterfall(without, words=words).axes[0].patches) == 3

    def test_holds_when_nothing_came_in(self, balance, words):
        drawn(plots.ledger_waterfall(balance.assign(rows=0, money=0.0), words=words))

    def test_leaves_its_input_alone(self, balance, words):
        before = balance.copy()
        plots.ledger_waterfall(balance, words=words)
        pd.testing.assert_frame_equal(balance, before)


class TestQuarantineReasons:
    def test_has_one_bar_for_each_rule_most_rows_at_the_top(self, reasons, words):
        ax = plots.quarantine_reasons(reasons, words=words)
        drawn(ax.figure)
        assert [bar.get_width() for bar in ax.patches] == [4, 5]
        assert ax.get_yticklabels()[-1].get_text() == words("label.rule.unreadable_value")

    def test_says_so_when_no_row_was_set_aside(self, reasons, words):
        ax = plots.quarantine_reasons(reasons.head(0), words=words)
        drawn(ax.figure)
        assert ax.get_title("left") == words("figure.quarantine_reasons.none")

    def test_leaves_its_input_alone(self, reasons, words):
        before = reasons.copy()
        plots.quarantine_reasons(reasons, words=words)
        pd.testing.assert_frame_equal(reasons, before)
