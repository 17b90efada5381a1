"""Charts of notebook 04: the evidence for each number of groups, and what the groups or slices are like."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custkit import schema
from custkit.settings import ClusterRules
from custkit.show.plots import style
from custkit.words import Words

_MOST_POINTS = 3_000  # drawn in a scatter chart; more only darken it
_ALONE = ("silhouette", "calinski_harabasz", "davies_bouldin")
_TYPICAL = {"recency_days": "count", "n_orders": "count", "spend": "money", "avg_order_value": "money"}


def cluster_criteria(quality: pd.DataFrame, *, words: Words, rules: ClusterRules = ClusterRules()) -> Figure:
    """Each criterion over the number of groups; a vertical line at the number that all together allow.

    Parameters
    ----------
    quality : k, criterion, value, own_choice, chosen
    rules : ClusterRules
        What stability and lead must reach is drawn as a horizontal line.
    """
    schema.require(quality, ["k", "criterion", "value", "own_choice", "chosen"], "cluster_quality")
    if quality.empty:
        return style.nothing(None, words("figure.cluster_criteria.none")).figure
    figure, panels = plt.subplots(2, 3, figsize=(9.5, 5.6), sharex=True)
    chosen = quality.loc[quality["chosen"], "k"].iloc[0]
    lines = {criterion: rows.set_index("k") for criterion, rows in quality.groupby("criterion")}
    told = {"explained": "these", "explained_box": "box", "explained_twin": "twin"}
    _compare(panels[0, 0], {words(f"figure.cluster.{key}"): lines[name] for name, key in told.items()})
    style.number_axis(panels[0, 0].yaxis, words, kind="share")
    _compare(
        panels[0, 1],
        {words(f"figure.cluster.{name}"): lines[name] for name in ("over_box", "over_twin")},
        first=1,
    )
    _one(panels[0, 2], lines["stability"])
    needed = {"over": rules.min_margin, "stability": rules.min_stability}
    for ax, criterion in zip(panels[1], _ALONE, strict=True):
        _one(ax, lines[criterion])
        ax.set_xlabel(words("axis.cluster.k"))
    style.number_axis(panels[1, 1].yaxis, words)
    names = ("explained", "over", "stability", *_ALONE)
    for ax, name in zip(panels.flat, names, strict=True):
        ax.set_title(words(f"axis.cluster.{name}", needed=needed.get(name)), fontsize=10.5, color=style.MUTED)
        if name in needed:
            ax.axhline(needed[name], color=style.colour("fate", "quarantined"), linewidth=1.2, zorder=0)
        ax.axvline(chosen, color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        ax.set_xticks(range(1, quality["k"].max() + 1))
        ax.margins(x=0.06)
    figure.suptitle(words("figure.cluster_criteria"), x=0.01, ha="left", fontsize=13)
    return figure


def cluster_scatter(
    features: pd.DataFrame,
    groups: pd.DataFrame,
    profile: pd.DataFrame,
    *,
    words: Words,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Buyers by days since the last order and spend, both logarithmic, at most 3,000 of them, evenly picked.

    Parameters
    ----------
    features : customer_id, recency_days, spend
    groups : customer_id, slice
    profile : from ``clusters.profile``; its medians are where the numbers stand
    """
    schema.require(features, ["customer_id", "recency_days", "spend"], "features")
    schema.require(groups, ["customer_id", "slice"], "clusters")
    if groups.empty:
        return style.nothing(ax, words("figure.cluster_scatter.none"))
    ax = style.new_axes(ax, 7, 4.4)
    people = groups[["customer_id", "slice"]].merge(features, on="customer_id").sort_values("customer_id")
    people = people.iloc[np.unique(np.linspace(0, len(people) - 1, _MOST_POINTS).astype(int))]
    days, spend = people["recency_days"].astype(float), people["spend"].clip(lower=0)
    colours = [_colour(number) for number in people["slice"]]
    ax.scatter(days, spend, s=14, color=colours, alpha=0.35, linewidths=0)
    for row in profile[profile["slice"] > 0].itertuples():
        middle = (row.median_recency_days, max(row.median_spend, 0))
        fill = _colour(row.slice)
        ax.scatter(*middle, s=260, color=fill, edgecolor="white", linewidths=1.5, zorder=3)
        ink = style.ink_on(fill)
        ax.annotate(str(row.slice), middle, ha="center", va="center", fontsize=10, color=ink)
    # log(1 + value), as in the distances: an order of today and a spend of zero have a place.
    ax.set_xscale("function", functions=(np.log1p, np.expm1))
    ax.set_yscale("function", functions=(np.log1p, np.expm1))
    ax.set_xticks(_ticks(days.max(), (1, 3)))
    ax.set_yticks(_ticks(spend.max(), (1,)))
    style.number_axis(ax.xaxis, words)
    style.number_axis(ax.yaxis, words, kind="money", currency=currency)
    ax.set_title(words("figure.cluster_scatter"))
    ax.set_xlabel(words("axis.cluster.recency_days"))
    ax.set_ylabel(words("axis.cluster.spend", currency=f" ({style.plain(currency)})" if currency else ""))
    return ax


def cluster_profile(profile: pd.DataFrame, *, words: Words, currency: str = "") -> Figure:
    """Medians of each group or slice in real units, one panel a measure.

    Parameters
    ----------
    profile : from ``clusters.profile``
    currency : code of the amounts
    """
    schema.require(profile, ["slice", *(f"median_{measure}" for measure in _TYPICAL)], "cluster_profile")
    if not (profile["slice"] > 0).any():
        return style.nothing(None, words("figure.cluster_profile.none")).figure
    figure, panels = plt.subplots(
        1, len(_TYPICAL), figsize=(9.5, 1.1 + 0.62 * max(len(profile), 2)), sharey=True
    )
    for ax, (measure, kind) in zip(panels, _TYPICAL.items(), strict=True):
        values = profile[f"median_{measure}"]
        ax.barh(range(len(profile)), values, color=[_colour(number) for number in profile["slice"]])
        labels = [style.number(value, words, kind, currency) for value in values]
        style.label_bars(ax, labels)
        ax.margins(x=0.45)
        ax.set_title(words.column(measure), fontsize=10.5, color=style.MUTED)
    panels[0].set_yticks(range(len(profile)), _names(profile, words))
    panels[0].invert_yaxis()
    figure.suptitle(words("figure.cluster_profile"), x=0.01, ha="left", fontsize=13)
    return figure


def cluster_shares(profile: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share of buyers beside share of spend for each group or slice.

    Parameters
    ----------
    profile : from ``clusters.profile``
    """
    schema.require(profile, ["slice", "share_of_customers", "share_of_spend"], "cluster_profile")
    if not (profile["slice"] > 0).any() or profile["share_of_spend"].isna().any():
        return style.nothing(ax, words("figure.cluster_shares.none"))
    ax = style.new_axes(ax, 7, style.bar_height(2 * len(profile)))
    places = np.arange(len(profile))
    colours = [_colour(number) for number in profile["slice"]]
    parts = {
        "customers": ("share_of_customers", -0.2, 0.45),
        "spend": ("share_of_spend", 0.2, 1.0),
    }
    for name, (column, shift, alpha) in parts.items():
        ax.barh(places + shift, profile[column], height=0.38, color=colours, alpha=alpha)
        shares = [style.number(share, words, "share") for share in profile[column]]
        style.label_bars(ax, [words(f"figure.cluster.{name}", share=share) for share in shares])
    ax.margins(x=0.35)
    ax.set_yticks(places, _names(profile, words))
    ax.invert_yaxis()
    ax.set_title(words("figure.cluster_shares"))
    return ax


def _ticks(largest: float, steps: tuple[int, ...]) -> list[float]:
    """0, and ``steps`` of every power of ten up to ``largest``."""
    powers = range(int(np.log10(max(largest, 1))) + 1)
    return [
        0,
        *(step * 10**power for power in powers for step in steps if step * 10**power <= max(largest, 1)),
    ]


def _compare(ax: Axes, lines: dict[str, pd.DataFrame], first: int = 0) -> None:
    """Several lines in one panel, each named at its end; ``first`` is the place of the first line's colour."""
    looks = [(style.INK, "-"), (style.MUTED, "-"), (style.MUTED, (0, (1, 1)))]
    for (name, line), (colour, dashes) in zip(lines.items(), looks[first:], strict=False):
        ax.plot(line.index, line["value"], color=colour, linestyle=dashes, label=name)
    ax.legend(fontsize=9, handlelength=1.6, borderpad=0.2)


def _one(ax: Axes, line: pd.DataFrame) -> None:
    """One criterion; the number of groups that it would take by itself is filled."""
    ax.plot(line.index, line["value"], color=style.INK)
    best = line[line["own_choice"]]
    ax.scatter(best.index, best["value"], s=46, color=style.INK, zorder=3)


def _names(profile: pd.DataFrame, words: Words) -> list[str]:
    """What the axis says of each slice: its number, recency, orders and spend."""
    return [
        words(
            "figure.cluster.name",
            number=row.slice,
            recency=words(f"label.recency_level.{row.recency_level}"),
            orders=words(f"label.orders_level.{row.orders_level}"),
            spend=words(f"label.spend_level.{row.spend_level}"),
        )
        for row in profile.itertuples()
    ]


def _colour(number: int) -> str:
    return style.MUTED if number == 0 else style.colour("cluster", number)
