"""Charts of the plan: what earlier campaigns changed, what is at stake and what it costs, whether an effect could be seen."""

import pandas as pd
from matplotlib.axes import Axes

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words


def plan_past(plan_past: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """What each earlier campaign changed, in points, with its 95 % interval; those that nobody can judge are left out."""
    columns = ["strategy", "kpi", "period", "verdict", "uplift_points", "low_points", "high_points"]
    schema.require(plan_past, columns, "plan_past")
    told = plan_past[plan_past["low_points"].notna()]
    if told.empty:
        return style.nothing(ax, words("figure.plan_past.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(told)) + 0.3)
    ax.axvline(0, color=style.MUTED, linewidth=1)
    for place, row in enumerate(told.itertuples()):
        fill = style.colour("campaign", row.verdict)
        ax.plot([row.low_points, row.high_points], [place, place], color=fill, solid_capstyle="round")
        ax.plot(row.uplift_points, place, "o", color=fill, markersize=9)
        ax.annotate(
            f"{row.uplift_points:+.1f} · {words.label('verdict', row.verdict)}",
            (row.uplift_points, place),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    names = [
        style.plain(f"{row.strategy} ({row.period})\n{words.label('kpi', row.kpi)}")
        for row in told.itertuples()
    ]
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_ylim(max(len(names), 2) - 0.4, -0.7)
    ax.margins(x=0.15)
    ax.set_xlabel(words("axis.plan_past"))
    ax.set_title(words("figure.plan_past"))
    return ax


def plan_budget(
    plan_budget: pd.DataFrame, *, words: Words, currency: str = "", ax: Axes | None = None
) -> Axes:
    """What each strategy costs beside the margin that it would bring, and that margin at half and twice the effect.

    Strategies whose effect cannot be reckoned are left out.
    """
    schema.require(plan_budget, ["strategy", "scenario", "cost", "extra_margin"], "plan_budget")
    margin = plan_budget.pivot(index="strategy", columns="scenario", values="extra_margin")
    aim = plan_budget[(plan_budget["scenario"] == "aim") & plan_budget["extra_margin"].notna()]
    aim = aim[aim["cost"].notna()]
    if aim.empty:
        return style.nothing(ax, words("figure.plan_budget.none"))
    ax = style.new_axes(ax, height=style.bar_height(2 * len(aim)) + 0.5)
    half, places = 0.36, range(len(aim))
    above, below = [place - half / 2 for place in places], [place + half / 2 for place in places]
    bars = {"height": half, "linewidth": 0}
    ax.barh(above, aim["cost"], color=style.QUIET, label=words("legend.plan_budget.cost"), **bars)
    fill = style.CYCLE[1]
    ax.barh(below, aim["extra_margin"], color=fill, label=words("legend.plan_budget.margin"), **bars)
    low, high = (margin.loc[aim["strategy"], scenario] for scenario in ("half", "double"))
    ax.hlines(below, low, high, color=style.INK, linewidth=1.5, label=words("legend.plan_budget.range"))
    style.number_axis(ax.xaxis, words, kind="money", currency=currency)
    ax.set_xlabel(words("axis.plan_budget", currency=style.plain(f" ({currency})") if currency else ""))
    _name_rows(ax, aim["strategy"], words)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, borderaxespad=0.2)
    ax.set_title(words("figure.plan_budget"), pad=30)
    return ax


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
