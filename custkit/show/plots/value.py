"""Charts of lifetime value: who holds the money, who is still a customer, and what came of what was expected."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_CURVES = {"spend": style.MUTED, "clv": "#332288"}
_PALE = 0.38  # opacity of the bar of customers beside the full bar of money
_FEW = 5  # customers in a cell below which its mean is told by few


def value_lorenz(
    curve: pd.DataFrame, concentration: pd.DataFrame, *, words: Words, ax: Axes | None = None
) -> Axes:
    """Lorenz curves of spend so far and of lifetime value, with what the top fifth holds.

    ``curve`` from ``concentration.lorenz``, ``concentration`` from ``concentration.concentration``.
    """
    schema.require(curve, ["measure", "share_of_customers", "share_of_money"], "value_lorenz")
    schema.require(concentration, ["measure", "share_top_fifth"], "value_concentration")
    if curve.empty:
        return style.nothing(ax, words("figure.value_lorenz.none"))
    ax = style.new_axes(ax, 6, 4.6)
    ax.set_title(words("figure.value_lorenz"))
    ax.plot([0, 1], [0, 1], color=style.QUIET, linewidth=1, linestyle=(0, (4, 3)))
    ax.text(
        0.5,
        0.54,
        words("figure.value_lorenz.equal"),
        rotation=45,
        transform_rotates_text=True,
        rotation_mode="anchor",
        ha="center",
        va="bottom",
        fontsize=9.5,
        color=style.MUTED,
    )
    held = concentration.set_index("measure")["share_top_fifth"]
    for measure, points in curve.groupby("measure", sort=False):
        told = {
            "measure": words.label("measure", measure),
            "share": style.number(held[measure], words, "share"),
        }
        ax.plot(
            points["share_of_customers"],
            points["share_of_money"],
            color=_CURVES[measure],
            linestyle="-" if measure == "clv" else (0, (1, 1)),
            label=words("figure.value_lorenz.top", **told),
        )
    ax.axvline(0.8, color=style.RULE, linewidth=1, zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, 1.01))
    ax.set_xlabel(words("axis.value.share_of_customers"))
    ax.set_ylabel(words("axis.value.share_of_money"))
    for axis in (ax.xaxis, ax.yaxis):
        style.number_axis(axis, words, kind="share")
    ax.legend(loc="upper left")
    return ax


def alive_map(alive: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Mean chance of still being a customer by days since the last order (across) and repeat orders (up).

    ``alive`` from ``worth.alive_map``. Cells without a customer stay white; means of fewer than 5 customers are in brackets.
    """
    columns = ["repeat_orders", "repeat_group", "recency_from", "recency_to", "customers", "mean_p_alive"]
    schema.require(alive, columns, "value_alive")
    if alive.empty:
        return style.nothing(ax, words("figure.alive_map.none"))
    step = int((alive["recency_to"] - alive["recency_from"]).iloc[0])
    starts = range(0, int(alive["recency_from"].max()) + 1, step)
    groups = range(int(alive["repeat_orders"].max()) + 1)
    cells = alive.pivot(index="repeat_orders", columns="recency_from", values="mean_p_alive")
    cells = cells.reindex(index=groups, columns=starts)
    texts = alive.assign(
        text=[
            words("figure.alive_map.few", share=share) if customers < _FEW else share
            for share, customers in zip(
                [style.number(share, words, "share") for share in alive["mean_p_alive"]],
                alive["customers"],
                strict=True,
            )
        ]
    ).pivot(index="repeat_orders", columns="recency_from", values="text")
    ax = style.new_axes(ax, 7, 1.6 + 0.36 * max(len(groups), 2))
    shades = LinearSegmentedColormap.from_list("alive", ["#F6E9E4", "#88CCEE", "#332288"])
    sns.heatmap(
        cells,
        annot=texts.reindex(index=groups, columns=starts).fillna(""),
        fmt="",
        cbar=False,
        cmap=shades,
        vmin=0,
        vmax=1,
        linewidths=2,
        annot_kws={"size": 10},
        ax=ax,
    )
    names = alive.drop_duplicates("repeat_orders").set_index("repeat_orders")["repeat_group"]
    ax.set_yticks([group + 0.5 for group in groups], [names.get(group, str(group)) for group in groups])
    spans = [words("figure.alive_map.columns", first=first, last=first + step - 1) for first in starts]
    ax.set_xticks([place + 0.5 for place in range(len(spans))], spans)
    ax.invert_yaxis()
    ax.tick_params(length=0, rotation=0)
    ax.set(xlabel=words("axis.value.recency"), ylabel=words("axis.value.repeats"))
    ax.set_title(words("figure.alive_map"))
    return ax


def holdout_orders(models: pd.DataFrame, *, words: Words, day: str = "", ax: Axes | None = None) -> Axes:
    """Orders per customer after the split by repeat orders before it: actual as bars, expected and the pace so far as marks.

    ``models`` is the table ``holdout_models``, ``day`` the day of the split as it is to be shown.
    """
    schema.require(
        models,
        ["repeat_group", "customers", "expected_mean", "same_pace_mean", "actual_mean"],
        "holdout_models",
    )
    if models.empty:
        return style.nothing(ax, words("figure.holdout_orders.none"))
    ax = style.new_axes(ax, 7, 4)
    ax.set_title(words("figure.holdout_orders"))
    places = np.arange(len(models))
    ax.bar(places, models["actual_mean"], width=0.62, color=style.QUIET, label=words.column("actual"))
    marks = {"expected": ("o", "#332288"), "same_pace": ("D", "#CC6677")}
    for name, (mark, colour) in marks.items():
        ax.plot(
            places,
            models[f"{name}_mean"],
            linestyle="none",
            marker=mark,
            markersize=7,
            color=colour,
            markeredgecolor="white",
            label=words.column(name),
        )
    ax.set_xticks(places, models["repeat_group"])
    ax.set_xlim(-0.6, max(len(models), 3) - 0.4)
    ax.set_ylim(bottom=0)
    ax.tick_params(axis="x", length=0)
    style.number_axis(ax.yaxis, words, kind="number")
    day = day or words("axis.value.earlier_day")
    ax.set_xlabel(words("axis.value.repeats_before", day=day))
    ax.set_ylabel(words("axis.value.orders_after", day=day))
    ax.legend(loc="upper left")
    return ax


def holdout_money(
    labels: pd.DataFrame,
    scheme: str = "segment_map",
    *,
    words: Words,
    day: str = "",
    ax: Axes | None = None,
) -> Axes:
    """For each label at the split, its share of buyers (pale) over its share of their spend after it (full).

    ``labels`` is the table ``holdout_labels``, ``day`` the day of the split as it is to be shown. A share below zero (more sent back than bought) points to the left.
    """
    columns = ["scheme", "label", "is_scored", "share_of_customers", "share_of_spend_after"]
    schema.require(labels, columns, "holdout_labels")
    shown = labels[(labels["scheme"] == scheme) & labels["is_scored"]].set_index("label")
    names = style.order(scheme, shown.index)
    if not names:
        return style.nothing(ax, words("figure.holdout_money.none"))
    ax = style.new_axes(ax, height=1.5 + 0.5 * max(len(names), 2))
    told = {"scheme": words.label("scheme", scheme), "day": day or words("axis.value.earlier_day")}
    title = words("figure.holdout_money", **told)
    ax.set_title(title[:1].upper() + title[1:])
    places, fills = np.arange(len(names)), style.colours(scheme, names)
    bars = {"share_of_customers": (-0.19, _PALE), "share_of_spend_after": (0.19, 1.0)}
    for column, (shift, opacity) in bars.items():
        values = shown.loc[names, column]
        drawn = ax.barh(
            places + shift, values.fillna(0), height=0.36, color=fills, alpha=opacity, linewidth=0
        )
        texts = [style.number(value, words, "share") if pd.notna(value) else "" for value in values]
        ax.bar_label(drawn, texts, padding=4, fontsize=10, color=style.INK)
    ax.set_yticks(places, [style.plain(words.label(scheme, name)) for name in names])
    ax.margins(x=0.12)
    ax.set_ylim(max(len(names), 2) - 0.5, -0.5)  # one label alone is a bar, not a wall
    ax.axvline(0, color=style.RULE, linewidth=0.8)
    ax.xaxis.set_visible(False)
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    keys = [
        Patch(facecolor=style.MUTED, alpha=opacity, label=words.column(column))
        for column, (_, opacity) in bars.items()
    ]
    ax.legend(handles=keys, loc="upper right", bbox_to_anchor=(1, 0), ncols=2)
    return ax
