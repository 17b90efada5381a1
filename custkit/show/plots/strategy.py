"""Charts of the plan: what is at stake with each strategy, and whether its effect could be seen."""

import pandas as pd
from matplotlib.axes import Axes

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words


def plan_money(
    plan_evidence: pd.DataFrame, *, words: Words, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Spend so far of the customers of each strategy, most first; strategies without customers are left out."""
    schema.require(plan_evidence, ["strategy", "target_group", "customers", "spend"], "plan_evidence")
    lines = plan_evidence[plan_evidence["customers"] > 0]
    if lines.empty:
        return style.nothing(ax, words("figure.plan_money.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(lines)))
    groups = [group.split(":", 1) for group in lines["target_group"]]
    ax.barh(
        range(len(lines)),
        lines["spend"],
        color=[style.colour(scheme, label) for scheme, label in groups],
        height=0.66,
        linewidth=0,
    )
    texts = [
        words("plan.bar", spend=style.number(row.spend, words, "money", currency), customers=row.customers)
        for row in lines.itertuples()
    ]
    style.label_bars(ax, texts)
    ax.margins(x=0.3)  # room for the text beside the longest bar
    if not lines["spend"].any():
        ax.set_xlim(0, 1)
    _name_rows(ax, lines["strategy"], words)
    ax.set_title(words("figure.plan_money"))
    return ax


def plan_test(plan_evidence: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """The change that is aimed for, beside the smallest that the comparison group could show.

    Strategies without a comparison group or a baseline are left out: there is nothing to compare.
    """
    schema.require(plan_evidence, ["strategy", "target", "smallest_change", "can_be_seen"], "plan_evidence")
    lines = plan_evidence[plan_evidence["smallest_change"].notna()]
    if lines.empty:
        return style.nothing(ax, words("figure.plan_test.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(lines)) + 0.7)
    places = range(len(lines))
    ax.barh(
        places,
        lines["smallest_change"],
        color=style.QUIET,
        height=0.5,
        linewidth=0,
        label=words("legend.plan_test.blind"),
    )
    ax.plot(
        lines["target"],
        places,
        "o",
        color=style.INK,
        markersize=9,
        label=words("legend.plan_test.aim"),
    )
    style.number_axis(ax.xaxis, words, kind="share")
    ax.set_xlim(left=0)
    ax.set_xlabel(words("axis.plan_test"))
    _name_rows(ax, lines["strategy"], words)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.2)
    ax.set_title(words("figure.plan_test"), pad=30)
    return ax


def _name_rows(ax: Axes, strategies: pd.Series, words: Words) -> None:
    names = [style.plain(words.label("strategy", strategy)) for strategy in strategies]
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_ylim(max(len(names), 2) - 0.4, -0.6)  # one strategy alone is a bar, not a wall
