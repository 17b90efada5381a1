"""One look for every chart: font, colours and their order, numbers on axes, direct labels."""

import functools
import math
import unicodedata
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter, MaxNLocator

from custkit.show import numbers
from custkit.show.colours import COLOURS, CYCLE, INK, MUTED, QUIET, RULE, colour, colours, order
from custkit.words import Words

__all__ = [
    "COLOURS",
    "FONTS",
    "INK",
    "MUTED",
    "QUIET",
    "RULE",
    "bar_height",
    "colour",
    "colours",
    "ink_on",
    "label_bars",
    "new_axes",
    "nothing",
    "number",
    "number_axis",
    "order",
    "plain",
    "theme",
]

FONT_FILE = Path(__file__).parents[1] / "fonts" / "CustkitSans-Regular.otf"
FONTS = ["Custkit Sans", "DejaVu Sans"]  # the second comes with matplotlib: Greek, Cyrillic, Arabic


def theme() -> None:
    """Set fonts, colours and lines for every figure from here on."""
    font_manager.fontManager.addfont(FONT_FILE)
    # One call: seaborn's set_theme puts its own font list back otherwise.
    sns.set_theme(
        style="white",
        font=FONTS,
        palette=CYCLE,
        rc={
            "figure.figsize": (7, 4),
            "figure.dpi": 110,
            "savefig.dpi": 110,
            "savefig.bbox": "tight",
            "figure.constrained_layout.use": True,
            "text.color": INK,
            "axes.labelcolor": MUTED,
            "axes.edgecolor": RULE,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 13,
            "axes.titlepad": 12,
            "axes.labelsize": 10.5,
            "axes.axisbelow": True,
            "grid.color": RULE,
            "grid.linewidth": 0.7,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.fontsize": 10,
            "legend.frameon": False,
            "lines.linewidth": 2,
        },
    )


def ink_on(fill: str) -> str:
    """White or dark text, whichever reads better on ``fill`` (WCAG contrast)."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(fill)]
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
    return "white" if luminance < 0.3 else INK


def plain(text: object) -> str:
    """Text from the data as a chart can hold it: no mathematics, no box in place of a letter.

    Dollar signs are escaped, control characters fall away, and a letter that the fonts lack shows as "?";
    a warning says so once for each letter.
    """
    shown = "".join(_drawable(char) for char in unicodedata.normalize("NFC", str(text)))
    # matplotlib leaves labels that begin with an underscore out of legends.
    return (" " + shown if shown.startswith("_") else shown).replace("$", r"\$")


def new_axes(ax: Axes | None, width: float = 7, height: float = 4) -> Axes:
    """``ax``, or the axes of a new figure of this size in inches."""
    return ax if ax is not None else plt.subplots(figsize=(width, height))[1]


def nothing(ax: Axes | None, text: str) -> Axes:
    """Axes of one line that only say why there is no chart. Pages know such a figure by its height and leave it out."""
    ax = new_axes(ax, height=0.6)
    ax.set_axis_off()
    ax.set_title(text, fontsize=11, color=MUTED)
    return ax


def bar_height(bars: int) -> float:
    """Inches of a figure with this many horizontal bars."""
    return 1.3 + 0.36 * max(bars, 2)


def number_axis(axis: Axis, words: Words, *, kind: str = "count", currency: str = "") -> None:
    """Few, round ticks that read in the language; ``kind`` is count, money or share."""
    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=kind == "count"))
    axis.set_minor_formatter(FuncFormatter(lambda _value, _position: ""))
    axis.set_major_formatter(FuncFormatter(lambda value, _position: _tick(value, words, kind, currency)))


def number(value: float, words: Words, kind: str = "count", currency: str = "") -> str:
    """A number as a direct label: 12.3k or 1.23万, £8.3m, 65%."""
    if kind == "share":
        # With less than 10 %, and just below 100 %, a decimal: else a small rest would read 0% or 100%.
        plainly = value == 0 or 0.0995 <= abs(value) < 0.995 or abs(value) >= 1
        return numbers.share(value, 0 if plainly else 1)
    return plain(numbers.short(value, words.lang, currency if kind == "money" else ""))


def _tick(value: float, words: Words, kind: str, currency: str) -> str:
    """A number beside an axis: round values, so a share needs decimals only between whole per cents."""
    if kind == "share":
        return numbers.share(value, 0 if math.isclose(100 * value, round(100 * value), abs_tol=1e-6) else 1)
    return number(value, words, kind, currency)


def label_bars(ax: Axes, texts, **text) -> None:
    """Write one of ``texts`` at the end of each bar of the axes' last container, and take the number axis away."""
    bars = ax.containers[-1]
    ax.bar_label(bars, [str(label) for label in texts], padding=4, **{"fontsize": 10, "color": INK, **text})
    sideways = bars.orientation == "horizontal"
    ax.margins(**{"x" if sideways else "y": 0.16})
    (ax.xaxis if sideways else ax.yaxis).set_visible(False)
    ax.spines["bottom" if sideways else "left"].set_visible(False)
    ax.tick_params(axis="y" if sideways else "x", length=0)


def _drawable(char: str) -> str:
    kind = unicodedata.category(char)
    if char == "\n":
        return char
    if kind in ("Cc", "Cf"):  # without shape, whatever a font says
        return ""
    if ord(char) in _glyphs():
        return char
    if kind in ("Mn", "Me"):  # an accent of the letter before it
        return ""
    _say_missing(char)
    return "?"


@functools.cache
def _say_missing(char: str) -> None:
    warnings.warn(f"charts: the fonts have no {char!r} (U+{ord(char):04X}); it shows as ?", stacklevel=5)


@functools.cache
def _glyphs() -> frozenset[int]:
    """Code points that one of the fonts draws."""
    files = [FONT_FILE, font_manager.findfont(FONTS[1], fallback_to_default=False)]
    return frozenset(point for file in files for point in font_manager.get_font(file).get_charmap())
