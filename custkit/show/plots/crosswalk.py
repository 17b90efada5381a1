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
_DARK = 0.6  # agreement or share from which a cell is dark enough for white text
_RISE, _FALL = "#44AA99", "#CC6677"


def agreement(pairs: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Cramér's V of each two schemes below the diagonal, adjusted Rand above it; ``pairs`` is the table ``scheme_agreement``.

    The two differ where one scheme is finer: association is full once the finer one tells the other, adjusted Rand only
    where both put the same customers together.
    """
    schema.require(pairs, ["scheme_a", "scheme_b", "cramers_v", "adjusted_rand"], "scheme_agreement")
    known = pairs[pairs["cramers_v"].notna()]
    if known.empty:
        return style.nothing(ax, words("figure.agreement.none"))
    schemes = list(dict.fromkeys([*known["scheme_a"], *known["scheme_b"]]))
    below = known.pivot(index="scheme_b", columns="scheme_a", values="cramers_v")
    above = known.pivot(index="scheme_a", columns="scheme_b", values="adjusted_rand")
    table = below.reindex(index=schemes, columns=schemes)
    table = table.fillna(above.reindex(index=schemes, columns=schemes))
    ax = style.new_axes(ax, 2.6 + 0.58 * len(schemes), 1.6 + 0.36 * len(schemes))
    shades = LinearSegmentedColormap.from_list("agreement", ["white", style.colour("tier3", "high")])
    sns.heatmap(table, cbar=False, cmap=shades, vmin=0, vmax=1, linewidths=2, ax=ax)
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        if not np.isnan(value):
            # White is hard to read on the middle shades; adding zero takes the sign from -0.00.
            ink = "white" if value > _DARK else style.INK
            at = (column + 0.5, row + 0.5)
            ax.text(*at, f"{round(value, 2) + 0.0:.2f}", ha="center", va="center", fontsize=9, color=ink)
    names = [style.plain(words.label("scheme", scheme)) for scheme in schemes]
    ax.set_xticks(np.arange(len(schemes)) + 0.5, names, rotation=40, ha="right")
    ax.set_yticks(np.arange(len(schemes)) + 0.5, names, rotation=0)
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
    title = words("figure.confidence", scheme=words.label("scheme", scheme))
    ax.set_title(title[:1].upper() + title[1:])
    return ax


def migration(
    flows: pd.DataFrame, scheme: str, *, words: Words, days: tuple = (), ax: Axes | None = None
) -> Axes:
    """Customers by label at the earlier day (rows) and at the later (columns); ``flows`` is the table ``label_flows``.

    ``days``: the two days.
    """
    schema.require(flows, ["scheme", "label_before", "label_after", "customers"], "label_flows")
    shown = flows[flows["scheme"] == scheme]
    if shown.empty:
        return style.nothing(ax, words("finding.migration_short"))
    counts = shown.groupby(["label_before", "label_after"])["customers"].sum().unstack(fill_value=0)
    before, after = (style.order(scheme, labels) for labels in (counts.index, counts.columns))
    before.sort(key=lambda label: label == "not_registered")  # last, as those furthest from any name
    counts = counts.loc[before, after]
    ax = style.new_axes(ax, 2.8 + 0.75 * len(after), 2 + 0.38 * len(before))
    shades = LinearSegmentedColormap.from_list("flows", ["white", style.colour("tier3", "high")])
    shares = counts.div(counts.sum(axis=1), axis=0)
    sns.heatmap(
        shares,
        cbar_kws={
            "label": words("axis.share_of_row"),
            "ticks": [0, 0.5, 1],
            "format": lambda value, _position: style.number(value, words, "share"),
            "pad": 0.02,
            "aspect": 30,
        },
        cmap=shades,
        vmin=0,
        vmax=1,
        linewidths=2,
        ax=ax,
    )
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        if count:
            ink = "white" if shares.iat[row, column] > _DARK else style.INK
            ax.text(column + 0.5, row + 0.5, f"{count:,}", ha="center", va="center", fontsize=9, color=ink)
    names = {label: style.plain(words.label(scheme, label)) for label in {*before, *after}}
    ax.set_xticks(np.arange(len(after)) + 0.5, [names[label] for label in after], rotation=40, ha="right")
    ax.set_yticks(np.arange(len(before)) + 0.5, [names[label] for label in before], rotation=0)
    ax.tick_params(length=0)
    sides = [words("axis.label_on", day=day) for day in days]
    earlier, later = sides or [words("axis.label_before"), words("axis.label_after")]
    ax.set(xlabel=later, ylabel=earlier)
    ax.set_title(_title("figure.migration", scheme, words))
    return ax


def revenue_change(
    change: pd.DataFrame,
    scheme: str,
    *,
    words: Words,
    currency: str = "",
    windows: tuple[str, str] = ("", ""),
    ax: Axes | None = None,
) -> Axes:
    """From the spend of the first window to that of the second, effect by effect; ``change`` is ``revenue_change``.

    ``windows``: both windows by their days, as ``migration.windows`` writes them.
    """
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
    title = _title("figure.revenue_change", scheme, words)
    ax.set_title("\n".join([title, " → ".join(windows)]) if all(windows) else title)
    return ax


def _title(key: str, scheme: str, words: Words) -> str:
    title = words(key, scheme=words.label("scheme", scheme))
    return title[:1].upper() + title[1:]
