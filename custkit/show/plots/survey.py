"""Charts of notebook 04 beside clustering: types, where they meet the groups, and niches."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custkit import schema, stats
from custkit.settings import NicheRules
from custkit.show.plots import style
from custkit.words import Words

_SCHEMES = ("survey_type", "social_type")
_UNDECIDED = "undecided"
_ABOVE, _BELOW = "#88CCEE", "#E8B4B8"  # of a cell beyond chance; light, so that numbers can be read on it
_NAMED = 5  # niches; more names would cover one another


def type_shares(shares: pd.DataFrame, *, words: Words) -> Figure:
    """Share of each survey type and each social type, a panel each, with its interval.

    Parameters
    ----------
    shares : from ``survey.type_shares``
    """
    columns = ["scheme", "label", "customers", "share_of_customers", "share_low", "share_high"]
    schema.require(shares, columns, "type_shares")
    schemes = [scheme for scheme in _SCHEMES if (shares["scheme"] == scheme).any()]
    if not schemes:
        return style.nothing(None, words("figure.type_shares.none")).figure
    bars = max(shares["scheme"].value_counts())
    figure, panels = plt.subplots(
        1, len(schemes), figsize=(4.75 * len(schemes), style.bar_height(bars)), squeeze=False
    )
    for ax, scheme in zip(panels[0], schemes, strict=True):
        own = shares[shares["scheme"] == scheme]
        fills = [style.QUIET if label == _UNDECIDED else style.colour("cluster", 2) for label in own["label"]]
        ax.barh(range(len(own)), own["share_of_customers"], color=fills)
        ends = own[["share_low", "share_high"]].to_numpy().T
        ax.hlines(range(len(own)), *ends, color=style.INK, linewidth=1)
        for place, row in enumerate(own.itertuples()):
            text = f"{style.number(row.share_of_customers, words, 'share')}  ({row.customers:,})"
            ax.annotate(
                text, (row.share_high, place), (5, 0), textcoords="offset points", va="center", fontsize=10
            )
        ax.set_xlim(0, own["share_high"].max() * 1.45)
        ax.set_ylim(max(len(own), 2) - 0.5, -0.6)
        ax.set_yticks(range(len(own)), [_type(scheme, label, words) for label in own["label"]])
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_visible(False)
        ax.spines["bottom"].set_visible(False)
        ax.set_title(
            words(f"figure.type_shares.{scheme}", customers=own["customers"].sum()),
            fontsize=10.5,
            color=style.MUTED,
        )
    figure.suptitle(words("figure.type_shares"), x=0.01, ha="left", fontsize=13)
    return figure


def type_crosstab(cells: pd.DataFrame, *, words: Words, least: int = 5) -> Figure:
    """Each crossing as a table of shares of the row, cells beyond chance coloured.

    Parameters
    ----------
    cells : from ``survey.crosstab``
    least : customers; a smaller count is not shown, nor another one from which it could be told
    """
    columns = [
        "crossing",
        "row",
        "column",
        "customers",
        "share_of_row",
        "share_of_all",
        "residual",
        "stands_out",
    ]
    schema.require(cells, columns, "type_crosstab")
    if cells.empty:
        return style.nothing(None, words("figure.type_crosstab.none")).figure
    crossings = cells["crossing"].drop_duplicates().tolist()
    parts = [cells[cells["crossing"] == crossing] for crossing in crossings]
    widths = [part["column"].nunique() for part in parts]
    tallest = max(part["row"].nunique() for part in parts)
    size = (1.0 * len(parts) + 0.75 * max(sum(widths), 5), 1.7 + 0.52 * (tallest + 1))
    figure, panels = plt.subplots(1, len(parts), figsize=size, squeeze=False, width_ratios=widths)
    for ax, crossing, part in zip(panels[0], crossings, parts, strict=True):
        _cross(ax, crossing, part, words, least)
    figure.suptitle(words("figure.type_crosstab"), x=0.01, ha="left", fontsize=13)
    figure.supxlabel(words("figure.type_crosstab.note"), x=0.01, ha="left", fontsize=9.5, color=style.MUTED)
    return figure


def niches(
    niches: pd.DataFrame, *, words: Words, rules: NicheRules = NicheRules(), ax: Axes | None = None
) -> Axes:
    """Every group tried by its share of buyers and its growth beside that of everybody else; niches named.

    Parameters
    ----------
    niches : from ``niches.find``
    rules : NicheRules
        ``min_niche_growth`` is drawn as a line.
    """
    columns = ["share_of_buyers", "ratio", "low", "high", "verdict", "place", "attribute_1", "level_1"]
    schema.require(niches, columns, "niches")
    if niches.empty:
        return style.nothing(ax, words("figure.niches.none"))
    ax = style.new_axes(ax, 7.5, 4.4)
    own = niches["verdict"] == "niche"
    others = niches[~own]
    ax.scatter(others["share_of_buyers"], others["ratio"], s=16, color=style.QUIET, linewidths=0)
    ax.set_yscale("log")
    fill = style.colour("cluster", 1)
    for row in niches[own].sort_values("place").head(_NAMED).itertuples():
        ax.vlines(row.share_of_buyers, row.low, row.high, color=fill, linewidth=1.2)
        ax.scatter(row.share_of_buyers, row.ratio, s=60, color=fill, zorder=3)
        at = (row.share_of_buyers, row.ratio)
        ax.annotate(_name(row, words), at, (8, 0), textcoords="offset points", va="center", fontsize=10)
    lines = {1.0: words("figure.niches.equal")}
    lines[rules.min_niche_growth] = words("figure.niches.asked", asked=rules.min_niche_growth)
    right = niches["share_of_buyers"].max() * 1.3
    for height, text in lines.items():
        ax.axhline(height, color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        ax.annotate(
            text,
            (right, height),
            (-2, 3),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color=style.MUTED,
        )
    ends = niches.loc[own, "high"].max(), niches["ratio"].max(), niches["ratio"].min()
    ax.set_ylim(min(np.nanmin(ends), 0.8) / 1.1, max(np.nanmax(ends), 1.3) * 1.1)
    ticks = [
        tick for tick in (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10) if ax.get_ylim()[0] <= tick <= ax.get_ylim()[1]
    ]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.set_xlim(0, right)
    style.number_axis(ax.xaxis, words, kind="share")
    ax.set_title(words("figure.niches"))
    ax.set_xlabel(words("axis.niches.share"))
    ax.set_ylabel(words("axis.niches.ratio"))
    return ax


def _cross(ax: Axes, crossing: str, part: pd.DataFrame, words: Words, least: int) -> None:
    first, second = crossing.split("_")
    counts = part.pivot(index="row", columns="column", values="customers")
    # Groups by their number, survey and social types by name: as the table is sorted.
    rows = sorted(counts.index, key=int) if first in ("cluster", "slice") else list(counts.index)
    counts = counts.loc[rows]
    hidden = stats.too_small(counts, least)
    grid = part.set_index(["row", "column"])
    overall = part.drop_duplicates("column").set_index("column")["share_of_all"]
    for (y, row), (x, column) in ((r, c) for r in enumerate(counts.index) for c in enumerate(counts.columns)):
        cell = grid.loc[(row, column)]
        shown = not hidden[y, x]
        fill = "white" if not (shown and cell["stands_out"]) else _ABOVE if cell["residual"] > 0 else _BELOW
        ax.add_patch(plt.Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=fill, edgecolor=style.RULE))
        if shown:
            share = style.number(cell["share_of_row"], words, "share")
            ax.annotate(share, (x, y - 0.14), ha="center", va="center", fontsize=10.5, color=style.INK)
            ax.annotate(
                f"{cell['customers']:,}",
                (x, y + 0.26),
                ha="center",
                va="center",
                fontsize=8.5,
                color=style.MUTED,
            )
        else:
            text = words("figure.type_crosstab.hidden")
            ax.annotate(text, (x, y), ha="center", va="center", fontsize=9, color=style.MUTED)
    for x, column in enumerate(counts.columns):
        share = style.number(overall[column], words, "share")
        ax.annotate(share, (x, len(counts)), ha="center", va="center", fontsize=10, color=style.MUTED)
    names = [_row(first, row, words) for row in counts.index] + [words("figure.type_crosstab.all")]
    scheme = "social_type" if second == "social" else "survey_type"
    ax.set_xticks(
        range(counts.shape[1]), [_type(scheme, column, words).replace(" ", "\n") for column in counts.columns]
    )
    ax.set_yticks(range(len(names)), names)
    ax.set_xlim(-0.5, counts.shape[1] - 0.5)
    ax.set_ylim(len(counts) + 0.5, -0.5)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    for side in ax.spines.values():
        side.set_visible(False)
    for tick in ax.get_xticklabels():
        tick.set_fontsize(9)
    ax.set_title(words(f"label.crossing.{crossing}"), fontsize=10.5, color=style.MUTED, y=1.0, pad=34)


def _row(kind: str, label: str, words: Words) -> str:
    return (
        words(f"label.crossing_row.{kind}", number=label)
        if kind in ("cluster", "slice")
        else _type("survey_type", label, words)
    )


def _type(scheme: str, label: str, words: Words) -> str:
    """The word for a type; a construct of a user's own stands by its name."""
    known = f"label.{scheme}.{label}"
    return words(known) if words.has(known) else style.plain(words("figure.type_shares.own", construct=label))


def _name(row, words: Words) -> str:
    pairs = ((row.attribute_1, row.level_1), (row.attribute_2, row.level_2))
    named = [
        words(
            "figure.niches.name",
            attribute=words.label("dimension", attribute),
            level=words.level(attribute, level),
        )
        for attribute, level in pairs
        if attribute
    ]
    return style.plain("\n".join(named))
