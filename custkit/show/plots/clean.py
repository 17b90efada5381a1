"""Charts of the ledger: where rows and money went, and why lines were set aside."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

# A step without rows (no duplicates, nothing out of scope) is left out; the ends are always drawn.
_ENDS = ("in", "kept")


def ledger_waterfall(balance: pd.DataFrame, *, words: Words, currency: str = "") -> Figure:
    """From what came in to what is kept, in rows and in money.

    Parameters
    ----------
    balance : one row per fate, in any order
        ``step`` (in, quarantined, merged, out_of_scope, kept), ``rows`` int, ``money`` float; in = sum of the others.
    """
    schema.require(balance, ["step", "rows", "money"], "balance")
    by_step = balance.set_index("step")
    steps = [
        step
        for step in ("in", "quarantined", "merged", "out_of_scope", "kept")
        if step in by_step.index and (step in _ENDS or by_step.loc[step, ["rows", "money"]].any())
    ]
    shown = by_step.loc[steps]
    figure, panels = plt.subplots(1, 2, figsize=(7, 0.9 + 0.42 * len(steps)), sharey=True)
    for ax, measure, kind in zip(panels, ("rows", "money"), ("count", "money"), strict=True):
        _fall(ax, shown[measure], words, kind, currency)
    panels[0].invert_yaxis()  # shared: both panels
    panels[0].set_yticks(range(len(steps)), [words.label("fate", step) for step in steps])
    panels[0].tick_params(axis="y", length=0, labelcolor=style.INK)
    figure.suptitle(words("figure.ledger_waterfall"), x=0.01, ha="left", fontsize=13)
    return figure


def quarantine_reasons(reasons: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Rows set aside by each rule, most first.

    ``reasons`` has ``rule`` and ``rows``; a rule that stands for several tables or columns is one bar, and without a
    row there is a sentence.
    """
    schema.require(reasons, ["rule", "rows"], "reasons")
    by_rule = reasons.groupby("rule", as_index=False)["rows"].sum()
    shown = by_rule.sort_values(["rows", "rule"], ascending=[True, False])
    if shown.empty:
        return style.nothing(ax, words("figure.quarantine_reasons.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(shown)))
    ax.barh(
        [style.plain(words.label("rule", rule)) for rule in shown["rule"]],
        shown["rows"],
        color=style.colour("fate", "quarantined"),
        height=0.66,
        linewidth=0,
    )
    style.label_bars(ax, [f"{rows:,}" for rows in shown["rows"]])
    if len(shown) < 2:
        ax.set_ylim(-1, 1)  # a single bar is no wall
    ax.tick_params(axis="y", labelcolor=style.INK)
    ax.set_title(words("figure.quarantine_reasons"))
    return ax


def _fall(ax: Axes, values: pd.Series, words: Words, kind: str, currency: str) -> None:
    """One bar per step: the ends from zero, what is taken off hanging where the step before it left."""
    total, level = values["in"], values["in"]
    for position, (step, value) in enumerate(values.items()):
        start = 0 if step in _ENDS else level - value
        # The edge keeps a bar of a few rows in sight.
        ax.barh(position, value, left=start, color=_colour(step), height=0.62, edgecolor=_colour(step))
        share = "" if step == "in" or not total else f"  {style.number(value / total, words, 'share')}"
        size = f"{value:,}" if kind == "count" else style.number(value, words, kind, currency)
        ax.annotate(
            size + share,
            (max(start, start + value), position),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            color=style.INK,
        )
        level = level if step in _ENDS else start
    ax.set_xlim(0, (total or 1) * 1.75)  # room for the text beside the longest bar
    unit = f"axis.ledger_{'rows' if kind == 'count' else 'money' if currency else 'money.plain'}"
    ax.set_title(style.plain(words(unit, currency=currency)), fontsize=10.5, color=style.MUTED, pad=4)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)


def _colour(step: str) -> str:
    return style.MUTED if step == "in" else style.colour("fate", step)
