"""Charts of who the customers are, and of whom the shop hardly reaches."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_LONGEST_NAME = 14  # characters of a level beside its bar
_ACROSS = 3  # panels in a row
_LARGEST = 8  # levels of a dimension that are drawn, the largest first
_STRONG = 2.0  # times as many, or half as many: where the colours of the map end


def portrait(people: pd.DataFrame, *, words: Words) -> Figure:
    """The share of each group with its 95 % interval, one small panel a dimension; ``people`` from ``people.people``."""
    columns = ["dimension", "rank", "place", "level", "share_of_customers", "share_low", "share_high"]
    schema.require(people, columns, "people")
    if people.empty:
        return style.nothing(None, words("figure.portrait.none")).figure
    shown = people[people["rank"] <= _LARGEST].sort_values("place", kind="stable")
    # Panels of like height side by side; else in the order of the table.
    sizes = shown.groupby("dimension", sort=False).size().reindex(people["dimension"].unique())
    sizes = sizes.sort_values(kind="stable")
    across = min(len(sizes), _ACROSS)
    lines = [sizes.iloc[place : place + across].max() for place in range(0, len(sizes), across)]
    figure, panels = plt.subplots(
        len(lines),
        across,
        figsize=(1 + 2.3 * across, 0.5 + sum(0.45 + 0.22 * max(line, 2) for line in lines)),
        height_ratios=[2 + max(line, 2) for line in lines],
        squeeze=False,
    )
    figure.suptitle(words("figure.portrait"), x=0.01, ha="left", fontsize=13)
    widest = shown["share_high"].max()
    for place, (ax, dimension) in enumerate(itertools.zip_longest(panels.flat, sizes.index)):
        if dimension is None:
            ax.set_axis_off()
        else:
            _panel(ax, shown[shown["dimension"] == dimension], words, lines=lines[place // across])
            ax.set_xlim(0, widest * 1.35)
            ax.set_title(words.label("dimension", dimension), fontsize=10.5, color=style.MUTED, pad=3)
    return figure


def penetration(penetration: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Customers per head of each cell, against everybody else, the gaps framed; from ``gaps.penetration``.

    The two dimensions of the first gap are drawn, else the first two that there are; with one dimension alone, its levels.
    """
    columns = ["n_dimensions", "dimension_1", "level_1", "dimension_2", "level_2", "ratio", "verdict"]
    schema.require(penetration, columns, "penetration")
    cells = penetration[penetration["n_dimensions"] == 2]
    cells = cells if len(cells) else penetration
    if cells.empty:
        return style.nothing(ax, words("figure.penetration.none"))
    gaps = penetration[penetration["verdict"] == "gap"]
    first, second = _axes_of(cells, gaps)
    cells = cells[(cells["dimension_1"] == first) & (cells["dimension_2"] == second)]
    grid = cells.pivot(index="level_1", columns="level_2", values="ratio")
    told = cells.pivot(index="level_1", columns="level_2", values="verdict") != "too_few"
    ax = style.new_axes(ax, width=2.4 + 1.25 * len(grid.columns), height=1.5 + 0.42 * len(grid))
    # Logarithms: half as many stands as far from equal as twice as many.
    shades = np.log2(grid.where(told).clip(1 / _STRONG, _STRONG)).to_numpy()
    image = ax.imshow(shades, cmap="BrBG", vmin=-1.4, vmax=1.4, aspect="auto")
    for (row, level), (column, other) in itertools.product(enumerate(grid.index), enumerate(grid.columns)):
        is_told = told.loc[level, other] and np.isfinite(grid.loc[level, other])
        shade = style.ink_on(to_hex(image.cmap(image.norm(shades[row, column])))) if is_told else style.MUTED
        text = words("mark.penetration.times", ratio=grid.loc[level, other]) if is_told else "·"
        is_gap = _is_gap(gaps, {first: level, second: other})
        ax.annotate(text, (column, row), ha="center", va="center", color=shade)
        if is_gap:
            frame = Rectangle(
                (column - 0.46, row - 0.44), 0.92, 0.88, fill=False, color=style.INK, linewidth=2
            )
            ax.add_patch(frame)
    ax.set_xticks(range(len(grid.columns)), [_short(words.level(second, level)) for level in grid.columns])
    ax.set_yticks(range(len(grid)), [_short(words.level(first, level)) for level in grid.index])
    ax.set_title(words("figure.penetration"))
    ax.set_ylabel(words.label("dimension", first))
    ax.set_xlabel(
        (words.label("dimension", second) + "\n" if second else "") + words("axis.penetration.note")
    )
    ax.tick_params(length=0, labelcolor=style.INK)
    ax.spines[:].set_visible(False)
    return ax


def _panel(ax: Axes, levels: pd.DataFrame, words: Words, *, lines: int) -> None:
    """Bars of one dimension, with room for ``lines`` of them, so that all bars of the figure are as thick."""
    places, shares = range(len(levels)), levels["share_of_customers"]
    spread = [shares - levels["share_low"], levels["share_high"] - shares]
    ax.barh(places, shares, height=0.66, color=style.colour("status", "buyer"), linewidth=0, alpha=0.75)
    ax.errorbar(shares, places, xerr=spread, fmt="none", ecolor=style.INK, elinewidth=1)
    for place, level in zip(places, levels.itertuples(), strict=True):
        text = style.number(level.share_of_customers, words, "share")
        ax.annotate(
            text, (level.share_high, place), (4, 0), textcoords="offset points", va="center", fontsize=9
        )
    pairs = zip(levels["dimension"], levels["level"], strict=True)
    ax.set_yticks(places, [_short(words.level(*pair)) for pair in pairs], fontsize=8.5)
    ax.set_ylim(max(lines, 2) - 0.4, -0.6)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)


def _axes_of(cells: pd.DataFrame, gaps: pd.DataFrame) -> tuple[str, str]:
    """The two dimensions that are drawn: of the first gap, or with its one dimension, or the first of all in order."""
    pairs = (
        cells[["dimension_1", "dimension_2"]].drop_duplicates().sort_values(["dimension_1", "dimension_2"])
    )
    for gap in gaps.itertuples():
        wanted = {gap.dimension_1, gap.dimension_2} - {""}
        fitting = [pair for pair in pairs.itertuples(index=False, name=None) if wanted <= set(pair)]
        if fitting:
            return fitting[0]
    return next(pairs.itertuples(index=False, name=None))


def _is_gap(gaps: pd.DataFrame, cell: dict[str, str]) -> bool:
    """Whether a cell is a gap or lies in one."""
    return any(
        all(not name or cell.get(name) == level for name, level in levels)
        for levels in zip(
            zip(gaps["dimension_1"], gaps["level_1"], strict=True),
            zip(gaps["dimension_2"], gaps["level_2"], strict=True),
            strict=True,
        )
    )


def _short(level: str) -> str:
    return style.plain(level if len(level) <= _LONGEST_NAME else level[: _LONGEST_NAME - 1].rstrip() + "…")
