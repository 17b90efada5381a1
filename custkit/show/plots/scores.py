"""Charts of scores and schemes: the grid of two scores, and who holds which share of the money."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_SCORES = range(1, 6)
_FIGURES = {"tier3": "tier_shares", "rfm8": "rfm8_shares", "segment_map": "segment_shares"}
_DARK = 0.6  # of the largest count, from which a cell is dark enough for white text
_PALE = 0.38  # opacity of the bar of customers beside the full bar of money


def score_grid(rfm: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Number of customers in each cell of recency score (across) and order score (up)."""
    schema.require(rfm, ["r_score", "f_score"], "rfm")
    if rfm.empty:
        return style.nothing(ax, words("figure.nobody_scored"))
    ax = style.new_axes(ax, 6, 4.6)
    cells = pd.crosstab(rfm["f_score"], rfm["r_score"]).reindex(index=_SCORES, columns=_SCORES, fill_value=0)
    shades = LinearSegmentedColormap.from_list("customers", ["white", style.colour("tier3", "high")])
    counts = cells.map("{:,}".format)
    sns.heatmap(
        cells,
        annot=counts,
        fmt="",
        cbar=False,
        cmap=shades,
        vmin=0,
        linewidths=2,
        annot_kws={"size": 11},
        ax=ax,
    )
    for text, value in zip(ax.texts, cells.to_numpy().ravel(), strict=True):
        text.set_color("white" if value > _DARK * cells.to_numpy().max() else style.INK)
    ax.invert_yaxis()
    ax.tick_params(length=0, rotation=0)
    ax.set(xlabel=words("axis.r_score"), ylabel=words("axis.f_score"))
    ax.set_title(words("figure.score_grid"))
    return ax


def shares(segments: pd.DataFrame, scheme: str, *, words: Words, ax: Axes | None = None) -> Axes:
    """For each label of a scheme, its share of scored customers (pale) over its share of their spend (full).

    ``segments`` has ``scheme``, ``label``, ``is_scored``, ``share_of_customers`` and ``share_of_spend`` (empty where
    spend is not above zero in all: then the money has no bar). Labels stand most valuable first.
    """
    columns = ["scheme", "label", "is_scored", "share_of_customers", "share_of_spend"]
    schema.require(segments, columns, "segments")
    shown = segments[(segments["scheme"] == scheme) & segments["is_scored"]].set_index("label")
    labels = style.order(scheme, shown.index)
    title = words(f"figure.{_FIGURES[scheme]}")
    if not labels:
        return style.nothing(ax, words("figure.nobody_scored"))
    ax = style.new_axes(ax, height=1.5 + 0.5 * max(len(labels), 2))
    ax.set_title(title)
    places, fills = np.arange(len(labels)), style.colours(scheme, labels)
    bars = {"share_of_customers": (-0.19, _PALE), "share_of_spend": (0.19, 1.0)}
    for column, (shift, opacity) in bars.items():
        values = shown.loc[labels, column]
        drawn = ax.barh(
            places + shift, values.fillna(0), height=0.36, color=fills, alpha=opacity, linewidth=0
        )
        texts = [style.number(value, words, "share") if pd.notna(value) else "" for value in values]
        ax.bar_label(drawn, texts, padding=4, fontsize=10, color=style.INK)
    ax.set_yticks(places, [style.plain(words.label(scheme, label)) for label in labels])
    ax.margins(x=0.12)
    ax.set_ylim(max(len(labels), 2) - 0.5, -0.5)  # one label alone is a bar, not a wall
    ax.axvline(0, color=style.RULE, linewidth=0.8)
    ax.xaxis.set_visible(False)
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    keys = [
        Patch(facecolor=style.MUTED, alpha=opacity, label=words.column(column))
        for column, (_, opacity) in bars.items()
    ]
    # Under the axes: any bar may be the longest.
    ax.legend(handles=keys, loc="upper right", bbox_to_anchor=(1, 0), ncols=2)
    return ax
