"""Charts of the risk that buyers do not come back: what each tenth of the risks held, and whether the risks were true."""

import pandas as pd
from matplotlib.axes import Axes

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_LINES = {"linear": ("#332288", 3, "o"), "recency": ("#CC6677", 2, "s")}  # as in CYCLE; ours in front


def lift(table: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share who stayed away in each tenth of the buyers, the highest risk first: one line a model, named at its start.

    Parameters
    ----------
    table : ``churn_lift``: model, tenth, customers, gone, share_gone
    """
    schema.require(table, ["model", "tenth", "customers", "gone", "share_gone"], "churn_lift")
    if table.empty:
        return style.nothing(ax, words("figure.churn_no_model"))
    ax = style.new_axes(ax, 7, 4.2)
    for model, (colour, width, marker) in _LINES.items():
        line = table[table["model"] == model]
        ax.plot(
            line["tenth"],
            line["share_gone"],
            color=colour,
            linewidth=width,
            marker=marker,
            label=words.label("model", model),
            zorder=3 if model == "linear" else 2,
        )
    one = table[table["model"] == "recency"]
    everyone = one["gone"].sum() / one["customers"].sum()
    ax.axhline(everyone, color=style.QUIET, linewidth=1.2, zorder=1)
    text = words("axis.churn_all", share=style.number(everyone, words, "share"))
    last = table["tenth"].max()
    # Beside the axes: lines may run anywhere inside.
    ax.annotate(
        text, (last + 0.5, everyone), va="center", fontsize=10, color=style.MUTED, annotation_clip=False
    )
    ax.set_xlim(0.6, last + 0.4)
    ax.set_ylim(0, min(1.05, table["share_gone"].max() * 1.12))
    ax.set_xticks(sorted(table["tenth"].unique()))
    style.number_axis(ax.yaxis, words, kind="share")
    ax.set(xlabel=words("axis.churn_tenth"), ylabel=words("axis.churn_share"))
    ax.legend(loc="upper right")
    ax.set_title(words("figure.churn_lift"))
    return ax


def calibration(table: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share who stayed away (with its interval) against the risk told beforehand, one point a group; exactly as told on the diagonal.

    Parameters
    ----------
    table : ``churn_calibration``: model (one), expected, actual, low, high
    """
    schema.require(table, ["model", "expected", "actual", "low", "high"], "churn_calibration")
    if table.empty:
        return style.nothing(ax, words("figure.churn_no_model"))
    ax = style.new_axes(ax, 5.4, 4.8)
    top = min(1.0, max(table["expected"].max(), table["high"].max()) * 1.08)
    ax.plot([0, top], [0, top], color=style.QUIET, linewidth=1.2)
    reach = [table["actual"] - table["low"], table["high"] - table["actual"]]
    ax.errorbar(
        table["expected"],
        table["actual"],
        yerr=reach,
        fmt="o",
        color=_LINES[table["model"].iloc[0]][0],
        elinewidth=1.4,
        capsize=3,
        markersize=7,
    )
    ax.annotate(
        words("axis.churn_as_told"), (top * 1.04, top), va="center", color=style.MUTED, annotation_clip=False
    )
    ax.set(xlim=(0, top * 1.02), ylim=(0, top * 1.02), aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        style.number_axis(axis, words, kind="share")
    ax.set(xlabel=words("axis.churn_expected"), ylabel=words("axis.churn_actual"))
    ax.set_title(words("figure.churn_calibration"))
    return ax
