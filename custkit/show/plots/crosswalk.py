"""Charts of schemes beside each other: how alike they are, how sure their names, who moved, and what that did to revenue."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_ALL = "(all)"
_EFFECTS = ("customers", "mix", "orders", "value", "refunds")
_RISE, _FALL = "#44AA99", "#CC6677"


def agreement(pairs: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Cramér's V of each two schemes, below the diagonal; ``pairs`` is the table ``scheme_agreement``."""
    schema.require(pairs, ["scheme_a", "scheme_b", "cramers_v"], "scheme_agreement")
    known = pairs[pairs["cramers_v"].notna()]
    if known.empty:
        return style.nothing(ax, words("figure.agreement.none"))
    schemes = list(dict.fromkeys([*known["scheme_a"], *known["scheme_b"]]))
    table = known.pivot(index="scheme_b", columns="scheme_a", values="cramers_v")
    table = table.reindex(index=schemes[1:], columns=schemes[:-1])
    ax = style.new_axes(ax, 2.6 + 0.58 * len(schemes), 1.6 + 0.36 * len(schemes))
    shades = LinearSegmentedColormap.from_list("agreement", ["white", style.colour("tier3", "high")])
    texts = table.map(lambda value: "" if pd.isna(value) else f"{value:.2f}")
    sns.heatmap(
        table,
        annot=texts,
        fmt="",
        cbar=False,
        cmap=shades,
        vmin=0,
        vmax=1,
        linewidths=2,
        annot_kws={"size": 9},
        ax=ax,
    )
    names = {scheme: style.plain(words.label("scheme", scheme)) for scheme in schemes}
    ax.set_xticks(
        np.arange(len(schemes) - 1) + 0.5, [names[scheme] for scheme in schemes[:-1]], rotation=40, ha="right"
    )
    ax.set_yticks(np.arange(len(schemes) - 1) + 0.5, [names[scheme] for scheme in schemes[1:]], rotation=0)
    ax.tick_params(length=0)
    ax.set(xlabel=words("axis.cramers_v"), ylabel="")
    ax.set_title(words("figure.agreement"))
    return ax


def confidence(summary: pd.DataFrame, scheme: str, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share of each label's customers who keep it under redrawn cut points; ``summary`` is ``confidence_summary``."""
    schema.require(summary, ["scheme", "label", "share_sure"], "confidence_summary")
    shown = summary[(summary["scheme"] == scheme) & (summary["label"] != _ALL)].set_index("label")
    labels = style.order(scheme, shown.index)
    if not labels:
        return style.nothing(ax, words("figure.confidence.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(labels)))
    values = shown.loc[labels, "share_sure"]
    names = [style.plain(words.label(scheme, label)) for label in labels]
    ax.barh(range(len(labels)), values, height=0.62, color=style.colours(scheme, labels))
    ax.set_yticks(range(len(labels)), names)
    ax.tick_params(axis="y", labelcolor=style.INK)
    ax.set_ylim(max(len(labels), 2) - 0.5, -0.5)
    style.label_bars(ax, [style.number(value, words, "share") for value in values])
    ax.spines["left"].set_visible(False)
    ax.set_title(words("figure.confidence"))
    return ax


def migration(flows: pd.DataFrame, scheme: str, *, words: Words, ax: Axes | None = None) -> Axes:
    """Customers by label at the first day (rows) and at the last (columns); ``flows`` is the table ``label_flows``."""
    schema.require(flows, ["scheme", "label_before", "label_after", "customers"], "label_flows")
    shown = flows[flows["scheme"] == scheme]
    if shown.empty:
        return style.nothing(ax, words("finding.migration_short"))
    counts = shown.groupby(["label_before", "label_after"])["customers"].sum().unstack(fill_value=0)
    before, after = (style.order(scheme, labels) for labels in (counts.index, counts.columns))
    counts = counts.loc[before, after]
    ax = style.new_axes(ax, 2.8 + 0.75 * len(after), 2 + 0.38 * len(before))
    shades = LinearSegmentedColormap.from_list("flows", ["white", style.colour("tier3", "high")])
    sns.heatmap(
        counts.div(counts.sum(axis=1), axis=0),
        annot=counts.map(lambda value: f"{value:,}" if value else ""),
        fmt="",
        cbar=False,
        cmap=shades,
        vmin=0,
        vmax=1,
        linewidths=2,
        annot_kws={"size": 9},
        ax=ax,
    )
    names = {label: style.plain(words.label(scheme, label)) for label in {*before, *after}}
    ax.set_xticks(np.arange(len(after)) + 0.5, [names[label] for label in after], rotation=40, ha="right")
    ax.set_yticks(np.arange(len(before)) + 0.5, [names[label] for label in before], rotation=0)
    ax.tick_params(length=0)
    ax.set(xlabel=words("axis.label_after"), ylabel=words("axis.label_before"))
    ax.set_title(words("figure.migration"))
    return ax


def revenue_change(
    change: pd.DataFrame, scheme: str, *, words: Words, currency: str = "", ax: Axes | None = None
) -> Axes:
    """From the spend of the first window to that of the second, effect by effect; ``change`` is ``revenue_change``."""
    schema.require(change, ["scheme", "label", "spend_before", "spend_after"], "revenue_change")
    rows = change[(change["scheme"] == scheme) & (change["label"] == _ALL)]
    if rows.empty:
        return style.nothing(ax, words("finding.migration_short"))
    row = rows.iloc[0]
    steps = row[[f"by_{effect}" for effect in _EFFECTS]].to_numpy(dtype=float)
    ends = row["spend_before"] + np.cumsum(steps)
    starts = np.concatenate([[0.0, row["spend_before"]], ends[:-1], [0.0]])
    sizes = np.concatenate([[row["spend_before"]], steps, [row["spend_after"]]])
    names = [words("axis.spend_before"), *(words(f"label.effect.{effect}") for effect in _EFFECTS)]
    names.append(words("axis.spend_after"))
    colours = [style.MUTED, *(_RISE if step >= 0 else _FALL for step in steps), style.MUTED]
    ax = style.new_axes(ax, height=style.bar_height(len(sizes)))
    ax.barh(range(len(sizes)), sizes, left=starts, height=0.62, color=colours)
    ax.set_yticks(range(len(sizes)), names)
    ax.tick_params(axis="y", labelcolor=style.INK)
    ax.invert_yaxis()
    texts = [style.number(size, words, "money", currency) for size in sizes]
    texts[1:-1] = [f"+{text}" if step > 0 else text for text, step in zip(texts[1:-1], steps, strict=True)]
    right = np.maximum(starts, starts + sizes)
    for place, (x, text) in enumerate(zip(right, texts, strict=True)):
        ax.annotate(
            text, (x, place), (4, 0), textcoords="offset points", va="center", fontsize=10, color=style.INK
        )
    ax.margins(x=0.16)
    ax.axvline(0, color=style.RULE, linewidth=0.8)
    ax.xaxis.set_visible(False)
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_title(words("figure.revenue_change"))
    return ax
