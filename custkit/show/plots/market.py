"""Charts of the market: who leaves to whom, shares over time, and how loud each brand is for its share."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from custkit import schema
from custkit.show import numbers
from custkit.show.plots import style
from custkit.words import Words

_LINES = 8  # rivals with a line of their own, the largest first
_APART = 0.055  # of the height: names at the ends of lines stand at least so far from each other
_PALE = 0.35  # of a bar of which nothing is claimed


def net_flows(flows: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Respondents lost to each rival (to the left) and gained from it (to the right), the largest net loss first.

    Parameters
    ----------
    flows : one row per rival: rival, gained, lost, net_gain, verdict; bars without a claim are pale
    """
    schema.require(flows, ["rival", "gained", "lost", "net_gain", "verdict"], "brand_net_flows")
    if flows.empty:
        return style.nothing(ax, words("figure.net_flows.none"))
    ax = style.new_axes(ax, 7, style.bar_height(len(flows)) + 0.5)
    rows = np.arange(len(flows))
    sides = {"lost": ("weakness", -flows["lost"]), "gained": ("strength", flows["gained"])}
    claimed = flows["verdict"].isin(["losing", "gaining"])
    for verdict, length in sides.values():
        bars = ax.barh(rows, length, color=style.colour("verdict", verdict), height=0.62, linewidth=0)
        for bar, is_claimed in zip(bars, claimed, strict=True):
            bar.set_alpha(1 if is_claimed else _PALE)
    ends = flows["gained"].to_numpy()
    for row, end, net in zip(rows, ends, flows["net_gain"], strict=True):
        shown = f"+{net}" if net > 0 else numbers.count(net)
        ax.annotate(
            words("figure.net_flows.net", net=shown),
            (end, row),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            color=style.INK,
        )
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_yticks(rows, [style.plain(name) for name in flows["rival"]])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.margins(x=0.16)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: numbers.count(abs(value))))
    ax.set_xlabel(words("axis.net_flows"))
    ax.set_title(words("figure.net_flows"))
    ax.legend(
        handles=[
            Patch(color=style.colour("verdict", verdict), label=words(f"figure.net_flows.{side}"))
            for side, (verdict, _) in sides.items()
        ],
        loc="upper left",
        bbox_to_anchor=(0, -0.2 * 4 / ax.figure.get_figheight()),
        ncols=2,
    )
    return ax


def market_shares(shares: pd.DataFrame, *, words: Words, own: str = "", ax: Axes | None = None) -> Axes:
    """Share of market sales over time, one line a brand, named at its end; the own brand in front.

    Parameters
    ----------
    shares : one row per source, period and brand: source, period, period_no, brand, share; other sources are left out
    """
    schema.require(shares, ["source", "period", "period_no", "brand", "share"], "brand_shares")
    told = shares[(shares["source"] == "market") & (shares["period_no"] > 0) & shares["share"].notna()]
    if told["period_no"].nunique() < 2:
        return style.nothing(ax, words("figure.market_shares.none"))
    ax = style.new_axes(ax, 7, 4.2)
    lines = told.pivot(index="period_no", columns="brand", values="share")
    largest = sorted(lines.columns, key=lambda brand: (-np.nan_to_num(lines[brand].iloc[-1]), brand))
    shown = [brand for brand in largest if brand != own][:_LINES]
    shown += [own] if own in lines else []
    for brand in shown:
        is_own = brand == own
        ax.plot(
            lines.index,
            lines[brand],
            color=style.colour("brand", "own" if is_own else "rival"),
            linewidth=3 if is_own else 1.6,
            marker="o" if len(lines) < 4 else None,
            zorder=3 if is_own else 2,
        )
    ax.set_ylim(0, lines[shown].max().max() * 1.08)
    ends = {brand: lines[brand].dropna() for brand in shown}
    heights = _spread({brand: end.iloc[-1] for brand, end in ends.items()}, _APART * ax.get_ylim()[1])
    for brand, height in heights.items():
        share = style.number(ends[brand].iloc[-1], words, "share")
        ax.annotate(
            f"{style.plain(brand)} {share}",
            (ends[brand].index[-1], ends[brand].iloc[-1]),
            (lines.index[-1] + 0.02 * len(lines), height),
            textcoords="data",
            va="center",
            fontsize=10,
            color=style.colour("brand", "own") if brand == own else style.INK,
            annotation_clip=False,
        )
    periods = told.drop_duplicates("period_no").set_index("period_no")["period"].sort_index()
    step = -(-len(periods) // 6)
    ax.set_xticks(periods.index[::step], [style.plain(name) for name in periods.iloc[::step]])
    ax.set_xlim(lines.index[0], lines.index[-1])
    style.number_axis(ax.yaxis, words, kind="share")
    ax.set(xlabel=words("axis.market_period"), ylabel=words("axis.market_shares"))
    ax.set_title(words("figure.market_shares"))
    return ax


def share_of_voice(voice: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share of marketing money (filled point) beside share of sales (ring), one line a brand, largest seller first.

    Parameters
    ----------
    voice : one row per brand: brand, is_own, share_of_voice, share_of_market
    """
    schema.require(voice, ["brand", "is_own", "share_of_voice", "share_of_market"], "brand_voice")
    if voice.empty:
        return style.nothing(ax, words("figure.share_of_voice.none"))
    ax = style.new_axes(ax, 7, style.bar_height(len(voice)) + 0.5)
    rows = np.arange(len(voice))
    inks = [style.colour("brand", "own" if own else "rival") for own in voice["is_own"]]
    ax.hlines(rows, voice["share_of_voice"], voice["share_of_market"], color=inks, linewidth=2)
    ax.scatter(voice["share_of_market"], rows, s=64, facecolor="white", edgecolor=inks, linewidth=2, zorder=3)
    ax.scatter(voice["share_of_voice"], rows, s=64, color=inks, zorder=3)
    ax.set_yticks(rows, [style.plain(name) for name in voice["brand"]])
    ax.invert_yaxis()
    ax.set_ylim(len(voice) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_xlim(0, voice[["share_of_voice", "share_of_market"]].max().max() * 1.1)
    style.number_axis(ax.xaxis, words, kind="share")
    ax.grid(axis="x")
    ax.set_xlabel(words("axis.share_of_voice"))
    ax.set_title(words("figure.share_of_voice"))
    point = {"linestyle": "", "marker": "o", "markersize": 8, "color": style.MUTED}
    ax.legend(
        handles=[
            Line2D([], [], label=words("figure.share_of_voice.voice"), **point),
            Line2D(
                [],
                [],
                label=words("figure.share_of_voice.market"),
                markerfacecolor="white",
                markeredgewidth=2,
                **point,
            ),
        ],
        loc="upper left",
        bbox_to_anchor=(0, -0.2 * 4 / ax.figure.get_figheight()),
        ncols=2,
    )
    return ax


def _spread(heights: dict[str, float], apart: float) -> dict[str, float]:
    """Heights in the same order, pushed upwards where two stand closer than ``apart``."""
    moved, below = {}, -np.inf
    for name, height in sorted(heights.items(), key=lambda item: (item[1], item[0])):
        below = max(height, below + apart)
        moved[name] = below
    return moved
