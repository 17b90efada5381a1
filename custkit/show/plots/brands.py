"""Charts of brands: the map of positions, all means at a glance, and the gaps of the own brand."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_REACH = 0.9  # the longest arrow, as a part of the way to the brand that stands farthest out
_LOW_TO_HIGH = 2.0  # standard deviations at which the colours of the heat map are full
_TURNS = np.deg2rad([0, 90, 180, 270, 45, 135, 225, 315])  # where a label may stand round its point


def position_map(
    positions: pd.DataFrame, axes: pd.DataFrame, *, words: Words, ax: Axes | None = None
) -> Axes:
    """Brands as points, attributes as arrows: a brand far along an arrow is rated high on that attribute.

    Parameters
    ----------
    positions : one row per brand and axis: brand, axis, score, explained_share, is_own
    axes : one row per attribute and axis: attribute, axis, loading; arrows are all lengthened by one factor
    """
    schema.require(positions, ["brand", "axis", "score", "explained_share", "is_own"], "brand_positions")
    schema.require(axes, ["attribute", "axis", "loading"], "brand_axes")
    if positions.empty:
        return style.nothing(ax, words("figure.position_map.none"))
    ax = style.new_axes(ax, 7, 6)
    brands = positions.pivot(index="brand", columns="axis", values="score")
    arrows = axes.pivot(index="attribute", columns="axis", values="loading")
    own = set(positions.loc[positions["is_own"], "brand"])
    arrows = arrows * _REACH * np.hypot(brands[1], brands[2]).max() / np.hypot(arrows[1], arrows[2]).max()
    for tip in arrows.to_numpy():
        ax.annotate(
            "",
            tip,
            (0, 0),
            arrowprops={"arrowstyle": "-|>", "color": style.QUIET, "shrinkA": 0, "shrinkB": 0},
        )
    colours = [style.colour("brand", "own" if brand in own else "rival") for brand in brands.index]
    ax.scatter(brands[1], brands[2], s=58, color=colours, zorder=3)
    ax.axhline(0, color=style.RULE, linewidth=0.7, zorder=0)
    ax.axvline(0, color=style.RULE, linewidth=0.7, zorder=0)
    ax.margins(0.16)
    ax.set_aspect(
        "equal", adjustable="datalim"
    )  # an angle on the map is only an angle when both axes measure alike
    shares = positions.groupby("axis")["explained_share"].first()
    ax.set_xlabel(words("axis.brand_axis", axis=1, share=shares[1]))
    ax.set_ylabel(words("axis.brand_axis", axis=2, share=shares[2]))
    ax.set_title(words("figure.position_map"))
    labels = [
        _label(
            ax,
            brand,
            point,
            style.colour("brand", "own") if brand in own else style.INK,
            fontsize=11,
            zorder=4,
        )
        for brand, point in zip(brands.index, brands.to_numpy(), strict=True)
    ]
    labels += [
        _label(ax, name, tip, style.MUTED, fontsize=10, zorder=2)
        for name, tip in zip(arrows.index, arrows.to_numpy(), strict=True)
    ]
    _place(ax, labels, arrows.to_numpy())
    return ax


def price_quality(
    cards: pd.DataFrame,
    *,
    words: Words,
    price: str = "price",
    quality: str = "quality",
    lower_is_better: tuple[str, ...] = (),
    ax: Axes | None = None,
) -> Axes:
    """Brands by mean score of price and of quality, each with its price level; pale where a score does not count.

    Parameters
    ----------
    cards : one row per brand: brand, is_own, price_level, price_score, quality_score, ranked
    price, quality : names of the two attributes, for the axes
    lower_is_better : attributes of which less is better: their axis says so
    """
    schema.require(
        cards, ["brand", "is_own", "price_level", "price_score", "quality_score", "ranked"], "brand_cards"
    )
    told = cards.dropna(subset=["price_score", "quality_score"])
    if len(told) < 2:
        return style.nothing(ax, words("figure.price_quality.none"))
    ax = style.new_axes(ax, 7, 4.6)
    points = told[["price_score", "quality_score"]].to_numpy()
    inks = [
        style.colour("brand", "own" if own else "rival") if ranked else style.RULE
        for own, ranked in zip(told["is_own"], told["ranked"], strict=True)
    ]
    ax.scatter(*points.T, s=70, color=inks, zorder=3)
    ax.margins(0.2)
    for axis, name in ((ax.xaxis, price), (ax.yaxis, quality)):
        key = "axis.mean_score_turned" if name in lower_is_better else "axis.mean_score_of"
        axis.set_label_text(words(key, attribute=style.plain(name)))
    ax.set_title(words("figure.price_quality"))
    labels = [
        _label(
            ax,
            words("figure.price_quality.label", brand=row.brand, level=row.price_level)
            if row.price_level
            else row.brand,
            point,
            style.MUTED if not row.ranked else style.colour("brand", "own") if row.is_own else style.INK,
            fontsize=11,
            zorder=4,
        )
        for row, point in zip(told.itertuples(), points, strict=True)
    ]
    _place(ax, labels, np.empty((0, 2)))
    return ax


def brand_heatmap(means: pd.DataFrame, *, words: Words, own: str = "", ax: Axes | None = None) -> Axes:
    """Mean of each brand on each attribute; colour compares brands within an attribute, grey is not ranked.

    Parameters
    ----------
    means : one row per brand and attribute: brand, attribute, mean, ranked, standard
    own : brand that stands first; the others follow from strong to weak
    """
    schema.require(means, ["brand", "attribute", "mean_score", "ranked", "standard"], "brand_means")
    if means.empty:
        return style.nothing(ax, words("figure.brand_heatmap.none"))
    level = means.groupby("brand")["standard"].mean()
    brands = sorted(level.index, key=lambda brand: (brand != own, -level.fillna(-np.inf)[brand], brand))
    colour = means.pivot(index="brand", columns="attribute", values="standard").loc[brands]
    shown = means.pivot(index="brand", columns="attribute", values="mean_score").loc[brands]
    ax = style.new_axes(ax, max(4.5, 1.6 + 0.68 * shown.shape[1]), 1.6 + 0.34 * len(shown))
    low, high = style.colour("verdict", "weakness"), style.colour("verdict", "strength")
    ramp = LinearSegmentedColormap.from_list("weak_to_strong", [low, "white", high])
    sns.heatmap(
        colour,
        cmap=ramp,
        vmin=-_LOW_TO_HIGH,
        vmax=_LOW_TO_HIGH,
        cbar=False,
        linewidths=1.5,
        linecolor="white",
        ax=ax,
    )
    ax.set_facecolor(style.RULE)  # shines through where there is no colour
    for row, brand in enumerate(shown.index):
        for column, attribute in enumerate(shown.columns):
            mean = shown.loc[brand, attribute]
            fill = ramp((colour.loc[brand, attribute] / _LOW_TO_HIGH + 1) / 2)
            ranked = pd.notna(colour.loc[brand, attribute])
            if pd.notna(mean):
                ink = style.ink_on(fill) if ranked else style.MUTED
                ax.text(
                    column + 0.5, row + 0.5, f"{mean:.1f}", ha="center", va="center", fontsize=10, color=ink
                )
    ax.set_xticks(np.arange(shown.shape[1]) + 0.5, [style.plain(name) for name in shown.columns], rotation=0)
    ax.set_yticks(np.arange(len(shown)) + 0.5, [style.plain(name) for name in shown.index], rotation=0)
    if max(len(str(name)) for name in shown.columns) > 9:
        ax.tick_params(axis="x", labelrotation=35)
        for tick in ax.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
    ax.tick_params(length=0, labelcolor=style.INK)
    for tick in ax.get_yticklabels():
        tick.set_color(style.colour("brand", "own") if tick.get_text() == style.plain(own) else style.INK)
    ax.set(xlabel=words("axis.brand_attribute"), ylabel="")
    ax.set_title(words("figure.brand_heatmap"))
    return ax


def gap_bars(gaps: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Own brand against the mean of its rivals (bar, with interval) and against the best of them (diamond, named).

    Parameters
    ----------
    gaps : one row per attribute in the order of priority: attribute, gap, gap_to_mean, low, high, best_brand, verdict
    """
    schema.require(
        gaps, ["attribute", "gap", "gap_to_mean", "low", "high", "best_brand", "verdict"], "brand_gaps"
    )
    if gaps.empty:
        return style.nothing(ax, words("figure.gap_bars.none"))
    ax = style.new_axes(ax, 7, style.bar_height(len(gaps)) + 0.5)
    rows = np.arange(len(gaps))
    best = gaps["gap_to_mean"] - gaps["gap"]
    ax.barh(
        rows, gaps["gap_to_mean"], color=style.colours("verdict", gaps["verdict"]), height=0.62, linewidth=0
    )
    ax.hlines(rows, gaps["low"], gaps["high"], color=style.INK, linewidth=1)
    ax.scatter(best, rows, marker="D", s=30, color=style.MUTED, zorder=3)
    for row, value, brand in zip(rows, best, gaps["best_brand"], strict=True):
        ax.annotate(
            style.plain(brand),
            (value, row),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            color=style.INK,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1},  # it may stand on a bar
        )
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_yticks(rows, [style.plain(name) for name in gaps["attribute"]])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.margins(x=0.1)
    ax.set_xlabel(words("axis.brand_gap"))
    ax.set_title(words("figure.gap_bars"))
    verdicts = style.order("verdict", gaps["verdict"])
    ax.legend(
        handles=[
            *(
                Patch(color=style.colour("verdict", name), label=words.label("verdict", name))
                for name in verdicts
            ),
            Line2D(
                [],
                [],
                marker="D",
                markersize=5,
                linestyle="",
                color=style.MUTED,
                label=words("figure.gap_bars.best"),
            ),
        ],
        loc="upper left",
        bbox_to_anchor=(0, -0.16 * 4 / ax.figure.get_figheight()),
        ncols=len(verdicts) + 1,
        columnspacing=1.2,
        handlelength=1.2,
    )
    return ax


def _label(ax: Axes, name: str, point: np.ndarray, ink: str, **text) -> Annotation:
    return ax.annotate(
        style.plain(name),
        point,
        (0, 0),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=ink,
        **text,
    )


def _place(ax: Axes, labels: list[Annotation], arrows: np.ndarray) -> None:
    """Move each label round its point, outwards if it can, to where it covers least of points, arrows and labels."""
    ax.figure.draw_without_rendering()  # constrained layout settles here: pixels mean something only afterwards
    points = [ax.transData.transform(label.xy) for label in labels]
    along = ax.transData.transform(np.vstack([arrows * part for part in np.linspace(0, 1, 25)]))
    taken = np.vstack(
        [*(_box(point, (14, 14)) for point in points), *(_box(point, (3, 3)) for point in along)]
    )
    frame = ax.get_window_extent().extents[None]
    for label, point in zip(labels, points, strict=True):
        extent = label.get_window_extent()
        size = np.array([extent.width, extent.height])
        outwards = np.arctan2(label.xy[1], label.xy[0])
        choices = []
        for reach in (9, 18):
            for turn in sorted(_TURNS, key=lambda turn: np.cos(turn - outwards), reverse=True):
                there = _box(point + np.array([np.cos(turn), np.sin(turn)]) * (reach + size / 2), size)
                outside = size.prod() - _covered(there, frame)
                choices.append((_covered(there, taken) + outside + reach / 10, there))
        _, there = min(choices, key=lambda choice: choice[0])
        taken = np.vstack([taken, there])
        label.set_position((there[:2] - point) * 72 / ax.figure.dpi)


def _box(middle: np.ndarray, size: np.ndarray | tuple[float, float]) -> np.ndarray:
    """Left, bottom, right, top."""
    half = np.asarray(size) / 2
    return np.concatenate([middle - half, middle + half])


def _covered(box: np.ndarray, others: np.ndarray) -> float:
    """Square pixels of ``box`` that lie under others, counted once for each of them."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return float(sides.clip(min=0).prod(axis=1).sum())
