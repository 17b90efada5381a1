"""Segments as areas: how many customers each has, and how much of the money."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_NAMED = 0.025  # of the area: smaller rectangles have no room for a name
_NARROW = 0.07  # of a side: the same
_WRAPPED = 0.2  # of the width: in narrower ones the name stands on several lines


def treemap(segments: pd.DataFrame, scheme: str, *, words: Words) -> Figure:
    """Two squares side by side: on the left the labels of a scheme by customers, on the right by spend.

    ``segments`` has ``scheme``, ``label``, ``is_scored``, ``customers``, ``spend``, ``share_of_customers``, ``share_of_spend``. A label whose
    spend is not above zero has no area on the right. A name stands where there is room, else under the square; colours are the same on both sides.
    """
    columns = ["scheme", "label", "is_scored", "customers", "spend"]
    schema.require(segments, [*columns, "share_of_customers", "share_of_spend"], "segments")
    shown = segments[(segments["scheme"] == scheme) & segments["is_scored"]].set_index("label")
    if not (shown["spend"] > 0).any():
        return style.nothing(None, words("figure.treemap.none")).figure
    figure, sides = plt.subplots(1, 2, figsize=(9, 4.6))
    title = words("figure.treemap", scheme=words.label("scheme", scheme))
    figure.suptitle(title[:1].upper() + title[1:], x=0.01, ha="left", fontsize=13)
    for ax, column in zip(sides, ("customers", "spend"), strict=True):
        values = shown.loc[shown[column] > 0, column].astype(float)
        values = values.loc[sorted(values.index, key=lambda label: (-values[label], label))]
        shares = shown.loc[values.index, f"share_of_{column}"]
        ax.set_title(words.column(f"share_of_{column}"), fontsize=11, color=style.MUTED)
        small = []
        for label, share, box in zip(values.index, shares, rectangles(values.to_numpy()), strict=True):
            fill, name = style.colour(scheme, label), style.plain(words.label(scheme, label))
            told = style.number(share, words, "share")
            ax.add_patch(Rectangle(box[:2], *box[2:], facecolor=fill, edgecolor="white", linewidth=2))
            if box[2] * box[3] < _NAMED or min(box[2:]) < _NARROW:
                small.append(Patch(facecolor=fill, label=f"{name} {told}"))
            else:
                _name(ax, box, name, told, style.ink_on(fill))
        if small:
            ax.legend(handles=small, loc="upper left", bbox_to_anchor=(0, 0), ncols=2, fontsize=9)
        ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return figure


def _name(ax: Axes, box: tuple, name: str, share: str, ink: str) -> None:
    x, y, width, height = box
    if width < _WRAPPED:
        # Chinese has no blanks: a long name is halved.
        half = (len(name) + 1) // 2 if " " not in name and len(name) > 4 and not name.isascii() else len(name)
        name = f"{name[:half]}\n{name[half:]}".strip().replace(" ", "\n")
    size = 9.5 if width * height > 0.06 else 8
    at = (x + width / 2, y + height / 2)
    ax.text(*at, f"{name}\n{share}", ha="center", va="center", fontsize=size, color=ink, clip_on=True)


def rectangles(values: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Rectangles (x, y, width, height) that fill the unit square, areas in proportion to ``values``, as square as may be.

    Values above zero, largest first; the largest stands at the top left.

    Source: Bruls, Huizing & van Wijk (2000), *Data Visualization 2000*, 33-42 (squarified treemaps).
    """
    areas = list(values / values.sum())
    x, top, width, height = 0.0, 1.0, 1.0, 1.0  # of what is left
    boxes = []
    while areas:
        side = min(width, height)
        row = 1
        while row < len(areas) and _worst(areas[: row + 1], side) <= _worst(areas[:row], side):
            row += 1
        depth = sum(areas[:row]) / side
        done = 0.0
        for area in areas[:row]:
            length = area / depth
            if width >= height:  # a column at the left
                boxes.append((x, top - done - length, depth, length))
            else:  # a row at the top
                boxes.append((x + done, top - depth, length, depth))
            done += length
        if width >= height:
            x, width = x + depth, width - depth
        else:
            top, height = top - depth, height - depth
        areas = areas[row:]
    return boxes


def _worst(areas: list[float], side: float) -> float:
    """The longest side ratio in a row of these areas along a side."""
    depth = sum(areas) / side
    return max(max(depth**2 / area, area / depth**2) for area in areas)
